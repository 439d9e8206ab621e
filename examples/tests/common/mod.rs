//! How the tests run an example program: as its user does, from the shell.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};

/// The command that runs one of our examples, built if it is not there yet.
///
/// It is built as part of the workspace, as `cargo test --workspace` builds it: with the features
/// that the members ask for together, so that nothing is compiled twice. With `POSTFIX_LIVE_BUILT=1`
/// it is there, in a place without sources.
pub fn example(name: &str) -> Result<Command> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let here = std::env::var_os("POSTFIX_LIVE_BUILT").is_some_and(|value| value == "1");
    if !here && built.iter().all(|one| one != name) {
        build(name)?;
        built.push(name.to_owned());
    }
    Ok(Command::new(profile_dir()?.join("examples").join(name)))
}

/// The examples that this test has built.
static BUILT: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn build(name: &str) -> Result<()> {
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--quiet", "--workspace", "--example", name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    build.arg("--target-dir").arg(target_dir()?);
    let built = build.output()?;
    ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Ok(())
}

/// `target/debug` or `target/release`: where this test itself was built.
fn profile_dir() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.parent().and_then(Path::parent);
    profile.map(Path::to_owned).context("a test outside a target directory")
}

fn target_dir() -> Result<PathBuf> {
    profile_dir()?.parent().map(Path::to_owned).context("a test outside a target directory")
}
