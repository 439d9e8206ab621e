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
    }
    assert_eq!(seen, [(format!("{} h t[8]: m", at(1)), Some(11)), ("- - t: m".into(), None)]);
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
    ];
    for value in values {
        // What stands before a message, and the message itself.
        for (other, text) in [(value, "m"), ("", "m"), ("x", &*format!("m{value}"))] {
            let log = [
                b"__CURSOR=c\n",
                &*counted("OTHER", other),
                b"SYSLOG_IDENTIFIER=t\n",
                &counted("MESSAGE", text),
                b"\n__CURSOR=c\nSYSLOG_IDENTIFIER=u\nMESSAGE=next\n\n",
            ]
            .concat();
            let mut reader = LogReader::new(log.as_slice());
            let mut seen = Vec::new();
            while let Some(line) = reader.next_line().expect("no error") {
                seen.push((shown(line.text()), line.length(), line.is_truncated()));
            }
            // No more is kept than of a line.
            let kept = text.get(..MAX_LINE).unwrap_or(text).to_owned();
            let cut = kept.len() < text.len();
            assert_eq!(
                seen,
                [(kept, text.len() as u64, cut), ("next".into(), 4, false)],
                "{value:.20?}"
            );
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
