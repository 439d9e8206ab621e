//! The results of aggregates: counts can be written and read; rows and differences borrow and can
//! only be written.

use alloc::vec::Vec;

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diff::{Change, Diff};
use crate::measure::Measure;
use crate::shape::rows::{Counts, Row};

/// Counts are stored as the number of counters per bucket and the list of all counters, beginning
/// with the youngest bucket.
#[derive(Deserialize, Serialize)]
#[serde(rename = "Counts")]
struct Cells {
    lanes: usize,
    cells: Vec<u64>,
}

impl<C: Measure> Serialize for Counts<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Cells { lanes: C::LANES, cells: self.lanes().to_vec() }.serialize(serializer)
    }
}

impl<'de, C: Measure> Deserialize<'de> for Counts<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Cells { lanes, cells } = Cells::deserialize(deserializer)?;
        if lanes != C::LANES {
            return Err(D::Error::custom("another number of counters per bucket"));
        }
        match cells.len().checked_rem(lanes) {
            Some(0) if !cells.is_empty() => Ok(Self::from_lanes(cells.into())),
            _ => Err(D::Error::custom("malformed row of counters")),
        }
    }
}

impl<K: Serialize, C: Measure> Serialize for Row<'_, K, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Row", 3)?;
        row.serialize_field("key", self.key())?;
        row.serialize_field("counts", self.counts())?;
        row.serialize_field("missed", &self.missed())?;
        row.end()
    }
}

impl<K: Serialize> Serialize for Diff<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<(&K, &Change)> = self.rows().collect();
        let mut diff = serializer.serialize_struct("Diff", 3)?;
        diff.serialize_field("elapsed", &self.elapsed())?;
        diff.serialize_field("total", self.total())?;
        diff.serialize_field("rows", &rows)?;
        diff.end()
    }
}
