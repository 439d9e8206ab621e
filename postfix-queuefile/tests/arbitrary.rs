//! Generated values keep the laws of the types.
#![cfg(feature = "arbitrary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::{EnvelopeBuf, Notify, Queue, QueueId, SizeRecord, Timestamp};
use proptest::prelude::*;

proptest! {
    #[test]
    fn generated_values_are_legal(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut u = Unstructured::new(&bytes);
        if let Ok(time) = Timestamp::arbitrary(&mut u) {
            prop_assert_eq!(Timestamp::new(time.seconds(), time.micros()), time);
        }
        if let Ok(notify) = Notify::arbitrary(&mut u) {
            prop_assert_eq!(Notify::from_bits(notify.bits()), Some(notify));
        }
        if let Ok(size) = SizeRecord::arbitrary(&mut u) {
            prop_assert_eq!(size.fields().len(), usize::from(size.count()));
            prop_assert!(size.segment_size().is_none_or(|_| size.count() > 0));
        }
        if let Ok(id) = QueueId::arbitrary(&mut u) {
            prop_assert_eq!(QueueId::parse(id.as_bytes()), Ok(id));
        }
        let _ = Queue::arbitrary(&mut u);
    }
}

#[test]
fn ids_are_found_in_text() {
    let mut u = Unstructured::new(b"3Pt2mN2VXxznjll.4");
    assert_eq!(QueueId::arbitrary(&mut u).unwrap().as_str(), "3Pt2mN2VXxznjll");
    assert_eq!(u.len(), 2);
    assert!(QueueId::arbitrary(&mut u).is_err());
}

#[test]
fn envelopes_are_not_all_alike() {
    let seeds =
        (0..=255_u8).map(|seed| (1..65_u8).map(|i| i.wrapping_mul(seed)).collect::<Vec<_>>());
    let made: Vec<EnvelopeBuf> =
        seeds.map(|seed| EnvelopeBuf::arbitrary(&mut Unstructured::new(&seed)).unwrap()).collect();
    assert!(made.iter().any(|mail| mail.sender.is_some()));
    assert!(made.iter().any(|mail| mail.dsn_return.is_some()));
    assert!(made.iter().any(|mail| mail.sender.is_none()));
}
