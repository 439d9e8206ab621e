//! A view as comma-separated values.

use alloc::string::{String, ToString};
use core::fmt;
use core::hash::Hash;

use super::seconds::Seconds;
use crate::escape::Escaped;
use crate::measure::Measure;
use crate::shape::rows::Counts;
use crate::view::View;

/// A view as comma-separated values (RFC 4180; lines end with CR LF). Created by [`View::csv`].
///
/// The first line contains the titles: `key`, `total`, and for each bucket the age at which it
/// begins, in seconds. If the [`Measure`] has several counters, each bucket has that many columns,
/// with the titles `300`, `300.2` and so on. Keys are quoted and [escaped](crate::escape). A key
/// that a spreadsheet could mistake for a formula is preceded by an apostrophe. There is no line
/// for the total. It is the sum of all lines, including `other`, except in the view of a
/// [`Rollup`](crate::Rollup), whose rows contain one another.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let mut shape: Shape<&str> = Shape::new(Buckets::geometric(Duration::from_secs(60), 2)?);
/// shape.extend([("=1+1", Duration::ZERO), ("b", Duration::ZERO), ("b", Duration::from_secs(90))]);
/// let text = "key,total,0,60\r\n\"b\",2,1,1\r\n\"'=1+1\",1,1,0\r\n";
/// assert_eq!(shape.view().csv().to_string(), text);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv<'s, K, C: Measure = u64> {
    view: View<'s, K, C>,
    top: usize,
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// The view as comma-separated values. What no row covers is in the last line, `other`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// assert_eq!(shape.view().csv().to_string().lines().count(), 2); // the titles, and one row
    /// ```
    #[must_use]
    pub fn csv(&self) -> Csv<'s, K, C> {
        Csv { view: self.clone(), top: usize::MAX }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> Csv<'_, K, C> {
    /// Limits the output to the largest rows. The others are summed in a last line with the
    /// unquoted name `other`, which is left out if it is zero.
    #[must_use]
    pub fn top(self, rows: usize) -> Self {
        Self { top: rows, ..self }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> fmt::Display for Csv<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key")?;
        lanes::<C>(|lane| write!(f, ",total{}", Nth(lane)))?;
        let buckets = self.view.buckets();
        for start in (0..buckets.len()).filter_map(|index| buckets.start(index)) {
            lanes::<C>(|lane| write!(f, ",{}{}", Seconds(start), Nth(lane)))?;
        }
        f.write_str("\r\n")?;
        let rest = self.view.each(self.top, |row| {
            write!(f, "\"{}\"", quoted(row.key().as_ref()))?;
            numbers(f, row.counts())
        })?;
        let Some(rest) = rest else { return Ok(()) };
        f.write_str("other")?;
        numbers(f, &rest)
    }
}

fn numbers<C: Measure>(f: &mut fmt::Formatter<'_>, counts: &Counts<C>) -> fmt::Result {
    for cell in core::iter::once(counts.total()).chain(counts.iter()) {
        lanes::<C>(|lane| write!(f, ",{}", cell.lane(lane)))?;
    }
    f.write_str("\r\n")
}

fn lanes<C: Measure>(write: impl FnMut(usize) -> fmt::Result) -> fmt::Result {
    (0..C::LANES).try_for_each(write)
}

/// The end of a title: nothing for the first counter, then `.2`, `.3` and so on.
struct Nth(usize);

impl fmt::Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            lane => write!(f, ".{}", lane.saturating_add(1)),
        }
    }
}

fn quoted(name: &[u8]) -> String {
    let text = Escaped::new(name).to_string().replace('"', "\"\"");
    let formula =
        text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if formula { alloc::format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::shape::Shape;
    use crate::top::TopShape;
    use alloc::vec::Vec;
    use core::time::Duration;

    #[test]
    fn hostile_keys_stay_in_their_cell() {
        for (key, cell) in [
            (&b"a\"b,c"[..], "\"a\"\"b,c\""),
            (b"x\r\ny", "\"x\\x0d\\x0ay\""),
            (b"@cmd", "\"'@cmd\""),
            (b"\t=1", "\"\\x09=1\""),
            ("\u{ff1d}1".as_bytes(), "\"'\u{ff1d}1\""),
            (b"\xff\\", "\"\\xff\\x5c\""),
        ] {
            let mut shape: Shape<&[u8]> = Shape::new(Buckets::linear(Duration::MAX, 1).unwrap());
            shape.add(key, Duration::ZERO);
            assert_eq!(
                shape.view().csv().to_string().lines().nth(1).unwrap(),
                alloc::format!("{cell},1,1")
            );
        }
    }

    #[test]
    fn counters_side_by_side_and_the_rest() {
        let mut shape: Shape<&str, (u64, u64)> =
            Shape::new(Buckets::linear(Duration::from_millis(1500), 2).unwrap());
        shape.extend([("a", Duration::ZERO, (2, 30)), ("b", Duration::from_secs(2), (1, 500))]);
        let text = shape.view().csv().top(1).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            ["key,total,total.2,0,0.2,1.5,1.5.2", "\"a\",2,30,2,30,0,0", "other,1,500,0,0,1,500"]
        );
    }

    #[test]
    fn what_no_row_has_is_the_last_row() {
        let mut shape: Shape<&str> =
            Shape::new(Buckets::linear(Duration::from_secs(1), 2).unwrap());
        shape.extend([("a", Duration::ZERO), ("a", Duration::MAX), ("b", Duration::MAX)]);
        let rows = "key,total,0,1\r\n\"a\",2,1,1\r\n";
        assert_eq!(shape.view().csv().to_string(), alloc::format!("{rows}\"b\",1,0,1\r\n"));
        assert_eq!(shape.view().csv().top(1).to_string(), alloc::format!("{rows}other,1,0,1\r\n"));
        shape.add("c", Duration::ZERO);
        assert_eq!(shape.view().csv().top(1).to_string(), alloc::format!("{rows}other,2,1,1\r\n"));
    }

    #[test]
    fn a_bounded_shape_has_its_exact_total() {
        let mut top: TopShape<&str> =
            TopShape::new(Buckets::linear(Duration::MAX, 1).unwrap(), 1).unwrap();
        top.extend(["a", "b", "a", "c"].map(|key| (key, Duration::ZERO)));
        assert_eq!(top.view().csv().to_string(), "key,total,0\r\n\"a\",2,2\r\nother,2,2\r\n");
    }
}
