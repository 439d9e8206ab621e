//! Where a field ends whose text a client chose, and what stands around it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use postfix_log::event::{AuthFailure, PolicyOutcome, QueueStart, Statistics, Trouble};
use postfix_log::{Event, parse_payload};

fn shown(text: Option<&[u8]>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| String::from_utf8_lossy(text).into_owned())
}

fn start<'a>(program: &str, line: &'a str) -> QueueStart<'a> {
    match parse_payload(program.as_bytes(), line.as_bytes()) {
        Event::QueueStart(start) => start,
        other => panic!("{line}: {other:?}"),
    }
}

/// A login may hold any text. The fields behind it are read from the right.
#[test]
fn logins_that_look_like_fields() {
    for (login, user, sender, id, client) in [
        ("bob", "bob", "-", "-", false),
        ("bob, sasl_sender=eve@a", "bob", "eve@a", "-", false),
        ("bob, sasl_sender=x, sasl_sender=eve@a", "bob, sasl_sender=x", "eve@a", "-", false),
        ("bob, sasl_sender=x y", "bob, sasl_sender=x y", "-", "-", false),
        ("bob, orig_queue_id=1E24013C03F", "bob", "-", "1E24013C03F", false),
        ("bob, orig_queue_id=nothing", "bob, orig_queue_id=nothing", "-", "-", false),
        (
            "bob, orig_queue_id=1E24013C03F, orig_queue_id=1E24013C040",
            "bob, orig_queue_id=1E24013C03F",
            "-",
            "1E24013C040",
            false,
        ),
        ("bob, orig_client=pc[192.0.2.7]", "bob", "-", "-", true),
        ("bob, orig_client=pc", "bob, orig_client=pc", "-", "-", false),
        (
            "bob, sasl_sender=eve@a, orig_queue_id=1E24013C03F, orig_client=pc[192.0.2.7]",
            "bob",
            "eve@a",
            "1E24013C03F",
            true,
        ),
        // Out of their order, the fields are part of the name.
        ("bob, orig_client=pc[192.0.2.7], x", "bob, orig_client=pc[192.0.2.7], x", "-", "-", false),
    ] {
        let line =
            format!("1E24013C03E: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username={login}");
        let found = start("smtpd", &line);
        assert_eq!(
            (
                shown(found.sasl_username).as_str(),
                shown(found.sasl_sender).as_str(),
                shown(found.orig_queue_id).as_str(),
                found.orig_client.is_some(),
            ),
            (user, sender, id, client),
            "{login}"
        );
        assert_eq!(found.ambiguous, user != login, "{login}");
    }
}

/// A local sender is not checked: its last bracket ends it, and its last id is that of the requeued message.
#[test]
fn senders_of_pickup() {
    for (tail, from, id) in [
        ("from=<bob>", "bob", "-"),
        ("from=<>", "", "-"),
        ("from=<bob> orig_id=1E24013C03F", "bob", "1E24013C03F"),
        (
            "from=<b> orig_id=1E24013C03F> orig_id=1E24013C040",
            "b> orig_id=1E24013C03F",
            "1E24013C040",
        ),
        ("from=<b> orig_id=1E24013C03F>", "b> orig_id=1E24013C03F", "-"),
    ] {
        let line = format!("1E24013C03E: uid=89 {tail}");
        let found = start("pickup", &line);
        assert_eq!(
            (shown(found.from).as_str(), shown(found.orig_id).as_str()),
            (from, id),
            "{tail}"
        );
        assert_eq!(found.uid, Some(89));
    }
    for bad in ["from=<bob> orig_id=nothing", "from=<bob", "from=bob"] {
        let line = format!("1E24013C03E: uid=89 {bad}");
        let event = parse_payload(b"pickup", line.as_bytes());
        assert_eq!(event.name(), "unrecognized", "{bad}");
    }
}

/// The reason is the server's, the name the client's: the first mark ends the reason.
#[test]
fn logins_that_failed() {
    let failure = |line: &'static str| -> AuthFailure<'static> {
        match parse_payload(b"smtpd", line.as_bytes()) {
            Event::AuthFailure(failure) => failure,
            other => panic!("{line}: {other:?}"),
        }
    };
    for (line, text, user) in [
        ("warning: a[192.0.2.1]: SASL PLAIN authentication failed: x", "x", "-"),
        ("warning: a[192.0.2.1]: SASL PLAIN authentication failed", "", "-"),
        (
            "warning: a[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=bob",
            "x",
            "bob",
        ),
        (
            "warning: a[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=b, sasl_username=c",
            "x",
            "b, sasl_username=c",
        ),
        ("warning: a[192.0.2.1]: SASL PLAIN authentication failed: , sasl_username=b", "", "b"),
        ("warning: a[192.0.2.1]: SASL PLAIN authentication aborted", "authentication aborted", "-"),
    ] {
        let found = failure(line);
        assert_eq!(
            (shown(Some(found.text)).as_str(), shown(found.sasl_username).as_str()),
            (text, user),
            "{line}"
        );
        assert_eq!(shown(found.sasl_method), "PLAIN");
    }
}

#[test]
fn bytes_of_a_session() {
    let bytes = |stage: &str| {
        let line = format!("lost connection after {stage} from a[192.0.2.1]");
        match parse_payload(b"smtpd", line.as_bytes()) {
            Event::SessionAbort(abort) => Some((shown(Some(abort.stage)), abort.bytes)),
            _ => None,
        }
    };
    let data = |bytes| Some(("DATA".to_owned(), bytes));
    assert_eq!(bytes("DATA"), data(None));
    assert_eq!(bytes("DATA (0 bytes)"), data(Some(0)));
    assert_eq!(bytes("DATA (18446744073709551615 bytes)"), data(Some(u64::MAX)));
    assert_eq!(bytes("END-OF-MESSAGE"), Some(("END-OF-MESSAGE".to_owned(), None)));
    for odd in [
        "DATA (bytes)",
        "DATA (1 byte)",
        "DATA (1x bytes)",
        "DATA (1 bytes",
        "DATA (18446744073709551616 bytes)",
    ] {
        assert_eq!(bytes(odd), None, "{odd}");
    }
}

/// anvil's `{service}:{address}`, where both may hold colons.
#[test]
fn services_and_addresses_of_anvil() {
    for (who, service, address) in [
        ("smtp:192.0.2.1", "smtp", "192.0.2.1"),
        ("25:192.0.2.1", "25", "192.0.2.1"),
        ("smtp:2001:db8::7", "smtp", "2001:db8::7"),
        ("25:2001:db8::7", "25", "2001:db8::7"),
        ("localhost:25:2001:db8::7", "localhost:25", "2001:db8::7"),
        ("127.0.0.1:10027:192.0.2.1", "127.0.0.1:10027", "192.0.2.1"),
        ("[::1]:587:2001:db8::7", "[::1]:587", "2001:db8::7"),
        ("[::]:587:192.0.2.1", "[::]:587", "192.0.2.1"),
        ("smtp:2001:db8::/64", "smtp", "2001:db8::/64"),
        ("submission:unknown", "submission", "unknown"),
        ("smtp:::1", "smtp", "::1"),
        ("smtp:fe80::1", "smtp", "fe80::1"),
    ] {
        let line = format!("statistics: max connection rate 12/60s for ({who}) at Nov 22 10:59:58");
        let found: Statistics<'_> = match parse_payload(b"anvil", line.as_bytes()) {
            Event::Statistics(found) => found,
            other => panic!("{line}: {other:?}"),
        };
        let addr = found.address.map(|it| it.as_bytes());
        assert_eq!((shown(found.service).as_str(), shown(addr).as_str()), (service, address));
        let figures: Vec<_> = found.figures().collect();
        assert_eq!(figures, [("count", 12), ("interval_s", 60)]);
    }
}

/// A subject that holds the word behind it ends at the last of these.
#[test]
fn subjects_of_troubles() {
    let subject = |line: &'static str| {
        let found: Trouble<'static> = match parse_payload(b"smtpd", line.as_bytes()) {
            Event::Trouble(found) => found,
            other => panic!("{line}: {other:?}"),
        };
        (found.kind.as_str(), shown(found.subject))
    };
    for (line, kind, of) in [
        (
            "warning: database /etc/a is older than source file b.db is older than source file /etc/b",
            "table",
            "/etc/a is older than source file b.db",
        ),
        ("warning: database /etc/a.db is older than source file /etc/a", "table", "/etc/a.db"),
        ("warning: regexp map /etc/a, line 1, line 2: bad", "table", "/etc/a, line 1"),
        ("warning: problem talking to service a: b: c", "service", "a"),
        ("warning: while reading virtual_alias_maps lookup failure", "table", "virtual_alias_maps"),
        ("warning: a b: c map lookup problem for x", "table", "c"),
    ] {
        assert_eq!(subject(line), (kind, of.to_owned()), "{line}");
    }
}

/// A reject is for now if its code says so, without a code if its status does, and if postscreen has no room.
#[test]
fn rejects_for_now_and_for_good() {
    let outcome =
        |program: &str, line: &str| match parse_payload(program.as_bytes(), line.as_bytes()) {
            Event::PolicyAction(action) => action.outcome().map(PolicyOutcome::as_str),
            other => panic!("{line}: {other:?}"),
        };
    let tail = "; from=<a@a> to=<b@b> proto=ESMTP helo=<h>";
    for (action, reply, want) in [
        ("reject", "450 4.7.1 x", "deferred"),
        ("reject", "550 5.7.1 x", "refused"),
        ("reject", "450 5.7.1 x", "deferred"),
        ("reject", "550 4.7.1 x", "refused"),
        ("reject", "450 x", "deferred"),
        ("reject", "x", "refused"),
        ("milter-reject", "4.7.1 x", "deferred"),
        ("milter-reject", "5.7.1 x", "refused"),
        ("milter-reject", "x", "refused"),
        ("reject_warning", "550 5.7.1 x", "passed"),
        ("hold", "x", "held"),
        ("milter-hold", "x", "held"),
        ("discard", "x", "discarded"),
        ("milter-discard", "x", "discarded"),
        ("hangup", "x", "refused"),
        ("redirect", "x", "changed"),
        ("filter", "x", "changed"),
        ("bcc", "x", "changed"),
        ("warn", "x", "passed"),
        ("info", "x", "passed"),
        ("permit", "x", "passed"),
    ] {
        let line = format!("NOQUEUE: {action}: RCPT from a[192.0.2.1]: {reply}{tail}");
        assert_eq!(outcome("smtpd", &line), Some(want), "{line}");
    }
    for (reply, want) in [
        ("too many connections", "deferred"),
        ("all server ports busy", "deferred"),
        ("550 5.7.1 x; from=<a@a>, to=<b@b>, proto=ESMTP, helo=<h>", "refused"),
        ("450 4.3.2 x; from=<a@a>, to=<b@b>, proto=ESMTP, helo=<h>", "deferred"),
    ] {
        let line = format!("NOQUEUE: reject: CONNECT from [192.0.2.1]:4711: {reply}");
        assert_eq!(outcome("postscreen", &line), Some(want), "{line}");
    }
}

/// Texts that begin as an attempt does, or as a TLS session, and are something else.
#[test]
fn neither_attempts_nor_sessions() {
    let name = |program: &str, line: &str| {
        parse_payload(program.as_bytes(), line.as_bytes()).name().to_owned()
    };
    let refused = "connect to mx.b.example[192.0.2.1]:25: Connection refused";
    assert_eq!(name("smtp", &format!("1E24013C03E: {refused}")), "connect_failure");
    let suspended = format!("1E24013C03E: delivery temporarily suspended: {refused}");
    assert_eq!(name("smtp", &suspended), "unrecognized");
    let session = "TLS connection established from";
    let cipher = "TLSv1.2 with cipher X (256/256 bits)";
    assert_eq!(name("smtpd", &format!("{session} a.example: {cipher}")), "tls_session");
    for peer in ["", "a/b", "a b", "<a>"] {
        assert_eq!(name("smtpd", &format!("{session} {peer}: {cipher}")), "unrecognized", "{peer}");
    }
}

/// postscreen knows addresses only: where a name stands before the brackets, the line is that of somebody else.
#[test]
fn a_client_of_postscreen_has_no_name() {
    for (good, odd) in [
        ("DNSBL rank 3 for [192.0.2.1]:4", "DNSBL rank 3 for a[192.0.2.1]:4"),
        (
            "CONNECT from [192.0.2.1]:4 to [192.0.2.2]:25",
            "CONNECT from [192.0.2.1]:4 to b[192.0.2.2]:25",
        ),
        (
            "CONNECT from [192.0.2.1]:4 to [192.0.2.2]:25",
            "CONNECT from a[192.0.2.1]:4 to [192.0.2.2]:25",
        ),
        ("DISCONNECT [192.0.2.1]:4", "DISCONNECT a[192.0.2.1]:4"),
        ("HANGUP after 0.1 from [192.0.2.1]:4", "HANGUP after 0.1 from a[192.0.2.1]:4"),
        (
            "BARE NEWLINE from [192.0.2.1]:4 after DATA",
            "BARE NEWLINE from a[192.0.2.1]:4 after DATA",
        ),
    ] {
        let event = parse_payload(b"postscreen", good.as_bytes());
        assert!(matches!(event, Event::Postscreen(_)), "{good}: {event:?}");
        let event = parse_payload(b"postscreen", odd.as_bytes());
        assert!(matches!(event, Event::Unrecognized(_)), "{odd}: {event:?}");
    }
}
