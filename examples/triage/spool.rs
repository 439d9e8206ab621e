//! What waits in the queue: totals, domains by age, reasons, next retries.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use examples::progress;
use postfix_log::{Class, Dsn, classify};
use postfix_qshape::{Buckets, Shape, domain};
use postfix_queuefile::bounce::join;
use postfix_queuefile::spool::{Logs, SpoolError};
use postfix_queuefile::{Entry, Queue, Spool};

/// Messages wait in these queues, in the order in which mail flows.
const QUEUES: [Queue; 5] =
    [Queue::Maildrop, Queue::Incoming, Queue::Active, Queue::Deferred, Queue::Hold];

/// Retries are counted in windows of one queue run (`queue_run_delay`).
pub(crate) const WINDOW: Duration = Duration::from_secs(300);

/// A day of windows; what is due later is counted in the last one.
const WINDOWS: usize = 288;

/// What the active queue holds, in messages and in recipients: `qmgr_message_active_limit` and
/// `qmgr_message_recipient_limit`, unless configured otherwise.
pub(crate) const ACTIVE_LIMIT: u64 = 20_000;

/// Different texts remembered per domain and class; beyond, only the frequent ones stay.
const TEXTS: usize = 16;

/// Places with problems that are told apart; those in further places are counted together.
const PLACES: usize = 1000;

/// All that waits in a spool.
pub(crate) struct Waiting {
    pub(crate) queues: BTreeMap<Queue, Totals>,
    /// Pending recipients by domain and age.
    pub(crate) stuck: Shape<Vec<u8>>,
    /// Deferred messages by the time until their next retry, in windows of one queue run.
    due: Shape<()>,
    /// Files that gave no message, by reason.
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// Places below which something could not be read: how many things, and the first in words.
    pub(crate) problems: BTreeMap<PathBuf, (u64, String)>,
    root: PathBuf,
    now: i64,
    /// Queue id and address of all pending recipients, to compare with the log.
    pub(crate) recipients: Vec<(Vec<u8>, Vec<u8>)>,
    /// Keep them: there is a log to compare with.
    keep: bool,
    reasons: HashMap<(Vec<u8>, Class), Texts>,
}

/// One queue in figures.
pub(crate) struct Totals {
    pub(crate) messages: u64,
    /// Age of the oldest message, in seconds.
    pub(crate) oldest: Option<u64>,
    /// Pending recipients by domain and age.
    pub(crate) shape: Shape<Vec<u8>>,
    /// The queue, or a part of it, could not be listed: the figures are a lower bound.
    pub(crate) is_unread: bool,
}

impl Totals {
    fn new(buckets: &Buckets) -> Self {
        Self { messages: 0, oldest: None, shape: Shape::new(buckets.clone()), is_unread: false }
    }

    /// Pending recipients.
    pub(crate) fn recipients(&self) -> u64 {
        self.shape.total().total()
    }
}

/// Why mail for a domain is deferred.
pub(crate) struct Reason<'a> {
    pub(crate) domain: &'a [u8],
    pub(crate) class: Class,
    pub(crate) count: u64,
    pub(crate) text: &'a [u8],
}

impl Waiting {
    /// Reads the spool in `dir`, with ages as of `now`; `keep` also collects the recipients.
    pub(crate) fn scan(dir: &Path, now: i64, keep: bool) -> Result<Self> {
        let spool = Spool::open(dir)?;
        let buckets = Buckets::geometric(Duration::from_secs(300), 10)?;
        let mut waiting = Self {
            queues: QUEUES.map(|queue| (queue, Totals::new(&buckets))).into(),
            stuck: Shape::new(buckets),
            due: Shape::new(Buckets::linear(WINDOW, WINDOWS)?),
            now,
            skipped: BTreeMap::new(),
            problems: BTreeMap::new(),
            root: spool.path().to_owned(),
            recipients: Vec::new(),
            keep,
            reasons: HashMap::new(),
        };
        let bar = progress::count("reading the spool");
        let mut logs = spool.logs(Queue::Defer);
        let mut entries = spool.entries(&QUEUES);
        for entry in &mut entries {
            bar.inc(1);
            match entry {
                Ok(entry) => waiting.add(&entry, &mut logs, now),
                Err(error) => waiting.problem(&error),
            }
        }
        bar.finish_and_clear();
        for totals in waiting.queues.values() {
            waiting.stuck.merge(&totals.shape)?;
        }
        let report = entries.report();
        waiting.skipped.extend(report.skipped().map(|(reason, files)| (reason.as_str(), files)));
        if report.unreadable_directories() > 0 {
            waiting.skipped.insert("unreadable_directory", report.unreadable_directories());
        }
        // What cannot be read must not pass for empty.
        if report.entries() == 0 {
            let unread = waiting.queues.values().filter(|totals| totals.is_unread).count();
            let denied = waiting.skipped.get("unreadable").is_some_and(|&files| files > 0);
            if let Some((_, problem)) = waiting.problems.values().next() {
                anyhow::ensure!(
                    unread == 0 && !denied,
                    "nothing in the spool can be read: {problem}"
                );
            }
        }
        Ok(waiting)
    }

    fn add(&mut self, entry: &Entry, logs: &mut Logs, now: i64) {
        let age = entry.age_at(Duration::from_secs(now.max(0).unsigned_abs()));
        let Some(totals) = self.queues.get_mut(&entry.queue()) else { return };
        totals.messages += 1;
        totals.oldest = totals.oldest.max(Some(age.as_secs()));
        for recipient in entry.envelope().recipients().filter(|r| r.is_pending()) {
            totals.shape.add_ref(&*domain(recipient.address()), age);
            if self.keep {
                let id = entry.id().as_bytes().to_vec();
                self.recipients.push((id, recipient.address().to_vec()));
            }
        }
        if entry.queue() != Queue::Deferred {
            return;
        }
        if let Some(retry) = entry.next_retry() {
            // What is due already is due in the first window.
            let now = Duration::from_secs(now.max(0).unsigned_abs());
            self.due.add((), retry.since_epoch().saturating_sub(now));
        }
        match logs.read(entry.id()) {
            Ok(Some(log)) => self.explain(entry, &log),
            Ok(None) => {}
            Err(error) => self.problem(&error),
        }
    }

    fn problem(&mut self, error: &SpoolError) {
        let place = error.path().strip_prefix(&self.root).unwrap_or(error.path());
        let totals = error.queue().and_then(|queue| self.queues.get_mut(&queue));
        // Below a queue only hash directories have names of one character.
        if let Some(totals) = totals.filter(|_| place.iter().skip(1).all(|part| part.len() == 1)) {
            totals.is_unread = true;
        }
        let above = error.path().parent().unwrap_or(error.path()).to_owned();
        let full = self.problems.len() >= PLACES && !self.problems.contains_key(&above);
        let place = if full { PathBuf::new() } else { above };
        self.problems.entry(place).or_insert_with(|| (0, error.to_string())).0 += 1;
    }

    fn explain(&mut self, entry: &Entry, log: &[u8]) {
        let joined = join(entry.envelope().recipients(), log, b"");
        for recipient in joined.filter(|each| each.recipient().is_pending()) {
            let Some(entry) = recipient.delay() else { continue };
            let Some(reason) = entry.reason() else { continue };
            let dsn = Dsn::parse(entry.status());
            let class = classify(dsn, reason, None).class();
            let key = (domain(recipient.recipient().address()).into_owned(), class);
            self.reasons.entry(key).or_default().add(reason);
        }
    }

    /// The windows in which retries are due: when each begins, seconds since the epoch, and how
    /// many deferred messages are due in it. Windows without any are left out.
    pub(crate) fn retries(&self) -> Vec<(i64, u64)> {
        let starts = (self.now..).step_by(usize::try_from(WINDOW.as_secs()).unwrap_or(1));
        starts.zip(self.due.total().iter()).filter(|(_, count)| *count > 0).collect()
    }

    /// The share of the active queue that is in use, in percent.
    pub(crate) fn saturation(&self) -> u64 {
        let used = |totals: &Totals| totals.messages.max(totals.recipients());
        self.queues.get(&Queue::Active).map_or(0, used).saturating_mul(100) / ACTIVE_LIMIT
    }

    pub(crate) fn is_active_full(&self) -> bool {
        self.saturation() >= 80
    }

    /// The class of most deferrals.
    pub(crate) fn main_reason(&self) -> Option<Class> {
        let mut classes = HashMap::<Class, u64>::new();
        for ((_, class), texts) in &self.reasons {
            *classes.entry(*class).or_default() += texts.count;
        }
        classes.into_iter().max_by_key(|&(class, count)| (count, class.as_str())).map(|most| most.0)
    }

    /// Why mail is deferred, the most frequent first.
    pub(crate) fn reasons(&self) -> Vec<Reason<'_>> {
        let mut reasons: Vec<_> = self
            .reasons
            .iter()
            .map(|((domain, class), texts)| Reason {
                domain,
                class: *class,
                count: texts.count,
                text: texts.most(),
            })
            .collect();
        reasons
            .sort_by_key(|reason| (u64::MAX - reason.count, reason.domain, reason.class.as_str()));
        reasons
    }
}

/// The most frequent of many texts, in little memory: each text that finds no room takes one from
/// the count of every other (Misra and Gries), so a text that is more than one in [`TEXTS`] stays.
#[derive(Default)]
struct Texts {
    count: u64,
    seen: HashMap<Vec<u8>, u64>,
}

impl Texts {
    fn add(&mut self, text: &[u8]) {
        self.count += 1;
        if let Some(count) = self.seen.get_mut(text) {
            *count += 1;
        } else if self.seen.len() < TEXTS {
            self.seen.insert(text.to_vec(), 1);
        } else {
            self.seen.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
        }
    }

    /// The text seen most often; of equals the first in the order of bytes.
    fn most(&self) -> &[u8] {
        let most = self.seen.iter().max_by_key(|(text, count)| (**count, std::cmp::Reverse(*text)));
        most.map_or(&[], |(text, _)| text)
    }
}
