//! What a shared log still tells: each kind of place where a name may stand, and whole logs.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "anonymize")]

use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{self, Object, Value};
use postfix_log::{Line, LogLine};

fn anonymizer() -> Anonymizer {
    Anonymizer::new(b"0123456789abcdef").expect("a key")
}

fn hiding_all() -> Anonymizer {
    anonymizer().with_domains().with_networks()
}

fn object(line: &Line<'_>) -> Object {
    Object::from(&json::Line::new(&LogLine::new(*line, 1), None))
}

/// The texts of a line after the anonymizer, joined.
fn shown(anonymizer: &Anonymizer, payload: &str) -> String {
    let line = format!("Nov 22 11:00:01 mx1 {payload}");
    let mut entry = object(&Line::new(line.as_bytes(), 0));
    anonymizer.entry(&mut entry);
    let mut out = String::new();
    for (name, value) in entry.members() {
        if let Value::Text(text) = value {
            out.push_str(&format!(
                "{}={}\n",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(text)
            ));
        }
    }
    out
}

#[track_caller]
fn hides(anonymizer: &Anonymizer, payload: &str, secrets: &[&str], kept: &[&str]) {
    let out = shown(anonymizer, payload);
    for secret in secrets {
        let lower = out.to_lowercase();
        assert!(!lower.contains(&secret.to_lowercase()), "{secret} stands in\n{out}");
    }
    for kept in kept {
        assert!(out.contains(kept), "{kept} is not in\n{out}");
    }
}

fn delivery(to: &str, reason: &str) -> String {
    format!(
        "postfix/smtp[9]: 1E24013C03E: to=<{to}>, relay=mx.b.example[192.0.2.7]:25, delay=1, \
         delays=1/0/0/0, dsn=5.1.1, status=bounced ({reason})"
    )
}

#[test]
fn a_name_and_its_extension() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    let both = a.pseudonym(b"bob+ext");
    assert!(both.starts_with(&format!("{bob}+u")), "{both}");
    for (to, reason) in [
        ("bob+ext@b.example", r#"unknown user: "bob""#),
        ("bob-list@b.example", r#"unknown user: "bob""#),
        ("Bob+ext@b.example", r#"unknown user: "BOB+EXT""#),
        ("bob+ext@b.example", "host x said: 550 mailbox of Bob is gone"),
        ("\"bob+ext\"@b.example", "550 5.1.1 <bob>: no"),
    ] {
        hides(&a, &delivery(to, reason), &["bob", "ext@", "+ext"], &[&bob]);
        assert!(to.contains("list") || shown(&a, &delivery(to, reason)).contains(&both));
    }
}

#[test]
fn addresses_inside_of_other_words() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for word in [
        "bounce-bob=b.example@list.example",
        "bounces+383867-bob=b.example@list.example",
        "SRS0=x=y=b.example=bob@list.example",
        "SRS1=x=list.example==y=z=b.example=bob@c.example",
        "prvs=0123456789=bob@b.example",
        "bob%b.example@list.example",
        "b.example!bob@list.example",
        "@route.example:bob@b.example",
        "https://c.example/unsubscribe?id=7&u=bob@b.example",
        "https://c.example/unsubscribe?u=bob%40b.example&id=7",
        "mailto:bob@b.example",
        "https://bob:hunter2@b.example/",
        "'bob@b.example'",
        "user=bob@b.example",
        "bob=40b.example",
        "bob&#64;b.example",
        "=?utf-8?Q?bob=40b.example?=",
    ] {
        hides(&a, &delivery("x1y2@b.example", &format!("550 {word} no")), &["bob"], &[&bob]);
        hides(
            &hiding_all(),
            &delivery("x1y2@c.example", &format!("550 {word} no")),
            &["bob", "b.example", "list.example", "c.example", "route"],
            &[&bob],
        );
    }
    let rewritten = delivery("bounce-bob=b.example@list.example", "unknown user: \"bob\"");
    hides(&a, &rewritten, &["bob"], &[&bob]);
    assert_eq!(a.text(b"size=4096, delay=40.5"), b"size=4096, delay=40.5");
}

#[test]
fn credentials_in_samples() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    // bob, secret, \0bob\0secret, bob\0bob\0secret, bob@b.example
    let (name, secret) = ("Ym9i", "c2VjcmV0");
    for sample in [
        "AUTH PLAIN AGJvYgBzZWNyZXQ=",
        "auth plain Ym9iAGJvYgBzZWNyZXQ=",
        "AUTH PLAIN AGJvYgBzZWNyZXQ=\\r\\nMAIL FROM:<x1y2@a.example>\\r\\n",
        "AUTH LOGIN Ym9i\\r\\nc2VjcmV0\\r\\n",
        "AUTH LOGIN\\r\\nYm9i\\r\\nc2VjcmV0\\r\\n",
        "AUTH LOGIN??Ym9i??c2VjcmV0??",
        "AUTH LOGIN Ym9iQGIuZXhhbXBsZQ==",
        "Ym9iAGJvYgBzZWNyZXQ=\\r\\n",
    ] {
        for line in [
            format!(
                "postfix/smtpd[9]: improper command pipelining after EHLO from unknown[192.0.2.1]: {sample}"
            ),
            format!(
                "postfix/smtpd[9]: improper command pipelining after AUTH from unknown[192.0.2.1]: {sample}"
            ),
            format!(
                "postfix/smtpd[9]: warning: unknown[192.0.2.1]: request longer than 2048: {sample}..."
            ),
            format!(
                "postfix/postscreen[9]: COMMAND PIPELINING from [192.0.2.1]:4711 after EHLO: {sample}"
            ),
            format!("postfix/postscreen[9]: PREGREET 30 after 0.1 from [192.0.2.1]:4711: {sample}"),
            format!(
                "postfix/postscreen[9]: NON-SMTP COMMAND from [192.0.2.1]:4711 after CONNECT: {sample}"
            ),
            format!(
                "postfix/smtpd[9]: warning: non-SMTP command from unknown[192.0.2.1]: {sample}"
            ),
            format!("postfix/smtpd[9]: < unknown[192.0.2.1]: {sample}"),
        ] {
            hides(&a, &line, &[name, secret, "AGJvYg", "bob", "secret"], &[&bob]);
        }
    }
    // The question of a server is no secret, nor is a sentence about the command.
    for text in ["SASL LOGIN authentication failed: UGFzc3dvcmQ6", "AUTH LOGIN is not offered here"]
    {
        assert_eq!(a.text(text.as_bytes()), text.as_bytes());
    }
}

#[test]
fn addresses_of_hosts_in_names() {
    let a = anonymizer().with_networks();
    let reject = |client: &str, addr: &str, text: &str| {
        format!(
            "postfix/smtpd[9]: NOQUEUE: reject: RCPT from {client}[{addr}]: 554 5.7.1 Service unavailable; \
             {text}; from=<x1@a.example> to=<y2@b.example> proto=ESMTP helo=<c.example>"
        )
    };
    let pseudonym = |text: &str| {
        let text = String::from_utf8(a.text(format!("[{text}]").as_bytes())).expect("text");
        text.trim_matches(['[', ']']).to_owned()
    };
    let four = pseudonym("192.0.2.77");
    for form in [
        "77.2.0.192.zen.list.example",
        "192.0.2.77.dyn.isp.example",
        "ip-192-0-2-77.isp.example",
        "host77-2-0-192.isp.example",
        "dyn_192_0_2_77.isp.example",
        "c000024d.isp.example",
        "192000002077.isp.example",
        "Client host [192.0.2.77] blocked",
        "::ffff:192.0.2.77 is blocked",
    ] {
        let line = reject("unknown", "192.0.2.77", form);
        let secrets = [
            "192.0.2.77",
            "77.2.0.192",
            "192-0-2-77",
            "77-2-0-192",
            "c000024d",
            "192000002077",
            "192_0",
        ];
        hides(&a, &line, &secrets, &[&four]);
        assert!(shown(&a, &line).matches(&four).count() > 1, "{}", shown(&a, &line));
        if !form.starts_with("::") && !form.starts_with('C') {
            hides(&a, &reject(form, "192.0.2.77", "no"), &secrets, &[&four]);
        }
    }
    // Of another line's client.
    assert_eq!(pseudonym("192.0.2.77"), four);
    let got = String::from_utf8(a.text(b"lookup of 77.2.0.192.zen.list.example")).expect("text");
    assert_eq!(got, format!("lookup of {four}.zen.list.example"));
    let six = pseudonym("2001:DB8:0::25");
    let nibbles = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
    for form in [
        format!("{nibbles}.zen.list.example"),
        "2001-db8--25.isp.example".into(),
        "2001:0db8::0025".into(),
    ] {
        let line = reject("unknown", "2001:db8::25", &form);
        hides(&a, &line, &["2001:db8", "2001-db8", "5.2.0.0", "2001:0db8"], &[&six]);
        assert!(shown(&a, &line).matches(&six).count() > 1, "{}", shown(&a, &line));
    }
}

#[test]
fn the_answer_of_a_dns_list_stays() {
    let line = "postfix/dnsblog[9]: addr 192.0.2.77 listed by domain zen.list.example as 127.0.0.4";
    hides(&hiding_all(), line, &["192.0.2.77"], &["result=127.0.0.4"]);
    let text = hiding_all().text(b"blocked (127.0.0.11), not by 192.0.2.7, version 1.2.3");
    let text = String::from_utf8(text).expect("text");
    assert!(
        text.contains("(127.0.0.11)") && text.contains("1.2.3") && !text.contains("192.0"),
        "{text}"
    );
}

#[test]
fn domains_elsewhere_in_a_line() {
    let a = anonymizer().with_domains();
    let line = delivery(
        "bob@b.example",
        "host mx.b.example[192.0.2.7] said: 550 B.EXAMPLE: see https://www.b.example/help (in reply to RCPT TO command)",
    );
    let domain = a.text(b"x@b.example");
    let domain =
        String::from_utf8_lossy(domain.split(|&b| b == b'@').next_back().expect("a domain"))
            .into_owned();
    hides(&a, &line, &["b.example"], &[&domain, "192.0.2.7", "in reply to RCPT TO command"]);
    assert!(shown(&a, &line).matches(&domain).count() >= 5, "{}", shown(&a, &line));
    let line = "postfix/smtpd[9]: NOQUEUE: reject: RCPT from mail.b.example[192.0.2.7]: 550 5.1.1 <bob@b.example>: \
        Recipient address rejected: User unknown; from=<x@b.example> to=<bob@b.example> proto=ESMTP helo=<b.example>";
    hides(&a, line, &["b.example"], &["User unknown"]);
    let line = "postfix/qmgr[9]: 1E24013C03E: from=<root@mx1>, size=9, nrcpt=1 (queue active)";
    hides(&a, line, &["mx1"], &[".invalid"]);
    let text =
        b"open /etc/postfix/main.cf: version 3.7.11, TLSv1.3, statem_srvr.c:1690, virtual.db";
    assert_eq!(a.text(text), text);
}

#[test]
fn names_that_texts_tell() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for line in [
        "postfix/smtpd[9]: warning: SASL authentication failure: no user bob in db",
        "postfix/smtpd[9]: warning: SASL authentication problem: user: bob property: userPassword not found in sasldb",
        "postfix/smtpd[9]: warning: SASL authentication failure: could not verify password for user bob",
        "postfix/smtpd[9]: warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=bob",
        "saslauthd[7]: do_auth : auth failure: [user=bob] [service=smtp] [realm=b.example] [mech=pam]",
        "saslauthd[7]: pam_unix(smtp:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=  user=bob",
        "postfix/sendmail[9]: fatal: bob(1000): message file too big",
        "dovecot: lmtp(7, bob): 2 messages",
        "dovecot: auth: passwd-file(bob,192.0.2.1): unknown user",
        "dovecot: imap-login: Login: user=<bob>, method=PLAIN",
        "postfix/local[9]: warning: cannot find alias owner for user \"bob\"",
        "postfix/local[9]: warning: not owner of /home/bob/.forward",
        "postfix/cleanup[9]: 1E24013C03E: message-id=<bob>",
        "postfix/cleanup[9]: 1E24013C03E: message-id=bob",
        "postfix/pickup[9]: 1E24013C03E: uid=1000 from=<bob>",
    ] {
        hides(&a, line, &["bob"], &[&bob]);
    }
    for reason in [
        r#"unknown user: "bob""#,
        "cannot update mailbox /var/mail/bob for user bob. unable to create lock file /var/mail/bob.lock: Permission denied",
        "maildir delivery failed: create maildir file /var/vmail/b.example/bob/Maildir/tmp/1.2.mx: Permission denied",
        r#"mailbox "bob" is full"#,
    ] {
        hides(
            &a,
            &delivery("z9@b.example", reason),
            &["bob\"", "bob ", "/bob", "bob.", "'bob'"],
            &["reason="],
        );
    }
    let command = r#"Command died with status 1: "/usr/bin/deliver -d bob -f x""#;
    hides(&a, &delivery("bob@b.example", command), &["bob"], &[&bob]);
    for text in [
        "User unknown in virtual mailbox table",
        "user unknown",
        "mailbox is full",
        "uid=1000",
        "name=x",
    ] {
        assert_eq!(a.text(text.as_bytes()), text.as_bytes());
    }
}

#[test]
fn names_that_are_words_too() {
    let a = anonymizer();
    let info = a.pseudonym(b"info");
    let out = shown(
        &a,
        &delivery("info@b.example", "550 <info>: no info for \"info\", see info@b.example"),
    );
    assert!(
        out.contains(&format!("550 <{info}>: no info for \"{info}\", see {info}@b.example")),
        "{out}"
    );
}

#[test]
fn whatever_the_case() {
    let a = anonymizer();
    assert_eq!(a.pseudonym("M\u{dc}LLER".as_bytes()), a.pseudonym("m\u{fc}ller".as_bytes()));
    assert_eq!(a.pseudonym(b"\"Bob\""), a.pseudonym(b"bob"));
}

#[test]
fn lines_of_many_kinds() {
    let a = hiding_all();
    let bob = a.pseudonym(b"bob");
    let kept = [&*bob];
    for (line, secrets) in [
        (
            "postfix/smtpd[9]: warning: Illegal address syntax from unknown[192.0.2.7] in RCPT command: <bob @b.example>",
            &["b.example"][..],
        ),
        (
            "postfix/smtpd[9]: NOQUEUE: reject: VRFY from unknown[192.0.2.7]: 550 5.1.1 <bob>: Recipient address rejected: User unknown in local recipient table; to=<bob> proto=SMTP helo=<c.example>",
            &["bob", "c.example"],
        ),
        (
            "postfix/smtpd[9]: 1E24013C03E: client=pc[192.0.2.7], sasl_method=PLAIN, sasl_username=CORP\\bob",
            &["bob"],
        ),
        (
            "postfix/smtpd[9]: < unknown[192.0.2.7]: MAIL FROM:<bob@b.example> AUTH=bob+40b.example",
            &["bob", "b.example"],
        ),
        ("postfix/smtpd[9]: > unknown[192.0.2.7]: 250 2.1.5 Ok bob@b.example", &["bob"]),
        (
            "postfix/cleanup[9]: 1E24013C03E: warning: header From: Bob <bob@b.example> from mx[192.0.2.7]; from=<bob@b.example> to=<x1y2@c.example> proto=ESMTP helo=<mx>",
            &["bob"],
        ),
        (
            "postfix/cleanup[9]: 1E24013C03E: warning: header Received: from pc (pc.b.example [192.0.2.7])??by mx (Postfix) with ESMTPSA id 1E24013C03E??for <bob@b.example>; from mx[192.0.2.7]; from=<x1y2@b.example> to=<bob@b.example> proto=ESMTP helo=<mx>",
            &["bob", "b.example", "192.0.2.7"],
        ),
        (
            "postfix/smtp[9]: warning: host mx.b.example[192.0.2.7]:25 greeted me with my own hostname mx.b.example",
            &["b.example", "192.0.2"],
        ),
        (
            "postfix/postscreen[9]: NOQUEUE: reject: RCPT from [192.0.2.7]:4711: 550 5.7.1 Service unavailable; client [192.0.2.7] blocked using zen.list.example; from=<bob@b.example>, to=<x1@c.example>, proto=ESMTP, helo=<b.example>",
            &["bob", "b.example", "192.0.2", "c.example"],
        ),
        (
            "postfix/smtpd[9]: warning: 7.2.0.192.zen.list.example: RBL lookup error: Host or domain name not found. Name service error for name=7.2.0.192.zen.list.example type=A: Host not found, try again",
            &["7.2.0.192", "list.example"],
        ),
        (
            "opendkim[9]: 1E24013C03E: bob.b.example [192.0.2.7] not internal, s=x d=b.example",
            &["b.example", "192.0.2"],
        ),
        (
            "postfix/smtpd[9]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: Invalid user bob@b.example, sasl_username=bob@b.example",
            &["bob", "b.example"],
        ),
        (
            "postfix/smtpd[9]: warning: SASL authentication failure: Password verification failed for bob",
            &["bob"],
        ),
        (
            "postfix/local[9]: warning: mail forwarding loop for bob@b.example",
            &["bob", "b.example"],
        ),
        (
            "postfix/pipe[9]: 1E24013C03E: to=<bob@b.example>, relay=dovecot, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (user unknown. Command output: lda(bob): Error: user bob: Auth USER lookup failed )",
            &["bob"],
        ),
        (
            "postfix/virtual[9]: 1E24013C03E: to=<bob@b.example>, relay=virtual, delay=1, delays=1/0/0/0, dsn=4.2.0, status=deferred (maildir delivery failed: create maildir file /srv/m/b.example/bob/tmp/1.mx: Permission denied)",
            &["bob", "b.example"],
        ),
        (
            "postfix/smtpd[9]: improper command pipelining after AUTH from unknown[192.0.2.7]: Ym9i\\r\\nc2VjcmV0\\r\\n",
            &["Ym9i", "c2Vj"],
        ),
        (
            "postfix/smtpd[9]: warning: unknown[192.0.2.7]: SASL PLAIN authentication failed: AGJvYgBzZWNyZXQ=",
            &["AGJv"],
        ),
        ("postfix/submission/smtpd[9]: < unknown[192.0.2.7]: c2VjcmV0", &["c2VjcmV0"]),
        ("postfix/smtpd[9]: < unknown[192.0.2.7]: Ym9i", &["Ym9i"]),
        ("postfix/smtpd[9]: xsasl_dovecot_server_connect: auth reply: OK?1?user=bob", &["bob"]),
        (
            "postfix/smtpd[9]: xsasl_dovecot_handle_reply: auth reply: FAIL?1?user=bob?reason=x",
            &["bob"],
        ),
        ("postfix/smtpd[9]: match_string: permit_sasl: bob ~? x", &[]),
        ("postfix/smtpd[9]: send attr address = bob@b.example", &["bob"]),
        ("postfix/smtpd[9]: send attr sender = bob", &["bob"]),
        ("postfix/smtpd[9]: input attribute value: bob@b.example", &["bob"]),
        (
            "postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx[192.0.2.7]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok <Bob@B.Example> ym9i= Ym9iQGIuZXhhbXBsZQ==)",
            &["bob", "b.example", "Ym9iQ"],
        ),
        (
            "postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx[192.0.2.7]:25, delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced (550 see https://c.example/?ip=192.0.2.7&d=b.example&r=bob%40b.example&x=bob@b.example bob(at)b.example bob%2540b.example bob_b.example)",
            &["bob", "b.example", "192.0.2"],
        ),
    ] {
        let named = secrets.contains(&"bob");
        hides(&a, line, secrets, if named { &kept } else { &[] });
    }
}
