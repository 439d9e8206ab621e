//! The names that collectors give to the parts of a line in their JSON.
//!
//! The lists name the members that Docker, Fluent Bit and Fluentd, Filebeat, Vector, Loki, GELF, CloudWatch, Google
//! Cloud and the templates of rsyslog and syslog-ng write. A name with periods is looked up as it is, and as
//! an object inside another. If there are several, the first that has a text counts.

use alloc::vec::Vec;

use crate::header::program::Program;
use crate::header::stamp::Stamp;
use crate::header::tag::Tag;
use crate::header::tagged;
use crate::read::json::{Members, Value};

const TEXTS: [&str; 15] = [
    "log",
    "message",
    "msg",
    "line",
    "textPayload",
    "full_message",
    "short_message",
    "_raw",
    "rawmsg",
    "event.original",
    "jsonPayload.message",
    "jsonPayload.MESSAGE",
    "MSG",
    "body",
    "text",
];
const TAGS: [&str; 16] = [
    "syslogtag",
    "ident",
    "appname",
    "app_name",
    "appName",
    "syslog_identifier",
    "SYSLOG_IDENTIFIER",
    "PROGRAM",
    "program",
    "_app_name",
    "_program",
    "_syslogtag",
    "log.syslog.appname",
    "process.name",
    "programname",
    "tag",
];
const PROCESSES: [&str; 10] = [
    "pid",
    "procid",
    "proc_id",
    "process_id",
    "PID",
    "_pid",
    "_procid",
    "log.syslog.procid",
    "process.pid",
    "SYSLOG_PID",
];
const HOSTS: [&str; 11] = [
    "host",
    "hostname",
    "HOST",
    "fromhost",
    "source_host",
    "_HOSTNAME",
    "host.hostname",
    "host.name",
    "log.syslog.hostname",
    "labels.host",
    "source",
];
const TIMES: [&str; 13] = [
    "time",
    "timestamp",
    "@timestamp",
    "timereported",
    "timegenerated",
    "isodate",
    "ISODATE",
    "date",
    "DATE",
    "eventTime",
    "ts",
    "_time",
    "receiveTimestamp",
];

/// The members of an object that carries a line.
pub(super) struct Object<'a>(pub(super) Members<'a>);

/// A tag, and the process if it stands in the tag.
pub(super) struct Named {
    pub(super) tag: Vec<u8>,
    pub(super) pid: Option<u32>,
}

impl<'a> Object<'a> {
    /// A member by its name; the first of that name.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        find(&self.0, name, 3)
    }

    /// The text of the message; `None` if no member is known to hold one, or it holds none.
    pub(super) fn text(&self) -> Option<(&'static str, Value<'a>)> {
        let known = |name: &&'static str| {
            let value = self.get(name)?;
            matches!(value, Value::Text(_) | Value::Word(_) | Value::Null).then_some((*name, value))
        };
        TEXTS.iter().find_map(known).filter(|(_, value)| *value != Value::Null)
    }

    /// The tag that is separate from the message. A Postfix tag with its program is preferred to others.
    pub(super) fn tag(&self) -> Option<Named> {
        let found = || TAGS.iter().filter_map(|name| named(&decoded(self.get(name)?)?));
        // `postfix` alone is what a logger leaves that cuts the tag at its first slash.
        let has_program = |it: &Named| {
            let tag = Tag::parse(&it.tag, false);
            tag.program_name().is_some() && tag.program() != Program::Any
        };
        let is_ours = |it: &Named| Tag::parse(&it.tag, false).is_postfix();
        found().find(has_program).or_else(|| found().find(is_ours)).or_else(|| found().next())
    }

    pub(super) fn pid(&self) -> Option<u32> {
        PROCESSES.iter().find_map(|name| {
            core::str::from_utf8(&decoded(self.get(name)?)?).ok()?.trim().parse().ok()
        })
    }

    pub(super) fn host(&self) -> Option<Vec<u8>> {
        HOSTS.iter().find_map(|name| match self.get(name)? {
            value @ Value::Text(_) => decoded(value).filter(|text| !text.is_empty()),
            _ => None,
        })
    }

    /// The time that an agent writes as text, used where the message has none.
    pub(super) fn written_stamp(&self) -> Option<Stamp> {
        TIMES.iter().find_map(|name| match self.get(name)? {
            value @ Value::Text(_) => Stamp::iso(&decoded(value)?).map(|(stamp, _)| stamp),
            _ => None,
        })
    }

    /// The time of a message whose parts are members.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        TIMES.iter().find_map(|name| match self.get(name)? {
            value @ Value::Text(_) => written(&decoded(value)?),
            Value::Word(number) => seconds(number),
            _ => None,
        })
    }

    /// True if an agent that marks partial messages says that more follows; `None` if it marks none.
    pub(super) fn is_partial(&self) -> Option<bool> {
        if let Some(flag) = self.get("_p") {
            return Some(decoded(flag)? == b"P");
        }
        let is = |name: &str| self.get(name).and_then(decoded).is_some_and(|it| it == b"true");
        self.get("partial_message")?;
        Some(is("partial_message") && !is("partial_last"))
    }

    /// True if this is exactly what Docker itself writes: its log driver splits messages, and a newline ends each.
    pub(super) fn is_docker(&self) -> bool {
        let names = || self.0.clone().map(|(name, _)| name);
        let known: [&[u8]; 4] = [b"log", b"stream", b"attrs", b"time"];
        names().all(|name| known.contains(&name))
            && [0_usize, 1, 3].iter().all(|&at| names().any(|name| known.get(at) == Some(&name)))
    }
}

/// Looks up `a.b` as a name, and as `b` inside `a`.
fn find<'a>(members: &Members<'a>, name: &str, depth: u8) -> Option<Value<'a>> {
    let direct = members.clone().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
    if direct.is_some() || depth == 0 {
        return direct;
    }
    let (outer, inner) = name.split_once('.')?;
    match members.clone().find(|(key, _)| *key == outer.as_bytes())?.1 {
        Value::Object(text) => find(&Members::inside(text), inner, depth.saturating_sub(1)),
        _ => None,
    }
}

fn decoded(value: Value<'_>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    value.decode(&mut text)?;
    Some(text)
}

/// `postfix/qmgr`, or with its process, as rsyslog's `syslogtag` has it: `postfix/qmgr[300]:`.
fn named(text: &[u8]) -> Option<Named> {
    let text = text.trim_ascii();
    if let Some((tag, pid, [])) = tagged(text) {
        return Some(Named { tag: tag.to_vec(), pid });
    }
    let is_tag = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
    is_tag.then(|| Named { tag: text.strip_suffix(b":").unwrap_or(text).to_vec(), pid: None })
}

/// A stamp in any layout, and nothing else.
fn written(text: &[u8]) -> Option<Stamp> {
    let (stamp, rest) =
        Stamp::iso(text).or_else(|| Stamp::spelled(text)).or_else(|| Stamp::unix(text))?;
    rest.is_empty().then_some(stamp)
}

/// Seconds since 1970 UTC with a fraction, or a whole number of milliseconds, microseconds or nanoseconds.
fn seconds(number: &[u8]) -> Option<Stamp> {
    if let Some((stamp, [])) = Stamp::unix(number) {
        return Some(stamp);
    }
    let value: i64 = core::str::from_utf8(number).ok()?.parse().ok()?;
    let (unit, digits) = match number.len() {
        13 => (1_000, 3),
        16 => (1_000_000, 6),
        19 => (1_000_000_000, 9),
        _ => return None,
    };
    let nanos = u32::try_from(value % unit * (1_000_000_000 / unit)).ok()?;
    Stamp::from_unix(value / unit, nanos, digits)
}
