//! The bounds of the bounded shape, against streams made to break them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Error, Shape, TopShape};
use proptest::collection::vec;
use proptest::prelude::*;

fn empty(capacity: usize) -> TopShape<u64> {
    TopShape::new(Buckets::default(), capacity).unwrap()
}

fn age(item: u64) -> Duration {
    Duration::from_secs(item % 100_000)
}

/// Every promise of the documentation, against the exact counts.
fn check(top: &TopShape<u64>, exact: &Shape<u64>) {
    let total = exact.total();
    assert_eq!(top.total(), total, "the total is exact");
    assert!(top.len() <= 2 * top.capacity(), "memory is bounded");
    let share = total.total() / (top.capacity() as u64 + 1);
    assert!(top.floor() <= share, "floor {} of at most {share}", top.floor());
    let mut kept = vec![0; total.len()];
    for row in top.rows() {
        let truth = exact.get(row.key()).unwrap();
        assert!(row.total() <= truth.total() && truth.total() <= row.total() + row.missed());
        assert!(row.missed() <= top.floor());
        for (class, kept) in kept.iter_mut().enumerate() {
            assert!(
                row.counts().bucket(class) <= truth.bucket(class),
                "never too much in a bucket"
            );
            *kept += row.counts().bucket(class);
        }
    }
    for row in exact.iter() {
        assert!(
            top.get(row.key()).is_some() || row.total() <= top.floor(),
            "a large key is missing"
        );
    }
    for (class, kept) in kept.into_iter().enumerate() {
        assert_eq!(kept + top.other().bucket(class), total.bucket(class), "rows and rest are all");
    }
    assert!(top.rows().map(|row| row.total() + row.missed()).is_sorted_by(|a, b| a >= b));
}

fn both(capacity: usize, stream: impl Iterator<Item = u64>) -> (TopShape<u64>, Shape<u64>) {
    let (mut top, mut exact) = (empty(capacity), Shape::new(Buckets::default()));
    for (at, key) in stream.enumerate() {
        top.add(key, age(at as u64));
        exact.add(key, age(at as u64));
    }
    (top, exact)
}

#[test]
fn streams_made_to_break_it() {
    let random = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let streams: [(&str, Box<dyn Iterator<Item = u64>>); 7] = [
        ("every key once", Box::new(0..20_000)),
        ("falling keys", Box::new((0..20_000).rev())),
        ("round robin just beyond the capacity", Box::new((0..20_000).map(|at| at % 21))),
        ("round robin beyond twice the capacity", Box::new((0..20_000).map(|at| at % 41))),
        ("the hot key only at the end", Box::new((0..15_000).chain(vec![u64::MAX; 5_000]))),
        (
            "the hot key only at the start",
            Box::new(vec![u64::MAX; 2_000].into_iter().chain(0..18_000)),
        ),
        ("each key twice, far apart", Box::new((0..20_000).map(move |at| random(at % 10_000)))),
    ];
    for (name, stream) in streams {
        println!("{name}");
        let (top, exact) = both(10, stream);
        check(&top, &exact);
    }
}

#[test]
fn a_flood_does_not_hide_the_hot_spot() {
    // One in twenty is the hot key, hidden among names that never come again.
    let (top, exact) = both(100, (0..200_000).map(|at| if at % 20 == 7 { 1 << 60 } else { at }));
    check(&top, &exact);
    let first = top.rows().next().unwrap();
    assert_eq!(*first.key(), 1 << 60);
    // It was there from early on, so nearly nothing of it is missing.
    assert!(first.total() >= 9_900, "{}", first.total());
    assert!(top.other().total() >= 185_000);
}

#[test]
fn a_stream_that_fits_is_exact() {
    let (top, exact) = both(10, (0..1_000).map(|at| at % 20));
    assert_eq!(top.floor(), 0);
    assert!(top.rows().all(|row| row.missed() == 0));
    assert_eq!(top.other().total(), 0);
    let rows: Vec<(u64, u64)> = top.rows().map(|row| (*row.key(), row.total())).collect();
    let expected: Vec<(u64, u64)> = exact.rows().map(|row| (*row.key(), row.total())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn tables_have_the_exact_total() {
    let mut top: TopShape<Vec<u8>> = TopShape::new(Buckets::default(), 1).unwrap();
    for name in ["a.example", "b.example", "c.example", "a.example"] {
        top.add_ref(name.as_bytes(), Duration::ZERO);
    }
    // The third name was one too many; of equals the first stayed, and had another one then.
    assert_eq!(top.len(), 1);
    let text = top.table().to_string();
    assert!(text.lines().any(|line| line.trim_start().starts_with("TOTAL  4  4")), "{text}");
    assert!(
        top.view().csv().to_string().ends_with("other,2,2,0,0,0,0,0,0,0,0,0\r\n"),
        "{}",
        top.view().csv()
    );
    assert!(top.view().json().to_string().contains("\"other\":{\"total\":2,"));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    assert_eq!(TopShape::<u64>::new(Buckets::default(), 0).err(), Some(Error::NoCapacity));
    let mut top = empty(3);
    let other = empty(4);
    assert_eq!(top.merge(&other), Err(Error::CapacityMismatch { ours: 3, theirs: 4 }));
    let other = TopShape::new(Buckets::linear(Duration::from_secs(1), 3).unwrap(), 3).unwrap();
    assert_eq!(top.merge(&other), Err(Error::BucketMismatch));
}

/// Streams with a few hot keys, many cold ones, and runs.
fn stream() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let key = prop_oneof![0_u64..6, 0_u64..60, any::<u64>()];
    vec((key, prop_oneof![9 => 0_u64..3, 1 => 0_u64..200]), 0..250)
}

proptest! {
    #[test]
    fn the_bounds_hold_after_any_merges(
        parts in vec(stream(), 1..6), capacity in 1_usize..9, tree in vec(any::<(u8, u8)>(), 6),
    ) {
        let mut exact: Shape<u64> = Shape::new(Buckets::default());
        let mut tops: Vec<TopShape<u64>> = Vec::new();
        for part in &parts {
            let mut top = empty(capacity);
            for (at, &(key, n)) in part.iter().enumerate() {
                top.extend([(key, age(at as u64 * 77), n)]);
                exact.extend([(key, age(at as u64 * 77), n)]);
            }
            tops.push(top);
        }
        // In any order and grouping.
        for (a, b) in tree {
            if tops.len() > 1 {
                let a = tops.swap_remove(a as usize % tops.len());
                let at = b as usize % tops.len();
                tops[at].merge(&a).unwrap();
            }
        }
        check(&tops[0], &exact);
    }

    #[test]
    fn merging_commutes(a in stream(), b in stream(), capacity in 1_usize..9) {
        let make = |stream: &[(u64, u64)]| {
            let mut top = empty(capacity);
            top.extend(stream.iter().map(|&(key, n)| (key, age(key), n)));
            top
        };
        let (mut ab, mut ba) = (make(&a), make(&b));
        ab.merge(&make(&b)).unwrap();
        ba.merge(&make(&a)).unwrap();
        prop_assert_eq!(&ab, &ba);
        prop_assert_eq!(ab.to_bytes(), ba.to_bytes());
        let back = TopShape::from_bytes(&ab.to_bytes());
        prop_assert_eq!(back.as_ref(), Ok(&ab));
        // A restored state goes on as the original does.
        let mut restored = TopShape::<u64>::from_bytes(&ab.to_bytes()).unwrap();
        restored.extend(b.iter().map(|&(key, n)| (key, age(key), n)));
        ab.extend(b.iter().map(|&(key, n)| (key, age(key), n)));
        prop_assert_eq!(restored, ab);
    }
}
