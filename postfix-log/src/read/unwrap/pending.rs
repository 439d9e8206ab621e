//! A message of a container that comes in parts.

use alloc::vec::Vec;

use super::{LogLine, RawLine, as_u64};
use crate::header::Header;
use crate::header::stamp::Stamp;
use crate::limits::MAX_LINE;

/// The parts so far, joined, and the place of the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
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
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Appends a part. The time of the first is that of the message if it is `exact`, else only if
    /// the message itself tells no year.
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
            self.number = line.number();
            self.offset = line.offset();
            self.lines = 0;
            self.length = 0;
            self.open = true;
            self.cut = false;
        }
        self.lines = self.lines.saturating_add(1);
        self.length = self.length.saturating_add(as_u64(part.len()));
        let room = MAX_LINE.saturating_sub(self.text.len());
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
            first: RawLine::new(&self.text, self.number, self.offset, self.length),
            text: &self.text,
            lines: self.lines,
            length: self.length,
            truncated,
            header,
        }
    }
}
