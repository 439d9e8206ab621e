//! Lines that carry a line: container and journal JSON, and messages in several parts.

mod journal;
mod pending;

use alloc::vec::Vec;

use self::journal::Entry;
pub(super) use self::pending::Pending;
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::header::frame;
use crate::header::stamp::Stamp;
use crate::limits::MAX_LINE;
use crate::line::stream::{LogLine, Source};
use crate::line::{Line, as_u64};
use crate::read::cutter::RawLine;
use crate::read::json::{self, Value};

/// Where the message of an absorbed line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
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
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Takes messages out of what wraps them, line by line. Lines that are not wrapped pass through uncopied.
#[derive(Clone, Debug, Default)]
pub(super) struct Unwrapper {
    stdout: Pending,
    stderr: Pending,
    entry: Entry,
}

impl Unwrapper {
    /// The message that was left incomplete, if any, marked as truncated. To be called until `None`
    /// at the end of the log.
    pub(super) fn finish(&mut self) -> Option<LogLine<'_>> {
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
        Some(
            self.line(
                State::Joined(stream),
                RawLine { bytes: &[], number: 0, offset: 0, length: 0 },
            ),
        )
    }

    /// The parts that are kept of messages that are not complete, of each stream.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn parts(&self) -> [Option<&Pending>; 2] {
        [&self.stdout, &self.stderr].map(|pending| pending.is_open().then_some(pending))
    }

    /// Goes on with such parts.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn go_on([stdout, stderr]: [Option<Pending>; 2]) -> Self {
        let [stdout, stderr] = [stdout, stderr].map(|part| part.map(Pending::reopened));
        Self {
            stdout: stdout.unwrap_or_default(),
            stderr: stderr.unwrap_or_default(),
            ..Self::default()
        }
    }

    pub(super) fn absorb(&mut self, line: &RawLine<'_>) -> State {
        let bytes = line.text();
        match bytes.first() {
            Some(b'{') => self.absorb_json(line, bytes),
            Some(b'0'..=b'9') => self.absorb_container(line, bytes),
            _ => State::Direct,
        }
    }

    /// What [`absorb`](Self::absorb) left, for the same line.
    pub(super) fn line<'s>(&'s self, state: State, line: RawLine<'s>) -> LogLine<'s> {
        match state {
            State::Journal => self.entry.line(line),
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
            return match self.entry.read(get, message) {
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

fn direct(line: RawLine<'_>) -> LogLine<'_> {
    let text = line.text();
    let kept = text.get(..MAX_LINE).unwrap_or(text);
    let cut = as_u64(line.bytes.len()) < line.length;
    let length = if cut { line.length } else { as_u64(text.len()) };
    let truncated = as_u64(kept.len()) < length;
    LogLine {
        number: line.number,
        offset: line.offset,
        lines: 1,
        length,
        truncated,
        source: Source::Line,
        text: kept,
        header: Header::parse(kept).map(|header| header.cut(truncated)),
    }
}

fn damaged(line: RawLine<'_>) -> LogLine<'_> {
    let header = Err(Error::new(ErrorKind::BadWrapper, 0));
    LogLine { source: Source::Damaged, header, ..direct(line) }
}
