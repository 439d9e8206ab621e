//! What is taken out of the objects of collectors, runtimes and the journal.
#![allow(clippy::expect_used, reason = "the helpers of a test fail as the test does")]
#![cfg(feature = "std")]

use postfix_log::LogReader;
use postfix_log::limits::MAX_LINE;

/// The time of a collector stands in where the message has no year, and that of a runtime is the better one.
#[test]
fn times_of_the_message_and_of_its_wrapper() {
    let stamp = |log: &str| {
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        line.header().expect("a log line").stamp().map(|stamp| stamp.to_string())
    };
    let agent = |text: &str| {
        let text = format!("{text} mx1 postfix/smtpd[9]: text");
        stamp(&format!("{{\"message\":\"{text}\",\"@timestamp\":\"2026-11-22T10:00:09Z\"}}\n"))
    };
    let docker = |text: &str| {
        let text = format!("{text} mx1 postfix/smtpd[9]: text");
        stamp(&format!(
            "{{\"log\":\"{text}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:09Z\"}}\n"
        ))
    };
    let (whole, bare) = ("2026-11-22T11:00:01+01:00", "Nov 22 11:00:01");
    let theirs = Some("2026-11-22T10:00:09Z".to_owned());
    assert_eq!(agent(whole).as_deref(), Some(whole));
    assert_eq!(agent(bare), theirs);
    assert_eq!(docker(whole), theirs);
    assert_eq!(docker(bare), theirs);
}

/// A message that was cut says nothing of the next one.
#[test]
fn only_the_cut_message_is_truncated() {
    let part = |flag: char, text: &str| format!("2026-11-22T10:00:02Z stdout {flag} {text}\n");
    let long = "x".repeat(MAX_LINE);
    let log = [
        part('P', &format!("Nov 22 11:00:01 mx1 a: {long}")),
        part('F', "end"),
        part('P', "Nov 22 11:00:02 mx1 a: sho"),
        part('F', "rt"),
    ]
    .concat();
    let mut reader = LogReader::new(log.as_bytes());
    let mut cut = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        cut.push((line.number(), line.lines(), line.is_truncated()));
    }
    assert_eq!(cut, [(1, 2, true), (3, 2, false)]);
}

/// An object whose members hold the parts of a line apart.
#[test]
fn parts_of_a_line_in_members() {
    let parts = |members: &str| {
        let log = format!("{{\"message\":\"text\",{members}}}\n");
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        let header = line.header().expect("a log line");
        let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        (
            header.stamp().map_or("-".to_owned(), |stamp| stamp.to_string()),
            header.host().map_or("-".to_owned(), shown),
            shown(header.tag()),
            header.pid(),
        )
    };
    let named = |members: &str| parts(&format!("\"ident\":\"postfix/smtpd\",{members}"));
    // Seconds, milliseconds, microseconds and nanoseconds.
    for (number, stamp) in [
        ("1795345201", "2026-11-22T11:00:01Z"),
        ("1795345201.25", "2026-11-22T11:00:01.25Z"),
        ("1795345201123", "2026-11-22T11:00:01.123Z"),
        ("1795345201123456", "2026-11-22T11:00:01.123456Z"),
        ("1795345201123456789", "2026-11-22T11:00:01.123456789Z"),
        ("179534520112", "-"),
        ("17953452011234", "-"),
        ("\"2026-11-22T11:00:01Z\"", "2026-11-22T11:00:01Z"),
        ("\"Nov 22 11:00:01\"", "11-22T11:00:01"),
        ("\"2026-11-22T11:00:01Z x\"", "-"),
    ] {
        assert_eq!(named(&format!("\"timestamp\":{number}")).0, stamp, "{number}");
    }
    // The first member that has a text.
    assert_eq!(named("\"host\":\"mx1\",\"hostname\":\"mx2\"").1, "mx1");
    assert_eq!(named("\"host\":\"\",\"hostname\":\"mx2\"").1, "mx2");
    assert_eq!(named("\"host\":{\"name\":\"mx3\"}").1, "mx3");
    assert_eq!(named("\"pid\":\"77\"").3, Some(77));
    assert_eq!(named("\"pid\":77").3, Some(77));
    // A tag with its program is better than one without, and that is better than another program's.
    let tag = |members: &str| parts(members).2;
    assert_eq!(tag("\"syslogtag\":\"postfix\",\"tag\":\"postfix-mx/qmgr\""), "postfix-mx/qmgr");
    assert_eq!(tag("\"syslogtag\":\"postfix-out\",\"tag\":\"postfix-mx/qmgr\""), "postfix-mx/qmgr");
    assert_eq!(tag("\"ident\":\"collector\",\"tag\":\"postfix\""), "postfix");
    assert_eq!(tag("\"ident\":\"collector\",\"tag\":\"postfix-out\""), "postfix-out");
    assert_eq!(tag("\"ident\":\"collector\",\"tag\":\"shipper\""), "collector");
    assert_eq!(parts("\"syslogtag\":\"postfix/qmgr[300]:\",\"pid\":\"1\"").3, Some(300));
}

/// Records of several lines, and messages whose parts a collector marks.
#[test]
fn records_that_hold_what_ends_them() {
    let all = |log: &[u8]| {
        let mut reader = LogReader::new(log);
        let mut rows = Vec::new();
        while let Some(line) = reader.next_line().expect("no error") {
            let payload = line.header().map(|header| header.payload().escape_ascii().to_string());
            rows.push((
                line.lines(),
                payload.unwrap_or_else(|error| format!("{:?}", error.kind())),
            ));
        }
        rows
    };
    let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: ";
    // A bracket in a string, also behind an escaped quote, closes nothing.
    for text in ["a } b", r#"a \"} b"#, r#"a \\"#, r"a ]]]] b"] {
        let pretty = format!("{{\n  \"message\": \"{line}{text}\",\n  \"x\": [1]\n}}\n");
        let rows = all(pretty.as_bytes());
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows.first().map(|row| row.0), Some(4), "{text}");
        assert!(rows.iter().all(|row| row.1.starts_with("a ")), "{rows:?}");
    }
    // The length of a counted value is not part of it; newlines in it are.
    for text in ["connect from a[192.0.2.1]", "one\ntwo", "one\n\ntwo"] {
        let mut export = b"__CURSOR=x\nSYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE\n".to_vec();
        export.extend((text.len() as u64).to_le_bytes());
        export.extend(text.as_bytes());
        export.extend(b"\n_HOSTNAME=mx1\n\n");
        let rows = all(&export);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows.iter().all(|row| row.1 == text.escape_default().to_string()), "{rows:?}");
    }
    // The last part says that it is the last.
    let part = |text: &str, last: bool| {
        format!("{{\"log\":\"{text}\",\"partial_message\":\"true\",\"partial_last\":\"{last}\"}}\n")
    };
    let whole = format!("{{\"log\":\"{line}whole\"}}\n");
    let log = part(&format!("{line}be"), false) + &part("gu", false) + &part("n", true) + &whole;
    assert_eq!(all(log.as_bytes()), [(3, "begun".to_owned()), (1, "whole".to_owned())]);
}

/// Severity and facility of a journal entry make its priority (RFC 5424: facility times eight, and the severity).
#[test]
fn priorities_of_journal_entries() {
    let priority = |members: &str| {
        let log =
            format!("{{\"MESSAGE\":\"text\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\"{members}}}\n");
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        line.header().expect("a log line").priority()
    };
    for (members, want) in [
        ("", None),
        (",\"PRIORITY\":\"6\",\"SYSLOG_FACILITY\":\"2\"", Some(22)),
        (",\"PRIORITY\":\"7\",\"SYSLOG_FACILITY\":\"23\"", Some(191)),
        (",\"PRIORITY\":\"0\",\"SYSLOG_FACILITY\":\"0\"", Some(0)),
        // Without a facility it is that of a user's program.
        (",\"PRIORITY\":\"6\"", Some(14)),
        (",\"PRIORITY\":\"6\",\"SYSLOG_FACILITY\":\"24\"", Some(14)),
        (",\"PRIORITY\":\"8\",\"SYSLOG_FACILITY\":\"2\"", None),
        (",\"SYSLOG_FACILITY\":\"2\"", None),
    ] {
        assert_eq!(priority(members), want, "{members}");
    }
}

/// An object may be longer than a line of text, since its text is only a part of it.
#[test]
fn objects_have_a_bound_of_their_own() {
    let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for length in [MAX_LINE - 100, MAX_LINE, MAX_LINE + 1, 4 * MAX_LINE] {
        let filler = "x".repeat(length);
        let log = format!("{{\"x\":\"{filler}\",\"message\":\"{line}\"}}\n");
        let mut reader = LogReader::new(log.as_bytes());
        let found = reader.next_line().expect("no error").expect("a line");
        assert_eq!(found.text(), line.as_bytes(), "{length}");
        assert!(!found.is_truncated());
    }
}

/// A message that is a whole line is read as one, whatever the members beside it say.
#[test]
fn whole_lines_in_members() {
    let log = r#"{"ident":"collector[1]","host":"mx9","message":"Nov 22 11:00:01 mx1 postfix/qmgr[7]: text"}
{"ident":"collector[1]","host":"mx9","message":"text"}
"#;
    let mut reader = LogReader::new(log.as_bytes());
    let mut seen = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let header = line.header().expect("a log line");
        let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        seen.push((
            header.host().map(shown),
            shown(header.tag()),
            header.pid(),
            shown(header.payload()),
        ));
    }
    let row =
        |host: &str, tag: &str, pid| (Some(host.into()), tag.into(), Some(pid), "text".into());
    assert_eq!(seen, [row("mx1", "postfix/qmgr", 7), row("mx9", "collector", 1)]);
}

/// A message of the greatest length that is kept is whole.
#[test]
fn the_longest_message_is_whole() {
    for (length, cut) in [(MAX_LINE - 1, false), (MAX_LINE, false), (MAX_LINE + 1, true)] {
        let text = "x".repeat(length);
        let log = format!("{{\"ident\":\"postfix/smtpd\",\"message\":\"{text}\"}}\n");
        let mut reader = LogReader::new(log.as_bytes());
        let line = reader.next_line().expect("no error").expect("a line");
        assert_eq!(line.is_truncated(), cut, "{length}");
    }
}
