//! The year and the zone of stamps that have none: a time line from one line to the next.

mod time;

pub use self::time::LogTime;

use core::fmt;

use crate::header::stamp::Stamp;
use crate::queue_id::QueueId;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// A stamp this far behind its predecessor belongs to the next year. Half a year keeps both the
/// log that was silent for months and the rotated files that were given in the wrong order.
const NEXT_YEAR: i64 = 183 * DAY;

/// A stamp this far ahead of its predecessor is a late line of the year before.
const YEAR_BEFORE: i64 = 335 * DAY;

/// A leap year to count from when no year is known.
#[cfg(feature = "lifecycle")]
const STAND_IN: i32 = 1972;

/// How far an hour that comes twice is looked for, in seconds: no zone sets its clocks back by more.
const LONGEST_STEP: i64 = 4 * 3600;

/// Lines may stand this much out of order, in seconds, without meaning that an hour comes twice.
const DISORDER: i64 = 300;

/// Adds the missing year, and if asked the zone, to the time stamps of one stream, in the order of its lines.
///
/// A stamp with a year sets the calendar. A stamp without one takes the year of its predecessor, the next year at New
/// Year, and the year before for a line that is logged late at New Year. The year of the first stamp comes from the
/// first of these sources that knows it: the stamp itself, [`starting_at`](Self::starting_at), a long queue id
/// ([`learn`](Self::learn), [`resolve_with`](Self::resolve_with)), [`ending_at`](Self::ending_at). The clock is never
/// asked: until one of these sources is available, [`resolve`](Self::resolve) returns `None`.
///
/// ```
/// use postfix_log::{Calendar, lines};
/// let log = b"Dec 31 23:59:59 mx1 postfix/smtpd[9]: connect from a[192.0.2.1]\n\
///             Jan  1 00:00:00 mx1 postfix/smtpd[9]: disconnect from a[192.0.2.1]\n";
/// let mut calendar = Calendar::starting_at(2026).with_offset(3600);
/// let times: Vec<String> = lines(log)
///     .filter_map(|line| calendar.resolve(&line.header().ok()?.stamp()?))
///     .map(|time| time.to_string())
///     .collect();
/// assert_eq!(times, ["2026-12-31T23:59:59+01:00", "2027-01-01T00:00:00+01:00"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    years: Years,
    /// The first stamp that [`Calendar::learn`] saw.
    first: Option<Stamp>,
    /// When the log ends, in seconds since 1970 UTC.
    end: Option<i64>,
    zone: Option<Zone>,
}

/// The place on the time line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Years {
    year: Option<i32>,
    /// Seconds of the last stamp, on its own wall clock.
    last: Option<i64>,
    /// The last time that got its zone from the calendar, in seconds since 1970 UTC.
    instant: Option<i64>,
}

/// The zone of stamps that have none.
#[derive(Clone)]
enum Zone {
    Fixed(i32),
    #[cfg(feature = "alloc")]
    Of(alloc::sync::Arc<dyn Fn(i64) -> Option<i32> + Send + Sync>),
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(offset) => write!(f, "Fixed({offset})"),
            #[cfg(feature = "alloc")]
            Self::Of(_) => f.write_str("Of(..)"),
        }
    }
}

impl Zone {
    /// The offset of a wall clock. An hour that comes twice is the second one once the first is over.
    fn offset(&self, wall: i64, last: Option<i64>) -> Option<i32> {
        let zone = |wall| match self {
            Self::Fixed(offset) => {
                let _: i64 = wall;
                Some(*offset)
            }
            #[cfg(feature = "alloc")]
            Self::Of(zone) => zone(wall),
        };
        let first = zone(wall)?;
        let instant = |offset: i32| wall.saturating_sub(i64::from(offset));
        let oldest = last.map_or(i64::MIN, |last| last.saturating_sub(DISORDER));
        if instant(first) >= oldest {
            return Some(first);
        }
        let second = zone(wall.saturating_add(LONGEST_STEP)).filter(|second| *second < first);
        let twice = second.filter(|second| {
            let step = i64::from(first).saturating_sub(i64::from(*second));
            instant(*second) >= oldest && zone(wall.saturating_add(step)) == Some(*second)
        });
        twice.or(Some(first))
    }
}

impl Calendar {
    /// A calendar with no year and no zone yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A calendar that dates the first stamp in this year, unless the stamp has a year of its own.
    #[must_use]
    pub fn starting_at(year: i32) -> Self {
        Self { years: Years { year: Some(year), ..Years::default() }, ..Self::default() }
    }

    /// A calendar for a log that ends at this time, in seconds since 1970 UTC, such as the modification time of
    /// its file. The first stamp gets the latest year in which it does not lie after that time; one day of
    /// tolerance allows for the zone. A long queue id that [`learn`](Self::learn) finds takes precedence.
    ///
    /// ```
    /// use postfix_log::{Calendar, lines};
    /// let log = b"Dec 31 23:59:59 mx1 postfix/smtpd[9]: connect from a[192.0.2.1]\n";
    /// let stamp = lines(log).next().unwrap().header()?.stamp().unwrap();
    /// // Some hours into 2027.
    /// let time = Calendar::ending_at(1_798_790_400).resolve(&stamp).unwrap();
    /// assert_eq!(time.to_string(), "2026-12-31T23:59:59");
    /// # Ok::<(), postfix_log::Error>(())
    /// ```
    #[must_use]
    pub fn ending_at(seconds: i64) -> Self {
        Self { end: Some(seconds), ..Self::default() }
    }

    /// A calendar for those who only order and subtract: years count from a stand-in, 1972, until a
    /// stamp has its own.
    #[cfg(feature = "lifecycle")]
    pub(crate) fn relative() -> Self {
        Self::starting_at(STAND_IN)
    }

    /// Sets the zone of stamps that have none, in seconds east of UTC.
    #[must_use]
    pub fn with_offset(self, seconds: i32) -> Self {
        Self { zone: Some(Zone::Fixed(seconds)), ..self }
    }

    /// Sets the zone of stamps that have none, as a function from the wall clock (in seconds since 1970 on that
    /// clock) to seconds east of UTC; it returns `None` where it cannot tell. For the hour that occurs twice when
    /// clocks are set back, the function gives the first offset. The calendar changes to the second one when the
    /// log has reached the end of that hour and goes back to its start.
    ///
    /// ```
    /// use postfix_log::{Calendar, lines};
    /// let log = b"Oct 25 02:59:00 mx1 postfix/smtpd[9]: connect from a[192.0.2.1]\n\
    ///             Oct 25 02:01:00 mx1 postfix/smtpd[9]: disconnect from a[192.0.2.1]\n";
    /// // Summer time until 03:00 on the 25th of October 2026, as in Berlin.
    /// let zone = |wall| Some(if wall < 1_792_897_200 { 7200 } else { 3600 });
    /// let mut calendar = Calendar::starting_at(2026).with_zone(zone);
    /// let times: Vec<String> = lines(log)
    ///     .filter_map(|line| calendar.resolve(&line.header().ok()?.stamp()?))
    ///     .map(|time| time.to_string())
    ///     .collect();
    /// assert_eq!(times, ["2026-10-25T02:59:00+02:00", "2026-10-25T02:01:00+01:00"]);
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn with_zone(self, zone: impl Fn(i64) -> Option<i32> + Send + Sync + 'static) -> Self {
        Self { zone: Some(Zone::Of(alloc::sync::Arc::new(zone))), ..self }
    }

    /// The year of the last stamp, or the year that was set.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        self.years.year
    }

    /// Looks ahead for the year: takes it from the first long queue id, before the lines are
    /// [resolved](Self::resolve). Returns true once the year is known, or when the stamps themselves have one.
    ///
    /// Pass the first lines of a log in order until this returns true, then start again with the first line. For
    /// a log that cannot be read twice, [`resolve_with`](Self::resolve_with) finds the year at the first long
    /// queue id.
    pub fn learn(&mut self, stamp: &Stamp, id: Option<QueueId<'_>>) -> bool {
        if self.years.year.is_some() || stamp.year().is_some() {
            return true;
        }
        let first = *self.first.get_or_insert(*stamp);
        self.years.year = id.and_then(|id| year_near(&first, id));
        self.years.year.is_some()
    }

    /// Gives a stamp its place on the time line. `None` if no year is known, for a 29th of February with no leap
    /// year nearby, and outside the years 0 to 9999.
    pub fn resolve(&mut self, stamp: &Stamp) -> Option<LogTime> {
        self.resolve_with(stamp, None)
    }

    /// Like [`resolve`](Self::resolve), but also uses the queue id of the line: a long one tells the year if
    /// nothing else does.
    pub fn resolve_with(&mut self, stamp: &Stamp, id: Option<QueueId<'_>>) -> Option<LogTime> {
        if self.years.year.is_none() && stamp.year().is_none() {
            let by_id = || id.and_then(|id| year_near(stamp, id));
            let by_end = || self.end.and_then(|end| year_before(stamp, end));
            self.years.year = by_id().or_else(by_end);
        }
        let time = self.years.resolve(stamp)?;
        let Some(zone) = self.zone.as_ref().filter(|_| time.offset().is_none()) else {
            return Some(time);
        };
        let last = self.years.instant;
        let time = time.in_zone(|wall| zone.offset(wall, last));
        if time.offset().is_some() {
            // A line that stands out of order must not bring the first hour back.
            self.years.instant = Some(match last {
                Some(last) if last.saturating_sub(time.as_seconds()) <= DISORDER => {
                    last.max(time.as_seconds())
                }
                _ => time.as_seconds(),
            });
        }
        Some(time)
    }

    /// The place on the time line, without the zone.
    #[cfg(feature = "lifecycle")]
    pub(crate) fn years(&self) -> Years {
        self.years
    }

    /// Goes on from a place on the time line.
    #[cfg(feature = "lifecycle")]
    pub(crate) fn at(self, years: Years) -> Self {
        Self { years, ..self }
    }
}

impl Years {
    /// True once a stamp was resolved, or the year was set.
    #[cfg(feature = "lifecycle")]
    pub(crate) fn is_known(&self) -> bool {
        self.year.is_some()
    }

    fn resolve(&mut self, stamp: &Stamp) -> Option<LogTime> {
        let (year, seconds) = match stamp.year() {
            Some(year) => (year, stamp.wall_seconds(year)?),
            None => self.year_of(stamp)?,
        };
        if !(0..=9999).contains(&year) {
            return None;
        }
        self.year = Some(year);
        self.last = Some(seconds);
        Some(LogTime::new(seconds, stamp.nanosecond(), stamp.fraction_digits(), stamp.offset()))
    }

    /// The year of a stamp without one, and the seconds of the stamp in it.
    fn year_of(&self, stamp: &Stamp) -> Option<(i32, i64)> {
        let year = self.year?;
        let at = |year: i32| Some((year, stamp.wall_seconds(year)?));
        let Some(last) = self.last else { return at(year) };
        let step = |(_, seconds): (i32, i64)| seconds.saturating_sub(last);
        let (before, after) = (year.saturating_sub(1), year.saturating_add(1));
        match at(year) {
            Some(found) if step(found) < -NEXT_YEAR => at(after),
            Some(found) if step(found) > YEAR_BEFORE => at(before),
            Some(found) => Some(found),
            // A leap day that this year lacks: the one before is always more than half a year ago.
            None => at(after).filter(|&found| step(found) < NEXT_YEAR),
        }
    }
}

/// The year that puts a stamp nearest to the arrival in a long queue id.
fn year_near(stamp: &Stamp, id: QueueId<'_>) -> Option<i32> {
    let arrival = i64::try_from(id.time()?.as_secs()).ok()?;
    let year = Stamp::from_unix(arrival, 0, 0)?.year()?;
    let near = |year: &i32| {
        stamp
            .wall_seconds(*year)
            .map_or(i64::MAX, |time| time.saturating_sub(arrival).saturating_abs())
    };
    [year.saturating_sub(1), year, year.saturating_add(1)].into_iter().min_by_key(near)
}

/// The latest year in which a stamp is not after `end`; a day is left for the zone, and leap days are at most
/// eight years apart.
fn year_before(stamp: &Stamp, end: i64) -> Option<i32> {
    let year = Stamp::from_unix(end, 0, 0)?.year()?;
    (year.saturating_sub(8)..=year.saturating_add(1))
        .rev()
        .find(|year| stamp.wall_seconds(*year).is_some_and(|time| time <= end.saturating_add(DAY)))
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
        let mut calendar = Calendar::starting_at(2026);
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
        let mut calendar = Calendar::starting_at(2026);
        assert_eq!(resolve(&mut calendar, "Feb 29 10:00:00"), None);
        assert_eq!(
            resolve(&mut calendar, "Mar  1 10:00:00").as_deref(),
            Some("2026-03-01T10:00:00")
        );
    }

    #[test]
    fn a_leap_day_that_is_not_near() {
        // The nearest one is ten months back: more likely the stamp is wrong.
        let mut calendar = Calendar::starting_at(2028);
        resolve(&mut calendar, "Dec 31 10:00:00").expect("a time");
        resolve(&mut calendar, "Jan  1 10:00:00").expect("a time");
        assert_eq!(calendar.year(), Some(2029));
        assert_eq!(resolve(&mut calendar, "Feb 29 10:00:00"), None);
    }

    fn stamp(text: &str) -> Stamp {
        Stamp::classic(text.as_bytes()).expect("a stamp").0
    }

    /// What a log tells about its year, the first source first.
    #[test]
    fn years_from_an_id_and_from_the_end() {
        let id = QueueId::read(b"4jW9mx0sf8z9rwp").expect("an id");
        // The id is of the 20th of November 2026.
        let year = |mut calendar: Calendar, look: &[(&str, bool)], first: &str| {
            for (text, with) in look {
                if calendar.learn(&stamp(text), with.then_some(id)) {
                    break;
                }
            }
            calendar.resolve(&stamp(first)).map(|time| time.to_string())
        };
        let new_year = &[("Dec 31 23:00:00", false), ("Feb  5 10:00:00", true)][..];
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(
            year(Calendar::new(), new_year, "Dec 31 23:00:00"),
            known("2026-12-31T23:00:00")
        );
        assert_eq!(
            year(Calendar::starting_at(2001), new_year, "Dec 31 23:00:00"),
            known("2001-12-31T23:00:00")
        );
        assert_eq!(
            year(Calendar::ending_at(0), new_year, "Dec 31 23:00:00"),
            known("2026-12-31T23:00:00")
        );
        assert_eq!(year(Calendar::new(), &new_year[..1], "Dec 31 23:00:00"), None);
        // 2026-11-28T18:00:00Z: a day is left for the zone.
        let end = 1_795_888_800;
        assert_eq!(
            year(Calendar::ending_at(end), &[], "Nov 29 17:59:59"),
            known("2026-11-29T17:59:59")
        );
        assert_eq!(
            year(Calendar::ending_at(end), &[], "Nov 29 18:00:01"),
            known("2025-11-29T18:00:01")
        );
        assert_eq!(
            year(Calendar::ending_at(end), &[], "Feb 29 18:00:01"),
            known("2024-02-29T18:00:01")
        );
        // The line's own id tells, where nobody looked ahead.
        let time = Calendar::ending_at(0).resolve_with(&stamp("Feb  5 10:00:00"), Some(id));
        assert_eq!(time.map(|time| time.to_string()), known("2027-02-05T10:00:00"));
        // Nothing to learn.
        let iso = Stamp::iso(b"2031-05-01T00:00:00").expect("a stamp").0;
        assert!(Calendar::new().learn(&iso, None) && Calendar::starting_at(1).learn(&iso, None));
    }

    /// The hour that comes twice, and the one that is skipped.
    #[cfg(feature = "alloc")]
    #[test]
    fn an_hour_that_comes_twice() {
        // Summer time from 1774749600 to 1792897200 on the wall clock, as in Berlin in 2026.
        let berlin = |wall: i64| {
            Some(if (1_774_749_600..1_792_897_200).contains(&wall) { 7200 } else { 3600 })
        };
        let mut calendar = Calendar::starting_at(2026).with_zone(berlin);
        for (text, want) in [
            ("Mar 29 01:59:59", "2026-03-29T01:59:59+01:00"),
            ("Mar 29 03:00:00", "2026-03-29T03:00:00+02:00"),
            ("Oct 25 01:59:59", "2026-10-25T01:59:59+02:00"),
            ("Oct 25 02:59:59", "2026-10-25T02:59:59+02:00"),
            // A line that stands out of order.
            ("Oct 25 02:58:00", "2026-10-25T02:58:00+02:00"),
            ("Oct 25 02:00:00", "2026-10-25T02:00:00+01:00"),
            ("Oct 25 02:30:00", "2026-10-25T02:30:00+01:00"),
            ("Oct 25 02:29:59", "2026-10-25T02:29:59+01:00"),
            ("Oct 25 03:00:00", "2026-10-25T03:00:00+01:00"),
            // A file that is read again.
            ("Oct 25 01:59:59", "2026-10-25T01:59:59+02:00"),
        ] {
            assert_eq!(
                calendar.resolve(&stamp(text)).map(|time| time.to_string()).as_deref(),
                Some(want)
            );
        }
        let mut calendar = Calendar::starting_at(2026).with_zone(|_| None);
        assert_eq!(
            calendar.resolve(&stamp("Mar 29 01:59:59")).map(|time| time.offset()),
            Some(None)
        );
        // A zone that the stamp has counts more.
        let mut calendar = Calendar::new().with_offset(3600);
        let (iso, _) = Stamp::iso(b"2031-05-01T00:00:00Z").expect("a stamp");
        assert_eq!(calendar.resolve(&iso).map(|time| time.offset()), Some(Some(0)));
    }
}
