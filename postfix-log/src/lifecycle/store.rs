//! The messages that are held, by key and in lists by the time of their last line.

use std::boxed::Box;
use std::vec::Vec;

use core::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;

use super::lists::{Chain, Lists, Stage};
use super::message::{End, Message, room, table_bytes};
use super::slab::Slab;

/// The number of finished messages that are kept so that new ones can use their memory.
const MAX_SPARE: usize = 64;

#[derive(Debug)]
struct Held {
    message: Box<Message>,
    stage: Stage,
    /// The bytes that the message counted for when it was last booked.
    bytes: usize,
}

/// Messages in slots. A slot is named by its number.
#[derive(Debug, Default)]
pub(super) struct Store {
    slots: Slab<Held>,
    table: HashTable<u32>,
    hasher: foldhash::quality::RandomState,
    /// The bytes of the messages, and those of their slots and table entries.
    bytes: usize,
    frame: usize,
    /// The messages of all hosts by stage, least recently touched first.
    all: Lists,
    /// The neighbours of each message in the lists of all hosts, and in those of its own.
    of_all: Chain,
    of_host: Chain,
    /// Finished messages whose memory will be used again.
    #[expect(clippy::vec_box, reason = "the boxes are what is used again")]
    spare: Vec<Box<Message>>,
}

impl Store {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The bytes of all messages with their slots and table entries.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.saturating_add(self.frame)
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&Message> {
        self.slots.get(slot).map(|held| &*held.message)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Message> {
        self.slots.get_mut(slot).map(|held| &mut *held.message)
    }

    /// Two messages at once; `None` if they are the same.
    pub(super) fn pair_mut(
        &mut self,
        one: u32,
        other: u32,
    ) -> Option<(&mut Message, &mut Message)> {
        let (one, other) = self.slots.pair_mut(one, other)?;
        Some((&mut one.message, &mut other.message))
    }

    /// The hash function for recipients, as [`Message::find`] and similar methods need it.
    pub(super) fn recipient_hash(&self) -> impl Fn(&[u8], Option<&[u8]>) -> u64 + use<> {
        let hasher = self.hasher.clone();
        move |to, orig_to| hasher.hash_one((to, orig_to))
    }

    /// The latest message with this key.
    pub(super) fn find(&self, site: u32, id: &[u8]) -> Option<u32> {
        let same = |slot: &u32| {
            self.get(*slot)
                .is_some_and(|message| message.site == site && message.text(message.id) == id)
        };
        self.table.find(key(&self.hasher, site, id), same).copied()
    }

    /// A message without recipients, made from a finished one if possible.
    pub(super) fn blank(&mut self, site: u32, id: &[u8], generation: u32) -> Box<Message> {
        match self.spare.pop() {
            Some(mut message) => {
                message.begin(site, id, generation);
                message
            }
            None => Box::new(Message::new(site, id, generation)),
        }
    }

    /// Takes back a message that [`remove`](Self::remove) gave, for [`blank`](Self::blank).
    pub(super) fn recycle(&mut self, message: Box<Message>) {
        if self.spare.len() < MAX_SPARE && message.is_small() {
            self.spare.push(message);
        }
    }

    /// Inserts a message as the latest of its key. It is in no list yet.
    pub(super) fn insert(&mut self, message: Box<Message>) -> u32 {
        let hash = key(&self.hasher, message.site, message.text(message.id));
        if let Some(older) = self.find(message.site, message.text(message.id)) {
            self.retire(older);
        }
        let bytes = message.bytes();
        let held = Held { message, stage: Stage::Receiving, bytes };
        let slot = self.slots.add(held);
        self.bytes = self.bytes.saturating_add(bytes);
        self.frame = frame(self.slots.len());
        let Self { table, slots, hasher, .. } = self;
        table.insert_unique(hash, slot, |&slot| {
            let known = slots.get(slot).map(|held| &held.message);
            known.map_or(0, |known| key(hasher, known.site, known.text(known.id)))
        });
        slot
    }

    /// Removes a message from the table, if it is in it, so that its key is free for another one.
    pub(super) fn retire(&mut self, slot: u32) {
        let Some(held) = self.slots.get(slot) else { return };
        let hash = key(&self.hasher, held.message.site, held.message.text(held.message.id));
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == slot) {
            entry.remove();
        }
    }

    /// Removes a message from the slots, the table and the lists.
    pub(super) fn remove(&mut self, slot: u32, lists: &mut Lists) -> Option<Box<Message>> {
        self.retire(slot);
        let Held { message, stage, bytes, .. } = self.slots.take(slot)?;
        lists.remove(&mut self.of_host, slot, stage);
        self.all.remove(&mut self.of_all, slot, stage);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.frame = frame(self.slots.len());
        Some(message)
    }

    /// The message to give up for want of room.
    pub(super) fn victim(&self) -> Option<u32> {
        self.all.victim()
    }

    /// Books the bytes of a message that changed, and moves it to the end of the lists it belongs to.
    #[inline]
    pub(super) fn settle(&mut self, slot: u32, lists: &mut Lists) {
        let Some(held) = self.slots.get_mut(slot) else { return };
        let (bytes, stage) = (held.message.bytes(), stage_of(&held.message));
        let before = core::mem::replace(&mut held.bytes, bytes);
        let from = core::mem::replace(&mut held.stage, stage);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(bytes);
        lists.move_on(&mut self.of_host, slot, from, stage);
        self.all.move_on(&mut self.of_all, slot, from, stage);
    }

    /// Books the bytes of a message that changed, without moving it.
    pub(super) fn weigh(&mut self, slot: u32) {
        let Some(held) = self.slots.get_mut(slot) else { return };
        let bytes = held.message.bytes();
        let before = core::mem::replace(&mut held.bytes, bytes);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(bytes);
    }

    /// All slots in use, in the order of their numbers.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|(slot, _)| slot)
    }
}

#[inline]
fn key(hasher: &foldhash::quality::RandomState, site: u32, id: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_u32(site);
    hasher.write(id);
    hasher.finish()
}

/// The bytes of the slots and table entries of this many messages.
fn frame(count: usize) -> usize {
    // A slot in the slab, one in the list of empty slots, and one in each chain.
    const SLOT: usize = size_of::<Option<Held>>() + 4 + 2 * 8;
    room(count).saturating_mul(SLOT).saturating_add(table_bytes(count))
}

/// The stage at which a message waits.
pub(super) fn stage_of(message: &Message) -> Stage {
    if message.end != End::Open {
        Stage::Finished
    } else if message.held {
        Stage::Held
    } else if !message.tries.is_empty() || message.was_held {
        Stage::Deferred
    } else if message.runs > 0 {
        Stage::Queued
    } else {
        Stage::Receiving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages that are gone take no room in the table, however many there were.
    #[test]
    fn the_table_has_the_messages_that_are_held() {
        let (mut store, mut lists) = (Store::default(), Lists::default());
        let mut add = |store: &mut Store, id: &[u8]| {
            let message = store.blank(0, id, 0);
            let slot = store.insert(message);
            store.settle(slot, &mut lists);
            (slot, store.table.len(), store.len())
        };
        let (first, ..) = add(&mut store, b"A1");
        assert_eq!(store.find(0, b"A1"), Some(first));
        // Another message with the same id takes its place in the table, but not its slot.
        let (second, table, held) = add(&mut store, b"A1");
        assert_eq!((store.find(0, b"A1"), table, held), (Some(second), 1, 2));
        let (third, table, held) = add(&mut store, b"A2");
        assert_eq!((table, held), (2, 3));
        for (slot, table) in [(first, 2), (second, 1), (third, 0)] {
            assert!(store.remove(slot, &mut lists).is_some());
            assert_eq!(store.table.len(), table, "{slot}");
        }
        assert_eq!((store.find(0, b"A1"), store.len()), (None, 0));
        // The least table is left.
        assert_eq!(store.bytes(), 20);
    }

    /// A few small messages are kept for their memory, and no large one.
    #[test]
    fn spare_messages() {
        let mut store = Store::default();
        for _ in 0..MAX_SPARE + 2 {
            store.recycle(Box::new(Message::new(0, b"A1", 0)));
        }
        assert_eq!(store.spare.len(), MAX_SPARE);
        let message = store.blank(3, b"B2", 1);
        assert_eq!(
            (message.site, message.generation, message.text(message.id)),
            (3, 1, &b"B2"[..])
        );
        assert_eq!(store.spare.len(), MAX_SPARE - 1);
        let mut large = Box::new(Message::new(0, b"A1", 0));
        large.keep(&[b'x'; 2000]);
        store.recycle(large);
        assert_eq!(store.spare.len(), MAX_SPARE - 1);
    }
}
