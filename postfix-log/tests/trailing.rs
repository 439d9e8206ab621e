//! Blanks and escapes that loggers, terminals and editors leave at the end of a line change no event, and
//! neither does the loss of a blank that Postfix wrote there.
#![cfg(feature = "std")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]

use postfix_log::json;
use postfix_log::{LogReader, parse_payload};

const ENDS: [&str; 14] = [
    " ",
    "\t",
    "  \t ",
    "\r",
    " \r",
    "\0",
    "\0\0\0\0",
    "\u{a0}",
    "\u{2003}",
    "\u{feff}",
    "\x1b[0m",
    "\x1b[0;39;49m\x1b[K",
    " \x1b(B\x1b[m ",
    "\x0b\x0c",
];

/// Tag, pid and message of every line in the tables of examples.
fn examples() -> Vec<(String, &'static str, &'static str)> {
    let formats = include_str!("data/formats.tsv").lines().map(|row| {
        let cells: Vec<_> = row.split('\t').collect();
        (format!("postfix/{}", cells[4]), "9", cells[5])
    });
    let tables = [include_str!("data/catalogue.txt"), include_str!("data/templates.txt")];
    let golden =
        include_str!("data/golden.log").lines().filter_map(|line| line.split_once(" mx1 "));
    let lines = tables.into_iter().flat_map(|table| table.split("\n\n"));
    lines
        .filter_map(|entry| entry.lines().next())
        .filter(|line| line.starts_with("postfix"))
        .chain(golden.map(|(_, line)| line))
        .filter_map(|line| {
            let (tag, rest) = line.split_once('[')?;
            let (pid, message) = rest.split_once("]: ")?;
            Some((tag.to_owned(), pid, message))
        })
        .chain(formats)
        .collect()
}

/// The members of each line of a log, but for its number and its length.
fn members(log: &str) -> Vec<String> {
    let mut reader = LogReader::new(log.as_bytes());
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        let mut row = String::new();
        json::Line::new(&line, None).members(|name, value| {
            if name != "line" {
                row.push_str(&format!("{name} {value:?}\n"));
            }
        });
        rows.push(row);
    }
    rows
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A tag, a pid and a message as some logger writes them.
type Wrapper = fn(&str, &str, &str) -> String;

const WRAPPERS: [(&str, Wrapper); 9] = [
    ("classic", |tag, pid, text| format!("Nov 22 11:00:01 mx1 {tag}[{pid}]: {text}")),
    ("RFC 3339", |tag, pid, text| {
        format!("2026-11-22T11:00:01.123456+01:00 mx1 {tag}[{pid}]: {text}")
    }),
    ("RFC 5424", |tag, pid, text| format!("<22>1 2026-11-22T11:00:01Z mx1 {tag} {pid} - - {text}")),
    ("compose", |tag, pid, text| format!("mail-1  | Nov 22 11:00:01 mx1 {tag}[{pid}]: {text}")),
    ("docker -t", |tag, pid, text| {
        format!("2026-11-22T10:00:01.5Z Nov 22 11:00:01 mx1 {tag}[{pid}]: {text}")
    }),
    ("CRI", |tag, pid, text| {
        format!("2026-11-22T10:00:01.5Z stdout F Nov 22 11:00:01 mx1 {tag}[{pid}]: {text}")
    }),
    ("repeated", |tag, pid, text| {
        format!("Nov 22 11:00:01 mx1 {tag}[{pid}]: message repeated 2 times: [ {text}]")
    }),
    ("docker JSON", |tag, pid, text| {
        let log = json_text(&format!("Nov 22 11:00:01 mx1 {tag}[{pid}]: {text}\n"));
        format!("{{\"log\":{log},\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:01.5Z\"}}")
    }),
    ("journal", |tag, pid, text| {
        let (tag, text) = (json_text(tag), json_text(text));
        format!(
            "{{\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":{tag},\"SYSLOG_PID\":\"{pid}\",\"MESSAGE\":{text}}}"
        )
    }),
];

#[test]
fn what_follows_a_line_changes_nothing() {
    let examples = examples();
    assert!(examples.len() > 900, "{} examples", examples.len());
    for (name, wrapper) in WRAPPERS {
        let log = |end: &str| {
            let line = |(tag, pid, text): &(String, &str, &str)| {
                wrapper(tag, pid, &format!("{text}{end}")) + "\n"
            };
            examples.iter().map(line).collect::<String>()
        };
        let plain = members(&log(""));
        assert_eq!(plain.len(), examples.len(), "{name}");
        for end in ENDS {
            let found = members(&log(end));
            assert_eq!(found.len(), plain.len(), "{name}, {end:?}");
            for ((plain, found), line) in plain.iter().zip(found).zip(&examples) {
                assert_eq!(*plain, found, "{name}, {end:?}, {line:?}");
            }
        }
    }
}

/// Journald drops the blank at the end of a message.
#[test]
fn a_blank_that_was_dropped_changes_nothing() {
    let mut checked = 0;
    for (tag, _, text) in examples() {
        let program = tag.rsplit('/').next().unwrap().as_bytes();
        // An example whose last value is empty, wherever that is possible.
        for (at, _) in text.match_indices(": ") {
            let (with, without) = (&text[..at + 2], &text[..=at]);
            let [with, without] =
                [with, without].map(|text| parse_payload(program, text.as_bytes()));
            assert_eq!(with, without, "{text}");
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked} places");
    for (program, text, name) in [
        ("smtpd", "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed:", "auth_failure"),
        ("smtpd", "warning: SASL authentication failure:", "auth_failure"),
        ("smtpd", "warning: non-SMTP command from unknown[192.0.2.1]:", "protocol_violation"),
        (
            "smtpd",
            "warning: Illegal address syntax from unknown[192.0.2.1] in MAIL command:",
            "protocol_violation",
        ),
        (
            "smtpd",
            "improper command pipelining after EHLO from unknown[192.0.2.1]:",
            "protocol_violation",
        ),
        ("smtpd", "warning: unknown[192.0.2.1]: request longer than 2048:", "protocol_violation"),
        (
            "smtp",
            "warning: 1E24013C03E: non-ESMTP response from a.example[192.0.2.1]:25:",
            "protocol_violation",
        ),
        ("smtp", "connect to a.example[192.0.2.1]:25:", "connect_failure"),
        ("smtp", "SSL_connect error to a.example[192.0.2.1]:25:", "tls_failure"),
        ("smtpd", "warning: TLS library problem:", "tls_failure"),
        ("postscreen", "PREGREET 3 after 0.1 from [192.0.2.1]:4711:", "postscreen"),
        ("postscreen", "NON-SMTP COMMAND from [192.0.2.1]:4711 after EHLO:", "postscreen"),
        ("postscreen", "COMMAND PIPELINING from [192.0.2.1]:4711 after EHLO:", "postscreen"),
        ("postscreen", "BARE NEWLINE from [192.0.2.1]:4711 after", "postscreen"),
        ("cleanup", "1E24013C03E: message-id=", "message_id"),
        ("smtpd", "discarding EHLO keywords:", "info"),
        ("smtpd", "NOQUEUE: reply filter in:", "info"),
        ("smtp", "1E24013C03E: replace: header Subject:", "policy_action"),
    ] {
        let event = parse_payload(program.as_bytes(), text.as_bytes());
        assert_eq!(event.name(), name, "{text}");
        let blank = format!("{text} ");
        assert_eq!(parse_payload(program.as_bytes(), blank.as_bytes()), event, "{text}");
    }
}
