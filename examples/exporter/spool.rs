//! The spool: read by a thread of its own, on its own clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use examples::{config, time};
use postfix_qshape::{Buckets, TopShape, domain};
use postfix_queuefile::spool::SpoolError;
use postfix_queuefile::{Entry, Queue, Spool};

use crate::arguments::Arguments;
use crate::board::{Board, SpoolView};
use crate::histogram::{AGE, Histogram, RETRY, SIZE};
use crate::series::cut;

/// Messages wait in these queues.
const QUEUES: [Queue; 5] =
    [Queue::Maildrop, Queue::Incoming, Queue::Active, Queue::Deferred, Queue::Hold];

/// Domains that are told apart while counting.
const DOMAINS: usize = 2_000;

/// One queue in figures.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) messages: u64,
    /// Pending recipients.
    pub(crate) recipients: u64,
    pub(crate) bytes: u64,
    /// Age of the oldest message in seconds; 0 without messages.
    pub(crate) oldest: u64,
    pub(crate) sizes: Histogram,
    pub(crate) ages: Histogram,
    /// It could not be listed: nothing is said about it.
    pub(crate) is_unread: bool,
}

/// The spool at one moment.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) queues: BTreeMap<Queue, Figures>,
    /// Deferred messages by the seconds until their next attempt; 0 for those that are overdue.
    pub(crate) retries: Histogram,
    /// Pending recipients by domain.
    pub(crate) domains: TopShape<Vec<u8>>,
    /// Files that gave no message, by reason.
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// When the scan ended, in seconds since the epoch.
    pub(crate) at: f64,
    pub(crate) took: Duration,
}

impl Scan {
    /// Reads the spool, with ages as of `now`.
    fn of(spool: &Spool, now: i64) -> Result<Self> {
        let began = Instant::now();
        let one = Buckets::linear(Duration::from_secs(86_400), 1)?;
        let mut scan = Self {
            queues: QUEUES.map(|queue| (queue, Figures::default())).into(),
            retries: Histogram::default(),
            domains: TopShape::new(one, DOMAINS)?,
            skipped: BTreeMap::new(),
            at: 0.0,
            took: Duration::ZERO,
        };
        let now = Duration::from_secs(now.max(0).unsigned_abs());
        let mut problem = None;
        let mut entries = spool.entries(&QUEUES);
        for entry in &mut entries {
            match entry {
                Ok(entry) => scan.add(&entry, now),
                Err(error) => {
                    scan.note(&error);
                    problem.get_or_insert(error);
                }
            }
        }
        let report = entries.report();
        scan.skipped.extend(report.skipped().map(|(reason, files)| (reason.as_str(), files)));
        scan.skipped.insert("unreadable_directory", report.unreadable_directories());
        // What cannot be read must not pass for empty.
        let is_unread = scan.queues.values().all(|figures| figures.is_unread);
        if let Some(problem) = problem.filter(|error| is_unread || error.queue().is_none()) {
            return Err(problem).context("nothing in the spool can be read");
        }
        scan.took = began.elapsed();
        scan.at = clock();
        Ok(scan)
    }

    fn add(&mut self, entry: &Entry, now: Duration) {
        let Some(figures) = self.queues.get_mut(&entry.queue()) else { return };
        let age = entry.age_at(now);
        figures.messages += 1;
        figures.bytes = figures.bytes.saturating_add(entry.size());
        figures.oldest = figures.oldest.max(age.as_secs());
        figures.sizes.add(&SIZE, entry.size(), 1);
        figures.ages.add(&AGE, age.as_secs(), 1);
        for recipient in entry.envelope().recipients().filter(|each| each.is_pending()) {
            figures.recipients += 1;
            self.domains.add_ref(cut(&domain(recipient.address())), Duration::ZERO);
        }
        if entry.queue() == Queue::Deferred
            && let Some(retry) = entry.next_retry()
        {
            let wait = Duration::from(retry).saturating_sub(now);
            self.retries.add(&RETRY, wait.as_secs(), 1);
        }
    }

    /// A queue that cannot be listed, or a part of it, is not counted: it would seem too small.
    fn note(&mut self, error: &SpoolError) {
        let Some(figures) = error.queue().and_then(|queue| self.queues.get_mut(&queue)) else {
            return;
        };
        // Below a queue only hash directories have names of one character.
        let path = error.path();
        let is_directory = path.file_name().is_some_and(|name| {
            name.len() == 1 || error.queue().is_some_and(|queue| name == queue.as_str())
        });
        figures.is_unread |= is_directory;
    }
}

/// Now, in seconds since the epoch.
pub(crate) fn clock() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

/// Reads the spool again and again.
pub(crate) struct Scanner {
    spool: Option<PathBuf>,
    config: Option<PathBuf>,
    now: Option<i64>,
    interval: Duration,
    board: Arc<Board>,
    problem: Option<String>,
    last: Option<Arc<Scan>>,
}

impl Scanner {
    /// `None` without a spool.
    pub(crate) fn new(arguments: &Arguments, board: Arc<Board>) -> Option<Self> {
        let (spool, config) = (arguments.spool.clone(), arguments.config.clone());
        (spool.is_some() || config.is_some()).then(|| Self {
            spool,
            config,
            now: arguments.now,
            interval: arguments.scan_interval.max(Duration::from_secs(1)),
            board,
            problem: None,
            last: None,
        })
    }

    /// Reads the spool once and shows it. A failure leaves the figures of the last time as they are.
    pub(crate) fn scan(&mut self) -> Result<()> {
        let opened = config::open_spool(self.spool.as_deref(), self.config.as_deref());
        let path = opened.as_ref().ok().map(|spool| spool.path().to_owned());
        let now = self.now.unwrap_or_else(time::now);
        let result = opened.map_err(anyhow::Error::from).and_then(|spool| Scan::of(&spool, now));
        let path = path.or_else(|| self.spool.clone()).or_else(|| self.config.clone());
        let is_up = result.is_ok();
        let result = result.map(|scan| self.last = Some(Arc::new(scan)));
        let path = path.unwrap_or_default();
        self.board.show_spool(SpoolView { path, is_up, scan: self.last.clone() });
        result
    }

    /// Reads the spool for ever. What goes wrong is told once.
    pub(crate) fn run(mut self) {
        loop {
            let began = Instant::now();
            let problem = self.scan().err().map(|error| format!("{error:#}"));
            if let Some(problem) = problem.as_ref().filter(|_| problem != self.problem) {
                eprintln!("exporter: {}", examples::text::printable(problem.as_bytes()));
            }
            self.problem = problem;
            // At least as long a pause as the scan took.
            let took = began.elapsed();
            std::thread::sleep(self.interval.saturating_sub(took).max(took));
        }
    }
}
