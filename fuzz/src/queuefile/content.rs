//! Laws of the message content and of the per-message logs.

use std::io::{BufRead, Read};

use postfix_queuefile as qf;
use qf::bounce::{BounceKind, BounceLog};
use qf::content::Section;
use qf::limits::MAX_LINE;

use super::naive;

/// The content consists of the text records between `M` and whatever ends it in the slow walk. The reader gives the same
/// bytes however it is read, and lines and sizes agree with them.
pub fn content(file: &[u8]) {
    let (records, stop) = naive::walk(file);
    let message = qf::message(file);
    // Reading the content starts a new walk, so a loop that closes in it is noticed elsewhere, and data is counted from 0.
    if matches!(stop, naive::Stop::Loop(_) | naive::Stop::Overlap(_)) {
        let _ = (message.damage(), message.size(1));
        return;
    }
    let mut expected = Vec::new();
    let (mut taken, mut count, mut continues) = (0, 0, false);
    let begin = records.iter().position(|rec| rec.kind == b'M');
    assert!(begin.is_some() || message.damage().is_some());
    for rec in records.iter().skip(begin.map_or(records.len(), |at| at + 1)) {
        if rec.kind != b'N' && rec.kind != b'L' {
            break;
        }
        taken += 1;
        count += usize::from(!continues);
        continues = rec.kind == b'L';
        expected.extend_from_slice(&rec.data);
        if rec.kind == b'N' {
            expected.push(b'\n');
        }
    }
    if expected.len() < MAX_LINE {
        assert_eq!(message.lines().count(), count);
    }
    let mut read = Vec::new();
    let mut reader = message.read();
    reader.read_to_end(&mut read).expect("no I/O is involved");
    assert_eq!(read, expected);
    assert_eq!(reader.damage(), message.damage());
    assert_eq!(message.size(1), expected.len() as u64);
    let mut slow = Vec::new();
    let mut reader = message.read();
    let mut small = [0; 3];
    while let Ok(n @ 1..) = reader.read(&mut small) {
        slow.extend_from_slice(&small[..n]);
        if let Ok(buffer) = reader.fill_buf() {
            let n = buffer.len().min(2);
            slow.extend_from_slice(&buffer[..n]);
            reader.consume(n);
        }
    }
    assert_eq!(slow, expected);
    let mut body = false;
    let mut lines = Vec::new();
    for (part, line) in message.lines() {
        assert!(!(body && part == Section::Header), "header after body");
        body |= part == Section::Body;
        lines.push(line.into_owned());
    }
    let mut joined: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    for rec in records.iter().skip(begin.map_or(records.len(), |at| at + 1)).take(taken) {
        if !open {
            joined.push(Vec::new());
        }
        joined.last_mut().expect("just pushed").extend_from_slice(&rec.data);
        open = rec.kind == b'L';
    }
    assert_eq!(lines, joined);
}

/// A per-message log gives what a slow reader of the format gives.
pub fn deferlog(log: &[u8]) {
    let mut expected: Vec<Slow> = Vec::new();
    let mut open: Option<Slow> = None;
    let mut lines: Vec<&[u8]> = log.split(|&b| b == b'\n').collect();
    // The text after the last line feed is not a line yet.
    lines.pop();
    for line in lines {
        let line = line.split(|&b| b == 0).next().unwrap_or_default();
        if line.is_empty() {
            expected.extend(open.take());
        } else {
            open.get_or_insert_default().take(line);
        }
    }
    let entries: Vec<_> = BounceLog::parse(log, BounceKind::Defer).collect();
    assert_eq!(entries.len(), expected.len());
    for (entry, slow) in entries.iter().zip(&expected) {
        assert_eq!(entry.recipient().map(<[u8]>::to_vec), slow.recipient);
        assert_eq!(entry.reason().map(<[u8]>::to_vec), slow.reason);
        assert_eq!(entry.orig_recipient().map(<[u8]>::to_vec), slow.original);
        assert_eq!(entry.status(), slow.status.as_deref().unwrap_or(b"4.0.0"));
        assert_eq!(entry.action(), slow.action.as_deref().unwrap_or(b"delayed"));
        assert_eq!(entry.offset(), slow.offset);
        assert_eq!(u64::from(entry.bad_lines()), slow.bad);
        for text in [entry.recipient(), entry.reason(), entry.diag_text(), entry.mta_name()] {
            let (ours, all) = (text.unwrap_or_default().as_ptr_range(), log.as_ptr_range());
            assert!(ours.is_empty() || all.start <= ours.start && ours.end <= all.end);
        }
    }
}

#[derive(Debug, Default)]
struct Slow {
    recipient: Option<Vec<u8>>,
    original: Option<Vec<u8>>,
    reason: Option<Vec<u8>>,
    status: Option<Vec<u8>>,
    action: Option<Vec<u8>>,
    offset: Option<u64>,
    bad: u64,
}

impl Slow {
    fn take(&mut self, line: &[u8]) {
        // Text of one byte per character, to have the methods of strings.
        let text: String = line.iter().map(|&b| char::from(b)).collect();
        let bytes = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
        let space = |c: char| matches!(c, ' ' | '\t'..='\r');
        if let Some(old) = text.strip_prefix('<') {
            match old.split_once(">: ") {
                Some((address, reason)) => {
                    self.recipient = Some(bytes(address));
                    self.reason = Some(bytes(reason.trim_start_matches(space)));
                }
                None => self.bad += 1,
            }
            return;
        }
        let named = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let Some((name, value)) = text.split_once('=').filter(|_| named) else {
            self.bad += 1;
            return;
        };
        let name = name.trim_end_matches(space);
        let value = value.trim_matches(space);
        match name {
            "recipient" => self.recipient = Some(bytes(value)),
            "original_recipient" => self.original = Some(bytes(value)),
            "reason" => self.reason = Some(bytes(value)),
            "status" => self.status = Some(bytes(value)),
            "action" => self.action = Some(bytes(value)),
            "offset" => {
                let number = value.strip_prefix('+').unwrap_or(value);
                let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
                let wide = digits.trim_start_matches('0');
                let number = if wide.len() > 18 {
                    wide.parse().unwrap_or(i64::MAX)
                } else {
                    wide.parse().unwrap_or(0)
                };
                if number > 0 {
                    self.offset = Some(number as u64);
                }
            }
            "dsn_orig_rcpt" | "notify_flags" | "diag_type" | "diag_text" | "mta_type"
            | "mta_mname" => {}
            _ => self.bad += 1,
        }
    }
}
