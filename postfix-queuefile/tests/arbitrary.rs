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

/// The values that these inputs give, in the order of the inputs.
fn each<T: for<'a> Arbitrary<'a>>(inputs: impl IntoIterator<Item = Vec<u8>>) -> Vec<T> {
    inputs.into_iter().map(|input| T::arbitrary(&mut Unstructured::new(&input)).unwrap()).collect()
}

#[test]
fn times_have_any_second_and_any_microsecond() {
    let input = |micros: u32| [&[7, 0, 0, 0, 0, 0, 0, 1], &micros.to_be_bytes()[1..]].concat();
    let times: Vec<Timestamp> = each((999_000..1_001_000).chain(0..2).map(input));
    assert!(times.iter().all(|time| time.seconds() == 7 + (1 << 56)));
    let micros = || times.iter().map(|time| time.micros());
    assert_eq!((micros().min(), micros().max()), (Some(0), Some(999_999)));
    assert!(times.windows(2).all(|pair| pair[0] != pair[1]), "each is as likely as the next");
}

#[test]
fn all_notify_flags_are_generated_and_no_others() {
    let flags = each::<Notify>((0..=255).map(|byte| vec![byte]));
    let bits: BTreeSet<u8> = flags.iter().map(|notify| notify.bits()).collect();
    assert!(bits.into_iter().eq([0, 1, 2, 4, 6, 8, 10, 12, 14]));
}

#[test]
fn size_records_have_up_to_six_fields_and_sometimes_other_text() {
    let fields = (0..=255).map(|byte| {
        let input = [&[byte][..], &[9, 0, 0, 0, 0, 0, 0, 0].repeat(6), &[1; 20]].concat();
        SizeRecord::arbitrary(&mut Unstructured::new(&input)).unwrap().fields().to_vec()
    });
    let fields: BTreeSet<_> = fields.collect();
    assert_eq!(fields, (0..=6).map(|count| vec![9; count]).collect());
    let with_text = (0..=255_u8).filter(|&byte| {
        let input = [&[1, 9, 0, 0, 0, 0, 0, 0, 0, byte][..], &[b'a'; 20]].concat();
        let size = SizeRecord::arbitrary(&mut Unstructured::new(&input)).unwrap();
        size.segment_size() != Some(9)
    });
    assert_eq!(with_text.count(), 256 / 8);
}

#[test]
fn parts_reach_from_nothing_to_the_whole_file() {
    let length = include_bytes!("data/8bitmime.qf").len() as u16;
    let error = |head: u16, tail: u16| {
        let input = [&[1, 0][..], &head.to_be_bytes(), &tail.to_be_bytes()].concat();
        let parts = Pieces::arbitrary(&mut Unstructured::new(&input)).unwrap();
        let mail = Envelope::parse_pieces(parts);
        mail.map_or_else(Some, |mail| mail.damage()).map(|error| (error.offset(), error.kind()))
    };
    for (head, tail) in [(length, length), (0, 0), (length, 0), (1000, 1000)] {
        assert_eq!(error(head, tail), None, "{head} {tail}");
    }
    assert_eq!(error(0, length), Some((0, ErrorKind::NotAtHand { end: 1 })));
    assert_eq!(error(0, length - 1), Some((0, ErrorKind::NotAtHand { end: 1 })));
    assert_eq!(error(1, length), Some((0, ErrorKind::NotAtHand { end: 2 })));
}

#[test]
fn every_fourth_log_is_the_input_if_that_has_an_entry() {
    let entry = |own: &str, ratio: u8| {
        let length = own.len() as u8;
        let input = [&[0, 0, 0, 0, ratio][..], own.as_bytes(), &[0, length]].concat();
        let entry = BounceEntry::arbitrary(&mut Unstructured::new(&input)).unwrap();
        entry.reason().map(<[u8]>::to_vec)
    };
    let mine = (0..=255).filter(|&ratio| entry("reason=mine\n\n", ratio) == Some(b"mine".into()));
    assert_eq!(mine.count(), 256 / 4);
    assert!((0..=255).all(|ratio| entry("reason=mine", ratio) != Some(b"mine".into())));
}

#[test]
fn configurations_have_up_to_four_settings() {
    for count in 0..=5_u8 {
        let choices = (0..4_u8).flat_map(|name| [name, 4]);
        let input: Vec<u8> = [count].into_iter().chain(choices).chain([0]).collect();
        let config = MainCf::arbitrary(&mut Unstructured::new(&input)).unwrap();
        let names = [
            "queue_directory",
            "hash_queue_names",
            "hash_queue_depth",
            "enable_long_queue_ids",
            "maximal_queue_lifetime",
        ];
        let set = names.iter().filter(|name| config.get(name.as_bytes()) == Ok(b"2".to_vec()));
        assert_eq!(set.count(), usize::from(count % 5), "{count}");
    }
}

#[cfg(unix)]
#[test]
fn files_have_any_mode_and_names_lie_at_any_depth() {
    let input = |mode: u16| [&[0; 47][..], &mode.to_be_bytes()].concat();
    let modes: BTreeSet<u32> =
        each::<FileInfo>((0..0x2000).map(input)).iter().map(FileInfo::mode).collect();
    assert!(modes.into_iter().eq(0..=0o7777));
    let names: Vec<QueueName> = each((0..32_u8).map(|depth| vec![b'A', b'B', depth, 0, 0, 0, 0]));
    assert!(names.iter().all(|name| name.id().as_str() == "AB"));
    let depths: BTreeSet<usize> = names.iter().map(|name| name.hash_dirs().len()).collect();
    assert!(depths.into_iter().eq(0..=16));
}

#[cfg(unix)]
#[test]
fn reports_have_all_counts() {
    let (mut entries, mut skipped, mut directories, mut unreadable) = (0, 0, 0, 0);
    many(|u| {
        let report = Report::arbitrary(u)?;
        entries += u32::from(report.entries() > 0);
        skipped += u32::from(report.skipped().next().is_some());
        directories += u32::from(report.directories() > 0);
        unreadable += u32::from(report.unreadable_directories() > 0);
        Ok(())
    });
    assert!(entries > 10 && skipped > 10 && directories > 10 && unreadable > 10);
}
