//! A hash that is the same in every process, so that it can be saved.

/// Where [`mix`] starts.
pub(super) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// An odd number without a pattern: the fraction of the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Takes bytes and their number into a hash, eight at a time. Two texts one after the other give another hash than the
/// same bytes cut elsewhere.
pub(super) fn mix(hash: u64, bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8);
    let rest = words.remainder().iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let read = |word: &[u8]| word.try_into().map_or(0, u64::from_le_bytes);
    let hash = words.fold(hash, |hash, word| mix_number(hash, read(word)));
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    mix_number(mix_number(hash, rest), length)
}

/// Takes a number into a hash: both halves of a product, so that each bit counts for all.
pub(super) fn mix_number(hash: u64, number: u64) -> u64 {
    let product = u128::from(hash ^ number).wrapping_mul(u128::from(SPREAD));
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high.wrapping_add(hash.rotate_left(29))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saved states hold these.
    #[test]
    fn the_same_in_every_process() {
        assert_eq!(mix(SEED, b""), 0x5bd2_3cf0_c021_df67);
        assert_eq!(mix(SEED, b"1E24013C03E"), 0x11c6_d4d2_ccbe_c7e3);
        assert_eq!(mix_number(SEED, 1), 0x5414_2a42_883d_8efe);
    }

    #[test]
    fn each_bit_counts() {
        let mut seen = std::collections::HashSet::new();
        for length in 0..40 {
            let mut text = std::vec![0_u8; length];
            assert!(seen.insert(mix(SEED, &text)), "{length} zeros");
            for bit in 0..length * 8 {
                text[bit / 8] ^= 1 << (bit % 8);
                let hash = mix(SEED, &text);
                assert!(seen.insert(hash), "{length} bytes, bit {bit}");
                text[bit / 8] ^= 1 << (bit % 8);
            }
        }
        assert_ne!(mix(mix(SEED, b"ab"), b"c"), mix(mix(SEED, b"a"), b"bc"));
    }
}
