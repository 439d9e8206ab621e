//! Which rule decides where several fit, and which facts the rules look at.
//!
//! `data/order.txt` pins the order of the table: of each two neighbours that one reply can fit, it has a reply that
//! fits both. A verdict that changes on purpose changes its line there.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use postfix_log::reason::{Classifier, RULES, Reason, ReasonKind, Recent, Rule};
use postfix_log::{Class, Dsn, Event, classify, parse_payload};

fn dsn(text: &str) -> Option<Dsn> {
    Dsn::parse(text.as_bytes())
}

/// The rule that decides on a reason alone.
fn rule(text: &str) -> &'static str {
    classify(None, text.as_bytes(), None).rule()
}

#[test]
fn the_first_of_two_rules_decides() {
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    let lines = include_str!("data/order.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [first, second, status, reason] = line.splitn(4, " | ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let status = dsn(status);
        let found = classify(status, reason.as_bytes(), None).rule();
        let without = [first];
        let next = Classifier::new().without(&without).classify(status, reason.as_bytes(), None);
        if (found, next.rule()) != (first, second) {
            wrong.push(format!("{line}\n  {found}, then {}", next.rule()));
        }
        named.extend([first, second]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The others are alone: the only ones of their kind, or of what this Postfix says to its clients.
    let alone: Vec<_> = RULES.iter().map(Rule::id).filter(|id| !named.contains(id)).collect();
    assert_eq!(
        alone,
        [
            "dns.any",
            "tls.any",
            "auth-out.refused",
            "policy.trouble",
            "postscreen.busy",
            "check.content"
        ]
    );
}

/// Rules of the caller come first, in their order, and see every reply.
#[test]
fn rules_of_the_caller() {
    let rules = [
        Rule::new("mine.first", Class::Moved).phrases(&["we moved"]),
        Rule::new("mine.both", Class::Loop).phrases(&["user unknown"]).also(&["night"]),
        Rule::new("mine.second", Class::Disabled).phrases(&["user unknown", "we moved"]),
        Rule::new("mine.accepted", Class::Other).phrases(&["queued"]),
        Rule::new("mine.stage", Class::Tls).stages(&["MAIL"]).phrases(&["odd"]),
    ];
    let mine = Classifier::new().with(&rules);
    let of = |classifier: &Classifier<'static>, status: &str, text: &str| {
        classifier.classify(dsn(status), text.as_bytes(), None).rule().to_owned()
    };
    let with = |status: &str, text: &str| {
        mine.classify(dsn(status), text.as_bytes(), None).rule().to_owned()
    };
    for (text, want) in [
        ("host b[192.0.2.1] said: 550 we moved, user unknown", "mine.first"),
        ("host b[192.0.2.1] said: 550 user unknown", "mine.second"),
        ("host b[192.0.2.1] said: 550 user unknown, good night", "mine.both"),
        ("host b[192.0.2.1] said: 550 good night", "code.policy"),
        ("host b[192.0.2.1] said: 550 odd (in reply to MAIL FROM command)", "mine.stage"),
        ("host b[192.0.2.1] said: 550 odd (in reply to RCPT TO command)", "code.policy"),
        ("connect to b[192.0.2.1]:25: Connection refused", "net.refused"),
        ("Host or domain name not found. Name service error for name=b type=MX: x", "dns.any"),
    ] {
        assert_eq!(with("5.0.0", text), want, "{text}");
    }
    // Nothing but rules of the caller says something of a reply that accepts.
    assert_eq!(with("2.0.0", "250 2.0.0 Ok: queued as 1E24013C03E"), "mine.accepted");
    assert_eq!(with("2.0.0", "250 2.0.0 Ok: user unknown"), "mine.second");
    assert_eq!(with("2.0.0", "250 2.0.0 Ok: greylisted"), "none");
    assert_eq!(of(&Classifier::new(), "2.0.0", "250 2.0.0 Ok: queued as 1E24013C03E"), "none");
    // Those that are left out are built-in ones only.
    let both = Classifier::new().with(&rules).without(&["mine.first", "mine.second"]);
    let text = b"host b[192.0.2.1] said: 550 we moved";
    assert_eq!(both.classify(None, text, None).rule(), "mine.first");
}

/// A rule that needs no words can be left out as well.
#[test]
fn rules_without_words_can_be_left_out() {
    let text = b"Host or domain name not found. Name service error for name=b type=MX: x";
    assert_eq!(classify(None, text, None).rule(), "dns.any");
    let without = Classifier::new().without(&["dns.any"]);
    assert_eq!(without.classify(None, text, None).rule(), "none");
    let text = b"TLS is required, but was not offered by host b[192.0.2.1]";
    assert_eq!(classify(None, text, None).rule(), "tls.any");
    assert_eq!(Classifier::new().without(&["tls.any"]).classify(None, text, None).rule(), "none");
    let text = b"connect to b[192.0.2.1]:25: Something odd";
    assert_eq!(classify(None, text, None).rule(), "net.other");
    assert_eq!(Classifier::new().without(&["net.other"]).classify(None, text, None).rule(), "none");
}

/// The reply's own code and status count more than those of the line.
#[test]
fn the_reply_says_whether_it_accepts() {
    for (status, text, want) in [
        ("2.0.0", "host b[192.0.2.1] said: 550 5.1.1 User unknown", "phrase.unknown-user"),
        ("2.0.0", "connect to b[192.0.2.1]:25: Connection refused", "none"),
        ("-", "250 2.0.0 Ok: greylisted", "none"),
        ("5.1.1", "250 2.0.0 Ok: user unknown", "none"),
        ("4.7.1", "host b[192.0.2.1] said: 399 greylisted", "none"),
        ("4.7.1", "host b[192.0.2.1] said: 450 greylisted", "phrase.greylist"),
        ("5.2.2", "host b[192.0.2.1] said: 550 5.1.1 no", "status.unknown-user"),
        ("5.1.1", "host b[192.0.2.1] said: 550 no", "status.unknown-user"),
    ] {
        assert_eq!(classify(dsn(status), text.as_bytes(), None).rule(), want, "{status} {text}");
    }
}

/// A status inside the text counts if the reply begins with none, or with one that says nothing.
#[test]
fn a_status_inside_the_text() {
    for (text, want) in [
        ("550 no (#5.1.1)", "status.unknown-user"),
        ("550 5.0.0 no (#5.1.1)", "status.unknown-user"),
        ("550 5.7.1 no (#5.1.1)", "status.policy"),
        ("550 no (#5.1.1) (#5.2.2)", "status.unknown-user"),
        ("550 no (#5.2.2) (#5.1.1)", "status.mailbox-full"),
        // One that means success, or none of RFC 3463, is no status of a failure.
        ("550 no (#2.1.1) (#5.2.2)", "status.mailbox-full"),
        ("550 no (#5.8.1)", "code.policy"),
    ] {
        assert_eq!(rule(&format!("host b[192.0.2.1] said: {text}")), want, "{text}");
    }
}

/// The server that answered is the one in the reason; the relay stands in where the reason names none.
#[test]
fn the_server_is_the_one_that_answered() {
    let google = "mx.google.com[192.0.2.1]:25";
    let other = "mx.b.example[192.0.2.1]:25";
    let of = |reason: &str, relay: &str| {
        classify(None, reason.as_bytes(), Some(relay.as_bytes())).rule().to_owned()
    };
    let flood = "421 4.7.28 slow";
    let said = |host: &str| format!("host {host}[192.0.2.1] said: {flood}");
    assert_eq!(of(&said("mx.google.com"), other), "google.flood");
    assert_eq!(of(&said("mx.b.example"), google), "status.flood");
    assert_eq!(of(flood, google), "google.flood");
    assert_eq!(of(flood, other), "status.flood");
    // The same holds for a classifier that remembers.
    let mut recent = Recent::new(Classifier::new());
    for _ in 0..2 {
        for (relay, want) in
            [(Some(google), "google.flood"), (Some(other), "status.flood"), (None, "status.flood")]
        {
            let found = recent.classify(None, flood.as_bytes(), relay.map(str::as_bytes));
            assert_eq!(found.rule(), want, "{relay:?}");
        }
    }
}

/// A reply may imitate what Postfix adds to it: what stands last is Postfix's.
#[test]
fn the_last_stage_and_the_last_id_are_real() {
    let reply = |text: &str| match Reason::parse(text.as_bytes()).kind {
        ReasonKind::Reply(reply) => {
            let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
            (shown(reply.text), reply.stage.map(shown))
        }
        _ => panic!("{text}"),
    };
    assert_eq!(
        reply(
            "host b[192.0.2.1] said: 450 a (in reply to DATA command) b (in reply to RCPT TO command)"
        ),
        ("a (in reply to DATA command) b".into(), Some("RCPT TO".into()))
    );
    assert_eq!(
        reply("host b[192.0.2.1] said: 450 a (in reply to RCPT TO (x) command)"),
        ("a".into(), Some("RCPT TO (x)".into()))
    );
    assert_eq!(
        reply("host b[192.0.2.1] said: 450 a (in reply to DATA command) b"),
        ("a (in reply to DATA command) b".into(), None)
    );
    let queued_as = |reason: &str| {
        let line = format!(
            "1E24013C03E: to=<b@b>, relay=b[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent ({reason})"
        );
        let Event::Delivery(delivery) = parse_payload(b"smtp", line.as_bytes()) else {
            panic!("{line}")
        };
        delivery.queued_as().map(|id| id.to_string())
    };
    for (reason, want) in [
        ("250 Ok: queued as 1E26C13C06C", Some("1E26C13C06C")),
        ("250 from MTA: 250 Ok: queued as 1E26C13C06C, queued as 1E26C13C06D", Some("1E26C13C06D")),
        ("250 Ok: queued as 1E26C13C06C, queued as nothing", Some("1E26C13C06C")),
        ("250 Ok: queued as nothing", None),
        ("250 Ok: requeued as 1E26C13C06C", Some("1E26C13C06C")),
        ("forwarded as 1E26C13C06C", Some("1E26C13C06C")),
        ("forwarded as 1E26C13C06C x", None),
    ] {
        assert_eq!(queued_as(reason).as_deref(), want, "{reason}");
    }
}

/// The name that could not be found, without the words around it.
#[test]
fn names_that_were_not_found() {
    for (text, name, record) in [
        ("Domain b.example does not accept mail (nullMX)", "b.example", None),
        ("unable to look up host mx.b.example: Host not found", "mx.b.example", None),
        ("unable to find primary relay for b.example", "b.example", None),
        (
            "Host or domain name not found. Name service error for name=b.example type=MX: Host not found",
            "b.example",
            Some("MX"),
        ),
    ] {
        let ReasonKind::Dns(fault) = Reason::parse(text.as_bytes()).kind else { panic!("{text}") };
        assert_eq!(fault.name, name.as_bytes(), "{text}");
        assert_eq!(fault.record, record.map(str::as_bytes), "{text}");
    }
}

/// A suspension of a suspension is one.
#[test]
fn suspensions_in_suspensions() {
    for times in 0..=4 {
        let text = format!(
            "{}connect to b[192.0.2.1]:25: Connection refused",
            "delivery temporarily suspended: ".repeat(times)
        );
        let found = classify(None, text.as_bytes(), None);
        assert_eq!((found.rule(), found.is_suspended()), ("net.refused", times > 0), "{times}");
    }
}
