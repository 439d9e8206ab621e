//! Reduces a text to what it has in common with those of other messages.

use alloc::vec::Vec;

/// The longest pattern; texts that agree up to here count as one.
const LONGEST: usize = 200;

/// Replaces each word that differs from message to message with `*`: addresses, host names, queue ids, numbers, URLs.
/// Texts with the same pattern have the same cause. SMTP reply codes and enhanced status codes are kept, because they
/// are part of what is said.
///
/// The result has at most 200 bytes.
///
/// ```
/// use postfix_log::reason::pattern;
/// let of = |text: &str| String::from_utf8(pattern(text.as_bytes())).unwrap();
/// assert_eq!(
///     of("host mx1.b.example[203.0.113.9] said: 451 4.7.1 <ann@b.example>: Greylisted for 300 seconds"),
///     "host * said: 451 4.7.1 * Greylisted for * seconds",
/// );
/// assert_eq!(of("connect to mx.b.example[2001:db8::1]:25: Connection timed out"), "connect to * Connection timed out");
/// ```
#[must_use]
pub fn pattern(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len().min(LONGEST));
    let mut begins = true;
    for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        let shown = if varies(word, begins) { &b"*"[..] } else { word };
        begins = word.ends_with(b":");
        if shown == b"*" && out.ends_with(b"*") {
            continue;
        }
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(shown);
        if out.len() >= LONGEST {
            out.truncate(LONGEST);
            break;
        }
    }
    out
}

/// True if a word varies. `begins` is set where a reply may begin, with its code.
fn varies(word: &[u8], begins: bool) -> bool {
    let core = word.trim_ascii_end();
    let core = core.strip_suffix(b":").or_else(|| core.strip_suffix(b",")).unwrap_or(core);
    let core = core.strip_suffix(b".").unwrap_or(core);
    if is_code(core, begins) {
        return false;
    }
    let digits = core.iter().any(u8::is_ascii_digit);
    let name = core.split(|byte| *byte == b'.').filter(|label| label.len() > 1).count() > 1;
    digits || name || core.iter().any(|byte| matches!(byte, b'@' | b'<' | b'['))
}

/// `451`, `4.7.1`, `#4.7.1`, `550-5.1.1`.
fn is_code(word: &[u8], begins: bool) -> bool {
    let mut parts = word.strip_prefix(b"#").unwrap_or(word).split(|byte| *byte == b'-');
    let first = parts.next().unwrap_or_default();
    let reply = first.len() == 3
        && matches!(first.first(), Some(b'2' | b'4' | b'5'))
        && first.iter().all(u8::is_ascii_digit);
    let status = |part: &[u8]| {
        let mut numbers = part.split(|byte| *byte == b'.');
        matches!(numbers.next(), Some(b"2" | b"4" | b"5"))
            && numbers.clone().count() == 2
            && numbers.all(|n| matches!(n.len(), 1..=3) && n.iter().all(u8::is_ascii_digit))
    };
    let rest = parts.next();
    (reply && rest.map_or(begins, |rest| rest.is_empty() || status(rest))) || status(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_and_what_goes() {
        for (text, want) in [
            ("", ""),
            ("Connection refused", "Connection refused"),
            (
                "421 4.3.2 Service not available, closing",
                "421 4.3.2 Service not available, closing",
            ),
            ("550-5.1.1 no such user", "550-5.1.1 no such user"),
            ("try again in 312 s", "try again in * s"),
            (
                "451 4.7.650 The mail server [192.0.2.1] has been limited",
                "451 4.7.650 The mail server * has been limited",
            ),
            ("see http://b.example/help?id=1 now", "see * now"),
            ("host mx.b.example said no", "host * said no"),
            ("a  \t b", "a b"),
            ("e.g. this", "e.g. this"),
        ] {
            assert_eq!(pattern(text.as_bytes()), want.as_bytes(), "{text}");
        }
        assert!(pattern(&[b'a'; 100_000]).len() <= LONGEST);
        assert!(pattern(&b"a ".repeat(100_000)).len() <= LONGEST);
    }
}
