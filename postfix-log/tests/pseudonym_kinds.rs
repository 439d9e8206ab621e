//! Every member that has a text: whether it is a name, a host or a network address, and whether it is also found in another text.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(all(feature = "anonymize", feature = "serde"))]

use postfix_log::json::{MEMBERS, MemberType, Object};

mod hidden;

use hidden::{anonymizer, shown, want};

const ADDRESSES: [&str; 5] = ["to", "orig_to", "from", "sasl_username", "sasl_sender"];

#[rustfmt::skip]
const HOSTS: [&str; 8] = [
    "host", "client_name", "orig_client_name", "relay_name", "peer_name", "reply_host", "helo", "sni",
];

const NETWORKS: [&str; 6] =
    ["client_addr", "orig_client_addr", "server_addr", "relay_addr", "peer_addr", "addr"];

/// Texts of Postfix or of this crate.
#[rustfmt::skip]
const WORDS: [&str; 38] = [
    "program", "severity", "queue_id", "event", "error", "orig_queue_id", "orig_id", "queue", "tls", "dsn", "status",
    "reply_dsn", "stage", "queued_as", "class", "rule", "why", "kind", "child", "source", "action", "proto", "outcome",
    "limit", "role", "trust", "protocol", "cipher", "key_exchange", "server_signature", "server_digest",
    "client_signature", "client_digest", "result", "name", "at", "version", "template",
];

/// The members of an object after the anonymizer.
fn members<const N: usize>(members: [(&str, &str); N]) -> [String; N] {
    let json = members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    let json = serde_json::Value::Object(json.collect());
    let mut object: Object = serde_json::from_value(json).expect("an object");
    anonymizer().with_domains().with_networks().entry(&mut object);
    members.map(|(name, _)| shown(object.text(name).expect("a text")))
}

/// A member and a text beside it.
fn hidden(member: &str, value: &str, text: &str) -> (String, String) {
    let beside = if member == "text" { "note" } else { "text" };
    let [value, text] = members([(member, value), (beside, text)]);
    (value, text)
}

#[test]
fn every_member() {
    let wanted = |value: &str, text: &str| (want(value), want(text));
    for name in ADDRESSES.iter().chain(&HOSTS).chain(&NETWORKS).chain(&WORDS) {
        assert!(MEMBERS.iter().any(|row| row.name == *name), "{name}");
    }
    for row in MEMBERS.iter().filter(|row| row.value == MemberType::Text) {
        let name = row.name;
        let (address, host) = (ADDRESSES.contains(&name), HOSTS.contains(&name));
        if WORDS.contains(&name) {
            assert_eq!(hidden(name, "192.0.2.7", "bob"), wanted("192.0.2.7", "bob"), "{name}");
            continue;
        }
        let all = wanted("{bob}@{d:b.example}", "x");
        assert_eq!(hidden(name, "bob@b.example", "x"), all, "{name}");
        let (desk, text) = match name {
            "message_id" => ("{desk}", "desk is down"),
            _ if address => ("{desk}", "{desk} is down"),
            _ if host => ("{d:desk}", "{d:desk} is down"),
            _ => ("desk", "desk is down"),
        };
        assert_eq!(hidden(name, "desk", "desk is down"), wanted(desk, text), "{name}");
        // A name that is a word as well is hidden only where the member is the name.
        let desk = desk.replace("desk", "mail");
        assert_eq!(hidden(name, "mail", "no mail"), wanted(&desk, "no mail"), "{name}");
        // In hexadecimal, as in the name of a host, only an address that is a member is found.
        let hex = if NETWORKS.contains(&name) { "no {n:192.0.2.7}" } else { "no c0000207" };
        let whole = if address || name == "message_id" { "{192.0.2.7}" } else { "{n:192.0.2.7}" };
        assert_eq!(hidden(name, "192.0.2.7", "no c0000207"), wanted(whole, hex), "{name}");
    }
}

/// Each address of a line is found in each of its forms, and is itself even if another one has its numbers in reverse order.
#[test]
fn several_addresses() {
    let [_, _, _, text] = members([
        ("client_addr", "192.0.2.7"),
        ("orig_client_addr", "7.2.0.192"),
        ("peer_addr", "2001:db8::25"),
        (
            "text",
            "c0000207 070200c0 192000002007 7.2.0.192 7-2-0-192 192_0_2_7 192.0.2.7.isp.example \
             2001-db8--25 2001-0db8-0000-0000-0000-0000-0000-0025",
        ),
    ]);
    let template = "{n:192.0.2.7} {n:7.2.0.192} {n:192.0.2.7} {n:7.2.0.192} {n:7.2.0.192} \
                    {n:192.0.2.7} {n:192.0.2.7}.{d:isp.example} {n:2001:db8::25} {n:2001:db8::25}";
    assert_eq!(text, want(template));
}

/// A relay with an address is a host, and of a host's name each part is found, unless it stands for no host.
#[test]
fn parts_of_host_names() {
    let [_, relay] = members([("relay_name", "desk"), ("relay", "desk[192.0.2.7]:25")]);
    assert_eq!(relay, want("{d:desk}[{n:192.0.2.7}]:25"));
    let [_, text] = members([("helo", "desk-4"), ("text", "desk of localhost")]);
    assert_eq!(text, want("{d:desk} of localhost"));
    let [_, text] = members([("helo", "localhost-4"), ("text", "desk of <localhost>")]);
    assert_eq!(text, "desk of <localhost>");
}
