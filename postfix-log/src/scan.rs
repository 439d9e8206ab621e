//! The first of some bytes in a text, where it is likely to be near: eight bytes are looked at in one step.
//!
//! Most delimiters of a log line stand within some twenty bytes. A call of `memchr`, which is made for long
//! texts, takes longer than to find them like this.

/// The place of the first byte that is `mark`.
#[inline]
pub(crate) fn byte(text: &[u8], mark: u8) -> Option<usize> {
    any(text, [mark])
}

/// The place of the first byte that is one of `marks`.
#[inline]
pub(crate) fn any<const N: usize>(text: &[u8], marks: [u8; N]) -> Option<usize> {
    let mut rest = text;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let found = marks.iter().fold(0, |found, &mark| found | equal(eight, mark));
        if found != 0 {
            return Some(text.len() - rest.len() + first(found));
        }
        rest = tail;
    }
    let at = rest.iter().position(|byte| marks.contains(byte))?;
    Some(text.len() - rest.len() + at)
}

/// Eight zeros as text.
pub(crate) const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// Eight digits, each of which is one byte from 0 to 9; `None` if one is more.
#[inline]
pub(crate) fn digits(eight: u64) -> Option<u64> {
    const ABOVE_9: u64 = u64::from_le_bytes([0x7f - 9; 8]);
    ((eight | eight.wrapping_add(ABOVE_9)) & HIGH == 0).then_some(eight)
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// A high bit for each of the eight bytes that is `mark`, and perhaps for bytes above the first of these: a
/// byte that is zero borrows from the next one.
#[inline]
fn equal(eight: u64, mark: u8) -> u64 {
    let difference = eight ^ (ONES * u64::from(mark));
    difference.wrapping_sub(ONES) & !difference & HIGH
}

/// Which byte has the lowest of these high bits.
#[inline]
fn first(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros() / 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_plain_search_does() {
        // Neighbours of the marks, their high bits, and runs, at every place of texts of every length.
        let bytes = [b'a', b':', b';', b'9', 0xba, 0, 0x80, 0xff, b':', b'[', b' ', b'!'];
        for length in 0..40 {
            for shift in 0..bytes.len() {
                for fill in 0..length + 1 {
                    let text: Vec<u8> = (0..length)
                        .map(|at| if at < fill { b'x' } else { bytes[(at + shift) % bytes.len()] })
                        .collect();
                    for mark in [b':', b'[', b' ', 0, 0xff, 0x80, b'q'] {
                        let want = text.iter().position(|&byte| byte == mark);
                        assert_eq!(byte(&text, mark), want, "{mark} in {text:?}");
                    }
                    let want = text.iter().position(|byte| b":[ ".contains(byte));
                    assert_eq!(any(&text, *b":[ "), want, "{text:?}");
                }
            }
        }
    }
}
