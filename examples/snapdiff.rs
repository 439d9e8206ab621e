//! What arrived, drained and grew older between two snapshots of a queue, by domain.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use examples::text::printable;
use postfix_qshape::{Buckets, Change, Name, Shape, domain};
use postfix_queuefile::{Queue, Spool};

/// A snapshot is a line and two stored shapes: of the queues that were asked for, and of the others. The line
/// holds this word, the time in seconds since the epoch, the bytes of the first shape, and what was counted:
/// `snapdiff2 1802175062 4711 recipients in active,deferred`.
const MAGIC: &str = "snapdiff2 ";

/// The same without the bytes and the second shape, as it was written before.
const OLD_MAGIC: &str = "snapdiff ";

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  snapdiff save before.shape deferred       and an hour later
  snapdiff save after.shape deferred
  snapdiff diff before.shape after.shape";

#[derive(Parser)]
#[command(about = "Compare a mail queue with itself, some time later", after_help = EXAMPLES)]
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
    /// What was in the other queues; nothing in an old file.
    others: Option<Shape<Name>>,
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
        let mut asked = Shape::new(Buckets::default());
        let mut others = Shape::new(Buckets::default());
        let mut entries = spool.entries(Queue::LISTED);
        for entry in &mut entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    eprintln!("not counted: {}", printable(error.to_string().as_bytes()));
                    continue;
                }
            };
            let (mail, age) = (entry.envelope(), entry.age_at(now));
            let shape = if queues.contains(&entry.queue()) { &mut asked } else { &mut others };
            let mut pending = mail.recipients().filter(|recipient| recipient.is_pending());
            if !sender {
                pending.for_each(|recipient| shape.add_ref(&*domain(recipient.address()), age));
            } else if let Some(sender) = mail.sender().filter(|_| pending.next().is_some()) {
                shape.add_ref(&*domain(sender), age);
            }
        }
        match entries.report().unreadable_directories() {
            0 => Ok(Self { time, what, shape: asked, others: Some(others) }),
            some => bail!("{some} directories could not be read: run this as root or postfix"),
        }
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let write = || {
            let mut file = std::fs::File::create(path)?;
            let shape = self.shape.to_bytes();
            writeln!(file, "{MAGIC}{} {} {}", self.time, shape.len(), self.what)?;
            file.write_all(&shape)?;
            drop(shape);
            self.others.iter().try_for_each(|other| file.write_all(&other.to_bytes()))
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let read = || {
            let bytes = std::fs::read(path)?;
            let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
            let (head, shapes) = bytes.split_at(line);
            let shapes = shapes.get(1..).unwrap_or_default();
            let unknown = "not a file that `snapdiff save` wrote";
            let head = std::str::from_utf8(head).ok().context(unknown)?;
            let (words, is_old) = match (head.strip_prefix(MAGIC), head.strip_prefix(OLD_MAGIC)) {
                (Some(words), _) => (words, false),
                (None, words) => (words.context(unknown)?, true),
            };
            let (time, rest) = words.split_once(' ').context(unknown)?;
            let time = time.parse().context(unknown)?;
            if is_old {
                let shape = Shape::from_bytes(shapes)?;
                return Ok(Self { time, what: rest.to_owned(), shape, others: None });
            }
            let (length, what) = rest.split_once(' ').context(unknown)?;
            let (shape, others) =
                length.parse().ok().and_then(|at| shapes.split_at_checked(at)).context(unknown)?;
            let (shape, others) = (Shape::from_bytes(shape)?, Some(Shape::from_bytes(others)?));
            Ok(Self { time, what: what.to_owned(), shape, others })
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

/// What did not come or go, but only changed its queue: what left these queues while the others grew, and the
/// other way round.
fn moved(change: &Change, other: &Change) -> String {
    let out = change.drained.min(other.arrived);
    let into = change.arrived.min(other.drained);
    let mut text = String::new();
    if out > 0 {
        text += &format!("; {out} of the drained are in other queues");
    }
    if into > 0 {
        text += &format!("; {into} of the arrived came from other queues");
    }
    text
}
