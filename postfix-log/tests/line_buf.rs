//! Lines that are kept: they read as the line that they were made of, and come back out of every format.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(all(feature = "std", feature = "serde"))]

use postfix_log::read::Splitter;
use postfix_log::{Event, Line, LineBuf, LogLine, LogReader, Status, lines};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Lines in every wrapper, and with what a second reading could lose.
const LOG: &[&[u8]] = &[
    b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed",
    b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\r\r",
    b"\0\0Nov 22 11:00:01 mx1 postfix/qmgr[5]: torn\0\0Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03E: removed",
    b"2026-11-22T10:00:02.5Z stdout F Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03E: removed",
    b"2026-11-22T10:00:02.5Z stdout P Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03E: rem",
    b"2026-11-22T10:00:03.5Z stdout F oved",
    br#"{"log":"Nov 22 11:00:02 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n","stream":"stdout","time":"2026-11-22T10:00:02Z"}"#,
    br#"{"log":"2026-11-22T11:00:02+01:00 mx1 postfix/qmgr[5]: 1E24013C03E: removed","time":"2020-01-01T00:00:00Z"}"#,
    br#"{"log":"\r\nno header\r\n\n","stream":"stderr","time":"2026-11-22T10:00:02Z"}"#,
    br#"{"MESSAGE":"1E24013C03E: removed","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/qmgr","_PID":"5","PRIORITY":"6","__REALTIME_TIMESTAMP":"1795168801123456"}"#,
    br#"{"MESSAGE":"\u0000two\nlines\r\n","_HOSTNAME":"a b\nc","SYSLOG_IDENTIFIER":"postfix/a b/qmgr"}"#,
    br#"{"MESSAGE":null,"SYSLOG_IDENTIFIER":"postfix/qmgr","SYSLOG_FACILITY":"2"}"#,
    b"{\"MESSAGE\":[255,32,92,120],\"SYSLOG_IDENTIFIER\":\"postfix/qmgr\",\"_PID\":\"x\"}",
    b"{\"MESSAGE\":\"no tag\"}",
    b"{",
    b"noise \xff\\",
    b"",
];

fn log() -> Vec<u8> {
    let head = b"Nov 22 11:00:01 mx1 postfix/smtpd[1]: ";
    let long = [&head[..], "x".repeat(70_000).as_bytes()].concat();
    let mut log = LOG.join(&b'\n');
    log.push(b'\n');
    log.extend(long);
    log
}

fn through<T: Serialize + DeserializeOwned>(value: &T) -> [T; 3] {
    [
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap(),
        postcard::from_bytes(&postcard::to_allocvec(value).unwrap()).unwrap(),
        rmp_serde::from_slice(&rmp_serde::to_vec(value).unwrap()).unwrap(),
    ]
}

/// What is kept is as good as the line.
fn check(line: &LogLine<'_>) {
    let kept = LineBuf::from(*line);
    assert_eq!(kept.header(), line.header(), "{line}");
    assert_eq!(kept.event(), line.event(), "{line}");
    assert_eq!(kept.line().bytes(), line.text());
    assert_eq!((kept.line().offset(), kept.to_string()), (line.offset(), line.to_string()));
    let again = LogLine::new(kept.line(), line.number());
    assert_eq!(again.is_truncated(), line.is_truncated(), "{line}");
    assert_eq!(LineBuf::from(again), kept, "{line}");
    assert_eq!(LineBuf::from(kept.line()), kept, "{line}");
    for back in through(&kept) {
        assert_eq!(back, kept, "{line}");
    }
}

#[test]
fn kept_lines_read_the_same() {
    let log = log();
    let mut reader = LogReader::new(&log[..]);
    let (mut count, mut removed, mut forms) = (0, 0, Vec::new());
    while let Some(line) = reader.next_line().unwrap() {
        check(&line);
        count += 1;
        removed += usize::from(matches!(line.event(), Ok(Event::Removed(_))));
        forms.extend(line.header().map(|header| format!("{header:?}")));
    }
    assert_eq!((count, removed), (17, 8));
    assert_eq!(forms.iter().filter(|form| form.contains("form: Journal")).count(), 4);
}

#[test]
fn a_line_of_a_slice_is_kept_as_it_is() {
    for line in lines(&log()) {
        let kept = LineBuf::from(line);
        assert_eq!((kept.line(), kept.header(), kept.event()), (line, line.header(), line.event()));
        assert!(through(&kept).iter().all(|back| *back == kept));
    }
}

#[test]
fn a_stored_line_can_be_read_by_people() {
    let kept = LineBuf::from(Line::new(b"Nov 22 11:00:01 mx1 a: b\\\xff\x1b\n", 7));
    assert_eq!(
        serde_json::to_string(&kept).unwrap(),
        r#"{"version":1,"offset":7,"text":"Nov 22 11:00:01 mx1 a: b\\x5c\\xff\\x1b\\x0a","outer":null}"#
    );
    assert_eq!(
        format!("{kept:?}"),
        r#"LineBuf(Line { raw: "Nov 22 11:00:01 mx1 a: b\x5c\xff\x1b\x0a", offset: 7 })"#
    );
    assert_eq!(kept.to_string(), r"Nov 22 11:00:01 mx1 a: b\x5c\xff\x1b");
}

#[test]
fn what_is_newer_or_damaged_is_refused() {
    let kept = LineBuf::from(Line::new(b"Nov 22 11:00:01 mx1 a: b", 0));
    let json = serde_json::to_string(&kept).unwrap();
    let error = |json: &str| serde_json::from_str::<LineBuf>(json).unwrap_err().to_string();
    assert!(error(&json.replace(":1,", ":2,")).contains("newer version"));
    assert!(error(&json.replace("mx1", r"\\q")).contains("broken escape"));
    let mut bytes = postcard::to_allocvec(&kept).unwrap();
    bytes[0] = 2;
    assert!(postcard::from_bytes::<LineBuf>(&bytes).is_err());
    let outer = r#"{"truncated":false,"wrapper":{"Container":{"stamp":"2026-13-22T11:00:01"}}}"#;
    assert!(error(&json.replace("null", outer)).contains("time stamp"));
}

#[test]
fn kept_lines_go_anywhere() {
    fn anywhere<T: Send + Sync + Clone + 'static>(_: &T) {}
    let line = Line::new(
        b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (x)",
        0,
    );
    let kept = LineBuf::from(line);
    anywhere(&kept);
    let status = std::thread::spawn(move || match kept.event() {
        Ok(Event::Delivery(delivery)) => Some(delivery.status),
        _ => None,
    });
    assert_eq!(status.join().unwrap(), Some(Status::Deferred));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever chunks a log comes, the lines are those that a reader gives.
    #[test]
    fn chunks_do_not_matter(sizes in prop::collection::vec(1..200_usize, 1..50), order in Just(LOG.to_vec()).prop_shuffle()) {
        let log = order.join(&b'\n');
        let mut reader = LogReader::new(&log[..]);
        let mut want = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            check(&line);
            want.push(format!("{line:?}"));
        }
        let mut splitter = Splitter::new();
        let mut found = Vec::new();
        let (mut rest, mut sizes) = (&log[..], sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            splitter.push(chunk);
            rest = tail;
            while let Some(line) = splitter.next_line() {
                found.push(format!("{line:?}"));
            }
        }
        splitter.finish();
        while let Some(line) = splitter.next_line() {
            found.push(format!("{line:?}"));
        }
        prop_assert_eq!(found, want);
    }
}
