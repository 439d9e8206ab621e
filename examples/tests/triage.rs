//! `triage`, run as an operator runs it: on its sample, and on spools and logs that someone broke.

mod common;
#[path = "common/triage.rs"]
mod program;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::program::{path, run, triage};

const LATE: &str = "1800000000";

#[test]
fn the_sample_answers_every_question() -> Result<()> {
    let page = triage(&[])?;
    for section in
        ["QUEUES", "WHAT IS STUCK", "WHY", "NEXT RETRIES", "WHAT BECAME", "WARNINGS", "NOT READ"]
    {
        ensure!(page.contains(section), "no section {section} in\n{page}");
    }
    ensure!(page.contains("the sample that comes with the repository"));
    ensure!(!page.contains('\x1b') && !page.contains("not examined"));
    Ok(())
}

#[test]
fn the_object_has_the_members_of_its_contract() -> Result<()> {
    let output = run(&["--json"])?;
    ensure!(String::from_utf8_lossy(&output.stderr).contains("sample"));
    let object: Value = serde_json::from_slice(&output.stdout)?;
    let members: Vec<&String> = object.as_object().context("no object")?.keys().collect();
    let contract = [
        "before",
        "check",
        "corrupt",
        "domains",
        "expiring",
        "fates",
        "fates_by_class",
        "fates_over_time",
        "flows",
        "herd",
        "holds",
        "host",
        "log",
        "now",
        "overdue",
        "problems",
        "queues",
        "reasons",
        "rejects",
        "rejects_by",
        "retries",
        "sample",
        "saturation",
        "senders",
        "skipped",
        "timeline",
        "troubles",
        "verdicts",
        "warnings",
    ];
    assert_eq!(members, contract);
    let verdicts = object["verdicts"].as_array().context("no verdicts")?;
    for verdict in verdicts {
        for member in ["cause", "severity", "text", "next"] {
            ensure!(verdict[member].is_string(), "no {member} in {verdict}");
        }
    }
    ensure!(!verdicts.is_empty());
    for member in ["messages", "message_limit", "percent", "recipients", "recipient_limit"] {
        ensure!(object["saturation"][member].is_u64(), "no {member}");
    }
    for member in ["confirmed", "gone", "unnamed", "unlogged"] {
        ensure!(object["check"][member].is_u64(), "no {member}");
    }
    for member in ["stage", "class", "client", "count", "text"] {
        ensure!(!object["rejects"][0][member].is_null(), "no {member}");
    }

    for queue in ["maildrop", "incoming", "active", "deferred", "hold"] {
        let queue = &object["queues"][queue];
        ensure!(queue["messages"].as_u64() > Some(0) && queue["recipients"].as_u64() > Some(0));
        ensure!(queue["oldest_s"].is_u64());
    }
    let sum = |list: &Value, member: &str| -> u64 {
        list.as_array().into_iter().flatten().filter_map(|item| item[member].as_u64()).sum()
    };
    let recipients = |queue: &str| object["queues"][queue]["recipients"].as_u64().unwrap_or(0);
    let waiting: u64 =
        ["maildrop", "incoming", "active", "deferred", "hold"].map(recipients).iter().sum();
    assert_eq!(sum(&object["domains"], "total"), waiting);
    for domain in object["domains"].as_array().context("no domains")? {
        let buckets = domain["buckets"].as_array().context("no buckets")?;
        let total: u64 = buckets.iter().filter_map(Value::as_u64).sum();
        assert_eq!(domain["total"], total);
    }
    let overdue = object["overdue"].as_u64().context("no overdue")?;
    let deferred = object["queues"]["deferred"]["messages"].as_u64();
    assert_eq!(Some(sum(&object["retries"], "count") + overdue), deferred);
    // A time axis has no gaps.
    let steps = |list: &Value| -> Vec<i64> {
        let times = list.as_array().into_iter().flatten().filter_map(|item| item["at"].as_i64());
        let times: Vec<i64> = times.collect();
        let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.dedup();
        steps
    };
    assert_eq!(steps(&object["retries"]), [300]);
    assert_eq!(steps(&object["timeline"]).len(), 1);
    let reasons = object["reasons"].as_array().context("no reasons")?;
    let mut classes: Vec<_> = reasons.iter().map(|reason| &reason["class"]).collect();
    classes.dedup();
    ensure!(classes.len() >= 4, "stuck for several reasons: {classes:?}");
    for fate in ["delivered_after_deferral", "still_deferred", "expired", "late_bounce"] {
        ensure!(object["fates"][fate].as_u64() > Some(0), "no {fate} in {}", object["fates"]);
    }
    // One file is being written; of the four damaged ones an empty one and one cut in its first
    // record give no message.
    assert_eq!(object["skipped"]["unfinished"], 1);
    assert_eq!(object["skipped"]["empty"], 1);
    Ok(())
}

#[test]
fn a_part_without_its_input_says_so() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    fs::write(&log, "")?;
    let page = triage(&["--log", path(&log)?])?;
    ensure!(page.contains("not examined: give --spool"), "{page}");
    ensure!(page.contains("0 log lines"), "{page}");
    fs::create_dir(dir.path().join("deferred"))?;
    let page = triage(&["--spool", path(dir.path())?, "--now", LATE])?;
    ensure!(page.contains("not examined: give --log"), "{page}");
    ensure!(page.contains("No recipients are waiting."), "{page}");
    Ok(())
}

#[test]
fn a_recipient_cannot_send_controls_to_a_terminal() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let deferred = dir.path().join("deferred");
    fs::create_dir(&deferred)?;
    let file = deferred.join("4A3F8C1B2D");
    let text = "T\x0a1799999000S\x0ba@a.exampleR\x0db@\u{7f}\u{9b}.exampleM\0X\0E\0";
    fs::write(&file, text)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o700))?;
    for form in [&["--json"][..], &[]] {
        let args = ["--spool", path(dir.path())?, "--now", LATE];
        let page = triage(&[&args[..], form].concat())?;
        ensure!(page.contains(".example"), "{page}");
        ensure!(!page.contains(|c: char| c.is_control() && c != '\n'), "{page:?}");
    }
    Ok(())
}

#[test]
fn a_missing_spool_or_log_is_named() -> Result<()> {
    for option in ["--spool", "--log"] {
        let output = run(&[option, "/nonexistent/place"])?;
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(said.contains("/nonexistent/place"), "{said}");
    }
    assert_eq!(run(&["--no-such-option"])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn what_is_no_queue_file_is_counted_and_never_followed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let deferred = dir.path().join("deferred");
    fs::create_dir(&deferred)?;
    let ready = |name: &str, bytes: &[u8]| -> Result<()> {
        fs::write(deferred.join(name), bytes)?;
        Ok(fs::set_permissions(deferred.join(name), fs::Permissions::from_mode(0o700))?)
    };
    let good = b"T\x0a1799999000S\x0ba@a.exampleR\x0bb@b.exampleM\x00X\x00E\x00";
    ready("4A3F8C1B2D", good)?;
    ready("4A3F8C1B2E", &good[..20])?;
    // A pointer to itself.
    let at = good.len() - 6;
    let mut cycle = good[..at].to_vec();
    cycle.extend(format!("p\x0f{at:>15}").as_bytes());
    ready("4A3F8C1B2F", &cycle)?;
    ready("4A3F8C1B30", b"\x7fELF\x02\x01\x01 not mail")?;
    ready("4A3F8C1B31", b"")?;
    symlink("/etc/passwd", deferred.join("4A3F8C1B32"))?;
    symlink("/etc", deferred.join("A"))?;
    ensure!(Command::new("mkfifo").arg(deferred.join("4A3F8C1B33")).status()?.success());
    ready("bad\x1b[2Jname\n", good)?;

    let arguments = ["--spool", path(dir.path())?, "--now", LATE];
    let object: Value = serde_json::from_str(&triage(&[&arguments[..], &["--json"]].concat())?)?;
    assert_eq!(object["skipped"]["symlink"], 2);
    assert_eq!(object["skipped"]["special"], 1);
    assert_eq!(object["skipped"]["empty"], 1);
    assert_eq!(object["skipped"]["bad_name"], 1);
    let domains = object["domains"].as_array().context("no domains")?;
    assert_eq!(domains[0]["domain"], "b.example");
    let page = triage(&arguments)?;
    ensure!(page.contains("NOT READ"), "{page}");
    ensure!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page:?}");
    Ok(())
}

#[test]
fn a_directory_without_permission_is_an_error_with_the_rest_still_counted() -> Result<()> {
    let dir = tempfile::tempdir()?;
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
    for queue in ["active", "deferred"] {
        fs::create_dir(dir.path().join(queue))?;
        fs::set_permissions(dir.path().join(queue), fs::Permissions::from_mode(0o755))?;
    }
    let mail = dir.path().join("active/4A3F8C1B2D");
    fs::write(&mail, b"T\x0a1799999000S\x0ba@a.exampleR\x0bb@b.exampleM\x00X\x00E\x00")?;
    fs::set_permissions(&mail, fs::Permissions::from_mode(0o744))?;
    let closed = dir.path().join("deferred");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
    if fs::read_dir(&closed).is_ok() {
        // Root may read everything; so the program runs as somebody else.
        let program = dir.path().join("triage");
        fs::copy(common::example("triage")?.get_program(), &program)?;
        denied(dir.path(), || {
            let mut nobody = Command::new("setpriv");
            nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
            Ok(nobody)
        })
    } else {
        denied(dir.path(), || common::example("triage"))
    }
}

/// The queue `deferred` of `spool` may not be read; what holds for each kind of output.
fn denied(spool: &Path, program: impl Fn() -> Result<Command>) -> Result<()> {
    let page = String::from_utf8(program()?.arg("--spool").arg(spool).output()?.stdout)?;
    ensure!(page.contains(path(&spool.join("deferred"))?) && page.contains("ermission"), "{page}");
    ensure!(page.contains("lower bound") && page.contains("b.example"), "{page}");

    let object = program()?.arg("--spool").arg(spool).arg("--json").output()?.stdout;
    let object: Value = serde_json::from_slice(&object)?;
    assert_eq!(object["queues"]["deferred"]["messages"], Value::Null);
    assert_eq!(object["queues"]["active"]["recipients"], 1);
    assert_eq!(object["skipped"]["unreadable_directory"], 1);

    fs::remove_dir_all(spool.join("active"))?;
    let nothing = program()?.arg("--spool").arg(spool).output()?;
    assert_eq!(nothing.status.code(), Some(1));
    ensure!(String::from_utf8_lossy(&nothing.stderr).contains("permission denied"));
    Ok(())
}

#[test]
fn a_binary_file_given_as_log_is_counted_line_by_line() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(&log, &noise)?;
    let page = triage(&["--log", path(&log)?])?;
    ensure!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page:?}");
    ensure!(page.contains("without a header"), "{page}");
    Ok(())
}

#[test]
fn the_page_fits_a_terminal_and_its_first_lines_say_what_is_wrong() -> Result<()> {
    let page = triage(&[])?;
    for line in page.lines() {
        ensure!(line.chars().count() <= 80, "{line}");
    }
    let head: Vec<&str> = page.lines().take(10).collect();
    ensure!(head.iter().any(|line| line.contains("Next: ")), "{head:?}");
    let object: Value = serde_json::from_slice(&run(&["--json"])?.stdout)?;
    let first = object["verdicts"][0]["text"].as_str().context("no text")?;
    let words: String = head.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(words.contains(first), "{words} without {first}");
    Ok(())
}
