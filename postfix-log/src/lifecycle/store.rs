//! The messages that are held: by key, and in lists by the time of their last line.

use std::boxed::Box;
use std::vec::Vec;

use core::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;

use super::message::{End, Message, NONE, room, table_bytes};
use super::sites::{Lists, Stage};

#[derive(Debug)]
struct Slot {
    message: Option<Box<Message>>,
    stage: Stage,
    /// Its place in the list of its host, and in that of all hosts.
    places: [Place; 2],
    /// What the message counted for when it was last settled.
    bytes: usize,
    /// True for the latest message of its key: the one that lines are about.
    current: bool,
}

/// The neighbours in a list.
#[derive(Clone, Copy, Debug)]
struct Place {
    previous: u32,
    next: u32,
}

impl Place {
    const NONE: Self = Self { previous: NONE, next: NONE };
}

/// Which list of a message is meant.
#[derive(Clone, Copy, Debug)]
enum Of {
    Host,
    All,
}

/// Messages in slots. A slot is named by its number.
#[derive(Debug, Default)]
pub(super) struct Store {
    slots: Vec<Slot>,
    free: Vec<u32>,
    table: HashTable<u32>,
    hasher: foldhash::quality::RandomState,
    bytes: usize,
    count: usize,
    /// The messages of all hosts by stage, least recently touched first.
    all: Lists,
}

impl Store {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Bytes of all messages, with their slots and table entries.
    pub(super) fn bytes(&self) -> usize {
        let slots = room(self.count).saturating_mul(size_of::<Slot>().saturating_add(4));
        self.bytes.saturating_add(slots).saturating_add(table_bytes(self.count))
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Message> {
        self.slot(slot)?.message.as_deref()
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Message> {
        self.slot_mut(slot)?.message.as_deref_mut()
    }

    fn slot(&self, slot: u32) -> Option<&Slot> {
        self.slots.get(usize::try_from(slot).ok()?)
    }

    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot> {
        self.slots.get_mut(usize::try_from(slot).ok()?)
    }

    fn key(&self, site: u32, id: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(site);
        hasher.write(id);
        hasher.finish()
    }

    /// The hash of a recipient, for [`Message::find`] and its like.
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
        self.table.find(self.key(site, id), same).copied()
    }

    /// Takes in a message as the latest of its key. It is in no list yet.
    pub(super) fn insert(&mut self, message: Message) -> u32 {
        let (site, hash) = (message.site, self.key(message.site, message.text(message.id)));
        let bytes = message.bytes();
        let id = message.text(message.id);
        if let Some(older) = self.find(site, id) {
            self.retire(older);
        }
        let new = Slot {
            message: Some(Box::new(message)),
            stage: Stage::Receiving,
            places: [Place::NONE; 2],
            bytes,
            current: true,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.slot_mut(slot) {
                    *place = new;
                }
                slot
            }
            None => {
                let slot = u32::try_from(self.slots.len()).unwrap_or(NONE);
                self.slots.push(new);
                slot
            }
        };
        self.bytes = self.bytes.saturating_add(bytes);
        self.count = self.count.saturating_add(1);
        let Self { table, slots, hasher, .. } = self;
        table.insert_unique(hash, slot, |&slot| {
            let known =
                usize::try_from(slot).ok().and_then(|slot| slots.get(slot)?.message.as_deref());
            known.map_or(0, |message| {
                let mut hasher = hasher.build_hasher();
                hasher.write_u32(message.site);
                hasher.write(message.text(message.id));
                hasher.finish()
            })
        });
        slot
    }

    /// Takes a message out of the table, so that its key is free for another one.
    pub(super) fn retire(&mut self, slot: u32) {
        let Some(message) = self.get(slot) else { return };
        let hash = self.key(message.site, message.text(message.id));
        if let Some(place) = self.slot_mut(slot) {
            if !core::mem::take(&mut place.current) {
                return;
            }
        }
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == slot) {
            entry.remove();
        }
    }

    /// Takes a message out of everything.
    pub(super) fn remove(&mut self, slot: u32, lists: &mut Lists) -> Option<Box<Message>> {
        self.retire(slot);
        self.unlink(slot, lists);
        let place = self.slot_mut(slot)?;
        let message = place.message.take()?;
        let bytes = core::mem::take(&mut place.bytes);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.count = self.count.saturating_sub(1);
        self.free.push(slot);
        Some(message)
    }

    /// The message of the first stage that has one, least recently touched.
    pub(super) fn oldest(&self) -> Option<u32> {
        self.all.iter().map(|list| list.head).find(|head| *head != NONE)
    }

    /// Books the bytes of a message that changed, and moves it to the end of the lists it belongs to.
    pub(super) fn settle(&mut self, slot: u32, lists: &mut Lists) {
        let Some(message) = self.get(slot) else { return };
        let (bytes, stage) = (message.bytes(), stage_of(message));
        self.unlink(slot, lists);
        let Some(place) = self.slot_mut(slot) else { return };
        let before = core::mem::replace(&mut place.bytes, bytes);
        place.stage = stage;
        self.bytes = self.bytes.saturating_sub(before).saturating_add(bytes);
        self.append(Of::Host, slot, lists);
        let mut all = self.all;
        self.append(Of::All, slot, &mut all);
        self.all = all;
    }

    /// Books the bytes of a message that changed, where it stands.
    pub(super) fn weigh(&mut self, slot: u32) {
        let Some(bytes) = self.get(slot).map(Message::bytes) else { return };
        let Some(place) = self.slot_mut(slot) else { return };
        let before = core::mem::replace(&mut place.bytes, bytes);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(bytes);
    }

    fn place(&self, of: Of, slot: u32) -> Option<Place> {
        self.slot(slot)?.places.get(of as usize).copied()
    }

    fn place_mut(&mut self, of: Of, slot: u32) -> Option<&mut Place> {
        self.slot_mut(slot)?.places.get_mut(of as usize)
    }

    /// Puts a message that is in no list at the end of the one of its stage.
    fn append(&mut self, of: Of, slot: u32, lists: &mut Lists) {
        let Some(stage) = self.slot(slot).map(|slot| slot.stage) else { return };
        let Some(list) = lists.get_mut(stage.index()) else { return };
        let tail = core::mem::replace(&mut list.tail, slot);
        if list.head == NONE {
            list.head = slot;
        }
        if let Some(place) = self.place_mut(of, slot) {
            *place = Place { previous: tail, next: NONE };
        }
        if let Some(last) = self.place_mut(of, tail) {
            last.next = slot;
        }
    }

    /// Takes a message out of its lists, if it is in any.
    fn unlink(&mut self, slot: u32, lists: &mut Lists) {
        self.unlink_from(Of::Host, slot, lists);
        let mut all = self.all;
        self.unlink_from(Of::All, slot, &mut all);
        self.all = all;
    }

    fn unlink_from(&mut self, of: Of, slot: u32, lists: &mut Lists) {
        let Some(stage) = self.slot(slot).map(|slot| slot.stage) else { return };
        let Some(Place { previous, next }) = self.place(of, slot) else { return };
        let Some(list) = lists.get_mut(stage.index()) else { return };
        // A slot that is in no list has no neighbours and is not the head.
        if previous == NONE && list.head != slot {
            return;
        }
        if list.head == slot {
            list.head = next;
        }
        if list.tail == slot {
            list.tail = previous;
        }
        if let Some(before) = self.place_mut(of, previous) {
            before.next = next;
        }
        if let Some(after) = self.place_mut(of, next) {
            after.previous = previous;
        }
        if let Some(place) = self.place_mut(of, slot) {
            *place = Place::NONE;
        }
    }

    /// All slots in use, oldest place first.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().zip(0..).filter_map(|(slot, at)| slot.message.is_some().then_some(at))
    }
}

/// Where a message waits.
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
