//! The time stamp of a line, exactly as it was written; nothing is guessed.

mod unusual;

use core::fmt;
use core::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::limits::MAX_FRACTION_DIGITS;
use crate::scan;
use crate::words::stored_as_text;

/// A time stamp as the logger wrote it.
///
/// Classic syslog stamps have neither year nor zone: [`year`](Self::year) and [`offset`](Self::offset) are then
/// `None`. A [`Calendar`](crate::Calendar) adds what is missing.
///
/// ```
/// use postfix_log::Line;
///
/// let line = Line::new(b"Nov 22 11:00:55 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// let stamp = line.header()?.stamp().expect("it has a time");
/// assert_eq!((stamp.year(), stamp.month(), stamp.day()), (None, 11, 22));
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Stamp {
    year: Option<u16>,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    digits: u8,
    nanos: u32,
    offset: Option<i32>,
}

impl Stamp {
    /// The year, if it was written.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        self.year.map(i32::from)
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The hour, 0 to 23.
    #[must_use]
    pub fn hour(&self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    #[must_use]
    pub fn minute(&self) -> u8 {
        self.minute
    }

    /// The second, 0 to 60: 60 is a leap second.
    #[must_use]
    pub fn second(&self) -> u8 {
        self.second
    }

    /// The fraction of the second, in nanoseconds.
    #[must_use]
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// How many digits of the fraction were written, 0 to 9.
    pub(crate) fn fraction_digits(&self) -> u8 {
        self.digits
    }

    /// Seconds east of UTC, if a zone was written.
    #[must_use]
    pub fn offset(&self) -> Option<i32> {
        self.offset
    }

    /// Whole seconds from 1970-01-01 00:00:00 to this stamp, both read in the stamp's own zone, if
    /// it had been written in `year`. `None` for a 29th of February in a year without one.
    #[must_use]
    pub(crate) fn wall_seconds(&self, year: i32) -> Option<i64> {
        if self.day > days_in_month(year, self.month) {
            return None;
        }
        let days = days_from_civil(year, self.month, self.day);
        let time =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(days * 86_400 + time)
    }

    /// The stamp of an instant given as seconds since 1970 UTC and nanoseconds, as in journald and Unix times.
    /// `digits` of the fraction count as written, at most nine. `None` for years that do not have four digits
    /// and for more than a second of nanoseconds.
    #[must_use]
    pub(crate) fn from_unix(seconds: i64, nanos: u32, digits: u8) -> Option<Self> {
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        if year > 9999 || nanos > 999_999_999 || digits > 9 {
            return None;
        }
        let time = seconds.rem_euclid(86_400);
        Some(Self {
            year: Some(u16::try_from(year).ok()?),
            month,
            day,
            hour: u8::try_from(time / 3600).ok()?,
            minute: u8::try_from(time / 60 % 60).ok()?,
            second: u8::try_from(time % 60).ok()?,
            digits,
            nanos,
            offset: Some(0),
        })
    }

    /// `Mmm d HH:MM:SS` and what follows it. The day may be padded with a blank, a zero or nothing;
    /// some daemons add a year (`Nov 22 2026 11:00:01`) or a fraction.
    pub(crate) fn classic(text: &[u8]) -> Option<(Self, &[u8])> {
        let (name, rest) = text.split_first_chunk::<4>()?;
        let month = month_number(name)?;
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let (day, rest) = short_number(rest)?;
        let rest = rest.strip_prefix(b" ")?;
        let (year, rest) = match rest.split_first_chunk::<5>() {
            Some((&[a, b, c, d, b' '], tail)) => (Some(four_digits([a, b, c, d])?), tail),
            _ => (None, rest),
        };
        let (clock, rest) = Clock::parse(rest)?;
        Self::build(year, month, day, clock, None).map(|stamp| (stamp, rest))
    }

    /// The layout of syslog(3) in RFC 3164: `Mmm dd HH:MM:SS`, the day padded with a blank or a zero. `None` for
    /// any other, which [`classic`](Self::classic) reads.
    #[inline]
    pub(crate) fn rfc3164(text: &[u8]) -> Option<(Self, &[u8])> {
        let (&[a, b, c, blank, d0, d1, b' ', ref time @ ..], rest) =
            text.split_first_chunk::<15>()?
        else {
            return None;
        };
        let month = month_number(&[a, b, c, blank])?;
        let day = two_digits(if d0 == b' ' { b'0' } else { d0 }, d1)?;
        let clock = Clock::whole(time)?;
        Self::build(None, month, day, clock, None).map(|stamp| (stamp, rest))
    }

    /// `2026-11-22T11:00:01.123456+01:00` and what follows it, as RFC 3339 has it: with a capital `T` and a zone.
    /// `None` for any other layout, which [`iso`](Self::iso) reads.
    #[inline]
    pub(crate) fn rfc3339(text: &[u8]) -> Option<(Self, &[u8])> {
        let (&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', ref time @ ..], rest) =
            text.split_first_chunk::<19>()?
        else {
            return None;
        };
        let year = four_digits([y0, y1, y2, y3])?;
        let (month, day) = (two_digits(m0, m1)?, two_digits(d0, d1)?);
        let clock = Clock::whole(time)?;
        let (nanos, digits, rest) = fraction(rest)?;
        let (offset, rest) = zone(rest)?;
        let clock = Clock { digits, nanos, ..clock };
        Self::build(Some(year), month, day, clock, Some(offset?)).map(|stamp| (stamp, rest))
    }

    /// `2026-11-22T11:00:01.123456+01:00` and what follows it: RFC 3339, ISO 8601 with `+0100`, and
    /// the same with a blank instead of the `T` or without a zone.
    pub(crate) fn iso(text: &[u8]) -> Option<(Self, &[u8])> {
        let (date, rest) = text.split_first_chunk::<11>()?;
        let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T' | b't' | b' '] = date else {
            return None;
        };
        let year = four_digits([y0, y1, y2, y3])?;
        let month = two_digits(m0, m1)?;
        let day = two_digits(d0, d1)?;
        let (clock, rest) = Clock::parse(rest)?;
        let (offset, rest) = zone(rest)?;
        Self::build(Some(year), month, day, clock, offset).map(|stamp| (stamp, rest))
    }

    /// `1795168801.123456` and what follows it: seconds since 1970 UTC.
    pub(crate) fn unix(text: &[u8]) -> Option<(Self, &[u8])> {
        let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(9..=11).contains(&length) {
            return None;
        }
        let (digits, rest) = text.split_at_checked(length)?;
        let seconds = digits.iter().fold(0_i64, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        let (nanos, digits, rest) = fraction(rest)?;
        Self::from_unix(seconds, nanos, digits).map(|stamp| (stamp, rest))
    }

    /// `11-22T11:00:01`: the stored form of a stamp that [`classic`](Self::classic) read.
    fn without_year(text: &[u8]) -> Option<(Self, &[u8])> {
        let (&[m0, m1, b'-', d0, d1, b'T'], rest) = text.split_first_chunk::<6>()? else {
            return None;
        };
        let (month, day) = (two_digits(m0, m1)?, two_digits(d0, d1)?);
        let (clock, rest) = Clock::parse(rest)?;
        let (offset, rest) = zone(rest)?;
        Self::build(None, month, day, clock, offset).map(|stamp| (stamp, rest))
    }

    /// The same time, taken to be in the zone `offset` seconds east of UTC.
    pub(crate) fn in_zone(self, offset: i32) -> Self {
        Self { offset: Some(offset), ..self }
    }

    fn build(
        year: Option<u16>,
        month: u8,
        day: u8,
        clock: Clock,
        offset: Option<i32>,
    ) -> Option<Self> {
        // Without a year, February may have 29 days: we cannot tell whether it was a leap year.
        let longest = days_in_month(i32::from(year.unwrap_or(2000)), month);
        if day == 0 || day > longest {
            return None;
        }
        Some(Self {
            year,
            month,
            day,
            hour: clock.hour,
            minute: clock.minute,
            second: clock.second,
            digits: clock.digits,
            nanos: clock.nanos,
            offset,
        })
    }
}

/// What was written, in the layout of RFC 3339; absent parts are left out.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year:04}-")?;
        }
        let Self { month, day, hour, minute, second, .. } = self;
        write!(f, "{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write_fraction(f, self.nanos, self.digits)?;
        self.offset.map_or(Ok(()), |offset| write_offset(f, offset))
    }
}

/// Reads what `Display` prints: with or without a year, a fraction and a zone.
impl FromStr for Stamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = Self::iso(text.as_bytes()).or_else(|| Self::without_year(text.as_bytes()));
        match read {
            Some((stamp, [])) => Ok(stamp),
            _ => Err(Error::new(ErrorKind::BadTimestamp, 0)),
        }
    }
}

stored_as_text!(Stamp, "a time stamp in the layout of RFC 3339, with or without its year");

/// Writes a fraction such as `.123456`, with exactly `digits` digits; nothing if `digits` is 0.
pub(crate) fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: u32, digits: u8) -> fmt::Result {
    if digits == 0 {
        return Ok(());
    }
    let dropped = 9_u32.saturating_sub(u32::from(digits));
    write!(f, ".{:0width$}", nanos / 10_u32.pow(dropped), width = usize::from(digits.min(9)))
}

/// Writes a zone as `Z` or `+01:00`.
pub(crate) fn write_offset(f: &mut fmt::Formatter<'_>, offset: i32) -> fmt::Result {
    if offset == 0 {
        return f.write_str("Z");
    }
    let minutes = offset.unsigned_abs() / 60;
    let sign = if offset < 0 { '-' } else { '+' };
    write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

struct Clock {
    hour: u8,
    minute: u8,
    second: u8,
    digits: u8,
    nanos: u32,
}

impl Clock {
    /// `HH:MM:SS`, with a fraction after `.` or `,`.
    fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        let (time, rest) = text.split_first_chunk::<8>()?;
        let clock = Self::whole(time)?;
        let (nanos, digits, rest) = fraction(rest)?;
        Some((Self { digits, nanos, ..clock }, rest))
    }

    /// `HH:MM:SS` and nothing else. All eight bytes are examined together.
    #[inline]
    fn whole(time: &[u8; 8]) -> Option<Self> {
        const COLONS: u64 = u64::from_le_bytes(*b"\0\0\xff\0\0\xff\0\0");
        const MIDNIGHT: u64 = u64::from_le_bytes(*b"00:00:00");
        let digits = u64::from_le_bytes(*time) ^ MIDNIGHT;
        if scan::no_digits(digits) | (digits & COLONS) != 0 {
            return None;
        }
        let [hour, _, _, minute, _, _, second, _] = (digits * 10 + (digits >> 8)).to_le_bytes();
        (hour < 24 && minute < 60 && second <= 60).then_some(Self {
            hour,
            minute,
            second,
            digits: 0,
            nanos: 0,
        })
    }
}

/// Nanoseconds, number of digits, and the rest. A missing fraction is accepted; more than nine digits are not.
fn fraction(text: &[u8]) -> Option<(u32, u8, &[u8])> {
    let Some((b'.' | b',', mut rest)) = text.split_first() else {
        return Some((0, 0, text));
    };
    let (mut value, mut digits) = (0_u32, 0_u8);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        if usize::from(digits) == MAX_FRACTION_DIGITS {
            return None;
        }
        value = value * 10 + u32::from(digit - b'0');
        digits += 1;
        rest = tail;
    }
    let scale = POWERS.get(9_usize.checked_sub(usize::from(digits))?)?;
    (digits > 0).then_some((value * scale, digits, rest))
}

/// Powers of ten, to nine digits of a fraction.
const POWERS: [u32; 10] =
    [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/// `Z`, `+01:00`, `+0100`, `+01`, or nothing.
fn zone(text: &[u8]) -> Option<(Option<i32>, &[u8])> {
    let (sign, rest) = match text.split_first() {
        Some((b'Z' | b'z', rest)) => return Some((Some(0), rest)),
        Some((b'+', rest)) => (1, rest),
        Some((b'-', rest)) => (-1, rest),
        _ => return Some((None, text)),
    };
    let (&[h0, h1], rest) = rest.split_first_chunk::<2>()?;
    let hours = two_digits(h0, h1)?;
    let (minutes, rest) = match rest {
        [b':', m0, m1, tail @ ..] => (two_digits(*m0, *m1)?, tail),
        [m0 @ b'0'..=b'9', m1, tail @ ..] => (two_digits(*m0, *m1)?, tail),
        _ => (0, rest),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some((Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)), rest))
}

/// The names are English in every locale, because libc writes them so. The blank after the name is part of it.
fn month_number(name: &[u8; 4]) -> Option<u8> {
    Some(match name {
        b"Jan " => 1,
        b"Feb " => 2,
        b"Mar " => 3,
        b"Apr " => 4,
        b"May " => 5,
        b"Jun " => 6,
        b"Jul " => 7,
        b"Aug " => 8,
        b"Sep " => 9,
        b"Oct " => 10,
        b"Nov " => 11,
        b"Dec " => 12,
        _ => return None,
    })
}

/// One or two digits.
fn short_number(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => Some((two_digits(*a, *b)?, rest)),
        [a @ b'0'..=b'9', rest @ ..] => Some((a - b'0', rest)),
        _ => None,
    }
}

fn two_digits(a: u8, b: u8) -> Option<u8> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    (a <= 9 && b <= 9).then(|| a * 10 + b)
}

fn four_digits([a, b, c, d]: [u8; 4]) -> Option<u16> {
    Some(u16::from(two_digits(a, b)?) * 100 + u16::from(two_digits(c, d)?))
}

pub(crate) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. The year starts in March, so that the leap day
/// is its last; 153 days are the five months from March on.
pub(crate) fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month = (i64::from(month) + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + i64::from(day) - 719_469
}

/// The inverse of [`days_from_civil`], for years that fit.
pub(crate) fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    // Within an era numbers are small, and small ones are divided faster.
    let day_of_era = u32::try_from(days.rem_euclid(146_097)).unwrap_or(0);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = i64::from(year_of_era) + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_over_four_centuries() {
        let mut days = days_from_civil(1800, 1, 1);
        for year in 1800..2300 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_from_civil(year, month, day), days);
                    assert_eq!(civil_from_days(days), (i64::from(year), month, day));
                    days += 1;
                }
            }
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
        assert_eq!(days_from_civil(2000, 3, 1), 11_017);
    }

    #[test]
    fn classic_stamps() {
        for (text, want, rest) in [
            ("Nov 22 11:00:01 mx1", "11-22T11:00:01", " mx1"),
            ("Nov  2 11:00:01 mx1", "11-02T11:00:01", " mx1"),
            ("Nov 02 11:00:01 mx1", "11-02T11:00:01", " mx1"),
            ("Nov 2 11:00:01 mx1", "11-02T11:00:01", " mx1"),
            ("Feb 29 23:59:60 mx1", "02-29T23:59:60", " mx1"),
            ("Nov 22 2026 11:00:01 mx1", "2026-11-22T11:00:01", " mx1"),
            ("Nov 22 11:00:01.123 mx1", "11-22T11:00:01.123", " mx1"),
        ] {
            let (stamp, tail) = Stamp::classic(text.as_bytes()).expect(text);
            assert_eq!((stamp.to_string().as_str(), tail), (want, rest.as_bytes()), "{text}");
            assert_eq!(stamp.offset(), None);
        }
    }

    #[test]
    fn not_classic_stamps() {
        for text in [
            "",
            "Nov",
            "Nov 22",
            "Nov 22 11:00",
            "nov 22 11:00:01",
            "Nov 32 11:00:01",
            "Nov  0 11:00:01",
            "Nov 22 24:00:00",
            "Nov 22 11:60:00",
            "Nov 22 11:00:61",
            "Feb 30 11:00:00",
            "Nov 22 1:00:01",
            "M\u{e4}r 22 11:00:01",
            "Nov 222 11:00:01",
            "Nov 22 11:00:01.",
            "Nov 22 11:00:01.1234567890",
        ] {
            assert_eq!(Stamp::classic(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn iso_stamps() {
        for (text, want, rest) in [
            ("2026-11-22T11:00:01.123456+01:00 h", "2026-11-22T11:00:01.123456+01:00", " h"),
            ("2026-11-22T11:00:01+0100 h", "2026-11-22T11:00:01+01:00", " h"),
            ("2026-11-22T11:00:01-0930 h", "2026-11-22T11:00:01-09:30", " h"),
            ("2026-11-22T11:00:01Z h", "2026-11-22T11:00:01Z", " h"),
            ("2026-11-22T11:00:01.000000001Z h", "2026-11-22T11:00:01.000000001Z", " h"),
            ("2026-11-22t11:00:01z h", "2026-11-22T11:00:01Z", " h"),
            ("2026-11-22 11:00:01,5 h", "2026-11-22T11:00:01.5", " h"),
            ("2024-02-29T00:00:00+14 h", "2024-02-29T00:00:00+14:00", " h"),
        ] {
            let (stamp, tail) = Stamp::iso(text.as_bytes()).expect(text);
            assert_eq!((stamp.to_string().as_str(), tail), (want, rest.as_bytes()), "{text}");
        }
    }

    #[test]
    fn not_iso_stamps() {
        for text in [
            "2026-11-22",
            "2026-11-22T11:00",
            "2026-13-22T11:00:01Z",
            "2023-02-29T00:00:00Z",
            "2026-11-22T11:00:01+25:00",
            "2026-11-22T11:00:01+1",
            "2026-11-00T11:00:01Z",
            "2026-11-22T11:00:01.Z",
            "2026-11-22T11:00:01.1234567890Z",
            "20-11-22T11:00:01Z",
        ] {
            assert_eq!(Stamp::iso(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn instants_that_have_no_stamp() {
        let last = Stamp::from_unix(253_402_300_799, 0, 0).expect("the last of four digits");
        assert_eq!(last.to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Stamp::from_unix(253_402_300_800, 0, 0), None);
        assert_eq!(
            (Stamp::from_unix(0, 1_000_000_000, 9), Stamp::from_unix(0, 0, 10)),
            (None, None)
        );
    }

    #[test]
    fn unix_stamps() {
        let (stamp, rest) = Stamp::unix(b"1795168801.123456 mx1").expect("a stamp");
        assert_eq!(stamp.to_string(), "2026-11-20T10:00:01.123456Z");
        assert_eq!(rest, b" mx1");
        assert_eq!(Stamp::unix(b"12345 mx1"), None);
        assert_eq!(Stamp::unix(b"123456789012 mx1"), None);
    }

    #[test]
    fn parts_as_written() {
        let (stamp, _) = Stamp::iso(b"2026-11-22T23:59:60.0451+01:30").unwrap();
        assert_eq!((stamp.year(), stamp.month(), stamp.day()), (Some(2026), 11, 22));
        assert_eq!((stamp.hour(), stamp.minute(), stamp.second()), (23, 59, 60));
        assert_eq!((stamp.nanosecond(), stamp.fraction_digits()), (45_100_000, 4));
        assert_eq!(stamp.offset(), Some(5400));
        let (stamp, _) = Stamp::classic(b"Feb  3 04:05:06 mx1").unwrap();
        assert_eq!((stamp.year(), stamp.month(), stamp.day()), (None, 2, 3));
        assert_eq!((stamp.hour(), stamp.minute(), stamp.second()), (4, 5, 6));
        assert_eq!((stamp.nanosecond(), stamp.fraction_digits(), stamp.offset()), (0, 0, None));
    }
}
