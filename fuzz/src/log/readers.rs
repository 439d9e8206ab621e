//! The law of the readers over streams.

use std::io::{self, Read};

use postfix_log::read::LineReader;
use postfix_log::{LogReader, limits::MAX_LINE, lines};

/// A source that gives a few bytes at a time, and is interrupted now and then.
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

/// However the bytes come, the lines are those of the whole log; and what is unwrapped does not depend on it either.
pub fn readers(data: &[u8]) {
    let Some((&step, log)) = data.split_first() else { return };
    let slow = || Slow { rest: log, step: usize::from(step % 64) + 1, turn: 0 };
    let mut reader = LineReader::new(slow());
    for (line, number) in lines(log).zip(1..) {
        let raw = reader.next_line().expect("no error").expect("a line");
        assert_eq!((raw.number(), raw.offset()), (number, line.offset()));
        // A run of NULs before a line is what a crash left of preallocated blocks; it is not given.
        let strip = |bytes: &'_ [u8]| bytes.iter().position(|&b| b != 0).unwrap_or(bytes.len());
        let text = &line.bytes()[strip(line.bytes())..];
        if text.len() <= MAX_LINE {
            assert_eq!(raw.bytes(), text);
        } else {
            assert!(text.starts_with(raw.bytes()) && raw.bytes().len() >= MAX_LINE);
        }
        let whole = line.raw().strip_suffix(b"\n").unwrap_or(line.raw());
        assert_eq!(raw.length(), (whole.len() - strip(whole)) as u64);
    }
    assert!(reader.next_line().expect("no error").is_none());
    assert_eq!(reader.position(), log.len() as u64);

    let (mut one, mut other) = (LogReader::new(slow()), LogReader::new(log));
    let mut covered = 0;
    loop {
        let (left, right) =
            (one.next_line().expect("no error"), other.next_line().expect("no error"));
        let (Some(left), Some(right)) = (&left, &right) else {
            assert!(left.is_none() && right.is_none(), "one reader has more lines");
            break;
        };
        assert_eq!(
            (left.number(), left.offset(), left.lines()),
            (right.number(), right.offset(), right.lines())
        );
        assert_eq!(
            (left.text(), left.length(), left.is_truncated()),
            (right.text(), right.length(), right.is_truncated())
        );
        assert_eq!(format!("{:?}", left.event()), format!("{:?}", right.event()));
        covered += left.lines();
    }
    assert_eq!(covered, lines(log).count() as u64, "lines are lost or told twice");
}
