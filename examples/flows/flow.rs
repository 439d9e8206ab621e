//! One flow: its counts, its delays, and whether the other side is slowing down.

use std::collections::BTreeMap;

use examples::quantiles::Quantiles;
use postfix_log::{Class, Delivery, Fate, Status, classify};
use serde::{Deserialize, Serialize};

/// The total delay and its four parts, in the order of the log.
pub const PARTS: [&str; 5] = ["total", "before", "queue", "connect", "transmit"];
const CONNECT: usize = 3;
const TRANSMIT: usize = 4;

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
    pub delays: [Quantiles; 5],
    slow: [Trend; 2],
}

impl Flow {
    /// Counts one attempt.
    pub fn add(&mut self, delivery: &Delivery<'_>) {
        let class = || classify(delivery.dsn, delivery.reason, Some(delivery.relay.text)).class();
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
        let seconds = |delay: postfix_log::Delay| delay.as_micros() as f64 / 1e6;
        self.delays[0].add(seconds(delivery.delay));
        let Some(delays) = delivery.delays else { return };
        for (quantiles, delay) in self.delays[1..].iter_mut().zip(delays.to_array()) {
            quantiles.add(seconds(delay));
        }
        // A connection that was kept open says nothing about connecting.
        if delivery.status == Status::Sent && delivery.conn_use.is_none() {
            let [connect, transmit] = &mut self.slow;
            connect.add(seconds(delays.connection));
            transmit.add(seconds(delays.transmission));
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

    pub fn merge(&mut self, other: &Self) {
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
        for (mine, theirs) in self.delays.iter_mut().zip(&other.delays) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.slow.iter_mut().zip(&other.slow) {
            mine.merge(theirs);
        }
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

    /// `connect ×3.1`: parts that take half as long again, or more, as they used to.
    pub fn slowing(&self) -> String {
        let named = [(CONNECT, &self.slow[0]), (TRANSMIT, &self.slow[1])];
        let parts = named.into_iter().filter_map(|(part, trend)| {
            let factor = trend.factor().filter(|factor| *factor >= 1.5)?;
            Some(format!("{} ×{factor:.1}", PARTS[part]))
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Values of late against values of before. What is recent grows older as more comes.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Trend {
    before: Quantiles,
    recent: [Quantiles; 2],
}

/// Values that are needed on both sides of a comparison.
const ENOUGH: usize = 32;

impl Trend {
    fn add(&mut self, value: f64) {
        let [older, newer] = &mut self.recent;
        if newer.count() >= ENOUGH.max(self.before.count() / 8) {
            self.before.merge(older);
            *older = std::mem::take(newer);
        }
        newer.add(value);
    }

    fn merge(&mut self, other: &Self) {
        self.before.merge(&other.before);
        for (mine, theirs) in self.recent.iter_mut().zip(&other.recent) {
            mine.merge(theirs);
        }
    }

    /// How many times longer the recent median is.
    fn factor(&self) -> Option<f64> {
        let [older, newer] = &self.recent;
        let mut recent = older.clone();
        recent.merge(newer);
        if recent.count() < ENOUGH || self.before.count() < ENOUGH {
            return None;
        }
        let (now, before) = (recent.at(0.5)?, self.before.at(0.5)?);
        // Postfix logs hundredths of a second.
        (now >= 0.05).then(|| now / before.max(0.01))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slowing_part_shows() {
        let (mut steady, mut slowing) = (Trend::default(), Trend::default());
        for at in 0..2_000 {
            steady.add(0.2);
            slowing.add(if at < 1_500 { 0.2 } else { 2.0 });
        }
        assert_eq!(steady.factor(), Some(1.0));
        assert!(slowing.factor().is_some_and(|factor| factor > 5.0), "{:?}", slowing.factor());
        assert_eq!(Trend::default().factor(), None);
    }
}
