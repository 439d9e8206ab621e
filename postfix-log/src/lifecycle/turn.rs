//! One line at a time: the tracker, and where the line belongs.

use super::Tracker;
use super::limits::MAX_TEXT;
use super::message::{End, Message};
use super::sites::Moment;
use crate::header::Header;

/// A line may stand this much out of order, in microseconds: a start line after the first line of its message, a
/// queue manager's line after the end.
pub(super) const LATE: i64 = 60_000_000;

/// One line, and where it belongs.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) site: u32,
    pub(super) host: u32,
    pub(super) serial: u64,
    pub(super) clock: i64,
    pub(super) line: u64,
    pub(super) moment: Moment,
    pub(super) pid: Option<u32>,
}

/// What a line changes. Each file of this room adds the methods for its part.
pub(super) struct Turn<'t> {
    pub(super) tracker: &'t mut Tracker,
    pub(super) context: Context,
}

impl<'t> Turn<'t> {
    /// `None` for a site that is not known.
    pub(super) fn new(
        tracker: &'t mut Tracker,
        site: u32,
        moment: Moment,
        header: &Header<'_>,
    ) -> Option<Self> {
        let host = tracker.sites.host_of(site);
        let known = tracker.sites.host(host)?;
        let context = Context {
            site,
            host,
            serial: known.serial,
            clock: known.clock,
            line: known.lines,
            moment,
            pid: header.pid(),
        };
        Some(Self { tracker, context })
    }

    /// A mark of the time and the text of the line, 0 where it has no time.
    pub(super) fn mark(&self, header: &Header<'_>) -> u32 {
        let Some(time) = self.context.moment.time else { return 0 };
        let hash = fnv(fnv(SEED, &time.as_micros().to_le_bytes()), header.text());
        u32::try_from(hash >> 32).unwrap_or(0).max(1)
    }

    pub(super) fn message(&mut self, slot: u32) -> Option<&mut Message> {
        self.tracker.store.get_mut(slot)
    }

    /// The latest message of an id on the site of the line.
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        self.tracker.store.find(self.context.site, id)
    }

    /// Counts the line as the latest about a message.
    pub(super) fn touch(&mut self, slot: u32) {
        let order = self.tracker.lines;
        let Context { clock, line, moment, .. } = self.context;
        let Some(host) = self.tracker.sites.host_mut(self.context.host) else { return };
        if let Some(message) = self.tracker.store.get_mut(slot) {
            message.touched = clock;
            message.touched_line = line;
            message.order = order;
            if let Some(time) = moment.time {
                message.latest = message.latest.max(time.as_micros());
            }
        }
        self.tracker.store.settle(slot, &mut host.lists);
    }

    /// Sets the end of a message, unless it has one. What a discarded message left behind may still be
    /// removed, which changes nothing; the same line again is a repeated one.
    pub(super) fn end(&mut self, slot: u32, end: End) {
        let time = self.context.moment.time;
        if let Some(message) = self.message(slot) {
            if message.end == End::Open {
                message.end = end;
                message.ended = time;
                message.held = false;
            } else if message.end == end && time.is_some() && message.ended == time {
                message.repeated = true;
            }
        }
        self.touch(slot);
    }
}

/// Where [`fnv`] starts.
pub(super) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of Fowler, Noll and Vo (FNV-1a): the same in every process, so that it can be saved.
pub(super) fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

pub(super) fn clip(text: &[u8]) -> &[u8] {
    text.get(..MAX_TEXT).unwrap_or(text)
}
