//! Shows what arrived, drained and grew older between two snapshots of a queue, by domain.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::{Parser, Subcommand};
use postfix_qshape::{Change, Name};

use crate::snapshot::Snapshot;

#[path = "snapdiff/snapshot.rs"]
mod snapshot;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  snapdiff save before.shape deferred       and an hour later
  snapdiff save after.shape deferred
  snapdiff diff before.shape after.shape";

#[derive(Parser)]
#[command(about = "Show how a mail queue has changed between two points in time", after_help = EXAMPLES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count a queue by domain and age, and keep that in a file
    Save {
        /// The queue directory
        #[arg(long, value_name = "DIR")]
        spool: Option<PathBuf>,
        /// Where main.cf is
        #[arg(short = 'c', value_name = "CONFIG_DIR")]
        config: Option<PathBuf>,
        /// Count messages by sender domain instead of recipients by recipient domain
        #[arg(short)]
        sender: bool,
        /// The time that ages are measured at, in seconds since the epoch
        #[arg(long, value_name = "EPOCH_SECONDS")]
        now: Option<i64>,
        /// The file to write
        file: PathBuf,
        /// The queues to count
        #[arg(value_name = "QUEUE", default_values = ["incoming", "active", "deferred"])]
        queues: Vec<String>,
    },
    /// Print what happened between two saved files
    Diff {
        /// The older file
        old: PathBuf,
        /// The newer file
        new: PathBuf,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    examples::cli::run(|| match args.command {
        Command::Save { spool, config, sender, now, file, queues } => {
            let spool = examples::config::open_spool(spool.as_deref(), config.as_deref())?;
            let time = now.unwrap_or_else(examples::time::now);
            Snapshot::take(&spool, &queues, sender, time)?.write(&file)
        }
        Command::Diff { old, new } => print(&Snapshot::read(&old)?, &Snapshot::read(&new)?),
    })
}

fn print(old: &Snapshot, new: &Snapshot) -> anyhow::Result<()> {
    if old.what != new.what {
        bail!("the files count different things: {}; {}", old.what, new.what);
    }
    let seconds = u64::try_from(new.time - old.time).ok().filter(|&seconds| seconds > 0);
    let Some(seconds) = seconds else {
        bail!("the second file is not newer than the first: {} then {}", old.time, new.time);
    };
    let diff = old.shape.diff(&new.shape, Duration::from_secs(seconds))?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "In {}, with the fewest events that explain it:",
        examples::time::human(seconds)
    )?;
    let (width, titles) = (40, ["before", "after", "arrived", "drained", "older"]);
    write!(out, "{:width$}", "")?;
    titles.iter().try_for_each(|title| write!(out, "{title:>8}"))?;
    writeln!(out, "{:>12}  empty in", "growth/min")?;
    let elsewhere = match (&old.others, &new.others) {
        (Some(old), Some(new)) => Some(old.diff(new, Duration::from_secs(seconds))?),
        _ => None,
    };
    let mut line = |name: &dyn std::fmt::Display, change: &Change, other: Option<&Change>| {
        let counts = [change.before, change.after, change.arrived, change.drained, change.aged];
        write!(out, "{name:>width$}")?;
        counts.iter().try_for_each(|count| write!(out, "{count:>8}"))?;
        let drain = match change.drain_time(diff.elapsed()) {
            _ if change.after == 0 => "empty".into(),
            Some(time) => examples::time::human(time.as_secs()),
            None => "-".into(),
        };
        let moved = other.map_or_else(String::new, |other| moved(change, other));
        writeln!(out, "{:>12.2}  {drain}{moved}", change.growth_per_minute(diff.elapsed()))
    };
    let rows: Vec<(&Name, &Change)> = diff.rows().collect();
    let changes: HashMap<&Name, &Change> =
        elsewhere.as_ref().map(|other| other.rows().collect()).unwrap_or_default();
    line(&"TOTAL", diff.total(), elsewhere.as_ref().map(|other| other.total()))?;
    rows.iter().try_for_each(|(name, change)| line(name, change, changes.get(name).copied()))?;
    Ok(())
}

/// Describes what only moved to another queue: what left these queues while the others grew, and the reverse.
fn moved(change: &Change, other: &Change) -> String {
    let out = change.drained.min(other.arrived);
    let into = change.arrived.min(other.drained);
    let mut text = String::new();
    if out > 0 {
        text += &format!("; {out} of the drained moved to other queues");
    }
    if into > 0 {
        text += &format!("; {into} of the arrived came from other queues");
    }
    text
}
