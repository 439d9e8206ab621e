//! What became of the mail that was deferred, from logs: per sender domain, destination domain and
//! reason.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use examples::classes::ClassArgs;
use examples::json;
use examples::logs::{self, LogArgs};
use examples::time::Zone;
use postfix_log::lifecycle::{Attempt, Flag};
use postfix_log::{Fate, Lifecycle, LogTime, Tracker};
use postfix_qshape::Quantiles;
use serde::Serialize;

/// What became of deferred mail
#[derive(Parser, Debug)]
#[command(version)]
struct Args {
    /// One JSON object per recipient
    #[arg(long)]
    json: bool,
    /// Also recipients that were never deferred
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
    logs::for_each(&args.log.files, |_, header| {
        let Some(header) = header else {
            unreadable += 1;
            return Ok(());
        };
        tracker.push(header, &header.event()).try_for_each(|row| report.add(&row))
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

/// What is printed.
struct Report<'a> {
    args: &'a Args,
    out: BufWriter<std::io::Stdout>,
    tables: [Table; 3],
    /// Has one row.
    total: Table,
    undated: bool,
    nameless: u64,
}

type Fates = BTreeMap<Fate, u64>;

/// How recipients ended, and how long they were on hold, by name.
struct Table {
    fates: BTreeMap<String, Fates>,
    holds: Quantiles<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self { fates: BTreeMap::new(), holds: Quantiles::new(0.005) }
    }
}

impl Table {
    fn add(&mut self, name: String, row: &Lifecycle) {
        if let Some(waited) = row.waited() {
            self.holds.add_ref(&*name, waited);
        }
        *self.fates.entry(name).or_default().entry(row.fate).or_default() += 1;
    }
}

impl<'a> Report<'a> {
    fn new(args: &'a Args) -> Self {
        let out = BufWriter::new(stdout());
        Self {
            args,
            out,
            tables: Default::default(),
            total: Table { fates: [("total".to_owned(), Fates::new())].into(), ..Table::default() },
            undated: false,
            nameless: 0,
        }
    }

    fn add(&mut self, row: &Lifecycle) -> anyhow::Result<()> {
        if row.is_hop() && !self.args.hops {
            return Ok(());
        }
        if row.to.is_none() {
            self.nameless += 1;
            return Ok(());
        }
        if !self.args.all && row.first_deferred.is_none() {
            return Ok(());
        }
        self.undated |= row.flags.contains(Flag::Undated);
        if self.args.json {
            json::write_line(&mut self.out, &Row::new(row, self.args.log.tz))?;
            return Ok(());
        }
        let reason = row.class().map_or("-", |class| class.as_str());
        let keys = [
            logs::domain(row.message.from.as_deref()),
            logs::domain(row.to.as_deref()),
            reason.to_owned(),
        ];
        for (table, key) in self.tables.iter_mut().zip(keys) {
            table.add(key, row);
        }
        self.total.add("total".to_owned(), row);
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        if !self.args.json {
            for (title, table) in
                ["sender domain", "destination domain", "reason"].into_iter().zip(&self.tables)
            {
                write_table(&mut self.out, title, table, &self.total, self.args.all)?;
            }
        }
        self.out.flush()?;
        if self.undated {
            eprintln!("fates: the year is not known, so times are left out; give --year");
        }
        if self.nameless > 0 {
            eprintln!(
                "fates: {} messages ended or are waiting without a recipient in the log",
                self.nameless
            );
        }
        Ok(())
    }
}

const COLUMNS: [(Fate, &str); 11] = [
    (Fate::DeliveredAfterDeferral, "later"),
    (Fate::StillDeferred, "still"),
    (Fate::Expired, "expired"),
    (Fate::LateBounce, "bounced late"),
    (Fate::Deleted, "deleted"),
    (Fate::Requeued, "requeued"),
    (Fate::Unknown, "unknown"),
    (Fate::Delivered, "at once"),
    (Fate::Bounced, "bounced"),
    (Fate::Discarded, "discarded"),
    (Fate::Probe, "probes"),
];

fn write_table(
    out: &mut impl std::io::Write,
    title: &str,
    table: &Table,
    total: &Table,
    all: bool,
) -> anyhow::Result<()> {
    let columns = COLUMNS.get(..if all { COLUMNS.len() } else { 7 }).unwrap_or(&COLUMNS);
    let width = table
        .fates
        .keys()
        .map(|key| key.chars().count())
        .max()
        .unwrap_or(0)
        .max(title.len())
        .min(50);
    write!(out, "{title:width$} {:>8}", "total")?;
    for (_, name) in columns {
        write!(out, " {name:>12}")?;
    }
    writeln!(out, " {:>9} {:>9} {:>9}", "hold P50", "P95", "P99")?;
    let count = |fates: &Fates| fates.values().sum::<u64>();
    let mut rows: Vec<(&String, &Fates)> = table.fates.iter().collect();
    rows.sort_by_key(|(key, fates)| (std::cmp::Reverse(count(fates)), *key));
    let rows = rows.into_iter().map(|row| (row, &table.holds));
    let sum = total.fates.iter().map(|row| (row, &total.holds));
    for ((key, fates), holds) in rows.chain(sum) {
        write!(out, "{:width$} {:>8}", examples::text::clip(key, width), count(fates))?;
        for (fate, _) in columns {
            write!(out, " {:>12}", fates.get(fate).copied().unwrap_or(0))?;
        }
        for q in [0.5, 0.95, 0.99] {
            let hold = holds.quantile(key, q);
            let hold = hold.map_or_else(|| "-".to_owned(), |hold| seconds(hold.as_secs_f64()));
            write!(out, " {hold:>9}")?;
        }
        writeln!(out)?;
    }
    writeln!(out)?;
    Ok(())
}

/// Seconds in the unit that fits a narrow column.
fn seconds(value: f64) -> String {
    match value {
        v if v < 100.0 => format!("{v:.1} s"),
        v if v < 6_000.0 => format!("{:.1} min", v / 60.0),
        v if v < 360_000.0 => format!("{:.1} h", v / 3_600.0),
        v => format!("{:.1} d", v / 86_400.0),
    }
}

/// A recipient as JSON.
#[derive(Serialize)]
struct Row {
    host: String,
    instance: String,
    queue_id: String,
    generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orig_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    fate: Fate,
    attempts: Vec<Try>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_deferred: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requeued_from: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Hop>,
    flags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted: Option<&'static str>,
}

#[derive(Serialize)]
struct Try {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<String>,
    relay: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "is_zero")]
    servers: u32,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    failures: BTreeMap<&'static str, String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct Hop {
    host: String,
    instance: String,
    queue_id: String,
}

impl Row {
    fn new(row: &Lifecycle, zone: Option<Zone>) -> Self {
        let dated = !row.flags.contains(Flag::Undated);
        let time =
            |at: Option<LogTime>| at.filter(|_| dated).and_then(|at| logs::rfc3339(at, zone));
        let attempt = |one: &Attempt| Try {
            time: time(one.time),
            status: one.status.as_str(),
            dsn: one.dsn.map(|dsn| dsn.to_string()),
            relay: string(&one.relay),
            class: one.class.map(|class| class.as_str()),
            servers: one.servers,
            failures: one
                .failures
                .iter()
                .map(|failure| (failure.class.as_str(), string(&failure.text)))
                .collect(),
        };
        let message = &row.message;
        let shown = |flag: &Flag| !matches!(flag, Flag::Corrupt | Flag::Hop | Flag::Undated);
        Self {
            host: string(&message.host),
            instance: string(&message.instance),
            queue_id: string(&message.queue_id),
            generation: message.generation,
            message_id: message.message_id.as_deref().map(string),
            from: message.from.as_deref().map(string),
            to: row.to.as_deref().map(string),
            orig_to: row.orig_to.as_deref().map(string),
            size: message.size,
            fate: row.fate,
            attempts: row.attempts.iter().map(attempt).collect(),
            first_deferred: time(row.first_deferred),
            resolved: time(row.resolved),
            hold_s: row.waited().map(|waited| waited.as_micros() as f64 / 1e6),
            notification: row.notification.as_deref().map(string),
            requeued_from: row.requeued_from.as_deref().map(string),
            chain: row
                .chain
                .iter()
                .map(|hop| Hop {
                    host: string(&hop.host),
                    instance: string(&hop.instance),
                    queue_id: string(&hop.queue_id),
                })
                .collect(),
            flags: row.flags.iter().filter(shown).map(Flag::as_str).collect(),
            evicted: row.evicted.map(|why| why.as_str()),
        }
    }
}

/// Text for JSON: bytes that are not UTF-8 as `\xNN`.
fn string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
