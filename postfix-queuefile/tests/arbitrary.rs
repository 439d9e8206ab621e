//! Generated values keep the laws of the types.
#![cfg(feature = "arbitrary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::bounce::*;
use postfix_queuefile::build::*;
use postfix_queuefile::config::{MainCf, MainCfError};
use postfix_queuefile::content::*;
use postfix_queuefile::envelope::*;
use postfix_queuefile::spool::*;
use postfix_queuefile::stream::*;
use postfix_queuefile::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn generated_values_are_legal(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut u = Unstructured::new(&bytes);
        if let Ok(time) = Timestamp::arbitrary(&mut u) {
            prop_assert_eq!(Timestamp::new(time.seconds(), time.micros()), time);
        }
        if let Ok(notify) = Notify::arbitrary(&mut u) {
            prop_assert_eq!(serde_json::from_value::<Notify>(notify.bits().into()).unwrap(), notify);
        }
        if let Ok(size) = SizeRecord::arbitrary(&mut u) {
            prop_assert!(size.fields().len() <= 6);
            prop_assert!(size.segment_size().is_none_or(|_| !size.fields().is_empty()));
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

/// Calls `each` with values made of random bytes; fails when few could be made.
fn many(mut each: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut made = 0;
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..100)
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
fn what_is_read_from_files_reads_back() {
    let (mut kinds, mut states, mut senders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut lines = 0;
    many(|u| {
        let record = Record::arbitrary(u)?;
        let mut bytes = Vec::new();
        bytes.extend(Encoder::new().record(record.kind(), record.data()).finish());
        let read = records(&bytes).next().unwrap().unwrap();
        assert_eq!((read.kind(), read.data()), (record.kind(), record.data()));
        kinds.insert(record.kind().0);
        let mail = Envelope::arbitrary(u)?;
        assert!(mail.recipients().all(|recipient| recipient.offset() > 0));
        senders.insert(mail.sender().map(<[u8]>::to_vec));
        let recipient = Recipient::arbitrary(u)?;
        assert_eq!(recipient.address(), recipient.record().text());
        states.insert(format!("{:?}", recipient.state()));
        let client = Client::arbitrary(u)?;
        assert!(client.address.is_some() || client.name.is_some() || client.helo.is_some());
        let sasl = Sasl::arbitrary(u)?;
        assert!(sasl.method.is_some() || sasl.username.is_some() || sasl.sender.is_some());
        lines += Message::arbitrary(u)?.lines().count();
        Ok(())
    });
    assert!(lines > 1_000, "{lines}");
    assert!(kinds.len() > 10, "{kinds:?}");
    assert!(states.len() >= 2, "{states:?}");
    assert!(senders.len() >= 4, "{senders:?}");
}

#[test]
fn logs_belong_to_recipients() {
    let (mut recipients, mut entries, mut own, mut reasons) = (0, BTreeSet::new(), 0, 0);
    many(|u| {
        let entry = BounceEntry::arbitrary(u)?;
        assert!(!entry.status().is_empty() && !entry.action().is_empty());
        entries.insert(entry.reason().map(<[u8]>::to_vec));
        let joined = JoinedRecipient::arbitrary(u)?;
        recipients += 1;
        own += usize::from(joined.delay().is_some());
        reasons += usize::from(joined.failure().is_some_and(|entry| entry.reason().is_some()));
        Ok(())
    });
    assert!(recipients > 200 && own > 0 && reasons > 0, "{recipients} {own} {reasons}");
    assert!(entries.len() >= 3, "{entries:?}");
}

#[test]
fn parts_are_of_their_file() {
    let (mut whole, mut needs) = (0, 0);
    many(|u| {
        let parts = Pieces::arbitrary(u)?;
        match Envelope::parse_pieces(parts) {
            Ok(mail) if mail.is_complete() => whole += 1,
            Ok(mail) => {
                let missing = mail.damage().map(|error| error.kind());
                needs += usize::from(matches!(missing, Some(ErrorKind::NotAtHand { .. })));
            }
            Err(error) => needs += usize::from(error.is_incomplete()),
        }
        Ok(())
    });
    assert!(whole > 0 && needs > 0, "{whole} {needs}");
}

#[test]
fn settings_are_read() {
    let (mut errors, mut values) = (BTreeSet::new(), 0);
    many(|u| {
        let config = MainCf::arbitrary(u)?;
        match config.get(b"queue_directory") {
            Ok(value) => values += usize::from(value != b"/var/spool/postfix"),
            Err(error) => drop(errors.insert(error.to_string())),
        }
        drop(MainCfError::arbitrary(u)?.to_string());
        Ok(())
    });
    assert!(values > 0 && !errors.is_empty(), "{values} {errors:?}");
}

#[cfg(unix)]
#[test]
fn what_a_spool_tells_adds_up() {
    let mut named = 0;
    many(|u| {
        let report = Report::arbitrary(u)?;
        let skipped: u64 = report.skipped().map(|(_, count)| count).sum();
        assert_eq!(report.files(), report.entries() + skipped);
        let file = FileInfo::arbitrary(u)?;
        assert_eq!(file.mode() & !0o7777, 0);
        assert!(file.modified().micros() < 1_000_000);
        Ok(())
    });
    for text in [&b"3Pt2mN2VXxznjll"[..], b"0A1B2C3D4E", b"x."] {
        let text = [text, b".12345678"].concat();
        let Ok(name) = QueueName::arbitrary(&mut Unstructured::new(&text)) else { continue };
        let depth = name.hash_dirs().len();
        assert!(depth <= 16 && name.id().hash_dirs(depth).eq(name.hash_dirs().iter().copied()));
        named += 1;
    }
    assert_eq!(named, 2, "a name of one byte is none");
}

#[cfg(feature = "bytes")]
#[test]
fn shared_records_hold_what_the_file_does() {
    many(|u| {
        let record = SharedRecord::arbitrary(u)?;
        let mut bytes = Vec::new();
        bytes.extend(Encoder::new().record(record.kind(), record.data()).finish());
        assert_eq!(records(&bytes).next().unwrap().unwrap().data(), &record.data()[..]);
        Ok(())
    });
}
