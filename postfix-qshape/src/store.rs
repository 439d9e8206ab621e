//! Keys with a row of counters each: a hash index over rows that lie end to end.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use foldhash::quality::RandomState;

use crate::cells::{Cells, Row, reserve};

/// An insert-only map; numbers its keys in the order of their first appearance.
///
/// The index has one 8-byte slot per place: the upper half is the key's hash, the lower half its
/// number plus one, zero for a free place. A slot's home is its hash scaled to the table, so that
/// growing walks both tables in order, and a lookup touches one slot and one row as a rule.
#[derive(Clone, Debug)]
pub(crate) struct Store<K> {
    slots: Vec<u64>,
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
            slots: Vec::new(),
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
        let mut place = home(hash, self.slots.len());
        loop {
            let slot = match self.slots.get(place) {
                Some(&slot) => slot,
                // Past the end: go on at the start. An empty table ends the search.
                None if place > 0 => {
                    place = 0;
                    continue;
                }
                None => return None,
            };
            let index = low(slot).checked_sub(1)?;
            if high(slot) == hash && self.rows.get(index).is_some_and(|entry| same(&entry.key)) {
                return Some(index);
            }
            place = place.saturating_add(1);
        }
    }

    /// Adds a key that is not there yet; `None` when all 2³² − 2 numbers are taken.
    pub(crate) fn insert(&mut self, hash: u32, key: K) -> Option<usize> {
        let index = self.rows.len();
        let tag = u32::try_from(index).ok()?.checked_add(1)?;
        self.make_room(1);
        reserve(&mut self.rows, 1);
        let row = self.cells.zero();
        self.rows.push(Entry { key, row });
        settle(&mut self.slots, slot(hash, tag));
        Some(index)
    }

    /// Makes the index large enough for `more` keys; it is at most four fifths full.
    pub(crate) fn make_room(&mut self, more: usize) {
        let wanted = self.rows.len().saturating_add(more).saturating_mul(5) / 4;
        if wanted < self.slots.len() {
            return;
        }
        let size = wanted.max(self.slots.len() / 2 * 3).saturating_add(16);
        let mut slots = alloc::vec![0; size];
        for &old in self.slots.iter().filter(|&&slot| slot != 0) {
            settle(&mut slots, old);
        }
        self.slots = slots;
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
        self.slots.clear();
        self.slots.resize((self.rows.len() / 4).saturating_mul(5).saturating_add(16), 0);
        for (entry, tag) in self.rows.iter().zip(1_u32..) {
            let hash = fold(self.hasher.hash_one(&entry.key));
            settle(&mut self.slots, slot(hash, tag));
        }
    }

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }
}

/// The half of the hash that the index works with.
#[inline]
fn fold(hash: u64) -> u32 {
    high(hash)
}

#[inline]
fn slot(hash: u32, tag: u32) -> u64 {
    (u64::from(hash) << 32) | u64::from(tag)
}

#[inline]
fn high(slot: u64) -> u32 {
    u32::try_from(slot >> 32).unwrap_or(0)
}

#[inline]
fn low(slot: u64) -> usize {
    usize::try_from(slot & u64::from(u32::MAX)).unwrap_or(0)
}

/// Where a hash belongs in a table of this size.
#[inline]
fn home(hash: u32, size: usize) -> usize {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    usize::try_from(u64::from(hash).saturating_mul(size) >> 32).unwrap_or(0)
}

/// Puts a slot into the first free place at or after its home.
fn settle(slots: &mut [u64], slot: u64) {
    let (before, after) = slots.split_at_mut(home(high(slot), slots.len()));
    if let Some(free) = after.iter_mut().chain(before).find(|place| **place == 0) {
        *free = slot;
    }
}
