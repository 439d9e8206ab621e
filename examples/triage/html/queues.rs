//! The figures of the queues, and how full the active queue is.

use examples::page::bars::{Bars, plain};
use examples::page::{Series, Table, count, duration, key};
use maud::{Markup, html};

use super::Page;
use super::overview::QUEUES;
use crate::report::{Report, Share};

impl Page<'_> {
    pub(super) fn queues(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_spool(report) {
            return absent;
        }
        let mut table = Table::new(&self.writer, "Messages and recipients by queue", "queues")
            .text("queue")
            .number("messages")
            .number("recipients")
            .number("oldest");
        if report.before.is_some() {
            table = table.number("change");
        }
        html! {
            div.pair {
                div {
                    (self.queue_table(table, report))
                    @if let Some(before) = report.before { p.hint { "The change is since " (self.writer.time(before)) "." } }
                    @if let Some(full) = &report.saturation {
                        (self.meter("messages", full.messages, full.message_limit, full.percent))
                        (self.meter("recipients", full.recipients, full.recipient_limit, full.recipient_percent))
                    }
                }
                (self.from(report))
            }
        }
    }

    fn queue_table(&self, mut table: Table, report: &Report) -> Markup {
        let rows = QUEUES.iter().filter_map(|name| Some((*name, report.queues.get(*name)?)));
        for (name, queue) in rows {
            let mut cells = vec![
                html! { (name) @if queue.partial { " " span.warn { "lower bound: not everything could be read" } } },
                known(queue.messages),
                known(queue.recipients),
                queue.oldest_s.map_or_else(|| html! { "–" }, duration),
            ];
            if report.before.is_some() {
                cells.push(
                    queue
                        .change
                        .map_or_else(|| html! { "–" }, |more| html! { (format!("{more:+}")) }),
                );
            }
            table.row(cells);
        }
        if let Some(corrupt) = report.corrupt.filter(|corrupt| *corrupt > 0) {
            let rest = if report.before.is_some() { 3 } else { 2 };
            let rest = (0..rest).map(|_| html! { "–" });
            table.row([html! { "corrupt" }, count(corrupt)].into_iter().chain(rest));
        }
        table.render("none")
    }

    /// The senders of most messages in each queue.
    fn from(&self, report: &Report) -> Markup {
        let mut table = Table::new(&self.writer, "Who sent most of it", "queues")
            .text("queue")
            .prose("senders, with their messages");
        for name in QUEUES {
            let senders = report.queues.get(name).map_or(&[][..], |queue| queue.senders.as_slice());
            if !senders.is_empty() {
                table.row([html! { (name) }, shares(senders)]);
            }
        }
        table.render("nobody")
    }

    /// A bar that shows how full the active queue is.
    fn meter(&self, what: &str, used: u64, limit: u64, percent: u64) -> Markup {
        let title = format!("The active queue holds {used} of {limit} {what}");
        let look = if percent >= 80 { 3 } else { 1 };
        let series = [Series { name: "used", look }, Series { name: "free", look: 6 }];
        let free = limit.saturating_sub(used) as f64;
        let bar = Bars {
            title: &title,
            amount: plain,
            sums: true,
            series: &series,
            rows: vec![("active".to_owned(), vec![used as f64, free])],
        };
        html! {
            div.meter {
                (bar.meter(&self.writer))
                p { "The active queue holds " b { (count(used)) } " of " (count(limit)) " " (what) ": " b { (percent) " %" } "." }
            }
        }
    }
}

fn known(n: Option<u64>) -> Markup {
    n.map_or_else(|| html! { "unknown" }, count)
}

fn shares(senders: &[Share]) -> Markup {
    html! {
        @for (n, share) in senders.iter().take(3).enumerate() {
            @if n > 0 { ", " }
            (key(&share.name)) " (" (count(share.messages)) ")"
        }
    }
}
