//! Logs that are made to cost time or memory.

use std::io::{self, Read};

use postfix_log::lifecycle::Limits;
use postfix_log::{LogReader, Tracker, lines, parse_payload};

use super::counter::count;

/// A line without an end that exists nowhere; a good line follows.
struct Long {
    left: u64,
    start: &'static [u8],
    tail: &'static [u8],
    reads: u64,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        for source in
            [&mut self.start, &mut self.tail].into_iter().take(if self.left > 0 { 1 } else { 2 })
        {
            if !source.is_empty() {
                return source.read(buffer);
            }
        }
        let length = buffer.len().min(usize::try_from(self.left).unwrap());
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        Ok(length)
    }
}

const GOOD: &[u8] = b"\nNov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
const LENGTH: u64 = 100_000_000;

#[test]
fn a_line_of_100_megabytes_streams_within_the_memory_goal() {
    for (start, length) in [
        (&b"Nov 22 11:00:01 mx1 postfix/smtpd[5]: "[..], LENGTH),
        (b"{\"log\":\"", 10_000_000),
        (b"2026-11-22T10:00:01Z stdout F ", 10_000_000),
    ] {
        let source = Long { left: length, start, tail: GOOD, reads: 0 };
        let (seen, taken) = count(|| {
            let mut reader = LogReader::new(source);
            let mut seen = Vec::new();
            while let Some(line) = reader.next_line().unwrap() {
                seen.push((
                    line.number(),
                    line.length(),
                    line.is_truncated(),
                    line.event().is_ok(),
                ));
            }
            let reads = reader.source_mut().reads;
            assert!(reads <= length / 4096 + 10, "{reads} reads");
            seen
        });
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen[0].2, "not marked as truncated: {seen:?}");
        assert_eq!((seen[1].0, seen[1].3), (2, true), "{seen:?}");
        assert!(taken.peak <= 4 << 20, "{taken:?}");
    }
    let source = Long { left: LENGTH, start: b"", tail: GOOD, reads: 0 };
    let (length, taken) = count(|| LogReader::new(source).next_line().unwrap().unwrap().length());
    assert_eq!(length, LENGTH);
    assert!(taken.peak <= 1 << 20, "{taken:?}");
}

#[test]
fn the_borrowed_path_allocates_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/log");
    let mut parsed = 0;
    for file in fuzz::replay::files(folder.as_ref()).unwrap() {
        let log = std::fs::read(file).unwrap();
        let (_, taken) = count(|| {
            for line in lines(&log) {
                parsed += usize::from(line.event().is_ok());
                for program in [&b"smtp"[..], b"smtpd", b"cleanup", b""] {
                    let _ = parse_payload(program, line.bytes()).name();
                }
            }
        });
        assert_eq!(taken.calls, 0);
    }
    assert!(parsed > 150, "{parsed} lines");
}

fn never_closed(tracker: &mut Tracker, from: u64, to: u64) -> u64 {
    let mut rows = 0;
    for id in from..to {
        let time = format!("Nov 22 {:02}:{:02}:{:02}", id / 3600 % 24, id / 60 % 60, id % 60);
        let log = format!(
            "{time} mx1 postfix/smtpd[7]: 1E240{id:X}: client=a.example[192.0.2.1]\n\
             {time} mx1 postfix/qmgr[7]: 1E240{id:X}: from=<s{id}@a.example>, size=1, nrcpt=1 (queue active)\n"
        );
        for line in lines(log.as_bytes()) {
            let header = line.header().unwrap();
            rows += tracker.push(&header, &header.event()).len() as u64;
        }
        assert!(tracker.bytes() <= tracker.limits().bytes);
    }
    rows
}

#[test]
fn ids_that_never_close_stay_within_the_budget() {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let mut tracker = Tracker::with_limits(limits).with_year(2026);
    let (rows, first) = count(|| never_closed(&mut tracker, 1, 5_000));
    assert!(rows > 0, "nothing was driven out");
    assert!(first.kept <= 2 << 20, "{first:?}");
    // Four times as many ids later nothing has grown.
    let (_, later) = count(|| never_closed(&mut tracker, 5_000, 25_000));
    assert!(later.kept <= 64 * 1024, "{later:?}");
    let evicted: u64 = tracker.evictions().map(|(_, count)| count).sum();
    let open = tracker.drain().count() as u64;
    // Under pressure a message that has not reached the queue goes first; its next line begins it anew.
    assert!(evicted + open >= 24_999, "an id is lost: {evicted} evicted, {open} open");
}

#[test]
fn a_message_with_recipients_without_end_keeps_what_the_limit_says() {
    let limits = Limits { recipients: 500, ..Limits::default() };
    let mut tracker = Tracker::with_limits(limits).with_year(2026);
    let mut rows = 0;
    let (_, taken) = count(|| {
        for to in 0..20_000 {
            let line = format!(
                "Nov 22 11:00:00 mx1 postfix/smtp[7]: 1E24013C03E: to=<u{to}@b.example>, relay=none, delay=1, \
                 delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to b[192.0.2.9]:25: Connection refused)"
            );
            for line in lines(line.as_bytes()) {
                let header = line.header().unwrap();
                rows += tracker.push(&header, &header.event()).len();
            }
        }
    });
    assert!(taken.kept <= 1 << 20, "{taken:?}");
    // The attempts of 500 are kept, and the outcomes of ten times as many.
    assert!(tracker.rows().count() <= 5_000);
}
