//! Unwraps lines that contain a line: container and journal JSON, and messages in several parts.

mod gather;
mod journal;
mod object;
mod pending;

use alloc::vec::Vec;

use self::gather::{Fed, Gather, Kind, Place};
use self::journal::Entry;
use self::object::{Named, Object};
pub(super) use self::pending::Pending;
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::header::frame::{self, ContainerPart};
use crate::limits::MAX_LINE;
use crate::line::stream::{LogLine, Source};
use crate::line::{Line, as_u64};
use crate::read::cutter::RawLine;
use crate::read::json::{self, Value};

/// The location of the message of an absorbed line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// In the line itself.
    Direct,
    /// Not complete yet: more lines are needed.
    Pending,
    /// A container's message, in the pending text of a stream.
    Joined(Stream),
    /// In the decoded fields of a journal entry.
    Journal,
    /// A damaged wrapper.
    Damaged,
    /// A damaged wrapper of several lines.
    Broken,
}

/// A container writes two streams, and the parts of their messages may alternate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Takes messages out of their wrappers, line by line. Lines that are not wrapped pass through without being copied.
#[derive(Clone, Debug, Default)]
pub(super) struct Unwrapper {
    stdout: Pending,
    stderr: Pending,
    entry: Entry,
    gather: Gather,
    /// The lines of the record that was just completed.
    place: Option<Place>,
    /// True if an event of a stream was just given, whose empty line will follow.
    after_event: bool,
    /// True if the line was not used yet, because it only ended a record.
    stays: bool,
}

impl Unwrapper {
    /// A message that was left incomplete, if any, marked as truncated. At the end of the log, call this until it
    /// returns `None`.
    pub(super) fn finish(&mut self) -> Option<LogLine<'_>> {
        self.place = None;
        if self.gather.is_open() {
            let state = self.complete();
            return Some(self.line(state, RawLine::default()));
        }
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
        Some(self.line(State::Joined(stream), RawLine::default()))
    }

    /// The parts of incomplete messages that are kept, for each stream.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn parts(&self) -> [Option<&Pending>; 2] {
        [&self.stdout, &self.stderr].map(|pending| pending.is_open().then_some(pending))
    }

    /// Continues with such parts.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn go_on([stdout, stderr]: [Option<Pending>; 2]) -> Self {
        let [stdout, stderr] = [stdout, stderr].map(|part| part.map(Pending::reopened));
        Self {
            stdout: stdout.unwrap_or_default(),
            stderr: stderr.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// True if the next line has nothing to do with those before it.
    #[cfg(feature = "std")]
    pub(super) fn is_at_rest(&self) -> bool {
        let has_begun = self.stdout.is_open() || self.stderr.is_open() || self.gather.is_open();
        !(has_begun || self.after_event || self.stays)
    }

    /// True if the current line has to be absorbed once more.
    pub(super) fn stays(&mut self) -> bool {
        core::mem::take(&mut self.stays)
    }

    pub(super) fn absorb(&mut self, line: &RawLine<'_>) -> State {
        let bytes = line.text();
        self.place = None;
        if self.gather.is_open() || self.after_event {
            return self.absorb_next(line, bytes);
        }
        self.absorb_first(line, bytes)
    }

    fn absorb_first(&mut self, line: &RawLine<'_>, bytes: &[u8]) -> State {
        match First::of(bytes) {
            First::Direct => State::Direct,
            First::Part(part) => self.absorb_part(line, &part),
            First::Record(kind) => {
                self.gather.begin(kind, line);
                State::Pending
            }
            First::Object { text, of_event } => {
                self.after_event = of_event;
                self.absorb_json(line, text)
            }
        }
    }

    /// Absorbs a line after a line that belongs with it.
    fn absorb_next(&mut self, line: &RawLine<'_>, bytes: &[u8]) -> State {
        if core::mem::take(&mut self.after_event) && bytes.is_empty() {
            return State::Pending;
        }
        match self.gather.feed(line) {
            Fed::None => self.absorb_first(line, bytes),
            Fed::More => State::Pending,
            Fed::Complete => self.complete(),
            Fed::Next => {
                self.stays = true;
                self.complete()
            }
            Fed::Broken => {
                self.stays = true;
                self.place = Some(self.gather.place());
                self.gather.close();
                State::Broken
            }
        }
    }

    /// Takes the message out of the record that was gathered.
    fn complete(&mut self) -> State {
        let gather = core::mem::take(&mut self.gather);
        let place = gather.place();
        let line = RawLine {
            bytes: gather.text(),
            number: place.number,
            offset: place.offset,
            length: as_u64(gather.text().len()),
            nuls: 0,
            may_have_nul: true,
        };
        let state = match gather.kind() {
            Some(Kind::Pretty) => {
                let text = gather.text().trim_ascii();
                self.absorb_json(&line, text.strip_suffix(b",").unwrap_or(text))
            }
            Some(_) => {
                let get = |name: &[u8]| gather.field(name).map(Value::Raw);
                let read = get(b"MESSAGE").and_then(|message| self.entry.read(get, message));
                match read {
                    Some(()) => {
                        self.entry.stamped(gather.stamp());
                        State::Journal
                    }
                    None => State::Broken,
                }
            }
            None => State::Broken,
        };
        let state = match state {
            State::Damaged => State::Broken,
            state => state,
        };
        self.place = Some(place);
        self.gather = gather;
        self.gather.close();
        state
    }

    /// The result of [`absorb`](Self::absorb) for the same line.
    pub(super) fn line<'s>(&'s self, state: State, line: RawLine<'s>) -> LogLine<'s> {
        match self.place {
            None => self.message(state, line),
            Some(Place { number, offset, lines }) => {
                LogLine { number, offset, lines, ..self.message(state, line) }
            }
        }
    }

    fn message<'s>(&'s self, state: State, line: RawLine<'s>) -> LogLine<'s> {
        match state {
            State::Journal => self.entry.line(line),
            State::Joined(Stream::Stdout) => self.stdout.line(),
            State::Joined(Stream::Stderr) => self.stderr.line(),
            State::Damaged => damaged(line),
            State::Broken => {
                let text = self.gather.text().trim_ascii_end();
                let length = as_u64(text.len()).saturating_add(u64::from(self.gather.is_cut()));
                damaged(RawLine { bytes: text, length, ..line })
            }
            State::Direct | State::Pending => direct(line),
        }
    }

    fn pending(&mut self, stream: Stream) -> &mut Pending {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    /// Absorbs `TIME stdout P text`: parts up to one with `F`.
    fn absorb_part(&mut self, line: &RawLine<'_>, part: &ContainerPart<'_>) -> State {
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
        // The first member with a name counts.
        let get =
            |name: &[u8]| members.clone().find(|(key, _)| *key == name).map(|(_, value)| value);
        if let Some(message) = get(b"MESSAGE") {
            if get(b"SYSLOG_IDENTIFIER").is_some() || get(b"_COMM").is_some() {
                return match self.entry.read(get, message) {
                    Some(()) => State::Journal,
                    None => State::Damaged,
                };
            }
        }
        let object = Object(members.clone());
        let text = object.text().or_else(|| get(b"MESSAGE").map(|message| ("MESSAGE", message)));
        let Some((name, message)) = text else { return State::Damaged };
        let mut decoded = Vec::new();
        if message.decode(&mut decoded).is_none() {
            return State::Damaged;
        }
        let text = Line::new(&decoded, 0).bytes();
        let is_whole = has_frame(text);
        if name == "MESSAGE" && !is_whole && object.tag().is_none() {
            return State::Damaged;
        }
        if let Some(Named { tag, pid }) = object.tag().filter(|_| !is_whole) {
            let pid = pid.or_else(|| object.pid());
            self.entry.set(object.stamp(), object.host(), tag, pid, text);
            return State::Journal;
        }
        // Docker's own driver splits messages, and a newline marks the end. Its time is that of the
        // message; other agents give the time at which they read it.
        let docker = name == "log" && object.is_docker();
        let marked = object.is_partial();
        let complete = match marked {
            Some(partial) => !partial,
            None => !docker || decoded.ends_with(b"\n"),
        };
        let stream = match object.get("stream") {
            Some(Value::Text(b"stderr")) => Stream::Stderr,
            _ => Stream::Stdout,
        };
        let time = object.written_stamp();
        let exact = docker || (name == "log" && marked.is_some());
        let pending = self.pending(stream);
        pending.add(line, time, exact, text);
        if !complete {
            return State::Pending;
        }
        pending.close();
        State::Joined(stream)
    }
}

/// True if a message is a whole line, with a time stamp or a Postfix tag.
fn has_frame(text: &[u8]) -> bool {
    Header::parse(text).is_ok_and(|header| header.is_postfix() || header.stamp().is_some())
}

/// True if the line itself is the message, when no other is under way.
#[cfg(feature = "std")]
pub(super) fn is_direct(bytes: &[u8]) -> bool {
    match First::of(bytes) {
        First::Direct => true,
        First::Part(part) => !part.partial,
        First::Record(_) | First::Object { .. } => false,
    }
}

/// What a line is, when no other is under way.
enum First<'a> {
    /// The message, or one that nothing here unwraps.
    Direct,
    /// `TIME stdout P text` of a container.
    Part(ContainerPart<'a>),
    /// The first line of a record of several lines.
    Record(Kind),
    /// JSON, `of_event` in the `data:` line of an event stream.
    Object { text: &'a [u8], of_event: bool },
}

impl<'a> First<'a> {
    #[inline]
    fn of(bytes: &'a [u8]) -> Self {
        match bytes.first() {
            Some(b'0'..=b'9') => {
                return frame::container_part(bytes).map_or(First::Direct, First::Part);
            }
            Some(b'{' | b'_' | b' ' | b'\t' | b'd' | 0x1e | b'A'..=b'Z' | 0xef) => {}
            _ => return First::Direct,
        }
        if let Some(kind) = gather::first(bytes) {
            return First::Record(kind);
        }
        // Most lines: nothing else in front of an object is a capital.
        if bytes.first().is_some_and(u8::is_ascii_uppercase) {
            return First::Direct;
        }
        let event = bytes.strip_prefix(b"data:");
        let text = event.unwrap_or(bytes);
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = text.strip_prefix(b"\x1e").unwrap_or(text).trim_ascii();
        if text.first() != Some(&b'{') {
            return First::Direct;
        }
        let text = text.strip_suffix(b",").unwrap_or(text);
        First::Object { text, of_event: event.is_some() }
    }
}

pub(super) fn direct(line: RawLine<'_>) -> LogLine<'_> {
    let text = line.text();
    let kept = text.get(..MAX_LINE).unwrap_or(text);
    let cut = as_u64(line.bytes.len()) < line.length;
    let length = if cut { line.length } else { as_u64(text.len()) };
    let truncated = as_u64(kept.len()) < length;
    let header = if line.may_have_nul { Header::parse(kept) } else { Header::parse_whole(kept) };
    LogLine {
        number: line.number,
        offset: line.offset,
        lines: 1,
        length,
        truncated,
        source: Source::Line,
        text: kept,
        header: if truncated { header.map(|header| header.cut(true)) } else { header },
    }
}

fn damaged(line: RawLine<'_>) -> LogLine<'_> {
    let header = Err(Error::new(ErrorKind::BadWrapper, 0));
    LogLine { source: Source::Damaged, header, ..direct(line) }
}
