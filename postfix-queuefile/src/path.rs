//! The way that Postfix takes through a file: from record to record, and along pointers.
//!
//! Where the way leads next is a function of the place alone, so the same pointer met twice is a loop. Finding the first
//! repeated one needs no memory: at the first backward jump, which ordinary files do not have, the pointers of the whole
//! way are counted once with Brent's algorithm.

use crate::error::{Error, ErrorKind};
use crate::limits::{self, MAX_BACKWARD_JUMPS};
use crate::number;
use crate::parts::Parts;
use crate::record::{Record, RecordType, Segment};
use crate::size::SizeRecord;

/// What to do with the message content on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Content {
    /// Give its records like any other, without asking whether they belong there.
    Give,
    /// Pass over it: by the size record where that is right, else by walking it.
    Pass,
    /// Pass over it as the queue manager does, by the size record alone.
    PassStrictly,
}

/// A place on the way. A plain value, so that a way can be taken again from any place on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    content: Content,
    start: (u64, Segment),
    at: u64,
    segment: Segment,
    /// Where the content starts and ends, as the first size record has it.
    size: Option<(u64, u64)>,
    size_seen: bool,
    /// The size record does not lead to the end of the content.
    size_wrong: bool,
    content_start: Option<u64>,
    jumps: u64,
    last_target: u64,
    backward_jumps: u32,
    /// The number of the jump that repeats a pointer; known after the first backward jump.
    repeats_at: Option<u64>,
    limited: bool,
    /// Bytes of the records given so far.
    spent: u64,
    ended: bool,
}

enum Step<'a> {
    Record(Segment, Record<'a>),
    Jump { from: u64, to: u64 },
    Silence,
    End,
}

impl Path {
    pub(crate) const fn new(content: Content) -> Self {
        Self::from(0, Segment::Envelope, content)
    }

    /// The whole way, of which loops are not found but cut after as many backward jumps as Postfix makes: for a file that is
    /// not in memory as a whole.
    #[cfg(feature = "std")]
    pub(crate) const fn limited() -> Self {
        let mut path = Self::new(Content::Give);
        path.limited = true;
        path
    }

    /// The way through the content that starts at `offset`.
    pub(crate) const fn in_content(offset: u64) -> Self {
        Self::from(offset, Segment::Content, Content::Give)
    }

    const fn from(at: u64, segment: Segment, content: Content) -> Self {
        Self {
            content,
            start: (at, segment),
            at,
            segment,
            size: None,
            size_seen: false,
            size_wrong: false,
            content_start: None,
            jumps: 0,
            last_target: 0,
            backward_jumps: 0,
            repeats_at: None,
            limited: false,
            spent: 0,
            ended: false,
        }
    }

    /// Where the next record is looked for.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// Goes on at another place, in the segment that it is in, as if the way had begun there.
    pub(crate) const fn seek(&mut self, offset: u64) {
        let mut path = Self::from(offset, self.segment, self.content);
        path.size_seen = self.size_seen;
        *self = path;
    }

    /// Goes no further.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Where the content starts, once the way has reached it.
    pub(crate) const fn content_start(&self) -> Option<u64> {
        self.content_start
    }

    /// Whether the content had to be walked because the size record did not lead to its end.
    pub(crate) const fn size_wrong(&self) -> bool {
        self.size_wrong
    }

    /// Jumps to or before the target of the jump before, which are those that Postfix counts.
    pub(crate) const fn backward_jumps(&self) -> u32 {
        self.backward_jumps
    }

    /// The next record that is neither a pointer nor passed over, with the segment that it stands in. `None` after the
    /// end record, after an error, and at the end of a file without an end record.
    pub(crate) fn next<'a>(
        &mut self,
        parts: &Parts<'a>,
    ) -> Option<Result<(Segment, Record<'a>), Error>> {
        while !self.ended {
            match self.step(parts) {
                Ok(Step::Record(segment, record)) => {
                    self.spent = self.spent.saturating_add(crate::len(record.data()));
                    if self.spent > limits::most_data(parts.length()) {
                        self.ended = true;
                        let kind = ErrorKind::OverlappingRecords;
                        return Some(Err(Error::new(kind, record.offset())));
                    }
                    self.ended = record.kind() == RecordType::END;
                    return Some(Ok((segment, record)));
                }
                Ok(Step::Jump { from, to }) => {
                    if self.limited {
                        if self.backward_jumps > MAX_BACKWARD_JUMPS {
                            self.ended = true;
                            return Some(Err(Error::new(ErrorKind::TooManyBackwardJumps, from)));
                        }
                    } else if to <= from && self.repeats_at.is_none() {
                        self.repeats_at = Some(self.first_repeat(parts));
                    }
                    if self.repeats_at.is_some_and(|repeat| self.jumps >= repeat) {
                        self.ended = true;
                        return Some(Err(Error::new(ErrorKind::PointerLoop, from)));
                    }
                }
                Ok(Step::Silence) => {}
                Ok(Step::End) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn step<'a>(&mut self, parts: &Parts<'a>) -> Result<Step<'a>, Error> {
        self.pass_content(parts)?;
        if self.segment == Segment::Content && self.content != Content::Give {
            self.at = parts.end_of_walked(self.at).unwrap_or(self.at);
        }
        let Some(record) = parts.record(self.at)? else { return Ok(Step::End) };
        let (kind, segment) = (record.kind(), self.segment);
        if kind == RecordType::POINTER {
            return self.jump(&record, parts.length());
        }
        self.at = record.end();
        match (kind, segment) {
            (RecordType::SIZE, _) if !self.size_seen => {
                self.size_seen = true;
                self.size = SizeRecord::parse(record.text()).content();
            }
            (RecordType::MESSAGE, Segment::Envelope) => self.enter_content(&record),
            (RecordType::EXTRACTED, _) => self.segment = Segment::Extracted,
            (RecordType::PADDING, _) if self.content == Content::Give => return Ok(Step::Silence),
            (_, Segment::Content) if self.content != Content::Give => {
                return if kind.is_text() || kind == RecordType::PADDING {
                    Ok(Step::Silence)
                } else {
                    Err(Error::new(ErrorKind::ContentNotTerminated { kind }, record.offset()))
                };
            }
            _ => {}
        }
        Ok(Step::Record(segment, record))
    }

    /// At `M`. The queue manager does not care for it, only for the place where the size record says that content is.
    fn enter_content(&mut self, record: &Record<'_>) {
        if self.size_seen && self.size.is_none() {
            // Before Postfix 1.0 this record had the offset of the content's end.
            let end = u64::try_from(number::leading(record.text())).unwrap_or_default();
            self.size = (end > self.at).then_some((self.at, end));
        }
        if self.content != Content::PassStrictly {
            self.content_start = Some(self.at);
            self.segment = Segment::Content;
            self.size_wrong = self.size_seen && self.size.is_none_or(|(start, _)| start != self.at);
        }
    }

    /// Goes to the end of the content when its start is reached. That the end record of the content is there is checked
    /// first: it costs a page, and makes a wrong size record a warning instead of a lost message.
    fn pass_content(&mut self, parts: &Parts<'_>) -> Result<(), Error> {
        let Some((start, end)) = self.size else { return Ok(()) };
        if self.at != start || self.content == Content::Give || self.size_wrong {
            return Ok(());
        }
        if self.content == Content::Pass && self.segment == Segment::Extracted {
            return Ok(());
        }
        let right = match parts.record(end) {
            Ok(Some(record)) => record.kind() == RecordType::EXTRACTED,
            Ok(None) => false,
            Err(error) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => return Err(error),
            Err(_) => false,
        };
        if right {
            self.content_start = Some(start);
            self.at = end;
            self.segment = Segment::Content;
        } else if self.content == Content::PassStrictly {
            return Err(Error::new(ErrorKind::SizeMismatch, start));
        } else {
            self.size_wrong = true;
        }
        Ok(())
    }

    fn jump<'a>(&mut self, pointer: &Record<'_>, length: u64) -> Result<Step<'a>, Error> {
        let from = pointer.offset();
        let target = target(pointer).ok_or(Error::new(ErrorKind::BadPointer, from))?;
        if target == 0 {
            self.at = pointer.end();
            return Ok(Step::Silence);
        }
        if target >= length {
            return Err(Error::new(ErrorKind::PointerOutOfRange { target }, from));
        }
        if target <= self.last_target {
            self.backward_jumps = self.backward_jumps.saturating_add(1);
        }
        self.last_target = target;
        self.jumps = self.jumps.saturating_add(1);
        self.at = target;
        Ok(Step::Jump { from, to: target })
    }

    /// The number of the first jump of the whole way that repeats a pointer; `u64::MAX` when none does.
    #[cold]
    fn first_repeat(&self, parts: &Parts<'_>) -> u64 {
        let first = Self::from(self.start.0, self.start.1, self.content);
        let (mut hare, mut lap, mut power) = (first, 1_u64, 1_u64);
        let Some(mut marked) = hare.next_pointer(parts) else { return u64::MAX };
        loop {
            match hare.next_pointer(parts) {
                None => return u64::MAX,
                Some(pointer) if pointer == marked => break,
                Some(pointer) if lap == power => {
                    marked = pointer;
                    power = power.saturating_mul(2);
                    lap = 1;
                }
                Some(_) => lap = lap.saturating_add(1),
            }
        }
        // The loop has `lap` jumps. Where two that are `lap` jumps apart meet, it begins.
        let (mut tortoise, mut hare) = (first, first);
        for _ in 0..lap {
            hare.next_pointer(parts);
        }
        loop {
            let (behind, ahead) = (tortoise.next_pointer(parts), hare.next_pointer(parts));
            if behind == ahead {
                return hare.jumps;
            }
        }
    }

    /// Goes on to the next jump: the offset of its pointer and whatever else decides about the way from there.
    fn next_pointer(&mut self, parts: &Parts<'_>) -> Option<(u64, Segment, bool, bool)> {
        loop {
            match self.step(parts).ok()? {
                // Where nothing is passed over, the offset alone decides about the way.
                Step::Jump { from, .. } if self.content == Content::Give => {
                    return Some((from, Segment::Envelope, false, false));
                }
                Step::Jump { from, .. } => {
                    return Some((from, self.segment, self.size_seen, self.size_wrong));
                }
                Step::Record(_, record) if record.kind() == RecordType::END => return None,
                Step::End => return None,
                Step::Record(..) | Step::Silence => {}
            }
        }
    }
}

/// Where a pointer leads, 0 for nowhere: digits after leading spaces; no digits at all count as 0, as in `rec_goto`.
fn target(pointer: &Record<'_>) -> Option<u64> {
    match number::trim_start(pointer.text()) {
        b"" => Some(0),
        text => number::digits(text).filter(|&target| i64::try_from(target).is_ok()),
    }
}
