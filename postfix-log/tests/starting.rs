//! How a message begins: its first line, its sender, and ids that are used again.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::Tracker;
use postfix_log::lifecycle::{Flag, OriginKind};

mod tracked;

use tracked::{ACTIVE, REMOVED, START, log, push, run, text};

fn sent() -> String {
    format!("11:00:01 smtp {}\n", tracked::sent())
}

/// Lines that only the first program of a message writes, and message ids that Postfix itself makes.
#[test]
fn first_lines() {
    for (first, partial) in [
        (START.to_owned(), false),
        ("11:00:00 pickup 1E24013C03E: uid=0 from=<root>\n".to_owned(), false),
        (
            "11:00:00 cleanup 1E24013C03E: message-id=<20261122100000.1E24013C03E@mx1>\n"
                .to_owned(),
            false,
        ),
        (
            "11:00:00 cleanup 1E24013C03E: message-id=<20261122100000.1E24013C03F@mx1>\n"
                .to_owned(),
            true,
        ),
        ("11:00:00 cleanup 1E24013C03E: message-id=<x@a.example>\n".to_owned(), true),
        (format!("11:00:00 {ACTIVE}"), true),
        (String::new(), true),
    ] {
        let rows = run(&log(&format!("{first}{}", sent())));
        let flags: Vec<_> = rows.iter().map(|row| row.flags.contains(Flag::PartialStart)).collect();
        assert_eq!(flags, [partial], "{first}");
    }
}

/// The first line that names the sender counts.
#[test]
fn senders() {
    let from = |lines: &str| {
        let rows = run(&log(&format!("{lines}{}", sent())));
        rows.first().and_then(|row| row.message.from.as_deref().map(text))
    };
    let pickup = "11:00:00 pickup 1E24013C03E: uid=0 from=<root>\n";
    assert_eq!(from(""), None);
    assert_eq!(from(pickup).as_deref(), Some("root"));
    assert_eq!(from(&format!("{pickup}11:00:00 {ACTIVE}")).as_deref(), Some("root"));
    assert_eq!(from(&format!("11:00:00 {ACTIVE}")).as_deref(), Some("a@a.example"));
    let bounce = ACTIVE.replace("a@a.example", "");
    assert_eq!(from(&format!("11:00:00 {bounce}")).as_deref(), Some(""));
}

/// After its end, a short id begins another message with any first line; a long id never does.
#[test]
fn ids_of_messages_that_are_gone() {
    let whole = format!("{START}11:00:00 {ACTIVE}{}11:00:02 {REMOVED}", sent());
    let messages = |id: &str, later: &str| {
        let text = format!("{whole}{later}").replace("1E24013C03E", id);
        run(&log(&text))
            .iter()
            .map(|row| {
                (row.message.generation, row.message.message_id.as_deref().map(tracked::text))
            })
            .collect::<Vec<_>>()
    };
    let own = (0, Some("<x@a.example>".to_owned()));
    let id_line = |time: &str| format!("{time} cleanup 1E24013C03E: message-id=<new@b>\n");
    let new = (1, Some("<new@b>".to_owned()));
    assert_eq!(messages("1E24013C03E", &id_line("11:00:03")), [own.clone(), new]);
    // A late line of the same second is one of the old message.
    assert_eq!(messages("1E24013C03E", &id_line("11:00:02")), core::slice::from_ref(&own));
    assert_eq!(messages("4gBz1K3vQ8z1xF", &id_line("11:00:03")), core::slice::from_ref(&own));
    // A line of the queue manager belongs to the old message for a minute, unless it tells of another one.
    let active = |time: &str, size: &str| format!("{time} {}", ACTIVE.replace("418", size));
    assert_eq!(messages("1E24013C03E", &active("11:01:02", "418")).len(), 1);
    assert_eq!(messages("1E24013C03E", &active("11:01:03", "418")).len(), 2);
    assert_eq!(messages("1E24013C03E", &active("11:00:03", "419")).len(), 2);
    assert_eq!(messages("4gBz1K3vQ8z1xF", &active("11:01:03", "419")).len(), 1);
    let more = ACTIVE.replace("nrcpt=1", "nrcpt=2");
    assert_eq!(messages("1E24013C03E", &format!("11:00:03 {more}")).len(), 2);
}

/// An announcement goes to the instance that sorts first, whichever came first.
#[test]
fn the_same_id_in_two_instances() {
    let child = |instance: &str| {
        format!("Nov 22 11:00:00 mx1 {instance}/cleanup[7]: 0AAAA13C040: message-id=<q@mx1>\n")
    };
    let notice = "Nov 22 11:00:01 mx1 postfix-x/bounce[7]: 1E24013C03E: sender non-delivery notification: 0AAAA13C040\n";
    let (a, b) = (child("postfix-a"), child("postfix-b"));
    for first in [format!("{a}{b}"), format!("{b}{a}")] {
        let mut tracker = Tracker::new().with_year(2026);
        assert!(push(&mut tracker, &format!("{first}{notice}")).is_empty());
        let announced: Vec<_> = tracker
            .rows()
            .filter(|row| row.message.origin.is_some())
            .map(|row| text(&row.message.instance))
            .collect();
        assert_eq!(announced, ["postfix-a"]);
    }
}

/// What is known of the origin before the start line stays.
#[test]
fn an_announced_message_keeps_its_origin() {
    let notice = "11:00:00 bounce 0AAAA13C040: sender non-delivery notification: 1E24013C03E\n";
    let pickup = "11:00:00 pickup 1E24013C03E: uid=89 from=<> orig_id=0BBBB13C041\n";
    let rows = run(&log(&format!("{notice}{pickup}{}", sent())));
    let origins: Vec<_> =
        rows.iter().filter_map(|row| row.message.origin.as_ref()).map(|it| it.kind).collect();
    assert_eq!(origins, [OriginKind::Notification]);
}

/// A start line may come up to a minute after the first line of its message.
#[test]
fn late_start_lines() {
    let first = format!("11:00:00 {ACTIVE}");
    for (time, generations) in [("11:00:00", 1), ("11:01:00", 1), ("11:01:01", 2)] {
        let start = format!("{time} smtpd 1E24013C03E: client=a.example[192.0.2.1]\n");
        let rows = run(&log(&format!("{first}{start}")));
        assert_eq!(rows.len(), generations, "{time}");
        let partial = rows.iter().filter(|row| row.flags.contains(Flag::PartialStart)).count();
        assert_eq!(partial, generations - 1, "{time}");
    }
    // A long id is always the same message.
    let long = "4gBz1K3vQ8z1xF";
    let text = format!("{first}12:00:00 smtpd 1E24013C03E: client=a.example[192.0.2.1]\n");
    assert_eq!(run(&log(&text.replace("1E24013C03E", long))).len(), 1);
}
