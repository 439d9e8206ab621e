//! What must hold for any shapes: merging, wire form, diff.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Error, Measure, Name, Rollup, Shape, domain};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Item = (u8, u64, u64);

/// Few keys, so that rows meet; amounts of every width, so that rows widen and stop at their end.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let amount = prop_oneof![
        8 => 0_u64..4,
        2 => 200_u64..300,
        1 => 65_000_u64..66_000,
        1 => (1_u64 << 32) - 5..(1 << 32) + 5,
        1 => u64::MAX - 3..=u64::MAX,
    ];
    vec((0_u8..12, 0_u64..4_000, amount), 0..60)
}

fn buckets() -> impl Strategy<Value = Buckets> {
    // Below and above the number of counters that fit in a row.
    prop_oneof![Just(3_usize), Just(10), Just(15), Just(16), Just(40)]
        .prop_map(|count| Buckets::linear(Duration::from_secs(97), count).unwrap())
}

fn shape(buckets: &Buckets, items: &[Item]) -> Shape<u64> {
    let mut shape = Shape::new(buckets.clone());
    shape.extend(items.iter().map(|&(key, age, n)| (u64::from(key), Duration::from_secs(age), n)));
    shape
}

/// The same in the plainest way.
fn naive(buckets: &Buckets, items: &[Item]) -> BTreeMap<u64, Vec<u64>> {
    let mut rows = BTreeMap::new();
    for &(key, age, n) in items.iter().filter(|item| item.2 > 0) {
        let row = rows.entry(u64::from(key)).or_insert_with(|| vec![0_u64; buckets.len()]);
        let edges = buckets.edges().iter().filter(|edge| **edge <= Duration::from_secs(age));
        let cell = &mut row[edges.count()];
        *cell = cell.saturating_add(n);
    }
    rows
}

fn listed<C: Measure>(shape: &Shape<u64, C>) -> BTreeMap<u64, Vec<C>> {
    shape.iter().map(|row| (*row.key(), row.counts().iter().collect())).collect()
}

proptest! {
    #[test]
    fn counts_as_a_plain_map_does(buckets in buckets(), items in items()) {
        let shape = shape(&buckets, &items);
        let naive = naive(&buckets, &items);
        prop_assert_eq!(&listed(&shape), &naive);
        prop_assert_eq!(shape.len(), naive.len());
        for key in 0..12 {
            let found = shape.get(&key).map(|counts| counts.iter().collect::<Vec<_>>());
            prop_assert_eq!(found.as_ref(), naive.get(&key));
        }
        let mut total = vec![0_u64; buckets.len()];
        for row in naive.values() {
            total.iter_mut().zip(row).for_each(|(sum, cell)| *sum = sum.saturating_add(*cell));
        }
        prop_assert_eq!(shape.total().iter().collect::<Vec<_>>(), total);
    }

    #[test]
    fn rows_are_in_order_and_complete(buckets in buckets(), items in items()) {
        let shape = shape(&buckets, &items);
        let rows: Vec<(u64, u64)> = shape.rows().map(|row| (row.total(), *row.key())).collect();
        prop_assert_eq!(rows.len(), shape.len());
        prop_assert!(rows.is_sorted_by(|a, b| a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)));
    }

    #[test]
    fn merging_is_a_commutative_monoid(
        buckets in buckets(), a in items(), b in items(), c in items(),
    ) {
        let [x, y, z] = [&a, &b, &c].map(|items| shape(&buckets, items));
        let merged = |parts: &[&Shape<u64>]| {
            let mut sum = Shape::new(buckets.clone());
            parts.iter().for_each(|part| sum.merge(part).unwrap());
            sum
        };
        let one_pass = shape(&buckets, &[a.clone(), b.clone(), c.clone()].concat());
        for order in [[&x, &y, &z], [&z, &y, &x], [&y, &x, &z]] {
            let sum = merged(&order);
            prop_assert_eq!(&sum, &one_pass);
            prop_assert_eq!(sum.to_bytes(), one_pass.to_bytes());
            prop_assert!(sum.rows().map(|row| *row.key()).eq(one_pass.rows().map(|row| *row.key())));
        }
        let right = merged(&[&x, &merged(&[&y, &z])]);
        prop_assert_eq!(&right, &one_pass);
        prop_assert_eq!(&merged(&[&x, &Shape::new(buckets.clone())]), &x);
    }

    #[test]
    fn other_buckets_are_not_merged(items in items()) {
        let one = Buckets::linear(Duration::from_secs(97), 3).unwrap();
        let mut shape = shape(&one, &items);
        let before = shape.clone();
        let other = Shape::new(Buckets::geometric(Duration::from_secs(97), 4).unwrap());
        prop_assert_eq!(shape.merge(&other), Err(Error::BucketMismatch));
        prop_assert_eq!(shape.diff(&other, Duration::ZERO).err(), Some(Error::BucketMismatch));
        prop_assert_eq!(shape, before);
    }

    #[test]
    fn retain_keeps_what_it_is_told_to(buckets in buckets(), items in items(), mask: u16) {
        let all = shape(&buckets, &items);
        let wanted = |key: u64| mask >> key & 1 == 1;
        let mut some = all.filter(|&key, _| wanted(key));
        let mut expected = listed(&all);
        expected.retain(|&key, _| wanted(key));
        prop_assert_eq!(listed(&some), expected);
        // What was removed can come back.
        some.merge(&all.filter(|&key, _| !wanted(key))).unwrap();
        prop_assert_eq!(some, all);
    }

    #[test]
    fn regrouping_adds_up(buckets in buckets(), items in items()) {
        let halves = shape(&buckets, &items).regroup(|key| key / 2);
        let items: Vec<Item> = items.iter().map(|&(key, age, n)| (key / 2, age, n)).collect();
        prop_assert_eq!(halves, shape(&buckets, &items));
    }

    #[test]
    fn several_counters_are_several_shapes(buckets in buckets(), items in items()) {
        let mut both: Shape<u64, (u64, u64)> = Shape::new(buckets.clone());
        let aged = |age: u64| Duration::from_secs(age);
        both.extend(items.iter().map(|&(key, age, n)| (u64::from(key), aged(age), (n, age))));
        let second: Vec<Item> = items.iter().map(|&(key, age, _)| (key, age, age)).collect();
        let (one, two) = (naive(&buckets, &items), naive(&buckets, &second));
        for (key, cells) in listed(&both) {
            let zero = vec![0; buckets.len()];
            let pairs = one.get(&key).unwrap_or(&zero).iter().zip(two.get(&key).unwrap_or(&zero));
            prop_assert!(cells.iter().copied().eq(pairs.map(|(a, b)| (*a, *b))));
        }
        prop_assert_eq!(both.len(), one.keys().chain(two.keys()).collect::<std::collections::BTreeSet<_>>().len());
        let back = Shape::<u64, (u64, u64)>::from_bytes(&both.to_bytes());
        prop_assert_eq!(back.as_ref(), Ok(&both));
    }

    #[test]
    fn a_diff_balances_and_explains(
        a in items(), b in items(), elapsed in 0_u64..4_000, buckets in buckets(),
    ) {
        // Sums that stopped at their end do not balance.
        let small = |items: Vec<Item>| -> Vec<Item> {
            items.into_iter().filter(|item| item.2 < 1 << 40).collect()
        };
        let (old, new) = (shape(&buckets, &small(a)), shape(&buckets, &small(b)));
        let diff = old.diff(&new, Duration::from_secs(elapsed)).unwrap();
        for (key, change) in diff.rows() {
            prop_assert_eq!(change.before, old.get(key).map_or(0, |row| row.total()));
            prop_assert_eq!(change.after, new.get(key).map_or(0, |row| row.total()));
            prop_assert_eq!(change.before + change.arrived, change.after + change.drained);
            prop_assert!(change.aged + change.drained <= change.before);
        }
        prop_assert_eq!(diff.total().before, old.total().total());
        prop_assert_eq!(diff.total().after, new.total().total());
    }

    #[test]
    fn nothing_happened_when_all_just_aged(
        ages in vec(0_u64..4_000, 0..40), elapsed in 0_u64..4_000, buckets in buckets(),
    ) {
        let aged = |more: u64| -> Shape<u64> {
            let mut shape = Shape::new(buckets.clone());
            shape.extend(ages.iter().map(|age| (1, Duration::from_secs(age + more))));
            shape
        };
        let (old, new) = (aged(0), aged(elapsed));
        let diff = old.diff(&new, Duration::from_secs(elapsed)).unwrap();
        prop_assert_eq!((diff.total().arrived, diff.total().drained), (0, 0));
    }

    #[test]
    fn names_are_their_bytes(a in vec(any::<u8>(), 0..40), b in vec(any::<u8>(), 0..40)) {
        let (x, y) = (Name::from(&*a), Name::from(&*b));
        prop_assert_eq!(x.as_bytes(), &*a);
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(x == y, a == b);
    }

    #[test]
    fn parents_count_what_is_below_them(names in vec("[ab.]{0,7}", 0..30), least in 0_u64..4) {
        let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
        for name in &names {
            shape.add_ref(&*domain(name.as_bytes()), Duration::ZERO);
        }
        let rollup = Rollup::new(&shape, least);
        let rows: BTreeMap<Vec<u8>, u64> =
            rollup.rows().map(|row| (row.key().to_vec(), row.total())).collect();
        prop_assert_eq!(rows, perl_rollup(&names, least));
    }
}

/// The loop of the Perl program, step by step, with its two hashes.
fn perl_rollup(names: &[String], least: u64) -> BTreeMap<Vec<u8>, u64> {
    let (mut q, mut sub) = (BTreeMap::<Vec<u8>, u64>::new(), BTreeMap::<Vec<u8>, u64>::new());
    for name in names {
        let mut a = domain(name.as_bytes()).into_owned();
        let mut new = false;
        loop {
            let count = q.entry(a.clone()).or_default();
            *count += 1;
            let first = *count == 1;
            if new {
                *sub.entry(a.clone()).or_default() += 1;
            }
            new = first;
            // s/^(?:\.)?[^.]+\.(.*\.)/.$1/
            let labels = a.strip_prefix(b".").unwrap_or(&a);
            let Some(dot) = labels.iter().position(|&byte| byte == b'.') else { break };
            let (label, rest) = labels.split_at(dot);
            if label.is_empty() || !rest[1..].contains(&b'.') {
                break;
            }
            a = rest.to_vec();
        }
    }
    q.retain(|name, _| !name.starts_with(b".") || sub.get(name).copied().unwrap_or(0) >= least);
    q
}
