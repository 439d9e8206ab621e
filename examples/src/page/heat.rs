//! A heat map, drawn by `postfix-qshape` in the colours of the page.

use maud::{Markup, PreEscaped, html};
use postfix_qshape::{Buckets, Shape};

use super::table::Table;
use super::words::{Writer, count, name};

/// Names with counts by age.
pub struct Heat<'a> {
    /// What is shown.
    pub title: &'a str,
    /// The word for the rows, in the plural.
    pub what: &'static str,
    /// The age buckets.
    pub buckets: &'a Buckets,
    /// Names with their counts, one for each bucket.
    pub rows: Vec<(&'a str, &'a [u64])>,
}

impl Heat<'_> {
    /// The picture, and the same numbers in a table. Where there is no room for the picture, the table replaces it, in the
    /// same shades.
    pub fn render(&self, writer: &Writer, first: &str, most: usize) -> Markup {
        html! {
            figure.map {
                (self.picture(most))
                details { summary { "The numbers" } (self.table(writer, first)) }
            }
        }
    }

    fn picture(&self, most: usize) -> Markup {
        let mut shape: Shape<String> = Shape::new(self.buckets.clone());
        for (key, counts) in &self.rows {
            let starts = (0..).map_while(|bucket| self.buckets.start(bucket));
            let cells = counts.iter().zip(starts).filter(|(count, _)| **count > 0);
            let key = name(key);
            shape.extend_ref(cells.map(|(count, start)| (key.as_str(), start, *count)));
        }
        let svg = shape.view().heatmap(self.title).top(most).to_string();
        html! {
            div.scroll.heat role="group" tabindex="0" aria-label={ (self.title) " (chart)" } { (PreEscaped(svg)) }
        }
    }

    fn table(&self, writer: &Writer, first: &str) -> Markup {
        let caption = format!("{}, in minutes", self.title);
        let mut table = Table::new(writer, caption, self.what).text(first).number("total");
        for bucket in 0..self.buckets.len() {
            table = table.number(heading(self.buckets, bucket));
        }
        let mut sums = vec![0_u64; self.buckets.len()];
        for (key, counts) in &self.rows {
            sums.iter_mut().zip(*counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
            table.row(cells(key, counts));
        }
        table.total(cells("all", &sums));
        table.render("none")
    }
}

fn cells(key: &str, counts: &[u64]) -> Vec<Markup> {
    let total = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let cells = counts.iter().map(|each| shaded(*each));
    [super::key(key), count(total)].into_iter().chain(cells).collect()
}

/// A count in the shade of its cell in the picture, one step darker for each digit.
fn shaded(n: u64) -> Markup {
    let digits = n.checked_ilog10().map_or(0, |digits| digits + 1).min(7);
    html! { @if n == 0 { span.h.h0 { "0" } } @else { span class={ "h h" (digits) } { (count(n)) } } }
}

/// A heading in minutes, such as `5–10`, or `1280+` for the last bucket.
fn heading(buckets: &Buckets, bucket: usize) -> String {
    let start = buckets.start(bucket).unwrap_or_default().as_secs() / 60;
    match buckets.end(bucket) {
        Some(end) => format!("{start}–{}", end.as_secs() / 60),
        None => format!("{start}+"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_only_colours_that_the_style_knows() {
        let buckets = Buckets::default();
        let counts = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 5, 5];
        let rows = vec![("a.example", &counts[..]), ("b.example", &counts[..])];
        let heat = Heat { title: "Stuck", what: "domains", buckets: &buckets, rows };
        let svg = heat.picture(9).into_string();
        for part in svg.split("fill=\"").skip(1) {
            let fill = part.split('"').next().unwrap_or_default();
            let known = super::super::STYLE.contains(&format!("[fill=\"{fill}\"]"));
            assert!(known, "the style does not say what {fill} is in the dark");
        }
        assert!(svg.contains("a.example, 5–10 min: 1<"));
        let table = heat.table(&Writer::new(None, 1), "domain").into_string();
        assert!(table.contains("<th class=\"n\" scope=\"col\">0–5</th>"));
        assert!(table.contains("1280+") && table.contains("… and 1 more domains"));
    }
}
