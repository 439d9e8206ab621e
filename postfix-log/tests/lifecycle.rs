//! The tracker, scenario by scenario: each a short log and the rows it must give.
#![cfg(feature = "lifecycle")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use core::time::Duration;

use postfix_log::lifecycle::{Evicted, Flag, Limits, OriginKind};
use postfix_log::{Calendar, Fate, Lifecycle, LogTime, Tracker};

mod tracked;

use tracked::{ACTIVE, REMOVED, START, delivery, log, push, resume, run, save, summary, text};

#[test]
fn ends() {
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let deferred = delivery("b@b.example", "deferred", "connect to b: Connection refused");
    let bounced = delivery("b@b.example", "bounced", "host b said: 550 no");
    let probe = delivery("b@b.example", "undeliverable", "host b said: 550 no");
    let discarded = sent.replace("mx.b.example[192.0.2.9]:25", "none");
    let soft = deferred.replace("deferred", "SOFTBOUNCE");
    for (name, tail, want) in [
        ("at once", format!("11:00:01 smtp {sent}\n11:00:01 {REMOVED}"), "delivered 1"),
        (
            "later",
            format!("11:00:01 smtp {deferred}\n12:00:01 smtp {sent}\n12:00:01 {REMOVED}"),
            "delivered_after_deferral 2",
        ),
        (
            "removal lost",
            format!("11:00:01 smtp {deferred}\n12:00:01 smtp {sent}\n"),
            "delivered_after_deferral 2",
        ),
        ("soft bounce", format!("11:00:01 local {soft}\n"), "still_deferred 1"),
        ("bounced", format!("11:00:01 smtp {bounced}\n11:00:01 {REMOVED}"), "bounced 1"),
        (
            "bounced late",
            format!("11:00:01 error {deferred}\n12:00:01 smtp {bounced}\n12:00:01 {REMOVED}"),
            "late_bounce 2",
        ),
        ("still deferred", format!("11:00:01 smtp {deferred}\n"), "still_deferred 1"),
        (
            "expired",
            format!(
                "11:00:01 smtp {deferred}\n12:00:01 qmgr 1E24013C03E: from=<a@a.example>, status=expired, returned to sender\n12:00:01 {REMOVED}"
            ),
            "expired 1",
        ),
        (
            "expired, the last attempt logged after it",
            format!(
                "11:00:00 {ACTIVE}12:00:01 qmgr 1E24013C03E: from=<a@a.example>, status=expired, returned to sender\n12:00:01 smtp {deferred}\n12:00:01 {REMOVED}"
            ),
            "expired 1",
        ),
        (
            "deleted",
            format!("11:00:01 smtp {deferred}\n12:00:01 postsuper 1E24013C03E: removed\n"),
            "deleted 1",
        ),
        (
            "requeued",
            format!("11:00:01 smtp {deferred}\n12:00:01 postsuper 1E24013C03E: requeued\n"),
            "requeued 1",
        ),
        (
            "discard transport",
            format!("11:00:01 discard {discarded}\n11:00:01 {REMOVED}"),
            "discarded 1",
        ),
        ("probe", format!("11:00:01 smtp {probe}\n11:00:01 {REMOVED}"), "probe 1"),
        (
            "the last line is missing",
            format!("11:00:01 smtp {deferred}\n12:00:01 {REMOVED}"),
            "unknown 1",
        ),
        (
            "corrupt",
            format!(
                "11:00:01 smtp {deferred}\n12:00:01 qmgr warning: saving corrupt file \"1E24013C03E\" from queue \"active\" to queue \"corrupt\"\n"
            ),
            "unknown 1",
        ),
        (
            "twice in one run by a crash",
            format!("11:00:01 smtp {sent}\n11:00:02 smtp {sent}\n"),
            "delivered 2",
        ),
    ] {
        let log = log(&format!("{START}11:00:00 {ACTIVE}{tail}"));
        let rows = run(&log);
        assert_eq!(summary(&rows), [format!("1E24013C03E b@b.example {want}")], "{name}");
        assert!(
            rows.iter().all(|row| !row.flags.contains(Flag::PartialStart) && row.evicted.is_none()),
            "{name}"
        );
    }
}

#[test]
fn times_sizes_and_reasons_are_kept() {
    let deferred =
        delivery("b@b.example", "deferred", "connect to b[192.0.2.9]:25: Connection refused");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n11:30:00 smtp {deferred}\n12:00:01 smtp {sent}\n12:00:01 {REMOVED}"
    )));
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(row.waited(), Some(Duration::from_secs(3600)));
    assert_eq!((row.message.size, row.message.nrcpt), (Some(418), Some(1)));
    assert_eq!(row.message.message_id.as_deref(), Some(&b"<x@a.example>"[..]));
    assert_eq!(row.message.from.as_deref(), Some(&b"a@a.example"[..]));
    let statuses: Vec<_> = row
        .attempts
        .iter()
        .map(|one| (one.status.as_str(), one.class.map(|class| class.as_str())))
        .collect();
    assert_eq!(
        statuses,
        [("deferred", Some("net_refused")), ("deferred", Some("net_refused")), ("sent", None)]
    );
    assert!(row.attempts.iter().all(|one| one.relay == b"mx.b.example[192.0.2.9]:25"));
    assert_eq!(row.class().map(|class| class.as_str()), Some("net_refused"));
    assert!(
        !row.flags.contains(Flag::Undated)
            && row.resolved.is_some_and(|time| time.offset().is_none())
            && !row.is_open()
    );
}

#[test]
fn hold_and_verdicts() {
    let tail = "; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a.example>";
    let from = "from a.example[192.0.2.1]";
    let deferred = delivery("c@c.example", "deferred", "connect to c: Connection refused");
    for (name, text, want) in [
        (
            "milter",
            format!(
                "{START}11:00:01 cleanup 1E24013C03E: milter-hold: END-OF-MESSAGE {from}: milter triggers HOLD action{tail}\n"
            ),
            "b@b.example still_deferred 0",
        ),
        (
            "access map, before the queue id",
            format!(
                "10:59:59 smtpd NOQUEUE: hold: RCPT {from}: <a@a.example>: Sender address suspicious{tail}\n{START}"
            ),
            "b@b.example still_deferred 0",
        ),
        (
            "postsuper",
            format!(
                "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n11:00:02 postsuper 1E24013C03E: placed on hold\n"
            ),
            "c@c.example still_deferred 1",
        ),
        (
            "released and tried under its real name",
            format!(
                "{START}11:00:01 cleanup 1E24013C03E: milter-hold: END-OF-MESSAGE {from}: why{tail}\n12:00:00 postsuper 1E24013C03E: released from hold\n12:00:00 {ACTIVE}12:00:01 smtp {deferred}\n"
            ),
            "c@c.example still_deferred 1",
        ),
        (
            "discard, header",
            format!(
                "{START}11:00:01 cleanup 1E24013C03E: discard: header Subject: x {from}{tail}: y\n"
            ),
            "b@b.example discarded 0",
        ),
        (
            "discard, before the queue id",
            format!(
                "10:59:59 smtpd NOQUEUE: discard: RCPT {from}: <a@a.example>: Sender address triggers DISCARD action{tail}\n{START}"
            ),
            "b@b.example discarded 0",
        ),
    ] {
        let rows = run(&log(&text));
        assert_eq!(summary(&rows), [format!("1E24013C03E {want}")], "{name}");
        let held = !name.contains("discard") && !name.contains("released");
        assert!(rows.iter().all(|row| row.flags.contains(Flag::Held) == held), "{name}");
    }
    // A session that ended takes its verdict with it.
    let stale = format!(
        "10:59:59 smtpd NOQUEUE: discard: RCPT {from}: <a@a.example>: no{tail}\n10:59:59 smtpd disconnect {from} commands=1\n{START}"
    );
    assert_eq!(summary(&run(&log(&stale))), ["1E24013C03E - unknown 0"]);
    // Refused at its end: no mail, no row.
    let refused = format!(
        "{START}11:00:01 cleanup 1E24013C03E: milter-reject: END-OF-MESSAGE {from}: 5.7.1 no{tail}\n"
    );
    assert_eq!(summary(&run(&log(&refused))), Vec::<String>::new());
}

#[test]
fn one_recipient_may_have_many_lines() {
    let line = |to: &str, status: &str| {
        delivery(to, status, "x")
            .replace("relay=mx.b.example[192.0.2.9]:25", "orig_to=<team@b.example>, relay=local")
    };
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 local {}\n11:00:01 local {}\n11:00:01 local {}\n12:00:00 {ACTIVE}12:00:01 local {}\n12:00:01 {REMOVED}",
        line("one@b.example", "sent"),
        line("two@b.example", "deferred"),
        // The alias has a file, too: part of it was delivered, all of it will be tried again.
        line("two@b.example", "sent"),
        line("two@b.example", "sent"),
    )));
    assert_eq!(
        summary(&rows),
        [
            "1E24013C03E one@b.example delivered 1",
            "1E24013C03E two@b.example delivered_after_deferral 3"
        ]
    );
    assert!(rows.iter().all(|row| row.orig_to.as_deref() == Some(b"team@b.example")));
}

const HANDED: &str = "1E24013C03E: to=<b@b.example>, relay=127.0.0.1[127.0.0.1]:10025, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10026): 250 2.0.0 Ok: queued as 0AAAA13C040)";
const SECOND: &str = "11:00:02 smtpd 0AAAA13C040: client=localhost[127.0.0.1]\n\
    11:00:02 qmgr 0AAAA13C040: from=<a@a.example>, size=518, nrcpt=1 (queue active)\n";

fn second(status: &str) -> String {
    delivery("b@b.example", status, "x").replace("1E24013C03E", "0AAAA13C040")
}

#[test]
fn a_filter_makes_a_chain() {
    let hop = format!("{SECOND}11:00:03 smtp {}\n", second("sent"));
    let handed = format!("11:00:03 smtp {HANDED}\n11:00:03 {REMOVED}");
    let named = hop.replace(
        "client=localhost[127.0.0.1]",
        "client=localhost[127.0.0.1], orig_queue_id=1E24013C03E",
    );
    let mute = handed.replace(" Ok: queued as 0AAAA13C040", " taken");
    for (name, text) in [
        ("child first", format!("{hop}{handed}")),
        ("parent first", format!("{handed}{hop}")),
        ("the filter passes the id on", format!("{named}{mute}")),
    ] {
        let rows = run(&log(&format!("{START}11:00:00 {ACTIVE}{text}")));
        let [row] = rows.as_slice() else { panic!("{name}: {rows:?}") };
        assert_eq!(summary(&rows), ["1E24013C03E b@b.example delivered 1"], "{name}");
        let chain: Vec<_> = row.chain.iter().map(|hop| text_of(&hop.queue_id)).collect();
        assert_eq!(chain, ["0AAAA13C040"], "{name}");
        assert_eq!(
            row.attempts.first().map(|one| one.relay.as_bytes()),
            Some(&b"mx.b.example[192.0.2.9]:25"[..])
        );
        assert_eq!(row.message.size, Some(418), "{name}");
    }
}

fn text_of(bytes: &[u8]) -> String {
    text(bytes)
}

#[test]
fn a_chain_ends_where_its_last_hop_ends() {
    let first = format!("{START}11:00:00 {ACTIVE}");
    let filter_down = delivery(
        "b@b.example",
        "deferred",
        "connect to 127.0.0.1[127.0.0.1]:10025: Connection refused",
    );
    for (name, text, want) in [
        (
            "deferred at the second hop",
            format!(
                "{first}11:00:01 smtp {HANDED}\n{SECOND}11:00:03 smtp {}\n",
                second("deferred")
            ),
            "still_deferred 1",
        ),
        (
            "deferred at the first hop only",
            format!(
                "{first}11:00:01 smtp {filter_down}\n11:00:02 smtp {HANDED}\n{SECOND}11:00:03 smtp {}\n",
                second("sent")
            ),
            "delivered_after_deferral 1",
        ),
        (
            "bounced at the second hop",
            format!("{first}11:00:01 smtp {HANDED}\n{SECOND}11:00:03 smtp {}\n", second("bounced")),
            "bounced 1",
        ),
        ("not tried yet", format!("{first}11:00:01 smtp {HANDED}\n{SECOND}"), "unknown 0"),
        (
            "held by the filter's verdict",
            format!(
                "{first}11:00:01 smtp {HANDED}\n{SECOND}11:00:03 postsuper 0AAAA13C040: placed on hold\n"
            ),
            "still_deferred 0",
        ),
    ] {
        assert_eq!(
            summary(&run(&log(&text))),
            [format!("1E24013C03E b@b.example {want}")],
            "{name}"
        );
    }
    // The same reply from a server far away links nothing.
    let remote = format!(
        "{first}11:00:01 smtp {}\n{SECOND}11:00:03 smtp {}\n",
        HANDED.replace("127.0.0.1[127.0.0.1]", "far[192.0.2.77]"),
        second("sent")
    );
    assert_eq!(
        summary(&run(&log(&remote))),
        ["0AAAA13C040 b@b.example delivered 1", "1E24013C03E b@b.example delivered 1"]
    );
}

#[test]
fn mail_beside_the_filter_is_not_in_the_chain() {
    let mute = HANDED.replace(" Ok: queued as 0AAAA13C040", " taken");
    let direct = delivery("c@c.example", "sent", "250 Ok");
    let named = SECOND.replace(
        "client=localhost[127.0.0.1]",
        "client=localhost[127.0.0.1], orig_queue_id=1E24013C03E",
    );
    let text = format!(
        "{START}11:00:00 {ACTIVE}{named}11:00:02 smtp {mute}\n11:00:02 smtp {direct}\n11:00:03 smtp {}\n",
        second("deferred")
    );
    assert_eq!(
        summary(&run(&log(&text))),
        ["1E24013C03E b@b.example still_deferred 1", "1E24013C03E c@c.example delivered 1"]
    );
}

#[test]
fn three_hops_and_two_instances() {
    let third = "1E24113C050";
    let middle = HANDED
        .replace("1E24013C03E: ", "0AAAA13C040: ")
        .replace("queued as 0AAAA13C040", &format!("queued as {third}"));
    let last = format!(
        "Nov 22 11:00:04 mx1 postfix-out/smtpd[8]: {third}: client=localhost[127.0.0.1]\n\
         Nov 22 11:00:05 mx1 postfix/smtp[9]: {middle}\n\
         Nov 22 11:00:06 mx1 postfix-out/smtp[9]: {}\n",
        delivery("b@b.example", "sent", "x").replace("1E24013C03E", third)
    );
    let text = log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {HANDED}\n{SECOND}"));
    let rows = run(&format!("{text}{last}"));
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.fate, row.message.queue_id.as_bytes()), (Fate::Delivered, &b"1E24013C03E"[..]));
    let chain: Vec<_> =
        row.chain.iter().map(|hop| (text_of(&hop.instance), text_of(&hop.queue_id))).collect();
    assert_eq!(
        chain,
        [("postfix".into(), "0AAAA13C040".into()), ("postfix-out".into(), third.to_owned())]
    );
}

#[test]
fn children_know_their_parents() {
    let bounced = delivery("b@b.example", "bounced", "no");
    let child = "11:00:02 cleanup 0AAAA13C040: message-id=<q@mx1>\n\
        11:00:02 qmgr 0AAAA13C040: from=<>, size=9, nrcpt=1 (queue active)\n";
    let sent = second("sent").replace("b@b.example", "a@a.example");
    let notice = "11:00:02 bounce 1E24013C03E: sender non-delivery notification: 0AAAA13C040\n";
    for (name, middle) in
        [("after", format!("{child}{notice}")), ("before", format!("{notice}{child}"))]
    {
        let rows = run(&log(&format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {bounced}\n{middle}11:00:03 smtp {sent}\n"
        )));
        assert_eq!(
            summary(&rows),
            ["0AAAA13C040 a@a.example delivered 1", "1E24013C03E b@b.example bounced 1"],
            "{name}"
        );
        for row in &rows {
            if row.fate == Fate::Bounced {
                assert_eq!(row.notification.as_deref(), Some(&b"0AAAA13C040"[..]), "{name}");
            } else {
                let origin = row.message.origin.as_ref().expect("an origin");
                assert_eq!(origin.kind, OriginKind::Notification, "{name}");
                assert_eq!(origin.queue_id.as_deref(), Some(&b"1E24013C03E"[..]), "{name}");
                assert!(!row.flags.contains(Flag::PartialStart), "{name}");
            }
        }
    }
    let forwarded = HANDED.replace("relay=127.0.0.1[127.0.0.1]:10025", "relay=local").replace(
        "250 2.0.0 from MTA(smtp:[127.0.0.1]:10026): 250 2.0.0 Ok: queued as",
        "forwarded as",
    );
    let rows =
        run(&log(&format!("{START}11:00:01 local {forwarded}\n{child}11:00:03 smtp {sent}\n")));
    let origins: Vec<_> =
        rows.iter().filter_map(|row| Some(row.message.origin.as_ref()?.kind)).collect();
    assert_eq!((rows.len(), origins.as_slice()), (2, &[OriginKind::Forward][..]));
    let requeued = "11:00:02 pickup 0AAAA13C040: uid=89 from=<a@a.example> orig_id=1E24013C03E\n";
    let rows = run(&log(&format!(
        "{START}11:00:01 postsuper 1E24013C03E: requeued\n{requeued}11:00:03 smtp {sent}\n"
    )));
    let origins: Vec<_> =
        rows.iter().filter_map(|row| Some(row.message.origin.as_ref()?.kind)).collect();
    assert_eq!(origins, [OriginKind::Requeue]);
    let proxied = "11:00:00 smtpd NOQUEUE: client=a.example[192.0.2.1]\n\
        11:00:01 smtpd 0AAAA13C040: client=localhost[127.0.0.1], orig_client=a.example[192.0.2.1]\n\
        11:00:02 smtpd proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 0AAAA13C040; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a.example>\n";
    let proxied = proxied.replace("smtpd proxy", "smtpd NOQUEUE: proxy");
    let rows = run(&log(&format!("{proxied}11:00:03 smtp {sent}\n")));
    let origins: Vec<_> =
        rows.iter().filter_map(|row| Some(row.message.origin.as_ref()?.kind)).collect();
    assert_eq!((rows.len(), origins.as_slice()), (1, &[OriginKind::Proxy][..]));
}

#[test]
fn a_deferral_logged_after_the_end_holds_for_no_time() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let rows =
        run(&log(&format!("{START}11:00:00 {ACTIVE}11:00:01 {REMOVED}11:00:04 smtp {deferred}\n")));
    assert_eq!(rows.iter().map(Lifecycle::waited).collect::<Vec<_>>(), [Some(Duration::ZERO)]);
}

#[test]
fn ids_are_used_again() {
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let deferred = delivery("b@b.example", "deferred", "x");
    let one = format!("{START}11:00:01 smtp {sent}\n11:00:01 {REMOVED}");
    let again = one.replace("11:00:0", "11:00:1");
    let rows = run(&log(&format!("{one}{again}")));
    let generations: Vec<_> = rows.iter().map(|row| (row.message.generation, row.fate)).collect();
    assert_eq!(generations, [(0, Fate::Delivered), (1, Fate::Delivered)]);
    // The end of the first one was lost.
    let open = format!("{START}11:00:01 smtp {deferred}\n");
    let later = one.replace("11:00:0", "15:00:0");
    let rows = run(&log(&format!("{open}{later}")));
    let ends: Vec<_> =
        rows.iter().map(|row| (row.message.generation, row.fate, row.evicted)).collect();
    assert_eq!(ends, [(0, Fate::Unknown, Some(Evicted::IdReused)), (1, Fate::Delivered, None)]);
    // The start line is only late: one message.
    let late = format!("11:00:00 {ACTIVE}{START}11:00:01 smtp {sent}\n");
    let rows = run(&log(&late));
    assert_eq!(summary(&rows), ["1E24013C03E b@b.example delivered 1"]);
    assert!(!rows.iter().any(|row| row.flags.contains(Flag::PartialStart)));
}

#[test]
fn gaps_at_both_ends() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let rows = run(&log(&format!("11:00:01 smtp {deferred}\n")));
    assert!(
        rows.iter()
            .all(|row| row.flags.contains(Flag::PartialStart) && row.fate == Fate::StillDeferred)
            && rows.len() == 1
    );
    // Nothing is known about it.
    assert!(run(&log(&format!("11:00:01 {REMOVED}"))).is_empty());
}

#[test]
fn idle_messages_are_given_up_in_log_time() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let mut tracker =
        Tracker::with_limits(Limits { deferred: Duration::from_secs(600), ..Limits::default() })
            .with_year(2026);
    let noise = |time: &str| {
        "TIME anvil statistics: max cache size 1 at Nov 22 11:00:00\n"
            .replace("TIME", time)
            .repeat(70)
    };
    let rows = push(
        &mut tracker,
        &log(&format!("{START}11:00:01 smtp {deferred}\n{}", noise("11:05:00"))),
    );
    assert!(rows.is_empty());
    let rows = push(&mut tracker, &log(&noise("11:20:00")));
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.fate, row.evicted), (Fate::Unknown, Some(Evicted::Idle)));
    assert_eq!(
        tracker.evictions().find(|(why, _)| *why == Evicted::Idle),
        Some((Evicted::Idle, 1))
    );
    assert_eq!(tracker.messages(), 0);
    // On hold, it waits for ever.
    let rows = push(
        &mut tracker,
        &log(&format!(
            "{START}11:30:00 postsuper 1E24013C03E: placed on hold\n{}",
            noise("23:00:00")
        )),
    );
    assert!(rows.is_empty());
}

#[test]
fn many_recipients() {
    let mut text = log(&format!("{START}11:00:00 {ACTIVE}"));
    for status in ["deferred", "sent"] {
        for at in 0..12_000 {
            let line = delivery(&format!("user{at}@b.example"), status, "x");
            text.push_str(&log(&format!("11:00:01 smtp {line}\n")));
        }
    }
    let mut tracker = Tracker::new().with_year(2026);
    assert!(push(&mut tracker, &text).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    assert_eq!(rows.len(), 12_000);
    assert!(
        rows.iter().all(|row| row.fate == Fate::DeliveredAfterDeferral && row.attempt_count == 2)
    );
    // Of those beyond the limit the outcome is kept, but not the attempts.
    assert_eq!(rows.iter().filter(|row| row.attempts.len() == 2).count(), 10_000);
    assert_eq!(rows.iter().filter(|row| row.attempts.is_empty()).count(), 2_000);
    assert!(rows.iter().all(|row| row.first_deferred.is_some() && row.waited().is_some()));
}

/// There is an end to that, too: what settles a recipient makes a row at once.
#[test]
fn far_too_many_recipients() {
    let mut text = log(&format!("{START}11:00:00 {ACTIVE}"));
    for (at, status) in (0..12).flat_map(|at| [(at, "deferred"), (at, "bounced")]) {
        let line = delivery(&format!("user{at}@b.example"), status, "x");
        text.push_str(&log(&format!("11:00:{at:02} smtp {line}\n")));
    }
    let limits = Limits { recipients: 1, ..Limits::default() };
    let mut tracker = Tracker::with_limits(limits).with_year(2026);
    let over = push(&mut tracker, &text);
    let told: Vec<_> = over.iter().map(|row| (row.fate, row.evicted)).collect();
    assert_eq!(told, [(Fate::Bounced, Some(Evicted::Recipients)); 2]);
    let kept: Vec<_> = tracker.drain().collect();
    assert_eq!(kept.len(), 10);
    assert!(kept.iter().all(|row| row.fate == Fate::LateBounce && row.attempt_count == 2));
}

/// A message that was given up for want of room has its row: what comes later opens none.
#[test]
fn an_evicted_message_has_one_row() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let first = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n");
    let others: String =
        (0..3).map(|at| first.replace("1E24013C03E", &format!("1E24013C04{at}"))).collect();
    let late = format!("12:00:00 {ACTIVE}12:00:01 smtp {sent}\n12:00:01 {REMOVED}");
    for long in [false, true] {
        let name = |text: &str| {
            let named = text.replace("1E24013C03E", "4gBz1K3vQ8z1xF");
            if long { named.replace("1E24013C04", "4gBz1K3vQ8z1xG") } else { text.to_owned() }
        };
        let limits = Limits { messages: 3, ..Limits::default() };
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        let rows = push(&mut tracker, &log(&name(&format!("{first}{others}"))));
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.fate, row.evicted), (Fate::Unknown, Some(Evicted::Budget)));
        // Also over a stop.
        let mut tracker = resume(limits, &save(&tracker)).expect("a state");
        let rows = push(&mut tracker, &log(&name(&late)));
        assert!(rows.is_empty() && tracker.messages() == 3, "{rows:?}");
        // A short id begins another message some day, a long one never does.
        let again = first.replace("11:00:0", "13:00:0");
        let rows = push(&mut tracker, &log(&name(&again)));
        assert_eq!(rows.len(), usize::from(!long), "{rows:?}");
    }
}

/// Messages that wait for long, deferred or on hold, may fill the tracker. The mail that passes meanwhile still gets its rows.
#[test]
fn waiting_mail_does_not_crowd_out_new_mail() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let tried = format!("11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n");
    let held = format!("{START}11:00:00 {ACTIVE}11:00:01 postsuper 1E24013C03E: placed on hold\n");
    let passing = format!("{START}12:00:00 {ACTIVE}12:00:01 smtp {sent}\n12:00:02 {REMOVED}");
    for waiting in [tried, held] {
        let named = |text: &str, n: usize| text.replace("1E24013C03E", &format!("1E24013C{n:03X}"));
        let old: String = (0..40).map(|n| named(&waiting, n)).collect();
        let limits = Limits { messages: 20, ..Limits::default() };
        let mut tracker = Tracker::with_limits(limits).with_year(2026);
        push(&mut tracker, &log(&old));
        assert_eq!(tracker.messages(), 20);
        // Two at a time pass through, line by line in turn.
        let mut rows = Vec::new();
        for n in (0x100..0x200).step_by(2) {
            let pair = passing.lines().flat_map(|line| [named(line, n), named(line, n + 1)]);
            let pair: String = pair.map(|line| line + "\n").collect();
            rows.extend(push(&mut tracker, &log(&pair)));
        }
        rows.extend(tracker.drain());
        let delivered = rows.iter().filter(|row| row.fate == Fate::Delivered).count();
        assert_eq!(delivered, 0x100, "after {waiting}");
    }
}

/// A log that is read twice tells nothing new, also of messages that are held no more.
#[test]
fn a_log_that_is_read_twice() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let message = |id: &str| {
        let text = format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n11:05:01 smtp {sent}\n11:05:01 {REMOVED}"
        );
        text.replace("1E24013C03E", id)
    };
    let noise = "11:30:00 anvil statistics: max cache size 1 at Nov 22 11:00:00\n".repeat(96);
    let ids = ["1E24013C03E", "4gBz1K3vQ8z1xF"];
    let text = log(&format!("{}{}{noise}", message(ids[0]), message(ids[1])));
    let mut tracker = Tracker::new().with_year(2026);
    let rows = push(&mut tracker, &text);
    assert_eq!((rows.len(), tracker.messages()), (2, 0));
    let mut tracker = resume(Limits::default(), &save(&tracker)).expect("a state");
    assert!(push(&mut tracker, &text).is_empty());
    assert_eq!(tracker.messages(), 0);
    // The next message with the short id is a new one.
    let next = log(&message(ids[0]).replace("11:0", "12:0"));
    assert!(push(&mut tracker, &next).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    assert_eq!(summary(&rows), ["1E24013C03E b@b.example delivered_after_deferral 2"]);
}

#[test]
fn attempts_beyond_the_limit_are_counted() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "x");
    let lines: String =
        (1..10).map(|second| format!("11:00:0{second} smtp {deferred}\n")).collect();
    let text = log(&format!("{lines}11:00:10 smtp {sent}\n"));
    let mut tracker =
        Tracker::with_limits(Limits { attempts: 3, ..Limits::default() }).with_year(2026);
    assert!(push(&mut tracker, &text).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let kept: Vec<_> = row.attempts.iter().map(|one| one.status.as_str()).collect();
    assert_eq!((row.attempt_count, kept), (10, vec!["deferred", "deferred", "sent"]));
}

#[test]
fn years() {
    let long = "Dec 31 23:59:59 mx1 postfix/smtp[1]: 4jW9mx0sf8z9rwp: to=<b@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.0.0, status=deferred (x)\n";
    let mut tracker = Tracker::new();
    assert!(push(&mut tracker, long).is_empty());
    assert!(tracker.drain().all(|row| !row.flags.contains(Flag::Undated)));
    let short = long.replace("4jW9mx0sf8z9rwp", "1E24013C03E");
    let mut tracker = Tracker::new();
    let later = short.replace("Dec 31 23:59:59", "Dec 31 23:59:58").replace("deferred", "sent");
    assert!(push(&mut tracker, &format!("{short}{later}")).is_empty());
    assert!(
        tracker
            .drain()
            .all(|row| row.flags.contains(Flag::Undated) && row.waited() == Some(Duration::ZERO))
    );
}

#[test]
fn a_newer_state_is_refused_by_name() {
    let error = Tracker::resume(&mut serde_json::Deserializer::from_str("[4, {}, []]"))
        .expect_err("a newer version");
    assert!(error.to_string().contains("version 4"), "{error}");
    for hostile in ["", "[]", "[1]", "[3]", "[3,{},[]]", "7", "[3,null,[]]", "[\"3\",{},[]]"] {
        assert!(
            Tracker::resume(&mut serde_json::Deserializer::from_str(hostile)).is_err(),
            "{hostile}"
        );
    }
}

#[test]
fn a_state_that_contradicts_itself_is_refused() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let mut tracker = Tracker::new().with_year(2026);
    assert!(
        push(
            &mut tracker,
            &log(&format!("{START}11:00:01 smtp {deferred}\n11:00:02 smtp {deferred}\n"))
        )
        .is_empty()
    );
    let saved = save(&tracker);
    let resume = |text: &str| Tracker::resume(&mut serde_json::Deserializer::from_str(text));
    assert!(resume(&saved).is_ok());
    for (from, to) in [
        // A walk over attempts that never ends.
        ("\"previous\":0", "\"previous\":1"),
        ("\"kept\":2", "\"kept\":4000000000"),
        ("\"site\":0", "\"site\":9"),
        ("1E24013C03E", "not an id"),
    ] {
        assert!(saved.contains(from), "{from}");
        assert!(resume(&saved.replace(from, to)).is_err(), "{from}");
    }
    // Pieces of text outside the text are empty, not a panic.
    let cut = saved.replace("\"to\":[", "\"to\":[4000000");
    let mut tracker = resume(&cut).expect("a state");
    assert!(tracker.drain().all(|row| row.to.as_deref() == Some(b"")));
    let small = Limits { bytes: 100, ..Limits::default() };
    let error = Tracker::resume_with(small, &mut serde_json::Deserializer::from_str(&saved))
        .expect_err("too large");
    assert!(error.to_string().contains("larger than the limits"), "{error}");
}

/// The figure of the documentation.
#[test]
fn memory_per_message() {
    let deferred = delivery("someone.longer@destination.example", "deferred", "connect to x");
    let mut tracker = Tracker::new().with_year(2026);
    let mut last = 0;
    for at in 0..50_000_u32 {
        let id = format!("{:05X}{:X}", at % 1_000_000, 0x13_0000 + at);
        let text = log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n"));
        assert!(push(&mut tracker, &text.replace("1E24013C03E", &id)).is_empty());
        if tracker.messages() == 32_768 {
            last = tracker.bytes();
        }
    }
    let each = last / 32_768;
    assert!(each <= 700, "{each} bytes a message");
    println!("{each} bytes a message with one recipient and one attempt");
}

#[test]
fn more_hosts_than_are_kept_apart() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let one = log(&format!("{START}11:00:01 smtp {deferred}\n"));
    let mut tracker =
        Tracker::with_limits(Limits { sites: 4, ..Limits::default() }).with_year(2026);
    let mut rows = Vec::new();
    for host in 0..10 {
        rows.extend(push(&mut tracker, &one.replace(" mx1 ", &format!(" mx{host} "))));
    }
    assert_eq!((rows.len(), tracker.messages()), (6, 4));
    assert!(rows.iter().all(|row| row.evicted == Some(Evicted::Sites)));
    // The host that was silent longest goes first, and comes back as a stranger: but its message has its row.
    assert_eq!(rows.first().map(|row| row.message.host.as_bytes()), Some(&b"mx0"[..]));
    let again = push(&mut tracker, &one.replace(" mx1 ", " mx0 "));
    assert_eq!(again.len(), 1);
    rows.extend(again);
    rows.extend(tracker.drain());
    assert_eq!(rows.len(), 10);
}

#[test]
fn a_verdict_waits_over_a_stop() {
    for (tail, want) in [
        ("; from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<h>", "b@b.example discarded 0"),
        ("; from=<a@a.example> proto=ESMTP helo=<h>", "- discarded 0"),
    ] {
        let mut tracker = Tracker::default().with_year(2026);
        let verdict = format!(
            "10:59:59 smtpd NOQUEUE: discard: MAIL from a.example[192.0.2.1]: <a@a.example>: no{tail}\n"
        );
        assert!(push(&mut tracker, &log(&verdict)).is_empty());
        let saved = save(&tracker);
        let mut tracker = resume(Limits::default(), &saved).expect("a state");
        assert_eq!(save(&tracker), saved);
        assert!(push(&mut tracker, &log(START)).is_empty());
        let rows: Vec<_> = tracker.drain().collect();
        assert_eq!(summary(&rows), [format!("1E24013C03E {want}")]);
        let broken = saved.replace("b@b.example", r"\\q");
        assert_eq!(resume(Limits::default(), &broken).is_err(), broken != saved);
    }
}

#[test]
fn states_that_no_tracker_saves() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let mut tracker = Tracker::new().with_year(2026);
    let text = log(&format!("{START}11:00:01 smtp {deferred}\n"));
    assert!(push(&mut tracker, &text).is_empty());
    let saved = save(&tracker);
    let why = |limits: Limits, text: &str| match resume(limits, text) {
        Ok(tracker) => format!("{} messages", tracker.messages()),
        Err(error) => error.to_string(),
    };
    let usual = Limits::default();
    assert_eq!(why(usual, &saved), "1 messages");
    for (limits, want) in [
        (Limits { sites: 0, ..usual }, "more hosts and instances than the limits allow"),
        (Limits { recipients: 0, ..usual }, "more recipients than the limits allow"),
        (Limits { messages: 0, ..usual }, "larger than the limits allow"),
    ] {
        assert!(why(limits, &saved).contains(want), "{}", why(limits, &saved));
    }
    for (from, to, want) in [
        (
            "\"at\":0",
            "\"at\":4000000000",
            "a host or an instance has a number beyond what the limits allow",
        ),
        ("\"hosts\":[", "\"hosts\":7,\"x\":[", "expected at most 2097152 items"),
        ("\"name\":\"mx1\"", "\"name\":\"mx\\\\1\"", "text with a broken escape"),
        ("\"sites\":[{\"at\":0,\"host\":0", "\"sites\":[{\"at\":0,\"host\":5", "not in the state"),
    ] {
        assert!(saved.contains(from), "{from} in {saved}");
        let found = why(usual, &saved.replacen(from, to, 1));
        assert!(found.contains(want), "{from}: {found}");
    }
    // No more places than sites may be held.
    for (at, is_read) in [(2, true), (3, false), (2_097_151, false)] {
        let moved = saved
            .replacen("\"hosts\":[{\"at\":0", &format!("\"hosts\":[{{\"at\":{at}"), 1)
            .replacen("\"at\":0,\"host\":0", &format!("\"at\":0,\"host\":{at}"), 1);
        assert_ne!(moved, saved);
        let found = why(Limits { sites: 3, ..usual }, &moved);
        let want = if is_read {
            "1 messages"
        } else {
            "a host or an instance has a number beyond what the limits allow"
        };
        assert!(found.contains(want), "{at}: {found}");
    }
    let head = saved.rfind(",[{").expect("the messages");
    let found = why(usual, &format!("{},7]", &saved[..head]));
    assert!(found.contains("expected messages"), "{found}");
    assert!(why(usual, "7").contains("a saved tracker: version, head and messages"));
    let link = r#"{"host":0,"child":"x","link":{"kind":"filter","site":0,"parent":"y","time":0,"line":0}}"#;
    let many = vec![link; 8_193].join(",");
    let found = why(usual, &saved.replacen("\"links\":[", &format!("\"links\":[{many}"), 1));
    assert!(found.contains("more links or sessions than are ever saved"), "{found}");
}

/// The zone of the log is the caller's to know.
#[test]
fn times_in_a_zone() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let text = log(&format!("{START}11:00:01 smtp {deferred}\n11:00:09 smtp {sent}\n"));
    let calendar = Calendar::starting_at(2026).with_offset(3600);
    let mut tracker = Tracker::new().with_calendar(calendar);
    assert_eq!(*tracker.limits(), Limits::default());
    assert!(push(&mut tracker, &text).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let shown = |time: Option<LogTime>| time.map(|time| time.to_string());
    assert_eq!(shown(row.message.first_seen).as_deref(), Some("2026-11-22T11:00:00+01:00"));
    assert_eq!(shown(row.resolved).as_deref(), Some("2026-11-22T11:00:09+01:00"));
    assert_eq!(row.waited(), Some(Duration::from_secs(8)));
    assert!(!row.flags.contains(Flag::Undated));
}

/// A state goes on with its own year, in the zone that it is given again.
#[test]
fn a_resumed_state_keeps_its_year() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let sent = delivery("b@b.example", "sent", "250 Ok");
    let mut tracker = Tracker::new().with_year(2024);
    assert!(push(&mut tracker, &log(&format!("{START}11:00:01 smtp {deferred}\n"))).is_empty());
    let zone = Calendar::starting_at(2030).with_offset(-3600);
    let mut tracker =
        resume(Limits::default(), &save(&tracker)).expect("a state").with_calendar(zone);
    assert!(push(&mut tracker, &log(&format!("11:00:09 smtp {sent}\n"))).is_empty());
    let rows: Vec<_> = tracker.drain().collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let shown = row.resolved.map(|time| time.to_string());
    assert_eq!(shown.as_deref(), Some("2024-11-22T11:00:09-01:00"));
}

/// A zone that is set later counts from the next line on, also if that has the time of the line before.
#[test]
fn a_zone_that_is_set_later() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let line = log(&format!("11:00:01 smtp {deferred}\n"));
    let mut tracker = Tracker::new().with_year(2026);
    assert!(push(&mut tracker, &line).is_empty());
    let mut tracker = tracker.with_calendar(Calendar::new().with_offset(3600));
    assert!(push(&mut tracker, &line.replace("b@b.example", "c@b.example")).is_empty());
    let times: Vec<_> =
        tracker.drain().filter_map(|row| row.first_deferred).map(|time| time.to_string()).collect();
    assert_eq!(times, ["2026-11-22T11:00:01", "2026-11-22T11:00:01+01:00"]);
}

/// Without a program's name the end may be the queue manager's or postsuper's.
#[test]
fn removals_of_all_kinds() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let held = "11:00:02 postsuper 1E24013C03E: placed on hold\n";
    let rows_of = |tail: &str, last: &str| {
        let text = log(&format!("{START}{tail}"));
        let rows = run(&format!("{text}Nov 22 12:00:00 mx1 {last}\n"));
        rows.iter()
            .map(|row| (row.fate.as_str(), row.flags.contains(Flag::Ambiguous)))
            .collect::<Vec<_>>()
    };
    let tried = format!("11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n");
    for (name, tail, last, want) in [
        ("tried", tried.as_str(), "postfix[7]: 1E24013C03E: removed", vec![("deleted", true)]),
        ("held", held, "postfix[7]: 1E24013C03E: removed", vec![("deleted", true)]),
        ("neither", "", "postfix[7]: 1E24013C03E: removed", vec![("unknown", false)]),
        ("canceled", "", "postfix/cleanup[7]: 1E24013C03E: removed (canceled)", vec![]),
        (
            "discarded",
            "",
            "postfix/cleanup[7]: 1E24013C03E: removed (discarded)",
            vec![("discarded", false)],
        ),
        (
            "broken off",
            "",
            "postfix/qmqpd[7]: 1E24013C03E: a[192.0.2.1]: lost connection while receiving sender address",
            vec![],
        ),
    ] {
        assert_eq!(rows_of(tail, last), want, "{name}");
    }
}

#[test]
fn renamed_queue_files_leave_short_ids_in_doubt() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let long = "4kj7gQ4QqYz1W9HX";
    let ended = "0AAAA13C040";
    let text = format!(
        "11:00:01 smtp {deferred}\n11:00:01 smtp {}\n11:00:01 smtp {}\n11:00:01 qmgr {ended}: removed\n\
         11:00:02 postsuper Renamed to match inode number: 1 message\n",
        deferred.replace("1E24013C03E", long),
        deferred.replace("1E24013C03E", ended).replace("deferred", "sent"),
    );
    let other = log(&text.lines().take(1).collect::<String>()).replace(" mx1 ", " mx2 ");
    let rows = run(&format!("{other}{}", log(&text)));
    let doubt: Vec<_> = rows
        .iter()
        .filter(|row| row.flags.contains(Flag::Ambiguous))
        .map(|row| (text_of(&row.message.host), text_of(&row.message.queue_id)))
        .collect();
    assert_eq!((rows.len(), doubt), (4, vec![("mx1".into(), "1E24013C03E".into())]));
    // A second time leaves no less doubt.
    let twice = format!("{text}11:00:03 postsuper Renamed to match inode number: 1 message\n");
    let doubts = run(&log(&twice)).iter().filter(|row| row.flags.contains(Flag::Ambiguous)).count();
    assert_eq!(doubts, 1);
    // Other summaries of postsuper leave no doubt.
    for action in ["Deleted", "Requeued", "Placed on hold", "Released from hold"] {
        let other = text.replace("Renamed to match inode number", action);
        let rows = run(&log(&other));
        assert_eq!(rows.len(), 3, "{action}");
        assert!(!rows.iter().any(|row| row.flags.contains(Flag::Ambiguous)), "{action}");
    }
}

/// A recipient was deferred, and a later run served it by the name that it was rewritten to.
#[test]
fn a_later_run_may_serve_another_name() {
    let deferred = delivery("b@b.example", "deferred", "x");
    let renamed = |status: &str| {
        delivery("c@c.example", status, "x").replace(", relay=", ", orig_to=<b@b.example>, relay=")
    };
    for (status, fate) in [
        ("sent", "delivered_after_deferral 1"),
        ("bounced", "late_bounce 1"),
        ("deliverable", "unknown 1"),
    ] {
        let rows = run(&log(&format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n12:00:00 {ACTIVE}12:00:01 smtp {}\n12:00:02 {REMOVED}",
            renamed(status)
        )));
        let row = rows.iter().find(|row| row.to.as_deref() == Some(b"b@b.example"));
        let row = row.expect("its row");
        assert_eq!(format!("{} {}", row.fate.as_str(), row.attempt_count), fate);
        assert_eq!(row.flags.contains(Flag::Ambiguous), status != "deliverable");
    }
    // What a later run did for others says nothing of it.
    for other in [
        renamed("sent").replace("orig_to=<b@b", "orig_to=<d@b"),
        delivery("c@c.example", "sent", "x"),
    ] {
        let rows = run(&log(&format!(
            "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n12:00:00 {ACTIVE}12:00:01 smtp {other}\n12:00:02 {REMOVED}"
        )));
        assert_eq!(
            summary(&rows),
            ["1E24013C03E b@b.example unknown 1", "1E24013C03E c@c.example delivered 1"]
        );
    }
    // In the same run it is another recipient of the alias.
    let rows = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n11:00:01 smtp {}\n12:00:02 {REMOVED}",
        renamed("sent")
    )));
    assert_eq!(
        summary(&rows),
        ["1E24013C03E b@b.example unknown 1", "1E24013C03E c@c.example delivered 1"]
    );
    assert!(!rows.iter().any(|row| row.flags.contains(Flag::Ambiguous)));
}

#[test]
fn one_recipient_becomes_two_behind_a_filter() {
    let two = |to: &str| {
        second("sent").replace("to=<b@b.example>", &format!("to=<{to}>, orig_to=<b@b.example>"))
    };
    let text = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {HANDED}\n{SECOND}11:00:03 smtp {}\n11:00:03 smtp {}\n",
        two("c@c.example"),
        two("d@d.example")
    );
    let rows = run(&log(&text));
    let names: Vec<_> = rows
        .iter()
        .map(|row| (row.to.as_deref().map(text_of), row.orig_to.as_deref().map(text_of)))
        .collect();
    let original = || Some("b@b.example".to_owned());
    assert_eq!(
        names,
        [(Some("c@c.example".into()), original()), (Some("d@d.example".into()), original())]
    );
    assert!(
        rows.iter()
            .all(|row| row.fate == Fate::Delivered && row.message.queue_id == b"1E24013C03E")
    );
}

#[test]
fn words_that_are_no_outcome() {
    let odd = delivery("b@b.example", "held", "x");
    let rows = run(&log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {odd}\n")));
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.fate, row.attempt_count), (Fate::Unknown, 1));
    assert_eq!(row.attempts.first().map(|one| one.status.as_str()), Some("other"));
    // An alias that bounced for one target and reached another: what failed is told.
    let local = |status: &str| {
        delivery("b@b.example", status, "x").replace("mx.b.example[192.0.2.9]:25", "local")
    };
    for (first, then) in [("bounced", "sent"), ("sent", "bounced")] {
        let (first, then) = (local(first), local(then));
        let rows = run(&log(&format!(
            "{START}11:00:00 {ACTIVE}11:00:01 local {first}\n11:00:01 local {then}\n"
        )));
        assert_eq!(summary(&rows), ["1E24013C03E b@b.example bounced 2"]);
    }
}

/// Journal entries without a time: nothing is dated, nothing is lost.
#[test]
fn lines_without_a_time() {
    let entry = |program: &str, text: &str| {
        let fields = serde_json::json!({
            "_HOSTNAME": "mx1", "SYSLOG_IDENTIFIER": format!("postfix/{program}"), "MESSAGE": text,
        });
        format!("{fields}\n")
    };
    let text = [
        entry("cleanup", "1E24013C03E: message-id=<x@a.example>"),
        entry("smtpd", "1E24013C03E: client=a.example[192.0.2.1]"),
        entry("smtp", &delivery("b@b.example", "sent", "250 Ok")),
        entry("qmgr", "1E24013C03E: removed"),
        // The id again, with a start line of its own.
        entry("smtpd", "1E24013C03E: client=a.example[192.0.2.1]"),
    ]
    .concat();
    let mut reader = postfix_log::LogReader::new(text.as_bytes());
    let mut tracker = Tracker::new();
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let header = line.header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
    rows.extend(tracker.drain());
    let [first, second] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(
        (first.fate, first.flags.contains(Flag::PartialStart), first.message.generation),
        (Fate::Delivered, false, 0)
    );
    assert_eq!((first.message.first_seen, first.resolved, first.waited()), (None, None, None));
    assert!(first.flags.contains(Flag::Undated));
    assert_eq!((second.message.generation, second.fate), (1, Fate::Unknown));
}

/// Announcements and verdicts wait in lists with an end: the oldest are forgotten.
#[test]
fn lists_of_what_is_waited_for_have_an_end() {
    let mut tracker = Tracker::new().with_year(2026);
    let child = |at: u32| format!("0AAAA{at:X}");
    let mut text = format!("{START}11:00:00 {ACTIVE}");
    for at in 0..8_193 {
        let child = child(0x1_0000 + at);
        text +=
            &format!("11:00:01 bounce 1E24013C03E: sender non-delivery notification: {child}\n");
    }
    for at in [0, 1, 8_192] {
        let child = child(0x1_0000 + at);
        text += &format!("11:00:02 cleanup {child}: message-id=<x@mx1>\n");
    }
    assert!(push(&mut tracker, &log(&text)).is_empty());
    let parents: Vec<_> = tracker
        .rows()
        .filter(|row| row.message.queue_id != b"1E24013C03E")
        .map(|row| row.message.origin.and_then(|origin| origin.queue_id).map(|id| text_of(&id)))
        .collect();
    assert_eq!(parents, [None, Some("1E24013C03E".into()), Some("1E24013C03E".into())]);

    let mut tracker = Tracker::new().with_year(2026);
    let line = |pid: u32, text: &str| format!("Nov 22 11:00:00 mx1 postfix/smtpd[{pid}]: {text}\n");
    let discard =
        "NOQUEUE: discard: MAIL from a[192.0.2.1]: no; from=<a@a.example> proto=ESMTP helo=<h>";
    let text: String = (0..4_097).map(|pid| line(pid, discard)).collect();
    assert!(push(&mut tracker, &text).is_empty());
    for (pid, id) in [(0, "1E24013C03E"), (1, "1E24013C03F"), (4_096, "1E24013C040")] {
        let start = line(pid, &format!("{id}: client=a[192.0.2.1]"));
        assert!(push(&mut tracker, &start).is_empty());
    }
    let rows: Vec<_> = tracker.drain().collect();
    assert_eq!(
        summary(&rows),
        ["1E24013C03E - unknown 0", "1E24013C03F - discarded 0", "1E24013C040 - discarded 0"]
    );
}

/// A filter on another machine that passes our id on: each hop names the other.
#[test]
fn a_filter_far_away_is_linked_by_both_names() {
    let far = HANDED.replace("127.0.0.1[127.0.0.1]", "filter[192.0.2.77]");
    let last = second("sent");
    for (name, orig, client, want) in [
        ("both name each other", "1E24013C03E", "gw[192.0.2.78]", 1),
        ("the same machine", "", "filter[192.0.2.77]", 1),
        ("the id of another message", "0BBBB13C041", "gw[192.0.2.78]", 2),
        ("an id of nobody, of the same machine", "0CCCC13C042", "filter[192.0.2.77]", 1),
    ] {
        let from =
            if orig.is_empty() { client.into() } else { format!("{client}, orig_queue_id={orig}") };
        let child = SECOND.replace("localhost[127.0.0.1]", &from);
        let other = "11:00:00 smtpd 0BBBB13C041: client=b[192.0.2.3]\n";
        let text = format!(
            "{other}{START}11:00:00 {ACTIVE}{child}11:00:03 smtp {far}\n11:00:04 smtp {last}\n"
        );
        let mut rows = run(&log(&text));
        rows.retain(|row| row.message.queue_id != b"0BBBB13C041");
        assert_eq!(rows.len(), want, "{name}: {:?}", summary(&rows));
    }
    // The child's line may name a message that is on no host of ours.
    let orphan =
        SECOND.replace("localhost[127.0.0.1]", "gw[192.0.2.78], orig_queue_id=0CCCC13C042");
    let rows = run(&log(&orphan));
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let origin = row.message.origin.as_ref().expect("an origin");
    assert_eq!(
        (origin.kind, origin.queue_id.as_deref()),
        (OriginKind::Filter, Some(&b"0CCCC13C042"[..]))
    );
}
