//! Blocks of lines give the lines that the reader gives one by one.
#![allow(clippy::indexing_slicing, reason = "the helpers of a test fail as the test does")]
#![cfg(feature = "std")]

use std::io::{self, Read};

use postfix_log::read::Block;
use postfix_log::{LogLine, LogReader, limits::MAX_LINE};

fn one_by_one(log: &[u8]) -> io::Result<Vec<String>> {
    let (mut reader, mut lines) = (LogReader::new(log), Vec::new());
    while let Some(line) = reader.next_line()? {
        lines.push(told(&line));
    }
    Ok(lines)
}

/// All that a line says.
fn told(line: &LogLine<'_>) -> String {
    format!("{line:?} {:?}", line.event())
}

fn in_blocks(log: impl Read) -> io::Result<Vec<Vec<String>>> {
    let (mut reader, mut block, mut blocks) = (LogReader::new(log), Block::default(), Vec::new());
    while reader.next_block(&mut block)? {
        blocks.push(block.lines().map(|line| told(&line)).collect());
    }
    assert!(block.is_empty() && !reader.next_block(&mut block)?, "the end stays the end");
    Ok(blocks)
}

fn same(log: &[u8]) -> io::Result<Vec<Vec<String>>> {
    let blocks = in_blocks(log)?;
    assert_eq!(blocks.concat(), one_by_one(log)?);
    Ok(blocks)
}

/// Gives its pieces one at a time, and an error for an empty one.
struct Pieces<'a>(&'a [&'a [u8]]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((piece, rest)) = self.0.split_first() else { return Ok(0) };
        self.0 = rest;
        if piece.is_empty() {
            return Err(io::Error::other("broken"));
        }
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

const PLAIN: &str = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";

#[test]
fn what_the_lines_are_wrapped_in_makes_no_difference() -> io::Result<()> {
    for wrapped in [
        "{\"log\":\"Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03F: removed\\n\",\"stream\":\"stdout\"}\n",
        "2026-11-22T11:00:02.5Z stdout P Nov 22 11:00:02 mx1 postfix/qm\n2026-11-22T11:00:02.6Z stdout F gr[5]: 1E24013C03F: removed\n",
        "2026-11-22T11:00:02.5Z stderr F Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03F: removed\r\n",
        "2026-11-22T11:00:02.5Z stdout P\r\n2026-11-22T11:00:02.6Z stdout F text\n",
        "{\n  \"MESSAGE\": \"1E24013C03F: removed\",\n  \"SYSLOG_IDENTIFIER\": \"postfix/qmgr\"\n}\n",
        "data: {\"MESSAGE\":\"1E24013C03F: removed\",\"SYSLOG_IDENTIFIER\":\"postfix/qmgr\"}\n\n",
        "__CURSOR=s=1\nMESSAGE=1E24013C03F: removed\nSYSLOG_IDENTIFIER=postfix/qmgr\n\n",
        "{\"log\":\"never complete\",\"stream\":\"stdout\"}\n",
        "{\"damaged\n",
        "\0\0\0Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n",
        "a NUL \0 in it\n",
        "\n",
        "\r\n",
    ] {
        same(wrapped.as_bytes())?;
        same(wrapped.trim_end_matches('\n').as_bytes())?;
        same([PLAIN, wrapped, PLAIN, PLAIN].concat().as_bytes())?;
        same([wrapped, PLAIN, wrapped, wrapped].concat().repeat(700).as_bytes())?;
    }
    Ok(())
}

#[test]
fn a_block_has_its_bounds() -> io::Result<()> {
    assert_eq!(same(b"")?.len(), 0);
    for line in ["\n", PLAIN, "{\"log\":\"\\n\"}\n"] {
        let blocks = same(line.repeat(10_000).as_bytes())?;
        assert!(blocks.iter().all(|block| block.len() <= 2048), "too many lines");
        // Few blocks are small, since each costs something, too.
        assert!(blocks.len() <= 9, "{} blocks of {line:?}", blocks.len());
    }
    let long = format!("{}{}\n", PLAIN.trim_end(), "x".repeat(4000));
    let blocks = same(long.repeat(500).as_bytes())?;
    assert!(blocks.iter().all(|block| block.len() <= 128 * 1024 / 4000 + 2), "too many bytes");
    Ok(())
}

#[test]
fn long_lines_are_cut_as_by_the_reader() -> io::Result<()> {
    let room = MAX_LINE - PLAIN.trim_end().len();
    for more in [room - 1, room, room + 1, 2 * MAX_LINE, 5 * MAX_LINE] {
        let long = format!("{}{}\n", PLAIN.trim_end(), "x".repeat(more));
        same([PLAIN, &long, PLAIN].concat().as_bytes())?;
        same([PLAIN, long.trim_end()].concat().as_bytes())?;
    }
    Ok(())
}

/// The start of a log in a pipe is given when it is there, and what was read before an error is not lost.
#[test]
fn a_block_does_not_wait_for_more_and_loses_nothing() -> io::Result<()> {
    let (first, rest) = PLAIN.as_bytes().split_at(20);
    let pieces = [PLAIN.as_bytes(), first, b"", rest, first];
    let mut reader = LogReader::new(Pieces(&pieces));
    let mut block = Block::default();
    let lines = |block: &Block| block.lines().map(|line| (line.number(), line.offset())).collect();
    let mut given: Vec<Vec<(u64, u64)>> = Vec::new();
    assert!(reader.next_block(&mut block)?);
    given.push(lines(&block));
    assert!(reader.next_block(&mut block).is_err() && block.is_empty());
    while reader.next_block(&mut block)? {
        given.push(lines(&block));
    }
    let length = PLAIN.len() as u64;
    assert_eq!(given, [[(1, 0)], [(2, length)], [(3, 2 * length)]]);
    Ok(())
}

#[test]
fn it_can_be_kept_and_shown() -> io::Result<()> {
    let mut reader = LogReader::new(PLAIN.as_bytes());
    let mut block = Block::default();
    assert!(reader.next_block(&mut block)?);
    let kept = block.clone();
    assert!(!reader.next_block(&mut block)?);
    assert_eq!(kept.lines().count(), 1);
    assert!(format!("{kept:?}").contains("removed"));
    Ok(())
}
