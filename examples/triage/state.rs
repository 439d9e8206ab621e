//! The state that `--save` writes: a report for `--merge`, and the content of the queues for `--before`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use examples::logs::shown;
use serde::{Deserialize, Serialize};

use crate::report::Report;
use crate::spool::Waiting;

const VERSION: u32 = 2;

#[derive(Deserialize)]
struct Saved {
    report: Report,
}

/// Saves a report.
pub(crate) fn save(path: &Path, report: &Report) -> Result<()> {
    #[derive(Serialize)]
    struct Saved<'a> {
        version: u32,
        report: &'a Report,
    }
    let saved = serde_json::to_vec(&Saved { version: VERSION, report })?;
    fs::write(path, saved).with_context(|| format!("cannot write {}", shown(path)))
}

/// Reads a report that [`save`] wrote.
pub(crate) fn read(path: &Path) -> Result<Report> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", shown(path)))?;
    let foreign = || format!("{} is not a state that triage --save wrote", shown(path));
    let Versioned { version } = serde_json::from_slice(&bytes).with_context(foreign)?;
    if version != VERSION {
        bail!(
            "{} has version {version}, but this program reads version {VERSION}: save it again",
            shown(path)
        );
    }
    let saved: Saved = serde_json::from_slice(&bytes).with_context(foreign)?;
    Ok(saved.report)
}

/// The content of the queues at another time.
#[derive(Debug)]
pub(crate) struct State {
    /// Seconds since the epoch.
    pub(crate) now: i64,
    /// Messages by queue.
    pub(crate) queues: BTreeMap<String, u64>,
}

impl State {
    /// The queues of a saved report.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let report = read(path)?;
        ensure!(
            !report.queues.is_empty(),
            "{} says nothing about queues: it was saved without a spool",
            shown(path)
        );
        let queues = report.queues.into_iter();
        let known = queues.filter_map(|(name, queue)| Some((name, queue.messages?)));
        Ok(Self { now: report.now, queues: known.collect() })
    }

    /// The increase in messages since then, per minute; `None` if it is not earlier.
    pub(crate) fn growth(&self, spool: &Waiting, now: i64) -> Option<f64> {
        let minutes = (now - self.now) as f64 / 60.0;
        let then: u64 = self.queues.values().sum();
        let waiting: u64 = spool.queues.values().map(|totals| totals.messages).sum();
        (minutes > 0.0).then(|| (waiting as f64 - then as f64) / minutes)
    }
}
