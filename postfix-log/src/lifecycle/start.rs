//! The first line of a message, and lines about a message that the tracker does not know.

use super::fate::{Evicted, OriginKind};
use super::gone::Memory;
use super::mark::{SEED, mix};
use super::message::{End, Message};
use super::turn::{LATE, Turn, clip};
use crate::event::delivery::Delivery;
use crate::event::{MessageId, QueueActive, QueueStart};
use crate::header::Header;
use crate::queue_id::QueueId;

/// Lines of one second may stand in any order; in microseconds.
const NEIGHBOUR: i64 = 2_000_000;

/// What a line is, for the question whether it may begin a message.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Opens {
    /// The line of an agent that takes mail in: it begins a message.
    Start,
    /// A line that the first line of a message may be.
    Perhaps,
    /// A line about a message whose first line is missing.
    Late,
}

impl Turn<'_> {
    pub(super) fn queue_start(
        &mut self,
        id: QueueId<'_>,
        header: &Header<'_>,
        start: &QueueStart<'_>,
    ) {
        let session = self.tracker.sessions.take(self.context.serial, header.pid());
        let mark = self.mark(header);
        let known = self.find(id.as_bytes());
        if let Some(slot) = known {
            if let Some(message) = self.message(slot).filter(|message| message.is_start(mark)) {
                message.repeated = true;
                return self.touch(slot);
            }
        }
        let Some(slot) = self.begin(id, known, Opens::Start) else { return };
        if let Some(message) = self.message(slot) {
            message.started = true;
            message.start_mark = mark;
            message.client =
                message.keep_option(start.client.map(|client| client.address.as_bytes()));
            if let Some(from) = start.from {
                message.name_sender(from);
            }
            let parent = start.orig_id.map(|id| (OriginKind::Requeue, id));
            let parent = parent.or_else(|| start.orig_queue_id.map(|id| (OriginKind::Filter, id)));
            if let (Some((kind, id)), None) = (parent, message.origin) {
                message.origin = Some(kind);
                message.parent = message.keep(id);
            }
        }
        if let Some(parent) = start.orig_queue_id {
            self.filtered(slot, parent);
        }
        if let Some(session) = session {
            self.decide(slot, &session);
        }
        self.touch(slot);
    }

    pub(super) fn message_id(&mut self, id: QueueId<'_>, line: &MessageId<'_>) {
        let known = self.find(id.as_bytes());
        let now = self.context.moment.micros();
        // The first line of a message that Postfix made itself, with the id of one that is gone.
        let reused = known
            .and_then(|slot| self.tracker.store.get(slot))
            .is_some_and(|message| message.is_gone() && now.is_none_or(|now| now > message.latest));
        let slot = match known {
            Some(slot) if !reused || id.is_long() => Some(slot),
            known => self.begin(id, known, Opens::Perhaps),
        };
        let Some(slot) = slot else { return };
        if let Some(message) = self.message(slot) {
            if message.message_id.is_none() && !line.resent {
                message.message_id = message.keep(line.value);
            }
            // Postfix puts its queue id into the message ids that it makes.
            message.started =
                message.started || memchr::memmem::find(line.value, id.as_bytes()).is_some();
        }
        self.touch(slot);
    }

    pub(super) fn queue_active(
        &mut self,
        id: QueueId<'_>,
        header: &Header<'_>,
        active: &QueueActive<'_>,
    ) {
        let (mark, now) = (self.mark(header), self.context.moment.micros());
        let slot = match self.find(id.as_bytes()) {
            Some(slot) if self.is_repeated_active(slot, mark) => {
                if let Some(message) = self.message(slot) {
                    message.repeated = true;
                }
                return self.touch(slot);
            }
            Some(slot) if !id.is_long() && self.is_another(slot, active) => {
                self.begin(id, Some(slot), Opens::Late)
            }
            Some(slot) => Some(slot),
            None => self.begin(id, None, Opens::Late),
        };
        let Some(slot) = slot else { return };
        if let Some(message) = self.message(slot) {
            let past = now.is_some_and(|now| now < message.active);
            if !past {
                message.name_sender(active.from);
                message.size = Some(active.size);
                message.nrcpt = Some(active.nrcpt);
                message.runs = message.runs.saturating_add(1);
                message.held = false;
                message.active_mark = mark;
                message.sender_mark = sender_mark(active);
                message.active = now.unwrap_or(message.active);
            }
        }
        self.touch(slot);
    }

    fn is_repeated_active(&self, slot: u32, mark: u32) -> bool {
        mark != 0 && self.tracker.store.get(slot).is_some_and(|one| one.active_mark == mark)
    }

    /// Whether a short id means another message by now: neither the sender nor the size of a message ever
    /// changes, its recipients get fewer, and a message that was removed is not tried again.
    fn is_another(&self, slot: u32, active: &QueueActive<'_>) -> bool {
        let Some(message) = self.tracker.store.get(slot) else { return false };
        let after = |time: i64| {
            let now = self.context.moment.micros();
            now.is_some_and(|now| now.saturating_sub(time) > LATE)
        };
        let gone = message.is_gone();
        let differs = message.runs > 0
            && (message.sender_mark != sender_mark(active)
                || (gone && message.nrcpt.is_some_and(|nrcpt| nrcpt < active.nrcpt)));
        differs || (gone && message.ended.is_some_and(|ended| after(ended.as_micros())))
    }

    /// The message that a delivery is about. A message that was removed from the queue is not tried again: a line
    /// that comes long after that, or about a recipient that it did not have and mail that arrived later, is of
    /// another message with the same short id.
    pub(super) fn delivered(&mut self, id: QueueId<'_>, delivery: &Delivery<'_>) -> Option<u32> {
        let known = self.find(id.as_bytes());
        let now = self.context.moment.micros();
        let hash = self.tracker.store.recipient_hash();
        let gone = known.and_then(|slot| self.tracker.store.get(slot)).filter(|one| one.is_gone());
        let another = !id.is_long()
            && now.zip(gone).is_some_and(|(now, message)| {
                let since = now.saturating_sub(message.latest);
                let delay = i64::try_from(delivery.delay.as_micros()).unwrap_or(i64::MAX);
                let (to, orig_to) = (clip(delivery.to), delivery.orig_to.map(clip));
                let stranger = || message.find(to, orig_to, &hash).is_none();
                since > LATE || (since.saturating_sub(delay) > NEIGHBOUR && stranger())
            });
        match known {
            Some(slot) if !another => Some(slot),
            known => self.begin(id, known, Opens::Late),
        }
    }

    /// The message that a line is about, made from that line if it is not known; `None` where the log says
    /// again what its rows have told already.
    pub(super) fn ensure(&mut self, id: QueueId<'_>) -> Option<u32> {
        match self.find(id.as_bytes()) {
            Some(slot) => Some(slot),
            None => self.begin(id, None, Opens::Late),
        }
    }

    /// A new message, unless a start line comes late or the message is [gone](super::gone). `known` is the message
    /// with this id so far.
    fn begin(&mut self, id: QueueId<'_>, known: Option<u32>, opens: Opens) -> Option<u32> {
        let moment = self.context.moment;
        let mut generation = 0;
        let held = known.and_then(|slot| Some((slot, self.tracker.store.get(slot)?)));
        let past = |message: &Message| {
            let seen = message.first_seen.zip(moment.time);
            seen.is_some_and(|(first, now)| now.as_micros() < first.as_micros())
        };
        let again = held.is_none_or(|(_, message)| past(message));
        if again && self.is_told(id, opens) {
            return None;
        }
        if let Some((slot, message)) = held {
            let recent = match (moment.time, message.first_seen) {
                (Some(now), Some(first)) => {
                    now.as_micros().saturating_sub(first.as_micros()).saturating_abs() <= LATE
                }
                _ => true,
            };
            let late = !message.started && !message.is_finished() && recent;
            if opens == Opens::Start && (id.is_long() || late) {
                return Some(slot);
            }
            generation = message.generation.saturating_add(1);
            self.tracker.evict(slot, Evicted::IdReused);
        }
        let mut message = self.tracker.store.blank(self.context.site, id.as_bytes(), generation);
        message.first_seen = moment.time;
        message.dated = moment.dated;
        let slot = self.tracker.store.insert(message);
        let (serial, clock, line) = (self.context.serial, self.context.clock, self.context.line);
        if let Some(link) = self.tracker.links.take(serial, id.as_bytes(), clock, line) {
            self.born(slot, &link);
        }
        Some(slot)
    }

    /// True when the rows of the message were given, and the line tells of it again: it stands in a log that is
    /// read twice, or the message was given up.
    fn is_told(&self, id: QueueId<'_>, opens: Opens) -> bool {
        if self.tracker.gone.is_empty() {
            return false;
        }
        let seed = self.tracker.sites.site(self.context.site).map_or(0, |site| site.seed);
        let Some(gone) = self.tracker.gone.get(Memory::key(seed, id.as_bytes())) else {
            return false;
        };
        let past = self.context.moment.micros().is_some_and(|now| now <= gone.latest);
        // A long id is never used again, a short one not without the first line of its new message, as far as
        // the log has that.
        past || id.is_long() || (gone.evicted && opens == Opens::Late)
    }
}

/// A mark of the sender and the size that the queue manager writes. The agent that took the mail in may have
/// written the sender otherwise.
fn sender_mark(active: &QueueActive<'_>) -> u32 {
    let hash = mix(mix(SEED, active.from), &active.size.to_le_bytes());
    u32::try_from(hash >> 32).unwrap_or(0)
}

impl Message {
    fn is_start(&self, mark: u32) -> bool {
        self.start_mark == mark && mark != 0
    }

    /// True for a message that is in the queue no more.
    fn is_gone(&self) -> bool {
        matches!(self.end, End::Removed | End::Deleted | End::RemovedOrDeleted | End::Requeued)
    }
}
