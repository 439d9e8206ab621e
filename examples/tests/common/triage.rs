//! How the tests run `triage`.

use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};

use crate::common;

/// What it prints, where it succeeds.
pub fn triage(arguments: &[&str]) -> Result<String> {
    let output = run(arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// What comes of it.
pub fn run(arguments: &[&str]) -> Result<Output> {
    Ok(common::example("triage")?.args(arguments).output()?)
}

/// A path as an argument.
pub fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a temporary directory with an odd name")
}
