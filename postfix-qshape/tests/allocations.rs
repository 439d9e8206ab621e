//! Adding to keys that have a row takes no memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Rates, Shape, TopShape};

const NAMES: [&[u8]; 3] = [b"a.example", b"b.example", b"a.name.longer.than.22.bytes.example"];

/// How often `work` asks for memory.
fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn an_addition_to_a_known_key_takes_no_memory() {
    let mut shape: Shape<Name, (u64, u64)> = Shape::new(Buckets::default());
    let mut counts: Shape<Name> = Shape::new(Buckets::default());
    let mut top: TopShape<Name> = TopShape::new(Buckets::default(), 10).unwrap();
    let mut rates: Rates<Name> = Rates::new(Duration::from_secs(60), 10, 10).unwrap();
    let mut add = |times: u64| {
        for (time, name) in (0..times).zip(NAMES.iter().cycle()) {
            let age = Duration::from_secs(time % 5_000);
            shape.extend_ref([(*name, age, (1, 0)), (*name, age, (0, 2_000))]);
            counts.add_ref(*name, age);
            counts.add_ref(*name, age);
            top.add_ref(*name, age);
            rates.add_ref(*name, Duration::from_secs(1_000_000));
        }
    };
    // Until counters are as wide as they will get.
    add(300_000);
    assert_eq!(allocations(|| add(10_000)), 0);
}

#[test]
fn many_additions_at_once_share_their_memory() {
    let keys: Vec<Name> = (0..20_000).map(|n| Name::from(&*format!("{n}.example"))).collect();
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    let mut add = || shape.extend_ref(keys.iter().map(|key| (key.as_bytes(), Duration::ZERO, 1)));
    add();
    let count = allocations(add);
    assert!(count <= 8, "{count} for 20,000 additions");
}
