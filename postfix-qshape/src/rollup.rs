//! The rows of parent domains, as `qshape -p` adds them.

use alloc::vec::Vec;
use core::hash::Hash;

use crate::{Counts, Measure, Shape, parent};

/// A shape of domains with the rows of their parents, such as `.example.com`.
///
/// Every parent counts what all domains below it count; it is shown when enough *different* names
/// have it as their immediate parent. Top-level domains are no parents. A name has at most
/// [`MAX_PARENTS`](Self::MAX_PARENTS) of them, the shortest ones, so that the cost stays
/// proportional to the length of the names: `qshape` has no such limit, but DNS has.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Rollup, Shape};
///
/// let mut shape: Shape<&str> = Shape::new(Buckets::default());
/// shape.extend([("a.example.com", Duration::ZERO), ("b.example.com", Duration::ZERO)]);
/// let rollup = Rollup::new(&shape, 2);
/// let rows: Vec<_> = rollup.rows().map(|(name, counts)| (name, counts.total())).collect();
/// assert_eq!(rows[0], (&b".example.com"[..], 2));
/// assert_eq!(rows.len(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct Rollup<'s, C = u64> {
    shape: Shape<&'s [u8], C>,
    /// How many different names have name number *i* as their parent.
    children: Vec<u64>,
    min_children: u64,
}

impl<C> Rollup<'_, C> {
    /// The largest number of parents that one name counts for: no name in DNS has as many labels
    /// (RFC 1035, section 3.1: 255 bytes with the lengths).
    pub const MAX_PARENTS: usize = 127;
}

impl<'s, C: Measure> Rollup<'s, C> {
    /// Adds the parents; those with fewer than `min_children` different names right below them
    /// stay hidden. `qshape -m` has 5 as its default.
    pub fn new<K: AsRef<[u8]> + Hash + Eq>(shape: &'s Shape<K, C>, min_children: u64) -> Self {
        let mut all: Shape<&'s [u8], C> = shape.regroup(|key| key.as_ref());
        for (index, key) in shape.store.keys().enumerate() {
            let name = key.as_ref();
            let excess = parents(name).count().saturating_sub(Rollup::<C>::MAX_PARENTS);
            for above in parents(name).skip(excess) {
                all.add_row_of(above, &shape.store, index);
            }
        }
        let mut children = alloc::vec![0_u64; all.len()];
        for above in all.keys().filter_map(|name| parent(name)) {
            if let Some(count) = all.index(&above).and_then(|index| children.get_mut(index)) {
                *count = count.saturating_add(1);
            }
        }
        Self { shape: all, children, min_children }
    }

    /// How many different names have this one as their immediate parent.
    pub fn children(&self, name: &[u8]) -> u64 {
        self.shape.index(&name).and_then(|index| self.children.get(index).copied()).unwrap_or(0)
    }

    /// The names to show with their counts: the largest total first, equal totals by length, then
    /// bytewise.
    pub fn rows(&self) -> impl Iterator<Item = (&'s [u8], Counts<C>)> + '_ {
        self.order().into_iter().filter_map(|(name, index)| {
            self.shape.store.key(index).map(|_| (name, self.shape.counts(index)))
        })
    }

    /// Names and row numbers of [`rows`](Self::rows).
    fn order(&self) -> Vec<(&'s [u8], usize)> {
        let shown = self.shape.keys().zip(&self.children).enumerate();
        let mut order: Vec<(u64, usize, &[u8], usize)> = shown
            .filter(|(_, (name, children))| {
                !name.starts_with(b".") || **children >= self.min_children
            })
            .map(|(index, (name, _))| {
                (u64::MAX.saturating_sub(self.shape.rank(index)), name.len(), *name, index)
            })
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, _, name, index)| (name, index)).collect()
    }
}

/// The parents of a name, the longest first.
fn parents(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::successors(parent(name), |name| parent(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buckets, domain};
    use alloc::string::{String, ToString};
    use core::time::Duration;

    fn rows(addresses: &[&str], min_children: u64) -> Vec<(String, u64)> {
        let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
        for address in addresses {
            shape.add_ref(&*domain(address.as_bytes()), Duration::ZERO);
        }
        let rollup = Rollup::new(&shape, min_children);
        rollup
            .rows()
            .map(|(name, counts)| (name.escape_ascii().to_string(), counts.total()))
            .collect()
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

    /// Without the bound this hashes 65 GB.
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
