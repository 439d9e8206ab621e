//! One rule: what it is about, its limits, and what else must hold.

use std::cmp::Ordering;

use anyhow::bail;
use examples::text::printable;
use serde::Deserialize;

use super::Breach;
use super::hours::Hours;
use super::past::Past;
use crate::delays::PARTS;
use crate::flow::Flow;
use crate::metric::{Level, Metric, Span};
use crate::snapshot::Snapshot;

/// Earlier snapshots of an hour that are needed to tell what is usual then.
const ENOUGH: usize = 3;

/// What was usual and less than this counts as this much: Postfix logs hundredths of a second, and nothing is any
/// number of times zero.
const LEAST: f64 = 0.01;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub metric: Metric,
    part: Option<String>,
    flow: Option<String>,
    #[serde(default = "default_at_least")]
    at_least: u64,
    warning: Option<f64>,
    critical: Option<f64>,
    #[serde(rename = "for")]
    lasting: Option<Span>,
    against: Option<Span>,
    #[serde(default)]
    minimum: f64,
    rising: Option<usize>,
    pub quiet: Option<Hours>,
    #[serde(default)]
    during: Vec<During>,
}

/// Limits in the place of the others at some times.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct During {
    hours: Hours,
    warning: Option<f64>,
    critical: Option<f64>,
}

fn default_at_least() -> u64 {
    10
}

/// What was found of a flow, or of the queue.
struct Found {
    value: f64,
    /// What is usual at this hour, if that was asked for.
    usual: Option<f64>,
}

impl Found {
    /// What the limits are about.
    fn measured(&self) -> f64 {
        self.usual.map_or(self.value, |usual| self.value / usual.max(LEAST))
    }
}

impl Rule {
    pub fn check(&self) -> anyhow::Result<()> {
        let during =
            |limit: fn(&During) -> Option<f64>| self.during.iter().any(|it| limit(it).is_some());
        if self.warning.or(self.critical).is_none()
            && !during(|it| it.warning)
            && !during(|it| it.critical)
            && self.rising.is_none()
        {
            bail!("needs a `warning` or a `critical` value");
        }
        let limits = self.during.iter().flat_map(|it| [it.warning, it.critical]);
        let mut limits = limits.chain([self.warning, self.critical, Some(self.minimum)]).flatten();
        if limits.any(f64::is_nan) {
            bail!("`nan` is no limit");
        }
        if let Some(part) = self.part.as_deref().filter(|part| !PARTS.contains(part)) {
            bail!("`part` is one of {}, not {part:?}", PARTS.join(", "));
        }
        if self.part.is_some() && !matches!(self.metric, Metric::P50 | Metric::P95 | Metric::P99) {
            bail!("`part` goes with p50, p95 and p99");
        }
        if self.against.as_ref().is_some_and(|against| against.seconds < 86_400) {
            bail!("`against` looks at earlier days: it is \"1d\" or more");
        }
        if self.rising == Some(0) {
            bail!("`rising` is 1 or more");
        }
        Ok(())
    }

    pub fn needs_queue(&self) -> bool {
        matches!(self.metric, Metric::DeferredActive | Metric::OldestAge)
    }

    pub fn covers(&self, key: &str) -> bool {
        match self.flow.as_deref() {
            None => true,
            Some(pattern) => match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
                (Some(end), _) => key.ends_with(end),
                (None, Some(start)) => key.starts_with(start),
                (None, None) => key == pattern,
            },
        }
    }

    pub fn breach(&self, now: &Snapshot, key: Option<&str>, past: &Past<'_>) -> Option<Breach> {
        let found = self.find(now, key, past)?;
        let mut level = self.level(&found, now, past);
        if let Some(time) = &self.lasting {
            level = level.min(self.least(now, key, past, time.seconds));
        }
        if self.rising.is_some_and(|times| !self.rises(now, key, past, times)) {
            level = Level::Ok;
        }
        if level == Level::Ok {
            return None;
        }
        let subject =
            key.map_or_else(|| "queue".to_owned(), |key| printable(key.as_bytes()).to_string());
        let (warning, critical) = self.limits(now.taken, past);
        let limit = if level == Level::Critical { critical } else { warning };
        let part = self.part.as_deref().map(|part| format!(" {part}")).unwrap_or_default();
        let mut text = format!(
            "{}: {subject}: {}{part} is {:.3}",
            level.name(),
            self.metric.name(),
            found.value
        );
        if let Some(usual) = found.usual {
            text += &format!(", {:.1} times the usual {usual:.3}", found.measured());
        }
        text += &limit.map(|limit| format!(", limit {limit}")).unwrap_or_default();
        if let Some(time) = &self.lasting {
            text += &format!(" for {}", time.text);
        }
        if let Some(times) = self.rising {
            text += &format!(", risen {times} times in a row");
        }
        Some(Breach { level, text })
    }

    /// What a snapshot says; nothing where it has too little to say, or where too little is known of what is usual.
    fn find(&self, snapshot: &Snapshot, key: Option<&str>, past: &Past<'_>) -> Option<Found> {
        let value = self.value(snapshot, key)?;
        let Some(against) = &self.against else { return Some(Found { value, usual: None }) };
        let days = past.same_hour(snapshot, against.seconds);
        let mut values: Vec<f64> = days.filter_map(|old| self.value(old, key)).collect();
        if values.len() < ENOUGH {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let usual = match values.len() % 2 {
            0 => (values[middle - 1] + values[middle]) / 2.0,
            _ => values[middle],
        };
        Some(Found { value, usual: Some(usual) })
    }

    fn value(&self, snapshot: &Snapshot, key: Option<&str>) -> Option<f64> {
        let flow = || -> Option<&Flow> {
            snapshot.flows.get(key?).filter(|flow| flow.attempts() >= self.at_least)
        };
        let quantile = |q: f64| {
            let part =
                PARTS.iter().position(|part| Some(*part) == self.part.as_deref()).unwrap_or(0);
            flow()?.times().delay(part, q)
        };
        match self.metric {
            Metric::P50 => quantile(0.5),
            Metric::P95 => quantile(0.95),
            Metric::P99 => quantile(0.99),
            Metric::Throttling => flow()?.throttling(),
            Metric::Deferral => flow()?.deferral(),
            Metric::Deferrals => Some(flow()?.counts.deferred as f64),
            Metric::DeferredActive => {
                let queue = snapshot.queue?;
                Some(queue.deferred as f64 / queue.active.max(1) as f64)
            }
            Metric::OldestAge => Some(snapshot.queue?.oldest as f64),
        }
    }

    /// The limits for warnings and for what is critical at a time.
    fn limits(&self, at: i64, past: &Past<'_>) -> (Option<f64>, Option<f64>) {
        let during = self.during.iter().find(|during| during.hours.contain(at, past.zone));
        let warning = during.and_then(|during| during.warning).or(self.warning);
        (warning, during.and_then(|during| during.critical).or(self.critical))
    }

    fn level(&self, found: &Found, snapshot: &Snapshot, past: &Past<'_>) -> Level {
        let (warning, critical) = self.limits(snapshot.taken, past);
        let over = |limit: Option<f64>| limit.is_some_and(|limit| found.measured() >= limit);
        if found.value < self.minimum {
            Level::Ok
        } else if over(critical) {
            Level::Critical
        } else if over(warning) || warning.or(critical).is_none() && self.rising.is_some() {
            Level::Warning
        } else {
            Level::Ok
        }
    }

    /// The least level of all snapshots back to the first one that is as old as `seconds`. Without
    /// one that old, nothing has lasted long enough.
    fn least(&self, now: &Snapshot, key: Option<&str>, past: &Past<'_>, seconds: i64) -> Level {
        let since = now.taken.saturating_sub(seconds);
        let mut level = Level::Critical;
        for old in past.before(now) {
            let found = self.find(old, key, past);
            level = level.min(found.map_or(Level::Ok, |found| self.level(&found, old, past)));
            if old.taken <= since {
                return level;
            }
        }
        Level::Ok
    }

    /// Whether the value was larger than in the snapshot before, `times` times in a row.
    fn rises(&self, now: &Snapshot, key: Option<&str>, past: &Past<'_>, times: usize) -> bool {
        let mut later = self.value(now, key);
        let mut rises = 0;
        for old in past.before(now).take(times) {
            let value = self.value(old, key);
            let order = later.zip(value).and_then(|(later, value)| later.partial_cmp(&value));
            if order != Some(Ordering::Greater) {
                return false;
            }
            (later, rises) = (value, rises + 1);
        }
        rises == times
    }
}
