//! The wire form of bounded shapes.

use alloc::vec::Vec;
use core::hash::Hash;

use super::{BOUNDED, DecodeError, DecodeErrorKind, Reader, WireKey, Writer, wide};
use crate::error::Error;
use crate::measure::Measure;
use crate::top::{Fault, Restore, TopShape};

impl<K: WireKey + Hash + Eq + Ord, C: Measure> TopShape<K, C> {
    /// Writes the [wire form](crate::wire). Equal shapes give equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::shape(BOUNDED, C::LANES, self.buckets());
        writer.number(wide(self.capacity));
        writer.number(self.floor);
        writer.cells(&self.total);
        let mut cells = Vec::new();
        writer.rows(self.kept.store.keys(), |index, row| {
            row.number(self.missed.get(index).copied().unwrap_or(0));
            self.kept.store.read(index, &mut cells);
            row.cells(&cells);
        });
        writer.finish()
    }

    /// Reads the [wire form](crate::wire).
    ///
    /// The memory that this takes is proportional to the length of `bytes`, whatever they contain.
    ///
    /// # Errors
    /// Fails for anything that [`to_bytes`](Self::to_bytes) would not have written, and for states
    /// of a newer version, of another kind, or of another number of counters.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, buckets) = Reader::shape(bytes, BOUNDED, C::LANES)?;
        let width = buckets.len().saturating_mul(C::LANES);
        let capacity = usize::try_from(reader.number()?).unwrap_or(usize::MAX);
        let at = reader.error(DecodeErrorKind::Buckets(Error::NoCapacity));
        if capacity == 0 {
            return Err(at);
        }
        let floor = reader.number()?;
        let mut cells = alloc::vec![0; width];
        reader.cells(&mut cells)?;
        let rows = reader.length()?;
        let restore = Restore::new(buckets, capacity, floor, &cells);
        let mut restore: Restore<K, C> = restore.map_err(|fault| reader.error(kind(fault)))?;
        if rows > restore.most_rows() {
            return Err(reader.error(DecodeErrorKind::Total));
        }
        reader.rows(rows, |reader, key| {
            let missed = reader.number()?;
            reader.cells(&mut cells)?;
            let cells = cells.iter().copied().enumerate();
            restore.row(key, missed, cells).map_err(|fault| reader.error(kind(fault)))
        })?;
        reader.finish()?;
        Ok(restore.finish())
    }
}

fn kind(fault: Fault) -> DecodeErrorKind {
    match fault {
        Fault::Capacity => DecodeErrorKind::Buckets(Error::NoCapacity),
        Fault::Cells => DecodeErrorKind::Cells,
        Fault::Key => DecodeErrorKind::Order,
        Fault::Total => DecodeErrorKind::Total,
    }
}
