//! The route that Postfix takes through a file: from record to record, and along pointers.
//!
//! The position alone determines where the route goes next, so meeting the same pointer twice means a loop. Finding the
//! first repeated one needs no memory: at the first backward jump, which ordinary files do not have, the pointers of the
//! whole route are counted once with Brent's algorithm.

use crate::cstring;
use crate::envelope::size::SizeRecord;
use crate::error::{Error, ErrorKind};
use crate::limits::{self, MAX_BACKWARD_JUMPS, MAX_FILE, MAX_POSTFIX_LENGTH_BYTES};
use crate::pieces::Pieces;
use crate::record::{Record, RecordType, Segment};

/// What to do with the message content on the route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Content {
    /// Give its records like any others, without checking whether they belong there.
    Give,
    /// Skip it: by the size record if that is right, otherwise by walking it.
    Pass,
    /// Skip it as the queue manager does, by the size record alone.
    PassStrictly,
}

/// A position on the route. It is a plain value, so that the route can be continued from any position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    content: Content,
    start: (u64, Segment),
    at: u64,
    segment: Segment,
    /// Where the content starts and ends according to the first size record.
    size: Option<(u64, u64)>,
    size_seen: bool,
    /// True if the size record does not lead to the end of the content.
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

impl Route {
    pub(crate) const fn new(content: Content) -> Self {
        Self::from(0, Segment::Envelope, content)
    }

    /// The whole walk without loop detection: it stops after [`MAX_BACKWARD_JUMPS`], as Postfix does. For files that are not
    /// fully in memory.
    #[cfg(feature = "std")]
    pub(crate) const fn limited() -> Self {
        let mut path = Self::new(Content::Give);
        path.limited = true;
        path
    }

    /// The route through the content that starts at `offset`.
    pub(crate) const fn in_content(offset: u64) -> Self {
        Self::from(offset, Segment::Content, Content::Give)
    }

    /// A position on the queue manager's route through an ordinary file: before the content, with no pointer met and
    /// `spent` bytes of data already read.
    pub(crate) const fn in_ordinary(at: u64, content: (u64, u64), spent: u64) -> Self {
        let mut path = Self::new(Content::PassStrictly);
        (path.at, path.size, path.size_seen, path.spent) = (at, Some(content), true, spent);
        if at >= content.1 {
            (path.segment, path.content_start) = (Segment::Extracted, Some(content.0));
        }
        path
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

    /// Where the next record is expected.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// Continues at another offset in the same segment, as if the route had begun there. Only the count of backward jumps goes on.
    pub(crate) const fn seek(&mut self, offset: u64) {
        let mut path = Self::from(offset, self.segment, self.content);
        path.size_seen = self.size_seen;
        path.count_from(self);
        *self = path;
    }

    /// Goes on with the count of backward jumps that another route had. Postfix has one count for each file, and compares with
    /// the jump before, even if it has begun anew in between (`rec_goto`).
    const fn count_from(&mut self, other: &Self) {
        (self.last_target, self.backward_jumps) = (other.last_target, other.backward_jumps);
    }

    /// Ends the route.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    /// Goes on where bytes were missing, after [`ErrorKind::NotAtHand`]. All pointers that were followed before count.
    #[cfg(feature = "std")]
    pub(crate) const fn resume(&mut self) {
        self.ended = false;
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Where the content starts, once the route has reached it.
    pub(crate) const fn content_start(&self) -> Option<u64> {
        self.content_start
    }

    /// True if the content had to be walked because the size record did not lead to its end.
    pub(crate) const fn size_wrong(&self) -> bool {
        self.size_wrong
    }

    /// The number of jumps to or before the target of the previous jump, which are those that Postfix counts.
    pub(crate) const fn backward_jumps(&self) -> u32 {
        self.backward_jumps
    }

    /// The next record that is neither a pointer nor skipped, with its segment. `None` after the end record, after an
    /// error, and at the end of a file without an end record.
    pub(crate) fn next<'a>(
        &mut self,
        parts: &Pieces<'a>,
    ) -> Option<Result<(Segment, Record<'a>), Error>> {
        while !self.ended {
            match self.step(parts) {
                Ok(Step::Record(segment, record)) => {
                    self.spent = self.spent.saturating_add(crate::cstring::len(record.data()));
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

    fn step<'a>(&mut self, parts: &Pieces<'a>) -> Result<Step<'a>, Error> {
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
                let size = SizeRecord::parse(record.text());
                self.size = size.content();
                if size.is_old() && self.content == Content::PassStrictly {
                    self.size = Some(self.old_content(record.offset(), parts)?);
                }
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

    /// Handles `M`. The queue manager ignores it and uses only the position that the size record gives for the content.
    fn enter_content(&mut self, record: &Record<'_>) {
        if self.size_seen && self.size.is_none() {
            // Before Postfix 1.0 this record had the offset of the content's end.
            let end = u64::try_from(cstring::leading(record.text())).unwrap_or_default();
            self.size = (end > self.at).then_some((self.at, end));
        }
        if self.content != Content::PassStrictly {
            self.content_start = Some(self.at);
            self.segment = Segment::Content;
            self.size_wrong = self.size_seen && self.size.is_none_or(|(start, _)| start != self.at);
        }
    }

    /// Where the content starts and ends in a file from before Postfix 1.0, whose size record, at `size`, does not say so.
    /// This follows the queue manager (`qmgr_message_oldstyle_scan`), which reads the file from its start to its end record
    /// and dies if it does not find the content.
    fn old_content(&mut self, size: u64, parts: &Pieces<'_>) -> Result<(u64, u64), Error> {
        let out_of_order = Error::new(ErrorKind::OutOfOrder, size);
        let mut path = Self::new(Content::Give);
        path.count_from(self);
        let mut content = None;
        loop {
            let record = match path.next(parts) {
                Some(Ok((_, record))) => record,
                Some(Err(error)) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => {
                    return Err(error);
                }
                Some(Err(_)) | None => return Err(out_of_order),
            };
            match record.kind() {
                RecordType::END => break,
                RecordType(0) => return Err(out_of_order),
                RecordType::MESSAGE if content.is_none() => {
                    let (start, end) = (path.at(), cstring::leading(record.text()));
                    let end = u64::try_from(end).ok().filter(|&end| end > start);
                    let end = end.ok_or(Error::new(ErrorKind::BadExtraOffset, record.offset()))?;
                    content = Some((start, end));
                    path.seek(end);
                }
                _ if record.length_bytes() > MAX_POSTFIX_LENGTH_BYTES => return Err(out_of_order),
                _ => {}
            }
        }
        self.count_from(&path);
        if self.backward_jumps > MAX_BACKWARD_JUMPS {
            Err(out_of_order)
        } else {
            content.ok_or(out_of_order)
        }
    }

    /// Moves to the end of the content when its start is reached. It first checks that the end record of the content is
    /// there. This costs reading a page, but makes a wrong size record a warning instead of a lost message.
    fn pass_content(&mut self, parts: &Pieces<'_>) -> Result<(), Error> {
        let Some((start, end)) = self.size else { return Ok(()) };
        if self.at != start || self.content == Content::Give || self.size_wrong {
            return Ok(());
        }
        if self.content == Content::Pass && self.segment == Segment::Extracted {
            return Ok(());
        }
        let kind = match parts.record(end) {
            Ok(record) => record.map(|record| record.kind()),
            Err(error) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => return Err(error),
            Err(_) => None,
        };
        if kind == Some(RecordType::EXTRACTED) {
            self.content_start = Some(start);
            self.at = end;
            self.segment = Segment::Content;
        } else if kind == Some(RecordType::POINTER) && self.leads_on(end, parts)? {
            // The queue manager follows it and no longer checks for the record that ends the content.
            self.content_start = Some(start);
            self.at = end;
            self.segment = Segment::Extracted;
        } else if self.content == Content::PassStrictly {
            let far = if end > MAX_FILE {
                ErrorKind::ContentOutOfReach { end }
            } else {
                ErrorKind::SizeMismatch
            };
            return Err(Error::new(far, start));
        } else {
            self.size_wrong = true;
        }
        Ok(())
    }

    /// True if the pointer at `offset` leads to a record of the envelope; the queue manager accepts nothing else there.
    /// Strict reading does not look ahead and gets true.
    fn leads_on(&self, offset: u64, parts: &Pieces<'_>) -> Result<bool, Error> {
        if self.content == Content::PassStrictly {
            return Ok(true);
        }
        let mut path = Self::from(offset, Segment::Extracted, Content::Give);
        match path.next(parts) {
            Some(Ok((_, record))) => Ok(record.kind().is_envelope()),
            Some(Err(error)) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => Err(error),
            Some(Err(_)) | None => Ok(false),
        }
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

    /// The number of the first jump on the whole route that repeats a pointer; `u64::MAX` if none does.
    #[cold]
    fn first_repeat(&self, parts: &Pieces<'_>) -> u64 {
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
        // The loop has `lap` jumps. It begins where two positions `lap` jumps apart meet.
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

    /// Moves to the next jump: the offset of its pointer and everything else that determines the route from there.
    fn next_pointer(&mut self, parts: &Pieces<'_>) -> Option<(u64, Segment, bool, bool)> {
        loop {
            match self.step(parts).ok()? {
                // If nothing is skipped, the offset alone determines the route.
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

/// The target of a pointer, 0 for nowhere: digits after leading spaces. No digits count as 0, as in `rec_goto`.
fn target(pointer: &Record<'_>) -> Option<u64> {
    match cstring::trim_start(pointer.text()) {
        b"" => Some(0),
        text => cstring::digits(text).filter(|&target| i64::try_from(target).is_ok()),
    }
}

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Encoder, size_payload};

    /// Follows the whole route: the types of the records it gives, a bar where the segment changes, and the error at its
    /// end.
    fn way(path: &mut Route, parts: &Pieces<'_>) -> (String, Option<(ErrorKind, u64)>) {
        let (mut kinds, mut before) = (String::new(), Segment::Envelope);
        while let Some(item) = path.next(parts) {
            match item {
                Ok((segment, record)) => {
                    if segment != before {
                        kinds.push('|');
                    }
                    kinds.push(char::from(record.kind().0));
                    before = segment;
                }
                Err(error) => {
                    assert!(path.has_ended() && path.next(parts).is_none());
                    return (kinds, Some((error.kind(), error.offset())));
                }
            }
        }
        assert!(path.has_ended() && path.next(parts).is_none());
        (kinds, None)
    }

    fn whole(content: Content, file: &[u8]) -> (Route, String, Option<(ErrorKind, u64)>) {
        let mut path = Route::new(content);
        assert!(!path.has_ended());
        let (kinds, error) = way(&mut path, &Pieces::whole(file));
        (path, kinds, error)
    }

    fn head() -> Encoder {
        Encoder::new().size().from(b"s@x").rcpt(b"r@y")
    }

    fn tail(file: Encoder) -> Vec<u8> {
        file.text(b"Subject: z").record(RecordType::PADDING, b"..").text(b"").extracted().end()
    }

    /// An ordinary file, where its content starts, and where that ends.
    fn ordinary() -> (Vec<u8>, u64, u64) {
        let file = tail(head().message());
        let end = crate::cstring::len(&file).saturating_sub(4);
        (file, head().message().position(), end)
    }

    /// An ordinary file with a size record that says something else.
    fn with_size(fields: [i64; 6]) -> Vec<u8> {
        let file = Encoder::new().record(RecordType::SIZE, size_payload(fields));
        tail(file.from(b"s@x").rcpt(b"r@y").message())
    }

    fn signed(number: u64) -> i64 {
        i64::try_from(number).unwrap()
    }

    #[test]
    fn content_is_given_or_passed_over() {
        let (file, start, _) = ordinary();
        for (content, expected) in [
            (Content::Give, "CSRM|NNX|E"),
            (Content::Pass, "CSRM|X|E"),
            (Content::PassStrictly, "CSRM|X|E"),
        ] {
            let (path, kinds, error) = whole(content, &file);
            assert_eq!((kinds.as_str(), error), (expected, None), "{content:?}");
            assert_eq!(path.content_start(), Some(start));
            assert_eq!((path.at(), path.size_wrong()), (crate::cstring::len(&file), false));
        }
        let mut inside = Route::in_content(start);
        assert_eq!(inside.at(), start);
        assert_eq!(way(&mut inside, &Pieces::whole(&file)).0, "|NNX|E");
        inside = Route::in_content(start);
        inside.end();
        assert!(inside.has_ended() && inside.next(&Pieces::whole(&file)).is_none());
    }

    #[test]
    fn with_a_size_record_the_content_need_not_be_at_hand() {
        let (file, start, end) = ordinary();
        let (first, last) = (file.get(..start as usize), file.get(end as usize..));
        let parts = Pieces::new(crate::cstring::len(&file)).with(0, first.unwrap()).unwrap();
        for content in [Content::Pass, Content::PassStrictly] {
            let needs = way(&mut Route::new(content), &parts);
            let kind = ErrorKind::NotAtHand { end: end + 1 };
            assert_eq!(needs, ("CSRM".to_owned(), Some((kind, end))), "{content:?}");
            let parts = parts.with(end, last.unwrap()).unwrap();
            assert_eq!(way(&mut Route::new(content), &parts), ("CSRM|X|E".to_owned(), None));
        }
    }

    #[cfg(unix)]
    #[test]
    fn content_that_was_walked_is_not_asked_for_again() {
        let file = tail(Encoder::new().from(b"s@x").rcpt(b"r@y").message());
        let start = Encoder::new().from(b"s@x").rcpt(b"r@y").message().position();
        let end = crate::cstring::len(&file).saturating_sub(4);
        let (first, last) = (file.get(..start as usize), file.get(end as usize..));
        let parts = Pieces::new(crate::cstring::len(&file)).with(0, first.unwrap());
        let parts = parts.and_then(|parts| parts.with(end, last.unwrap())).unwrap();
        let (kinds, error) = way(&mut Route::new(Content::Pass), &parts);
        let missing = (ErrorKind::NotAtHand { end: start + 1 }, start);
        assert_eq!((kinds.as_str(), error), ("SRM", Some(missing)));
        let (kinds, error) = way(&mut Route::new(Content::Pass), &parts.walked(start, end));
        assert_eq!((kinds.as_str(), error), ("SRM|X|E", None));
        let parts = Pieces::whole(&file).walked(start, end);
        assert_eq!(way(&mut Route::new(Content::Give), &parts).0, "SRM|NNX|E");
    }

    #[test]
    fn without_a_size_record_the_content_is_walked() {
        let file = tail(Encoder::new().from(b"s@x").message());
        let (path, kinds, error) = whole(Content::Pass, &file);
        assert_eq!((kinds.as_str(), error), ("SM|X|E", None));
        assert_eq!((path.content_start(), path.size_wrong()), (Some(7), false));
        assert_eq!(whole(Content::PassStrictly, &file).1, "SMNwNX|E");

        let file = tail(Encoder::new().from(b"s@x").message().text(b"a").from(b"s@x"));
        let (_, kinds, error) = whole(Content::Pass, &file);
        let kind = ErrorKind::ContentNotTerminated { kind: RecordType::FROM };
        assert_eq!((kinds.as_str(), error), ("SM", Some((kind, 10))));
        assert_eq!(whole(Content::Give, &file).1, "SM|NSNNX|E");
    }

    #[test]
    fn padding_is_silent_where_content_is_given() {
        let file = Encoder::new().from(b"s@x").record(RecordType::PADDING, b"..").end();
        assert_eq!(whole(Content::Give, &file).1, "SE");
        assert_eq!(whole(Content::Pass, &file).1, "SwE");
    }

    #[test]
    fn a_wrong_size_record_is_found_out() {
        let (file, start, end) = ordinary();
        let (at, size, length) =
            (signed(start), signed(end - start), signed(crate::cstring::len(&file)));
        let right = with_size([size, at, 1, 0, size, 0]);
        assert_eq!(right.len(), file.len());
        assert!(!whole(Content::Pass, &right).0.size_wrong());
        for (why, size) in [
            ("the end record of the file", size + 2),
            ("its last byte", length - 1 - at),
            ("behind it", length - at),
            ("text", size - 2),
        ] {
            let file = with_size([size, at, 1, 0, size, 0]);
            let (path, kinds, error) = whole(Content::Pass, &file);
            assert_eq!((kinds.as_str(), error), ("CSRM|X|E", None), "{why}");
            assert!(path.size_wrong(), "{why}");
            let (_, kinds, error) = whole(Content::PassStrictly, &file);
            let mismatch = (ErrorKind::SizeMismatch, start);
            assert_eq!((kinds.as_str(), error), ("CSRM", Some(mismatch)), "{why}");
        }
        // The content starts elsewhere: the queue manager reads its text as records of the envelope.
        let file = with_size([size - 2, at + 2, 1, 0, size, 0]);
        let (path, kinds, _) = whole(Content::Pass, &file);
        assert_eq!((kinds.as_str(), path.size_wrong()), ("CSRM|X|E", true));
        assert_eq!(whole(Content::PassStrictly, &file).1, "CSRMNwNX|E");
    }

    #[test]
    fn the_first_size_record_counts() {
        let file = tail(head().record(RecordType::SIZE, b"5 5 1").message());
        let (path, kinds, error) = whole(Content::Pass, &file);
        assert_eq!((kinds.as_str(), error, path.size_wrong()), ("CSRCM|X|E", None, false));
        assert_eq!(whole(Content::PassStrictly, &file).2, None);
        let other = Encoder::new().record(RecordType::SIZE, b"5 5 1").size();
        let file = tail(other.from(b"s@x").rcpt(b"r@y").message());
        assert!(whole(Content::Pass, &file).0.size_wrong());
    }

    /// Before Postfix 1.0 the size record had one number, and the start of the content said where that ends.
    #[test]
    fn an_old_file_says_at_the_start_of_the_content_where_that_ends() {
        let head = || Encoder::new().record(RecordType::SIZE, b"7").from(b"s@x");
        let start = head().position() + 5;
        let old = |end: u64| head().record(RecordType::MESSAGE, format!("{end:3}"));
        let file = old(start + 7).text(b"hello").extracted().end();
        for content in [Content::Pass, Content::PassStrictly] {
            let (path, kinds, error) = whole(content, &file);
            assert_eq!((kinds.as_str(), error), ("CSM|X|E", None), "{content:?}");
            assert_eq!((path.content_start(), path.size_wrong()), (Some(start), false));
        }
        // Postfix accepts no end that is not after the start, not even that of an empty message.
        let file = old(start).extracted().end();
        let (path, kinds, error) = whole(Content::Pass, &file);
        assert_eq!((kinds.as_str(), error, path.size_wrong()), ("CSM|X|E", None, true));
    }

    #[test]
    fn pointers_lead_on_or_nowhere() {
        let pointer = |target: &str| {
            let file = Encoder::new().from(b"s@x").record(RecordType::POINTER, target);
            whole(Content::Give, &file.rcpt(b"r@y").end())
        };
        for nowhere in ["", "   ", "0", " 000"] {
            let (path, kinds, error) = pointer(nowhere);
            assert_eq!((kinds.as_str(), error, path.jumps), ("SRE", None, 0), "{nowhere:?}");
        }
        let (path, kinds, error) = pointer(" 15");
        assert_eq!((kinds.as_str(), error, path.jumps), ("SE", None, 1));
        assert_eq!(pointer("16").2, Some((ErrorKind::PointerOutOfRange { target: 16 }, 5)));
        for bad in ["1x", "-1", "9223372036854775808"] {
            assert_eq!(pointer(bad).2, Some((ErrorKind::BadPointer, 5)), "{bad}");
        }
    }

    #[test]
    fn jumps_not_beyond_the_target_before_are_backward() {
        // Four pointers of 17 bytes: to the third, from there to the second, from there to the fourth and out.
        let file =
            Encoder::new().from(b"s@x").pointer(39).pointer(56).pointer(22).pointer(73).end();
        let (path, kinds, error) = whole(Content::Give, &file);
        assert_eq!((kinds.as_str(), error), ("SE", None));
        assert_eq!((path.jumps, path.backward_jumps()), (4, 1));
    }

    #[test]
    fn a_loop_closes_at_the_first_pointer_that_is_met_again() {
        for (before, inside) in (0..8_u64).flat_map(|before| (1..8).map(move |n| (before, n))) {
            let place = |index: u64| 5 + 17 * index;
            let mut file = Encoder::new().from(b"s@x");
            for index in 1..before + inside {
                file = file.pointer(place(index));
            }
            let file = file.pointer(place(before)).end();
            for content in [Content::Give, Content::Pass, Content::PassStrictly] {
                let (path, kinds, error) = whole(content, &file);
                let expected = Some((ErrorKind::PointerLoop, place(before)));
                assert_eq!((kinds.as_str(), error), ("S", expected), "{before} {inside}");
                assert_eq!(path.jumps, before + inside + 1, "{before} {inside}");
            }
        }
        // The same with a record on the route, and no jump except the one that goes back.
        let file = Encoder::new().from(b"s@x").rcpt(b"r@y").pointer(5).end();
        for content in [Content::Give, Content::Pass] {
            let (_, kinds, error) = whole(content, &file);
            assert_eq!((kinds.as_str(), error), ("SRR", Some((ErrorKind::PointerLoop, 10))));
        }
    }

    #[test]
    fn jumping_back_is_no_loop_by_itself() {
        // Each pointer leads to the one before it, so that all jumps but the first go back.
        let jumps = 60_000_u64;
        let place = |index: u64| 5 + 17 * index;
        let mut file = Encoder::new().from(b"s@x").pointer(place(jumps)).pointer(place(jumps + 1));
        for index in 1..jumps {
            file = file.pointer(place(index));
        }
        let file = file.end();
        let steps = crate::pieces::steps::of(|| {
            let (path, kinds, error) = whole(Content::Give, &file);
            assert_eq!((kinds.as_str(), error), ("SE", None));
            assert_eq!(u64::from(path.backward_jumps()), jumps - 1);
        });
        assert!(steps < 10 * jumps, "loops are looked for once, not at each jump: {steps}");
    }

    /// The pointer before the content is met twice, first in the envelope, then from after the content.
    #[test]
    fn a_pointer_that_is_met_in_another_segment_may_lead_on() {
        let pointer = Encoder::new().size().from(b"s@x").position();
        let start = pointer + 17;
        let size = size_payload([6, signed(start), 0, 0, 6, 0]);
        let file = Encoder::new().record(RecordType::SIZE, size).from(b"s@x").pointer(start);
        let file = file.text(b"hi").record(RecordType::END, b"").extracted().pointer(pointer);
        let file = file.finish();
        let back = start + 8;
        let (_, kinds, error) = whole(Content::Pass, &file);
        assert_eq!((kinds.as_str(), error), ("CS|X|NE", None));
        // The queue manager skips the content each time that it comes to its start.
        let (_, kinds, error) = whole(Content::PassStrictly, &file);
        assert_eq!((kinds.as_str(), error), ("CS|XX", Some((ErrorKind::PointerLoop, back))));
        // If nothing is skipped, the pointer alone makes the loop.
        let file = Encoder::new().from(b"s@x").pointer(22).message().pointer(5).finish();
        let (_, kinds, error) = whole(Content::Give, &file);
        assert_eq!((kinds.as_str(), error), ("SM", Some((ErrorKind::PointerLoop, 5))));
    }

    #[test]
    fn limited_ways_end_by_counting() {
        let file = Encoder::new().from(b"s@x").pointer(5).finish();
        let mut path = Route::limited();
        let (kinds, error) = way(&mut path, &Pieces::whole(&file));
        assert_eq!((kinds.as_str(), error), ("S", Some((ErrorKind::TooManyBackwardJumps, 5))));
        assert_eq!(path.backward_jumps(), MAX_BACKWARD_JUMPS + 1);
    }

    #[test]
    fn as_much_data_is_read_as_the_limit_says() {
        // Read again and again, the 85 bytes of the second record add up to exactly the limit.
        let file = Encoder::new().rcpt(b"").attribute("a", [b'x'; 83]).pointer(2).finish();
        assert_eq!(limits::most_data(crate::cstring::len(&file)), 776 * 85);
        let (kinds, error) = way(&mut Route::limited(), &Pieces::whole(&file));
        assert_eq!((kinds.len(), error), (1 + 776, Some((ErrorKind::OverlappingRecords, 2))));
    }
}
