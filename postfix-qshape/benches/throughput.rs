//! Cost of counting and merging against a hash table that does no more than it must, and the bytes
//! that a key takes. `cargo bench -p postfix-qshape`; an argument limits the number of keys.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use core::any::Any;
use core::hint::black_box;
use core::time::Duration;
use std::alloc::System;

use postfix_qshape::{Buckets, Name, Shape, TopShape};
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

/// What nobody can avoid: a randomly keyed table with borrowed lookup, and eleven counters.
type Floor = hashbrown::HashMap<Vec<u8>, [u64; 11], foldhash::fast::RandomState>;

/// Additions per measurement.
const ADDS: usize = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    let most = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(5_000_000);
    for keys in [1_000, 100_000, 1_000_000, 5_000_000].into_iter().filter(|&keys| keys <= most) {
        let names = names(keys);
        adds(&names);
        memory(&names);
        if keys == 1_000_000 {
            merge(&names);
        }
    }
}

/// Fifteen bytes each, as domains are: the differing part first.
fn names(keys: usize) -> Vec<[u8; 15]> {
    (0..keys)
        .map(|key| {
            let mut name = *b"aaaaaaa.example";
            let mut rest = key.wrapping_mul(0x9e37_79b9) % 0x1_0000_0000;
            for byte in name.iter_mut().take(7) {
                *byte = b'a' + (rest % 26) as u8;
                rest /= 26;
            }
            name
        })
        .collect()
}

/// The same additions for everyone: random keys that are all known already.
fn adds(names: &[[u8; 15]]) {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let items: Vec<(&[u8], Duration)> = (0..ADDS)
        .map(|_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let key = &names[(random >> 20) as usize % names.len()][..];
            (key, Duration::from_secs(random % 100_000))
        })
        .collect();
    let owned: Vec<(Name, Duration)> =
        items.iter().map(|&(key, age)| (Name::from(key), age)).collect();
    let batch = || items.iter().map(|&(key, age)| (key, age, 1));
    let buckets = Buckets::default();
    let mut floor = Floor::default();
    let mut vecs: Shape<Vec<u8>> = Shape::new(buckets.clone());
    let mut short: Shape<Name> = Shape::new(buckets.clone());
    let mut top: TopShape<Name> = TopShape::new(buckets.clone(), 10_000).unwrap();
    for name in names {
        floor.insert(name.to_vec(), [0; 11]);
        vecs.add_ref(&name[..], Duration::ZERO);
        short.add_ref(&name[..], Duration::ZERO);
    }
    let mut times = [const { Vec::new() }; 7];
    for _ in 0..ROUNDS {
        times[0].push(time(|| {
            for &(key, age) in &items {
                let row = match floor.get_mut(key) {
                    Some(row) => row,
                    None => floor.entry(key.to_vec()).or_default(),
                };
                row[10] += 1;
                row[buckets.index_of(age)] += 1;
            }
        }));
        times[1].push(time(|| items.iter().for_each(|&(key, age)| vecs.add_ref(key, age))));
        times[2].push(time(|| items.iter().for_each(|&(key, age)| short.add_ref(key, age))));
        times[3].push(time(|| vecs.extend_ref(batch())));
        times[4].push(time(|| short.extend_ref(batch())));
        let owned = owned.clone();
        times[5].push(time(|| short.extend(owned)));
        times[6].push(time(|| items.iter().for_each(|&(key, age)| top.add_ref(key, age))));
    }
    black_box((&floor, &vecs, &short, &top));
    let [floor, times @ ..] = times.map(median);
    let each = |time: f64| time * 1e9 / ADDS as f64;
    println!("{:>9} keys: ns per add (and floor / ours)", names.len());
    println!("    floor {:>26.1}", each(floor));
    let what = [
        "add_ref, Vec<u8>",
        "add_ref, Name",
        "extend_ref, Vec<u8>",
        "extend_ref, Name",
        "extend, Name",
        "top 10,000",
    ];
    for (name, time) in what.into_iter().zip(times) {
        println!("    {name:<20}{:>12.1}  {:.2} x", each(time), floor / time);
    }
}

fn merge(names: &[[u8; 15]]) {
    let shape = || {
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        names.iter().for_each(|name| shape.add_ref(&name[..], Duration::ZERO));
        shape
    };
    let (one, mut two) = (shape(), shape());
    let bytes = one.to_bytes();
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        times[0].push(time(|| two.merge(&one).unwrap()));
        // One pass over both: each key of one looked up in the other, each row read.
        times[1].push(time(|| {
            let read = |key: &Name| two.get(key.as_bytes()).map_or(0, |row| row.total());
            one.keys().map(read).sum::<u64>()
        }));
        times[2].push(time(|| one.to_bytes()));
        times[3].push(time(|| Shape::<Name>::from_bytes(&bytes)));
        times[4].push(time(|| one.rows().map(|row| row.total()).sum::<u64>()));
    }
    let [merge, pass, write, read, rows] = times.map(median);
    let each = |time: f64| time * 1e9 / names.len() as f64;
    println!(
        "    ns a key: merge {:.0} ({:.2} x a lookup of every key, {:.0}), to_bytes {:.0}, from_bytes {:.0}, rows {:.0}; {:.1} bytes",
        each(merge),
        merge / pass,
        each(pass),
        each(write),
        each(read),
        each(rows),
        bytes.len() as f64 / names.len() as f64
    );
}

fn memory(names: &[[u8; 15]]) {
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
        for name in names {
            floor.insert(name.to_vec(), [0; 11]);
        }
        Box::new(floor)
    });
    println!("    bytes a key: Vec<u8> {vecs:.1}, Name {short:.1}, floor {floor:.1}");
}

/// Processor time in seconds, so that other programs disturb less.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    black_box(work());
    (now() - start).as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Counts the bytes that are in use.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;
