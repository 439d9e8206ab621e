//! Bytes that a key takes.

use core::any::Any;
use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};
use stats_alloc::Region;

use crate::ALLOCATOR;
use crate::adds::Floor;

/// What is in use after each name was counted once, for each name.
pub(crate) fn group(names: &[[u8; 15]]) {
    let bytes = |make: &dyn Fn() -> Box<dyn Any>| {
        let region = Region::new(ALLOCATOR);
        let kept = make();
        let change = region.change();
        drop(kept);
        (change.bytes_allocated - change.bytes_deallocated) as f64 / names.len() as f64
    };
    let vecs = bytes(&|| {
        let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
        Box::new(shape)
    });
    let short = bytes(&|| {
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
        Box::new(shape)
    });
    let floor = bytes(&|| {
        let mut floor = Floor::default();
        names.iter().for_each(|name| floor.add(name, Duration::ZERO));
        Box::new(floor.rows)
    });
    let group = format!("memory, {} keys", names.len());
    println!("{group}: the floor, hashbrown, takes {floor:.1} bytes a key");
    for (what, bytes) in [("Vec<u8>", vecs), ("Name", short)] {
        println!("{group}\t{what}\t{:.2}\t{bytes:.1} bytes a key", bytes / floor);
    }
}
