//! journald's fields (`journalctl -o json`), as systemd.journal-fields(7) names them.

use alloc::vec::Vec;
use core::fmt;

use crate::escape::Escaped;
use crate::header::stamp::Stamp;
use crate::limits::MAX_LINE;
use crate::line::as_u64;
use crate::line::owned::Fields;
use crate::line::stream::{LogLine, Source};
use crate::read::cutter::RawLine;
use crate::read::json::Value;

/// One entry, decoded.
#[derive(Clone, Default)]
pub(super) struct Entry {
    fields: Fields,
    message: Vec<u8>,
    length: u64,
    missing: bool,
}

impl Entry {
    /// Decodes the fields; `None` if one that is needed has no text.
    pub(super) fn read<'a>(
        &mut self,
        get: impl Fn(&[u8]) -> Option<Value<'a>>,
        message: Value<'a>,
    ) -> Option<()> {
        let fields = &mut self.fields;
        for text in [&mut fields.host, &mut fields.tag, &mut self.message] {
            text.clear();
        }
        // journald leaves out the text of entries that are too large.
        self.missing = message == Value::Null;
        if !self.missing {
            message.decode(&mut self.message)?;
        }
        self.length = as_u64(self.message.len());
        self.missing |= self.message.len() > MAX_LINE;
        self.message.truncate(MAX_LINE);
        if let Some(host) = get(b"_HOSTNAME") {
            host.decode(&mut fields.host)?;
        }
        get(b"SYSLOG_IDENTIFIER").or_else(|| get(b"_COMM"))?.decode(&mut fields.tag)?;
        // The source time is when the message was sent; the other is when journald received it.
        let time = |name: &[u8]| microseconds(&digits(get(name)?)?);
        fields.stamp =
            time(b"_SOURCE_REALTIME_TIMESTAMP").or_else(|| time(b"__REALTIME_TIMESTAMP"));
        // If a relay is in between, `_PID` is that of the relay.
        let number =
            |name: &[u8]| core::str::from_utf8(&digits(get(name)?)?).ok()?.parse::<u32>().ok();
        fields.pid = number(b"SYSLOG_PID").or_else(|| number(b"_PID"));
        let severity = number(b"PRIORITY").filter(|&level| level < 8);
        let facility = number(b"SYSLOG_FACILITY").filter(|&facility| facility < 24);
        fields.priority =
            severity.and_then(|level| u8::try_from(facility.unwrap_or(1) * 8 + level).ok());
        Some(())
    }

    /// Sets a message whose tag and other parts were separate members.
    pub(super) fn set(
        &mut self,
        stamp: Option<Stamp>,
        host: Option<Vec<u8>>,
        tag: Vec<u8>,
        pid: Option<u32>,
        message: &[u8],
    ) {
        self.fields = Fields { stamp, host: host.unwrap_or_default(), tag, pid, priority: None };
        self.length = as_u64(message.len());
        self.missing = message.len() > MAX_LINE;
        self.message.clear();
        self.message.extend(message.iter().take(MAX_LINE));
    }

    /// Uses the stamp before the fields if none of the fields has a time.
    pub(super) fn stamped(&mut self, stamp: Option<Stamp>) {
        self.fields.stamp = self.fields.stamp.or(stamp);
    }

    pub(super) fn line<'s>(&'s self, line: RawLine<'s>) -> LogLine<'s> {
        LogLine {
            number: line.number,
            offset: line.offset,
            lines: 1,
            length: self.length,
            truncated: self.missing,
            source: Source::Journal,
            text: &self.message,
            header: Ok(self.fields.header(&self.message, self.missing)),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("fields", &self.fields)
            .field("message", &Escaped::new(&self.message))
            .finish_non_exhaustive()
    }
}

/// The digits of a number, which journald writes as a string.
fn digits(value: Value<'_>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    value.decode(&mut text)?;
    text.iter().all(u8::is_ascii_digit).then_some(text)
}

/// Microseconds since 1970 UTC.
fn microseconds(digits: &[u8]) -> Option<Stamp> {
    let micros: i64 = core::str::from_utf8(digits).ok()?.parse().ok()?;
    let nanos = u32::try_from(micros % 1_000_000).ok()? * 1000;
    Stamp::from_unix(micros / 1_000_000, nanos, 6)
}
