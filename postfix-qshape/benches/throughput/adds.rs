//! Adding to keys that are known, and to keys that are new.

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape, TopShape};

use crate::input::additions;
use crate::measure::{Contender, group, time};

/// What nobody can avoid: a randomly keyed table with borrowed lookup, and eleven counters.
#[derive(Default)]
pub(crate) struct Floor {
    pub(crate) rows: hashbrown::HashMap<Vec<u8>, [u64; 11], foldhash::fast::RandomState>,
    buckets: Buckets,
}

impl Floor {
    pub(crate) fn add(&mut self, key: &[u8], age: Duration) {
        let row = match self.rows.get_mut(key) {
            Some(row) => row,
            None => self.rows.entry(key.to_vec()).or_default(),
        };
        row[10] += 1;
        row[self.buckets.index_of(age)] += 1;
    }
}

const ADDS: usize = 1_000_000;

/// The same additions for everyone, to keys that all have a row.
pub(crate) fn known(names: &[[u8; 15]]) {
    let items = additions(names, ADDS);
    let owned: Vec<(Name, Duration)> = items.iter().map(|&(key, age)| (key.into(), age)).collect();
    let batch = || items.iter().map(|&(key, age)| (key, age, 1));
    let mut floor = Floor::default();
    names.iter().for_each(|name| floor.add(name, Duration::ZERO));
    let vecs = || {
        let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
        shape
    };
    let short = || {
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
        shape
    };
    let (mut vecs_one, mut vecs_many) = (vecs(), vecs());
    let (mut one, mut many, mut many_owned) = (short(), short(), short());
    let mut top: TopShape<Name> = TopShape::new(Buckets::default(), 10_000).unwrap();
    let mut contenders: [Contender<'_>; 7] = [
        (
            "hashbrown",
            Box::new(|| time(|| items.iter().for_each(|&(key, age)| floor.add(key, age)))),
        ),
        (
            "add_ref, Vec<u8>",
            Box::new(|| time(|| items.iter().for_each(|&(key, age)| vecs_one.add_ref(key, age)))),
        ),
        (
            "add_ref, Name",
            Box::new(|| time(|| items.iter().for_each(|&(key, age)| one.add_ref(key, age)))),
        ),
        ("extend_ref, Vec<u8>", Box::new(|| time(|| vecs_many.extend_ref(batch())))),
        ("extend_ref, Name", Box::new(|| time(|| many.extend_ref(batch())))),
        (
            "extend, Name",
            Box::new(|| {
                // Their memory is not given back within the time.
                let mut owned = owned.clone();
                time(|| many_owned.extend(owned.drain(..)))
            }),
        ),
        (
            "TopShape::add_ref, 10,000 rows",
            Box::new(|| time(|| items.iter().for_each(|&(key, age)| top.add_ref(key, age)))),
        ),
    ];
    group(&format!("adding, {} keys", names.len()), ADDS, &mut contenders);
}

/// Each key once, from an empty table on.
pub(crate) fn new(names: &[[u8; 15]]) {
    let adds = |add: &mut dyn FnMut(&[u8])| names.iter().for_each(|name| add(name));
    let mut contenders: [Contender<'_>; 3] = [
        (
            "hashbrown",
            Box::new(|| {
                time(|| {
                    let mut floor = Floor::default();
                    adds(&mut |name| floor.add(name, Duration::ZERO));
                    floor
                })
            }),
        ),
        (
            "add_ref, Name",
            Box::new(|| {
                time(|| {
                    let mut shape: Shape<Name> = Shape::new(Buckets::default());
                    adds(&mut |name| shape.add_ref(name, Duration::ZERO));
                    shape
                })
            }),
        ),
        (
            "extend_ref, Name",
            Box::new(|| {
                time(|| {
                    let mut shape: Shape<Name> = Shape::new(Buckets::default());
                    shape.extend_ref(names.iter().map(|name| (&name[..], Duration::ZERO, 1)));
                    shape
                })
            }),
        ),
    ];
    let name = format!("adding from empty, {} keys", names.len());
    group(&name, names.len(), &mut contenders);
}
