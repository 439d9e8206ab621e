//! The law of the readers over streams.

use std::io::{self, Read};

use postfix_log::read::{Block, Splitter};
use postfix_log::{ErrorKind, LineBuf, LogLine, LogReader, limits::MAX_LINE, lines};

use crate::tried;

/// A source that gives a few bytes at a time and is sometimes interrupted.
struct Slow<'a> {
    rest: &'a [u8],
    step: usize,
    turn: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.step.min(buffer.len()).min(self.rest.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
        Ok(length)
    }
}

/// However the bytes arrive, and through whichever reader, the lines are those of the whole log, and the unwrapped
/// messages are the same too. A stored line reads the same.
pub fn readers(data: &[u8]) {
    let Some((&step, log)) = data.split_first() else { return };
    let step = usize::from(step % 64) + 1;
    let slow = Slow { rest: log, step, turn: 0 };
    let physical: Vec<_> = lines(log).collect();
    let (mut one, mut other) = (LogReader::new(slow), LogReader::new(log));
    let tried = |part| tried(data.len(), part, 3);
    let expected = tried(0).then(|| split(log.chunks(step)));
    let mut rows = expected.into_iter().flatten();
    let mut at_once = tried(1).then(|| blocks(LogReader::new(log), 1)).into_iter().flatten();
    let by_turns = || blocks(LogReader::new(Slow { rest: log, step, turn: 0 }), 2);
    let mut by_turns = tried(2).then(by_turns).into_iter().flatten();
    let mut covered = 0;
    loop {
        let (left, right) =
            (one.next_line().expect("no error"), other.next_line().expect("no error"));
        let row = left.map(Row::from);
        if tried(0) {
            assert_eq!(rows.next(), row, "the splitter has other lines");
        }
        if tried(1) {
            assert_eq!(at_once.next(), row, "blocks of the log at once have other lines");
        }
        if tried(2) {
            assert_eq!(by_turns.next(), row, "blocks and lines by turns are other lines");
        }
        assert_eq!(left, right);
        let (Some(left), Some(right)) = (&left, &right) else { break };
        assert_eq!(left.event(), right.event());
        kept(left);
        let at = usize::try_from(left.number()).expect("a number") - 1;
        assert_eq!(left.offset(), physical[at].offset());
        if left.lines() == 1 {
            plain(left, &physical[at]);
        }
        covered += left.lines();
    }
    assert_eq!(covered, physical.len() as u64, "lines are lost or told twice");
}

/// What is told of a line.
#[derive(Debug, PartialEq)]
struct Row {
    number: u64,
    lines: u64,
    length: u64,
    is_truncated: bool,
    /// Its text and header.
    line: LineBuf,
}

impl From<LogLine<'_>> for Row {
    fn from(line: LogLine<'_>) -> Self {
        Self {
            number: line.number(),
            lines: line.lines(),
            length: line.length(),
            is_truncated: line.is_truncated(),
            line: LineBuf::from(line),
        }
    }
}

/// The lines of a log that comes in chunks.
fn split<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<Row> {
    let mut splitter = Splitter::new();
    let mut rows = Vec::new();
    for chunk in chunks {
        splitter.push(chunk);
        while let Some(line) = splitter.next_line() {
            rows.push(Row::from(line));
        }
    }
    splitter.finish();
    while let Some(line) = splitter.next_line() {
        rows.push(Row::from(line));
    }
    rows
}

/// The lines of a log that comes in blocks, with a single line before every `every`th of them.
fn blocks(mut reader: LogReader<impl Read>, every: usize) -> Vec<Row> {
    let (mut block, mut rows) = (Block::default(), Vec::new());
    for turn in 1.. {
        if turn % every != 0 {
            rows.extend(reader.next_line().expect("no error").map(Row::from));
        }
        if !reader.next_block(&mut block).expect("no error") {
            break;
        }
        assert_ne!(block.lines().count(), 0, "a block without lines");
        rows.extend(block.lines().map(Row::from));
    }
    rows
}

/// Checks that a line that is not wrapped is that of the whole log.
fn plain(line: &LogLine<'_>, physical: &postfix_log::Line<'_>) {
    // A run of NULs before a line is left by a crash in preallocated blocks, and is not given.
    let strip = |bytes: &'_ [u8]| bytes.iter().position(|&b| b != 0).unwrap_or(bytes.len());
    let text = &physical.bytes()[strip(physical.bytes())..];
    // An object stands behind `data:` in server-sent events, or behind a mark of the byte order, a separator of records
    // (RFC 7464) or blanks.
    let mut object = text;
    for before in [&b"data:"[..], b"\xef\xbb\xbf", b"\x1e"] {
        object = object.strip_prefix(before).unwrap_or(object);
    }
    let is_object = object.trim_ascii_start().first() == Some(&b'{');
    if is_object || text.first().is_some_and(u8::is_ascii_digit) {
        return;
    }
    // The beginning of a record of several lines that is without its end is told without the blanks behind it.
    if line.header().is_err_and(|error| error.kind() == ErrorKind::BadWrapper) {
        assert_eq!(line.text(), text.trim_ascii_end());
        return;
    }
    assert_eq!(line.text(), &text[..text.len().min(MAX_LINE)]);
    let whole = physical.raw().strip_suffix(b"\n").unwrap_or(physical.raw());
    let whole = (whole.len() - strip(whole)) as u64;
    assert!(
        line.length() == text.len() as u64 || line.length() == whole,
        "{} {whole}",
        line.length()
    );
    assert_eq!(
        line.is_truncated(),
        text.len() > MAX_LINE || line.header().is_ok_and(|it| it.is_truncated())
    );
}

/// Checks that a stored line has the same header and event.
fn kept(line: &LogLine<'_>) {
    let buf = LineBuf::from(*line);
    assert_eq!(buf.header(), line.header());
    assert_eq!(buf.line().bytes(), line.text());
    if tried(line.text().len(), 0, 4) {
        let stored = serde_json::to_string(&buf).expect("strings and numbers");
        assert_eq!(serde_json::from_str::<LineBuf>(&stored).expect("what was written"), buf);
    }
    let again = LogLine::new(buf.line(), line.number());
    assert_eq!((again.header(), again.text()), (line.header(), line.text()));
    assert_eq!(again.is_truncated(), line.is_truncated());
    assert_eq!(LineBuf::from(again), buf);
}
