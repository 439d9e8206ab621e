//! Laws of lines and headers, on bytes that look like a log and on bytes that do not.

use postfix_log::{Header, Line, lines};
use proptest::prelude::*;

/// Pieces that envelopes are made of, and pieces that break them.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            "Nov 22 11:00:01 ",
            "Nov  2 11:00:01 ",
            "2026-11-22T11:00:01.123456+01:00 ",
            "2026-11-22T10:00:01Z ",
            "<22>",
            "1 ",
            "mx1 ",
            "postfix/smtpd[2101]: ",
            "postfix/smtpd",
            "[",
            "]",
            ": ",
            ":",
            " ",
            "- ",
            "[a k=\"v\"] ",
            "stdout F ",
            "stdout P ",
            "name  | ",
            "message repeated 2 times: [ ",
            "last message repeated 3 times",
            "warning: ",
            "1E24013C03E: ",
            "NOQUEUE: ",
            "to=<a@b>, relay=none, ",
            "removed",
            "\n",
            "\r\n",
            "\0",
            "{\"log\":\"",
            "[ID 1 mail.info] ",
            "[ 12.5] ",
            "1795168801.5 ",
            "Sun 2026-11-22 11:00:01 CET ",
            "\u{feff}",
            "\\",
            "\"",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

fn inside(outer: &[u8], inner: &[u8]) -> bool {
    inner.is_empty()
        || outer.as_ptr_range().contains(&inner.as_ptr())
            && inner.as_ptr_range().end <= outer.as_ptr_range().end
}

fn fields<'a>(header: &Header<'a>) -> Vec<&'a [u8]> {
    let id = header.queue_id().map(|id| id.as_bytes());
    [header.host(), Some(header.tag()), header.instance(), header.service(), header.program(), id]
        .into_iter()
        .flatten()
        .chain([header.payload(), header.text()])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn lines_rejoin_to_the_log(log in log()) {
        let mut joined = Vec::new();
        for line in lines(&log) {
            prop_assert_eq!(line.offset(), joined.len() as u64);
            joined.extend_from_slice(line.raw());
        }
        prop_assert_eq!(joined, log);
    }

    #[test]
    fn a_line_means_the_same_alone(log in log()) {
        for line in lines(&log) {
            let alone = line.raw().to_vec();
            let again = Line::new(&alone, line.offset());
            prop_assert_eq!(line.header(), again.header());
            prop_assert_eq!(line.event(), again.event());
        }
    }

    #[test]
    fn fields_lie_inside_their_line(log in log()) {
        for line in lines(&log) {
            match line.header() {
                Ok(header) => for field in fields(&header) {
                    prop_assert!(inside(line.bytes(), field), "{}", field.escape_ascii());
                },
                Err(error) => prop_assert!(error.offset() <= line.bytes().len() as u64),
            }
        }
    }
}

#[cfg(feature = "std")]
proptest! {
    #[test]
    fn the_reader_sees_the_same_lines(log in log()) {
        // A byte before each line keeps it from being unwrapped.
        let log: Vec<u8> = lines(&log).flat_map(|line| [b"~", line.raw()].concat()).collect();
        let mut reader = postfix_log::LogReader::new(&log[..]);
        for line in lines(&log) {
            let read = reader.next_line().expect("no error").expect("a line");
            prop_assert_eq!(read.text(), line.bytes());
            prop_assert_eq!(read.offset(), line.offset());
        }
        prop_assert!(reader.next_line().expect("no error").is_none());
    }

    #[test]
    fn the_log_reader_loses_no_line(log in log()) {
        let mut reader = postfix_log::LogReader::new(&log[..]);
        let mut count = 0;
        while let Some(line) = reader.next_line().expect("no error") {
            count += line.lines();
        }
        prop_assert_eq!(count, lines(&log).count() as u64);
    }
}

#[test]
fn what_was_not_read_yet() {
    let log = b"one\ntwo\n\nfour";
    let mut read = lines(log);
    let mut at = 0;
    while let Some(line) = read.next() {
        at += line.raw().len();
        assert_eq!(read.rest(), &log[at..]);
    }
    assert_eq!((at, read.rest(), read.next()), (log.len(), &b""[..], None));
}
