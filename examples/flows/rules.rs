//! Limits and trends, and what a monitoring system is told. `flows --help` says what a file of rules holds.

mod hours;
mod past;
mod rule;

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use examples::logs;
use examples::time::Zone;
use serde::Deserialize;
use toml::Spanned;

use self::hours::Hours;
use self::past::Past;
use self::rule::Rule;
use crate::metric::Level;
use crate::snapshot::Snapshot;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    quiet: Option<Hours>,
    rule: Vec<Spanned<Rule>>,
}

/// One flow over one limit.
pub struct Breach {
    pub level: Level,
    pub text: String,
}

impl Rules {
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", logs::shown(path)))?;
        Self::parse(&text)
            .map_err(|(line, error)| anyhow!("{}, line {line}: {error}", logs::shown(path)))
    }

    /// The rules of a text, or the line that is wrong and why.
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let rules: Self = toml::from_str(text).map_err(|error: toml::de::Error| {
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            (line(error.span().map_or(0, |span| span.start)), message)
        })?;
        for rule in &rules.rule {
            rule.get_ref().check().map_err(|error| {
                let name = rule.get_ref().metric.name();
                (line(rule.span().start), format!("the rule on {name}: {error:#}"))
            })?;
        }
        Ok(rules)
    }

    /// The breaches of `now`, whose past may be in `saved`, and how many rules are quiet at that time.
    pub fn breaches(
        &self,
        now: &Snapshot,
        saved: &[Snapshot],
        zone: Zone,
    ) -> anyhow::Result<(Vec<Breach>, usize)> {
        let past = Past::new(saved, zone);
        let (mut breaches, mut quiet) = (Vec::new(), 0);
        for rule in self.rule.iter().map(Spanned::get_ref) {
            if rule.needs_queue() && now.queue.is_none() {
                bail!("a rule on {} needs --spool", rule.metric.name());
            }
            let times = [&self.quiet, &rule.quiet];
            if times.into_iter().flatten().any(|hours| hours.contain(now.taken, zone)) {
                quiet += 1;
            } else if rule.needs_queue() {
                breaches.extend(rule.breach(now, None, &past));
            } else {
                let keys = now.flows.keys().filter(|key| rule.covers(key));
                breaches.extend(keys.filter_map(|key| rule.breach(now, Some(key), &past)));
            }
        }
        breaches.sort_by_key(|breach| std::cmp::Reverse(breach.level));
        Ok((breaches, quiet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::By;

    use crate::snapshot::QueueState;

    fn snapshot(taken: i64, oldest: u64) -> Snapshot {
        let mut snapshot = Snapshot::new(By::Domain, taken);
        snapshot.queue = Some(QueueState { active: 10, deferred: 100, oldest });
        snapshot
    }

    fn levels(rules: &str, now: &Snapshot, history: &[Snapshot]) -> Vec<Level> {
        let rules = Rules::parse(rules).unwrap();
        let (breaches, _) = rules.breaches(now, history, Zone::default()).unwrap();
        breaches.iter().map(|breach| breach.level).collect()
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
        let check = |text: &str| Rules::parse(text).is_ok();
        assert!(check(AGE));
        for wrong in [
            "[[rule]]\nmetric = \"p95\"\n",
            "[[rule]]\nmetric = \"p42\"\nwarning = 1\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\npart = \"x\"\n",
            "[[rule]]\nmetric = \"deferral\"\nwarning = 1\npart = \"queue\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nfor = \"soon\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nfor = \"\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\ncolour = \"red\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nagainst = \"2h\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nrising = 0\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = nan\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\nquiet = \"at night\"\n",
            "[[rule]]\nmetric = \"p95\"\nwarning = 1\n[[rule.during]]\nwarning = 1\n",
        ] {
            assert!(!check(wrong), "{wrong}");
        }
    }

    #[test]
    fn faults_are_found_by_their_line() {
        let line = |text: &str| Rules::parse(text).err().map(|(line, _)| line);
        let rules =
            |text: &str| line(&format!("# comment\n{AGE}\n[[rule]]\nmetric = \"p95\"\n{text}\n"));
        assert_eq!(rules("warning = 1"), None);
        assert_eq!(rules("warnign = 1"), Some(9));
        assert_eq!(rules("warning = 1\nquiet = \"Sat-Son\""), Some(10));
        assert_eq!(rules("warning = 1\nfor = \"soon\""), Some(10));
        assert_eq!(rules("warning = 1 2"), Some(9));
        assert_eq!(rules(""), Some(7));
        assert_eq!(line("quite = \"Sat\"\n"), Some(1));
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
