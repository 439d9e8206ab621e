//! Bounded shapes as bytes.

use alloc::vec::Vec;
use core::hash::Hash;

use super::{BOUNDED, DecodeError, DecodeErrorKind, Reader, WireKey, Writer, in_order, wide};
use crate::{Error, TopShape};

impl<K: WireKey + Hash + Eq + Ord> TopShape<K> {
    /// The stored form; equal states give equal bytes. The layout is described in
    /// [`wire`](crate::wire).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(BOUNDED, 1, self.buckets());
        let width = self.total.len();
        writer.number(wide(self.capacity));
        writer.number(self.floor);
        writer.cells(width, |cell| self.total.get(cell).copied().unwrap_or(0));
        writer.number(wide(self.len()));
        for (key, index) in in_order(self.kept.keys()) {
            writer.bytes(&key);
            writer.number(self.missed.get(index).copied().unwrap_or(0));
            writer.cells(width, |cell| self.kept.store.get(index, cell));
        }
        writer.finish()
    }

    /// Reads the stored form.
    ///
    /// Memory is bounded by the length of `bytes`, whatever they say.
    ///
    /// # Errors
    /// Anything that [`to_bytes`](Self::to_bytes) would not have written, and states of a newer
    /// version or of exact shapes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, buckets) = Reader::open(bytes, BOUNDED, 1)?;
        let width = buckets.len();
        let capacity = usize::try_from(reader.number()?).unwrap_or(usize::MAX);
        let at = reader.error(DecodeErrorKind::Buckets(Error::NoCapacity));
        let mut top = Self::new(buckets, capacity).map_err(|_| at)?;
        top.floor = reader.number()?;
        reader.cells(width, |cell, value| {
            if let Some(total) = top.total.get_mut(cell) {
                *total = value;
            }
        })?;
        // What the rows leave of the total.
        let mut left = top.total.clone();
        let rows = reader.length()?;
        if rows > capacity.saturating_mul(2) || !top.floor_is_possible() {
            return Err(reader.error(DecodeErrorKind::Total));
        }
        let mut before = None;
        for _ in 0..rows {
            let bytes = reader.bytes()?;
            if before.replace(bytes).is_some_and(|before| before >= bytes) {
                return Err(reader.error(DecodeErrorKind::Order));
            }
            let key = K::decode(bytes).ok_or_else(|| reader.error(DecodeErrorKind::Key))?;
            let missed = reader.number()?;
            let store = &mut top.kept.store;
            let hash = store.hash(&key);
            let known = store.find(hash, |known| *known == key).is_some();
            let index = store.insert(hash, key).filter(|_| !known);
            let index = index.ok_or_else(|| reader.error(DecodeErrorKind::Order))?;
            let (mut empty, mut fits) = (true, missed <= top.floor);
            reader.cells(width, |cell, value| {
                empty = false;
                let rest = left.get_mut(cell);
                match rest.and_then(|rest| Some((rest.checked_sub(value)?, rest))) {
                    Some((less, rest)) => *rest = less,
                    None => fits = false,
                }
                store.add(index, cell, value);
            })?;
            if empty {
                return Err(reader.error(DecodeErrorKind::Cells));
            }
            if !fits {
                return Err(reader.error(DecodeErrorKind::Total));
            }
            top.missed.push(missed);
        }
        reader.finish()?;
        Ok(top)
    }

    /// Whether the floor keeps its promise; counters that have stopped at their end excuse it.
    fn floor_is_possible(&self) -> bool {
        let total = self.total.iter().fold(0_u64, |sum, &cell| sum.saturating_add(cell));
        let share = wide(self.capacity.saturating_add(1));
        total == u64::MAX || self.floor.saturating_mul(share) <= total
    }
}
