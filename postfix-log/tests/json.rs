//! The JSON of a line: golden files, and there and back again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "serde")]

use postfix_log::json::{self, Object};
use postfix_log::{Calendar, Line, LogLine, LogReader, lines};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The JSON of each message, with times of 2026.
fn objects(log: &[u8]) -> Vec<String> {
    let mut reader = LogReader::new(log);
    let mut calendar = Calendar::starting_at(2026);
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let stamp = line.header().ok().and_then(|header| header.stamp());
        let time = stamp.and_then(|stamp| calendar.resolve(&stamp));
        rows.push(serde_json::to_string(&json::Line::new(&line, time)).expect("JSON"));
    }
    rows
}

fn object(line: &[u8]) -> Value {
    serde_json::from_str(&objects(line)[0]).expect("JSON")
}

#[test]
fn members_of_the_frame() {
    assert_eq!(
        object(b"Nov 22 11:00:01 mx1 postfix/submission/smtpd[2101]: warning: 1E24013C03E: odd text of no kind"),
        json!({
            "line": 1, "time": "2026-11-22T11:00:01", "host": "mx1", "instance": "postfix", "service": "submission",
            "program": "smtpd", "pid": 2101, "severity": "warning", "queue_id": "1E24013C03E",
            "event": "diagnostic", "text": "odd text of no kind",
        })
    );
    assert_eq!(
        object(b"2026-11-22T11:00:01.123456+01:00 mx1 sshd[7]: bye"),
        json!({
            "line": 1, "time": "2026-11-22T11:00:01.123456+01:00", "host": "mx1", "pid": 7,
            "event": "foreign", "tag": "sshd", "text": "bye",
        })
    );
    assert_eq!(
        object(b"noise"),
        json!({
            "line": 1, "event": "malformed", "text": "noise", "error": "line starts with no known time stamp", "offset": 0,
        })
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    let entry = object(b"Nov 22 11:00:01 mx\xff sshd: a\\b \xc3");
    assert_eq!(entry["host"], "mx\\xff");
    assert_eq!(entry["text"], "a\\x5cb \\xc3");
    assert_eq!(entry["lossy"], json!(["host", "text"]));
    let entry = object(b"Nov 22 11:00:01 mx sshd: a\\b");
    assert_eq!((entry["text"].as_str(), entry.get("lossy")), (Some("a\\b"), None));
}

/// Names that need no escape stay; if one does, all are escaped, since they share the member's place in the list.
#[test]
fn names_of_commands() {
    for (names, want) in [
        (
            &b"a\\b=1 \x1bc=1 commands=2"[..],
            r#"{"a\\b":{"ok":1,"total":1},"\u001bc":{"ok":1,"total":1}"#,
        ),
        (
            b"a\\b=1 \xff\x1bc=1 commands=2",
            r#"{"a\\x5cb":{"ok":1,"total":1},"\\xff\\x1bc":{"ok":1,"total":1}"#,
        ),
    ] {
        let text = [b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: disconnect from a[192.0.2.1] ", names]
            .concat();
        let line = Line::new(&text, 0);
        let borrowed = json::Line::new(&LogLine::new(line, 1), None);
        let object = Object::from(&borrowed);
        let json = serde_json::to_string(&object).unwrap();
        assert_eq!(json, serde_json::to_string(&borrowed).unwrap());
        assert!(json.contains(want), "{json}");
        assert_eq!(serde_json::from_str::<Object>(&json).unwrap(), object);
    }
}

#[test]
fn nuls_in_a_line() {
    let entry = object(b"Nov 22 11:00:00 mx1 postfix/qmgr[1]: to\0\0Nov 22 11:00:05 mx1 postfix/qmgr[1]: 1E24013C03F: removed\n");
    assert_eq!((&entry["event"], &entry["truncated"]), (&json!("removed"), &json!(true)));
    assert_eq!(entry["length"], json!(98));
    let entry =
        object(b"Nov 22 11:00:00 mx1 postfix/cleanup[1]: 1E24013C03E: message-id=<a\0b@c>\n");
    assert_eq!(entry["message_id"], json!("<a\0b@c>"));
    assert_eq!(entry.get("truncated"), None);
}

#[test]
fn long_and_joined_lines() {
    let mut log = b"Nov 22 11:00:01 mx sshd: ".to_vec();
    log.resize(100_000, b'x');
    let entry = object(&log);
    assert_eq!((&entry["truncated"], &entry["length"]), (&json!(true), &json!(100_000)));
    assert_eq!(entry["text"].as_str().map(str::len), Some(64 * 1024 - 25));
    let entry = object(
        b"2026-11-22T10:00:02Z stdout P Nov 22 11:00:02 mx1 sshd: a \n2026-11-22T10:00:02Z stdout F b\n",
    );
    assert_eq!((&entry["lines"], &entry["text"]), (&json!(2), &json!("a b")));
}

/// The example lines of the catalogue of templates. When a change is meant, the new text is
/// accepted by copying the file that the failing test names.
#[test]
fn the_largest_delay_is_read_back() {
    let line = b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=none, \
        delay=18446744073709.551615, delays=9000000000.5/0/0/18446744073709, dsn=4.4.1, status=deferred (x)";
    let json = objects(line).remove(0);
    let entry: Object = serde_json::from_str(&json).expect("what was written");
    assert_eq!(serde_json::to_string(&entry).expect("JSON"), json);
}

#[test]
fn golden() {
    let objects = objects(include_bytes!("data/golden.log"));
    let golden: Vec<&str> = include_str!("data/golden.jsonl").lines().collect();
    let new = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden.jsonl");
    if objects != golden {
        std::fs::write(&new, objects.join("\n") + "\n").expect("a place for the new text");
    }
    for (object, want) in objects.iter().zip(&golden) {
        assert_eq!(object, want, "see {}", new.display());
    }
    assert_eq!(objects.len(), golden.len(), "see {}", new.display());
    assert!(golden.len() > 200);
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let golden =
        || lines(include_bytes!("data/golden.log")).map(|line| line.raw()).collect::<Vec<_>>();
    let bytes = prop::collection::vec(any::<u8>(), 0..6);
    prop::collection::vec(
        (prop::sample::select(golden()), any::<prop::sample::Index>(), bytes),
        1..6,
    )
    .prop_map(|pieces| {
        let mut log = Vec::new();
        for (line, place, bytes) in pieces {
            let at = place.index(line.len());
            log.extend_from_slice(&line[..at]);
            log.extend_from_slice(&bytes);
            log.extend_from_slice(&line[at..]);
        }
        log
    })
}

proptest! {
    #[test]
    fn owned_entries_come_back(log in log()) {
        for (number, line) in (1..).zip(lines(&log)) {
            let time = line.header().ok().and_then(|header| header.stamp());
            let time = time.and_then(|stamp| Calendar::starting_at(1972).resolve(&stamp));
            let borrowed = json::Line::new(&LogLine::new(line, number), time);
            let owned = Object::from(&borrowed);
            let json = serde_json::to_string(&borrowed).expect("JSON");
            prop_assert_eq!(&serde_json::to_string(&owned).expect("JSON"), &json);
            let back: Object = serde_json::from_str(&json).expect("an entry");
            prop_assert_eq!(&back, &owned, "{}", json);
        }
    }
}

/// Fails after some bytes, as a full disk does.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(self.0);
        self.0 -= count;
        if count == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(count) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A line with commands, with figures, with text that is not UTF-8: a failure at any byte comes through.
#[test]
fn a_writer_that_fails() {
    for line in [
        &b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: disconnect from a\xff[192.0.2.1] ehlo=1 r\xffcpt=1/3 commands=2/4"[..],
        b"Nov 22 11:00:01 mx1 postfix/scache[9]: statistics: max simultaneous domains=1 addresses=2 connection=3",
        b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b>, relay=none, delay=1.5, delays=1/0/0.5/0, dsn=4.4.1, status=deferred (x)",
    ] {
        let line = Line::new(line, 0);
        let borrowed = json::Line::new(&LogLine::new(line, 1), None);
        let owned = Object::from(&borrowed);
        let whole = serde_json::to_string(&borrowed).expect("JSON");
        for room in 0..whole.len() {
            assert!(serde_json::to_writer(Full(room), &borrowed).is_err_and(|error| error.is_io()));
            assert!(serde_json::to_writer(Full(room), &owned).is_err_and(|error| error.is_io()));
        }
        assert!(serde_json::to_writer(Full(whole.len()), &borrowed).is_ok());
    }
}

#[test]
fn members_by_kind() {
    let line = Line::new(
        b"Nov 22 11:00:01 mx1 postfix/postscreen[9]: DNSBL rank -3 for [192.0.2.1]:51544",
        0,
    );
    let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 7), None));
    assert_eq!(entry.number("pid"), Some(9));
    assert_eq!((entry.number("rank"), entry.text("rank")), (None, None));
    assert_eq!(entry.get("rank"), Some(&postfix_log::json::Value::Negative(-3)));
    assert_eq!((entry.text("host"), entry.number("host")), (Some(&b"mx1"[..]), None));
    assert_eq!((entry.get("no such"), entry.text("no such")), (None, None));
    let names: Vec<_> = entry.members().map(|(name, _)| name.to_vec()).collect();
    entry.map_texts(|name, text| {
        text.insert(0, b'<');
        text.extend_from_slice(name);
    });
    assert_eq!(entry.text("host"), Some(&b"<mx1host"[..]));
    assert_eq!(entry.number("pid"), Some(9));
    assert!(entry.members().map(|(name, _)| name).eq(names.iter().map(Vec::as_slice)));
    let rank = |rank: i64| {
        let text = format!(
            "Nov 22 11:00:01 mx1 postfix/postscreen[9]: DNSBL rank {rank} for [192.0.2.1]:5"
        );
        let entry =
            Object::from(&json::Line::new(&LogLine::new(Line::new(text.as_bytes(), 0), 1), None));
        entry.get("rank").cloned()
    };
    assert_eq!(rank(3), Some(postfix_log::json::Value::Number(3)));
    assert_eq!(rank(i64::MIN + 1), Some(postfix_log::json::Value::Negative(i64::MIN + 1)));
}

#[test]
fn what_is_no_entry() {
    for (json, why) in [
        ("7", "expected the members of a log line"),
        (r#"{"x":null}"#, "expected a member of a log line"),
        (r#"{"delays":["x"]}"#, "a list with items that are not seconds"),
        (r#"{"delays":[18446744073710]}"#, "duration out of range"),
        (r#"{"delay":18446744073710}"#, "duration out of range"),
        (r#"{"delay":-0.5}"#, "duration out of range"),
        (r#"{"delay":1e300}"#, "duration out of range"),
        (r#"{"x":{"a":1,"b":{"ok":1,"total":1}}}"#, "an object that mixes commands and figures"),
        (r#"{"x":{"a":"b"}}"#, "did not match any variant"),
        (r#"{"x":"\\q","lossy":["x"]}"#, "a lossy member with a broken escape"),
        (
            r#"{"x":{"\\q":{"ok":1,"total":1}},"lossy":["x"]}"#,
            "a lossy member with a broken escape",
        ),
        (r#"{"lossy":7}"#, "expected a sequence"),
    ] {
        let error = serde_json::from_str::<Object>(json).expect_err(json).to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
    // What cannot be lossy is left alone, and so is the name of a member that is not there.
    for json in [r#"{"x":7,"lossy":["x","y"]}"#, r#"{"x":{"a\\q":1},"lossy":["x"]}"#] {
        assert!(serde_json::from_str::<Object>(json).is_ok(), "{json}");
    }
    for (json, value) in [
        ("-1", postfix_log::json::Value::Negative(-1)),
        ("0", postfix_log::json::Value::Number(0)),
        ("false", postfix_log::json::Value::Flag(false)),
    ] {
        let entry: Object = serde_json::from_str(&format!(r#"{{"x":{json}}}"#)).expect("an entry");
        assert_eq!(entry.get("x"), Some(&value));
    }
}

/// Some lines are about a service: theirs is told, not that of the tag.
#[test]
fn one_service_in_a_line() {
    for (line, want) in [
        (
            "postfix/submission/smtpd[9]: warning: Connection rate limit exceeded: 31 from a[192.0.2.1] for service smtp",
            "smtp",
        ),
        ("postfix/submission/smtpd[9]: connect from a[192.0.2.1]", "submission"),
        (
            "postfix/x/anvil[9]: statistics: max connection rate 3/60s for (smtp:192.0.2.1) at Nov 22 11:00:01",
            "smtp",
        ),
        ("postfix/x/anvil[9]: statistics: max cache size 2 at Nov 22 11:00:01", "x"),
        ("postfix/x/master[9]: reload -- version 3.7.11, configuration /etc/postfix", "x"),
        (
            "postfix/x/master[9]: warning: service \"smtp\" (25) has reached its process limit \"100\": new clients may experience noticeable delays",
            "smtp",
        ),
    ] {
        let line = format!("Nov 22 11:00:01 mx1 {line}");
        let entry =
            Object::from(&json::Line::new(&LogLine::new(Line::new(line.as_bytes(), 0), 1), None));
        let services: Vec<_> = entry
            .members()
            .filter(|(name, _)| *name == b"service")
            .map(|(_, value)| value.clone())
            .collect();
        assert_eq!(services, [postfix_log::json::Value::Text(want.into())], "{line}");
    }
}
