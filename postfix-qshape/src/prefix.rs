//! The beginning of a key, by which nearly all keys are told apart.

/// The first eight bytes as a number that is ordered as they are; missing ones count as zero.
///
/// Numbers that differ decide the order of two keys; equal ones do not.
pub(crate) fn prefix(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(&bytes) => u64::from_be_bytes(bytes),
        None => {
            let number = key.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
            number << (8 * (8_usize.saturating_sub(key.len())) % 64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_ordered_as_the_bytes_are() {
        let mut keys: [&[u8]; 9] =
            [b"", b"\0", b"a", b"a\0", b"ab", b"abcdefg", b"abcdefgh", b"abcdefghi", b"\xff"];
        keys.sort_unstable();
        assert!(keys.is_sorted_by_key(|key| prefix(key)));
        let [first, .., last] = keys.map(prefix);
        assert_eq!((first, last), (0, 0xff << 56));
        assert_eq!(prefix(b"abcdefgh"), prefix(b"abcdefghi"));
        assert!(prefix(b"abcdefg") < prefix(b"abcdefgh"));
    }
}
