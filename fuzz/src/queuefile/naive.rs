//! Slow, obvious readers, written from the format description rather than from the crate.

use std::collections::BTreeSet;

use postfix_queuefile::ErrorKind;

/// A record of the slow reader.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rec {
    pub kind: u8,
    pub start: usize,
    pub end: usize,
    pub data: Vec<u8>,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bad {
    Length,
    Data { missing: u64 },
    TooLong,
}

impl Bad {
    pub fn agrees(self, kind: ErrorKind) -> bool {
        match self {
            Bad::Length => kind == ErrorKind::TruncatedLength,
            Bad::Data { missing } => kind == ErrorKind::TruncatedData { missing },
            Bad::TooLong => kind == ErrorKind::LengthTooLong,
        }
    }
}

/// The record at `at`: type, length (base 128, low digits first, at most five of them and 31 bits), data.
pub fn record(file: &[u8], at: usize) -> Option<Result<Rec, Bad>> {
    let kind = *file.get(at)?;
    let mut digits = Vec::new();
    let mut pos = at + 1;
    loop {
        if digits.len() == 5 {
            return Some(Err(Bad::TooLong));
        }
        let Some(&byte) = file.get(pos) else { return Some(Err(Bad::Length)) };
        pos += 1;
        digits.push(u64::from(byte % 128));
        let value = digits.iter().rev().fold(0, |sum, digit| sum * 128 + digit);
        if value >= 1 << 31 {
            return Some(Err(Bad::TooLong));
        }
        if byte < 128 {
            let end = pos as u64 + value;
            if end > file.len() as u64 {
                return Some(Err(Bad::Data { missing: end - file.len() as u64 }));
            }
            let end = end as usize;
            return Some(Ok(Rec { kind, start: at, end, data: file[pos..end].to_vec() }));
        }
    }
}

/// All records in file order, and the error with the offset at which the framing is lost.
pub fn records(file: &[u8]) -> (Vec<Rec>, Option<(usize, Bad)>) {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(found) = record(file, at) {
        match found {
            Ok(rec) => {
                at = rec.end;
                list.push(rec);
            }
            Err(bad) => return (list, Some((at, bad))),
        }
    }
    (list, None)
}

/// The target of a pointer: digits after spaces, up to the end of a C string. No digits count as 0.
pub fn target(data: &[u8]) -> Option<u64> {
    let text: Vec<u8> = data.iter().copied().take_while(|&b| b != 0).collect();
    let text = String::from_utf8(text).ok()?;
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    if text.is_empty() {
        return Some(0);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<u64>().ok().filter(|&n| n <= i64::MAX as u64)
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// After `E`, or at the end of the file.
    End,
    Bad(usize, Bad),
    BadPointer(usize),
    OutOfRange(usize, u64),
    Loop(usize),
    /// The records given have more data than four times the file plus 64 KiB.
    Overlap(usize),
}

/// All records in Postfix's order, with pointers followed and padding left out. A pointer met again is a loop.
pub fn walk(file: &[u8]) -> (Vec<Rec>, Stop) {
    let mut list = Vec::new();
    let mut visited = BTreeSet::new();
    let mut at = 0;
    let mut spent = 0;
    loop {
        let rec = match record(file, at) {
            None => return (list, Stop::End),
            Some(Err(bad)) => return (list, Stop::Bad(at, bad)),
            Some(Ok(rec)) => rec,
        };
        let here = at;
        at = rec.end;
        match rec.kind {
            b'p' => match target(&rec.data) {
                None => return (list, Stop::BadPointer(here)),
                Some(0) => {}
                Some(to) if to >= file.len() as u64 => return (list, Stop::OutOfRange(here, to)),
                Some(_) if !visited.insert(here) => return (list, Stop::Loop(here)),
                Some(to) => at = to as usize,
            },
            b'w' => {}
            kind => {
                spent += rec.data.len();
                if spent > 4 * file.len() + 65_536 {
                    return (list, Stop::Overlap(here));
                }
                list.push(rec);
                if kind == b'E' {
                    return (list, Stop::End);
                }
            }
        }
    }
}
