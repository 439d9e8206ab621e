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
            ("no user bob, sorry", "no user {bob}, sorry"),
            ("User=bob;", "User={bob};"),
            ("USER: bob", "USER: {bob}"),
            ("user bob", "user bob"),
            ("name=bob", "name=bob"),
            ("name \"bob\"", "name \"bob\""),
            ("user=1000", "user=1000"),
            ("user=<bob>, method=PLAIN", "user=<{bob}>, method=PLAIN"),
            ("login = bob x", "login = {bob} x"),
            ("for user bob", "for user {bob}"),
            ("failed for bob x", "failed for {bob} x"),
            ("delivered for bob x", "delivered for bob x"),
            ("lmtp(7, bob): x", "lmtp(7, {bob}): x"),
            ("pam(bob,192.0.2.1): x", "pam({bob},192.0.2.1): x"),
            ("lmtp(7): x", "lmtp(7): x"),
            ("bob(1000): x", "{bob}(1000): x"),
            ("bob(ten): x", "bob(ten): x"),
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
            ("/var/vmail/b.example/bob", "/var/vmail/{b.example}/{bob}"),
        ],
    );
    check(
        &anonymizer().with_domains(),
        &[("/var/vmail/b.example/bob", "/var/vmail/{d:b.example}/{bob}")],
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
            ("bob+ext@b.example", "{bob}+{ext}@b.example"),
            ("bob%b.example@c.example", "{bob}%{b.example}@c.example"),
            ("u=bob%40b.example&id=7", "{u}={bob}%40b.example&id=7"),
            ("bob=40b.example", "{bob}=40b.example"),
            ("bob+40b.example", "{bob}+40b.example"),
            ("size=4096 x+40 y=40", "size=4096 x+40 y=40"),
            ("bob&#64;b.example bob&#x40;b.example", "{bob}&#64;b.example {bob}&#x40;b.example"),
        ],
    );
    check(
        &anonymizer().with_domains(),
        &[
            ("to bob@b.example.", "to {bob}@{d:b.example}."),
            ("to bob@mx.b.example, x", "to {bob}@{l:mx}.{d:b.example}, x"),
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
            ("[::1] [127.0.0.1]", "[{n:::1}] [{n:127.0.0.1}]"),
            ("by 127.0.0.1 (127.0.0.2)", "by {n:127.0.0.1} (127.0.0.2)"),
            ("[127.0.0.2]", "[{n:127.0.0.2}]"),
            ("1.2.0.192.zen.example", "{n:192.0.2.1}.zen.example"),
            ("1.3.6.1.4.1 and 1.2.3 and 256.1.1.1", "1.3.6.1.4.1 and 1.2.3 and 256.1.1.1"),
            ("11:00:01 x 12:34:56", "11:00:01 x 12:34:56"),
            ("ip-192-0-2-1.isp.example", "ip-{n:192.0.2.1}.isp.example"),
            (
                "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.x.example",
                "{n:2001:db8::25}.x.example",
            ),
        ],
    );
    // Names, domains and addresses have keys of their own.
    let digits = |text: &str| want(text).trim_start_matches(['u', 'd', 'n']).to_owned();
    assert_ne!(digits("{192}"), digits("{d:192}"));
    let name = anonymizer().pseudonym(b"192.0.2.1");
    assert_ne!(name.get(1..), want("{n:192.0.2.1}").get(1..));
}

/// A user id has one digit or more, and only some words are followed by a name after a colon or an equals sign.
#[test]
fn words_and_the_marks_after_them() {
    check(
        &anonymizer(),
        &[
            ("bob(5): message (9) too big", "{bob}(5): message (9) too big"),
            ("bob(x1): message file too big", "bob(x1): message file too big"),
            ("bob(): message file too big", "bob(): message file too big"),
            ("status: \"full\", reason: 'busy'", "status: \"full\", reason: 'busy'"),
            ("send attr action = lookup", "send attr action = lookup"),
            ("send attr user = bob", "send attr user = {bob}"),
            ("Username: bob, userid: bob", "Username: {bob}, userid: {bob}"),
            ("imap(bob2): Logged out", "imap({bob2}): Logged out"),
            ("lookup failed with deadlock", "lookup failed with deadlock"),
            ("failed:for deadlock", "failed:for deadlock"),
        ],
    );
}

/// A directory of mailboxes may be inside another one, and a lock stays one.
#[test]
fn directories_inside_directories() {
    check(
        &anonymizer(),
        &[
            ("open /home/vmail/b.example/bob: no", "open /home/vmail/{b.example}/{bob}: no"),
            ("/var/spool/virtual/mailboxes/bob", "/var/spool/virtual/mailboxes/{bob}"),
        ],
    );
    check(
        &anonymizer().with_domains(),
        &[("lock /var/vmail/b.example.lock: no", "lock /var/vmail/{d:b.example}.lock: no")],
    );
}

/// A dash ends a list's name (VERP) only if an equals sign and a domain follow the name after it.
#[test]
fn dashes_in_senders() {
    check(
        &anonymizer(),
        &[
            ("SRS0=a-b=tt=c.example=bob@b.example", "SRS0={a-b}={tt}={c.example}={bob}@b.example"),
            ("ann-marie=x@b.example", "{ann-marie}={x}@b.example"),
            ("ann-marie+c.example@b.example", "{ann-marie}+{c.example}@b.example"),
        ],
    );
}

/// Quotes and at signs that belong to no address hide none after them.
#[test]
fn quotes_and_at_signs_alone() {
    check(
        &anonymizer(),
        &[
            ("bob\"@b.example", "{bob\"}@b.example"),
            ("@bob@b.example @@bob@b.example", "@{bob}@b.example @@{bob}@b.example"),
            ("bob@@b.example", "{bob}@@b.example"),
            ("bob@[eve@c.example] x", "{bob}@[{eve}@c.example] x"),
            ("bob@[IPv6:2001:db8::1] x", "{bob}@[IPv6:2001:db8::1] x"),
            (
                "5\" bob@b.example \"y\"@c.example \"z\"@d.example",
                "5\" {bob}@b.example {y}@c.example {z}@d.example",
            ),
        ],
    );
}

/// Both alphabets of base64 (RFC 4648), short logins, and logins with a domain.
#[test]
fn logins_in_base64() {
    check(
        &anonymizer(),
        &[
            // ab~, ab?, al, x, x@y@c.example
            ("AUTH LOGIN YWJ+", "AUTH LOGIN {ab~}"),
            ("AUTH LOGIN YWJ-", "AUTH LOGIN {ab~}"),
            ("AUTH LOGIN YWI/", "AUTH LOGIN {ab?}"),
            ("AUTH LOGIN YWI_", "AUTH LOGIN {ab?}"),
            ("AUTH LOGIN YWw=", "AUTH LOGIN {al}"),
            ("AUTH LOGIN eA==", "AUTH LOGIN {x}"),
            ("AUTH LOGIN ====", "AUTH LOGIN [hidden]"),
            ("AUTH LOGIN eEB5QGMuZXhhbXBsZQ==", "AUTH LOGIN {x@y}"),
            // The whole line of a client is its login, also if Postfix replaced a control character.
            ("< unknown[192.0.2.7]: Ym9i?", "< unknown[192.0.2.7]: {bob}?"),
        ],
    );
}

/// What stands before and behind four numbers decides whether they are an address.
#[test]
fn numbers_that_are_no_addresses() {
    check(
        &anonymizer().with_networks(),
        &[
            ("192.0.2.1::25 x", "{n:192.0.2.1}::25 x"),
            ("v1.2.3.4 a-1.2.3.4 x_1.2.3.4", "v1.2.3.4 a-1.2.3.4 x_1.2.3.4"),
            ("10.0.0.1a x", "10.0.0.1a x"),
            ("ip-10-0-0-1b.isp.example", "ip-{n:10.0.0.1}b.isp.example"),
            ("(host-192-0-2-1)", "(host-{n:192.0.2.1})"),
            ("x.1.2.0.192.zen.example", "x.{n:192.0.2.1}.zen.example"),
            ("on 2026-11-29-10 x", "on 2026-11-29-10 x"),
            ("std::bad_alloc", "std::bad_alloc"),
        ],
    );
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

/// An address in nibbles has 32 hexadecimal digits with a full stop after each (RFC 3596), and begins a label.
#[test]
fn labels_that_are_no_nibbles() {
    let a = anonymizer().with_networks();
    let labels = ["d", "f"].repeat(16);
    let nibbles = labels.join(".");
    let name = |labels: &str| format!("{labels}.x.example");
    let hidden = shown(&a.text(name(&nibbles).as_bytes()));
    assert_eq!(hidden, want("{n:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd}.x.example"));
    let mut kept = vec![
        name(&format!("x{nibbles}")),
        labels.join("-"),
        "d".repeat(63),
        name(labels.split_at(31).0.join(".").as_str()),
    ];
    for at in 0..31 {
        // One full stop less, and one digit that is none.
        let (head, tail) = labels.split_at(at + 1);
        kept.push(name(&format!("{}-{}", head.join("."), tail.join("."))));
        let mut labels = labels.clone();
        labels.splice(at + 1..at + 2, ["g"]);
        kept.push(name(&labels.join(".")));
    }
    for text in kept {
        assert_eq!(shown(&a.text(text.as_bytes())), text);
    }
}

/// True if a text is a letter and 16 hexadecimal digits.
fn is_hash(text: &str, letter: char) -> bool {
    text.strip_prefix(letter).is_some_and(|digits| {
        digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The tag of a scheme and the separators are kept only where they are part of a longer name.
#[test]
fn names_of_schemes_and_separators() {
    let a = anonymizer();
    for name in ["srs0", "PRVS", "btv1", "bob", "+", "%", "=!", "\"\""] {
        let pseudonym = a.pseudonym(name.as_bytes());
        assert!(is_hash(&pseudonym, 'u'), "{name}: {pseudonym}");
    }
    for (name, template) in [
        ("srs0=bob", "srs0={bob}"),
        ("bob+prvs=eve", "{bob}+{prvs}={eve}"),
        ("bob=srs1", "{bob}={srs1}"),
        ("+bob", "+{bob}"),
    ] {
        assert_eq!(a.pseudonym(name.as_bytes()), want(template), "{name}");
    }
}

/// The last two labels of a domain have one pseudonym, each label before them has its own.
#[test]
fn labels_of_domains() {
    let a = anonymizer().with_domains();
    let hidden = |name: &str| shown(&a.text(name.as_bytes()));
    let domain = hidden("b.example");
    assert!(is_hash(domain.strip_suffix(".invalid").expect("a domain"), 'd'), "{domain}");
    for (name, hosts) in [("mx.b.example", 1), ("a.mx.b.example", 2)] {
        let name = hidden(name);
        let labels = name.strip_suffix(&format!(".{domain}")).expect("a host of the domain");
        assert_eq!(labels.split('.').filter(|label| is_hash(label, 'd')).count(), hosts, "{name}");
    }
    let other = hidden("c.example");
    assert_ne!(other.split('.').next(), domain.split('.').next());
}
