//! How the cost of an addition grows with the number of keys.

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};

use crate::adds::Floor;
use crate::input::{additions, names};
use crate::measure::{Contender, medians, time};

/// Prints lines of three columns: the contender, the number of keys up to `most`, and nanoseconds.
pub(crate) fn print(most: usize) {
    let sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    for keys in sizes.into_iter().filter(|&keys| keys <= most) {
        let names = names(keys);
        let items = additions(&names, 1_000_000);
        let mut floor = Floor::default();
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        for name in &names {
            floor.add(name, Duration::ZERO);
            shape.add_ref(&name[..], Duration::ZERO);
        }
        let mut many = shape.clone();
        let batch = || items.iter().map(|&(key, age)| (key, age, 1));
        let mut contenders: [Contender<'_>; 3] = [
            (
                "hashbrown",
                Box::new(|| time(|| items.iter().for_each(|&(key, age)| floor.add(key, age)))),
            ),
            (
                "add_ref",
                Box::new(|| time(|| items.iter().for_each(|&(key, age)| shape.add_ref(key, age)))),
            ),
            ("extend_ref", Box::new(|| time(|| many.extend_ref(batch())))),
        ];
        let times = medians(&mut contenders, items.len());
        for ((name, _), time) in contenders.iter().zip(times) {
            println!("{name}\t{keys}\t{time:.1}");
        }
    }
}
