//! `triage --save` on each host, `triage --merge` where they are looked at together.

mod common;
#[path = "common/triage.rs"]
mod program;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::program::{path, run, triage};

#[test]
fn states_say_what_was_said_when_they_were_saved() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let state = dir.path().join("sample.state");
    let before: Value = serde_json::from_str(&triage(&["--json", "--save", path(&state)?])?)?;
    let after: Value = serde_json::from_str(&triage(&["--json", "--merge", path(&state)?])?)?;
    assert_eq!(before, after);
    // The page of one state is that of the host itself.
    let [whole, merged] = ["whole.html", "merged.html"].map(|name| dir.path().join(name));
    triage(&["--save", path(&state)?, "--html", path(&whole)?])?;
    triage(&["--merge", path(&state)?, "--html", path(&merged)?])?;
    ensure!(fs::read(whole)? == fs::read(merged)?, "another page");
    Ok(())
}

#[test]
fn hosts_stand_side_by_side() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let names = ["mx1", "mx2"].map(|name| dir.path().join(format!("{name}.state")));
    let [first, second] = [path(&names[0])?, path(&names[1])?];
    triage(&["--json", "--save", first])?;
    let log = dir.path().join("log");
    fs::write(&log, "2027-01-15T07:40:00+00:00 relay postfix/qmgr[9]: 4A3F8C1B2D: removed\n")?;
    triage(&["--log", path(&log)?, "--now", "1800000000", "--save", second])?;
    let lines = triage(&["--merge", first, second, "--json"])?;
    let hosts: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(hosts.iter().map(|host| &host["host"]).collect::<Vec<_>>(), ["mail", "relay"]);
    let page = triage(&["--merge", first, second, "--html", "-"])?;
    assert_eq!(page.matches("<h3>mail</h3>").count(), 11);
    assert_eq!(page.matches("<h3>relay</h3>").count(), 11);
    ensure!(
        page.contains("<h1>Mail queue triage: 2 hosts</h1>") && page.contains("Hosts side by side")
    );
    // As text: verdicts with their host, queues in one table.
    let text = triage(&["--merge", first, second])?;
    ensure!(text.contains("CRITICAL on mail ") && text.contains("OK on relay "), "{text}");
    let row = |host: &str| text.lines().find(|line| line.starts_with(&format!("  {host}")));
    let mail: Vec<&str> = row("mail").context("no mail")?.split_whitespace().collect();
    let messages = |queue: &str| hosts[0]["queues"][queue]["messages"].to_string();
    assert_eq!(mail[1..6], ["maildrop", "incoming", "active", "deferred", "hold"].map(messages));
    ensure!(row("relay").is_some_and(|line| line.contains(" - ")), "{text}");
    Ok(())
}

#[test]
fn what_is_no_state_is_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let state = dir.path().join("state");
    for (text, want) in [
        ("no state", "is not a state that triage --save wrote"),
        ("{\"version\":2}", "is not a state that triage --save wrote"),
        ("{\"version\":1,\"now\":1,\"queues\":{},\"domains\":{}}", "save it again"),
    ] {
        fs::write(&state, text)?;
        let output = run(&["--merge", path(&state)?])?;
        let error = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1));
        ensure!(error.contains(want) && error.lines().count() == 1, "{error}");
    }
    let both = run(&["--merge", path(&state)?, "--spool", "/var/spool/postfix"])?;
    assert_eq!(both.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_forged_state_makes_no_large_page() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let state = dir.path().join("state");
    triage(&["--json", "--save", path(&state)?])?;
    let mut saved: Value = serde_json::from_slice(&fs::read(&state)?)?;
    let report = saved["report"].as_object_mut().context("no report")?;
    for (_, list) in report.iter_mut().filter(|(_, list)| list.is_array()) {
        let Some(list) = list.as_array_mut() else { continue };
        if let Some(first) = list.first().cloned() {
            list.resize(5_000, first);
        }
    }
    for (_, n) in report["fates"].as_object_mut().context("no fates")?.iter_mut() {
        *n = u64::MAX.into();
    }
    fs::write(&state, saved.to_string())?;
    let page = triage(&["--merge", path(&state)?, "--html", "-"])?;
    ensure!(page.len() < 1_000_000, "{} bytes", page.len());
    ensure!(page.contains("left out here."));
    Ok(())
}

#[test]
fn growth_needs_a_state_of_queues() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (state, log) = (dir.path().join("state"), dir.path().join("log"));
    fs::write(&log, "2027-01-15T07:40:00+00:00 mx postfix/qmgr[9]: 4A3F8C1B2D: removed\n")?;
    triage(&["--log", path(&log)?, "--save", path(&state)?])?;
    let output = run(&["--before", path(&state)?])?;
    assert_eq!(output.status.code(), Some(1));
    ensure!(String::from_utf8(output.stderr)?.contains("it was saved without a spool"));
    Ok(())
}
