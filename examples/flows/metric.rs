//! What a rule measures, and how bad it can be.

use anyhow::Context as _;
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    P50,
    P95,
    P99,
    Throttling,
    Deferral,
    DeferredActive,
    OldestAge,
}

impl Metric {
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Throttling => "throttling",
            Self::Deferral => "deferral",
            Self::DeferredActive => "deferred_active",
            Self::OldestAge => "oldest_age",
        }
    }
}

/// How bad, in the exit status of monitoring plugins.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    Ok = 0,
    Warning = 1,
    Critical = 2,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }
}

/// Seconds of a time such as `10m`.
pub fn seconds(text: &str) -> anyhow::Result<i64> {
    let (number, unit) =
        text.split_at(text.len() - usize::from(text.ends_with(['s', 'm', 'h', 'd'])));
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 1,
    };
    let number: i64 = number
        .trim()
        .parse()
        .with_context(|| format!("`for = {text:?}` is no time such as \"10m\""))?;
    number.checked_mul(unit).with_context(|| format!("`for = {text:?}` is too long"))
}
