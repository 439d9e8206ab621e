//! Durations as numbers of seconds.

use core::fmt;
use core::time::Duration;

/// A duration in seconds, with as many decimals as it has.
pub(super) struct Seconds(pub(super) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs())?;
        let (mut digits, mut width) = (self.0.subsec_nanos(), 9_usize);
        if digits == 0 {
            return Ok(());
        }
        while digits % 10 == 0 {
            digits /= 10;
            width = width.saturating_sub(1);
        }
        write!(f, ".{digits:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn no_decimal_is_lost_or_made_up() {
        for (nanos, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (500_000_000, "0.5"),
            (1_000_000_010, "1.00000001"),
            (60_000_000_000, "60"),
        ] {
            assert_eq!(Seconds(Duration::from_nanos(nanos)).to_string(), text);
        }
    }
}
