//! One flow: its counts, its delays, and whether the other side is slowing down.

use std::borrow::Cow;
use std::collections::BTreeMap;

use postfix_log::reason::Recent;
use postfix_log::{Class, Delivery, Fate, Status};
use postfix_qshape::Quantiles;
use serde::{Deserialize, Serialize};

use crate::delays::{Delays, Times};
use crate::trend::Trend;

/// Deliveries of one relay, domain, sender, service or provider.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Flow {
    pub counts: Counts,
    delays: Delays,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub struct Counts {
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
    pub temporary: BTreeMap<Class, u64>,
    pub permanent: BTreeMap<Class, u64>,
    /// Deferred attempts that say: too much, too fast.
    pub throttled: u64,
}

/// A flow in a file.
#[derive(Deserialize, Serialize)]
struct Saved {
    counts: Counts,
    delays: Quantiles<usize>,
    slow: Trend,
}

impl From<Flow> for Saved {
    fn from(flow: Flow) -> Self {
        let Times { delays, slow } = flow.delays.times().into_owned();
        Self { counts: flow.counts, delays, slow }
    }
}

impl From<Saved> for Flow {
    fn from(Saved { counts, delays, slow }: Saved) -> Self {
        Self { counts, delays: Times { delays, slow }.into() }
    }
}

impl Flow {
    /// Counts one attempt.
    pub fn add(&mut self, delivery: &Delivery<'_>, reasons: &mut Recent<'_>) {
        let mut class = || reasons.classify_delivery(delivery).class();
        let counts = &mut self.counts;
        match delivery.status {
            Status::Sent => counts.sent += 1,
            Status::Bounced => {
                counts.bounced += 1;
                *counts.permanent.entry(class()).or_default() += 1;
            }
            status if status.is_deferral() => {
                let class = class();
                counts.deferred += 1;
                counts.throttled +=
                    u64::from(matches!(class, Class::RateLimit | Class::Reputation));
                *counts.temporary.entry(class).or_default() += 1;
            }
            // Probes carry no mail.
            _ => return,
        }
        self.delays.add(delivery);
    }

    /// Counts a recipient whose end is not a delivery line.
    pub fn add_fate(&mut self, fate: Fate) {
        match fate {
            Fate::Expired => self.counts.expired += 1,
            Fate::StillDeferred => self.counts.waiting += 1,
            _ => {}
        }
    }

    pub fn merge(&mut self, other: &Self) -> Result<(), postfix_qshape::Error> {
        let (mine, theirs) = (&mut self.counts, &other.counts);
        mine.sent += theirs.sent;
        mine.bounced += theirs.bounced;
        mine.deferred += theirs.deferred;
        mine.expired += theirs.expired;
        mine.waiting += theirs.waiting;
        mine.throttled += theirs.throttled;
        for (mine, theirs) in
            [(&mut mine.temporary, &theirs.temporary), (&mut mine.permanent, &theirs.permanent)]
        {
            for (class, count) in theirs {
                *mine.entry(*class).or_default() += count;
            }
        }
        self.delays.merge(&other.delays)
    }

    /// The delays, ready to be asked.
    pub fn times(&self) -> Cow<'_, Times> {
        self.delays.times()
    }

    pub fn attempts(&self) -> u64 {
        self.counts.sent + self.counts.bounced + self.counts.deferred
    }

    /// The share of attempts that were turned away as too many or too fast.
    pub fn throttling(&self) -> Option<f64> {
        (self.attempts() > 0).then(|| self.counts.throttled as f64 / self.attempts() as f64)
    }

    pub fn deferral(&self) -> Option<f64> {
        (self.attempts() > 0).then(|| self.counts.deferred as f64 / self.attempts() as f64)
    }
}
