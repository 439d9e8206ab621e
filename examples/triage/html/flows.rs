//! How mail flows: over time, and to each domain.

use examples::delays::PARTS;
use examples::page::bars::{Bars, lasting};
use examples::page::columns::Columns;
use examples::page::{Series, Table, count, figure, key, legend, name, seconds};
use maud::{Markup, html};

use super::Page;
use super::fates::WINDOWS;
use crate::report::{Flow, Report, Window};

const ATTEMPTS: [Series; 4] = [
    Series { name: "sent", look: 1 },
    Series { name: "deferred", look: 2 },
    Series { name: "bounced", look: 4 },
    Series { name: "expired", look: 3 },
];

/// The parts of a delay, as in the log: the first by itself, because on a retry it is the whole wait before.
const BEFORE: [Series; 1] = [Series { name: "before the queue manager", look: 5 }];
const AFTER: [Series; 3] = [
    Series { name: "in the active queue", look: 1 },
    Series { name: "connecting", look: 2 },
    Series { name: "transmitting", look: 4 },
];

/// Bars of the chart.
const BARS: usize = 10;

impl Page<'_> {
    pub(super) fn flows(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_log(report) {
            return absent;
        }
        let hosts = report.timeline.chunk_by(|a, b| a.host == b.host);
        html! {
            @for windows in hosts.take(self.writer.rows()) { (self.timeline(report, windows)) }
            (self.legs(report))
            (self.delays(report))
        }
    }

    fn timeline(&self, report: &Report, windows: &[Window]) -> Markup {
        let host = windows.first().filter(|_| Self::names_hosts(report));
        let windows = windows.get(..WINDOWS).unwrap_or(windows);
        let title = match host {
            Some(window) => format!("Attempts over time on {}", name(&window.host)),
            None => "Attempts over time".to_owned(),
        };
        let mut table =
            Table::new(&self.writer, title.as_str(), "windows").most(WINDOWS).text("from");
        for column in [
            "arrived", "taken up", "sent", "deferred", "bounced", "expired", "removed", "held",
            "rejected",
        ] {
            table = table.number(column);
        }
        for row in windows {
            let counts = [
                row.arrived,
                row.taken,
                row.sent,
                row.deferred,
                row.bounced,
                row.expired,
                row.removed,
                row.held,
                row.rejected,
            ];
            table.row([self.writer.hour(row.at)].into_iter().chain(counts.map(count)));
        }
        let bars = windows
            .iter()
            .map(|row| (row.at, vec![row.sent, row.deferred, row.bounced, row.expired]));
        let chart = Columns { title: &title, series: &ATTEMPTS, windows: bars.collect() };
        figure(&title, &chart.render(&self.writer), &legend(&ATTEMPTS), &table.render("none"))
    }

    /// Where the time goes.
    fn legs(&self, report: &Report) -> Markup {
        html! { div.pair {
            (self.parts(report, "Seconds after a message is taken up: median of each part", &AFTER, "queue", 2))
            (self.parts(report, "Time before a message is taken up, all tries before included: median", &BEFORE, "before", 1))
        } }
    }

    fn parts(
        &self,
        report: &Report,
        title: &str,
        series: &[Series],
        first: &str,
        skipped: usize,
    ) -> Markup {
        let timed = report.flows.iter().filter(|flow| flow.delays.contains_key(first));
        let rows = timed.take(self.writer.rows().min(BARS)).map(|flow| {
            let parts = PARTS.iter().skip(skipped).take(series.len());
            (
                flow.domain.clone(),
                parts.filter_map(|part| Some(flow.delays.get(*part)?.p50)).collect(),
            )
        });
        let rows: Vec<(String, Vec<f64>)> = rows.collect();
        if rows.is_empty() {
            return html! {};
        }
        let chart = Bars { title, amount: lasting, sums: series.len() == 1, series, rows };
        html! { figure {
            figcaption { (title) }
            (chart.render(&self.writer))
            @if series.len() > 1 { (legend(series)) }
        } }
    }

    fn delays(&self, report: &Report) -> Markup {
        let hosts = Self::names_hosts(report);
        let mut table =
            Table::new(&self.writer, "Attempts by domain, and the seconds they took", "domains")
                .group("", if hosts { 2 } else { 1 })
                .group("attempts", 3);
        for group in ["total", "before", "queue", "connect", "transmit"] {
            table = table.group(group, 3);
        }
        table = table.text("domain");
        if hosts {
            table = table.text("host");
        }
        table = table.number("sent").number("deferred").number("bounced");
        for _ in PARTS {
            table = table.number("P50").number("P95").number("P99");
        }
        for flow in &report.flows {
            table.row(cells(flow, hosts));
        }
        table.render("nothing was delivered")
    }
}

fn cells(flow: &Flow, hosts: bool) -> Vec<Markup> {
    let mut cells = vec![key(&flow.domain)];
    if hosts {
        cells.push(key(&flow.host));
    }
    cells.extend([flow.sent, flow.deferred, flow.bounced].map(count));
    for part in PARTS {
        match flow.delays.get(part) {
            Some(delay) => cells.extend([delay.p50, delay.p95, delay.p99].map(seconds)),
            None => cells.extend(["–"; 3].map(|dash| html! { (dash) })),
        }
    }
    cells
}
