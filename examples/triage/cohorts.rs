//! Counts of things by the time at which they began, in bounded memory and in any order.

use std::collections::BTreeMap;

/// The number of windows that are kept. If more are needed, each becomes twice as long.
const WINDOWS: usize = 512;

/// Counts of `N` kinds by the time at which something began.
#[derive(Clone, Debug)]
pub(crate) struct Cohorts<const N: usize> {
    /// Seconds.
    span: i64,
    windows: BTreeMap<i64, [u64; N]>,
}

impl<const N: usize> Default for Cohorts<N> {
    fn default() -> Self {
        Self { span: 600, windows: BTreeMap::new() }
    }
}

impl<const N: usize> Cohorts<N> {
    /// Counts a thing of this kind that began at `time`.
    pub(crate) fn add(&mut self, time: i64, kind: usize) {
        let start = floor(time, self.span);
        if let Some(count) = self.windows.entry(start).or_insert([0; N]).get_mut(kind) {
            *count += 1;
        }
        while self.windows.len() > WINDOWS {
            self.double();
        }
    }

    fn double(&mut self) {
        self.span = self.span.saturating_mul(2);
        self.windows = joined(&self.windows, self.span);
    }

    /// At most `most` windows of equal length without gaps, each with its start. The last may cover less
    /// time than the others. Empty if nothing was counted.
    pub(crate) fn windows(&self, most: i64) -> Vec<(i64, [u64; N])> {
        let ends = (self.windows.keys().next(), self.windows.keys().next_back());
        let (Some(&first), Some(&last)) = ends else { return Vec::new() };
        let mut span = self.span;
        while (floor(last, span) - floor(first, span)) / span >= most.max(1) {
            span = span.saturating_mul(2);
        }
        let windows = joined(&self.windows, span);
        let count = (floor(last, span) - floor(first, span)) / span;
        (0..=count)
            .map(|n| floor(first, span) + n * span)
            .map(|start| (start, windows.get(&start).copied().unwrap_or([0; N])))
            .collect()
    }
}

fn floor(time: i64, span: i64) -> i64 {
    time.div_euclid(span).saturating_mul(span)
}

fn joined<const N: usize>(windows: &BTreeMap<i64, [u64; N]>, span: i64) -> BTreeMap<i64, [u64; N]> {
    let mut longer = BTreeMap::new();
    for (start, counts) in windows {
        let sums = longer.entry(floor(*start, span)).or_insert([0; N]);
        sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
    }
    longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_order_and_any_span_of_time() {
        let mut cohorts = Cohorts::<2>::default();
        for n in 0..5_000_i64 {
            cohorts.add((n * 7_919 % 5_000) * 3_600, usize::from(n % 5 == 0));
        }
        assert!(cohorts.windows.len() <= WINDOWS);
        let windows = cohorts.windows(48);
        assert!(windows.len() <= 48 && windows.len() >= 24);
        let steps: Vec<i64> = windows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(steps.iter().all(|step| *step == steps[0]), "{steps:?}");
        let sum = |kind: usize| windows.iter().map(|(_, counts)| counts[kind]).sum::<u64>();
        assert_eq!([sum(0), sum(1)], [4_000, 1_000]);
        assert_eq!(Cohorts::<2>::default().windows(48), []);
    }

    #[test]
    fn times_at_the_ends_of_the_calendar() {
        let mut cohorts = Cohorts::<1>::default();
        for time in [-62_135_596_800, 0, 253_402_300_799] {
            cohorts.add(time, 0);
        }
        assert_eq!(cohorts.windows(48).iter().map(|(_, [n])| n).sum::<u64>(), 3);
    }
}
