//! One message in the tracker: its texts in one buffer, its attempts in another.

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

/// An upper bound, in bytes, for the texts of most messages with one recipient.
const TYPICAL_TEXT: usize = 160;

/// The index that stands for no attempt, no recipient or no slot.
pub(super) const NONE: u32 = u32::MAX;

/// A piece of the text of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Span(pub(super) u32, pub(super) u32);

impl Span {
    pub(super) const NONE: Self = Self(NONE, 0);

    pub(super) fn is_none(self) -> bool {
        self.0 == NONE
    }

    /// The bytes of this piece; empty if it does not lie within the text.
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        let read = || {
            let start = usize::try_from(self.0).ok()?;
            text.get(start..start.checked_add(usize::try_from(self.1).ok()?)?)
        };
        read().unwrap_or_default()
    }
}

/// How a message ended. `Open` until its end is seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum End {
    #[default]
    Open,
    /// `removed` by the queue manager.
    Removed,
    /// `removed` by postsuper.
    Deleted,
    /// `removed` by either of them: the log does not name the program.
    RemovedOrDeleted,
    Requeued,
    Discarded,
    /// Refused or aborted before it entered the queue.
    Canceled,
    Corrupt,
    Evicted(Evicted),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum State {
    /// Named but not tried.
    Pending,
    Deferred,
    Sent,
    Bounced,
    Discarded,
    Expired,
    Probe,
    /// Handed to a content filter; its history continues in another message. `first` is set if this message is the
    /// first hop, whose row the last hop gives.
    Passed {
        first: bool,
    },
}

#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Recipient {
    pub(super) to: Span,
    pub(super) orig_to: Span,
    pub(super) notification: Span,
    /// The id in a filter's reply, until the message with that id appears.
    pub(super) queued_as: Span,
    pub(super) first_deferred: Option<LogTime>,
    pub(super) resolved: Option<LogTime>,
    /// The latest attempt.
    pub(super) last: u32,
    /// The number of attempts kept, and of attempts seen.
    pub(super) kept: u32,
    pub(super) tries: u32,
    /// The queue run of the latest attempt, and the worst state of that run.
    pub(super) run: u32,
    pub(super) state: State,
    pub(super) ambiguous: bool,
    /// True if a filter said that it discarded the mail.
    pub(super) filter_discarded: bool,
    /// The mark of the latest line.
    pub(super) mark: u16,
    /// The delay of the first deferral and of the latest line, in seconds.
    pub(super) first_delay: u32,
    pub(super) last_delay: u32,
    /// The number of times that the host's clock had been set back by then.
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
    /// The mark that distinguishes the line from others of the same time.
    pub(super) mark: u16,
    /// The number of servers that were tried.
    pub(super) servers: u8,
    pub(super) status: Status,
    pub(super) class: Option<Class>,
}

/// A server that failed before the one of an attempt.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct FailedServer {
    /// The index of the attempt.
    pub(super) attempt: u32,
    pub(super) text: Span,
    pub(super) class: Class,
}

/// Packs a status code into one number, 0 for none.
pub(super) fn pack(dsn: Option<Dsn>) -> u32 {
    dsn.map_or(0, |dsn| {
        let thousands = u32::from(dsn.class()).saturating_mul(1000);
        let thousands = thousands.saturating_add(u32::from(dsn.subject())).saturating_mul(1000);
        thousands.saturating_add(u32::from(dsn.detail()))
    })
}

/// Unpacks a status code from a number.
pub(super) fn unpack(packed: u32) -> Option<Dsn> {
    let class = u8::try_from(packed / 1_000_000).ok()?;
    let (subject, detail) = (packed / 1000 % 1000, packed % 1000);
    Dsn::new(class, u16::try_from(subject).ok()?, u16::try_from(detail).ok()?)
}

/// A recipient of an earlier hop that a content filter handed to this message. The spans refer to the text of this
/// message.
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
    pub(super) partial: bool,
    pub(super) ambiguous: bool,
    /// The hops between the first one and this message.
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
    /// The address of the client.
    pub(super) client: Span,
    /// The message that a filter made from this one, if the filter named it.
    pub(super) child: Span,
    /// The latest notification of failure, and the run it belongs to.
    pub(super) notification: Span,
    pub(super) notified_run: u32,
    pub(super) origin: Option<OriginKind>,
    pub(super) size: Option<u64>,
    pub(super) nrcpt: Option<u64>,
    pub(super) first_seen: Option<LogTime>,
    /// The number of times that it entered the active queue.
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
    /// True if it was on hold, and is therefore in the queue even if the queue manager never named it.
    pub(super) was_held: bool,
    pub(super) forced: bool,
    pub(super) ambiguous: bool,
    /// True if lines occur more than once in the log.
    pub(super) repeated: bool,
    pub(super) dated: bool,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) recipients: Vec<Recipient>,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) tries: Vec<Try>,
    #[serde(deserialize_with = "super::save::few")]
    pub(super) upstream: Vec<Upstream>,
    /// The failures, in the order of their attempts.
    #[serde(deserialize_with = "super::save::few")]
    pub(super) failures: Vec<FailedServer>,
    /// Recipients by the hash of `to` and `orig_to`, once there are many.
    #[serde(skip)]
    pub(super) index: Option<Box<HashTable<u32>>>,
    /// The site's clock, the site's line count and the order of the latest line.
    pub(super) touched: i64,
    pub(super) touched_line: u64,
    pub(super) order: u64,
}

/// The parts of a message on the heap.
#[derive(Default)]
struct Lists {
    text: Vec<u8>,
    recipients: Vec<Recipient>,
    tries: Vec<Try>,
    upstream: Vec<Upstream>,
    failures: Vec<FailedServer>,
}

impl Lists {
    /// Empties the lists but keeps their capacity.
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

    /// Turns this into another message that uses the same memory.
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

    /// True if the message's capacity is not much more than most messages need.
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

    /// The bytes that count against the budget: those on the heap and the message itself.
    ///
    /// They are computed from the lengths of the lists, with the capacity that lists of that length have after growing.
    /// A restored state has other capacities, and its messages must not be evicted earlier or later for that.
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
        } else {
            self.build_index(hash);
        }
        at
    }

    /// Indexes all recipients if there are many.
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

    /// Adds an attempt to a recipient and returns its index. Beyond `limit`, the latest replaces the one before.
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

    /// The servers that failed before the server of the attempt with this index.
    pub(super) fn failures_of(&self, attempt: u32) -> impl Iterator<Item = &FailedServer> {
        let first = self.failures.partition_point(|known| known.attempt < attempt);
        let rest = self.failures.iter().skip(first);
        rest.take_while(move |known| known.attempt == attempt)
    }

    /// Records the sender, unless it is known.
    pub(super) fn name_sender(&mut self, from: &[u8]) {
        if self.from.is_none() {
            self.from = self.keep(from);
        }
    }

    /// The kept attempts of a recipient and their indexes, latest first.
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

/// The capacity that a list of this length has after growing one by one: see [`push`].
pub(super) fn room(len: usize) -> usize {
    match len {
        0 | 1 => len,
        _ => len.checked_next_power_of_two().unwrap_or(len).max(4),
    }
}

/// The capacity that a text of this length has after growing from [`TYPICAL_TEXT`].
fn text_room(len: usize) -> usize {
    if len <= TYPICAL_TEXT {
        return TYPICAL_TEXT;
    }
    let times = len.div_ceil(TYPICAL_TEXT);
    times.checked_next_power_of_two().unwrap_or(times).saturating_mul(TYPICAL_TEXT)
}

/// The bytes of a hash table of `u32` with this many entries: five per bucket, with one bucket in eight kept free.
pub(super) fn table_bytes(len: usize) -> usize {
    let buckets = len.saturating_add(len / 7).saturating_add(1);
    buckets.checked_next_power_of_two().unwrap_or(buckets).max(4).saturating_mul(5)
}

/// Adds an item. Most messages have one recipient and one attempt, so the first item gets capacity for itself only.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(relay: Span) -> Try {
        Try {
            time: None,
            relay,
            previous: NONE,
            dsn: 0,
            mark: 0,
            servers: 1,
            status: Status::Sent,
            class: None,
        }
    }

    /// The figures in the documentation of the tracker.
    #[test]
    fn sizes() {
        assert!(size_of::<Recipient>() <= 96, "{}", size_of::<Recipient>());
        assert!(size_of::<Try>() <= 40, "{}", size_of::<Try>());
        assert!(size_of::<Message>() <= 400, "{}", size_of::<Message>());
    }

    /// What counts: the message itself, and its lists with the capacity that they have after growing one by one.
    #[test]
    fn bytes_of_a_message() {
        let hash = |to: &[u8], _: Option<&[u8]>| to.len() as u64;
        let mut message = Message::new(0, b"1E24013C03E", 0);
        let plain = size_of::<Message>() + TYPICAL_TEXT;
        assert_eq!(message.bytes(), plain);
        for (count, capacity) in [(1, 1), (2, 4), (4, 4), (5, 8), (16, 16)] {
            while message.recipients.len() < count {
                message.add(b"", None, hash);
            }
            assert_eq!(message.bytes(), plain + capacity * size_of::<Recipient>(), "{count}");
        }
        // From the seventeenth recipient on there is a table.
        message.add(b"", None, hash);
        let table = table_bytes(17);
        assert_eq!(message.bytes(), plain + 32 * size_of::<Recipient>() + table);
        assert!(message.index.is_some());
        let mut message = Message::new(0, b"1E24013C03E", 0);
        for _ in 0..16 {
            message.add(b"", None, hash);
        }
        assert!(message.index.is_none());
        message.add_try(0, attempt(Span::NONE), 9);
        let recipients = 16 * size_of::<Recipient>();
        assert_eq!(message.bytes(), plain + recipients + size_of::<Try>());
        let mut message = Message::new(0, b"1E24013C03E", 0);
        message.upstream.push(Upstream {
            site: 0,
            generation: 0,
            id: Span::NONE,
            from: Span::NONE,
            message_id: Span::NONE,
            to: Span::NONE,
            orig_to: Span::NONE,
            notification: Span::NONE,
            requeued_from: Span::NONE,
            size: None,
            nrcpt: None,
            first_seen: None,
            first_deferred: None,
            partial: false,
            ambiguous: false,
            between: Vec::new(),
        });
        assert_eq!(message.bytes(), plain + size_of::<Upstream>());
        let mut message = Message::new(0, b"1E24013C03E", 0);
        message.add_failure(0, Class::Other, b"");
        assert_eq!(message.bytes(), plain + size_of::<FailedServer>());
        message.keep(&[b'x'; 150]);
        assert_eq!(message.bytes(), plain + TYPICAL_TEXT + size_of::<FailedServer>());
    }

    /// A status code comes back from its number, and no status code is 0.
    #[test]
    fn status_codes_come_back() {
        assert_eq!((pack(None), unpack(0)), (0, None));
        for class in [2, 4, 5] {
            for (subject, detail) in [(0, 0), (7, 1), (1, 999), (999, 10), (999, 999)] {
                let dsn = Dsn::new(class, subject, detail);
                assert!(dsn.is_some());
                assert_eq!(unpack(pack(dsn)), dsn);
            }
        }
        for packed in [1, 1_000_000, 3_000_000, 6_000_000, u32::MAX] {
            assert_eq!(unpack(packed), None, "{packed}");
        }
    }

    /// Sizes that lists, texts and tables have after growing one by one.
    #[test]
    fn rooms() {
        for (len, lists, text, buckets) in [
            (0, 0, 1, 4),
            (1, 1, 1, 4),
            (2, 4, 1, 4),
            (3, 4, 1, 4),
            (4, 4, 1, 8),
            (5, 8, 1, 8),
            (6, 8, 1, 8),
            (7, 8, 1, 16),
            (13, 16, 1, 16),
            (14, 16, 1, 32),
            (27, 32, 1, 32),
            (28, 32, 1, 64),
            (55, 64, 1, 64),
            (56, 64, 1, 128),
            (160, 256, 1, 256),
            (161, 256, 2, 256),
            (320, 512, 2, 512),
            (321, 512, 4, 512),
            (640, 1024, 4, 1024),
        ] {
            let got = (room(len), text_room(len), table_bytes(len));
            assert_eq!(got, (lists, text * TYPICAL_TEXT, buckets * 5), "{len}");
            let mut list = Vec::new();
            (0..len).for_each(|at| push(&mut list, at));
            assert_eq!(list.capacity(), lists, "{len}");
        }
    }

    /// A message is kept for its memory if none of its lists has more room than most messages need.
    #[test]
    fn small_messages() {
        let spare = |change: fn(&mut Message, usize), room: usize| {
            let mut message = Message::new(0, b"A1", 0);
            change(&mut message, room);
            message.is_small()
        };
        let lists: [fn(&mut Message, usize); 4] = [
            |message, room| message.recipients = Vec::with_capacity(room),
            |message, room| message.tries = Vec::with_capacity(room),
            |message, room| message.upstream = Vec::with_capacity(room),
            |message, room| message.failures = Vec::with_capacity(room),
        ];
        for list in lists {
            assert!(spare(list, SCANNED) && !spare(list, SCANNED + 1));
        }
        let text: fn(&mut Message, usize) = |message, room| message.text = Vec::with_capacity(room);
        assert!(spare(text, 8 * TYPICAL_TEXT) && !spare(text, 8 * TYPICAL_TEXT + 1));
    }

    /// Relays and failures that the latest attempts name are stored once.
    #[test]
    fn texts_are_shared() {
        let hash = |to: &[u8], _: Option<&[u8]>| to.len() as u64;
        let add = |message: &mut Message, at: usize, relay: Span| {
            message.add_try(at, attempt(relay), 99).unwrap()
        };
        for (others, is_shared) in [(0, true), (1, true), (7, true), (8, false)] {
            let mut message = Message::new(0, b"A1", 0);
            let at = message.add(b"b", None, hash);
            let first = message.keep_relay(NONE, b"mx.b.example");
            let last = add(&mut message, at, first);
            let other = message.add(b"c", None, hash);
            for number in 0..others {
                let relay = message.keep_relay(NONE, &[number]);
                add(&mut message, other, relay);
            }
            assert_eq!(message.keep_relay(NONE, b"mx.b.example") == first, is_shared, "{others}");
            // That of the recipient's own latest attempt is always looked at.
            assert_eq!(message.keep_relay(last, b"mx.b.example"), first, "{others}");
        }
        // So is a long one, which is cut.
        let mut message = Message::new(0, b"A1", 0);
        let at = message.add(b"b", None, hash);
        let first = message.keep_relay(NONE, &[b'x'; MAX_TEXT + 1]);
        assert_eq!(message.text(first).len(), MAX_TEXT);
        let last = add(&mut message, at, first);
        for length in [MAX_TEXT, MAX_TEXT + 1, MAX_TEXT + 7] {
            assert_eq!(message.keep_relay(last, &std::vec![b'x'; length]), first, "{length}");
        }
        for (others, is_shared) in [(0, true), (1, true), (15, true), (16, false)] {
            let mut message = Message::new(0, b"A1", 0);
            message.add_failure(0, Class::Other, b"refused");
            for number in 0..others {
                message.add_failure(0, Class::Other, &[number]);
            }
            let before = message.text.len();
            message.add_failure(1, Class::Other, b"refused");
            assert_eq!(message.text.len() == before, is_shared, "{others}");
            let texts: Vec<_> =
                message.failures_of(1).map(|failure| message.text(failure.text)).collect();
            assert_eq!(texts, [b"refused"]);
        }
    }
}
