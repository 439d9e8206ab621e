//! Which members of a line the anonymizer changes, and into what; all others stay as they are.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(feature = "anonymize")]

use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{self, Object, Value};
use postfix_log::{Line, LogLine};

mod hidden;

use hidden::{anonymizer, shown, want};

/// The texts of a line that the anonymizer changes, as `name=text`.
fn changes(anonymizer: &Anonymizer, line: &str) -> Vec<String> {
    let line = format!("Nov 22 11:00:01 {line}");
    let line = Line::new(line.as_bytes(), 0);
    let before = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
    let mut after = before.clone();
    anonymizer.entry(&mut after);
    let texts = |object: &Object| -> Vec<(String, String)> {
        let text = |(name, value): (&[u8], &Value)| match value {
            Value::Text(text) => Some((shown(name), shown(text))),
            _ => None,
        };
        object.members().filter_map(text).collect()
    };
    let (before, after) = (texts(&before), texts(&after));
    assert_eq!(before.len(), after.len());
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
    changed.map(|(_, (name, text))| format!("{name}={text}")).collect()
}

#[track_caller]
fn check_line(anonymizer: &Anonymizer, line: &str, wanted: &[&str]) {
    let wanted: Vec<String> = wanted.iter().map(|template| want(template)).collect();
    assert_eq!(changes(anonymizer, line), wanted, "{line}");
}

const DELIVERY: &str = "mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, orig_to=<team@c.example>, relay=mx.b.example[192.0.2.7]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1E24013C03F)";

/// Which members are names, hosts and networks, and which are left alone.
#[test]
fn members_of_a_line() {
    let names = anonymizer();
    let (domains, networks) = (anonymizer().with_domains(), anonymizer().with_networks());
    check_line(&names, DELIVERY, &["to={bob}@b.example", "orig_to={team}@c.example"]);
    check_line(
        &domains,
        DELIVERY,
        &[
            "host={d:mx1}",
            "to={bob}@{d:b.example}",
            "orig_to={team}@{d:c.example}",
            "relay={l:mx}.{d:b.example}[192.0.2.7]:25",
            "relay_name={l:mx}.{d:b.example}",
        ],
    );
    check_line(
        &networks,
        DELIVERY,
        &[
            "to={bob}@b.example",
            "orig_to={team}@c.example",
            "relay=mx.b.example[{n:192.0.2.7}]:25",
            "relay_addr={n:192.0.2.7}",
        ],
    );
}

/// The names of a line are also found in its other texts, the longest first.
#[test]
fn names_of_the_line_in_its_reason() {
    let reason = |to: &str, text: &str| {
        let line = DELIVERY
            .replace("bob@b.example", to)
            .replace(", orig_to=<team@c.example>", "")
            .replace(
                "status=sent (250 2.0.0 Ok: queued as 1E24013C03F)",
                &format!("status=bounced ({text})"),
            );
        changes(&anonymizer(), &line)
            .iter()
            .find_map(|change| change.strip_prefix("reason=").map(str::to_owned))
    };
    for (to, text, wanted) in [
        ("bob@b.example", "bob is gone", Some("{bob} is gone")),
        ("bob@b.example", "BOB, bob and (Bob) are gone", Some("{bob}, {bob} and ({bob}) are gone")),
        ("bob@b.example", "bobby, abob and bob2 are gone", None),
        ("bob-list@b.example", "bob is gone", Some("{bob} is gone")),
        ("ann-marie@b.example", "ann-marie is gone", Some("{ann-marie} is gone")),
        ("ann-marie@b.example", "ann is gone, marie is not", Some("{ann} is gone, marie is not")),
        ("bob+ext@b.example", "bob+ext is gone", Some("{bob}+{ext} is gone")),
        ("bob+ext@b.example", "ext of bob is gone", Some("{ext} of {bob} is gone")),
        ("list-bob=b.example@c.example", "bob is gone", Some("{bob} is gone")),
        // Words of Postfix, short names and short numbers only where they are marked as names.
        (
            "info@b.example",
            "no info for \"info\" or <INFO>",
            Some("no info for \"{info}\" or <{info}>"),
        ),
        ("info@b.example", "\"info and info\"", None),
        ("al@b.example", "al is gone", None),
        ("550@b.example", "code 550 and \"550\"", Some("code 550 and \"{550}\"")),
        ("1234@b.example", "code 1234", Some("code {1234}")),
        ("\"x@bob\"@c.example", "'x@bob' is gone", Some("'{x}@bob' is gone")),
    ] {
        assert_eq!(reason(to, text), wanted.map(want), "{to}: {text}");
    }
}

/// A delivery agent has a name that is nobody's, even where a user has it as well.
#[test]
fn agents_are_no_users() {
    let line = DELIVERY
        .replace("bob@b.example", "dovecot-lda@b.example")
        .replace(", orig_to=<team@c.example>", "")
        .replace("mx.b.example[192.0.2.7]:25", "dovecot-lda");
    let all = anonymizer().with_domains().with_networks();
    check_line(&all, &line, &["host={d:mx1}", "to={dovecot-lda}@{d:b.example}"]);
}

/// The name of a service is no user's, but may have an address or a host in it; a mechanism is what a client sent.
#[test]
fn names_of_services() {
    let all = anonymizer().with_domains().with_networks();
    check_line(
        &all,
        "mx1 postfix/anvil[9]: statistics: max connection count 1 for (192.0.2.1:25:192.0.2.7) at Nov 22 11:00:00",
        &["host={d:mx1}", "service={n:192.0.2.1}:25", "addr={n:192.0.2.7}"],
    );
    check_line(
        &all,
        "mx1 postfix-c.example/mx.b.example/smtpd[9]: connect from unknown[192.0.2.7]",
        &[
            "host={d:mx1}",
            "instance={d:postfix-c.example}",
            "service={l:mx}.{d:b.example}",
            "client_addr={n:192.0.2.7}",
        ],
    );
    check_line(
        &anonymizer(),
        "mx1 postfix/submission/smtpd[9]: NOQUEUE: reject: RCPT from x[192.0.2.7]: 550 no submission; \
         from=<> to=<submission@b.example> proto=ESMTP helo=<x>",
        &["text=no {submission}", "to={submission}@b.example"],
    );
    let failure = |method: &str| {
        format!(
            "mx1 postfix/smtpd[9]: warning: x[192.0.2.7]: SASL {method} authentication failed: no"
        )
    };
    check_line(&anonymizer(), &failure("bob@b.example"), &["sasl_method={bob}@b.example"]);
    for method in [
        "PLAIN",
        "LOGIN",
        "ANONYMOUS",
        "CRAM-MD5",
        "DIGEST-MD5",
        "EXTERNAL",
        "GSSAPI",
        "GSS-SPNEGO",
        "KERBEROS_V4",
        "NTLM",
        "OAUTHBEARER",
        "OTP",
        "SCRAM-SHA-1",
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-512",
        "XOAUTH2",
    ] {
        let none: [&str; 0] = [];
        check_line(&anonymizer(), &failure(method), &none);
    }
}

/// Hosts of one label, and words that stand in the place of a host.
#[test]
fn hosts_of_one_label() {
    let all = anonymizer().with_domains().with_networks();
    let line = |host: &str, client: &str| format!("{host} postfix/smtpd[9]: connect from {client}");
    check_line(
        &all,
        &line("mx", "unknown[192.0.2.7]"),
        &["host={d:mx}", "client_addr={n:192.0.2.7}"],
    );
    check_line(&all, &line("localhost", "localhost[127.0.0.1]"), &["client_addr={n:127.0.0.1}"]);
    check_line(
        &all,
        &line("mx1.b.example", "pc[2001:db8::25]"),
        &["host={l:mx1}.{d:b.example}", "client_name={d:pc}", "client_addr={n:2001:db8::25}"],
    );
    check_line(&all, &line("[192.0.2.7]", "unknown[unknown]"), &["host=[{n:192.0.2.7}]"]);
    // An address that stands for one of IPv4 is that one.
    check_line(
        &all,
        &line("mx", "unknown[::ffff:192.0.2.7]"),
        &["host={d:mx}", "client_addr={n:192.0.2.7}"],
    );
    let none: [&str; 0] = [];
    check_line(&anonymizer(), &line("mx", "pc[192.0.2.7]"), &none);
}

#[test]
fn lines_of_other_kinds() {
    let names = anonymizer();
    let all = anonymizer().with_domains().with_networks();
    let login = "mx1 postfix/smtpd[9]: 1E24013C03E: client=unknown[192.0.2.7], sasl_method=PLAIN, sasl_username=info";
    check_line(&names, login, &["sasl_username={info}"]);
    check_line(&all, login, &["host={d:mx1}", "client_addr={n:192.0.2.7}", "sasl_username={info}"]);
    let id = |value: &str| format!("mx1 postfix/cleanup[9]: 1E24013C03E: message-id={value}");
    check_line(&names, &id("<bob>"), &["message_id=<{bob}>"]);
    check_line(&names, &id("bob"), &["message_id={bob}"]);
    check_line(&names, &id("<bob@b.example>"), &["message_id=<{bob}@b.example>"]);
    let none: [&str; 0] = [];
    check_line(&names, &id("<>"), &none);
    check_line(&names, "mx1 postfix/pickup[9]: 1E24013C03E: uid=0 from=<root>", &["from={root}"]);
    check_line(
        &all,
        "mx1 postfix/qmgr[9]: 1E24013C03E: from=<bob@b.example>, size=9, nrcpt=1 (queue active)",
        &["host={d:mx1}", "from={bob}@{d:b.example}"],
    );
    check_line(
        &all,
        "mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from mail.c.example[192.0.2.7]: 550 5.1.1 <bob@b.example>: Recipient address rejected: User unknown; from=<eve@c.example> to=<bob@b.example> proto=ESMTP helo=<pc>",
        &[
            "host={d:mx1}",
            "client_name={l:mail}.{d:c.example}",
            "client_addr={n:192.0.2.7}",
            "object={bob}@{d:b.example}",
            "text=<{bob}@{d:b.example}>: Recipient address rejected: User unknown",
            "from={eve}@{d:c.example}",
            "to={bob}@{d:b.example}",
            "helo={d:pc}",
        ],
    );
    check_line(
        &all,
        "mx1 postfix/dnsblog[9]: addr 192.0.2.7 listed by domain zen.example as 127.0.0.4",
        &["host={d:mx1}", "addr={n:192.0.2.7}", "zone={d:zen.example}"],
    );
    check_line(
        &all,
        "mx1 postfix/bounce[9]: 1E24013C03E: sender non-delivery notification: 1E24013C03F",
        &["host={d:mx1}"],
    );
    check_line(
        &all,
        "mx1 postfix/smtpd[9]: 1E24013C03F: client=localhost[127.0.0.1], orig_queue_id=1E24013C03E, orig_client=pc.c.example[192.0.2.7]",
        &[
            "host={d:mx1}",
            "client_addr={n:127.0.0.1}",
            "orig_client_name={l:pc}.{d:c.example}",
            "orig_client_addr={n:192.0.2.7}",
        ],
    );
    check_line(
        &all,
        "mx1 postfix/postscreen[9]: CONNECT from [192.0.2.7]:4711 to [192.0.2.1]:25",
        &["host={d:mx1}", "client_addr={n:192.0.2.7}", "server_addr={n:192.0.2.1}"],
    );
    check_line(
        &all,
        "mx1 postfix/smtpd[9]: Anonymous TLS connection established from pc.c.example[192.0.2.7] to mx1.b.example: TLSv1.2 with cipher X (256/256 bits)",
        &[
            "host={d:mx1}",
            "peer_name={l:pc}.{d:c.example}",
            "peer_addr={n:192.0.2.7}",
            "sni={l:mx1}.{d:b.example}",
        ],
    );
}

/// The name that a client gave may be an address, in brackets or not, or have a port.
#[test]
fn what_a_client_calls_itself() {
    let reject = |helo: &str, text: &str| {
        format!(
            "mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 550 {text}; from=<> \
             to=<x@b.example> proto=ESMTP helo=<{helo}>"
        )
    };
    let all = anonymizer().with_domains().with_networks();
    for (helo, shown) in [("192.0.2.7", "{n:192.0.2.7}"), ("[192.0.2.7]", "[{n:192.0.2.7}]")] {
        let helo_is = format!("helo={shown}");
        check_line(
            &all,
            &reject(helo, "no"),
            &["host={d:mx1}", "client_addr={n:192.0.2.7}", "to={x}@{d:b.example}", &helo_is],
        );
    }
    let line = reject("pc:25", "5.7.1 <pc:25>: Helo command rejected: invalid name");
    let shown = changes(&anonymizer().with_domains(), &line).join(" ");
    assert!(shown.contains("helo=d") && !shown.contains("pc:25"), "{shown}");
}

/// What a client sent is a login, also where its host is called like a command.
#[test]
fn hosts_called_like_commands() {
    let line = "mx1 postfix/smtpd[9]: < auth.plain[2001:db8::dead]: Ym9i";
    let shown = changes(&anonymizer(), line).join(" ");
    assert!(shown.contains('=') && !shown.contains("Ym9i"), "{shown}");
}

/// A line after `AUTH` is what the client sent to log in, whoever logs it.
#[test]
fn samples_after_auth() {
    for (line, name) in [
        (
            "postfix/smtpd[9]: improper command pipelining after AUTH from unknown[192.0.2.7]: ",
            "text",
        ),
        ("postfix/postscreen[9]: COMMAND PIPELINING from [192.0.2.7]:4711 after AUTH: ", "text"),
    ] {
        let line = format!("mx1 {line}Ym9i\\r\\nc2VjcmV0\\r\\n");
        let wanted = format!("{name}={{bob}}\\r\\n[hidden]\\r\\n");
        check_line(&anonymizer(), &line, &[&wanted]);
    }
}

/// The null sender is nobody, and no name is looked for in the place of it.
#[test]
fn the_null_sender_in_a_text() {
    check_line(
        &anonymizer(),
        "mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 user \"\" is unknown; \
         from=<> to=<bob@b.example> proto=ESMTP helo=<x>",
        &["to={bob}@b.example"],
    );
}

/// The names inside a local part are looked for in the other texts, with quotes if they are short.
#[test]
fn names_inside_of_local_parts() {
    for (to, hidden, text, want) in [
        ("list-al=c.example", "{list}-{al}={c.example}", "not 'al', a list", "not '{al}', a list"),
        ("list-x=c.example", "{list}-{x}={c.example}", "not 'x', x", "not '{x}', x"),
        ("list-=c.example", "{list}-{}={c.example}", "not '' and \"\"", "not '' and \"\""),
        ("\"\"", "{}", "not '' and \"\"", "not '' and \"\""),
        ("bob+al", "{bob}+{al}", "not 'al' of bob", "not '{al}' of {bob}"),
        ("bob+ann2", "{bob}+{ann2}", "no ann2", "no {ann2}"),
        ("ann-marie-ext", "{ann-marie-ext}", "no ann, marie", "no {ann}, marie"),
        ("al-ext", "{al-ext}", "not 'al'", "not '{al}'"),
        ("x+ext", "{x}+{ext}", "not 'x', x", "not '{x}', x"),
        ("1234+ext", "{1234}+{ext}", "no user 1234 here", "no user {1234} here"),
        ("lea-ext", "{lea-ext}", "not lea", "not {lea}"),
    ] {
        let line = format!(
            "mx1 postfix/smtp[9]: 1E24013C03E: to=<{to}@b.example>, relay=none, delay=1, \
             delays=1/0/0/0, dsn=5.1.1, status=bounced ({text})"
        );
        let to = format!("to={hidden}@b.example");
        let reason = format!("reason={want}");
        let wanted: &[&str] = if text == want { &[&to] } else { &[&to, &reason] };
        check_line(&anonymizer(), &line, wanted);
    }
}

/// A number that ends like an address of the line is not that address.
#[test]
fn numbers_like_addresses_of_the_line() {
    let line = |text: &str| {
        format!(
            "mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[192.0.2.7]:25, \
             delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced ({text})"
        )
    };
    let networks = anonymizer().with_networks();
    let reason = |text: &str| {
        let changed = changes(&networks, &line(text));
        changed.into_iter().find(|text| text.starts_with("reason="))
    };
    for kept in ["id 1192.0.2.7", "id 1c0000207", "id 4192000002007"] {
        assert_eq!(reason(kept), None, "{kept}");
    }
    for (text, wanted) in [("c0000207.isp", "{n:192.0.2.7}.isp"), ("x192.0.2.7", "x{n:192.0.2.7}")]
    {
        assert_eq!(reason(text), Some(want(&format!("reason={wanted}"))));
    }
    // What an address of IPv6 looks like with dashes is looked for where it begins with a digit.
    let line = line("run x --1").replace("[192.0.2.7]", "[::1]");
    assert!(changes(&networks, &line).iter().all(|text| !text.starts_with("reason=")));
}

/// The server that answered, and the sender that a client gave with its login.
#[test]
fn servers_and_senders_of_logins() {
    check_line(
        &anonymizer().with_domains(),
        "x postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=none, delay=1, delays=1/0/0/0, dsn=5.1.1, \
         status=bounced (host desk[192.0.2.7] said: 550 5.1.1 no (in reply to RCPT TO command))",
        &[
            "host={d:x}",
            "to={bob}@{d:b.example}",
            "reason=host {d:desk}[192.0.2.7] said: 550 5.1.1 no (in reply to RCPT TO command)",
            "reply_host={d:desk}",
        ],
    );
    check_line(
        &anonymizer(),
        "mx1 postfix/smtpd[9]: 1E24013C03E: client=x[192.0.2.1], sasl_method=PLAIN, sasl_username=bob, \
         sasl_sender=eve",
        &["sasl_username={bob}", "sasl_sender={eve}"],
    );
}
