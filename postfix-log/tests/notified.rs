//! Which notification belongs to which recipient and to which run of the queue.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::lifecycle::OriginKind;

mod tracked;

use tracked::{ACTIVE, REMOVED, START, delivery, log, rows, run};

fn notice(time: &str, kind: &str, child: &str) -> String {
    format!("{time} bounce 1E24013C03E: {kind} notification: {child}\n")
}

const FAILED: &str = "sender non-delivery";
const REPORT: &str = "sender delivery status";
const DELAYED: &str = "sender delay";
const POSTMASTER: &str = "postmaster non-delivery";

fn to(name: &str, status: &str) -> String {
    delivery(&format!("{name}@b.example"), status, "x")
}

#[test]
fn each_outcome_has_its_kind_of_notification() {
    let bounced = to("b", "bounced");
    let sent = to("s", "sent");
    let deferred = to("d", "deferred");
    let run_of_all = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {bounced}\n11:00:02 smtp {sent}\n11:00:03 smtp {deferred}\n"
    );
    let all = |bounced: &str, sent: &str| {
        [
            format!("b@b.example bounced end=11:00:01{bounced}"),
            format!("s@b.example delivered end=11:00:02{sent}"),
            "d@b.example still_deferred first=11:00:03".to_owned(),
        ]
    };
    let (first, second) = ("0AAAA13C040", "0BBBB13C041");
    let (tell_first, tell_second) = (format!(" told={first}"), format!(" told={second}"));
    for (name, notices, want) in [
        ("none", String::new(), all("", "")),
        ("failure", notice("11:00:04", FAILED, first), all(&tell_first, "")),
        ("report", notice("11:00:04", REPORT, first), all("", &tell_first)),
        ("delay", notice("11:00:04", DELAYED, first), all("", "")),
        ("postmaster delay", notice("11:00:04", "postmaster delay", first), all("", "")),
        ("postmaster", notice("11:00:04", POSTMASTER, first), all(&tell_first, "")),
        (
            "failure and report",
            notice("11:00:04", FAILED, first) + &notice("11:00:04", REPORT, second),
            all(&tell_first, &tell_second),
        ),
        (
            "report and failure",
            notice("11:00:04", REPORT, second) + &notice("11:00:04", FAILED, first),
            all(&tell_first, &tell_second),
        ),
        (
            "the sender, then the postmaster: the first counts",
            notice("11:00:04", FAILED, first) + &notice("11:00:04", POSTMASTER, second),
            all(&tell_first, ""),
        ),
    ] {
        assert_eq!(rows(&format!("{run_of_all}{notices}")), want, "{name}");
    }
}

/// The line of bounce(8) may come before that of the agent whose recipient it is about.
#[test]
fn a_notification_may_come_first() {
    let bounced = to("b", "bounced");
    let child = "0AAAA13C040";
    let early = notice("11:00:01", FAILED, child);
    assert_eq!(
        rows(&format!("{START}11:00:00 {ACTIVE}{early}11:00:02 smtp {bounced}\n")),
        ["b@b.example bounced end=11:00:02 told=0AAAA13C040"]
    );
    // A report of success or delay tells of no failure.
    for kind in [REPORT, DELAYED] {
        let early = notice("11:00:01", kind, child);
        assert_eq!(
            rows(&format!("{START}11:00:00 {ACTIVE}{early}11:00:02 smtp {bounced}\n")),
            ["b@b.example bounced end=11:00:02"],
            "{kind}"
        );
    }
}

/// A recipient that fails in a later run is not told of by the notification of an earlier one.
#[test]
fn a_notification_is_of_its_run() {
    let first_run = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:01 smtp {}\n{}",
        to("b", "bounced"),
        to("c", "deferred"),
        notice("11:00:02", FAILED, "0AAAA13C040"),
    );
    let second_run = format!("12:00:00 {ACTIVE}12:00:01 smtp {}\n", to("c", "bounced"));
    let b = "b@b.example bounced end=11:00:01 told=0AAAA13C040";
    let c = "c@b.example late_bounce first=11:00:01 end=12:00:01 wait=3600";
    assert_eq!(rows(&format!("{first_run}{second_run}")), [b, c]);
    let second = notice("12:00:02", FAILED, "0BBBB13C041");
    let told = format!("{c} told=0BBBB13C041");
    assert_eq!(rows(&format!("{first_run}{second_run}{second}")), [b, told.as_str()]);
    // Also where the second one comes before the line of the agent.
    let early = format!(
        "12:00:00 {ACTIVE}{}12:00:01 smtp {}\n",
        notice("12:00:01", FAILED, "0BBBB13C041"),
        to("c", "bounced")
    );
    assert_eq!(rows(&format!("{first_run}{early}")), [b, told.as_str()]);
}

/// Those that expired are told of like those that bounced.
#[test]
fn expired_recipients_are_told_of() {
    let expired = "qmgr 1E24013C03E: from=<a@a.example>, status=expired, returned to sender\n";
    let deferred = to("b", "deferred");
    let notice = notice("12:00:01", FAILED, "0AAAA13C040");
    let row = "b@b.example expired first=11:00:01 end=12:00:01 wait=3600 told=0AAAA13C040";
    let first = format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n");
    assert_eq!(rows(&format!("{first}12:00:01 {expired}{notice}12:00:02 {REMOVED}")), [row]);
    let early = format!("12:00:00 {ACTIVE}12:00:01 {expired}{notice}12:00:02 smtp {deferred}\n");
    assert_eq!(
        rows(&format!("{first}{early}")),
        [row.replace("end=12:00:01 wait=3600", "end=12:00:02 wait=3601")]
    );
}

/// The first thing that is known of where a message comes from stays.
#[test]
fn an_origin_is_known_once() {
    let child = "0AAAA13C040";
    let notice = notice("11:00:02", FAILED, child);
    let origin = |text: &str| {
        let all = run(&log(text));
        let row = all.iter().find(|row| row.message.queue_id == child.as_bytes());
        let row = row.unwrap_or_else(|| panic!("no row for {child} in {all:?}"));
        row.message
            .origin
            .as_ref()
            .map(|origin| (origin.kind, origin.queue_id.as_deref().map(tracked::text)))
    };
    for (start, kind, parent) in [
        (
            format!("11:00:01 pickup {child}: uid=89 from=<a@a.example> orig_id=0CCCC13C042\n"),
            OriginKind::Requeue,
            "0CCCC13C042",
        ),
        (
            format!("11:00:01 smtpd {child}: client=a[192.0.2.1], orig_queue_id=0CCCC13C042\n"),
            OriginKind::Filter,
            "0CCCC13C042",
        ),
        (
            format!("11:00:01 cleanup {child}: message-id=<q@mx1>\n"),
            OriginKind::Notification,
            "1E24013C03E",
        ),
    ] {
        assert_eq!(
            origin(&format!("{START}{start}{notice}")),
            Some((kind, Some(parent.to_owned())))
        );
    }
    // A message that was requeued is not made by the filter that names its id.
    let pickup =
        format!("11:00:00 pickup {child}: uid=89 from=<a@a.example> orig_id=0CCCC13C042\n");
    let handed = delivery("b@b.example", "sent", &format!("250 2.0.0 Ok: queued as {child}"))
        .replace("mx.b.example[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025");
    let last = to("b", "sent").replace("1E24013C03E", child);
    let mut tracker = postfix_log::Tracker::new().with_year(2026);
    let text =
        format!("{pickup}{START}11:00:00 {ACTIVE}11:00:01 smtp {handed}\n11:00:02 smtp {last}\n");
    assert!(tracked::push(&mut tracker, &log(&text)).is_empty());
    let first = tracker.rows().find_map(|row| row.message.origin).expect("an origin");
    assert_eq!(
        (first.kind, first.queue_id.as_deref()),
        (OriginKind::Requeue, Some(&b"0CCCC13C042"[..]))
    );
    // An announced message that turns out to be submitted anew is what its own line says.
    let start = format!("11:00:03 smtpd {child}: client=a[192.0.2.1]\n");
    assert_eq!(
        origin(&format!("{START}{notice}{start}")),
        Some((OriginKind::Notification, Some("1E24013C03E".to_owned())))
    );
}

/// `message-id=` is the first one of the message, and never that of a forwarded header.
#[test]
fn the_first_message_id_counts() {
    let id = |lines: &str| {
        let all = run(&log(&format!("11:00:00 smtpd 1E24013C03E: client=a[192.0.2.1]\n{lines}")));
        let [row] = all.as_slice() else { panic!("{all:?}") };
        row.message.message_id.as_deref().map(tracked::text)
    };
    let line = |name: &str| format!("11:00:01 cleanup 1E24013C03E: {name}\n");
    let (own, resent) = (line("message-id=<own@a>"), line("resent-message-id=<resent@a>"));
    assert_eq!(id(&resent), None);
    assert_eq!(id(&format!("{resent}{own}")).as_deref(), Some("<own@a>"));
    assert_eq!(id(&format!("{own}{resent}")).as_deref(), Some("<own@a>"));
    assert_eq!(id(&format!("{own}{}", line("message-id=<two@a>"))).as_deref(), Some("<own@a>"));
    assert_eq!(id(&line("message-id=<>")).as_deref(), Some("<>"));
}

/// A before-queue filter passed the message on: the session outside has no queue id, whichever line comes first.
#[test]
fn a_proxied_message_names_no_parent() {
    let child = "0AAAA13C040";
    let start = format!("11:00:01 smtpd {child}: client=localhost[127.0.0.1]\n");
    let accepted = format!(
        "11:00:02 smtpd NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as {child}; \
         from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<a.example>\n"
    );
    for text in [format!("{start}{accepted}"), format!("{accepted}{start}")] {
        let origins: Vec<_> = run(&log(&text)).into_iter().map(|row| row.message.origin).collect();
        let origins: Vec<_> =
            origins.iter().flatten().map(|it| (it.kind, it.queue_id.as_deref())).collect();
        assert_eq!(origins, [(OriginKind::Proxy, None)], "{text}");
    }
}

/// An alias with several targets forwards to each of them, and ends with the last.
#[test]
fn each_target_of_an_alias_has_its_own_message() {
    let (first, second) = ("0AAAA13C040", "0BBBB13C041");
    let local = |time: &str, child: &str| {
        let line = delivery("b@b.example", "sent", &format!("forwarded as {child}"))
            .replace("mx.b.example[192.0.2.9]:25", "local");
        format!("{time} local {line}\n")
    };
    let id = |child: &str| format!("11:00:03 cleanup {child}: message-id=<x@a.example>\n");
    let all = run(&log(&format!(
        "{START}11:00:00 {ACTIVE}{}{}{}{}",
        local("11:00:01", first),
        local("11:00:02", second),
        id(first),
        id(second)
    )));
    let origins: Vec<_> = all
        .iter()
        .filter_map(|row| row.message.origin.as_ref())
        .map(|origin| (origin.kind, origin.queue_id.as_deref().map(tracked::text)))
        .collect();
    let forward = (OriginKind::Forward, Some("1E24013C03E".to_owned()));
    assert_eq!(origins, [forward.clone(), forward]);
    let row = all.iter().find(|row| row.to.is_some()).map(tracked::told);
    assert_eq!(row.as_deref(), Some("b@b.example delivered end=11:00:02"));
}
