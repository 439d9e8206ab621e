//! The durations of one key.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem::take;
use core::time::Duration;

use super::scale::{Range, Scale};

/// The number of durations that are kept exactly.
pub(crate) const EXACT: usize = 64;

/// The durations themselves, or counts per range if there are more than [`EXACT`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Values {
    /// In ascending order. The list is empty once there are counts.
    few: Vec<Duration>,
    many: Option<Box<Many>>,
}

/// Counts per range. Only ranges in use take memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Many {
    pub(crate) least: Duration,
    pub(crate) most: Duration,
    pub(crate) counts: BTreeMap<Range, u64>,
    total: u64,
}

impl Values {
    pub(crate) fn count(&self) -> u64 {
        match &self.many {
            Some(many) => many.total,
            None => u64::try_from(self.few.len()).unwrap_or(u64::MAX),
        }
    }

    pub(crate) fn add(&mut self, value: Duration, count: u64, scale: &Scale) {
        let room = EXACT.saturating_sub(self.few.len());
        match usize::try_from(count).ok().filter(|count| *count <= room) {
            Some(count) if self.many.is_none() => {
                let at = self.few.partition_point(|known| *known <= value);
                (0..count).for_each(|_| self.few.insert(at, value));
            }
            _ => self.many(scale).add(value, count, scale),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self, scale: &Scale) {
        other.few.iter().for_each(|value| self.add(*value, 1, scale));
        if let Some(theirs) = &other.many {
            self.many(scale).merge(theirs);
        }
    }

    pub(crate) fn quantile(&self, q: f64, scale: &Scale) -> Option<Duration> {
        let last = self.count().checked_sub(1)?;
        // Floats saturate when they become integers, and NaN is zero.
        let rank = ((q * last as f64) as u64).min(last);
        match &self.many {
            Some(many) => many.at(rank, scale),
            None => self.few.get(usize::try_from(rank).ok()?).copied(),
        }
    }

    fn many(&mut self, scale: &Scale) -> &mut Many {
        let few = &mut self.few;
        self.many.get_or_insert_with(|| {
            let mut many = Box::new(Many::new());
            take(few).into_iter().for_each(|value| many.add(value, 1, scale));
            many
        })
    }
}

/// Access for reading and writing stored forms.
impl Values {
    pub(crate) fn few(&self) -> &[Duration] {
        &self.few
    }

    pub(crate) fn counted(&self) -> Option<&Many> {
        self.many.as_deref()
    }

    /// Returns `None` unless the list is what would have been kept: sorted, not empty, and not too
    /// long.
    pub(crate) fn from_few(few: Vec<Duration>) -> Option<Self> {
        let kept = (1..=EXACT).contains(&few.len()) && few.is_sorted();
        kept.then_some(Self { few, many: None })
    }

    /// Returns `None` unless the counts are possible: there are more durations than are kept
    /// exactly, the ranges are in order, and the first and the last range are those of the smallest
    /// and the largest duration.
    pub(crate) fn from_counts(
        least: Duration,
        most: Duration,
        counts: &[(Range, u64)],
        scale: &Scale,
    ) -> Option<Self> {
        let mut many = Many { least, most, ..Many::new() };
        for &(range, count) in counts {
            let after = many.counts.last_key_value().is_none_or(|(last, _)| *last < range);
            if count == 0 || !after {
                return None;
            }
            many.count(range, count);
        }
        let ends = (*many.counts.first_key_value()?.0, *many.counts.last_key_value()?.0);
        let valid = usize::try_from(many.total).map_or(true, |total| total > EXACT)
            && least <= most
            && ends == (scale.range(least), scale.range(most));
        valid.then(|| Self { few: Vec::new(), many: Some(Box::new(many)) })
    }
}

impl Many {
    fn new() -> Self {
        Self { least: Duration::MAX, most: Duration::ZERO, counts: BTreeMap::new(), total: 0 }
    }

    fn add(&mut self, value: Duration, count: u64, scale: &Scale) {
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.count(scale.range(value), count);
    }

    fn count(&mut self, range: Range, count: u64) {
        let known = self.counts.entry(range).or_default();
        *known = known.saturating_add(count);
        self.total = self.total.saturating_add(count);
    }

    fn merge(&mut self, other: &Self) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        other.counts.iter().for_each(|(range, count)| self.count(*range, *count));
    }

    fn at(&self, rank: u64, scale: &Scale) -> Option<Duration> {
        if rank == 0 {
            return Some(self.least);
        }
        if rank.saturating_add(1) >= self.total {
            return Some(self.most);
        }
        let mut below = 0_u64;
        let (range, _) = self.counts.iter().find(|(_, count)| {
            below = below.saturating_add(**count);
            below > rank
        })?;
        // Limiting the value to the two ends can only reduce the error, and quantiles still rise
        // with q.
        Some(scale.value(*range).max(self.least).min(self.most))
    }
}
