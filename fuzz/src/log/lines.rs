//! Laws of lines and their members.

use postfix_log::json::{self, Member, Object};
use postfix_log::{Line, LogLine, lines as split, parse_payload};

use crate::tried;

/// Lines rejoin to the input; each parses alone as it does in the file; every text member lies inside its line; the
/// owned form has the same members and can be read back from JSON; the crate's own JSON is that of serde, byte for byte.
pub fn lines(log: &[u8]) {
    let mut at = 0;
    let mut number = 0;
    for line in split(log) {
        assert_eq!(line.offset(), at as u64);
        let raw = line.raw();
        assert_eq!(raw, &log[at..at + raw.len()]);
        assert_eq!(raw.iter().position(|&b| b == b'\n').unwrap_or(raw.len() - 1), raw.len() - 1);
        at += raw.len();
        number += 1;
        one(&line, number);
        let copy = raw.to_vec();
        let alone = Line::new(&copy, line.offset());
        assert_eq!(alone.header(), line.header());
        assert_eq!(alone.event(), line.event());
    }
    assert_eq!(at, log.len());
    assert_eq!(
        number as usize,
        log.iter().filter(|&&b| b == b'\n').count()
            + usize::from(log.last().is_some_and(|&b| b != b'\n'))
    );
}

fn one(line: &Line<'_>, number: u64) {
    let all = line.raw().as_ptr_range();
    let inside = |text: &[u8]| {
        let ours = text.as_ptr_range();
        text.is_empty() || all.start <= ours.start && ours.end <= all.end
    };
    if let Err(error) = line.header() {
        assert!(error.offset() <= line.raw().len() as u64);
    }
    let entry = json::Line::new(&LogLine::new(*line, number), None);
    let mut names = Vec::new();
    entry.members(|name, value| {
        if let Member::Text(text) = value {
            // Some words of the crate also occur in the line.
            let mut words = text.split(|&b| b == b' ' || b == b'_');
            let word = ["action", "status", "name"].contains(&name)
                && words.all(|word| line.raw().windows(word.len().max(1)).any(|part| part == word));
            assert!(word || inside(text), "{name}={} is not of its line", text.escape_ascii());
        }
        names.push(name);
    });
    let known = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), known, "a member twice: {names:?}");
    assert!(names.contains(&"event") && names.contains(&"line"));
    let mut written = Vec::new();
    entry.write(&mut written);
    let json = String::from_utf8(written).expect("JSON is UTF-8");
    assert!(!json.bytes().any(|b| b < b' '), "a control byte in JSON");
    let tried = |part| tried(line.raw().len(), part, 3);
    if tried(0) {
        let other = serde_json::to_string(&entry).expect("a line serializes");
        assert_eq!(other, json, "written without serde");
    }
    if tried(1) {
        let mut printable = Vec::new();
        entry.write_printable(&mut printable);
        let printable = String::from_utf8(printable).expect("JSON is UTF-8");
        assert!(!printable.chars().any(char::is_control), "a control character in {printable}");
        let read = serde_json::from_str::<Object>(&printable).ok();
        assert_eq!(read, serde_json::from_str(&json).ok());
    }
    if tried(2) {
        let owned: Object = serde_json::from_str(&json).expect("what was written loads");
        assert_eq!(serde_json::to_string(&owned).expect("an owned line serializes"), json);
    }
}

/// A text of any program, chosen by the first byte, gives an event. A delivery or verdict found without the program is
/// the same as with it.
pub fn event(data: &[u8]) {
    const PROGRAMS: &[&str] = &[
        "",
        "smtpd",
        "cleanup",
        "qmgr",
        "smtp",
        "lmtp",
        "local",
        "virtual",
        "pipe",
        "error",
        "bounce",
        "pickup",
        "postscreen",
        "dnsblog",
        "tlsproxy",
        "anvil",
        "scache",
        "verify",
        "master",
        "postsuper",
        "postfix-script",
        "trivial-rewrite",
        "proxymap",
        "qmqpd",
        "discard",
        "flush",
        "showq",
        "postlog",
        "sendmail",
        "nobody",
    ];
    let Some((&first, payload)) = data.split_first() else { return };
    let program = PROGRAMS[usize::from(first) % PROGRAMS.len()].as_bytes();
    let event = parse_payload(program, payload);
    assert_eq!(parse_payload(program, payload), event);
    assert!(!event.name().is_empty());
    // The same through a whole line.
    let text: Vec<u8> = payload.iter().copied().filter(|&b| b != b'\n' && b != 0).collect();
    let mut line = b"Nov 22 11:00:00 mx1 postfix/".to_vec();
    line.extend_from_slice(program);
    line.extend_from_slice(b"[7]: ");
    line.extend_from_slice(&text);
    one(&Line::new(&line, 0), 1);
}
