//! `triage` with more of its options: a configuration, a state from before, a log of several hosts, and names
//! that strangers chose.

mod common;
#[path = "common/triage.rs"]
mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::program::{path, run, triage};

const LATE: &str = "1800000000";

/// A message that waits in `active`, for `recipients` of one domain.
fn active(dir: &Path, name: &str, recipients: usize) -> Result<()> {
    fs::create_dir_all(dir.join("active"))?;
    let file = dir.join("active").join(name);
    let to = b"R\x0bb@b.example".repeat(recipients);
    fs::write(&file, [b"T\x0a1799999000S\x0ba@a.example", &to[..], b"M\x00X\x00E\x00"].concat())?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o700))?)
}

#[test]
fn limits_come_from_the_configuration() -> Result<()> {
    let dir = tempfile::tempdir()?;
    active(dir.path(), "4A3F8C1B2D", 3)?;
    let config = dir.path().join("config");
    fs::create_dir(&config)?;
    fs::write(
        config.join("main.cf"),
        format!(
            "queue_directory = {}\nqmgr_message_active_limit = 2\nqmgr_message_recipient_limit = 12\n",
            path(dir.path())?
        ),
    )?;
    for arguments in
        [&["-c", path(&config)?][..], &["-c", path(&config)?, "--spool", path(dir.path())?]]
    {
        let page = triage(&[arguments, &["--json", "--now", LATE]].concat())?;
        let object: Value = serde_json::from_str(&page)?;
        let saturation = &object["saturation"];
        assert_eq!((&saturation["message_limit"], &saturation["percent"]), (&2.into(), &50.into()));
        assert_eq!(saturation["recipient_percent"], 25);
    }
    let output = run(&["-c", "/nonexistent/place"])?;
    ensure!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/place"));
    Ok(())
}

#[test]
fn a_saved_state_shows_what_grew() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (spool, state) = (path(dir.path())?, dir.path().join("state"));
    active(dir.path(), "4A3F8C1B2D", 1)?;
    triage(&["--spool", spool, "--now", LATE, "--save", path(&state)?])?;
    for n in 0..20 {
        active(dir.path(), &format!("4A3F8C1B{n:02}"), 1)?;
    }
    let later = ["--spool", spool, "--now", "1800000600", "--before", path(&state)?];
    let page = triage(&later)?;
    ensure!(page.contains("+20 messages") && page.contains("growing (+2.0/min)"), "{page}");
    let object: Value = serde_json::from_str(&triage(&[&later[..], &["--json"]].concat())?)?;
    assert_eq!(object["verdicts"][0]["trend"], "growing");
    assert_eq!(object["verdicts"][0]["per_minute"], 2.0);
    fs::write(&state, "no state")?;
    assert_eq!(run(&later)?.status.code(), Some(1));
    Ok(())
}

#[test]
fn the_hosts_of_a_log_are_kept_apart() -> Result<()> {
    let dir = tempfile::tempdir()?;
    active(dir.path(), "4A3F8C1B2D", 1)?;
    let log = dir.path().join("log");
    let line = |host: &str, id: &str| {
        format!(
            "2027-01-15T07:40:00+00:00 {host} postfix/qmgr[9]: {id}: from=<a@a.example>, size=9, nrcpt=1 (queue active)\n"
        )
    };
    let down: String = (0..90)
        .map(|n| {
            format!(
                "2027-01-15T07:{:02}:00+00:00 mx9 postfix/smtp[9]: {n:010X}: to=<b@down.example>, relay=none, delay=30, \
                 delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.down.example[192.0.2.1]:25: Connection timed out)\n",
                n / 2
            )
        })
        .collect();
    fs::write(&log, [line("mx1", "4A3F8C1B2D"), down].concat())?;
    let arguments = ["--spool", path(dir.path())?, "--log", path(&log)?, "--now", LATE];
    let object: Value = serde_json::from_str(&triage(&[&arguments[..], &["--json"]].concat())?)?;
    let verdicts = object["verdicts"].as_array().context("no verdicts")?;
    assert_eq!(verdicts[0]["cause"], "nothing_unusual");
    assert_eq!(verdicts[1]["cause"], "destination_down");
    assert_eq!(
        (&verdicts[1]["host"], &verdicts[1]["object"]["name"]),
        (&"mx9".into(), &"down.example".into())
    );
    let page = triage(&arguments)?;
    ensure!(page.contains("on mx9 down.example does not answer"), "{page}");
    Ok(())
}

#[test]
fn names_in_verdicts_are_safe_to_print() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let lines: String = (0..90)
        .map(|n| {
            format!(
                "2027-01-15T07:{:02}:00+00:00 mx9 postfix/smtp[9]: {n:010X}: to=<b@\u{9b}31m\u{202e}down.example>, relay=none, \
                 delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to x\x1b[2J[192.0.2.1]:25: Connection timed out)\n",
                n / 2
            )
        })
        .collect();
    fs::write(&log, lines)?;
    for form in [&["--json"][..], &[]] {
        let page = triage(&[&["--log", path(&log)?, "--now", LATE][..], form].concat())?;
        ensure!(page.contains("down.example"), "{page}");
        ensure!(!page.contains(|c: char| c.is_control() && c != '\n'), "{page:?}");
    }
    let page = triage(&["--log", path(&log)?, "--now", LATE])?;
    ensure!(!page.contains('\u{202e}'), "{page:?}");
    Ok(())
}
