//! The rows of parent domains, as `qshape -p` adds them.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::Hash;

use super::Shape;
use super::rows::{Counts, Row};
use crate::domain::parent;
use crate::measure::Measure;
use crate::view::{Place, View};

/// A shape of domains with the rows of their parents, such as `.example.com`.
///
/// A parent counts everything that the domains below it count. It is shown if enough *different*
/// names have it as their immediate parent. Top-level domains are not treated as parents. A name
/// counts for at most [`MAX_PARENTS`](Self::MAX_PARENTS) parents, the shortest ones, so that the
/// cost stays proportional to the length of the names. `qshape` has no such limit, but DNS has.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Rollup, Shape};
///
/// let mut shape: Shape<&str> = Shape::new(Buckets::default());
/// shape.extend([("a.example.com", Duration::ZERO), ("b.example.com", Duration::ZERO)]);
/// let rollup = Rollup::new(&shape, 2);
/// let rows: Vec<_> = rollup.rows().map(|row| (*row.key(), row.total())).collect();
/// assert_eq!(rows[0], (&b".example.com"[..], 2));
/// assert_eq!(rows.len(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct Rollup<'s, C = u64> {
    shape: Shape<&'s [u8], C>,
    /// The sum of the names themselves, without their parents.
    total: Box<[u64]>,
    /// By the number of a name, how many different names have it as their parent.
    children: Vec<u64>,
    places: Vec<Place>,
}

impl<C> Rollup<'_, C> {
    /// The maximum number of parents that one name counts for. No name in DNS has that many labels
    /// (RFC 1035, section 3.1, limits a name to 255 bytes).
    pub const MAX_PARENTS: usize = 127;
}

impl<'s, C: Measure> Rollup<'s, C> {
    /// Adds the rows of the parents. A parent with fewer than `min_children` different names
    /// directly below it is not shown. The default of `qshape -m` is 5.
    #[must_use]
    pub fn new<K: AsRef<[u8]> + Hash + Eq>(shape: &'s Shape<K, C>, min_children: u64) -> Self {
        let mut all: Shape<&'s [u8], C> = shape.regroup(|key| key.as_ref());
        for (index, key) in shape.store.keys().enumerate() {
            for above in counted_parents(key.as_ref()) {
                all.add_row_of(above, &shape.store, index);
            }
        }
        let mut children = alloc::vec![0_u64; all.len()];
        for above in all.keys().filter_map(|name| parent(name)) {
            if let Some(count) = all.index(&above).and_then(|index| children.get_mut(index)) {
                *count = count.saturating_add(1);
            }
        }
        let is_shown = |index: usize, name: &[u8]| {
            !name.starts_with(b".") || children.get(index).is_some_and(|&n| n >= min_children)
        };
        let place = |(index, name): (usize, &&'s [u8])| {
            if !is_shown(index, name) {
                return Place::Hidden;
            }
            let mut above = counted_parents(name)
                .filter_map(|name| all.index(&name).filter(|&index| is_shown(index, name)));
            above.next().map_or(Place::Outside, Place::Within)
        };
        let places = all.keys().enumerate().map(place).collect();
        let total = shape.total().lanes().into();
        Self { shape: all, total, children, places }
    }

    /// The number of different names that have this one as their immediate parent.
    #[must_use]
    pub fn children(&self, name: &[u8]) -> u64 {
        self.shape.index(&name).and_then(|index| self.children.get(index).copied()).unwrap_or(0)
    }

    /// The rows that are shown, in the order of [`View::rows`].
    pub fn rows(&self) -> impl Iterator<Item = Row<'_, &'s [u8], C>> {
        self.view().order(usize::MAX).into_iter().filter_map(|(_, index)| {
            let key = self.shape.store.key(index)?;
            Some(Row::new(key, self.shape.counts(index), 0))
        })
    }

    /// The rows that are shown together with the total of the names themselves, in which nothing is
    /// counted twice.
    ///
    /// If a rendering is limited to its largest rows, the row `other` holds what these rows do not
    /// cover. A name is covered if one of its parents is shown.
    #[must_use]
    pub fn view(&self) -> View<'_, &'s [u8], C> {
        View::new(&self.shape, Counts::from_lanes(self.total.clone())).with_places(&self.places)
    }
}

/// The parents that a name counts for, the longest first.
fn counted_parents(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let excess = parents(name).count().saturating_sub(Rollup::<u64>::MAX_PARENTS);
    parents(name).skip(excess)
}

/// The parents of a name, the longest first.
fn parents(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::successors(parent(name), |name| parent(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::domain::domain;
    use alloc::string::{String, ToString};
    use core::time::Duration;

    fn rows(addresses: &[&str], min_children: u64) -> Vec<(String, u64)> {
        let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
        for address in addresses {
            shape.add_ref(&*domain(address.as_bytes()), Duration::ZERO);
        }
        let rollup = Rollup::new(&shape, min_children);
        rollup.rows().map(|row| (row.key().escape_ascii().to_string(), row.total())).collect()
    }

    #[test]
    fn parents_count_different_children() {
        let rows = rows(&["u@a.b.c.d", "u@e.f.b.c.d", "u@b.c.d"], 1);
        let rows: Vec<_> = rows.iter().map(|(name, total)| (name.as_str(), *total)).collect();
        assert_eq!(
            rows,
            [
                (".c.d", 3),
                (".b.c.d", 2),
                ("b.c.d", 1),
                ("a.b.c.d", 1),
                (".f.b.c.d", 1),
                ("e.f.b.c.d", 1)
            ]
        );
    }

    #[test]
    fn parents_with_few_children_are_hidden() {
        let all = ["u@a.x.d", "u@b.x.d", "v@b.x.d", "u@c.y.d"];
        let names = |min| {
            let rows = rows(&all, min).into_iter();
            rows.map(|(name, _)| name).filter(|name| name.starts_with('.')).collect::<Vec<_>>()
        };
        assert_eq!(names(1), [".x.d", ".y.d"]);
        assert_eq!(names(2), [".x.d"]);
        assert!(names(3).is_empty());
    }

    #[test]
    fn a_name_with_a_leading_dot_is_the_parent_of_that_name() {
        let rows = rows(&["u@...b.c", "u@a.b.c"], 1);
        assert_eq!(rows.first(), Some(&(".b.c".to_string(), 2)));
    }

    /// Without the bound this test would hash 65 GB.
    #[test]
    fn a_name_of_many_labels_counts_for_its_shortest_parents() {
        let name = "a.".repeat(1 << 18) + "x.example";
        let rows = rows(&[&name, "u@b.x.example"], 0);
        assert_eq!(rows.len(), 2 + Rollup::<u64>::MAX_PARENTS);
        assert_eq!(rows.first(), Some(&(".x.example".to_string(), 2)));
        let longest = rows.iter().map(|(name, _)| name).filter(|name| name.starts_with('.'));
        assert_eq!(longest.map(String::len).max(), Some(".x.example".len() + 2 * 126));
    }

    #[test]
    fn children_are_different_names_right_below() {
        let mut shape: Shape<&[u8]> = Shape::new(Buckets::default());
        let keys: [&[u8]; 5] = [b"a.x.d", b"a.x.d", b"b.x.d", b"c.b.x.d", b"y.d"];
        shape.extend(keys.map(|key| (key, Duration::ZERO)));
        let rollup = Rollup::new(&shape, 1);
        let names = [&b".x.d"[..], b".b.x.d", b"a.x.d", b".y.d", b".none.d"];
        assert_eq!(names.map(|name| rollup.children(name)), [3, 1, 0, 0, 0]);
    }
}
