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

/// Lines of the second in which a message began may be of the next one with its id, if that was removed already.
#[test]
fn two_messages_in_one_second() {
    use postfix_log::lifecycle::Limits;

    let mut tracker = Tracker::with_limits(Limits { messages: 1, ..Limits::default() });
    // A message with this id was given up before.
    let old = START.replace("11:00:00", "10:00:00");
    assert!(push(&mut tracker, &log(&old)).is_empty());
    let other = START.replace("1E24013C03E", "0AAAA13C040").replace("11:00:00", "10:30:00");
    assert_eq!(push(&mut tracker, &log(&other)).len(), 1);
    let one = format!("{START}11:00:00 {ACTIVE}11:00:00 {REMOVED}");
    assert_eq!(push(&mut tracker, &log(&one)).len(), 1);
    let next = format!("11:00:00 {}", ACTIVE.replace("418", "419"));
    let first = push(&mut tracker, &log(&next));
    let sizes = |rows: &[postfix_log::Lifecycle]| {
        rows.iter().map(|row| (row.message.generation, row.message.size)).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&first), [(0, Some(418))]);
    let last: Vec<_> = tracker.drain().collect();
    assert_eq!(sizes(&last), [(1, Some(419))]);
}

/// Two runs of one second are two runs, and the later line counts.
#[test]
fn two_runs_in_one_second() {
    let two = ACTIVE.replace("nrcpt=1", "nrcpt=2");
    let count = |lines: String| {
        let rows = run(&log(&format!("{START}{lines}")));
        rows.iter().map(|row| row.message.nrcpt).collect::<Vec<_>>()
    };
    assert_eq!(count(format!("11:00:00 {two}11:00:00 {ACTIVE}")), [Some(1)]);
    // A line that comes late says nothing new.
    assert_eq!(count(format!("11:00:01 {ACTIVE}11:00:00 {two}")), [Some(1)]);
}

/// After its end, a short id may begin a message whose first line is missing, too; a long id never does.
#[test]
fn later_lines_of_a_message_that_was_told() {
    for (id, rows) in [("1E24013C03E", 1), ("4gBz1K3vQ8z1xF", 0)] {
        let mut tracker = Tracker::new().with_year(2026);
        let named = |text: String| log(&text.replace("1E24013C03E", id));
        let whole = named(format!("{START}11:00:00 {ACTIVE}{}11:00:02 {REMOVED}", sent()));
        let noise = log(&"11:30:00 anvil statistics: max cache size 1 at Nov 22\n".repeat(96));
        assert_eq!(push(&mut tracker, &(whole + &noise)).len(), 1);
        for late in [format!("12:00:00 {ACTIVE}"), sent().replace("11:00:01", "12:00:01")] {
            assert!(push(&mut tracker, &named(late)).is_empty());
        }
        let told: Vec<_> = tracker.drain().collect();
        assert_eq!(told.len(), rows, "{id}");
        assert!(told.iter().all(|row| row.flags.contains(Flag::PartialStart)));
    }
}

/// A start line is that of a message without one only if that is not over; two different ones are of two messages.
#[test]
fn start_lines_of_the_next_message() {
    let first = format!("11:00:00 {ACTIVE}{}", sent());
    let next = START.replace("11:00:00", "11:00:30");
    for (name, text, partial) in [
        ("open", format!("{first}{next}"), &[false][..]),
        ("over", format!("{first}11:00:02 {REMOVED}{next}"), &[true, false]),
        ("begun", format!("{START}{}", next.replace("a.example", "b.example")), &[false, false]),
    ] {
        let rows = run(&log(&text));
        let flags: Vec<_> = rows.iter().map(|row| row.flags.contains(Flag::PartialStart)).collect();
        assert_eq!(flags, partial, "{name}");
        let generations: Vec<_> = rows.iter().map(|row| row.message.generation).collect();
        assert_eq!(generations, (0..).take(partial.len()).collect::<Vec<_>>(), "{name}");
    }
}

/// An id that began a new message before the end of the first one was seen may go on after both.
#[test]
fn an_id_that_was_used_twice_may_go_on() {
    let next = START.replace("11:00:00", "11:05:00");
    let noise = "13:00:00 anvil statistics: max cache size 1 at Nov 22\n".repeat(96);
    let mut tracker = Tracker::new().with_year(2026);
    assert_eq!(push(&mut tracker, &log(&format!("{START}{next}{noise}"))).len(), 2);
    let late = sent().replace("11:00:01", "13:00:01");
    assert!(push(&mut tracker, &log(&late)).is_empty());
    assert_eq!(tracker.drain().count(), 1);
}
