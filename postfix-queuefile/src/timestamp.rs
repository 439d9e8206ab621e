//! Points in time, as a queue file stores them.

use core::fmt;
use core::time::Duration;

use crate::cstring;

/// A point in time: seconds and microseconds since 1970-01-01 00:00:00 UTC.
///
/// A negative number in a file is not a time. Functions that take a time, such as
/// [`Envelope::age_at`](crate::Envelope::age_at), also accept a `SystemTime`, or the `Duration` since the epoch. A timestamp
/// is printed as seconds and microseconds: `1700000000.250000`.
///
/// ```
/// use core::time::Duration;
/// use postfix_queuefile::Timestamp;
///
/// let time = Timestamp::from(Duration::from_millis(1_700_000_000_250));
/// assert_eq!((time.seconds(), time.micros()), (1_700_000_000, 250_000));
/// assert_eq!(time.to_string(), "1700000000.250000");
/// # #[cfg(feature = "std")]
/// assert_eq!(Timestamp::from(std::time::UNIX_EPOCH), Timestamp::default());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp {
    seconds: u64,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "micros"))]
    micros: u32,
}

impl Timestamp {
    /// The time `seconds` and `micros` after the epoch. More than 999,999 microseconds count as 999,999.
    #[must_use]
    pub const fn new(seconds: u64, micros: u32) -> Self {
        Self { seconds, micros: if micros > 999_999 { 999_999 } else { micros } }
    }

    /// The whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// The microseconds within the second, 0 to 999,999.
    #[must_use]
    pub const fn micros(self) -> u32 {
        self.micros
    }

    /// The time since the epoch.
    pub(crate) const fn since_epoch(self) -> Duration {
        Duration::new(self.seconds, self.micros.saturating_mul(1000))
    }

    /// The time from this point to `now`. Zero when this point lies after `now`.
    #[must_use]
    pub fn elapsed_at(self, now: impl Into<Self>) -> Duration {
        now.into().since_epoch().saturating_sub(self.since_epoch())
    }

    /// The same time as a value of `chrono`. `None` when `chrono` cannot represent it.
    #[cfg(feature = "chrono")]
    #[must_use]
    pub fn to_utc(self) -> Option<chrono::DateTime<chrono::Utc>> {
        chrono::DateTime::from_timestamp(
            i64::try_from(self.seconds).ok()?,
            self.micros.saturating_mul(1000),
        )
    }

    /// The payload of an arrival time record, `sec` or `sec usec`, as Postfix scans it: numbers end at the first byte
    /// that does not fit, and a missing one is zero. `None` for zero or negative seconds.
    pub(crate) fn scan(payload: &[u8]) -> Option<Self> {
        let (seconds, rest) = cstring::split(payload)?;
        let seconds = u64::try_from(seconds).ok().filter(|&s| s != 0)?;
        // The microseconds follow the digits at the very start, of which there may be none.
        let rest = if payload.first().is_some_and(u8::is_ascii_digit) { rest } else { payload };
        let micros = cstring::leading(rest);
        Some(Self::new(seconds, u32::try_from(micros).unwrap_or_default()))
    }
}

impl From<Duration> for Timestamp {
    /// The time `since_epoch` after the epoch, in whole microseconds.
    fn from(since_epoch: Duration) -> Self {
        Self::new(since_epoch.as_secs(), since_epoch.subsec_micros())
    }
}

#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    /// The same time in whole microseconds. A time before 1970 becomes the epoch.
    fn from(time: std::time::SystemTime) -> Self {
        time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().into()
    }
}

impl From<Timestamp> for Duration {
    /// The time since the epoch.
    fn from(time: Timestamp) -> Self {
        time.since_epoch()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.seconds, self.micros)
    }
}

/// Microseconds within a second, whatever the input says.
#[cfg(feature = "serde")]
fn micros<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    <u32 as serde::Deserialize>::deserialize(from).map(|micros| micros.min(999_999))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::Timestamp;

    #[test]
    fn scans_as_postfix_does() {
        for (payload, seconds, micros) in [
            (&b"1700000000 123456"[..], 1_700_000_000, 123_456),
            (b"1700000000", 1_700_000_000, 0),
            (b"  1700000000", 1_700_000_000, 999_999), // atol skips the space, the digit skip does not
            (b"17x 5", 17, 0),
            (b"17 -5", 17, 0),
        ] {
            assert_eq!(
                Timestamp::scan(payload),
                Some(Timestamp::new(seconds, micros)),
                "{payload:?}"
            );
        }
        for payload in [&b""[..], b"0", b"-5", b"abc", b"0 17"] {
            assert_eq!(Timestamp::scan(payload), None, "{payload:?}");
        }
    }

    #[test]
    fn counts_from_the_epoch() {
        let time = Timestamp::new(5, 250_000);
        assert_eq!(time.since_epoch().as_millis(), 5250);
        assert_eq!((time.seconds(), time.micros()), (5, 250_000));
        assert_eq!(Timestamp::new(5, 2_000_000).micros(), 999_999);
    }

    #[cfg(feature = "std")]
    #[test]
    fn comes_from_the_clock() {
        use std::time::UNIX_EPOCH;
        let (long, short) = (Duration::new(9, 250_000_999), Duration::new(5, 0));
        assert_eq!(Timestamp::from(UNIX_EPOCH + long), Timestamp::new(9, 250_000));
        assert_eq!(Timestamp::from(UNIX_EPOCH - short), Timestamp::default());
        let time = Timestamp::new(5, 0);
        assert_eq!(time.elapsed_at(UNIX_EPOCH + long), Duration::new(4, 250_000_000));
        assert_eq!(time.elapsed_at(Duration::ZERO), Duration::ZERO, "the future");
        assert_eq!((Duration::from(time), time.to_string()), (short, "5.000000".to_owned()));
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn is_an_instant_of_chrono_within_its_years() {
        let time = Timestamp::new(1_700_000_000, 250_000).to_utc().unwrap();
        assert_eq!(time.to_string(), "2023-11-14 22:13:20.250 UTC");
        assert_eq!(Timestamp::default().to_utc().unwrap().timestamp(), 0);
        for seconds in [1 << 60, u64::MAX] {
            assert_eq!(Timestamp::new(seconds, 0).to_utc(), None);
        }
    }
}
