//! The parts of a verdict, with the names of the JSON object.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What is wrong. The list is closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    NothingUnusual,
    DestinationDown,
    DestinationSlow,
    TooLittleConcurrency,
    Flush,
    Restart,
    QueueManagerDead,
    PickupStopped,
    SlowLookups,
    Network,
    Ipv6,
    Dns,
    RateLimited,
    Greylisting,
    Backscatter,
    Abuse,
    Burst,
    Hold,
    Herd,
    Expiry,
    CorruptFiles,
    Disk,
    LocalDelivery,
    Other,
}

/// How bad it is: `none` needs no action, `critical` stops mail now.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    None,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Whether the problem gets worse.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trend {
    Growing,
    Steady,
    Draining,
}

impl Trend {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Growing => "growing",
            Self::Steady => "steady",
            Self::Draining => "draining",
        }
    }
}

/// The person or thing that it is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Object {
    /// `domain`, `provider`, `sender`, `user`, `client`, `file`, `service` or `host`.
    pub(crate) kind: Cow<'static, str>,
    pub(crate) name: String,
}

impl Object {
    pub(crate) fn new(kind: &'static str, name: &[u8]) -> Self {
        Self { kind: Cow::Borrowed(kind), name: crate::text(name) }
    }
}

/// One verdict.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Verdict {
    pub(crate) cause: Cause,
    pub(crate) severity: Severity,
    /// The queue in which it shows; absent if no spool was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<Object>,
    /// Seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trend: Option<Trend>,
    /// The growth of the queue in messages per minute; negative if it shrinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) per_minute: Option<f64>,
    /// The number of messages or recipients that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    pub(crate) text: String,
    pub(crate) next: String,
    /// The host whose log shows it, when that is not the host of the spool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<String>,
}
