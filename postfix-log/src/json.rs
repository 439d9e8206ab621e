//! A line as named members, and its JSON.
//!
//! A [`Line`] gives the parts of a log line by name, those of its frame and those of its event. With the feature
//! `serde` it serializes to one object, whose members are text, numbers, flags and a few small objects. An [`Object`]
//! is what such an object deserializes to. `Line::write` gives the same JSON without serde, and much faster.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use postfix_log::{LogReader, json};
//! let log = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
//! let mut reader = LogReader::new(log.as_bytes());
//! let line = reader.next_line()?.expect("a line");
//! assert_eq!(
//!     serde_json::to_string(&json::Line::new(&line, None))?,
//!     r#"{"line":1,"host":"mx1","instance":"postfix","program":"qmgr","pid":5,"queue_id":"1E24013C03E","event":"removed"}"#
//! );
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The members
//!
//! Values are text of the log. A member that the line does not have is absent. Text that is not UTF-8 is
//! [escaped](crate::escape), and the member `lossy`, an array, names the members for which that is so. [`MEMBERS`] is
//! this table as data.
//!
#![doc = include_str!("json/members.md")]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`Object`]: https://docs.rs/postfix-log/latest/postfix_log/json/struct.Object.html"
)]

mod event;
mod key;
#[cfg(feature = "serde")]
mod map;
mod member;
#[cfg(feature = "alloc")]
mod owned;
mod put;
#[cfg(feature = "serde")]
mod ser;
mod table;
#[cfg(feature = "alloc")]
mod write;

use self::key::{Key, key};
pub use self::member::Member;
#[cfg(feature = "alloc")]
pub use self::owned::{Object, Value};
pub use self::table::{MEMBERS, MemberInfo, MemberType};
use crate::clock::LogTime;
use crate::event::Event;
use crate::header::Header;
use crate::line::stream::LogLine;
use crate::reason::classify::{Classifier, Verdict};
#[cfg(feature = "alloc")]
use crate::reason::recent::Recent;

/// One line of a log as named members.
///
/// It borrows the line and is `Serialize` with the feature `serde`; [`Object`] is its owned form.
///
/// ```
/// use postfix_log::{Line, LogLine, json};
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// let mut names = Vec::new();
/// json::Line::new(&LogLine::new(line, 1), None).members(|name, _| names.push(name));
/// assert_eq!(names, ["line", "host", "instance", "program", "pid", "queue_id", "event"]);
/// ```
#[cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`Object`]: https://docs.rs/postfix-log/latest/postfix_log/json/struct.Object.html"
)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    line: LogLine<'a>,
    event: Option<Event<'a>>,
    time: Option<LogTime>,
    classifier: Classifier<'static>,
    /// The verdict on the line's reason, if it is known.
    verdict: Option<Verdict<'static>>,
}

impl<'a> Line<'a> {
    /// Makes the members of a line, with the time that a [`Calendar`](crate::Calendar) gave it.
    #[must_use]
    #[inline]
    pub fn new(line: &LogLine<'a>, time: Option<LogTime>) -> Self {
        Self {
            line: *line,
            // Built where it stays, because an event is large.
            event: match &line.header {
                Ok(header) => Some(header.event()),
                Err(_) => None,
            },
            time,
            classifier: Classifier::new(),
            verdict: None,
        }
    }

    /// Classifies reasons with your rules as well as the built-in ones.
    #[must_use]
    pub fn with_classifier(self, classifier: Classifier<'static>) -> Self {
        Self { classifier, verdict: None, ..self }
    }

    /// Classifies reasons by the rules of `recent`, which knows those of the lines before.
    #[cfg(feature = "alloc")]
    #[must_use]
    #[inline]
    pub fn with_recent(mut self, recent: &mut Recent<'static>) -> Self {
        self.verdict = match &self.event {
            Some(Event::Delivery(delivery)) if !delivery.status.is_success() => {
                Some(recent.classify_delivery(delivery))
            }
            _ => None,
        };
        self.classifier = recent.classifier();
        self
    }

    /// The event of the line; `None` if the line has no header.
    ///
    /// ```
    /// use postfix_log::{Line, LogLine, json};
    ///
    /// let line = LogLine::new(Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0), 1);
    /// assert!(matches!(json::Line::new(&line, None).event(), Some(postfix_log::Event::Removed(_))));
    /// ```
    #[must_use]
    pub fn event(&self) -> Option<Event<'a>> {
        self.event
    }

    /// Calls `put` with the name and value of each member of the line, in order.
    ///
    /// ```
    /// use postfix_log::{Line, LogLine, json};
    ///
    /// let line = LogLine::new(Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0), 1);
    /// let mut program = None;
    /// json::Line::new(&line, None).members(|name, value| {
    ///     if name == "program" {
    ///         program = Some(format!("{value:?}"));
    ///     }
    /// });
    /// assert!(program.is_some_and(|text| text.contains("qmgr")));
    /// ```
    pub fn members(&self, mut put: impl FnMut(&'static str, Member<'a>)) {
        self.each(|key, member| put(key.name(), member));
    }

    /// As [`members`](Self::members), with keys.
    fn each(&self, mut put: impl FnMut(Key, Member<'a>)) {
        let event = &self.event;
        let (line, header) = (&self.line, &self.line.header);
        put(key!("line"), Member::Number(line.number()));
        if line.lines() > 1 {
            put(key!("lines"), Member::Number(line.lines()));
        }
        if let Some(time) = self.time {
            put(key!("time"), Member::Time(time));
        }
        if let Ok(header) = header {
            surroundings(header, event.as_ref(), &mut put);
        }
        if line.is_truncated() || event.as_ref().is_some_and(Event::is_truncated) {
            put(key!("truncated"), Member::True);
        }
        // If a line was torn by NUL bytes, the text before them is not in any member.
        let torn = header.as_ref().is_ok_and(Header::is_truncated) && line.text().contains(&0);
        if torn || line.length() > u64::try_from(line.text().len()).unwrap_or(u64::MAX) {
            put(key!("length"), Member::Number(line.length()));
        }
        match (event, header) {
            (Some(event), Ok(header)) => {
                if event.is_ambiguous() {
                    put(key!("ambiguous"), Member::True);
                }
                put(key!("event"), Member::Word(event.name()));
                if matches!(event, Event::Foreign(_)) {
                    put(key!("tag"), Member::Text(header.tag()));
                }
                event::members(event, self.classifier, self.verdict, &mut put);
            }
            (_, Err(error)) => {
                put(key!("event"), Member::Word("malformed"));
                put(key!("text"), Member::Text(line.text()));
                put(key!("error"), Member::Error(error.kind()));
                put(key!("offset"), Member::Number(error.offset()));
            }
            (None, Ok(_)) => {}
        }
    }
}

/// Gives the members for the parts around the text.
fn surroundings<'a>(
    header: &Header<'a>,
    event: Option<&Event<'a>>,
    put: &mut impl FnMut(Key, Member<'a>),
) {
    let mut text = |key, value: Option<&'a [u8]>| {
        if let Some(value) = value {
            put(key, Member::Text(value));
        }
    };
    text(key!("host"), header.host());
    text(key!("instance"), header.instance());
    // Some events name a service themselves, which is then the one that the line is about.
    let service = header.service().filter(|_| !event.is_some_and(event::names_service));
    text(key!("service"), service);
    text(key!("program"), header.program());
    if let Some(pid) = header.pid() {
        put(key!("pid"), Member::Number(pid.into()));
    }
    if let Some(severity) = header.severity() {
        put(key!("severity"), Member::Word(severity.as_str()));
    }
    if let Some(id) = header.queue_id() {
        put(key!("queue_id"), Member::Text(id.as_bytes()));
    }
    if let Some(count) = header.repeat() {
        put(key!("repeat"), Member::Number(count.into()));
    }
}
