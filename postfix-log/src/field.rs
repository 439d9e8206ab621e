//! The small pieces that log lines are made of: numbers, words, literals.

use crate::scan;

/// Digits off the front of `text`: the number and the rest. `None` without a digit or when the
/// number does not fit.
#[inline]
pub(crate) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut rest = text;
    let mut value = 0u64;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')));
        rest = tail;
    }
    match text.len() - rest.len() {
        1..=19 => Some((value, rest)),
        _ => long_number(text),
    }
}

/// As [`number`], for a number that may not fit.
#[cold]
fn long_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut rest = text;
    let mut value = 0u64;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))?;
        rest = tail;
    }
    (rest.len() < text.len()).then_some((value, rest))
}

/// A number of at most seven digits off the front of `text`, the `mark` after it, and the rest. `None` also for
/// a number that is longer and for one at the end of a text: what is usual is read in one step.
#[inline]
pub(crate) fn short_number(text: &[u8], mark: u8) -> Option<(u32, &[u8])> {
    let eight = *text.first_chunk::<8>()?;
    let width = scan::byte(&eight, mark).filter(|&width| width > 0)?;
    // The digits move up, so that zeros stand before them.
    let digits = (u64::from_le_bytes(eight) ^ scan::ZEROS) << (64 - 8 * width);
    if scan::no_digits(digits) != 0 {
        return None;
    }
    Some((scan::number(digits), text.get(width + 1..)?))
}

/// A text that is a number and nothing else.
pub(crate) fn whole_number(text: &[u8]) -> Option<u64> {
    match number(text)? {
        (value, []) => Some(value),
        _ => None,
    }
}

/// As [`number`], with an optional minus sign.
pub(crate) fn signed(text: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (value, rest) = number(digits)?;
    let value = i64::try_from(value).ok()?;
    Some((if negative { value.checked_neg()? } else { value }, rest))
}

/// A TCP port off the front of `text`.
#[inline]
pub(crate) fn port(text: &[u8]) -> Option<(u16, &[u8])> {
    let (value, rest) = number(text)?;
    Some((u16::try_from(value).ok()?, rest))
}

/// What stands before and after the first `mark`.
pub(crate) fn cut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = scan::text(text, mark)?;
    split_around(text, at, mark.len())
}

/// As [`cut`], for a mark that begins with a blank and stands after the first word of most texts.
#[inline]
pub(crate) fn cut_after_word<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (word, rest) = text.split_at_checked(scan::byte(text, b' ')?)?;
    match rest.strip_prefix(mark) {
        Some(rest) => Some((word, rest)),
        None => cut(text, mark),
    }
}

/// What follows a colon and a blank at the start of `text`. Loggers drop the blank where nothing follows.
pub(crate) fn after_colon(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b':', b' ', rest @ ..] => Some(rest),
        [b':'] => Some(&[]),
        _ => None,
    }
}

/// What stands before and after the first colon and blank, or the text before a colon at its end.
pub(crate) fn cut_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    cut(text, b": ").or_else(|| Some((text.strip_suffix(b":")?, &[])))
}

/// What stands before and after the last `mark`.
pub(crate) fn cut_last<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = scan::last_text(text, mark)?;
    split_around(text, at, mark.len())
}

/// What stands before and after the first byte `mark`.
#[inline]
pub(crate) fn cut_byte(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = scan::byte(text, mark)?;
    split_around(text, at, 1)
}

/// What stands before and after the last byte `mark`.
pub(crate) fn cut_last_byte(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memrchr(mark, text)?;
    split_around(text, at, 1)
}

/// The text before `at` and the text from `at + width`.
#[inline]
pub(crate) fn split_around(text: &[u8], at: usize, width: usize) -> Option<(&[u8], &[u8])> {
    let (head, tail) = text.split_at_checked(at)?;
    let (_, tail) = tail.split_at_checked(width)?;
    Some((head, tail))
}

/// The byte of two hexadecimal digits.
#[cfg(feature = "anonymize")]
pub(crate) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)?.checked_mul(16)?.saturating_add(digit(low)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_fit() {
        let max = u64::MAX.to_string();
        assert_eq!(number(b"007x"), Some((7, &b"x"[..])));
        assert_eq!(number(format!("{max} ").as_bytes()), Some((u64::MAX, &b" "[..])));
        for text in ["", "x", "-1", "18446744073709551616", "99999999999999999999999"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!((whole_number(b"12"), whole_number(b"12 ")), (Some(12), None));
        assert_eq!(port(b"65535]"), Some((u16::MAX, &b"]"[..])));
        assert_eq!((port(b"65536"), port(b"")), (None, None));
    }

    #[test]
    fn short_numbers_are_numbers() {
        for (text, mark, want) in [
            (&b"7]: connect"[..], b']', Some((7, &b": connect"[..]))),
            (b"0012345]", b']', Some((12_345, b""))),
            (b"9999999] x", b']', Some((9_999_999, b" x"))),
            (b"4194304.5", b'.', Some((4_194_304, b"5"))),
            (b"12345678]", b']', None),
            (b"]: connect", b']', None),
            (b"12a]: conn", b']', None),
            (b"12\xb0]: con", b']', None),
            (b"12:]: conn", b']', None),
            (b"12]", b']', None),
        ] {
            assert_eq!(short_number(text, mark), want, "{}", text.escape_ascii());
        }
        for number in [0, 1, 9, 10, 99, 100, 65_535, 123_456, 999_999, 1_000_000, 7_654_321] {
            let text = format!("{number}] and more");
            assert_eq!(short_number(text.as_bytes(), b']'), Some((number, &b" and more"[..])));
        }
    }

    #[test]
    fn numbers_with_a_sign() {
        for (text, want) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775807", Some(-i64::MAX)),
            ("9223372036854775808", None),
            ("--1", None),
            ("+1", None),
            ("-", None),
        ] {
            assert_eq!(signed(text.as_bytes()).map(|(value, _)| value), want, "{text}");
        }
        assert_eq!(signed(b"-3 for"), Some((-3, &b" for"[..])));
    }

    #[test]
    fn cuts() {
        type Parts = Option<(&'static [u8], &'static [u8])>;
        let text = b"a, b, c";
        let first: Parts = Some((b"a", b"b, c"));
        let last: Parts = Some((b"a, b", b"c"));
        assert_eq!((cut(text, b", "), cut_last(text, b", ")), (first, last));
        let word: Parts = Some((b"a,", b", c"));
        assert_eq!((cut_after_word(text, b" b"), cut_after_word(text, b" d")), (word, None));
        let word: Parts = Some((b"a, b,", b""));
        assert_eq!((cut_after_word(text, b" c"), cut_after_word(b"ab", b" b")), (word, None));
        let first: Parts = Some((b"a", b" b, c"));
        let last: Parts = Some((b"a, b", b" c"));
        assert_eq!((cut_byte(text, b','), cut_last_byte(text, b',')), (first, last));
        assert_eq!((cut(text, b";"), cut_last(text, b",,")), (None, None));
        assert_eq!((cut_byte(b"", b','), cut_last_byte(text, b';')), (None, None));
        assert_eq!((cut_colon(b"a: b:"), cut_colon(b"a:b")), (Some((&b"a"[..], &b"b:"[..])), None));
        assert_eq!(
            (cut_colon(b"a: b"), cut_colon(b"a:")),
            (Some((&b"a"[..], &b"b"[..])), Some((&b"a"[..], &b""[..])))
        );
        assert_eq!(
            (after_colon(b": a"), after_colon(b":"), after_colon(b":a")),
            (Some(&b"a"[..]), Some(&b""[..]), None)
        );
        let whole: Parts = Some((b"", b""));
        assert_eq!(split_around(b"ab", 0, 2), whole);
        assert_eq!((split_around(b"ab", 1, 2), split_around(b"ab", 3, 0)), (None, None));
    }
}
