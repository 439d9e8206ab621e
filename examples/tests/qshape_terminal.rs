//! `qshape` on a terminal, which util-linux's `script` plays: tables on the way, and Ctrl-C.

#[path = "common/mod.rs"]
mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use common::example;
use tempfile::TempDir;

/// What comes before every table.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// A spool with this many copies of a message from the sample.
fn spool(messages: usize) -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    let packed: &[u8] = include_bytes!("data/qshape/sample.tar.zst");
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed)?);
    archive.set_preserve_permissions(true);
    archive.unpack(dir.path())?;
    let held = fs::read_dir(dir.path().join("hold"))?.next().context("nothing on hold")??;
    let active = dir.path().join("active");
    fs::create_dir_all(&active)?;
    for number in 0..messages {
        // `fs::copy` keeps the mode, which a message is known by.
        fs::copy(held.path(), active.join(format!("{:010X}", 0xA0_0000_0000_u64 + number as u64)))?;
    }
    Ok(dir)
}

/// The program on a terminal; `None` without `script`.
fn on_terminal(spool: &Path, words: &str) -> Result<Option<Command>> {
    if !Command::new("script").arg("--version").output().is_ok_and(|out| out.status.success()) {
        println!("not run: there is no `script` of util-linux");
        return Ok(None);
    }
    let program = example("qshape")?.get_program().to_string_lossy().into_owned();
    let spool = spool.to_string_lossy();
    let mut command = Command::new("script");
    // Without `exec` the key would end the shell as well, with a status of its own.
    let line = format!("exec '{program}' --spool '{spool}' --now 1802175062 {words}");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(Some(command))
}

/// What was shown on the terminal.
fn shown(spool: &Path, words: &str) -> Result<Option<String>> {
    let Some(mut command) = on_terminal(spool, words)? else { return Ok(None) };
    let mut child = command.spawn()?;
    // `script` takes the end of its input for the end of the session, so it stays open.
    let input = child.stdin.take();
    let mut text = String::new();
    child.stdout.take().context("no output")?.read_to_string(&mut text)?;
    drop(input);
    ensure!(child.wait()?.success(), "{text}");
    Ok(Some(text.replace("\r\n", "\n")))
}

/// The number of messages or recipients in a table.
fn total(table: &str) -> Result<u64> {
    let line = table.lines().find(|line| line.trim_start().starts_with("TOTAL"));
    Ok(line.and_then(|line| line.split_whitespace().nth(1)).context("no total")?.parse()?)
}

#[test]
fn tables_on_the_way() -> Result<()> {
    let dir = spool(0)?;
    let queues = "deferred hold maildrop";
    let plain = example("qshape")?
        .arg("--spool")
        .arg(dir.path())
        .args(["--now", "1802175062"])
        .args(queues.split(' '))
        .output()?;
    let plain = String::from_utf8(plain.stdout)?;
    ensure!(plain.lines().count() > 1 + 3 && !plain.contains('\x1b'), "{plain}");

    let Some(text) = shown(dir.path(), &format!("-N 5 -n 3 {queues}"))? else { return Ok(()) };
    let mut tables: Vec<&str> = text.split(CLEAR).collect();
    let before = tables.remove(0);
    ensure!(!before.contains("TOTAL"), "{before}");
    ensure!(tables.len() > 3, "{text}");
    let totals: Vec<u64> = tables.iter().map(|table| total(table)).collect::<Result<_>>()?;
    ensure!(totals.is_sorted() && totals[0] < totals[totals.len() - 1], "{totals:?}");
    // Five messages have five recipients or more, unless some are done with.
    ensure!((1..total(&plain)?).contains(&totals[0]), "{totals:?}");
    let rows = |table: &str| table.lines().take(1 + 3).map(str::to_owned).collect::<Vec<_>>();
    let last = tables.last().context("no table")?;
    ensure!(rows(last) == rows(&plain), "{last}\n{plain}");
    // Three rows, TOTAL one of them: what follows is no row of the table any more.
    let fourth = plain.lines().nth(1 + 3).context("a short table")?;
    ensure!(!text.contains(fourth), "{text}");

    let all = shown(dir.path(), &format!("-N 0 -n 0 {queues}"))?.context("no script")?;
    ensure!(!all.contains('\x1b') && all.contains(&plain), "{all}");
    Ok(())
}

#[test]
fn ctrl_c_gives_the_table_so_far() -> Result<()> {
    const MESSAGES: u64 = 3_000;
    let dir = spool(3_000)?;
    let saved = dir.path().join("saved");
    let words = format!("-s -N 1 --save '{}' active", saved.display());
    let Some(mut command) = on_terminal(dir.path(), &words)? else { return Ok(()) };
    let mut child = command.spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    let mut output = child.stdout.take().context("no output")?;
    // A table for each message: more than pipe and terminal hold, so that the program cannot be
    // done before the key is pressed.
    let mut text = Vec::new();
    let mut some = [0; 512];
    while !String::from_utf8_lossy(&text).contains("TOTAL") {
        let length = output.read(&mut some)?;
        ensure!(length > 0, "{}", String::from_utf8_lossy(&text));
        text.extend(&some[..length]);
    }
    input.write_all(b"\x03")?;
    output.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
    ensure!(child.wait()?.code() == Some(1), "{text}");
    drop(input);
    let (_, end) = text.rsplit_once(CLEAR).context("no table")?;
    let counted = total(end)?;
    ensure!((1..MESSAGES).contains(&counted), "{end}");
    ensure!(
        end.contains(&format!("interrupted: the table covers the first {counted} messages")),
        "{end}"
    );
    ensure!(!saved.exists(), "a part was saved as if it were the whole");
    Ok(())
}
