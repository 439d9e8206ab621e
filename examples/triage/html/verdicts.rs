//! What is wrong, and what to do.

use examples::page::{code, count, name, words};
use maud::{Markup, html};
use serde_json::Value;

use super::Page;
use crate::report::Report;
use crate::verdict::{Severity, Verdict};

impl Page<'_> {
    pub(super) fn verdicts(&self, report: &Report) -> Markup {
        let most = self.writer.rows();
        html! {
            ol.verdicts { @for verdict in report.verdicts.iter().take(most) { (self.verdict(verdict)) } }
            @if report.verdicts.len() > most {
                p.more { "… and " (report.verdicts.len() - most) " more verdicts, left out here." }
            }
        }
    }

    fn verdict(&self, verdict: &Verdict) -> Markup {
        html! {
            li.verdict.(class(verdict.severity)) {
                p.what {
                    span.level { (level(verdict.severity)) }
                    span { (cause(verdict)) }
                    @if let Some(object) = &verdict.object {
                        span.object { (words(&object.kind)) " " b { (name(&object.name)) } }
                    }
                    @if let Some(host) = &verdict.host { span.object { "on " (name(host)) } }
                }
                p.text { (code(&verdict.text)) }
                @if verdict.next != "Nothing." { p.next { (code(&verdict.next)) } }
                (self.facts(verdict))
            }
        }
    }

    fn facts(&self, verdict: &Verdict) -> Markup {
        let mut facts: Vec<(&str, Markup)> = Vec::new();
        if let Some(since) = verdict.since {
            facts.push(("since", self.writer.time(since)));
        }
        if let Some(queue) = &verdict.queue {
            facts.push(("queue", html! { (words(queue)) }));
        }
        if let Some(concerned) = verdict.count {
            facts.push(("concerns", count(concerned)));
        }
        if let Some(trend) = verdict.trend {
            let rate = verdict.per_minute.filter(|rate| *rate != 0.0);
            let rate = rate.map_or(String::new(), |rate| format!(" ({rate:+.1}/min)"));
            facts.push(("trend", html! { (trend.word()) (rate) }));
        }
        html! {
            @if !facts.is_empty() {
                dl { @for (term, fact) in facts { div { dt { (term) } dd { (fact) } } } }
            }
        }
    }
}

/// The word and the class of the style for a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "ok",
        other => other.word(),
    }
}

pub(super) fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "none-level",
        other => other.word(),
    }
}

/// The cause in ordinary spelling: `Destination down`.
pub(super) fn cause(verdict: &Verdict) -> String {
    let cause = serde_json::to_value(verdict.cause).ok();
    let cause = words(cause.as_ref().and_then(Value::as_str).unwrap_or("other"));
    let mut letters = cause.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
