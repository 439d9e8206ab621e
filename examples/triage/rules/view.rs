//! The facts as the rules see them, and what a rule finds in them.

use examples::text::{are, printable};
use examples::time::human;
use postfix_queuefile::Queue;

use crate::Triage;
use crate::dest::Dest;
use crate::host::{Flow, Host};
use crate::limits::Limits;
use crate::spool::Waiting;
use crate::state::State;
use crate::totals::{Totals, edge};
use crate::verdict::{Cause, Object, Severity, Trend, Verdict};

/// One spool, one host's log, one moment.
pub(crate) struct View<'a> {
    pub(super) now: i64,
    pub(super) limits: Limits,
    pub(super) spool: Option<&'a Waiting>,
    pub(super) host: Option<&'a Host>,
    before: Option<&'a State>,
}

/// The evidence for one verdict.
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) queue: Option<Queue>,
    pub(super) object: Option<Object>,
    pub(super) since: Option<i64>,
    pub(super) count: u64,
    pub(super) text: String,
    /// What to do, if the rule's own advice does not fit.
    pub(super) next: Option<String>,
}

impl Finding {
    pub(super) fn new(severity: Severity, queue: Queue, text: String) -> Self {
        Self { severity, queue: Some(queue), object: None, since: None, count: 0, text, next: None }
    }

    pub(super) fn about(self, kind: &'static str, name: &[u8]) -> Self {
        Self { object: Some(Object::new(kind, name)), ..self }
    }

    pub(super) fn since(self, since: Option<i64>) -> Self {
        Self { since, ..self }
    }

    pub(super) fn next(self, next: String) -> Self {
        Self { next: Some(next), ..self }
    }

    pub(super) fn count(self, count: u64) -> Self {
        Self { count, ..self }
    }

    /// True if `other` is the same destination.
    pub(super) fn covers(&self, other: Option<&Object>) -> bool {
        let name = |object: &Object| object.name.to_ascii_lowercase();
        let (Some(mine), Some(other)) = (&self.object, other) else { return false };
        let (mine, other) = (name(mine), name(other));
        mine == other || other.strip_suffix(&mine).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(
        triage: &'a Triage,
        spool: Option<&'a Waiting>,
        host: Option<&'a Host>,
    ) -> Self {
        let before = triage.before.as_ref().filter(|_| spool.is_some());
        Self { now: triage.now, limits: triage.limits, spool, host, before }
    }

    /// The end of the log, which is the present as far as the log shows it.
    pub(super) fn end(&self) -> i64 {
        self.host.and_then(|host| host.last).unwrap_or(self.now)
    }

    pub(super) fn totals(&self, queue: Queue) -> Option<&'a Totals> {
        self.spool?.queue(queue)
    }

    pub(super) fn messages(&self, queue: Queue) -> u64 {
        self.spool.map_or(0, |spool| spool.messages(queue))
    }

    pub(super) fn recipients(&self, queue: Queue) -> u64 {
        self.spool.map_or(0, |spool| spool.recipients(queue))
    }

    /// The age of the oldest message in a queue, in seconds.
    pub(super) fn oldest(&self, queue: Queue) -> u64 {
        self.totals(queue).and_then(|totals| totals.oldest).unwrap_or(0)
    }

    /// The number of recipients in a queue for a domain.
    pub(super) fn waiting(&self, queue: Queue, domain: &[u8]) -> u64 {
        let totals = self.totals(queue);
        totals.and_then(|totals| totals.domains.get(domain)).map_or(0, |row| row.total())
    }

    /// When mail for a domain that is in a queue began to arrive, judged by its ages.
    pub(super) fn arrival_edge(&self, queue: Queue, domain: &[u8]) -> Option<i64> {
        let totals = self.totals(queue)?;
        let row = totals.domains.get(domain)?;
        let age = edge(totals.domains.buckets(), row.counts().iter())?;
        Some(self.ago(age.min(totals.oldest?)))
    }

    /// The same for a sender.
    pub(super) fn sender_edge(&self, queue: Queue, sender: &[u8]) -> Option<i64> {
        let totals = self.totals(queue)?;
        let row = totals.senders.get(sender)?;
        let age = edge(totals.senders.buckets(), row.counts().iter())?;
        Some(self.ago(age.min(totals.oldest?)))
    }

    pub(super) fn ago(&self, seconds: u64) -> i64 {
        self.now.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The better of two beginnings: that of the log or, if the log starts in the middle, the earlier
    /// one according to the queue.
    pub(super) fn begin(&self, log: Option<i64>, queue: Option<i64>) -> Option<i64> {
        let start = self.host.and_then(|host| host.first);
        let (Some(begin), Some(start)) = (log, start) else { return log.or(queue) };
        let late = begin - start <= 600.max((self.end() - start) / 50);
        Some(match queue {
            Some(queue) if late => queue.min(begin),
            _ => begin,
        })
    }

    /// How many more messages enter the queue than leave it, per minute, over the last half hour of the
    /// log, or by the queue itself if there is an earlier state.
    pub(super) fn growth(&self) -> Option<f64> {
        if let (Some(before), Some(spool)) = (self.before, self.spool) {
            return before.growth(spool, self.now);
        }
        let host = self.host?;
        let span = 1_800.min(self.end() - host.first?).max(60);
        let flow = host.flow.since(self.end() - span);
        let of = |flow_: Flow| flow.get(flow_ as usize).copied().unwrap_or(0) as f64;
        Some((of(Flow::Arrived) - of(Flow::Removed)) * 60.0 / span as f64)
    }

    fn trend(&self, count: u64) -> (Option<Trend>, Option<f64>) {
        let Some(growth) = self.growth() else { return (None, None) };
        let shown = Some((growth * 10.0).round() / 10.0);
        // A change by a few per cent in half an hour counts as steady.
        let steady = (count as f64 / 1_000.0).clamp(0.5, 5.0);
        let trend = match growth {
            g if g > steady => Trend::Growing,
            g if g < -steady => Trend::Draining,
            _ => Trend::Steady,
        };
        (Some(trend), shown)
    }

    pub(super) fn verdict(&self, cause: Cause, finding: &Finding, next: &str) -> Verdict {
        let (trend, per_minute) = self.trend(finding.count);
        Verdict {
            cause,
            severity: finding.severity,
            queue: finding
                .queue
                .filter(|_| self.spool.is_some())
                .map(|queue| queue.as_str().into()),
            object: finding.object.clone(),
            since: finding.since,
            trend,
            per_minute,
            count: Some(finding.count),
            text: finding.text.clone(),
            next: next.to_owned(),
            host: None,
        }
    }

    /// The verdict if there is no other.
    pub(super) fn nothing(&self) -> Verdict {
        let mut text = "Nothing unusual".to_owned();
        if let Some(spool) = self.spool {
            let waiting: u64 = spool.queues.values().map(|totals| totals.messages).sum();
            text += &format!(
                ": {} waiting, without a sign of any known problem",
                are(waiting, "message")
            );
        }
        match (self.spool, self.host) {
            (None, Some(_)) => text += ", as far as the log shows; no queue was examined",
            (Some(_), None) => {
                text += "; no log was read, so it is not known whether mail gets out"
            }
            _ => {}
        }
        let (trend, per_minute) = self.trend(0);
        Verdict {
            cause: Cause::NothingUnusual,
            severity: Severity::None,
            queue: None,
            object: None,
            since: None,
            trend,
            per_minute,
            count: None,
            text: text + ".",
            next: "Nothing.".into(),
            host: None,
        }
    }

    /// The last error text of a destination.
    pub(super) fn words(&self, dest: Option<&Dest>, domain: &[u8]) -> String {
        let logged = dest.and_then(|dest| dest.trouble.as_ref()).map(|(_, text)| text.as_slice());
        let text = logged.or_else(|| self.spool?.reasons.text_for(domain)).unwrap_or_default();
        quoted(text)
    }
}

/// An untrusted text in quotes, on one line and limited in length; empty if there is none.
pub(super) fn quoted(text: &[u8]) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(": \"{}\"", examples::text::clip(&printable(text).to_string(), 120))
}

/// A share in percent.
pub(super) fn percent(part: u64, of: u64) -> u64 {
    part.saturating_mul(100).checked_div(of).unwrap_or(0)
}

/// `3 h 20 min`, from seconds that may be negative.
pub(super) fn span(seconds: i64) -> String {
    human(seconds.max(0).unsigned_abs())
}
