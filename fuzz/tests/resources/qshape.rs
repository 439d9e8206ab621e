//! Streams of keys and states that are made to cost time or memory.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use postfix_qshape::wire::{DecodeError, DecodeErrorKind};
use postfix_qshape::{Buckets, Name, Quantiles, Rates, Rollup, Shape, TopShape};

use super::counter::count;

fn name(number: u32) -> [u8; 15] {
    let mut name = *b"d0000000.exampl";
    let mut rest = number;
    for digit in name[1..8].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    name
}

#[test]
fn a_million_keys_take_at_most_110_bytes_each() {
    let (shape, taken) = count(|| {
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        for number in 0..1_000_000 {
            shape.add_ref(&name(number)[..], Duration::from_secs(u64::from(number) % 5000));
        }
        shape
    });
    assert_eq!(shape.len(), 1_000_000);
    assert!(taken.kept <= 110 * 1_000_000, "{} bytes per key", taken.kept / 1_000_000);
}

#[test]
fn a_bounded_shape_does_not_grow_with_the_stream() {
    let mut top: TopShape<Name> = TopShape::new(Buckets::default(), 100).unwrap();
    let (_, first) = count(|| (0..2_000).for_each(|n| top.add_ref(&name(n)[..], Duration::ZERO)));
    let (_, later) =
        count(|| (2_000..200_000).for_each(|n| top.add_ref(&name(n)[..], Duration::ZERO)));
    assert!(first.kept <= 64 * 1024, "{first:?}");
    assert!(later.kept <= 1024 && later.peak <= 64 * 1024, "{later:?}");
    assert_eq!(top.total().total(), 200_000);
}

thread_local! {
    static HASHES: Cell<u64> = const { Cell::new(0) };
    static COMPARISONS: Cell<u64> = const { Cell::new(0) };
}

/// A key that counts what is done with it.
#[derive(Clone, Debug)]
struct Counted(u32);

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHES.set(HASHES.get() + 1);
        self.0.hash(state);
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Counted {}

#[test]
fn work_per_key_is_constant_however_many_there_are() {
    for keys in [1_000, 100_000] {
        HASHES.set(0);
        COMPARISONS.set(0);
        let mut shape: Shape<Counted> = Shape::new(Buckets::default());
        for round in 0..2 {
            for key in 0..keys {
                shape.add(Counted(key), Duration::from_secs(round));
            }
        }
        let adds = u64::from(keys) * 2;
        assert!(HASHES.get() <= 4 * adds, "{} hashes for {adds} additions", HASHES.get());
        assert!(
            COMPARISONS.get() <= 2 * adds,
            "{} comparisons for {adds} additions",
            COMPARISONS.get()
        );
        HASHES.set(0);
        COMPARISONS.set(0);
        let other = shape.clone();
        shape.merge(&other).unwrap();
        assert!(HASHES.get() <= 2 * u64::from(keys) && COMPARISONS.get() <= 2 * u64::from(keys));
    }
}

/// The checksum of a state, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn a_hostile_state_takes_memory_in_proportion_to_its_length() {
    // Claims of rows and keys and classes without end, with and without what they claim.
    let numbers: [&[u8]; 4] =
        [b"\x00", b"\x7f", b"\xff\x1f", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"];
    for kind in [b'E', b'T'] {
        for lanes in numbers {
            for edges in numbers {
                for rows in numbers {
                    let mut state = b"qshp\x01".to_vec();
                    state.push(kind);
                    for part in [&b"\x01"[..], lanes, edges, rows, rows, &[1; 600]] {
                        state.extend_from_slice(part);
                    }
                    state.extend(crc32(&state).to_le_bytes());
                    let (_, taken) = count(|| {
                        let kind = |error: DecodeError| error.kind();
                        let exact = Shape::<Name>::from_bytes(&state).map_err(kind);
                        let bounded = TopShape::<Name>::from_bytes(&state).map_err(kind);
                        assert!(exact.is_err() && bounded.is_err());
                        // The claims are read, not refused with the checksum.
                        assert_ne!(exact, Err(DecodeErrorKind::Checksum));
                    });
                    assert!(
                        taken.peak <= 100 * state.len() as i64,
                        "{taken:?} for {}",
                        state.escape_ascii()
                    );
                }
            }
        }
    }
}

#[test]
fn the_parents_of_a_name_without_end_take_memory_in_proportion() {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    let long = b"a.".repeat(5_000);
    shape.add_ref(&long[..], Duration::ZERO);
    let (rows, taken) = count(|| Rollup::new(&shape, 1).rows().count());
    assert!(rows <= long.len() / 2 + 1);
    assert!(taken.peak <= 200 * long.len() as i64, "{taken:?}");
}

/// What listing, drawing and comparing take beside the shape itself, for each key of a hundred thousand.
#[test]
fn renderings_and_differences_take_a_bounded_number_of_bytes_for_each_key() {
    const KEYS: u32 = 100_000;
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    (0..KEYS).for_each(|number| shape.add_ref(&name(number)[..], Duration::ZERO));
    let each = |most: i64, what: &str, work: &dyn Fn() -> usize| {
        let (_, taken) = count(work);
        let found = taken.peak / i64::from(KEYS);
        assert!(found <= most, "{what}: {found} bytes for each key");
    };
    each(16, "rows", &|| shape.rows().take(10).count());
    each(100, "table", &|| shape.table().top(10).to_bytes().len());
    each(100, "csv", &|| shape.view().csv().top(10).to_string().len());
    each(100, "json", &|| shape.view().json().top(10).to_string().len());
    each(100, "heatmap", &|| shape.view().heatmap("x").top(10).to_string().len());
    each(100, "metrics", &|| shape.view().metrics("x", "y").top(10).to_string().len());
    each(170, "rollup", &|| Rollup::new(&shape, 5).rows().count());
    each(120, "diff", &|| shape.diff(&shape, Duration::ZERO).unwrap().rows().count());
    each(90, "wire", &|| shape.to_bytes().len());
    each(110, "regroup", &|| shape.regroup(|key| key.clone()).len());
}

#[test]
fn rates_and_quantiles_do_not_grow_with_the_stream() {
    let mut rates: Rates<Name> = Rates::new(Duration::from_secs(60), 10, 100).unwrap();
    let mut add = |from: u32, to: u32| {
        let (_, taken) = count(|| {
            (from..to).for_each(|n| {
                rates.add_ref(&name(n)[..], Duration::from_secs(u64::from(n)));
            });
        });
        taken
    };
    let (first, later) = (add(0, 2_000), add(2_000, 100_000));
    assert!(first.kept <= 64 * 1024, "{first:?}");
    assert!(later.kept <= 1024 && later.peak <= 64 * 1024, "{later:?}");

    let mut quantiles: Quantiles<Name> = Quantiles::new(0.001);
    let mut add = |values: u32| {
        let (_, taken) = count(|| {
            (0..values).for_each(|n| {
                quantiles.add_ref(&b"key"[..], Duration::from_micros(u64::from(n) * 977));
            });
        });
        taken
    };
    let (first, later) = (add(200_000), add(200_000));
    // One range for each thousandth, of twelve to 33 bytes.
    assert!(first.kept <= 33 * 12_000, "{first:?}");
    assert!(later.kept <= 1024, "{later:?}");
}
