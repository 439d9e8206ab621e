//! Rare forms of lines, one by one: where a text ends, which of two readings counts, and what is no such line at all.
#![allow(clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use postfix_log::event::{PolicyOutcome, PolicyVerb};
use postfix_log::{Event, Line, parse_payload};

/// The event of a line, its name first, then its members.
fn shown(program: &str, payload: &str) -> String {
    let event = parse_payload(program.as_bytes(), payload.as_bytes());
    let mut out = event.name().to_owned();
    for (name, value) in common::members(&event).0 {
        out.push_str(&format!(" | {name}={value}"));
    }
    out
}

fn check(program: &str, rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (payload, want) in rows {
        let found = shown(program, payload);
        if found != *want {
            wrong.push(format!("{payload}\n  is   {found}\n  want {want}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn failed_logins() {
    let client = "client_name=a.example | client_addr=192.0.2.1";
    check(
        "smtpd",
        &[
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication failed",
                &format!("auth_failure | {client} | sasl_method=LOGIN | text="),
            ),
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication failed:",
                &format!("auth_failure | {client} | sasl_method=LOGIN | text="),
            ),
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication aborted",
                &format!(
                    "auth_failure | {client} | sasl_method=LOGIN | text=authentication aborted"
                ),
            ),
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication aborted: x",
                "diagnostic | text=a.example[192.0.2.1]: SASL LOGIN authentication aborted: x",
            ),
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication failedly",
                "diagnostic | text=a.example[192.0.2.1]: SASL LOGIN authentication failedly",
            ),
            // The name goes on to the end, whatever the client put into it.
            (
                "warning: a.example[192.0.2.1]: SASL LOGIN authentication failed: no, sasl_username=a, sasl_username=b",
                &format!(
                    "auth_failure | {client} | sasl_method=LOGIN | sasl_username=a, sasl_username=b | text=no"
                ),
            ),
            ("warning: SASL authentication failure: no", "auth_failure | text=no"),
            ("warning: SASL authentication problem: no", "auth_failure | text=no"),
            (
                "warning: SASL authentication failures: no",
                "diagnostic | text=SASL authentication failures: no",
            ),
        ],
    );
}

#[test]
fn peers_of_tls() {
    check(
        "smtp",
        &[
            (
                "SSL_connect error to b.example[192.0.2.1]:25: -1",
                "tls_failure | role=client | peer_name=b.example | peer_addr=192.0.2.1 | peer_port=25 | text=-1",
            ),
            (
                "SSL_connect error to b-1_x.example: -1",
                "tls_failure | role=client | peer_name=b-1_x.example | text=-1",
            ),
            (
                "SSL_connect error to b/example: -1",
                "info | template=verbose | text=SSL_connect error to b/example: -1",
            ),
            (
                "SSL_connect error to : -1",
                "info | template=verbose | text=SSL_connect error to : -1",
            ),
            (
                "SSL_connect error to b.example",
                "info | template=verbose | text=SSL_connect error to b.example",
            ),
            (
                "server certificate verification failed for b.example[192.0.2.1]:25:no",
                "tls_failure | role=client | peer_name=b.example | peer_addr=192.0.2.1 | peer_port=25 | text=no",
            ),
            (
                "client certificate verification failed for b.example[192.0.2.1]:25: no",
                "tls_failure | role=server | peer_name=b.example | peer_addr=192.0.2.1 | peer_port=25 | text=no",
            ),
            (
                "CA certificate verification failed for b.example[192.0.2.1]:25: no",
                "tls_failure | peer_name=b.example | peer_addr=192.0.2.1 | peer_port=25 | text=no",
            ),
            (
                "certificate verification failed for b.example: no",
                "tls_failure | peer_name=b.example | text=no",
            ),
            (
                "certificate peer name verification failed for nexthop=c.example, host=b.example: no",
                "tls_failure | role=client | peer_name=b.example | text=no",
            ),
            (
                "certificate peer name verification failed for b.example: no, host=c.example: no",
                "tls_failure | role=client | peer_name=b.example | text=no, host=c.example: no",
            ),
        ],
    );
}

#[test]
fn parts_of_a_tls_session() {
    const HEAD: &str = "TLS connection established to b.example[192.0.2.1]:25";
    const PEER: &str = "peer_name=b.example | peer_addr=192.0.2.1 | peer_port=25";
    const CIPHER: &str = "protocol=TLSv1.3 | cipher=X | cipher_bits=256 | cipher_algbits=128";
    let line = |sni: &str, tail: &str| {
        format!("Trusted {HEAD}{sni}: TLSv1.3 with cipher X (256/128 bits){tail}")
    };
    let want =
        |tail: &str| format!("tls_session | role=client | trust=Trusted | {PEER} | {CIPHER}{tail}");
    for (sni, tail, members) in [
        ("", "", Some("")),
        (" to c.example", "", Some(" | sni=c.example")),
        ("", " key-exchange K", Some(" | key_exchange=K")),
        ("", " client-signature S", Some(" | client_signature=S")),
        ("", " client-digest D", Some(" | client_digest=D")),
        (
            "",
            " server-signature S (2048 bits) server-digest D",
            Some(" | server_signature=S (2048 bits) | server_digest=D"),
        ),
        (
            "",
            " key-exchange K (256 bits) server-signature A server-digest B client-signature C (1 bits) client-digest D",
            Some(
                " | key_exchange=K (256 bits) | server_signature=A | server_digest=B | client_signature=C (1 bits) | client_digest=D",
            ),
        ),
        ("", " key-exchange K (256 bits", None),
        ("", " other K", None),
        ("", "x", None),
    ] {
        let line = line(sni, tail);
        let want = members.map_or_else(|| format!("unrecognized | text={line}"), &want);
        assert_eq!(shown("smtp", &line), want, "{line}");
    }
}

#[test]
fn clients_in_the_figures_of_anvil() {
    let rate = |who: &str| {
        shown(
            "anvil",
            &format!("statistics: max connection rate 1/60s for ({who}) at Nov 22 10:59:58"),
        )
    };
    for (who, service, addr) in [
        ("smtp:192.0.2.1", "smtp", "192.0.2.1"),
        ("smtp:2001:db8::1", "smtp", "2001:db8::1"),
        ("smtp:fe80:1::2", "smtp", "fe80:1::2"),
        ("localhost:smtp:192.0.2.1", "localhost:smtp", "192.0.2.1"),
        ("[::1]:587:2001:db8::1", "[::1]:587", "2001:db8::1"),
        ("127.0.0.1:10025:2001:db8::1", "127.0.0.1:10025", "2001:db8::1"),
        // A group of digits is rather a port; an address on the Internet has four of them.
        ("localhost:587:2001:db8::1", "localhost:587", "2001:db8::1"),
        ("localhost:587:192.0.2.1", "localhost:587", "192.0.2.1"),
        ("smtp:2001:2002::1", "smtp", "2001:2002::1"),
        ("smtp:3001:2002::1", "smtp", "3001:2002::1"),
        ("smtp:unknown", "smtp", "unknown"),
        ("smtp:192.0.2.0/24", "smtp", "192.0.2.0/24"),
        ("smtp:2001:db8::/32", "smtp", "2001:db8::/32"),
        ("smtp:2001:db8::/x", "smtp:2001:db8:", "/x"),
        ("smtp:a1:2001:db8::1", "smtp", "a1:2001:db8::1"),
        // Where nothing is a whole service, the last place that leaves an address counts.
        ("::1:smtp:2001:db8::1", "::1:smtp:2001", "db8::1"),
        (":25:2001:db8::1", ":25:2001", "db8::1"),
        ("[x:25:2001:db8::1", "[x:25:2001", "db8::1"),
        ("a.example:2001:db8::1", "a.example:2001", "db8::1"),
        ("[::1]:25]:2001:db8::1", "[::1]:25]:2001", "db8::1"),
    ] {
        let want = format!(
            "statistics | name=max connection rate | values=count=1 interval_s=60 | service={service} | addr={addr} | at=Nov 22 10:59:58"
        );
        assert_eq!(rate(who), want);
    }
}

#[test]
fn attempts_that_failed() {
    check(
        "smtp",
        &[
            (
                "1E24013C03E: host b.example[192.0.2.1] said: 450 no (in reply to RCPT TO command)",
                "connect_failure | relay_name=b.example | relay_addr=192.0.2.1 | reason=host b.example[192.0.2.1] said: 450 no (in reply to RCPT TO command) | class=remote_system",
            ),
            // These texts stand in delivery lines only.
            (
                "1E24013C03E: delivery temporarily suspended: connect to b.example[192.0.2.1]:25: Connection refused",
                "unrecognized | text=delivery temporarily suspended: connect to b.example[192.0.2.1]:25: Connection refused",
            ),
            ("1E24013C03E: 450 no", "unrecognized | text=450 no"),
            ("1E24013C03E: something else", "unrecognized | text=something else"),
            (
                "1E24013C03E: mail for b.example loops back to myself",
                "connect_failure | reason=mail for b.example loops back to myself | class=loop",
            ),
            (
                "1E24013C03E: Server certificate not trusted by b.example[192.0.2.1]:25 x",
                "connect_failure | relay_name=b.example | relay_addr=192.0.2.1 | relay_port=25 | reason=Server certificate not trusted by b.example[192.0.2.1]:25 x | class=tls",
            ),
            (
                "connect to b.example[192.0.2.1]: Connection refused (port 25)",
                "connect_failure | relay_name=b.example | relay_addr=192.0.2.1 | relay_port=25 | reason=Connection refused | class=net_refused",
            ),
            (
                "connect to b.example[192.0.2.1]:24: Connection refused (port 25)",
                "connect_failure | relay_name=b.example | relay_addr=192.0.2.1 | relay_port=24 | reason=Connection refused (port 25) | class=net_refused",
            ),
            (
                "connect to b.example[192.0.2.1]: Connection refused (port 65536)",
                "connect_failure | relay_name=b.example | relay_addr=192.0.2.1 | reason=Connection refused (port 65536) | class=net_refused",
            ),
            (
                "connect to b.example[private/lmtp]: Connection refused (port 25)",
                "connect_failure | relay_name=b.example | relay_path=private/lmtp | reason=Connection refused (port 25) | class=net_refused",
            ),
        ],
    );
}

/// A damaged line about a recipient or a sender has no template, whatever its texts contain.
#[test]
fn damaged_lines_of_the_queue() {
    check(
        "qmgr",
        &[
            ("1E24013C03E: from=<a: limit b>", "unrecognized | text=from=<a: limit b>"),
            ("1E24013C03E: to=<a: limit b>", "unrecognized | text=to=<a: limit b>"),
            (
                "1E24013C03E: x: limit from=",
                "info | template=concurrency_feedback | text=x: limit from=",
            ),
            (
                "1E24013C03E: x: limit to=",
                "info | template=concurrency_feedback | text=x: limit to=",
            ),
        ],
    );
}

/// A header can imitate the rest of the line. Where one of the imitations has another one before it, the real one is
/// not certain, however many there are.
#[test]
fn imitations_in_content() {
    for times in 0..6 {
        let sample = format!("Subject: x{}", " from a.example[::1];: long".repeat(times));
        let line = format!("1E24013C03E: warning: header {sample} from a.example[::1];: note");
        let want = format!(
            "policy_action | source=header | action=warning | client_name=a.example | client_addr=::1 | text={sample} | note=note{}",
            if times > 1 { " | ambiguous=true" } else { "" }
        );
        assert_eq!(shown("cleanup", &line), want);
    }
    // What the imitations have in common with the real one ends before the note.
    let line = "1E24013C03E: warning: header S from a.example[::1]; x from a.example[::1];: n from a.example[::1];: note";
    assert!(
        shown("cleanup", line).ends_with(" | note=note | ambiguous=true"),
        "{}",
        shown("cleanup", line)
    );
    // Only a whole imitation is one.
    let line = "1E24013C03E: warning: header S from a.example[::1]: x from a.example[::1];: n from a.example[::1];";
    assert_eq!(
        shown("cleanup", line),
        "policy_action | source=header | action=warning | client_name=a.example | client_addr=::1 | text=S from a.example[::1]: x from a.example[::1];: n"
    );
}

#[test]
fn troubles_between_their_kinds() {
    check(
        "smtpd",
        &[
            // A table's name before any other sign.
            (
                "warning: hash:/etc/postfix/access: table lookup problem",
                "trouble | kind=table | subject=hash:/etc/postfix/access | text=hash:/etc/postfix/access: table lookup problem",
            ),
            (
                "warning: hash:/etc/postfix/access: write: No space left on device",
                "trouble | kind=table | subject=hash:/etc/postfix/access | text=hash:/etc/postfix/access: write: No space left on device",
            ),
            // A name is the subject of what DNS says only.
            (
                "warning: a: Name service error for name=b.example type=MX: x",
                "trouble | kind=dns | subject=b.example | text=a: Name service error for name=b.example type=MX: x",
            ),
            (
                "error: open a: Input/output error name=b.example",
                "trouble | kind=disk | text=open a: Input/output error name=b.example",
            ),
            (
                "warning: hash: table lookup problem",
                "trouble | kind=table | subject=hash | text=hash: table lookup problem",
            ),
        ],
    );
}

/// Lines of one program say nothing when another one writes them.
#[test]
fn texts_of_other_programs() {
    check("postsuper", &[("Deleted: 3 messages", "queue_admin | action=removed | count=3")]);
    check(
        "smtpd",
        &[
            ("Deleted: 3 messages", "unrecognized | text=Deleted: 3 messages"),
            ("1E24013C03E: requeued", "unrecognized | text=requeued"),
            (
                "1E24013C03E: a.example[192.0.2.1]: timeout while x",
                "unrecognized | text=a.example[192.0.2.1]: timeout while x",
            ),
            ("bad 12 x", "unrecognized | text=bad 12 x"),
            ("bad0 12 x", "info | template=tls_detail | text=bad0 12 x"),
            ("bad0 -", "unrecognized | text=bad0 -"),
            ("bad0 - 12", "info | template=tls_detail | text=bad0 - 12"),
            ("verify: x", "info | template=verbose | text=verify: x"),
            ("verify", "info | template=verbose | text=verify"),
            ("verify it", "unrecognized | text=verify it"),
            ("verify_it now", "info | template=verbose | text=verify_it now"),
            ("verify_it[7]: now", "info | template=verbose | text=verify_it[7]: now"),
            ("verify_it[x]: now", "unrecognized | text=verify_it[x]: now"),
            ("verify[7]: now", "unrecognized | text=verify[7]: now"),
        ],
    );
    check(
        "cleanup",
        &[
            (
                "1E24013C03E: lost connection after DATA from a.example[192.0.2.1]",
                "unrecognized | text=lost connection after DATA from a.example[192.0.2.1]",
            ),
            (
                "1E24013C03E: mail for b.example loops back to myself",
                "unrecognized | text=mail for b.example loops back to myself",
            ),
            ("1E24013C03E: reject: header X: y", "unrecognized | text=reject: header X: y"),
        ],
    );
    // A delivery agent of one's own writes delivery lines as Postfix does, and nothing else.
    check(
        "sshd",
        &[
            ("1E24013C03E: removed", "foreign | text=1E24013C03E: removed"),
            (
                "connect from a.example[192.0.2.1]",
                "foreign | text=connect from a.example[192.0.2.1]",
            ),
            (
                "warning: 1E24013C03E: to=<b@b>, relay=r, delay=1, status=sent (x)",
                "foreign | text=warning: 1E24013C03E: to=<b@b>, relay=r, delay=1, status=sent (x)",
            ),
            (
                "to=<b@b>, relay=r, delay=1, status=sent (x)",
                "foreign | text=to=<b@b>, relay=r, delay=1, status=sent (x)",
            ),
            (
                "1E24013C03E: to=<b@b>, relay=r, delay=1, status=sent (x)",
                "delivery | to=b@b | relay=r | delay=1 | status=sent | reason=x",
            ),
        ],
    );
    check(
        "qmqpd",
        &[(
            "1E24013C03E: a.example[192.0.2.1]: timeout while x",
            "session_abort | reason=timeout | stage=x | client_name=a.example | client_addr=192.0.2.1",
        )],
    );
    check(
        "postfix-script",
        &[
            (
                "stopping the Postfix instance",
                "master | kind=script | text=stopping the Postfix instance",
            ),
            (
                "starting the Postfix instance",
                "master | kind=script | text=starting the Postfix instance",
            ),
            (
                "the Postfix mail system is running: PID: 1",
                "master | kind=script | text=the Postfix mail system is running: PID: 1",
            ),
            (
                "waiting for x to terminate",
                "master | kind=script | text=waiting for x to terminate",
            ),
            ("waiting for x", "unrecognized | text=waiting for x"),
            ("x to terminate", "unrecognized | text=x to terminate"),
        ],
    );
}

/// What postscreen logs of its clients, in the releases that log less, too.
#[test]
fn violations_of_the_protocol() {
    let client = "client_addr=192.0.2.1 | client_port=4711";
    let from = "from [192.0.2.1]:4711";
    let row = |words: &str, kind: &str, members: &str| {
        (words.to_owned(), format!("postscreen | kind={kind} | {client}{members}"))
    };
    let none = |words: String| (words.clone(), format!("unrecognized | text={words}"));
    let rows = [
        row(
            &format!("NON-SMTP COMMAND {from} after DATA: x: y"),
            "non_smtp_command",
            " | stage=DATA | text=x: y",
        ),
        row(
            &format!("NON-SMTP COMMAND {from} after DATA:"),
            "non_smtp_command",
            " | stage=DATA | text=",
        ),
        row(&format!("NON-SMTP COMMAND {from} after DATA"), "non_smtp_command", " | stage=DATA"),
        row(&format!("NON-SMTP COMMAND {from} after"), "non_smtp_command", " | stage="),
        row(&format!("NON-SMTP COMMAND {from} x y"), "non_smtp_command", " | text=x y"),
        row(&format!("NON-SMTP COMMAND {from}"), "non_smtp_command", " | text="),
        none(format!("NON-SMTP COMMAND {from}x")),
        row(
            &format!("COMMAND PIPELINING {from} after DATA: x"),
            "command_pipelining",
            " | stage=DATA | text=x",
        ),
        none(format!("COMMAND PIPELINING {from}")),
        row(&format!("BARE NEWLINE {from} after DATA: x"), "bare_newline", " | text=DATA: x"),
        row(&format!("BARE NEWLINE {from}"), "bare_newline", ""),
        none(format!("BARE NEWLINE {from} x")),
        row(
            &format!("COMMAND TIME LIMIT {from} after DATA"),
            "command_limit",
            " | stage=DATA | text=COMMAND TIME LIMIT",
        ),
        row(&format!("COMMAND COUNT LIMIT {from}"), "command_limit", " | text=COMMAND COUNT LIMIT"),
        none(format!("COMMAND COUNT LIMIT {from} x")),
        row(&format!("BDAT without valid RCPT {from}"), "no_valid_rcpt", " | stage=BDAT"),
        none(format!("DATA without valid RCPT {from} after DATA")),
        none(format!("DATA without valid RCPT {from} x")),
        row(
            &format!("HANGUP after 1.5 {from} in tests after SMTP handshake"),
            "hangup",
            " | after=1.5 | text=tests after SMTP handshake",
        ),
        row(&format!("HANGUP after 1.5 {from}"), "hangup", " | after=1.5"),
        none(format!("HANGUP after 1.5 {from} x")),
        row("DNSBL rank -3 for [192.0.2.1]:4711", "dnsbl_rank", " | rank=-3"),
        none("PASS OLD [192.0.2.1]:4711 x".into()),
        row("ALLOWLIST VETO [192.0.2.1]:4711", "allowlist_veto", ""),
    ];
    for (payload, want) in &rows {
        check("postscreen", &[(payload, want)]);
    }
    check(
        "postscreen",
        &[
            (
                "lasting STRESS mode with 90 connections",
                "unrecognized | text=lasting STRESS mode with 90 connections",
            ),
            (
                "entering STRESS mode with 90 connections",
                "postscreen | kind=stress | count=90 | text=entering",
            ),
            (
                "leaving STRESS mode with 90 connections",
                "postscreen | kind=stress | count=90 | text=leaving",
            ),
            (
                "leaving STRESS mode with 90 connection",
                "unrecognized | text=leaving STRESS mode with 90 connection",
            ),
            (
                "CONNECT from [192.0.2.1]:4711 to [192.0.2.9]:25",
                &format!(
                    "postscreen | kind=connect | {client} | server_addr=192.0.2.9 | server_port=25"
                ),
            ),
            ("CONNECT from [192.0.2.1]:4711", &format!("postscreen | kind=connect | {client}")),
        ],
    );
}

/// Checks of headers and bodies: a reply is one only where mail is rejected.
#[test]
fn notes_of_content_checks() {
    let line =
        |action: &str| format!("1E24013C03E: {action}: header X: y from local;: 550 5.7.1 no");
    let want = |action: &str, reply: &str| {
        format!(
            "policy_action | source=header | action={action}{reply} | text=X: y | note=550 5.7.1 no"
        )
    };
    for (context, source) in
        [("header", "header"), ("body", "body"), ("content", "content"), ("mime-error", "mime")]
    {
        let found = shown("cleanup", &format!("1E24013C03E: reject: {context} X: y from local;"));
        assert_eq!(found, format!("policy_action | source={source} | action=reject | text=X: y"));
    }
    assert_eq!(
        shown("cleanup", "1E24013C03E: reject: footer X: y from local;"),
        "unrecognized | text=reject: footer X: y from local;"
    );
    for (action, reply) in
        [("reject", " | code=550 | dsn=5.7.1"), ("warning", ""), ("hold", ""), ("redirect", "")]
    {
        assert_eq!(shown("cleanup", &line(action)), want(action, reply));
    }
}

#[test]
fn verbs_and_what_comes_of_them() {
    use PolicyOutcome::{Changed, Deferred, Discarded, Held, Passed, Refused};
    let client = "from a.example[192.0.2.1]";
    let session = |word: &str| format!("{word}: RCPT {client}: x; proto=SMTP");
    let content = |word: &str| format!("{word}: header X: y {client};");
    for (line, verb, outcome) in [
        (session("hangup"), PolicyVerb::Hangup, Refused),
        (session("abort"), PolicyVerb::Abort, Refused),
        (session("permit"), PolicyVerb::Permit, Passed),
        (session("delay"), PolicyVerb::Delay, Changed),
        (session("warn"), PolicyVerb::Warn, Passed),
        (session("reject_warning"), PolicyVerb::RejectWarning, Passed),
        ("proxy-accept: END-OF-MESSAGE: 250 ok; proto=SMTP".into(), PolicyVerb::Accept, Passed),
        ("proxy-reject: END-OF-MESSAGE: 450 no; proto=SMTP".into(), PolicyVerb::Reject, Deferred),
        (content("reject"), PolicyVerb::Reject, Refused),
        (content("warning"), PolicyVerb::Warn, Passed),
        (content("info"), PolicyVerb::Info, Passed),
        (content("pass"), PolicyVerb::Pass, Passed),
        (content("filter"), PolicyVerb::Filter, Changed),
        (content("bcc"), PolicyVerb::Bcc, Changed),
        (content("prepend"), PolicyVerb::Prepend, Changed),
        (content("replace"), PolicyVerb::Replace, Changed),
        (content("redirect"), PolicyVerb::Redirect, Changed),
        (content("strip"), PolicyVerb::Strip, Changed),
        (content("hold"), PolicyVerb::Hold, Held),
        (content("discard"), PolicyVerb::Discard, Discarded),
        (content("milter-header-reject"), PolicyVerb::Reject, Refused),
        (content("milter-body-discard"), PolicyVerb::Discard, Discarded),
        // Without a code, postscreen is too busy; a status that is no code says so, too.
        (session("reject").replace("a.example", ""), PolicyVerb::Reject, Deferred),
        (session("reject").replace(": x;", ": 4.7.1 x;"), PolicyVerb::Reject, Deferred),
        (session("reject").replace(": x;", ": 5.7.1 x;"), PolicyVerb::Reject, Refused),
        (session("milter-reject").replace("a.example", ""), PolicyVerb::Reject, Refused),
    ] {
        let payload = format!("1E24013C03E: {line}");
        let Event::PolicyAction(action) = parse_payload(b"", payload.as_bytes()) else {
            panic!("{line}")
        };
        assert_eq!((action.verb(), action.outcome()), (Some(verb), Some(outcome)), "{line}");
    }
    for (code, outcome) in [(400, Deferred), (499, Deferred), (500, Refused), (599, Refused)] {
        let payload =
            format!("1E24013C03E: {}", session("reject").replace(": x;", &format!(": {code} x;")));
        let Event::PolicyAction(action) = parse_payload(b"", payload.as_bytes()) else {
            panic!("{payload}")
        };
        assert_eq!(action.outcome(), Some(outcome), "{code}");
    }
    // A Milter's checks say what they check, and the others do not.
    for line in
        ["milter-reject", "header-reject", "body-discard", "milter-header-juggle", "juggle", ""]
    {
        let line = content(line);
        assert_eq!(
            shown("cleanup", &format!("1E24013C03E: {line}")),
            format!("unrecognized | text={line}")
        );
    }
}

#[test]
fn counters_at_the_end_of_a_session() {
    let client = "client_name=a.example | client_addr=192.0.2.1";
    let line = |rest: &str| format!("disconnect from a.example[192.0.2.1]{rest}");
    for (rest, want) in [
        ("", Some("")),
        (" ehlo=1", Some(" | commands=ehlo:1/1")),
        (" ehlo=1 rcpt=0/2 commands=1/3", Some(" | commands=ehlo:1/1 rcpt:0/2 commands:1/3")),
        (" ehlo=1 notes=x", Some(" | commands=ehlo:1/1 | notes=x")),
        (" ehlo=1 notes=x notes=y", Some(" | commands=ehlo:1/1 | notes=x")),
        (" ehlo=1 a=b=c", Some(" | commands=ehlo:1/1")),
        (" ehlo=1 rcpt=1/", Some(" | commands=ehlo:1/1")),
        (" ehlo=1 rcpt=1x", Some(" | commands=ehlo:1/1")),
        (" ehlo=1 rcpt=1/2x", Some(" | commands=ehlo:1/1")),
        (" ehlo=1 x quit=1", None),
        (" x", None),
        (" ehlo=1 ", Some(" | commands=ehlo:1/1")),
        (" ", Some("")),
        ("x", None),
        (" ehlo=1 x", None),
    ] {
        let line = line(rest);
        let want = match want {
            Some(members) => format!("disconnect | {client}{members}"),
            None => format!("unrecognized | text={line}"),
        };
        assert_eq!(shown("smtpd", &line), want, "{line}");
    }
}

#[test]
fn old_lines_of_the_master() {
    check(
        "master",
        &[
            ("reload", "master | kind=reload | text=reload"),
            ("daemon started", "master | kind=start | text=daemon started"),
            (
                "daemon started -- version 3.7.11",
                "master | kind=start | version=3.7.11 | text=daemon started -- version 3.7.11",
            ),
            (
                "reload -- version 3.7.11, configuration /etc/postfix",
                "master | kind=reload | version=3.7.11 | config=/etc/postfix | text=reload -- version 3.7.11, configuration /etc/postfix",
            ),
            (
                "reload configuration /etc/postfix",
                "master | kind=reload | config=/etc/postfix | text=reload configuration /etc/postfix",
            ),
            ("reloaded", "unrecognized | text=reloaded"),
            (
                "terminating on signal 15",
                "master | kind=stop | signal=15 | text=terminating on signal 15",
            ),
            ("terminating on signal x", "unrecognized | text=terminating on signal x"),
            (
                "master exit time has arrived",
                "master | kind=stop | text=master exit time has arrived",
            ),
            (
                "warning: process /usr/lib/postfix/smtpd pid 7 exit status 1",
                "master | kind=exit | child_pid=7 | exit_status=1 | service=/usr/lib/postfix/smtpd | text=process /usr/lib/postfix/smtpd pid 7 exit status 1",
            ),
            (
                "warning: process /usr/lib/postfix/smtpd pid 7 killed by signal 11",
                "master | kind=exit | child_pid=7 | signal=11 | service=/usr/lib/postfix/smtpd | text=process /usr/lib/postfix/smtpd pid 7 killed by signal 11",
            ),
        ],
    );
}

/// A tag that could be that of another program is Postfix's if the line is one of Postfix, but not for what any
/// program may write.
#[test]
fn lines_under_a_doubtful_tag() {
    let event = |payload: &str| {
        let line = format!("Nov 22 11:00:01 mx1 postfix-policyd[7]: {payload}");
        Line::new(line.as_bytes(), 0)
            .event()
            .map(|event| event.name().to_owned())
            .unwrap_or_default()
    };
    for (payload, want) in [
        ("1E24013C03E: removed", "removed"),
        ("something else", "foreign"),
        ("action=dunno", "foreign"),
        ("verify: x", "foreign"),
        ("connect_to: x", "foreign"),
        ("using backwards-compatible default setting x=y", "info"),
        ("TLS policy lookup for x", "info"),
    ] {
        assert_eq!(event(payload), want, "{payload}");
    }
}

/// What smtpd adds behind a reply, and what is no such addition.
#[test]
fn ends_of_verdicts() {
    let head = "reject: RCPT from a.example[192.0.2.1]: 554 no";
    let want = |text: &str, members: &str| {
        format!(
            "policy_action | source=access | action=reject | stage=RCPT | client_name=a.example | client_addr=192.0.2.1 | code=554 | text={text}{members}"
        )
    };
    for (tail, text, members) in [
        (
            "; from=<a@a> to=<b@b> proto=SMTP helo=<h>",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | helo=h",
        ),
        ("; from=<a@a> to=<b@b> proto=SMTP", "no", " | from=a@a | to=b@b | proto=SMTP"),
        ("; from=<a@a> proto=SMTP", "no", " | from=a@a | proto=SMTP"),
        ("; proto=SMTP helo=<h>", "no", " | proto=SMTP | helo=h"),
        ("; from=<a@a> to=<b@b>", "no", " | from=a@a | to=b@b"),
        // No protocol, a protocol that is none, and names that hold what none holds.
        ("; from=<a@a> to=<b@b> proto= helo=<h>", "no; from=<a@a> to=<b@b> proto= helo=<h>", ""),
        (
            "; from=<a@a> to=<b@b> proto=smtp helo=<h>",
            "no; from=<a@a> to=<b@b> proto=smtp helo=<h>",
            "",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP helo=<h h>",
            "no; from=<a@a> to=<b@b> proto=SMTP helo=<h h>",
            "",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP helo=<h",
            "no; from=<a@a> to=<b@b> proto=SMTP helo=<h",
            "",
        ),
        ("; from=<a@a> to=<b@b> proto=SMTP x", "no; from=<a@a> to=<b@b> proto=SMTP x", ""),
        // The last protocol is real, and so is the first sender before it that leaves nothing else.
        (
            "; proto=ESMTP; from=<a@a> to=<b@b> proto=SMTP",
            "no; proto=ESMTP",
            " | from=a@a | to=b@b | proto=SMTP",
        ),
        (
            "; from=<x@x>; from=<a@a> to=<b@b> proto=SMTP",
            "no; from=<x@x>",
            " | from=a@a | to=b@b | proto=SMTP",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP sasl_method=PLAIN",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | sasl_method=PLAIN",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP sasl_method=PLAIN sasl_username=u v",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | sasl_method=PLAIN | sasl_username=u v",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP sasl_username=<u>",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | sasl_username=u",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP sasl_method=PLAIN sasl_username=u sasl_sender=s@s",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | sasl_method=PLAIN | sasl_username=u | sasl_sender=s@s | ambiguous=true",
        ),
        (
            "; from=<a@a> to=<b@b> proto=SMTP sasl_method=PLAIN sasl_username=u sasl_sender=s s",
            "no",
            " | from=a@a | to=b@b | proto=SMTP | sasl_method=PLAIN | sasl_username=u sasl_sender=s s",
        ),
        // A recipient alone belongs to another command.
        ("; to=<b@b> proto=SMTP", "no; to=<b@b> proto=SMTP", ""),
        // A sender in the form without quotes.
        (
            "; from=<a b@a> to=<b@b> proto=SMTP",
            "no",
            " | from=a b@a | to=b@b | proto=SMTP | ambiguous=true",
        ),
        ("; from=<a b@a> proto=SMTP", "no", " | from=a b@a | proto=SMTP | ambiguous=true"),
    ] {
        assert_eq!(shown("smtpd", &format!("{head}{tail}")), want(text, members), "{tail}");
    }
}

#[test]
fn ends_of_rejected_verifications() {
    let line = "reject: VRFY from a.example[192.0.2.1]: 554 no; to=<b@b> proto=SMTP helo=<h>";
    let want = "policy_action | source=access | action=reject | stage=VRFY | client_name=a.example | client_addr=192.0.2.1 | code=554 | text=no | to=b@b | proto=SMTP | helo=h";
    assert_eq!(shown("smtpd", line), want);
    let line = line.replace("; to=<b@b>", "; from=<a@a> to=<b@b>");
    assert_eq!(shown("smtpd", &line), want.replace(" | to=b@b", " | from=a@a | to=b@b"));
}

/// A greeting is rejected before there is a sender; the name that was rejected tells where the reply ends.
#[test]
fn ends_of_rejected_greetings() {
    let want = |text: &str, members: &str| {
        format!(
            "policy_action | source=access | action=reject | stage=HELO | client_name=a.example | client_addr=192.0.2.1 | code=504{members} | text={text}"
        )
    };
    for (rest, object, text, members) in [
        ("<h>: no; proto=SMTP helo=<h>", " | object=h", "<h>: no", " | proto=SMTP | helo=h"),
        ("no; proto=SMTP helo=<h>", "", "no", " | proto=SMTP | helo=h"),
        ("no; proto=SMTP", "", "no", " | proto=SMTP"),
        (
            "<h; proto=SMTP helo=<x>>: no; proto=SMTP helo=<h; proto=SMTP helo=<x>>",
            " | object=h; proto=SMTP helo=<x>",
            "<h; proto=SMTP helo=<x>>: no",
            " | proto=SMTP | helo=h; proto=SMTP helo=<x>",
        ),
        // Two places and no name that tells: the first, with a doubt.
        (
            "no; proto=SMTP helo=<x; proto=SMTP helo=<h>",
            "",
            "no",
            " | proto=SMTP | helo=x; proto=SMTP helo=<h | ambiguous=true",
        ),
        (
            "no; proto=smtp helo=<x>; proto=SMTP helo=<h>",
            "",
            "no; proto=smtp helo=<x>",
            " | proto=SMTP | helo=h",
        ),
        ("no; proto=smtp", "", "no; proto=smtp", ""),
    ] {
        let line = format!("reject: HELO from a.example[192.0.2.1]: 504 {rest}");
        assert_eq!(shown("smtpd", &line), want(text, object) + members, "{rest}");
    }
}

/// Where the program is not known, only the end of a connection may be that of another one.
#[test]
fn postscreen_without_its_name() {
    check(
        "",
        &[
            (
                "DISCONNECT [192.0.2.1]:4711",
                "postscreen | kind=disconnect | client_addr=192.0.2.1 | client_port=4711 | ambiguous=true",
            ),
            (
                "CONNECT from [192.0.2.1]:4711 to [192.0.2.9]:25",
                "postscreen | kind=connect | client_addr=192.0.2.1 | client_port=4711 | server_addr=192.0.2.9 | server_port=25",
            ),
            ("CONNECT from [192.0.2.1]:4711", "connect | client_addr=192.0.2.1 | client_port=4711"),
            (
                "DNSBL rank 3 for [192.0.2.1]:4711",
                "postscreen | kind=dnsbl_rank | client_addr=192.0.2.1 | client_port=4711 | rank=3",
            ),
        ],
    );
    check(
        "postscreen",
        &[(
            "DISCONNECT [192.0.2.1]:4711",
            "postscreen | kind=disconnect | client_addr=192.0.2.1 | client_port=4711",
        )],
    );
    check(
        "tlsproxy",
        &[
            (
                "DISCONNECT [192.0.2.1]:4711",
                "disconnect | client_addr=192.0.2.1 | client_port=4711",
            ),
            ("CONNECT from [192.0.2.1]:4711", "connect | client_addr=192.0.2.1 | client_port=4711"),
            ("CONNECT to [192.0.2.9]:25", "connect | server_addr=192.0.2.9 | server_port=25"),
        ],
    );
}

/// A user chooses the name: what follows it is the server's only where it has the server's shape.
#[test]
fn starts_with_a_user() {
    let head = "1E24013C03E: client=a.example[192.0.2.1]";
    let want = "queue_start | client_name=a.example | client_addr=192.0.2.1";
    for (tail, members) in [
        ("", ""),
        (", sasl_method=PLAIN", " | sasl_method=PLAIN"),
        (", sasl_method=PLAIN, sasl_username=u", " | sasl_method=PLAIN | sasl_username=u"),
        (", sasl_username=u", " | sasl_username=u"),
        (", sasl_sender=s@s", " | sasl_sender=s@s"),
        (
            ", sasl_username=u, sasl_sender=s@s",
            " | sasl_username=u | sasl_sender=s@s | ambiguous=true",
        ),
        (", sasl_username=u, sasl_sender=s s", " | sasl_username=u, sasl_sender=s s"),
        (
            ", sasl_username=u, orig_queue_id=1E24013C03F",
            " | sasl_username=u | orig_queue_id=1E24013C03F | ambiguous=true",
        ),
        (", sasl_username=u, orig_queue_id=x", " | sasl_username=u, orig_queue_id=x"),
        (
            ", sasl_username=u, orig_queue_id=1E24013C03F, orig_client=b.example[192.0.2.2]",
            " | sasl_username=u | orig_queue_id=1E24013C03F | orig_client_name=b.example | orig_client_addr=192.0.2.2 | ambiguous=true",
        ),
        (", sasl_username=u, orig_client=x", " | sasl_username=u, orig_client=x"),
        (
            ", sasl_sender=s, t@s, orig_queue_id=1E24013C03F, orig_client=b.example[192.0.2.2]",
            " | sasl_sender=s, t@s | orig_queue_id=1E24013C03F | orig_client_name=b.example | orig_client_addr=192.0.2.2",
        ),
        (
            ", orig_client=b.example[192.0.2.2]",
            " | orig_client_name=b.example | orig_client_addr=192.0.2.2",
        ),
    ] {
        assert_eq!(shown("smtpd", &format!("{head}{tail}")), format!("{want}{members}"), "{tail}");
    }
    for tail in [", other=x", ", orig_client=x", ", orig_queue_id=x, other=y", " x"] {
        let text = format!("client=a.example[192.0.2.1]{tail}");
        assert_eq!(
            shown("smtpd", &format!("1E24013C03E: {text}")),
            format!("unrecognized | text={text}")
        );
    }
    check(
        "pickup",
        &[
            ("1E24013C03E: uid=1000 from=<a@a>", "queue_start | uid=1000 | from=a@a"),
            (
                "1E24013C03E: uid=1000 from=<a@a> orig_id=1E24013C03F",
                "queue_start | uid=1000 | from=a@a | orig_id=1E24013C03F",
            ),
            (
                "1E24013C03E: uid=1000 from=<a> orig_id=b> orig_id=1E24013C03F",
                "queue_start | uid=1000 | from=a> orig_id=b | orig_id=1E24013C03F",
            ),
            (
                "1E24013C03E: uid=1000 from=<a@a> orig_id=x",
                "unrecognized | text=uid=1000 from=<a@a> orig_id=x",
            ),
        ],
    );
}

/// Where a reply could be about the recipient and about the sender, it is about the recipient.
#[test]
fn objects_of_replies() {
    let line = r#"reject: RCPT from a.example[192.0.2.1]: 554 <a>: b@c>: no; from=<"a>: b"@c> to=<a> proto=SMTP"#;
    assert!(
        shown("smtpd", line).contains(" | object=a | text=<a>: b@c>: no | "),
        "{}",
        shown("smtpd", line)
    );
    let line = line.replace("to=<a>", "to=<b@b>");
    assert!(shown("smtpd", &line).contains(" | object=a>: b@c | "), "{}", shown("smtpd", &line));
}
