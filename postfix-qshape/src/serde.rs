//! Shapes for any format that serde knows.
//!
//! A shape is a struct of `edges` (durations as serde has them), `lanes` (counters per cell) and
//! `rows`, pairs of a key and its counters; only those up to the last that is not zero. Rows are in
//! the order of their keys. For storage the wire form is smaller and has one form only.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;
use core::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Buckets, Measure, Name, Shape, escape};

/// The list of edges.
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

/// A string in which a byte that is not printable UTF-8 is `\xNN` and a backslash is two.
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        escape::reversible(&mut text, self.as_bytes()).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string with \\xNN for bytes that are not text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name, E> {
                let bytes = escape::reverse(text).ok_or_else(|| E::custom("malformed escape"))?;
                Ok(Name::from(&*bytes))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[derive(Deserialize)]
struct Parts<K> {
    edges: Buckets,
    lanes: usize,
    rows: Vec<(K, Vec<u64>)>,
}

impl<K: Serialize + Ord, C: Measure> Serialize for Shape<K, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Sorted<'s, K, C>(&'s Shape<K, C>);

        impl<K: Serialize + Ord, C: Measure> Serialize for Sorted<'_, K, C> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut order: Vec<(&K, usize)> =
                    self.0.keys().enumerate().map(|(index, key)| (key, index)).collect();
                order.sort_unstable();
                let mut list = serializer.serialize_seq(Some(order.len()))?;
                for (key, index) in order {
                    let counts = self.0.counts(index);
                    let used = counts.lanes().iter().rposition(|&cell| cell > 0);
                    let used = used.map_or(0, |last| last.saturating_add(1));
                    list.serialize_element(&(key, counts.lanes().get(..used)))?;
                }
                list.end()
            }
        }

        let mut parts = serializer.serialize_struct("Shape", 3)?;
        parts.serialize_field("edges", self.buckets())?;
        parts.serialize_field("lanes", &C::LANES)?;
        parts.serialize_field("rows", &Sorted(self))?;
        parts.end()
    }
}

impl<'de, K: Deserialize<'de> + Hash + Eq, C: Measure> Deserialize<'de> for Shape<K, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Parts::<K>::deserialize(deserializer)?;
        if parts.lanes != C::LANES {
            return Err(D::Error::custom("another number of counters per cell"));
        }
        let mut shape = Self::new(parts.edges);
        for (key, cells) in parts.rows {
            if cells.len() > shape.store.width() || cells.iter().all(|&cell| cell == 0) {
                return Err(D::Error::custom("malformed row of counters"));
            }
            let hash = shape.store.hash(&key);
            if shape.store.find(hash, |known| *known == key).is_some() {
                return Err(D::Error::custom("a key twice"));
            }
            let index = shape.store.insert(hash, key);
            let index = index.ok_or_else(|| D::Error::custom("too many keys"))?;
            for (cell, &value) in cells.iter().enumerate().filter(|(_, value)| **value > 0) {
                shape.store.add(index, cell, value);
            }
        }
        Ok(shape)
    }
}
