//! What became of the mail that was deferred, from logs: per sender domain, destination domain and
//! reason, by provider, host and time.

mod report;
mod row;
mod table;

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use examples::classes::ClassArgs;
use examples::events::{self, Said};
use examples::logs::{self, LogArgs};
use postfix_log::{Lifecycle, Tracker};

use crate::report::Report;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  fates /var/log/mail.log.1 /var/log/mail.log
  fates --json /var/log/mail.log | jq -c 'select(.fate == \"late_bounce\")'
  fates --state /var/lib/fates.state --json /var/log/mail.log.1      each night, of the log of the day";

/// What became of deferred mail
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    /// One JSON object per recipient
    #[arg(long)]
    json: bool,
    /// Also recipients that were never deferred
    ///
    /// With --json also messages whose recipients the log does not name yet: a row without `to`, which any later row of
    /// that message with one replaces.
    #[arg(long)]
    all: bool,
    /// Also a row for each later hop of mail that went through a content filter
    #[arg(long)]
    hops: bool,
    /// Go on from FILE if it exists, and save the open messages there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    classes: ClassArgs,
    #[command(flatten)]
    log: LogArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    examples::cli::run(|| run(&args))
}

fn run(args: &Args) -> anyhow::Result<()> {
    let mut tracker = match args.state.as_ref().filter(|path| path.exists()) {
        Some(path) => {
            let file =
                File::open(path).with_context(|| format!("cannot read {}", logs::shown(path)))?;
            let mut json = serde_json::Deserializer::from_reader(BufReader::new(file));
            Tracker::resume(&mut json)
                .with_context(|| format!("cannot go on from {}", logs::shown(path)))?
        }
        None => Tracker::new(),
    };
    tracker = tracker.with_classifier(args.classes.classifier()?);
    tracker = tracker.with_calendar(logs::calendar(&args.log.files, args.log.year, args.log.tz)?);
    let mut report = Report::new(args);
    let mut unreadable = 0_u64;
    // The rows of lines are printed while those of the next ones are made.
    let rows = |said: &Said<'_>| -> Vec<Lifecycle> {
        let Some((header, event)) = &said.read else {
            unreadable += 1;
            return Vec::new();
        };
        tracker.push(header, event).collect()
    };
    events::for_each_then(&args.log.files, args.log.jobs, rows, |_, rows| {
        rows.iter().try_for_each(|row| report.add(row))
    })?;
    for (why, count) in tracker.evictions().filter(|(_, count)| *count > 0) {
        eprintln!("fates: gave up {count} messages: {}", why.as_str());
    }
    match &args.state {
        Some(path) => {
            tracker.rows().try_for_each(|row| report.add(&row))?;
            save(&tracker, path)?;
        }
        None => tracker.drain().try_for_each(|row| report.add(&row))?,
    }
    report.finish()?;
    if unreadable > 0 {
        eprintln!("fates: {unreadable} lines without a log envelope");
    }
    Ok(())
}

/// Writes the state beside the old one first: a full disk must not cost the old one.
fn save(tracker: &Tracker, path: &PathBuf) -> anyhow::Result<()> {
    let failed = || format!("cannot save {}", logs::shown(path));
    let mut new = path.clone().into_os_string();
    new.push(".new");
    let mut file = BufWriter::new(File::create(&new).with_context(failed)?);
    tracker.save(&mut serde_json::Serializer::new(&mut file))?;
    file.into_inner()
        .map_err(|error| error.into_error())
        .and_then(|file| file.sync_all())
        .with_context(failed)?;
    std::fs::rename(new, path).with_context(failed)
}
