//! Hostile text stays in its field.
//!
//! Lines are made as Postfix makes them, from addresses, names and replies that are themselves made
//! of delimiters and of whole fake tails. The parser must give back the parts. It must also agree,
//! on these lines and on damaged ones, with slow twins of itself made of regular expressions.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod hostile;
mod slow;

use hostile::{Delivery, Reject};
use postfix_log::{Event, parse_payload};
use proptest::prelude::*;

/// `PROPTEST_CASES` raises the number.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(2_000), ..config }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// A line or its last value without the blanks at the end, which loggers may drop.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., 0..=b' ' | 0x7f] = text {
        text = rest;
    }
    text
}

/// The fast parser's reading of a delivery line, in the words of the twin.
fn fast_delivery(line: &[u8]) -> Option<slow::Delivery> {
    let payload = [b"1E24013C03E: ", line].concat();
    match parse_payload(b"smtp", &payload) {
        Event::Delivery(d) => Some(slow::Delivery {
            to: d.to.to_vec(),
            orig_to: d.orig_to.map(<[u8]>::to_vec),
            relay: d.relay.text.to_vec(),
            conn_use: d.conn_use,
            delay: d.delay.as_micros(),
            delays: d.delays.map(|delays| delays.to_array().map(|delay| delay.as_micros())),
            tls: d.tls.map(<[u8]>::to_vec),
            dsn: d.dsn.map(|dsn| dsn.to_string()),
            status: d.status_word.to_vec(),
            reason: d.reason.to_vec(),
            ambiguous: d.ambiguous,
            truncated: d.truncated,
        }),
        _ => None,
    }
}

/// The fast parser's reading of a reject line.
fn fast_reject(line: &[u8]) -> Option<slow::Reject> {
    let payload = [b"NOQUEUE: ", line].concat();
    match parse_payload(b"smtpd", &payload) {
        Event::PolicyAction(p) => Some(slow::Reject {
            action: p.action.to_vec(),
            stage: p.stage?.to_vec(),
            client_name: p.client?.name?.to_vec(),
            client_addr: p.client?.address.as_bytes().to_vec(),
            client_port: p.client?.port,
            code: p.code,
            dsn: p.dsn.map(|dsn| dsn.to_string()),
            text: p.text.to_vec(),
            from: p.from.map(<[u8]>::to_vec),
            to: p.to.map(<[u8]>::to_vec),
            proto: p.proto.map(<[u8]>::to_vec),
            helo: p.helo.map(<[u8]>::to_vec),
            sasl_method: p.sasl_method.map(<[u8]>::to_vec),
            sasl_username: p.sasl_username.map(<[u8]>::to_vec),
            sasl_sender: p.sasl_sender.map(<[u8]>::to_vec),
            ambiguous: p.ambiguous,
        }),
        _ => None,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn deliveries_come_back(delivery in hostile::delivery()) {
        let line = delivery.line();
        let found = fast_delivery(&line).unwrap();
        let Delivery { to, orig_to, relay, reason, .. } = &delivery;
        prop_assert_eq!(text(&found.to), text(to), "{}", text(&line));
        prop_assert_eq!(found.orig_to.as_deref().map(text), orig_to.as_deref().map(text));
        prop_assert_eq!(text(&found.relay), text(relay));
        prop_assert_eq!(text(&found.reason), text(reason));
        prop_assert_eq!(text(&found.status), text(delivery.status.as_bytes()));
        prop_assert!(!found.truncated);
        // Only a reply that imitates all fields behind a `>` makes a line doubtful.
        prop_assert!(!found.ambiguous || text(reason).contains(">, "));
    }

    #[test]
    fn deliveries_read_as_the_twin_reads(delivery in hostile::delivery(), damage in hostile::damage()) {
        let line = damage.apply(&delivery.line());
        // The twin looks at every place where an address could end, however many there are.
        if text(&line).matches(">, ").count() <= 32 {
            prop_assert_eq!(fast_delivery(&line), slow::delivery(trimmed(&line)), "{}", text(&line));
        }
    }

    #[test]
    fn rejects_come_back(reject in hostile::reject()) {
        let line = reject.line();
        let found = fast_reject(&line).unwrap();
        let Reject { from, to, helo, reply, username, .. } = &reject;
        // A user who has logged in may have a name that looks like the rest of a line.
        if !found.ambiguous || username.is_none() {
            prop_assert_eq!(found.from.as_deref().map(text), from.as_deref().map(text), "{}", text(&line));
            prop_assert_eq!(found.to.as_deref().map(text), to.as_deref().map(text));
            prop_assert_eq!(found.helo.as_deref().map(text), helo.as_deref().map(text));
            prop_assert_eq!(text(&found.text), text(reply));
            prop_assert_eq!(found.sasl_username.as_deref().map(trimmed).map(text), username.as_deref().map(trimmed).map(text));
            prop_assert_eq!(found.proto.as_deref().map(text), Some("ESMTP".into()));
        }
        prop_assert!(!found.ambiguous || text(&line).contains(" sasl_"));
    }

    #[test]
    fn rejects_read_as_the_twin_reads(reject in hostile::reject(), damage in hostile::damage()) {
        let line = damage.apply(&reject.line());
        // The twin looks at every place where a tail could be, however many there are.
        let few = text(&line).matches(" proto=").count() <= 16 && text(&line).matches("; from=<").count() <= 64;
        if few {
            prop_assert_eq!(fast_reject(&line), slow::reject(trimmed(&line)), "{}", text(&line));
        }
    }

    #[test]
    fn postscreen_rejects_come_back(reject in hostile::postscreen()) {
        let line = reject.line();
        let Event::PolicyAction(found) = parse_payload(b"postscreen", &line) else { panic!() };
        prop_assert_eq!(found.from.map(text), Some(text(&reject.from)), "{}", text(&line));
        prop_assert_eq!(found.to.map(text), Some(text(&reject.to)));
        prop_assert_eq!(found.helo.map(text), Some(text(&reject.helo)));
        prop_assert!(!found.ambiguous);
    }

    #[test]
    fn content_checks_come_back(check in hostile::content()) {
        let line = check.line();
        let Event::PolicyAction(found) = parse_payload(b"cleanup", &line) else { panic!() };
        if !found.ambiguous {
            prop_assert_eq!(text(found.text), text(&check.sample), "{}", text(&line));
            prop_assert_eq!(found.client.map(|client| text(client.address.as_bytes())), Some("198.51.100.7".into()));
            prop_assert_eq!(found.from.map(text), Some(text(&check.from)));
            prop_assert_eq!(found.to.map(text), Some(text(&check.to)));
            prop_assert_eq!(found.note.map(text), check.note.as_deref().map(trimmed).map(text));
        }
    }

    #[test]
    fn senders_come_back(sender in hostile::address(), size: u32, nrcpt: u16) {
        let tail = format!(">, size={size}, nrcpt={nrcpt} (queue active)");
        let line = [b"1E24013C03E: from=<", &sender[..], tail.as_bytes()].concat();
        let Event::QueueActive(found) = parse_payload(b"qmgr", &line) else { panic!() };
        prop_assert_eq!(text(found.from), text(&sender));
        prop_assert_eq!((found.size, found.nrcpt), (size.into(), nrcpt.into()));
        let line = [b"1E24013C03E: uid=0 from=<", &sender[..], b"> orig_id=1E24113C040"].concat();
        let Event::QueueStart(found) = parse_payload(b"pickup", &line) else { panic!() };
        prop_assert_eq!(found.from.map(text), Some(text(&sender)));
    }

    #[test]
    fn any_bytes_are_an_event(program in "[a-z-]{0,10}", payload: Vec<u8>) {
        let _ = parse_payload(program.as_bytes(), &payload);
    }

    #[test]
    fn damaged_lines_are_events(delivery in hostile::delivery(), reject in hostile::reject(), damage in hostile::damage()) {
        for line in [delivery.line(), reject.line()] {
            let line = damage.apply(&line);
            for program in [&b""[..], b"smtp", b"smtpd", b"cleanup", b"qmgr", b"postscreen", b"other"] {
                let payload = [b"1E24013C03E: ", &line[..]].concat();
                let _ = parse_payload(program, &payload).is_ambiguous();
                let _ = parse_payload(program, &line).is_ambiguous();
            }
        }
    }
}
