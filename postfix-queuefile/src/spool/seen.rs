use core::hash::{BuildHasher, Hasher};
use std::collections::{HashMap, HashSet};
use std::hash::RandomState;

/// The number of inodes that share one block.
const BLOCK: usize = 16;

/// The checks of sixteen inodes each, by block.
type Blocks = HashMap<u64, [u8; BLOCK], Fold>;

/// The files that a scan has met, by device, inode and name.
///
/// Queue files lie close together on disk, so inodes are kept in blocks of sixteen with one byte
/// each, a keyed check of the name: two or three bytes per message for most spools, not forty. An
/// inode whose check differs belongs to a new message that took the inode of one that left. One new
/// message in 255 is mistaken for the old one. It arrived after the scan began, so a scan need not
/// have seen it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    devices: Vec<(u64, Blocks)>,
    /// The names of files that had several, for which one check would not be enough.
    linked: HashMap<(u64, u64), HashSet<Vec<u8>>>,
}

/// The keys of a scan's checks.
#[derive(Debug, Default)]
pub(super) struct Keys(RandomState);

/// A name and its check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked<'a> {
    pub(super) name: &'a [u8],
    /// Never zero, since zero means that an inode was not met.
    check: u8,
}

impl Keys {
    /// The name with its check. Computing the check takes longer than everything that is done with it.
    pub(super) fn check<'a>(&self, name: &'a [u8]) -> Checked<'a> {
        let mut hasher = self.0.build_hasher();
        hasher.write(name);
        let check = u8::try_from(hasher.finish() % 255).unwrap_or_default().saturating_add(1);
        Checked { name, check }
    }
}

/// Hashes one number by a multiplication, using both halves of the product. Inodes cannot be chosen, so a secret key is
/// enough.
#[derive(Clone, Copy, Debug)]
struct Fold(u64);

impl Default for Fold {
    fn default() -> Self {
        Self(RandomState::new().hash_one(BLOCK))
    }
}

impl BuildHasher for Fold {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, number: u64) {
        // The fraction of the golden ratio, as in Fibonacci hashing.
        let product = u128::from(self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let [low, high] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
        self.0 = u64::try_from(low ^ high).unwrap_or_default();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Seen {
    /// Adds a file and returns true if it is new.
    pub(super) fn insert(
        &mut self,
        device: u64,
        inode: u64,
        links: u64,
        name: Checked<'_>,
    ) -> bool {
        let Checked { name, check } = name;
        let Some(known) = self.slot(device, inode) else { return true };
        let is_new = *known != check;
        *known = check;
        let key = (device, inode);
        if links < 2 && !self.linked.contains_key(&key) {
            return is_new;
        }
        let names = self.linked.entry(key).or_default();
        let is_first = names.is_empty();
        names.insert(name.to_vec()) && (!is_first || is_new)
    }

    /// True if a file with this inode and name was met, on any device.
    pub(super) fn contains(&self, inode: u64, name: Checked<'_>) -> bool {
        let (block, slot) = place(inode);
        self.devices.iter().any(|(_, blocks)| {
            blocks.get(&block).and_then(|checks| checks.get(slot)) == Some(&name.check)
        })
    }

    /// Forgets a file without regard to its device, and returns true if it was known.
    pub(super) fn remove(&mut self, inode: u64, name: Checked<'_>) -> bool {
        let is_known = self.contains(inode, name);
        if is_known {
            if let Some(known) = self.slot(0, inode) {
                *known = 0;
            }
        }
        is_known
    }

    fn slot(&mut self, device: u64, inode: u64) -> Option<&mut u8> {
        let index = self.devices.iter().position(|(known, _)| *known == device);
        let index = index.unwrap_or_else(|| {
            self.devices.push((device, Blocks::default()));
            self.devices.len().saturating_sub(1)
        });
        let (block, slot) = place(inode);
        self.devices.get_mut(index)?.1.entry(block).or_default().get_mut(slot)
    }
}

fn place(inode: u64) -> (u64, usize) {
    const SIZE: u64 = 16;
    (inode / SIZE, usize::try_from(inode % SIZE).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_is_new_once() {
        let (mut seen, keys) = (Seen::default(), Keys::default());
        assert!(!seen.contains(17, keys.check(b"A")));
        assert!(seen.insert(1, 17, 1, keys.check(b"A")));
        assert!(!seen.insert(1, 17, 1, keys.check(b"A")));
        assert!(seen.contains(17, keys.check(b"A")));
        assert!(seen.insert(2, 17, 1, keys.check(b"A")), "another device");
        assert!(seen.insert(1, 18, 1, keys.check(b"A")), "another inode");
        assert!(seen.insert(1, 1, 1, keys.check(b"A")), "another block");
    }

    #[test]
    fn a_new_message_in_the_inode_of_an_old_one_is_new() {
        let new = (0..1000_u32).filter(|n| {
            let (mut seen, keys) = (Seen::default(), Keys::default());
            seen.insert(1, 17, 1, keys.check(b"old"));
            seen.insert(1, 17, 1, keys.check(n.to_string().as_bytes()))
        });
        assert!(new.count() > 950);
    }

    #[test]
    fn two_names_of_one_file_are_each_new_once() {
        for round in 0..300 {
            let (a, b) = (format!("A{round}").into_bytes(), format!("B{round}").into_bytes());
            let (mut seen, keys) = (Seen::default(), Keys::default());
            assert!(seen.insert(1, 17, 2, keys.check(&a)));
            assert!(seen.insert(1, 17, 2, keys.check(&b)));
            assert!(!seen.insert(1, 17, 2, keys.check(&a)));
            assert!(!seen.insert(1, 17, 1, keys.check(&b)), "one link is left");
        }
    }

    #[test]
    fn a_second_name_for_a_moment_is_not_another_file() {
        let (mut seen, keys) = (Seen::default(), Keys::default());
        assert!(seen.insert(1, 17, 1, keys.check(b"A")));
        assert!(!seen.insert(1, 17, 2, keys.check(b"A")));
        assert!(!seen.insert(1, 17, 1, keys.check(b"A")));
    }

    #[test]
    fn what_is_removed_is_new_again() {
        let (mut seen, keys) = (Seen::default(), Keys::default());
        assert!(!seen.remove(17, keys.check(b"A")));
        assert!(seen.insert(0, 17, 1, keys.check(b"A")));
        assert!(seen.remove(17, keys.check(b"A")));
        assert!(!seen.contains(17, keys.check(b"A")));
        assert!(seen.insert(0, 17, 1, keys.check(b"A")));
    }

    #[test]
    fn only_the_name_that_is_removed_is_forgotten() {
        let (mut seen, keys) = (Seen::default(), Keys::default());
        let known = keys.check(b"A");
        let names: Vec<_> = (0..50_u8).map(|n| [b'B', n]).collect();
        let other =
            names.iter().map(|name| keys.check(name)).find(|other| other.check != known.check);
        assert!(seen.insert(0, 17, 1, known));
        assert!(!seen.remove(17, other.unwrap()));
        assert!(seen.contains(17, known));
    }

    /// A table finds the place of a key by the low bits of its hash, and tells keys apart by the upper seven.
    #[test]
    fn blocks_are_spread_over_the_table() {
        let spread = |shift: u32| {
            let hashes = (0..4096_u64).map(|block| {
                let mut fold = Fold(0x5bd1_e995_a5c3_77d1);
                fold.write_u64(block << shift);
                fold.finish()
            });
            let (places, tags): (HashSet<u64>, HashSet<u64>) =
                hashes.map(|hash| (hash % 4096, hash >> 57)).unzip();
            (places.len(), tags.len())
        };
        // Of 4,096 places, chance would take 2,589.
        for shift in [0, 20, 40] {
            let (places, tags) = spread(shift);
            assert!(places > 1_500 && tags == 128, "{shift}: {places} {tags}");
        }
        let of = |bytes: &[u8]| {
            let mut fold = Fold(7);
            fold.write(bytes);
            fold.finish()
        };
        assert_ne!(of(b"ab"), of(b"ba"));
        assert_eq!(of(b"ab"), of(b"ab"));
    }

    /// Two or three bytes for each message where inodes lie close together, and a bounded number wherever they lie.
    #[test]
    fn memory_for_each_message_is_bounded() {
        let keys = Keys::default();
        let bytes = |distance: u64| {
            let taken = allocation_counter::measure(|| {
                let mut seen = Seen::default();
                (0..100_000).for_each(|n| {
                    seen.insert(1, n * distance, 1, keys.check(b"0A1B2C3D4E"));
                });
                core::hint::black_box(&seen);
            });
            taken.bytes_max / 100_000
        };
        assert!(bytes(1) <= 8, "{}", bytes(1));
        // A block of its own for each inode: 25 bytes, a table at most half empty, and the old table while it grows.
        assert!(bytes(1_000_003) <= 100, "{}", bytes(1_000_003));
    }

    /// Counted in a table as large as those of `HashMap`, which compares 16 places at a time: wherever file systems put the
    /// number of an allocation group or a server into an inode, nearly every block is found at the first look.
    #[test]
    fn blocks_at_any_distance_are_found_at_the_first_look() {
        const SIZE: u64 = 8192;
        let looks = |key: u64, blocks: &mut dyn Iterator<Item = u64>| {
            let (mut taken, mut looks) = (vec![false; 8192], 0);
            for block in blocks {
                let mut fold = Fold(key);
                fold.write_u64(block);
                let mut start = fold.finish() % SIZE;
                for step in 1_u64.. {
                    looks += 1;
                    let free = (0..16).map(|at| (start + at) % SIZE);
                    let mut free = free.filter_map(|at| usize::try_from(at).ok());
                    if let Some(free) = free.find(|&at| !taken[at]) {
                        taken[free] = true;
                        break;
                    }
                    start += 16 * step;
                }
            }
            looks
        };
        for key in [0x5bd1_e995_a5c3_77d1, 0x0123_4567_89ab_cdef, 0xfedc_ba98_0246_8ace] {
            for shift in 0..=48 {
                let far = looks(key, &mut (0..4096).map(|n| n << shift));
                let groups =
                    (0..16).flat_map(|group| (0..256).map(move |n| (group << (shift + 8)) + n));
                let near = looks(key, &mut groups.clone());
                assert!(far <= 4300 && near <= 4300, "{shift}: {far} and {near} for 4096");
            }
        }
    }

    #[test]
    fn a_check_has_255_values() {
        let keys = Keys::default();
        let names = (0..20_000_u32).map(|n| n.to_le_bytes());
        let checks: HashSet<u8> = names.map(|name| keys.check(&name).check).collect();
        assert!(checks.len() == 255 && !checks.contains(&0));
    }
}
