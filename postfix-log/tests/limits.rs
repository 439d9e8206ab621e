//! The bounds of the tracker in log time and in number, and what a saved state goes on with.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_log::lifecycle::{Evicted, Flag, Limits};
use postfix_log::{Lifecycle, Tracker};

mod tracked;

use tracked::{ACTIVE, START, delivery, log, push, resume, run, save, summary, told};

fn noise(time: &str, lines: usize) -> String {
    format!("{time} anvil statistics: max cache size 1 at Nov 22 11:00:00\n").repeat(lines)
}

fn deferred() -> String {
    format!("11:00:01 smtp {}\n", tracked::deferred())
}

/// The rows that a log gives before its end, and all others.
fn early(limits: Limits, text: &str) -> (Vec<Lifecycle>, Vec<Lifecycle>) {
    let mut tracker = Tracker::with_limits(limits).with_year(2026);
    let early = push(&mut tracker, &log(text));
    (early, tracker.drain().collect())
}

/// The values that the documentation of the fields gives.
#[test]
fn limits_by_default() {
    let hours = |hours: u64| Duration::from_secs(60 * 60 * hours);
    let Limits { bytes, messages, recipients, attempts, sites, .. } = Limits::default();
    assert_eq!(
        (bytes, messages, recipients, attempts, sites),
        (67_108_864, 100_000, 10_000, 1_000, 1_024)
    );
    let Limits { receiving, queued, deferred, finished, .. } = Limits::default();
    assert_eq!(
        (receiving, queued, deferred, finished),
        (hours(1), hours(24), hours(6 * 24), Duration::from_secs(60))
    );
}

/// Each state of a message has a time limit of its own.
#[test]
fn time_limits_by_state() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let limits = Limits {
        receiving: minutes(10),
        queued: minutes(30),
        deferred: minutes(60),
        finished: minutes(5),
        ..Limits::default()
    };
    let removed = "11:00:01 qmgr 1E24013C03E: removed\n";
    let active = format!("11:00:00 {ACTIVE}");
    let tried = deferred();
    for (state, text, kept, closed, why) in [
        ("receiving", START.to_owned(), "11:09:59", "11:10:01", Some(Evicted::Idle)),
        ("queued", format!("{START}{active}"), "11:29:59", "11:30:01", Some(Evicted::Idle)),
        (
            "deferred",
            format!("{START}{active}{tried}"),
            "12:00:01",
            "12:00:02",
            Some(Evicted::Idle),
        ),
        ("finished", format!("{START}{active}{removed}"), "11:05:01", "11:05:02", None),
    ] {
        let (rows, _) = early(limits, &format!("{text}{}", noise(kept, 128)));
        assert!(rows.is_empty(), "{state}: {rows:?}");
        let (rows, _) = early(limits, &format!("{text}{}", noise(closed, 128)));
        let [row] = rows.as_slice() else { panic!("{state}: {rows:?}") };
        assert_eq!(
            (row.evicted, row.flags.contains(Flag::Evicted)),
            (why, why.is_some()),
            "{state}"
        );
        // A jump between neighbouring lines closes nothing yet.
        let (rows, _) = early(limits, &format!("{text}{}", noise(closed, 60)));
        assert!(rows.is_empty(), "{state}: {rows:?}");
    }
}

/// Time that goes back and forth counts once.
#[test]
fn steps_back_close_nothing() {
    let limits = Limits { deferred: Duration::from_secs(7200), ..Limits::default() };
    let text = format!("{START}11:00:00 {ACTIVE}{}", deferred());
    let back_and_forth = (noise("12:00:00", 1) + &noise("11:30:00", 1)).repeat(100);
    let (rows, rest) = early(limits, &format!("{text}{back_and_forth}"));
    assert_eq!((rows.len(), rest.len()), (0, 1));
    let (rows, _) = early(limits, &format!("{text}{back_and_forth}{}", noise("13:00:02", 128)));
    assert_eq!(rows.len(), 1);
}

/// An idle message may go on: its next line begins a row of its own.
#[test]
fn idle_messages_may_go_on() {
    let limits = Limits { deferred: Duration::from_secs(60), ..Limits::default() };
    let later = deferred().replace("11:00:01", "12:00:01");
    let text = format!("{START}11:00:00 {ACTIVE}{}{}{later}", deferred(), noise("12:00:00", 128));
    let (rows, rest) = early(limits, &text);
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        ["b@b.example unknown first=11:00:01 evicted"]
    );
    assert_eq!(
        rest.iter().map(told).collect::<Vec<_>>(),
        ["b@b.example still_deferred first=12:00:01 partial_start"]
    );
}

/// A row that is given at once has what the message and the line tell.
#[test]
fn rows_of_recipients_beyond_the_limit() {
    let limits = Limits { recipients: 1, ..Limits::default() };
    let line = |at: usize, status: &str| {
        format!("11:00:{at:02} smtp {}\n", delivery(&format!("u{at}@b.example"), status, "x"))
    };
    let mut text = format!("{START}11:00:00 {ACTIVE}");
    for at in 1..=10 {
        text += &line(at, "sent");
    }
    let (rows, rest) =
        early(limits, &format!("{text}{}{}", line(11, "deferred"), line(12, "bounced")));
    assert_eq!(rest.len(), 10);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(told(row), "u12@b.example bounced end=11:00:12 evicted");
    assert_eq!(row.evicted, Some(Evicted::Recipients));
    assert_eq!(row.message.from.as_deref(), Some(&b"a@a.example"[..]));
    assert_eq!(row.message.message_id.as_deref(), Some(&b"<x@a.example>"[..]));
    assert_eq!((row.message.size, row.message.nrcpt), (Some(418), Some(1)));
    assert_eq!(row.message.first_seen, rest.first().and_then(|row| row.message.first_seen));
    assert_eq!((row.attempts.len(), row.attempt_count), (1, 1));
}

/// A repetition counts for as many attempts as are kept, and no more.
#[test]
fn repetitions_have_a_bound() {
    let repeated = |count: &str| {
        let line = delivery("b@b.example", "deferred", "x");
        format!("{START}11:00:00 {ACTIVE}11:00:01 smtp message repeated {count} times: [ {line}]\n")
    };
    let attempts = |count: &str| {
        let limits = Limits { attempts: 5, ..Limits::default() };
        early(limits, &repeated(count)).1.iter().map(|row| row.attempt_count).collect::<Vec<_>>()
    };
    assert_eq!(attempts("0"), [1]);
    assert_eq!(attempts("3"), [3]);
    assert_eq!(attempts("5"), [5]);
    assert_eq!(attempts("4294967295"), [5]);
    for attempts in [0, 1] {
        let rows = early(Limits { attempts, ..Limits::default() }, &repeated("3")).1;
        let counts: Vec<_> =
            rows.iter().map(|row| (row.attempts.len(), row.attempt_count)).collect();
        assert_eq!(counts, [(1, 1)], "{attempts}");
    }
}

/// Long texts are cut; those of failures go with the attempt that they belong to.
#[test]
fn texts_have_a_bound() {
    let id = "x".repeat(3000);
    let text = format!(
        "{START}11:00:00 smtpd 0AAAA13C040: client=a[192.0.2.1]\n11:00:00 cleanup 0AAAA13C040: message-id={id}\n"
    );
    let lengths: Vec<_> = run(&log(&text))
        .iter()
        .filter_map(|row| Some(row.message.message_id.as_deref()?.len()))
        .collect();
    assert_eq!(lengths, ["<x@a.example>".len(), 2048]);
    let failure = "11:00:01 smtp connect to mx[192.0.2.2]:25: Connection timed out\n";
    let limits = Limits { attempts: 1, ..Limits::default() };
    let failures = |text: &str| {
        let (_, rest) = early(limits, &format!("{START}11:00:00 {ACTIVE}{text}"));
        let [row] = rest.as_slice() else { panic!("{rest:?}") };
        row.attempts.iter().map(|one| one.failures.len()).collect::<Vec<_>>()
    };
    assert_eq!(failures(&format!("{failure}{}", deferred())), [1]);
    let again = format!("12:00:00 {ACTIVE}{}", deferred().replace("11:00:01", "12:00:01"));
    assert_eq!(failures(&format!("{failure}{}{again}", deferred())), [0]);
}

/// Servers that failed belong to the next line of their process, within an hour and within their run.
#[test]
fn failures_belong_to_one_request() {
    let failure = |time: &str, host: &str| {
        format!("{time} smtp connect to {host}[192.0.2.2]:25: Connection timed out\n")
    };
    let line = |time: &str, to: &str| {
        format!("{time} smtp {}\n", delivery(&format!("{to}@b.example"), "deferred", "x"))
    };
    let tried = |text: &str| {
        run(&log(&format!("{START}11:00:00 {ACTIVE}{text}")))
            .iter()
            .flat_map(|row| row.attempts.iter().map(|one| (one.servers, one.failures.len())))
            .collect::<Vec<_>>()
    };
    let before = failure("11:00:01", "mx1");
    assert_eq!(tried(&format!("{before}{}", line("12:00:01", "b"))), [(2, 1)]);
    assert_eq!(tried(&format!("{before}{}", line("12:00:02", "b"))), [(1, 0)]);
    // Recipients of one request share them.
    let two = line("11:00:02", "b") + &line("11:00:02", "c");
    assert_eq!(tried(&format!("{before}{two}")), [(2, 1), (2, 1)]);
    // However long the first of them took.
    let two = line("11:30:00", "b") + &line("11:30:00", "c");
    assert_eq!(tried(&format!("{before}{two}")), [(2, 1), (2, 1)]);
    // What comes after the line is of the next request, and so is the next run.
    let after = failure("11:00:03", "mx2") + &line("11:00:04", "c");
    assert_eq!(tried(&format!("{before}{}{after}", line("11:00:02", "b"))), [(2, 1), (2, 1)]);
    let texts: Vec<_> =
        run(&log(&format!("{START}11:00:00 {ACTIVE}{before}{}{after}", line("11:00:02", "b"))))
            .iter()
            .flat_map(|row| row.attempts.iter().flat_map(|one| &one.failures))
            .map(|failure| tracked::text(&failure.text))
            .collect();
    let text = |host: &str| format!("connect to {host}[192.0.2.2]:25: Connection timed out");
    assert_eq!(texts, [text("mx1"), text("mx2")]);
    let next_run = format!("11:00:30 {ACTIVE}{}", line("11:00:31", "b"));
    assert_eq!(tried(&format!("{before}{}{next_run}", line("11:00:02", "b"))), [(2, 1), (1, 0)]);
    // At most 64 servers are remembered, beside the one of the line.
    let many: String = (0..70).map(|at| failure("11:00:01", &format!("many{at}"))).collect();
    assert_eq!(tried(&format!("{many}{}", line("11:00:02", "b"))), [(65, 1)]);
    // Without a server there is nothing to count.
    let none = delivery("b@b.example", "deferred", "deferred transport")
        .replace("mx.b.example[192.0.2.9]:25", "none");
    assert_eq!(tried(&format!("11:00:01 error {none}\n")), [(0, 0)]);
    let refused =
        none.replace("deferred transport", "connect to mx[192.0.2.2]:25: Connection refused");
    assert_eq!(tried(&format!("11:00:01 smtp {refused}\n")), [(1, 0)]);
}

/// A stop in the middle changes nothing: failures, steps of the clock, evictions and verdicts are saved.
#[test]
fn a_stop_changes_nothing() {
    let limits = Limits { messages: 2, ..Limits::default() };
    let failure = "11:00:01 smtp connect to mx1[192.0.2.2]:25: Connection timed out\n";
    let stepped = deferred().replace("1E24013C03E", "0AAAA13C040");
    let back = stepped.replace("11:00:01", "10:59:50");
    let sent = format!("11:00:09 smtp {}\n", delivery("b@b.example", "sent", "250 Ok"));
    let other = START.replace("1E24013C03E", "0BBBB13C041");
    let text = log(&format!(
        "{stepped}{back}{back}{START}11:00:00 {ACTIVE}{failure}{}{other}{sent}",
        deferred()
    ));
    let whole = |stop: Option<usize>| {
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        let mut rows = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if stop == Some(at) {
                tracker = resume(limits, &save(&tracker)).expect("the same state");
            }
            rows.extend(push(&mut tracker, line));
        }
        rows.extend(tracker.drain());
        let evictions: Vec<_> = tracker.evictions().collect();
        (rows, evictions)
    };
    let (rows, evictions) = whole(None);
    assert_eq!(summary(&rows).len(), 3);
    assert!(evictions.contains(&(Evicted::Budget, 1)), "{evictions:?}");
    let mail = rows.iter().find(|row| row.message.queue_id == b"1E24013C03E").expect("its row");
    assert_eq!(
        told(mail),
        "b@b.example delivered_after_deferral first=11:00:01 end=11:00:09 wait=8"
    );
    assert_eq!(mail.attempts.iter().map(|one| one.servers).collect::<Vec<_>>(), [2, 2]);
    for stop in 0..text.lines().count() {
        assert_eq!(whole(Some(stop)), (rows.clone(), evictions.clone()), "{stop}");
    }
}

/// At least one attempt is kept, the latest, whatever the limit.
#[test]
fn one_attempt_is_kept_at_least() {
    let sent = format!("12:00:01 smtp {}\n", tracked::sent());
    let text = format!("{START}11:00:00 {ACTIVE}{}{sent}", deferred());
    for (attempts, kept) in [(0, &["sent"][..]), (1, &["sent"]), (2, &["deferred", "sent"])] {
        let (_, rest) = early(Limits { attempts, ..Limits::default() }, &text);
        let words: Vec<_> = rest
            .iter()
            .flat_map(|row| row.attempts.iter().map(|one| one.status.as_str()))
            .collect();
        assert_eq!(words, kept, "{attempts}");
        assert_eq!(rest.iter().map(|row| row.attempt_count).collect::<Vec<_>>(), [2]);
    }
}

/// A message whose file was corrupt is over: its row comes after a minute, like that of one that was removed.
#[test]
fn a_corrupt_message_is_finished() {
    let corrupt = "11:00:05 qmgr warning: saving corrupt file \"1E24013C03E\" from queue \"active\" to queue \"corrupt\"\n";
    let text = format!("{START}11:00:00 {ACTIVE}{}{corrupt}", deferred());
    for (time, rows) in [("11:01:05", 0), ("11:01:06", 1)] {
        let (given, _) = early(Limits::default(), &format!("{text}{}", noise(time, 128)));
        let flags: Vec<_> = given.iter().map(|row| row.flags.contains(Flag::Corrupt)).collect();
        assert_eq!(flags, vec![true; rows], "{time}");
    }
}

/// A classifier, a calendar and limits can be set in any order.
#[test]
fn settings_do_not_undo_each_other() {
    use postfix_log::Class;
    use postfix_log::reason::Classifier;

    let limits = Limits { attempts: 1, ..Limits::default() };
    let refused = "connect to b[192.0.2.9]:25: Connection refused";
    let line = delivery("b@b.example", "deferred", refused);
    let text = log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {line}\n"));
    let without = Classifier::new().without(&["net.refused"]);
    for (name, mut tracker, class) in [
        ("first", Tracker::with_limits(limits).with_classifier(without).with_year(2031), false),
        ("last", Tracker::with_limits(limits).with_year(2031).with_classifier(without), false),
        ("none", Tracker::with_limits(limits).with_year(2031), true),
    ] {
        assert_eq!(*tracker.limits(), limits, "{name}");
        assert!(push(&mut tracker, &text).is_empty());
        let rows: Vec<_> = tracker.drain().collect();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(row.class() == Some(Class::NetRefused), class, "{name}");
        let first = row.first_deferred.map(|time| time.to_string());
        assert_eq!(first.as_deref(), Some("2031-11-22T11:00:01"), "{name}");
    }
}

/// A saved state counts the lines, and what was silent longest goes first after it, too.
#[test]
fn the_order_of_lines_is_saved() {
    let line = |host: &str, id: &str| {
        log(START)
            .replace("mx1", host)
            .replace("1E24013C03E", id)
            .lines()
            .take(1)
            .collect::<String>()
    };
    let given_up = |limits: Limits, lines: &[(&str, &str)], last: (&str, &str)| {
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        for (host, id) in lines {
            assert!(push(&mut tracker, &line(host, id)).is_empty());
        }
        let saved = save(&tracker);
        let state: serde_json::Value = serde_json::from_str(&saved).expect("a state");
        assert_eq!(state.pointer("/1/lines"), Some(&lines.len().into()));
        let mut tracker = resume(limits, &saved).expect("the same state");
        let rows = push(&mut tracker, &line(last.0, last.1));
        rows.iter()
            .map(|row| {
                tracked::text(&row.message.host) + " " + &tracked::text(&row.message.queue_id)
            })
            .collect::<Vec<_>>()
    };
    let (a, b, c) = ("0AAAA13C040", "0BBBB13C041", "0CCCC13C042");
    let two = Limits { messages: 2, ..Limits::default() };
    let lines = [("mx1", a), ("mx1", b), ("mx1", a)];
    assert_eq!(given_up(two, &lines, ("mx1", c)), [format!("mx1 {b}")]);
    let two = Limits { sites: 2, ..Limits::default() };
    let lines = [("mx1", a), ("mx2", b), ("mx1", a)];
    assert_eq!(given_up(two, &lines, ("mx3", c)), [format!("mx2 {b}")]);
}

/// A tracker may hold as many bytes as it is allowed, and no more.
#[test]
fn the_last_byte() {
    let text = format!("{START}11:00:00 {ACTIVE}{}", deferred());
    let mut tracker = Tracker::new();
    assert!(push(&mut tracker, &log(&text)).is_empty());
    let bytes = tracker.bytes();
    for (bytes, rows) in [(bytes, 0), (bytes - 1, 1)] {
        let (given, _) = early(Limits { bytes, ..Limits::default() }, &text);
        assert_eq!(given.len(), rows, "{bytes}");
        let read = resume(Limits { bytes, ..Limits::default() }, &save(&tracker));
        assert_eq!(read.is_ok(), rows == 0, "{bytes}");
    }
}

/// A state is read if it is within the limits, also if it just reaches them.
#[test]
fn states_that_reach_the_limits() {
    let mut text = format!("{START}11:00:00 {ACTIVE}");
    for at in 1..=20 {
        let line = delivery(&format!("u{at}@b.example"), "deferred", "x");
        text += &format!("11:00:{at:02} smtp {line}\n");
    }
    text += &START.replace("1E24013C03E", "0AAAA13C040");
    let mut tracker = Tracker::new();
    assert!(push(&mut tracker, &log(&text)).is_empty());
    let saved = save(&tracker);
    for (messages, recipients, is_read) in
        [(2, 2, true), (1, 2, false), (2, 1, false), (3, 3, true)]
    {
        let limits = Limits { messages, recipients, ..Limits::default() };
        assert_eq!(resume(limits, &saved).is_ok(), is_read, "{messages} {recipients}");
    }
}

/// The text of a failed server is cut at 512 bytes.
#[test]
fn the_text_of_a_failed_server_is_cut() {
    for (length, kept) in [(511, 511), (512, 512), (513, 512), (600, 512)] {
        let start = "connect to mx[192.0.2.2]:25: ";
        let failure = format!("{start}{}", "x".repeat(length - start.len()));
        let text = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {failure}\n{}", deferred());
        let lengths: Vec<_> = run(&log(&text))
            .iter()
            .flat_map(|row| row.attempts.iter().flat_map(|one| &one.failures))
            .map(|failure| failure.text.len())
            .collect();
        assert_eq!(lengths, [kept], "{length}");
    }
}

/// Attempts that two recipients of a state share are given as often as the state says that they were kept, so that
/// rows of a wrong state do not grow with its square.
#[test]
fn a_state_gives_no_more_attempts_than_it_has() {
    let line = |time: &str, to: &str| {
        format!("{time} smtp {}\n", delivery(&format!("{to}@b.example"), "deferred", "x"))
    };
    let text = format!(
        "{START}11:00:00 {ACTIVE}{}{}{}",
        line("11:00:01", "b"),
        line("11:10:01", "b"),
        line("11:10:01", "c")
    );
    let mut tracker = Tracker::new().with_year(2026);
    assert!(push(&mut tracker, &log(&text)).is_empty());
    let mut state: serde_json::Value = serde_json::from_str(&save(&tracker)).expect("a state");
    // The second recipient is said to have the attempts of the first.
    let first = state.pointer("/2/0/recipients/0/last").expect("an attempt").clone();
    *state.pointer_mut("/2/0/recipients/1/last").expect("an attempt") = first;
    let tracker = resume(Limits::default(), &state.to_string()).expect("a state");
    assert_eq!(tracker.rows().map(|row| row.attempts.len()).collect::<Vec<_>>(), [2, 1]);
}

/// The memory of a message that is over serves the next one, which takes nothing else from it.
#[test]
fn nothing_is_left_of_earlier_messages() {
    let failure = "11:00:01 smtp connect to mx1[192.0.2.2]:25: Connection timed out\n";
    let child = "0AAAA13C040";
    let handed = delivery("b@b.example", "sent", &format!("250 2.0.0 Ok: queued as {child}"))
        .replace("mx.b.example[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025");
    let first = format!("{START}11:00:00 {ACTIVE}{failure}{}", deferred());
    let second = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n11:00:01 smtp {handed}\n"
    );
    let next = format!("{START}11:00:00 {ACTIVE}{}", deferred())
        .replace("1E24013C03E", "0BBBB13C041")
        .replace("11:00:0", "11:10:0");
    let (_, want) = early(Limits::default(), &next);
    assert_eq!(want.len(), 1);
    for earlier in [first, second] {
        let mut tracker = Tracker::new().with_year(2026);
        assert!(push(&mut tracker, &log(&earlier)).is_empty());
        assert!(tracker.drain().count() > 0);
        assert!(push(&mut tracker, &log(&next)).is_empty());
        assert_eq!(tracker.drain().collect::<Vec<_>>(), want, "{earlier}");
    }
}
