//! Adding to keys that have a row takes no memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::fmt::{self, Write as _};
use core::time::Duration;

use postfix_qshape::escape::Escaped;
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

#[test]
fn a_short_name_takes_no_memory_of_its_own() {
    for (name, expected) in
        [("", 0), ("a", 0), ("exactly.22.bytes.abcde", 0), ("23.bytes.long.abcdefghi", 1)]
    {
        assert_eq!(allocations(|| drop(Name::from(name))), expected, "{name}");
    }
}

/// A text that is thrown away.
struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

#[test]
fn text_is_escaped_without_a_copy() {
    let bytes = b"a\\b\xff\n\xc3\xbc".repeat(100);
    let escaped = Escaped::new(&bytes);
    assert_eq!(allocations(|| write!(Nowhere, "{escaped} {escaped:?}").unwrap()), 0);
}

/// The rows grow by an eighth, and the state is then written once.
#[test]
fn a_state_is_written_in_little_more_memory_than_it_takes() {
    let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
    for n in 0..5_000_u64 {
        let key = [&n.to_be_bytes()[..], &[b'x'; 200]].concat();
        shape.add(key, Duration::ZERO);
    }
    let mut length = 0;
    let taken = allocation_counter::measure(|| length = shape.to_bytes().len() as u64);
    // A list that doubles would take two mebibytes for the rows, which are a little longer than one.
    assert!(length > 1 << 20, "{length}");
    let most = length / 8 * 18 + 5_000 * 40;
    assert!(taken.bytes_max <= most, "{} bytes for a state of {length}", taken.bytes_max);
    assert!(taken.count_total <= 60, "{} allocations", taken.count_total);
}

/// Names that come once, each in a row of its own.
#[test]
fn a_shape_of_many_keys_has_little_room_to_spare() {
    let names: Vec<Name> = (0..50_000).map(|n| Name::from(&*format!("{n}.example"))).collect();
    let mut kept = Vec::new();
    let taken = allocation_counter::measure(|| {
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(name.as_bytes(), Duration::ZERO));
        kept.push(shape);
    });
    // A name, its row, and eight bytes of the index, which is at least 7/12 full.
    let (each, row) = (taken.bytes_current as usize / 50_000, size_of::<Name>() + 16);
    let most = row * 9 / 8 + 8 * 12 / 7 + 2;
    assert!(each <= most, "{each} bytes for each key, at most {most}");
    assert_eq!(kept.len(), 1);
}

/// Rows that are too long to lie beside their keys.
#[test]
fn the_place_of_a_removed_row_is_used_again() {
    let buckets = Buckets::linear(Duration::from_secs(1), 1_000).unwrap();
    let mut shape: Shape<u64> = Shape::new(buckets);
    let mut round = |round: u64| {
        shape.extend((0..100).map(|n| (round * 100 + n, Duration::ZERO, 300)));
        shape.retain(|_, _| false);
    };
    (0..3).for_each(&mut round);
    let more = allocation_counter::measure(|| (3..40).for_each(&mut round));
    // A hundred rows take a hundred kilobytes, and twice as many with wider counters.
    assert!(more.bytes_current < 50_000, "{} bytes more", more.bytes_current);
}

/// Of a name that does not fit only the end is read.
#[test]
fn a_table_takes_no_more_memory_for_longer_names() {
    let name = "x".repeat(1_000_000);
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.add(&name, Duration::ZERO);
    let table = shape.table();
    let taken = allocation_counter::measure(|| write!(Nowhere, "{table}").unwrap());
    assert!(taken.bytes_max < 20_000, "{} bytes", taken.bytes_max);
}
