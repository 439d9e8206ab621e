//! Where a reply begins to be a failure, and rows of a caller that offer several choices.

use postfix_log::reason::{Classifier, Rule};
use postfix_log::{Class, Dsn, classify};

/// A reply of 400 and more is a failure, whatever the status of the line says.
#[test]
fn codes_of_failures() {
    for (code, class) in [
        (200, Class::Other),
        (354, Class::Other),
        (399, Class::Other),
        (400, Class::Greylist),
        (450, Class::Greylist),
        (550, Class::Greylist),
    ] {
        let text = format!(
            "host mx.b.example[192.0.2.1] said: {code} Greylisted (in reply to RCPT TO command)"
        );
        for dsn in [None, Dsn::new(2, 0, 0), Dsn::new(4, 2, 0)] {
            assert_eq!(classify(dsn, text.as_bytes(), None).class(), class, "{code} {dsn:?}");
        }
    }
}

/// Of the alternatives within a condition any is enough, in a row of the program and in one of a file.
#[test]
fn alternatives_of_a_condition() {
    let fixed = Rule::new("mine", Class::Moved)
        .hosts(&["a.example", "b.example"])
        .stages(&["MAIL", "RCPT"])
        .codes(&[450, 451])
        .status(&[(4, 1, 0, 0), (4, 7, 1, 1)])
        .phrases(&["at night", "by day"])
        .also(&["call us", "write us"]);
    let check = |rule: Rule<'_>| {
        let rule = [rule];
        let classifier = Classifier::new().with(&rule);
        let class = |host: &str, stage: &str, code: &str, dsn: &str, text: &str| {
            let reason = format!(
                "host {host}[192.0.2.1] said: {code} {dsn} {text} (in reply to {stage} command)"
            );
            classifier.classify(None, reason.as_bytes(), None).rule() == "mine"
        };
        for host in ["a.example", "mx.b.example"] {
            for stage in ["MAIL FROM", "RCPT TO"] {
                for code in ["450", "451"] {
                    for dsn in ["4.1.0", "4.7.1"] {
                        for text in ["we rest at night, call us", "write us by day"] {
                            assert!(
                                class(host, stage, code, dsn, text),
                                "{host} {stage} {code} {dsn} {text}"
                            );
                        }
                    }
                }
            }
        }
        let both = "call us at night";
        for (host, stage, code, dsn, text) in [
            ("c.example", "RCPT TO", "450", "4.7.1", both),
            ("a.example", "DATA", "450", "4.7.1", both),
            ("a.example", "RCPT TO", "452", "4.7.1", both),
            ("a.example", "RCPT TO", "450", "4.7.2", both),
            ("a.example", "RCPT TO", "450", "4.7.1", "call us"),
            ("a.example", "RCPT TO", "450", "4.7.1", "at night"),
        ] {
            assert!(!class(host, stage, code, dsn, text), "{host} {stage} {code} {dsn} {text}");
        }
    };
    check(fixed);
    #[cfg(feature = "serde")]
    check(
        serde_json::from_str(
            r#"{"id": "mine", "class": "moved", "hosts": ["a.example", "b.example"], "stages": ["MAIL", "RCPT"],
                "codes": [450, 451], "status": ["4.1.0", "4.7.1"], "phrases": ["at night", "by day"],
                "also": ["call us", "write us"]}"#,
        )
        .expect("a row"),
    );
}

/// A status of success gives no reason, whatever kind of fault the text tells of.
#[test]
fn success_has_no_reason() {
    for text in [
        "connect to mx.b.example[192.0.2.1]:25: Connection refused",
        "Host or domain name not found. Name service error for name=b.example type=MX: Host not found",
        "TLS is required, but was not offered by host mx.b.example[192.0.2.1]",
        "Cannot start TLS: handshake failure",
        "unknown user: \"bob\"",
    ] {
        assert_ne!(classify(Dsn::new(5, 0, 0), text.as_bytes(), None).rule(), "none", "{text}");
        let found = classify(Dsn::new(2, 0, 0), text.as_bytes(), None);
        assert_eq!((found.class(), found.rule()), (Class::Other, "none"), "{text}");
    }
}

/// A row of a caller finds its phrase in each kind of reason.
#[cfg(feature = "serde")]
#[test]
fn phrases_in_each_kind_of_reason() {
    for (kind, text) in [
        ("network", "connect to mx.b.example[192.0.2.1]:25: Connection night"),
        (
            "dns",
            "Host or domain name not found. Name service error for name=b.example type=MX: night",
        ),
        ("tls", "TLS is required, but was not offered at night"),
        ("tls", "Cannot start TLS: night"),
        ("local", "unknown user at night"),
        ("reply", "host mx.b.example[192.0.2.1] said: 450 night (in reply to RCPT TO command)"),
        ("greeting", "host mx.b.example[192.0.2.1] refused to talk to me: 450 night"),
    ] {
        let row = serde_json::json!({"id": "mine", "class": "moved", "kinds": [kind], "phrases": ["night"]});
        let rule: [Rule<'_>; 1] = [serde_json::from_value(row).expect("a row")];
        let found = Classifier::new().with(&rule).classify(None, text.as_bytes(), None);
        assert_eq!(found.rule(), "mine", "{kind}: {text}");
    }
}

/// Rows are the same if all their parts are.
#[test]
fn rows_that_differ_in_one_part() {
    let row = || Rule::new("mine", Class::Moved);
    let rows = [
        row(),
        Rule::new("other", Class::Moved),
        Rule::new("mine", Class::Other),
        row().hosts(&["a.example"]),
        row().hosts(&["b.example"]),
        row().stages(&["RCPT"]),
        row().codes(&[450]),
        row().codes(&[451]),
        row().status(&[(4, 7, 1, 1)]),
        row().phrases(&["night"]),
        row().phrases(&["night", "day"]),
        row().also(&["night"]),
    ];
    for (at, one) in rows.iter().enumerate() {
        for (place, other) in rows.iter().enumerate() {
            assert_eq!(one == other, at == place, "{one:?} {other:?}");
        }
    }
}

/// A row that decides by the kind of the reason alone can be left out, too.
#[test]
fn rows_without_words_can_be_left_out() {
    let text = b"TLS is required, but was not offered by host mx.b.example[192.0.2.1]";
    let found = classify(Dsn::new(4, 7, 4), text, None);
    assert_eq!(found.class(), Class::Tls);
    let removed = [found.rule()];
    let other = Classifier::new().without(&removed).classify(Dsn::new(4, 7, 4), text, None);
    assert_ne!(other.rule(), found.rule());
}

/// A status inside the text of a delivery command says more than a general one of the line, and less than another.
#[test]
fn statuses_in_local_texts() {
    let text = b"maildrop: nothing doing, 5.2.2 so far";
    for (dsn, class) in [
        (None, Class::MailboxFull),
        (Dsn::new(5, 0, 0), Class::MailboxFull),
        (Dsn::new(5, 1, 1), Class::UnknownUser),
    ] {
        assert_eq!(classify(dsn, text, None).class(), class, "{dsn:?}");
    }
}

/// Of two reasons in one text, the more specific decides: what is the cause of the other, or what can be helped. The last
/// column is what the text says without the first.
#[test]
fn texts_that_say_two_things() {
    for (stage, text, class, other) in [
        (
            "RCPT TO",
            "550 The account is disabled, user unknown",
            Class::Disabled,
            Class::UnknownUser,
        ),
        ("RCPT TO", "550 Unknown user or mailbox is full", Class::UnknownUser, Class::MailboxFull),
        ("RCPT TO", "550 Mail loop, unknown user", Class::Loop, Class::UnknownUser),
        (
            "RCPT TO",
            "550 Relay access denied, unknown user",
            Class::RelayDenied,
            Class::UnknownUser,
        ),
        (
            "RCPT TO",
            "552 Mailbox is full, message size exceeds what is left",
            Class::MailboxFull,
            Class::MessageTooBig,
        ),
        (
            "RCPT TO",
            "550 SMTPUTF8 is not offered, come back later",
            Class::Smtputf8,
            Class::Greylist,
        ),
        (
            "RCPT TO",
            "450 Greylisted because of the message rate",
            Class::Greylist,
            Class::RateLimit,
        ),
        (
            "RCPT TO",
            "550 Delivery is suspended, see the quota",
            Class::MailboxFull,
            Class::Disabled,
        ),
        ("RCPT TO", "550 Suspended, access denied", Class::Disabled, Class::PolicyOther),
        ("MAIL FROM", "554 Blocked using list.example: spam", Class::Blocklist, Class::Reputation),
        ("MAIL FROM", "554 No reverse DNS, see our blocklist", Class::ReverseDns, Class::Blocklist),
        (
            "MAIL FROM",
            "554 Your reputation is too low, no MX record",
            Class::Reputation,
            Class::Dns,
        ),
        (
            "MAIL FROM",
            "530 STARTTLS is required, command out of sequence",
            Class::Tls,
            Class::Protocol,
        ),
        (
            "end of DATA",
            "421 Rate limited because DMARC failed",
            Class::RateLimit,
            Class::AuthDmarc,
        ),
        ("end of DATA", "550 DMARC failed: SPF failed", Class::AuthDmarc, Class::AuthSpf),
        ("end of DATA", "550 SPF failed, DKIM failed", Class::AuthSpf, Class::AuthDkim),
        ("end of DATA", "554 Virus found, please authenticate", Class::ContentSpam, Class::AuthOut),
        ("end of DATA", "554 Spam is not allowed here", Class::ContentSpam, Class::PolicyOther),
    ] {
        let reason =
            format!("host mx.b.example[192.0.2.1] said: {text} (in reply to {stage} command)");
        let found = classify(None, reason.as_bytes(), None);
        // Of several rows with the same class, the first.
        let mut removed = vec![found.rule().to_owned()];
        let second = loop {
            let names: Vec<&str> = removed.iter().map(String::as_str).collect();
            let next = Classifier::new().without(&names).classify(None, reason.as_bytes(), None);
            if next.class() != class {
                break next.class();
            }
            let rule = next.rule().to_owned();
            removed.push(rule);
        };
        assert_eq!((found.class(), second), (class, other), "{text}: {removed:?}");
    }
}

/// A recipient that is refused for policy is known; a mailbox that is unavailable "for policy reasons" may not be.
#[test]
fn recipients_refused_for_policy() {
    for (text, class) in [
        ("550 5.7.1 recipient rejected for policy reasons", Class::PolicyOther),
        ("550 Address rejected for policy", Class::PolicyOther),
        ("550 5.1.1 Recipient rejected", Class::UnknownUser),
        (
            "550 Requested action not taken: mailbox unavailable (e.g., mailbox not found, no access, or command \
             rejected for policy reasons)",
            Class::UnknownUser,
        ),
    ] {
        let reason =
            format!("host mx.b.example[192.0.2.1] said: {text} (in reply to RCPT TO command)");
        assert_eq!(classify(None, reason.as_bytes(), None).class(), class, "{text}");
    }
}

/// The code that begins each later line of a reply stands between no words.
#[test]
fn phrases_over_two_lines() {
    for (text, class) in [
        ("550-There is no such 550 user here", Class::UnknownUser),
        ("550-There is no such 551 user here", Class::PolicyOther),
    ] {
        let reason =
            format!("host mx.b.example[192.0.2.1] said: {text} (in reply to RCPT TO command)");
        assert_eq!(classify(None, reason.as_bytes(), None).class(), class, "{text}");
    }
}

/// A row for the hosts of a domain also decides why they could not be reached.
#[test]
fn hosts_that_cannot_be_reached() {
    let mine = [Rule::new("mine", Class::Moved).hosts(&["b.example"])];
    let classifier = Classifier::new().with(&mine);
    for (host, is_mine) in [("mx.b.example", true), ("mx.c.example", false)] {
        for (line, class) in [
            (format!("connect to {host}[192.0.2.1]:25: Connection timed out"), Class::NetTimeout),
            (
                format!(
                    "1E24013C03E: SASL authentication failed; cannot authenticate to server {host}[192.0.2.1]: \
                     no mechanism available"
                ),
                Class::AuthOut,
            ),
            (
                format!(
                    "1E24013C03E: TLS is required, but was not offered by host {host}[192.0.2.1]"
                ),
                Class::Tls,
            ),
        ] {
            let event = postfix_log::parse_payload(b"smtp", line.as_bytes());
            let postfix_log::Event::ConnectFailure(failure) = event else { panic!("{event:?}") };
            let verdict = classifier.classify_connect_failure(&failure);
            assert_eq!(verdict.rule() == "mine", is_mine, "{line}: {verdict:?}");
            assert_eq!(failure.classify().class(), class, "{line}");
        }
    }
}
