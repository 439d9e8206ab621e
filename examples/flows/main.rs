//! Mail per flow, from logs: counts, delays and their parts, throttling; compared with before, and
//! with limits for a monitoring system.

mod args;
mod delays;
mod flow;
mod keys;
mod metric;
mod read;
mod rules;
mod show;
mod snapshot;
mod trend;

use std::io::{BufWriter, Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Parser as _;
use examples::text::printable;
use postfix_queuefile::{Queue, Spool};

use crate::args::{Args, By};
use crate::metric::Level;
use crate::rules::Rules;
use crate::show::{write_changes, write_flows};
use crate::snapshot::{QueueState, Snapshot};

const UNKNOWN: u8 = 3;

fn main() -> ExitCode {
    let plugin = std::env::args_os().any(|arg| arg.as_encoded_bytes().starts_with(b"--rules"));
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            let usage = if plugin { UNKNOWN } else { 2 };
            return if error.use_stderr() { ExitCode::from(usage) } else { ExitCode::SUCCESS };
        }
    };
    if args.rules.is_none() {
        return examples::cli::status(|| run(&args));
    }
    // A failure must not look like a warning.
    run(&args).unwrap_or_else(|error| {
        println!("UNKNOWN: {}", printable(format!("{error:#}").as_bytes()));
        ExitCode::from(UNKNOWN)
    })
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let saved =
        args.merge.iter().map(|path| Snapshot::load(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let by = args.by.or(saved.first().map(|old| old.by)).unwrap_or(By::Relay);
    if let Some(other) = saved.iter().find(|old| old.by != by) {
        bail!("the saved flows are by {:?}, not by {by:?}", other.by);
    }
    let mut now = match saved.iter().max_by_key(|old| old.taken).filter(|_| args.files.is_empty()) {
        Some(latest) => latest.clone(),
        None => read::read(args, by)?,
    };
    if let Some(directory) = &args.spool {
        now.queue = Some(look(directory, args.now)?);
    }
    if let Some(path) = &args.rules {
        return check(&Rules::load(path)?, &now, &saved, args);
    }
    let queue = now.queue;
    let mut all = if args.files.is_empty() { Snapshot::new(now.by, now.taken) } else { now };
    all.queue = queue;
    saved.iter().try_for_each(|old| all.merge(old))?;
    if let Some(path) = &args.save {
        all.save(path)?;
    }
    let mut out = BufWriter::new(stdout());
    match &args.compare {
        Some(path) => write_changes(&mut out, &Snapshot::load(path)?, &all)?,
        None => write_flows(&mut out, &all)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn check(
    rules: &Rules,
    now: &Snapshot,
    saved: &[Snapshot],
    args: &Args,
) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.save {
        now.save(path)?;
    }
    let (breaches, quiet) = rules.breaches(now, saved, args.tz.unwrap_or_default())?;
    let worst = breaches.iter().map(|breach| breach.level).max().unwrap_or(Level::Ok);
    if worst == Level::Ok {
        let quiet = match quiet {
            0 => String::new(),
            1 => "; 1 rule is quiet at this time".to_owned(),
            _ => format!("; {quiet} rules are quiet at this time"),
        };
        println!("OK: {} flows within their limits{quiet}", now.flows.len());
    }
    for breach in &breaches {
        println!("{}", breach.text);
    }
    Ok(ExitCode::from(worst as u8))
}

/// Files in the active and the deferred queue, and the age of the oldest message.
fn look(directory: &PathBuf, now: i64) -> anyhow::Result<QueueState> {
    let mut state = QueueState::default();
    let now = Duration::from_secs(u64::try_from(now).unwrap_or(0));
    for entry in Spool::open(directory)?.entries(&[Queue::Active, Queue::Deferred]) {
        let Ok(entry) = entry else { continue };
        match entry.queue() {
            Queue::Active => state.active += 1,
            _ => state.deferred += 1,
        }
        state.oldest = state.oldest.max(entry.age_at(now).as_secs());
    }
    Ok(state)
}
