//! Rates against a plain list of what was counted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;
use std::collections::BTreeMap;

use postfix_qshape::{Buckets, Error, Rates};
use proptest::collection::vec;
use proptest::prelude::*;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn listed<K>(row: &postfix_qshape::Row<'_, K>) -> Vec<u64> {
    row.counts().iter().collect()
}

#[test]
fn times_in_any_order_are_counted_in_their_window() {
    let mut rates: Rates<String> = Rates::new(seconds(10), 3, 5).unwrap();
    assert_eq!((rates.start(0), rates.total().total(), rates.rows().len()), (None, 0, 0));
    for time in [35, 12, 29, 30, 39, 10, 9] {
        rates.add_ref("a", seconds(time));
    }
    rates.add("b".to_owned(), seconds(20));
    // The window that ends at 10 was forgotten when 35 came.
    assert_eq!(listed(&rates.get("a").unwrap()), [3, 1, 2]);
    assert_eq!((rates.late(), rates.total().total()), (1, 7));
    let starts: Vec<_> = (0..4).map(|bucket| rates.start(bucket)).collect();
    assert_eq!(starts, [Some(seconds(30)), Some(seconds(20)), Some(seconds(10)), None]);
    let rows: Vec<_> = rates.rows().map(|row| (row.key().as_str(), row.total())).collect();
    assert_eq!(rows, [("a", 6), ("b", 1)]);
    let window = rates.buckets().end(0);
    assert_eq!((window, rates.capacity(), rates.buckets().len()), (Some(seconds(10)), 5, 3));
    // Time goes on, and back it does not go.
    rates.advance(seconds(40));
    rates.advance(seconds(0));
    assert_eq!(listed(&rates.get("a").unwrap()), [0, 3, 1]);
    assert_eq!(rates.total().iter().collect::<Vec<_>>(), [0, 3, 2]);
    rates.extend([("a".to_owned(), seconds(61), 7), ("a".to_owned(), seconds(61), 0)]);
    assert_eq!(listed(&rates.get("a").unwrap()), [7, 0, 0]);
    assert!(rates.get("b").is_none() && rates.rows().len() == 1);
    rates.advance(Duration::MAX);
    assert_eq!((rates.total().total(), rates.get("a").is_none()), (0, true));
    rates.add_ref("a", Duration::MAX);
    assert_eq!(listed(&rates.get("a").unwrap()), [1, 0, 0]);
}

#[test]
fn near_the_epoch_there_is_nothing_before_it() {
    let mut rates: Rates<&str> = Rates::new(Duration::from_millis(1500), 3, 1).unwrap();
    rates.extend([("a", Duration::ZERO), ("a", Duration::from_millis(1499)), ("a", seconds(2))]);
    assert_eq!(listed(&rates.get("a").unwrap()), [1, 2, 0]);
    assert_eq!(rates.start(0), Some(Duration::from_millis(1500)));
    assert_eq!((rates.start(1), rates.start(2)), (Some(Duration::ZERO), None));
}

/// Windows with a part of a second, from a nanosecond to more than a century.
#[test]
fn a_window_begins_where_the_one_before_it_ends() {
    for (secs, nanos) in [(0, 1), (0, 250_000_000), (7, 500_000_000), (4_000_000_000, 1), (60, 0)] {
        let window = Duration::new(secs, nanos);
        for number in [0_u32, 1, 2, 9, 1_000_003] {
            let mut rates: Rates<u8> = Rates::new(window, 2, 1).unwrap();
            let begin = window * number;
            rates.extend([(1, begin), (1, begin + window - Duration::from_nanos(1))]);
            assert_eq!(rates.start(0), Some(begin), "{window:?} {number}");
            assert_eq!(listed(&rates.get(&1).unwrap()), [2, 0]);
            rates.add(1, begin + window);
            assert_eq!((rates.start(0), rates.start(1)), (Some(begin + window), Some(begin)));
            assert_eq!(listed(&rates.get(&1).unwrap()), [1, 2]);
        }
    }
}

#[test]
fn impossible_windows_are_refused() {
    let new = |window, windows, capacity| Rates::<u8>::new(window, windows, capacity).err();
    assert_eq!(new(seconds(1), 1, 0), Some(Error::NoCapacity));
    assert_eq!(new(seconds(1), 0, 1), Some(Error::NoBuckets));
    assert_eq!(new(Duration::ZERO, 2, 1), Some(Error::EdgeOrder { index: 0 }));
    let count = Buckets::MAX + 1;
    assert_eq!(new(seconds(1), count, 1), Some(Error::TooManyBuckets { count }));
    assert_eq!(new(seconds(1), Buckets::MAX, 1), None);
}

#[test]
fn other_windows_are_not_merged() {
    let new = |window, windows, capacity| Rates::<u8>::new(seconds(window), windows, capacity);
    let mut rates = new(5, 3, 2).unwrap();
    rates.add(1, seconds(7));
    for (window, windows) in [(4, 3), (5, 4)] {
        let other = new(window, windows, 2).unwrap();
        assert_eq!(rates.merge(&other), Err(Error::BucketMismatch));
    }
    let refused = Error::CapacityMismatch { ours: 2, theirs: 3 };
    assert_eq!(rates.merge(&new(5, 3, 3).unwrap()), Err(refused));
    // Nothing counted changes nothing, and a window of one has no edges to tell it by.
    rates.merge(&new(5, 3, 2).unwrap()).unwrap();
    assert_eq!((rates.total().total(), rates.start(0)), (1, Some(seconds(5))));
    let mut one = new(5, 1, 2).unwrap();
    assert_eq!(one.merge(&new(4, 1, 2).unwrap()), Err(Error::BucketMismatch));
}

#[test]
fn a_flood_of_names_takes_no_more_memory_and_hides_nothing() {
    let mut rates: Rates<u64> = Rates::new(seconds(60), 20, 50).unwrap();
    for at in 0..100_000 {
        // One in twenty is the hot key, hidden among names that never come again.
        rates.add(if at % 20 == 7 { u64::MAX } else { at }, seconds(at / 100));
        assert!(at % 1_000 > 0 || rates.rows().len() <= 100);
    }
    let first = rates.rows().next().unwrap();
    assert_eq!(*first.key(), u64::MAX);
    assert_eq!(first.counts().iter().skip(1).take(15).collect::<Vec<_>>(), [300; 15]);
    assert_eq!(rates.total().iter().skip(1).take(15).collect::<Vec<_>>(), [6_000; 15]);
    // What was given up is forgotten with its windows.
    assert!(rates.floor() > 0);
    rates.advance(seconds(100_000));
    assert_eq!(rates.floor(), 0);
    rates.add(1, seconds(100_000));
    assert_eq!(rates.get(&1).map(|row| (row.total(), row.missed())), Some((1, 0)));
}

/// Rates with windows of ten seconds and these items, all of them counted at the same time.
fn at(time: u64, capacity: usize, items: &[(u8, u64)]) -> Rates<u8> {
    let mut rates: Rates<u8> = Rates::new(seconds(10), 3, capacity).unwrap();
    rates.extend(items.iter().map(|&(key, amount)| (key, seconds(time), amount)));
    rates
}

/// Key, total and what may be missing of each row, by key.
fn rows(rates: &Rates<u8>) -> Vec<(u8, u64, u64)> {
    let mut rows: Vec<_> =
        rates.rows().map(|row| (*row.key(), row.total(), row.missed())).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn twice_as_many_rows_as_the_capacity_stay() {
    let four = at(0, 2, &[(1, 5), (2, 4), (3, 2), (4, 1)]);
    assert_eq!((four.rows().len(), four.floor()), (4, 0));
    let nothing = at(0, 2, &[(1, 5), (2, 4), (3, 2), (4, 1), (5, 0), (6, 0)]);
    assert_eq!((nothing.rows().len(), nothing.floor()), (4, 0), "nothing takes no row");
    let five = at(0, 2, &[(1, 5), (2, 4), (3, 2), (4, 1), (5, 1)]);
    assert_eq!((rows(&five), five.floor()), (vec![(1, 5, 0), (2, 4, 0)], 2));
}

/// What may be missing is what both sides may have dropped of the key, and nothing where a side has
/// had the row from the beginning.
#[test]
fn merged_rows_miss_what_each_side_may_have_dropped() {
    let mut ours = at(0, 2, &[(1, 5), (2, 4), (3, 2), (4, 1), (5, 1)]);
    let mut theirs = at(0, 2, &[(1, 8), (12, 7), (3, 3), (4, 1), (5, 1)]);
    theirs.add(3, seconds(9));
    assert_eq!((ours.floor(), rows(&ours)), (2, vec![(1, 5, 0), (2, 4, 0)]));
    assert_eq!((theirs.floor(), rows(&theirs)), (3, vec![(1, 8, 0), (3, 1, 3), (12, 7, 0)]));
    let expected = vec![(1, 13, 0), (2, 4, 3), (3, 1, 5), (12, 7, 2)];
    let mut swapped = theirs.clone();
    swapped.merge(&ours).unwrap();
    ours.merge(&theirs).unwrap();
    assert_eq!((ours.floor(), rows(&ours)), (5, expected.clone()));
    assert_eq!((swapped.floor(), rows(&swapped)), (5, expected));
}

/// Each way round: the side that dropped nothing is the later one.
#[test]
fn what_one_side_dropped_is_forgotten_with_its_window() {
    let dropped = at(0, 1, &[(1, 5), (2, 2), (3, 1)]);
    let later = at(10, 1, &[(1, 1)]);
    let (mut one, mut two) = (dropped.clone(), later.clone());
    one.merge(&later).unwrap();
    two.merge(&dropped).unwrap();
    for mut merged in [one, two] {
        assert_eq!((merged.floor(), rows(&merged)), (2, vec![(1, 6, 0)]));
        merged.advance(seconds(29));
        assert_eq!((merged.floor(), merged.total().total()), (2, 9));
        merged.advance(seconds(30));
        assert_eq!((merged.floor(), merged.total().total()), (0, 1));
    }
    // However little it was that both have dropped.
    let mut little = at(0, 1, &[(1, 5), (2, 1), (3, 1)]);
    little.merge(&at(10, 1, &[(1, 5), (4, 1), (2, 1)])).unwrap();
    assert_eq!((little.floor(), rows(&little)), (2, vec![(1, 10, 0)]));
    // What both have dropped is forgotten with the later of the two windows.
    let mut both = dropped;
    both.merge(&at(10, 1, &[(1, 5), (2, 3), (3, 1)])).unwrap();
    assert_eq!(both.floor(), 5);
    both.advance(seconds(39));
    assert_eq!(both.floor(), 5);
    both.advance(seconds(40));
    assert_eq!(both.floor(), 0);
}

/// The older side has something in a window that the newer side has just forgotten.
#[test]
fn only_windows_that_both_sides_keep_are_merged() {
    // A row that may have missed three, in a window that is forgotten by the time of the merge.
    let mut older = at(0, 1, &[(1, 8), (2, 3), (3, 1), (2, 1)]);
    assert_eq!((older.floor(), rows(&older)), (3, vec![(1, 8, 0), (2, 1, 3)]));
    older.extend([(1, seconds(19), 16), (2, seconds(19), 32)]);
    let newer = at(30, 1, &[(2, 64), (1, 5), (4, 4)]);
    assert_eq!((newer.floor(), rows(&newer)), (5, vec![(2, 64, 0)]));
    let (mut one, mut two) = (older.clone(), newer.clone());
    one.merge(&newer).unwrap();
    two.merge(&older).unwrap();
    for merged in [one, two] {
        assert_eq!(merged.start(0), Some(seconds(30)));
        assert_eq!(merged.total().iter().collect::<Vec<_>>(), [73, 0, 48]);
        // The row that only the older side has may miss what the newer side dropped.
        assert_eq!((merged.floor(), rows(&merged)), (5, vec![(1, 16, 5), (2, 96, 0)]));
    }
}

/// What a row missed before its windows were forgotten is nothing, whatever was dropped since.
#[test]
fn what_a_row_missed_is_forgotten_with_its_window() {
    for (time, missed) in [(29, 1), (30, 0), (31, 0), (40, 0), (1_000, 0)] {
        let mut rates = at(0, 1, &[(1, 1), (2, 3), (3, 1), (2, 1), (4, 1)]);
        rates.advance(seconds(19));
        assert_eq!((rates.floor(), rates.rows().len()), (1, 2), "{:?}", rows(&rates));
        rates.extend([(4, seconds(time), 4), (5, seconds(time), 1), (6, seconds(time), 1)]);
        let four = rates.get(&4).unwrap();
        assert_eq!(
            (four.total() > 3, four.missed(), rates.floor() > 0),
            (true, missed, true),
            "{time}"
        );
    }
}

#[test]
fn a_side_of_long_ago_adds_nothing() {
    let (older, newer) =
        (at(0, 1, &[(1, 5), (2, 2), (3, 1)]), at(990, 1, &[(1, 5), (2, 3), (3, 1)]));
    let (mut one, mut two) = (older.clone(), newer.clone());
    one.merge(&newer).unwrap();
    two.merge(&older).unwrap();
    for merged in [one, two] {
        assert_eq!((merged.floor(), rows(&merged)), (3, vec![(1, 5, 0)]));
        assert_eq!((merged.total().total(), merged.start(0)), (9, Some(seconds(990))));
    }
}

#[test]
fn rates_can_be_printed() {
    let rates = at(25, 1, &[(7, 2), (8, 1)]);
    let expected = "Rates { window: 10s, start: Some(20s), total: [3, 0, 0], \
                    rows: [(7, [2, 0, 0]), (8, [1, 0, 0])], .. }";
    assert_eq!(format!("{rates:?}"), expected);
}

/// Few keys and times that move on with jumps forward and back.
fn stream() -> impl Strategy<Value = Vec<(u8, i64, u64)>> {
    let step = prop_oneof![6 => -3_i64..5, 2 => -40_i64..60, 1 => 0_i64..300];
    vec((0_u8..12, step, 0_u64..4), 0..200)
}

proptest! {
    #[test]
    fn as_a_plain_list(items in stream(), length in 1_u64..20, windows in 1_usize..20) {
        let mut rates: Rates<u8> = Rates::new(seconds(length), windows, 20).unwrap();
        // By window and key.
        let mut plain: BTreeMap<(u64, u8), u64> = BTreeMap::new();
        let (mut time, mut newest, mut late) = (1_000_i64, None, 0);
        for (key, step, amount) in items {
            time = (time + step).max(0);
            let window = time.unsigned_abs() / length;
            rates.extend([(key, seconds(time.unsigned_abs()), amount)]);
            newest = newest.max(Some(window));
            if newest.unwrap() - window >= windows as u64 {
                late += amount;
            } else {
                *plain.entry((window, key)).or_default() += amount;
            }
            let held = |bucket: usize| newest.unwrap().checked_sub(bucket as u64);
            let of = |bucket: usize, key: u8| {
                held(bucket).and_then(|window| plain.get(&(window, key))).copied().unwrap_or(0)
            };
            for key in 0..12 {
                let expected: Vec<u64> = (0..windows).map(|bucket| of(bucket, key)).collect();
                let sum: u64 = expected.iter().sum();
                let row = rates.get(&key);
                prop_assert_eq!(row.as_ref().map(listed), (sum > 0).then_some(expected));
                prop_assert_eq!(row.map_or(0, |row| row.missed()), 0);
            }
            let total: Vec<u64> =
                (0..windows).map(|bucket| (0..12).map(|key| of(bucket, key)).sum()).collect();
            prop_assert_eq!(rates.total().iter().collect::<Vec<_>>(), total);
            for bucket in 0..windows {
                let start = held(bucket).map(|window| seconds(window * length));
                prop_assert_eq!(rates.start(bucket), start);
            }
        }
        prop_assert_eq!((rates.late(), rates.floor()), (late, 0));
    }

    /// Merged rates have the windows of both, and bounds that hold for what both counted.
    #[test]
    fn merging_adds_up(
        a in stream(), b in stream(), windows in 1_usize..20, capacity in 1_usize..5, apart in -99_i64..99,
    ) {
        let fill = |items: &[(u8, i64, u64)], capacity: usize, start: i64| {
            let mut rates: Rates<u8> = Rates::new(seconds(5), windows, capacity).unwrap();
            let mut time = start;
            for &(key, step, amount) in items {
                time = (time + step).max(0);
                rates.extend([(key, seconds(time.unsigned_abs()), amount)]);
            }
            rates
        };
        let merged = |capacity: usize, swap: bool| {
            let (mut one, mut two) = (fill(&a, capacity, 1_000), fill(&b, capacity, 1_000 + apart));
            if swap {
                core::mem::swap(&mut one, &mut two);
            }
            one.merge(&two).unwrap();
            one
        };
        let (exact, swapped) = (merged(20, false), merged(20, true));
        let parts = [fill(&a, 20, 1_000), fill(&b, 20, 1_000 + apart)];
        prop_assert_eq!(exact.start(0), parts[0].start(0).max(parts[1].start(0)));
        prop_assert_eq!(exact.late(), parts[0].late() + parts[1].late());
        // By the times at which the windows began.
        let at = |rates: &Rates<u8>, key: u8, start: Duration| {
            let bucket = (0..windows).find(|&bucket| rates.start(bucket) == Some(start));
            let row = bucket.and_then(|bucket| Some((bucket, rates.get(&key)?)));
            row.map_or(0, |(bucket, row)| row.counts().bucket(bucket))
        };
        for start in (0..windows).filter_map(|bucket| exact.start(bucket)) {
            for key in 0..12 {
                let sum: u64 = parts.iter().map(|part| at(part, key, start)).sum();
                prop_assert_eq!(at(&exact, key, start), sum);
                prop_assert_eq!(at(&swapped, key, start), sum);
            }
        }
        prop_assert_eq!((exact.floor(), exact.total()), (0, swapped.total()));
        for few in [merged(capacity, false), merged(capacity, true)] {
            prop_assert_eq!(few.total(), exact.total());
            prop_assert!(few.rows().len() <= 2 * capacity);
            for row in exact.rows() {
                match few.get(row.key()) {
                    Some(kept) => {
                        prop_assert!(kept.total() <= row.total());
                        prop_assert!(row.total() <= kept.total() + kept.missed());
                        prop_assert!(kept.missed() <= few.floor());
                    }
                    None => prop_assert!(row.total() <= few.floor(), "a large key is missing"),
                }
            }
        }
    }

    #[test]
    fn the_bounds_hold_however_few_rows_there_are(
        items in stream(), windows in 1_usize..20, capacity in 1_usize..5,
    ) {
        let mut rates: Rates<u8> = Rates::new(seconds(5), windows, capacity).unwrap();
        let mut exact: Rates<u8> = Rates::new(seconds(5), windows, 20).unwrap();
        let mut time = 1_000_i64;
        for (key, step, amount) in items {
            time = (time + step).max(0);
            let item = (key, seconds(time.unsigned_abs()), amount);
            rates.extend([item]);
            exact.extend([item]);
            prop_assert_eq!(rates.total(), exact.total());
            prop_assert_eq!(rates.late(), exact.late());
            prop_assert!(rates.rows().len() <= 2 * capacity);
            for row in exact.rows() {
                match rates.get(row.key()) {
                    Some(kept) => {
                        let (least, most) = (kept.total(), kept.total() + kept.missed());
                        prop_assert!(least <= row.total() && row.total() <= most);
                        prop_assert!(kept.missed() <= rates.floor());
                        let mut cells = kept.counts().iter().zip(row.counts().iter());
                        prop_assert!(cells.all(|(kept, exact)| kept <= exact));
                    }
                    None => prop_assert!(row.total() <= rates.floor(), "a large key is missing"),
                }
            }
        }
    }
}
