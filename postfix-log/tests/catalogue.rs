//! Each example line of the catalogue of templates, with its event and all its members.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod common;

use postfix_log::{Event, Line, Status, lines};

/// A line as in the table: the time and host that every example shares are left out.
fn whole(line: &str) -> String {
    if line.starts_with(['<', 'N']) { line.into() } else { format!("Nov 22 11:00:01 mx1 {line}") }
}

fn describe(line: &Line<'_>) -> String {
    let header = line.header().unwrap();
    let event = line.event().unwrap();
    let mut out = event.name().to_string();
    let mut put = |name: &str, value: &str| out.push_str(&format!("\n  {name} = {value}"));
    if let Some(severity) = common::severity(header.severity()) {
        put("severity", severity);
    }
    if let Some(id) = header.queue_id() {
        put("queue_id", &id.to_string());
    }
    for (name, value) in common::members(&event).0 {
        put(name, &value);
    }
    out
}

/// Compares each entry of a table; gives the number of entries.
fn check(table: &str) -> usize {
    let mut count = 0;
    let mut wrong = Vec::new();
    let mut section = "";
    for entry in table.split("\n\n").map(str::trim_end).filter(|entry| !entry.is_empty()) {
        if let Some(title) = entry.strip_prefix("# ") {
            section = title;
            continue;
        }
        let (text, expected) = entry.split_once('\n').unwrap();
        let text = whole(text);
        let mut read = lines(text.as_bytes());
        let found = describe(&read.next().unwrap());
        assert!(read.next().is_none());
        count += 1;
        if found.trim_end() != expected {
            wrong.push(format!(
                "section {section}\n{text}\n--- expected\n{expected}\n--- found\n{found}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// The example lines of sections 3, 4 and 8.
#[test]
fn every_example_has_its_event_and_members() {
    assert_eq!(check(include_str!("data/catalogue.txt")), 219);
}

/// Templates and variants that the catalogue describes without an example: older and newer layouts,
/// rarer words, hostile text, lines without a program.
#[test]
fn every_variant_has_its_event_and_members() {
    assert_eq!(check(include_str!("data/templates.txt")), 198);
}

/// The longest of the deliveries, cut everywhere: an outcome is given only where the log tells it, and
/// nothing of the line is lost but a blank at its end.
#[test]
fn a_delivery_that_was_cut() {
    let text = "Nov 22 11:00:01 mx1 postfix/smtp[1]: 1E26413C064: to=<z@b.example>, orig_to=<y@b.example>, \
        relay=mx.b.example[203.0.113.30]:25, conn_use=2, delay=1, delays=0/0/1/0, tls=may, dsn=4.7.1, \
        status=undeliverable-but-not-cached (host mx.b.example[203.0.113.30] said: 451 4.7.1 wait)";
    let outcome = text.find(" (host").unwrap() + 2;
    let message = text.find("to=<").unwrap();
    for end in message + 1..text.len() {
        let line = Line::new(&text.as_bytes()[..end], 0);
        match line.event().unwrap() {
            Event::Delivery(delivery) if end >= outcome => {
                assert!(delivery.truncated && delivery.status == Status::UndeliverableNotCached);
                assert_eq!(delivery.reason, line.bytes()[outcome..].trim_ascii_end());
            }
            Event::Unrecognized(rest) if end < outcome => {
                assert_eq!(rest, line.bytes()[message..].trim_ascii_end());
            }
            event => panic!("{end}: {event:?}"),
        }
    }
}
