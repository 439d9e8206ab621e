//! Words that look like names, logins or addresses, and names that hardly look like one.
#![cfg(feature = "anonymize")]
#![allow(clippy::expect_used, reason = "a helper of a test fails as the test does")]

use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{self, Object};
use postfix_log::{Line, LogLine};

fn anonymizer() -> Anonymizer {
    Anonymizer::new(b"0123456789abcdef").expect("a key")
}

fn text(anonymizer: &Anonymizer, text: &str) -> String {
    String::from_utf8(anonymizer.text(text.as_bytes())).expect("text")
}

/// The member `reason` of a delivery line after the anonymizer.
fn reason(anonymizer: &Anonymizer, to: &str, reason: &str) -> String {
    let line = format!(
        "Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<{to}>, relay=mx.b.example[192.0.2.7]:25, \
         delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced ({reason})"
    );
    let line = Line::new(line.as_bytes(), 0);
    let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
    anonymizer.entry(&mut entry);
    String::from_utf8_lossy(entry.text("reason").expect("a reason")).into_owned()
}

/// Numbers and ordinary words in the parentheses of a service are no users.
#[test]
fn parentheses_of_services() {
    let a = anonymizer();
    for kept in [
        "lmtp(12345): 2 messages",
        "imap(root): Logged out",
        "lmtp(12345, 67890): 2 messages",
        "imap(): Logged out",
        "smtp(bob): no service",
    ] {
        assert_eq!(text(&a, kept), kept);
    }
    let bob = a.pseudonym(b"bob");
    for service in [
        "lmtp",
        "lda",
        "imap",
        "pop3",
        "deliver",
        "managesieve",
        "passwd-file",
        "passwd",
        "shadow",
        "pam",
        "sql",
        "ldap",
        "policy",
    ] {
        for (before, after) in [("", ")"), ("", ",192.0.2.1)"), ("12345, ", ")"), ("", ")<x>")] {
            let got = text(&a, &format!("{service}({before}bob{after}: x"));
            assert_eq!(got, format!("{service}({before}{bob}{after}: x"));
        }
    }
}

/// A mechanism follows `AUTH` at once. Elsewhere its name is an ordinary word.
#[test]
fn sentences_about_logins() {
    let a = anonymizer();
    for kept in ["AUTH is off: PLAIN Kerberos was tried", "AUTH PLAIN failed", "PLAIN Kerberos"] {
        assert_eq!(text(&a, kept), kept);
    }
    assert_ne!(text(&a, "AUTH PLAIN Kerberos"), "AUTH PLAIN Kerberos");
}

/// A name of one letter is replaced where it is marked as a name, with and without quotes in the address.
#[test]
fn names_of_one_letter() {
    let a = anonymizer();
    let x = a.pseudonym(b"x");
    for to in ["x@b.example", "\"x\"@b.example"] {
        assert_eq!(
            reason(&a, to, "550 'x' is not here, x is"),
            format!("550 '{x}' is not here, x is")
        );
    }
}

/// The digits of an address in reverse order, each a label.
#[test]
fn addresses_in_nibbles() {
    let a = anonymizer().with_networks();
    for address in ["2001:db8::10", "2001:db8::1", "::", "fe80::f00d:0:0:0"] {
        let parsed: core::net::Ipv6Addr = address.parse().expect("an address");
        let digits = format!("{:032x}", u128::from(parsed));
        let labels: Vec<String> = digits.chars().rev().map(String::from).collect();
        let plain = text(&a, &format!("[{address}]"));
        let want = format!("{}.ip6.arpa", plain.trim_matches(['[', ']']));
        assert_eq!(text(&a, &format!("{}.ip6.arpa", labels.join("."))), want, "{address}");
    }
}

/// The hash and the time that SRS writes into a sender are no names.
#[test]
fn letters_of_rewritten_senders() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    let text = "550 'x' and 'y' for 'bob'";
    let want = format!("550 'x' and 'y' for '{bob}'");
    assert_eq!(reason(&a, "SRS0=x=y=c.example=bob@b.example", text), want);
}

/// A host of one label is known from the address, after its last `@`.
#[test]
fn hosts_of_one_label() {
    let a = anonymizer().with_domains();
    let host = |to: &str| reason(&a, to, "printer is down, and so is desk");
    let pc = host("bob@printer").split(' ').next().expect("a word").to_owned();
    assert!(pc.ends_with(".invalid"), "{pc}");
    for to in ["bob@printer", "\"x@desk\"@printer", "bob@PRINTER"] {
        assert_eq!(host(to), format!("{pc} is down, and so is desk"), "{to}");
    }
    assert_eq!(host("bob"), "printer is down, and so is desk");
}

/// The pseudonym of an address in the name of a host is that of the address alone, and not hashed again.
#[test]
fn addresses_in_the_names_of_hosts() {
    let a = anonymizer().with_domains().with_networks();
    let address = text(&a, "[192.0.2.77]");
    let address = address.trim_matches(['[', ']']);
    let domain = text(&a, "isp.example");
    for name in ["192-0-2-77.isp.example", "77.2.0.192.isp.example"] {
        assert_eq!(text(&a, name), format!("{address}.{domain}"));
    }
    let other = text(&a, "www.isp.example");
    assert!(other.starts_with('d') && other.ends_with(&format!(".{domain}")), "{other}");
}

/// What is encoded in a local part is read before it is hashed, blanks and control bytes not.
#[test]
fn encoded_local_parts() {
    let a = anonymizer();
    for (encoded, plain) in [("bob%2Bext", "bob+ext"), ("%62ob", "bob")] {
        assert_eq!(a.pseudonym(encoded.as_bytes()), a.pseudonym(plain.as_bytes()), "{encoded}");
    }
    for (encoded, plain) in
        [("bob%20ext", "bob ext"), ("bob%0Aext", "bob\next"), ("bob%7Fx", "bob\x7fx")]
    {
        assert_ne!(a.pseudonym(encoded.as_bytes()), a.pseudonym(plain.as_bytes()), "{encoded}");
    }
}

/// The digits may be all that there is.
#[test]
fn nibbles_alone() {
    let a = anonymizer().with_networks();
    let labels = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
    let plain = text(&a, "[2001:db8::25]");
    let plain = plain.trim_matches(['[', ']']);
    for (before, after) in [("", ""), ("(", ")"), ("of ", " in"), ("", ".ip6.arpa"), ("", ".")] {
        assert_eq!(
            text(&a, &format!("{before}{labels}{after}")),
            format!("{before}{plain}{after}")
        );
    }
    let last = labels.rfind('.').expect("a dot");
    let mut other = labels.to_owned();
    other.replace_range(last..=last, "~");
    for kept in [other, labels.replace('.', "~"), format!("a{labels}"), format!("{labels}a")] {
        assert!(!text(&a, &kept).contains(plain), "{kept}");
    }
    assert!(text(&a, &labels.replace("8.b", "g.b")).contains("g.b"));
}

/// A domain literal ends at the first bracket after it.
#[test]
fn names_between_brackets() {
    let a = anonymizer();
    let (bob, eve) = (a.pseudonym(b"bob"), a.pseudonym(b"eve"));
    assert_eq!(
        text(&a, "bob@[192.0.2.1], user \"eve\" [x]"),
        format!("{bob}@[192.0.2.1], user \"{eve}\" [x]")
    );
}

/// The parts of an IPv6 literal are no names of hosts.
#[test]
fn parts_of_a_domain_literal() {
    let a = anonymizer().with_domains();
    assert_eq!(reason(&a, "bob@[IPv6:2001:db8::1]", "550 db8 is full"), "550 db8 is full");
}

/// After the first word of a login, each further one is hidden, whether the first was text or not.
#[test]
fn words_after_a_login() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for (sample, want) in [
        ("AUTH LOGIN Ym9i c2VjcmV0", format!("AUTH LOGIN {bob} [hidden]")),
        ("AUTH LOGIN Ym9i /////w==", format!("AUTH LOGIN {bob} [hidden]")),
        ("AUTH LOGIN /////w== c2VjcmV0", "AUTH LOGIN [hidden] [hidden]".to_owned()),
        ("AUTH LOGIN Ym9i c2VjcmV0 c2VjcmV0", format!("AUTH LOGIN {bob} [hidden] [hidden]")),
        ("AUTH LOGIN Ym9i QUIT AUTH LOGIN Ym9i", format!("AUTH LOGIN {bob} QUIT AUTH LOGIN {bob}")),
    ] {
        assert_eq!(text(&a, sample), want, "{sample}");
    }
}

/// A login has visible characters, of which the last is the tilde.
#[test]
fn logins_that_are_no_text() {
    let a = anonymizer();
    let name = a.pseudonym(b"bob~x");
    // bob~x, and the same with the bytes 7F and 1F instead of the tilde.
    for (sample, want) in [("Ym9ifng=", &*name), ("Ym9if3g=", "[hidden]"), ("Ym9iH3g=", "[hidden]")]
    {
        assert_eq!(text(&a, &format!("AUTH LOGIN {sample}")), format!("AUTH LOGIN {want}"));
    }
}

/// The key before a local part ends at the first equals sign.
#[test]
fn keys_before_addresses() {
    let a = anonymizer();
    let sender = a.pseudonym(b"prvs=0123=bob");
    for key in ["to", "from", "sender", "user"] {
        let got = text(&a, &format!("{key}=prvs=0123=bob@b.example"));
        assert_eq!(got, format!("{key}={sender}@b.example"));
    }
}

/// A path is no name, but a name may end in a slash.
#[test]
fn names_and_paths() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    assert_eq!(
        text(&a, "mailbox \"/var/mail/bob\" is full"),
        format!("mailbox \"/var/mail/{bob}\" is full")
    );
    assert_eq!(
        text(&a, "user \"bob/\" is unknown"),
        format!("user \"{}\" is unknown", a.pseudonym(b"bob/"))
    );
}

/// A name with a dot is a domain only before `!` and after `%` or `=`.
#[test]
fn domains_in_local_parts() {
    let (plain, all) = (anonymizer(), anonymizer().with_domains());
    for name in ["bob.smith", "bob.smith+ext", "bob+ext.ample"] {
        assert_eq!(all.pseudonym(name.as_bytes()), plain.pseudonym(name.as_bytes()), "{name}");
    }
    let domain = text(&all, "b.example");
    let bob = plain.pseudonym(b"bob");
    for (name, want) in [
        ("b.example!bob", format!("{domain}!{bob}")),
        ("bob%b.example", format!("{bob}%{domain}")),
        ("SRS0=b.example=bob", format!("SRS0={domain}={bob}")),
    ] {
        assert_eq!(all.pseudonym(name.as_bytes()), want, "{name}");
    }
}

/// What PLAIN (RFC 4616) and OAUTHBEARER (RFC 7628) send has the login in different places.
#[test]
fn fields_of_logins() {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encoded = |text: &str| {
        let mut out = String::new();
        for part in text.as_bytes().chunks(3) {
            let bits = part.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
                << (8 * (3 - part.len()));
            for at in 0..=part.len() {
                out.extend(DIGITS.get(bits >> (18 - 6 * at) & 63).copied().map(char::from));
            }
        }
        out
    };
    assert_eq!(
        (encoded("bob").as_str(), encoded("secret").as_str(), encoded("bobs").as_str()),
        ("Ym9i", "c2VjcmV0", "Ym9icw")
    );
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for sent in [
        "\0bob\0secret",
        "eve\0bob\0secret",
        "bob\0secret",
        "\0bob\0secret\0more",
        "user=bob\x01auth=Bearer secret\x01\x01",
        "bob\x01host=b.example\x01port=25\x01auth=Bearer secret\x01\x01",
        "bob@c.example\0secret",
    ] {
        let got = text(&a, &format!("AUTH PLAIN {}", encoded(sent)));
        assert_eq!(got, format!("AUTH PLAIN {bob}[hidden]"), "{sent:?}");
    }
    assert_eq!(
        text(&a, &format!("AUTH LOGIN {}", encoded("bob@c.example"))),
        format!("AUTH LOGIN {bob}")
    );
}

/// A word after a lone at sign is no domain.
#[test]
fn lone_at_signs() {
    let a = anonymizer().with_domains();
    assert_eq!(text(&a, "see you @today, or @ten"), "see you @today, or @ten");
}

/// A pseudonym is not replaced again, and what only looks like one is.
#[test]
fn domains_that_look_like_pseudonyms() {
    let a = anonymizer().with_domains();
    for kept in ["d0123456789abcdef.invalid", "www.d0123456789abcdef.invalid"] {
        assert_eq!(text(&a, kept), kept);
    }
    for other in [
        "dzzzzzzzzzzzzzzz1.invalid",
        "d0123456789abcde.invalid",
        "d0123456789abcdef0.invalid",
        "d0123456789abcdef.example",
    ] {
        assert_ne!(text(&a, other), other);
    }
}

/// An address before a label is one reversed for DNS, an address before a full stop is not.
#[test]
fn labels_after_an_address() {
    let a = anonymizer().with_networks();
    let plain = text(&a, "[192.0.2.77]");
    let plain = plain.trim_matches(['[', ']']);
    assert_eq!(text(&a, "77.2.0.192.a1.example"), format!("{plain}.a1.example"));
    for after in [". He", ".", "., x", ".\u{fc}"] {
        assert_eq!(text(&a, &format!("of 192.0.2.77{after}")), format!("of {plain}{after}"));
    }
}

/// Of a URL, the last part before the at sign is a name.
#[test]
fn paths_of_urls() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for before in [
        "https://c.example/",
        "https://c.example/x/",
        "https://c.example/?u=",
        "https://c.example/#",
        "c.example/list?a=b&",
    ] {
        assert_eq!(text(&a, &format!("{before}bob@b.example")), format!("{before}{bob}@b.example"));
    }
}

/// A backslash in quotes escapes one byte, and the quotes end at the next mark after it.
#[test]
fn escapes_in_quotes() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for quoted in ["\"a\\\"b c@d\"", "\"a\\\\\"", "\"a\\b@c\""] {
        let name = a.pseudonym(quoted.as_bytes());
        let got = text(&a, &format!("x {quoted}@b.example and bob@c.example"));
        assert_eq!(got, format!("x {name}@b.example and {bob}@c.example"), "{quoted}");
    }
}

/// Numbers in a local part are no names elsewhere, and what is in an unknown file of a user is.
#[test]
fn numbers_and_hidden_files() {
    let a = anonymizer();
    for to in ["bob+12345@b.example", "prvs=12345=bob@b.example"] {
        assert_eq!(reason(&a, to, "550 no 12345 here"), "550 no 12345 here");
    }
    let all = anonymizer().with_domains();
    let name = a.pseudonym(b".bob.old");
    assert_eq!(text(&all, "open /home/.bob.old: no"), format!("open /home/{name}: no"));
}

/// What a client sends after the command is a login, whatever stands behind `AUTH`.
#[test]
fn samples_after_a_mechanism() {
    let a = anonymizer();
    let sample = |after: &str| {
        let line = format!(
            "Nov 22 11:00:01 mx1 postfix/postscreen[9]: COMMAND PIPELINING from [192.0.2.7]:4711 after {after}: Ym9i"
        );
        let line = Line::new(line.as_bytes(), 0);
        let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
        a.entry(&mut entry);
        entry.text("text").map(|text| String::from_utf8_lossy(text).into_owned())
    };
    let bob = Some(a.pseudonym(b"bob"));
    assert_eq!((sample("AUTH"), sample("AUTH PLAIN")), (bob.clone(), bob));
    assert_eq!(sample("EHLO").as_deref(), Some("Ym9i"));
}

/// An address of IPv6 ends before a byte that no address has.
#[test]
fn ends_of_long_addresses() {
    let a = anonymizer().with_networks();
    for kept in ["2001:db8::1xyz", "2001:db8:x", "11:00:01"] {
        assert_eq!(text(&a, kept), kept);
    }
    let plain = text(&a, "[2001:db8::1]");
    let plain = plain.trim_matches(['[', ']']);
    for after in ["", ".", ":", "]:25", "/128", ", x", ":25"] {
        let got = text(&a, &format!("to 2001:db8::1{after}"));
        assert!(got.starts_with(&format!("to {plain}")) || after == ":25", "{got}");
    }
}

/// Names in brackets and quotes after a word that introduces one.
#[test]
fn marks_around_names() {
    let a = anonymizer();
    let bob = a.pseudonym(b"bob");
    for (open, close) in [("[", "]"), ("<", ">"), ("\"", "\""), ("'", "'")] {
        for (before, after) in [("user ", ""), ("user=", ", x"), ("user: ", ""), ("login ", " x")] {
            let got = text(&a, &format!("{before}{open}bob{close}{after}"));
            assert_eq!(got, format!("{before}{open}{bob}{close}{after}"));
        }
    }
}

/// A login of one letter has a domain, too.
#[test]
fn logins_of_one_letter() {
    let a = anonymizer();
    // b@c.example, and @c.example.
    assert_eq!(
        text(&a, "AUTH LOGIN YkBjLmV4YW1wbGU="),
        format!("AUTH LOGIN {}", a.pseudonym(b"b"))
    );
    assert_eq!(
        text(&a, "AUTH LOGIN QGMuZXhhbXBsZQ=="),
        format!("AUTH LOGIN {}", a.pseudonym(b"@c.example"))
    );
}

/// Quotes of one address say nothing of the next one.
#[test]
fn quotes_of_several_addresses() {
    let a = anonymizer();
    let name = |text: &str| a.pseudonym(text.as_bytes());
    assert_eq!(
        text(&a, "\"a@b\"@b.example, bob@c.example, \"d@e\"@d.example, eve@e.example"),
        format!(
            "{}@b.example, {}@c.example, {}@d.example, {}@e.example",
            name("\"a@b\""),
            name("bob"),
            name("\"d@e\""),
            name("eve")
        )
    );
}

/// Names that differ have pseudonyms that differ, in ASCII or not.
#[test]
fn pseudonyms_of_several_names() {
    let a = anonymizer();
    let names = ["bob", "bobby", "bo", "eve", "m\u{fc}ller", "m\u{fc}ll", "\u{fc}"];
    let all: std::collections::BTreeSet<String> =
        names.iter().map(|name| a.pseudonym(name.as_bytes())).collect();
    assert_eq!(all.len(), names.len());
    assert!(all.iter().all(|name| name.len() == 17 && name.starts_with('u')));
}

/// An address in the place of a host's name is an address, and stays if only domains are to go.
#[test]
fn addresses_as_names_of_hosts() {
    let a = anonymizer().with_domains();
    let helo = |name: &str| {
        let line = format!(
            "Nov 22 11:00:01 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from pc.example[192.0.2.7]: 550 no; \
             from=<x1@c.example> to=<y2@c.example> proto=ESMTP helo=<{name}>"
        );
        let line = Line::new(line.as_bytes(), 0);
        let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
        a.entry(&mut entry);
        String::from_utf8_lossy(entry.text("helo").expect("a name")).into_owned()
    };
    for kept in [
        "192.0.2.7",
        "2001:db8::1",
        "[192.0.2.7]",
        "[IPv6:2001:db8::1]",
        "IPv6:2001:db8::1",
        "unknown",
        "localhost",
        "none",
        // A pseudonym.
        "d0123456789abcdef",
        "n0123456789abcdef",
    ] {
        assert_eq!(helo(kept), kept);
    }
    for name in ["b.example", "desk", "desk:25", "desk[1]"] {
        assert!(helo(name).ends_with(".invalid"), "{}", helo(name));
    }
}

/// The last label of a domain may have digits and dashes beside its letters.
#[test]
fn last_labels_of_domains() {
    let a = anonymizer().with_domains();
    for name in ["b.xn--p1ai", "b.example", "b.\u{440}\u{444}"] {
        assert!(text(&a, name).ends_with(".invalid"), "{name}");
    }
    for kept in ["1.2.3", "b.1", "main.cf", "x.db"] {
        assert_eq!(text(&a, kept), kept);
    }
}

/// The last label decides whether a text with dots is a name, and what stands around a name stays.
#[test]
fn labels_and_what_stands_around_them() {
    let a = anonymizer().with_domains();
    for kept in ["version a.b.7 of x.conf", "in a.map.db", "1.2.b.3"] {
        assert_eq!(text(&a, kept), kept);
    }
    let name = text(&a, "b.example");
    assert_ne!(name, "b.example");
    for (before, after) in [("--", "-"), ("..", "."), ("=3D", ")"), ("%2F", ";"), ("%2f", "")] {
        let whole = format!("see {before}b.example{after}");
        assert_eq!(text(&a, &whole), format!("see {before}{name}{after}"), "{whole}");
    }
}
