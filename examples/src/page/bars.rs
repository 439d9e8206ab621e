//! Bars by name, stacked.

use maud::{Markup, html};

use super::columns::short;
use super::series::Series;
use super::words::{Writer, name};
use crate::text::clip;
use crate::time::human;

/// The height of a row in pixels: its name, and its bar below.
const ROW: usize = 40;

/// Names with amounts of several things.
pub struct Bars<'a> {
    /// What is shown.
    pub title: &'a str,
    /// The format of an amount.
    pub amount: fn(f64) -> String,
    /// True if the sum of its amounts is shown beside each name.
    pub sums: bool,
    /// What is stacked, from left to right.
    pub series: &'a [Series],
    /// Names with their amounts, one for each series.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Bars<'_> {
    /// The chart without a legend; the empty string without rows.
    pub fn render(&self, writer: &Writer) -> Markup {
        if self.rows.is_empty() {
            return html! {};
        }
        let most = self.rows.iter().map(|(_, amounts)| sum(amounts)).fold(0.0, f64::max);
        let id = writer.id();
        html! {
            svg.bars width="100%" height=(self.rows.len() * ROW) role="img" aria-labelledby={ "c" (id) " d" (id) } {
                title id={ "c" (id) } { (self.title) }
                desc id={ "d" (id) } { (self.describe()) }
                @for (n, (label, amounts)) in self.rows.iter().enumerate() {
                    g {
                        title { (name(label)) ": " (self.spell(amounts)) }
                        text x="0" y=(n * ROW + 14) { (clip(&name(label), 30)) }
                        @if self.sums { text.amount x="100%" y=(n * ROW + 14) { ((self.amount)(sum(amounts))) } }
                        (self.bar(n * ROW + 20, amounts, most))
                    }
                }
            }
        }
    }

    /// The first row alone, without its name: for an amount and its limit.
    pub fn meter(&self, writer: &Writer) -> Markup {
        let Some((_, amounts)) = self.rows.first() else { return html! {} };
        let id = writer.id();
        html! {
            svg.bars width="100%" height="12" role="img" aria-labelledby={ "c" (id) " d" (id) } {
                title id={ "c" (id) } { (self.title) }
                desc id={ "d" (id) } { (self.spell(amounts)) }
                (self.bar(0, amounts, sum(amounts)))
            }
        }
    }

    fn bar(&self, y: usize, amounts: &[f64], most: f64) -> Markup {
        let mut x = 0.0;
        let mut segments = Vec::new();
        for (series, amount) in self.series.iter().zip(amounts).filter(|(_, amount)| **amount > 0.0)
        {
            let width = amount / most * 100.0;
            segments.push((series.class(), short(x), short(width.max(0.3))));
            x += width;
        }
        html! {
            rect.track x="0" y=(y) width="100%" height="12" {}
            @for (class, x, width) in segments {
                rect class=(class) x={ (x) "%" } y=(y) width={ (width) "%" } height="12" {}
            }
        }
    }

    fn describe(&self) -> String {
        let rows = self.rows.iter().take(5);
        let rows =
            rows.map(|(label, amounts)| format!("{}: {}.", name(label), self.spell(amounts)));
        rows.collect::<Vec<_>>().join(" ")
    }

    fn spell(&self, amounts: &[f64]) -> String {
        let parts = self.series.iter().zip(amounts).filter(|(_, amount)| **amount > 0.0);
        let parts =
            parts.map(|(series, amount)| format!("{} {}", (self.amount)(*amount), series.name));
        let parts: Vec<_> = parts.collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }
}

/// An amount without a unit.
pub fn plain(amount: f64) -> String {
    short(amount).to_string()
}

/// Seconds: with fractions if short, in words if long.
pub fn lasting(seconds: f64) -> String {
    if seconds < 100.0 { format!("{} s", short(seconds)) } else { human(seconds as u64) }
}

fn sum(amounts: &[f64]) -> f64 {
    amounts.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_the_width_of_the_longest() {
        let series = [Series { name: "later", look: 1 }, Series { name: "lost", look: 2 }];
        let rows = vec![("<dns>".into(), vec![6.0, 2.0]), ("tls".into(), vec![0.0, 4.0])];
        let chart = Bars { title: "Fates", amount: plain, sums: true, series: &series, rows };
        let svg = chart.render(&Writer::new(None, 9)).into_string();
        assert!(svg.contains("&lt;dns&gt;: 6 later, 2 lost. tls: 4 lost.</desc>"));
        assert!(svg.contains("<rect class=\"s2\" x=\"75%\" y=\"20\" width=\"25%\" height=\"12\">"));
        assert!(svg.contains("<rect class=\"s2\" x=\"0%\" y=\"60\" width=\"50%\" height=\"12\">"));
    }
}
