//! Scans of a spool in which Postfix works at full speed.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use postfix_queuefile::config::MainCf;
use postfix_queuefile::{Queue, Spool};

use crate::support::{Background, Instance, smtp_sink, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[("scans_beside_a_working_queue_manager", churn)];

/// How long to scan; `POSTFIX_CHURN_SECONDS` asks for more.
fn duration() -> Duration {
    let asked = std::env::var("POSTFIX_CHURN_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(20))
}

/// Mail for `good.test` drains, mail for `bad.test` is put off again and again and never leaves:
/// what a scan found of that, every later scan has to find.
fn churn() -> Result<()> {
    let (_good, good) = smtp_sink(&[])?;
    let (_bad, bad) = smtp_sink(&["-r", "RCPT"])?;
    let map =
        format!("inline:{{ good.test=smtp:[127.0.0.1]:{good}, bad.test=smtp:[127.0.0.1]:{bad} }}");
    let instance = Instance::start(&[
        ("transport_maps", &map),
        ("enable_long_queue_ids", "yes"),
        ("minimal_backoff_time", "1s"),
        ("maximal_backoff_time", "2s"),
        ("queue_run_delay", "1s"),
        // A destination that refuses is otherwise left alone for a while.
        ("smtp_destination_concurrency_failed_cohort_limit", "0"),
    ])?;
    let mut sources = Vec::new();
    for (to, count) in [("u@good.test", "100000"), ("u@bad.test", "1500")] {
        let mut source = instance.command("smtp-source");
        source.args(["-s", "4", "-m", count, "-f", "alice@s.test", "-t", to]);
        sources.push(Background::spawn(source.arg(instance.address()))?);
    }
    let spool = Spool::locate(None, Some(&MainCf::read(instance.config())?))?;
    wait_until("mail to be deferred", || Ok(spool.names(&[Queue::Deferred]).count() > 50))?;

    let mut lasting = HashSet::new();
    let (mut scans, mut given, mut moved, mut skips) = (0_u64, 0, 0, BTreeMap::new());
    let start = Instant::now();
    while start.elapsed() < duration() {
        let mut entries = spool.entries(Queue::LISTED);
        let mut seen = HashSet::new();
        for entry in &mut entries {
            let entry = entry?;
            let id = entry.id().to_string();
            ensure!(entry.envelope().damage().is_none(), "{id} is damaged");
            let lasts = entry.has_recipient_in(b"bad.test");
            ensure!(seen.insert((id.clone(), lasts)), "{id} is given twice");
        }
        let missed = lasting.iter().filter(|&id| !seen.contains(&(String::clone(id), true)));
        let missed: Vec<_> = missed.collect();
        ensure!(missed.is_empty(), "scan {scans} missed {missed:?}");
        let lasts = seen.into_iter().filter(|(_, lasts)| *lasts);
        lasting.extend(lasts.map(|(id, _)| id));

        let report = entries.report();
        let skipped: u64 = report.skipped().map(|(_, count)| count).sum();
        ensure!(report.files() == report.entries() + skipped, "{report:?}");
        ensure!(report.unreadable_directories() == 0);
        scans += 1;
        given += report.entries();
        moved += report.skipped_for(postfix_queuefile::spool::Skip::Moved);
        for (reason, count) in report.skipped() {
            *skips.entry(reason).or_insert(0) += count;
        }
        if scans % 20 == 0 {
            // A queue manager that is busy may not take it; the next time will do.
            instance.command("postqueue").arg("-f").output()?;
        }
    }
    drop(sources);
    println!("{scans} scans, {given} messages given, {} of them lasting; {skips:?}", lasting.len());
    ensure!(scans > 10 && lasting.len() > 100, "{scans} scans, {} lasting", lasting.len());
    ensure!(moved > 0 || scans < 100, "nothing moved: this proves nothing");
    Ok(())
}
