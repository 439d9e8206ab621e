//! One message as the tracker holds it: its texts in one buffer, its attempts in another.

use std::boxed::Box;
use std::vec::Vec;

use hashbrown::HashTable;

use super::fate::{Evicted, OriginKind};
use super::limits::MAX_TEXT;
use crate::clock::LogTime;
use crate::event::dsn::Dsn;
use crate::event::status::Status;
use crate::reason::classify::Class;

/// A recipient table is built when a message has more recipients than this.
const SCANNED: usize = 16;

/// Bytes of text that most messages with one recipient stay below.
const TYPICAL_TEXT: usize = 160;

/// No attempt, no recipient, no slot.
pub(super) const NONE: u32 = u32::MAX;

/// A piece of the text of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Span(pub(super) u32, pub(super) u32);

impl Span {
    pub(super) const NONE: Self = Self(NONE, 0);

    pub(super) fn is_none(self) -> bool {
        self.0 == NONE
    }

    /// The piece of a text; empty where it is not within it.
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        let read = || {
            let start = usize::try_from(self.0).ok()?;
            text.get(start..start.checked_add(usize::try_from(self.1).ok()?)?)
        };
        read().unwrap_or_default()
    }
}

/// What a message came to. `Open` until its end is seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum End {
    #[default]
    Open,
    /// `removed` by the queue manager.
    Removed,
    /// `removed` by postsuper.
    Deleted,
    /// `removed` by either: the program is not in the log.
    RemovedOrDeleted,
    Requeued,
    Discarded,
    /// Refused or broken off before it entered the queue.
    Canceled,
    Corrupt,
    Evicted(Evicted),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum State {
    /// Named, not tried.
    Pending,
    Deferred,
    Sent,
    Bounced,
    Discarded,
    Expired,
    Probe,
    /// Handed to a content filter; its story goes on in another message. `first` when this message is
    /// the first hop, whose row the last hop gives.
    Passed {
        first: bool,
    },
}

#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Recipient {
    pub(super) to: Span,
    pub(super) orig_to: Span,
    pub(super) notification: Span,
    /// The id that a filter's reply gave, until the message of that id appears.
    pub(super) queued_as: Span,
    pub(super) first_deferred: Option<LogTime>,
    pub(super) resolved: Option<LogTime>,
    /// The latest attempt.
    pub(super) last: u32,
    /// Attempts kept, and attempts seen.
    pub(super) kept: u32,
    pub(super) tries: u32,
    /// The queue run of the latest attempt, and the worst state of that run.
    pub(super) run: u32,
    pub(super) state: State,
    pub(super) ambiguous: bool,
    /// A filter said that it threw the mail away.
    pub(super) filter_discarded: bool,
    /// The mark of the latest line.
    pub(super) mark: u16,
    /// The delay of the first deferral and of the latest line, in seconds.
    pub(super) first_delay: u32,
    pub(super) last_delay: u32,
    /// How often the clock of the host had been set back then.
    pub(super) first_steps: u8,
    pub(super) last_steps: u8,
}

#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Try {
    pub(super) time: Option<LogTime>,
    pub(super) relay: Span,
    /// The attempt before this one for the same recipient.
    pub(super) previous: u32,
    /// The status code: see [`pack`].
    pub(super) dsn: u32,
    /// What tells the line from others of the same time.
    pub(super) mark: u16,
    /// Servers that were tried.
    pub(super) servers: u8,
    pub(super) status: Status,
    pub(super) class: Option<Class>,
}

/// A server that failed before the one of an attempt.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct FailedServer {
    /// The place of the attempt.
    pub(super) attempt: u32,
    pub(super) text: Span,
    pub(super) class: Class,
}

/// A status code in one number, 0 for none.
pub(super) fn pack(dsn: Option<Dsn>) -> u32 {
    dsn.map_or(0, |dsn| {
        let thousands = u32::from(dsn.class()).saturating_mul(1000);
        let thousands = thousands.saturating_add(u32::from(dsn.subject())).saturating_mul(1000);
        thousands.saturating_add(u32::from(dsn.detail()))
    })
}

/// The status code in a number.
pub(super) fn unpack(packed: u32) -> Option<Dsn> {
    let class = u8::try_from(packed / 1_000_000).ok()?;
    let (subject, detail) = (packed / 1000 % 1000, packed % 1000);
    Dsn::new(class, u16::try_from(subject).ok()?, u16::try_from(detail).ok()?)
}

/// A recipient of an earlier hop that was handed to this message by a content filter. The spans
/// are of this message's text.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Upstream {
    pub(super) site: u32,
    pub(super) generation: u32,
    pub(super) id: Span,
    pub(super) from: Span,
    pub(super) message_id: Span,
    pub(super) to: Span,
    pub(super) orig_to: Span,
    pub(super) notification: Span,
    pub(super) requeued_from: Span,
    pub(super) size: Option<u64>,
    pub(super) nrcpt: Option<u64>,
    pub(super) first_seen: Option<LogTime>,
    pub(super) first_deferred: Option<LogTime>,
    pub(super) handed_over: Option<LogTime>,
    pub(super) partial: bool,
    pub(super) ambiguous: bool,
    /// Hops between the first one and this message.
    pub(super) between: Vec<(u32, Span)>,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Message {
    #[serde(with = "super::text::bytes")]
    pub(super) text: Vec<u8>,
    pub(super) site: u32,
    pub(super) generation: u32,
    pub(super) id: Span,
    pub(super) from: Span,
    pub(super) message_id: Span,
    pub(super) parent: Span,
    /// Address of the client.
    pub(super) client: Span,
    /// The message that a filter made of this one, if that said so.
    pub(super) child: Span,
    /// The latest notification of failure, and the run it belongs to.
    pub(super) notification: Span,
    pub(super) notified_run: u32,
    pub(super) origin: Option<OriginKind>,
    pub(super) size: Option<u64>,
    pub(super) nrcpt: Option<u64>,
    pub(super) first_seen: Option<LogTime>,
    /// Entries into the active queue.
    pub(super) runs: u32,
    /// The run in which the message expired.
    pub(super) expired_run: Option<u32>,
    /// The time of the latest line, and of the latest entry into the active queue, in microseconds.
    pub(super) latest: i64,
    pub(super) active: i64,
    /// The marks of the first line, of the latest entry into the active queue, and of the sender there.
    pub(super) start_mark: u32,
    pub(super) active_mark: u32,
    pub(super) sender_mark: u32,
    pub(super) end: End,
    pub(super) ended: Option<LogTime>,
    pub(super) started: bool,
    pub(super) held: bool,
    /// It was on hold, and so it is in the queue even if the queue manager never named it.
    pub(super) was_held: bool,
    pub(super) forced: bool,
    pub(super) ambiguous: bool,
    /// Lines stand more than once in the log.
    pub(super) repeated: bool,
    pub(super) dated: bool,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) recipients: Vec<Recipient>,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) tries: Vec<Try>,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) upstream: Vec<Upstream>,
    /// In the order of their attempts.
    #[serde(deserialize_with = "super::save::few")]
    pub(super) failures: Vec<FailedServer>,
    /// Recipients by hash of `to` and `orig_to`, once there are many.
    #[serde(skip)]
    pub(super) index: Option<Box<HashTable<u32>>>,
    /// Site clock, site lines and order of the latest line.
    pub(super) touched: i64,
    pub(super) touched_line: u64,
    pub(super) order: u64,
}

/// What a message has of its own on the heap.
#[derive(Default)]
struct Lists {
    text: Vec<u8>,
    recipients: Vec<Recipient>,
    tries: Vec<Try>,
    upstream: Vec<Upstream>,
    failures: Vec<FailedServer>,
}

impl Lists {
    /// Takes out what is in the lists, and leaves their room.
    fn clear(&mut self) {
        self.text.clear();
        self.text.reserve(TYPICAL_TEXT);
        self.recipients.clear();
        self.tries.clear();
        self.upstream.clear();
        self.failures.clear();
    }
}

impl Message {
    pub(super) fn new(site: u32, id: &[u8], generation: u32) -> Self {
        Self::with_lists(site, id, generation, Lists::default())
    }

    /// Makes another message of this one, with the room that it has.
    pub(super) fn begin(&mut self, site: u32, id: &[u8], generation: u32) {
        let lists = Lists {
            text: core::mem::take(&mut self.text),
            recipients: core::mem::take(&mut self.recipients),
            tries: core::mem::take(&mut self.tries),
            upstream: core::mem::take(&mut self.upstream),
            failures: core::mem::take(&mut self.failures),
        };
        *self = Self::with_lists(site, id, generation, lists);
    }

    /// True where the room of the message is not much more than most messages need.
    pub(super) fn is_small(&self) -> bool {
        self.text.capacity() <= 8 * TYPICAL_TEXT
            && self.recipients.capacity() <= SCANNED
            && self.tries.capacity() <= SCANNED
            && self.upstream.capacity() <= SCANNED
            && self.failures.capacity() <= SCANNED
    }

    fn with_lists(site: u32, id: &[u8], generation: u32, mut lists: Lists) -> Self {
        lists.clear();
        let Lists { text, recipients, tries, upstream, failures } = lists;
        let mut message = Self {
            text,
            site,
            generation,
            id: Span::NONE,
            from: Span::NONE,
            message_id: Span::NONE,
            parent: Span::NONE,
            client: Span::NONE,
            child: Span::NONE,
            notification: Span::NONE,
            notified_run: 0,
            origin: None,
            size: None,
            nrcpt: None,
            first_seen: None,
            runs: 0,
            expired_run: None,
            latest: i64::MIN,
            active: i64::MIN,
            start_mark: 0,
            active_mark: 0,
            sender_mark: 0,
            end: End::Open,
            ended: None,
            started: false,
            held: false,
            was_held: false,
            forced: false,
            ambiguous: false,
            repeated: false,
            dated: false,
            recipients,
            tries,
            upstream,
            failures,
            index: None,
            touched: 0,
            touched_line: 0,
            order: 0,
        };
        message.id = message.keep(id);
        message
    }

    /// Copies a text into the message's buffer; very long ones are cut.
    pub(super) fn keep(&mut self, text: &[u8]) -> Span {
        let text = text.get(..MAX_TEXT).unwrap_or(text);
        let (Ok(start), Ok(length)) = (u32::try_from(self.text.len()), u32::try_from(text.len()))
        else {
            return Span::NONE;
        };
        if start.checked_add(length).is_none_or(|end| end == NONE) {
            return Span::NONE;
        }
        self.text.extend_from_slice(text);
        Span(start, length)
    }

    pub(super) fn keep_option(&mut self, text: Option<&[u8]>) -> Span {
        text.map_or(Span::NONE, |text| self.keep(text))
    }

    pub(super) fn text(&self, span: Span) -> &[u8] {
        span.of(&self.text)
    }

    pub(super) fn option(&self, span: Span) -> Option<&[u8]> {
        (!span.is_none()).then(|| self.text(span))
    }

    /// Heap bytes and the message itself: what counts against the budget.
    ///
    /// Counted by what is in the lists, with the room that lists of that length have after growing.
    /// A state that was read back has other capacities, and must not be given up earlier or later.
    pub(super) fn bytes(&self) -> usize {
        let rare = if self.recipients.len() <= SCANNED
            && self.failures.is_empty()
            && self.upstream.is_empty()
        {
            0
        } else {
            let index = self.index.as_ref().map_or(0, |index| table_bytes(index.len()));
            room(self.upstream.len())
                .saturating_mul(size_of::<Upstream>())
                .saturating_add(room(self.failures.len()).saturating_mul(size_of::<FailedServer>()))
                .saturating_add(index)
        };
        size_of::<Self>()
            .saturating_add(text_room(self.text.len()))
            .saturating_add(room(self.recipients.len()).saturating_mul(size_of::<Recipient>()))
            .saturating_add(room(self.tries.len()).saturating_mul(size_of::<Try>()))
            .saturating_add(rare)
    }

    /// The recipient with these addresses.
    pub(super) fn find(
        &self,
        to: &[u8],
        orig_to: Option<&[u8]>,
        hash: impl Fn(&[u8], Option<&[u8]>) -> u64,
    ) -> Option<usize> {
        let same = |recipient: &Recipient| {
            self.text(recipient.to) == to && self.option(recipient.orig_to) == orig_to
        };
        match &self.index {
            Some(index) => {
                let known = |at: &u32| self.recipient(*at).is_some_and(same);
                usize::try_from(*index.find(hash(to, orig_to), known)?).ok()
            }
            None => self.recipients.iter().position(same),
        }
    }

    fn recipient(&self, at: u32) -> Option<&Recipient> {
        self.recipients.get(usize::try_from(at).ok()?)
    }

    /// Adds a recipient that [`find`](Self::find) did not know.
    pub(super) fn add(
        &mut self,
        to: &[u8],
        orig_to: Option<&[u8]>,
        hash: impl Fn(&[u8], Option<&[u8]>) -> u64,
    ) -> usize {
        let at = self.recipients.len();
        let recipient = Recipient {
            to: self.keep(to),
            orig_to: self.keep_option(orig_to),
            notification: Span::NONE,
            queued_as: Span::NONE,
            first_deferred: None,
            resolved: None,
            last: NONE,
            kept: 0,
            tries: 0,
            run: 0,
            state: State::Pending,
            ambiguous: false,
            filter_discarded: false,
            mark: 0,
            first_delay: 0,
            last_delay: 0,
            first_steps: 0,
            last_steps: 0,
        };
        push(&mut self.recipients, recipient);
        if self.index.is_some() {
            self.index_one(at, hash(to, orig_to), hash);
        } else if self.recipients.len() > SCANNED {
            self.build_index(hash);
        }
        at
    }

    /// Indexes all recipients, if they are many.
    pub(super) fn build_index(&mut self, hash: impl Fn(&[u8], Option<&[u8]>) -> u64) {
        if self.recipients.len() <= SCANNED {
            return;
        }
        self.index = Some(Box::default());
        for at in 0..self.recipients.len() {
            if let Some(recipient) = self.recipients.get(at) {
                let value = hash(self.text(recipient.to), self.option(recipient.orig_to));
                self.index_one(at, value, &hash);
            }
        }
    }

    fn index_one(&mut self, at: usize, value: u64, hash: impl Fn(&[u8], Option<&[u8]>) -> u64) {
        let (Some(mut index), Ok(at)) = (self.index.take(), u32::try_from(at)) else { return };
        index.insert_unique(value, at, |&at| {
            self.recipient(at)
                .map_or(0, |known| hash(self.text(known.to), self.option(known.orig_to)))
        });
        self.index = Some(index);
    }

    /// Keeps a relay, sharing the text with one of the latest attempts where it can.
    pub(super) fn keep_relay(&mut self, last: u32, relay: &[u8]) -> Span {
        let relay = relay.get(..MAX_TEXT).unwrap_or(relay);
        let same =
            usize::try_from(last).ok().and_then(|at| self.tries.get(at)).map(|own| own.relay);
        let recent = self.tries.iter().rev().take(8).map(|other| other.relay);
        match same.into_iter().chain(recent).find(|&span| self.text(span) == relay) {
            Some(span) => span,
            None => self.keep(relay),
        }
    }

    /// Adds an attempt to a recipient and gives its place. Of more than `limit`, the latest replaces the one
    /// before.
    pub(super) fn add_try(&mut self, at: usize, attempt: Try, limit: u32) -> Option<u32> {
        let next = u32::try_from(self.tries.len()).unwrap_or(NONE);
        let recipient = self.recipients.get_mut(at)?;
        recipient.tries = recipient.tries.saturating_add(1);
        if recipient.kept < limit && next != NONE {
            recipient.kept = recipient.kept.saturating_add(1);
            push(&mut self.tries, Try { previous: recipient.last, ..attempt });
            recipient.last = next;
            return Some(next);
        }
        let place = recipient.last;
        let last = self.tries.get_mut(usize::try_from(place).ok()?)?;
        *last = Try { previous: last.previous, ..attempt };
        self.failures.retain(|failure| failure.attempt != place);
        Some(place)
    }

    /// Keeps the text of a failure, sharing it with one of the latest where it can.
    pub(super) fn add_failure(&mut self, attempt: u32, class: Class, text: &[u8]) {
        let recent = self.failures.iter().rev().take(16).map(|other| other.text);
        let text = match recent.into_iter().find(|&span| self.text(span) == text) {
            Some(span) => span,
            None => self.keep(text),
        };
        let place = self.failures.partition_point(|known| known.attempt <= attempt);
        self.failures.insert(place, FailedServer { attempt, text, class });
    }

    /// The servers that failed before that of the attempt at this place.
    pub(super) fn failures_of(&self, attempt: u32) -> impl Iterator<Item = &FailedServer> {
        let first = self.failures.partition_point(|known| known.attempt < attempt);
        let rest = self.failures.iter().skip(first);
        rest.take_while(move |known| known.attempt == attempt)
    }

    /// Notes the sender, unless it is known.
    pub(super) fn name_sender(&mut self, from: &[u8]) {
        if self.from.is_none() {
            self.from = self.keep(from);
        }
    }

    /// The kept attempts of a recipient and their places, latest first.
    pub(super) fn tries_of(&self, recipient: &Recipient) -> impl Iterator<Item = (u32, &Try)> {
        let mut at = recipient.last;
        let mut left = recipient.kept;
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let place = at;
            let found = self.tries.get(usize::try_from(place).ok()?)?;
            at = found.previous;
            Some((place, found))
        })
    }

    pub(super) fn is_finished(&self) -> bool {
        self.end != End::Open
    }
}

/// The room that a list of this length has after growing one by one: see [`push`].
pub(super) fn room(len: usize) -> usize {
    match len {
        0 | 1 => len,
        _ => len.checked_next_power_of_two().unwrap_or(len).max(4),
    }
}

/// The room that a text of this length has after growing from [`TYPICAL_TEXT`].
fn text_room(len: usize) -> usize {
    if len <= TYPICAL_TEXT {
        return TYPICAL_TEXT;
    }
    let times = len.div_ceil(TYPICAL_TEXT).max(1);
    times.checked_next_power_of_two().unwrap_or(times).saturating_mul(TYPICAL_TEXT)
}

/// The bytes of a hash table of `u32` with this many entries: five per bucket, an eighth of which
/// stays free.
pub(super) fn table_bytes(len: usize) -> usize {
    let buckets = len.saturating_add(len / 7).saturating_add(1);
    buckets.checked_next_power_of_two().unwrap_or(buckets).max(4).saturating_mul(5)
}

/// Most messages have one recipient and one attempt: the first item gets no room for others.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures in the documentation of the tracker.
    #[test]
    fn sizes() {
        assert!(size_of::<Recipient>() <= 96, "{}", size_of::<Recipient>());
        assert!(size_of::<Try>() <= 40, "{}", size_of::<Try>());
        assert!(size_of::<Message>() <= 400, "{}", size_of::<Message>());
    }
}
