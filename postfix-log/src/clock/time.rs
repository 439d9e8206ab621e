//! A time in a log.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use super::DAY;
use crate::error::{Error, ErrorKind};
use crate::header::stamp::{Stamp, civil_from_days, write_fraction, write_offset};

/// A time in a log: a wall clock time with its year, and with its zone if that is known.
///
/// It is printed as RFC 3339, with the digits that were logged, and without an offset where none is known;
/// `FromStr` reads the same.
///
/// ```
/// use postfix_log::{Calendar, Line};
///
/// let line = Line::new(b"Nov 22 11:00:55 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// let stamp = line.header()?.stamp().expect("it has a time");
/// let time = Calendar::starting_at(2026).resolve(&stamp).expect("the year is known");
/// assert_eq!(time.to_string(), "2026-11-22T11:00:55");
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct LogTime {
    /// Seconds on the wall clock.
    seconds: i64,
    /// From the lowest bit: one that is always set, 30 of nanoseconds, 4 of digits, 29 of the offset.
    rest: NonZeroU64,
}

const NANOS: u32 = 1;
const DIGITS: u32 = 31;
const OFFSET: u32 = 35;

/// What is added to an offset, so that 0 stands for none.
const MIDDLE: i32 = 1 << 28;

impl LogTime {
    /// A wall clock. Offsets of eight years and more are cut.
    pub(crate) fn new(seconds: i64, nanos: u32, digits: u8, offset: Option<i32>) -> Self {
        let offset = offset.map_or(0, |offset| {
            offset
                .clamp(1_i32.saturating_sub(MIDDLE), MIDDLE.saturating_sub(1))
                .wrapping_add(MIDDLE)
        });
        let rest = (u64::from(nanos.min(999_999_999)) << NANOS)
            | (u64::from(digits.min(9)) << DIGITS)
            | (u64::from(offset.unsigned_abs()) << OFFSET);
        Self { seconds, rest: NonZeroU64::MIN | rest }
    }

    fn bits(&self, from: u32, count: u32) -> u32 {
        let bits = (self.rest.get() >> from) & ((1 << count) - 1);
        u32::try_from(bits).unwrap_or(0)
    }

    /// How many digits of the fraction were written, 0 to 9.
    pub(crate) fn fraction_digits(&self) -> u8 {
        u8::try_from(self.bits(DIGITS, 4)).unwrap_or(0)
    }

    /// Microseconds since 1970-01-01 00:00:00 UTC. If the zone is not known, the wall clock is taken as UTC:
    /// differences are then right, except across a change of the clocks.
    #[must_use]
    pub fn as_micros(&self) -> i64 {
        let micros = i64::from(self.nanosecond() / 1000);
        self.as_seconds().saturating_mul(1_000_000).saturating_add(micros)
    }

    /// Seconds since 1970-01-01 00:00:00 UTC, rounded down, with the same rule for unknown zones as
    /// [`as_micros`](Self::as_micros).
    #[must_use]
    pub fn as_seconds(&self) -> i64 {
        self.seconds.saturating_sub(i64::from(self.offset().unwrap_or(0)))
    }

    /// Seconds since 1970-01-01 00:00:00 on the wall clock, in whatever zone the log was written.
    #[must_use]
    pub fn wall_seconds(&self) -> i64 {
        self.seconds
    }

    /// The fraction of the second, in nanoseconds.
    #[must_use]
    pub fn nanosecond(&self) -> u32 {
        self.bits(NANOS, 30)
    }

    /// Seconds east of UTC, if known.
    #[must_use]
    pub fn offset(&self) -> Option<i32> {
        let stored = i32::try_from(self.bits(OFFSET, 29)).ok()?;
        (stored != 0).then(|| stored.wrapping_sub(MIDDLE))
    }

    /// The same wall clock in a zone, for times that have none: `zone` gives the seconds east of UTC
    /// for wall clock seconds since 1970, `None` if it cannot tell.
    pub(crate) fn in_zone(self, zone: impl FnOnce(i64) -> Option<i32>) -> Self {
        let offset = self.offset().or_else(|| zone(self.seconds));
        Self::new(self.seconds, self.nanosecond(), self.fraction_digits(), offset)
    }
}

impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY));
        let time = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write_fraction(f, self.nanosecond(), self.fraction_digits())?;
        self.offset().map_or(Ok(()), |offset| write_offset(f, offset))
    }
}

impl fmt::Debug for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads what `Display` prints, for the years 0 to 9999.
impl FromStr for LogTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (stamp, rest) = Stamp::iso(text.as_bytes())?;
            let seconds = stamp.wall_seconds(stamp.year()?)?;
            let (nanos, digits) = (stamp.nanosecond(), stamp.fraction_digits());
            rest.is_empty().then(|| Self::new(seconds, nanos, digits, stamp.offset()))
        };
        read().ok_or(Error::new(ErrorKind::BadValue, 0))
    }
}

#[cfg(feature = "chrono")]
mod convert {
    use chrono::{DateTime, FixedOffset, NaiveDateTime};

    use super::LogTime;

    impl LogTime {
        /// The wall clock, without its zone.
        #[must_use]
        pub fn to_naive(&self) -> Option<NaiveDateTime> {
            Some(DateTime::from_timestamp(self.seconds, self.nanosecond())?.naive_utc())
        }

        /// The instant, if the zone is known.
        #[must_use]
        pub fn to_datetime(&self) -> Option<DateTime<FixedOffset>> {
            let zone = FixedOffset::east_opt(self.offset()?)?;
            self.to_naive()?.and_local_timezone(zone).single()
        }
    }
}

/// As text where a person may read it, and else as `(seconds, nanoseconds, digits, offset)`.
#[cfg(feature = "serde")]
mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::LogTime;

    impl Serialize for LogTime {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                return serializer.collect_str(self);
            }
            (self.seconds, self.nanosecond(), self.fraction_digits(), self.offset())
                .serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for LogTime {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                return crate::words::parsed(deserializer, "a time as RFC 3339 has it");
            }
            let (seconds, nanos, digits, offset) = Deserialize::deserialize(deserializer)?;
            Ok(Self::new(seconds, nanos, digits, offset))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Calendar;

    #[test]
    fn zones() {
        let mut calendar = Calendar::new();
        let (stamp, _) = Stamp::iso(b"2027-02-08T10:05:00.450419+01:00").expect("a stamp");
        let time = calendar.resolve(&stamp).expect("a time");
        assert_eq!(time.as_micros(), 1_802_077_500_450_419);
        assert_eq!(time.in_zone(|_| Some(0)), time);
        let (stamp, _) = Stamp::classic(b"Feb  8 10:05:00").expect("a stamp");
        let local = calendar.resolve(&stamp).expect("a time");
        assert_eq!(local.to_string(), "2027-02-08T10:05:00");
        let zoned = local.in_zone(|_| Some(3600));
        assert_eq!(zoned.as_seconds(), time.as_seconds());
        assert_eq!(zoned.to_string(), "2027-02-08T10:05:00+01:00");
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn chrono_agrees() {
        let (stamp, _) = Stamp::iso(b"2027-02-08T10:05:00.450419+01:00").expect("a stamp");
        let time = Calendar::new().resolve(&stamp).expect("a time");
        assert_eq!(time.to_datetime().expect("a zone").timestamp_micros(), time.as_micros());
        let (stamp, _) = Stamp::iso(b"2027-02-08T10:05:00").expect("a stamp");
        let local = Calendar::new().resolve(&stamp).expect("a time");
        assert_eq!(local.to_datetime(), None);
        let naive =
            chrono::NaiveDate::from_ymd_opt(2027, 2, 8).and_then(|day| day.and_hms_opt(10, 5, 0));
        assert_eq!(local.to_naive(), naive);
    }

    #[test]
    fn parts_of_a_time() {
        let mut calendar = Calendar::starting_at(1972);
        assert_eq!(calendar.year(), Some(1972));
        let (stamp, _) = Stamp::iso(b"1970-01-02T00:00:01.25-01:30").expect("a stamp");
        let time = calendar.resolve(&stamp).expect("a time");
        assert_eq!(calendar.year(), Some(1970));
        assert_eq!((time.wall_seconds(), time.nanosecond()), (86_401, 250_000_000));
        assert_eq!((time.offset(), time.as_seconds()), (Some(-5400), 91_801));
        let (stamp, _) = Stamp::classic(b"Jan  3 00:00:00").expect("a stamp");
        let time = calendar.resolve(&stamp).expect("a time");
        assert_eq!((time.wall_seconds(), time.nanosecond(), time.offset()), (172_800, 0, None));
        assert_eq!(time.as_seconds(), time.wall_seconds());
    }

    #[test]
    fn every_part_comes_back() {
        for seconds in [i64::MIN, -1, 0, 1_802_077_500, i64::MAX] {
            for nanos in [0, 1, 450_419_000, 999_999_999] {
                for offset in [None, Some(0), Some(-359_940), Some(359_940), Some(1 - (1 << 28))] {
                    let digits = u8::try_from(nanos % 10).unwrap();
                    let time = LogTime::new(seconds, nanos, digits, offset);
                    assert_eq!((time.wall_seconds(), time.nanosecond()), (seconds, nanos));
                    assert_eq!((time.fraction_digits(), time.offset()), (digits, offset));
                }
            }
        }
        assert_eq!(size_of::<Option<LogTime>>(), 16);
    }

    #[test]
    fn text_comes_back() {
        for text in [
            "2027-02-08T10:05:00.450419+01:00",
            "2027-02-08T10:05:00Z",
            "1970-01-02T00:00:01.25-01:30",
            "2027-02-08T10:05:00",
            "0000-01-01T00:00:00.000000001",
        ] {
            let time: LogTime = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(format!("{time:?}"), text);
        }
        for bad in
            ["", "2027-02-08", "2027-02-08T10:05:00Z ", "2027-02-29T10:05:00Z", "Feb  8 10:05:00"]
        {
            assert!(bad.parse::<LogTime>().is_err(), "{bad}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_times_come_back() {
        let time: LogTime = "2027-02-08T10:05:00.450419+01:00".parse().unwrap();
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2027-02-08T10:05:00.450419+01:00\"");
        assert_eq!(serde_json::from_str::<LogTime>(&json).unwrap(), time);
    }

    /// A stored time with more than a second of nanoseconds has the last one of its second.
    #[test]
    fn nanoseconds_have_a_bound() {
        for (nanos, want) in
            [(999_999_999, 999_999_999), (1_000_000_000, 999_999_999), (u32::MAX, 999_999_999)]
        {
            let time = LogTime::new(0, nanos, 9, None);
            assert_eq!(
                (time.nanosecond(), time.to_string()),
                (want, format!("1970-01-01T00:00:00.{want}"))
            );
        }
        assert_eq!(LogTime::new(0, 5, 20, None).fraction_digits(), 9);
    }

    /// Offsets of eight years and more are cut.
    #[test]
    fn offsets_have_a_bound() {
        let most = (1 << 28) - 1;
        for (offset, want) in [
            (most, most),
            (most + 1, most),
            (i32::MAX, most),
            (-most, -most),
            (-most - 1, -most),
            (i32::MIN, -most),
        ] {
            assert_eq!(LogTime::new(7, 1, 9, Some(offset)).offset(), Some(want), "{offset}");
        }
    }
}
