//! What the readers take out of objects and records: which member counts where several could, and what reading costs.
#![allow(clippy::expect_used, reason = "the helpers of a test fail as the test does")]
#![cfg(feature = "std")]

use std::io;

use allocation_counter::measure;
use postfix_log::limits::MAX_LINE;
use postfix_log::read::{Block, Splitter};
use postfix_log::{Line, LineBuf, LogLine, LogReader};

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// The stamp, host, tag, process and message of a line, or its text with a note.
fn told(line: &LogLine<'_>) -> String {
    let Ok(header) = line.header() else { return format!("damaged: {line}") };
    let stamp = header.stamp().map_or("-".into(), |stamp| stamp.to_string());
    let host = header.host().map_or("-".into(), shown);
    let pid = header.pid().map_or(String::new(), |pid| format!("[{pid}]"));
    format!("{stamp} {host} {}{pid}: {}", shown(header.tag()), shown(header.payload()))
}

fn all(log: &str) -> Vec<String> {
    let mut reader = LogReader::new(log.as_bytes());
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        lines.push(told(&line));
    }
    lines
}

fn check(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (log, want) in rows {
        let found = all(&format!("{log}\n")).join(" & ");
        if found != *want {
            wrong.push(format!("{log}\n  is   {found}\n  want {want}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A text, and a tag beside it.
#[test]
fn members_that_hold_the_message() {
    check(&[
        (r#"{"tag":"t","log":"one","message":"two"}"#, "- - t: one"),
        (r#"{"tag":"t","text":"one","body":"two"}"#, "- - t: two"),
        (
            r#"{"tag":"t","log":null,"message":"two"}"#,
            "damaged: {\"tag\":\"t\",\"log\":null,\"message\":\"two\"}",
        ),
        (r#"{"tag":"t","log":{"a":"x"},"message":"two"}"#, "- - t: two"),
        (r#"{"tag":"t","log":["x"],"message":"two"}"#, "- - t: two"),
        (r#"{"tag":"t","message":17}"#, "- - t: 17"),
        (r#"{"tag":"t","event":{"original":"one"},"x":"two"}"#, "- - t: one"),
        (r#"{"tag":"t","event.original":"one"}"#, "- - t: one"),
        (r#"{"tag":"t","jsonPayload":{"message":"one"}}"#, "- - t: one"),
        (r#"{"tag":"t","message":"one","message":"two"}"#, "- - t: one"),
        (r#"{"tag":"t","message":"one","tag":"u"}"#, "- - t: one"),
    ]);
}

#[test]
fn members_that_hold_the_tag() {
    check(&[
        (r#"{"message":"m","tag":"t","ident":"i"}"#, "- - i: m"),
        // A tag of Postfix with its program, then one of Postfix, then the first.
        (r#"{"message":"m","ident":"i","tag":"postfix/qmgr"}"#, "- - postfix/qmgr: m"),
        (r#"{"message":"m","ident":"i","tag":"postfix"}"#, "- - postfix: m"),
        (r#"{"message":"m","ident":"postfix","tag":"postfix/qmgr"}"#, "- - postfix/qmgr: m"),
        (r#"{"message":"m","ident":"","tag":"t"}"#, "- - t: m"),
        (r#"{"message":"m","ident":"a b","tag":"t"}"#, "- - t: m"),
        (r#"{"message":"m","ident":" t: "}"#, "- - t: m"),
        (r#"{"message":"m","syslogtag":"postfix/qmgr[7]:"}"#, "- - postfix/qmgr[7]: m"),
        (r#"{"message":"m","log":{"syslog":{"appname":"t","procid":9}}}"#, "- - t[9]: m"),
        (r#"{"message":"m","process":{"name":"t","pid":9}}"#, "- - t[9]: m"),
        // The number in the tag is the one of the line.
        (r#"{"message":"m","syslogtag":"t[7]:","pid":9}"#, "- - t[7]: m"),
        (r#"{"message":"m","tag":"t","pid":" 9 ","procid":8}"#, "- - t[9]: m"),
        (r#"{"message":"m","tag":"t","pid":"x","procid":8}"#, "- - t[8]: m"),
        (r#"{"message":"m","tag":"t","pid":4294967295}"#, "- - t[4294967295]: m"),
        (r#"{"message":"m","tag":"t","pid":4294967296}"#, "- - t: m"),
    ]);
}

/// A message with a stamp of its own is a whole line, of whatever program; so is one of Postfix without a stamp.
#[test]
fn messages_that_are_whole_lines() {
    check(&[
        (
            r#"{"ident":"i","message":"Nov 22 11:00:01 mx1 sshd[7]: x"}"#,
            "11-22T11:00:01 mx1 sshd[7]: x",
        ),
        (
            r#"{"ident":"i","message":"Nov 22 11:00:01 mx1 postfix/qmgr[7]: x"}"#,
            "11-22T11:00:01 mx1 postfix/qmgr[7]: x",
        ),
        (r#"{"ident":"i","message":"sshd[7]: x"}"#, "- - i: sshd[7]: x"),
        (r#"{"ident":"i","message":"x"}"#, "- - i: x"),
    ]);
}

#[test]
fn members_that_hold_the_host_and_the_time() {
    check(&[
        (r#"{"message":"m","tag":"t","host":"h","hostname":"n"}"#, "- h t: m"),
        (r#"{"message":"m","tag":"t","host":"","hostname":"n"}"#, "- n t: m"),
        (r#"{"message":"m","tag":"t","host":7,"hostname":"n"}"#, "- n t: m"),
        (r#"{"message":"m","tag":"t","host":{"name":"n","hostname":"h"}}"#, "- h t: m"),
        (r#"{"message":"m","tag":"t","labels":{"host":"n"}}"#, "- n t: m"),
        (
            r#"{"message":"m","tag":"t","time":"2026-11-22T10:00:02Z"}"#,
            "2026-11-22T10:00:02Z - t: m",
        ),
        (r#"{"message":"m","tag":"t","time":"Nov 22 10:00:02"}"#, "11-22T10:00:02 - t: m"),
        (
            r#"{"message":"m","tag":"t","time":"2026-11-22T10:00:02Z x","ts":1795341602}"#,
            "2026-11-22T10:00:02Z - t: m",
        ),
        (r#"{"message":"m","tag":"t","ts":1795341602.5}"#, "2026-11-22T10:00:02.5Z - t: m"),
        (r#"{"message":"m","tag":"t","ts":1795341602123}"#, "2026-11-22T10:00:02.123Z - t: m"),
        (
            r#"{"message":"m","tag":"t","ts":1795341602123456}"#,
            "2026-11-22T10:00:02.123456Z - t: m",
        ),
        (
            r#"{"message":"m","tag":"t","ts":1795341602123456789}"#,
            "2026-11-22T10:00:02.123456789Z - t: m",
        ),
        (r#"{"message":"m","tag":"t","ts":17953416021234}"#, "- - t: m"),
        (r#"{"message":"m","tag":"t","ts":"x","date":1795341602}"#, "2026-11-22T10:00:02Z - t: m"),
    ]);
}

/// Objects of the journal: the time of the sender before that of journald, the process that sent it before the relay.
#[test]
fn fields_of_the_journal() {
    let entry = |members: &str| format!(r#"{{"MESSAGE":"m","SYSLOG_IDENTIFIER":"t",{members}}}"#);
    let time = r#""__REALTIME_TIMESTAMP":"1795341602000001""#;
    let source = r#""_SOURCE_REALTIME_TIMESTAMP":"1795341602000002""#;
    let at = |micros| format!("2026-11-22T10:00:02.00000{micros}Z");
    check(&[
        (&entry(time), &format!("{} - t: m", at(1))),
        (&entry(&format!("{time},{source}")), &format!("{} - t: m", at(2))),
        (&entry(&format!("{source},{time}")), &format!("{} - t: m", at(2))),
        (&entry(r#""SYSLOG_PID":"7","_PID":"8""#), "- - t[7]: m"),
        (&entry(r#""_PID":"8""#), "- - t[8]: m"),
        (&entry(r#""SYSLOG_PID":"x","_PID":"8""#), "- - t[8]: m"),
        (&entry(r#""_COMM":"c""#), "- - t: m"),
        (r#"{"MESSAGE":"m","_COMM":"c"}"#, "- - c: m"),
        (&entry(r#""_HOSTNAME":"h""#), "- h t: m"),
    ]);
    // The first member of a name counts.
    check(&[
        (
            r#"{"MESSAGE":"m","SYSLOG_IDENTIFIER":"t","MESSAGE":"n","SYSLOG_IDENTIFIER":"u"}"#,
            "- - t: m",
        ),
        (r#"{"MESSAGE":"m","_COMM":"t","_COMM":"u"}"#, "- - t: m"),
    ]);
    // As much of a message is kept as of a line.
    for (length, cut) in [(MAX_LINE - 1, false), (MAX_LINE, false), (MAX_LINE + 1, true)] {
        let log = format!("{{\"MESSAGE\":\"{}\",\"SYSLOG_IDENTIFIER\":\"t\"}}", "x".repeat(length));
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        assert_eq!((line.length(), line.is_truncated()), (length as u64, cut));
    }
    // Without a tag of the journal, the message is a whole line, or its tag is another member.
    check(&[
        (r#"{"MESSAGE":"Nov 22 11:00:01 mx1 t: x"}"#, "11-22T11:00:01 mx1 t: x"),
        (r#"{"MESSAGE":"m","ident":"t"}"#, "- - t: m"),
        (r#"{"MESSAGE":"m"}"#, r#"damaged: {"MESSAGE":"m"}"#),
        (r#"{"MESSAGE":"m","message":"n","ident":"t"}"#, "- - t: n"),
    ]);
    // What one entry says is nothing that the next one says.
    let two = [
        entry(&format!(r#""_HOSTNAME":"h","_PID":"8","PRIORITY":"3",{time}"#)),
        entry(r#""x":"y""#),
    ]
    .join("\n");
    let mut reader = LogReader::new(two.as_bytes());
    let mut seen = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        seen.push((told(&line), line.header().expect("a header").priority()));
        assert_eq!(line.lines(), 1);
    }
    assert_eq!(seen, [(format!("{} h t[8]: m", at(1)), Some(11)), ("- - t: m".into(), None)]);
}

/// The host and the tag of an entry are texts apart from the message, whatever is in them.
#[cfg(feature = "serde")]
#[test]
fn odd_texts_in_fields_of_the_journal() {
    for length in [0, 1, 7, 20, 40, 200, 3_000] {
        let (odd, plain) = ("\\\"\\u0001".repeat(length / 2 + 1), "x".repeat(length));
        for (host, tag, message) in
            [(&odd, &plain, &plain), (&plain, &odd, &plain), (&odd, &odd, &odd)]
        {
            let log = format!(
                "{{\"MESSAGE\":\"m{message}\",\"SYSLOG_IDENTIFIER\":\"t{tag}\",\"_HOSTNAME\":\"{host}\"}}\n"
            );
            let mut reader = LogReader::new(log.as_bytes());
            let line = reader.next_line().expect("no error").expect("a line");
            let kept = LineBuf::from(line);
            for line in [line, LogLine::new(kept.line(), 1)] {
                let line = postfix_log::json::Line::new(&line, None);
                let mut written = Vec::new();
                line.write(&mut written);
                assert_eq!(shown(&written), serde_json::to_string(&line).expect("JSON"));
            }
        }
    }
}

/// Names of fields have one to 64 letters, digits and underscores.
#[test]
fn names_of_fields_in_exports() {
    let export = |name: &str| {
        format!("__REALTIME_TIMESTAMP=1795341602000001\n{name}=x\nSYSLOG_IDENTIFIER=t\nMESSAGE=m\n")
    };
    let want = "2026-11-22T10:00:02.000001Z - t: m";
    for name in ["A", "A9_", &"A".repeat(64)] {
        assert_eq!(all(&export(name)), [want], "{name}");
    }
    for name in ["", "a", "A-", &"A".repeat(65)] {
        assert_ne!(all(&export(name)).first().map(String::as_str), Some(want), "{name}");
    }
}

/// A value that is no text stands after its length, and may hold anything. Each of its bytes counts, also the
/// zeros of the length, and those that begin a line.
#[test]
fn counted_values_in_exports() {
    let counted = |name: &str, value: &str| {
        let length = u64::try_from(value.len()).expect("a length").to_le_bytes();
        [name.as_bytes(), b"\n", &length, value.as_bytes(), b"\n"].concat()
    };
    let (kilobyte, long) = ("k".repeat(1024), "x".repeat(100_000));
    let bounds = [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1].map(|length| "y".repeat(length));
    let [below, bound, above] = &bounds;
    let values = [
        "",
        "m",
        "two\nlines",
        "A=b\n\nMESSAGE=x",
        "ends\n",
        "\n",
        "\0\n\0\0\nx",
        &kilobyte,
        &long,
        below,
        bound,
        above,
    ];
    for value in values {
        // What stands before a message, and the message itself.
        for (other, text) in [(value, "m"), ("", "m"), ("x", &*format!("m{value}")), ("x", value)] {
            let log = [
                b"__CURSOR=c\n",
                &*counted("OTHER", other),
                b"SYSLOG_IDENTIFIER=t\n",
                &counted("MESSAGE", text),
                b"\n__CURSOR=c\nSYSLOG_IDENTIFIER=u\nMESSAGE=next\n\n",
            ]
            .concat();
            // No more is kept than of a line.
            let kept = text.get(..MAX_LINE).unwrap_or(text).to_owned();
            let cut = kept.len() < text.len();
            let want = [(kept, text.len() as u64, cut), ("next".into(), 4, false)];
            // Lines are read in one piece or in several; what exceeds their bound is missing then.
            // Byte by byte, a line is cut as soon as it is too long.
            let least = if text.len() == MAX_LINE + 1 { 1 } else { 30_000 };
            for chunk in [log.len(), 30_000, least] {
                let mut splitter = Splitter::new();
                let mut seen = Vec::new();
                for chunk in log.chunks(chunk) {
                    splitter.push(chunk);
                    while let Some(line) = splitter.next_line() {
                        seen.push((shown(line.text()), line.length(), line.is_truncated()));
                    }
                }
                assert!(seen == want, "{chunk} {value:.20?} {other:.20?}");
            }
        }
    }
    // The end of a value that is longer than all that is kept is not found, and the log goes on behind it.
    let log = [
        b"__CURSOR=c\n",
        &*counted("OTHER", &"x".repeat(9 * MAX_LINE)),
        b"\n__CURSOR=c\nSYSLOG_IDENTIFIER=u\nMESSAGE=next\n\n",
    ]
    .concat();
    assert_eq!(
        all(&String::from_utf8(log).expect("ASCII")).last().map(String::as_str),
        Some("- - u: next")
    );
}

/// A message that was cut says nothing of the next one, in records too.
#[test]
fn only_the_cut_record_is_truncated() {
    let long = "x".repeat(9 * MAX_LINE);
    let log = format!(
        "__CURSOR=c\nSYSLOG_IDENTIFIER=t\nMESSAGE=m\nLONG={long}\n\n__CURSOR=c\nSYSLOG_IDENTIFIER=u\nMESSAGE={long}\n\n\
         __CURSOR=c\nSYSLOG_IDENTIFIER=v\nMESSAGE=n\n\n__CURSOR=c\nMESSAGE=lost\n\n"
    );
    let mut reader = LogReader::new(log.as_bytes());
    let mut seen = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        seen.push((
            line.number(),
            line.lines(),
            line.text().len(),
            line.is_truncated(),
            line.header().is_ok(),
        ));
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(seen.get(2), Some(&(10, 4, 1, false, true)), "{seen:?}");
    assert_eq!(seen.get(3).map(|it| (it.1, it.3, it.4)), Some((3, false, false)), "{seen:?}");
}

/// A record that was too long to be kept changes nothing of the next one, of whatever layout.
#[test]
fn records_after_one_that_was_cut() {
    let long = "x".repeat(MAX_LINE);
    let cut = format!("__CURSOR=c\n{}\n", format!("LONG={long}\n").repeat(9));
    let value = "two\nlines";
    let length = char::from(u8::try_from(value.len()).expect("a short text"));
    for (next, want) in [
        (
            format!("__CURSOR=c\nSYSLOG_IDENTIFIER=t\nMESSAGE\n{length}\0\0\0\0\0\0\0{value}\n\n"),
            format!("- - t: {value}"),
        ),
        ("{\n\"tag\": \"t\",\n\"message\": \"m\"\n}\n".into(), "- - t: m".into()),
    ] {
        let lines = all(&format!("{cut}{next}"));
        assert_eq!((lines.len(), lines.last()), (2, Some(&want)), "{next}");
    }
}

/// JSON that was printed for people, line by line.
#[test]
fn lines_of_printed_objects() {
    let object =
        |lines: &[&str]| format!("{{\n  \"SYSLOG_IDENTIFIER\": \"t\",\n{}\n}}\n", lines.join("\n"));
    for (lines, want) in [
        (&["\"MESSAGE\": \"m\""][..], "- - t: m"),
        (&["\"MESSAGE\": [", "  104,", "  105", "]"], "- - t: hi"),
        (
            &[
                "\"x\": [",
                "-1.5e+3,",
                "2E9,",
                "true,",
                "false,",
                "null",
                "],",
                "\"MESSAGE\": \"m\"",
            ],
            "- - t: m",
        ),
        (
            &["\"x\": {", "\"y\": {", "\"z\": \"}}\\\"}\"", "}", "},", "\"MESSAGE\": \"m\""],
            "- - t: m",
        ),
        (&["\"x\": \"[{\",", "\"MESSAGE\": \"m\""], "- - t: m"),
    ] {
        assert_eq!(all(&object(lines)), [want], "{lines:?}");
    }
    // A line that is none of JSON ends the object, and is a line of the log.
    for (odd, told) in [
        ("Nov 22 11:00:01 mx1 t: x", "11-22T11:00:01 mx1 t: x"),
        ("truth", "damaged: truth"),
        ("12x", "damaged: 12x"),
        ("", "damaged: "),
    ] {
        let lines = all(&format!("{{\n\"tag\": \"t\",\n{odd}\n"));
        assert_eq!(lines.get(1).map(String::as_str), Some(told), "{lines:?}");
    }
}

/// An agent that marks parts gives the time of the message; others give the time at which they read it.
#[test]
fn times_of_marked_parts() {
    let line = |members: &str| {
        format!(
            "{{\"log\":\"2026-11-22T11:00:01+01:00 mx1 t: c\",\"x\":1,{members}\"time\":\"2026-11-22T10:00:06Z\"}}"
        )
    };
    check(&[
        (&line("\"_p\":\"F\","), "2026-11-22T10:00:06Z mx1 t: c"),
        (&line(""), "2026-11-22T11:00:01+01:00 mx1 t: c"),
        (&line("\"_p\":\"F\",").replace("log", "message"), "2026-11-22T11:00:01+01:00 mx1 t: c"),
    ]);
}

/// A message without its last part says nothing of the next one.
#[test]
fn messages_after_the_end() {
    let mut splitter = Splitter::new();
    for (parts, cut) in [("P", true), ("PF", false), ("P", true), ("PPF", false)] {
        for flag in parts.chars() {
            splitter.push(format!("2026-11-22T10:00:02Z stdout {flag} x\n").as_bytes());
        }
        splitter.finish();
        let line = splitter.next_line().expect("a line");
        assert_eq!((line.is_truncated(), line.text().len()), (cut, parts.len()), "{parts}");
        assert_eq!(splitter.next_line(), None);
    }
}

/// More may be pushed while lines that were pushed before wait to be read.
#[test]
fn pushed_between_lines() {
    let log = (1..=50).map(|n| format!("line {n}\n")).collect::<String>();
    let want: Vec<(String, u64)> = postfix_log::lines(log.as_bytes())
        .map(|line| (shown(line.bytes()), line.offset()))
        .collect();
    for size in [5, 12, 30, 100] {
        let mut splitter = Splitter::new();
        let mut seen = Vec::new();
        let mut take = |splitter: &mut Splitter| {
            let line = splitter.next_line().map(|line| (shown(line.text()), line.offset()));
            line.is_some_and(|line| {
                seen.push(line);
                true
            })
        };
        for chunk in log.as_bytes().chunks(size) {
            splitter.push(chunk);
            take(&mut splitter);
        }
        while take(&mut splitter) {}
        assert_eq!(seen, want, "{size}");
    }
}

/// Only what Docker itself writes has parts that end with a newline.
#[test]
fn objects_of_docker() {
    let time = "\"time\":\"2026-11-22T10:00:09Z\"";
    let stream = "\"stream\":\"stdout\"";
    let line = |members: &str| {
        format!(
            "{{\"log\":\"Nov 22 11:00:01 mx1 t: a\",{members}}}\n{{\"log\":\"Nov 22 11:00:01 mx1 t: b\\n\",{members}}}\n"
        )
    };
    for (members, whole) in [
        (format!("{stream},{time}"), false),
        (format!("{time},{stream}"), false),
        (format!("{stream},\"attrs\":{{}},{time}"), false),
        (format!("{stream},\"x\":1,{time}"), true),
        (stream.to_owned(), true),
        (time.to_owned(), true),
        (format!("{stream},\"attrs\":{{}}"), true),
        // Other agents mark the parts.
        (format!("{stream},{time},\"_p\":\"F\""), true),
        (format!("{stream},{time},\"_p\":\"P\""), false),
        (format!("{stream},{time},\"partial_message\":\"true\""), false),
        (format!("{stream},{time},\"partial_message\":\"false\""), true),
        (format!("{stream},{time},\"partial_message\":true,\"partial_last\":true"), true),
        (format!("{stream},{time},\"partial_message\":true,\"partial_last\":\"false\""), false),
    ] {
        assert_eq!(all(&line(&members)).len(), if whole { 2 } else { 1 }, "{members}");
    }
}

/// The parts of a message count in full, and as much of them is kept as of a line.
#[test]
fn messages_in_long_parts() {
    let part = |flag: char, length: usize| {
        format!("2026-11-22T10:00:02Z stdout {flag} {}\n", "x".repeat(length))
    };
    for (lengths, length, kept) in [
        ([40_000, 40_000, 7], 80_007, MAX_LINE),
        ([MAX_LINE - 7, 7, 0], MAX_LINE, MAX_LINE),
        ([MAX_LINE - 7, 7, 1], MAX_LINE + 1, MAX_LINE),
    ] {
        let [first, second, last] = lengths;
        let log = [part('P', first), part('P', second), part('F', last)].concat();
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        assert_eq!(
            (line.length(), line.text().len(), line.lines()),
            (length as u64, kept, 3),
            "{lengths:?}"
        );
        assert_eq!(line.is_truncated(), length > kept, "{lengths:?}");
    }
}

/// A part that is longer than a line may be ends the text, however the log arrives: what comes after the gap is not
/// appended to what came before it.
#[test]
fn a_part_that_was_cut_is_the_last_one_that_is_kept() {
    let text = format!("Nov 22 11:00:01 mx1 t: {}", "x".repeat(MAX_LINE - 23));
    for (tags, is_whole) in [(0, true), (100, true), (1_000, false)] {
        let log = format!(
            "2026-11-22T10:00:02Z stdout P:{} {text}{}\n2026-11-22T10:00:02Z stdout F more\n{text}\n",
            "t".repeat(tags),
            "y".repeat(9_000)
        );
        for chunk in [1_000, 8_192, MAX_LINE, 70_000, log.len()] {
            let mut splitter = Splitter::new();
            let mut seen = Vec::new();
            for piece in log.as_bytes().chunks(chunk) {
                splitter.push(piece);
                while let Some(line) = splitter.next_line() {
                    assert!(text.starts_with(&shown(line.text())), "{tags} {chunk}");
                    let is_whole = line.text().len() == MAX_LINE;
                    seen.push((line.lines(), line.length(), line.is_truncated(), is_whole));
                }
            }
            let long = MAX_LINE as u64 + 9_004;
            let want = [(2, long, true, is_whole), (1, MAX_LINE as u64, false, true)];
            assert_eq!(seen, want, "{tags} {chunk}");
        }
    }
}

/// A block of wrapped lines ends with the line that makes it 128 KiB, if so much has been read.
#[test]
fn blocks_of_wrapped_lines_have_their_size() -> io::Result<()> {
    let line = |length: usize| {
        let text = format!("Nov 22 11:00:01 mx1 t: {}", "x".repeat(length - 23));
        format!(
            "{{\"log\":\"{text}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:09Z\"}}\n"
        )
    };
    // Of the first line 64 KiB are kept. With its end, more lines are read.
    for (last, want) in [(1025, 65), (1024, 65), (1023, 66)] {
        let log = [line(400_000), line(1024).repeat(63), line(last), line(1024).repeat(9)].concat();
        let (mut reader, mut block) = (LogReader::new(log.as_bytes()), Block::default());
        assert!(reader.next_block(&mut block)?);
        assert_eq!(block.lines().count(), want, "{last}");
    }
    Ok(())
}

/// The time at the head of a verbose record counts where the journal has no time in its fields.
#[test]
fn times_of_verbose_records() {
    let record = |zone: &str, field: &str| {
        format!(
            "Sun 2026-11-22 10:00:02.000001 {zone} [s=c;i=1]\n    {field}\n    SYSLOG_IDENTIFIER=t\n    MESSAGE=m\n"
        )
    };
    for (zone, field, want) in [
        ("UTC", "X=y", "2026-11-22T10:00:02.000001Z - t: m"),
        ("GMT", "X=y", "2026-11-22T10:00:02.000001Z - t: m"),
        ("CET", "X=y", "2026-11-22T10:00:02.000001 - t: m"),
        (
            "UTC",
            "_SOURCE_REALTIME_TIMESTAMP=1795341602000002",
            "2026-11-22T10:00:02.000002Z - t: m",
        ),
        ("CET", "__REALTIME_TIMESTAMP=1795341602000002", "2026-11-22T10:00:02.000002Z - t: m"),
    ] {
        assert_eq!(all(&record(zone, field)), [want], "{zone} {field}");
        let two = [record(zone, field), record("UTC", "X=y")].concat();
        assert_eq!(all(&two), [want, "2026-11-22T10:00:02.000001Z - t: m"], "{zone} {field}");
    }
}

/// A record ends where it is longer than all that is kept.
#[test]
fn records_have_a_bound() {
    let value = "x".repeat(60_000);
    let printed =
        format!("{{\n{}\"MESSAGE\": \"m\"\n}}\n", format!("\"a\": \"{value}\",\n").repeat(20));
    let export = format!("__CURSOR=c\n{}MESSAGE=m\n\n", format!("A={value}\n").repeat(20));
    for (log, lines) in [(printed, 10), (export, 23)] {
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a record");
        assert!(line.header().is_err() && line.is_truncated(), "{:.50?}", line.text());
        assert_eq!((line.lines(), line.length()), (lines, 8 * MAX_LINE as u64 + 1));
    }
}

/// A line that was cut stays so when it is kept.
#[test]
fn kept_lines_that_were_cut() {
    let text = format!("Nov 22 11:00:01 mx1 t: {}", "x".repeat(MAX_LINE));
    for (text, cut) in [(&*text, true), (text.get(..MAX_LINE).expect("ASCII"), false)] {
        let mut reader = LogReader::new(text.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        assert_eq!(line.is_truncated(), cut);
        let kept = LineBuf::from(line);
        assert_eq!(kept.header().expect("a header").is_truncated(), cut);
        assert_eq!(LogLine::new(kept.line(), 1).is_truncated(), cut);
    }
}

/// The parts of two streams that are still open at the end come in a fixed order, each as its first part began.
#[test]
fn parts_left_open() {
    let part = |second: u8, stream: &str, text: &str| {
        format!("2026-11-22T10:00:0{second}Z {stream} P Nov 22 11:00:01 mx1 t: {text}\n")
    };
    let more = |second: u8, stream: &str| format!("2026-11-22T10:00:0{second}Z {stream} P more\n");
    let log =
        [part(1, "stderr", "a"), part(2, "stdout", "b"), more(3, "stderr"), more(4, "stdout")]
            .concat();
    assert_eq!(
        all(&log),
        ["2026-11-22T10:00:02Z mx1 t: bmore", "2026-11-22T10:00:01Z mx1 t: amore"]
    );
    // The time of an agent that is not exact says nothing of the next message of that stream.
    let whole = "2026-11-22T11:00:01+01:00";
    let exact = format!(
        "2026-11-22T10:00:05Z stdout P {whole} mx1 t: a\n2026-11-22T10:00:05Z stdout F b\n"
    );
    let agent =
        format!("{{\"message\":\"{whole} mx1 t: c\",\"@timestamp\":\"2026-11-22T10:00:06Z\"}}\n");
    assert_eq!(
        all(&[exact, agent].concat()),
        ["2026-11-22T10:00:05Z mx1 t: ab".to_owned(), format!("{whole} mx1 t: c")]
    );
}

/// An empty line ends an event of a stream of events, and nothing else.
#[test]
fn empty_lines_after_events() {
    let event = r#"data: {"message":"m","tag":"t"}"#;
    let line = "Nov 22 11:00:01 mx1 t: x";
    let told = "11-22T11:00:01 mx1 t: x";
    for (log, want) in [
        (format!("{event}\n\n{line}\n"), vec!["- - t: m", told]),
        (format!("{event}\n{line}\n"), vec!["- - t: m", told]),
        (format!("{event}\n\n\n{line}\n"), vec!["- - t: m", "damaged: ", told]),
        (format!("{event}\n{line}\n\n{line}\n"), vec!["- - t: m", told, "damaged: ", told]),
        (
            format!("{}\n\n{line}\n", event.replace("data: ", "")),
            vec!["- - t: m", "damaged: ", told],
        ),
    ] {
        assert_eq!(all(&log), want, "{log}");
    }
}

/// Bytes of NUL in one line change nothing of the next ones.
#[test]
fn lines_after_one_with_nuls() {
    let line = "Nov 22 11:00:01 mx1 t: x";
    let log = format!("\0\0\0{line}\n{line}\n{line}\0y\n{line}\n");
    let mut splitter = Splitter::new();
    splitter.push(log.as_bytes());
    splitter.finish();
    let mut seen = Vec::new();
    while let Some(found) = splitter.next_line() {
        seen.push((found.offset(), found.length(), found.is_truncated()));
    }
    assert_eq!(seen, [(0, 24, false), (28, 24, false), (53, 26, false), (80, 24, false)]);
}

/// Plain lines are taken in one piece, also after others: a line costs no allocation of its own.
#[test]
fn plain_lines_in_blocks_cost_nothing_each() -> io::Result<()> {
    let plain = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
    let part = "2026-11-22T10:00:02Z stdout F Nov 22 11:00:01 mx1 t: x\n";
    let wrapped = "{\"log\":\"Nov 22 11:00:02 mx1 t: x\\n\",\"stream\":\"stdout\"}\n";
    let torn = "Nov 22 11:00:01 mx1 t: \0\n";
    let record = "__CURSOR=c\nSYSLOG_IDENTIFIER=t\nMESSAGE=m\n\n";
    for (before, count) in
        [("", 20_000_u64), (part, 20_001), (wrapped, 20_001), (torn, 20_001), (record, 20_001)]
    {
        let log = format!("{before}{}", plain.repeat(20_000));
        let (mut lines, mut blocks) = (0, 0);
        let mut result = Ok(());
        let cost = measure(|| {
            let (mut reader, mut block) = (LogReader::new(log.as_bytes()), Block::default());
            result = loop {
                match reader.next_block(&mut block) {
                    Ok(true) => {
                        (lines, blocks) = (lines + block.lines().count() as u64, blocks + 1)
                    }
                    Ok(false) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
        });
        result?;
        assert_eq!(lines, count, "{before}");
        // At most some for each time that the log is read on, and those of the line before.
        assert!(
            cost.count_total < 4_500,
            "{} allocations in {blocks} blocks, {before}",
            cost.count_total
        );
    }
    Ok(())
}

#[test]
fn long_lines_in_memory_are_cut_as_by_the_readers() {
    for (length, cut) in [(MAX_LINE - 1, false), (MAX_LINE, false), (MAX_LINE + 1, true)] {
        let text = "x".repeat(length);
        let line = LogLine::new(Line::new(text.as_bytes(), 0), 1);
        assert_eq!((line.text().len(), line.lines()), (length.min(MAX_LINE), 1));
        assert_eq!((line.length(), line.is_truncated()), (length as u64, cut));
    }
}

#[test]
fn kept_lines_show_what_was_around_them() {
    let log =
        r#"{"MESSAGE":"m","SYSLOG_IDENTIFIER":"t","_HOSTNAME":"mx1","_PID":"7","PRIORITY":"6"}"#;
    let mut reader = LogReader::new(log.as_bytes());
    let line = reader.next_line().expect("no error").expect("a line");
    let kept = format!("{:?}", LineBuf::from(line));
    for part in ["host: \"mx1\"", "tag: \"t\"", "pid: Some(7)", "priority: Some(14)", "raw: \"m\""]
    {
        assert!(kept.contains(part), "{part} in {kept}");
    }
}
