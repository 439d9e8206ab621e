//! Messages that have their rows already: what the log says of them again opens no new row.

use std::collections::VecDeque;
use std::vec::Vec;

use hashbrown::HashMap;

use super::limits::{BYTES_FOR_GONE, MAX_GONE};
use super::turn::{SEED, fnv};

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
    pub(super) fn key(host: &[u8], instance: &[u8], id: &[u8]) -> u64 {
        let part = |hash, text| fnv(fnv(hash, text), &[0]);
        part(part(part(SEED, host), instance), id)
    }

    /// Remembers a message, and forgets the oldest beyond what a tracker of this many bytes remembers.
    pub(super) fn add(&mut self, gone: Gone, bytes: usize) {
        if self.known.insert(gone.key, gone).is_some() {
            return;
        }
        self.order.push_back(gone.key);
        if self.order.len() > MAX_GONE.min(bytes / BYTES_FOR_GONE) {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
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
        let key = |at: usize| Memory::key(b"mx1", b"postfix", at.to_string().as_bytes());
        for at in 0..MAX_GONE + 2 {
            memory.add(Gone { key: key(at), latest: 1, evicted: false }, usize::MAX);
        }
        memory.add(Gone { key: key(5), latest: 2, evicted: true }, usize::MAX);
        assert_eq!((memory.get(key(0)), memory.get(key(1))), (None, None));
        assert_eq!(memory.get(key(5)).map(|gone| gone.latest), Some(2));
        assert_eq!(memory.to_vec().len(), MAX_GONE);
        memory.add(Gone { key: 9, latest: 1, evicted: false }, 0);
        assert_eq!(memory.to_vec().len(), MAX_GONE, "each goes for one that comes");
        assert_ne!(Memory::key(b"ab", b"c", b"d"), Memory::key(b"a", b"bc", b"d"));
    }
}
