//! Logs of any size over `io::Read`, in fixed memory.

use std::io::{self, Read};
use std::vec::Vec;

use crate::limits::{MAX_LINE, MAX_WRAPPED};
use crate::line::leading_nuls;
use crate::read::unwrap::{LogLine, RawLine, State, Unwrapper};

const CHUNK: usize = 128 * 1024;

/// Reads the physical lines of a stream. What a line has beyond its bound is skipped, not kept.
#[derive(Debug)]
pub struct LineReader<R> {
    source: R,
    buffer: Vec<u8>,
    /// The unread part of the buffer.
    start: usize,
    end: usize,
    /// Bytes of the buffer that the current line takes.
    taken: usize,
    /// What is kept of a line over its bound; empty for other lines.
    long: Vec<u8>,
    /// Bytes of the stream that the current line takes.
    length: u64,
    /// NUL bytes at its start, which are not given.
    nuls: u64,
    number: u64,
    offset: u64,
    unterminated: bool,
}

impl<R: Read> LineReader<R> {
    /// A reader with its own buffer: `source` needs none.
    #[must_use]
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            taken: 0,
            long: Vec::new(),
            length: 0,
            nuls: 0,
            number: 0,
            offset: 0,
            unterminated: false,
        }
    }

    /// Goes on with another source, such as the next of several files; lines keep counting. What the
    /// old source had left in the buffer is dropped.
    pub fn replace_source(&mut self, source: R) -> R {
        self.start = 0;
        self.end = 0;
        self.taken = 0;
        core::mem::replace(&mut self.source, source)
    }

    /// The source that is being read.
    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the source, except interruptions. After an error the reader may be asked again.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        Ok(if self.advance()? { Some(self.current()) } else { None })
    }

    /// Whether the current line ended with its source, without a newline.
    #[must_use]
    pub fn is_unterminated(&self) -> bool {
        self.unterminated
    }

    /// Bytes of the source up to and with the current line.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Moves to the next line; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        self.start = self.start.saturating_add(self.taken);
        self.offset = self.offset.saturating_add(self.length);
        self.taken = 0;
        self.length = 0;
        self.nuls = 0;
        self.long.clear();
        let mut searched = 0_usize;
        loop {
            let unread = self.unread();
            if unread.first() == Some(&0) {
                let nuls = leading_nuls(unread);
                self.start = self.start.saturating_add(nuls);
                self.nuls = self.nuls.saturating_add(as_u64(nuls));
                self.length = self.length.saturating_add(as_u64(nuls));
                searched = 0;
                continue;
            }
            let fresh = unread.get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', fresh) {
                self.found(searched.saturating_add(at).saturating_add(1), false);
                return Ok(true);
            }
            searched = unread.len();
            let bound = if unread.first() == Some(&b'{') { MAX_WRAPPED } else { MAX_LINE };
            if searched > bound {
                return self.skip_long(bound).map(|()| true);
            }
            if !self.fill()? {
                let found = searched > 0 || self.nuls > 0;
                if found {
                    self.found(searched, true);
                }
                return Ok(found);
            }
        }
    }

    /// The line that [`advance`](Self::advance) moved to.
    pub(crate) fn current(&self) -> RawLine<'_> {
        let bytes = match self.long.as_slice() {
            [] => self.unread().get(..self.taken).unwrap_or_default(),
            long => long,
        };
        let not_given = self.nuls.saturating_add(u64::from(!self.unterminated));
        RawLine::new(bytes, self.number, self.offset, self.length.saturating_sub(not_given))
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn found(&mut self, taken: usize, unterminated: bool) {
        self.taken = taken;
        self.length = self.length.saturating_add(as_u64(taken));
        self.number = self.number.saturating_add(1);
        self.unterminated = unterminated;
    }

    /// Keeps `bound` bytes of a line and reads on to its newline.
    #[cold]
    fn skip_long(&mut self, bound: usize) -> io::Result<()> {
        let kept = self.buffer.get(self.start..self.end).and_then(|line| line.get(..bound));
        self.long.extend_from_slice(kept.unwrap_or_default());
        loop {
            let unread = self.unread();
            if let Some(at) = memchr::memchr(b'\n', unread) {
                self.found(at.saturating_add(1), false);
                return Ok(());
            }
            self.length = self.length.saturating_add(as_u64(unread.len()));
            self.start = self.end;
            if !self.fill()? {
                self.found(0, true);
                return Ok(());
            }
        }
    }

    /// Reads more behind the unread part; false at the end of the source.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end.saturating_add(CHUNK), 0);
        }
        loop {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.source.read(room) {
                Ok(count) => {
                    self.end = self.end.saturating_add(count).min(self.buffer.len());
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Reads a log as lines with their headers, whatever wraps them: container and journal JSON are
/// decoded, partial lines joined.
///
/// ```
/// use postfix_log::LogReader;
/// let log = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n\
///            {\"log\":\"Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:02Z\"}\n\
///            {\"log\":\"C03F: removed\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:02Z\"}\n";
/// let mut reader = LogReader::new(log.as_bytes());
/// let mut ids = Vec::new();
/// while let Some(line) = reader.next_line()? {
///     ids.extend(line.header()?.queue_id().map(|id| (line.number(), id.to_string())));
/// }
/// assert_eq!(ids, [(1, "1E24013C03E".to_string()), (2, "1E24013C03F".to_string())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogReader<R> {
    lines: LineReader<R>,
    unwrapper: Unwrapper,
}

impl<R: Read> LogReader<R> {
    /// A reader with its own buffers, about 200 KiB and at most 2 MiB.
    #[must_use]
    pub fn new(source: R) -> Self {
        Self { lines: LineReader::new(source), unwrapper: Unwrapper::new() }
    }

    /// Goes on with another source, such as the next of several files; lines keep counting.
    pub fn replace_source(&mut self, source: R) -> R {
        self.lines.replace_source(source)
    }

    /// The source that is being read.
    pub fn source_mut(&mut self) -> &mut R {
        self.lines.source_mut()
    }

    /// The next line, joined and unwrapped; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the source. What a line lacks is in [`LogLine::header`].
    pub fn next_line(&mut self) -> io::Result<Option<LogLine<'_>>> {
        loop {
            if !self.lines.advance()? {
                return Ok(self.unwrapper.finish());
            }
            let state = self.unwrapper.absorb(&self.lines.current());
            if state != State::Pending {
                return Ok(Some(self.unwrapper.line(state, self.lines.current())));
            }
        }
    }
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
