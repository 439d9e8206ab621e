//! Keys with a row of counters each, stored end to end and found through a hash index.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;

use super::cells::{Cells, Row, reserve};
use super::index::Index;

/// A map from keys to rows of counters. Keys are numbered in the order of their first appearance.
///
/// A lookup usually reads one group of the index and one row.
#[derive(Clone, Debug)]
pub(crate) struct Store<K> {
    index: Index,
    rows: Vec<Entry<K>>,
    cells: Cells,
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Entry<K> {
    key: K,
    row: Row,
}

/// The counters of one row.
pub(crate) struct Counters<'s> {
    cells: &'s mut Cells,
    row: &'s mut Row,
}

impl Counters<'_> {
    #[inline]
    pub(crate) fn add(&mut self, cell: usize, amount: u64) {
        self.cells.add(self.row, cell, amount);
    }

    /// Adds a row of another store that counts the same buckets.
    pub(crate) fn add_row<J>(&mut self, other: &Store<J>, index: usize) {
        if let Some(entry) = other.rows.get(index) {
            self.cells.add_row(self.row, &other.cells, &entry.row);
        }
    }
}

impl<K> Store<K> {
    pub(crate) fn new(cells: usize) -> Self {
        Self {
            index: Index::default(),
            rows: Vec::new(),
            cells: Cells::new(cells),
            hasher: RandomState::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of counters per row.
    pub(crate) fn width(&self) -> usize {
        self.cells.count()
    }

    pub(crate) fn key(&self, index: usize) -> Option<&K> {
        self.rows.get(index).map(|entry| &entry.key)
    }

    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.rows.iter().map(|entry| &entry.key)
    }

    pub(crate) fn get(&self, index: usize, cell: usize) -> u64 {
        self.rows.get(index).map_or(0, |entry| self.cells.get(&entry.row, cell))
    }

    /// The sum of every `step`th counter of a row, starting with the first one.
    pub(crate) fn sum(&self, index: usize, step: usize) -> u64 {
        self.rows.get(index).map_or(0, |entry| self.cells.sum(&entry.row, step))
    }

    /// Replaces the contents of `cells` by all counters of a row.
    pub(crate) fn read(&self, index: usize, cells: &mut Vec<u64>) {
        cells.clear();
        if let Some(entry) = self.rows.get(index) {
            self.cells.read(&entry.row, cells);
        }
    }

    /// The counters of the row with this number.
    #[inline]
    pub(crate) fn row(&mut self, index: usize) -> Option<Counters<'_>> {
        let entry = self.rows.get_mut(index)?;
        Some(Counters { cells: &mut self.cells, row: &mut entry.row })
    }

    #[inline]
    pub(crate) fn add(&mut self, index: usize, cell: usize, amount: u64) {
        if let Some(mut row) = self.row(index) {
            row.add(cell, amount);
        }
    }

    /// Sets one counter to zero.
    pub(crate) fn reset(&mut self, index: usize, cell: usize) {
        if let Some(entry) = self.rows.get_mut(index) {
            self.cells.reset(&mut entry.row, cell);
        }
    }

    /// The number of the key that has this hash and satisfies `same`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, same: impl Fn(&K) -> bool) -> Option<usize> {
        self.index.find(hash, |index| self.rows.get(index).is_some_and(|entry| same(&entry.key)))
    }

    /// See [`Index::likely`].
    #[inline]
    pub(crate) fn likely(&self, hash: u32) -> u32 {
        self.index.likely(hash)
    }

    /// Reads something of the row for which [`likely`](Self::likely) returned this value, so that
    /// it is in the cache.
    ///
    /// A row may lie in two cache lines. The row before it ends in the first of them.
    #[inline]
    pub(crate) fn touch(&self, likely: u32) -> bool {
        let index = usize::try_from(likely.wrapping_sub(1)).unwrap_or(usize::MAX);
        let is_inline =
            |index| self.rows.get(index).is_some_and(|entry: &Entry<K>| entry.row.is_inline());
        is_inline(index) ^ is_inline(index.wrapping_sub(1))
    }

    /// The counters of the row for which [`likely`](Self::likely) returned this value, if it
    /// belongs to the key.
    #[inline]
    pub(crate) fn row_at(
        &mut self,
        likely: u32,
        same: impl Fn(&K) -> bool,
    ) -> Option<Counters<'_>> {
        // Zero turns into the number of a row that does not exist.
        let index = usize::try_from(likely.wrapping_sub(1)).unwrap_or(usize::MAX);
        let entry = self.rows.get_mut(index).filter(|entry| same(&entry.key))?;
        Some(Counters { cells: &mut self.cells, row: &mut entry.row })
    }

    /// Adds a key that is not in the store yet. Returns `None` if all 2³² − 2 numbers are in use.
    pub(crate) fn insert(&mut self, hash: u32, key: K) -> Option<usize> {
        let index = self.rows.len();
        self.index.insert(hash, index)?;
        reserve(&mut self.rows, 1);
        let row = self.cells.zero();
        self.rows.push(Entry { key, row });
        Some(index)
    }

    /// Adds a key. Returns `None` if the key is already in the store or all numbers are in use.
    pub(crate) fn insert_new(&mut self, key: K) -> Option<usize>
    where
        K: Hash + Eq,
    {
        let hash = self.hash(&key);
        match self.find(hash, |known| *known == key) {
            Some(_) => None,
            None => self.insert(hash, key),
        }
    }

    /// Removes every key for which `keep` returns false. The other keys are renumbered in order.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool)
    where
        K: Hash,
    {
        let mut index = 0_usize;
        let cells = &mut self.cells;
        self.rows.retain(|entry| {
            let stays = keep(index);
            index = index.saturating_add(1);
            if !stays {
                cells.free(&entry.row);
            }
            stays
        });
        let hasher = &self.hasher;
        self.index.rebuild(self.rows.iter().map(|entry| fold(hasher.hash_one(&entry.key))));
    }

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }
}

/// The 32 bits that the index uses. The hasher leaves integers at equal distances, such as times in whole minutes, at
/// equal distances with some seeds, so that they would crowd into a few groups; the multiplication spreads them.
#[inline]
fn fold(hash: u64) -> u32 {
    u32::try_from(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates rows with more counters than fit beside their tag. All counters of row `n` are `n`.
    fn store(rows: u64) -> Store<u64> {
        let mut store = Store::new(20);
        for key in 0..rows {
            let index = store.insert(store.hash(&key), key).unwrap();
            (0..20).for_each(|cell| store.add(index, cell, key));
        }
        store
    }

    fn find(store: &Store<u64>, key: u64) -> Option<usize> {
        store.find(store.hash(&key), |known| *known == key)
    }

    #[test]
    fn keys_that_stay_keep_their_counters_and_their_order() {
        let mut store = store(300);
        store.retain(|index| index % 3 == 1);
        assert_eq!(store.len(), 100);
        assert!(store.keys().copied().eq((0..100).map(|n| 3 * n + 1)));
        for key in 0..300 {
            let expected = (key % 3 == 1).then(|| usize::try_from(key / 3).unwrap());
            assert_eq!(find(&store, key), expected, "{key}");
            if let Some(index) = expected {
                assert!((0..20).all(|cell| store.get(index, cell) == key), "{key}");
            }
        }
    }

    #[test]
    fn the_place_of_a_removed_key_is_for_a_new_one() {
        let mut store = store(100);
        store.retain(|index| index >= 50);
        for key in 1_000..1_050 {
            let index = store.insert(store.hash(&key), key).unwrap();
            assert!((0..20).all(|cell| store.get(index, cell) == 0), "a new row is empty");
            store.add(index, 0, 1);
        }
        for index in 0..50 {
            let key = *store.key(index).unwrap();
            assert!((0..20).all(|cell| store.get(index, cell) == key), "{key} is as it was");
        }
        assert_eq!(store.len(), 100);
    }

    #[test]
    fn rows_of_another_store_are_added() {
        let mut ours = store(3);
        let theirs = store(300);
        ours.row(2).unwrap().add_row(&theirs, 299);
        assert_eq!((ours.get(2, 0), ours.get(2, 19), ours.get(1, 0)), (301, 301, 1));
        assert!(ours.row(3).is_none());
        ours.row(2).unwrap().add_row(&theirs, 300);
        assert_eq!((ours.len(), ours.get(2, 0), ours.get(3, 0)), (3, 301, 0), "no such row");
    }

    #[test]
    fn hashes_are_spread() {
        let store: Store<u64> = Store::new(1);
        let mut hashes: Vec<u32> = (0..1_000_u64).map(|key| store.hash(&key)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert!(hashes.len() > 990, "{}", hashes.len());
        // With the first seed, the upper half of the hash alone puts 500 of consecutive numbers into one place.
        for seed in 0..200 {
            let shared = alloc::boxed::Box::new(foldhash::SharedSeed::from_u64(seed));
            let shared = alloc::boxed::Box::leak(shared);
            let hasher = foldhash::fast::SeedableRandomState::with_seed(seed, shared);
            for distance in [1, 60, 1_000, 4_096, 1 << 32] {
                let mut keys_at = [0_u32; 200];
                for number in 0..1_000_u64 {
                    let hash = fold(hasher.hash_one(1_700_000_000 + number * distance));
                    keys_at[usize::try_from((u64::from(hash) * 200) >> 32).unwrap()] += 1;
                }
                // Five on average.
                let most = *keys_at.iter().max().unwrap();
                assert!(most < 20, "{most} keys in one place: {seed} {distance}");
            }
        }
    }

    #[test]
    fn the_list_of_rows_grows_by_an_eighth() {
        let mut store = Store::new(1);
        for key in 0..5_000_u64 {
            store.insert(store.hash(&key), key).unwrap();
            let (rows, room) = (store.rows.len(), store.rows.capacity());
            assert!(
                room <= rows + (rows / 8).max(16),
                "room for {room} rows, of which {rows} are used"
            );
        }
    }

    #[test]
    fn what_is_likely_leads_to_the_row_of_the_key() {
        let mut store = store(50);
        for key in 0..50 {
            let likely = store.likely(store.hash(&key));
            // A key that is not in the group where it belongs has no likely place.
            if likely > 0 {
                let hash = store.hash(&key);
                let found = store.row_at(likely, |known| *known == key).is_some();
                let mut others = store.keys().filter(|other| **other != key);
                assert!(found || others.any(|other| store.hash(other) == hash), "{key}");
            }
            assert!(store.row_at(likely, |_| false).is_none());
        }
        assert!(store.row_at(0, |_| true).is_none(), "zero stands for no row");
        assert!(store.row_at(51, |_| true).is_none());
    }
}
