//! What quantiles take, as their documentation says. One test: the allocator counts for all threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;
use std::alloc::System;

use postfix_qshape::Quantiles;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is still allocated of what `make` allocated, in bytes.
fn bytes_of<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(ALLOCATOR);
    let made = make();
    let change = region.change();
    let bytes = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
    (made, bytes)
}

#[test]
fn memory() {
    flood();
    kept();
    wide();
    #[cfg(feature = "serde")]
    saved();
}

/// Names that come once.
fn flood() {
    let (flood, bytes) = bytes_of(|| {
        let mut quantiles: Quantiles<u64> = Quantiles::new(0.01);
        quantiles.extend((0..100_000).map(|key| (key, Duration::from_secs(key))));
        quantiles
    });
    let each = bytes / flood.len();
    assert!((32..=160).contains(&each), "{each} bytes for each key that came once");
}

/// As many durations as are kept.
fn kept() {
    let (kept, bytes) = bytes_of(|| {
        let mut quantiles: Quantiles<u64> = Quantiles::new(0.01);
        for value in 0..64 {
            quantiles.extend((0..1_000).map(|key| (key, Duration::from_secs(value))));
        }
        quantiles
    });
    let each = bytes / kept.len();
    // A duration has 16 bytes, or 12 where numbers of 64 bits are aligned to 4 bytes.
    let durations = 64 * size_of::<Duration>();
    let bounds = durations..=durations + 176;
    assert!(bounds.contains(&each), "{each} bytes for each key with 64 durations");
}

/// Every range between ten milliseconds and five days, in no order.
fn wide() {
    let (wide, bytes) = bytes_of(|| {
        let mut quantiles: Quantiles<u64> = Quantiles::new(0.01);
        for step in 0..40_000_u32 {
            let share = f64::from(step * 7_919 % 40_000) / 40_000.0;
            let value = Duration::from_secs_f64(0.01 * 43_200_000_f64.powf(share));
            (0..50).for_each(|key| quantiles.add(key, value));
        }
        quantiles
    });
    let each = bytes / wide.len();
    assert!((880 * 12..=880 * 33).contains(&each), "{each} bytes for each wide key");
}

/// The widest rows that can be written in few bytes: a dense sketch would take 260 KB for each.
#[cfg(feature = "serde")]
fn saved() {
    let mut wide: Quantiles<u32> = Quantiles::new(0.001);
    for key in 0..10_000 {
        wide.extend([(key, Duration::from_nanos(1), 40), (key, Duration::MAX, 40)]);
    }
    let json = serde_json::to_string(&wide).unwrap();
    let region = Region::new(ALLOCATOR);
    let back = serde_json::from_str::<Quantiles<u32>>(&json).unwrap();
    // With all that was freed again: no moment can have had more.
    let bytes = region.change().bytes_allocated;
    assert_eq!(back, wide);
    assert!(bytes <= 16 * json.len(), "{bytes} bytes from {}", json.len());
}
