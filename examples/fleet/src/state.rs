//! A state, to which those of other hosts are added in any order and grouping.

use std::time::Duration;

use anyhow::{Context as _, bail};
use postfix_qshape::{Buckets, Quantiles, Shape, TopShape};

/// The version of the states: which there are, what they count, and by what.
pub const VERSION: u64 = 1;

/// The names of the states.
pub const NAMES: [&str; 4] = ["delays", "domains", "holds", "waiting"];

/// Relative error of the quantiles.
const ERROR: f64 = 0.005;

/// Rows that the bounded state keeps at least.
const TOP: usize = 1_000;

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

pub fn quantiles() -> Quantiles<Vec<u8>> {
    Quantiles::new(ERROR)
}

pub fn top() -> anyhow::Result<TopShape<Vec<u8>>> {
    Ok(TopShape::new(Buckets::linear(Duration::from_secs(1), 1)?, TOP)?)
}
