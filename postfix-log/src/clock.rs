//! The year of stamps that have none: a time line from one line to the next.

use core::fmt;

use crate::header::stamp::{Stamp, civil_from_days, write_fraction, write_offset};

const DAY: i64 = 86_400;

/// A stamp this far behind its predecessor belongs to the next year. Half a year keeps both the
/// log that was silent for months and the rotated files that were given in the wrong order.
const NEXT_YEAR: i64 = 183 * DAY;

/// A stamp this far ahead of its predecessor is a late line of the year before.
const YEAR_BEFORE: i64 = 335 * DAY;

/// A leap year to count from when no year is known.
const STAND_IN: i32 = 1972;

/// Gives years to the stamps of one stream, in the order of its lines.
///
/// A stamp with a year sets the calendar. One without takes the year of its predecessor, the next one
/// at the turn of the year, and the one before for a line that comes late then. Nothing is taken from
/// the clock: until a stamp or the caller gives a year, [`resolve`](Self::resolve) gives `None`.
///
/// ```
/// use postfix_log::{Calendar, lines};
/// let log = b"Dec 31 23:59:59 mx1 postfix/smtpd[9]: connect from a[192.0.2.1]\n\
///             Jan  1 00:00:00 mx1 postfix/smtpd[9]: disconnect from a[192.0.2.1]\n";
/// let mut calendar = Calendar::new().with_year(2026);
/// let times: Vec<String> = lines(log)
///     .filter_map(|line| calendar.resolve(&line.header().ok()?.stamp()?))
///     .map(|time| time.to_string())
///     .collect();
/// assert_eq!(times, ["2026-12-31T23:59:59", "2027-01-01T00:00:00"]);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Calendar {
    year: Option<i32>,
    /// Seconds of the last stamp, on its own wall clock.
    last: Option<i64>,
}

impl Calendar {
    /// A calendar that knows no year yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The year of the first stamp, if it has none of its own.
    #[must_use]
    pub fn with_year(self, year: i32) -> Self {
        Self { year: Some(year), ..self }
    }

    /// A calendar for those who only order and subtract: years count from a stand-in, 1972, until a
    /// stamp has its own.
    #[must_use]
    pub fn relative() -> Self {
        Self::new().with_year(STAND_IN)
    }

    /// The year of the last stamp, or the one that was set.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        self.year
    }

    /// Puts a stamp on the time line. `None` without a year, and for a 29th of February where none is near.
    pub fn resolve(&mut self, stamp: &Stamp) -> Option<LogTime> {
        let year = match stamp.year() {
            Some(year) => year,
            None => self.year_of(stamp)?,
        };
        let seconds = stamp.wall_seconds(year)?;
        self.year = Some(year);
        self.last = Some(seconds);
        Some(LogTime {
            seconds,
            nanos: stamp.nanosecond(),
            digits: stamp.fraction_digits(),
            offset: stamp.offset(),
        })
    }

    fn year_of(&self, stamp: &Stamp) -> Option<i32> {
        let year = self.year?;
        let Some(last) = self.last else { return Some(year) };
        let distance = |year: i32| Some(stamp.wall_seconds(year)?.saturating_sub(last));
        let (before, after) = (year.saturating_sub(1), year.saturating_add(1));
        match distance(year) {
            Some(step) if step < -NEXT_YEAR => distance(after).map(|_| after),
            Some(step) if step > YEAR_BEFORE => distance(before).map(|_| before),
            Some(_) => Some(year),
            // A leap day that this year lacks.
            None => [after, before]
                .into_iter()
                .find(|&near| distance(near).is_some_and(|step| step.abs() < NEXT_YEAR)),
        }
    }
}

/// A time in a log: a wall clock with its year, and the zone if it is known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LogTime {
    seconds: i64,
    nanos: u32,
    digits: u8,
    offset: Option<i32>,
}

impl LogTime {
    /// Microseconds since 1970-01-01 00:00:00 UTC. Where no zone is known, the wall clock is taken
    /// as UTC: right for differences, except over a change of the clocks.
    #[must_use]
    pub fn as_micros(&self) -> i64 {
        let micros = i64::from(self.nanos / 1000);
        self.as_seconds().saturating_mul(1_000_000).saturating_add(micros)
    }

    /// Whole seconds, otherwise as [`as_micros`](Self::as_micros).
    #[must_use]
    pub fn as_seconds(&self) -> i64 {
        self.seconds.saturating_sub(i64::from(self.offset.unwrap_or(0)))
    }

    /// Seconds since 1970-01-01 00:00:00 on the wall clock of the log's zone, whatever the zone.
    #[must_use]
    pub fn wall_seconds(&self) -> i64 {
        self.seconds
    }

    /// The fraction of the second, in nanoseconds.
    #[must_use]
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// Seconds east of UTC, if known.
    #[must_use]
    pub fn offset(&self) -> Option<i32> {
        self.offset
    }

    /// The same wall clock in a zone, for times that have none: `zone` gives the seconds east of UTC
    /// for wall clock seconds since 1970, `None` if it cannot tell.
    #[must_use]
    pub fn in_zone(self, zone: impl FnOnce(i64) -> Option<i32>) -> Self {
        let offset = self.offset.or_else(|| zone(self.seconds));
        Self { offset, ..self }
    }
}

/// RFC 3339 with the digits that were logged; without an offset where none is known.
impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY));
        let time = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write_fraction(f, self.nanos, self.digits)?;
        self.offset.map_or(Ok(()), |offset| write_offset(f, offset))
    }
}

#[cfg(feature = "chrono")]
mod convert {
    use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone};

    use super::LogTime;

    impl LogTime {
        /// The wall clock, without its zone.
        #[must_use]
        pub fn to_naive(&self) -> Option<NaiveDateTime> {
            Some(DateTime::from_timestamp(self.seconds, self.nanos)?.naive_utc())
        }

        /// The instant, if the zone is known.
        #[must_use]
        pub fn to_datetime(&self) -> Option<DateTime<FixedOffset>> {
            let zone = FixedOffset::east_opt(self.offset?)?;
            self.to_naive()?.and_local_timezone(zone).single()
        }

        /// The same wall clock in a `chrono` zone, for times that have none. Of an hour that comes
        /// twice the first is taken; a wall clock that the zone skips stays without a zone.
        #[must_use]
        pub fn in_time_zone<Z: TimeZone>(self, zone: &Z) -> Self {
            let naive = self.to_naive();
            self.in_zone(|_| {
                let offset = zone.offset_from_local_datetime(&naive?).earliest()?;
                Some(offset.fix().local_minus_utc())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(calendar: &mut Calendar, text: &str) -> Option<String> {
        let stamp = Stamp::classic(text.as_bytes()).or_else(|| Stamp::iso(text.as_bytes()));
        calendar.resolve(&stamp.expect("a stamp").0).map(|time| time.to_string())
    }

    #[test]
    fn years_follow_the_stream() {
        let mut calendar = Calendar::new().with_year(2026);
        for (stamp, want) in [
            ("Nov 30 10:00:00", "2026-11-30T10:00:00"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Jan  1 00:00:01", "2027-01-01T00:00:01"),
            // Another process, a second late.
            ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
            ("Jan  1 00:00:02", "2027-01-01T00:00:02"),
            // A file of the week before, given after its successor.
            ("Mar  8 00:00:00", "2027-03-08T00:00:00"),
            ("Mar  1 00:00:00", "2027-03-01T00:00:00"),
            // Silence over the turn of the year.
            ("Nov 15 00:00:00", "2027-11-15T00:00:00"),
            ("Feb 29 00:00:00", "2028-02-29T00:00:00"),
            // A stamp of its own year sets all that follow.
            ("2031-05-01T00:00:00Z", "2031-05-01T00:00:00Z"),
            ("May  1 00:00:01", "2031-05-01T00:00:01"),
        ] {
            assert_eq!(resolve(&mut calendar, stamp).as_deref(), Some(want));
        }
    }

    #[test]
    fn nothing_is_guessed() {
        let mut calendar = Calendar::new();
        assert_eq!(resolve(&mut calendar, "Nov 30 10:00:00"), None);
        let mut calendar = Calendar::new().with_year(2026);
        assert_eq!(resolve(&mut calendar, "Feb 29 10:00:00"), None);
        assert_eq!(
            resolve(&mut calendar, "Mar  1 10:00:00").as_deref(),
            Some("2026-03-01T10:00:00")
        );
    }

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
        assert_eq!(local.in_time_zone(&chrono::Utc).to_string(), "2027-02-08T10:05:00Z");
    }

    #[test]
    fn parts_of_a_time() {
        let mut calendar = Calendar::relative();
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
    fn a_leap_day_that_is_not_near() {
        // The nearest one is ten months back: more likely the stamp is wrong.
        let mut calendar = Calendar::new().with_year(2028);
        resolve(&mut calendar, "Dec 31 10:00:00").expect("a time");
        resolve(&mut calendar, "Jan  1 10:00:00").expect("a time");
        assert_eq!(calendar.year(), Some(2029));
        assert_eq!(resolve(&mut calendar, "Feb 29 10:00:00"), None);
    }
}
