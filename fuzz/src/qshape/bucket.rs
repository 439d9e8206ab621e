//! The law of the age buckets.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::Buckets;

use super::stream::Classes;

/// The bucket of an age is the number of edges not above it. For whole minutes it is what qshape computes with
/// logarithms. Starts and ends meet.
pub fn bucket(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let buckets = &classes.buckets;
    assert_eq!(buckets.len(), classes.edges.len() + 1);
    assert!(buckets.edges().iter().map(Duration::as_nanos).eq(classes.edges.iter().copied()));
    for index in 0..buckets.len() {
        let (start, end) = (buckets.start(index).expect("a class"), buckets.end(index));
        assert_eq!(buckets.index_of(start), index);
        match end {
            Some(end) => {
                assert_eq!(buckets.index_of(end - Duration::from_nanos(1)), index);
                assert_eq!(buckets.start(index + 1), Some(end));
            }
            None => {
                assert_eq!((index + 1, buckets.index_of(Duration::MAX)), (buckets.len(), index))
            }
        }
    }
    assert_eq!(buckets.start(buckets.len()), None);
    for _ in 0..40 {
        let Ok(age) = u.arbitrary::<(u64, u32)>() else { break };
        let age = Duration::new(age.0, age.1 % 1_000_000_000);
        assert_eq!(buckets.index_of(age), classes.index(age));
        logarithm(
            age.as_secs() % 10_000_000,
            1 + u64::from(age.subsec_nanos()) % 90,
            1 + buckets.len() % 30,
        );
        if u.is_empty() {
            break;
        }
    }
    refused(data);
}

/// The rule of the Perl program: `m = age / (60 * tick)`; below 1 the first bucket, then `2 + trunc(log2 m)`.
fn logarithm(age: u64, tick: u64, count: usize) {
    let m = age as f64 / (60 * tick) as f64;
    // Perl divides natural logarithms; its result is exact at powers of two, as `log2` is.
    let column = if m < 1.0 { 1 } else { 2 + m.log2().trunc() as usize };
    let buckets = Buckets::geometric(Duration::from_secs(60 * tick), count).expect("small");
    assert_eq!(buckets.index_of(Duration::from_secs(age)), column.min(count) - 1);
    let column = if m < 1.0 { 1 } else { (m + 1.0).trunc() as usize };
    let buckets = Buckets::linear(Duration::from_secs(60 * tick), count).expect("small");
    assert_eq!(buckets.index_of(Duration::from_secs(age)), column.min(count) - 1);
}

/// Impossible buckets are refused, whatever the numbers.
fn refused(data: &[u8]) {
    let Some((bytes, _)) = data.split_first_chunk::<12>() else { return };
    let number =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let first = Duration::new(u64::from(number(0)) << (bytes[0] % 32), number(4) % 1_000_000_000);
    let count = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])) % 5000;
    for (made, doubling) in
        [(Buckets::geometric(first, count), true), (Buckets::linear(first, count), false)]
    {
        let edge = |k: usize| {
            let factor = if doubling { 1_u128.checked_shl(k as u32)? } else { k as u128 + 1 };
            first.as_nanos().checked_mul(factor)
        };
        let last = count.checked_sub(2).map_or(Some(1), edge);
        let fits = last.is_some_and(|n| n <= Duration::MAX.as_nanos());
        let possible = (1..=Buckets::MAX).contains(&count) && !first.is_zero() && fits;
        assert_eq!(made.is_ok(), possible, "{first:?} {count} {made:?}");
        if let Ok(made) = made {
            assert_eq!(made.len(), count);
        }
    }
    let edges =
        data.chunks(4).map(|chunk| Duration::from_secs(chunk.iter().map(|&b| u64::from(b)).sum()));
    let rising = edges.clone().is_sorted_by(|a, b| a < b)
        && edges.clone().next().is_none_or(|e| !e.is_zero());
    let few = edges.len() < Buckets::MAX;
    assert_eq!(Buckets::custom(edges).is_ok(), rising && few);
}
