//! The rows of many keys at once.
//!
//! With many keys an addition waits for memory: for the group of the index, then for the row. So a
//! batch is taken step by step, all hashes, then all groups, then all rows: the processor then
//! waits for several of them at a time. A table that fits in the cache does without.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;

use super::store::{Counters, Store};

/// How many keys are looked up together.
const BATCH: usize = 64;

/// Up to this many keys a table fits in the processor's cache.
const FEW: usize = 16_384;

/// One key on its way to its row, with what is to be counted there.
struct Item<T, R> {
    key: T,
    rest: R,
    hash: u32,
    /// The number of the row that has the same hash, plus one; zero when there may be none.
    likely: u32,
}

impl<K: Hash + Eq> Store<K> {
    /// Calls `count` with the row of the key, which is a new one when the key is new. `borrow`
    /// gives what the key is looked up by, `own` the key to keep.
    ///
    /// Nothing happens for a new key when there are 2³² − 2 of them.
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

    /// The row of a key that is new, or not where it was likely to be.
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

    /// Does for each item what [`row_of`](Self::row_of) does for one.
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
        // A few items are not worth a batch, nor are keys of two words in a table that is at hand.
        // Larger keys are: a copy that was made just now is slow to read.
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
                // Nothing is done with the rows yet: short steps, so that many are on their way.
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

    /// Known keys, new ones, and new ones that come again in the same batch; owned and borrowed;
    /// in a table on either side of [`FEW`].
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
