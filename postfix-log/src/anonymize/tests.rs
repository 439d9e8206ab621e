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

/// The same text as a name, a domain and a network address gives three hashes.
#[test]
fn each_purpose_has_its_own_key() {
    let all = anonymizer().with_domains().with_networks();
    let keys = [Some(all.users), all.domains, all.networks];
    let hashes: Vec<u64> = keys.iter().flatten().map(|key| digest(key, b"192.0.2.1")).collect();
    let [users, domains, networks] = hashes.as_slice() else { panic!("three keys") };
    assert!(users != domains && domains != networks && users != networks, "{hashes:?}");
    // A key depends on its purpose and on the secret, and on nothing else.
    let other = Anonymizer::new(b"0123456789abcdeg").unwrap().with_domains().with_networks();
    let key = |key: &Option<SipHasher24>| key.map(|key| digest(&key, b"192.0.2.1"));
    assert_ne!(key(&all.domains), key(&other.domains));
    assert_ne!(key(&all.networks), key(&other.networks));
    assert_eq!(key(&all.domains), key(&anonymizer().with_domains().domains));
    assert_eq!(key(&all.networks), key(&anonymizer().with_networks().networks));
}

/// The names that the members of a line contain, the longest first.
#[test]
fn names_of_a_line() {
    let names = |anonymizer: &Anonymizer, line: &str| {
        let line = Line::new(line.as_bytes(), 0);
        let entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
        let names = Names::of(anonymizer, &entry);
        let shown = |known: &[local::Known]| -> Vec<String> {
            known.iter().map(|it| String::from_utf8_lossy(&it.name).into_owned()).collect()
        };
        (shown(&names.users), shown(&names.hosts), names.networks.len(), names.login)
    };
    let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from pc[192.0.2.7]: 550 no; \
        from=<\"x@bob\"@c.example> to=<ann-marie+ext@pc> proto=ESMTP helo=<b.example>";
    let users = ["ann-marie+ext", "ann-marie", "\"x@bob\"", "x@bob", "ann", "ext"]
        .map(String::from)
        .to_vec();
    assert_eq!(names(&anonymizer(), line), (users.clone(), vec![], 0, false));
    let all = anonymizer().with_domains().with_networks();
    let hosts = ["mx1", "pc"].map(String::from).to_vec();
    assert_eq!(names(&all, line), (users, hosts, 1, false));
    // What a client sent to log in has no names, but is a login as a whole.
    for (program, text, login) in [
        ("postscreen", "COMMAND PIPELINING from [192.0.2.7]:4711 after AUTH: x", true),
        ("postscreen", "COMMAND PIPELINING from [192.0.2.7]:4711 after EHLO: x", false),
        ("smtpd", "improper command pipelining after AUTH from pc[192.0.2.7]: x", true),
        ("smtpd", "improper command pipelining after DATA from pc[192.0.2.7]: x", false),
        ("smtpd", "lost connection after AUTH from pc[192.0.2.7]", false),
    ] {
        let line = format!("Nov 22 11:00:01 mx1 postfix/{program}[9]: {text}");
        assert_eq!(names(&anonymizer(), &line), (vec![], vec![], 0, login), "{text}");
    }
}
