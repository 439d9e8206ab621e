//! Stored quantiles: there is one way to write each, and anything else is refused.
#![cfg(feature = "quantiles")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::wire::DecodeErrorKind;
use postfix_qshape::{Buckets, Error, Name, Quantiles, Shape};
use proptest::collection::vec;
use proptest::prelude::*;

/// CRC-32, bit by bit.
fn sealed(body: &[u8]) -> Vec<u8> {
    let crc = !body.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
            if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
        })
    });
    [body, &crc.to_le_bytes()].concat()
}

/// Half a million millionths.
const HEAD: &[u8] = b"qshp\x01Q\xa0\xc2\x1e";

fn read(rest: &[u8]) -> Result<Quantiles<Name>, DecodeErrorKind> {
    Quantiles::from_bytes(&sealed(&[HEAD, rest].concat())).map_err(|error| {
        assert!(error.offset() <= (HEAD.len() + rest.len() + 4) as u64);
        error.kind()
    })
}

#[test]
fn the_layout_is_as_documented() {
    let mut quantiles: Quantiles<Name> = Quantiles::new(0.5);
    quantiles.extend_ref([
        (&b"few"[..], Duration::from_millis(1_500), 2),
        (b"few", Duration::ZERO, 1),
        (b"many", Duration::from_secs(1), 100),
        (b"many", Duration::ZERO, 7),
    ]);
    // 1.5 seconds: one whole second and 500,000,000 nanoseconds.
    let few = b"\x03few\x03\x00\x00\x01\x80\xca\xb5\xee\x01\x01\x80\xca\xb5\xee\x01";
    // Range 0, for zeros, holds seven; DDSketch's 0 lies 2^31 + 1 beyond it.
    let many = b"\x04many\x00\x00\x00\x01\x00\x02\x00\x07\x81\x80\x80\x80\x08\x64";
    let body = [HEAD, b"\x02", &few[..], many].concat();
    assert_eq!(quantiles.to_bytes(), sealed(&body));
    assert_eq!(Quantiles::from_bytes(&sealed(&body)).as_ref(), Ok(&quantiles));
}

#[test]
fn every_refusal_by_name() {
    let durations = DecodeErrorKind::Durations;
    for (name, rest, expected) in [
        ("no rows", &b""[..], DecodeErrorKind::Truncated),
        ("rows missing", b"\x05", DecodeErrorKind::Truncated),
        ("no durations", b"\x01\x01a\x00\x00\x00\x01\x00\x00", durations),
        ("out of order", b"\x01\x01a\x02\x01\x00\x00\x00", durations),
        ("too many kept", &[b"\x01\x01a\x41", &[0; 130][..]].concat(), durations),
        ("a range without any", b"\x01\x01a\x00\x00\x00\x00\x00\x01\x00\x00", durations),
        ("few that are counted", b"\x01\x01a\x00\x00\x00\x00\x00\x01\x00\x40", durations),
        ("ends of other ranges", b"\x01\x01a\x00\x00\x00\x01\x00\x01\x00\x41", durations),
        ("a range twice", b"\x01\x01a\x00\x00\x00\x00\x00\x02\x00\x41\x00\x01", durations),
        (
            "a range beyond all",
            b"\x01\x01a\x00\x00\x00\x00\x00\x02\x00\x41\x81\x80\x80\x80\x10\x01",
            durations,
        ),
        ("nanoseconds", b"\x01\x01a\x01\x00\x80\x94\xeb\xdc\x03", DecodeErrorKind::Number),
        ("a key twice", b"\x02\x01a\x01\x00\x00\x01a\x01\x00\x00", DecodeErrorKind::Order),
        ("keys out of order", b"\x02\x01b\x01\x00\x00\x01a\x01\x00\x00", DecodeErrorKind::Order),
        ("more", b"\x01\x01a\x01\x00\x00!", DecodeErrorKind::TrailingBytes),
    ] {
        assert_eq!(read(rest), Err(expected), "{name}");
    }
    assert!(read(b"\x01\x01a\x01\x00\x00").is_ok() && read(b"\x00").is_ok());
    let kind = |bytes: &[u8]| Quantiles::<Name>::from_bytes(bytes).unwrap_err().kind();
    for error in [&b"\x00"[..], b"\xe7\x07", b"\xa1\xc2\x1e", b"\xff\xff\xff\xff\xff\x01"] {
        let body = [b"qshp\x01Q", error, b"\x00"].concat();
        assert_eq!(kind(&sealed(&body)), DecodeErrorKind::Precision, "{error:?}");
    }
    let newer = sealed(&[b"qshp\x02", &HEAD[5..], b"\x00"].concat());
    assert_eq!(kind(&newer), DecodeErrorKind::NewerVersion { found: 2 });
    let shape = Shape::<Name>::new(Buckets::default()).to_bytes();
    assert_eq!(kind(&shape), DecodeErrorKind::OtherKind);
    let quantiles = sealed(&[HEAD, b"\x00"].concat());
    let other = Shape::<Name>::from_bytes(&quantiles).unwrap_err();
    assert_eq!(other.kind(), DecodeErrorKind::OtherKind);
}

#[test]
fn days_are_merged_from_what_was_stored() {
    let day = |seed: u64| {
        let mut day: Quantiles<String> = Quantiles::new(0.01);
        day.extend((0..500).map(|n| ("mx".to_owned(), Duration::from_millis(n * n * seed))));
        day
    };
    let mut week: Quantiles<String> = Quantiles::new(0.01);
    let mut direct = week.clone();
    for seed in 1..8 {
        week.merge(&Quantiles::from_bytes(&day(seed).to_bytes()).unwrap()).unwrap();
        direct.merge(&day(seed)).unwrap();
    }
    assert_eq!((week.to_bytes(), week.count("mx")), (direct.to_bytes(), 3_500));
    assert_eq!(week.quantile("mx", 0.99), direct.quantile("mx", 0.99));
    let other = Quantiles::<String>::from_bytes(&Quantiles::<String>::new(0.02).to_bytes());
    assert_eq!(week.merge(&other.unwrap()), Err(Error::PrecisionMismatch));
}

proptest! {
    #[test]
    fn any_come_back_and_equal_ones_are_equal_bytes(
        items in vec((0..5_u16, any::<Duration>(), 0..40_u64), 0..40), millionths in 1_000..500_000_u32,
    ) {
        let new = || Quantiles::<u16>::new(f64::from(millionths) / 1e6);
        let (mut one, mut back) = (new(), new());
        one.extend(items.iter().copied());
        back.extend(items.iter().rev().copied());
        let bytes = one.to_bytes();
        prop_assert_eq!(&back.to_bytes(), &bytes);
        prop_assert_eq!(Quantiles::from_bytes(&bytes), Ok(one));
    }

    /// The checksum made right, so that what is behind it is reached; whatever is accepted is the
    /// one way to write it.
    #[test]
    fn forged_bytes_are_refused_or_canonical(
        items in vec((0..3_u8, any::<Duration>(), 0..80_u64), 1..8),
        changes in vec(any::<(usize, u8, bool)>(), 1..5),
    ) {
        let mut one: Quantiles<u8> = Quantiles::new(0.01);
        one.extend(items);
        let mut body = one.to_bytes();
        body.truncate(body.len() - 4);
        for (at, byte, insert) in changes {
            let at = 5 + at % (body.len() - 5);
            if insert { body.insert(at, byte) } else { body[at] = byte }
        }
        let bytes = sealed(&body);
        if let Ok(read) = Quantiles::<u8>::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
            prop_assert!(read.keys().all(|key| read.quantile(key, 0.5).is_some()));
        }
    }
}
