//! `fates` as its user runs it: on one file, on several, compressed, and night by night.

mod common;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

fn log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../postfix-log/tests/data/fates.log")
}

/// Rows in the order of the output.
fn fates(arguments: &[&str], logs: &[&Path]) -> Result<Vec<Value>> {
    let mut command = common::example("fates")?;
    let output = command.args(["--json", "--year", "2027"]).args(arguments).args(logs).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?)
}

/// The last row of each key, without its key.
/// The last row of each key. A row that names no recipient stands for a message whose recipients are not known yet, and
/// any row of that message that names one replaces it.
fn by_key(rows: &[Value]) -> BTreeMap<String, &Value> {
    let part = |row: &Value, names: &[&str]| {
        names.iter().map(|name| row[name].to_string()).collect::<Vec<_>>().join(" ")
    };
    let message = |row: &Value| part(row, &["host", "instance", "queue_id", "generation"]);
    let named: HashSet<String> =
        rows.iter().filter(|row| row["to"].is_string()).map(message).collect();
    rows.iter()
        .filter(|row| row["to"].is_string() || !named.contains(&message(row)))
        .map(|row| (message(row) + " " + &part(row, &["to", "orig_to"]), row))
        .collect()
}

/// The log in two files, cut after a share of its lines.
fn halves(directory: &Path, part: f64) -> Result<[PathBuf; 2]> {
    let text = fs::read(log())?;
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let (first, second) = lines.split_at((lines.len() as f64 * part) as usize);
    let paths = [directory.join("mail.log.1"), directory.join("mail.log")];
    fs::write(&paths[0], first.concat())?;
    fs::write(&paths[1], second.concat())?;
    Ok(paths)
}

#[test]
fn night_by_night_is_one_pass() -> Result<()> {
    let whole = fates(&["--all"], &[&log()])?;
    ensure!(by_key(&whole).len() == whole.len(), "one row for each recipient");
    for part in [0.1, 0.37, 0.5, 0.9] {
        let directory = tempfile::tempdir()?;
        let [first, second] = halves(directory.path(), part)?;
        let state = directory.path().join("state");
        let with_state = ["--all", "--state", state.to_str().context("a path")?];
        let mut nights = fates(&with_state, &[&first])?;
        nights.extend(fates(&with_state, &[&second])?);
        ensure!(by_key(&nights) == by_key(&whole), "cut at {part}");
        // Two files at once are one stream, packed or not.
        let packed = directory.path().join("mail.log.1.gz");
        let mut pack =
            flate2::write::GzEncoder::new(fs::File::create(&packed)?, flate2::Compression::fast());
        pack.write_all(&fs::read(&first)?)?;
        pack.finish()?;
        ensure!(
            by_key(&fates(&["--all"], &[&packed, &second])?) == by_key(&whole),
            "packed at {part}"
        );
    }
    Ok(())
}

#[test]
fn what_is_left_out() -> Result<()> {
    let (all, some) = (fates(&["--all"], &[&log()])?, fates(&[], &[&log()])?);
    ensure!(some.len() < all.len() && some.iter().all(|row| row["first_deferred"].is_string()));
    let hops = fates(&["--all", "--hops"], &[&log()])?;
    let ids =
        |rows: &[Value]| rows.iter().map(|row| row["queue_id"].to_string()).collect::<HashSet<_>>();
    let later: HashSet<String> = all
        .iter()
        .filter_map(|row| row["chain"].as_array())
        .flatten()
        .map(|hop| hop["queue_id"].to_string())
        .collect();
    ensure!(!later.is_empty() && later.is_disjoint(&ids(&all)) && later.is_subset(&ids(&hops)));
    Ok(())
}

#[test]
fn a_state_that_is_none_is_an_error() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    fs::write(&state, "[4, {}, []]")?;
    let mut command = common::example("fates")?;
    let output = command.arg("--state").arg(&state).arg(log()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1) && said.contains("version 4"), "{said}");
    // It is still there for the newer release.
    ensure!(fs::read(&state)? == b"[4, {}, []]");
    Ok(())
}

#[test]
fn providers_hosts_and_hours_have_tables() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("mail.log");
    let line = |hour: u32, host: &str, id: &str, domain: &str| {
        format!(
            "Feb  1 {hour:02}:00:00 {host} postfix/smtp[9]: {id}: to=<b@{domain}>, relay=mx.{}.mail.big.example[192.0.2.9]:25, \
             delay=1, delays=0/0/1/0, dsn=4.7.0, status=deferred (host mx said: 421 4.7.0 Too many connections)\n",
            domain.replace('.', "-")
        )
    };
    let lines = [
        line(10, "mx1", "3D5A1203AB", "one.example"),
        line(11, "mx2", "3D5A1203AC", "two.example"),
        line(13, "mx2", "3D5A1203AD", "three.example"),
    ];
    fs::write(&log, lines.concat())?;
    let output = common::example("fates")?.args(["--year", "2027"]).arg(&log).output()?;
    let page = String::from_utf8(output.stdout)?;
    let count = |name: &str| -> Result<u64> {
        let row = page.lines().find(|line| line.starts_with(name));
        let row = row.with_context(|| format!("no {name} in\n{page}"))?;
        Ok(row[name.len()..].split_whitespace().next().context("a short line")?.parse()?)
    };
    for (name, wanted) in
        [("big.example", 3), ("mx1", 1), ("mx2", 2), ("2027-02-01 10", 1), ("2027-02-01 13", 1)]
    {
        assert_eq!(count(name)?, wanted, "{name}");
    }
    Ok(())
}
