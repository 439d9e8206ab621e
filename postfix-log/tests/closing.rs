//! The last state of each recipient: its fate, its times and its flags, however the message ended.
#![cfg(feature = "lifecycle")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::Lifecycle;

mod tracked;

use tracked::{ACTIVE, EXPIRED, REMOVED, START, deferred, delivery, log, rows, run, sent};

const FORCED: &str =
    "qmgr 1E24013C03E: from=<a@a.example>, status=force-expired, returned to sender\n";

/// A tail after the first attempt, which was deferred, and the row.
#[test]
fn each_end_has_its_time_and_its_flags() {
    let (deferred, sent) = (deferred(), sent());
    let bounced = delivery("b@b.example", "bounced", "no");
    for (name, tail, want) in [
        ("open", String::new(), "still_deferred first=11:00:01"),
        (
            "sent",
            format!("12:00:01 smtp {sent}\n12:00:02 {REMOVED}"),
            "delivered_after_deferral first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "deferred again: the first deferral counts",
            format!("11:30:00 smtp {deferred}\n12:00:01 smtp {bounced}\n12:00:02 {REMOVED}"),
            "late_bounce first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "deleted",
            "12:00:01 postsuper 1E24013C03E: removed\n".into(),
            "deleted first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "deleted while on hold",
            "11:30:00 postsuper 1E24013C03E: placed on hold\n12:00:01 postsuper 1E24013C03E: removed\n".into(),
            "deleted first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "on hold",
            "11:30:00 postsuper 1E24013C03E: placed on hold\n".into(),
            "still_deferred first=11:00:01 held",
        ),
        (
            "on hold and released",
            "11:30:00 postsuper 1E24013C03E: placed on hold\n12:00:01 postsuper 1E24013C03E: released from hold\n".into(),
            "still_deferred first=11:00:01",
        ),
        (
            "on hold, released where the log has a gap, and tried again",
            format!("11:30:00 postsuper 1E24013C03E: placed on hold\n12:00:01 {ACTIVE}"),
            "still_deferred first=11:00:01",
        ),
        (
            "requeued",
            "12:00:01 postsuper 1E24013C03E: requeued\n".into(),
            "requeued first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "expired",
            format!("12:00:01 {EXPIRED}12:00:02 {REMOVED}"),
            "expired first=11:00:01 end=12:00:01 wait=3600",
        ),
        (
            "expired by force",
            format!("12:00:01 {FORCED}12:00:02 {REMOVED}"),
            "expired first=11:00:01 end=12:00:01 wait=3600 forced",
        ),
        (
            "expired by force, and once more by its age",
            format!("12:00:01 {FORCED}12:00:02 {EXPIRED}"),
            "expired first=11:00:01 end=12:00:01 wait=3600 forced",
        ),
        (
            "a request alone expires nothing",
            "12:00:01 postsuper 1E24013C03E: expired\n".into(),
            "still_deferred first=11:00:01",
        ),
        (
            "expired, but the bounce failed: it is tried again",
            format!("12:00:01 {EXPIRED}12:10:00 {ACTIVE}12:10:01 smtp {deferred}\n"),
            "still_deferred first=11:00:01",
        ),
        (
            "expired, tried again, and removed",
            format!(
                "12:00:01 {EXPIRED}12:10:00 {ACTIVE}12:10:01 smtp {deferred}\n12:20:00 {REMOVED}"
            ),
            "expired first=11:00:01 end=12:20:00 wait=4799",
        ),
        (
            "corrupt",
            "12:00:01 qmgr warning: saving corrupt file \"1E24013C03E\" from queue \"active\" to queue \"corrupt\"\n".into(),
            "unknown first=11:00:01 corrupt",
        ),
        (
            "corrupt is the name of another file",
            "12:00:01 qmgr warning: saving corrupt file \"1E24013C03\" from queue \"active\" to queue \"corrupt\"\n".into(),
            "still_deferred first=11:00:01",
        ),
        (
            "the last line is missing",
            format!("12:00:01 {REMOVED}"),
            "unknown first=11:00:01 end=12:00:01 wait=3600",
        ),
    ] {
        let all = rows(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n{tail}"));
        assert_eq!(all, [format!("b@b.example {want}")], "{name}");
    }
}

/// A message whose recipients no line names ends all the same.
#[test]
fn messages_without_recipients_have_an_end() {
    let discard = "11:00:01 cleanup 1E24013C03E: discard: header Subject: x from a.example[192.0.2.1]; \
        from=<a@a.example> proto=ESMTP helo=<h>: y\n";
    for (tail, want) in [
        (String::new(), vec!["- unknown"]),
        ("12:00:00 postsuper 1E24013C03E: removed\n".into(), vec!["- deleted end=12:00:00"]),
        ("12:00:00 postsuper 1E24013C03E: requeued\n".into(), vec!["- requeued end=12:00:00"]),
        ("12:00:00 cleanup 1E24013C03E: removed (canceled)\n".into(), vec![]),
        (discard.into(), vec!["- discarded end=11:00:01"]),
        // What was thrown away may still be removed; that is not another end.
        (format!("{discard}11:00:02 {REMOVED}"), vec!["- discarded end=11:00:01"]),
        // A held message waits, also once it is released.
        ("11:00:01 postsuper 1E24013C03E: placed on hold\n".into(), vec!["- still_deferred held"]),
        (
            "11:00:01 postsuper 1E24013C03E: placed on hold\n11:00:02 postsuper 1E24013C03E: released from hold\n".into(),
            vec!["- still_deferred"],
        ),
        // The queue manager removes what it was done with; what became of it is not known.
        (format!("11:00:01 {ACTIVE}11:00:02 {REMOVED}"), vec!["- unknown end=11:00:02"]),
        (format!("11:00:01 {ACTIVE}12:00:00 {EXPIRED}"), vec!["- expired"]),
    ] {
        assert_eq!(rows(&format!("{START}{tail}")), want, "{tail}");
    }
}

/// Only a reject of the content, or at its end, refuses the message.
#[test]
fn a_refused_recipient_is_no_refused_message() {
    let tail = "; from=<a@a.example> to=<z@b.example> proto=ESMTP helo=<h>";
    let reject = |stage: &str| {
        format!(
            "11:00:00 smtpd 1E24013C03E: reject: {stage} from a.example[192.0.2.1]: 550 5.1.1 <z@b.example>: Recipient address rejected: User unknown{tail}\n"
        )
    };
    let deferred = deferred();
    for stage in ["RCPT", "DATA"] {
        assert_eq!(rows(&format!("{START}{}", reject(stage))), ["- unknown"]);
        assert_eq!(
            rows(&format!("{START}{}11:00:00 {ACTIVE}11:00:01 smtp {deferred}\n", reject(stage))),
            ["b@b.example still_deferred first=11:00:01"]
        );
    }
    let none: [String; 0] = [];
    assert_eq!(rows(&format!("{START}{}", reject("END-OF-MESSAGE"))), none);
    let header = "11:00:00 cleanup 1E24013C03E: reject: header Subject: x from a.example[192.0.2.1]; \
        from=<a@a.example> to=<b@b.example> proto=ESMTP helo=<h>: no\n";
    assert_eq!(rows(&format!("{START}{header}")), none);
}

/// Expiry ends what still waits, and nothing else.
#[test]
fn expiry_settles_the_deferred_alone() {
    let to = |name: &str, status: &str| delivery(&format!("{name}@b.example"), status, "x");
    let text = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n11:00:02 smtp {}\n11:00:03 smtp {}\n12:00:00 {EXPIRED}12:00:01 {REMOVED}",
        to("sent", "sent"),
        to("bounced", "bounced"),
        to("deferred", "deferred"),
    );
    assert_eq!(
        rows(&text),
        [
            "sent@b.example delivered end=11:00:01",
            "bounced@b.example bounced end=11:00:02",
            "deferred@b.example expired first=11:00:03 end=12:00:00 wait=3597",
        ]
    );
    // The line of an agent of the same run may come after that of the queue manager.
    let text = format!(
        "{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n12:00:00 {ACTIVE}12:00:01 {EXPIRED}12:00:02 smtp {}\n",
        deferred(),
        deferred()
    );
    assert_eq!(rows(&text), ["b@b.example expired first=11:00:01 end=12:00:02 wait=3601"]);
    // It names the sender, where no line did before.
    let row = &run(&log(&format!("11:00:01 smtp {}\n12:00:00 {EXPIRED}", deferred())));
    let senders: Vec<_> = row.iter().filter_map(|row| row.message.from.as_deref()).collect();
    assert_eq!(senders, [b"a@a.example"]);
}

/// A row may be replaced as long as its message is in the queue.
#[test]
fn open_rows() {
    let is_open = |tail: &str| {
        let all =
            run(&log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {}\n{tail}", deferred())));
        all.iter().map(Lifecycle::is_open).collect::<Vec<_>>()
    };
    assert_eq!(is_open(""), [true]);
    assert_eq!(is_open("12:00:00 postsuper 1E24013C03E: placed on hold\n"), [true]);
    assert_eq!(is_open(&format!("12:00:00 {EXPIRED}")), [false]);
    assert_eq!(
        is_open(
            "12:00:00 qmgr warning: saving corrupt file \"1E24013C03E\" from queue \"active\" to queue \"corrupt\"\n"
        ),
        [false]
    );
}

/// A message on hold that is released and removed has a row, also where the lines of its deliveries are missing.
#[test]
fn names_of_actions_and_of_deliveries() {
    let hold = "11:00:01 cleanup 1E24013C03E: milter-hold: END-OF-MESSAGE from a.example[192.0.2.1]: why; \
        from=<a@a.example> to=<team@b.example> proto=ESMTP helo=<a.example>\n";
    let released = "12:00:00 postsuper 1E24013C03E: released from hold\n";
    let active = format!("12:00:00 {ACTIVE}");
    let removed = format!("12:00:02 {REMOVED}");
    let sent = format!("12:00:01 smtp {}\n", sent());
    let real = "b@b.example delivered end=12:00:01";
    for (name, tail, want) in [
        ("held", String::new(), &["team@b.example still_deferred held"][..]),
        ("active", format!("{released}{active}"), &["team@b.example still_deferred"]),
        (
            "no delivery",
            format!("{released}{active}{removed}"),
            &["team@b.example unknown end=12:00:02"],
        ),
        ("delivered", format!("{released}{active}{sent}"), &[real]),
        ("all", format!("{released}{active}{sent}{removed}"), &[real]),
        // Without a run, the log has a gap.
        ("no run", sent, &["team@b.example still_deferred held", &format!("{real} held")]),
    ] {
        assert_eq!(rows(&format!("{START}{hold}{tail}")), want, "{name}");
    }
}

/// Of a filter on this system, the word stands alone in its reply.
#[test]
fn mail_that_a_filter_discarded() {
    use postfix_log::lifecycle::Flag;

    for (reply, is_discarded) in [
        ("250 2.7.0 Ok, discarded, id=00001-01", true),
        ("250 discarded", true),
        ("250 Discarded", true),
        ("discarded (spam)", true),
        ("250 2.7.0 Ok, not undiscarded, x", false),
        ("250 2.7.0 Ok, discardedly, x", false),
        ("discardedly", false),
        ("250 discarding", false),
        ("250 2.0.0 Ok: queued", false),
    ] {
        for (relay, is_ours) in [
            ("127.0.0.1[127.0.0.1]:10024", true),
            ("filter[10.0.0.5]:25", true),
            ("mx1[private/filter]", true),
            ("mx.b.example[192.0.2.9]:25", false),
            ("local", false),
            ("virtual", false),
        ] {
            let line =
                delivery("b@b.example", "sent", reply).replace("mx.b.example[192.0.2.9]:25", relay);
            let all = run(&log(&format!("{START}11:00:00 {ACTIVE}11:00:01 smtp {line}\n")));
            let flags: Vec<_> =
                all.iter().map(|row| row.flags.contains(Flag::FilterDiscarded)).collect();
            assert_eq!(flags, [is_discarded && is_ours], "{reply} {relay}");
        }
    }
}

/// A line that can be read in two ways leaves a doubt, also if there are two of them.
#[test]
fn doubts_stay() {
    let twice = |name: &str| {
        let fields = "relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)";
        format!("11:00:01 smtp 1E24013C03E: to=<{name}@c>, {fields}>, {fields}\n")
    };
    let flagged = |text: String| {
        let all = rows(&format!("{START}11:00:00 {ACTIVE}{text}"));
        all.iter().filter(|row| row.ends_with(" ambiguous")).count()
    };
    assert_eq!(flagged(twice("b")), 1);
    assert_eq!(flagged(twice("b") + &twice("c")), 2);
    assert_eq!(flagged(format!("11:00:01 smtp {}\n", sent())), 0);
}
