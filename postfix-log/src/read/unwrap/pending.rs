//! A message of a container that comes in parts.

use alloc::vec::Vec;
use core::fmt;

use crate::escape::Escaped;
use crate::header::Header;
use crate::header::stamp::Stamp;
use crate::limits::MAX_LINE;
use crate::line::as_u64;
use crate::line::stream::{LogLine, Source};
use crate::read::cutter::RawLine;

/// The parts so far, joined, and the position of the first.
#[derive(Clone, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(in crate::read) struct Pending {
    #[cfg_attr(feature = "serde", serde(with = "crate::words::bytes"))]
    text: Vec<u8>,
    stamp: Option<Stamp>,
    exact: bool,
    number: u64,
    offset: u64,
    lines: u64,
    length: u64,
    open: bool,
    cut: bool,
}

impl Pending {
    /// Restores saved parts: they must be waiting for more, and be no longer than they could have become here.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn reopened(self) -> Self {
        let mut text = self.text;
        text.truncate(MAX_LINE);
        Self { text, open: true, ..self }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Appends a part. The time of the first part is that of the message if it is `exact`, otherwise only if the
    /// message itself has no year.
    pub(super) fn add(
        &mut self,
        line: &RawLine<'_>,
        stamp: Option<Stamp>,
        exact: bool,
        part: &[u8],
    ) {
        if !self.open {
            self.text.clear();
            self.stamp = stamp;
            self.exact = exact;
            self.number = line.number;
            self.offset = line.offset;
            self.lines = 0;
            self.length = 0;
            self.open = true;
            self.cut = false;
        }
        self.lines = self.lines.saturating_add(1);
        let is_whole = as_u64(self.text.len()) == self.length;
        // A part that exceeds the bound of a line lacks its end.
        let missing = line.length.saturating_sub(as_u64(line.bytes.len()));
        self.length = self.length.saturating_add(as_u64(part.len())).saturating_add(missing);
        // Nothing is appended after a gap.
        let room = if is_whole { MAX_LINE.saturating_sub(self.text.len()) } else { 0 };
        self.text.extend(part.iter().take(room));
    }

    /// The message ended before its last part.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }

    /// The message is complete: the next part begins another one.
    pub(super) fn close(&mut self) {
        self.open = false;
    }

    pub(super) fn line(&self) -> LogLine<'_> {
        let truncated = self.cut || as_u64(self.text.len()) < self.length;
        let header = Header::parse(&self.text).map(|header| {
            let complete = header.stamp().is_some_and(|stamp| stamp.year().is_some());
            let stamp = self.stamp.filter(|_| self.exact || !complete);
            header.at(stamp).cut(truncated)
        });
        LogLine {
            number: self.number,
            offset: self.offset,
            lines: self.lines,
            length: self.length,
            truncated,
            source: Source::Container,
            text: &self.text,
            header,
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("text", &Escaped::new(&self.text))
            .field("stamp", &self.stamp)
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("lines", &self.lines)
            .field("length", &self.length)
            .field("open", &self.open)
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}
