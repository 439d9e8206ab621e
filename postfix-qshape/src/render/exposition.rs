//! Families of counters, gauges and histograms in the text formats that monitoring systems read.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{self, Write as _};
use core::hash::Hash;

use super::format::Format;
use super::openmetrics::Metrics;
use super::words::{describe, plain, plain_label, quoted};
use crate::escape::Escaped;
use crate::measure::Measure;

/// All metrics of a program as one text, in the text format 0.0.4 or in OpenMetrics.
///
/// This is an encoder and keeps no counters. A program keeps its numbers where it likes and writes
/// them out for each scrape, or into a file for the textfile collector of node_exporter, which
/// reads only the format 0.0.4. The output is always valid: names and labels are changed where
/// necessary (see [`View::metrics`](crate::View::metrics)), and values are escaped. The name of a
/// family or of its samples must not occur twice, nor must a set of labels within a family; only
/// the first occurrence is written.
///
/// Give counters names that end in `_total`, as OpenMetrics requires. A counter with another name
/// is written as given, with the type `unknown` in OpenMetrics.
///
/// ```
/// use postfix_qshape::render::{Exposition, Format};
///
/// let mut metrics = Exposition::new(Format::Text);
/// let mut sent = metrics.counter("postfix_deliveries_total", "Final deliveries.");
/// sent.add(&[("status", b"sent")], 7_u64);
/// sent.add(&[("status", b"bounced")], 2_u64);
/// let mut delays = metrics.histogram("postfix_delay_seconds", "Time until delivery.");
/// // What each bucket holds by itself, by its upper edge.
/// delays.add(&[], [(1.0, 5), (60.0, 3), (f64::INFINITY, 1)], Some(93.5));
/// assert_eq!(metrics.finish(), "\
/// ## HELP postfix_deliveries_total Final deliveries.
/// ## TYPE postfix_deliveries_total counter
/// postfix_deliveries_total{status=\"sent\"} 7
/// postfix_deliveries_total{status=\"bounced\"} 2
/// ## HELP postfix_delay_seconds Time until delivery.
/// ## TYPE postfix_delay_seconds histogram
/// postfix_delay_seconds_bucket{le=\"1\"} 5
/// postfix_delay_seconds_bucket{le=\"60\"} 8
/// postfix_delay_seconds_bucket{le=\"+Inf\"} 9
/// postfix_delay_seconds_sum 93.5
/// postfix_delay_seconds_count 9
/// ");
/// ```
#[derive(Clone, Debug)]
pub struct Exposition {
    format: Format,
    out: String,
    /// The names of all families and of their samples so far.
    names: BTreeSet<String>,
}

impl Exposition {
    /// Creates an empty text in this format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, out: String::new(), names: BTreeSet::new() }
    }

    /// Begins a family of numbers that only rise until the program is restarted.
    pub fn counter(&mut self, name: &str, help: &str) -> Samples<'_> {
        Samples(self.family(name, "counter", help))
    }

    /// Begins a family of numbers that rise and fall.
    pub fn gauge(&mut self, name: &str, help: &str) -> Samples<'_> {
        Samples(self.family(name, "gauge", help))
    }

    /// Begins a family of distributions.
    pub fn histogram(&mut self, name: &str, help: &str) -> Histograms<'_> {
        Histograms(self.family(name, "histogram", help))
    }

    /// Writes the family of a view, which [`View::metrics`](crate::View::metrics) creates, in the
    /// format of this text.
    pub fn view<K, C>(&mut self, metrics: &Metrics<'_, K, C>)
    where
        K: AsRef<[u8]> + Hash + Eq,
        C: Measure,
    {
        if self.claim(metrics.name(), &["", "_bucket", "_count", "_gcount", "_gsum"]) {
            // Writing into a string cannot fail.
            let _ = metrics.write(&mut self.out, self.format);
        }
    }

    /// Returns the whole text. In OpenMetrics it ends with `# EOF`.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }

    fn family(&mut self, name: &str, kind: &'static str, help: &str) -> Family<'_> {
        let name = plain(name);
        let is_open = self.format == Format::OpenMetrics;
        let (family, kind) = match name.strip_suffix("_total") {
            Some(stem) if is_open && kind == "counter" && !stem.is_empty() => (stem, kind),
            _ if is_open && kind == "counter" => (&*name, "unknown"),
            _ => (&*name, kind),
        };
        let is_new = match kind {
            "histogram" => self.claim(family, &["", "_bucket", "_count", "_sum"]),
            "counter" if family.len() < name.len() => self.claim(family, &["", "_total"]),
            _ => self.claim(family, &[""]),
        };
        if is_new {
            // Writing into a string cannot fail.
            let _ = describe(&mut self.out, self.format, family, kind, help);
        }
        Family { out: &mut self.out, format: self.format, name, is_new, seen: BTreeSet::new() }
    }
}

impl Exposition {
    /// Reserves the names of a family and its samples unless one of them is already in use.
    fn claim(&mut self, family: &str, suffixes: &[&str]) -> bool {
        let names = || suffixes.iter().map(|suffix| [family, suffix].concat());
        let is_free = names().all(|name| !self.names.contains(&name));
        if is_free {
            self.names.extend(names());
        }
        is_free
    }
}

#[derive(Debug)]
struct Family<'e> {
    out: &'e mut String,
    format: Format,
    name: String,
    is_new: bool,
    seen: BTreeSet<String>,
}

impl Family<'_> {
    /// The labels as text, or `None` if the same labels have been written before.
    fn labels(&mut self, labels: &[(&str, &[u8])]) -> Option<String> {
        let mut names = BTreeSet::new();
        let mut text = String::new();
        for (name, value) in labels {
            let name = plain_label(name);
            // A label must not occur twice. The first one is used.
            if names.insert(name.clone()) {
                let comma = if text.is_empty() { "" } else { "," };
                // Writing into a string cannot fail.
                let _ = write!(text, "{comma}{name}=\"");
                let _ = quoted(&mut text, &Escaped::new(value).to_string(), true);
                text.push('"');
            }
        }
        (self.is_new && self.seen.insert(text.clone())).then_some(text)
    }

    fn line(&mut self, suffix: &str, labels: &str, value: Value) {
        let (open, close) = if labels.is_empty() { ("", "") } else { ("{", "}") };
        // Writing into a string cannot fail.
        let _ = writeln!(self.out, "{}{suffix}{open}{labels}{close} {value}", self.name);
    }
}

/// The numbers of a counter or a gauge. Created by [`Exposition::counter`] and
/// [`Exposition::gauge`].
#[derive(Debug)]
pub struct Samples<'e>(Family<'e>);

impl Samples<'_> {
    /// Writes a number with labels that distinguish it from the others of the family. A number
    /// whose labels have been written before is left out.
    pub fn add(&mut self, labels: &[(&str, &[u8])], value: impl Into<Value>) {
        if let Some(labels) = self.0.labels(labels) {
            self.0.line("", &labels, value.into());
        }
    }
}

/// The distributions of a histogram. Created by [`Exposition::histogram`].
#[derive(Debug)]
pub struct Histograms<'e>(Family<'e>);

impl Histograms<'_> {
    /// Writes a distribution with labels that distinguish it from the others of the family.
    ///
    /// `buckets` are pairs of an upper edge, in ascending order, and the number of values in that
    /// bucket alone. The last bucket, whose edge is [`f64::INFINITY`], is written whether it is
    /// given or not. `sum` is the sum of all values, if it is known. A distribution whose labels
    /// have been written before is left out.
    pub fn add(
        &mut self,
        labels: &[(&str, &[u8])],
        buckets: impl IntoIterator<Item = (f64, u64)>,
        sum: Option<f64>,
    ) {
        let Some(labels) = self.0.labels(labels) else { return };
        let comma = if labels.is_empty() { "" } else { "," };
        let mut count = 0_u64;
        let mut before = f64::NEG_INFINITY;
        for (edge, more) in buckets {
            count = count.saturating_add(more);
            // If an edge is not above the one before it, its values belong to the next bucket.
            if edge > before && edge < f64::INFINITY {
                before = edge;
                let edge = Float { value: edge, has_point: self.0.format == Format::OpenMetrics };
                self.0.line("_bucket", &format!("{labels}{comma}le=\"{edge}\""), count.into());
            }
        }
        self.0.line("_bucket", &format!("{labels}{comma}le=\"+Inf\""), count.into());
        if let Some(sum) = sum {
            self.0.line("_sum", &labels, sum.into());
        }
        self.0.line("_count", &labels, count.into());
    }
}

/// The value of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Value {
    /// A whole number, for instance a count.
    Whole(u64),
    /// Any other number, for instance a number of seconds.
    Float(f64),
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// Writes the value as both formats require it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Whole(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{}", Float { value, has_point: false }),
        }
    }
}

/// A float with the fewest digits that identify it. From a million on and below a ten-thousandth it
/// has an exponent, as with Go's `%g`, because existing queries contain edges such as `1e+06`.
struct Float {
    value: f64,
    /// Whether a whole number is followed by `.0`, which OpenMetrics requires for the edges of
    /// buckets.
    has_point: bool,
}

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        if value.is_nan() {
            return f.write_str("NaN");
        }
        if value.is_infinite() {
            return f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" });
        }
        let scientific = format!("{value:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if (-4..=5).contains(&exponent) {
            let plain = format!("{value}");
            let point = if self.has_point && !plain.contains('.') { ".0" } else { "" };
            return write!(f, "{plain}{point}");
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_go_prints_them() {
        for (value, text) in [
            (0.0, "0"),
            (0.001, "0.001"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (10.0, "10"),
            (172_800.0, "172800"),
            (999_999.5, "999999.5"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (1e100, "1e+100"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(Value::from(value).to_string(), text);
        }
        let edge = |value| Float { value, has_point: true }.to_string();
        assert_eq!([1.0, 0.5, 1e6].map(edge), ["1.0", "0.5", "1e+06"]);
    }
}
