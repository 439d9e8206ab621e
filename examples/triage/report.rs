//! The report: everything that is known, in figures. It is the JSON object, and the page of hosts is made
//! from it. It can be saved, so that the page needs neither the spool nor the log.

mod fill_log;
mod fill_spool;
mod rows;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use self::rows::{
    Check, Cohort, Delay, Domain, Expiring, Flow, Hold, Log, Problem, Queue, Reason, Reject,
    RejectsBy, Retry, Saturation, Sender, Share, Trouble, Warning, Window,
};

use crate::Triage;
use crate::spool::Herd;
use crate::verdict::Verdict;

/// The maximum number of rows of a list that could be endless.
const ROWS: usize = 100;

/// The object that `--json` prints. Times are seconds since the epoch; bytes that are not UTF-8 appear
/// as `\xNN`. What was not examined is `null` or an empty list.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Report {
    /// The host of the spool as its log names it; `null` if that is not known.
    pub(crate) host: Option<String>,
    /// True for the spool and the log that come with the repository.
    pub(crate) sample: bool,
    pub(crate) now: i64,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) queues: BTreeMap<String, Queue>,
    /// Messages in the queue `corrupt`.
    pub(crate) corrupt: Option<u64>,
    /// When the state was saved to which `change` of the queues refers.
    pub(crate) before: Option<i64>,
    pub(crate) saturation: Option<Saturation>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) retries: Vec<Retry>,
    pub(crate) overdue: Option<u64>,
    pub(crate) herd: Option<Herd>,
    pub(crate) expiring: Vec<Expiring>,
    pub(crate) fates: BTreeMap<String, u64>,
    pub(crate) fates_by_class: BTreeMap<String, BTreeMap<String, u64>>,
    pub(crate) fates_over_time: Vec<Cohort>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) check: Option<Check>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) rejects_by: RejectsBy,
    pub(crate) senders: Vec<Sender>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) timeline: Vec<Window>,
    pub(crate) skipped: BTreeMap<String, u64>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) log: Option<Log>,
}

impl Report {
    pub(crate) fn of(triage: &Triage) -> Self {
        let mut report = Self {
            host: triage
                .log
                .as_ref()
                .and_then(|log| log.own.clone())
                .filter(|name| !name.is_empty()),
            sample: triage.sample,
            now: triage.now,
            verdicts: triage.verdicts.clone(),
            ..Self::default()
        };
        if let Some(spool) = &triage.spool {
            report.add_spool(spool, triage.before.as_ref());
        }
        if let Some(log) = &triage.log {
            report.add_log(log);
        }
        report
    }
}
