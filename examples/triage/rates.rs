//! Counts over time in bounded memory: the recent past by the minute, the distant past in longer and
//! longer windows.

use std::hash::BuildHasher as _;

use examples::hash::{Map, RandomState};

/// The number of windows that are kept for one key. If more are needed, pairs of the older half are joined.
const WINDOWS: usize = 512;

/// Counts of `N` kinds over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows<const N: usize> {
    slots: Vec<Slot<N>>,
}

/// The counts from `start` to the start of the next slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<const N: usize> {
    /// The start, in seconds since the epoch, at a whole minute.
    pub(crate) start: i64,
    pub(crate) counts: [u64; N],
}

impl<const N: usize> Slot<N> {
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl<const N: usize> Windows<N> {
    /// Counts `n` of a kind at `time`. A time before the last minute is counted in that minute.
    pub(crate) fn add(&mut self, time: i64, kind: usize, n: u64) {
        let start = time.div_euclid(60) * 60;
        if self.slots.last().is_none_or(|slot| slot.start < start) {
            if self.slots.len() >= WINDOWS {
                self.join_old();
            }
            self.slots.push(Slot { start, counts: [0; N] });
        }
        if let Some(count) = self.slots.last_mut().and_then(|slot| slot.counts.get_mut(kind)) {
            *count += n;
        }
    }

    fn join_old(&mut self) {
        let recent = self.slots.split_off(WINDOWS / 2);
        let pairs = self.slots.chunks(2).filter_map(|pair| {
            let mut joined = *pair.first()?;
            for slot in pair.iter().skip(1) {
                joined.counts.iter_mut().zip(slot.counts).for_each(|(sum, n)| *sum += n);
            }
            Some(joined)
        });
        self.slots = pairs.chain(recent).collect();
    }

    /// The windows in which something was counted, in order of time.
    pub(crate) fn slots(&self) -> &[Slot<N>] {
        &self.slots
    }

    /// The counts at `from` or later.
    pub(crate) fn since(&self, from: i64) -> [u64; N] {
        let recent = self.slots.iter().rev().take_while(|slot| slot.start + 60 > from);
        sum(recent)
    }

    /// The sums of all counts.
    pub(crate) fn total(&self) -> [u64; N] {
        sum(self.slots.iter())
    }

    /// The counts of the last windows that have at least `enough` together; of all if there are fewer.
    pub(crate) fn last(&self, enough: u64) -> [u64; N] {
        let mut seen = 0;
        let recent = self.slots.iter().rev().take_while(|slot| {
            let more = seen < enough;
            seen += slot.total();
            more
        });
        sum(recent)
    }

    /// When the recent share of `kinds` became usual: the moment from which more of them were counted
    /// than half that share (the minimum of a cumulative sum). `None` if there are none.
    pub(crate) fn onset(&self, kinds: &[usize], enough: u64) -> Option<i64> {
        let part = |counts: &[u64; N]| -> f64 {
            kinds.iter().filter_map(|kind| counts.get(*kind)).sum::<u64>() as f64
        };
        let recent = self.last(enough);
        let all = recent.iter().sum::<u64>() as f64;
        let half = part(&recent) / all.max(1.0) / 2.0;
        if half <= 0.0 {
            return None;
        }
        let steps = self.slots.iter().map(|slot| {
            let bad = part(&slot.counts);
            (slot.start, bad > 0.0, bad - half * slot.total() as f64)
        });
        turn(steps)
    }

    /// When the rate of `kind` in the last `span` seconds before `end` began: as [`onset`](Self::onset),
    /// with the rate per second instead of the share.
    pub(crate) fn rate_onset(&self, kind: usize, end: i64, span: i64) -> Option<i64> {
        let count = |slot: &Slot<N>| slot.counts.get(kind).copied().unwrap_or(0) as f64;
        let recent = self.since(end - span).get(kind).copied().unwrap_or(0) as f64;
        let half = recent / span.max(1) as f64 / 2.0;
        if half <= 0.0 {
            return None;
        }
        let ends = self.slots.iter().skip(1).map(|slot| slot.start).chain([end.saturating_add(1)]);
        let steps = self.slots.iter().zip(ends).map(|(slot, end)| {
            (slot.start, count(slot) > 0.0, count(slot) - half * (end - slot.start).max(1) as f64)
        });
        turn(steps)
    }
}

fn sum<'s, const N: usize>(slots: impl Iterator<Item = &'s Slot<N>>) -> [u64; N] {
    let mut total = [0; N];
    for slot in slots {
        total.iter_mut().zip(slot.counts).for_each(|(sum, n): (&mut u64, u64)| *sum += n);
    }
    total
}

/// The first step with something in it after the minimum of the sum of all steps.
pub(crate) fn turn(steps: impl Iterator<Item = (i64, bool, f64)>) -> Option<i64> {
    let (mut sum, mut least, mut found) = (0.0_f64, 0.0_f64, None);
    for (start, has, step) in steps {
        if found.is_none() && has {
            found = Some(start);
        }
        sum += step;
        if sum <= least {
            (least, found) = (sum, None);
        }
    }
    found
}

/// Values by name for the names with the greatest weight. If there are too many, the lighter half is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<V> {
    rows: Map<Vec<u8>, V>,
    capacity: usize,
    /// True if names were dropped, so that the list is not complete.
    pub(crate) dropped: bool,
}

/// The weight of a value in [`Keyed`].
pub(crate) trait Weight {
    fn weight(&self) -> u64;
}

/// The length up to which a name is kept. No person would read a longer one.
const LONGEST: usize = 256;

impl<V: Default + Weight> Keyed<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { rows: Map::default(), capacity, dropped: false }
    }

    pub(crate) fn entry(&mut self, key: &[u8]) -> &mut V {
        let key = key.get(..LONGEST).unwrap_or(key);
        if self.rows.len() >= self.capacity && !self.rows.contains_key(key) {
            self.thin();
        }
        self.rows.entry_ref(key).or_default()
    }

    fn thin(&mut self) {
        let mut weights: Vec<u64> = self.rows.values().map(Weight::weight).collect();
        weights.sort_unstable();
        let middle = weights.get(weights.len() / 2).copied().unwrap_or(0);
        // If all weigh the same, all are dropped, since none of them matters.
        self.rows.retain(|_, value| value.weight() > middle);
        self.dropped = true;
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&V> {
        self.rows.get(key.get(..LONGEST).unwrap_or(key))
    }

    /// The rows with the heaviest first, and equal ones in the order of bytes.
    pub(crate) fn sorted(&self) -> Vec<(&[u8], &V)> {
        let mut rows: Vec<_> =
            self.rows.iter().map(|(key, value)| (key.as_slice(), value)).collect();
        rows.sort_by_key(|(key, value)| (std::cmp::Reverse(value.weight()), *key));
        rows
    }
}

/// A short digest for long keys, such as queue ids. Different keys have the same digest only by chance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest(RandomState);

impl Digest {
    pub(crate) fn of(&self, bytes: &[u8]) -> u64 {
        self.0.hash_one(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_share() {
        let mut windows = Windows::<2>::default();
        for minute in 0..2_000 {
            let bad = if minute < 1_900 { u64::from(minute % 10 == 0) } else { 8 };
            windows.add(minute * 60, 0, bad);
            windows.add(minute * 60, 1, 10 - bad);
        }
        assert_eq!(windows.onset(&[0], 20), Some(1_900 * 60));
        assert!(windows.slots().len() <= WINDOWS);
        assert_eq!(windows.total().iter().sum::<u64>(), 20_000);
        assert_eq!(Windows::<2>::default().onset(&[0], 20), None);
    }

    #[test]
    fn the_beginning_of_a_rate() {
        let mut windows = Windows::<1>::default();
        for minute in 0..600 {
            windows.add(minute * 60, 0, if minute < 550 { 2 } else { 40 });
        }
        assert_eq!(windows.rate_onset(0, 600 * 60, 600), Some(550 * 60));
        assert_eq!(windows.since(550 * 60), [50 * 40]);
    }

    #[derive(Default)]
    struct Count(u64);

    impl Weight for Count {
        fn weight(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_flood_of_names_leaves_the_heavy_ones() {
        let mut keyed = Keyed::<Count>::new(100);
        for n in 0..10_000_u32 {
            keyed.entry(b"often").0 += 1;
            keyed.entry(&n.to_be_bytes()).0 += 1;
        }
        assert!(keyed.rows.len() <= 100 && keyed.dropped);
        assert_eq!(keyed.get(b"often").map(|count| count.0), Some(10_000));
        assert_eq!(keyed.sorted().first().map(|row| row.0), Some(&b"often"[..]));
    }
}
