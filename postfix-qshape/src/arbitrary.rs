//! Aggregates generated from the bytes of a fuzzer.

use alloc::vec::Vec;
use core::hash::Hash;
use core::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::buckets::Buckets;
use crate::error::Error;
use crate::measure::Measure;
use crate::name::Name;
use crate::rates::Rates;
use crate::shape::Shape;
use crate::top::TopShape;

/// Generates mostly few buckets, since rows with and without counters of their own are wanted, not
/// long rows.
impl<'a> Arbitrary<'a> for Buckets {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let count = input.int_in_range(1..=20)?;
        let first = Duration::new(input.int_in_range(0..=1_000_000)?, input.int_in_range(1..=999)?);
        let made = match input.int_in_range(0..=2)? {
            0 => Self::geometric(first, count),
            1 => Self::linear(first, count),
            _ => {
                let steps: Vec<u16> = Arbitrary::arbitrary(input)?;
                let edges = steps.iter().scan(first, |edge, &step| {
                    *edge = edge.saturating_add(Duration::new(u64::from(step), 1));
                    Some(*edge)
                });
                Self::custom(edges)
            }
        };
        Ok(made.unwrap_or_default())
    }
}

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        <&[u8]>::arbitrary(input).map(Self::from)
    }
}

impl<'a, K: Arbitrary<'a> + Hash + Eq, C: Measure> Arbitrary<'a> for Shape<K, C> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut shape = Self::new(input.arbitrary()?);
        shape.extend(items(input)?);
        Ok(shape)
    }
}

/// Generates keys, ages and amounts until the input ends.
fn items<'a, K: Arbitrary<'a>, C: Measure>(
    input: &mut Unstructured<'a>,
) -> Result<Vec<(K, Duration, C)>> {
    let mut list = Vec::new();
    while input.arbitrary::<bool>().unwrap_or(false) {
        let (key, age) = input.arbitrary()?;
        let mut lanes = || input.arbitrary().unwrap_or(0);
        list.push((key, age, C::from_lanes(|_| lanes())));
    }
    Ok(list)
}

#[cfg(feature = "quantiles")]
impl<'a, K: Arbitrary<'a> + Hash + Eq> Arbitrary<'a> for crate::quantile::Quantiles<K> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut quantiles = Self::new(f64::from(input.int_in_range(1..=500_u16)?) / 1000.0);
        // Mostly few durations are generated, so that some keys keep them and others count them.
        let few = |count: u64| if count % 8 == 0 { count } else { count % 8 };
        let items = items(input)?.into_iter();
        quantiles.extend(items.map(|(key, value, count)| (key, value, few(count))));
        Ok(quantiles)
    }
}

impl<'a, K: Arbitrary<'a> + Hash + Eq + Ord, C: Measure> Arbitrary<'a> for TopShape<K, C> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let capacity = input.int_in_range(1..=8)?;
        // A capacity of at least one is never refused.
        let top = Self::new(input.arbitrary()?, capacity);
        let mut top = top.map_err(|_| arbitrary::Error::IncorrectFormat)?;
        top.extend(items(input)?);
        Ok(top)
    }
}

/// Generates times that lie close to each other, as those of a log do, and some that do not.
impl<'a, K: Arbitrary<'a> + Hash + Eq> Arbitrary<'a> for Rates<K> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let window = Duration::new(input.int_in_range(0..=600)?, input.int_in_range(1..=999)?);
        let windows = input.int_in_range(1..=20)?;
        // Neither the length nor the counts are zero.
        let rates = Self::new(window, windows, input.int_in_range(1..=8)?);
        let mut rates = rates.map_err(|_| arbitrary::Error::IncorrectFormat)?;
        let near = |time: Duration| match time.subsec_nanos() % 8 {
            0 => time,
            _ => Duration::from_secs(time.as_secs() % 10_000),
        };
        let items = items(input)?.into_iter();
        rates.extend(items.map(|(key, time, amount)| (key, near(time), amount)));
        Ok(rates)
    }
}

/// Generates errors with numbers that would indeed be refused.
impl<'a> Arbitrary<'a> for Error {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let index = input.int_in_range(0..=Buckets::MAX.saturating_sub(1))?;
        Ok(match input.int_in_range(0..=7)? {
            0 => Self::NoBuckets,
            1 => Self::NoCapacity,
            2 => Self::BucketMismatch,
            3 => Self::EdgeOrder { index },
            4 => Self::EdgeOverflow { index },
            5 => {
                Self::TooManyBuckets { count: index.saturating_add(Buckets::MAX).saturating_add(1) }
            }
            #[cfg(feature = "quantiles")]
            6 => Self::PrecisionMismatch,
            _ => {
                let ours: usize = input.int_in_range(1..=1_000)?;
                let theirs = ours.saturating_add(index).saturating_add(1);
                Self::CapacityMismatch { ours, theirs }
            }
        })
    }
}
