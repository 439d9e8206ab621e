//! Logs over `io::Read`: wrapped, partial, torn and oversized lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "std")]

use std::io::{self, Read};

use postfix_log::limits::MAX_LINE;
use postfix_log::read::Splitter;
use postfix_log::{ErrorKind, LogReader, lines};

/// Gives its bytes in small pieces of changing size, with interruptions between.
struct Trickle<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.step += 1;
        if self.step % 5 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = (self.step * 7 % 113 + 1).min(out.len()).min(self.rest.len());
        let (head, tail) = self.rest.split_at(count);
        out[..count].copy_from_slice(head);
        self.rest = tail;
        Ok(count)
    }
}

/// `number:offset+lines [T] time host tag pid payload`, one message a row.
fn show(log: &[u8]) -> Vec<String> {
    let mut reader = LogReader::new(Trickle { rest: log, step: 0 });
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let place = format!("{}:{}+{}", line.number(), line.offset(), line.lines());
        let cut = if line.is_truncated() { " T" } else { "" };
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        rows.push(match line.header() {
            Ok(header) => format!(
                "{place}{cut} {} {} {} {} {}",
                header.stamp().map_or("-".into(), |stamp| stamp.to_string()),
                header.host().map_or("-".into(), lossy),
                lossy(header.tag()),
                header.pid().map_or("-".into(), |pid| pid.to_string()),
                lossy(header.payload()),
            ),
            Err(error) => format!("{place}{cut} {error}: {}", lossy(line.text())),
        });
    }
    rows
}

#[test]
fn journal_export() {
    let log = concat!(
        r#"{"__REALTIME_TIMESTAMP":"1795168801123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"2101","_PID":"99","PRIORITY":"6","SYSLOG_FACILITY":"2","MESSAGE":"connect from a[192.0.2.1]"}"#,
        "\n",
        r#"{"__REALTIME_TIMESTAMP":"1795168801123456","_SOURCE_REALTIME_TIMESTAMP":"1795168801000001","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"99","MESSAGE":[99,111,255]}"#,
        "\n",
        r#"{"__REALTIME_TIMESTAMP":"1795168801123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"99","MESSAGE":null}"#,
        "\n",
        r#"{"_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"bye"}"#,
        "\n",
        r#"{"_HOSTNAME":"mx1","MESSAGE":"no tag"}"#,
        "\n",
        r#"{"MESSAGE":{"a":1},"SYSLOG_IDENTIFIER":"x"}"#,
        "\n",
    );
    let rows = show(log.as_bytes());
    assert_eq!(rows.len(), 6);
    assert!(
        rows[0].ends_with(
            " 2026-11-20T10:00:01.123456Z mx1 postfix/smtpd 2101 connect from a[192.0.2.1]"
        ),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].ends_with(" 2026-11-20T10:00:01.000001Z mx1 postfix/smtpd 99 co\u{fffd}"),
        "{}",
        rows[1]
    );
    assert!(rows[2].contains(" T ") && rows[2].ends_with(" postfix/smtpd 99 "), "{}", rows[2]);
    assert!(rows[3].ends_with(" - mx1 sshd - bye"), "{}", rows[3]);
    assert!(rows[4].contains("JSON object without log text"), "{}", rows[4]);
    assert!(rows[5].contains("JSON object without log text"), "{}", rows[5]);
}

#[test]
fn docker_json_file() {
    let log = concat!(
        r#"{"log":"Nov 22 11:00:01 mx1 postfix/smtpd[1]: whole\n","stream":"stdout","time":"2026-11-22T10:00:01.5Z"}"#,
        "\n",
        r#"{"log":"Nov 22 11:00:02 mx1 postfix/smtpd[1]: fir","stream":"stdout","time":"2026-11-22T10:00:02Z"}"#,
        "\n",
        r#"{"log":"Nov 22 11:00:02 mx1 other: between\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-22T10:00:02Z"}"#,
        "\n",
        r#"{"log":"st and last\n","stream":"stdout","time":"2026-11-22T10:00:03Z"}"#,
        "\n",
        r#"{"log":"noise\n","stream":"stdout","time":"2026-11-22T10:00:03Z"}"#,
        "\n",
        r#"{"log":"Nov 22 11:00:04 mx1 postfix/smtpd[1]: the end is mis","stream":"stdout","time":"2026-11-22T10:00:04Z"}"#,
    );
    let rows: Vec<String> = show(log.as_bytes())
        .into_iter()
        .map(|row| {
            row.split_once(':').map_or(String::new(), |(number, rest)| {
                let (_, rest) = rest.split_once('+').unwrap_or_default();
                format!("{number} {rest}")
            })
        })
        .collect();
    assert_eq!(
        rows,
        [
            "1 1 2026-11-22T10:00:01.5Z mx1 postfix/smtpd 1 whole",
            "3 1 2026-11-22T10:00:02Z mx1 other - between",
            "2 2 2026-11-22T10:00:02Z mx1 postfix/smtpd 1 first and last",
            "5 1 line starts with no known time stamp (at byte 0): noise",
            "6 1 T 2026-11-22T10:00:04Z mx1 postfix/smtpd 1 the end is mis",
        ]
    );
}

#[test]
fn container_parts() {
    let log = "2026-11-22T10:00:01Z stdout F Nov 22 11:00:01 mx1 postfix/smtpd[1]: whole\n\
        2026-11-22T10:00:02Z stdout P Nov 22 11:00:02 mx1 postfix/smtpd[1]: a \n\
        2026-11-22T10:00:02Z stdout P b \n\
        2026-11-22T10:00:03Z stdout F c\n\
        2026-11-22T10:00:04Z stdout F Nov 22 11:00:04 mx1 postfix/smtpd[1]: whole\n";
    assert_eq!(
        show(log.as_bytes()),
        [
            "1:0+1 2026-11-22T10:00:01Z mx1 postfix/smtpd 1 whole",
            "2:74+3 2026-11-22T10:00:02Z mx1 postfix/smtpd 1 a b c",
            "5:210+1 2026-11-22T10:00:04Z mx1 postfix/smtpd 1 whole",
        ]
    );
}

#[test]
fn agents() {
    let log = concat!(
        r#"{"@timestamp":"2026-11-22T10:00:05.000Z","message":"Nov 22 11:00:01 mx1 postfix/smtpd[1]: text","log":{"file":{"path":"/var/log/mail.log"}}}"#,
        "\n",
        r#"{"date":1795168801.1,"log":"Nov 22 11:00:02 mx1 postfix/smtpd[1]: text"}"#,
        "\n",
        r#"{"level":"info"}"#,
        "\n",
    );
    let rows = show(log.as_bytes());
    // The agent's time stands in for a missing year only.
    assert!(rows[0].ends_with(" 2026-11-22T10:00:05.000Z mx1 postfix/smtpd 1 text"), "{}", rows[0]);
    assert!(rows[1].ends_with(" 11-22T11:00:02 mx1 postfix/smtpd 1 text"), "{}", rows[1]);
    assert!(rows[2].contains("JSON object without log text"), "{}", rows[2]);
}

#[test]
fn long_lines_are_cut_and_counted() {
    let head = "Nov 22 11:00:01 mx1 postfix/smtpd[1]: ";
    for extra in [0, 1, 2, 1000, 300_000, 5_000_000] {
        let filler = "x".repeat(MAX_LINE - head.len() + extra);
        let log = format!("{head}before\n{head}{filler}\n{head}after\n");
        let mut reader = LogReader::new(Trickle { rest: log.as_bytes(), step: 0 });
        let mut seen = Vec::new();
        while let Some(line) = reader.next_line().expect("no error") {
            let payload = line.header().expect("a header").payload().len();
            seen.push((line.number(), line.length(), line.is_truncated(), payload));
        }
        let long = u64::try_from(MAX_LINE + extra).unwrap();
        assert_eq!(
            seen,
            [(1, 44, false, 6), (2, long, extra > 0, MAX_LINE - head.len()), (3, 43, false, 5),],
            "{extra} bytes over the bound"
        );
    }
}

#[test]
fn binary_noise_and_no_input() {
    assert!(show(b"").is_empty());
    let noise: Vec<u8> =
        (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let rows = show(&noise);
    assert_eq!(rows.len(), lines(&noise).count());
    let mut reader = LogReader::new(&b"\n\n"[..]);
    let first = reader.next_line().expect("no error").expect("a line");
    assert_eq!(first.header().expect_err("nothing there").kind(), ErrorKind::Empty);
}

#[test]
fn errors_come_through_and_reading_goes_on() {
    struct Fails(u8);
    impl Read for Fails {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => {
                    out[..3].copy_from_slice(b"a\nb");
                    Ok(3)
                }
                2 => Err(io::ErrorKind::TimedOut.into()),
                3 => {
                    out[..2].copy_from_slice(b"c\n");
                    Ok(2)
                }
                _ => Ok(0),
            }
        }
    }
    let mut reader = LogReader::new(Fails(0));
    assert_eq!(reader.next_line().expect("a line").expect("a line").text(), b"a");
    assert_eq!(reader.next_line().expect_err("fails").kind(), io::ErrorKind::TimedOut);
    let line = reader.next_line().expect("a line").expect("a line");
    assert_eq!((line.text(), line.number(), line.offset()), (&b"bc"[..], 2, 2));
    assert_eq!(reader.next_line().expect("the end"), None);
}

#[test]
fn several_sources_count_on() {
    let mut reader = LogReader::new(&b"one\ntwo"[..]);
    assert_eq!(reader.next_line().expect("a line").map(|line| line.number()), Some(1));
    assert_eq!(reader.next_line().expect("a line").map(|line| line.text()), Some(&b"two"[..]));
    assert_eq!(reader.next_line().expect("the end"), None);
    assert!(reader.source_mut().is_empty());
    // After the end the source may have more, and the lines count on.
    *reader.source_mut() = b"three\nfour\n";
    let line = reader.next_line().expect("a line").expect("a line");
    assert_eq!((line.text(), line.number(), line.offset()), (&b"three"[..], 3, 7));
    let line = reader.next_line().expect("a line").expect("a line");
    assert_eq!((line.text(), line.number(), line.offset()), (&b"four"[..], 4, 13));
}

#[test]
fn a_message_may_go_on_in_the_next_source() {
    let part = |flag: &str, text: &str| {
        format!("2026-11-22T10:00:02Z stdout {flag} {text}\n").into_bytes()
    };
    let first = part("P", "Nov 22 11:00:02 mx1 postfix/qmgr[1]: 1E24013C03E: rem");
    let second = part("F", "oved");
    let mut reader = LogReader::new(first.as_slice());
    assert!(!reader.source_mut().is_empty());
    let mut splitter = Splitter::new();
    splitter.push(&first);
    assert_eq!(splitter.next_line(), None);
    splitter.push(&second);
    let line = splitter.next_line().expect("the message");
    assert_eq!((line.lines(), line.event().map(|event| event.name())), (2, Ok("removed")));
    splitter.finish();
    assert_eq!(splitter.next_line(), None);
    // A reader that is given the next source before it saw the end of the first joins them, too.
    let joined = first.as_slice().chain(second.as_slice());
    let mut reader = LogReader::new(joined);
    let line = reader.next_line().expect("no error").expect("the message");
    assert_eq!((line.lines(), line.event().map(|event| event.name())), (2, Ok("removed")));
    let mut reader = LogReader::new(first.as_slice());
    let cut = reader.next_line().expect("no error").expect("what there is");
    assert!(cut.is_truncated());
    *reader.source_mut() = b"noise";
    let line = reader.next_line().expect("no error").expect("the next source");
    assert_eq!(line.number(), 2);
    assert_eq!(line.event().expect_err("noise").kind(), ErrorKind::NoTimestamp);
}

#[test]
fn containers_with_damaged_text() {
    for (object, want) in [
        (r#"{"log":"a\q","stream":"stdout","time":"2026-11-22T10:00:01Z"}"#, ErrorKind::BadWrapper),
        (r#"{"log":{"a":1},"stream":"stdout"}"#, ErrorKind::BadWrapper),
        (r#"{"log":[300]}"#, ErrorKind::BadWrapper),
        (r#"{"log":null,"message":"x"}"#, ErrorKind::BadWrapper),
        (r#"{"stream":"stdout"}"#, ErrorKind::BadWrapper),
        (r#"{"log":"x"#, ErrorKind::BadWrapper),
        (r#"{"message":"x"}"#, ErrorKind::NoTimestamp),
    ] {
        let mut reader = LogReader::new(object.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        assert_eq!(line.header().map_err(|error| error.kind()), Err(want), "{object}");
        assert_eq!(reader.next_line().expect("no error"), None);
    }
}

#[test]
fn both_streams_may_be_left_incomplete() {
    let log = b"2026-11-22T10:00:02Z stdout P Nov 22 11:00:02 mx1 a: out\n\
        2026-11-22T10:00:02Z stderr P Nov 22 11:00:02 mx1 a: err\n";
    let rows = show(log);
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with("1:0+1 T ") && rows[0].ends_with(" out"), "{}", rows[0]);
    assert!(rows[1].starts_with("2:57+1 T ") && rows[1].ends_with(" err"), "{}", rows[1]);
}
