//! Days and hours as charts, each with its table.

use chrono::{Days, NaiveDate};
use examples::page::columns::Columns;
use examples::page::{Series, Table, count, figure, legend, plural};
use maud::{Markup, html};

use super::Page;
use crate::report::Slot;

/// Days in a chart: the last ones.
const DAYS: u64 = 62;

/// What comes in, and what becomes of it: the charts of a row of slots.
const CHARTS: [Chart; 2] = [
    Chart {
        title: "Messages received, and commands rejected",
        series: &[Series { name: "received", look: 1 }, Series { name: "rejected", look: 3 }],
        of: |slot| vec![slot.received, slot.rejects],
    },
    Chart {
        title: "Attempts to deliver",
        series: &[
            Series { name: "delivered", look: 1 },
            Series { name: "deferred", look: 2 },
            Series { name: "bounced", look: 3 },
        ],
        of: |slot| vec![slot.delivered, slot.deferrals, slot.bounced],
    },
];

struct Chart {
    title: &'static str,
    series: &'static [Series],
    of: fn(&Slot) -> Vec<u64>,
}

impl Page<'_> {
    pub(super) fn days(&self) -> Markup {
        let days = &self.report.days;
        let date = |day: &String| day.parse::<NaiveDate>().ok();
        let (Some(first), Some(last)) =
            (days.keys().find_map(date), days.keys().rev().find_map(date))
        else {
            return html! { p.none { "No line that was counted has a date." } };
        };
        // Days without a line have their place in the chart.
        let first = first.max(last.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(first));
        let dates = first.iter_days().take_while(|day| *day <= last);
        let slots: Vec<_> = dates
            .map(|day| day.to_string())
            .map(|day| (days.get(&day).copied().unwrap_or_default(), day))
            .collect();
        let left_out = days.keys().filter(|day| **day < first.to_string()).count();
        html! {
            @if left_out > 0 { p { "The last " (slots.len()) " days; " (plural(left_out as u64, "earlier day")) " left out here." } }
            (self.charts("day", &slots))
        }
    }

    pub(super) fn hours(&self) -> Markup {
        let slots = self.report.hours.iter().enumerate();
        let slots: Vec<_> = slots.map(|(hour, slot)| (*slot, format!("{hour:02}:00"))).collect();
        self.charts("hour", &slots)
    }

    fn charts(&self, unit: &str, slots: &[(Slot, String)]) -> Markup {
        html! { div.pair { @for chart in &CHARTS { (self.chart(chart, unit, slots)) } } }
    }

    fn chart(&self, chart: &Chart, unit: &str, slots: &[(Slot, String)]) -> Markup {
        let title = format!("{}, by {unit}", chart.title);
        let mut table = Table::new(&self.writer, &title, "rows").most(slots.len()).text(unit);
        for series in chart.series {
            table = table.number(series.name);
        }
        for (slot, name) in slots {
            let counts = (chart.of)(slot).into_iter().map(count);
            table.row([html! { (name) }].into_iter().chain(counts));
        }
        let windows = (0..).zip(slots).map(|(n, (slot, _))| (n, (chart.of)(slot))).collect();
        let columns = Columns { title: &title, series: chart.series, windows };
        let name = |n: i64| {
            let slot = usize::try_from(n).ok().and_then(|n| slots.get(n));
            slot.map_or_else(String::new, |(_, name)| name.clone())
        };
        let svg = columns.render_named(&self.writer, name);
        figure(&title, &svg, &legend(chart.series), &table.render("none"))
    }
}
