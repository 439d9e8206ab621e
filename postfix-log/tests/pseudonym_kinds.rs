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

/// A member and a text beside it, both after the anonymizer.
fn hidden(member: &str, value: &str, text: &str) -> (String, String) {
    let beside = if member == "text" { "note" } else { "text" };
    let json = serde_json::json!({ member: value, beside: text });
    let mut object: Object = serde_json::from_value(json).expect("an object");
    anonymizer().with_domains().with_networks().entry(&mut object);
    let text = |name: &str| shown(object.text(name).expect("a text"));
    (text(member), text(beside))
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
        // In hexadecimal, as in the name of a host, only an address that is a member is found.
        let hex = if NETWORKS.contains(&name) { "no {n:192.0.2.7}" } else { "no c0000207" };
        let whole = if address || name == "message_id" { "{192.0.2.7}" } else { "{n:192.0.2.7}" };
        assert_eq!(hidden(name, "192.0.2.7", "no c0000207"), wanted(whole, hex), "{name}");
    }
}
