//! An index of the entries of one log, by the offset of the recipient and by address. It takes a small multiple of the log's
//! length.

use alloc::vec::Vec;

use crate::bounce::{BounceEntry, BounceKind, BounceLog, quote};
use crate::envelope::recipient::{Recipient, Recipients};
use crate::limits::MAX_JOINED_LOG;

/// Entries of at least this many bytes are kept after parsing. Shorter ones are parsed again when they are needed, which takes a
/// bounded time for each. The entries that are kept take at most a quarter of the log's length.
const LONG: u64 = 1024;

/// The lengths of the shortest entries with an offset and with an address only: `offset=1` or `<>: `, and two line feeds.
const LEAST: [usize; 2] = [10, 6];

/// The entries of one log.
#[derive(Clone, Debug)]
pub(super) struct Index<'a> {
    log: &'a [u8],
    kind: BounceKind,
    /// Entries with an offset, sorted by offset and address: of those that agree in both, the last one.
    by_offset: Vec<ByOffset>,
    /// Entries without the offset of a recipient, sorted by address: of those that agree, the last one.
    by_address: Vec<ByAddress>,
    long: Vec<BounceEntry<'a>>,
}

/// Where an address stands in the log; [`NONE`](Address::NONE) for an entry without one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Address {
    start: u32,
    length: u32,
}

#[derive(Clone, Copy, Debug)]
struct ByOffset {
    offset: u64,
    entry: u32,
    address: Address,
    is_matched: bool,
}

#[derive(Clone, Copy, Debug)]
struct ByAddress {
    entry: u32,
    address: Address,
}

impl<'a> Index<'a> {
    /// Reads the log once. `recipients` decide which offsets are those of recipients.
    pub(super) fn new(log: &'a [u8], kind: BounceKind, recipients: &Recipients<'a>) -> Self {
        let log = log.get(..MAX_JOINED_LOG).unwrap_or(log);
        let mut index =
            Self { log, kind, by_offset: Vec::new(), by_address: Vec::new(), long: Vec::new() };
        // Each entry has two line feeds. Room for all at once: growing would take the room twice for a moment.
        let most = log.iter().filter(|&&byte| byte == b'\n').count() / 2;
        let room = |least: usize| most.min(log.len().checked_div(least).unwrap_or_default());
        let [offsets, addresses] = LEAST.map(room);
        let mut entries = BounceLog::parse(log, kind);
        while let Some(entry) = entries.next() {
            if entries.position().saturating_sub(entry.position()) >= LONG {
                index.long.push(entry);
            }
            let place = u32::try_from(entry.position()).unwrap_or(u32::MAX);
            let address = index.place_of(entry.recipient());
            match entry.offset() {
                Some(offset) => {
                    let slot = ByOffset { offset, entry: place, address, is_matched: false };
                    push(&mut index.by_offset, slot, offsets);
                }
                None if address != Address::NONE => {
                    push(&mut index.by_address, ByAddress { entry: place, address }, addresses);
                }
                None => {}
            }
        }
        index.settle(recipients, addresses);
        index
    }

    /// Sorts what was found, and lets entries whose offset is none of a recipient be found by their address.
    fn settle(&mut self, recipients: &Recipients<'a>, addresses: usize) {
        let log = self.log;
        self.by_offset.sort_unstable_by(|a, b| {
            let order = a
                .offset
                .cmp(&b.offset)
                .then_with(|| a.address.in_log(log).cmp(&b.address.in_log(log)));
            order.then(b.entry.cmp(&a.entry))
        });
        self.by_offset.dedup_by(|later, kept| {
            kept.offset == later.offset && kept.address.in_log(log) == later.address.in_log(log)
        });
        if !self.by_offset.is_empty() {
            for recipient in recipients.clone() {
                let start = self.start_of(recipient.offset());
                let slots = self.by_offset.iter_mut().skip(start);
                slots
                    .take_while(|slot| slot.offset == recipient.offset())
                    .for_each(|slot| slot.is_matched = true);
            }
        }
        for slot in self.by_offset.iter().filter(|slot| !slot.is_matched) {
            if slot.address != Address::NONE {
                let slot = ByAddress { entry: slot.entry, address: slot.address };
                push(&mut self.by_address, slot, addresses);
            }
        }
        self.by_address.sort_unstable_by(|a, b| {
            a.address.in_log(log).cmp(&b.address.in_log(log)).then(b.entry.cmp(&a.entry))
        });
        self.by_address
            .dedup_by(|later, kept| kept.address.in_log(log) == later.address.in_log(log));
    }

    /// Whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.by_offset.is_empty() && self.by_address.is_empty()
    }

    /// The entry about a recipient, whose quoted address is `address`: the one with its offset and its address, else the one
    /// with its address alone, else the last one with its offset.
    pub(super) fn entry(
        &self,
        recipient: &Recipient<'_>,
        address: &[u8],
    ) -> Option<BounceEntry<'a>> {
        let same = |slot: &&ByOffset| slot.address.in_log(self.log) == Some(address);
        let own = self.with_offset(recipient.offset()).find(same).map(|slot| slot.entry);
        let own = own
            .or_else(|| self.with_address(address))
            .or_else(|| self.with_offset(recipient.offset()).map(|slot| slot.entry).max());
        self.at(own?)
    }

    /// Where the entries with a recipient's offset but not about `own` are, in the order of the log.
    pub(super) fn others(&self, recipient: &Recipient<'_>, own: Option<u64>) -> Vec<u32> {
        let places = self.with_offset(recipient.offset()).map(|slot| slot.entry);
        let mut others: Vec<_> = places.filter(|&place| Some(u64::from(place)) != own).collect();
        others.sort_unstable();
        others
    }

    /// The entry at a place in the log.
    pub(super) fn at(&self, place: u32) -> Option<BounceEntry<'a>> {
        let position = u64::from(place);
        if let Ok(kept) = self.long.binary_search_by_key(&position, BounceEntry::position) {
            return self.long.get(kept).copied();
        }
        BounceLog::starting(self.log, self.kind, place).next()
    }

    /// The text that was read.
    pub(super) const fn log(&self) -> &'a [u8] {
        self.log
    }

    /// The entries that belong to no recipient, in the order of the log.
    pub(super) fn unmatched(
        &self,
        recipients: &Recipients<'a>,
    ) -> impl Iterator<Item = BounceEntry<'a>> {
        let mut is_matched = alloc::vec![false; self.by_address.len()];
        if !is_matched.is_empty() {
            for recipient in recipients.clone() {
                let slot = self.slot_of(&quote(recipient.address()));
                if let Some(slot) = slot.and_then(|slot| is_matched.get_mut(slot)) {
                    *slot = true;
                }
            }
        }
        BounceLog::parse(self.log, self.kind).filter(move |entry| {
            let slot = self.place_of(entry.recipient()).in_log(self.log);
            let slot = slot.and_then(|address| self.slot_of(address));
            let has_address = slot.and_then(|slot| is_matched.get(slot).copied());
            !self.has_offset(entry) && !has_address.unwrap_or_default()
        })
    }

    /// Where `text`, which is part of the log, stands in it.
    fn place_of(&self, text: Option<&[u8]>) -> Address {
        let place = |text: &[u8]| {
            let start = text.as_ptr().addr().checked_sub(self.log.as_ptr().addr())?;
            Some(Address {
                start: u32::try_from(start).ok()?,
                length: u32::try_from(text.len()).ok()?,
            })
        };
        text.and_then(place).unwrap_or(Address::NONE)
    }

    /// Whether an entry has the offset of a recipient.
    fn has_offset(&self, entry: &BounceEntry<'_>) -> bool {
        let slot = entry.offset().and_then(|offset| self.with_offset(offset).next());
        slot.is_some_and(|slot| slot.is_matched)
    }

    fn with_offset(&self, offset: u64) -> impl Iterator<Item = &ByOffset> {
        let slots = self.by_offset.iter().skip(self.start_of(offset));
        slots.take_while(move |slot| slot.offset == offset)
    }

    fn start_of(&self, offset: u64) -> usize {
        self.by_offset.partition_point(|slot| slot.offset < offset)
    }

    fn slot_of(&self, address: &[u8]) -> Option<usize> {
        let key = |slot: &ByAddress| slot.address.in_log(self.log);
        self.by_address.binary_search_by(|slot| key(slot).cmp(&Some(address))).ok()
    }

    fn with_address(&self, address: &[u8]) -> Option<u32> {
        let slot = self.slot_of(address)?;
        self.by_address.get(slot).map(|slot| slot.entry)
    }
}

impl Address {
    /// No log that is read is so long.
    const NONE: Self = Self { start: u32::MAX, length: 0 };

    /// The address as [`quote`](super::quote) would spell it: the null address has a form of its own in logs.
    fn in_log(self, log: &[u8]) -> Option<&[u8]> {
        let (start, length) =
            (usize::try_from(self.start).ok()?, usize::try_from(self.length).ok()?);
        match log.get(start..)?.get(..length)? {
            b"" | b"<>" => Some(b"\"\""),
            address => Some(address),
        }
    }
}

/// Appends to a list that takes room for `room` items at once when it gets the first one.
fn push<T>(list: &mut Vec<T>, item: T, room: usize) {
    if list.capacity() == 0 {
        list.reserve_exact(room);
    }
    list.push(item);
}
