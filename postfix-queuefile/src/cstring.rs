//! Text as C reads it: numbers (`strtol`, `sscanf`), spaces, and the stricter readers of Postfix.

/// What C's `isspace` calls a space.
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

/// A signed number at the start of `text` after spaces, and what follows it; saturates like `strtol`. `None` when
/// there is no digit.
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

/// `atol`: the number at the start, or zero.
pub(crate) fn leading(text: &[u8]) -> i64 {
    split(text).map_or(0, |(value, _)| value)
}

/// A number of digits and nothing else; `None` for anything else, and when it does not fit.
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte.saturating_sub(b'0')))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Splits `name=value` as `split_nameval` does: spaces around either are no part of it. `None` without a name or `=`.
pub(crate) fn name_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = trim_start(text);
    let end = text.iter().position(|&b| b == b'=' || is_space(b))?;
    let (name, rest) = text.split_at_checked(end)?;
    let (b'=', value) = trim_start(rest).split_first()? else { return None };
    (!name.is_empty()).then(|| (name, trim_end(trim_start(value))))
}

/// The length of `bytes`; a slice never holds more than `u64` counts.
pub(crate) fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{digits, leading, name_value, split, trim_end};

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
}
