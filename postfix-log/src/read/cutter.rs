//! Cuts bytes into physical lines in bounded memory. All readers use it.

use alloc::vec::Vec;
use core::fmt;

use crate::escape::Escaped;
use crate::limits::{MAX_LINE, MAX_WRAPPED};
use crate::line::{Line, as_u64, leading_nuls, newline};
#[cfg(feature = "std")]
use crate::read::block::{self, Block};
#[cfg(feature = "std")]
use crate::read::unwrap;

/// What is kept of a line that is no object: a message of the greatest length, with what a container or an export of the
/// journal puts before it.
const MAX_PLAIN: usize = MAX_LINE + 256;

/// One physical line and its position.
#[derive(Clone, Copy, Default)]
pub(super) struct RawLine<'a> {
    /// The line, with or without its newline; only a part of it if it is longer than its bound.
    pub(super) bytes: &'a [u8],
    /// The line number, from 1.
    pub(super) number: u64,
    /// The offset in bytes from the start of the stream.
    pub(super) offset: u64,
    /// The length in the stream, without the newline and the NUL bytes at the start.
    pub(super) length: u64,
    /// The number of those NUL bytes.
    pub(super) nuls: u64,
    /// False if it is known that no NUL byte is in it.
    pub(super) may_have_nul: bool,
}

impl<'a> RawLine<'a> {
    /// The line without its newline and one carriage return before it.
    pub(super) fn text(&self) -> &'a [u8] {
        Line::new(self.bytes, self.offset).bytes()
    }
}

/// Cuts a stream into lines. The part of a line beyond its bound is skipped, not kept.
#[derive(Clone, Default)]
pub(super) struct Cutter {
    /// The unread bytes, and room for more after them.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of unread bytes that are known to contain no newline.
    searched: usize,
    /// The number of unread bytes that the current line takes.
    taken: usize,
    /// The kept part of a line that is longer than its bound; empty for other lines.
    long: Vec<u8>,
    /// The number of bytes of the stream that the current line takes so far.
    length: u64,
    /// The number of NUL bytes at its start, which are not given.
    nuls: u64,
    /// True if there are others, after its start.
    has_nul: bool,
    number: u64,
    offset: u64,
    /// True if the current line was given, so that the next one begins after it.
    given: bool,
    terminated: bool,
}

impl Cutter {
    /// Moves to the next line. False if more bytes are needed; if none will come, `last` makes a line of the
    /// rest.
    pub(super) fn advance(&mut self, last: bool) -> bool {
        self.pass();
        loop {
            let unread = self.unread();
            if unread.first() == Some(&0) && self.long.is_empty() && self.searched == 0 {
                let nuls = leading_nuls(unread);
                self.start = self.start.saturating_add(nuls);
                self.nuls = self.nuls.saturating_add(as_u64(nuls));
                self.length = self.length.saturating_add(as_u64(nuls));
                continue;
            }
            let fresh = unread.get(self.searched..).unwrap_or_default();
            let (found, has_nul) = newline(fresh);
            self.has_nul |= has_nul;
            if let Some(at) = found {
                self.give(self.searched.saturating_add(at).saturating_add(1), true);
                return true;
            }
            let unread = self.unread();
            let bound = bound(unread);
            self.searched = unread.len();
            if !self.long.is_empty() {
                self.skip();
            } else if self.searched > bound {
                let kept = self.buffer.get(self.start..self.end).and_then(|line| line.get(..bound));
                self.long.extend_from_slice(kept.unwrap_or_default());
                self.skip();
            }
            if last && (self.length > 0 || self.searched > 0) {
                self.give(self.searched, false);
                return true;
            }
            return false;
        }
    }

    /// Gives the block the lines that come next, up to one that is wrapped, very long, or has a NUL byte in it. False if
    /// there are none.
    #[cfg(feature = "std")]
    pub(super) fn take_plain(&mut self, block: &mut Block) -> bool {
        self.pass();
        // A line has begun that is not plain.
        if self.has_nul || self.length > 0 {
            return false;
        }
        let (mut end, mut count, mut searched) = (0_usize, 0_usize, self.searched);
        let unread = self.unread();
        while count < block::LINES {
            let rest = unread.get(end..).unwrap_or_default();
            let (at, has_nul) = newline(rest.get(searched..).unwrap_or_default());
            let Some(at) = at.filter(|_| !has_nul).map(|at| at.saturating_add(searched)) else {
                break;
            };
            let line = Line::new(rest.get(..at).unwrap_or_default(), 0);
            if at > MAX_LINE || !unwrap::is_direct(line.bytes()) {
                break;
            }
            end = end.saturating_add(at).saturating_add(1);
            count = count.saturating_add(1);
            searched = 0;
        }
        if count == 0 {
            return false;
        }
        block.take(unread.get(..end).unwrap_or_default(), self.number, self.offset);
        self.start = self.start.saturating_add(end);
        self.offset = self.offset.saturating_add(as_u64(end));
        self.number = self.number.saturating_add(as_u64(count));
        self.searched = 0;
        true
    }

    /// The line that [`advance`](Self::advance) moved to.
    pub(super) fn current(&self) -> RawLine<'_> {
        let bytes = match self.long.as_slice() {
            [] => self.taken(),
            long => long,
        };
        // A long line may have come in one piece.
        let bytes = bytes.get(..bound(bytes)).unwrap_or(bytes);
        let not_given = self.nuls.saturating_add(u64::from(self.terminated));
        RawLine {
            bytes,
            number: self.number,
            offset: self.offset,
            length: self.length.saturating_sub(not_given),
            nuls: self.nuls,
            may_have_nul: self.has_nul,
        }
    }

    /// The end of the current line as it is in the buffer, with its newline.
    pub(super) fn taken(&self) -> &[u8] {
        self.unread().get(..self.taken).unwrap_or_default()
    }

    /// The start of the line after the current one, in bytes from the start of the stream.
    pub(super) fn position(&self) -> u64 {
        if self.given { self.offset.saturating_add(self.length) } else { self.offset }
    }

    /// The number of lines given so far.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Room for at least `least` bytes after the unread ones. Call [`filled`](Self::filled) with the number of bytes
    /// used.
    pub(super) fn room(&mut self, least: usize) -> &mut [u8] {
        // The current line can be dropped when the next one is read.
        if self.given {
            self.start = self.start.saturating_add(self.taken);
            self.taken = 0;
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        let needed = self.end.saturating_add(least);
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Records that `count` bytes were read into the [`room`](Self::room).
    pub(super) fn filled(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.buffer.len());
    }

    /// Drops what was not given yet. The stream continues at `offset`.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn go_to(&mut self, offset: u64) {
        self.start = 0;
        self.end = 0;
        self.begin();
        self.offset = offset;
    }

    /// Continues the line numbers from `number`.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn count_from(&mut self, number: u64) {
        self.number = number;
    }

    /// Leaves a line that was given.
    fn pass(&mut self) {
        if self.given {
            self.start = self.start.saturating_add(self.taken);
            self.offset = self.position();
            self.begin();
        }
    }

    fn begin(&mut self) {
        self.searched = 0;
        self.taken = 0;
        self.length = 0;
        self.nuls = 0;
        self.has_nul = false;
        self.long.clear();
        self.given = false;
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Skips unread bytes of a line whose start is kept.
    fn skip(&mut self) {
        self.length = self.length.saturating_add(as_u64(self.searched));
        self.start = self.end;
        self.searched = 0;
    }

    fn give(&mut self, taken: usize, terminated: bool) {
        self.taken = taken;
        self.length = self.length.saturating_add(as_u64(taken));
        self.number = self.number.saturating_add(1);
        self.given = true;
        self.terminated = terminated;
    }
}

/// The number of bytes that are kept of a line with this beginning.
fn bound(line: &[u8]) -> usize {
    if line.first() == Some(&b'{') { MAX_WRAPPED } else { MAX_PLAIN }
}

impl fmt::Debug for Cutter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutter")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("unread", &Escaped::new(self.unread()))
            .finish_non_exhaustive()
    }
}
