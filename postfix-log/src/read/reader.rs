//! Logs of any size over `io::Read`, in fixed memory.

use std::io::{self, Read};

use crate::line::stream::LogLine;
use crate::read::block::Block;
use crate::read::splitter::Splitter;

const CHUNK: usize = 128 * 1024;

/// Reads a log as lines with their headers, whatever they are wrapped in: the JSON of containers and journals is
/// decoded, and partial lines are joined.
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
    source: R,
    splitter: Splitter,
}

impl<R: Read> LogReader<R> {
    /// Creates a reader with its own buffers, about 200 KiB and at most 2 MiB, so `source` needs none.
    #[must_use]
    pub fn new(source: R) -> Self {
        Self { source, splitter: Splitter::new() }
    }

    /// The source that is being read.
    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// The next line, joined and unwrapped; `None` at the end of the source.
    ///
    /// # Errors
    ///
    /// Returns the errors of the source, except interruptions. You may call it again after one. A line without a
    /// header is not an error here but in [`LogLine::header`].
    pub fn next_line(&mut self) -> io::Result<Option<LogLine<'_>>> {
        let mut last = false;
        loop {
            if let Some(state) = self.splitter.step(last) {
                return Ok(Some(self.splitter.line(state)));
            }
            if last {
                return Ok(self.splitter.unwrapper().finish());
            }
            last = self.fill()? == 0;
        }
    }

    /// Replaces the lines of the block by those that come next, for another thread to parse. False, with no lines in the
    /// block, at the end of the source. It waits for a line, and not for as many as the block can hold.
    ///
    /// You may call this and [`next_line`](Self::next_line) by turns.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](Self::next_line). No line is lost: after an error the block has none.
    pub fn next_block(&mut self, block: &mut Block) -> io::Result<bool> {
        block.clear();
        let mut last = false;
        loop {
            self.splitter.fill_block(block, last);
            if last || !block.is_empty() {
                return Ok(!block.is_empty());
            }
            last = self.fill()? == 0;
        }
    }

    /// Reads more; 0 at the end of the source.
    fn fill(&mut self) -> io::Result<usize> {
        let room = self.splitter.cutter().room(CHUNK);
        let count = loop {
            match self.source.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.splitter.cutter().filled(count);
        Ok(count)
    }
}
