//! Values made for fuzzing reach the ends of what their types can hold: each test counts over fixed bytes what is made.
#![cfg(feature = "arbitrary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;
use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::wire::{DecodeError, DecodeErrorKind};
use postfix_qshape::{Buckets, Change, Counts, Error, Rates, TopShape};

/// The value that is made of these bytes.
fn made<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> T {
    T::arbitrary(&mut Unstructured::new(bytes)).unwrap()
}

/// Buckets of a kind, from the number of seconds and nanoseconds that their first edge is made of.
fn buckets(count: u8, seconds: u32, nanos: u16, kind: u8, more: &[u8]) -> Buckets {
    let [_, seconds @ ..] = seconds.to_be_bytes();
    made(&[&[count], &seconds[..], &nanos.to_be_bytes(), &[kind], more].concat())
}

#[test]
fn buckets_are_few_and_of_three_kinds() {
    let counts: BTreeSet<usize> = (0..=255).map(|n| buckets(n, 9, 9, 1, &[]).len()).collect();
    assert!(counts.iter().copied().eq(1..=20), "{counts:?}");
    let first = |seconds, nanos| buckets(1, seconds, nanos, 1, &[]).edges().first().copied();
    assert_eq!(first(0, 0), Some(Duration::from_nanos(1)));
    assert_eq!(first(1_000_000, 998), Some(Duration::new(1_000_000, 999)));
    assert_eq!(first(1_000_001, 999), Some(Duration::from_nanos(1)));
    let edges = |kind, more: &[u8]| buckets(3, 10, 0, kind, more).edges().to_vec();
    let times = |list: &[(u64, u32)]| -> Vec<Duration> {
        list.iter().map(|&(seconds, nanos)| Duration::new(seconds, nanos)).collect()
    };
    assert_eq!(edges(0, &[]), times(&[(10, 1), (20, 2), (40, 4)]));
    assert_eq!(edges(3, &[]), edges(0, &[]), "there is no fourth kind");
    assert_eq!(edges(1, &[]), times(&[(10, 1), (20, 2), (30, 3)]));
    assert_eq!(edges(2, &[1, 5, 0, 1, 7, 0, 0]), times(&[(15, 2), (22, 3)]));
}

#[test]
fn rows_of_counts_have_one_to_twenty_buckets() {
    let lengths: BTreeSet<usize> =
        (0..=255_u8).map(|count| made::<Counts>(&[count]).len()).collect();
    assert!(lengths.iter().copied().eq(1..=20), "{lengths:?}");
}

/// An item: its key, seconds, nanoseconds and amount.
fn item(key: u8, seconds: u64, nanos: u32, amount: u64) -> Vec<u8> {
    let duration = [&seconds.to_le_bytes()[..], &nanos.to_be_bytes()].concat();
    [&[1, key][..], &duration, &amount.to_le_bytes()].concat()
}

#[cfg(feature = "quantiles")]
#[test]
fn quantiles_have_any_precision_and_mostly_few_durations() {
    let quantiles = |error: u16, amount: u64| {
        let bytes = [&error.to_be_bytes()[..], &item(3, 70, 0, amount), &[0]].concat();
        made::<postfix_qshape::Quantiles<u8>>(&bytes)
    };
    let error = |number| quantiles(number, 1).error();
    assert_eq!([error(0), error(99), error(499), error(500)], [0.001, 0.1, 0.5, 0.001]);
    let counts = [1, 7, 8, 9, 15, 16, 8_000, 8_001].map(|amount| quantiles(0, amount).count(&3));
    assert_eq!(counts, [1, 7, 8, 1, 7, 16, 8_000, 1]);
}

#[test]
fn rates_have_windows_of_up_to_ten_minutes_and_times_close_to_each_other() {
    let rates = |seconds: u16, windows: u8, capacity: u8, time: &[u8]| {
        let window = [seconds.to_be_bytes(), [0, 0]].concat();
        made::<Rates<u8>>(&[&window[..], &[windows, capacity], time, &[0]].concat())
    };
    let window = |seconds| rates(seconds, 1, 0, &[]).buckets().end(0);
    assert_eq!(window(600), Some(Duration::new(600, 1)));
    assert_eq!(window(601), Some(Duration::from_nanos(1)));
    let nanos = |nanos: u16| -> Rates<u8> {
        made(&[&[0, 0][..], &nanos.to_be_bytes(), &[1, 0, 0]].concat())
    };
    let length = |n| nanos(n).buckets().end(0).map(|end| end.as_nanos());
    assert_eq!([0, 1, 998, 999].map(length), [1, 2, 999, 1].map(Some));
    let ends = |n: u8| (rates(9, n, 0, &[]).buckets().len(), rates(9, 0, n, &[]).capacity());
    let (windows, capacities): (BTreeSet<usize>, BTreeSet<usize>) = (0..=255).map(ends).unzip();
    assert!(windows.iter().copied().eq(1..=20), "{windows:?}");
    assert!(capacities.iter().copied().eq(1..=8), "{capacities:?}");
    // A window of a second and a nanosecond: the start of a window is a little before its second.
    let start = |seconds, nanos| rates(1, 3, 3, &item(3, seconds, nanos, 1)).start(0).unwrap();
    let is_near = |nanos| start(1_000_000, nanos) < Duration::from_secs(10_000);
    assert_eq!([0, 1, 7, 8, 9, 16].map(is_near), [false, true, true, false, true, false]);
    assert_eq!(start(9_999, 1).as_secs(), 9_998);
    assert_eq!(start(10_000, 1), Duration::ZERO);
    assert_eq!(start(29_999, 1).as_secs(), 9_998);
}

#[test]
fn errors_have_numbers_that_would_be_refused_and_all_of_them() {
    let error = |index: u16, kind: u8, more: u16| -> Error {
        made(&[&index.to_be_bytes()[..], &[kind], &more.to_be_bytes()].concat())
    };
    let last = Buckets::MAX - 1;
    assert_eq!((error(0, 0, 0), error(0, 8, 0)), (Error::NoBuckets, Error::NoBuckets));
    for (number, index) in [(0, 0), (4_095, last), (4_096, 0)] {
        assert_eq!(error(number, 3, 0), Error::EdgeOrder { index });
        assert_eq!(error(number, 4, 0), Error::EdgeOverflow { index });
        assert_eq!(error(number, 5, 0), Error::TooManyBuckets { count: index + Buckets::MAX + 1 });
        let refused = |ours| Error::CapacityMismatch { ours, theirs: ours + index + 1 };
        assert_eq!(error(number, 7, 0), refused(1));
        assert_eq!(error(number, 7, 999), refused(1_000));
        assert_eq!(error(number, 7, 1_000), refused(1));
    }
}

#[test]
fn changes_are_of_all_buckets() {
    // Three buckets of ten seconds, what was in each, what is in each, and no time in between.
    let buckets = [2, 0, 0, 9, 0, 0, 1];
    let cells = [1_u32, 20, 300, 4_000, 50_000, 600_000].map(u32::to_le_bytes).concat();
    let change: Change = made(&[&buckets[..], &cells, &[0; 12]].concat());
    assert_eq!((change.before, change.after), (321, 654_000));
    assert_eq!((change.arrived, change.drained, change.aged), (653_679, 0, 0));
}

/// Three of four states have a changed byte, and one is cut off.
#[test]
fn damage_is_of_any_byte_by_any_bits() {
    let error = |at: u8, how: u8, bits: u8| -> DecodeError { made(&[1, 2, 3, at, how, bits]) };
    // The byte after the four of the magic is the version.
    for (bits, found) in [(1, 3), (2, 2), (253, 255), (254, 254)] {
        let expected = DecodeErrorKind::NewerVersion { found };
        for how in [0, 1, 2, 4, 6, 8] {
            assert_eq!(error(4, how, bits).kind(), expected, "{how} {bits}");
        }
        for how in [3, 7, 255] {
            let cut = error(4, how, bits);
            assert_eq!((cut.kind(), cut.offset()), (DecodeErrorKind::Truncated, 4), "{how}");
        }
    }
    assert_eq!(error(4, 0, 0).kind(), DecodeErrorKind::NoSuchVersion { found: 0 });
    assert_eq!(error(0, 0, 255).kind(), DecodeErrorKind::NotAShape);
}

#[test]
fn bounded_shapes_keep_one_to_eight_rows_at_least() {
    let capacities: BTreeSet<usize> =
        (0..=255_u8).map(|n| made::<TopShape<u8>>(&[n]).capacity()).collect();
    assert!(capacities.iter().copied().eq(1..=8), "{capacities:?}");
}
