//! A view as JSON.

use core::fmt::{self, Write as _};
use core::hash::Hash;

use super::seconds::Seconds;
use crate::escape::Escaped;
use crate::measure::Measure;
use crate::shape::rows::Counts;
use crate::view::View;

/// A view as one JSON object, for programs that display it. It cannot be read back. Created by
/// [`View::json`].
///
/// To store an aggregate, use the [wire form](crate::wire) or serde, whose JSON is different.
///
/// The members are `edges` (the edges between the buckets, in seconds), `total` and `buckets` (the
/// sum of everything), `rows` (an array of objects with `key`, `total`, `buckets` and, unless it is
/// zero, `missed`; the largest row comes first), and `other` (an object with `total` and `buckets`,
/// if the rows do not cover everything). If the [`Measure`] has several counters, an array takes
/// the place of each number. Keys are [escaped](crate::escape), so that each can be recovered.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let mut shape: Shape<&[u8]> = Shape::new(Buckets::geometric(Duration::from_secs(60), 2)?);
/// shape.extend([(&b"a"[..], Duration::ZERO), (b"\xff", Duration::from_secs(60))]);
/// assert_eq!(
///     shape.view().json().top(1).to_string(),
///     r#"{"edges":[60],"total":2,"buckets":[1,1],"rows":[{"key":"a","total":1,"buckets":[1,0]}],"other":{"total":1,"buckets":[0,1]}}"#
/// );
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Json<'s, K, C: Measure = u64> {
    view: View<'s, K, C>,
    top: usize,
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// The view as a JSON object for programs that display it. It is not meant for storage.
    #[must_use]
    pub fn json(&self) -> Json<'s, K, C> {
        Json { view: self.clone(), top: usize::MAX }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> Json<'_, K, C> {
    /// Limits the output to the largest rows. The others are summed in `other`.
    #[must_use]
    pub fn top(self, rows: usize) -> Self {
        Self { top: rows, ..self }
    }
}

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> fmt::Display for Json<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"edges\":")?;
        list(f, self.view.buckets().edges().iter(), |f, &edge| write!(f, "{}", Seconds(edge)))?;
        f.write_str(",")?;
        counts(f, self.view.total())?;
        f.write_str(",\"rows\":[")?;
        let mut comma = "";
        let rest = self.view.each(self.top, |row| {
            write!(f, "{comma}{{\"key\":\"")?;
            comma = ",";
            write!(Quoted(f), "{}", Escaped::new(row.key().as_ref()))?;
            f.write_str("\",")?;
            counts(f, row.counts())?;
            match row.missed() {
                0 => f.write_str("}"),
                missed => write!(f, ",\"missed\":{missed}}}"),
            }
        })?;
        f.write_str("]")?;
        if let Some(rest) = rest {
            f.write_str(",\"other\":{")?;
            counts(f, &rest)?;
            f.write_str("}")?;
        }
        f.write_str("}")
    }
}

fn counts<C: Measure>(f: &mut fmt::Formatter<'_>, counts: &Counts<C>) -> fmt::Result {
    f.write_str("\"total\":")?;
    cell(f, counts.total())?;
    f.write_str(",\"buckets\":")?;
    list(f, counts.iter(), cell)
}

fn cell<C: Measure>(f: &mut fmt::Formatter<'_>, cell: C) -> fmt::Result {
    match C::LANES {
        1 => write!(f, "{}", cell.lane(0)),
        lanes => list(f, 0..lanes, |f, lane| write!(f, "{}", cell.lane(lane))),
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
    mut item: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("[")?;
    for (index, value) in items.enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        item(f, value)?;
    }
    f.write_str("]")
}

/// Escapes text inside a JSON string. Control characters do not occur here, because they have been
/// escaped before.
struct Quoted<'f, 'g>(&'f mut fmt::Formatter<'g>);

impl fmt::Write for Quoted<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.split_inclusive(['"', '\\']).try_for_each(|piece| {
            match piece.strip_suffix(['"', '\\']) {
                Some(plain) if piece.ends_with('"') => write!(self.0, "{plain}\\\""),
                Some(plain) => write!(self.0, "{plain}\\\\"),
                None => self.0.write_str(piece),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::buckets::Buckets;
    use crate::shape::Shape;
    use crate::top::TopShape;
    use alloc::string::ToString;
    use core::time::Duration;

    #[test]
    fn hostile_keys_stay_in_their_string() {
        for (key, text) in [
            (&b"\"},{"[..], r#""\"},{""#),
            (b"\\", r#""\\x5c""#),
            (b"a\"b\"", r#""a\"b\"""#),
            (b"\n\x1b\xfe", r#""\\x0a\\x1b\\xfe""#),
            ("\u{2028}\u{fc}".as_bytes(), "\"\\\\xe2\\\\x80\\\\xa8\u{fc}\""),
        ] {
            let mut shape: Shape<&[u8]> = Shape::new(Buckets::linear(Duration::MAX, 1).unwrap());
            shape.add(key, Duration::ZERO);
            let json = shape.view().json().to_string();
            assert!(json.contains(&alloc::format!("{{\"key\":{text},")), "{json}");
        }
    }

    #[test]
    fn several_counters_are_arrays() {
        let mut shape: Shape<&str, [u64; 2]> =
            Shape::new(Buckets::linear(Duration::from_millis(500), 2).unwrap());
        shape.extend([("a", Duration::ZERO, [1, 9])]);
        assert_eq!(
            shape.view().json().to_string(),
            r#"{"edges":[0.5],"total":[1,9],"buckets":[[1,9],[0,0]],"rows":[{"key":"a","total":[1,9],"buckets":[[1,9],[0,0]]}]}"#
        );
    }

    #[test]
    fn what_no_row_has_is_other() {
        let mut top: TopShape<&str> =
            TopShape::new(Buckets::linear(Duration::MAX, 1).unwrap(), 1).unwrap();
        top.extend(["a", "b", "a"].map(|key| (key, Duration::ZERO)));
        let rows =
            r#"{"edges":[],"total":3,"buckets":[3],"rows":[{"key":"a","total":2,"buckets":[2]}"#;
        let all = alloc::format!("{rows},{}]}}", r#"{"key":"b","total":1,"buckets":[1]}"#);
        assert_eq!(top.view().json().to_string(), all);
        let other = r#","other":{"total":1,"buckets":[1]}}"#;
        assert_eq!(top.view().json().top(1).to_string(), alloc::format!("{rows}]{other}"));
        top.add("c", Duration::ZERO);
        let text = top.view().json().to_string();
        assert!(
            text.ends_with(
                r#""rows":[{"key":"a","total":2,"buckets":[2]}],"other":{"total":2,"buckets":[2]}}"#
            ),
            "{text}"
        );
    }
}
