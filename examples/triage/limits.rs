//! The limits of the queue manager: those of `main.cf`, or else Postfix's defaults.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use examples::config::main_cf;
use postfix_queuefile::config::RetryParams;

/// Parameters of postconf(5), with Postfix's defaults.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// `qmgr_message_active_limit`
    pub(crate) messages: u64,
    /// `qmgr_message_recipient_limit`: oqmgr(8) activates no more mail when this many are in memory;
    /// qmgr(8) does.
    pub(crate) recipients: u64,
    /// `default_destination_concurrency_limit`, or the limit of the smtp transport.
    pub(crate) concurrency: u64,
    pub(crate) retry: RetryParams,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: 20_000,
            recipients: 20_000,
            concurrency: 20,
            retry: RetryParams::default(),
        }
    }
}

impl Limits {
    /// Reads the limits of a configuration directory. A parameter that is not set, or not set to a
    /// number, has its default.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let config = main_cf(directory)
            .with_context(|| format!("cannot use {}", directory.join("main.cf").display()))?;
        let default = Self::default();
        let number = |name: &str| config.number(name.as_bytes()).ok();
        let concurrency = number("smtp_destination_concurrency_limit")
            .or_else(|| number("default_destination_concurrency_limit"));
        Ok(Self {
            messages: number("qmgr_message_active_limit").unwrap_or(default.messages),
            recipients: number("qmgr_message_recipient_limit").unwrap_or(default.recipients),
            concurrency: concurrency.unwrap_or(default.concurrency),
            retry: RetryParams::try_from(&config).unwrap_or(default.retry),
        })
    }

    /// The time between two queue runs.
    pub(crate) fn run(&self) -> Duration {
        self.retry.queue_run_delay.max(Duration::from_secs(1))
    }
}
