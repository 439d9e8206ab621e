//! The single pass over an envelope that checks everything and records where things are.

use crate::cstring;
use crate::envelope::attribute;
use crate::envelope::notify::{Notify, Return};
use crate::envelope::recipient::RecipientState;
use crate::envelope::size::SizeRecord;
use crate::envelope::warning::{Warning, WarningKind};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_BACKWARD_JUMPS, MAX_POSTFIX_LENGTH_BYTES};
use crate::pieces::Pieces;
use crate::record::{Record, RecordType, Segment};
use crate::route::{Content, Route};
use crate::timestamp::Timestamp;

/// A range in the file: offset and length.
pub(crate) type Span = (u64, u64);

/// The results of the pass. They refer to the file only by offsets, so they can be kept beside the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// How the file was read, so that a second pass follows the same route.
    pub(crate) content: Content,
    pub(crate) sender: Option<Span>,
    pub(crate) arrival: Option<Timestamp>,
    pub(crate) created: Option<u64>,
    pub(crate) size: Option<SizeRecord>,
    pub(crate) filter: Option<Span>,
    pub(crate) redirect: Option<Span>,
    pub(crate) full_name: Option<Span>,
    pub(crate) verp: Option<Span>,
    pub(crate) warn: Option<i64>,
    pub(crate) envelope_id: Option<Span>,
    pub(crate) ret: Option<Return>,
    pub(crate) pending: u64,
    pub(crate) done: u64,
    pub(crate) canceled: u64,
    /// The position just before the first record that belongs to a recipient.
    pub(crate) first_recipient: Option<Route>,
    pub(crate) content_start: Option<u64>,
    pub(crate) starts_with_size: bool,
    /// True if the end record was reached.
    pub(crate) complete: bool,
    /// Where reading stopped early, and why.
    pub(crate) damage: Option<Error>,
    /// The error that kills the queue manager.
    pub(crate) fatal: Option<Error>,
    pub(crate) warnings: u64,
}

impl Facts {
    /// Nothing found yet.
    pub(crate) const fn new(content: Content) -> Self {
        Self {
            content,
            sender: None,
            arrival: None,
            created: None,
            size: None,
            filter: None,
            redirect: None,
            full_name: None,
            verp: None,
            warn: None,
            envelope_id: None,
            ret: None,
            pending: 0,
            done: 0,
            canceled: 0,
            first_recipient: None,
            content_start: None,
            starts_with_size: false,
            complete: false,
            damage: None,
            fatal: None,
            warnings: 0,
        }
    }
}

/// The pass in progress, one record at a time.
#[derive(Clone, Debug)]
pub(crate) struct Scan<'a> {
    parts: Pieces<'a>,
    path: Route,
    facts: Facts,
    /// The records seen for the next recipient: O, o, n.
    stray: [Option<RecordType>; 3],
    arrival_zero: bool,
    last: u64,
    ended: bool,
    /// If set, the pass ends at the first thing that the queue manager refuses, because the rest does not matter.
    is_trial: bool,
    queue: [Option<Warning>; 8],
    /// The number of warnings in the queue that were not taken yet.
    queued: u8,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(parts: Pieces<'a>, content: Content) -> Self {
        Self {
            parts,
            path: Route::new(content),
            facts: Facts::new(content),
            stray: [None; 3],
            arrival_zero: true,
            last: 0,
            ended: false,
            is_trial: false,
            queue: [None; 8],
            queued: 0,
        }
    }

    /// The strict pass of a reader that reads leniently where it fails.
    pub(crate) fn trial(parts: Pieces<'a>) -> Self {
        Self { is_trial: true, ..Self::new(parts, Content::PassStrictly) }
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// If there is nothing to report: for an empty file, a file of another kind, or one whose needed bytes are not
    /// available.
    pub(crate) fn run(mut self) -> Result<Facts, Error> {
        match self.parts.record(0) {
            Ok(None) => return Err(Error::new(ErrorKind::Empty, 0)),
            Ok(Some(record)) if !self.may_start(record.kind()) => {
                return Err(Error::new(ErrorKind::NotAQueueFile { first: record.kind().0 }, 0));
            }
            Err(error) => match self.parts.slice(0, 1).first() {
                Some(&first) if !self.may_start(RecordType(first)) => {
                    return Err(Error::new(ErrorKind::NotAQueueFile { first }, 0));
                }
                _ if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => return Err(error),
                _ => {}
            },
            Ok(Some(_)) => {}
        }
        let mut warnings = 0_u64;
        while self.next_warning().is_some() {
            warnings = warnings.saturating_add(1);
        }
        self.facts.warnings = warnings;
        match self.facts.damage {
            Some(error) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => Err(error),
            _ => Ok(self.facts),
        }
    }

    /// True if a file may start with this type. The queue manager treats it like any other record.
    fn may_start(&self, kind: RecordType) -> bool {
        kind.starts_file() || (self.facts.content == Content::PassStrictly && kind.is_envelope())
    }

    /// Reads on to the next warning.
    pub(crate) fn next_warning(&mut self) -> Option<Warning> {
        loop {
            if self.queued > 0 {
                self.queued = self.queued.saturating_sub(1);
                return self.queue.iter_mut().find_map(Option::take);
            }
            if self.ended {
                return None;
            }
            self.step();
        }
    }

    fn step(&mut self) {
        // Only the first record that belongs to a recipient needs the position before it.
        let before = self.facts.first_recipient.is_none().then_some(self.path);
        match self.path.next(&self.parts) {
            Some(Ok((segment, record))) => {
                self.record(segment, &record, before);
                self.ended |= self.is_trial && self.facts.damage.is_some();
            }
            Some(Err(error)) => self.stop(error),
            None => {
                if !self.facts.complete {
                    self.facts.damage = Some(Error::new(ErrorKind::MissingEnd, self.path.at()));
                }
                self.finish();
            }
        }
    }

    fn record(&mut self, segment: Segment, record: &Record<'a>, before: Option<Route>) {
        let at = record.offset();
        if at == 0 {
            self.facts.starts_with_size = record.kind() == RecordType::SIZE;
            if !self.facts.starts_with_size {
                self.warn(WarningKind::NoSizeFirst, at);
            }
        }
        self.last = at;
        if record.length_bytes() > MAX_POSTFIX_LENGTH_BYTES {
            self.refuse(ErrorKind::LengthTooLong, WarningKind::LongLength, at);
        }
        let Some((kind, text)) = attribute::meaning(record) else {
            return self.refuse(ErrorKind::BadAttribute, WarningKind::BadAttribute, at);
        };
        if RecipientState::of(kind).is_some() {
            return self.recipient(kind, at, before);
        }
        match kind {
            RecordType::ATTRIBUTE | RecordType::KILLED => {}
            RecordType::ORIG_RCPT => self.for_recipient(0, kind, at, before),
            RecordType::DSN_ORIG_RCPT => self.for_recipient(1, kind, at, before),
            RecordType::DSN_NOTIFY => {
                self.for_recipient(2, kind, at, before);
                if Notify::parse(text).is_none() {
                    self.stray[2] = None;
                    self.warn(WarningKind::BadDsnFlags, at);
                }
            }
            RecordType::SIZE => self.size(text, at),
            RecordType::TIME => self.time(text),
            RecordType::CREATE_TIME => {
                let created = u64::try_from(cstring::leading(text)).ok().filter(|&t| t != 0);
                self.facts.created = self.facts.created.or(created);
            }
            RecordType::FROM if self.facts.sender.is_some() => {
                self.warn(WarningKind::SecondSender, at);
            }
            RecordType::FROM => self.facts.sender = self.span(record, text),
            RecordType::FILTER => self.facts.filter = self.span(record, text),
            RecordType::REDIRECT => self.facts.redirect = self.span(record, text),
            RecordType::FULL_NAME => {
                self.facts.full_name = self.facts.full_name.or(self.span(record, text));
            }
            RecordType::VERP => {
                // The queue manager ignores a request that comes before the sender, or for the null sender.
                if self.facts.sender.is_some_and(|(_, length)| length > 0) {
                    self.facts.verp = self.facts.verp.or(self.span(record, text));
                }
            }
            RecordType::WARN_TIME => {
                self.facts.warn = self.facts.warn.or(Some(cstring::leading(text)));
            }
            RecordType::DSN_ENVELOPE_ID => self.facts.envelope_id = self.span(record, text),
            RecordType::DSN_RET => match Return::parse(text) {
                Some(ret) => self.facts.ret = Some(ret),
                None => self.warn(WarningKind::BadDsnFlags, at),
            },
            RecordType::END => self.facts.complete = true,
            RecordType::MESSAGE if segment == Segment::Envelope => {}
            RecordType::EXTRACTED if segment == Segment::Content => {}
            _ => self.odd(kind, at),
        }
    }

    /// Handles anything that is not an envelope record in its place.
    fn odd(&mut self, kind: RecordType, at: u64) {
        match kind {
            RecordType(0) => self.stop(Error::new(ErrorKind::UnknownType { kind }, at)),
            RecordType(b'f' | b'd' | b'm') => {
                self.refuse(ErrorKind::Misplaced { kind }, WarningKind::Misplaced { kind }, at);
            }
            RecordType::MESSAGE => {
                self.warn(WarningKind::Misplaced { kind }, at);
            }
            _ if kind.is_envelope() => {}
            _ if kind.name().is_some() => {
                self.refuse(ErrorKind::Misplaced { kind }, WarningKind::Misplaced { kind }, at);
            }
            _ => {
                self.refuse(ErrorKind::UnknownType { kind }, WarningKind::UnknownType { kind }, at)
            }
        }
    }

    fn recipient(&mut self, kind: RecordType, at: u64, before: Option<Route>) {
        self.facts.first_recipient = self.facts.first_recipient.or(before);
        if self.facts.sender.is_none() {
            self.warn(WarningKind::RecipientBeforeSender, at);
        }
        let count = match kind {
            RecordType::RCPT => &mut self.facts.pending,
            RecordType::DONE => &mut self.facts.done,
            _ => &mut self.facts.canceled,
        };
        *count = count.saturating_add(1);
        self.stray = [None; 3];
    }

    /// Handles a record that belongs to the next recipient.
    fn for_recipient(&mut self, slot: usize, kind: RecordType, at: u64, before: Option<Route>) {
        self.facts.first_recipient = self.facts.first_recipient.or(before);
        let before = self.stray.get_mut(slot).and_then(|slot| slot.replace(kind));
        if before.is_some() {
            self.warn(WarningKind::StrayRecipientRecord { kind }, at);
        }
    }

    fn size(&mut self, text: &[u8], at: u64) {
        if self.facts.size.is_some() {
            return;
        }
        let size = SizeRecord::parse(text);
        self.facts.size = Some(size);
        if size.is_unfinished() && !size.is_old() {
            self.refuse(ErrorKind::BadSize, WarningKind::Unfinished, at);
        } else if !size.is_valid() {
            self.refuse(ErrorKind::BadSize, WarningKind::BadSize, at);
        }
    }

    fn time(&mut self, text: &[u8]) {
        if self.arrival_zero {
            self.arrival_zero = cstring::leading(text) == 0;
            self.facts.arrival = Timestamp::scan(text);
        }
    }

    /// Checks, after the last record, what only the whole envelope can show.
    fn finish(&mut self) {
        let at = self.last;
        for kind in self.stray.into_iter().flatten() {
            self.warn(WarningKind::StrayRecipientRecord { kind }, at);
        }
        if self.arrival_zero {
            self.refuse(ErrorKind::MissingTime, WarningKind::NoTime, at);
        } else if self.facts.arrival.is_none() {
            self.warn(WarningKind::NoTime, at);
        }
        if self.facts.sender.is_none() && self.facts.damage.is_none() {
            self.facts.damage = Some(Error::new(ErrorKind::MissingSender, at));
        }
        if self.facts.size.is_none() && self.facts.content == Content::PassStrictly {
            self.facts.damage.get_or_insert(Error::new(ErrorKind::MissingSize, at));
        }
        if self.path.size_wrong() && self.facts.size.is_some_and(|size| size.is_valid()) {
            self.warn(WarningKind::SizeMismatch, 0);
        }
        if self.path.backward_jumps() > MAX_BACKWARD_JUMPS {
            let kind = (ErrorKind::TooManyBackwardJumps, WarningKind::TooManyBackwardJumps);
            self.refuse(kind.0, kind.1, at);
        }
        let found =
            self.facts.pending.saturating_add(self.facts.done).saturating_add(self.facts.canceled);
        let announced =
            self.facts.size.filter(SizeRecord::is_valid).and_then(|size| size.recipients());
        if let Some(announced) = announced.filter(|&announced| announced != found) {
            self.warn(WarningKind::RecipientCount { announced, found }, at);
        }
        self.facts.content_start = self.path.content_start();
        self.ended = true;
    }

    /// Reports a fault: an error in strict reading, a warning in lenient reading.
    fn refuse(&mut self, error: ErrorKind, warning: WarningKind, at: u64) {
        if self.facts.content == Content::PassStrictly {
            self.facts.damage.get_or_insert(Error::new(error, at));
        } else {
            self.warn(warning, at);
        }
    }

    fn stop(&mut self, error: Error) {
        // Once the queue manager has refused a file it reads no further, and so does not die of what follows.
        if self.facts.damage.is_none() || !error.kind().kills_queue_manager() {
            self.facts.damage = Some(error);
        }
        self.finish();
    }

    fn warn(&mut self, kind: WarningKind, at: u64) {
        if let Some(free) = self.queue.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(Warning::new(kind, at));
            self.queued = self.queued.saturating_add(1);
        }
    }

    /// The range of `text`, which is part of the record's data, in the file.
    fn span(&self, record: &Record<'a>, text: &[u8]) -> Option<Span> {
        let data = record.data();
        // The text follows a prefix (the attribute's name) and precedes a suffix.
        let skip = if record.kind() == RecordType::ATTRIBUTE {
            let name = data.iter().position(|&b| b == b'=')?.saturating_add(1);
            let spaces = data.get(name..)?.iter().take_while(|&&b| cstring::is_space(b)).count();
            name.saturating_add(spaces)
        } else {
            0
        };
        let skip = u64::try_from(skip).ok()?;
        Some((record.data_offset().saturating_add(skip), crate::cstring::len(text)))
    }
}
