//! Durations as Postfix logs them: decimal seconds.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::words::stored_as_text;

/// A duration in whole microseconds, printed and parsed as decimal seconds without loss.
///
/// Postfix logs at most six fraction digits (`delay_logging_resolution_limit`), so nothing is
/// rounded on the way in or out.
///
/// ```
/// use postfix_log::Delay;
/// let delay = Delay::parse(b"0.07").unwrap();
/// assert_eq!(delay.as_micros(), 70_000);
/// assert_eq!(delay.to_string(), "0.07");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Delay(u64);

impl Delay {
    /// A duration of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The same as a `Duration`.
    #[must_use]
    pub const fn to_duration(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// Parses digits, optionally with a dot and one to six more digits; nothing else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        match Self::split_prefix(text)? {
            (delay, []) => Some(delay),
            _ => None,
        }
    }

    /// Takes a duration off the front of `text`. `None` for other text, for more than six fraction
    /// digits, and for more seconds than microseconds can count.
    #[inline]
    pub(crate) fn split_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        // Most of them that have a fraction: one digit before the dot, and one or two after it.
        if let [whole @ b'0'..=b'9', b'.', tenths @ b'0'..=b'9', rest @ ..] = text {
            let (hundredths, rest) = match rest {
                [digit @ b'0'..=b'9', rest @ ..] => (digit, rest),
                _ => (&b'0', rest),
            };
            if !rest.first().is_some_and(u8::is_ascii_digit) {
                let digit = |byte: &u8| u64::from(byte.wrapping_sub(b'0'));
                let all = digit(whole) * 100 + digit(tenths) * 10 + digit(hundredths);
                return Some((Self(all * 10_000), rest));
            }
        }
        Self::split_any(text)
    }

    /// As [`split_prefix`](Self::split_prefix), for all durations.
    fn split_any(text: &[u8]) -> Option<(Self, &[u8])> {
        let (seconds, rest) = crate::field::number(text)?;
        let micros = seconds.checked_mul(1_000_000)?;
        let [b'.', fraction @ ..] = rest else { return Some((Self(micros), rest)) };
        let (mut part, mut digits, mut rest) = (0_u64, 0_usize, fraction);
        while let [digit @ b'0'..=b'9', tail @ ..] = rest {
            // Where it wraps there are too many digits.
            part = part.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')));
            digits = digits.wrapping_add(1);
            rest = tail;
        }
        let scale = SCALES.get(digits.checked_sub(1)?)?;
        Some((Self(micros.checked_add(part.wrapping_mul(*scale))?), rest))
    }
}

/// As [`Delay::parse`].
impl FromStr for Delay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text.as_bytes()).ok_or_else(|| Error::new(ErrorKind::BadValue, 0))
    }
}

stored_as_text!(Delay, "a number of seconds");

impl From<Delay> for Duration {
    fn from(delay: Delay) -> Self {
        delay.to_duration()
    }
}

/// Microseconds of the last of one to six digits.
const SCALES: [u64; 6] = [100_000, 10_000, 1000, 100, 10, 1];

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, mut micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if micros == 0 {
            return write!(f, "{seconds}");
        }
        let mut width = 6;
        while micros % 10 == 0 {
            micros /= 10;
            width -= 1;
        }
        write!(f, "{seconds}.{micros:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive() {
        for text in ["0", "0.07", "2.1", "63495", "0.000001", "10.123456", "18446744073709"] {
            assert_eq!(Delay::parse(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for bad in ["", ".", "1.", ".5", "-1", "1e3", "1.1234567", "18446744073710", "1 "] {
            assert_eq!(Delay::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn microseconds_of_one_to_six_decimals() {
        for (text, micros, shown) in [
            ("0", 0, "0"),
            ("0.0", 0, "0"),
            ("7", 7_000_000, "7"),
            ("1.5", 1_500_000, "1.5"),
            ("1.25", 1_250_000, "1.25"),
            ("1.250", 1_250_000, "1.25"),
            ("0.125", 125_000, "0.125"),
            ("0.0625", 62_500, "0.0625"),
            ("0.03125", 31_250, "0.03125"),
            ("0.015625", 15_625, "0.015625"),
            ("10.000010", 10_000_010, "10.00001"),
            ("0.999999", 999_999, "0.999999"),
            ("18446744073709.551615", u64::MAX, "18446744073709.551615"),
        ] {
            let delay = Delay::parse(text.as_bytes()).unwrap();
            assert_eq!(delay, Delay::from_micros(micros), "{text}");
            assert_eq!(delay.as_micros(), micros);
            assert_eq!(delay.to_duration(), Duration::from_micros(micros));
            assert_eq!(delay.to_string(), shown);
        }
        // One microsecond more than there can be.
        assert_eq!(Delay::parse(b"18446744073709.551616"), None);
    }

    #[test]
    fn a_prefix_ends_at_the_first_other_byte() {
        let (delay, rest) = Delay::split_prefix(b"0.5/1.25").unwrap();
        assert_eq!((delay.as_micros(), rest), (500_000, &b"/1.25"[..]));
        let (delay, rest) = Delay::split_prefix(b"12, delays=").unwrap();
        assert_eq!((delay.as_micros(), rest), (12_000_000, &b", delays="[..]));
    }
}
