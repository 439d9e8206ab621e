//! The parts of a reason, form by form.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use postfix_log::reason::{Reason, ReasonKind, RemoteReply};
use postfix_log::{Event, Line, LogLine, Relay, json, parse_payload};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn server(relay: Option<Relay<'_>>) -> String {
    relay.map_or(String::new(), |relay| format!(" | server={relay}"))
}

fn shown(reason: &str) -> String {
    let reason = Reason::parse(reason.as_bytes());
    let stage = reason.stage().map_or(String::new(), |stage| format!(" | stage={}", text(stage)));
    let what = match reason.kind {
        ReasonKind::Reply(reply) => {
            let code = reply.code.map_or(String::new(), |code| format!(" | code={code}"));
            let dsn = reply.dsn.map_or(String::new(), |dsn| format!(" | dsn={dsn}"));
            let refused = if reply.refused { " | refused" } else { "" };
            format!(
                "reply{}{code}{dsn}{stage}{refused} | {}",
                server(reply.server),
                text(reply.text)
            )
        }
        ReasonKind::Network(fault) => {
            format!("network{}{stage} | {}", server(Some(fault.server)), text(fault.text))
        }
        ReasonKind::Dns(fault) => {
            let record = fault.record.map_or(String::new(), |it| format!(" | type={}", text(it)));
            format!("dns | name={}{record} | {}", text(fault.name), text(fault.text))
        }
        ReasonKind::Tls(fault) => format!("tls{} | {}", server(fault.server), text(fault.text)),
        ReasonKind::Local(local) => format!("local | {}", text(local)),
        _ => panic!("a new kind"),
    };
    format!("{}{what}", if reason.suspended { "suspended " } else { "" })
}

#[test]
fn every_form() {
    let b = "b.example[192.0.2.1]";
    let server = format!("server={b}");
    for (reason, want) in [
        (format!("host {b} said: 550 5.1.1 no (in reply to RCPT TO command)"), format!("reply | {server} | code=550 | dsn=5.1.1 | stage=RCPT TO | no")),
        (format!("host {b}:25 said: 550 5.1.1 no"), format!("reply | server={b}:25 | code=550 | dsn=5.1.1 | no")),
        (format!("host {b} said: 550 no (in reply to  command)"), format!("reply | {server} | code=550 | stage= | no")),
        (format!("host {b} said: 550 no (in reply to RCPT TO command"), format!("reply | {server} | code=550 | no (in reply to RCPT TO command")),
        // Without the words before it, the end is part of the reply.
        (format!("host {b} said: 550 no such command)"), format!("reply | {server} | code=550 | no such command)")),
        (format!("host {b} said: 550 no(in reply to RCPT TO command)"), format!("reply | {server} | code=550 | no(in reply to RCPT TO command)")),
        (format!("host {b} said:550 no"), format!("local | host {b} said:550 no")),
        (format!("host {b} refused to talk to me: 421 4.3.2 no (in reply to x command)"), format!("reply | {server} | code=421 | dsn=4.3.2 | refused | no (in reply to x command)")),
        ("host b.example said: 550 no".into(), "local | host b.example said: 550 no".into()),
        ("250 2.0.0 Ok".into(), "reply | code=250 | dsn=2.0.0 | Ok".into()),
        ("2.0.0 Ok".into(), "local | 2.0.0 Ok".into()),
        ("250".into(), "reply | code=250 | ".into()),
        ("250-2.0.0 Ok".into(), "reply | code=250 | dsn=2.0.0 | Ok".into()),
        ("12 x".into(), "local | 12 x".into()),
        (format!("connect to {b}:25: Connection refused"), format!("network | server={b}:25 | Connection refused")),
        (format!("connect to {b}:25 Connection refused"), format!("local | connect to {b}:25 Connection refused")),
        (format!("lost connection with {b} while sending RCPT TO"), format!("network | {server} | stage=sending RCPT TO | lost connection")),
        (format!("lost connection with {b}"), format!("local | lost connection with {b}")),
        (format!("conversation with {b} timed out while sending RCPT TO"), format!("network | {server} | stage=sending RCPT TO | timed out")),
        (format!("conversation with {b} while sending RCPT TO"), format!("local | conversation with {b} while sending RCPT TO")),
        ("Host or domain name not found. Name service error for name=b.example type=MX: Host not found: x".into(), "dns | name=b.example | type=MX | Host not found: x".into()),
        ("Name service error for name=b.example type=A: x".into(), "dns | name=b.example | type=A | x".into()),
        ("Host or domain name not found. Other".into(), "local | Host or domain name not found. Other".into()),
        ("Domain b.example does not accept mail (nullMX)".into(), "dns | name=b.example | Domain b.example does not accept mail (nullMX)".into()),
        ("Domain b.example does not accept mail".into(), "local | Domain b.example does not accept mail".into()),
        ("unable to look up host b.example: x: y".into(), "dns | name=b.example | unable to look up host b.example: x: y".into()),
        ("unable to look up host b.example".into(), "dns | name=b.example | unable to look up host b.example".into()),
        ("unable to find primary relay for b.example".into(), "dns | name=b.example | unable to find primary relay for b.example".into()),
        ("unable to deliver".into(), "local | unable to deliver".into()),
        (format!("TLS is required, but was not offered by host {b}"), format!("tls | {server} | TLS is required, but was not offered by host {b}")),
        ("Cannot start TLS: handshake failure".into(), "tls | Cannot start TLS: handshake failure".into()),
        ("Cannot do that".into(), "local | Cannot do that".into()),
        (format!("SASL authentication failed; server {b} said: 535 5.7.8 no"), format!("reply | {server} | code=535 | dsn=5.7.8 | stage=AUTH | no")),
        (format!("SASL authentication failed; cannot authenticate to server {b}: no"), format!("local | SASL authentication failed; cannot authenticate to server {b}: no")),
        (format!("mail for {b} loops"), format!("local | mail for {b} loops")),
        (String::new(), "local | ".into()),
    ] {
        assert_eq!(shown(&reason), want, "{reason}");
        assert_eq!(shown(&format!("delivery temporarily suspended: {reason}")), format!("suspended {want}"));
    }
}

/// As many suspensions as are looked at, and one more.
#[test]
fn suspensions_have_a_bound() {
    let head = "delivery temporarily suspended: ";
    assert_eq!(shown(&format!("{}x", head.repeat(4))), "suspended local | x");
    assert_eq!(shown(&format!("{}x", head.repeat(5))), format!("suspended local | {head}x"));
}

#[test]
fn replies_alone() {
    for (reply, code, dsn, rest) in [
        ("550 5.1.1 no", Some(550), "5.1.1", "no"),
        ("550 5.1.1", Some(550), "5.1.1", ""),
        ("550 5.1.1no", Some(550), "", "5.1.1no"),
        ("550-5.1.1 no", Some(550), "5.1.1", "no"),
        ("550-", Some(550), "", ""),
        ("55", None, "", "55"),
        ("550x", None, "", "550x"),
        ("5.1.1 no", None, "5.1.1", "no"),
        ("no", None, "", "no"),
    ] {
        let found = RemoteReply::parse(reply.as_bytes());
        let status = found.dsn.map_or(String::new(), |dsn| dsn.to_string());
        assert_eq!((found.code, &*status, &*text(found.text)), (code, dsn, rest), "{reply}");
        assert_eq!((found.server, found.stage, found.refused), (None, None, false));
    }
}

/// The id that the next server gave: the last one, and of mail that was sent only.
#[test]
fn ids_of_the_next_server() {
    let line = |status: &str, reason: &str| {
        format!("1E24013C03E: to=<b@b>, relay=none, delay=1, status={status} ({reason})")
    };
    for (status, reason, want) in [
        ("sent", "250 ok: queued as 1E24013C03F", Some("1E24013C03F")),
        ("sent", "250 ok: queued as 1E24013C03F.", Some("1E24013C03F")),
        ("sent", "250 queued as 1E24013C03D; queued as 1E24013C03F; queued", Some("1E24013C03F")),
        ("sent", "250 queued as 1E24013C03F; queued as no", Some("1E24013C03F")),
        ("sent", "forwarded as 1E24013C03F", Some("1E24013C03F")),
        ("sent", "forwarded as no, queued as 1E24013C03F", None),
        ("bounced", "550 queued as 1E24013C03F", None),
        ("sent", "250 queued as", None),
        ("sent", "250 queued at 1E24013C03F", None),
    ] {
        let line = line(status, reason);
        let Event::Delivery(delivery) = parse_payload(b"smtp", line.as_bytes()) else {
            panic!("{line}")
        };
        assert_eq!(delivery.queued_as().map(|id| id.to_string()).as_deref(), want, "{line}");
    }
    let line =
        "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 1E24013C03F; from=<a@a> proto=SMTP";
    let Event::PolicyAction(action) = parse_payload(b"smtpd", line.as_bytes()) else {
        panic!("{line}")
    };
    assert_eq!(action.queued_as().map(|id| id.to_string()).as_deref(), Some("1E24013C03F"));
}

/// What was accepted has no class, and all else has one.
#[test]
fn members_of_a_verdict() {
    let client = "from a.example[192.0.2.1]";
    for (payload, has_class) in [
        ("proxy-accept: END-OF-MESSAGE: 250 ok; proto=SMTP".to_owned(), false),
        (format!("NOQUEUE: permit: RCPT {client}: x; proto=SMTP"), false),
        (format!("1E24013C03E: pass: header X: y {client};"), false),
        (format!("NOQUEUE: info: RCPT {client}: x; proto=SMTP"), true),
        (format!("1E24013C03E: hold: header X: y {client};"), true),
        ("1E24013C03E: to=<b@b>, relay=none, delay=1, status=sent (x)".to_owned(), false),
        ("1E24013C03E: to=<b@b>, relay=none, delay=1, status=deliverable (x)".to_owned(), false),
        ("1E24013C03E: to=<b@b>, relay=none, delay=1, status=other (x)".to_owned(), true),
    ] {
        let line = format!("Nov 22 11:00:01 mx1 postfix/smtpd[9]: {payload}");
        let line = json::Line::new(&LogLine::new(Line::new(line.as_bytes(), 0), 1), None);
        let mut names = Vec::new();
        line.members(|name, _| names.push(name));
        assert_eq!(
            (names.contains(&"class"), names.contains(&"rule")),
            (has_class, has_class),
            "{payload}"
        );
    }
}

/// A classifier that is set last decides, also after another one gave its verdict.
#[test]
fn the_last_classifier_decides() {
    use postfix_log::reason::{Classifier, Recent};

    let line = b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b>, relay=none, delay=1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)";
    let log_line = LogLine::new(Line::new(line, 0), 1);
    let rule = |line: &json::Line<'_>| {
        let mut found = None;
        line.members(|name, value| {
            if name == "rule" {
                found = Some(format!("{value:?}"));
            }
        });
        found.unwrap_or_default()
    };
    let plain = json::Line::new(&log_line, None);
    let without = Classifier::new().without(&["net.refused"]);
    let by_default = rule(&plain);
    assert_eq!(by_default, "Word(\"net.refused\")");
    let other = rule(&plain.with_classifier(without));
    assert_ne!(other, by_default);
    let mut recent = Recent::new(Classifier::new());
    assert_eq!(rule(&plain.with_recent(&mut recent)), by_default);
    assert_eq!(rule(&plain.with_recent(&mut recent).with_classifier(without)), other);
    let mut recent = Recent::new(without);
    assert_eq!(rule(&plain.with_recent(&mut recent)), other);
    assert_eq!(
        rule(&plain.with_recent(&mut recent).with_classifier(Classifier::new())),
        by_default
    );
    assert!(format!("{recent:?}").contains("known: 1"), "{recent:?}");
    // What was delivered has no verdict, and nothing is remembered of it.
    let sent = String::from_utf8_lossy(line).replace("deferred", "sent");
    let sent = LogLine::new(Line::new(sent.as_bytes(), 0), 1);
    let mut recent = Recent::new(Classifier::new());
    assert_eq!(rule(&json::Line::new(&sent, None).with_recent(&mut recent)), "");
    assert!(format!("{recent:?}").contains("known: 0"), "{recent:?}");
    // It is the one for the other lines, too.
    let line = b"Nov 22 11:00:01 mx1 postfix/smtp[9]: connect to b.example[192.0.2.1]:25: Connection refused";
    let failure = json::Line::new(&LogLine::new(Line::new(line, 0), 1), None);
    let class = |line: &json::Line<'_>| {
        let mut found = None;
        line.members(|name, value| {
            if name == "class" {
                found = Some(format!("{value:?}"));
            }
        });
        found.unwrap_or_default()
    };
    assert_eq!(class(&failure), "Word(\"net_refused\")");
    let mut recent = Recent::new(without);
    assert_ne!(class(&failure.with_recent(&mut recent)), class(&failure));
}
