//! What a host counts for its states.

use std::time::Duration;

use examples::logs;
use postfix_log::lifecycle::Flag;
use postfix_log::{Delivery, Fate, Lifecycle, LogTime, Status};
use postfix_qshape::{Buckets, Quantiles, Shape, TopShape};

use crate::columns::{Column, Kind};
use crate::state::{quantiles, top};

/// The columns.
pub const COLUMNS: &[Column] =
    &[("name", Kind::Word), ("version", Kind::Number), ("state", Kind::Binary)];

/// Keys that a host keeps apart in an exact state; further ones are summed up under [`OTHERS`].
const MAX_KEYS: usize = 20_000;
const OTHERS: &[u8] = b"(others)";

/// The states of a host.
pub struct States {
    delays: Quantiles<Vec<u8>>,
    holds: Quantiles<Vec<u8>>,
    waiting: Shape<Vec<u8>>,
    domains: TopShape<Vec<u8>>,
}

impl States {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            delays: quantiles(),
            holds: quantiles(),
            waiting: Shape::new(Buckets::default()),
            domains: top()?,
        })
    }

    /// Counts a delivery line.
    pub fn delivery(&mut self, delivery: &Delivery<'_>) {
        let delay = Duration::from_micros(delivery.delay.as_micros());
        let domain = logs::domain(Some(delivery.to)).into_bytes();
        let key = match logs::server(delivery) {
            Some(server) => logs::without_port(server.text),
            None => &domain,
        };
        let key =
            if self.delays.len() < MAX_KEYS || self.delays.count(key) > 0 { key } else { OTHERS };
        self.delays.add_ref(key, delay);
        if delivery.status == Status::Sent {
            self.domains.add(domain, Duration::ZERO);
        }
    }

    /// Counts a recipient; `end` is the time of the last line.
    pub fn fate(&mut self, row: &Lifecycle, end: Option<LogTime>) {
        if row.is_hop() || row.flags.contains(Flag::Undated) {
            return;
        }
        let domain = logs::domain(row.to.as_deref()).into_bytes();
        if let Some(waited) = row.waited() {
            let key = if self.holds.len() < MAX_KEYS || self.holds.count(&domain) > 0 {
                &*domain
            } else {
                OTHERS
            };
            self.holds.add_ref(key, waited);
        }
        if let (Fate::StillDeferred, Some(end), Some(start)) =
            (row.fate, end, row.message.first_seen)
        {
            let age = u64::try_from(end.as_micros().saturating_sub(start.as_micros())).unwrap_or(0);
            let is_new = self.waiting.get(&domain).is_none();
            let key = if self.waiting.len() < MAX_KEYS || !is_new { &*domain } else { OTHERS };
            self.waiting.add_ref(key, Duration::from_micros(age));
        }
    }

    /// The names of the states, and their bytes.
    pub fn to_bytes(&self) -> [(&'static str, Vec<u8>); 4] {
        [
            ("delays", self.delays.to_bytes()),
            ("domains", self.domains.to_bytes()),
            ("holds", self.holds.to_bytes()),
            ("waiting", self.waiting.to_bytes()),
        ]
    }
}
