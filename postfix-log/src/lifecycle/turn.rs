//! One line at a time: the tracker, and where the line belongs.

use super::Tracker;
use super::limits::MAX_TEXT;
use super::mark::{SEED, mix};
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

impl Turn<'_> {
    /// A mark of the time and the text of the line, 0 where it has no time.
    pub(super) fn mark(&self, header: &Header<'_>) -> u32 {
        let Some(time) = self.context.moment.micros() else { return 0 };
        let hash = mix(mix(SEED, &time.to_le_bytes()), header.text());
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
        let Tracker { store, sites, lines, .. } = &mut *self.tracker;
        let Context { host, clock, line, moment, .. } = self.context;
        if let Some(message) = store.get_mut(slot) {
            message.touched = clock;
            message.touched_line = line;
            message.order = *lines;
            if let Some(time) = moment.micros() {
                message.latest = message.latest.max(time);
            }
        }
        if let Some(host) = sites.host_mut(host) {
            store.settle(slot, &mut host.lists);
        }
    }

    /// Sets the end of a message, unless it has one. What a discarded message left behind may still be
    /// removed, which changes nothing; the same line again is a repeated one. The message is still to be
    /// [touched](Self::touch).
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
    }
}

pub(super) fn clip(text: &[u8]) -> &[u8] {
    text.get(..MAX_TEXT).unwrap_or(text)
}
