//! Messages whose rows were already given. Later lines about them open no new row.

use core::hash::BuildHasher as _;
use std::collections::VecDeque;

use hashbrown::HashTable;

use super::limits::{BYTES_FOR_GONE, MAX_GONE};
use super::mark::{SEED, mix};

/// A message that is no longer held.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Gone {
    /// The hash of host, instance and queue id.
    pub(super) key: u64,
    /// The time of its latest line, in microseconds.
    pub(super) latest: i64,
    /// True if it was evicted for lack of room, so that its end is still to come.
    pub(super) evicted: bool,
}

/// The latest messages that are no longer held, oldest first. Their number is bounded.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: VecDeque<Gone>,
    /// The number of the oldest message. They are numbered as they come; the numbers wrap around.
    first: u32,
    /// The numbers of the messages by key.
    numbers: HashTable<u32>,
    hasher: foldhash::fast::RandomState,
}

impl Memory {
    /// The part of a [`key`](Self::key) that messages of one host and instance share.
    pub(super) fn seed(host: &[u8], instance: &[u8]) -> u64 {
        mix(mix(SEED, host), instance)
    }

    pub(super) fn key(seed: u64, id: &[u8]) -> u64 {
        mix(seed, id)
    }

    /// Remembers a message, and forgets the oldest beyond what a tracker of this many bytes remembers.
    pub(super) fn add(&mut self, gone: Gone, bytes: usize) {
        if let Some(known) = self.place(gone.key).and_then(|at| self.known.get_mut(at)) {
            *known = gone;
            return;
        }
        if self.known.len() >= MAX_GONE.min(bytes / BYTES_FOR_GONE) {
            if let Some(oldest) = self.known.pop_front() {
                let hash = self.hasher.hash_one(oldest.key);
                if let Ok(entry) = self.numbers.find_entry(hash, |number| *number == self.first) {
                    entry.remove();
                }
                self.first = self.first.wrapping_add(1);
            }
        }
        // There are fewer messages than numbers.
        let number = self.first.wrapping_add(u32::try_from(self.known.len()).unwrap_or(0));
        self.known.push_back(gone);
        let Self { known, first, numbers, hasher } = self;
        numbers.insert_unique(hasher.hash_one(gone.key), number, |number| {
            let at = usize::try_from(number.wrapping_sub(*first)).unwrap_or(usize::MAX);
            known.get(at).map_or(0, |gone| hasher.hash_one(gone.key))
        });
    }

    pub(super) fn get(&self, key: u64) -> Option<Gone> {
        self.known.get(self.place(key)?).copied()
    }

    fn place(&self, key: u64) -> Option<usize> {
        let at = |number: &u32| usize::try_from(number.wrapping_sub(self.first)).ok();
        let same = |number: &u32| {
            at(number).and_then(|at| self.known.get(at)).is_some_and(|gone| gone.key == key)
        };
        self.numbers.find(self.hasher.hash_one(key), same).and_then(at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Gone> {
        self.known.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut memory = Memory::default();
        assert!(memory.is_empty());
        let seed = Memory::seed(b"mx1", b"postfix");
        let key = |at: usize| Memory::key(seed, at.to_string().as_bytes());
        for at in 0..MAX_GONE + 2 {
            memory.add(Gone { key: key(at), latest: 1, evicted: false }, usize::MAX);
        }
        memory.add(Gone { key: key(5), latest: 2, evicted: true }, usize::MAX);
        assert_eq!((memory.get(key(0)), memory.get(key(1))), (None, None));
        assert_eq!(memory.get(key(5)).map(|gone| gone.latest), Some(2));
        assert_eq!(memory.iter().count(), MAX_GONE);
        memory.add(Gone { key: 9, latest: 1, evicted: false }, 0);
        assert_eq!(memory.iter().count(), MAX_GONE, "each goes for one that comes");
        let key = |host, instance, id| Memory::key(Memory::seed(host, instance), id);
        assert_ne!(key(b"ab", b"c", b"d"), key(b"a", b"bc", b"d"));
    }

    /// Each is found at its place, also after the first ones were forgotten.
    #[test]
    fn all_that_are_remembered_are_found() {
        let mut memory = Memory::default();
        for at in 0..20 {
            memory.add(Gone { key: at, latest: 1, evicted: false }, 8 * BYTES_FOR_GONE);
            for known in 0..20 {
                let held = known <= at && known + 8 > at;
                assert_eq!(memory.get(known).is_some(), held, "{known} of {at}");
            }
            assert_eq!(memory.numbers.len(), memory.known.len());
        }
        memory.add(Gone { key: 15, latest: 2, evicted: true }, 8 * BYTES_FOR_GONE);
        let all: Vec<_> = memory.iter().map(|gone| (gone.key, gone.latest, gone.evicted)).collect();
        let want = |key: u64| if key == 15 { (key, 2, true) } else { (key, 1, false) };
        assert_eq!(all, (12..20).map(want).collect::<Vec<_>>());
        // Long after the first ones were forgotten, too.
        let mut memory = Memory::default();
        for at in 0..3_000 {
            memory.add(Gone { key: at, latest: 1, evicted: false }, 100 * BYTES_FOR_GONE);
            let first = (at + 1).saturating_sub(100);
            assert!((first..=at).step_by(9).all(|known| memory.get(known).is_some()), "{at}");
            assert!(first == 0 || memory.get(first - 1).is_none(), "{at}");
        }
        // However small the tracker, it remembers one.
        let mut memory = Memory::default();
        for key in [7, 8] {
            memory.add(Gone { key, latest: 1, evicted: false }, 0);
        }
        assert_eq!((memory.get(7), memory.get(8).map(|gone| gone.key)), (None, Some(8)));
    }
}
