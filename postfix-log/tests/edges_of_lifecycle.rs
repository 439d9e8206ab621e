//! When rows are given, and what they say of messages whose lines come in an unusual order.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::Tracker;
use postfix_log::lifecycle::{Limits, OriginKind, QueueCheck};

mod tracked;

use tracked::{ACTIVE, REMOVED, START, delivery, log, push, resume, rows, run, save, sent, text};

/// What timed out is looked for at every sixteenth line of its host.
#[test]
fn rows_come_at_every_sixteenth_line() {
    let whole =
        log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 {REMOVED}", sent()));
    // The last line of the message is the fifth, the fifteenth and so on; 65 lines must follow it.
    for (before, at) in [(0, 80), (10, 80), (11, 96), (12, 96)] {
        let mut tracker = Tracker::new().with_year(2026);
        let lines = log(&"10:59:00 smtpd connect from a[192.0.2.1]\n".repeat(before)) + &whole;
        assert!(push(&mut tracker, &lines).is_empty());
        let mut count = lines.lines().count();
        // More than a minute and 64 lines later.
        let mut given = Vec::new();
        for _ in 0..100 {
            let rows = push(&mut tracker, &log("11:02:00 smtpd connect from a[192.0.2.1]\n"));
            // Lines of other hosts do not count.
            let other = "Nov 22 11:02:00 mx2 postfix/smtpd[7]: connect from a[192.0.2.1]\n";
            assert!(push(&mut tracker, other).is_empty());
            count += 1;
            if !rows.is_empty() {
                given.push((count, rows.len()));
            }
        }
        assert_eq!(given, [(at, 1)], "{before}");
    }
}

/// A notification is about the recipients that failed in its run, not about those that were served after it.
#[test]
fn who_is_told_of_by_an_early_notification() {
    let to = |name: &str, status: &str| delivery(&format!("{name}@b.example"), status, "x");
    let notice = "11:00:02 bounce 1E24013C03E: sender non-delivery notification: 0AAAA13C040\n";
    assert_eq!(
        rows(&format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n{notice}11:00:02 smtp {}\n11:00:02 smtp {}\n11:00:02 smtp {}\n",
            to("a", "bounced"),
            to("b", "sent"),
            to("c", "deferred"),
            to("d", "bounced"),
        )),
        [
            "a@b.example bounced end=11:00:01 told=0AAAA13C040",
            "b@b.example delivered end=11:00:02",
            "c@b.example still_deferred first=11:00:02",
            "d@b.example bounced end=11:00:02 told=0AAAA13C040",
        ]
    );
}

fn filtered(id: &str, to: &str, child: &str) -> String {
    delivery(to, "sent", &format!("250 2.0.0 Ok: queued as {child}"))
        .replace("1E24013C03E", id)
        .replace("mx.b.example[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025")
}

/// The message that a filter made may be in the log before the line that hands it over.
#[test]
fn a_child_without_an_origin_gets_one() {
    let child = "0AAAA13C040";
    let mut tracker = Tracker::new().with_year(2026);
    let lines = log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n\
         11:00:01 smtp {}\n11:00:02 smtp {}\n",
        filtered("1E24013C03E", "b@b.example", child),
        sent().replace("1E24013C03E", child),
    ));
    let mut rows = push(&mut tracker, &lines);
    rows.extend(tracker.drain());
    let origin = |row: &postfix_log::Lifecycle| {
        let origin = row.message.origin.as_ref()?;
        Some((origin.kind, origin.queue_id.as_deref().map(text)))
    };
    let all: Vec<_> = rows.iter().map(|row| (row.is_hop(), origin(row))).collect();
    let filter = Some((OriginKind::Filter, Some("1E24013C03E".to_owned())));
    assert_eq!(all, [(false, None), (true, filter)]);
}

/// Mail behind two filters is in the queue under its last id.
#[test]
fn the_queue_has_the_last_id_of_a_chain() {
    let (second, third) = ("0AAAA13C040", "0BBBB13C050");
    let mut tracker = Tracker::new().with_year(2026);
    let back = |id: &str| format!("11:00:01 smtpd {id}: client=localhost[127.0.0.1]\n");
    let lines = log(&format!(
        "{START}11:00:00 {ACTIVE}{}11:00:01 smtp {}\n{}11:00:01 smtp {}\n11:00:02 smtp {}\n",
        back(second),
        filtered("1E24013C03E", "b@b.example", second),
        back(third),
        filtered(second, "b@b.example", third),
        tracked::deferred().replace("1E24013C03E", third),
    ));
    assert!(push(&mut tracker, &lines).is_empty());
    let check = |id: &str| {
        let QueueCheck { confirmed, gone, unnamed, unlogged, .. } =
            tracker.check_queue([(id, "b@b.example")]);
        (confirmed.len(), gone.len(), unnamed.len(), unlogged.len())
    };
    assert_eq!(check(third), (1, 0, 0, 0));
    for id in ["1E24013C03E", second] {
        assert_eq!(check(id), (0, 1, 0, 1), "{id}");
    }
}

/// A recipient beyond the limit has the servers of its one line.
#[test]
fn servers_of_a_recipient_beyond_the_limit() {
    let limits = Limits { recipients: 0, ..Limits::default() };
    let mut tracker = Tracker::with_limits(limits).with_year(2026);
    assert_eq!(*tracker.limits(), limits);
    let bounced = delivery("b@b.example", "bounced", "x");
    let without = bounced.replace("mx.b.example[192.0.2.9]:25", "none");
    let lines = log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {bounced}\n11:00:01 error {without}\n"
    ));
    let servers: Vec<_> = push(&mut tracker, &lines)
        .iter()
        .flat_map(|row| row.attempts.iter().map(|attempt| attempt.servers))
        .collect();
    assert_eq!(servers, [1, 0]);
}

/// The status code of each attempt is that of its line.
#[test]
fn status_codes_of_attempts() {
    let line = |dsn: &str| delivery("b@b.example", "deferred", "x").replace("4.0.0", dsn);
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:10:00 {ACTIVE}11:10:01 smtp {}\n11:10:02 smtp {}\n",
        line("4.7.1"),
        line("4.4.316"),
        line("").replace(" dsn=,", ""),
    )));
    let codes: Vec<_> = rows
        .iter()
        .flat_map(|row| row.attempts.iter().map(|one| one.dsn.map(|dsn| dsn.to_string())))
        .collect();
    assert_eq!(codes, [Some("4.7.1".to_owned()), Some("4.4.316".to_owned()), None]);
}

/// The clock was set back between the deferral and the expiry, though the expiry seems to be later.
#[test]
fn a_step_before_the_expiry() {
    let other = |time: &str| {
        format!("{time} smtp {}\n", tracked::deferred().replace("1E24013C03E", "0AAAA13C040"))
    };
    let start = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n", tracked::deferred());
    let end = format!("12:00:01 {}", tracked::EXPIRED);
    let row = |text: &str| rows(text).into_iter().next();
    let plain = "b@b.example expired first=11:00:01 end=12:00:01 wait=3600";
    assert_eq!(row(&format!("{start}{end}")).as_deref(), Some(plain));
    let back = other("10:00:00") + &other("10:00:01");
    let stepped = format!("{plain} clock_step");
    assert_eq!(row(&format!("{start}{back}{end}")), Some(stepped));
    // What happened to the clock before the deferral does not count.
    let before = other("12:00:00") + &other("10:59:50") + &other("10:59:51");
    let lines = rows(&format!("{before}{start}{end}"));
    assert!(lines.contains(&plain.to_owned()), "{lines:?}");
}

/// A tracker of one site tracks one, and a tracker of none nothing.
#[test]
fn the_least_number_of_sites() {
    let lines = log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n", sent()));
    for (sites, rows) in [(0, 0), (1, 1), (2, 1)] {
        let mut tracker = Tracker::with_limits(Limits { sites, ..Limits::default() });
        assert!(push(&mut tracker, &lines).is_empty());
        assert_eq!(tracker.drain().count(), rows, "{sites}");
    }
}

/// The parts of the server of an attempt.
#[test]
fn the_server_of_an_attempt() {
    let rows = run(&log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n", sent())));
    let attempt = rows.first().and_then(|row| row.attempts.first()).expect("an attempt");
    let relay = attempt.relay();
    assert_eq!((relay.name, relay.port), (Some(&b"mx.b.example"[..]), Some(25)));
    assert_eq!(relay.address.map(|address| text(address.as_bytes())).as_deref(), Some("192.0.2.9"));
}

/// As many sessions and announced messages as are ever held come back.
#[test]
fn full_lists_are_saved() {
    let mut tracker = Tracker::new().with_year(2026);
    let mut lines = String::new();
    for pid in 1..=4_097 {
        lines.push_str(&format!(
            "Nov 22 11:00:00 mx1 postfix/smtpd[{pid}]: NOQUEUE: hold: RCPT from a[192.0.2.1]: <b@b.example>: \
             Recipient address triggers HOLD action; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a>\n"
        ));
    }
    for child in 0..8_193 {
        lines.push_str(&format!(
            "Nov 22 11:00:00 mx1 postfix/bounce[7]: 1E24013C03E: sender non-delivery notification: {:010X}\n",
            child + 0x0AA_AA13_0000_u64
        ));
    }
    assert!(push(&mut tracker, &lines).is_empty());
    let saved = save(&tracker);
    assert_eq!(saved.matches("\"verdict\"").count(), 4_096);
    assert_eq!(saved.matches("\"child\"").count(), 8_192);
    assert_eq!(save(&resume(Limits::default(), &saved).expect("the same state")), saved);
}

/// What is missing of a state is told by its place.
#[test]
fn states_that_are_cut() {
    let saved = save(&Tracker::new());
    let parts: Vec<serde_json::Value> = serde_json::from_str(&saved).expect("a list");
    assert_eq!(parts.len(), 3);
    for length in 0..3 {
        let cut = serde_json::to_string(&parts.get(..length)).expect("text");
        let error = resume(Limits::default(), &cut).expect_err("a part of a state").to_string();
        let want = format!("invalid length {length}, expected version, head and messages");
        assert!(error.starts_with(&want), "{error}");
    }
}

/// An error says what should have stood there.
#[test]
fn states_of_another_shape() {
    let saved = save(&Tracker::new());
    let parts: serde_json::Value = serde_json::from_str(&saved).expect("a list");
    let changed = |pointer: &str| {
        let mut parts = parts.clone();
        *parts.pointer_mut(pointer).expect("a part") = 7.into();
        resume(Limits::default(), &parts.to_string()).expect_err("no state").to_string()
    };
    for (pointer, want) in [
        ("", "expected a saved tracker: version, head and messages"),
        ("/1/hosts", "expected at most 2097152 items"),
        ("/1/gone", "expected at most 2097152 items"),
        ("/2", "expected messages"),
    ] {
        let error = changed(pointer);
        assert!(error.starts_with("invalid type: integer `7`") && error.contains(want), "{error}");
    }
    let error = serde_json::from_str::<postfix_log::lifecycle::Flags>("7").expect_err("no flags");
    assert!(error.to_string().contains("expected a list of flags"), "{error}");
}

/// A line about a server that could not be used is one about its message, too.
#[test]
fn a_failed_server_is_a_sign_of_life() {
    use core::time::Duration;
    let limits = Limits { queued: Duration::from_secs(60), ..Limits::default() };
    let noise = log(&"11:01:30 smtpd connect from a[192.0.2.1]\n".repeat(100));
    for (failure, rows) in [
        (String::new(), 1),
        ("11:00:50 smtp 1E24013C03E: host mx1[192.0.2.2] refused to talk to me: 421 busy\n".to_owned(), 0),
        ("11:00:50 smtp 1E24013C03E: lost connection with mx1[192.0.2.2] while sending RCPT TO\n".to_owned(), 0),
    ] {
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        let lines = log(&format!("{START}11:00:00 {ACTIVE}{failure}"));
        assert!(push(&mut tracker, &lines).is_empty());
        assert_eq!(push(&mut tracker, &noise).len(), rows, "{failure}");
    }
}

/// Of two messages that announce the same child, the first is its parent.
#[test]
fn an_announcement_that_is_repeated() {
    let child = "0AAAA13C040";
    let notice =
        |id: &str| format!("11:00:02 bounce {id}: sender non-delivery notification: {child}\n");
    let rows = run(&log(&format!(
        "{}{}11:00:02 qmgr {child}: from=<>, size=9, nrcpt=1 (queue active)\n",
        notice("1E24013C03E"),
        notice("0BBBB13C050"),
    )));
    let origins: Vec<_> = rows
        .iter()
        .filter_map(|row| row.message.origin.as_ref())
        .map(|origin| (origin.kind, origin.queue_id.as_deref().map(text)))
        .collect();
    assert_eq!(origins, [(OriginKind::Notification, Some("1E24013C03E".to_owned()))]);
}

/// The memory that is counted after each line is that of the same state read again.
#[test]
fn memory_is_counted_as_lines_come() {
    let (second, third) = ("0AAAA13C040", "0BBBB13C050");
    let back = |id: &str| format!("11:00:01 smtpd {id}: client=localhost[127.0.0.1]\n");
    let many: String = (0..40)
        .map(|at| {
            format!("11:00:03 smtp {}\n", delivery(&format!("b{at}@b.example"), "deferred", "x"))
        })
        .collect();
    for lines in [
        // A child that is known before it is announced.
        format!(
            "{START}11:00:00 {ACTIVE}11:00:01 cleanup {second}: message-id=<{}>\n\
             11:00:02 bounce 1E24013C03E: sender non-delivery notification: {second}\n",
            "y".repeat(140)
        ),
        // Filters whose messages are known before and after they are named, and one that names its parent.
        format!(
            "{START}11:00:00 {ACTIVE}{}11:00:01 smtp {}\n11:00:01 smtp {}\n{}",
            back(second),
            filtered("1E24013C03E", "b@b.example", second),
            filtered(second, "b@b.example", third),
            back(third),
        ),
        format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtpd {second}: client=localhost[127.0.0.1], \
             orig_queue_id=1E24013C03E, orig_client=a.example[192.0.2.1]\n11:00:01 smtp {}\n",
            filtered("1E24013C03E", "b@b.example", second),
        ),
        // Failures, many recipients, a sender that comes late, and the end.
        format!(
            "{START}11:00:01 smtp connect to mx1[192.0.2.2]:25: Connection timed out\n\
             11:00:02 smtp {}\n11:00:02 {ACTIVE}{many}11:00:05 {}11:00:06 {REMOVED}",
            tracked::deferred(),
            tracked::EXPIRED,
        ),
    ] {
        let mut tracker = Tracker::new().with_year(2026);
        for line in log(&lines).lines() {
            assert!(push(&mut tracker, line).is_empty());
            let again = resume(Limits::default(), &save(&tracker)).expect("the same state");
            assert_eq!(tracker.bytes(), again.bytes(), "{line}");
            assert!(tracker.bytes() > 400 * tracker.messages(), "{line}");
        }
    }
}

/// Saved states contain these values, by which lines that come again are known.
#[test]
fn marks_of_saved_messages() {
    let mut tracker = Tracker::new().with_year(2026);
    assert!(push(&mut tracker, &log(&format!("{START}11:00:00 {ACTIVE}"))).is_empty());
    let state: serde_json::Value = serde_json::from_str(&save(&tracker)).expect("a state");
    let mark =
        |name: &str| state.pointer(&format!("/2/0/{name}")).and_then(serde_json::Value::as_u64);
    assert_eq!(
        ["start_mark", "active_mark", "sender_mark"].map(mark),
        [Some(758_702_792), Some(1_581_022_016), Some(4_177_827_853)]
    );
    assert_eq!(mark("runs"), Some(1));
    // None before these lines come.
    let mut tracker = Tracker::new().with_year(2026);
    let first = "11:00:00 cleanup 1E24013C03E: message-id=<x@a.example>\n";
    assert!(push(&mut tracker, &log(first)).is_empty());
    let state: serde_json::Value = serde_json::from_str(&save(&tracker)).expect("a state");
    for name in ["start_mark", "active_mark", "sender_mark"] {
        assert_eq!(state.pointer(&format!("/2/0/{name}")), Some(&0.into()), "{name}");
    }
}

/// A host whose year was not known when the state was saved gets that of the new calendar.
#[test]
fn a_year_that_is_told_later() {
    let mut tracker = Tracker::new();
    assert!(push(&mut tracker, &log(START)).is_empty());
    let mut tracker =
        resume(Limits::default(), &save(&tracker)).expect("the same state").with_year(2031);
    assert!(push(&mut tracker, &log(&format!("11:00:01 smtp {}\n", sent()))).is_empty());
    let resolved: Vec<_> =
        tracker.drain().filter_map(|row| row.resolved).map(|time| time.to_string()).collect();
    assert_eq!(resolved, ["2031-11-22T11:00:01"]);
}

/// The number of rows that a line closes is known before they are taken.
#[test]
fn lengths_of_what_is_given() {
    let two = format!(
        "11:00:01 smtp {}\n11:00:01 smtp {}\n",
        sent(),
        delivery("c@b.example", "sent", "x")
    );
    let mut tracker = Tracker::new();
    assert!(push(&mut tracker, &log(&format!("{START}{two}11:00:02 {REMOVED}"))).is_empty());
    let mut lengths = Vec::new();
    for line in log(&"11:02:00 smtpd connect from a[192.0.2.1]\n".repeat(100)).lines() {
        let header = postfix_log::Line::new(line.as_bytes(), 0).header().expect("a log line");
        let closed = tracker.push(&header, &header.event());
        let (least, most) = closed.size_hint();
        assert_eq!((Some(least), closed.len()), (most, least));
        assert_eq!(closed.count(), least);
        lengths.push(least);
    }
    assert_eq!(lengths.iter().filter(|&&length| length > 0).collect::<Vec<_>>(), [&2]);
}

/// A removal within a minute of a new message is that of the one before.
#[test]
fn a_removal_one_minute_later() {
    let second = START.replace("11:00:0", "15:00:0");
    for (at, end) in [("15:01:00", "- unknown"), ("15:01:01", "- unknown end=15:01:01")] {
        let all = rows(&format!("{START}11:00:01 smtp {}\n{second}{at} {REMOVED}", sent()));
        assert_eq!(all.last().map(String::as_str), Some(end));
    }
    // What cleanup took back is the new one, and so is what no program is named for.
    for (line, ends) in [
        ("mx1 postfix/cleanup[7]: 1E24013C03E: removed (canceled)", &[][..]),
        ("mx1 postfix[7]: 1E24013C03E: removed", &["- unknown end=15:00:01"]),
    ] {
        let first = log(&format!("{START}11:00:01 smtp {}\n{second}", sent()));
        let rows = run(&format!("{first}Nov 22 15:00:01 {line}\n"));
        let told: Vec<_> =
            rows.iter().filter(|row| row.message.generation == 1).map(tracked::told).collect();
        assert_eq!(told, ends, "{line}");
    }
}

/// Recipients that only a HOLD action names count against the limit.
#[test]
fn recipients_of_actions_have_a_limit() {
    for limit in 0..4 {
        let mut tracker = Tracker::with_limits(Limits { recipients: limit, ..Limits::default() });
        let hold = |to: &str| {
            format!(
                "11:00:01 cleanup 1E24013C03E: hold: header Subject: x from a.example[192.0.2.1]; \
                 from=<a@a.example> to=<{to}@b.example> proto=ESMTP helo=<a.example>: y\n"
            )
        };
        let lines = log(&format!("{START}{}{}{}", hold("b"), hold("c"), hold("b")));
        assert!(push(&mut tracker, &lines).is_empty());
        let named = tracker.drain().filter(|row| row.to.is_some()).count();
        assert_eq!(named, limit.min(2));
    }
}

/// A before-queue filter passes a message on that has no id outside.
#[test]
fn the_origin_of_a_proxied_message() {
    let child = "0AAAA13C040";
    let rows = run(&log(&format!(
        "11:00:02 smtpd proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as {child}; from=<a@a.example> \
         to=<b@b.example> proto=ESMTP helo=<a.example>\n\
         11:00:02 qmgr {child}: from=<a@a.example>, size=9, nrcpt=1 (queue active)\n"
    )));
    let origin = rows.first().and_then(|row| row.message.origin.clone()).expect("an origin");
    assert_eq!((origin.kind, origin.queue_id), (OriginKind::Proxy, None));
}

/// As many sites as the limits allow come back, and no more.
#[test]
fn states_with_many_sites() {
    let mut tracker = Tracker::new();
    for host in ["mx1", "mx2"] {
        assert!(push(&mut tracker, &log(START).replace("mx1", host)).is_empty());
    }
    let saved = save(&tracker);
    for (sites, is_read) in [(1, false), (2, true), (3, true)] {
        let limits = Limits { sites, ..Limits::default() };
        let read = resume(limits, &saved);
        assert_eq!(read.is_ok(), is_read, "{sites}");
    }
}

/// An old log that is read again says nothing of a newer message with the same id.
#[test]
fn an_old_log_beside_a_newer_message() {
    let mut tracker = Tracker::new().with_year(2026);
    let old = log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 {REMOVED}", sent()));
    assert!(push(&mut tracker, &old).is_empty());
    let noise = log(&"11:02:00 smtpd connect from a[192.0.2.1]\n".repeat(100));
    assert_eq!(push(&mut tracker, &noise).len(), 1);
    let new = log(&START.replace("11:00:0", "12:00:0"));
    assert!(push(&mut tracker, &new).is_empty());
    let start = log(START);
    assert!(push(&mut tracker, &start).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    let seen: Vec<_> =
        rows.iter().map(|row| row.message.first_seen.map(|time| time.to_string())).collect();
    assert_eq!(seen, [Some("2026-11-22T12:00:00".to_owned())]);
}

/// The same end twice is a repeated line only if it has the same time.
#[test]
fn ends_that_come_twice() {
    let discard = "11:00:02 cleanup 1E24013C03E: discard: header Subject: x from a.example[192.0.2.1]; \
        from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a.example>: y\n";
    let removed = |time: &str| format!("{time} {REMOVED}");
    for (ends, is_repeated) in [
        (removed("11:00:02"), false),
        (removed("11:00:02") + &removed("11:00:02"), true),
        (removed("11:00:02") + &removed("11:00:05"), false),
        (discard.to_owned() + &removed("11:00:02"), false),
        (discard.repeat(2), true),
        (discard.to_owned() + &discard.replace("11:00:02", "11:00:05"), false),
    ] {
        let all = rows(&format!("{START}{ends}"));
        let flagged = all.iter().filter(|row| row.contains("repeated_lines")).count();
        assert_eq!(flagged, usize::from(is_repeated), "{ends}{all:?}");
    }
}

/// A message that was idle may go on, also one with a long id.
#[test]
fn long_ids_may_go_on() {
    let id = "4jW9mx0sf8z9rwp";
    let mut tracker = Tracker::new().with_year(2026);
    let line = |time: &str| log(&format!("{time} smtp {}\n", sent().replace("1E24013C03E", id)));
    assert!(push(&mut tracker, &log(START).replace("1E24013C03E", id)).is_empty());
    let noise = log(&"13:00:00 smtpd connect from a[192.0.2.1]\n".repeat(100));
    let idle = push(&mut tracker, &noise);
    assert_eq!(
        idle.iter().map(|row| row.evicted).collect::<Vec<_>>(),
        [Some(postfix_log::lifecycle::Evicted::Idle)]
    );
    assert!(push(&mut tracker, &line("13:00:01")).is_empty());
    assert_eq!(tracker.drain().filter(|row| row.to.is_some()).count(), 1);
}

/// Of recipients whose attempts are not kept, a line that comes twice counts once, too.
#[test]
fn repeated_lines_of_many_recipients() {
    use postfix_log::lifecycle::{Flag, Limits};

    let mut tracker = Tracker::with_limits(Limits { recipients: 1, ..Limits::default() });
    let to = |name: &str, why: &str| {
        format!("11:00:01 smtp {}\n", delivery(&format!("{name}@b.example"), "deferred", why))
    };
    let lines = format!("{START}11:00:00 {ACTIVE}{}{}{}", to("b", "x"), to("c", "x"), to("c", "x"));
    assert!(push(&mut tracker, &log(&lines)).is_empty());
    let counts = |tracker: &Tracker| {
        tracker
            .rows()
            .map(|row| {
                (row.attempt_count, row.attempts.len(), row.flags.contains(Flag::RepeatedLines))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&tracker), [(1, 1, true), (1, 0, true)]);
    // Another line of the same second counts.
    assert!(push(&mut tracker, &log(&to("c", "y"))).is_empty());
    assert_eq!(counts(&tracker), [(1, 1, true), (2, 0, true)]);
}

/// A minute after its end, a line is about another message with the same short id.
#[test]
fn a_delivery_one_minute_after_the_end() {
    let whole = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 {REMOVED}", sent());
    for (time, rows) in [("11:01:02", 1), ("11:01:03", 2)] {
        let all = run(&log(&format!("{whole}{time} smtp {}\n", sent())));
        assert_eq!(all.len(), rows, "{time}");
    }
}

/// The hops of a chain are on the host of its end, and no chain is longer than those that are saved.
#[test]
fn states_with_impossible_hops() {
    let (second, third) = ("0AAAA13C040", "0BBBB13C050");
    let mut tracker = Tracker::new().with_year(2026);
    let back = |id: &str| format!("11:00:01 smtpd {id}: client=localhost[127.0.0.1]\n");
    let lines = log(&format!(
        "{START}11:00:00 {ACTIVE}{}11:00:01 smtp {}\n{}11:00:01 smtp {}\n",
        back(second),
        filtered("1E24013C03E", "b@b.example", second),
        back(third),
        filtered(second, "b@b.example", third),
    ));
    assert!(push(&mut tracker, &lines).is_empty());
    assert!(push(&mut tracker, &log(START).replace("mx1", "mx2")).is_empty());
    let state: serde_json::Value = serde_json::from_str(&save(&tracker)).expect("a state");
    let messages = state.pointer("/2").and_then(serde_json::Value::as_array).expect("messages");
    let at = messages
        .iter()
        .position(|message| message.pointer("/upstream/0").is_some())
        .expect("a message with an earlier hop");
    let changed = |name: &str, value: serde_json::Value| {
        let mut state = state.clone();
        *state.pointer_mut(&format!("/2/{at}/upstream/0/{name}")).expect("a part") = value;
        resume(Limits::default(), &state.to_string()).map(|_| ()).map_err(|error| error.to_string())
    };
    let hop = state.pointer(&format!("/2/{at}/upstream/0/between/0")).expect("a hop").clone();
    let many = |count: usize| serde_json::Value::from(vec![hop.clone(); count]);
    assert_eq!(changed("site", 0.into()), Ok(()));
    assert_eq!(changed("between", many(16)), Ok(()));
    for (name, value) in [("site", 1.into()), ("between/0/0", 1.into()), ("between", many(17))] {
        let error = changed(name, value).expect_err("an impossible hop");
        assert!(error.contains("a hop is on a different host from its message"), "{error}");
    }
}

/// A recipient whose address is too long to be kept whole is one recipient.
#[test]
fn a_long_address_is_one_recipient() {
    let to = format!("{}@b.example", "b".repeat(3_000));
    let line = |time: &str| format!("{time} smtp {}\n", delivery(&to, "deferred", "x"));
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}{}11:10:00 {ACTIVE}{}",
        line("11:00:01"),
        line("11:10:01")
    )));
    let counts: Vec<_> =
        rows.iter().map(|row| (row.attempt_count, row.to.as_deref().map(<[u8]>::len))).collect();
    assert_eq!(counts, [(2, Some(2_048))]);
}

/// A filter that makes one message of two: each recipient's row is that of its own message.
#[test]
fn two_messages_that_become_one() {
    let (other, child) = ("0AAAA13C040", "0BBBB13C050");
    let rows = run(&log(&format!(
        "{START}{}11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n11:00:00 {ACTIVE}11:00:00 {}\
         11:00:01 smtp {}\n11:00:01 smtp {}\n11:00:02 smtp {}\n11:00:02 smtp {}\n",
        START.replace("1E24013C03E", other),
        ACTIVE.replace("1E24013C03E", other),
        filtered("1E24013C03E", "b@b.example", child),
        filtered(other, "c@b.example", child),
        delivery("b@b.example", "sent", "x").replace("1E24013C03E", child),
        delivery("c@b.example", "sent", "x").replace("1E24013C03E", child),
    )));
    let ids: Vec<_> = rows
        .iter()
        .map(|row| (text(&row.message.queue_id), row.to.as_deref().map(text).unwrap_or_default()))
        .collect();
    let own = |id: &str, to: &str| (id.to_owned(), to.to_owned());
    assert_eq!(ids, [own("1E24013C03E", "b@b.example"), own(other, "c@b.example")]);
}

/// Lines without a time are not the same line again.
#[test]
fn lines_without_a_time_do_not_repeat() {
    use postfix_log::lifecycle::Flag;

    let active = format!("mx1 postfix/{ACTIVE}").replace("qmgr", "qmgr[7]:");
    let start = "mx1 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n";
    for text in [active.clone(), format!("{start}{active}"), active.repeat(2)] {
        let rows = run(&text);
        let row = rows.first().expect("a row");
        assert_eq!((row.message.size, row.message.first_seen), (Some(418), None), "{text}");
        assert!(!row.flags.contains(Flag::RepeatedLines), "{text}");
    }
}

/// Recipients that a filter renamed have the end of the message, if all of it ended alike.
#[test]
fn the_end_of_renamed_recipients() {
    let child = "0AAAA13C040";
    let end = |time: &str, to: &str| {
        format!("{time} smtp {}\n", delivery(to, "sent", "x").replace("1E24013C03E", child))
    };
    let all = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:01 smtp {}\n\
         11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n{}{}11:00:05 {}",
        filtered("1E24013C03E", "b@b.example", child),
        filtered("1E24013C03E", "c@b.example", child),
        end("11:00:02", "y@b.example"),
        end("11:00:03", "z@b.example"),
        REMOVED.replace("1E24013C03E", child),
    )));
    let mut told: Vec<_> = all
        .iter()
        .filter(|row| row.message.queue_id == b"1E24013C03E")
        .map(tracked::told)
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "b@b.example delivered end=11:00:05 ambiguous",
            "c@b.example delivered end=11:00:05 ambiguous",
        ]
    );
}

/// The hops of a chain stand in the order in which the mail passed them.
#[test]
fn four_hops_in_their_order() {
    let ids = ["1E24013C03E", "0AAAA13C040", "0BBBB13C050", "0CCCC13C060"];
    let mut lines = format!("{START}11:00:00 {ACTIVE}");
    for pair in ids.windows(2) {
        let [id, child] = pair else { panic!("two ids") };
        lines += &format!(
            "11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n11:00:01 smtp {}\n",
            filtered(id, "b@b.example", child)
        );
    }
    lines += &format!("11:00:02 smtp {}\n", sent().replace("1E24013C03E", "0CCCC13C060"));
    let chains: Vec<Vec<String>> = run(&log(&lines))
        .iter()
        .map(|row| {
            let later = row.chain.iter().map(|hop| text(&hop.queue_id));
            core::iter::once(text(&row.message.queue_id)).chain(later).collect()
        })
        .collect();
    assert_eq!(chains, [ids.map(str::to_owned).to_vec()]);
}

/// A filter that names no id in its reply, but its parent in its own mail: the latest one is what it just accepted.
#[test]
fn two_children_that_name_their_parent() {
    let (first, second) = ("0AAAA13C040", "0BBBB13C050");
    let child = |id: &str| {
        format!(
            "11:00:01 smtpd {id}: client=localhost[127.0.0.1], orig_queue_id=1E24013C03E, \
             orig_client=a.example[192.0.2.1]\n"
        )
    };
    let handed = |to: &str| {
        let line = delivery(&format!("{to}@b.example"), "sent", "250 Ok");
        format!(
            "11:00:01 smtp {}\n",
            line.replace("mx.b.example[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025")
        )
    };
    let end = |id: &str, to: &str| {
        let line = delivery(&format!("{to}@b.example"), "sent", "250 Ok");
        format!("11:00:02 smtp {}\n", line.replace("1E24013C03E", id))
    };
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}{}{}{}{}{}{}",
        child(first),
        handed("b"),
        child(second),
        handed("c"),
        end(first, "b"),
        end(second, "c"),
    )));
    let chains: Vec<_> = rows
        .iter()
        .map(|row| {
            let hops: Vec<_> = row.chain.iter().map(|hop| text(&hop.queue_id)).collect();
            (row.to.as_deref().map(text).unwrap_or_default(), hops.join(">"))
        })
        .collect();
    let own = |to: &str, id: &str| (format!("{to}@b.example"), id.to_owned());
    assert_eq!(chains, [own("b", first), own("c", second)]);
}

/// A sender is named once, and recipients are counted at each run: in a later one, fewer may be left.
#[test]
fn senders_and_counts_of_later_lines() {
    let late = format!(
        "11:00:00 {ACTIVE}11:00:00 pickup 1E24013C03E: uid=0 from=<root>\n11:00:01 smtp {}\n",
        sent()
    );
    let rows = run(&log(&late));
    let from: Vec<_> = rows.iter().map(|row| row.message.from.as_deref().map(text)).collect();
    assert_eq!(from, [Some("a@a.example".to_owned())]);
    let runs = format!(
        "{START}11:00:00 {}11:00:01 smtp {}\n11:00:01 smtp {}\n11:10:00 {ACTIVE}11:10:01 smtp {}\n",
        ACTIVE.replace("nrcpt=1", "nrcpt=2"),
        delivery("c@b.example", "sent", "x"),
        tracked::deferred(),
        sent(),
    );
    let counts: Vec<_> = run(&log(&runs)).iter().map(|row| row.message.nrcpt).collect();
    assert_eq!(counts, [Some(1), Some(1)]);
}

/// What is logged of a message after its host made room for another one opens no new row.
#[test]
fn messages_of_a_host_that_was_given_up() {
    use postfix_log::lifecycle::{Evicted, Limits};

    let mut tracker = Tracker::with_limits(Limits { sites: 1, ..Limits::default() });
    assert!(push(&mut tracker, &log(&format!("{START}11:00:00 {ACTIVE}"))).is_empty());
    let given_up = push(&mut tracker, &log(START).replace("mx1", "mx2"));
    assert_eq!(given_up.iter().map(|row| row.evicted).collect::<Vec<_>>(), [Some(Evicted::Sites)]);
    let late = log(&format!("11:00:01 smtp {}\n", sent()));
    assert_eq!(push(&mut tracker, &late).len(), 1);
    assert_eq!(tracker.drain().count(), 0);
}

/// A message that was announced as a notification is no hop of a filter that names the same id later.
#[test]
fn a_notification_is_no_hop() {
    let child = "0AAAA13C040";
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 bounce 1E24013C03E: sender non-delivery notification: {child}\n\
         11:00:01 smtp {}\n11:00:02 cleanup {child}: message-id=<y>\n11:00:03 smtp {}\n",
        filtered("1E24013C03E", "b@b.example", child),
        sent().replace("1E24013C03E", child),
    )));
    let chains: Vec<_> =
        rows.iter().map(|row| (text(&row.message.queue_id), row.chain.len())).collect();
    assert_eq!(chains, [("1E24013C03E".to_owned(), 0), (child.to_owned(), 0)]);
}
