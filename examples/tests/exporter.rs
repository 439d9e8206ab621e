//! `exporter`, run as a monitoring system runs it: what it counts, how it follows a log, and what it refuses.

mod common;
#[path = "exporter/http.rs"]
mod http;
#[path = "exporter/log.rs"]
mod log;
#[path = "exporter/server.rs"]
mod server;
#[path = "exporter/spool.rs"]
mod spool;
#[path = "exporter/strict.rs"]
mod strict;

use std::process::Output;

use anyhow::{Result, ensure};

use crate::strict::Metrics;

/// Runs the exporter to its end.
fn run(arguments: &[&str]) -> Result<Output> {
    Ok(common::example("exporter")?.args(arguments).output()?)
}

/// What `--once` writes to stdout.
fn once(arguments: &[&str]) -> Result<Metrics> {
    let output = run(&[&["--once"], arguments].concat())?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    strict::parse(str::from_utf8(&output.stdout)?)
}

/// Compares all series with what they should be.
fn check(metrics: &Metrics, want: &[(&str, f64)]) -> Result<()> {
    for (series, value) in want {
        ensure!(
            metrics.get(series) == Some(*value),
            "{series} is {:?}, not {value}",
            metrics.get(series)
        );
    }
    Ok(())
}
