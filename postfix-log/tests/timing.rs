//! The times of a row, and lines that come late, twice or never.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_log::Tracker;
use postfix_log::lifecycle::{Evicted, Flag, Limits};

mod tracked;

use tracked::{
    ACTIVE, EXPIRED, REMOVED, START, deferred, delivery, log, push, rows, run, sent, told,
};

/// How long a recipient waited is told by the times of the log, by its delays where the zone of the log changed.
#[test]
fn waits_follow_the_times() {
    let at = |delay: u32, line: &str| line.replace("delay=1,", &format!("delay={delay},"));
    let (deferred, sent) = (deferred(), sent());
    for (name, text, want) in [
        (
            // The delay of the last attempt is not that of the end.
            "expired after the last attempt",
            format!(
                "11:00:01 smtp {}\n12:00:01 smtp {}\n13:00:01 {EXPIRED}",
                at(1, &deferred),
                at(3601, &deferred)
            ),
            "expired first=11:00:01 end=13:00:01 wait=7200",
        ),
        (
            "the zone moved an hour ahead",
            format!("11:00:01 smtp {}\n13:00:01 smtp {}\n", at(1, &deferred), at(3601, &sent)),
            "delivered_after_deferral first=11:00:01 end=13:00:01 wait=3600 clock_step",
        ),
        (
            "the zone moved an hour back",
            format!("11:00:01 smtp {}\n11:30:01 smtp {}\n", at(1, &deferred), at(5401, &sent)),
            "delivered_after_deferral first=11:00:01 end=11:30:01 wait=5400 clock_step",
        ),
        (
            "lines out of order by little",
            format!("11:00:05 smtp {deferred}\n11:00:01 smtp {sent}\n"),
            "delivered_after_deferral first=11:00:05 end=11:00:01 wait=0",
        ),
        (
            "by five seconds",
            format!("11:00:06 smtp {deferred}\n11:00:01 smtp {sent}\n"),
            "delivered_after_deferral first=11:00:06 end=11:00:01 wait=0",
        ),
        (
            "and by much",
            format!("11:00:07 smtp {deferred}\n11:00:01 smtp {sent}\n"),
            "delivered_after_deferral first=11:00:07 end=11:00:01 wait=0 clock_step",
        ),
    ] {
        let all = rows(&format!("{START}11:00:00 {ACTIVE}{text}"));
        assert_eq!(all, [format!("b@b.example {want}")], "{name}");
    }
}

/// Of several attempts, each is kept in the order of the log, and the latest failure gives the class.
#[test]
fn attempts_stand_in_the_order_of_the_log() {
    let refused =
        delivery("b@b.example", "deferred", "connect to b[192.0.2.9]:25: Connection refused");
    let greylisted =
        delivery("b@b.example", "deferred", "host b[192.0.2.9] said: 450 4.7.1 Greylisted");
    let text = format!(
        "{START}11:00:01 smtp {refused}\n11:10:00 smtp {greylisted}\n11:20:00 smtp {}\n",
        sent()
    );
    let all = run(&log(&text));
    let [row] = all.as_slice() else { panic!("{all:?}") };
    let classes: Vec<_> =
        row.attempts.iter().map(|one| one.class.map_or("-", |class| class.as_str())).collect();
    assert_eq!(classes, ["net_refused", "greylist", "-"]);
    assert_eq!(row.class().map(|class| class.as_str()), Some("greylist"));
}

/// Attempts of one second are told apart by what their lines say; the same line again is the log read twice.
#[test]
fn equal_times_are_not_equal_lines() {
    let other = delivery("b@b.example", "deferred", "y");
    let counts = |text: &str| {
        let all = run(&log(text));
        let [row] = all.as_slice() else { panic!("{all:?}") };
        (row.attempt_count, row.flags.contains(Flag::RepeatedLines))
    };
    let twice = format!("{START}11:00:01 smtp {}\n11:00:01 smtp {other}\n", deferred());
    assert_eq!(counts(&twice), (2, false));
    assert_eq!(counts(&format!("{twice}{twice}")), (2, true));
    let later = twice.trim_start_matches(START).replace("11:00:01", "11:00:02");
    assert_eq!(counts(&format!("{twice}{later}")), (4, false));
    let ended = format!("{START}11:00:01 smtp {}\n11:00:02 {REMOVED}", sent());
    assert_eq!(counts(&ended), (1, false));
    assert_eq!(counts(&format!("{ended}11:00:02 {REMOVED}")), (1, true));
    assert_eq!(counts(&format!("{ended}11:00:03 {REMOVED}")), (1, false));
}

/// What was put on hold waits for ever, whatever else times out.
#[test]
fn messages_on_hold_have_no_time_limit() {
    let short = Duration::from_secs(60);
    let limits = Limits { receiving: short, queued: short, deferred: short, ..Limits::default() };
    let noise = "TIME anvil statistics: max cache size 1 at Nov 22 11:00:00\n";
    let noise = |time: &str| noise.replace("TIME", time).repeat(128);
    for (tail, evicted) in [
        ("11:00:02 postsuper 1E24013C03E: placed on hold\n", None),
        (
            "11:00:02 postsuper 1E24013C03E: placed on hold\n11:00:03 postsuper 1E24013C03E: released from hold\n",
            Some(Evicted::Idle),
        ),
        ("", Some(Evicted::Idle)),
    ] {
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        let text = format!("{START}11:00:01 smtp {}\n{tail}{}", deferred(), noise("12:00:00"));
        let mut all = push(&mut tracker, &log(&text));
        all.extend(tracker.drain());
        let ends: Vec<_> = all.iter().map(|row| row.evicted).collect();
        assert_eq!(ends, [evicted], "{tail}");
    }
}

/// A line of the queue manager that comes after a newer one changes nothing.
#[test]
fn an_older_entry_into_the_active_queue() {
    let newer = format!("{START}11:00:30 {ACTIVE}");
    let older = ACTIVE.replace("nrcpt=1", "nrcpt=2");
    let all = run(&log(&format!("{newer}11:00:20 {older}11:00:31 smtp {}\n", sent())));
    let [row] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((row.message.generation, row.message.nrcpt), (0, Some(1)));
}

/// The queue manager's removal shortly after an id began anew is that of the message before.
#[test]
fn a_late_removal_is_of_the_message_before() {
    let first = format!("{START}11:00:01 smtp {}\n", deferred());
    let second = START.replace("11:00:0", "15:00:0");
    for (at, end) in [("15:00:59", "- unknown"), ("15:01:01", "- unknown end=15:01:01")] {
        let all = run(&log(&format!("{first}{second}{at} {REMOVED}")));
        assert_eq!(all.iter().map(|row| row.message.generation).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(all.last().map(told).as_deref(), Some(end));
    }
    // A message that was in the active queue can be removed at once.
    let all = run(&log(&format!("{first}{second}15:00:01 {ACTIVE}15:00:02 {REMOVED}")));
    assert_eq!(all.last().map(told).as_deref(), Some("- unknown end=15:00:02"));
}

/// Postfix logs the delay in seconds, and the queue lifetime has no bound: a change of the zone is known after a
/// thousand days, too.
#[test]
fn a_change_of_the_zone_in_very_old_mail() {
    const SECOND: u64 = 1;
    const DAYS: u64 = 1_000 * 24 * 60 * 60;
    let line = |stamp: &str, status: &str, delay: u64| {
        let line = delivery("b@b.example", status, "x");
        let line = line.replace("delay=1,", &format!("delay={delay},"));
        format!("{stamp} mx1 postfix/smtp[7]: {line}\n")
    };
    // A thousand days later, and an hour by the change of the zone.
    for (end, is_changed) in [
        ("2029-08-18T11:59:54", false),
        ("2029-08-18T11:59:55", true),
        ("2029-08-18T12:00:00", true),
        ("2029-08-18T12:00:05", true),
        ("2029-08-18T12:00:06", false),
    ] {
        let text =
            line("2026-11-22T11:00:00", "deferred", SECOND) + &line(end, "sent", DAYS + SECOND);
        let rows = run(&text);
        let flags: Vec<_> = rows.iter().map(|row| row.flags.contains(Flag::ClockStep)).collect();
        assert_eq!(flags, [is_changed], "{end}");
    }
}
