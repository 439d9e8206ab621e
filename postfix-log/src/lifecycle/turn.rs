//! The processing of one line: the tracker, and the host and message that the line belongs to.

use super::Tracker;
use super::limits::MAX_TEXT;
use super::mark::{SEED, mix};
use super::message::{End, Message};
use super::sites::Moment;
use crate::header::Header;

/// How far a line may be out of order, in microseconds: a start line after the first line of its message, or a queue
/// manager's line after the end.
pub(super) const LATE: i64 = 60_000_000;

/// One line and where it belongs.
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

/// The changes that a line makes. Each file of this module adds the methods for its part.
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

    /// Sets the end of a message, unless it has one. A discarded message may still be logged as removed, which changes
    /// nothing; the same line again counts as repeated. The caller still has to [touch](Self::touch) the message.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::lines;

    /// A mark of 0 stands for none, so a line whose hash begins with 32 zeros has another one: the least.
    #[test]
    fn no_line_with_a_time_has_the_mark_of_none() {
        let start = "Nov 22 11:00:00 mx1 postfix/smtpd[7]: 1E24013C03E: \
            client=h00801.example[2001:db8::1007:6f9c]\n";
        let mut tracker = Tracker::new().with_year(2026);
        let mut marks = std::vec::Vec::new();
        for line in lines(start.repeat(2).as_bytes()) {
            let header = line.header().unwrap();
            assert_eq!(tracker.push(&header, &header.event()).count(), 0);
            let message = tracker.store.slots().find_map(|slot| tracker.store.get(slot)).unwrap();
            marks.push((message.start_mark, message.repeated));
        }
        assert_eq!(marks, [(1, false), (1, true)]);
    }
}
