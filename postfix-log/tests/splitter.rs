//! Chunks in, lines out, in bounded memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "alloc")]

use allocation_counter::measure;
use postfix_log::limits::MAX_LINE;
use postfix_log::read::Splitter;

fn texts(splitter: &mut Splitter) -> Vec<String> {
    let mut rows = Vec::new();
    while let Some(line) = splitter.next_line() {
        rows.push(format!("{}@{} {line}", line.number(), line.offset()));
    }
    rows
}

#[test]
fn lines_over_the_borders_of_chunks() {
    let mut splitter = Splitter::new();
    splitter.push(b"one\ntw");
    assert_eq!(texts(&mut splitter), ["1@0 one"]);
    splitter.push(b"");
    splitter.push(b"o");
    assert!(texts(&mut splitter).is_empty());
    splitter.push(b"\nthree\n\n");
    splitter.push(b"\0\0");
    assert_eq!(texts(&mut splitter), ["2@4 two", "3@8 three", "4@14 "]);
    splitter.push(b"\0five\nsix");
    assert_eq!(texts(&mut splitter), ["5@15 five"]);
    splitter.finish();
    assert_eq!(texts(&mut splitter), ["6@23 six"]);
    assert!(texts(&mut splitter).is_empty());
    // The next of several files.
    splitter.push(b"seven\n");
    assert_eq!(texts(&mut splitter), ["7@26 seven"]);
    splitter.finish();
    assert!(texts(&mut splitter).is_empty());
}

#[test]
fn chunks_may_be_pushed_before_lines_are_asked_for() {
    let mut splitter = Splitter::new();
    for byte in b"a\nb\nc" {
        splitter.push(&[*byte]);
    }
    splitter.finish();
    assert_eq!(texts(&mut splitter), ["1@0 a", "2@2 b", "3@4 c"]);
}

#[test]
fn a_torn_line_reads_alike_in_one_piece_and_in_many() {
    let log = b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: torn\0\0Nov 22 11:00:02 mx1 postfix/qmgr[6]: 1E24013C03E: removed\n\
        Nov 22 11:00:03 mx1 postfix/qmgr[7]: 1E24013C03F: removed\n";
    let whole: Vec<_> = postfix_log::lines(log).map(|line| line.header().unwrap()).collect();
    assert_eq!(whole.iter().map(|header| header.pid()).collect::<Vec<_>>(), [Some(6), Some(7)]);
    assert!(whole[0].is_truncated() && !whole[1].is_truncated());
    for size in 1..=log.len() {
        let mut splitter = Splitter::new();
        let mut read = 0;
        for chunk in log.chunks(size) {
            splitter.push(chunk);
            while let Some(line) = splitter.next_line() {
                assert_eq!(line.header().unwrap(), whole[read], "{size}");
                read += 1;
            }
        }
        assert_eq!(read, 2, "{size}");
    }
}

#[test]
fn parts_without_an_end_are_given_at_the_end() {
    let mut splitter = Splitter::new();
    splitter.push(b"2026-11-22T10:00:02Z stdout P out\n2026-11-22T10:00:02Z stderr P err\n");
    assert!(texts(&mut splitter).is_empty());
    splitter.finish();
    assert_eq!(texts(&mut splitter), ["1@0 out", "2@34 err"]);
}

#[test]
fn a_line_without_an_end_takes_bounded_memory() {
    for (start, counted) in [
        (&b"Nov 22 11:00:01 mx1 postfix/smtpd[5]: "[..], 38),
        (b"{\"log\":\"", 8),
        (b"2026-11-22T10:00:01Z stdout P ", 0),
    ] {
        let chunk = [b'x'; 10_000];
        let (mut length, mut kept, mut chunks) = (0, 0, 0_u64);
        let taken = measure(|| {
            let mut splitter = Splitter::new();
            splitter.push(start);
            for _ in 0..2000 {
                splitter.push(&chunk);
                assert_eq!(splitter.next_line(), None);
                chunks += 1;
            }
            splitter.push(b"\n");
            splitter.finish();
            let line = splitter.next_line().expect("the line");
            assert!(line.is_truncated());
            (length, kept) = (line.length(), line.text().len());
        });
        assert_eq!((chunks, length), (2000, 20_000_000 + counted));
        assert!(kept > MAX_LINE - 50, "{kept}");
        assert!(taken.bytes_max < 2 << 20, "{} bytes", taken.bytes_max);
    }
}
