//! What monitoring systems are given, read by a reader that forgives nothing.
#![cfg(feature = "render")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use postfix_qshape::render::{Exposition, Format};
use postfix_qshape::{Buckets, Name, Shape};
use proptest::collection::vec;
use proptest::prelude::*;

type Labels = Vec<(String, String)>;

/// A family as it was read.
#[derive(Debug, Default)]
struct Read {
    kind: String,
    help: String,
    /// Name, labels and value of each sample.
    samples: Vec<(String, Labels, f64)>,
}

fn name(text: &str) -> &str {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    assert!(text.bytes().next().is_some_and(is_first), "{text:?} is no name");
    assert!(text.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit()), "{text:?}");
    text
}

/// Takes an escaped text up to a quote, or to the end when no quotes are escaped.
fn unquote(text: &str, quotes: bool) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' if quotes => return (out, &text[at + 1..]),
            '\\' => match chars.next().expect("an escape ends").1 {
                '\\' => out.push('\\'),
                'n' => out.push('\n'),
                '"' if quotes => out.push('"'),
                other => panic!("\\{other} is no escape"),
            },
            char => {
                assert!(!char.is_control(), "{char:?}");
                out.push(char);
            }
        }
    }
    assert!(!quotes, "a text without an end");
    (out, "")
}

/// All families, in order.
fn read(text: &str, format: Format) -> Vec<(String, Read)> {
    let open = format == Format::OpenMetrics;
    let mut lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines.pop(), Some(""), "the last line ends");
    if open {
        assert_eq!(lines.pop(), Some("# EOF"));
    }
    let mut families: Vec<(String, Read)> = Vec::new();
    let mut series = BTreeSet::new();
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (what, family, rest) =
                (words.next().unwrap(), name(words.next().unwrap()), words.next().unwrap());
            if families.last().is_none_or(|(last, _)| last != family) {
                assert!(families.iter().all(|(known, _)| known != family), "{family} comes twice");
                families.push((family.to_owned(), Read::default()));
            }
            let read = &mut families.last_mut().unwrap().1;
            assert!(read.samples.is_empty(), "{line} after samples");
            let place = match what {
                "TYPE" => &mut read.kind,
                "HELP" => &mut read.help,
                _ => panic!("{line}"),
            };
            assert!(place.is_empty(), "{line} twice");
            // OpenMetrics escapes the quotes in a help text, the text format does not.
            *place = if what == "HELP" && open {
                let closed = format!("{rest}\"");
                let (help, rest) = unquote(&closed, true);
                assert_eq!(rest, "");
                help
            } else if what == "HELP" {
                unquote(rest, false).0
            } else {
                rest.to_owned()
            };
            continue;
        }
        let (family, read) = families.last_mut().expect("a type first");
        let end = line.find(['{', ' ']).expect("labels or a value");
        let sample = name(&line[..end]);
        let mut rest = &line[end..];
        let mut labels: Labels = Vec::new();
        if let Some(inner) = rest.strip_prefix('{') {
            rest = inner;
            loop {
                let (label, value) = rest.split_once("=\"").expect("a label");
                let (value, after) = unquote(value, true);
                assert!(labels.iter().all(|(known, _)| known != label), "{label} twice");
                labels.push((name(label).to_owned(), value));
                match after.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => {
                        rest = after.strip_prefix('}').expect("the end of the labels");
                        break;
                    }
                }
            }
        }
        let value = rest.strip_prefix(' ').expect("a value");
        let number = match value {
            "NaN" => f64::NAN,
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            number => number.parse().expect("a number"),
        };
        let suffix = sample.strip_prefix(family.as_str()).expect("a sample of this family");
        let suffixes: &[&str] = match (&*read.kind, open) {
            ("counter", true) => &["_total"],
            ("histogram", _) => &["_bucket", "_sum", "_count"],
            ("gaugehistogram", true) => &["_bucket"],
            ("counter", false) | ("gauge", _) => &[""],
            ("unknown", true) => &[""],
            (kind, _) => panic!("type {kind}"),
        };
        assert!(suffixes.contains(&suffix), "{sample} in a {}", read.kind);
        let mut key = labels.clone();
        key.sort();
        assert!(series.insert((sample.to_owned(), key)), "{line} comes twice");
        read.samples.push((sample.to_owned(), labels, number));
    }
    families.iter().filter(|(_, read)| read.kind.ends_with("histogram")).for_each(histogram);
    families
}

/// Edges rise to infinity, counts do not fall, and the last one is the count.
fn histogram((name, read): &(String, Read)) {
    let mut last: BTreeMap<Labels, (f64, f64)> = BTreeMap::new();
    for (sample, labels, value) in &read.samples {
        let mut labels = labels.clone();
        if sample.ends_with("_bucket") {
            let at = labels.iter().position(|(label, _)| label == "le").expect("an edge");
            let (_, edge) = labels.remove(at);
            let edge = if edge == "+Inf" { f64::INFINITY } else { edge.parse().unwrap() };
            let before = last.insert(labels, (edge, *value));
            assert!(before.is_none_or(|(e, v)| e < edge && v <= *value), "{name} {sample}");
        } else if sample.ends_with("_count") {
            assert_eq!(last.get(&labels), Some(&(f64::INFINITY, *value)), "{name}");
        }
    }
    assert!(last.values().all(|(edge, _)| edge.is_infinite()), "{name}");
}

const HOSTILE: [&[u8]; 6] =
    [b"a\"} 1\nfake{x=\"", b"back\\slash", b"\xff\x1b", b"", b"\r\n# EOF", "\u{202e}".as_bytes()];

fn written(format: Format) -> String {
    let mut all = Exposition::new(format);
    let mut counter = all.counter("things_total", "Help with \"quotes\", \\ and\nlines.");
    for (value, number) in HOSTILE.iter().zip(0_u64..) {
        counter.add(&[("what", value), ("le", b"7"), ("what", b"again")], number);
    }
    // Neither labels nor families come twice.
    counter.add(&[("what", HOSTILE[0]), ("le", b"7")], 99_u64);
    all.counter("things_total", "again").add(&[], 1_u64);
    all.counter("old_name", "A counter without its ending.").add(&[], 12_u64);
    all.gauge("1 bad-name", "").add(&[("9-x", b"v")], -1.5);
    all.histogram("sizes_bytes", "Sizes.").add(
        &[("queue", b"active")],
        [(1e3, 1), (1e6, 2), (5.0, 4), (f64::NAN, 8), (1e9, 16)],
        Some(1.25e9),
    );
    all.gauge("sizes_bytes_count", "taken by the histogram").add(&[], 1_u64);
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    shape.extend(HOSTILE.map(|key| (Name::from(key), Duration::from_secs(400))));
    all.view(&shape.view().metrics("queue_age_seconds", "domain").help("Ages.").top(2));
    all.view(&shape.view().metrics("queue_age_seconds", "domain"));
    all.finish()
}

#[test]
fn both_formats_are_legal_and_say_the_same() {
    for &format in Format::ALL {
        let open = format == Format::OpenMetrics;
        let families = read(&written(format), format);
        let kinds: Vec<(&str, &str)> =
            families.iter().map(|(name, read)| (name.as_str(), read.kind.as_str())).collect();
        let expected = [
            (if open { "things" } else { "things_total" }, "counter"),
            ("old_name", if open { "unknown" } else { "counter" }),
            ("_1_bad_name", "gauge"),
            ("sizes_bytes", "histogram"),
            ("queue_age_seconds", if open { "gaugehistogram" } else { "histogram" }),
        ];
        assert_eq!(kinds, expected);
        let things = &families[0].1;
        assert_eq!(things.help, "Help with \"quotes\", \\ and\nlines.");
        assert_eq!(things.samples.len(), HOSTILE.len());
        let labels: Vec<&str> = things.samples.iter().map(|(_, l, _)| l[0].1.as_str()).collect();
        let back = labels.iter().map(|text| postfix_qshape::escape::unescape(text).unwrap());
        assert!(back.eq(HOSTILE.map(<[u8]>::to_vec)), "{labels:?}");
        assert!(things.samples.iter().all(|(_, labels, _)| labels[1].0 == "le_"));
        assert_eq!(families[2].1.samples[0].2, -1.5);
        let sizes = &families[3].1.samples;
        let edges: Vec<&str> = sizes[..4].iter().map(|(_, l, _)| l[1].1.as_str()).collect();
        let first = if open { "1000.0" } else { "1000" };
        assert_eq!(edges, [first, "1e+06", "1e+09", "+Inf"]);
        let counts: Vec<f64> = sizes.iter().map(|(.., value)| *value).collect();
        // What lies at an edge that does not rise is part of the next bucket.
        assert_eq!(counts, [1.0, 3.0, 31.0, 31.0, 1.25e9, 31.0]);
        let ages = &families[4].1.samples;
        let others: Vec<&str> =
            ages.iter().map(|(_, l, _)| l[0].1.as_str()).filter(|l| *l == "(other)").collect();
        assert_eq!(others.len(), 10 + usize::from(!open), "the count is for the text format");
        assert_eq!(ages.iter().filter(|(.., value)| *value == 4.0).count(), 9 + usize::from(!open));
    }
}

#[test]
fn nothing_is_legal() {
    assert_eq!(Exposition::new(Format::Text).finish(), "");
    assert_eq!(Exposition::new(Format::OpenMetrics).finish(), "# EOF\n");
    for &format in Format::ALL {
        let mut all = Exposition::new(format);
        all.histogram("h", "").add(&[], [], None);
        let families = read(&all.finish(), format);
        assert_eq!(families[0].1.samples.len(), 2, "a bucket and the count");
    }
}

/// The names of the families that are written.
fn names(text: &str) -> Vec<&str> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|line| line.split_once(' ').unwrap().0).collect()
}

#[test]
fn a_family_takes_the_names_of_its_samples_and_no_others() {
    let mut all = Exposition::new(Format::OpenMetrics);
    all.counter("a_total", "").add(&[], 1_u64);
    all.gauge("a_total", "the samples of the counter have this name").add(&[], 2_u64);
    all.gauge("a", "and its family this one").add(&[], 3_u64);
    all.gauge("h_count", "").add(&[], 4_u64);
    all.histogram("h", "it would write h_count").add(&[], [(1.0, 5)], None);
    all.gauge("h", "but nobody has this name").add(&[], 6_u64);
    all.counter("_total", "").add(&[], 7_u64);
    let text = all.finish();
    assert_eq!(names(&text), ["a", "h_count", "h", "_total"]);
    let families = read(&text, Format::OpenMetrics);
    assert_eq!(families[3].1.kind, "unknown", "without its ending this counter has no name");
    let mut all = Exposition::new(Format::Text);
    for name in ["a", "a_total", "a_total_total", "a"] {
        all.counter(name, "").add(&[], 1_u64);
    }
    assert_eq!(names(&all.finish()), ["a", "a_total", "a_total_total"]);
}

#[test]
fn views_are_written_under_their_names() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.add("x", Duration::ZERO);
    for &format in Format::ALL {
        let mut all = Exposition::new(format);
        for name in ["age", "other_age", "age"] {
            all.view(&shape.view().metrics(name, "k"));
        }
        all.gauge("age", "taken").add(&[], 1_u64);
        all.gauge("age_bucket", "taken").add(&[], 1_u64);
        all.gauge("age_x", "").add(&[], 1_u64);
        assert_eq!(names(&all.finish()), ["age", "other_age", "age_x"]);
    }
}

#[test]
fn the_last_bucket_is_written_once() {
    let text = |buckets: &[(f64, u64)]| {
        let mut all = Exposition::new(Format::Text);
        all.histogram("h", "").add(&[], buckets.iter().copied(), None);
        let text = all.finish();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = ["h_bucket{le=\"1\"} 2", "h_bucket{le=\"+Inf\"} 5", "h_count 5"];
    assert_eq!(text(&[(1.0, 2), (f64::INFINITY, 3)]), expected);
    assert_eq!(text(&[(1.0, 2), (f64::INFINITY, 1), (f64::INFINITY, 2)]), expected);
    let expected = ["h_bucket{le=\"-1\"} 2", "h_bucket{le=\"+Inf\"} 2", "h_count 2"];
    assert_eq!(text(&[(f64::NEG_INFINITY, 1), (-1.0, 1)]), expected);
}

/// The values of the label `k`, each once, in the order in which they are written.
fn keys(text: &str) -> Vec<String> {
    let labels = text.lines().filter_map(|line| line.split_once("k=\""));
    let mut keys: Vec<_> =
        labels.map(|(_, rest)| rest.split_once('"').unwrap().0.to_owned()).collect();
    keys.dedup();
    keys
}

#[test]
fn a_key_too_long_for_a_label_takes_the_place_of_no_other() {
    let (long, longest) = ("x".repeat(201), "y".repeat(200));
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([(&*long, Duration::ZERO, 9), ("a", Duration::ZERO, 2), ("b", Duration::ZERO, 1)]);
    let view = shape.view();
    assert_eq!(keys(&view.metrics("q", "k").top(1).to_string()), ["a", "(other)"]);
    let always: [&[u8]; 3] = [long.as_bytes(), longest.as_bytes(), b"b"];
    let metrics = view.metrics("q", "k").top(1).always(&always);
    assert_eq!(keys(&metrics.to_string()), ["a", "b", &longest, "(other)"]);
}

#[test]
fn a_key_that_is_named_twice_is_written_once() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a", Duration::ZERO, 3), ("b", Duration::ZERO, 2), ("c", Duration::ZERO, 1)]);
    let always: [&[u8]; 6] = [b"none", b"c", b"a", b"none", b"c", b"a"];
    let text = shape.view().metrics("q", "k").top(1).always(&always).to_string();
    assert_eq!(keys(&text), ["a", "c", "none", "(other)"]);
    // One that is among the largest is no more than one of them.
    let text_of_two = shape.view().metrics("q", "k").top(2).always(&[b"a"]).to_string();
    assert_eq!(keys(&text_of_two), ["a", "b", "(other)"]);
    assert_eq!(text.lines().count(), 1 + 4 * 10, "the type, and each of ten buckets once");
    assert!(text.ends_with("le=\"+Inf\"} 2\n"), "{text}");
}

proptest! {
    #[test]
    fn whatever_is_given_is_legal(
        families in vec(
            (".{0,6}|[a-c](_total|_count|_sum|_bucket)?", 0..3_u8, ".{0,20}", vec(
                (vec((".{0,3}|le|[ab]", vec(any::<u8>(), 0..10)), 0..3), any::<(f64, u64)>()), 0..4,
            )),
            0..8,
        ),
        open: bool,
    ) {
        let format = if open { Format::OpenMetrics } else { Format::Text };
        let mut all = Exposition::new(format);
        for (name, kind, help, samples) in &families {
            let help: String = help.chars().filter(|char| !char.is_control()).collect();
            let labels: Vec<Vec<(&str, &[u8])>> = samples
                .iter()
                .map(|(labels, _)| labels.iter().map(|(name, value)| (&**name, &**value)).collect())
                .collect();
            let values = labels.iter().zip(samples.iter().map(|(_, value)| *value));
            match kind {
                0 => {
                    let mut family = all.counter(name, &help);
                    values.for_each(|(labels, (_, value))| family.add(labels, value));
                }
                1 => {
                    let mut family = all.gauge(name, &help);
                    values.for_each(|(labels, (value, _))| family.add(labels, value));
                }
                _ => {
                    let mut family = all.histogram(name, &help);
                    values.for_each(|(labels, (edge, count))| {
                        family.add(labels, [(edge, count), (2.0 * edge, 3)], Some(edge));
                    });
                }
            }
        }
        read(&all.finish(), format);
    }
}
