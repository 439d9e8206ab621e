//! Quantiles in any format that serde supports.
//!
//! The form is a struct with the members `version`, `error` (in millionths) and `rows` (pairs of a
//! key and its durations, in the order of the keys). A duration is a pair of seconds and
//! nanoseconds. The durations of a key are either `Few`, a sorted list of up to 64 durations, or
//! `Many`, with the members `least`, `most` and `counts` (pairs of a range and the number of
//! durations in it). A range is given by its index in DDSketch, or by nothing for durations of
//! zero. `least` and `most` must lie in the first and in the last range; this also refuses a list
//! that was made with other ranges.
//!
//! This is not the form in which `sketches-ddsketch` stores its sketches. That form holds a counter
//! for every range between two ends and is not checked when it is read: some values that can be
//! written in it cause a panic later, or claim far more memory than their own length.

use alloc::vec::Vec;
use core::hash::Hash;
use core::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Quantiles;
use super::scale::{Range, Scale};
use super::values::Values;
use crate::serde::Version;

#[derive(Deserialize, Serialize)]
#[serde(rename = "Quantiles")]
struct Parts<K> {
    version: Version,
    error: u32,
    rows: Vec<(K, Row)>,
}

#[derive(Deserialize, Serialize)]
enum Row {
    Few(Vec<Pair>),
    Many { least: Pair, most: Pair, counts: Vec<(Range, u64)> },
}

/// A duration as seconds and nanoseconds.
#[derive(Deserialize, Serialize)]
struct Pair(u64, u32);

impl From<Duration> for Pair {
    fn from(value: Duration) -> Self {
        Self(value.as_secs(), value.subsec_nanos())
    }
}

impl Pair {
    fn duration(&self) -> Option<Duration> {
        (self.1 < 1_000_000_000).then(|| Duration::new(self.0, self.1))
    }
}

impl Row {
    fn new(values: &Values) -> Self {
        match values.counted() {
            Some(many) => Self::Many {
                least: many.least.into(),
                most: many.most.into(),
                counts: many.counts.iter().map(|(range, count)| (*range, *count)).collect(),
            },
            None => Self::Few(values.few().iter().map(|value| Pair::from(*value)).collect()),
        }
    }

    fn values(&self, scale: &Scale) -> Option<Values> {
        match self {
            Self::Few(few) => {
                Values::from_few(few.iter().map(Pair::duration).collect::<Option<_>>()?)
            }
            Self::Many { least, most, counts } => {
                Values::from_counts(least.duration()?, most.duration()?, counts, scale)
            }
        }
    }
}

impl<K: Serialize + Ord> Serialize for Quantiles<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut order: Vec<(&K, &Values)> = self.store.keys().zip(&self.rows).collect();
        order.sort_unstable_by(|a, b| a.0.cmp(b.0));
        let rows = order.into_iter().map(|(key, values)| (key, Row::new(values))).collect();
        Parts { version: Version, error: self.scale.millionths(), rows }.serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash + Eq> Deserialize<'de> for Quantiles<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Parts::<K>::deserialize(deserializer)?;
        let scale = Scale::checked(parts.error);
        let scale = scale.ok_or_else(|| D::Error::custom("a relative error out of range"))?;
        let mut quantiles = Self::with_scale(scale);
        for (key, row) in parts.rows {
            let values = row.values(&quantiles.scale);
            let values = values.ok_or_else(|| D::Error::custom("malformed durations"))?;
            let index = quantiles.store.insert_new(key);
            index.ok_or_else(|| D::Error::custom("a key twice, or too many keys"))?;
            quantiles.rows.push(values);
        }
        Ok(quantiles)
    }
}
