//! Tests of what the members of a line become.

use super::*;
use crate::json;
use crate::line::Line;
use crate::line::stream::LogLine;

fn anonymizer() -> Anonymizer {
    Anonymizer::new(b"0123456789abcdef").unwrap()
}

fn entry(anonymizer: &Anonymizer, line: &str) -> Object {
    let line = Line::new(line.as_bytes(), 0);
    let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
    anonymizer.entry(&mut entry);
    entry
}

#[test]
fn names_go_wherever_the_line_tells_them() {
    let anonymizer = anonymizer();
    let bob = anonymizer.pseudonym(b"bob");
    let quoted = anonymizer.pseudonym(br#""a b""#);
    let entry = entry(
        &anonymizer,
        "Nov 22 11:00:01 mx1 postfix/local[9]: 1E24013C03E: to=<Bob@b.example>, \
         orig_to=<\"a b\"@c.example>, relay=local, delay=1, delays=1/0/0/0, dsn=5.1.1, \
         status=bounced (unknown user: \"bob\", not bobby; a b)",
    );
    let text = |name: &str| entry.text(name).map(|text| String::from_utf8_lossy(text).into_owned());
    assert_eq!(text("to"), Some(format!("{bob}@b.example")));
    assert_eq!(text("orig_to"), Some(format!("{quoted}@c.example")));
    let bare = anonymizer.pseudonym(b"a b");
    assert_eq!(text("reason"), Some(format!("unknown user: \"{bob}\", not bobby; {bare}")));
    assert_eq!((text("relay"), text("dsn")), (Some("local".into()), Some("5.1.1".into())));
}

#[test]
fn a_name_without_a_domain_is_all_name() {
    let anonymizer = anonymizer();
    let root = anonymizer.pseudonym(b"root");
    let line = "Nov 22 11:00:01 mx1 postfix/pickup[9]: 1E24013C03E: uid=0 from=<root>";
    assert_eq!(entry(&anonymizer, line).text("from"), Some(root.as_bytes()));
    // The null sender names nobody, and a single letter is no name.
    let line =
        "Nov 22 11:00:01 mx1 postfix/qmgr[9]: 1E24013C03E: from=<>, size=9, nrcpt=1 (queue active)";
    assert_eq!(entry(&anonymizer, line).text("from"), Some(&b""[..]));
    let line = "Nov 22 11:00:01 mx1 postfix/local[9]: 1E24013C03E: to=<a@b.example>, relay=local, \
        delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (not a user)";
    assert_eq!(entry(&anonymizer, line).text("reason"), Some(&b"not a user"[..]));
}

#[test]
fn keys_domains_and_networks() {
    let plain = anonymizer();
    let other = Anonymizer::new(b"0123456789abcdeg").unwrap();
    assert_ne!(plain.pseudonym(b"bob"), other.pseudonym(b"bob"));
    assert_eq!(plain.pseudonym(b"BOB"), anonymizer().pseudonym(b"bob"));
    assert!(Anonymizer::new(&[0; Anonymizer::MIN_KEY - 1]).is_none());
    let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: connect from a.example[192.0.2.1]";
    assert_eq!(entry(&plain, line).text("client_addr"), Some(&b"192.0.2.1"[..]));
    let hidden = entry(&plain.clone().with_networks(), line);
    let addr = hidden.text("client_addr").unwrap();
    assert!(addr.starts_with(b"n") && addr.len() == 17, "{}", addr.escape_ascii());
    // Keys of names, domains and networks differ.
    let all = plain.with_domains().with_networks();
    let text = String::from_utf8(all.text(b"x@x [10.0.0.1]")).unwrap();
    let domain = &text[text.find("@d").unwrap() + 2..][..16];
    assert_ne!(all.pseudonym(b"x")[1..], *domain);
}
