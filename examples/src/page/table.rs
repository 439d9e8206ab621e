//! Tables: a caption, headings, and rows whose first cell names the row.

use maud::{Markup, html};

use super::words::{Writer, count};

/// A table that is being built.
pub struct Table {
    caption: String,
    id: usize,
    most: usize,
    columns: Vec<Column>,
    groups: Vec<(&'static str, usize)>,
    /// The columns at which groups begin.
    edges: Vec<usize>,
    rows: Vec<Vec<Markup>>,
    total: Option<Vec<Markup>>,
    left_out: usize,
    what: &'static str,
}

struct Column {
    name: String,
    class: &'static str,
}

impl Table {
    /// A table without columns and rows. `what` is the word for its rows, in the plural.
    pub fn new(writer: &Writer, caption: impl Into<String>, what: &'static str) -> Self {
        Self {
            caption: caption.into(),
            id: writer.id(),
            most: writer.rows(),
            columns: Vec::new(),
            groups: Vec::new(),
            edges: Vec::new(),
            rows: Vec::new(),
            total: None,
            left_out: 0,
            what,
        }
    }

    /// Sets the maximum number of rows.
    #[must_use]
    pub fn most(self, rows: usize) -> Self {
        Self { most: rows, ..self }
    }

    /// Adds a column of names and short texts.
    #[must_use]
    pub fn text(self, name: impl Into<String>) -> Self {
        self.column(name.into(), "")
    }

    /// Adds a column of sentences.
    #[must_use]
    pub fn prose(self, name: impl Into<String>) -> Self {
        self.column(name.into(), "prose")
    }

    /// Adds a column of numbers.
    #[must_use]
    pub fn number(self, name: impl Into<String>) -> Self {
        self.column(name.into(), "n")
    }

    fn column(mut self, name: String, class: &'static str) -> Self {
        let class = match (class, self.edges.contains(&self.columns.len())) {
            ("n", true) => "n edge",
            _ => class,
        };
        self.columns.push(Column { name, class });
        self
    }

    /// Adds a heading above the next columns, as many as given. If used, it must cover all columns and come before them.
    #[must_use]
    pub fn group(mut self, name: &'static str, columns: usize) -> Self {
        if !name.is_empty() {
            self.edges.push(self.groups.iter().map(|(_, columns)| columns).sum());
        }
        self.groups.push((name, columns));
        self
    }

    /// Adds a row if there is room; otherwise the row is only counted.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        if self.rows.len() < self.most {
            self.rows.push(cells.into_iter().collect());
        } else {
            self.left_out += 1;
        }
    }

    /// Counts rows that are left out without being made.
    pub fn leave_out(&mut self, rows: usize) {
        self.left_out += rows;
    }

    /// Sets the last row, for the sum of all rows.
    pub fn total(&mut self, cells: impl IntoIterator<Item = Markup>) {
        self.total = Some(cells.into_iter().collect());
    }

    /// True when no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table, or `empty` if it has no row.
    pub fn render(&self, empty: &str) -> Markup {
        if self.is_empty() {
            return html! { p.none { (self.caption) ": " (empty) } };
        }
        let id = format!("t{}", self.id);
        html! {
            div.scroll role="group" tabindex="0" aria-labelledby=(id) {
                table class=(if self.is_slim() { "slim" } else { "long" }) {
                    caption id=(id) { span { (self.caption) } }
                    thead {
                        @if !self.groups.is_empty() { tr.groups {
                            @for (name, span) in &self.groups {
                                @if name.is_empty() { td colspan=(span) {} }
                                @else { th scope="colgroup" colspan=(span) { (name) } }
                            }
                        } }
                        tr.heads { @for column in &self.columns {
                            th class=[class(column)] scope="col" { (column.name) }
                        } }
                    }
                    tbody { @for row in &self.rows { (self.cells(row)) } }
                    @if let Some(total) = &self.total { tfoot { (self.cells(total)) } }
                }
            }
            @if self.left_out > 0 {
                p.more { "… and " (count(self.left_out as u64)) " more " (self.what) ", left out here." }
            }
        }
    }

    /// True for a table without sentences, which need not be as wide as the page.
    fn is_slim(&self) -> bool {
        self.columns.iter().all(|column| column.class != "prose")
    }

    /// The heading that a cell repeats if the table is too wide for the screen.
    fn label<'c>(&self, column: &'c Column) -> Option<&'c str> {
        (!self.is_slim() && column.class != "prose").then_some(column.name.as_str())
    }

    fn cells(&self, row: &[Markup]) -> Markup {
        html! { tr { @for (n, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
            @if n == 0 { th class=[class(column)] scope="row" { (cell) } }
            @else { td class=[class(column)] data-h=[self.label(column)] { (cell) } }
        } } }
    }
}

fn class(column: &Column) -> Option<&'static str> {
    (!column.class.is_empty()).then_some(column.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let writer = Writer::new(None, 2);
        let mut table = Table::new(&writer, "By domain", "domains").text("domain").number("n");
        assert_eq!(table.render("none").into_string(), "<p class=\"none\">By domain: none</p>");
        for n in 0..5_u64 {
            table.row([html! { "d" (n) }, count(n)]);
        }
        let page = table.render("none").into_string();
        assert_eq!(page.matches("<tr>").count(), 2);
        assert!(page.contains("<th scope=\"row\">d1</th><td class=\"n\">1</td>"));
        assert!(page.contains("<caption id=\"t0\"><span>By domain</span></caption>"));
        assert!(page.contains("… and 3 more domains, left out here."));
    }
}
