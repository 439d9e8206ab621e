//! Keys with a row of counters each: a hash index over rows that lie end to end.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;

use crate::cells::{Cells, Row, reserve};
use crate::index::Index;

/// An insert-only map; numbers its keys in the order of their first appearance.
///
/// A lookup touches one group of the index and one row as a rule.
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

    /// Counters per row.
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

    #[inline]
    pub(crate) fn add(&mut self, index: usize, cell: usize, amount: u64) {
        if let Some(entry) = self.rows.get_mut(index) {
            self.cells.add(&mut entry.row, cell, amount);
        }
    }

    /// Adds a row of another store to one of ours; both count the same classes.
    pub(crate) fn add_row<J>(&mut self, index: usize, other: &Store<J>, theirs: usize) {
        let (Some(entry), Some(other_entry)) = (self.rows.get_mut(index), other.rows.get(theirs))
        else {
            return;
        };
        for cell in 0..self.cells.count() {
            match other.cells.get(&other_entry.row, cell) {
                0 => {}
                some => self.cells.add(&mut entry.row, cell, some),
            }
        }
    }

    /// The number of the key that has this hash and satisfies `same`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, same: impl Fn(&K) -> bool) -> Option<usize> {
        self.index.find(hash, |index| self.rows.get(index).is_some_and(|entry| same(&entry.key)))
    }

    /// Adds a key that is not there yet; `None` when all 2³² − 2 numbers are taken.
    pub(crate) fn insert(&mut self, hash: u32, key: K) -> Option<usize> {
        let index = self.rows.len();
        self.index.insert(hash, index)?;
        reserve(&mut self.rows, 1);
        let row = self.cells.zero();
        self.rows.push(Entry { key, row });
        Some(index)
    }

    /// Removes every key for which `keep` is false; the others are numbered anew, in order.
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

/// The half of the hash that the index works with.
#[inline]
fn fold(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}
