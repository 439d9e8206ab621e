//! Messages that have their rows already: what the log says of them again opens no new row.

use std::collections::VecDeque;
use std::vec::Vec;

use hashbrown::HashMap;

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
    known: HashMap<u64, Gone, foldhash::fast::RandomState>,
    order: VecDeque<u64>,
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
        if let Some(known) = self.known.get_mut(&gone.key) {
            *known = gone;
            return;
        }
        if self.order.len() >= MAX_GONE.min(bytes / BYTES_FOR_GONE).max(1) {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        self.order.push_back(gone.key);
        self.known.insert(gone.key, gone);
    }

    pub(super) fn get(&self, key: u64) -> Option<Gone> {
        self.known.get(&key).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn to_vec(&self) -> Vec<Gone> {
        self.order.iter().filter_map(|key| self.get(*key)).collect()
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
        assert_eq!(memory.to_vec().len(), MAX_GONE);
        memory.add(Gone { key: 9, latest: 1, evicted: false }, 0);
        assert_eq!(memory.to_vec().len(), MAX_GONE, "each goes for one that comes");
        let key = |host, instance, id| Memory::key(Memory::seed(host, instance), id);
        assert_ne!(key(b"ab", b"c", b"d"), key(b"a", b"bc", b"d"));
    }
}
