//! Owned values go out and come back.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use postfix_queuefile::{DeferLog, Encoder, Envelope, EnvelopeBuf, RecordBuf, RecordType, records};
use proptest::prelude::*;

fn file() -> Vec<u8> {
    let file = Encoder::new().size().time(1_700_000_000).from(b"s@\xff").attribute("a", "b\"\n");
    let file = file.attribute("notify_flags", "14").orig_rcpt(b"O@y").rcpt(b"r@y").rcpt(b"");
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
}

#[test]
fn borrowed_values_have_the_members_of_their_accessors() {
    let file = file();
    let record = records(&file).nth(2).unwrap().unwrap();
    let value = serde_json::to_value(record).unwrap();
    assert_eq!(value, serde_json::json!({"kind": 83, "offset": 109, "data": "s@\\xff"}));
    let entry = DeferLog::parse(b"recipient=r@y\noffset=7\nreason=why\n\n").next().unwrap();
    let value = serde_json::to_value(entry).unwrap();
    assert_eq!(value["reason"], "why");
    assert_eq!((&value["offset"], &value["dsn"]), (&7.into(), &"4.0.0".into()));
}

proptest! {
    #[test]
    fn records_come_back(kind in any::<u8>(), data in proptest::collection::vec(any::<u8>(), 0..64)) {
        let record = RecordBuf { kind: RecordType(kind), data };
        let json = serde_json::to_string(&record).unwrap();
        prop_assert_eq!(serde_json::from_str::<RecordBuf>(&json).unwrap(), record);
    }
}
