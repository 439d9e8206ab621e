//! The page as HTML, made only from reports, so that it says what the JSON object says. The figures of several hosts
//! are shown side by side.

mod door;
mod fates;
mod flows;
mod overview;
mod people;
mod queues;
mod retries;
mod stuck;
mod trouble;
mod unread;
mod verdicts;

use examples::page::{self, LARGEST, Section, Writer, absent, count, duration, name};
use examples::time::Zone;
use maud::{Markup, html};

use crate::report::Report;

/// The number of rows of a table that could be endless, on the page of one host.
const ROWS: usize = 60;

/// The number of hosts that are shown side by side.
const HOSTS: usize = 12;

/// The part of a section about one report.
type Part<'p> = fn(&Page<'p>, &Report) -> Markup;

/// The data and settings that the sections are made from.
struct Page<'a> {
    writer: Writer,
    reports: &'a [Report],
}

/// The page. It is never larger than [`LARGEST`]: if there is more, tables are cut and say so.
pub(crate) fn page(reports: &[Report], zone: Option<Zone>) -> String {
    let mut hosts = reports.len().min(HOSTS);
    let mut rows = (ROWS * 2 / (hosts + 1)).max(10);
    loop {
        let shown = reports.get(..hosts).unwrap_or(reports);
        let page = Page { writer: Writer::new(zone, rows), reports: shown };
        let document = page.render(reports);
        if document.len() <= LARGEST || (rows == 1 && hosts <= 1) {
            return document;
        }
        if rows > 1 {
            rows /= 2;
        } else {
            hosts /= 2;
        }
    }
}

impl<'p> Page<'p> {
    fn render(&self, all: &[Report]) -> String {
        let title = match all {
            [one] => match &one.host {
                Some(host) => format!("Mail queue triage: {}", name(host)),
                None => "Mail queue triage".to_owned(),
            },
            _ => format!("Mail queue triage: {} hosts", all.len()),
        };
        let mut sections = vec![self.section("verdicts", "Verdicts", Self::verdicts)];
        if all.len() > 1 {
            let body = self.overview(all);
            sections.insert(1, Section { id: "hosts", title: "Hosts side by side".into(), body });
        }
        let parts: [(_, _, Part<'p>); 10] = [
            ("queues", "Queues", Self::queues),
            ("stuck", "What is stuck", Self::stuck),
            ("reasons", "Why", Self::reasons),
            ("retries", "Coming retries", Self::retries),
            ("fates", "What became of deferred mail", Self::fates),
            ("flows", "Flows", Self::flows),
            ("door", "Refused at the door", Self::door),
            ("senders", "Who sends", Self::senders),
            ("trouble", "Trouble", Self::trouble),
            ("unread", "What was not read", Self::unread),
        ];
        sections.extend(parts.map(|(id, title, part)| self.section(id, title, part)));
        page::document(&title, &self.head(all), &sections, &foot())
    }

    fn section(&self, id: &'static str, title: &str, part: Part<'p>) -> Section {
        let body = match self.reports {
            [one] => part(self, one),
            several => html! {
                div.sides.many { @for report in several { div {
                    h3 { (name(report.host.as_deref().unwrap_or_default())) }
                    (part(self, report))
                } } }
            },
        };
        Section { id, title: title.to_owned(), body }
    }

    /// The inputs on which the page is based.
    fn head(&self, all: &[Report]) -> Markup {
        html! {
            @for report in all.iter().filter(|report| report.sample).take(1) {
                p.note {
                    "This is the sample that comes with the repository: a spool and a log written by a real "
                    "Postfix" @if all.len() > 1 { ", as " (name(report.host.as_deref().unwrap_or_default())) } "."
                }
            }
            @if let [one] = all { p { "As of " (self.writer.time(one.now)) (self.basis(one)) "." } }
            @else { p { (count(all.len() as u64)) " hosts, from saved states." } }
            @if all.len() > self.reports.len() {
                p.note { "The sections show the first " (self.reports.len()) "; the table has all of them." }
            }
        }
    }

    /// Describes the log and its age.
    fn basis(&self, report: &Report) -> Markup {
        let log = report.log.as_ref();
        let Some((log, (first, last))) = log.and_then(|log| Some((log, log.first.zip(log.last)?)))
        else {
            return html! { "; no log was read" };
        };
        let seconds = |from: i64, to: i64| to.saturating_sub(from).max(0).unsigned_abs();
        html! {
            "; the log has " (count(log.lines)) " lines of " (duration(seconds(first, last)))
            @if seconds(report.now, last) > 300 { " and ends in the future" }
            @else if seconds(last, report.now) > 300 { " and ends " (duration(seconds(last, report.now))) " ago" }
            @if log.hosts.len() > 1 { ", of " (log.hosts.len()) " hosts" }
            @if report.queues.is_empty() { "; no queue was examined" }
        }
    }

    /// True if the rows of this report have to name their host.
    fn names_hosts(report: &Report) -> bool {
        report.log.as_ref().is_some_and(|log| log.hosts.len() > 1)
    }

    fn no_spool(report: &Report) -> Option<Markup> {
        report.queues.is_empty().then(|| absent("--spool DIR"))
    }

    fn no_log(report: &Report) -> Option<Markup> {
        report.log.is_none().then(|| absent("--log FILE"))
    }
}

fn foot() -> Markup {
    html! {
        p {
            "Written by triage from the spool and the log alone. The terms are explained in "
            a href="https://www.postfix.org/QSHAPE_README.html" { "Postfix on queue bottlenecks" } ", "
            a href="https://www.postfix.org/TUNING_README.html" { "on tuning" } ", "
            a href="https://www.postfix.org/postconf.5.html" { "its parameters" } "."
        }
    }
}
