//! Many additions at once.
//!
//! With many keys an addition waits for memory: for the group of the index, then for the row. So a
//! batch is taken step by step, all hashes, then all groups, then all rows: the processor then
//! waits for several of them at a time.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use super::{Shape, is_zero};
use crate::measure::Measure;

/// How many additions are taken together.
const BATCH: usize = 64;

/// One addition on its way.
struct Item<T, C> {
    key: T,
    hash: u32,
    /// The number of the row that has the same hash, plus one; zero when there may be none.
    likely: u32,
    age: Duration,
    amount: C,
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// Counts each item. `borrow` gives what a key is looked up by, `own` the key to keep.
    pub(super) fn batches<T, Q>(
        &mut self,
        mut items: impl Iterator<Item = (T, Duration, C)>,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let capacity = match items.size_hint() {
            (_, Some(most)) => most.min(BATCH),
            (least, None) => least.clamp(8, BATCH),
        };
        let mut batch: Vec<Item<T, C>> = Vec::with_capacity(capacity);
        let mut room = 0;
        while room == 0 {
            room = BATCH;
            for (key, age, amount) in items.by_ref().take(BATCH) {
                room = room.saturating_sub(1);
                if !is_zero(amount) {
                    batch.push(Item { key, hash: 0, likely: 0, age, amount });
                }
            }
            for item in &mut batch {
                item.hash = self.store.hash(borrow(&item.key));
            }
            for item in &mut batch {
                item.likely = self.store.likely(item.hash);
            }
            // Nothing is done with the rows yet: short steps, so that many rows are on their way.
            let touched = batch.iter().fold(false, |sum, item| sum ^ self.store.touch(item.likely));
            core::hint::black_box(touched);
            for item in &mut batch {
                let probe = borrow(&item.key);
                if !self.store.is_at(item.likely, |known| known.borrow() == probe) {
                    item.likely = 0;
                }
            }
            for Item { key, hash, likely, age, amount } in batch.drain(..) {
                let bucket = self.buckets.index_of(age);
                if let Some(index) = likely.checked_sub(1).and_then(|n| usize::try_from(n).ok()) {
                    self.put(index, bucket, amount);
                    continue;
                }
                let probe = borrow(&key);
                let index = self.store.find(hash, |known| known.borrow() == probe);
                if let Some(index) = index.or_else(|| self.store.insert(hash, own(key))) {
                    self.put(index, bucket, amount);
                }
            }
        }
    }
}
