//! Messages that have their rows already: what the log says of them again opens no new row.

use core::hash::BuildHasher as _;
use std::collections::VecDeque;

use hashbrown::HashTable;

use super::limits::{BYTES_FOR_GONE, MAX_GONE};
use super::mark::{SEED, mix};

/// A message that is held no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Gone {
    /// The hash of host, instance and queue id.
    pub(super) key: u64,
    /// The time of its latest line, in microseconds.
    pub(super) latest: i64,
    /// It was given up for want of room: its end is still to come.
    pub(super) evicted: bool,
}

/// The latest messages that are held no more, oldest first, bounded.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: VecDeque<Gone>,
    /// The number of the oldest: they are numbered as they come, from 0 again after the last number.
    first: u32,
    /// Numbers by key.
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
        if self.known.len() >= MAX_GONE.min(bytes / BYTES_FOR_GONE).max(1) {
            if let Some(oldest) = self.known.pop_front() {
                let hash = self.hasher.hash_one(oldest.key);
                if let Ok(entry) = self.numbers.find_entry(hash, |number| *number == self.first) {
                    entry.remove();
                }
                self.first = self.first.wrapping_add(1);
            }
        }
        // There are fewer than numbers.
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
}
