//! Whether connecting and transmitting take longer than they used to.

use std::time::Duration;

use postfix_qshape::Quantiles;
use serde::{Deserialize, Serialize};

use crate::delays::{CONNECT, ERROR, PARTS, TRANSMIT};

/// Times of connecting and transmitting, of late against before. What is recent grows older as more comes.
#[derive(Clone, Deserialize, Serialize)]
pub struct Trend {
    before: Quantiles<usize>,
    recent: [Quantiles<usize>; 2],
}

/// A part that takes as long in half of all deliveries is slow, in seconds.
const SLOW: f64 = 10.0;

/// Values that are needed on both sides of a comparison.
const ENOUGH: u64 = 32;

impl Default for Trend {
    fn default() -> Self {
        let empty = || Quantiles::new(ERROR);
        Self { before: empty(), recent: [empty(), empty()] }
    }
}

impl Trend {
    /// `slowing: connect ×3.1`: parts that take half as long again, or more, as they used to; `slow: transmit 53 s`:
    /// parts that take long as a rule. Nothing when neither is so.
    pub fn pace(&self) -> Vec<String> {
        let slowing = [CONNECT, TRANSMIT].into_iter().filter_map(|part| {
            let factor = self.factor(part).filter(|factor| *factor >= 1.5)?;
            Some(format!("slowing: {} ×{factor:.1}", PARTS[part]))
        });
        let slow = [CONNECT, TRANSMIT].into_iter().filter_map(|part| {
            let usual = self.usual(part).filter(|usual| *usual >= SLOW)?;
            Some(format!("slow: {} {usual:.0} s", PARTS[part]))
        });
        slowing.chain(slow).collect()
    }

    pub fn add(&mut self, connect: Duration, transmit: Duration) {
        let [older, newer] = &mut self.recent;
        if newer.count(&CONNECT) >= ENOUGH.max(self.before.count(&CONNECT) / 8) {
            let newest = std::mem::replace(newer, Quantiles::new(ERROR));
            let oldest = std::mem::replace(older, newest);
            self.before.merge(&oldest).expect("only what was made here is added to");
        }
        newer.extend([(CONNECT, connect), (TRANSMIT, transmit)]);
    }

    pub fn merge(&mut self, other: &Self) -> Result<(), postfix_qshape::Error> {
        self.before.merge(&other.before)?;
        self.recent.iter_mut().zip(&other.recent).try_for_each(|(mine, theirs)| mine.merge(theirs))
    }

    /// The median of a part, over all deliveries.
    fn usual(&self, part: usize) -> Option<f64> {
        let mut all = self.before.clone();
        self.recent.iter().try_for_each(|times| all.merge(times)).ok()?;
        let enough = all.count(&part) >= ENOUGH / 4;
        all.quantile(&part, 0.5).filter(|_| enough).map(|time| time.as_secs_f64())
    }

    /// How many times longer the recent median of a part is.
    pub fn factor(&self, part: usize) -> Option<f64> {
        let [older, newer] = &self.recent;
        let mut recent = older.clone();
        recent.merge(newer).ok()?;
        if recent.count(&part) < ENOUGH || self.before.count(&part) < ENOUGH {
            return None;
        }
        let [now, before] = [&recent, &self.before]
            .map(|times| times.quantile(&part, 0.5).map(|t| t.as_secs_f64()));
        let (now, before) = (now?, before?);
        // Postfix logs hundredths of a second.
        (now >= 0.05).then(|| now / before.max(0.01))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slowing_part_shows() {
        let mut trend = Trend::default();
        for at in 0..2_000 {
            let slowing = if at < 1_500 { 200 } else { 2_000 };
            trend.add(Duration::from_millis(200), Duration::from_millis(slowing));
        }
        assert_eq!(trend.factor(CONNECT), Some(1.0));
        let factor = trend.factor(TRANSMIT);
        assert!(factor.is_some_and(|factor| factor > 5.0), "{factor:?}");
        assert_eq!(Trend::default().factor(CONNECT), None);
    }

    #[test]
    fn a_part_that_is_slow_as_a_rule_shows() {
        let mut trend = Trend::default();
        for _ in 0..20 {
            trend.add(Duration::from_millis(200), Duration::from_secs(53));
        }
        assert_eq!(trend.pace(), ["slow: transmit 53 s"]);
        assert!(Trend::default().pace().is_empty());
    }
}
