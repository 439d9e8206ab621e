//! Lines that carry a line: container and journal JSON, and messages in several parts.

mod journal;
mod pending;

use alloc::vec::Vec;

use self::journal::Fields;
use self::pending::Pending;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::header::Header;
use crate::header::frame;
use crate::header::stamp::Stamp;
use crate::limits::MAX_LINE;
use crate::line::Line;
use crate::read::json::{self, Value};

/// One physical line and its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RawLine<'a> {
    bytes: &'a [u8],
    number: u64,
    offset: u64,
    length: u64,
}

impl<'a> RawLine<'a> {
    /// A line: its bytes with or without the newline, its 1-based number, its offset in the stream
    /// and its length there without the newline, more than the bytes if not all are given.
    #[must_use]
    pub fn new(bytes: &'a [u8], number: u64, offset: u64, length: u64) -> Self {
        Self { bytes, number, offset, length }
    }

    /// The line without its newline and one carriage return before it.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        Line::new(self.bytes, self.offset).bytes()
    }

    /// The number of the line in its stream, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the line starts, in bytes from the start of the stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The length of the line in the stream, without its newline.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// One message of a log, out of one or more physical lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLine<'a> {
    first: RawLine<'a>,
    text: &'a [u8],
    lines: u64,
    length: u64,
    truncated: bool,
    header: Result<Header<'a>, Error>,
}

impl<'a> LogLine<'a> {
    /// The number of its first physical line, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.first.number
    }

    /// Where its first physical line starts, in bytes from the start of the stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.first.offset
    }

    /// How many physical lines were joined: 1 as a rule.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Bytes of the message, unwrapped and without its newline, those that were not kept included.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether the message was cut, here or before it came here.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated || self.header.is_ok_and(|header| header.is_truncated())
    }

    /// The text of the message, unwrapped; for journal entries what stands in `MESSAGE`.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Time, host, program and the rest of what surrounds the message.
    ///
    /// # Errors
    ///
    /// When the line has no header, see [`ErrorKind`].
    pub fn header(&self) -> Result<Header<'a>, Error> {
        self.header
    }

    /// What the message says.
    ///
    /// # Errors
    ///
    /// As [`header`](Self::header).
    pub fn event(&self) -> Result<Event<'a>, Error> {
        Ok(self.header?.event())
    }
}

/// Where the message of an absorbed line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// In the line itself.
    Direct,
    /// Not complete: more lines are needed.
    Pending,
    /// A container's message, in the pending text of a stream.
    Joined(Stream),
    /// In the decoded fields of a journal entry.
    Journal,
    /// A damaged wrapper.
    Damaged,
}

/// A container writes two streams, and the parts of their messages may alternate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// Takes messages out of what wraps them, line by line.
///
/// Lines that are not wrapped pass through uncopied.
/// [`LogReader`](crate::LogReader) does this over `io::Read`.
#[derive(Clone, Debug, Default)]
pub struct Unwrapper {
    stdout: Pending,
    stderr: Pending,
    fields: Fields,
}

impl Unwrapper {
    /// Without anything pending.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The message that `line` completes; `None` if more lines are needed.
    pub fn push<'s>(&'s mut self, line: RawLine<'s>) -> Option<LogLine<'s>> {
        match self.absorb(&line) {
            State::Pending => None,
            state => Some(self.line(state, line)),
        }
    }

    /// The message that was left incomplete, if any, marked as truncated. To be called until `None`
    /// at the end of the log.
    pub fn finish(&mut self) -> Option<LogLine<'_>> {
        let stream = if self.stdout.is_open() {
            Stream::Stdout
        } else if self.stderr.is_open() {
            Stream::Stderr
        } else {
            return None;
        };
        let pending = self.pending(stream);
        pending.cut();
        pending.close();
        Some(self.line(State::Joined(stream), RawLine::new(&[], 0, 0, 0)))
    }

    /// Whether parts of a message are kept that is not complete.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.stdout.is_open() || self.stderr.is_open()
    }

    pub(crate) fn absorb(&mut self, line: &RawLine<'_>) -> State {
        let bytes = line.bytes();
        match bytes.first() {
            Some(b'{') => self.absorb_json(line, bytes),
            Some(b'0'..=b'9') => self.absorb_container(line, bytes),
            _ => State::Direct,
        }
    }

    /// What [`absorb`](Self::absorb) left, for the same line.
    pub(crate) fn line<'s>(&'s self, state: State, line: RawLine<'s>) -> LogLine<'s> {
        match state {
            State::Journal => self.fields.line(line),
            State::Joined(Stream::Stdout) => self.stdout.line(),
            State::Joined(Stream::Stderr) => self.stderr.line(),
            State::Damaged => damaged(line),
            State::Direct | State::Pending => direct(line),
        }
    }

    fn pending(&mut self, stream: Stream) -> &mut Pending {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    /// `TIME stdout P text`: parts until one with `F`.
    fn absorb_container(&mut self, line: &RawLine<'_>, bytes: &[u8]) -> State {
        let Some(part) = frame::container_part(bytes) else { return State::Direct };
        let stream = if part.stderr { Stream::Stderr } else { Stream::Stdout };
        let pending = self.pending(stream);
        if !part.partial && !pending.is_open() {
            return State::Direct;
        }
        pending.add(line, Some(part.stamp), true, part.text);
        if part.partial {
            return State::Pending;
        }
        pending.close();
        State::Joined(stream)
    }

    fn absorb_json(&mut self, line: &RawLine<'_>, bytes: &[u8]) -> State {
        let Some(members) = json::members(bytes) else { return State::Damaged };
        // The first member of a name counts.
        let get =
            |name: &[u8]| members.clone().find(|(key, _)| *key == name).map(|(_, value)| value);
        if let Some(message) = get(b"MESSAGE") {
            return match self.fields.read(get, message) {
                Some(()) => State::Journal,
                None => State::Damaged,
            };
        }
        let text = |name: &[u8]| get(name).filter(|value| *value != Value::Object);
        let (log, stream) = (text(b"log"), text(b"stream"));
        let Some(message) = log.or_else(|| text(b"message")) else { return State::Damaged };
        let time = [&b"time"[..], b"timestamp", b"@timestamp"].into_iter().find_map(text);
        let time = match time {
            Some(Value::Text(text)) => Stamp::iso(text).map(|(stamp, _)| stamp),
            _ => None,
        };
        // Docker's own driver splits messages, and a newline marks the end. Its time is that of the
        // message; other agents give the time at which they read it.
        let docker = log.is_some() && stream.is_some() && time.is_some();
        let stream = match stream {
            Some(Value::Text(b"stderr")) => Stream::Stderr,
            _ => Stream::Stdout,
        };
        let mut decoded = Vec::new();
        if message.decode(&mut decoded).is_none() {
            return State::Damaged;
        }
        let complete = !docker || decoded.ends_with(b"\n");
        let pending = self.pending(stream);
        pending.add(line, time, docker, Line::new(&decoded, 0).bytes());
        if !complete {
            return State::Pending;
        }
        pending.close();
        State::Joined(stream)
    }
}

/// Of one line: what was joined or unwrapped belongs to an [`Unwrapper`].
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for LogLine<'a> {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let line = input.arbitrary()?;
        match Unwrapper::new().absorb(&line) {
            State::Direct => Ok(direct(line)),
            State::Damaged => Ok(damaged(line)),
            _ => Err(arbitrary::Error::IncorrectFormat),
        }
    }
}

fn direct(line: RawLine<'_>) -> LogLine<'_> {
    let text = line.bytes();
    let kept = text.get(..MAX_LINE).unwrap_or(text);
    let cut = as_u64(line.bytes.len()) < line.length;
    let length = if cut { line.length } else { as_u64(text.len()) };
    let truncated = as_u64(kept.len()) < length;
    let header = Header::parse(kept).map(|header| header.cut(truncated));
    LogLine { first: line, text: kept, lines: 1, length, truncated, header }
}

fn damaged(line: RawLine<'_>) -> LogLine<'_> {
    LogLine { header: Err(Error::new(ErrorKind::BadWrapper, 0)), ..direct(line) }
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
