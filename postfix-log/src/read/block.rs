//! Lines that are read together, so that several threads can work on a log.

use alloc::vec::Vec;
use core::fmt;

use crate::line::owned::LineBuf;
use crate::line::stream::LogLine;
use crate::line::{as_u64, newline};
use crate::read::cutter::RawLine;
use crate::read::unwrap::direct;

/// The lines that a block holds at most.
pub(super) const LINES: usize = 2048;

/// The bytes of lines that were taken out of something, before the last one.
const KEPT: usize = 128 * 1024;

/// Some of the lines of a log, in their order, for a thread to parse while others parse what comes before and after.
///
/// [`LogReader::next_block`](crate::LogReader::next_block) fills it. It holds at most 2,048 lines, and of bytes at most what
/// one read gives, which is 128 KiB, and the line that began before. Lines that nothing wraps are copied as they stand in the
/// log, and are only told apart when [`lines`](Self::lines) looks for them. The others are kept as
/// [`LineBuf`](crate::LineBuf)s.
///
/// What needs all lines in their order, such as a [`Calendar`](crate::Calendar), is given the blocks in the order in which
/// they were filled.
///
/// ```
/// use postfix_log::{Event, LogReader, read::Block};
/// use std::sync::Mutex;
/// let log = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n".repeat(5000);
/// let reader = Mutex::new(LogReader::new(log.as_bytes()));
/// let count = || {
///     let (mut block, mut removed) = (Block::default(), 0);
///     while reader.lock().unwrap().next_block(&mut block)? {
///         removed += block.lines().filter(|line| matches!(line.event(), Ok(Event::Removed(_)))).count();
///     }
///     Ok::<_, std::io::Error>(removed)
/// };
/// let removed: Result<Vec<usize>, _> = std::thread::scope(|scope| {
///     let threads = [scope.spawn(count), scope.spawn(count)];
///     threads.into_iter().map(|thread| thread.join().unwrap()).collect()
/// });
/// assert_eq!(removed?.into_iter().sum::<usize>(), 5000);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Block {
    /// Lines that nothing wraps, as they are in the stream, each with its newline.
    plain: Vec<u8>,
    /// How many lines come before them in the stream.
    number: u64,
    /// Where they begin in the stream.
    offset: u64,
    /// The lines after these: from one that was in a wrapper on, whatever they were in.
    kept: Vec<Kept>,
}

/// A line that was taken out of something.
#[derive(Clone)]
struct Kept {
    line: LineBuf,
    number: u64,
    lines: u64,
    length: u64,
}

impl Block {
    /// The lines, in order: each as [`LogReader::next_line`](crate::LogReader::next_line) would have given it.
    pub fn lines(&self) -> impl Iterator<Item = LogLine<'_>> {
        let (mut rest, mut number, mut offset) = (self.plain.as_slice(), self.number, self.offset);
        let plain = core::iter::from_fn(move || {
            let (at, _) = newline(rest);
            let (bytes, after) = rest.split_at_checked(at?.saturating_add(1))?;
            rest = after;
            number = number.saturating_add(1);
            let length = as_u64(bytes.len());
            let line = RawLine {
                bytes,
                number,
                offset,
                length: length.saturating_sub(1),
                nuls: 0,
                may_have_nul: false,
            };
            offset = offset.saturating_add(length);
            Some(direct(line))
        });
        plain.chain(self.kept.iter().map(Kept::line))
    }

    /// True if there are no lines: the log has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.kept.is_empty()
    }

    /// Makes room for other lines.
    pub(super) fn clear(&mut self) {
        self.plain.clear();
        self.kept.clear();
    }

    /// Takes lines that nothing wraps. `number` lines come before them in the stream.
    pub(super) fn take(&mut self, lines: &[u8], number: u64, offset: u64) {
        self.plain.extend_from_slice(lines);
        (self.number, self.offset) = (number, offset);
    }

    /// Takes a line of any kind. False if there is no room for another one.
    pub(super) fn keep(&mut self, line: LogLine<'_>, bytes: &mut usize) -> bool {
        *bytes = bytes.saturating_add(line.text().len());
        let (number, lines, length) = (line.number(), line.lines(), line.length());
        self.kept.push(Kept { line: LineBuf::from(line), number, lines, length });
        *bytes < KEPT && self.kept.len() < LINES
    }
}

impl Kept {
    fn line(&self) -> LogLine<'_> {
        let line = LogLine::new(self.line.line(), self.number);
        LogLine { lines: self.lines, length: self.length, ..line }
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}
