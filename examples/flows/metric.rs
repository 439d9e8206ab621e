//! What a rule measures, and how bad it can be.

use examples::time;
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    P50,
    P95,
    P99,
    Throttling,
    Deferral,
    Deferrals,
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
            Self::Deferrals => "deferrals",
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

/// A time such as `10m`: a number with `s`, `m`, `h`, `d` or `w` behind it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Span {
    pub text: String,
    pub seconds: i64,
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let seconds = i64::try_from(time::duration(&text)?.as_secs()).ok();
        let seconds = seconds.ok_or_else(|| format!("{text:?} is too long"))?;
        Ok(Self { text, seconds })
    }
}
