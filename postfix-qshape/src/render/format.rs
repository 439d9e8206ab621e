//! The text formats of metrics.

use alloc::vec::Vec;

/// A text format in which monitoring systems read metrics.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Format {
    /// The text format 0.0.4 of Prometheus. Every scraper reads it, as does the textfile collector
    /// of node_exporter.
    #[default]
    Text,
    /// The format OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] = &[Self::Text, Self::OpenMetrics];

    /// The value of the HTTP header `Content-Type` for this format.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The format that a scraper asks for in the HTTP header `Accept` (RFC 9110, section 12.5.1).
    ///
    /// The result is OpenMetrics if its version 1.0.0, or OpenMetrics without a version, has a
    /// higher weight than plain text. Otherwise it is the text format. As in RFC 9110, the weight
    /// of a format is that of the most specific range: `text/plain`, else `text/*`, else `*/*`.
    ///
    /// ```
    /// use postfix_qshape::render::Format;
    ///
    /// let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
    ///     text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    /// assert_eq!(Format::from_accept(prometheus), Format::OpenMetrics);
    /// assert_eq!(Format::from_accept("*/*"), Format::Text);
    /// ```
    #[must_use]
    pub fn from_accept(accept: &str) -> Self {
        let ranges: Vec<(&str, u32)> = accept.split(',').filter_map(range).collect();
        let weight = |names: [&str; 3]| {
            let of = |name: &str| {
                let same = ranges.iter().filter(|(kind, _)| kind.eq_ignore_ascii_case(name));
                same.map(|(_, weight)| *weight).max()
            };
            names.into_iter().find_map(of).unwrap_or(0)
        };
        let open = weight(["application/openmetrics-text", "application/*", "*/*"]);
        let text = weight(["text/plain", "text/*", "*/*"]);
        if open > text { Self::OpenMetrics } else { Self::Text }
    }
}

/// A media range and its weight; `None` for a version that is not known.
fn range(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let (kind, mut weight) = (parts.next()?, 1_000);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.trim() {
            name if name.eq_ignore_ascii_case("q") => weight = thousandths(value.trim()),
            name if name.eq_ignore_ascii_case("version") => {
                let version = value.trim().trim_matches('"');
                ["1.0.0", "0.0.4"].contains(&version).then_some(())?;
            }
            _ => {}
        }
    }
    Some((kind, weight))
}

/// A weight from 0 to 1 with up to three decimals, in thousandths. Anything else counts as 0.
fn thousandths(weight: &str) -> u32 {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = decimals.bytes().chain(core::iter::repeat(b'0')).take(3);
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let part = digits.fold(0_u32, |sum, digit| sum * 10 + u32::from(digit.saturating_sub(b'0')));
    match whole {
        "1" if is_number && part == 0 => 1_000,
        "0" if is_number => part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scraper_asks_for() {
        for (accept, expected) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/plain", Format::Text),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", Format::OpenMetrics),
            ("application/openmetrics-text;version=2.0.0", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/openmetrics-text;q=0.5, text/plain;q=0.50", Format::Text),
            (
                "text/plain;q=0.3, application/openmetrics-text;version=\"1.0.0\";q=0.31",
                Format::OpenMetrics,
            ),
            ("application/openmetrics-text;q=much, text/plain", Format::Text),
            // Without a weight it is 1, and three decimals count.
            ("application/openmetrics-text, text/plain;q=1.000", Format::Text),
            ("application/openmetrics-text;q=1, text/plain", Format::Text),
            ("application/openmetrics-text;q=0.9, text/plain;q=1", Format::Text),
            ("application/openmetrics-text;q=0.501, text/plain;q=0.5", Format::OpenMetrics),
            ("application/openmetrics-text;q=0.001, text/plain;q=0", Format::OpenMetrics),
            ("application/openmetrics-text;q=1.5", Format::Text),
            ("application/openmetrics-text;q=0.11, text/plain;q=0.109", Format::OpenMetrics),
            ("application/openmetrics-text;q=0.2, text/plain;q=0.199", Format::OpenMetrics),
            ("application/openmetrics-text;q=0=1", Format::Text),
            // Without a weight it is that of 1.
            ("application/openmetrics-text, text/plain;q=1", Format::Text),
            ("application/openmetrics-text, text/plain;q=0.999", Format::OpenMetrics),
            ("application/openmetrics-text;q=1.000, text/plain", Format::Text),
            ("application/openmetrics-text;q=0.001", Format::OpenMetrics),
            ("application/openmetrics-text;q=0.0011", Format::Text),
            ("application/openmetrics-text;q=0.9;q=0.1, text/plain;q=0.5", Format::Text),
            (
                "application/openmetrics-text;q=0.9, application/openmetrics-text;q=0.1, text/plain;q=0.5",
                Format::OpenMetrics,
            ),
            ("application/openmetrics-text;q=0.5, */*", Format::Text),
            ("application/openmetrics-text;q=0.5, text/*;q=0.6, */*;q=0.1", Format::Text),
            ("application/openmetrics-text;q=0.5, */*;q=0.2", Format::OpenMetrics),
            ("application/*", Format::OpenMetrics),
            ("application/*, text/plain;q=0.9", Format::OpenMetrics),
            ("application/*, application/openmetrics-text;q=0.1, text/plain;q=0.9", Format::Text),
            ("text/plain;q=0, */*", Format::OpenMetrics),
            ("text/plain;version=9, */*;q=0.1", Format::Text),
            (
                "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=0.0.1",
                Format::Text,
            ),
        ] {
            assert_eq!(Format::from_accept(accept), expected, "{accept}");
        }
        for format in Format::ALL {
            assert_eq!(Format::from_accept(format.content_type()), *format);
        }
    }
}
