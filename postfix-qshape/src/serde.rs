//! Aggregates in any format that serde supports, including formats without member names.
//!
//! A shape is a struct with the members `version`, `edges` (durations as serde writes them),
//! `lanes` (counters per cell) and `rows` (pairs of a key and its counters up to the last one that
//! is not zero). Rows are in the order of their keys. A bounded shape also has `capacity`, `floor`
//! and `total`, and its rows contain what they missed between the key and the counters. For storage
//! the wire form is better suited: it is smaller and has exactly one encoding.

mod rows;

use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;
use core::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::buckets::Buckets;
use crate::escape::{Escaped, unescape};
use crate::measure::Measure;
use crate::name::Name;
use crate::shape::Shape;
use crate::top::{Fault, Restore, TopShape};

/// The version of the stored forms. A newer version is refused.
pub(crate) struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            0 => Err(D::Error::custom("there is no version 0")),
            newer => Err(D::Error::custom(format_args!(
                "version {newer} is newer than version {}, the newest known here: update the reading program",
                Self::NUMBER
            ))),
        }
    }
}

/// Buckets are stored as the list of their edges.
impl Serialize for Buckets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.edges().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Buckets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::custom(Vec::<Duration>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A name is stored as the text that [`escape`](crate::escape) defines.
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Escaped::new(self.as_bytes()))
    }
}

/// Accepts only text that would have been written, so that one name has one text.
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string with \\xNN for bytes that are not text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name, E> {
                let bytes = unescape(text).ok_or_else(|| E::custom("malformed escape"))?;
                match Escaped::new(&bytes).to_string() == text {
                    true => Ok(Name::from(&*bytes)),
                    false => Err(E::custom("malformed escape")),
                }
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The members are `Cow`s, so that one description serves for both reading and writing.
#[derive(Deserialize, Serialize)]
#[serde(rename = "Shape", bound(deserialize = "K: Deserialize<'de>"))]
struct Exact<'s, K> {
    version: Version,
    edges: Cow<'s, Buckets>,
    lanes: usize,
    rows: Vec<(K, Vec<u64>)>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "TopShape", bound(deserialize = "K: Deserialize<'de>"))]
struct Bounded<'s, K> {
    version: Version,
    edges: Cow<'s, Buckets>,
    lanes: usize,
    capacity: usize,
    floor: u64,
    total: Cow<'s, [u64]>,
    rows: Vec<(K, u64, Vec<u64>)>,
}

impl<K: Serialize + Ord, C: Measure> Serialize for Shape<K, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = in_order(self).map(|(key, _, cells)| (key, cells)).collect();
        let edges = Cow::Borrowed(self.buckets());
        Exact { version: Version, edges, lanes: C::LANES, rows }.serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash + Eq, C: Measure> Deserialize<'de> for Shape<K, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Exact { edges, lanes, rows, .. } = Exact::<K>::deserialize(deserializer)?;
        check_lanes::<C, D>(lanes)?;
        let mut shape = Self::new(edges.into_owned());
        for (key, cells) in rows {
            if cells.len() > shape.store.width() || cells.iter().all(|&cell| cell == 0) {
                return Err(D::Error::custom("malformed row of counters"));
            }
            let index = shape.store.insert_new(key);
            let index = index.ok_or_else(|| D::Error::custom("a key twice, or too many keys"))?;
            for (cell, &value) in cells.iter().enumerate().filter(|(_, value)| **value > 0) {
                shape.store.add(index, cell, value);
            }
        }
        Ok(shape)
    }
}

impl<K: Serialize + Ord, C: Measure> Serialize for TopShape<K, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let missed = |index: usize| self.missed.get(index).copied().unwrap_or(0);
        let rows =
            in_order(&self.kept).map(|(key, index, cells)| (key, missed(index), cells)).collect();
        Bounded {
            version: Version,
            edges: Cow::Borrowed(self.buckets()),
            lanes: C::LANES,
            capacity: self.capacity,
            floor: self.floor,
            total: Cow::Borrowed(&*self.total),
            rows,
        }
        .serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash + Eq + Ord, C: Measure> Deserialize<'de> for TopShape<K, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Bounded::<K>::deserialize(deserializer)?;
        check_lanes::<C, D>(parts.lanes)?;
        let refused = |fault| {
            D::Error::custom(match fault {
                Fault::Capacity => "a capacity of zero",
                Fault::Cells => "malformed row of counters",
                Fault::Key => "a key twice, or too many keys",
                Fault::Total => "the rows contradict the total",
            })
        };
        let edges = parts.edges.into_owned();
        let top = Restore::new(edges, parts.capacity, parts.floor, &parts.total);
        let mut top = top.map_err(refused)?;
        for (key, missed, cells) in parts.rows {
            top.row(key, missed, cells.into_iter().enumerate()).map_err(refused)?;
        }
        Ok(top.finish())
    }
}

/// The keys with the numbers of their rows and their counters up to the last one that is not zero.
fn in_order<K: Ord, C: Measure>(
    shape: &Shape<K, C>,
) -> impl Iterator<Item = (&K, usize, Vec<u64>)> {
    let mut order: Vec<(&K, usize)> =
        shape.keys().enumerate().map(|(index, key)| (key, index)).collect();
    order.sort_unstable();
    order.into_iter().map(|(key, index)| {
        let mut cells = Vec::new();
        shape.store.read(index, &mut cells);
        let used = cells.iter().rposition(|&cell| cell > 0);
        cells.truncate(used.map_or(0, |last| last.saturating_add(1)));
        (key, index, cells)
    })
}

fn check_lanes<'de, C: Measure, D: Deserializer<'de>>(lanes: usize) -> Result<(), D::Error> {
    match lanes == C::LANES {
        true => Ok(()),
        false => Err(D::Error::custom("another number of counters per cell")),
    }
}
