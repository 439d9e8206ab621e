//! A view as a table of text in the layout of `qshape`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::hash::Hash;
use core::time::Duration;

use crate::buckets::Buckets;
use crate::escape::Escaped;
use crate::measure::Measure;
use crate::shape::Shape;
use crate::shape::rollup::Rollup;
use crate::shape::rows::Counts;
use crate::view::View;

/// A view as a table of text: a row `TOTAL`, one row per key, and one column per bucket, whose
/// heading is its upper edge in minutes. Created by [`View::table`].
///
/// Rows are ordered as in `qshape`: the largest total comes first, and of equal totals the shortest
/// name. Names of equal length, whose order `qshape` leaves to chance, are ordered by their bytes.
/// The last row, `other`, holds what the rows do not cover, either because the table is limited to
/// its largest rows or because a bounded shape keeps no more of them. Names are
/// [escaped](crate::escape), and names that do not fit lose their beginning. If the [`Measure`] has
/// several counters, the first one is shown.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let buckets = Buckets::geometric(Duration::from_secs(300), 3)?;
/// let mut shape: Shape<&str> = Shape::new(buckets);
/// shape.extend([("d1.example", Duration::ZERO), ("d1.example", Duration::from_secs(700))]);
/// shape.extend([("d2.example", Duration::ZERO), ("d3.example", Duration::ZERO)]);
/// let text = "
///                     T  5 10 10+
///              TOTAL  4  3  0   1
///         d1.example  2  1  0   1
///              other  2  2  0   0
/// ";
/// assert_eq!(format!("\n{}", shape.table().width(31).top(1)), text);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table<'s, K, C: Measure = u64> {
    view: View<'s, K, C>,
    parents: Option<u64>,
    top: usize,
    width: usize,
    exact: bool,
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> Shape<K, C> {
    /// The shape as text in the layout of `qshape`. This is short for `view().table()`.
    #[must_use]
    pub fn table(&self) -> Table<'_, K, C> {
        self.view().table()
    }
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// The view as text in the layout of `qshape`.
    #[must_use]
    pub fn table(&self) -> Table<'s, K, C> {
        Table { view: self.clone(), parents: None, top: usize::MAX, width: 80, exact: false }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> Table<'_, K, C> {
    /// Limits the table to the largest rows. The others are summed in a last row, `other`. In the
    /// [`exact`](Self::exact) form, `rows` is the number of all rows including `TOTAL`, and there
    /// is no row for the others (`qshape -n`).
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// for n in 0..9 {
    ///     shape.add(format!("{n}.example"), secs(30));
    /// }
    /// let text = shape.table().top(2).to_string();
    /// assert!(text.contains("other"));
    /// ```
    #[must_use]
    pub fn top(self, rows: usize) -> Self {
        Self { top: rows, ..self }
    }

    /// Sets the width of the table in columns (`qshape -w`); the default is 80. Names get the
    /// columns that the numbers leave, but at least 18.
    #[must_use]
    pub fn width(self, columns: usize) -> Self {
        Self { width: columns, ..self }
    }

    /// Adds rows for parent domains that have at least `min_children` different names directly
    /// below them (`qshape -p -m`). This has no effect on the view of a [`Rollup`], which already
    /// contains its parents.
    #[must_use]
    pub fn parents(self, min_children: u64) -> Self {
        Self { parents: Some(min_children), ..self }
    }

    /// Makes [`to_bytes`](Self::to_bytes) return exactly what Postfix's `qshape` prints. The row
    /// `TOTAL` is placed where it sorts, there is no row `other`, names are neither escaped nor
    /// measured in characters, and a name that begins with a dot without being a parent has no row.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    /// The table as bytes. They are those of the text unless [`exact`](Self::exact) was called.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let layout = Layout::new(self.width, self.view.buckets(), self.view.total());
        self.each_row(|name, counts| {
            out.extend(if self.exact { layout.raw(name) } else { layout.text(name).into_bytes() });
            out.extend(layout.numbers(counts).into_bytes());
            Ok::<(), fmt::Error>(())
        })
        // The closure cannot fail.
        .unwrap_or_default();
        out
    }

    /// Writes the bytes that [`to_bytes`](Self::to_bytes) returns, one row at a time, so that a
    /// table of many rows takes no memory of its own.
    ///
    /// # Errors
    /// Returns the errors of `out`.
    #[cfg(feature = "std")]
    pub fn write_to(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let layout = Layout::new(self.width, self.view.buckets(), self.view.total());
        self.each_row(|name, counts| {
            if self.exact {
                out.write_all(&layout.raw(name))?;
            } else {
                out.write_all(layout.text(name).as_bytes())?;
            }
            out.write_all(layout.numbers(counts).as_bytes())
        })
    }

    /// Calls `row` for the heading, which has no counts, and then for each row.
    fn each_row<E>(
        &self,
        row: impl FnMut(&[u8], Option<&Counts<C>>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.parents.filter(|_| !self.view.is_nested()) {
            None => self.rows_of(&self.view, row),
            Some(least) => {
                let rollup = Rollup::new(self.view.shape(), least);
                self.rows_of(&rollup.view().with_total(self.view.total().clone()), row)
            }
        }
    }

    fn rows_of<J: AsRef<[u8]> + Hash + Eq, E>(
        &self,
        view: &View<'_, J, C>,
        mut row: impl FnMut(&[u8], Option<&Counts<C>>) -> Result<(), E>,
    ) -> Result<(), E> {
        row(b"", None)?;
        let total = view.total();
        if !self.exact {
            row(b"TOTAL", Some(total))?;
            let rest = view.each(self.top, |next| row(next.key().as_ref(), Some(next.counts())))?;
            return rest.map_or(Ok(()), |rest| row(b"other", Some(&rest)));
        }
        let mut total_row = Some(sort_key(b"TOTAL", total));
        let mut left = self.top;
        // Without parents no name has children. Only the exact form hides names that begin with a
        // dot and have none.
        let rows =
            view.rows().filter(|next| view.is_nested() || !next.key().as_ref().starts_with(b"."));
        for next in rows {
            let (name, counts) = (next.key().as_ref(), next.counts());
            let here = sort_key(name, counts);
            if total_row.take_if(|key| *key <= here).is_some() {
                let Some(fewer) = left.checked_sub(1) else { return Ok(()) };
                left = fewer;
                row(b"TOTAL", Some(total))?;
            }
            let Some(fewer) = left.checked_sub(1) else { return Ok(()) };
            left = fewer;
            row(name, Some(counts))?;
        }
        match total_row {
            Some(_) if left > 0 => row(b"TOTAL", Some(total)),
            _ => Ok(()),
        }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> fmt::Display for Table<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = Layout::new(self.width, self.view.buckets(), self.view.total());
        self.each_row(|name, counts| {
            f.write_str(&layout.text(name))?;
            f.write_str(&layout.numbers(counts))
        })
    }
}

fn sort_key<'n, C: Measure>(name: &'n [u8], counts: &Counts<C>) -> (u64, usize, &'n [u8]) {
    (u64::MAX.saturating_sub(counts.total().lane(0)), name.len(), name)
}

/// The headings and the widths of the columns, which depend on the totals.
struct Layout {
    headings: Vec<String>,
    widths: Vec<usize>,
    name: usize,
}

impl Layout {
    fn new<C: Measure>(columns: usize, buckets: &Buckets, total: &Counts<C>) -> Self {
        let headings = headings(buckets);
        let cells = core::iter::once(total.total()).chain(total.iter());
        let widths: Vec<usize> = headings
            .iter()
            .zip(cells)
            .map(|(heading, cell)| match heading.len().max(cell.lane(0).to_string().len()) {
                0..=2 => 3,
                long => long.saturating_add(1),
            })
            .collect();
        let name = columns.saturating_sub(widths.iter().sum()).max(18);
        Self { headings, widths, name }
    }

    /// The numbers of a row, or the headings, followed by a line feed.
    fn numbers<C: Measure>(&self, counts: Option<&Counts<C>>) -> String {
        let mut line = String::new();
        let mut push = |index: usize, cell: &dyn fmt::Display| {
            let width = self.widths.get(index).copied().unwrap_or(0);
            // Writing into a string cannot fail.
            let _ = write!(line, "{cell:>width$}");
        };
        match counts {
            None => {
                self.headings.iter().enumerate().for_each(|(index, heading)| push(index, heading));
            }
            Some(counts) => {
                push(0, &counts.total().lane(0));
                let cells = counts.iter().map(|cell| cell.lane(0));
                cells.zip(1..).for_each(|(cell, index)| push(index, &cell));
            }
        }
        line.push('\n');
        line
    }

    /// The unchanged name, right-aligned and shortened by bytes.
    fn raw(&self, name: &[u8]) -> Vec<u8> {
        let Some(cut) = name.len().checked_sub(self.name).filter(|&cut| cut > 0) else {
            let mut cell = alloc::vec![b' '; self.name.saturating_sub(name.len())];
            cell.extend(name);
            return cell;
        };
        let mark = shortened(name);
        let rest = name.get(cut.saturating_add(mark.len())..).unwrap_or(b"");
        [mark.as_bytes(), rest].concat()
    }

    /// The escaped name, right-aligned and shortened by characters.
    fn text(&self, name: &[u8]) -> String {
        // The end of a name is enough. Four bytes give at least one character, and a character that
        // is cut in two at the beginning is not among those that are shown.
        let most = self.name.saturating_add(2).saturating_mul(4);
        let end = name.get(name.len().saturating_sub(most)..).unwrap_or(name);
        let safe = Escaped::new(end).to_string();
        let long = safe.chars().count();
        let Some(cut) = long.checked_sub(self.name).filter(|&cut| cut > 0) else {
            let width = self.name;
            return alloc::format!("{safe:>width$}");
        };
        let mark = shortened(name);
        let rest = safe.chars().skip(cut.saturating_add(mark.len()));
        mark.chars().chain(rest).collect()
    }
}

/// The text that replaces the part that does not fit.
fn shortened(name: &[u8]) -> &'static str {
    if name.starts_with(b".") { ".+" } else { "+" }
}

/// The headings: `T`, the upper edges in minutes, and the last edge again with a plus sign.
fn headings(buckets: &Buckets) -> Vec<String> {
    let edges = buckets.edges().iter().map(|&edge| minutes(edge));
    let last = buckets.edges().last().map_or(Duration::ZERO, |&edge| edge);
    let open = alloc::format!("{}+", minutes(last));
    core::iter::once("T".to_string()).chain(edges).chain([open]).collect()
}

/// A number of minutes as Perl prints it: with 15 significant digits and without zeros at the end.
fn minutes(edge: Duration) -> String {
    general(edge.as_secs_f64() / 60.0)
}

/// A number in the format `%.15g` of C.
fn general(value: f64) -> String {
    let scientific = alloc::format!("{value:.14e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        let decimals = usize::try_from(14_i32.saturating_sub(exponent)).unwrap_or(0);
        return trim_zeros(&alloc::format!("{value:.decimals$}")).to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    alloc::format!("{}e{sign}{:02}", trim_zeros(digits), exponent.unsigned_abs())
}

fn trim_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}
