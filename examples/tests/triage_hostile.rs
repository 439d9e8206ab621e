//! `triage --html` of what strangers wrote: nothing of it runs, and however much it is, the page stays small.

mod common;
#[path = "common/html.rs"]
mod html;
#[path = "common/triage.rs"]
mod program;

use std::fmt::Write as _;
use std::fs;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::html::{harmless, tags};
use crate::program::{path, triage};

const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;<svg/onload=alert(1)>";

#[test]
fn hostile_text_stays_text() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    fs::write(&log, hostile(120, HOSTILE))?;
    let (page, object) = page(&["--log", path(&log)?, "--now", "1800003600"])?;
    harmless(&tags(&page)?)?;
    for list in ["flows", "senders", "rejects", "warnings", "verdicts"] {
        let text = object[list].to_string();
        ensure!(text.contains("<script>alert(1)"), "no hostile text in {list}: {text:.300}");
    }
    ensure!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count() > 10);
    ensure!(page.contains("Not examined: give <code>--spool DIR</code>"));
    ensure!(!page.contains(|c: char| c.is_control() && c != '\n'), "control characters");
    Ok(())
}

#[test]
fn no_input_makes_a_large_page() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let mut lines = String::new();
    for n in 0..400 {
        // Each character takes six in HTML, and all names differ.
        lines += &hostile(1, &format!("{n}{}", "\"&".repeat(150)));
    }
    fs::write(&log, lines)?;
    let arguments = ["--log", path(&log)?, "--now", "1800003600"];
    let (one, object) = page(&arguments)?;
    ensure!(one.len() < 1_000_000, "{} bytes", one.len());
    ensure!(
        one.contains("left out here.") && object["flows"].as_array().map(Vec::len) == Some(100)
    );
    let state = dir.path().join("state");
    triage(&[&arguments[..], &["--save", path(&state)?]].concat())?;
    let many = vec![path(&state)?; 40];
    let page = triage(&[&["--html", "-", "--merge"], &many[..]].concat())?;
    ensure!(page.len() < 1_000_000, "{} bytes", page.len());
    harmless(&tags(&page)?)?;
    ensure!(
        page.contains("40 hosts") && page.contains("The sections show the first "),
        "hosts are left out in silence"
    );
    Ok(())
}

/// A log in which all that strangers choose is `text`.
fn hostile(messages: u32, text: &str) -> String {
    let mut log = String::new();
    let key = text.bytes().take(4).fold(0_u32, |sum, byte| sum * 10 + u32::from(byte % 10));
    for n in 0..messages {
        let id = format!("{:X}", 0xABC_0000 + key * 1_000 + n);
        let head = format!("2027-01-15T08:{:02}:00+00:00 mx postfix/", n / 2 % 60);
        for line in [
            format!("smtpd[9]: {id}: client=x[192.0.2.7], sasl_method=PLAIN, sasl_username={text}"),
            format!("qmgr[9]: {id}: from=<{text}@evil.example>, size=9, nrcpt=1 (queue active)"),
            format!(
                "smtp[9]: {id}: to=<a@{text}.example>, relay=none, delay=30, delays=1/2/20/7, dsn=4.4.1, status=deferred \
                 (host mx.example[192.0.2.1] said: 451 4.7.1 {text} (in reply to RCPT TO command))"
            ),
            format!(
                "smtpd[9]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 554 5.7.1 <{text}>: Helo command rejected: {text}; \
                 from=<{text}> to=<{text}> proto=ESMTP helo=<{text}>"
            ),
            format!("smtpd[9]: warning: {text} does not resolve"),
        ] {
            let _ = writeln!(log, "{head}{line}");
        }
    }
    log
}

/// The page and the object of one run.
fn page(arguments: &[&str]) -> Result<(String, Value)> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("page.html");
    let object = triage(&[arguments, &["--json", "--html", path(&file)?]].concat())?;
    Ok((fs::read_to_string(file)?, serde_json::from_str(&object)?))
}
