//! Finding the rows of many keys at once.
//!
//! With many keys, most of the time of an addition is spent waiting for memory: first for a group
//! of the index, then for a row. Therefore a batch of keys is processed step by step: first all
//! groups are read, then all rows. The processor then waits for several of them at the same time. A
//! table that fits in the processor's cache does not need this.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;

use super::store::{Counters, Store};

/// How many keys are looked up together.
const BATCH: usize = 64;

/// Up to this many keys a table fits in the processor's cache.
const FEW: usize = 16_384;

/// A key whose row is being looked up, together with what is to be counted there.
struct Item<T, R> {
    key: T,
    rest: R,
    hash: u32,
    /// One more than the number of the row that has the same hash, or zero if there may be no such
    /// row.
    likely: u32,
}

impl<K: Hash + Eq> Store<K> {
    /// Calls `count` with the row of a key. A new key gets a new row. `borrow` returns what the key
    /// is looked up by, and `own` returns the key to be stored.
    ///
    /// Nothing happens if the key is new and there are already 2³² − 2 keys.
    #[inline]
    pub(super) fn row_of<T, Q>(
        &mut self,
        key: T,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
        count: impl FnOnce(Counters<'_>),
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let probe = borrow(&key);
        let hash = self.hash(probe);
        let likely = self.likely(hash);
        let row = match self.row_at(likely, |known| known.borrow() == probe) {
            None => self.new_row(hash, key, borrow, own),
            known => known,
        };
        row.map(count);
    }

    /// Returns the row of a key that is new or that was not found in its most likely place.
    #[inline(never)]
    fn new_row<T, Q>(
        &mut self,
        hash: u32,
        key: T,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
    ) -> Option<Counters<'_>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let probe = borrow(&key);
        let known = self.find(hash, |known| known.borrow() == probe);
        let index = known.or_else(|| self.insert(hash, own(key)))?;
        self.row(index)
    }

    /// Does the same as [`row_of`](Self::row_of) for each item.
    pub(super) fn rows_of<T, R: Copy, Q>(
        &mut self,
        mut items: impl Iterator<Item = (T, R)>,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
        mut count: impl FnMut(Counters<'_>, R),
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // A batch does not pay for a few items, nor for keys of two words in a table that is in the
        // cache. For larger keys it always pays, because a key that has just been copied is slow to
        // read.
        let is_short = items.size_hint().1.is_some_and(|most| most < BATCH / 8);
        let is_small = size_of::<T>() <= size_of::<[usize; 2]>();
        let mut batch: Vec<Item<T, R>> = Vec::new();
        loop {
            let mut some = items.by_ref().take(BATCH);
            if is_short || (is_small && self.len() <= FEW) {
                let Some((key, rest)) = some.next() else { return };
                self.row_of(key, &borrow, &own, |row| count(row, rest));
                some.for_each(|(key, rest)| {
                    self.row_of(key, &borrow, &own, |row| count(row, rest));
                });
                continue;
            }
            batch.extend(some.map(|(key, rest)| Item { key, rest, hash: 0, likely: 0 }));
            if batch.is_empty() {
                return;
            }
            for item in &mut batch {
                item.hash = self.hash(borrow(&item.key));
                item.likely = self.likely(item.hash);
            }
            if self.len() > FEW {
                // The rows are only touched here. Short steps allow many reads to be in progress at
                // once.
                let touch = |sum, item: &Item<T, R>| sum ^ self.touch(item.likely);
                core::hint::black_box(batch.iter().fold(false, touch));
            }
            batch.retain(|Item { key, rest, likely, .. }| {
                let probe = borrow(key);
                let row = self.row_at(*likely, |known| known.borrow() == probe);
                row.map(|row| count(row, *rest)).is_none()
            });
            for Item { key, rest, hash, .. } in batch.drain(..) {
                if let Some(row) = self.new_row(hash, key, &borrow, &own) {
                    count(row, rest);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    /// The keys are known, new, or new and repeated in the same batch; they are owned or borrowed;
    /// and the table is smaller or larger than [`FEW`].
    #[test]
    fn many_at_once_is_as_one_by_one() {
        let keys: Vec<Name> = (0..FEW + 500)
            .flat_map(|n| [n, n, n / 2, n / 3])
            .map(|n| Name::from(alloc::format!("{n}.example").as_str()))
            .collect();
        let (mut one, mut owned, mut borrowed) = (Store::new(3), Store::new(3), Store::new(3));
        let count = |mut row: Counters<'_>, amount| row.add(1, amount);
        for (key, amount) in keys.iter().zip(1..) {
            one.row_of(key, |key| *key, Name::clone, |row| count(row, amount));
        }
        owned.rows_of(keys.iter().cloned().zip(1..), |key| key, |key| key, count);
        let names = keys.iter().map(Name::as_bytes);
        borrowed.rows_of(names.zip(1..), |key| *key, Name::from, count);
        for many in [owned, borrowed] {
            assert!(many.keys().eq(one.keys()), "in the order of their first appearance");
            assert!((0..one.len()).all(|index| many.get(index, 1) == one.get(index, 1)));
        }
        assert_eq!(one.len(), FEW + 500);
    }
}
