//! What was in the queues at another time: `--save` writes it, `--before` compares with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::spool::Waiting;

const VERSION: u32 = 1;

/// Domains that are saved.
const DOMAINS: usize = 1_000;

/// The queues in figures, at a time.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct State {
    version: u32,
    /// Seconds since the epoch.
    pub(crate) now: i64,
    /// Messages by queue.
    pub(crate) queues: BTreeMap<String, u64>,
    /// Recipients by domain, in all queues.
    pub(crate) domains: BTreeMap<String, u64>,
}

impl State {
    pub(crate) fn of(spool: &Waiting) -> Self {
        let queues =
            spool.queues.iter().map(|(queue, totals)| (queue.as_str().to_owned(), totals.messages));
        let rows = spool.stuck.rows().take(DOMAINS);
        Self {
            version: VERSION,
            now: spool.now,
            queues: queues.collect(),
            domains: rows.map(|row| (crate::text(row.key()), row.total())).collect(),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let failed = || format!("cannot write {}", path.display());
        fs::write(path, serde_json::to_vec(self)?).with_context(failed)
    }

    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let state: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no state that --save wrote", path.display()))?;
        ensure!(
            state.version == VERSION,
            "{} is a state of version {}; this program reads version {VERSION}",
            path.display(),
            state.version
        );
        Ok(state)
    }

    /// Messages more than then, a minute; `None` when it is not earlier.
    pub(crate) fn growth(&self, spool: &Waiting, now: i64) -> Option<f64> {
        let minutes = (now - self.now) as f64 / 60.0;
        let then: u64 = self.queues.values().sum();
        let waiting: u64 = spool.queues.values().map(|totals| totals.messages).sum();
        (minutes > 0.0).then(|| (waiting as f64 - then as f64) / minutes)
    }
}
