//! Finds the first of some bytes in a text where it is likely to be near, examining eight bytes in one step.
//!
//! Most delimiters of a log line come within about twenty bytes. For them this is faster than `memchr`, which is made
//! for long texts.

/// The position of the first byte that is `mark`.
#[inline]
pub(crate) fn byte(text: &[u8], mark: u8) -> Option<usize> {
    any(text, [mark])
}

/// The position of the first byte that is one of `marks`.
#[inline]
pub(crate) fn any<const N: usize>(text: &[u8], marks: [u8; N]) -> Option<usize> {
    let Some(last) = text.last_chunk::<8>() else {
        return text.iter().position(|byte| marks.contains(byte));
    };
    let mut rest = text;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let found = one_of(*eight, marks);
        if found != 0 {
            return Some(text.len() - rest.len() + lowest(found));
        }
        rest = tail;
    }
    // The first ones of the last eight bytes were already examined and contain no mark.
    let found = one_of(*last, marks);
    (found != 0).then(|| text.len() - 8 + lowest(found))
}

#[inline]
fn one_of<const N: usize>(eight: [u8; 8], marks: [u8; N]) -> u64 {
    marks.iter().fold(0, |found, &mark| found | equal(u64::from_le_bytes(eight), mark))
}

/// The number of bytes at the start of a text that are digits, ASCII letters, or one of `-./`, of which most names and
/// addresses consist. A few bytes at the end of the text may not be counted.
#[inline]
pub(crate) fn plain(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let low = eight & !HIGH;
        // The high bit of each byte that is at least `from`.
        let at_least = |low: u64, from: u8| low + (ONES * u64::from(0x80 - from));
        let digits = at_least(low, b'-') & !at_least(low, b'9' + 1);
        let lower = low | (ONES * 0x20);
        let letters = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
        let other = (!(digits | letters) | eight) & HIGH;
        if other != 0 {
            return text.len() - rest.len() + lowest(other);
        }
        rest = tail;
    }
    text.len() - rest.len()
}

/// The first position of `mark`, a text of a few bytes. The search needs no preparation, which would take longer than
/// searching a line.
#[inline]
pub(crate) fn text(text: &[u8], mark: &[u8]) -> Option<usize> {
    let (&first, &second) = (mark.first()?, mark.get(1)?);
    let mut rest = text;
    while let Some(mut found) = pairs(rest.first_chunk(), first, second) {
        while found != 0 {
            let at = text.len() - rest.len() + lowest(found);
            if text.get(at..)?.starts_with(mark) {
                return Some(at);
            }
            found &= found - 1;
        }
        rest = rest.get(8..)?;
    }
    let at = rest.windows(mark.len()).position(|window| window == mark)?;
    Some(text.len() - rest.len() + at)
}

/// The last position of `mark`.
#[inline]
pub(crate) fn last_text(text: &[u8], mark: &[u8]) -> Option<usize> {
    let (&first, &second) = (mark.first()?, mark.get(1)?);
    let mut rest = text;
    while let Some(mut found) = pairs(rest.last_chunk(), first, second) {
        while found != 0 {
            let at = rest.len() - 9 + highest(found);
            if text.get(at..)?.starts_with(mark) {
                return Some(at);
            }
            found &= !(HIGH & (0xff << (8 * highest(found))));
        }
        rest = rest.get(..rest.len() - 8)?;
    }
    (0..rest.len()).rev().find(|&at| text.get(at..).is_some_and(|text| text.starts_with(mark)))
}

/// The positions of `mark` that do not overlap, from the first to the last.
pub(crate) fn texts<'a>(log: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = usize> + use<'a> {
    let mut from = 0;
    core::iter::from_fn(move || {
        let at = from + text(log.get(from..)?, mark)?;
        from = at + mark.len();
        Some(at)
    })
}

/// The positions of `mark` that do not overlap, from the last to the first.
pub(crate) fn last_texts<'a>(
    log: &'a [u8],
    mark: &'a [u8],
) -> impl Iterator<Item = usize> + use<'a> {
    let mut rest = log;
    core::iter::from_fn(move || {
        let at = last_text(rest, mark)?;
        rest = rest.get(..at)?;
        Some(at)
    })
}

/// High bits for the first eight of nine bytes that may be `first` with `second` after it.
#[inline]
fn pairs(nine: Option<&[u8; 9]>, first: u8, second: u8) -> Option<u64> {
    let nine = nine?;
    let here = u64::from_le_bytes(*nine.first_chunk()?);
    let next = u64::from_le_bytes(*nine.last_chunk()?);
    Some(equal(here, first) & equal(next, second))
}

/// Eight zeros as text.
pub(crate) const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// A high bit for each of the eight bytes that is more than 9: none for digits from which [`ZEROS`] was subtracted.
#[inline]
pub(crate) fn no_digits(eight: u64) -> u64 {
    const ABOVE_9: u64 = u64::from_le_bytes([0x7f - 9; 8]);
    (eight | (eight & !HIGH).wrapping_add(ABOVE_9)) & HIGH
}

/// The number of eight digits, each of them a byte from 0 to 9, with the first digit in the lowest byte.
#[inline]
pub(crate) fn number(digits: u64) -> u32 {
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let [ab, _, cd, _, ef, _, gh, _] = pairs.to_le_bytes().map(u32::from);
    ((ab * 100 + cd) * 100 + ef) * 100 + gh
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

/// The byte with the lowest of these high bits; 8 if there is none.
#[inline]
pub(crate) fn lowest(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros() / 8).unwrap_or(0)
}

/// The byte with the highest of these high bits.
#[inline]
fn highest(bits: u64) -> usize {
    usize::try_from(7 - bits.leading_zeros() / 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes() {
        for byte in 0..=255_u8 {
            let is_plain = byte.is_ascii_alphanumeric() || b"-./".contains(&byte);
            for at in 0..16 {
                let mut text = *b"a-z.A/Z019b@8Yyx";
                text[11] = b'm';
                text[at] = byte;
                assert_eq!(plain(&text), if is_plain { 16 } else { at }, "{byte} at {at}");
                // Some of the last few bytes may not be counted, but never one too many.
                let few = plain(text.get(..13).unwrap());
                assert!(few <= 13 && few <= plain(&text));
            }
        }
    }

    #[test]
    fn places_that_do_not_overlap() {
        let log = b"from from from  from x; from from";
        let all = |places: &mut dyn Iterator<Item = usize>| places.collect::<Vec<_>>();
        let want = memchr::memmem::find_iter(log, b" from ").collect::<Vec<_>>();
        assert_eq!(all(&mut texts(log, b" from ")), want);
        let want = memchr::memmem::rfind_iter(log, b" from ").collect::<Vec<_>>();
        assert_eq!(all(&mut last_texts(log, b" from ")), want);
        assert!(want.len() > 1);
    }

    /// Every text of two letters, in which nearly every place is the beginning of a mark.
    #[test]
    fn marks_that_nearly_match() {
        for length in 0..13 {
            for bits in 0..1_u32 << length {
                let text: Vec<u8> =
                    (0..length).map(|at| if bits >> at & 1 == 0 { b'a' } else { b'b' }).collect();
                for mark in [&b"aab"[..], b"abab", b"ba"] {
                    let at = |window: &[u8]| window == mark;
                    assert_eq!(super::text(&text, mark), text.windows(mark.len()).position(at));
                    assert_eq!(last_text(&text, mark), text.windows(mark.len()).rposition(at));
                    assert!(texts(&text, mark).eq(memchr::memmem::find_iter(&text, mark)));
                    assert!(last_texts(&text, mark).eq(memchr::memmem::rfind_iter(&text, mark)));
                }
            }
        }
    }

    #[test]
    fn as_the_plain_search_does() {
        // Neighbours of the marks, their high bits, and runs, at every position in texts of every length.
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
                    for mark in [&b":;"[..], b":[ ", b"xx", b"\xba\0", b" !a:;9", b": ", b"aa"] {
                        let find = || text.windows(mark.len()).enumerate();
                        let mut want = find().filter(|(_, at)| *at == mark).map(|(at, _)| at);
                        assert_eq!(last_text(&text, mark), want.clone().next_back(), "{text:?}");
                        assert_eq!(super::text(&text, mark), want.next(), "{text:?}");
                    }
                    let want = text.iter().position(|byte| b":[ ".contains(byte));
                    assert_eq!(any(&text, *b":[ "), want, "{text:?}");
                }
            }
        }
    }
}
