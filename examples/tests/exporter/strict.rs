//! A strict reader of the text format 0.0.4: whatever it does not expect is an error.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};

/// Samples by name and labels.
#[derive(Debug, Default)]
pub struct Metrics(pub BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Metrics {
    /// The value of `name{label="value",...}`.
    pub fn get(&self, series: &str) -> Option<f64> {
        let (name, labels) = sample_head(series).ok()?;
        self.0.get(&(name, labels)).copied()
    }

    /// All values of a label.
    pub fn label_values(&self, name: &str, label: &str) -> Vec<&str> {
        let of_name = self.0.keys().filter(|(sample, _)| sample == name);
        of_name.filter_map(|(_, labels)| labels.get(label)).map(String::as_str).collect()
    }

    /// The sum of all series of a name.
    pub fn sum(&self, name: &str) -> f64 {
        self.0.iter().filter(|((sample, _), _)| sample == name).map(|(_, value)| value).sum()
    }
}

/// Reads a whole exposition.
pub fn parse(text: &str) -> Result<Metrics> {
    ensure!(text.ends_with('\n'), "the last line has no end");
    let mut metrics = Metrics::default();
    let (mut family, mut families) = (None::<(String, String)>, BTreeSet::new());
    let mut help = None::<String>;
    for line in text.split_terminator('\n') {
        let context = || format!("in {line:?}");
        ensure!(!line.contains(|c: char| c.is_control()), "a control character {}", context());
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, _) = rest.split_once(' ').with_context(context)?;
            ensure!(families.insert(name.to_owned()), "family twice {}", context());
            help = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').with_context(context)?;
            ensure!(help.as_deref() == Some(name), "no help before {}", context());
            ensure!(
                ["counter", "gauge", "histogram"].contains(&kind),
                "unknown type {}",
                context()
            );
            family = Some((name.to_owned(), kind.to_owned()));
        } else {
            let (family, kind) = family.as_ref().with_context(context)?;
            let (series, value) = line.rsplit_once(' ').with_context(context)?;
            let (name, labels) = sample_head(series).with_context(context)?;
            let suffixes: &[_] = match kind.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            let suffix = name.strip_prefix(family.as_str()).with_context(context)?;
            ensure!(suffixes.contains(&suffix), "not of its family {}", context());
            ensure!(labels.contains_key("le") == (suffix == "_bucket"), "le {}", context());
            let value: f64 = value.parse().with_context(context)?;
            ensure!(kind == "gauge" || value >= 0.0, "negative {}", context());
            let is_new = metrics.0.insert((name, labels), value).is_none();
            ensure!(is_new, "series twice {}", context());
        }
    }
    check_buckets(&metrics)?;
    Ok(metrics)
}

/// Buckets rise, and the last is the count.
fn check_buckets(metrics: &Metrics) -> Result<()> {
    let mut histograms = BTreeMap::<_, Vec<(f64, f64)>>::new();
    for ((name, labels), value) in &metrics.0 {
        if let (Some(family), Some(edge)) = (name.strip_suffix("_bucket"), labels.get("le")) {
            let mut rest = labels.clone();
            rest.remove("le");
            let edge = if edge == "+Inf" { f64::INFINITY } else { edge.parse()? };
            histograms.entry((family.to_owned(), rest)).or_default().push((edge, *value));
        }
    }
    for ((family, labels), mut buckets) in histograms {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        ensure!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{family}: {buckets:?}");
        let count = metrics.0.get(&(format!("{family}_count"), labels)).copied();
        ensure!(
            buckets.last().copied() == count.map(|n| (f64::INFINITY, n)),
            "{family}: {count:?}"
        );
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `name{label="value",...}`
fn sample_head(text: &str) -> Result<(String, BTreeMap<String, String>)> {
    let (name, mut rest) = text.split_once('{').map_or((text, ""), |(name, rest)| (name, rest));
    ensure!(is_name(name), "bad name {name:?}");
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (label, value) = rest.split_once("=\"").context("no value")?;
        ensure!(is_name(label), "bad label {label:?}");
        let (mut text, mut chars) = (String::new(), value.char_indices());
        let end = loop {
            match chars.next().context("a value without an end")? {
                (at, '"') => break at,
                (_, '\\') => match chars.next().map(|(_, c)| c) {
                    Some(c @ ('\\' | '"')) => text.push(c),
                    Some('n') => text.push('\n'),
                    other => bail!("\\{other:?}"),
                },
                (_, c) => text.push(c),
            }
        };
        ensure!(labels.insert(label.to_owned(), text).is_none(), "label {label} twice");
        match value.get(end + 1..) {
            Some("}") => rest = "",
            Some(more) => rest = more.strip_prefix(',').context("no comma")?,
            None => bail!("no end"),
        }
    }
    Ok((name.to_owned(), labels))
}
