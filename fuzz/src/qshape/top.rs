//! The law of the bounded shape.

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::{Name, TopShape};

use super::stream::{self, Classes, Item, Slow, stop};
use crate::tried;

fn fill(classes: &Classes, items: &[Item], capacity: usize) -> TopShape<Name> {
    let mut top = TopShape::new(classes.buckets.clone(), capacity).expect("a capacity");
    for item in items {
        if item.amount == 1 {
            top.add_ref(item.key.as_slice(), item.age);
        } else {
            top.extend([(Name::from(item.key.as_slice()), item.age, item.amount)]);
        }
        assert!(top.len() <= 2 * capacity, "{} rows", top.len());
    }
    top
}

/// After any order, split and grouping there are at most twice the capacity in rows, totals are exact, every row is within
/// its stated error, every key without a row is below the floor, and the floor is below its share.
pub fn top(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok(plan) = u.arbitrary::<[u8; 8]>() else { return };
    let Ok(mut items) = stream::items(&mut u, &classes) else { return };
    // Saturated counters have other bounds; here the sums stay exact.
    items.iter_mut().for_each(|item| item.amount %= 1 << 40);
    let capacity = usize::from(plan[0] % 8) + 1;
    let slow = Slow::count(&items, &classes);
    if tried(data.len(), 0, 2) {
        check(&fill(&classes, &items, capacity), &slow, capacity, &classes);
    }
    if tried(data.len(), 1, 2) {
        let merged = merged(&items, &plan, capacity, &classes);
        check(&merged, &slow, capacity, &classes);
    }
}

/// What parts of the items give, merged in any order.
fn merged(items: &[Item], plan: &[u8; 8], capacity: usize, classes: &Classes) -> TopShape<Name> {
    let count = usize::from(plan[1] % 4) + 1;
    let mut parts: Vec<Vec<Item>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        parts[usize::from(plan[at % 8]) % count].push(item.clone());
    }
    let mut tops: Vec<_> = parts.iter().map(|part| fill(classes, part, capacity)).collect();
    let mut turn = 0;
    while tops.len() > 1 {
        turn += 1;
        let other = tops.swap_remove(usize::from(plan[turn % 8]) % tops.len());
        let into = usize::from(plan[(turn + 3) % 8]) % tops.len();
        let mut swapped = other.clone();
        swapped.merge(&tops[into]).expect("equal classes");
        tops[into].merge(&other).expect("equal classes");
        assert_eq!(swapped, tops[into], "merging does not commute");
    }
    tops.remove(0)
}

fn check(top: &TopShape<Name>, slow: &Slow, capacity: usize, classes: &Classes) {
    assert!(top.len() <= 2 * capacity);
    let width = classes.edges.len() + 1;
    let mut sums = vec![0_u128; width];
    slow.0.values().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell));
    assert!(top.total().iter().eq(sums.iter().map(|&sum| stop(sum))), "the total is not exact");
    let grand: u128 = sums.iter().sum();
    assert!(u128::from(top.floor()) * (capacity as u128 + 1) <= grand, "the floor is too high");
    let mut rows = vec![0_u128; width];
    let mut listed = 0;
    for row in top.rows() {
        listed += 1;
        let truth = slow.total(row.key().as_bytes());
        let (least, most) =
            (u128::from(row.total()), u128::from(row.total()) + u128::from(row.missed()));
        assert!(least <= truth && truth <= most, "{least} <= {truth} <= {most}");
        assert!(row.missed() <= top.floor());
        let exact = &slow.0[row.key().as_bytes()];
        for (cell, most) in row.counts().iter().zip(exact) {
            assert!(u128::from(cell) <= *most, "a cell counts too much");
        }
        rows.iter_mut().zip(row.counts().iter()).for_each(|(sum, cell)| *sum += u128::from(cell));
    }
    assert_eq!(listed, top.len());
    let other: Vec<u128> = top.other().iter().map(u128::from).collect();
    assert!(rows.iter().zip(&other).zip(&sums).all(|((rows, other), sum)| rows + other == *sum));
    for key in slow.0.keys().filter(|key| top.get(key.as_slice()).is_none()) {
        assert!(slow.total(key) <= u128::from(top.floor()), "a large key has no row");
    }
    let bytes = top.to_bytes();
    let back = TopShape::<Name>::from_bytes(&bytes).expect("what was saved loads");
    assert_eq!(back, *top);
    assert_eq!(back.to_bytes(), bytes);
}
