//! A view as a family of metrics.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::hash::Hash;

use super::format::Format;
use super::seconds::Seconds;
use super::words::{describe, plain, plain_label, quoted};
use crate::escape::Escaped;
use crate::measure::Measure;
use crate::shape::rows::Counts;
use crate::view::View;

/// A view as one OpenMetrics family of type `gaugehistogram`. Created by [`View::metrics`].
///
/// There is one histogram for each of the largest keys, with the age in seconds as `le`, and one
/// for everything else, with the label `(other)`. The latter is written even if it is zero, so that
/// the family never vanishes from the monitoring system. [`always`](Self::always) names keys that
/// must not vanish either.
///
/// The number of series is bounded by [`top`](Self::top). A label has at most 200 bytes; longer
/// keys are counted as `(other)`. The parenthesis at the beginning of a key is written as `\x28`,
/// so that no key can be mistaken for the rest. The closing `# EOF` is not written;
/// [`Exposition`](super::Exposition) adds it. If the [`Measure`] has several counters, the first
/// one is written.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let mut shape: Shape<&str> = Shape::new(Buckets::geometric(Duration::from_secs(300), 2)?);
/// shape.add("example.com", Duration::from_secs(400));
/// let text = shape.view().metrics("queue_recipients", "domain").help("Recipients by age.").to_string();
/// assert_eq!(text, "\
/// ## TYPE queue_recipients gaugehistogram
/// ## HELP queue_recipients Recipients by age.
/// queue_recipients_bucket{domain=\"example.com\",le=\"300.0\"} 0
/// queue_recipients_bucket{domain=\"example.com\",le=\"+Inf\"} 1
/// queue_recipients_bucket{domain=\"(other)\",le=\"300.0\"} 0
/// queue_recipients_bucket{domain=\"(other)\",le=\"+Inf\"} 0
/// ");
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metrics<'s, K, C: Measure = u64> {
    view: View<'s, K, C>,
    top: usize,
    name: String,
    label: String,
    help: &'s str,
    always: &'s [&'s [u8]],
}

/// The maximum length of a key that becomes a label, in bytes.
const LONGEST: usize = 200;

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// The 20 largest rows and the rest as an OpenMetrics family. `name` and `label` may contain
    /// only letters, digits and `_`, and must begin with neither a digit nor two `_`; anything else
    /// is replaced by `_`. The label `le` is reserved and becomes `le_`.
    #[must_use]
    pub fn metrics(&self, name: &str, label: &str) -> Metrics<'s, K, C> {
        let (name, label) = (plain(name), plain_label(label));
        Metrics { view: self.clone(), top: 20, name, label, help: "", always: &[] }
    }
}

impl<'s, K, C: Measure> Metrics<'s, K, C> {
    /// Sets the number of keys that have a series of their own; the default is 20.
    #[must_use]
    pub fn top(self, rows: usize) -> Self {
        Self { top: rows, ..self }
    }

    /// Sets the description of the family, its `HELP` line.
    #[must_use]
    pub fn help(self, help: &'s str) -> Self {
        Self { help, ..self }
    }

    /// Sets keys that are always written, even if they are not among the largest or count nothing.
    #[must_use]
    pub fn always(self, keys: &'s [&'s [u8]]) -> Self {
        Self { always: keys, ..self }
    }
}

/// Writes the family in OpenMetrics. [`Exposition::view`](super::Exposition::view) writes other
/// formats, too.
impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> fmt::Display for Metrics<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Format::OpenMetrics)
    }
}

impl<K, C: Measure> Metrics<'_, K, C> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> Metrics<'_, K, C> {
    /// The text format 0.0.4 has no type for histograms whose counts can fall.
    pub(super) fn write(&self, f: &mut impl fmt::Write, format: Format) -> fmt::Result {
        let kind = match format {
            Format::Text => "histogram",
            Format::OpenMetrics => "gaugehistogram",
        };
        describe(f, format, &self.name, kind, self.help)?;
        let mut rest = self.view.rest();
        let zero = Counts::from_lanes(alloc::vec![0; self.view.total().lanes().len()].into());
        let mut always: Vec<&[u8]> = self.always.to_vec();
        always.sort_unstable();
        always.dedup();
        always.retain(|key| key.len() <= LONGEST);
        let mut left = self.top;
        for (name, index) in self.view.order(usize::MAX) {
            let wanted = match always.binary_search(&name) {
                Ok(at) => {
                    always.remove(at);
                    true
                }
                Err(_) => left > 0 && name.len() <= LONGEST,
            };
            if wanted {
                left = left.saturating_sub(1);
                let counts = self.view.shape().counts(index);
                rest.subtract(index, &counts);
                self.series(f, format, Some(name), &counts)?;
            } else if left == 0 && always.is_empty() {
                break;
            }
        }
        for name in always {
            self.series(f, format, Some(name), &zero)?;
        }
        self.series(f, format, None, &rest.left)
    }

    fn series(
        &self,
        f: &mut impl fmt::Write,
        format: Format,
        name: Option<&[u8]>,
        counts: &Counts<C>,
    ) -> fmt::Result {
        let mut key = String::new();
        match name {
            None => key.push_str("(other)"),
            Some(name) => {
                let (open, rest) = match name.split_first() {
                    Some((b'(', rest)) => ("\\x28", rest),
                    _ => ("", name),
                };
                write!(key, "{open}{}", Escaped::new(rest))?;
            }
        }
        let mut label = [&*self.label, "=\""].concat();
        quoted(&mut label, &key, true)?;
        label.push('"');
        let name = &self.name;
        let buckets = self.view.buckets();
        let mut sum = 0_u64;
        for (bucket, cell) in counts.iter().enumerate() {
            sum = sum.saturating_add(cell.lane(0));
            write!(f, "{name}_bucket{{{label},le=\"")?;
            match buckets.end(bucket) {
                Some(end) if end.subsec_nanos() == 0 && format == Format::OpenMetrics => {
                    writeln!(f, "{}.0\"}} {sum}", end.as_secs())?;
                }
                Some(end) => writeln!(f, "{}\"}} {sum}", Seconds(end))?,
                None => writeln!(f, "+Inf\"}} {sum}")?,
            }
        }
        match format {
            Format::Text => writeln!(f, "{name}_count{{{label}}} {sum}"),
            Format::OpenMetrics => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::shape::Shape;
    use crate::top::TopShape;
    use alloc::string::ToString;
    use core::time::Duration;

    fn labels(text: &str) -> Vec<&str> {
        let lines = text.lines().filter(|line| line.contains("le=\"+Inf\""));
        lines.map(|line| line.split_once('{').unwrap().1.split_once(",le=").unwrap().0).collect()
    }

    #[test]
    fn hostile_keys_stay_in_their_label() {
        let long = [b'x'; 201];
        let keys: [&[u8]; 5] =
            [b"a\"} 1\nfake{x=\"", b"(other)", b"back\\slash", b"\xff\x1b", &long];
        let mut shape: Shape<&[u8]> = Shape::new(Buckets::default());
        shape.extend(keys.map(|key| (key, Duration::ZERO)));
        let text = shape.view().metrics("q-1", "0d").to_string();
        assert_eq!(
            labels(&text),
            [
                r#"_0d="\\xff\\x1b""#,
                r#"_0d="\\x28other)""#,
                r#"_0d="back\\x5cslash""#,
                r#"_0d="a\"} 1\\x0afake{x=\"""#,
                r#"_0d="(other)""#,
            ]
        );
        assert!(text.lines().all(|line| line.starts_with("# ") || line.starts_with("q_1_bucket{")));
        assert!(text.ends_with("le=\"+Inf\"} 1\n"));
    }

    #[test]
    fn names_are_allowed_and_free() {
        for (name, label, expected) in [
            ("q", "le", "q_bucket{le_=\""),
            ("le", "LE", "le_bucket{LE=\""),
            ("__q", "__name__", "_q_bucket{_name__=\""),
            ("_1", "", "_1_bucket{_=\""),
            ("1", "_", "_1_bucket{_=\""),
            ("é-1", "-le", "_1_bucket{_le=\""),
        ] {
            let shape: Shape<&str> = Shape::new(Buckets::default());
            let text = shape.view().metrics(name, label).to_string();
            let first = text.lines().nth(1).unwrap();
            assert!(first.starts_with(expected), "{name:?} {label:?}: {first}");
        }
    }

    #[test]
    fn series_are_bounded_and_do_not_vanish() {
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        let empty = shape.view().metrics("q", "k").to_string();
        assert_eq!(labels(&empty), ["k=\"(other)\""]);
        shape.extend(["a", "a", "b", "b", "c", "d"].map(|key| (key, Duration::ZERO)));
        let text = shape.view().metrics("q", "k").top(1).always(&[b"d", b"zero"]).to_string();
        assert_eq!(labels(&text), [r#"k="a""#, r#"k="d""#, r#"k="zero""#, r#"k="(other)""#]);
        assert!(text.ends_with("le=\"+Inf\"} 3\n"));
    }

    #[test]
    fn twenty_keys_unless_told_otherwise() {
        let keys: Vec<String> = (10..40).map(|n| n.to_string()).collect();
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 30).unwrap();
        shape.extend(keys.iter().map(|key| (key.as_str(), Duration::ZERO)));
        top.extend(keys.iter().map(|key| (key.as_str(), Duration::ZERO)));
        for text in
            [shape.view().metrics("q", "k").to_string(), top.view().metrics("q", "k").to_string()]
        {
            let labels = labels(&text);
            assert_eq!(labels.len(), 21);
            assert_eq!((labels[0], labels[19]), (r#"k="10""#, r#"k="29""#));
            assert!(text.ends_with("le=\"+Inf\"} 10\n"));
        }
        assert_eq!(labels(&top.view().metrics("q", "k").top(2).to_string()).len(), 3);
    }

    #[test]
    fn what_a_bounded_shape_dropped_is_other() {
        let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 1).unwrap();
        top.extend(["a", "b", "a", "c"].map(|key| (key, Duration::ZERO)));
        let text = top.view().metrics("q", "k").to_string();
        assert_eq!(labels(&text), [r#"k="a""#, r#"k="(other)""#]);
        assert!(text.ends_with("le=\"+Inf\"} 2\n"), "{text}");
    }

    #[test]
    fn a_key_too_long_for_a_label_hides_no_other() {
        let long = "x".repeat(201);
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        shape.extend([&*long, &*long, "a", "b"].map(|key| (key, Duration::ZERO)));
        let text = shape.view().metrics("q", "k").to_string();
        assert_eq!(labels(&text), [r#"k="a""#, r#"k="b""#, r#"k="(other)""#]);
        assert!(text.ends_with("le=\"+Inf\"} 2\n"));
        let longest = "x".repeat(200);
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        shape.add(&longest, Duration::ZERO);
        assert_eq!(labels(&shape.view().metrics("q", "k").to_string()).len(), 2);
    }

    #[test]
    fn the_whole_of_a_family() {
        let edges = [Duration::from_millis(500), Duration::from_secs(60)];
        let mut shape: Shape<&str> = Shape::new(Buckets::custom(edges).unwrap());
        shape.extend([0, 1, 90].map(|age| ("a", Duration::from_secs(age))));
        let metrics = shape.view().metrics("q", "k").help("a \\ \"b\"\nc");
        let expected = r#"# TYPE q gaugehistogram
# HELP q a \\ \"b\"\nc
q_bucket{k="a",le="0.5"} 1
q_bucket{k="a",le="60.0"} 2
q_bucket{k="a",le="+Inf"} 3
q_bucket{k="(other)",le="0.5"} 0
q_bucket{k="(other)",le="60.0"} 0
q_bucket{k="(other)",le="+Inf"} 0
"#;
        assert_eq!(metrics.to_string(), expected);
    }
}
