//! A hash table that maps hashes to row numbers.

use alloc::vec::Vec;

/// The number of slots per group. A group fills one cache line.
const SLOTS: usize = 8;

/// A hash table of row numbers, without their keys.
///
/// A lookup usually reads one group and compares its eight hashes at once. The home group of a hash
/// is proportional to the hash. Therefore a larger table can be filled in the order of the smaller
/// one, from the hashes alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    groups: Vec<Group>,
    used: usize,
}

/// Slots are used in order, beginning with the first. One more than the number is stored; zero
/// marks a free slot.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Group {
    hashes: [u32; SLOTS],
    numbers: [u32; SLOTS],
}

impl Index {
    /// The first number with this hash that satisfies `same`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, same: impl Fn(usize) -> bool) -> Option<usize> {
        let mut place = home(hash, self.groups.len());
        loop {
            // The search wraps around at the end of the table. It ends here if the table is empty.
            let Some(group) = self.groups.get(place) else {
                if place == 0 {
                    return None;
                }
                place = 0;
                continue;
            };
            let mut matches = group.matches(hash);
            while let Some(slot) = lowest(matches) {
                let number = group.numbers.get(slot).and_then(|number| number.checked_sub(1));
                let number = number.and_then(|number| usize::try_from(number).ok());
                if let Some(number) = number.filter(|&number| same(number)) {
                    return Some(number);
                }
                matches &= matches.wrapping_sub(1);
            }
            if group.has_room() {
                return None;
            }
            place = place.saturating_add(1);
        }
    }

    /// One more than the number in the first slot with this hash in its home group, or zero if
    /// there is no such slot.
    #[inline]
    pub(crate) fn likely(&self, hash: u32) -> u32 {
        let Some(group) = self.groups.get(home(hash, self.groups.len())) else { return 0 };
        // If nothing matches, this is the number of a slot that does not exist.
        let slot = group.matches(hash).trailing_zeros().wrapping_sub(1);
        let number = usize::try_from(slot).ok().and_then(|slot| group.numbers.get(slot));
        number.copied().unwrap_or(0)
    }

    /// Adds a number that is not in the table yet. Returns `None` if it is 2³² − 1 or more.
    pub(crate) fn insert(&mut self, hash: u32, number: usize) -> Option<()> {
        let number = u32::try_from(number).ok()?.checked_add(1)?;
        // The table grows when it is seven eighths full, so that few groups overflow.
        if self.used.saturating_mul(8) >= self.groups.len().saturating_mul(SLOTS * 7) {
            self.grow();
        }
        settle(&mut self.groups, hash, number);
        self.used = self.used.saturating_add(1);
        Some(())
    }

    fn grow(&mut self) {
        let size = self.groups.len().saturating_mul(3) / 2;
        let mut groups = alloc::vec![Group::default(); size.saturating_add(2)];
        for group in &self.groups {
            let used = group.hashes.iter().zip(&group.numbers);
            used.filter(|(_, number)| **number > 0)
                .for_each(|(&hash, &number)| settle(&mut groups, hash, number));
        }
        self.groups = groups;
    }

    /// Replaces the contents of the table: these hashes belong to the numbers from 0 on.
    pub(crate) fn rebuild(&mut self, hashes: impl ExactSizeIterator<Item = u32>) {
        let size = (hashes.len() / (SLOTS - 2)).saturating_add(2);
        self.groups.clear();
        self.groups.resize(size, Group::default());
        self.used = hashes.len();
        hashes.zip(1..).for_each(|(hash, number)| settle(&mut self.groups, hash, number));
    }
}

impl Group {
    /// Returns one bit for each slot with this hash; the first slot has bit 1. If the hash is zero,
    /// free slots match, too.
    // With this code, and with bit 0 unused, the compiler compares four hashes at a time.
    #[inline]
    fn matches(&self, hash: u32) -> u32 {
        const BITS: [u32; SLOTS] = [2, 4, 8, 16, 32, 64, 128, 256];
        let bits =
            self.hashes.iter().zip(BITS).map(|(&slot, bit)| if slot == hash { bit } else { 0 });
        bits.fold(0, |all, bit| all | bit)
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.numbers.last().is_none_or(|&last| last == 0)
    }
}

/// The slot that belongs to the lowest bit that is set.
#[inline]
fn lowest(bits: u32) -> Option<usize> {
    usize::try_from(bits.checked_ilog2().map(|_| bits.trailing_zeros())?).ok()?.checked_sub(1)
}

/// The group where a hash belongs in a table of this size.
#[inline]
fn home(hash: u32, size: usize) -> usize {
    // There are fewer groups than numbers, and those have 32 bits.
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    usize::try_from(u64::from(hash).wrapping_mul(size) >> 32).unwrap_or(0)
}

/// Stores a number in the first free slot at or after the home group of its hash.
fn settle(groups: &mut [Group], hash: u32, number: u32) {
    let (before, after) = groups.split_at_mut(home(hash, groups.len()));
    let Some(group) = after.iter_mut().chain(before).find(|group| group.has_room()) else { return };
    let mut slots = group.hashes.iter_mut().zip(&mut group.numbers);
    if let Some((free, taken)) = slots.find(|(_, taken)| **taken == 0) {
        (*free, *taken) = (hash, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_inserted_and_nothing_else() {
        // These hashes crowd into a few home groups, at both ends of the table, and include zero.
        let hash = |number: usize| match number % 4 {
            0 => 0,
            1 => u32::MAX,
            2 => 0x8000_0000 + u32::try_from(number % 16).unwrap(),
            _ => u32::try_from(number).unwrap().wrapping_mul(0x9e37_79b9),
        };
        let mut index = Index::default();
        for number in 0..500 {
            assert_eq!(index.find(hash(number), |found| found == number), None);
            index.insert(hash(number), number).unwrap();
            assert_eq!(index.find(hash(number), |found| found == number), Some(number));
        }
        index.rebuild((0..400).map(hash));
        for number in 0..500 {
            let found = index.find(hash(number), |found| found == number);
            assert_eq!(found, Some(number).filter(|&number| number < 400));
        }
        assert_eq!(Index::default().find(7, |_| true), None);
        assert_eq!(index.insert(7, usize::MAX), None);
    }

    /// How many numbers fit before the table grows: seven eighths of its slots.
    fn room(index: &Index) -> usize {
        index.groups.len() * 7
    }

    #[test]
    fn a_table_grows_by_half_when_it_is_seven_eighths_full() {
        let mut index = Index::default();
        for number in 0..5_000 {
            let (before, room) = (index.groups.len(), room(&index));
            index.insert(hash_of(number), number).unwrap();
            let after = index.groups.len();
            assert_eq!(after > before, number == room, "{number} in {before} groups");
            assert!(after == before || after == before + before / 2 + 2, "{before} to {after}");
        }
    }

    fn hash_of(number: usize) -> u32 {
        u32::try_from(number).unwrap().wrapping_mul(0x9e37_79b9)
    }

    /// A table that was rebuilt is three quarters full, and even the smallest has room for nine.
    #[test]
    fn a_rebuilt_table_has_room_for_more() {
        for count in 0..500 {
            let mut index = Index::default();
            index.rebuild((0..count).map(hash_of));
            let groups = index.groups.len();
            assert!(room(&index) >= count + 9, "{count} in {groups} groups");
            assert!(groups * 6 <= count + 12, "{count} in {groups} groups");
            for number in count..room(&index) {
                index.insert(hash_of(number), number).unwrap();
            }
            assert_eq!(index.groups.len(), groups, "no growth for {count}");
            index.insert(hash_of(room(&index)), room(&index)).unwrap();
            assert!(index.groups.len() > groups, "what was there before is counted");
        }
    }

    /// The number that is in the first slot with the hash in the group where it belongs.
    #[test]
    fn what_is_likely_is_one_more_than_a_number() {
        let mut index = Index::default();
        assert_eq!(index.likely(7), 0, "nothing is in an empty table");
        for number in 0..8 {
            assert_eq!(index.likely(u32::MAX - 1), 0);
            index.insert(7 + u32::try_from(number).unwrap(), number).unwrap();
        }
        // The home of all of these is the first group.
        let likely = (0..10).map(|more| index.likely(7 + more));
        assert!(likely.eq((1..=8).chain([0, 0])));
        index.insert(7, 8).unwrap();
        assert_eq!(index.likely(7), 1, "the first of two");
    }
}
