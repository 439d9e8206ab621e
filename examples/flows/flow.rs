//! One flow: its counts, its delays, and whether the other side is slowing down.

use std::collections::BTreeMap;
use std::time::Duration;

use examples::delays::{Delays, PARTS};
use postfix_log::reason::Recent;
use postfix_log::{Class, Delivery, Fate, Status};
use postfix_qshape::Quantiles;
use serde::{Deserialize, Serialize};

const CONNECT: usize = 3;
const TRANSMIT: usize = 4;

/// Relative error of the quantiles of a trend.
const ERROR: f64 = 0.005;

/// Deliveries of one relay, domain, sender, service or provider.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct Flow {
    /// `status=sent`.
    pub sent: u64,
    /// `status=bounced`.
    pub bounced: u64,
    /// `status=deferred`: attempts that will be made again. Not final.
    pub deferred: u64,
    /// Recipients that expired, and that were waiting when the log ended.
    pub expired: u64,
    pub waiting: u64,
    /// Failed attempts with a 4xx and with a 5xx code, by reason.
    pub temporary: BTreeMap<String, u64>,
    pub permanent: BTreeMap<String, u64>,
    /// Deferred attempts that say: too much, too fast.
    pub throttled: u64,
    delays: Delays,
    slow: Trend,
}

impl Flow {
    /// Counts one attempt.
    pub fn add(&mut self, delivery: &Delivery<'_>, reasons: &mut Recent<'_>) {
        let mut class = || reasons.classify_delivery(delivery).class();
        match delivery.status {
            Status::Sent => self.sent += 1,
            Status::Bounced => {
                self.bounced += 1;
                *self.permanent.entry(class().as_str().to_owned()).or_default() += 1;
            }
            status if status.is_deferral() => {
                let class = class();
                self.deferred += 1;
                self.throttled += u64::from(matches!(class, Class::RateLimit | Class::Reputation));
                *self.temporary.entry(class.as_str().to_owned()).or_default() += 1;
            }
            // Probes carry no mail.
            _ => return,
        }
        self.delays.add(delivery);
        let Some(delays) = delivery.delays else { return };
        // A connection that was kept open says nothing about connecting.
        if delivery.status == Status::Sent && delivery.conn_use.is_none() {
            self.slow.add(delays.connection.to_duration(), delays.transmission.to_duration());
        }
    }

    /// Counts a recipient whose end is not a delivery line.
    pub fn add_fate(&mut self, fate: Fate) {
        match fate {
            Fate::Expired => self.expired += 1,
            Fate::StillDeferred => self.waiting += 1,
            _ => {}
        }
    }

    pub fn merge(&mut self, other: &Self) -> Result<(), postfix_qshape::Error> {
        self.sent += other.sent;
        self.bounced += other.bounced;
        self.deferred += other.deferred;
        self.expired += other.expired;
        self.waiting += other.waiting;
        self.throttled += other.throttled;
        for (mine, theirs) in
            [(&mut self.temporary, &other.temporary), (&mut self.permanent, &other.permanent)]
        {
            for (class, count) in theirs {
                *mine.entry(class.clone()).or_default() += count;
            }
        }
        self.delays.merge(&other.delays)?;
        self.slow.merge(&other.slow)
    }

    /// Seconds in one of the [`PARTS`] that a share `q` of the attempts took less than.
    pub fn delay(&self, part: usize, q: f64) -> Option<f64> {
        self.delays.quantile(part, q)
    }

    pub fn attempts(&self) -> u64 {
        self.sent + self.bounced + self.deferred
    }

    /// The share of attempts that were turned away as too many or too fast.
    pub fn throttling(&self) -> Option<f64> {
        (self.attempts() > 0).then(|| self.throttled as f64 / self.attempts() as f64)
    }

    pub fn deferral(&self) -> Option<f64> {
        (self.attempts() > 0).then(|| self.deferred as f64 / self.attempts() as f64)
    }

    /// `slowing: connect ×3.1`: parts that take half as long again, or more, as they used to; `slow: transmit 53 s`:
    /// parts that take long as a rule. Nothing when neither is so.
    pub fn pace(&self) -> Vec<String> {
        let slowing = [CONNECT, TRANSMIT].into_iter().filter_map(|part| {
            let factor = self.slow.factor(part).filter(|factor| *factor >= 1.5)?;
            Some(format!("slowing: {} ×{factor:.1}", PARTS[part]))
        });
        let slow = [CONNECT, TRANSMIT].into_iter().filter_map(|part| {
            let usual = self.slow.usual(part).filter(|usual| *usual >= SLOW)?;
            Some(format!("slow: {} {usual:.0} s", PARTS[part]))
        });
        slowing.chain(slow).collect()
    }
}

/// Times of connecting and transmitting, of late against before. What is recent grows older as more comes.
#[derive(Clone, Deserialize, Serialize)]
struct Trend {
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
    fn add(&mut self, connect: Duration, transmit: Duration) {
        let [older, newer] = &mut self.recent;
        if newer.count(&CONNECT) >= ENOUGH.max(self.before.count(&CONNECT) / 8) {
            let newest = std::mem::replace(newer, Quantiles::new(ERROR));
            let oldest = std::mem::replace(older, newest);
            self.before.merge(&oldest).expect("only what was made here is added to");
        }
        newer.extend([(CONNECT, connect), (TRANSMIT, transmit)]);
    }

    fn merge(&mut self, other: &Self) -> Result<(), postfix_qshape::Error> {
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
    fn factor(&self, part: usize) -> Option<f64> {
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
        let mut flow = Flow::default();
        for _ in 0..20 {
            flow.slow.add(Duration::from_millis(200), Duration::from_secs(53));
        }
        assert_eq!(flow.pace(), ["slow: transmit 53 s"]);
        assert!(Flow::default().pace().is_empty());
    }
}
