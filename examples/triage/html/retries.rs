//! When deferred mail is tried again, and what will be returned.

use examples::page::columns::Columns;
use examples::page::{Series, Table, count, figure, key, plural};
use maud::{Markup, html};

use super::Page;
use crate::report::Report;

/// Columns of the chart.
const COLUMNS: usize = 48;

impl Page<'_> {
    pub(super) fn retries(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_spool(report) {
            return absent;
        }
        html! {
            (self.herd(report))
            (self.due(report))
            (self.expiring(report))
        }
    }

    fn herd(&self, report: &Report) -> Markup {
        html! {
            @if let Some(herd) = &report.herd {
                p { span.warn { "A herd: " } (count(herd.messages)) " messages (" (herd.share)
                    " % of the old ones) are due at once, at " (self.writer.time(herd.at)) "; other runs have "
                    (count(herd.usual)) "." }
            }
            @if let Some(overdue) = report.overdue.filter(|overdue| *overdue > 0) {
                p { (plural(overdue, "message")) " past the time of the next try: no queue run has taken them up yet." }
            }
        }
    }

    fn due(&self, report: &Report) -> Markup {
        let step = report.retries.len().div_ceil(COLUMNS).max(1);
        let windows = report.retries.chunks(step).filter_map(|runs| {
            Some((
                runs.first()?.at,
                vec![runs.iter().fold(0_u64, |sum, run| sum.saturating_add(run.count))],
            ))
        });
        let windows: Vec<(i64, Vec<u64>)> = windows.collect();
        if windows.is_empty() {
            return html! { p.none { "No retry is to come." } };
        }
        let mut table =
            Table::new(&self.writer, "Deferred messages by the time when they are due", "windows")
                .most(COLUMNS)
                .text("from")
                .number("messages");
        for (at, counts) in &windows {
            table.row([self.writer.hour(*at)].into_iter().chain(counts.iter().map(|n| count(*n))));
        }
        let title = "Deferred messages by the time when they are due";
        let series = [Series { name: "messages", look: 1 }];
        let chart = Columns { title, series: &series, windows };
        figure(title, &chart.render(&self.writer), &html! {}, &table.render("none"))
    }

    fn expiring(&self, report: &Report) -> Markup {
        if report.expiring.is_empty() {
            return html! { p.none { "Nothing comes to the end of its time in the queue within a day." } };
        }
        let mut table = Table::new(
            &self.writer,
            "Recipients that will be returned to their senders, by the time left",
            "domains",
        )
        .text("domain")
        .number("within 1 h")
        .number("within 4 h")
        .number("within 24 h");
        for row in &report.expiring {
            let cells = [row.within_1h, row.within_4h, row.within_24h].map(count);
            table.row([key(&row.domain)].into_iter().chain(cells));
        }
        table.render("none")
    }
}
