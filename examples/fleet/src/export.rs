//! `fleet export`: the log of one host to Parquet.

use std::path::PathBuf;

use anyhow::bail;
use examples::logs::{self, LogArgs};
use examples::unread::Unread;
use postfix_log::json::Line;
use postfix_log::reason::{Classifier, Recent};
use postfix_log::{Calendar, Event, Header, Lifecycle, LogLine, LogReader, LogTime, Tracker};

use crate::builder::Value;
use crate::columns::Column;
use crate::digest::Digested;
use crate::events::Events;
use crate::fates;
use crate::manifest::{self, Manifest, Part};
use crate::parts::Parts;
use crate::staging::Staging;
use crate::state;
use crate::states::{self, States};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What is exported, and where to.
#[derive(clap::Args, Debug)]
pub struct ExportArgs {
    /// The directory of all hosts; it is made if it does not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The name of the host: letters, digits, `.`, `-` and `_`
    #[arg(long, value_name = "NAME", value_parser = host)]
    host: String,
    /// Do nothing if the host is there already, instead of refusing
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// A name that is safe in a path and in SQL.
fn host(name: &str) -> Result<String, String> {
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_');
    let starts = name.starts_with(|char: char| char.is_ascii_alphanumeric());
    if starts && name.len() <= 200 && name.chars().all(fits) {
        return Ok(name.to_owned());
    }
    Err("a name has letters, digits, `.`, `-` and `_`, and starts with a letter or a digit"
        .to_owned())
}

/// Exports the log of a host.
///
/// # Errors
///
/// If the host is there already, if the log cannot be read or dated, or if a file cannot be written. Nothing is left
/// then that a reader would find.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let staging = Staging::new(&args.out, &args.host)?;
    if staging.is_done() {
        if args.resume {
            eprintln!("fleet: {} is there already", args.host);
            return Ok(());
        }
        bail!("{} is in {} already (--resume leaves it)", args.host, logs::shown(&args.out));
    }
    if let Some(twice) = twice(&args.log.files)? {
        bail!("{} is given twice", logs::shown(twice));
    }
    let (reader, seen) = Digested::new(args.log.jobs.open(&args.log.files)?);
    let mut export = Export::new(args, &staging)?;
    let mut lines = LogReader::new(reader);
    while let Some(line) = lines.next_line()? {
        export.line(&line)?;
    }
    let lines = export.lines;
    let parts = export.finish()?;
    let digest = seen.borrow().told();
    let manifest = Manifest::new(&args.host, lines, digest, parts);
    if let Some(other) = same(&manifest, &manifest::all(&args.out)?) {
        bail!("the log of {} is that of {other}, to the byte: it would count twice", args.host);
    }
    manifest.save(&staging.table("manifest"))?;
    staging.commit()?;
    let parquet: u64 = manifest.parts.iter().map(|part| part.bytes).sum();
    println!(
        "{}: {lines} lines, {} fates, {} bytes of log to {parquet} bytes of Parquet in {} files",
        args.host,
        manifest.rows("fates"),
        manifest.bytes,
        manifest.parts.len()
    );
    Ok(())
}

/// A file that is given twice.
fn twice(files: &[PathBuf]) -> anyhow::Result<Option<&PathBuf>> {
    let mut known = Vec::new();
    for file in files.iter().filter(|file| file.as_os_str() != "-") {
        // What cannot be found is told when it is opened.
        let path = file.canonicalize().unwrap_or_else(|_| file.clone());
        if known.contains(&path) {
            return Ok(Some(file));
        }
        known.push(path);
    }
    Ok(None)
}

/// The host that has the same log, unless it is an empty one.
fn same<'a>(new: &Manifest, others: &'a [Manifest]) -> Option<&'a str> {
    let mut others = others.iter().filter(|other| new.bytes > 0 && other.sha256 == new.sha256);
    others.next().map(|other| other.host.as_str())
}

struct Export<'a> {
    args: &'a ExportArgs,
    calendar: Calendar,
    tracker: Tracker,
    reasons: Recent<'static>,
    rows: Events,
    states: States,
    events: Parts,
    fates: Parts,
    states_out: Parts,
    lines: u64,
    last: Option<LogTime>,
    unread: Unread,
}

impl<'a> Export<'a> {
    fn new(args: &'a ExportArgs, staging: &Staging) -> anyhow::Result<Self> {
        let calendar = logs::calendar(&args.log.files, args.log.year, args.log.tz)?;
        let rows = Events::default();
        let parts = |table: &str, columns: &[Column]| {
            let name = format!("{table}/{}", manifest::partition(&args.host));
            Parts::new(staging.table(table), name, columns)
        };
        Ok(Self {
            args,
            tracker: Tracker::new().with_calendar(calendar.clone()),
            calendar,
            reasons: Recent::new(Classifier::new()),
            events: parts("events", &rows.columns),
            fates: parts("fates", fates::COLUMNS),
            states_out: parts("states", states::COLUMNS),
            rows,
            states: States::new()?,
            lines: 0,
            last: None,
            unread: Unread::default(),
        })
    }

    fn line(&mut self, line: &LogLine<'_>) -> anyhow::Result<()> {
        self.unread.add(line);
        self.lines += line.lines();
        let header = line.header().ok();
        let time = header.map(|header| self.time(&header)).transpose()?.flatten();
        self.last = time.or(self.last);
        let entry = Line::new(line, time).with_recent(&mut self.reasons);
        self.events.push(day(self.last), &self.rows.row(&entry, header.as_ref(), time)?)?;
        let Some((header, event)) = header.zip(entry.event()) else { return Ok(()) };
        if let Event::Delivery(delivery) = &event {
            self.states.delivery(delivery);
        }
        for row in self.tracker.push(&header, &event) {
            add(&row, line.number(), self.last, &mut self.states, &mut self.fates)?;
        }
        Ok(())
    }

    /// The instant of a line: an error if what tells it has to be given by an option.
    fn time(&mut self, header: &Header<'_>) -> anyhow::Result<Option<LogTime>> {
        let Some(stamp) = header.stamp() else { return Ok(None) };
        let time = self.calendar.resolve_with(&stamp, header.queue_id());
        let host = &self.args.host;
        match time {
            None if self.calendar.year().is_none() => {
                bail!("the year of the log of {host} is not known: give --year")
            }
            Some(time) if time.offset().is_none() && self.args.log.tz.is_none() => {
                bail!("the stamps of {host} carry no zone: give --tz")
            }
            time => Ok(time.filter(|time| time.offset().is_some())),
        }
    }

    fn finish(mut self) -> anyhow::Result<Vec<Part>> {
        self.unread.tell();
        for (why, count) in self.tracker.evictions().filter(|(_, count)| *count > 0) {
            eprintln!("fleet: gave up {count} messages: {}", why.as_str());
        }
        for row in self.tracker.drain() {
            add(&row, self.lines, self.last, &mut self.states, &mut self.fates)?;
        }
        for (name, bytes) in &self.states.to_bytes() {
            let version = Some(Value::Number(state::VERSION));
            let row = vec![Some((*name).into()), version, Some(Value::Binary(bytes))];
            self.states_out.push(day(self.last), &row)?;
        }
        let parts = [self.events.finish()?, self.fates.finish()?, self.states_out.finish()?];
        Ok(parts.concat())
    }
}

/// Adds the row of a recipient. It belongs to the date of the line with which it became known.
fn add(
    row: &Lifecycle,
    line: u64,
    last: Option<LogTime>,
    states: &mut States,
    parts: &mut Parts,
) -> anyhow::Result<()> {
    states.fate(row, last);
    parts.push(day(last), &fates::row(row, line))
}

/// The day of a time in UTC, counted from 1970-01-01, which is also that of lines before the first that has a time.
fn day(time: Option<LogTime>) -> i64 {
    time.map_or(0, |time| time.as_seconds().div_euclid(DAY))
}
