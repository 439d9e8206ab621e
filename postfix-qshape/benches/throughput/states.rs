//! Merging, storing and reading whole states.

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};

use crate::input::numbers;
use crate::measure::{Contender, group, time};

fn shape<'n>(names: impl Iterator<Item = &'n [u8; 15]>) -> Shape<Name> {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    names.for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
    shape
}

/// The same names in another order.
fn shuffled(names: &[[u8; 15]]) -> Vec<[u8; 15]> {
    let mut names = names.to_vec();
    for (at, number) in (1..names.len()).rev().zip(numbers().skip(1)) {
        names.swap(at, number as usize % at);
    }
    names
}

/// Two states whose keys came in different orders: equal keys, and keys of which half are common.
///
/// The floor is one pass over both: every key of one state is looked up in the other, and every row of both is read.
pub(crate) fn merge(names: &[[u8; 15]]) {
    let other = shuffled(names);
    let half = names.len() / 2;
    let (ours, theirs) = (shape(names.iter()), shape(other.iter()));
    // Other names, as many as half of ours, in the place of those that the shuffle has put first.
    let strange = other.iter().take(half).map(|name| {
        let mut name = *name;
        name[0] = b'-';
        name
    });
    let strange: Vec<[u8; 15]> = strange.collect();
    let mixed = shape(strange.iter().chain(&other[half..]));
    for (name, theirs) in [("equal keys", &theirs), ("half of the keys", &mixed)] {
        let mut contenders: [Contender<'_>; 2] = [
            (
                "one pass over both",
                Box::new(|| {
                    time(|| {
                        let known = theirs.iter().filter_map(|row| {
                            let sum = ours.get(row.key().as_bytes())?;
                            Some(sum.total() + row.total())
                        });
                        known.sum::<u64>()
                    })
                }),
            ),
            (
                "merge",
                Box::new(|| {
                    let mut sum = ours.clone();
                    time(|| sum.merge(theirs).unwrap())
                }),
            ),
        ];
        let name = format!("merging two states of {}, {name}", names.len());
        group(&name, names.len(), &mut contenders);
    }
}

/// Written, read, and taken out in order.
///
/// The floor sorts what tells the keys apart and copies the keys in that order.
pub(crate) fn store(names: &[[u8; 15]]) {
    let state = shape(shuffled(names).iter());
    let bytes = state.to_bytes();
    let mut contenders: [Contender<'_>; 6] = [
        (
            "keys sorted and copied",
            Box::new(|| {
                time(|| {
                    let prefix =
                        |name: &Name| u64::from_be_bytes(*name.as_bytes().first_chunk().unwrap());
                    let mut order: Vec<(u64, &Name)> =
                        state.keys().map(|key| (prefix(key), key)).collect();
                    order.sort_unstable();
                    let mut out: Vec<u8> = Vec::new();
                    order.iter().for_each(|(_, key)| out.extend(key.as_bytes()));
                    out
                })
            }),
        ),
        ("to_bytes", Box::new(|| time(|| state.to_bytes()))),
        ("from_bytes", Box::new(|| time(|| Shape::<Name>::from_bytes(&bytes).unwrap()))),
        ("rows", Box::new(|| time(|| state.rows().map(|row| row.total()).sum::<u64>()))),
        (
            "view().rows",
            Box::new(|| time(|| state.view().rows().map(|row| row.total()).sum::<u64>())),
        ),
        (
            "the first 20 rows",
            Box::new(|| time(|| state.rows().take(20).map(|row| row.total()).sum::<u64>())),
        ),
    ];
    let name = format!("storing a state of {} keys", names.len());
    group(&name, names.len(), &mut contenders);
    println!("{name}: {:.1} bytes a key", bytes.len() as f64 / names.len() as f64);
}
