//! A line as named members: what the JSON of `examples/maillog.rs` holds.

#[cfg(feature = "serde")]
mod escape;
mod event;
mod member;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "serde")]
mod ser;

pub use self::member::Member;
#[cfg(feature = "alloc")]
pub use self::owned::{Object, Value};
use crate::clock::LogTime;
use crate::error::Error;
use crate::event::Event;
use crate::header::Header;

/// One line of a log, ready to be shown member by member.
///
/// Borrowed and `Serialize` (feature `serde`); [`Object`] is its owned form.
///
/// ```
/// use postfix_log::{Line, json};
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// let mut names = Vec::new();
/// json::Line::of(&line, 1, None).members(|name, _| names.push(name));
/// assert_eq!(names, ["line", "host", "instance", "program", "pid", "queue_id", "event"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<'a> {
    number: u64,
    lines: u64,
    length: u64,
    truncated: bool,
    text: &'a [u8],
    time: Option<LogTime>,
    header: Result<Header<'a>, Error>,
}

impl<'a> Line<'a> {
    /// A line of a [`LogReader`](crate::LogReader), with the time that the caller's calendar gives it.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn new(line: &crate::LogLine<'a>, time: Option<LogTime>) -> Self {
        Self {
            number: line.number(),
            lines: line.lines(),
            length: line.length(),
            truncated: line.is_truncated(),
            text: line.text(),
            time,
            header: line.header(),
        }
    }

    /// A line of [`lines`](crate::lines), with its number.
    #[must_use]
    pub fn of(line: &crate::Line<'a>, number: u64, time: Option<LogTime>) -> Self {
        let header = line.header();
        let bytes = line.bytes();
        let text = bytes.get(..crate::limits::MAX_LINE).unwrap_or(bytes);
        Self {
            number,
            lines: 1,
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            truncated: text.len() < bytes.len() || header.is_ok_and(|header| header.is_truncated()),
            text,
            time,
            header,
        }
    }

    /// What the line says, unless it has no header.
    #[must_use]
    pub fn event(&self) -> Option<Event<'a>> {
        Some(self.header.ok()?.event())
    }

    /// Gives each member that the line has, by name and in order.
    pub fn members(&self, mut put: impl FnMut(&'static str, Member<'a>)) {
        let event = self.event();
        put("line", Member::Number(self.number));
        if self.lines > 1 {
            put("lines", Member::Number(self.lines));
        }
        if let Some(time) = self.time {
            put("time", Member::Time(time));
        }
        if let Ok(header) = self.header {
            surroundings(&header, event.as_ref(), &mut put);
        }
        if self.truncated || event.is_some_and(|event| event.is_truncated()) {
            put("truncated", Member::True);
        }
        // Of a line that was torn by NUL bytes, what stands before them is not in any member.
        let torn = self.header.is_ok_and(|header| header.is_truncated()) && self.text.contains(&0);
        if torn || self.length > u64::try_from(self.text.len()).unwrap_or(u64::MAX) {
            put("length", Member::Number(self.length));
        }
        match (&event, self.header) {
            (Some(event), Ok(header)) => {
                if event.is_ambiguous() {
                    put("ambiguous", Member::True);
                }
                put("event", Member::Word(event.name()));
                if matches!(event, Event::Foreign(_)) {
                    put("tag", Member::Text(header.tag()));
                }
                event::members(event, &mut put);
            }
            (_, Err(error)) => {
                put("event", Member::Word("malformed"));
                put("text", Member::Text(self.text));
                put("error", Member::Error(error.kind()));
                put("offset", Member::Number(error.offset()));
            }
            (None, Ok(_)) => {}
        }
    }
}

/// What stands around the text.
fn surroundings<'a>(
    header: &Header<'a>,
    event: Option<&Event<'a>>,
    put: &mut impl FnMut(&'static str, Member<'a>),
) {
    let mut text = |name, value: Option<&'a [u8]>| {
        if let Some(value) = value {
            put(name, Member::Text(value));
        }
    };
    text("host", header.host());
    text("instance", header.instance());
    // Some events name a service of their own: theirs is the one that the line is about.
    let service = header.service().filter(|_| !event.is_some_and(event::names_service));
    text("service", service);
    text("program", header.program());
    if let Some(pid) = header.pid() {
        put("pid", Member::Number(pid.into()));
    }
    if let Some(severity) = header.severity() {
        put("severity", Member::Word(severity.as_str()));
    }
    if let Some(id) = header.queue_id() {
        put("queue_id", Member::Text(id.as_bytes()));
    }
    if let Some(count) = header.repeat() {
        put("repeat", Member::Number(count.into()));
    }
}
