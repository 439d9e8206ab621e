//! What a host counted, in a form that merges with that of other hosts in any order and grouping.

use std::time::Duration;

use anyhow::{Context as _, bail};
use examples::logs;
use postfix_log::lifecycle::Flag;
use postfix_log::{Delivery, Fate, Lifecycle, LogTime, Status};
use postfix_qshape::{Buckets, Quantiles, Shape, TopShape};

use crate::columns::{Column, Kind};

/// The columns.
pub const COLUMNS: &[Column] =
    &[("name", Kind::Word), ("version", Kind::Number), ("state", Kind::Binary)];

/// The version of the states: which there are, what they count, and by what.
pub const VERSION: u64 = 1;

/// The names of the states.
pub const NAMES: [&str; 4] = ["delays", "domains", "holds", "waiting"];

/// Relative error of the quantiles.
const ERROR: f64 = 0.005;

/// Keys that a host keeps apart in an exact state; further ones are summed up under [`OTHERS`].
const MAX_KEYS: usize = 20_000;
const OTHERS: &[u8] = b"(others)";

/// Rows that the bounded state keeps at least.
const TOP: usize = 1_000;

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

/// A state that others are added to.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// `delays` of deliveries by server, `holds` of recipients that were deferred, by domain.
    Quantiles(Quantiles<Vec<u8>>),
    /// `waiting`: recipients that were deferred when the log ended, by domain and age.
    Exact(Shape<Vec<u8>>),
    /// `domains`: deliveries by domain. The largest rows, each with a bound of its error.
    Bounded(TopShape<Vec<u8>>),
}

impl State {
    /// The state of a host without mail.
    ///
    /// # Errors
    ///
    /// If there is no state of this name.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        Ok(match name {
            "delays" | "holds" => Self::Quantiles(quantiles()),
            "waiting" => Self::Exact(Shape::new(Buckets::default())),
            "domains" => Self::Bounded(top()?),
            _ => bail!("there is no state {name:?}"),
        })
    }

    /// Adds the state of another host.
    ///
    /// # Errors
    ///
    /// If the bytes are damaged, or are not such a state of this version.
    pub fn merge(&mut self, version: u64, bytes: &[u8]) -> anyhow::Result<()> {
        if version != VERSION {
            bail!("a state of version {version}; this program reads version {VERSION}");
        }
        let failed = "a state that is damaged or of another kind";
        match self {
            Self::Quantiles(own) => own.merge(&Quantiles::from_bytes(bytes).context(failed)?)?,
            Self::Exact(own) => own.merge(&Shape::from_bytes(bytes).context(failed)?)?,
            Self::Bounded(own) => own.merge(&TopShape::from_bytes(bytes).context(failed)?)?,
        }
        Ok(())
    }

    /// The bytes of the state.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Quantiles(own) => own.to_bytes(),
            Self::Exact(own) => own.to_bytes(),
            Self::Bounded(own) => own.to_bytes(),
        }
    }

    /// How many rows it has, and how much is counted in it.
    pub fn size(&self) -> (usize, u64) {
        match self {
            Self::Quantiles(own) => (own.len(), own.rows().map(|(_, count)| count).sum()),
            Self::Exact(own) => (own.len(), own.total().total()),
            Self::Bounded(own) => (own.len(), own.total().total()),
        }
    }
}

fn quantiles() -> Quantiles<Vec<u8>> {
    Quantiles::new(ERROR)
}

fn top() -> anyhow::Result<TopShape<Vec<u8>>> {
    Ok(TopShape::new(Buckets::linear(Duration::from_secs(1), 1)?, TOP)?)
}
