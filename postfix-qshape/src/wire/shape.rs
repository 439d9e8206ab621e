//! Exact shapes as bytes.

use alloc::vec::Vec;
use core::hash::Hash;

use super::{DecodeError, DecodeErrorKind, EXACT, Reader, WireKey, Writer, in_order, wide};
use crate::{Measure, Shape};

impl<K: WireKey + Hash + Eq, C: Measure> Shape<K, C> {
    /// The stored form; equal shapes give equal bytes. The layout is described in
    /// [`wire`](crate::wire).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(EXACT, C::LANES, &self.buckets);
        writer.number(wide(self.len()));
        for (key, index) in in_order(self.store.keys()) {
            writer.bytes(&key);
            writer.cells(self.store.width(), |cell| self.store.get(index, cell));
        }
        writer.finish()
    }

    /// Reads the stored form.
    ///
    /// Memory is bounded by the length of `bytes`, whatever they say.
    ///
    /// # Errors
    /// Anything that [`to_bytes`](Self::to_bytes) would not have written, and states of a newer
    /// version, of bounded shapes, or of another number of counters.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, buckets) = Reader::open(bytes, EXACT, C::LANES)?;
        let mut shape = Self::new(buckets);
        let width = shape.store.width();
        let rows = reader.length()?;
        let mut before = None;
        for _ in 0..rows {
            let bytes = reader.bytes()?;
            if before.replace(bytes).is_some_and(|before| before >= bytes) {
                return Err(reader.error(DecodeErrorKind::Order));
            }
            let key = K::decode(bytes).ok_or_else(|| reader.error(DecodeErrorKind::Key))?;
            let hash = shape.store.hash(&key);
            let known = shape.store.find(hash, |known| *known == key).is_some();
            let index = shape.store.insert(hash, key).filter(|_| !known);
            let index = index.ok_or_else(|| reader.error(DecodeErrorKind::Order))?;
            let mut empty = true;
            reader.cells(width, |cell, value| {
                empty = false;
                shape.store.add(index, cell, value);
            })?;
            if empty {
                return Err(reader.error(DecodeErrorKind::Cells));
            }
        }
        reader.finish()?;
        Ok(shape)
    }
}
