//! `qshape --compat` against what Postfix's own program printed.

#[path = "common/mod.rs"]
mod common;
#[path = "common/qshape.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, Result, anyhow, ensure};
use common::example;
use table::same_table;
use tempfile::TempDir;

/// When the sample was frozen.
const NOW: &str = "1802175062";

/// Queues of a real Postfix with odd messages, a directory of made files that are odder, and what
/// `qshape` of Postfix 3.7.11 printed for it with 120 random sets of options.
fn sample() -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    let packed: &[u8] = include_bytes!("data/qshape/sample.tar.zst");
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed)?);
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    archive.unpack(dir.path())?;
    Ok(dir)
}

/// The program; asked for once, because cargo is not quick to say that there is nothing to build.
fn qshape() -> Result<Command> {
    static PROGRAM: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut program = PROGRAM.lock().map_err(|_| anyhow!("another test failed"))?;
    if program.is_none() {
        *program = Some(example("qshape")?.get_program().into());
    }
    Ok(Command::new(program.as_ref().context("no program")?))
}

fn ours(spool: &Path, now: &str, words: &[&str]) -> Result<Vec<u8>> {
    let mut command = qshape()?;
    command.arg("--spool").arg(spool).args(["--now", now]).args(words);
    let output = command.output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

#[test]
fn the_same_bytes_as_recorded() -> Result<()> {
    let sample = sample()?;
    let mut runs = 0;
    for run in fs::read_dir(sample.path().join("recorded"))? {
        let recorded = fs::read(run?.path())?;
        let end = recorded.iter().position(|&b| b == b'\n').context("no command line")?;
        let (line, theirs) = recorded.split_at(end);
        let line = std::str::from_utf8(line)?;
        let words: Vec<&str> = ["--compat"].into_iter().chain(line.split_whitespace()).collect();
        let ours = ours(sample.path(), NOW, &words)?;
        same_table(&ours, &theirs[1..]).with_context(|| format!("qshape {line}"))?;
        runs += 1;
    }
    ensure!(runs == 120);
    Ok(())
}

#[test]
fn saved_parts_in_any_order_are_one_scan() -> Result<()> {
    let sample = sample()?;
    let queues = ["hold", "deferred", "active", "maildrop"];
    let parts: Vec<PathBuf> =
        queues.iter().map(|name| sample.path().join(name).with_extension("saved")).collect();
    for (queue, part) in queues.iter().zip(&parts) {
        ours(sample.path(), NOW, &["--save", &part.to_string_lossy(), queue])?;
    }
    let one_scan = ours(sample.path(), NOW, &[&["-p", "-m", "2"][..], &queues].concat())?;
    let mut names: Vec<String> =
        parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    for _ in 0..4 {
        names.rotate_left(1);
        let words =
            ["-p", "-m", "2", "--merge"].into_iter().chain(names.iter().map(|name| &**name));
        ensure!(ours(sample.path(), NOW, &words.collect::<Vec<_>>())? == one_scan);
    }
    let stored = fs::read(&parts[0])?;
    let shape = postfix_qshape::Shape::<Vec<u8>>::from_bytes(&stored)?;
    ensure!(shape.to_bytes() == stored, "a saved part is the library's stored form");

    let other = sample.path().join("other.saved");
    ours(sample.path(), NOW, &["-b", "4", "--save", &other.to_string_lossy(), "hold"])?;
    let mixed = qshape()?.arg("--merge").arg(&parts[0]).arg(&other).output()?;
    ensure!(mixed.status.code() == Some(1) && mixed.stdout.is_empty(), "{mixed:?}");
    let said = "other.saved was not saved with the same -b";
    ensure!(String::from_utf8_lossy(&mixed.stderr).contains(said), "{mixed:?}");
    Ok(())
}

/// The number in the column T of a row.
fn total(table: &[u8], name: &str) -> u64 {
    let table = String::from_utf8_lossy(table);
    let row = table.lines().find(|line| line.split_whitespace().next() == Some(name));
    row.and_then(|row| row.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

#[test]
fn what_the_perl_program_misses_is_counted() -> Result<()> {
    let sample = sample()?;
    // Mail that sendmail put into maildrop: it takes the files for one message each from nobody.
    let [plain, compat] = [&["-s", "maildrop"][..], &["-s", "--compat", "maildrop"]]
        .map(|words| ours(sample.path(), NOW, words));
    let (plain, compat) = (plain?, compat?);
    let counts =
        |table: &[u8]| ["TOTAL", "MAILER-DAEMON", "corp.example"].map(|name| total(table, name));
    ensure!(counts(&plain) == [22, 4, 9] && counts(&compat) == [22, 14, 7]);
    // Messages that `postsuper -e` marked (mode 0710).
    let [plain, compat] =
        [&["deferred"][..], &["--compat", "deferred"]].map(|words| ours(sample.path(), NOW, words));
    ensure!(total(&plain?, "TOTAL") > total(&compat?, "TOTAL"));
    Ok(())
}

#[test]
fn what_cannot_be_done_is_said() -> Result<()> {
    for (words, status, said) in [
        (&["--spool", "/nonexistent"][..], 1, "/nonexistent"),
        (&["--merge", "/nonexistent"], 1, "/nonexistent"),
        (&["--merge", "/bin/sh"], 1, "not a file that `qshape --save` wrote"),
        (&["--no-such-option"], 2, "--no-such-option"),
        (&["-N", "many"], 2, "many"),
    ] {
        let output = qshape()?.args(words).output()?;
        ensure!(output.status.code() == Some(status), "{words:?}: {:?}", output.status);
        ensure!(String::from_utf8_lossy(&output.stderr).contains(said), "{words:?}: {output:?}");
    }
    Ok(())
}

/// Every recorded output of the corpus; its place is told by the environment.
#[test]
fn the_whole_corpus() -> Result<()> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(corpus), Some(oracle)) = (variable("POSTFIX_CORPUS"), variable("POSTFIX_ORACLE"))
    else {
        println!(
            "not run: POSTFIX_CORPUS (with queue/TREE) and POSTFIX_ORACLE (with index.jsonl) are not set"
        );
        return Ok(());
    };
    let mut compared = 0;
    for line in fs::read_to_string(oracle.join("index.jsonl"))?.lines() {
        let entry: serde_json::Value = serde_json::from_str(line)?;
        let text = |name: &str| entry[name].as_str().context("malformed index").map(str::to_owned);
        let command = text("command")?;
        let Some(options) = command.strip_prefix("qshape") else { continue };
        let spool = corpus.join("queue").join(text("tree")?);
        let file = text("file")?;
        let theirs = fs::read(oracle.join(file.trim_start_matches("oracle/")))?;
        let words: Vec<&str> = ["--compat"].into_iter().chain(options.split_whitespace()).collect();
        let ours = ours(&spool, &entry["epoch"].to_string(), &words)?;
        same_table(&ours, &theirs).with_context(|| format!("{file}: {command}"))?;
        compared += 1;
    }
    println!("{compared} recorded tables compared");
    ensure!(compared > 0);
    Ok(())
}
