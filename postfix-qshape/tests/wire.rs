//! Stored shapes: there is one way to write each, and anything else is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::wire::{DecodeErrorKind, WireKey};
use postfix_qshape::{Buckets, Error, Name, Shape, TopShape};
use proptest::collection::vec;
use proptest::prelude::*;

fn minute() -> Buckets {
    Buckets::linear(Duration::from_secs(60), 3).unwrap()
}

/// CRC-32, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
        })
    })
}

fn sealed(body: &[u8]) -> Vec<u8> {
    [body, &crc32(body).to_le_bytes()].concat()
}

#[test]
fn the_layout_is_as_documented() {
    let mut shape: Shape<Vec<u8>> = Shape::new(minute());
    shape.extend([(b"b".to_vec(), Duration::from_secs(60), 300)]);
    shape
        .extend([(b"a".to_vec(), Duration::ZERO, 1), (b"a".to_vec(), Duration::from_secs(600), 2)]);
    let body = b"qshp\x01E\x01\x02\x3c\x00\x3c\x00\x02\x01a\x05\x01\x02\x01b\x02\xac\x02";
    assert_eq!(shape.to_bytes(), sealed(body));
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);

    let mut top: TopShape<Vec<u8>> = TopShape::new(minute(), 1).unwrap();
    for name in ["a", "b", "c", "c"] {
        top.add_ref(name.as_bytes(), Duration::ZERO);
    }
    let body =
        b"qshp\x01T\x01\x02\x3c\x00\x3c\x00\x01\x01\x01\x04\x02\x01a\x00\x01\x01\x01c\x01\x01\x01";
    // Three rows were one too many: the largest stayed (of equals the first), then c came back.
    assert_eq!(top.floor(), 1);
    assert_eq!(top.to_bytes(), sealed(body));
}

#[test]
fn the_example_of_the_format_page_is_true() {
    let mut shape: Shape<String> =
        Shape::new(Buckets::geometric(Duration::from_secs(300), 3).unwrap());
    shape.extend_ref([
        ("b.example", Duration::ZERO, 200),
        ("a.example", Duration::ZERO, 2),
        ("a.example", Duration::from_secs(900), 1),
    ]);
    let page = include_str!("../FORMAT.md");
    let (_, example) = page.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let columns = example.lines().map(|line| line.split_at(33).0);
    let digits = columns.flat_map(str::split_whitespace);
    let bytes: Vec<u8> = digits.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    assert_eq!(shape.to_bytes(), bytes);
}

#[test]
fn an_error_tells_where_the_fault_is() {
    let error = Shape::<Name>::from_bytes(b"qshp\xff").unwrap_err();
    assert_eq!(error.offset(), 4, "the place of the version in FORMAT.md");
    assert!(error.to_string().ends_with(&format!(" (at byte {})", error.offset())));
}

#[test]
fn every_refusal_by_name() {
    let edges = b"\x02\x3c\x00\x3c\x00";
    let exact = |rest: &[u8]| sealed(&[b"qshp\x01E\x01", &edges[..], rest].concat());
    let top = |rest: &[u8]| sealed(&[b"qshp\x01T\x01", &edges[..], rest].concat());
    let buckets = DecodeErrorKind::Buckets;
    for (name, bytes, expected) in [
        ("nothing", vec![], DecodeErrorKind::NotAShape),
        ("something else", b"#!/bin/sh\nexit\n".to_vec(), DecodeErrorKind::NotAShape),
        ("magic only", b"qshp".to_vec(), DecodeErrorKind::Truncated),
        ("newer", sealed(b"qshp\x02E\x01\x00\x00"), DecodeErrorKind::NewerVersion { found: 2 }),
        ("newer, other frame", b"qshp\xff".to_vec(), DecodeErrorKind::NewerVersion { found: 255 }),
        (
            "version 0",
            sealed(b"qshp\x00E\x01\x00\x00"),
            DecodeErrorKind::NoSuchVersion { found: 0 },
        ),
        ("checksum", b"qshp\x01E\x01\x00\x00abcd".to_vec(), DecodeErrorKind::Checksum),
        ("bounded", top(b"\x01\x00\x00\x00"), DecodeErrorKind::OtherKind),
        ("unknown kind", sealed(b"qshp\x01X\x01\x00\x00"), DecodeErrorKind::OtherKind),
        (
            "lanes",
            sealed(b"qshp\x01E\x02\x00\x00"),
            DecodeErrorKind::Lanes { found: 2, expected: 1 },
        ),
        ("no rows", sealed(b"qshp\x01E\x01\x00"), DecodeErrorKind::Truncated),
        (
            "equal edges",
            sealed(b"qshp\x01E\x01\x02\x3c\x00\x00\x00\x00"),
            buckets(Error::EdgeOrder { index: 1 }),
        ),
        (
            "many edges",
            sealed(b"qshp\x01E\x01\x80\x20\x00"),
            buckets(Error::TooManyBuckets { count: 4097 }),
        ),
        (
            "far edges",
            sealed(b"qshp\x01E\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x01\x00\x00"),
            buckets(Error::EdgeOverflow { index: 1 }),
        ),
        (
            "nanoseconds",
            sealed(b"qshp\x01E\x01\x01\x00\x80\x94\xeb\xdc\x03\x00"),
            DecodeErrorKind::Number,
        ),
        ("rows missing", exact(b"\x05"), DecodeErrorKind::Truncated),
        ("billions of rows", exact(b"\xff\xff\xff\xff\x0f"), DecodeErrorKind::Truncated),
        ("long key", exact(b"\x01\x7f"), DecodeErrorKind::Truncated),
        ("long number", exact(b"\x80\x00"), DecodeErrorKind::Number),
        (
            "large number",
            exact(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
            DecodeErrorKind::Number,
        ),
        ("empty row", exact(b"\x01\x01a\x00"), DecodeErrorKind::Cells),
        ("zero cell", exact(b"\x01\x01a\x01\x00"), DecodeErrorKind::Cells),
        ("one zero among others", exact(b"\x01\x01a\x03\x01\x00"), DecodeErrorKind::Cells),
        ("cell too many", exact(b"\x01\x01a\x08\x01"), DecodeErrorKind::Cells),
        ("keys twice", exact(b"\x02\x01a\x01\x01\x01a\x01\x01"), DecodeErrorKind::Order),
        (
            "longer keys out of order",
            exact(b"\x02\x01b\x01\x01\x02aa\x01\x01"),
            DecodeErrorKind::Order,
        ),
        (
            "a key before its beginning",
            exact(b"\x02\x02aa\x01\x01\x01a\x01\x01"),
            DecodeErrorKind::Order,
        ),
        ("keys out of order", exact(b"\x02\x01b\x01\x01\x01a\x01\x01"), DecodeErrorKind::Order),
        ("more", exact(b"\x01\x01a\x01\x01!"), DecodeErrorKind::TrailingBytes),
    ] {
        let error = Shape::<Vec<u8>>::from_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), expected, "{name}");
        assert!(error.offset() <= bytes.len() as u64);
        assert!(error.to_string().contains("at byte"), "{error}");
    }
    for (name, bytes, expected) in [
        ("exact", exact(b"\x00"), DecodeErrorKind::OtherKind),
        ("no capacity", top(b"\x00\x00\x00\x00"), buckets(Error::NoCapacity)),
        ("floor too high", top(b"\x01\x02\x01\x03\x00"), DecodeErrorKind::Total),
        (
            "too many rows",
            top(b"\x01\x00\x01\x03\x03\x01a\x00\x01\x01\x01b\x00\x01\x01\x01c\x00\x01\x01"),
            DecodeErrorKind::Total,
        ),
        (
            "more than the total",
            top(b"\x01\x00\x01\x03\x01\x01a\x00\x01\x04"),
            DecodeErrorKind::Total,
        ),
        ("missed too much", top(b"\x01\x00\x01\x03\x01\x01a\x01\x01\x03"), DecodeErrorKind::Total),
        ("empty row", top(b"\x01\x00\x01\x03\x01\x01a\x00\x00"), DecodeErrorKind::Cells),
    ] {
        let error = TopShape::<Vec<u8>>::from_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), expected, "{name}");
    }
    let newer = Shape::<Vec<u8>>::from_bytes(b"qshp\x09").unwrap_err();
    assert!(newer.to_string().contains("version 9 is newer than version 1"), "{newer}");
}

/// The offset of the fault in a state of a bounded shape with three buckets of a minute.
fn offset(rest: &[u8]) -> (DecodeErrorKind, u64) {
    let body = [&b"qshp\x01T\x01\x02\x3c\x00\x3c\x00"[..], rest].concat();
    let error = TopShape::<Vec<u8>>::from_bytes(&sealed(&body)).unwrap_err();
    (error.kind(), error.offset() - 12)
}

#[test]
fn a_fault_is_found_where_it_is() {
    let (capacity, total) = (DecodeErrorKind::Buckets(Error::NoCapacity), DecodeErrorKind::Total);
    // Right after the capacity, before anything else is read.
    assert_eq!(offset(b"\x00\x00\x00\x00"), (capacity, 1));
    assert_eq!(offset(b"\x00"), (capacity, 1));
    // Three rows for a capacity of one are refused where their number ends.
    let rows = b"\x01\x00\x01\x03\x03\x01a\x00\x01\x01\x01b\x00\x01\x01\x01c\x00\x01\x01";
    assert_eq!(offset(rows), (total, 5));
    // A floor above the total as well.
    assert_eq!(offset(b"\x01\x02\x01\x03\x00"), (total, 5));
    // A key that comes twice where it ends.
    let twice = b"\x01\x00\x01\x03\x02\x01a\x00\x01\x01\x01a\x00\x01\x01";
    assert_eq!(offset(twice), (DecodeErrorKind::Order, 12));
    // Of a row, after what it may have missed and its counters.
    assert_eq!(offset(b"\x01\x00\x01\x03\x01\x01a\x01\x01\x03"), (total, 10));
    assert_eq!(offset(b"\x01\x00\x01\x03\x01\x01a\x00\x01\x00"), (DecodeErrorKind::Cells, 10));
}

#[test]
fn a_claim_of_more_than_is_left_is_refused_before_it_is_read() {
    for (rest, at) in
        [(&b"\x64\x01a\x01\x01"[..], 1), (b"\x06\x01a\x01\x01", 1), (b"\x01\x05a\x01\x01", 2)]
    {
        let body = [&b"qshp\x01E\x01\x02\x3c\x00\x3c\x00"[..], rest].concat();
        let error = Shape::<Vec<u8>>::from_bytes(&sealed(&body)).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (DecodeErrorKind::Truncated, 12 + at),
            "{rest:?}"
        );
    }
}

#[test]
fn edges_come_back_to_the_nanosecond() {
    for nanos in [1, 999_999, 1_000_000, 999_999_999] {
        let edges = [Duration::new(0, nanos), Duration::new(1, nanos), Duration::new(70_000, 1)];
        let mut shape: Shape<u8> = Shape::new(Buckets::custom(edges).unwrap());
        shape.add(1, Duration::ZERO);
        let back = Shape::<u8>::from_bytes(&shape.to_bytes()).unwrap();
        assert_eq!((back.buckets().edges(), &back), (&edges[..], &shape));
    }
}

/// The floor is compared with the first counter, and not with the sum of all.
#[test]
fn the_floor_is_one_of_the_first_counter() {
    let read = |floor: u8| {
        let head = b"qshp\x01T\x02\x00\x01";
        let body = [&head[..], &[floor], b"\x03\x08\x64\x00"].concat();
        TopShape::<u8, (u64, u64)>::from_bytes(&sealed(&body)).map_err(|error| error.kind())
    };
    assert_eq!(read(4).map(|top| (top.floor(), top.total().total())), Ok((4, (8, 100))));
    assert_eq!(read(5), Err(DecodeErrorKind::Total));
    assert_eq!(read(50), Err(DecodeErrorKind::Total));
}

/// Only a counter of the total that has stopped at its maximum says nothing about its rows.
#[test]
fn no_counter_of_a_row_exceeds_that_of_the_total() {
    let pairs = |row: [u8; 2]| {
        let total = b"qshp\x01T\x02\x00\x01\x00\x03\x08\x64\x01\x01\x07\x00\x03";
        let bytes = sealed(&[&total[..], &row].concat());
        TopShape::<u8, (u64, u64)>::from_bytes(&bytes).map_err(|error| error.kind())
    };
    assert_eq!(pairs([8, 100]).map(|top| top.total().total()), Ok((8, 100)));
    assert_eq!(pairs([9, 100]), Err(DecodeErrorKind::Total));
    assert_eq!(pairs([8, 101]), Err(DecodeErrorKind::Total));
    let stopped = |row: [u8; 2]| {
        let head = b"qshp\x01T\x01\x02\x3c\x00\x3c\x00\x01\x00\x03";
        let total = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x03\x01\x01\x07\x00\x03";
        let bytes = sealed(&[&head[..], total, &row].concat());
        TopShape::<u8>::from_bytes(&bytes).map_err(|error| error.kind())
    };
    assert_eq!(stopped([5, 3]).map(|top| top.get(&7).unwrap().total()), Ok(8));
    assert_eq!(stopped([5, 4]), Err(DecodeErrorKind::Total));
}

#[test]
fn what_counts_no_number_can_be_stored() {
    let mut top: TopShape<u8, [u64; 0]> = TopShape::new(minute(), 1).unwrap();
    top.extend([(1, Duration::ZERO, [])]);
    assert!(top.is_empty());
    assert_eq!(TopShape::from_bytes(&top.to_bytes()), Ok(top));
}

/// A key that does not keep what is asked of it: two encodings are one key.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Folded(Vec<u8>);

impl WireKey for Folded {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.to_ascii_lowercase()))
    }
}

#[test]
fn a_key_that_comes_twice_in_other_bytes_is_refused() {
    let mut shape: Shape<Vec<u8>> = Shape::new(minute());
    let mut top: TopShape<Vec<u8>> = TopShape::new(minute(), 2).unwrap();
    for name in ["A", "a"] {
        shape.add_ref(name.as_bytes(), Duration::ZERO);
        top.add_ref(name.as_bytes(), Duration::ZERO);
    }
    let order = DecodeErrorKind::Order;
    assert_eq!(Shape::<Folded>::from_bytes(&shape.to_bytes()).unwrap_err().kind(), order);
    assert_eq!(TopShape::<Folded>::from_bytes(&top.to_bytes()).unwrap_err().kind(), order);
    #[cfg(feature = "quantiles")]
    {
        let mut quantiles: postfix_qshape::Quantiles<Vec<u8>> = postfix_qshape::Quantiles::new(0.1);
        ["A", "a"].iter().for_each(|name| quantiles.add_ref(name.as_bytes(), Duration::ZERO));
        let read = postfix_qshape::Quantiles::<Folded>::from_bytes(&quantiles.to_bytes());
        assert_eq!(read.unwrap_err().kind(), order);
    }
}

#[test]
fn keys_that_do_not_fit_their_type() {
    let one = |key: &[u8]| {
        let mut shape: Shape<Vec<u8>> = Shape::new(minute());
        shape.add_ref(key, Duration::ZERO);
        shape.to_bytes()
    };
    let kind = DecodeErrorKind::Key;
    assert_eq!(Shape::<String>::from_bytes(&one(b"\xff")).unwrap_err().kind(), kind);
    assert_eq!(Shape::<u8>::from_bytes(&one(b"\xac\x02")).unwrap_err().kind(), kind);
    assert_eq!(Shape::<u64>::from_bytes(&one(b"\x00\x00")).unwrap_err().kind(), kind);
    assert_eq!(Shape::<u64>::from_bytes(&one(b"\x81\x00")).unwrap_err().kind(), kind);
    assert_eq!(Shape::<(u8, u8)>::from_bytes(&one(b"\x05\x01")).unwrap_err().kind(), kind);
    assert!(Shape::<u64>::from_bytes(&one(b"\xac\x02")).unwrap().get(&300).is_some());
}

proptest! {
    #[test]
    fn tuples_and_text_come_back(
        rows in vec((any::<(String, u16)>(), any::<Duration>(), any::<u64>()), 0..20),
    ) {
        let mut shape: Shape<(String, u16)> = Shape::new(Buckets::default());
        shape.extend(rows);
        let back = Shape::from_bytes(&shape.to_bytes());
        prop_assert_eq!(back.as_ref(), Ok(&shape));
    }

    #[test]
    fn any_key_type_of_the_same_bytes_reads_the_same(names in vec(vec(any::<u8>(), 0..30), 0..20)) {
        let mut shape: Shape<Name> = Shape::new(minute());
        names.iter().for_each(|name| shape.add_ref(&**name, Duration::ZERO));
        let bytes = shape.to_bytes();
        let vecs = Shape::<Vec<u8>>::from_bytes(&bytes).unwrap();
        prop_assert_eq!(Shape::<Box<[u8]>>::from_bytes(&bytes).unwrap().to_bytes(), vecs.to_bytes());
        prop_assert_eq!(bytes, vecs.to_bytes());
    }

    #[test]
    fn damaged_bytes_are_refused(
        rows in vec((0_u64..100, 0_u64..200, 1_u64..1_000), 1..20), at: usize, bit in 0..8, cut: usize,
    ) {
        let mut shape: Shape<u64> = Shape::new(minute());
        shape.extend(rows.into_iter().map(|(key, age, n)| (key, Duration::from_secs(age), n)));
        let mut bytes = shape.to_bytes();
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        prop_assert!(Shape::<u64>::from_bytes(&bytes[..cut]).is_err());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(Shape::<u64>::from_bytes(&bytes).is_err());
    }

    /// The checksum made right, so that what is behind it is reached; whatever is accepted is the
    /// one way to write it.
    #[test]
    fn forged_bytes_are_refused_or_canonical(
        rows in vec((0_u64..9, 0_u64..200, 1_u64..400), 0..6),
        top: bool,
        changes in vec(any::<(usize, u8, bool)>(), 1..6),
    ) {
        let mut bounded: TopShape<u64> = TopShape::new(minute(), 2).unwrap();
        let mut exact: Shape<u64> = Shape::new(minute());
        for (key, age, n) in rows {
            bounded.extend([(key, Duration::from_secs(age), n)]);
            exact.extend([(key, Duration::from_secs(age), n)]);
        }
        let mut body = if top { bounded.to_bytes() } else { exact.to_bytes() };
        body.truncate(body.len() - 4);
        for (at, byte, insert) in changes {
            let at = 5 + at % (body.len() - 5);
            if insert { body.insert(at, byte) } else { body[at] = byte }
        }
        let bytes = sealed(&body);
        if let Ok(shape) = Shape::<u64>::from_bytes(&bytes) {
            prop_assert_eq!(shape.to_bytes(), bytes.clone());
        }
        if let Ok(shape) = TopShape::<u64>::from_bytes(&bytes) {
            prop_assert_eq!(shape.to_bytes(), bytes);
        }
    }

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..200)) {
        let bytes = [b"qshp\x01", &bytes[..]].concat();
        let _ = Shape::<Name>::from_bytes(&bytes);
        let _ = TopShape::<Name>::from_bytes(&sealed(&bytes));
        let _ = Shape::<Name, [u64; 3]>::from_bytes(&sealed(&bytes));
    }
}
