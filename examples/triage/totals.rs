//! The figures of one queue.

use std::time::Duration;

use anyhow::Result;
use postfix_qshape::{Buckets, TopShape};

/// The maximum number of domains, and of senders, that are kept separately in a queue.
const NAMES: usize = 2_000;

/// Age buckets: four for each doubling, from ten seconds to a fortnight.
pub(crate) fn fine() -> Result<Buckets> {
    let edges = (-20..50).map(|n| 300.0 * 2.0_f64.powf(f64::from(n) / 4.0));
    let mut edges: Vec<u64> = edges.map(|seconds| seconds as u64).collect();
    edges.dedup();
    Ok(Buckets::custom(edges.into_iter().map(Duration::from_secs))?)
}

/// The figures of one queue.
pub(crate) struct Totals {
    pub(crate) messages: u64,
    /// The age of the oldest message, in seconds.
    pub(crate) oldest: Option<u64>,
    /// Pending recipients by domain and age.
    pub(crate) domains: TopShape<Vec<u8>>,
    /// Messages by sender and age.
    pub(crate) senders: TopShape<Vec<u8>>,
    /// True if the queue or a part of it could not be listed, so that the figures are lower bounds.
    pub(crate) is_unread: bool,
}

impl Totals {
    pub(crate) fn new(buckets: &Buckets) -> Result<Self> {
        Ok(Self {
            messages: 0,
            oldest: None,
            domains: TopShape::new(buckets.clone(), NAMES)?,
            senders: TopShape::new(buckets.clone(), NAMES)?,
            is_unread: false,
        })
    }

    /// The number of pending recipients.
    pub(crate) fn recipients(&self) -> u64 {
        self.domains.total().total()
    }

    /// The domain with most recipients, and their number.
    pub(crate) fn domain(&self) -> Option<(&[u8], u64)> {
        self.domains.rows().next().map(|row| (row.key().as_slice(), row.total()))
    }

    /// The sender of most messages, and their number.
    pub(crate) fn sender(&self) -> Option<(&[u8], u64)> {
        self.senders.rows().next().map(|row| (row.key().as_slice(), row.total()))
    }

    /// The number of messages older than this many seconds, rounded up to a bucket.
    pub(crate) fn older(&self, seconds: u64) -> u64 {
        let from = self.senders.buckets().index_of(Duration::from_secs(seconds)) + 1;
        self.senders.total().iter().skip(from).sum()
    }
}

/// For how many seconds messages have been arriving at the rate that their ages show: the largest age
/// up to which they are dense. `counts` are by age, in `buckets`.
///
/// This is the age that best splits them into dense and sparse (the maximum of the likelihood of two
/// constant rates), or the largest of those that are nearly as good.
pub(crate) fn edge(buckets: &Buckets, counts: impl Iterator<Item = u64>) -> Option<u64> {
    let counts: Vec<u64> = counts.collect();
    let all: u64 = counts.iter().sum();
    let end = |index: usize| buckets.end(index).map_or(2e6, |end| end.as_secs_f64());
    let last = counts.iter().rposition(|count| *count > 0)?;
    let whole = end(last);
    let log = |n: u64, span: f64| if n == 0 { 0.0 } else { n as f64 * (n as f64 / span).ln() };
    let mut inside = 0;
    let splits: Vec<(usize, f64)> = counts
        .iter()
        .take(last + 1)
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(index, count)| {
            inside += count;
            let span = end(index);
            (index, log(inside, span) + log(all - inside, (whole - span).max(1.0)))
        })
        .collect();
    let best = splits.iter().map(|(_, fit)| *fit).fold(f64::MIN, f64::max);
    let near = (all as f64 / 10.0).max(5.0);
    let (index, _) = splits.into_iter().rev().find(|(_, fit)| *fit >= best - near)?;
    let start = buckets.start(index).map_or(0.0, |start| start.as_secs_f64());
    Some(f64::midpoint(start, end(index)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_of_ages() -> Result<()> {
        let buckets = fine()?;
        let found = |ages: &mut dyn Iterator<Item = u64>| -> Option<u64> {
            let mut counts = vec![0; buckets.len()];
            for age in ages {
                counts[buckets.index_of(Duration::from_secs(age))] += 1;
            }
            edge(&buckets, counts.into_iter())
        };
        let near = |found: Option<u64>, age: u64| {
            assert!(
                found.is_some_and(|found| found.abs_diff(age) * 4 <= age),
                "{found:?} for {age}"
            );
        };
        near(found(&mut (0..700).map(|n| n * 10)), 7_000);
        // A new problem in front of five days of the usual.
        let usual = || (0..250).map(|n| n * 1_400);
        near(found(&mut usual().chain((0..500).map(|n| n * 4))), 2_000);
        near(found(&mut usual()), 350_000);
        assert_eq!(found(&mut std::iter::empty()), None);
        Ok(())
    }
}
