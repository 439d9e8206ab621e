//! Reads what waits in the spool in one pass over its files.

mod killers;
mod questions;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use examples::hash::Set;
use examples::progress;
use postfix_log::reason::{Classifier, Reason, provider};
use postfix_log::{Class, Dsn};
use postfix_qshape::{Buckets, Shape, TopShape, domain};
use postfix_queuefile::bounce::join;
use postfix_queuefile::spool::{Logs, QueueSigns, SpoolError};
use postfix_queuefile::{Entry, Queue, Spool, Timestamp};

pub(crate) use self::questions::Herd;

use crate::limits::Limits;
use crate::rates::Digest;
use crate::reasons::Reasons;
use crate::totals::{self, Totals};

/// The queues in which messages wait, in the order in which mail flows.
pub(crate) const QUEUES: [Queue; 5] =
    [Queue::Maildrop, Queue::Incoming, Queue::Active, Queue::Deferred, Queue::Hold];

/// The number of queue runs in a day and a half. Mail that is due later is counted in the last one.
const RUNS: usize = 432;

/// The number of hours for which expiry is predicted.
const HOURS: usize = 49;

/// The maximum number of places with problems that are kept separately. Those in further places are counted together.
const PLACES: usize = 1000;

/// The maximum number of bytes of queue ids and addresses that are kept for the comparison with the log.
const COMPARED: usize = 8 << 20;

/// Everything that waits in a spool.
pub(crate) struct Waiting {
    pub(crate) queues: BTreeMap<Queue, Totals>,
    /// Pending recipients by domain and age, in the buckets of qshape.
    pub(crate) stuck: Shape<Vec<u8>>,
    /// Deferred messages by the time until they are due, in windows of one queue run. Overdue ones are separate.
    pub(crate) due: Shape<()>,
    pub(crate) overdue: u64,
    /// The same for messages that are older than the longest wait, whose retries should be spread out.
    pub(crate) old_due: Shape<()>,
    /// Deferred messages by the hours until their time in the queue ends, by domain and sender.
    pub(crate) expiring: TopShape<Vec<u8>>,
    pub(crate) expiring_from: TopShape<Vec<u8>>,
    /// Deferred recipients by class and provider, with their ages.
    pub(crate) providers: TopShape<(Class, Vec<u8>)>,
    pub(crate) signs: QueueSigns,
    /// Files below the queue directory that kill the queue manager, and why.
    pub(crate) killers: Vec<(String, String)>,
    /// Messages in the queue `corrupt`.
    pub(crate) corrupt: u64,
    /// The numbers of files that gave no message, by reason.
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// Places below which something could not be read: the number of errors, and the text of the first.
    pub(crate) problems: BTreeMap<PathBuf, (u64, String)>,
    /// The queue ids and addresses of pending recipients, to compare with the log.
    pub(crate) recipients: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) compares_all: bool,
    /// The queue ids, shortened by `digest`.
    pub(crate) ids: Set<u64>,
    pub(crate) digest: Digest,
    pub(crate) reasons: Reasons,
    classifier: Classifier<'static>,
    pub(crate) limits: Limits,
    pub(crate) now: i64,
    root: PathBuf,
    keep: bool,
    kept: usize,
}

impl Waiting {
    /// Reads the spool, with ages as of `now`. If `keep` is set, it also collects the recipients.
    pub(crate) fn scan(
        spool: &Spool,
        limits: Limits,
        classifier: Classifier<'static>,
        now: i64,
        keep: bool,
    ) -> Result<Self> {
        let fine = totals::fine()?;
        let coarse = Buckets::geometric(Duration::from_secs(300), 10)?;
        let runs = Buckets::linear(limits.run(), RUNS)?;
        let hours = Buckets::linear(Duration::from_secs(3600), HOURS)?;
        let mut queues = BTreeMap::new();
        for queue in QUEUES {
            queues.insert(queue, Totals::new(&fine)?);
        }
        let moment = Timestamp::new(now.max(0).unsigned_abs(), 0);
        let mut waiting = Self {
            queues,
            stuck: Shape::new(coarse),
            due: Shape::new(runs.clone()),
            overdue: 0,
            old_due: Shape::new(runs),
            expiring: TopShape::new(hours.clone(), 500)?,
            expiring_from: TopShape::new(hours, 500)?,
            providers: TopShape::new(fine, 1_000)?,
            signs: QueueSigns::new(moment, limits.retry),
            killers: Vec::new(),
            corrupt: spool.names(&[Queue::Corrupt]).flatten().count() as u64,
            skipped: BTreeMap::new(),
            problems: BTreeMap::new(),
            recipients: Vec::new(),
            compares_all: true,
            ids: Set::default(),
            digest: Digest::default(),
            reasons: Reasons::default(),
            classifier,
            limits,
            now,
            root: spool.path().to_owned(),
            keep,
            kept: 0,
        };
        waiting.read(spool)?;
        Ok(waiting)
    }

    fn read(&mut self, spool: &Spool) -> Result<()> {
        let bar = progress::count("reading the spool");
        let mut logs = spool.logs(Queue::Defer);
        let mut entries = spool.entries(&QUEUES);
        for entry in &mut entries {
            bar.inc(1);
            match entry {
                Ok(entry) => self.add(&entry, &mut logs),
                Err(error) => self.problem(&error),
            }
        }
        bar.finish_and_clear();
        for totals in self.queues.values() {
            for row in totals.domains.rows() {
                add_coarsely(
                    &mut self.stuck,
                    row.key(),
                    totals.domains.buckets(),
                    row.counts().iter(),
                );
            }
            let rest = totals.domains.other();
            add_coarsely(&mut self.stuck, b"(others)", totals.domains.buckets(), rest.iter());
        }
        let report = entries.report();
        self.skipped.extend(report.skipped().map(|(reason, files)| (reason.as_str(), files)));
        if report.unreadable_directories() > 0 {
            self.skipped.insert("unreadable_directory", report.unreadable_directories());
        }
        if self.skipped.contains_key("one_character") {
            self.look_for_strays();
        }
        // A queue that cannot be read must not be taken for empty.
        if report.entries() == 0 {
            let unread = self.queues.values().filter(|totals| totals.is_unread).count();
            let denied = self.skipped.get("unreadable").is_some_and(|&files| files > 0);
            if let Some((_, problem)) = self.problems.values().next() {
                anyhow::ensure!(
                    unread == 0 && !denied,
                    "nothing in the spool can be read: {problem}"
                );
            }
        }
        Ok(())
    }

    fn add(&mut self, entry: &Entry, logs: &mut Logs) {
        let Some(totals) = self.queues.get_mut(&entry.queue()) else { return };
        let now = Duration::from_secs(self.now.max(0).unsigned_abs());
        let age = entry.age_at(now);
        totals.messages += 1;
        totals.oldest = totals.oldest.max(Some(age.as_secs()));
        let sender = entry.envelope().sender().unwrap_or_default();
        totals.senders.add_ref(cut(sender), age);
        for recipient in entry.envelope().recipients().filter(|r| r.is_pending()) {
            totals.domains.add_ref(cut(&domain(recipient.address())), age);
            if self.keep {
                let id = entry.id();
                self.kept += id.as_bytes().len() + recipient.address().len() + 48;
                if self.kept > COMPARED {
                    (self.keep, self.compares_all) = (false, false);
                    self.recipients = Vec::new();
                } else {
                    let address = recipient.address().to_vec();
                    self.recipients.push((id.as_bytes().to_vec(), address));
                }
            }
        }
        if self.ids.len() < 500_000 {
            self.ids.insert(self.digest.of(entry.id().as_bytes()));
        }
        self.signs.add(entry);
        self.look_for_poison(entry);
        if entry.queue() == Queue::Deferred {
            self.add_deferred(entry, now, age, logs);
        }
    }

    fn add_deferred(&mut self, entry: &Entry, now: Duration, age: Duration, logs: &mut Logs) {
        if let Some(retry) = entry.next_retry() {
            let wait = Duration::from(retry).checked_sub(now);
            let late = now.saturating_sub(Duration::from(retry));
            match wait {
                None if late > self.limits.run() => self.overdue += 1,
                _ => {
                    self.due.add((), wait.unwrap_or_default());
                    if age > self.limits.retry.maximal_backoff_time {
                        self.old_due.add((), wait.unwrap_or_default());
                    }
                }
            }
        }
        if let Some(end) = entry.expires(&self.limits.retry) {
            let left = Duration::from(end).saturating_sub(now);
            for recipient in entry.envelope().recipients().filter(|r| r.is_pending()) {
                self.expiring.add_ref(cut(&domain(recipient.address())), left);
            }
            self.expiring_from.add_ref(cut(entry.envelope().sender().unwrap_or_default()), left);
        }
        match logs.read(entry.id()) {
            Ok(Some(log)) => self.explain(entry, age, &log),
            Ok(None) => {}
            Err(error) => self.problem(&error),
        }
    }

    fn explain(&mut self, entry: &Entry, age: Duration, log: &[u8]) {
        let joined = join(entry.envelope().recipients(), log, b"");
        for recipient in joined.filter(|each| each.recipient().is_pending()) {
            let Some(delay) = recipient.delay() else { continue };
            let Some(reason) = delay.reason() else { continue };
            let verdict = self.classifier.classify(Dsn::parse(delay.status()), reason, None);
            let class = verdict.class();
            let name = domain(recipient.recipient().address());
            self.reasons.add(cut(&name), class, reason);
            let shape = Reason::parse(reason);
            let server = shape.server().and_then(|server| server.name);
            let owner = server.and_then(provider).unwrap_or(&name);
            self.providers.add((class, cut(owner).to_ascii_lowercase()), age);
        }
    }

    fn problem(&mut self, error: &SpoolError) {
        let place = error.path().strip_prefix(&self.root).unwrap_or(error.path());
        let mut parts = place.iter().map(OsStr::as_bytes);
        let queue = parts.next().and_then(|name| str::from_utf8(name).ok()?.parse::<Queue>().ok());
        let totals = queue.and_then(|queue| self.queues.get_mut(&queue));
        // Below a queue, only hash directories have names of one character.
        if let Some(totals) = totals.filter(|_| parts.all(|part| part.len() == 1)) {
            totals.is_unread = true;
        }
        let above = error.path().parent().unwrap_or(error.path()).to_owned();
        let full = self.problems.len() >= PLACES && !self.problems.contains_key(&above);
        let place = if full { PathBuf::new() } else { above };
        self.problems.entry(place).or_insert_with(|| (0, error.to_string())).0 += 1;
    }
}

/// The part of an untrusted name that is kept.
fn cut(name: &[u8]) -> &[u8] {
    name.get(..256).unwrap_or(name)
}

fn add_coarsely(
    shape: &mut Shape<Vec<u8>>,
    key: &[u8],
    buckets: &Buckets,
    counts: impl Iterator<Item = u64>,
) {
    for (index, count) in counts.enumerate().filter(|(_, count)| *count > 0) {
        let age = buckets.end(index).or(buckets.start(index)).unwrap_or_default();
        shape.extend_ref([(key, age, count)]);
    }
}
