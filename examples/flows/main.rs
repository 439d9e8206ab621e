//! Mail per flow, from logs: counts, delays and their parts, throttling; compared with before, and
//! with limits for a monitoring system.

mod flow;
mod rules;
mod snapshot;

use std::collections::HashMap;
use std::io::{BufWriter, Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Parser;
use examples::classes::ClassArgs;
use examples::delays::PARTS;
use examples::text::{clip, printable};
use examples::time::{self, Zone};
use examples::{logs, providers};
use postfix_log::reason::Recent;
use postfix_log::{Delivery, Event, Fate, Header, Lifecycle, Relay, Tracker};
use postfix_queuefile::{Queue, Spool};
use serde::{Deserialize, Serialize};

use crate::flow::Flow;
use crate::rules::{Level, Rules};
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
        None => read(args, by)?,
    };
    if let Some(directory) = &args.spool {
        now.queue = Some(look(directory, args.now)?);
    }
    if let Some(path) = &args.rules {
        return check(&Rules::load(path)?, &now, &saved, args);
    }
    let mut all =
        if args.files.is_empty() { Snapshot::new(now.by, now.taken) } else { now.clone() };
    all.queue = now.queue;
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

/// The flows of the logs.
fn read(args: &Args, by: By) -> anyhow::Result<Snapshot> {
    let calendar = logs::calendar(&args.files, args.year, args.tz)?;
    let classifier = args.classes.classifier()?;
    let mut reader = Reader {
        by,
        flows: Snapshot::new(by, args.now),
        senders: HashMap::new(),
        last: HashMap::new(),
        reasons: Recent::new(classifier),
        tracker: Tracker::new().with_calendar(calendar).with_classifier(classifier),
    };
    logs::for_each(&args.files, |_, header| {
        header.into_iter().for_each(|header| reader.line(header));
        Ok(())
    })?;
    let Reader { mut tracker, mut flows, mut last, .. } = reader;
    for row in tracker.drain() {
        count(by, &mut flows, &mut last, &row);
    }
    Ok(flows)
}

/// Messages whose sender is remembered; far more than are ever open.
const MAX_SENDERS: usize = 1_000_000;

struct Reader {
    by: By,
    flows: Snapshot,
    /// Sender domains by host and queue id.
    senders: HashMap<(Vec<u8>, Vec<u8>), String>,
    last: Last,
    tracker: Tracker,
    reasons: Recent<'static>,
}

/// The flow of the last deferral, by host, queue id and recipient: rows do not say by which service it was, or for
/// which server. A row takes its entry away.
type Last = HashMap<[Vec<u8>; 3], String>;

impl Reader {
    fn line(&mut self, header: &Header<'_>) {
        let event = header.event();
        let key = |id: &[u8]| (header.host().unwrap_or_default().to_vec(), id.to_vec());
        match (&event, header.queue_id()) {
            (Event::QueueActive(active), Some(id)) if self.senders.len() < MAX_SENDERS => {
                self.senders.insert(key(id.as_bytes()), logs::domain(Some(active.from)));
            }
            (Event::Removed(_), Some(id)) => {
                self.senders.remove(&key(id.as_bytes()));
            }
            (Event::Delivery(delivery), Some(id)) => {
                // Handed to a content filter of this host: the mail will be delivered under its next id.
                let next = delivery.queued_as().map(|next| key(next.as_bytes()));
                let hop = next.is_some_and(|next| self.senders.contains_key(&next));
                let flow = match self.by {
                    By::Relay => relay(delivery),
                    By::Service => service(header),
                    By::Domain => logs::domain(Some(delivery.to)),
                    By::Provider => provider(delivery),
                    By::Sender => self
                        .senders
                        .get(&key(id.as_bytes()))
                        .cloned()
                        .unwrap_or_else(|| "(unknown)".to_owned()),
                };
                let room = self.last.len() < MAX_SENDERS;
                let lacking = matches!(self.by, By::Service | By::Relay | By::Provider);
                if lacking && room && delivery.status.is_deferral() {
                    let (host, id) = key(id.as_bytes());
                    self.last.insert([host, id, delivery.to.to_vec()], flow.clone());
                }
                if !hop || matches!(self.by, By::Relay | By::Service) {
                    self.flows.flow(&flow).add(delivery, &mut self.reasons);
                }
            }
            _ => {}
        }
        for row in self.tracker.push(header, &event) {
            count(self.by, &mut self.flows, &mut self.last, &row);
        }
    }
}

/// Adds the ends that no delivery line tells.
fn count(by: By, flows: &mut Snapshot, last: &mut Last, row: &Lifecycle) {
    let key = match by {
        By::Domain => logs::domain(row.to.as_deref()),
        By::Sender => logs::domain(row.message.from.as_deref()),
        By::Relay | By::Provider | By::Service => {
            let (host, id) = match row.chain.last() {
                Some(hop) => (&hop.host, &hop.queue_id),
                None => (&row.message.host, &row.message.queue_id),
            };
            // The row of a hop comes after that of its chain, and has nothing to add.
            let to = row.to.as_deref().unwrap_or_default();
            last.remove(&[host.to_vec(), id.to_vec(), to.to_vec()])
                .unwrap_or_else(|| "(unknown)".to_owned())
        }
    };
    let known = !row.is_hop() && row.to.is_some();
    if known && matches!(row.fate, Fate::Expired | Fate::StillDeferred) {
        flows.flow(&key).add_fate(row.fate);
    }
}

/// The server that an attempt was about: where none was reached, the one that the reason names.
fn server<'a>(delivery: &Delivery<'a>) -> Option<Relay<'a>> {
    if delivery.relay.is_none() { delivery.parse_reason().server() } else { Some(delivery.relay) }
}

/// Host and address, without the port; the domain where no server was found.
fn relay(delivery: &Delivery<'_>) -> String {
    let Some(server) = server(delivery) else { return logs::domain(Some(delivery.to)) };
    let text = server.text;
    let end = text.iter().rposition(|byte| *byte == b']').map_or(text.len(), |at| at + 1);
    printable(text.get(..end).unwrap_or(text)).to_string()
}

fn service(header: &Header<'_>) -> String {
    let name =
        [header.service(), header.program()].into_iter().flatten().collect::<Vec<_>>().join(&b'/');
    if name.is_empty() { "-".to_owned() } else { printable(&name).to_string() }
}

/// The owner of a server by its name. The recipient's domain where no server was
/// found.
fn provider(delivery: &Delivery<'_>) -> String {
    let Some(server) = server(delivery) else { return logs::domain(Some(delivery.to)) };
    let Some(name) = server.name.filter(|_| server.address.is_some()) else {
        return printable(server.text).to_string();
    };
    providers::owner(name)
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

fn write_flows(out: &mut impl std::io::Write, all: &Snapshot) -> anyhow::Result<()> {
    if let Some(queue) = all.queue {
        let oldest = time::human(queue.oldest);
        writeln!(
            out,
            "queue: {} active, {} deferred, oldest {oldest}\n",
            queue.active, queue.deferred
        )?;
    }
    let mut flows: Vec<(&String, &Flow)> = all.flows.iter().collect();
    flows.sort_by_key(|(key, flow)| (std::cmp::Reverse(flow.attempts()), *key));
    let width = flows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(4).clamp(4, 48);
    writeln!(
        out,
        "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}  most frequent reasons, signs of slowing",
        "flow", "sent", "bounced", "expired", "waiting", "retries", "throttled"
    )?;
    for (key, flow) in &flows {
        writeln!(
            out,
            "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}  {}",
            clip(key, width),
            flow.sent,
            flow.bounced,
            flow.expired,
            flow.waiting,
            flow.deferred,
            share(flow.throttling()),
            notes(flow)
        )?;
    }
    write!(out, "\n{:width$}", "seconds")?;
    for part in PARTS {
        write!(out, "  {:^26}", format!("{part} P50/P95/P99"))?;
    }
    writeln!(out)?;
    for (key, flow) in &flows {
        write!(out, "{:width$}", clip(key, width))?;
        for part in 0..PARTS.len() {
            let [low, high, top] = [0.5, 0.95, 0.99].map(|q| seconds(flow.delay(part, q)));
            write!(out, "  {low:>8} {high:>8} {top:>8}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The reasons that come most often, and what gets slower.
fn notes(flow: &Flow) -> String {
    let top = |kind: &str, classes: &std::collections::BTreeMap<String, u64>| {
        let (class, count) = classes.iter().max_by_key(|(_, count)| **count)?;
        Some(format!("{kind} {class} {count}"))
    };
    let classes = [top("4xx", &flow.temporary), top("5xx", &flow.permanent)];
    let notes = classes.into_iter().chain(flow.pace().into_iter().map(Some));
    notes.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn write_changes(
    out: &mut impl std::io::Write,
    old: &Snapshot,
    new: &Snapshot,
) -> anyhow::Result<()> {
    if old.by != new.by {
        bail!("flows by {:?} do not compare with flows by {:?}", old.by, new.by);
    }
    let keys: std::collections::BTreeSet<&String> =
        old.flows.keys().chain(new.flows.keys()).collect();
    let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(4).clamp(4, 48);
    writeln!(
        out,
        "{:width$} {:>19} {:>19} {:>19} {:>19} {:>19} {:>19}",
        "flow", "attempts", "deferred", "throttled", "total P95", "connect P95", "transmit P95"
    )?;
    let nothing = Flow::default();
    for key in keys {
        let [before, after] = [old, new].map(|side| side.flows.get(key).unwrap_or(&nothing));
        let pair = |show: &dyn Fn(&Flow) -> String| format!("{} → {}", show(before), show(after));
        let p95 = |part: usize| pair(&|flow| seconds(flow.delay(part, 0.95)));
        writeln!(
            out,
            "{:width$} {:>19} {:>19} {:>19} {:>19} {:>19} {:>19}",
            clip(key, width),
            pair(&|flow| flow.attempts().to_string()),
            pair(&|flow| share(flow.deferral())),
            pair(&|flow| share(flow.throttling())),
            p95(0),
            p95(3),
            p95(4)
        )?;
    }
    Ok(())
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1}%", value * 100.0))
}

fn seconds(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value < 100.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.0}"),
    }
}
