//! Streams of keys and ages as an attacker would choose them, and the slow aggregate that counts them.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use postfix_qshape::Buckets;

/// One thing to count.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: Vec<u8>,
    pub age: Duration,
    pub amount: u64,
}

/// Age buckets as a `Buckets`, and as a plain list of edges in nanoseconds.
#[derive(Clone, Debug)]
pub struct Classes {
    pub buckets: Buckets,
    pub edges: Vec<u128>,
}

impl Classes {
    pub fn index(&self, age: Duration) -> usize {
        self.edges.iter().filter(|&&edge| edge <= age.as_nanos()).count()
    }
}

impl<'a> Arbitrary<'a> for Classes {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let first =
            Duration::new(u.arbitrary::<u16>()?.into(), *u.choose(&[0, 0, 0, 1, 500_000_000])?);
        let first = if first.is_zero() { Duration::from_secs(300) } else { first };
        let count = u.int_in_range(1..=40_usize)?;
        let step = first.as_nanos();
        let wanted = count - 1;
        let (buckets, edges) = match u.int_in_range(0..=2_u8)? {
            0 => (Buckets::geometric(first, count), (0..wanted).map(|k| step << k).collect()),
            1 => (Buckets::linear(first, count), (1..count).map(|k| step * k as u128).collect()),
            _ => {
                let mut edges: Vec<u128> = Vec::new();
                for _ in 0..wanted {
                    let more: u32 = u.arbitrary()?;
                    edges.push(edges.last().unwrap_or(&0) + u128::from(more) + 1);
                }
                let durations = edges.iter().map(|&n| Duration::from_nanos(n as u64));
                (Buckets::custom(durations), edges)
            }
        };
        Ok(Self { buckets: buckets.expect("edges rise"), edges })
    }
}

pub fn items(u: &mut Unstructured<'_>, classes: &Classes) -> Result<Vec<Item>> {
    let mut list = Vec::new();
    while !u.is_empty() && list.len() < 500 {
        let key = match u.int_in_range(0..=7_u8)? {
            0 => {
                let length = u.int_in_range(0..=40_usize)?;
                u.bytes(length.min(u.len()))?.to_vec()
            }
            1..=4 => vec![b'a' + u.int_in_range(0..=7_u8)?],
            _ => format!("d{}.example", u.arbitrary::<u8>()?).into_bytes(),
        };
        let age = match u.int_in_range(0..=3_u8)? {
            0 => Duration::from_nanos(u.arbitrary()?),
            1 => Duration::new(u.arbitrary()?, 0),
            // At an edge, or just beside it.
            _ => {
                let edge = *classes.edges.get(u.int_in_range(0..=40_usize)?).unwrap_or(&0);
                let nanos = (edge + 1).saturating_sub(u.int_in_range(0..=2_u128)?);
                Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
            }
        };
        let amount =
            *u.choose(&[1, 1, 1, 1, 2, 255, 256, 65_535, 1 << 32, u64::MAX / 2, u64::MAX, 0])?;
        list.push(Item { key, age, amount });
    }
    Ok(list)
}

/// Counts by key and bucket, in the simplest way.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Slow(pub BTreeMap<Vec<u8>, Vec<u128>>);

impl Slow {
    pub fn count(items: &[Item], classes: &Classes) -> Self {
        let mut slow = Self::default();
        for item in items.iter().filter(|item| item.amount > 0) {
            let width = classes.edges.len() + 1;
            let row = slow.0.entry(item.key.clone()).or_insert_with(|| vec![0; width]);
            row[classes.index(item.age)] += u128::from(item.amount);
        }
        slow
    }

    pub fn total(&self, key: &[u8]) -> u128 {
        self.0.get(key).map_or(0, |row| row.iter().sum())
    }
}

/// Counters saturate.
pub fn stop(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
