//! Each rule of the anonymizer on a text of its own, with the exact result.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(feature = "anonymize")]

use postfix_log::anonymize::Anonymizer;

mod hidden;

use hidden::{anonymizer, shown, want};

#[track_caller]
fn check(anonymizer: &Anonymizer, rows: &[(&str, &str)]) {
    for (text, template) in rows {
        assert_eq!(shown(&anonymizer.text(text.as_bytes())), want(template), "{text}");
    }
}

#[test]
fn names_in_texts() {
    check(
        &anonymizer(),
        &[
            ("unknown user: \"bob\"", "unknown user: \"{bob}\""),
            ("no user bob.", "no user {bob}."),
            ("(no user bob)", "(no user {bob})"),
            ("there is no(user bob)", "there is no(user bob)"),
            ("no user bob at desk", "no user {bob} at desk"),
            ("no user bob, sorry", "no user {bob}, sorry"),
            ("User=bob;", "User={bob};"),
            ("USER: bob", "USER: {bob}"),
            ("Username: bob", "Username: {bob}"),
            ("userid: bob", "userid: {bob}"),
            ("users: bob, error: \"bob\"", "users: bob, error: \"bob\""),
            ("status = bob", "status = bob"),
            ("user bob", "user bob"),
            ("name=bob", "name=bob"),
            ("name \"bob\"", "name \"bob\""),
            ("user=1000", "user=1000"),
            ("user=<bob>, method=PLAIN", "user=<{bob}>, method=PLAIN"),
            ("login = bob x", "login = {bob} x"),
            ("for user bob", "for user {bob}"),
            ("failed for bob x", "failed for {bob} x"),
            ("delivered for bob x", "delivered for bob x"),
            ("failed delivery bob x", "failed delivery bob x"),
            ("lmtp(7, bob): x", "lmtp(7, {bob}): x"),
            ("pam(bob,192.0.2.1): x", "pam({bob},192.0.2.1): x"),
            ("lmtp(7): x", "lmtp(7): x"),
            ("lmtp(7, bob2): x", "lmtp(7, {bob2}): x"),
            ("bob(1000): x", "{bob}(1000): x"),
            ("bob(ten): x", "bob(ten): x"),
            ("bob(7): x", "{bob}(7): x"),
            ("bob(1000): x (y)", "{bob}(1000): x (y)"),
            ("bob(x7): x", "bob(x7): x"),
            ("bob(): x", "bob(): x"),
            ("bob 7): x", "bob 7): x"),
            ("bob(7): x (y)", "{bob}(7): x (y)"),
            ("send attr user = bob", "send attr user = {bob}"),
            ("lookup failed with deadlock", "lookup failed with deadlock"),
            ("failed:for deadlock", "failed:for deadlock"),
            ("from=<root> to=<>", "from=<{root}> to=<>"),
        ],
    );
}

#[test]
fn names_in_paths() {
    check(
        &anonymizer(),
        &[
            ("open /var/mail/bob: no", "open /var/mail/{bob}: no"),
            ("open /var/mail/bob.lock: no", "open /var/mail/{bob}.lock: no"),
            ("/home/bob/.forward", "/home/{bob}/.forward"),
            ("/home/bob/Maildir/new/1", "/home/{bob}/Maildir/new/{1}"),
            ("/etc/postfix/main.cf", "/etc/postfix/main.cf"),
            ("/var/spool/mail", "/var/spool/mail"),
            ("a/home/bob", "a/home/bob"),
            ("/home/vmail/bob", "/home/vmail/{bob}"),
            ("/var/vmail/b.example/bob", "/var/vmail/{b.example}/{bob}"),
        ],
    );
    check(
        &anonymizer().with_domains(),
        &[
            ("/var/vmail/b.example/bob", "/var/vmail/{d:b.example}/{bob}"),
            ("/var/vmail/b.example.lock", "/var/vmail/{d:b.example}.lock"),
        ],
    );
}

#[test]
fn addresses_in_texts() {
    check(
        &anonymizer(),
        &[
            ("to bob@b.example.", "to {bob}@b.example."),
            ("\"a\\\"b\"@b.example x", "{a\"b}@b.example x"),
            ("\"bo\\b\"@b.example", "{bob}@b.example"),
            ("\"a b\"@b.example", "{a b}@b.example"),
            (r#""a\\b"@b.example"#, r"{a\b}@b.example"),
            ("via relay:bob@b.example", "via relay:{bob}@b.example"),
            (
                "SRS0=hash=tt=c.example=bob@b.example",
                "SRS0={hash}={tt}={c.example}={bob}@b.example",
            ),
            ("srs1=x=c.example==y=z@b.example", "srs1={x}={c.example}=={y}={z}@b.example"),
            ("prvs=0123456789=bob@b.example", "prvs={0123456789}={bob}@b.example"),
            ("xSRS0=bob@b.example", "{xSRS0}={bob}@b.example"),
            ("SRS0@b.example", "{SRS0}@b.example"),
            ("my-list-bob=b.example@c.example", "{my-list}-{bob}={b.example}@c.example"),
            ("my-list-bob@c.example", "{my-list-bob}@c.example"),
            ("my-list-bob+b.example@c.example", "{my-list-bob}+{b.example}@c.example"),
            (
                "my-list-bob=b.example+x.7+y@c.example",
                "{my-list}-{bob}={b.example}+{x.7}+{y}@c.example",
            ),
            ("my-list-bob=7+b.example@c.example", "{my-list-bob}={7}+{b.example}@c.example"),
            ("bob\"@b.example", "{bob\"}@b.example"),
            ("@@bob@b.example bob@@b.example", "@@{bob}@b.example {bob}@@b.example"),
            ("bob@[eve@c.example] x", "{bob}@[{eve}@c.example] x"),
            ("bob@[IPv6:2001:db8::1] x", "{bob}@[IPv6:2001:db8::1] x"),
            (
                "\" bob@b.example \" \"@r \"z eve@c.example \"w\"@d.example",
                "\" {bob}@b.example {\" \"}@r \"z {eve}@c.example {\"w\"}@d.example",
            ),
            ("\"a@b c@d\"@b.example", "{\"a@b c@d\"}@b.example"),
            (
                r#"said "a\"b" to "e@f"@b.example and "a b"@c.example"#,
                r#"said "a\"b" to {"e@f"}@b.example and {a b}@c.example"#,
            ),
            ("bob+ext@b.example", "{bob}+{ext}@b.example"),
            ("bob%b.example@c.example", "{bob}%{b.example}@c.example"),
            ("u=bob%40b.example&id=7", "{u}={bob}%40b.example&id=7"),
            ("bob=40b.example", "{bob}=40b.example"),
            ("bob+40b.example", "{bob}+40b.example"),
            ("size=4096 x+40 y=40", "size=4096 x+40 y=40"),
            ("bob&#64;b.example bob&#x40;b.example", "{bob}&#64;b.example {bob}&#x40;b.example"),
            ("@bob&#64;b.example", "@{bob}&#64;b.example"),
        ],
    );
    check(
        &anonymizer().with_domains(),
        &[
            ("to bob@b.example.", "to {bob}@{d:b.example}."),
            ("to bob@mx.b.example, x", "to {bob}@{l:mx}.{d:b.example}, x"),
            ("to bob@b.de", "to {bob}@{d:b.de}"),
            ("mx.b.de, x.c", "{l:mx}.{d:b.de}, x.c"),
            ("bob@a.b.c.example", "{bob}@{l:a}.{l:b}.{d:c.example}"),
            ("mx.b.example and B.EXAMPLE", "{l:mx}.{d:b.example} and {d:b.example}"),
            ("list-bob=b.example@c.example", "{list}-{bob}={d:b.example}@{d:c.example}"),
            ("bob@[192.0.2.1]", "{bob}@[192.0.2.1]"),
            ("master.cf main.cf x.sock a.pid 1.2.3", "master.cf main.cf x.sock a.pid 1.2.3"),
            (".example", ".example"),
            ("a.b x.y", "a.b x.y"),
            ("see%2Fb.example", "see%2F{d:b.example}"),
            ("=3Db.example", "=3D{d:b.example}"),
        ],
    );
}

#[test]
fn pseudonyms_are_not_replaced_again() {
    let all = anonymizer().with_domains().with_networks();
    for text in ["bob@mx.b.example and [192.0.2.7]", "1.2.0.192.zen.list.example"] {
        let once = all.text(text.as_bytes());
        let again = all.text(shown(&once).replace(&want("{bob}"), "").as_bytes());
        assert_eq!(shown(&again), shown(&once).replace(&want("{bob}"), ""), "{text}");
    }
    // Sixteen digits and no more.
    assert_ne!(all.text(b"d0123456789abcde.invalid"), b"d0123456789abcde.invalid");
}

#[test]
fn credentials() {
    check(
        &anonymizer(),
        &[
            ("AUTH LOGIN Ym9i c2VjcmV0", "AUTH LOGIN {bob} [hidden]"),
            ("AUTH PLAIN AGJvYgBzZWNyZXQ=", "AUTH PLAIN {bob}[hidden]"),
            // admin, acting for whom bob logs in.
            ("AUTH PLAIN YWRtaW4AYm9iAHNlY3JldA==", "AUTH PLAIN {bob}[hidden]"),
            ("AUTH XOAUTH2 dXNlcj1ib2IBYXV0aD1CZWFyZXIgeAEB", "AUTH XOAUTH2 {bob}[hidden]"),
            // bob@b.example, and a password with an at sign.
            (
                "AUTH PLAIN Ym9iQGIuZXhhbXBsZQBib2JAYi5leGFtcGxlAHNAY3JldA==",
                "AUTH PLAIN {bob}[hidden]",
            ),
            ("AUTH CRAM-MD5 Ym9i x", "AUTH CRAM-MD5 {bob} [hidden]"),
            // Two letters, one, and none, and all digits of both alphabets.
            ("AUTH LOGIN YWw=", "AUTH LOGIN {al}"),
            ("AUTH LOGIN YQ==", "AUTH LOGIN {a}"),
            ("AUTH LOGIN ====", "AUTH LOGIN [hidden]"),
            ("AUTH LOGIN Ym8+ x", "AUTH LOGIN {bo>} [hidden]"),
            ("AUTH LOGIN Ym8-", "AUTH LOGIN {bo>}"),
            ("AUTH LOGIN Ym8/", "AUTH LOGIN {bo?}"),
            ("AUTH LOGIN Ym8_", "AUTH LOGIN {bo?}"),
            // a@b@c.example
            ("AUTH LOGIN YUBiQGMuZXhhbXBsZQ==", "AUTH LOGIN {a@b}"),
            // A line of one word in the log of smtpd -v.
            ("< x[192.0.2.1]: Ym9i", "< x[192.0.2.1]: {bob}"),
            ("< x[192.0.2.1]: Ym9i~", "< x[192.0.2.1]: {bob}~"),
            ("< x[192.0.2.1]: Ym9i x", "< x[192.0.2.1]: Ym9i x"),
            ("x TlRMTVNTUAACAAAAAAA= y", "x [hidden] y"),
            ("x TlRMTVN y", "x TlRMTVN y"),
            // Letters of one case are a word, whatever they decode to.
            ("a YW5uaWU= z", "a {annie} z"),
            ("a amdhamdh z", "a amdhamdh z"),
            ("a QUJDQUJD z", "a QUJDQUJD z"),
            // A short word is one, too.
            ("a YW5uaWU z", "a YW5uaWU z"),
            // A question of the server.
            ("VXNlcm5hbWU6", "VXNlcm5hbWU6"),
            ("UGFzc3dvcmQ6", "UGFzc3dvcmQ6"),
            // bob@b.example and a colon.
            ("x Ym9iQGIuZXhhbXBsZTo= y", "x {bob} y"),
        ],
    );
}

#[test]
fn network_addresses() {
    let a = anonymizer().with_networks();
    check(
        &a,
        &[
            ("at [192.0.2.1]:25, x", "at [{n:192.0.2.1}]:25, x"),
            ("at 192.0.2.1.", "at {n:192.0.2.1}."),
            ("::ffff:192.0.2.1 x", "{n:192.0.2.1} x"),
            ("[2001:DB8:0:0::25]:25", "[{n:2001:db8::25}]:25"),
            ("2001:db8::25: x", "{n:2001:db8::25}: x"),
            ("2001:db8:0:0:0:0:0:25:587", "{n:2001:db8::25}:587"),
            ("::ffff:192.0.2.1:25 x", "{n:192.0.2.1}:25 x"),
            ("[::1] [127.0.0.1]", "[{n:::1}] [{n:127.0.0.1}]"),
            ("by 127.0.0.1 (127.0.0.2)", "by {n:127.0.0.1} (127.0.0.2)"),
            ("[127.0.0.2]", "[{n:127.0.0.2}]"),
            ("1.2.0.192.zen.example", "{n:192.0.2.1}.zen.example"),
            ("1.3.6.1.4.1 and 1.2.3 and 256.1.1.1", "1.3.6.1.4.1 and 1.2.3 and 256.1.1.1"),
            ("11:00:01 x 12:34:56", "11:00:01 x 12:34:56"),
            ("ip-192-0-2-1.isp.example", "ip-{n:192.0.2.1}.isp.example"),
            ("ip-192-0-2-1b.isp.example", "ip-{n:192.0.2.1}b.isp.example"),
            ("192.0.2.1b and v1.2.3.4", "192.0.2.1b and v1.2.3.4"),
            ("a-1.2.3.4 x_1.2.3.4", "a-1.2.3.4 x_1.2.3.4"),
            ("(host-192-0-2-1)", "(host-{n:192.0.2.1})"),
            ("x.1.2.0.192.zen.example", "x.{n:192.0.2.1}.zen.example"),
            ("on 2026-11-29-10 x", "on 2026-11-29-10 x"),
            ("Net::Bad x::1", "Net::Bad x::1"),
            // What follows an address is no other one.
            ("192.0.2.1::1", "{n:192.0.2.1}::1"),
            (
                "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.x.example",
                "{n:2001:db8::25}.x.example",
            ),
        ],
    );
    // An address in brackets is that of a peer, also where it could be the answer of a DNS list.
    assert!(!shown(&a.text(b"[127.0.0.2]")).contains("127.0"));
    assert!(!shown(&a.text(b"to 127.0.0.1")).contains("127.0"));
    // Names, domains and addresses have keys of their own.
    let digits = |text: &str| want(text).trim_start_matches(['u', 'd', 'n']).to_owned();
    assert_ne!(digits("{192}"), digits("{d:192}"));
    let name = anonymizer().pseudonym(b"192.0.2.1");
    assert_ne!(name.get(1..), want("{n:192.0.2.1}").get(1..));
}

/// A name is never its own pseudonym, even if it consists of separators or is the tag of a scheme.
#[test]
fn names_of_signs_and_tags() {
    let a = anonymizer();
    for name in ["", "+", "=", "#%", "SRS0", "prvs", "\"\""] {
        let pseudonym = a.pseudonym(name.as_bytes());
        assert!(pseudonym.len() == 17 && pseudonym.starts_with('u'), "{name}: {pseudonym}");
    }
    for name in ["bob+srs0", "bob+srs0+x", "bob=srs0=x"] {
        assert!(!a.pseudonym(name.as_bytes()).contains("srs0"), "{name}");
    }
    assert!(a.pseudonym(b"srs0+bob").starts_with("srs0+u"));
}

/// The last two labels of a domain have one pseudonym, and each label before them has its own.
#[test]
fn labels_of_pseudonyms() {
    let all = anonymizer().with_domains();
    for (name, hashes) in
        [("b.example", 1), ("mx.b.example", 2), ("a.mx.b.example", 3), ("b.co.example", 2)]
    {
        let text = shown(&all.text(name.as_bytes()));
        let labels: Vec<&str> = text.split('.').collect();
        let (last, rest) = labels.split_last().expect("a label");
        assert_eq!((*last, rest.len()), ("invalid", hashes), "{name}: {text}");
        assert!(rest.iter().all(|label| label.len() == 17 && label.starts_with('d')), "{text}");
    }
}

/// Each word that introduces a name, each directory of users, and each part of a mailbox.
#[test]
fn words_before_names() {
    let a = anonymizer();
    let keys = "to from orig_to sender recipient rcpt sasl_username sasl_sender message-id owner";
    let persons =
        "user username userid login logname ruser authcid authzid authid mailbox account identity";
    for key in keys.split(' ') {
        check(&a, &[(&format!("x {key}=<bob> y"), &format!("x {key}=<{{bob}}> y"))]);
    }
    for word in persons.split(' ') {
        check(
            &a,
            &[
                (&format!("x {word}=bob y"), &format!("x {word}={{bob}} y")),
                (&format!("x {word} \"bob\" y"), &format!("x {word} \"{{bob}}\" y")),
                (&format!("x {word}: 'bob' y"), &format!("x {word}: '{{bob}}' y")),
            ],
        );
    }
    for word in keys.split(' ').chain(persons.split(' ')).chain(["name"]) {
        let (text, wanted) =
            (format!("x {word}=bob@b.example"), format!("x {word}={{bob}}@b.example"));
        check(&a, &[(&text, &wanted)]);
    }
    for word in ["for", "find", "no", "of", "by", "as", "password"] {
        check(&a, &[(&format!("x {word} user bob"), &format!("x {word} user {{bob}}"))]);
    }
    for name in ["mail", "home", "users", "vmail", "vhosts", "virtual", "mailboxes", "Users"] {
        check(&a, &[(&format!("/x/{name}/bob"), &format!("/x/{name}/{{bob}}"))]);
    }
    for name in ["Maildir", "maildir", "new", "cur", "tmp", "spool", ".forward", "mbox", "bin"] {
        check(&a, &[(&format!("/home/bob/{name}"), &format!("/home/{{bob}}/{name}"))]);
    }
    for tag in ["srs0", "srs1", "prvs", "btv1", "SRS0", "BTV1"] {
        let (text, wanted) =
            (format!("{tag}=bob@b.example"), format!("{tag}={}@b.example", want("{bob}")));
        assert_eq!(shown(&a.text(text.as_bytes())), wanted);
    }
}

/// Each mechanism after `AUTH`, and each command that ends what a client sent to log in.
#[test]
fn mechanisms_and_commands() {
    let a = anonymizer();
    for name in [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
        "DIGEST-MD5",
        "XOAUTH2",
        "OAUTHBEARER",
        "NTLM",
        "SCRAM-SHA-256",
        "GSSAPI",
        "gss-spnego",
    ] {
        check(&a, &[(&format!("AUTH {name} Ym9i x"), &format!("AUTH {name} {{bob}} [hidden]"))]);
    }
    let commands = "ETRN EXPN HELP VRFY XCLIENT XFORWARD AUTH BDAT DATA EHLO FROM HELO MAIL NOOP QUIT RCPT RSET STARTTLS";
    for command in commands.split(' ') {
        let sent = format!("AUTH LOGIN Ym9i {command} Ym9i");
        check(&a, &[(&sent, &format!("AUTH LOGIN {{bob}} {command} Ym9i"))]);
    }
}

/// The extension of a file's name is no top-level domain.
#[test]
fn names_of_files() {
    let all = anonymizer().with_domains();
    for end in
        ["c", "h", "db", "lmdb", "cdb", "pid", "sock", "log", "pem", "key", "crt", "conf", "lock"]
    {
        for name in [format!("smtp.{end}"), format!("x.smtp.{}", end.to_uppercase())] {
            check(&all, &[(&name, &name)]);
        }
    }
}

/// What may begin an address is looked at once: a long row of it takes no longer than other text.
#[test]
fn long_rows_of_marks() {
    let a = anonymizer().with_networks();
    for mark in [":", "1:", ".:"] {
        let text = mark.repeat(50_000) + "x";
        assert!(a.text(text.as_bytes()) == text.as_bytes(), "{mark}");
    }
    let address = want("{n:2001:db8::1}");
    for end in [".".repeat(99), "....... 5".to_owned(), ": ".repeat(99)] {
        let text = format!("2001:db8::1{end}");
        assert_eq!(shown(&a.text(text.as_bytes())), format!("{address}{end}"));
    }
}

/// Logs that are joined later were perhaps anonymized by other versions on other machines: each hash is SipHash-2-4 with
/// 128 bits, of which the first 64 are shown. All of the key counts. The values were computed by another program.
#[test]
fn hashes_are_always_the_same() {
    for (key, template) in [
        (
            "0123456789abcdef",
            "u3b48934c5a261a6c@d21e5f58883db66c5.d944c71d7414c47dd.invalid na887f2d7fe116953 [n2de37bc07e28b06c] \
             ufe72afd00e029ef0@d944c71d7414c47dd.invalid",
        ),
        (
            "0123456789abcdef and more",
            "uc41faccfc2b064b0@d58e1e0165e99d146.d7926fa961392dbc8.invalid n345da7cb6c052f60 [nb94cda14544759d3] \
             u25f3954283e4a353@d7926fa961392dbc8.invalid",
        ),
    ] {
        let a = Anonymizer::new(key.as_bytes()).expect("a key");
        let text = "Bob@MX.b.example 192.0.2.1 [2001:db8:0::25] M\u{dc}LLER@b.example";
        for a in [a.clone().with_domains().with_networks(), a.with_networks().with_domains()] {
            assert_eq!(shown(&a.text(text.as_bytes())), template);
        }
    }
}
