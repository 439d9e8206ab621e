//! Thresholds, and what a monitoring system is told.
//!
//! ```toml
//! [[rule]]
//! metric = "p95"          # p50, p95, p99 (seconds), throttling, deferral (shares),
//!                         # deferred_active (ratio) or oldest_age (seconds); the last two need --spool
//! part = "connect"        # of p50, p95 and p99: total (default), before, queue, connect, transmit
//! flow = "*.example.com"  # which flows; all without it. One star, at either end
//! at_least = 20           # attempts that a flow must have
//! warning = 60
//! critical = 600
//! for = "10m"             # s, m, h or d: only when every snapshot of this time says so, too
//! ```

use std::path::Path;

use anyhow::{Context as _, bail};
use examples::logs;
use examples::text::printable;
use serde::Deserialize;

use crate::delays::PARTS;
use crate::flow::Flow;
use crate::metric::{self, Level, Metric};
use crate::snapshot::Snapshot;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    metric: Metric,
    #[serde(default)]
    part: Option<String>,
    #[serde(default)]
    flow: Option<String>,
    #[serde(default = "default_at_least")]
    at_least: u64,
    warning: Option<f64>,
    critical: Option<f64>,
    #[serde(rename = "for", default)]
    for_: Option<String>,
}

fn default_at_least() -> u64 {
    10
}

/// One flow over one threshold.
pub struct Breach {
    pub level: Level,
    pub text: String,
}

impl Rules {
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", logs::shown(path)))?;
        let rules: Self = toml::from_str(&text)
            .with_context(|| format!("{} holds no rules", logs::shown(path)))?;
        for rule in &rules.rule {
            rule.check().with_context(|| {
                format!("{}: rule on {}", logs::shown(path), rule.metric.name())
            })?;
        }
        Ok(rules)
    }

    /// The breaches of `now`; rules with a time also ask the snapshots of `history`.
    pub fn breaches(&self, now: &Snapshot, history: &[Snapshot]) -> anyhow::Result<Vec<Breach>> {
        let mut breaches = Vec::new();
        for rule in &self.rule {
            if rule.needs_queue() {
                if now.queue.is_none() {
                    bail!("a rule on {} needs --spool", rule.metric.name());
                }
                breaches.extend(rule.breach(now, None, history)?);
                continue;
            }
            for key in now.flows.keys().filter(|key| rule.covers(key)) {
                breaches.extend(rule.breach(now, Some(key), history)?);
            }
        }
        breaches.sort_by_key(|breach| std::cmp::Reverse(breach.level));
        Ok(breaches)
    }
}

impl Rule {
    fn check(&self) -> anyhow::Result<()> {
        if self.warning.is_none() && self.critical.is_none() {
            bail!("needs a `warning` or a `critical` value");
        }
        if let Some(part) = self.part.as_deref().filter(|part| !PARTS.contains(part)) {
            bail!("`part` is one of {}, not {part:?}", PARTS.join(", "));
        }
        if self.part.is_some() && !matches!(self.metric, Metric::P50 | Metric::P95 | Metric::P99) {
            bail!("`part` goes with p50, p95 and p99");
        }
        self.duration().map(drop)
    }

    fn needs_queue(&self) -> bool {
        matches!(self.metric, Metric::DeferredActive | Metric::OldestAge)
    }

    fn covers(&self, key: &str) -> bool {
        match self.flow.as_deref() {
            None => true,
            Some(pattern) => match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
                (Some(end), _) => key.ends_with(end),
                (None, Some(start)) => key.starts_with(start),
                (None, None) => key == pattern,
            },
        }
    }

    /// Seconds of `for`.
    fn duration(&self) -> anyhow::Result<Option<i64>> {
        let Some(text) = &self.for_ else { return Ok(None) };
        metric::seconds(text).map(Some)
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
            Metric::DeferredActive => {
                let queue = snapshot.queue?;
                Some(queue.deferred as f64 / queue.active.max(1) as f64)
            }
            Metric::OldestAge => Some(snapshot.queue?.oldest as f64),
        }
    }

    fn level(&self, value: f64) -> Level {
        let over = |limit: Option<f64>| limit.is_some_and(|limit| value >= limit);
        match (over(self.critical), over(self.warning)) {
            (true, _) => Level::Critical,
            (false, true) => Level::Warning,
            (false, false) => Level::Ok,
        }
    }

    fn breach(
        &self,
        now: &Snapshot,
        key: Option<&str>,
        history: &[Snapshot],
    ) -> anyhow::Result<Option<Breach>> {
        let Some(value) = self.value(now, key) else { return Ok(None) };
        let mut level = self.level(value);
        if let Some(duration) = self.duration()? {
            level = level.min(self.lasting(now, key, history, duration));
        }
        let subject =
            key.map_or_else(|| "queue".to_owned(), |key| printable(key.as_bytes()).to_string());
        let limit = if level == Level::Critical { self.critical } else { self.warning };
        let part = self.part.as_deref().map(|part| format!(" {part}")).unwrap_or_default();
        let lasting = self.for_.as_deref().map(|time| format!(" for {time}")).unwrap_or_default();
        let text = format!(
            "{}: {subject}: {}{part} is {value:.3}, limit {}{lasting}",
            level.name(),
            self.metric.name(),
            limit.unwrap_or_default()
        );
        Ok((level > Level::Ok).then_some(Breach { level, text }))
    }

    /// The least level of all snapshots back to the first one that is as old as `duration`. Without
    /// one that old, nothing has lasted long enough.
    fn lasting(
        &self,
        now: &Snapshot,
        key: Option<&str>,
        history: &[Snapshot],
        duration: i64,
    ) -> Level {
        let since = now.taken.saturating_sub(duration);
        let mut earlier: Vec<&Snapshot> =
            history.iter().filter(|old| old.by == now.by && old.taken <= now.taken).collect();
        earlier.sort_by_key(|old| std::cmp::Reverse(old.taken));
        let mut level = Level::Critical;
        for old in earlier {
            level = level.min(self.value(old, key).map_or(Level::Ok, |value| self.level(value)));
            if old.taken <= since {
                return level;
            }
        }
        Level::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::By;
    use crate::snapshot::QueueState;

    fn snapshot(taken: i64, oldest: u64) -> Snapshot {
        let mut snapshot = Snapshot::new(By::Domain, taken);
        snapshot.queue = Some(QueueState { active: 10, deferred: 100, oldest });
        snapshot
    }

    fn levels(rules: &str, now: &Snapshot, history: &[Snapshot]) -> Vec<Level> {
        let rules: Rules = toml::from_str(rules).unwrap();
        rules.breaches(now, history).unwrap().iter().map(|breach| breach.level).collect()
    }

    const AGE: &str = "[[rule]]\nmetric = \"oldest_age\"\nwarning = 60\ncritical = 600\n";

    #[test]
    fn thresholds() {
        assert_eq!(levels(AGE, &snapshot(0, 59), &[]), []);
        assert_eq!(levels(AGE, &snapshot(0, 60), &[]), [Level::Warning]);
        assert_eq!(levels(AGE, &snapshot(0, 600), &[]), [Level::Critical]);
        assert_eq!(
            levels(
                "[[rule]]\nmetric = \"deferred_active\"\nwarning = 10.0\n",
                &snapshot(0, 0),
                &[]
            ),
            [Level::Warning]
        );
    }

    #[test]
    fn what_must_last() {
        let rules = format!("{AGE}for = \"10m\"\n");
        let now = snapshot(1_000, 700);
        // Nothing is that old.
        assert_eq!(levels(&rules, &now, &[]), []);
        assert_eq!(levels(&rules, &now, &[snapshot(500, 700)]), []);
        assert_eq!(
            levels(&rules, &now, &[snapshot(500, 700), snapshot(300, 650)]),
            [Level::Critical]
        );
        assert_eq!(
            levels(&rules, &now, &[snapshot(500, 100), snapshot(300, 650)]),
            [Level::Warning]
        );
        assert_eq!(levels(&rules, &now, &[snapshot(500, 10), snapshot(300, 650)]), []);
        // Older than asked for: its state does not matter any more.
        assert_eq!(
            levels(&rules, &now, &[snapshot(300, 650), snapshot(200, 0)]),
            [Level::Critical]
        );
    }

    #[test]
    fn rules_that_make_no_sense() {
        let check = |text: &str| {
            toml::from_str::<Rules>(text)
                .is_ok_and(|rules| rules.rule.iter().all(|rule| rule.check().is_ok()))
        };
        assert!(check(AGE));
        for wrong in [
            "[[rule]]\nmetric = \"p95\"\n",
            "[[rule]]\nmetric = \"p42\"\nwarning = 1\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\npart = \"x\"\n",
            "[[rule]]\nmetric = \"deferral\"\nwarning = 1\npart = \"queue\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nfor = \"soon\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nfor = \"\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\ncolour = \"red\"\n",
        ] {
            assert!(!check(wrong), "{wrong}");
        }
    }

    #[test]
    fn patterns() {
        let rule = |pattern: &str| -> Rule {
            let text = format!("metric = \"p95\"\nwarning = 1\nflow = \"{pattern}\"");
            toml::from_str(&text).unwrap()
        };
        assert!(rule("*.example").covers("a.example") && !rule("*.example").covers("example"));
        assert!(
            rule("mx*").covers("mx1") && rule("mx1").covers("mx1") && !rule("mx1").covers("mx2")
        );
    }
}
