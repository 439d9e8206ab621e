//! Owned values go out and come back.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use postfix_queuefile::bounce::{BounceKind, BounceLog};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::envelope::{DelayWarning, EnvelopeBuf, Notify, RecipientBuf, Return};
use postfix_queuefile::{Envelope, Queue, RecordType, Timestamp, records};
use proptest::prelude::*;

fn file() -> Vec<u8> {
    let file = Encoder::new().size().time(1_700_000_000);
    let file = file.attribute("create_time", "1700000001").attribute("envelope_id", "id\x01");
    let file = file.attribute("ret_flags", "2").record(RecordType::FULL_NAME, "Al é");
    let file = file.from(b"s@\xff").attribute("a", "b\"\n").record(RecordType::VERP, "+=");
    let file = file.record(RecordType::FILTER, "smtp:x").record(RecordType::REDIRECT, "q@z");
    let file = file.record(RecordType::WARN_TIME, "1700014400");
    let file = file
        .attribute("notify_flags", "14")
        .record(RecordType::ORIG_RCPT, b"O@y")
        .rcpt(b"r@y")
        .rcpt(b"");
    file.message().text(b"x").extracted().end()
}

#[test]
fn envelopes_come_back() {
    let file = file();
    let mail = Envelope::parse(&file).unwrap();
    let json = serde_json::to_string(&mail).unwrap();
    assert!(json.contains(r#""sender":"s@\\xff""#), "{json}");
    assert!(json.contains(r#""state":"pending""#), "{json}");
    let back: EnvelopeBuf = serde_json::from_str(&json).unwrap();
    assert_eq!(back, EnvelopeBuf::from(&mail));
    assert_eq!(back.recipients.len(), 2);
    // Each value stands for an accessor.
    assert_eq!(back.sender.as_deref(), mail.sender());
    assert_eq!((back.arrival, back.created), (mail.arrival(), mail.created()));
    assert_eq!(back.created, Some(Timestamp::new(1_700_000_001, 0)));
    assert_eq!(back.size_record, mail.size_record());
    assert_eq!(back.size_record.map(|size| size.fields().len()), Some(6));
    assert_eq!(back.filter.as_deref(), Some(&b"smtp:x"[..]));
    assert_eq!(back.redirect.as_deref(), Some(&b"q@z"[..]));
    assert_eq!(back.full_name.as_deref(), Some("Al é".as_bytes()));
    assert_eq!(back.verp.as_deref(), Some(&b"+="[..]));
    assert_eq!(back.delay_warning, DelayWarning::Due(Timestamp::new(1_700_014_400, 0)));
    assert_eq!(back.envelope_id.as_deref(), Some(&b"id\x01"[..]));
    assert_eq!(back.dsn_return, Some(Return::Headers));
    assert_eq!((back.content_offset, back.is_complete), (mail.content_offset(), true));
    assert_eq!((back.damage, back.warnings.len()), (None, 0));
    assert_eq!(back.attributes.len(), mail.attributes().count());
}

#[test]
fn damage_and_warnings_come_back() {
    let file = Encoder::new().size().record(RecordType(b'Q'), "").record(RecordType(b'n'), "99");
    let file = file.rcpt(b"r@y").message().extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let json = serde_json::to_string(&mail).unwrap();
    assert!(json.contains(r#"{"kind":"missing_sender","offset":"#), "{json}");
    assert!(json.contains(r#"{"kind":{"unknown_type":{"kind":81}},"offset":97}"#), "{json}");
    let back: EnvelopeBuf = serde_json::from_str(&json).unwrap();
    assert_eq!(back.damage, mail.damage());
    assert_eq!(back.warnings, mail.warnings().collect::<Vec<_>>());
    assert_eq!(serde_json::from_str::<EnvelopeBuf>("{}").unwrap(), EnvelopeBuf::default());
}

#[test]
fn what_no_file_can_say_does_not_come_in() {
    let time = format!(r#"{{"seconds":{},"micros":4294967295}}"#, u64::MAX);
    let time: Timestamp = serde_json::from_str(&time).unwrap();
    assert_eq!(time.micros(), 999_999);
    assert_eq!(time.since_epoch().as_secs(), u64::MAX);
    assert!(serde_json::from_str::<Notify>("3").is_err());
    assert_eq!(serde_json::from_str::<Notify>("6").unwrap().bits(), 6);
}

#[test]
fn queues_have_the_names_of_their_directories() {
    for queue in Queue::ALL {
        assert_eq!(serde_json::to_value(queue).unwrap(), queue.as_str());
    }
}

#[test]
fn borrowed_values_have_the_members_of_their_accessors() {
    let file = file();
    let mut all = records(&file).map(Result::unwrap);
    let record = all.find(|record| record.kind() == RecordType::FROM).unwrap();
    let value = serde_json::to_value(record).unwrap();
    assert_eq!(
        value,
        serde_json::json!({"kind": 83, "offset": record.offset(), "data": "s@\\xff"})
    );
    let entry = BounceLog::parse(b"recipient=r@y\noffset=7\nreason=why\n\n", BounceKind::Defer)
        .next()
        .unwrap();
    let value = serde_json::to_value(entry).unwrap();
    assert_eq!(value["reason"], "why");
    assert_eq!((&value["offset"], &value["status"]), (&7.into(), &"4.0.0".into()));
    let mail = Envelope::parse(&file).unwrap();
    let recipient = mail.recipients().next().unwrap();
    let value = serde_json::to_value(recipient).unwrap();
    assert_eq!(
        serde_json::from_value::<RecipientBuf>(value).unwrap(),
        RecipientBuf::from(&recipient)
    );
}

proptest! {
    #[test]
    fn attributes_come_back(name in any::<Vec<u8>>(), value in any::<Vec<u8>>()) {
        let mut mail = EnvelopeBuf::default();
        mail.attributes.push((name, value));
        let json = serde_json::to_string(&mail).unwrap();
        prop_assert_eq!(serde_json::from_str::<EnvelopeBuf>(&json).unwrap(), mail);
    }
}
