//! What is made for fuzzers is what the crate itself makes, and of every kind.
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]
#![cfg(all(feature = "arbitrary", feature = "lifecycle"))]

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_log::{
    Attempt, Class, Delay, Dsn, Evicted, Fate, Lifecycle, Line, LogTime, OwnedEntry, QueueId,
    Status, Timestamp, Tracker, Value,
};

/// Calls `each` with values made of random bytes; fails when few could be made.
fn many(mut each: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut made = 0;
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..250)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        made += usize::from(each(&mut Unstructured::new(&bytes)).is_ok());
    }
    assert!(made > 400, "{made} of 500");
}

#[test]
fn plain_values_read_back() {
    many(|input| {
        let dsn: Dsn = input.arbitrary()?;
        assert_eq!(Dsn::parse(dsn.to_string().as_bytes()), Some(dsn));
        let delay: Delay = input.arbitrary()?;
        assert_eq!(Delay::parse(delay.to_string().as_bytes()), Some(delay));
        let id: QueueId<'_> = input.arbitrary()?;
        assert_eq!(QueueId::parse(id.as_bytes()), Some(id));
        let status: Status<'_> = input.arbitrary()?;
        assert_eq!(Status::from_word(status.as_bytes()), status);
        Class::arbitrary(input).map(drop)
    });
}

#[test]
fn an_id_at_the_front_of_the_input_is_taken() {
    let mut input = Unstructured::new(b"2B66F13C0AA and what follows");
    assert_eq!(QueueId::arbitrary(&mut input).unwrap().as_bytes(), b"2B66F13C0AA");
}

#[test]
fn times_read_back() {
    let mut kinds = BTreeSet::new();
    many(|input| {
        let time: LogTime = input.arbitrary()?;
        let text = format!("{time} mx1 a: b");
        let read = Line::new(text.as_bytes(), 0).header().unwrap().timestamp().unwrap();
        assert_eq!(read.to_string(), time.to_string());
        let stamp: Timestamp = input.arbitrary()?;
        kinds.insert((stamp.year().is_some(), stamp.offset().is_some()));
        Ok(())
    });
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn entries_are_of_every_kind_and_survive_json() {
    let (mut events, mut values) = (BTreeSet::new(), BTreeSet::new());
    many(|input| {
        let entry: OwnedEntry = input.arbitrary()?;
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<OwnedEntry>(&json).unwrap(), entry, "{json}");
        events.insert(entry.text("event").unwrap_or_default().to_vec());
        values.extend(entry.members().map(|(_, value)| kind(value)));
        Ok(())
    });
    assert!(events.len() >= 10, "{events:?}");
    assert!(values.len() >= 6, "{values:?}");
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "text",
        Value::Number(_) => "number",
        Value::Flag(_) => "flag",
        Value::Seconds(_) => "seconds",
        Value::Delays(_) => "delays",
        Value::Commands(_) => "commands",
        Value::Figures(_) => "figures",
        _ => "other",
    }
}

#[test]
fn rows_are_of_many_kinds_and_trackers_resume() {
    let mut fates = BTreeSet::new();
    many(|input| {
        let row: Lifecycle = input.arbitrary()?;
        assert!(row.attempt_count >= u64::try_from(row.attempts.len()).unwrap());
        fates.insert(row.fate);
        Attempt::arbitrary(input)?;
        Evicted::arbitrary(input)?;
        let tracker: Tracker = input.arbitrary()?;
        let saved = save(&tracker);
        let mut json = serde_json::Deserializer::from_slice(&saved);
        assert_eq!(save(&Tracker::resume(&mut json).unwrap()), saved);
        Ok(())
    });
    for fate in [Fate::Delivered, Fate::StillDeferred, Fate::Bounced, Fate::Unknown] {
        assert!(fates.contains(&fate), "{fate:?} in {fates:?}");
    }
}

fn save(tracker: &Tracker) -> Vec<u8> {
    let mut out = Vec::new();
    tracker.save(&mut serde_json::Serializer::new(&mut out)).unwrap();
    out
}
