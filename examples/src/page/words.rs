//! Words, numbers and times as a page shows them.

use std::cell::Cell;

use chrono::Datelike as _;
use maud::{Markup, html};

use crate::text::{clip, printable};
use crate::time::{Zone, human};

/// The settings of a page: the zone of its times and the length of its tables. It also numbers the charts.
#[derive(Debug)]
pub struct Writer {
    zone: Zone,
    rows: usize,
    ids: Cell<usize>,
}

impl Writer {
    /// A writer of times in `zone`, and of tables of at most `rows` rows.
    pub fn new(zone: Option<Zone>, rows: usize) -> Self {
        Self { zone: zone.unwrap_or_default(), rows: rows.max(1), ids: Cell::new(0) }
    }

    /// The maximum number of rows of a table that could otherwise be endless.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A number that is unique within the page.
    pub(super) fn id(&self) -> usize {
        let id = self.ids.get();
        self.ids.set(id + 1);
        id
    }

    /// A time with its date and offset.
    pub fn time(&self, epoch: i64) -> Markup {
        self.element(epoch, "%F %T %:z")
    }

    /// A time for tables: month, day, hour and minute.
    pub fn hour(&self, epoch: i64) -> Markup {
        self.element(epoch, "%m-%d %H:%M")
    }

    /// As [`hour`](Self::hour), as text.
    pub(super) fn hour_text(&self, epoch: i64) -> String {
        self.format(epoch, "%m-%d %H:%M")
    }

    fn element(&self, epoch: i64, form: &str) -> Markup {
        html! { time datetime=(self.format(epoch, "%FT%T%:z")) { (self.format(epoch, form)) } }
    }

    fn format(&self, epoch: i64, form: &str) -> String {
        let time = self.zone.at(epoch).filter(|time| {
            // RFC 3339 and HTML need a year of four digits.
            (0..=9999).contains(&time.year())
        });
        time.map_or_else(|| epoch.to_string(), |time| time.format(form).to_string())
    }
}

/// A number. Large ones have gaps between thousands, which are not part of the text.
pub fn count(count: impl Into<u64>) -> Markup {
    let digits = count.into().to_string();
    if digits.len() < 5 {
        return html! { (digits) };
    }
    let (head, rest) = digits.split_at(digits.len() % 3);
    let rest: Vec<&str> = (0..rest.len() / 3).filter_map(|n| rest.get(3 * n..3 * n + 3)).collect();
    html! { (head) @for (n, group) in rest.iter().enumerate() {
        @if n == 0 && head.is_empty() { (group) } @else { span.g { (group) } }
    } }
}

/// Seconds as a number.
pub fn seconds(value: f64) -> Markup {
    html! { (value) }
}

/// A duration in words; its seconds are the value of the element.
pub fn duration(seconds: u64) -> Markup {
    html! { data value=(seconds) { (human(seconds)) } }
}

/// Untrusted text, made safe to print and limited in length.
pub fn text(text: &str) -> String {
    clip(&printable(text.as_bytes()).to_string(), 240)
}

/// An untrusted name: a domain, an address or a host.
pub fn name(name: &str) -> String {
    clip(&printable(name.as_bytes()).to_string(), 80)
}

/// As [`name`], but it may wrap between its parts where it does not fit.
pub fn key(text: &str) -> Markup {
    let name = name(text);
    let parts = name.split_inclusive(['.', '@', '_', '/', '-', '=']);
    html! { @for (n, part) in parts.enumerate() { @if n > 0 { wbr; } (part) } }
}

/// A number of things: `1 message`, `2 messages`.
pub fn plural(many: u64, one: &str) -> Markup {
    html! { (count(many)) " " (one) @if many != 1 { "s" } }
}

/// A word of an enumeration, such as `rate_limit`, in ordinary spelling.
pub fn words(word: &str) -> String {
    name(word).replace('_', " ")
}

/// A sentence with commands between backticks.
pub fn code(sentence: &str) -> Markup {
    let sentence = clip(&printable(sentence.as_bytes()).to_string(), 500);
    html! { @for (n, part) in sentence.split('`').enumerate() {
        @if n % 2 == 1 { code { (part) } } @else { (part) }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let shown = |n: u64| count(n).into_string();
        assert_eq!([shown(0), shown(9_999)], ["0", "9999"]);
        assert_eq!(shown(12_345), "12<span class=\"g\">345</span>");
        assert_eq!(shown(123_456), "123<span class=\"g\">456</span>");
        for n in [10_000, 1_234_567, u64::MAX] {
            let text = shown(n).replace("<span class=\"g\">", "").replace("</span>", "");
            assert_eq!(text, n.to_string());
        }
    }

    #[test]
    fn times_are_of_their_zone() {
        let writer = Writer::new("+01:00".parse().ok(), 9);
        assert_eq!(
            writer.time(1_800_000_000).into_string(),
            "<time datetime=\"2027-01-15T09:00:00+01:00\">2027-01-15 09:00:00 +01:00</time>"
        );
        assert_eq!(writer.hour(i64::MAX).into_string().matches("9223372036854775807").count(), 2);
        assert_eq!(duration(7200).into_string(), "<data value=\"7200\">2 h</data>");
    }

    #[test]
    fn names_break_between_their_parts() {
        assert_eq!(key("<a@b.c>").into_string(), "&lt;a@<wbr>b.<wbr>c&gt;");
        assert_eq!(
            [plural(1, "reply"), plural(2, "file")].map(|each| each.into_string()),
            ["1 reply", "2 files"]
        );
    }

    #[test]
    fn commands_in_a_sentence() {
        assert_eq!(code("Run `a <b>`.").into_string(), "Run <code>a &lt;b&gt;</code>.");
    }
}
