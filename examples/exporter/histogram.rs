//! Numbers counted by their size, in the classes that existing dashboards know.

use serde::{Deserialize, Serialize};

/// The upper edges of the classes, and how many of their unit make one of what is exposed.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Scale {
    edges: &'static [u64],
    unit: u64,
}

/// Times in microseconds, exposed in seconds.
pub(crate) static TIME: Scale = Scale {
    edges: &[
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        60_000_000,
        3_600_000_000,
        86_400_000_000,
        172_800_000_000,
    ],
    unit: 1_000_000,
};

/// Sizes in bytes.
pub(crate) static SIZE: Scale = Scale { edges: &decades(1_000), unit: 1 };

/// Ages of messages in seconds.
pub(crate) static AGE: Scale = Scale {
    edges: &[10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    unit: 1,
};

/// Numbers of recipients.
pub(crate) static RECIPIENTS: Scale = Scale { edges: &[1, 2, 4, 8, 16, 32, 64, 128], unit: 1 };

/// Scores of DNS lists.
pub(crate) static RANK: Scale = Scale { edges: &[0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15], unit: 1 };

/// Seconds until the next attempt: narrow where a herd shows, up to Postfix's longest wait and beyond.
pub(crate) static RETRY: Scale = Scale {
    edges: &[0, 60, 120, 300, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 14_400, 86_400],
    unit: 1,
};

/// Seven edges, each ten times the one before.
const fn decades(first: u64) -> [u64; 7] {
    let mut edges = [first; 7];
    let mut index = 1;
    while index < edges.len() {
        edges[index] = edges[index - 1] * 10;
        index += 1;
    }
    edges
}

/// How many numbers fell in each class, and their sum. All numbers of one histogram have one scale.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    sum: u64,
}

impl Histogram {
    /// Counts a number `times` times, in the unit of the scale.
    pub(crate) fn add(&mut self, scale: &Scale, value: u64, times: u64) {
        self.counts.resize(scale.edges.len() + 1, 0);
        // An edge belongs to the class below it.
        let index = scale.edges.partition_point(|&edge| edge < value);
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(times);
        }
        self.sum = self.sum.saturating_add(value.saturating_mul(times));
    }

    /// Upper edges and the numbers in each class alone; the last class has no edge.
    pub(crate) fn buckets(&self, scale: &'static Scale) -> impl Iterator<Item = (f64, u64)> {
        let edges = scale.edges.iter().map(|&edge| edge as f64 / scale.unit as f64);
        let counts = self.counts.iter().copied().chain(std::iter::repeat(0));
        edges.chain([f64::INFINITY]).zip(counts)
    }

    /// The sum as it is exposed.
    pub(crate) fn sum(&self, scale: &Scale) -> f64 {
        self.sum as f64 / scale.unit as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_its_class() {
        let mut ages = Histogram::default();
        for age in [0, 10, 11, 100_000_001] {
            ages.add(&AGE, age, 1);
        }
        let counts: Vec<_> = ages.buckets(&AGE).map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(ages.sum(&AGE), 100_000_022.0);
    }

    #[test]
    fn the_classes_that_dashboards_know() {
        let edges =
            |scale| Histogram::default().buckets(scale).map(|(edge, _)| edge).collect::<Vec<_>>();
        let end = f64::INFINITY;
        assert_eq!(
            edges(&TIME),
            [0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 3600.0, 86400.0, 172_800.0, end]
        );
        assert_eq!(edges(&SIZE), [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, end]);
        assert_eq!(edges(&AGE), [10.0, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, end]);
        assert_eq!(edges(&RECIPIENTS), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, end]);
        assert_eq!(edges(&RANK), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, end]);
    }
}
