//! What became of mail that was deferred.

use examples::page::bars::{Bars, plain};
use examples::page::columns::Columns;
use examples::page::heat::Heat;
use examples::page::{Series, Table, count, figure, key, legend};
use maud::{Markup, html};

use super::Page;
use super::overview::short;
use super::stuck::buckets;
use crate::log::FATES;
use crate::report::Report;

/// The four fates, and all others.
const SERIES: [Series; FATES.len() + 1] = [
    Series { name: "delivered later", look: 1 },
    Series { name: "still in the queue", look: 2 },
    Series { name: "given up and returned", look: 3 },
    Series { name: "refused later", look: 4 },
    Series { name: "otherwise ended", look: 5 },
];

/// Windows of time in a chart: twice as many as a report has.
pub(super) const WINDOWS: usize = 96;

impl Page<'_> {
    pub(super) fn fates(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_log(report) {
            return absent;
        }
        if sum(report.fates.values()) == 0 {
            return html! { (self.all(report)) p.none { "Nothing was deferred." } };
        }
        html! {
            div.lead { (self.all(report)) (self.over_time(report)) }
            (self.by_class(report))
            (self.held(report))
            (check(report))
        }
    }

    fn all(&self, report: &Report) -> Markup {
        let mut table =
            Table::new(&self.writer, "Recipients that were deferred at least once", "fates")
                .text("fate")
                .number("recipients");
        for (fate, words) in FATES {
            table.row([html! { (words) }, count(report.fates.get(fate).copied().unwrap_or(0))]);
        }
        let known = |fate: &str| FATES.iter().any(|(known, _)| *known == fate);
        for (fate, recipients) in report.fates.iter().filter(|(fate, _)| !known(fate)) {
            table.row([html! { (examples::page::words(fate)) }, count(*recipients)]);
        }
        table.total([html! { "all" }, count(sum(report.fates.values()))]);
        table.render("none")
    }

    fn over_time(&self, report: &Report) -> Markup {
        let title = "Fates by the time of the first deferral";
        let mut table =
            Table::new(&self.writer, title, "windows").most(WINDOWS).text("first deferred from");
        for series in SERIES {
            table = table.number(series.name);
        }
        let mut windows = Vec::new();
        for row in report.fates_over_time.iter().take(WINDOWS) {
            let counts = [
                row.delivered_after_deferral,
                row.still_deferred,
                row.expired,
                row.late_bounce,
                row.other,
            ];
            table.row([self.writer.hour(row.at)].into_iter().chain(counts.map(count)));
            windows.push((row.at, counts.to_vec()));
        }
        let chart = Columns { title, series: &SERIES, windows };
        figure(title, &chart.render(&self.writer), &legend(&SERIES), &table.render("none"))
    }

    fn by_class(&self, report: &Report) -> Markup {
        let title = "Fates by the class of the last failure";
        let mut table = Table::new(&self.writer, title, "classes").text("class");
        for series in SERIES {
            table = table.number(series.name);
        }
        let mut classes: Vec<(&String, [u64; SERIES.len()])> = Vec::new();
        for (class, fates) in &report.fates_by_class {
            let mut counts = [0; SERIES.len()];
            for (fate, recipients) in fates {
                let place = FATES.iter().position(|(known, _)| known == fate);
                let place = place.unwrap_or(FATES.len());
                counts
                    .iter_mut()
                    .skip(place)
                    .take(1)
                    .for_each(|count| *count = sum([&*count, recipients]));
            }
            classes.push((class, counts));
        }
        classes.sort_by_key(|(_, counts)| std::cmp::Reverse(sum(counts)));
        for (class, counts) in &classes {
            table.row([key(class)].into_iter().chain(counts.map(count)));
        }
        let rows = classes.iter().take(self.writer.rows().min(12));
        let rows =
            rows.map(|(class, counts)| ((*class).clone(), counts.map(|n| n as f64).to_vec()));
        let chart =
            Bars { title, amount: plain, sums: true, series: &SERIES, rows: rows.collect() };
        figure(title, &chart.render(&self.writer), &legend(&SERIES), &table.render("none"))
    }

    /// From the first deferral to the end.
    fn held(&self, report: &Report) -> Markup {
        let Some(buckets) = buckets().filter(|_| !report.holds.is_empty()) else {
            return html! {};
        };
        let words = |fate: &str| {
            let known = FATES.iter().find(|(known, _)| *known == fate);
            known.map_or_else(|| examples::page::words(fate), |(_, words)| short(words).to_owned())
        };
        let rows: Vec<(String, &[u64])> =
            report.holds.iter().map(|hold| (words(&hold.fate), hold.buckets.as_slice())).collect();
        let heat = Heat {
            title: "How long recipients were held, from the first deferral to the end",
            what: "fates",
            buckets: &buckets,
            rows: rows.iter().map(|(fate, counts)| (fate.as_str(), *counts)).collect(),
        };
        heat.render(&self.writer, "fate", 10)
    }
}

/// Saved numbers may be anything.
fn sum<'n>(numbers: impl IntoIterator<Item = &'n u64>) -> u64 {
    numbers.into_iter().fold(0, |sum, number| sum.saturating_add(*number))
}

/// How the log and the spool agree.
fn check(report: &Report) -> Markup {
    html! { @if let Some(check) = &report.check {
        p.hint {
            "Of the recipients that the log leaves in the queue, " (check.confirmed) " are there and "
            (check.gone) " are not. Of those in the queue, " (check.unlogged)
            " belong to messages that the log never mentions, " (check.unnamed) " were not tried in it."
        }
    } }
}
