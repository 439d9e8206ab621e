//! `triage --html`: a page that is whole by itself, and says what `--json` says.

mod common;
#[path = "common/html.rs"]
mod html;
#[path = "common/triage.rs"]
mod program;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::html::{table, whole};
use crate::program::{path, triage};

#[test]
fn the_page_is_whole_by_itself() -> Result<()> {
    let (page, object) = page(&[])?;
    let tags = whole(&page)?;
    let many = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    ensure!(many("svg") > 10 && many("table") > 15 && many("time") > 50);
    for tag in tags.iter().filter(|tag| ["style", "script"].contains(&tag.name.as_str())) {
        ensure!(!tag.text.contains("mapleworks"), "data in the {}", tag.name);
    }
    for section in [
        "Verdicts",
        "Queues",
        "What is stuck",
        "Why",
        "Coming retries",
        "What became of deferred mail",
        "Flows",
        "Refused at the door",
        "Who sends",
        "Trouble",
        "What was not read",
    ] {
        ensure!(page.contains(&format!("\">{section}</h2>")), "no section {section}");
    }
    let verdict = object["verdicts"][0]["text"].as_str().context("no verdict")?;
    ensure!(page.contains(verdict) && page.find(verdict) < page.find(">Queues</h2>"));
    Ok(())
}

#[test]
fn the_tables_have_the_numbers_of_the_object() -> Result<()> {
    let (page, object) = page(&[])?;
    let columns = |list: &str, members: &[&str]| -> Vec<Vec<String>> {
        let rows = object[list].as_array().into_iter().flatten();
        rows.map(|row| members.iter().map(|member| row[member].to_string()).collect()).collect()
    };
    let part = |caption: &str, from: usize, count: usize| -> Result<Vec<Vec<String>>> {
        let rows = table(&page, caption).with_context(|| format!("no table {caption:?}"))?;
        Ok(rows.into_iter().map(|row| row.into_iter().skip(from).take(count).collect()).collect())
    };
    let same = |caption: &str, from: usize, list: &str, members: &[&str]| -> Result<()> {
        let (seen, all) = (part(caption, from, members.len())?, columns(list, members));
        ensure!(!seen.is_empty(), "{caption}: empty");
        assert_eq!(Some(&seen[..]), all.get(..seen.len()), "{caption}");
        ensure!(
            seen.len() == all.len()
                || page.contains(&format!("… and {} more", all.len() - seen.len()))
        );
        Ok(())
    };
    same("The last answers that deferred recipients got", 1, "reasons", &["count"])?;
    same("Waiting recipients by domain and age, in minutes", 1, "domains", &["total"])?;
    same(
        "Recipients that will be returned to their senders, by the time left",
        1,
        "expiring",
        &["within_1h", "within_4h", "within_24h"],
    )?;
    let fates = ["delivered_after_deferral", "still_deferred", "expired", "late_bounce", "other"];
    same("Fates by the time of the first deferral", 1, "fates_over_time", &fates)?;
    same(
        "How long recipients were held, from the first deferral to the end, in minutes",
        1,
        "holds",
        &["total"],
    )?;
    let windows = [
        "arrived", "taken", "sent", "deferred", "bounced", "expired", "removed", "held", "rejected",
    ];
    same("Attempts over time", 1, "timeline", &windows)?;
    same(
        "Attempts by domain, and the seconds they took",
        1,
        "flows",
        &["sent", "deferred", "bounced"],
    )?;
    same("Refused by stage, class and client", 1, "rejects", &["count"])?;
    same("Warnings and errors in the log, by kind", 1, "warnings", &["count"])?;
    // The parts of the delays.
    let delays = part("Attempts by domain, and the seconds they took", 4, 15)?;
    for (row, flow) in delays.iter().zip(object["flows"].as_array().context("no flows")?) {
        let parts = ["total", "before", "queue", "connect", "transmit"].into_iter();
        let wanted =
            parts.flat_map(|part| ["p50", "p95", "p99"].map(|q| flow["delays"][part][q].as_f64()));
        let wanted: Vec<Option<f64>> = wanted.collect();
        assert_eq!(row.iter().map(|cell| cell.parse().ok()).collect::<Vec<Option<f64>>>(), wanted);
        ensure!(flow["delays"]["total"]["p50"].as_f64() <= flow["delays"]["total"]["p99"].as_f64());
    }
    // The queues, the fates and the refusals, which are members by name.
    for row in table(&page, "Messages and recipients by queue").context("no queues")? {
        let queue = &object["queues"][&row[0]];
        if row[0] != "corrupt" {
            assert_eq!(
                row[1..4],
                ["messages", "recipients", "oldest_s"].map(|member| queue[member].to_string())
            );
        }
    }
    let sum = |values: &Value| -> u64 {
        values.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum()
    };
    let seen = |caption: &str| -> Result<u64> {
        Ok(part(caption, 1, 1)?.iter().flatten().filter_map(|n| n.parse::<u64>().ok()).sum())
    };
    assert_eq!(seen("Recipients that were deferred at least once")?, sum(&object["fates"]));
    for member in ["stage", "class"] {
        let by = &object["rejects_by"][member];
        assert_eq!((Some(sum(by)), sum(by) > 0), (object["rejects_by"]["total"].as_u64(), true));
    }
    assert_eq!(seen("Refused by stage of the session")?, sum(&object["rejects_by"]["stage"]));
    assert_eq!(seen("Files that gave no message")?, sum(&object["skipped"]));
    let sums = object["fates_over_time"].as_array().into_iter().flatten();
    let all: u64 = sums.flat_map(|row| fates.map(|fate| row[fate].as_u64().unwrap_or(0))).sum();
    assert_eq!(all, sum(&object["fates"]));
    Ok(())
}

/// The page and the object of one run.
fn page(arguments: &[&str]) -> Result<(String, Value)> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("page.html");
    let object = triage(&[arguments, &["--json", "--html", path(&file)?]].concat())?;
    Ok((fs::read_to_string(file)?, serde_json::from_str(&object)?))
}
