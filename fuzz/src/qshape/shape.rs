//! Laws of the exact shape.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::{Buckets, Error, Name, Shape};

use super::stream::{self, Classes, Item, Slow, stop};
use crate::tried;

pub fn fill(classes: &Classes, items: &[Item]) -> Shape<Name> {
    let mut shape = Shape::new(classes.buckets.clone());
    for item in items {
        if item.amount == 1 && item.age.subsec_nanos() % 2 == 1 {
            shape.add(Name::from(item.key.as_slice()), item.age);
        } else if item.amount % 2 == 1 {
            shape.extend_ref([(item.key.as_slice(), item.age, item.amount)]);
        } else {
            shape.extend([(Name::from(item.key.as_slice()), item.age, item.amount)]);
        }
    }
    shape
}

/// Every row is that of a plain map; rows are in order; the total is the sum of the rows, and every row the sum of its
/// cells; retaining and regrouping give what they give on a plain map.
pub fn shape(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok(items) = stream::items(&mut u, &classes) else { return };
    let slow = Slow::count(&items, &classes);
    let shape = fill(&classes, &items);
    if tried(data.len(), 0, 2) {
        agrees(&shape, &slow, classes.edges.len() + 1);
        batches(&shape, &classes, &items);
    }
    if tried(data.len(), 1, 2) {
        retained(shape, slow, &classes, &items);
    }
}

/// Retaining rows, adding to what was retained, and regrouping.
fn retained(mut shape: Shape<Name>, slow: Slow, classes: &Classes, items: &[Item]) {
    let keep = |key: &[u8]| !key.len().is_multiple_of(3);
    let mut kept = slow;
    kept.0.retain(|key, _| keep(key));
    let filtered = shape.filter(|key, _| keep(key.as_bytes()));
    shape.retain(|key, _| keep(key.as_bytes()));
    assert_eq!(shape, filtered);
    agrees(&shape, &kept, classes.edges.len() + 1);
    // A shape that lost rows accepts new ones.
    for item in items {
        shape.extend_ref([(item.key.as_slice(), item.age, item.amount)]);
        *kept
            .0
            .entry(item.key.clone())
            .or_insert_with(|| vec![0; classes.edges.len() + 1])
            .get_mut(classes.index(item.age))
            .expect("a class") += u128::from(item.amount);
    }
    kept.0.retain(|_, row| row.iter().any(|&cell| cell > 0));
    agrees(&shape, &kept, classes.edges.len() + 1);

    let mut groups: BTreeMap<Vec<u8>, Vec<u128>> = BTreeMap::new();
    for (key, row) in &kept.0 {
        let group = groups
            .entry(key.iter().take(1).copied().collect())
            .or_insert_with(|| vec![0; row.len()]);
        // Counters saturate before they are added up.
        group.iter_mut().zip(row).for_each(|(sum, cell)| *sum += u128::from(stop(*cell)));
    }
    let regrouped =
        shape.regroup(|key| key.as_bytes().iter().take(1).copied().collect::<Vec<u8>>());
    let rows: BTreeMap<Vec<u8>, Vec<u64>> =
        regrouped.rows().map(|row| (row.key().clone(), row.counts().iter().collect())).collect();
    let expected =
        groups.into_iter().map(|(key, row)| (key, row.into_iter().map(stop).collect())).collect();
    assert_eq!(rows, expected);
}

/// Adding many at once is the same as one by one, whoever owns the keys and whatever is already there.
fn batches(shape: &Shape<Name>, classes: &Classes, items: &[Item]) {
    let (one, rest) = items.split_at(items.len() / 3);
    let mut owned = fill(classes, one);
    owned.extend(rest.iter().map(|i| (Name::from(i.key.as_slice()), i.age, i.amount)));
    assert_eq!(owned, *shape);
    assert!(owned.keys().eq(shape.keys()), "keys in another order");
    let mut borrowed = fill(classes, one);
    // As an iterator with an unknown length.
    let mut rest = rest.iter();
    let next = core::iter::from_fn(|| rest.next());
    borrowed.extend_ref(next.map(|item| (item.key.as_slice(), item.age, item.amount)));
    assert_eq!(borrowed, *shape);
}

fn agrees(shape: &Shape<Name>, slow: &Slow, width: usize) {
    assert_eq!((shape.len(), shape.is_empty()), (slow.0.len(), slow.0.is_empty()));
    let mut sums = vec![0_u128; width];
    let mut before = None;
    for row in shape.rows() {
        let cells: Vec<u64> = row.counts().iter().collect();
        let expected = slow.0.get(row.key().as_bytes()).expect("a key that was counted");
        assert!(cells.iter().copied().eq(expected.iter().map(|&cell| stop(cell))));
        assert_eq!(row.total(), stop(cells.iter().map(|&cell| u128::from(cell)).sum()));
        assert!(cells.iter().any(|&cell| cell > 0), "a row that counts nothing");
        sums.iter_mut().zip(&cells).for_each(|(sum, &cell)| *sum += u128::from(cell));
        let place = (u64::MAX - row.total(), row.key().clone());
        assert!(before.is_none_or(|before| before < place), "rows out of order");
        before = Some(place);
        assert_eq!(shape.get(row.key().as_bytes()).as_ref(), Some(row.counts()));
    }
    assert_eq!(shape.rows().count(), slow.0.len());
    let total = shape.total();
    assert_eq!(total.len(), width);
    assert!(total.iter().eq(sums.iter().map(|&sum| stop(sum))));
    assert_eq!(total.total(), stop(sums.iter().map(|&sum| u128::from(stop(sum))).sum()));
}

/// However the work is split, and in whatever order and grouping the parts are merged, the shapes and bytes are equal.
pub fn merge(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok(plan) = u.arbitrary::<[u8; 16]>() else { return };
    let Ok(items) = stream::items(&mut u, &classes) else { return };
    let whole = fill(&classes, &items);
    let count = usize::from(plan[0] % 5) + 1;
    let mut parts: Vec<Vec<Item>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        parts[usize::from(plan[at % 16]) % count].push(item.clone());
    }
    let mut shapes: Vec<Shape<Name>> = parts.iter().map(|part| fill(&classes, part)).collect();
    // Merge any two until one is left.
    let mut turn = 0;
    while shapes.len() > 1 {
        turn += 1;
        let other = shapes.swap_remove(usize::from(plan[turn % 16]) % shapes.len());
        let into = usize::from(plan[(turn * 7 + 3) % 16]) % shapes.len();
        let mut swapped = other.clone();
        swapped.merge(&shapes[into]).expect("equal classes");
        shapes[into].merge(&other).expect("equal classes");
        assert_eq!(swapped, shapes[into], "merging does not commute");
        assert_eq!(swapped.to_bytes(), shapes[into].to_bytes());
    }
    let merged = &mut shapes[0];
    assert_eq!(*merged, whole);
    assert_eq!(merged.to_bytes(), whole.to_bytes());
    merged.merge(&Shape::new(classes.buckets.clone())).expect("equal classes");
    assert_eq!(*merged, whole, "the empty shape changes something");
    let other = Shape::new(
        Buckets::custom([std::time::Duration::from_nanos(987_654_321_987)]).expect("one edge"),
    );
    if classes.edges != [987_654_321_987] {
        assert_eq!(merged.merge(&other), Err(Error::BucketMismatch));
        assert_eq!(*merged, whole, "a refused merge changes something");
    }
}
