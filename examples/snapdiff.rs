//! What arrived, drained and grew older between two snapshots of a queue, by domain.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use examples::text::printable;
use postfix_qshape::{Buckets, Change, Name, Shape, domain};
use postfix_queuefile::{Queue, Spool};

/// A snapshot is a line and the stored shape. The line holds this word, the time in seconds since
/// the epoch, and what was counted: `snapdiff 1802175062 recipients in active,deferred`.
const MAGIC: &str = "snapdiff";

#[derive(Parser)]
#[command(about = "Compare a mail queue with itself, some time later")]
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

/// What was in the queues at a time.
struct Snapshot {
    time: i64,
    /// `recipients` or `senders`, and in which queues.
    what: String,
    shape: Shape<Name>,
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

impl Snapshot {
    fn take(spool: &Spool, names: &[String], sender: bool, time: i64) -> anyhow::Result<Self> {
        let mut queues = Vec::new();
        for name in names {
            let queue = name.parse::<Queue>().ok().filter(|queue| queue.holds_messages());
            queues.push(queue.with_context(|| format!("there is no queue {name:?}"))?);
        }
        queues.sort_unstable_by_key(|queue| queue.as_str());
        queues.dedup();
        let names: Vec<&str> = queues.iter().map(|queue| queue.as_str()).collect();
        let counted = if sender { "senders" } else { "recipients" };
        let what = format!("{counted} in {}", names.join(","));
        let now = Duration::from_secs(u64::try_from(time)?);
        let mut shape = Shape::new(Buckets::default());
        let mut entries = spool.entries(&queues);
        for entry in &mut entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    eprintln!("not counted: {}", printable(error.to_string().as_bytes()));
                    continue;
                }
            };
            let (mail, age) = (entry.envelope(), entry.age_at(now));
            let mut pending = mail.recipients().filter(|recipient| recipient.is_pending());
            if !sender {
                pending.for_each(|recipient| shape.add_ref(&*domain(recipient.address()), age));
            } else if let Some(sender) = mail.sender().filter(|_| pending.next().is_some()) {
                shape.add_ref(&*domain(sender), age);
            }
        }
        match entries.report().unreadable_directories() {
            0 => Ok(Self { time, what, shape }),
            some => bail!("{some} directories could not be read: run this as root or postfix"),
        }
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut bytes = format!("{MAGIC} {} {}\n", self.time, self.what).into_bytes();
        bytes.extend(self.shape.to_bytes());
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let read = || {
            let bytes = std::fs::read(path)?;
            let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
            let (head, shape) = bytes.split_at(line);
            let words = std::str::from_utf8(head).ok().and_then(|head| head.strip_prefix(MAGIC));
            let parts = words.and_then(|words| words.trim_start().split_once(' '));
            let parts = parts.and_then(|(time, what)| Some((time.parse().ok()?, what.to_owned())));
            let (time, what) = parts.context("not a file that `snapdiff save` wrote")?;
            Ok(Self { time, what, shape: Shape::from_bytes(&shape[1..])? })
        };
        let result: anyhow::Result<Self> = read();
        result.with_context(|| format!("cannot use {}", path.display()))
    }
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
    let mut line = |name: &dyn std::fmt::Display, change: &Change| {
        let counts = [change.before, change.after, change.arrived, change.drained, change.aged];
        write!(out, "{name:>width$}")?;
        counts.iter().try_for_each(|count| write!(out, "{count:>8}"))?;
        let drain = match change.drain_time(diff.elapsed()) {
            _ if change.after == 0 => "empty".into(),
            Some(time) => examples::time::human(time.as_secs()),
            None => "-".into(),
        };
        writeln!(out, "{:>12.2}  {drain}", change.growth_per_minute(diff.elapsed()))
    };
    line(&"TOTAL", diff.total())?;
    let mut rows = diff.rows();
    rows.try_for_each(|(name, change)| line(name, change))?;
    Ok(())
}
