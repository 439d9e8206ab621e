//! `summary --html`: a page that is whole by itself, says what `--json` says, and that no log makes large or dangerous.

mod common;
#[path = "common/html.rs"]
mod html;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::html::{harmless, table, tags, whole};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/mail.log.zst");

/// What the sample does not have.
const LOGINS: &str = "\
Feb  2 15:00:00 mx1 postfix/smtpd[8]: warning: x.example[198.51.100.9]: SASL LOGIN authentication failed: no, sasl_username=ann
Feb  2 15:00:01 mx1 postfix/smtpd[8]: warning: x.example[198.51.100.8]: SASL LOGIN authentication failed: no, sasl_username=ann
";

const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;<svg/onload=alert(1)>";

#[test]
fn the_page_is_whole_by_itself() -> Result<()> {
    let (page, _) = page(&["--year", "2027", SAMPLE])?;
    let tags = whole(&page)?;
    let many = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    ensure!(many("svg") >= 8 && many("table") >= 15 && many("time") == 2);
    for title in [
        "In all",
        "By day",
        "By hour of the day",
        "What did not arrive",
        "What was rejected",
        "Senders and recipients",
        "Failed logins",
        "Warnings and errors",
    ] {
        ensure!(page.contains(&format!("\">{title}</h2>")), "no section {title}");
    }
    ensure!(page.contains("<h1>Mail summary of 2027-01-27 to 2027-02-02</h1>"));
    let again = self::page(&["--year", "2027", SAMPLE])?.0;
    ensure!(page == again, "two runs write different pages");
    Ok(())
}

#[test]
fn the_tables_have_the_numbers_of_the_object() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let logins = dir.path().join("log");
    fs::write(&logins, LOGINS)?;
    let (page, object) = page(&["--year", "2027", SAMPLE, path(&logins)?])?;
    let same = |caption: &str, list: &str, members: &[&str]| -> Result<()> {
        let rows = table(&page, caption).with_context(|| format!("no table {caption:?}"))?;
        let all = object[list].as_array().context("no list")?;
        ensure!(!rows.is_empty() && rows.len() == all.len(), "{caption}: {} rows", rows.len());
        for (row, object) in rows.iter().zip(all) {
            let wanted: Vec<String> =
                members.iter().map(|name| object[*name].to_string()).collect();
            assert_eq!(row[1..=members.len()], wanted, "{caption}");
        }
        Ok(())
    };
    for (unit, list) in [("day", "days"), ("hour", "hours")] {
        let title = format!("Messages received, and commands rejected, by {unit}");
        same(&title, list, &["received", "rejects"])?;
        let title = format!("Attempts to deliver, by {unit}");
        same(&title, list, &["delivered", "deferrals", "bounced"])?;
    }
    for (caption, list) in [
        ("Senders", "senders"),
        ("Domains of senders", "sender_domains"),
        ("Recipients", "recipients"),
        ("Domains of recipients", "domains"),
        ("Users who logged in to send", "users"),
    ] {
        same(caption, list, &["messages", "bytes"])?;
    }
    for (caption, list) in [
        ("Why mail was deferred", "deferrals"),
        ("Why mail was bounced", "bounces"),
        ("Rejected by program, stage, class, client and text", "rejects"),
        ("Failed logins by network and user", "logins"),
        ("Warnings and errors by program, severity and text", "warnings"),
    ] {
        same(caption, list, &["count"])?;
    }
    let seen = |caption: &str| -> Result<Vec<String>> {
        let rows = table(&page, caption).with_context(|| format!("no table {caption:?}"))?;
        Ok(rows.into_iter().map(|row| row[1].clone()).collect())
    };
    let totals = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| object["totals"][*name].to_string()).collect()
    };
    let taken = [
        "received",
        "delivered",
        "forwarded",
        "deferred",
        "deferred_messages",
        "deferrals",
        "bounced",
        "expired",
    ];
    assert_eq!(seen("Mail that was taken")?, totals(&taken));
    let stopped = ["rejects", "reject_warnings", "held", "discarded"];
    assert_eq!(seen("Mail that a rule stopped")?, totals(&stopped));
    // The bars are sums over all rows, whatever --top says.
    let sum = |caption: &str| -> Result<u64> {
        Ok(seen(caption)?.iter().filter_map(|n| n.parse::<u64>().ok()).sum())
    };
    for (caption, total) in [
        ("Deferred attempts by class of the reason", "deferrals"),
        ("Bounced recipients by class of the reason", "bounced"),
        ("Rejected by stage of the session", "rejects"),
        ("Rejected by class of the reason", "rejects"),
    ] {
        assert_eq!(Some(sum(caption)?), object["totals"][total].as_u64(), "{caption}");
    }
    Ok(())
}

#[test]
fn hostile_text_stays_text() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    fs::write(&log, hostile(20, HOSTILE))?;
    let (page, object) = page(&[path(&log)?])?;
    whole(&page)?;
    // Of reasons the parts that differ from line to line are left out, but not all.
    for (list, part) in [
        ("senders", "<script>alert(1)"),
        ("recipients", "<script>alert(1)"),
        ("users", "<script>alert(1)"),
        ("logins", "<script>alert(1)"),
        ("deferrals", "src=x"),
        ("rejects", "src=x"),
        ("warnings", "src=x"),
    ] {
        let text = object[list].to_string();
        ensure!(text.contains(part), "no hostile text in {list}: {text:.300}");
    }
    ensure!(page.matches("&lt;script&gt;").count() >= 4);
    ensure!(!page.contains(|c: char| c.is_control() && c != '\n'), "control characters");
    Ok(())
}

#[test]
fn no_log_makes_a_large_page() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let mut lines = String::new();
    for n in 0..1500 {
        // Each character takes six in HTML, and all names differ.
        lines += &hostile(1, &format!("{n}{}", "\"&".repeat(150)));
    }
    fs::write(&log, lines)?;
    let (page, object) = page(&["--top", "0", path(&log)?])?;
    ensure!(page.len() < 1_000_000, "{} bytes", page.len());
    harmless(&tags(&page)?)?;
    assert_eq!(object["users"].as_array().map(Vec::len), Some(1500));
    ensure!(page.contains("more users, left out here."), "rows are left out in silence");
    Ok(())
}

#[test]
fn days_without_mail_have_their_place_and_old_ones_are_told() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let line = |day: &str| {
        format!("{day}T10:00:00+00:00 mx postfix/pickup[9]: ABC1234: uid=0 from=<root>\n")
    };
    fs::write(&log, ["2026-06-01", "2026-11-20", "2026-11-22"].map(line).concat())?;
    let (page, _) = page(&[path(&log)?])?;
    let rows =
        table(&page, "Messages received, and commands rejected, by day").context("no days")?;
    assert_eq!(rows.len(), 62);
    assert_eq!(
        rows[59..],
        [["2026-11-20", "1", "0"], ["2026-11-21", "0", "0"], ["2026-11-22", "1", "0"]]
    );
    ensure!(page.contains("The last 62 days; 1 earlier day left out here."));
    // A log with nothing in it.
    fs::write(&log, "")?;
    let (page, _) = self::page(&[path(&log)?])?;
    whole(&page)?;
    ensure!(page.contains("No line has a time that was asked for."));
    Ok(())
}

/// A log in which all that strangers choose is `text`.
fn hostile(messages: u32, text: &str) -> String {
    let mut log = String::new();
    let word = text.replace(' ', "\\ ");
    for n in 0..messages {
        let id = format!("{:X}", 0xABC_0000 + n);
        let head = format!("2027-01-15T08:{:02}:00+00:00 mx postfix/", n % 60);
        for line in [
            format!("smtpd[9]: {id}: client=x[192.0.2.7], sasl_method=PLAIN, sasl_username={text}"),
            format!("qmgr[9]: {id}: from=<{text}@evil.example>, size=9, nrcpt=1 (queue active)"),
            format!(
                "smtp[9]: {id}: to=<{text}@b.example>, relay=none, delay=30, delays=1/2/20/7, dsn=4.4.1, status=deferred \
                 (host mx.example[192.0.2.1] said: 451 4.7.1 {text} (in reply to RCPT TO command))"
            ),
            format!(
                "smtp[9]: {id}: to=<{text}@b.example>, relay=none, delay=30, delays=1/2/20/7, dsn=2.0.0, status=sent (250 ok)"
            ),
            format!(
                "smtpd[9]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 554 5.7.1 <{text}>: Helo command rejected: {text}; \
                 from=<{text}> to=<{text}> proto=ESMTP helo=<{text}>"
            ),
            format!("smtpd[9]: warning: {text} does not resolve"),
            format!(
                "smtpd[9]: warning: x[192.0.2.9]: SASL LOGIN authentication failed: no, sasl_username={word}"
            ),
            format!("qmgr[9]: {id}: removed"),
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
    let arguments = [arguments, &["--json", "--html", path(&file)?]].concat();
    let output = common::example("summary")?.args(arguments).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((fs::read_to_string(file)?, serde_json::from_slice(&output.stdout)?))
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a temporary directory with an odd name")
}
