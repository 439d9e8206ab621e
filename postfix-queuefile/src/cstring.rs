//! Reading text as C does (`strtol`, `sscanf`, `isspace`), and as the stricter functions of Postfix do.

/// Whether C's `isspace` is true for the byte.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `text` without its leading spaces.
pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|&&b| is_space(b)).count();
    text.get(spaces..).unwrap_or_default()
}

/// `text` without its trailing spaces.
pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    let spaces = text.iter().rev().take_while(|&&b| is_space(b)).count();
    text.get(..text.len().saturating_sub(spaces)).unwrap_or_default()
}

/// Reads a signed number at the start of `text`, after spaces, and returns it with the rest of the text. It saturates like
/// `strtol`. `None` when there is no digit.
pub(crate) fn split(text: &[u8]) -> Option<(i64, &[u8])> {
    let text = trim_start(text);
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(length)?;
    if digits.is_empty() {
        return None;
    }
    let digit = |byte: u8| i64::from(byte.wrapping_sub(b'0'));
    // So many digits are far from the bounds.
    if digits.len() <= 18 {
        let value = digits
            .iter()
            .fold(0_i64, |value, &byte| value.wrapping_mul(10).wrapping_add(digit(byte)));
        return Some((if negative { value.wrapping_neg() } else { value }, rest));
    }
    let value = digits.iter().fold(0_i64, |value, &byte| {
        let value = value.saturating_mul(10);
        if negative { value.saturating_sub(digit(byte)) } else { value.saturating_add(digit(byte)) }
    });
    Some((value, rest))
}

/// The number at the start of `text`, or zero: C's `atol`.
pub(crate) fn leading(text: &[u8]) -> i64 {
    split(text).map_or(0, |(value, _)| value)
}

/// Reads a number that consists only of digits. `None` for anything else, and when the number does not fit.
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte.saturating_sub(b'0')))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Splits `name=value` as Postfix's `split_nameval` does, without the spaces around the name and the value. `None` when there
/// is no name or no `=`.
pub(crate) fn name_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some((name, value)) = name_length(text).and_then(|name| text.split_at_checked(name)) {
        return Some((name, trim_end(trim_start(value.get(1..)?))));
    }
    let text = trim_start(text);
    let end = text.iter().position(|&b| b == b'=' || is_space(b))?;
    let (name, rest) = text.split_at_checked(end)?;
    let (b'=', value) = trim_start(rest).split_first()? else { return None };
    (!name.is_empty()).then(|| (name, trim_end(trim_start(value))))
}

/// The length of an attribute's name: up to `=`. `None` where there is none, and where a space or a control character
/// comes before.
pub(crate) fn name_length(data: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const EQUALS: u64 = 0x3d3d_3d3d_3d3d_3d3d;
    const BOUND: u64 = 0x2121_2121_2121_2121;
    let mut length = 0_usize;
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().ok()?);
        // The lowest bit that is set is that of the first byte of its kind: borrows spoil only what is above.
        let odd = word ^ EQUALS;
        let equals = odd.wrapping_sub(ONES) & !odd & HIGH;
        let low = word.wrapping_sub(BOUND) & !word & HIGH;
        if (equals | low) != 0 {
            let bit = (equals | low).trailing_zeros();
            length = length.wrapping_add(usize::try_from(bit / 8).ok()?);
            return (low.trailing_zeros() != bit && length > 0).then_some(length);
        }
        length = length.wrapping_add(8);
    }
    let rest = chunks.remainder().iter().position(|&byte| byte == b'=' || byte <= b' ')?;
    length = length.saturating_add(rest);
    (data.get(length) == Some(&b'=') && length > 0).then_some(length)
}

/// The length of `bytes` as a `u64`.
pub(crate) fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{digits, leading, name_length, name_value, split, trim_end};

    #[test]
    fn splits_like_strtol() {
        assert_eq!(split(b" \t-12x"), Some((-12, &b"x"[..])));
        assert_eq!(split(b"+3 4"), Some((3, &b" 4"[..])));
        assert_eq!(split(b"- 3"), None);
        assert_eq!(split(b""), None);
        assert_eq!(leading(b"99999999999999999999"), i64::MAX);
        assert_eq!(leading(b"-99999999999999999999"), i64::MIN);
        assert_eq!(leading(b"x"), 0);
        // Around the number of digits up to which nothing can saturate.
        for digits in 17..=19 {
            let nines = "9".repeat(digits);
            let value = nines.parse::<i64>().unwrap_or(i64::MAX);
            assert_eq!(leading(nines.as_bytes()), value);
            assert_eq!(
                leading(format!("-{nines}").as_bytes()),
                nines.parse::<i64>().map_or(i64::MIN, |value| -value)
            );
        }
        assert_eq!(leading(b"-9223372036854775808"), i64::MIN);
        assert_eq!(leading(b"-9223372036854775807"), -i64::MAX);
        assert_eq!(leading(b"0000000000000000000000007"), 7);
    }

    #[test]
    fn takes_digits_only() {
        assert_eq!(digits(b"0012"), Some(12));
        assert_eq!(digits(b"18446744073709551615"), Some(u64::MAX));
        for bad in [&b""[..], b"18446744073709551616", b"1 ", b"-1", b"+1"] {
            assert_eq!(digits(bad), None);
        }
        assert_eq!(trim_end(b"a b \t"), b"a b");
    }

    #[test]
    fn splits_as_split_nameval() {
        for (text, expected) in [
            (&b"a=b"[..], Some((&b"a"[..], &b"b"[..]))),
            (b"  a \t =  b = c  ", Some((b"a", b"b = c"))),
            (b"a=", Some((b"a", b""))),
            (b"=b", None),
            (b"a", None),
            (b"a b=c", None),
            (b"", None),
        ] {
            assert_eq!(name_value(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn names_end_at_the_first_equals_sign() {
        for (data, length) in [
            (&b"a=b"[..], Some(1)),
            (b"abcdefg=", Some(7)),
            (b"abcdefgh=", Some(8)),
            (b"abcdefghijklmnop=", Some(16)),
            (b"a=b=c d", Some(1)),
            (b"\xff\x80aaaaaa=", Some(8)),
            (b"=", None),
            (b"=aaaaaaaa", None),
            (b"", None),
            (b"abcdefgh", None),
            (b"a b=", None),
            (b"abcdef =aaaaaaaa", None),
            (b"abcdefgh =", None),
        ] {
            assert_eq!(name_length(data), length, "{}", data.escape_ascii());
        }
    }
}
