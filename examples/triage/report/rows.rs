//! The rows of the lists in a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Queue {
    /// `null` for a queue that could not be read at all.
    pub(crate) messages: Option<u64>,
    pub(crate) recipients: Option<u64>,
    pub(crate) oldest_s: Option<u64>,
    /// True if not all of it could be read, so that the figures are lower bounds.
    pub(crate) partial: bool,
    /// The increase in messages since the state of `--before`; absent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) change: Option<i64>,
    /// The senders of most of its messages.
    pub(crate) senders: Vec<Share>,
}

/// A part of a whole.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Share {
    pub(crate) name: String,
    pub(crate) messages: u64,
}

/// The use of the active queue: what is in it, its limit, and the percentage.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Saturation {
    pub(crate) messages: u64,
    pub(crate) message_limit: u64,
    pub(crate) percent: u64,
    pub(crate) recipients: u64,
    pub(crate) recipient_limit: u64,
    pub(crate) recipient_percent: u64,
}

/// Recipients by age, in the buckets of qshape(1).
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Domain {
    pub(crate) domain: String,
    pub(crate) total: u64,
    pub(crate) buckets: Vec<u64>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Reason {
    pub(crate) domain: String,
    pub(crate) class: String,
    pub(crate) count: u64,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Retry {
    pub(crate) at: i64,
    pub(crate) count: u64,
}

/// Recipients whose time in the queue ends within this many hours.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Expiring {
    pub(crate) domain: String,
    pub(crate) within_1h: u64,
    pub(crate) within_4h: u64,
    pub(crate) within_24h: u64,
}

/// Recipients that were first deferred in the window that begins at `at`, by what became of them.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Cohort {
    pub(crate) at: i64,
    pub(crate) delivered_after_deferral: u64,
    pub(crate) still_deferred: u64,
    pub(crate) expired: u64,
    pub(crate) late_bounce: u64,
    /// Any other end, such as deletion.
    pub(crate) other: u64,
}

/// Recipients with one fate by the time from the first deferral to the end.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Hold {
    pub(crate) fate: String,
    pub(crate) total: u64,
    pub(crate) buckets: Vec<u64>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Warning {
    pub(crate) host: String,
    pub(crate) program: String,
    pub(crate) count: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) text: String,
}

/// How far the recipients in the spool agree with those that are in the queue according to the log.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Check {
    pub(crate) confirmed: usize,
    pub(crate) gone: usize,
    pub(crate) unnamed: usize,
    pub(crate) unlogged: usize,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Reject {
    pub(crate) host: String,
    pub(crate) stage: String,
    pub(crate) class: String,
    pub(crate) client: String,
    pub(crate) count: u64,
    pub(crate) text: String,
}

/// Refused commands: the total, and the counts by each property.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct RejectsBy {
    pub(crate) total: u64,
    pub(crate) stage: BTreeMap<String, u64>,
    pub(crate) class: BTreeMap<String, u64>,
    /// The clients that were refused most often.
    pub(crate) client: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Sender {
    pub(crate) host: String,
    /// `user` for a SASL login, `sender` for an envelope sender.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) messages: u64,
    pub(crate) recipients: u64,
    pub(crate) clients: usize,
    pub(crate) sent: u64,
    pub(crate) deferred: u64,
    pub(crate) bounced: u64,
}

/// A program that keeps dying, or an action of master(8), with its `kind`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Trouble {
    pub(crate) host: String,
    pub(crate) program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    pub(crate) first: i64,
    pub(crate) last: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

/// Attempts to deliver to a domain.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Flow {
    pub(crate) host: String,
    pub(crate) domain: String,
    pub(crate) sent: u64,
    pub(crate) deferred: u64,
    pub(crate) bounced: u64,
    /// Medians of the latest deliveries, in seconds.
    pub(crate) queue_s: f64,
    pub(crate) connect_s: f64,
    pub(crate) transmit_s: f64,
    /// All attempts, by the names in [`PARTS`](examples::delays::PARTS); a part that was not logged is absent.
    pub(crate) delays: BTreeMap<String, Delay>,
}

/// Quantiles in seconds, to three digits: this percentage of the attempts took less time.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Delay {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// What happened on a host in the window that begins at `at`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Window {
    pub(crate) host: String,
    pub(crate) at: i64,
    pub(crate) arrived: u64,
    pub(crate) taken: u64,
    pub(crate) sent: u64,
    pub(crate) deferred: u64,
    pub(crate) bounced: u64,
    pub(crate) expired: u64,
    pub(crate) removed: u64,
    pub(crate) held: u64,
    pub(crate) rejected: u64,
}

/// A place that could not be read: the number of errors below it, and the text of the first.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Problem {
    pub(crate) count: u64,
    pub(crate) text: String,
}

/// A description of the log.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Log {
    pub(crate) lines: u64,
    /// Lines without a log header.
    pub(crate) malformed: u64,
    /// Lines of Postfix that were not understood.
    pub(crate) unrecognized: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) hosts: Vec<String>,
}
