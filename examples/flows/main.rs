//! Mail per flow, from logs: counts, delays and their parts, throttling; compared with before, and
//! with limits for a monitoring system.

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
use clap::Parser;
use examples::classes::ClassArgs;
use examples::logs;
use examples::text::printable;
use examples::time::{self, Zone};
use postfix_queuefile::{Queue, Spool};
use serde::{Deserialize, Serialize};

use crate::metric::Level;
use crate::rules::Rules;
use crate::show::{write_changes, write_flows};
use crate::snapshot::{QueueState, Snapshot};

/// Mail per flow: counts, delays, throttling
#[derive(Parser, Debug)]
#[command(version)]
struct Args {
    /// What makes a flow
    ///
    /// A message that goes through a content filter counts once for its domain, sender and provider, and
    /// once for each relay and service that it passes. Without this: what the first saved flows are by, else relay.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Also look at this queue directory
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Year of the first line of the first FILE, for stamps without a year
    #[arg(long, value_name = "Y", value_parser = logs::year())]
    year: Option<i32>,
    /// Zone of stamps without one: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    tz: Option<Zone>,
    /// The present, in seconds since 1970
    #[arg(long, value_name = "EPOCH", default_value_t = time::now(), hide_default_value = true)]
    now: i64,
    /// Save the flows
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Add saved flows; for --rules they are also the past that `for` asks about
    #[arg(long, value_name = "FILE", num_args = 1..)]
    merge: Vec<PathBuf>,
    /// Show what changed since these saved flows
    #[arg(long, value_name = "OLD")]
    compare: Option<PathBuf>,
    /// Check limits: exit status 0 ok, 1 warning, 2 critical, 3 unknown
    ///
    /// FILE is TOML:
    ///
    ///     [[rule]]
    ///     metric = "p95"          # p50, p95, p99 (seconds), throttling, deferral (shares),
    ///                             # deferred_active (ratio), oldest_age (seconds); the last two need --spool
    ///     part = "connect"        # of p50, p95 and p99: total (default), before, queue, connect, transmit
    ///     flow = "*.example.com"  # which flows; all without it. One star, at either end
    ///     at_least = 20           # attempts that a flow must have; 10 without it
    ///     warning = 60
    ///     critical = 600
    ///     for = "10m"             # s, m, h or d: only when every snapshot of this time says so, too
    #[arg(verbatim_doc_comment, long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    classes: ClassArgs,
    /// Logs in the order of time; `-` is stdin; .gz, .zst, .xz and .bz2 are read directly
    #[arg(value_name = "FILE", required_unless_present = "merge")]
    files: Vec<PathBuf>,
}

/// What makes a flow.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The server that took or refused the mail
    Relay,
    /// The recipient's domain
    Domain,
    /// The sender's domain
    Sender,
    /// The service of the mail system that delivered
    Service,
    /// Who runs the server, as far as its name tells
    Provider,
}

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
    let breaches = rules.breaches(now, saved)?;
    let worst = breaches.iter().map(|breach| breach.level).max().unwrap_or(Level::Ok);
    if worst == Level::Ok {
        println!("OK: {} flows within their limits", now.flows.len());
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
