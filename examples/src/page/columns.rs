//! Columns over time, stacked.

use maud::{Markup, html};

use super::series::Series;
use super::words::Writer;

/// The height of the chart in pixels.
const HEIGHT: f64 = 160.0;

/// The name of a window in words.
type Name<'n> = dyn Fn(i64) -> String + 'n;

/// Windows of time with counts of several things, stacked in the order of the series.
pub struct Columns<'a> {
    /// What is shown.
    pub title: &'a str,
    /// What is stacked, from the bottom to the top.
    pub series: &'a [Series],
    /// The start of each window and its counts, one for each series.
    pub windows: Vec<(i64, Vec<u64>)>,
}

impl Columns<'_> {
    /// The chart without a legend; the empty string without windows.
    pub fn render(&self, writer: &Writer) -> Markup {
        self.draw(writer, &|at| writer.hour_text(at), &|at| writer.hour(at))
    }

    /// As [`render`](Self::render), of windows that begin at no single moment, such as the hours of all days: `name`
    /// gives the name of each.
    pub fn render_named(&self, writer: &Writer, name: impl Fn(i64) -> String) -> Markup {
        self.draw(writer, &name, &|at| html! { span { (name(at)) } })
    }

    fn draw(&self, writer: &Writer, name: &Name<'_>, label: &dyn Fn(i64) -> Markup) -> Markup {
        let most = self.windows.iter().map(|(_, counts)| sum(counts)).max().unwrap_or(0);
        let (Some(first), Some(last)) = (self.windows.first(), self.windows.last()) else {
            return html! {};
        };
        let top = ceiling(most);
        let step = 100.0 / self.windows.len() as f64;
        let middle = self.windows.get(self.windows.len() / 2).filter(|_| self.windows.len() > 2);
        let id = writer.id();
        html! {
            div.plot {
                div.axis aria-hidden="true" { span { (top) } @if top > 1 { span { (half(top)) } } span { "0" } }
                svg.area width="100%" height=(HEIGHT) role="img" aria-labelledby={ "c" (id) " d" (id) } {
                    title id={ "c" (id) } { (self.title) }
                    desc id={ "d" (id) } { (self.describe(name)) }
                    @for y in [0.5, HEIGHT / 2.0, HEIGHT - 0.5] {
                        line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
                    }
                    @for (n, (at, counts)) in self.windows.iter().enumerate() {
                        @if sum(counts) > 0 {
                            g {
                                title { (name(*at)) ": " (self.spell(counts)) }
                                (self.column(n as f64 * step, step, counts, top))
                            }
                        }
                    }
                }
                div.times aria-hidden="true" {
                    (label(first.0))
                    @if let Some(middle) = middle { (label(middle.0)) }
                    @if self.windows.len() > 1 { (label(last.0)) }
                }
            }
        }
    }

    fn column(&self, x: f64, step: f64, counts: &[u64], top: u64) -> Markup {
        let mut base = HEIGHT;
        let mut segments = Vec::new();
        for (series, count) in self.series.iter().zip(counts).filter(|(_, count)| **count > 0) {
            // A small count must still be visible.
            let height = (*count as f64 / top as f64 * HEIGHT).max(1.5).min(base);
            base -= height;
            segments.push((series.class(), base, height));
        }
        html! { @for (class, y, height) in segments {
            rect class=(class) x={ (short(x + step * 0.1)) "%" } width={ (short(step * 0.8)) "%" }
                y=(short(y)) height=(short(height)) {}
        } }
    }

    fn describe(&self, name: &Name<'_>) -> String {
        let mut sums = vec![0; self.series.len()];
        for (_, counts) in &self.windows {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let most = self.windows.iter().rev().max_by_key(|(_, counts)| sum(counts));
        let most =
            most.filter(|(_, counts)| sum(counts) > 0).map_or(String::new(), |(at, counts)| {
                format!(" Most in the window from {}: {}.", name(*at), self.spell(counts))
            });
        format!("{} windows of time. In all: {}.{most}", self.windows.len(), self.spell(&sums))
    }

    fn spell(&self, counts: &[u64]) -> String {
        let parts = self.series.iter().zip(counts).filter(|(_, count)| **count > 0);
        let parts: Vec<_> =
            parts.map(|(series, count)| format!("{count} {}", series.name)).collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }
}

fn sum(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// The next of 1, 2, 4, 6, 8, 10, 20, 40, …
fn ceiling(most: u64) -> u64 {
    let power = most.checked_ilog10().map_or(1, |digits| 10_u64.saturating_pow(digits));
    let round = [1, 2, 4, 6, 8, 10].map(|factor| power.saturating_mul(factor));
    round.into_iter().find(|round| *round >= most).unwrap_or(most).max(1)
}

fn half(top: u64) -> String {
    if top.is_multiple_of(2) { (top / 2).to_string() } else { String::new() }
}

/// A coordinate, to a hundredth.
pub(super) fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_are_round() {
        let tops = [0, 1, 3, 9, 11, 70, 999, 4_001].map(ceiling);
        assert_eq!(tops, [1, 1, 4, 10, 20, 80, 1_000, 6_000]);
        assert_eq!(ceiling(u64::MAX), u64::MAX);
    }

    #[test]
    fn segments_stand_upon_each_other() {
        let series = [Series { name: "late", look: 1 }, Series { name: "lost", look: 3 }];
        let windows = vec![(0, vec![30, 10]), (600, vec![0, 0]), (1_200, vec![0, 1])];
        let chart = Columns { title: "Fates", series: &series, windows };
        let svg = chart.render(&Writer::new(None, 9)).into_string();
        assert!(svg.contains("role=\"img\"") && svg.contains("<title id=\"c0\">Fates</title>"));
        assert!(svg.contains(
            "In all: 30 late, 11 lost. Most in the window from 01-01 00:00: 30 late, 10 lost."
        ));
        assert!(
            svg.contains(
                "<rect class=\"s1\" x=\"3.33%\" width=\"26.67%\" y=\"40\" height=\"120\">"
            )
        );
        assert!(
            svg.contains("<rect class=\"s3\" x=\"3.33%\" width=\"26.67%\" y=\"0\" height=\"40\">")
        );
        assert!(svg.contains("01-01 00:20: 1 lost"));
        assert_eq!(svg.matches("<rect").count(), 3);
    }
}
