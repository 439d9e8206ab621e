//! The flows of a log, as they are saved.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context as _, bail};
use examples::logs;
use serde::{Deserialize, Serialize};

use crate::By;
use crate::flow::Flow;

const VERSION: u32 = 3;

/// Flows kept apart; what comes after that is summed up under [`OTHERS`].
pub const MAX_FLOWS: usize = 20_000;
pub const OTHERS: &str = "(others)";

#[derive(Clone, Deserialize, Serialize)]
pub struct Snapshot {
    version: u32,
    pub by: By,
    /// When it was taken, in seconds since 1970.
    pub taken: i64,
    pub queue: Option<QueueState>,
    pub flows: BTreeMap<String, Flow>,
}

/// What a spool adds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct QueueState {
    pub active: u64,
    pub deferred: u64,
    /// Seconds.
    pub oldest: u64,
}

impl Snapshot {
    pub fn new(by: By, taken: i64) -> Self {
        Self { version: VERSION, by, taken, queue: None, flows: BTreeMap::new() }
    }

    pub fn flow(&mut self, key: &str) -> &mut Flow {
        let key =
            if self.flows.len() < MAX_FLOWS || self.flows.contains_key(key) { key } else { OTHERS };
        if !self.flows.contains_key(key) {
            self.flows.insert(key.to_owned(), Flow::default());
        }
        self.flows.get_mut(key).expect("inserted just now")
    }

    pub fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        if self.by != other.by {
            bail!("flows by {:?} and flows by {:?} do not add up", self.by, other.by);
        }
        for (key, flow) in &other.flows {
            self.flow(key).merge(flow)?;
        }
        Ok(())
    }

    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let file =
            File::open(path).with_context(|| format!("cannot read {}", logs::shown(path)))?;
        let value: serde_json::Value = serde_json::from_reader(BufReader::new(file))
            .with_context(|| format!("{} holds no saved flows", logs::shown(path)))?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(u64::from(VERSION)) {
            bail!(
                "{}: saved flows of version {version:?}, this program reads version {VERSION}",
                logs::shown(path)
            );
        }
        serde_json::from_value(value)
            .with_context(|| format!("{} holds no saved flows", logs::shown(path)))
    }

    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let failed = || format!("cannot write {}", logs::shown(path));
        let file = BufWriter::new(File::create(path).with_context(failed)?);
        serde_json::to_writer(file, self).with_context(failed)
    }
}
