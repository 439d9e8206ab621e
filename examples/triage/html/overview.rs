//! All hosts in one table.

use examples::page::{Table, count, duration, name};
use maud::{Markup, html};

use super::Page;
use super::verdicts::{cause, class, level};
use crate::log::FATES;
use crate::report::Report;

/// The queues in the order in which mail flows.
pub(super) const QUEUES: [&str; 5] = ["maildrop", "incoming", "active", "deferred", "hold"];

/// The maximum number of hosts in the table.
const MOST: usize = 200;

impl Page<'_> {
    pub(super) fn overview(&self, all: &[Report]) -> Markup {
        let mut table = Table::new(
            &self.writer,
            "The most important verdict, messages by queue, and fates",
            "hosts",
        )
        .most(MOST)
        .group("", 3)
        .group("messages in the queues", QUEUES.len())
        .group("", 2)
        .group("deferred recipients by fate", FATES.len())
        .text("host")
        .text("verdict")
        .text("as of");
        for queue in QUEUES {
            table = table.number(queue);
        }
        table = table.number("active, %").number("oldest");
        for (_, words) in FATES {
            table = table.number(short(words));
        }
        for report in all {
            table.row(self.overview_row(report));
        }
        table.render("none")
    }

    fn overview_row(&self, report: &Report) -> Vec<Markup> {
        let known = |n: Option<u64>| n.map_or_else(|| html! { "–" }, count);
        let mut cells = vec![html! { (name(report.host.as_deref().unwrap_or_default())) }];
        let worst = report.verdicts.first();
        cells.push(worst.map_or_else(|| html! { "–" }, |verdict| {
            html! { span class=(class(verdict.severity)) { span.level { (level(verdict.severity)) } } " " (cause(verdict)) }
        }));
        cells.push(self.writer.hour(report.now));
        let messages = |queue: &str| report.queues.get(queue).and_then(|queue| queue.messages);
        cells.extend(QUEUES.map(|queue| known(messages(queue))));
        cells.push(known(report.saturation.as_ref().map(|saturation| saturation.percent)));
        let oldest = report.queues.values().filter_map(|queue| queue.oldest_s).max();
        cells.push(oldest.map_or_else(|| html! { "–" }, duration));
        cells.extend(FATES.map(|(fate, _)| known(report.fates.get(fate).copied())));
        cells
    }
}

/// The first words of the name of a fate.
pub(super) fn short(fate: &'static str) -> &'static str {
    fate.split_once(" at ").map_or(fate, |(short, _)| short)
}
