//! Verdicts of a session, servers that were tried in vain, aliases, and the comparison with the queue.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::Tracker;
use postfix_log::lifecycle::Flag;

mod tracked;

use tracked::{ACTIVE, START, delivery, log, push, rows, run, summary, text};

/// A verdict at RCPT is about the next message of its session, and about no other session of the process.
#[test]
fn a_verdict_ends_with_its_session() {
    let tail = "; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a.example>";
    let from = "from a.example[192.0.2.1]";
    let discard = format!(
        "10:59:58 smtpd NOQUEUE: discard: RCPT {from}: <a@a.example>: Sender address triggers DISCARD action{tail}\n"
    );
    for (between, want) in [
        (String::new(), "b@b.example discarded end=11:00:00"),
        (format!("10:59:59 smtpd connect {from}\n"), "- unknown"),
        (format!("10:59:59 smtpd disconnect {from} commands=1\n"), "- unknown"),
        (
            format!("10:59:59 smtpd NOQUEUE: lost connection after RCPT {from}\n"),
            "b@b.example discarded end=11:00:00",
        ),
    ] {
        assert_eq!(rows(&format!("{discard}{between}{START}")), [want], "{between}");
    }
    // Of two verdicts, the later one counts.
    let hold = discard.replace("discard: RCPT", "hold: RCPT");
    assert_eq!(rows(&format!("{discard}{hold}{START}")), ["b@b.example still_deferred held"]);
    assert_eq!(rows(&format!("{hold}{discard}{START}")), ["b@b.example discarded end=11:00:00"]);
    // Another process has sessions of its own.
    let other = log(&discard).replace("smtpd[7]", "smtpd[8]");
    let all = run(&format!("{other}{}", log(START)));
    assert_eq!(summary(&all), ["1E24013C03E - unknown 0"]);
}

fn alias(status: &str) -> String {
    delivery("b@b.example", status, "x").replace("mx.b.example[192.0.2.9]:25", "local")
}

/// Of the targets of one alias, the one that is not done decides, then the one that failed.
#[test]
fn an_alias_is_done_when_all_its_targets_are() {
    let runs = |statuses: &[&str]| {
        let lines: String =
            statuses.iter().map(|status| format!("11:00:01 local {}\n", alias(status))).collect();
        rows(&format!("{START}11:00:00 {ACTIVE}{lines}"))
    };
    let open = "b@b.example still_deferred first=11:00:01";
    let bounced = "b@b.example bounced end=11:00:01";
    for statuses in [&["deferred", "bounced"][..], &["bounced", "deferred"]] {
        let all = runs(statuses);
        assert!(all.iter().all(|row| row.starts_with("b@b.example still_deferred")), "{all:?}");
    }
    assert_eq!(runs(&["sent", "deferred"]), [open]);
    assert_eq!(runs(&["deferred", "sent"]), [open]);
    assert_eq!(runs(&["sent", "bounced"]), [bounced]);
    assert_eq!(runs(&["bounced", "sent"]), [bounced]);
    assert_eq!(runs(&["sent", "sent"]), ["b@b.example delivered end=11:00:01"]);
    // Lines of another agent are attempts in turn, of which the last counts.
    let smtp = |status: &str| delivery("b@b.example", status, "x");
    let text = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 smtp {}\n",
        smtp("bounced"),
        smtp("sent")
    );
    assert_eq!(rows(&text), ["b@b.example delivered end=11:00:02"]);
}

/// Servers that failed before the one of the recipient's line.
#[test]
fn servers_that_failed_before() {
    let failure = |host: &str, why: &str| {
        format!("11:00:01 smtp connect to {host}[192.0.2.{}]:25: {why}\n", host.len())
    };
    let refused = "connect to mx[192.0.2.2]:25: Connection refused";
    let line = |relay: &str, why: &str| {
        let line = delivery("b@b.example", "deferred", why);
        format!("11:00:02 smtp {}\n", line.replace("mx.b.example[192.0.2.9]:25", relay))
    };
    let tried = |text: &str| {
        let all = run(&log(&format!("{START}11:00:00 {ACTIVE}{text}")));
        let [row] = all.as_slice() else { panic!("{all:?}") };
        let [one] = row.attempts.as_slice() else { panic!("{row:?}") };
        let failures: Vec<_> = one
            .failures
            .iter()
            .map(|failure| format!("{}: {}", failure.class, self::text(&failure.text)))
            .collect();
        (one.servers, failures)
    };
    // What the recipient's own line says is not listed once more.
    let alone = failure("mx", "Connection refused") + &line("none", refused);
    assert_eq!(tried(&alone), (1, vec![]));
    // The first text of each class, and each server once, with or without its port.
    let more = failure("mxa", "Connection timed out")
        + &failure("mxab", "Connection timed out")
        + &failure("mx", "Connection refused")
        + "11:00:01 smtp 1E24013C03E: host mxa[192.0.2.3] said: 450 4.3.2 busy (in reply to MAIL FROM command)\n"
        + &line("none", refused);
    let listed = [
        "net_timeout: connect to mxa[192.0.2.3]:25: Connection timed out",
        "remote_system: host mxa[192.0.2.3] said: 450 4.3.2 busy (in reply to MAIL FROM command)",
    ];
    let (servers, failures) = tried(&more);
    assert_eq!((servers, failures), (3, listed.map(str::to_owned).to_vec()));
    // A server of the recipient's line that failed before is the same one.
    let again = failure("mxa", "Connection timed out")
        + &line("mxa[192.0.2.3]:25", "host mxa[192.0.2.3] said: 450 no");
    assert_eq!(tried(&again).0, 1);
    let other = failure("mxa", "Connection timed out")
        + &line("mxb[192.0.2.4]:25", "host mxb[192.0.2.4] said: 450 no");
    assert_eq!(tried(&other).0, 2);
    // The failures of another message are not this one's.
    let others =
        "11:00:01 smtp 0AAAA13C040: lost connection with mxa[192.0.2.3] while sending RCPT TO\n";
    assert_eq!(tried(&format!("{others}{}", line("none", refused))), (1, vec![]));
}

/// Held mail is in the queue; filtered mail is there under its last id.
#[test]
fn the_queue_confirms_what_waits() {
    let check = |text: &str, queue: &[(&str, &str)]| {
        let mut tracker = Tracker::new().with_year(2026);
        let closed = push(&mut tracker, &log(text));
        assert!(closed.is_empty(), "{closed:?}");
        let check = tracker.check_queue(queue.iter().copied());
        [check.confirmed.len(), check.gone.len(), check.unnamed.len(), check.unlogged.len()]
    };
    let deferred = delivery("b@b.example", "deferred", "x");
    let waits = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n");
    let held = format!("{waits}11:00:02 postsuper 1E24013C03E: placed on hold\n");
    for text in [&waits, &held] {
        assert_eq!(check(text, &[("1E24013C03E", "B@b.example")]), [1, 0, 0, 0]);
        assert_eq!(check(text, &[("1E24013C03E", "c@b.example")]), [0, 1, 1, 0]);
        assert_eq!(check(text, &[("0AAAA13C040", "b@b.example")]), [0, 1, 0, 1]);
        assert_eq!(check(text, &[]), [0, 1, 0, 0]);
    }
    // The queue may have the name before alias expansion.
    let renamed = waits.replace(", relay=", ", orig_to=<team@b.example>, relay=");
    assert_eq!(check(&renamed, &[("1E24013C03E", "team@b.example")]), [1, 0, 0, 0]);
    let rows = run(&log(&held));
    assert!(rows.iter().all(|row| row.flags.contains(Flag::Held)));
    let filtered = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 smtpd 0AAAA13C040: client=localhost[127.0.0.1]\n11:00:03 smtp {}\n",
        delivery("b@b.example", "sent", "250 2.0.0 Ok: queued as 0AAAA13C040")
            .replace("mx.b.example[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025"),
        deferred.replace("1E24013C03E", "0AAAA13C040"),
    );
    assert_eq!(check(&filtered, &[("0AAAA13C040", "b@b.example")]), [1, 0, 0, 0]);
    assert_eq!(check(&filtered, &[("1E24013C03E", "b@b.example")]), [0, 1, 0, 1]);
}
