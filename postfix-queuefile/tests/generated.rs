//! Values made for fuzzing reach the ends of what their types can hold: each test counts over fixed bytes what is made.
#![cfg(feature = "arbitrary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::bounce::BounceEntry;
use postfix_queuefile::config::MainCf;
use postfix_queuefile::envelope::{Notify, SizeRecord};
use postfix_queuefile::stream::*;
use postfix_queuefile::*;

/// The value that is made of these bytes.
fn made<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> T {
    T::arbitrary(&mut Unstructured::new(bytes)).unwrap()
}

#[test]
fn times_have_any_microsecond() {
    for (number, micros) in [(0_u32, 0), (1, 1), (999_999, 999_999), (1_000_000, 0)] {
        let [_, number @ ..] = number.to_be_bytes();
        let time: Timestamp = made(&[&7_i64.to_le_bytes()[..], &number].concat());
        assert_eq!((time.seconds(), time.micros()), (7, micros));
    }
}

#[test]
fn all_wishes_for_notification_are_made_and_no_others() {
    let bits: BTreeSet<u8> = (0..=255).map(|byte: u8| made::<Notify>(&[byte]).bits()).collect();
    assert_eq!(bits.into_iter().collect::<Vec<_>>(), [0, 1, 2, 4, 6, 8, 10, 12, 14]);
}

#[test]
fn size_records_have_none_to_six_numbers_and_one_in_eight_has_text_as_well() {
    let mut counts = BTreeSet::new();
    for count in 0..=255 {
        let mut bytes = vec![count];
        (0..7_i64).for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.push(1);
        let size: SizeRecord = made(&bytes);
        assert!(size.fields().iter().copied().eq((0..7).take(size.fields().len())));
        counts.insert(size.fields().len());
    }
    assert!(counts.into_iter().eq(0..=6));
    let with_text = |byte: u8| !made::<SizeRecord>(&[0, byte, b'7', b'7', 2]).fields().is_empty();
    assert_eq!((0..=255).filter(|&byte| with_text(byte)).count(), 256 / 8);
}

#[test]
fn any_part_of_a_file_may_be_missing() {
    let file = include_bytes!("data/8bitmime.qf");
    let length = u16::try_from(file.len()).unwrap();
    for (head, tail) in [(0, 0), (0, length), (length, length), (length, 0), (9, length - 5)] {
        let bytes = [&[1, 0][..], &head.to_be_bytes(), &tail.to_be_bytes()].concat();
        let pieces: Pieces<'_> = made(&bytes);
        let (head, tail) = (&file[..usize::from(head)], &file[usize::from(tail)..]);
        let whole = Pieces::new(length.into()).with(0, head);
        let at = u64::from(length) - tail.len() as u64;
        let expected = whole.and_then(|pieces| pieces.with(at, tail)).unwrap();
        assert_eq!(format!("{pieces:?}"), format!("{expected:?}"));
    }
}

#[test]
fn one_log_in_four_is_the_input_itself() {
    let own = |byte: u8| {
        let mut bytes = vec![0, 0, 0, 0, byte];
        bytes.extend(b"<own@x.example>: no answer\n\n");
        bytes.push(u8::try_from(bytes.len()).unwrap() - 5);
        made::<BounceEntry<'_>>(&bytes).recipient() == Some(&b"own@x.example"[..])
    };
    assert_eq!((0..=255).filter(|&byte| own(byte)).count(), 256 / 4);
    // What has no entry is no log: the sample is taken.
    for byte in 0..=255 {
        let bytes = [0, 0, 0, 0, byte, b'\n', b'\n', 2];
        assert!(made::<BounceEntry<'_>>(&bytes).recipient().is_some());
    }
}

#[test]
fn up_to_four_settings_are_made() {
    let names = [
        "queue_directory",
        "hash_queue_names",
        "hash_queue_depth",
        "enable_long_queue_ids",
        "maximal_queue_lifetime",
        "minimal_backoff_time",
    ];
    let none = MainCf::parse(b"");
    let mut counts = BTreeSet::new();
    for count in 0..=255 {
        let config: MainCf = made(&[count, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0]);
        let is_set = |name: &&&str| config.raw(name.as_bytes()) != none.raw(name.as_bytes());
        counts.insert(names.iter().filter(is_set).count());
    }
    assert!(counts.iter().copied().eq(0..=4), "{counts:?}");
}

#[cfg(unix)]
mod spool {
    use super::*;
    use postfix_queuefile::spool::{FileInfo, QueueName, Report};

    #[test]
    fn files_have_any_permissions() {
        let modes: BTreeSet<u32> = (0..0x2000_u16)
            .map(|mode| {
                let mut bytes = vec![0; 47];
                bytes.extend(mode.to_be_bytes());
                made::<FileInfo>(&bytes).mode()
            })
            .collect();
        assert!(modes.into_iter().eq(0..=0o7777));
    }

    #[test]
    fn names_have_two_bytes_or_more_and_any_depth() {
        let name: QueueName = made(b"0A.12345");
        assert_eq!(name.id().as_str(), "0A");
        assert!(QueueName::arbitrary(&mut Unstructured::new(b"0.12345")).is_err());
        let depths: BTreeSet<usize> = (128..=255)
            .map(|depth| {
                let bytes = [&b"0123456789ABCDEF0123"[..], &[depth, 0, 0, 0, 0]].concat();
                made::<QueueName>(&bytes).hash_dirs().len()
            })
            .collect();
        assert!(depths.iter().copied().eq(0..=16), "{depths:?}");
    }

    #[test]
    fn reports_tell_of_files_and_directories() {
        let reports = || {
            (0..=255_u8).map(|seed| {
                let bytes: Vec<u8> = (1..200_u8).map(|i| i.wrapping_mul(seed) ^ (i >> 3)).collect();
                made::<Report>(&bytes)
            })
        };
        assert!(reports().any(|report| report.entries() > 2));
        assert!(reports().any(|report| report.skipped().count() > 2));
        assert!(reports().any(|report| report.directories() > 0));
    }
}
