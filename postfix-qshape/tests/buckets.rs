//! Age buckets against qshape's own rule, in Perl's arithmetic and in exact arithmetic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Error};
use proptest::prelude::*;

/// Every minute up to this one.
const MINUTES: u64 = 10_000;

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn buckets(first: Duration, linear: bool, count: usize) -> Buckets {
    if linear { Buckets::linear(first, count) } else { Buckets::geometric(first, count) }.unwrap()
}

/// The rule as `qshape` has it, with whole numbers: the bucket, counted from 0.
fn twin(age: u128, tick: u128, linear: bool, count: usize) -> usize {
    let ticks = age / tick;
    let class = match ticks {
        0 => 0,
        _ if linear => ticks as usize,
        _ => 1 + ticks.ilog2() as usize,
    };
    class.min(count - 1)
}

#[test]
fn every_minute_as_perl_has_it() {
    let data = include_str!("data/perl-buckets.txt");
    let (mut compared, mut rounded) = (0, Vec::new());
    for line in data.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let tick: f64 = word().parse().unwrap();
        let (linear, count) = (word() == "1", word().parse().unwrap());
        let ours = buckets(Duration::from_secs_f64(60.0 * tick), linear, count);
        let mut runs = words.map(|run| run.split_once(':').unwrap()).peekable();
        let mut perl = 0;
        for minute in 0..=MINUTES {
            if let Some((_, class)) = runs.next_if(|(first, _)| first.parse() == Ok(minute)) {
                perl = class.parse::<usize>().unwrap() - 1;
            }
            compared += 1;
            if ours.index_of(minutes(minute)) != perl {
                rounded.push((tick, linear, count, minute));
            }
        }
    }
    assert_eq!(compared, 23 * 2 * 8 * (MINUTES + 1));
    // Sixty times these ticks is a whole number, but not in Perl's floating point, which puts an
    // age of exactly so many ticks into the class before. All other ticks agree everywhere.
    let exact_edge = |tick: f64, minute: u64| minute * 100 % (tick * 100.0).round() as u64 == 0;
    assert!(
        rounded
            .iter()
            .all(|&(tick, _, _, minute)| [4.15, 8.3].contains(&tick) && exact_edge(tick, minute)),
        "{:?}",
        &rounded[..rounded.len().min(20)]
    );
}

#[test]
fn every_minute_as_exact_arithmetic_has_it() {
    for tick in [1, 6, 15, 30, 60, 90, 150, 249, 300, 301, 600, 3_600, 43_200, 86_400, 600_001] {
        for linear in [false, true] {
            for count in [1, 2, 3, 7, 10, 16, 33] {
                let ours = buckets(Duration::from_secs(tick), linear, count);
                assert_eq!(ours.len(), count);
                for minute in 0..=MINUTES {
                    let expected = twin(u128::from(60 * minute), tick.into(), linear, count);
                    assert_eq!(
                        ours.index_of(minutes(minute)),
                        expected,
                        "{tick} {linear} {count} {minute}"
                    );
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn every_edge_to_the_nanosecond(
        tick in 1_u64..=1 << 50,
        linear: bool,
        count in 1_usize..=13,
        beside in -2_i64..=2,
    ) {
        let ours = buckets(Duration::from_nanos(tick), linear, count);
        let edges = ours.edges().iter().map(Duration::as_nanos).chain([0, tick.into()]);
        for edge in edges.collect::<Vec<_>>() {
            let age = edge.saturating_add_signed(beside.into());
            let whole = Duration::new((age / 1_000_000_000) as u64, (age % 1_000_000_000) as u32);
            prop_assert_eq!(ours.index_of(whole), twin(age, tick.into(), linear, count));
        }
    }

    #[test]
    fn custom_edges_are_searched_right(
        mut edges in prop::collection::vec(1_u64..5_000, 0..80),
        age in 0_u64..6_000,
    ) {
        edges.sort_unstable();
        edges.dedup();
        let ours = Buckets::custom(edges.iter().map(|&edge| Duration::from_millis(edge))).unwrap();
        let class = ours.index_of(Duration::from_millis(age));
        prop_assert_eq!(class, edges.iter().filter(|&&edge| edge <= age).count());
        prop_assert!(ours.start(class).is_some_and(|start| start <= Duration::from_millis(age)));
        prop_assert!(ours.end(class).is_none_or(|end| end > Duration::from_millis(age)));
    }
}

#[test]
fn impossible_classes_are_refused() {
    let second = Duration::from_secs(1);
    for (name, made, expected) in [
        ("no class", Buckets::geometric(second, 0), Error::NoBuckets),
        ("no class", Buckets::linear(second, 0), Error::NoBuckets),
        ("zero tick", Buckets::geometric(Duration::ZERO, 5), Error::EdgeOrder { index: 0 }),
        ("zero tick", Buckets::linear(Duration::ZERO, 1), Error::EdgeOrder { index: 0 }),
        ("equal edges", Buckets::custom([second, second]), Error::EdgeOrder { index: 1 }),
        ("zero edge", Buckets::custom([Duration::ZERO]), Error::EdgeOrder { index: 0 }),
        ("too far", Buckets::geometric(Duration::MAX, 3), Error::EdgeOverflow { index: 1 }),
        ("too far", Buckets::geometric(second, 100), Error::EdgeOverflow { index: 64 }),
        ("too many", Buckets::linear(second, 4097), Error::TooManyBuckets { count: 4097 }),
        (
            "too many",
            Buckets::custom((1..=4096).map(Duration::from_secs)),
            Error::TooManyBuckets { count: 4097 },
        ),
    ] {
        assert_eq!(made, Err(expected), "{name}");
        assert!(!expected.to_string().is_empty());
    }
    assert_eq!(Buckets::linear(second, 4096).map(|buckets| buckets.len()), Ok(4096));
    assert_eq!(Buckets::custom([]).map(|buckets| buckets.len()), Ok(1));
    let ours = Buckets::linear(second, 3).unwrap();
    assert_eq!(
        (ours.start(0), ours.start(2), ours.start(3)),
        (Some(Duration::ZERO), Some(2 * second), None)
    );
    assert_eq!((ours.end(1), ours.end(2)), (Some(2 * second), None));
    assert_eq!(ours.index_of(Duration::MAX), 2);
}
