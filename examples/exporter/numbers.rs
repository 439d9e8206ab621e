//! The numbers of all families of the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::families::{Counter, Spread};
use crate::histogram::Histogram;
use crate::series::{Labels, MAX_HISTOGRAMS, MAX_SERIES, Series};

/// What was counted so far.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) struct Numbers {
    counters: BTreeMap<Counter, Series<u64>>,
    spreads: BTreeMap<Spread, Series<Histogram>>,
}

impl Numbers {
    /// Counts something `times` times.
    pub(crate) fn add(&mut self, counter: Counter, labels: &[&[u8]], times: u64) {
        let number = self.counters.entry(counter).or_default().at(labels, MAX_SERIES);
        *number = number.saturating_add(times);
    }

    /// Raises a number to at least `least`.
    pub(crate) fn raise(&mut self, counter: Counter, labels: &[&[u8]], least: u64) {
        let number = self.counters.entry(counter).or_default().at(labels, MAX_SERIES);
        *number = least.max(*number);
    }

    /// Takes a family from other numbers in the place of our own.
    pub(crate) fn replace(&mut self, counter: Counter, other: &Self) {
        if let Some(series) = other.counters.get(&counter) {
            self.counters.insert(counter, series.clone());
        }
    }

    /// Counts a size, a time or another number, in the unit of the family's scale.
    pub(crate) fn spread(&mut self, spread: Spread, labels: &[&[u8]], value: u64, times: u64) {
        let histogram = self.spreads.entry(spread).or_default().at(labels, MAX_HISTOGRAMS);
        histogram.add(spread.scale(), value, times);
    }

    /// The counts of a family.
    pub(crate) fn counter(&self, counter: Counter) -> Option<&Series<u64>> {
        self.counters.get(&counter)
    }

    /// The histograms of a family.
    pub(crate) fn histograms(&self, spread: Spread) -> Option<&Series<Histogram>> {
        self.spreads.get(&spread)
    }
}

/// The form in a file.
#[derive(Deserialize, Serialize)]
struct Saved {
    counters: BTreeMap<Counter, Vec<(Labels, u64)>>,
    spreads: BTreeMap<Spread, Vec<(Labels, Histogram)>>,
}

impl From<Saved> for Numbers {
    fn from(saved: Saved) -> Self {
        let counters = saved.counters.into_iter();
        let spreads = saved.spreads.into_iter();
        Self {
            counters: counters.map(|(id, all)| (id, all.into_iter().collect())).collect(),
            spreads: spreads.map(|(id, all)| (id, all.into_iter().collect())).collect(),
        }
    }
}

impl From<Numbers> for Saved {
    fn from(numbers: Numbers) -> Self {
        fn list<V: Clone + Default>(series: &Series<V>) -> Vec<(Labels, V)> {
            series.iter().map(|(labels, value)| (labels.clone(), value.clone())).collect()
        }
        Self {
            counters: numbers.counters.iter().map(|(id, all)| (*id, list(all))).collect(),
            spreads: numbers.spreads.iter().map(|(id, all)| (*id, list(all))).collect(),
        }
    }
}
