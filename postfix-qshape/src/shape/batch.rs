//! Finding the rows of many keys at once.
//!
//! With many keys, most of the time of an addition is spent waiting for memory: first for a group
//! of the index, then for a row. Therefore a batch of keys is processed step by step: first all
//! groups are read, then all rows. The processor then waits for several of them at the same time. A
//! table that fits in the processor's cache does not need this.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;

use super::store::{Counters, Store};

/// How many keys are looked up together.
const BATCH: usize = 64;

/// Up to this many keys a table fits in the processor's cache.
const FEW: usize = 16_384;

/// A key whose row is being looked up, together with what is to be counted there.
struct Item<T, R> {
    key: T,
    rest: R,
    hash: u32,
    /// One more than the number of the row that has the same hash, or zero if there may be no such
    /// row.
    likely: u32,
}

impl<K: Hash + Eq> Store<K> {
    /// Calls `count` with the row of a key. A new key gets a new row. `borrow` returns what the key
    /// is looked up by, and `own` returns the key to be stored.
    ///
    /// Nothing happens if the key is new and there are already 2³² − 2 keys.
    #[inline]
    pub(super) fn row_of<T, Q>(
        &mut self,
        key: T,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
        count: impl FnOnce(Counters<'_>),
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let probe = borrow(&key);
        let hash = self.hash(probe);
        let likely = self.likely(hash);
        let row = match self.row_at(likely, |known| known.borrow() == probe) {
            None => self.new_row(hash, key, borrow, own),
            known => known,
        };
        row.map(count);
    }

    /// Returns the row of a key that is new or that was not found in its most likely place.
    #[inline(never)]
    fn new_row<T, Q>(
        &mut self,
        hash: u32,
        key: T,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
    ) -> Option<Counters<'_>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let probe = borrow(&key);
        let known = self.find(hash, |known| known.borrow() == probe);
        let index = known.or_else(|| self.insert(hash, own(key)))?;
        self.row(index)
    }

    /// Does the same as [`row_of`](Self::row_of) for each item.
    pub(super) fn rows_of<T, R: Copy, Q>(
        &mut self,
        mut items: impl Iterator<Item = (T, R)>,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
        mut count: impl FnMut(Counters<'_>, R),
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // A batch does not pay for a few items, nor for keys of two words in a table that is in the
        // cache. For larger keys it always pays, because a key that has just been copied is slow to
        // read.
        let is_short = items.size_hint().1.is_some_and(|most| most < BATCH / 8);
        let is_small = size_of::<T>() <= size_of::<[usize; 2]>();
        let mut batch: Vec<Item<T, R>> = Vec::new();
        loop {
            let mut some = items.by_ref().take(BATCH);
            if is_short || (is_small && self.len() <= FEW) {
                let Some((key, rest)) = some.next() else { return };
                self.row_of(key, &borrow, &own, |row| count(row, rest));
                some.for_each(|(key, rest)| {
                    self.row_of(key, &borrow, &own, |row| count(row, rest));
                });
                continue;
            }
            batch.extend(some.map(|(key, rest)| Item { key, rest, hash: 0, likely: 0 }));
            if batch.is_empty() {
                return;
            }
            for item in &mut batch {
                item.hash = self.hash(borrow(&item.key));
                item.likely = self.likely(item.hash);
            }
            if self.len() > FEW {
                // The rows are only touched here. Short steps allow many reads to be in progress at
                // once.
                let touch = |sum, item: &Item<T, R>| sum ^ self.touch(item.likely);
                core::hint::black_box(batch.iter().fold(false, touch));
            }
            batch.retain(|Item { key, rest, likely, .. }| {
                let probe = borrow(key);
                let row = self.row_at(*likely, |known| known.borrow() == probe);
                row.map(|row| count(row, *rest)).is_none()
            });
            for Item { key, rest, hash, .. } in batch.drain(..) {
                if let Some(row) = self.new_row(hash, key, &borrow, &own) {
                    count(row, rest);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use alloc::string::String;
    use core::cell::{Cell, RefCell};
    use core::hash::Hasher;

    /// The keys are known, new, or new and repeated in the same batch; they are owned or borrowed;
    /// and the table is smaller or larger than [`FEW`].
    #[test]
    fn many_at_once_is_as_one_by_one() {
        let keys: Vec<Name> = (0..FEW + 500)
            .flat_map(|n| [n, n, n / 2, n / 3])
            .map(|n| Name::from(alloc::format!("{n}.example").as_str()))
            .collect();
        let (mut one, mut owned, mut borrowed) = (Store::new(3), Store::new(3), Store::new(3));
        let count = |mut row: Counters<'_>, amount| row.add(1, amount);
        for (key, amount) in keys.iter().zip(1..) {
            one.row_of(key, |key| *key, Name::clone, |row| count(row, amount));
        }
        owned.rows_of(keys.iter().cloned().zip(1..), |key| key, |key| key, count);
        let names = keys.iter().map(Name::as_bytes);
        borrowed.rows_of(names.zip(1..), |key| *key, Name::from, count);
        for many in [owned, borrowed] {
            assert!(many.keys().eq(one.keys()), "in the order of their first appearance");
            assert!((0..one.len()).all(|index| many.get(index, 1) == one.get(index, 1)));
        }
        assert_eq!(one.len(), FEW + 500);
    }

    /// A key that writes down what is done with it: `h` when it is hashed, `e` when it is compared.
    /// Without anything more it takes two words.
    struct Traced<'t, const MORE: usize> {
        key: u32,
        trace: &'t RefCell<String>,
        _more: [usize; MORE],
    }

    impl<const MORE: usize> Hash for Traced<'_, MORE> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.trace.borrow_mut().push('h');
            // The hashes of plain numbers in a row are not spread well with every seed.
            alloc::format!("{}.example", self.key).hash(state);
        }
    }

    impl<const MORE: usize> PartialEq for Traced<'_, MORE> {
        fn eq(&self, other: &Self) -> bool {
            self.trace.borrow_mut().push('e');
            self.key == other.key
        }
    }

    impl<const MORE: usize> Eq for Traced<'_, MORE> {}

    /// What was done when keys were looked up in a store.
    struct Work {
        trace: String,
        /// How often a key was asked for what it is looked up by.
        borrows: usize,
    }

    impl Work {
        fn compared(&self) -> usize {
            self.trace.matches('e').count()
        }
    }

    /// Looks up keys in a store of the keys below `known`, many at once or one by one.
    fn work<const MORE: usize>(
        known: u32,
        wanted: impl Iterator<Item = u32>,
        at_once: bool,
    ) -> Work {
        let (trace, borrows) = (RefCell::new(String::new()), Cell::new(0));
        let key = |key: u32| Traced { key, trace: &trace, _more: [0; MORE] };
        let mut store: Store<Traced<'_, MORE>> = Store::new(1);
        (0..known).for_each(|n| store.row_of(key(n), |key| key, |key| key, |_| ()));
        trace.take();
        let borrow = Borrow(&borrows);
        if at_once {
            store.rows_of(
                wanted.map(|n| (key(n), ())),
                |key| borrow.of(key),
                |key| key,
                |_, ()| (),
            );
        } else {
            wanted.for_each(|n| store.row_of(key(n), |key| borrow.of(key), |key| key, |_| ()));
        }
        Work { trace: trace.take(), borrows: borrows.get() }
    }

    struct Borrow<'c>(&'c Cell<usize>);

    impl Borrow<'_> {
        fn of<'k, K>(&self, key: &'k K) -> &'k K {
            self.0.set(self.0.get() + 1);
            key
        }
    }

    /// Batches of 64 keys are hashed before they are compared. Seven keys or fewer are no batch.
    #[test]
    fn large_keys_are_looked_up_in_batches() {
        for count in [1, 7, 8, 9, 64, 65, 200] {
            let expected: String = match count {
                ..=7 => "he".repeat(count),
                _ => (0..count)
                    .step_by(64)
                    .map(|from| (count - from).min(64))
                    .map(|some| "h".repeat(some) + &"e".repeat(some))
                    .collect(),
            };
            let wanted = 0..u32::try_from(count).unwrap();
            assert_eq!(work::<1>(200, wanted, true).trace, expected, "{count}");
        }
        // There may be many if nobody knows how many there are.
        let unknown = (0..).take_while(|n| *n < 3);
        assert_eq!(work::<1>(200, unknown, true).trace, "hhheee");
    }

    /// Keys of two words pay for a batch only if the table is larger than the cache.
    #[test]
    fn small_keys_are_looked_up_in_batches_only_in_a_large_table() {
        let few = u32::try_from(FEW).unwrap();
        for (known, begin) in [(few, "hehehe"), (few + 1, "hhhhhh")] {
            let trace = work::<0>(known, 0..10, true).trace;
            assert!(trace.starts_with(begin), "{known}: {trace}");
        }
    }

    /// Hashes are random. A few of 300 keys are not in the group where they belong, because it is
    /// full, and must be looked for a second time.
    #[test]
    fn a_known_key_is_found_where_it_is_looked_for_first() {
        for (at_once, looks) in [(false, 1), (true, 2)] {
            let work = work::<1>(300, 0..300, at_once);
            assert_eq!(work.trace.len() - work.compared(), 300, "hashed once");
            assert!((300..310).contains(&work.compared()), "{}", work.compared());
            let most = 300 * looks + 100;
            assert!((300 * looks..most).contains(&work.borrows), "{} looks", work.borrows);
        }
    }

    #[test]
    fn a_new_key_is_compared_with_no_other() {
        for at_once in [false, true] {
            let work = work::<1>(300, 300..600, at_once);
            assert_eq!(work.trace.len() - work.compared(), 300, "hashed once");
            assert!(work.compared() < 5, "{}", work.compared());
        }
    }

    /// A key whose hash is that of every other.
    #[derive(Eq, PartialEq)]
    struct Same(u8);

    impl Hash for Same {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    #[test]
    fn keys_of_equal_hashes_have_their_own_rows() {
        let (mut one, mut many) = (Store::new(1), Store::new(1));
        let count = |mut row: Counters<'_>, amount: u8| row.add(0, amount.into());
        for round in 0..2 {
            for n in 0..100 {
                one.row_of(Same(n), |key| key, |key| key, |row| count(row, n));
            }
            many.rows_of((0..100).map(|n| (Same(n), n)), |key| key, |key| key, count);
            for (store, n) in [&one, &many].iter().flat_map(|s| (0..100_u8).map(move |n| (s, n))) {
                let expected = u64::from(n) * (round + 1);
                assert_eq!(store.get(n.into(), 0), expected, "{n}");
                assert!(store.key(n.into()).is_some_and(|key| key.0 == n));
            }
            assert_eq!((one.len(), many.len()), (100, 100));
        }
    }
}
