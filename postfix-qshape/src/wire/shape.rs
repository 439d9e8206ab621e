//! The wire form of exact shapes.

use alloc::vec::Vec;
use core::hash::Hash;

use super::{DecodeError, DecodeErrorKind, EXACT, Reader, WireKey, Writer};
use crate::measure::Measure;
use crate::shape::Shape;

impl<K: WireKey + Hash + Eq, C: Measure> Shape<K, C> {
    /// Writes the [wire form](crate::wire). Equal shapes give equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::shape(EXACT, C::LANES, &self.buckets);
        let mut cells = Vec::new();
        writer.rows(self.store.keys(), |index, row| {
            self.store.read(index, &mut cells);
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
        let (mut reader, buckets) = Reader::shape(bytes, EXACT, C::LANES)?;
        let mut shape = Self::new(buckets);
        let mut cells = alloc::vec![0; shape.store.width()];
        let rows = reader.length()?;
        reader.rows(rows, |reader, key| {
            let index = shape.store.insert_new(key);
            let index = index.ok_or_else(|| reader.error(DecodeErrorKind::Order))?;
            reader.cells(&mut cells)?;
            if cells.iter().all(|&cell| cell == 0) {
                return Err(reader.error(DecodeErrorKind::Cells));
            }
            for (cell, &value) in cells.iter().enumerate().filter(|(_, value)| **value > 0) {
                shape.store.add(index, cell, value);
            }
            Ok(())
        })?;
        reader.finish()?;
        Ok(shape)
    }
}
