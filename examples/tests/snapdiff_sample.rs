//! `snapdiff` on the sample: what it finds between two moments.

#[path = "common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use common::example;

fn run(words: &[&str], files: &[&Path]) -> Result<Output> {
    Ok(example("snapdiff")?.args(words).args(files).output()?)
}

#[test]
fn arrivals_and_departures_by_domain() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let packed: &[u8] = include_bytes!("data/qshape/sample.tar.zst");
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed)?);
    archive.set_preserve_permissions(true);
    archive.unpack(dir.path())?;
    let spool = dir.path().to_string_lossy().into_owned();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    let save = |now: &str, file: &Path, queues: &[&str]| -> Result<()> {
        let output = example("snapdiff")?
            .args(["save", "--spool", &spool, "--now", now])
            .arg(file)
            .args(queues)
            .output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(())
    };
    save("1802175062", &old, &["deferred"])?;
    // Two more messages, in the same queue.
    let held: Vec<_> = std::fs::read_dir(dir.path().join("hold"))?.collect::<Result<_, _>>()?;
    ensure!(held.len() >= 2, "the sample holds {}", held.len());
    for file in &held {
        std::fs::rename(file.path(), dir.path().join("deferred").join(file.file_name()))?;
    }
    save("1802175662", &new, &["deferred"])?;
    let output = run(&["diff"], &[&old, &new])?;
    ensure!(output.status.success());
    let text = String::from_utf8(output.stdout)?;
    ensure!(text.starts_with("In 10 min"), "{text}");
    let total =
        text.lines().find(|line| line.trim_start().starts_with("TOTAL")).context("no total")?;
    let numbers: Vec<f64> =
        total.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    let [before, after, arrived, drained, aged, growth] = numbers[..] else {
        anyhow::bail!("{total}")
    };
    // Nothing left deferred; what was on hold is new here.
    ensure!(
        arrived > 0.0 && drained == 0.0 && after == before + arrived && aged <= before,
        "{total}"
    );
    ensure!((growth - arrived / 10.0).abs() < 0.01, "{total}");
    // What only changed its queue is told apart from new mail.
    let came = format!("; {arrived} of the arrived came from other queues");
    ensure!(total.ends_with(&came), "{total} without {came}");

    let same = run(&["diff"], &[&old, &old])?;
    ensure!(same.status.code() == Some(1), "{same:?}");
    let alien = run(&["diff"], &[&old, Path::new("/bin/sh")])?;
    ensure!(alien.status.code() == Some(1));
    ensure!(
        String::from_utf8_lossy(&alien.stderr).contains("not a file that `snapdiff save` wrote")
    );
    let queue = run(&["save", "--spool", &spool], &[&new, Path::new("defer")])?;
    ensure!(queue.status.code() == Some(1));
    Ok(())
}

#[test]
fn only_the_same_things_are_compared() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let spool = dir.path().to_string_lossy().into_owned();
    let save = |words: &[&str], name: &str, queues: &[&str]| -> Result<PathBuf> {
        let file = dir.path().join(name);
        let mut command = example("snapdiff")?;
        command.args(["save", "--spool", &spool]).args(words).arg(&file).args(queues);
        let output = command.output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(file)
    };
    for queue in ["incoming", "active", "deferred", "hold"] {
        std::fs::create_dir(dir.path().join(queue))?;
    }
    let old = save(&["--now", "1000"], "old", &["active", "deferred"])?;
    let later = ["--now", "2000"];
    let same = save(&later, "same", &["deferred", "active", "deferred"])?;
    ensure!(run(&["diff"], &[&old, &same])?.status.success());
    let senders = save(&["--now", "2000", "-s"], "senders", &["active", "deferred"])?;
    let hold = save(&later, "hold.saved", &["active", "hold"])?;
    let usual = save(&later, "usual", &[])?;
    for (new, said) in [
        (senders, "recipients in active,deferred; senders in active,deferred"),
        (hold, "recipients in active,deferred; recipients in active,hold"),
        (usual, "recipients in active,deferred; recipients in active,deferred,incoming"),
    ] {
        let output = run(&["diff"], &[&old, &new])?;
        ensure!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
        ensure!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
    Ok(())
}
