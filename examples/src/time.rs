//! The clock and time zones: the only place where the examples ask for "now".

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset as _, TimeZone as _};

/// Seconds since the epoch by the clock: the default of `--now`.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// `--tz`: an IANA name (`Europe/Berlin`) or a fixed offset (`+01:00`).
#[derive(Clone, Copy, Debug)]
pub enum Zone {
    /// A fixed offset from UTC.
    Fixed(FixedOffset),
    /// A zone with its history of offsets.
    Named(chrono_tz::Tz),
}

impl Default for Zone {
    fn default() -> Self {
        Self::Fixed(zero())
    }
}

impl Zone {
    /// The offset of a local time. A time that occurs twice has the first offset; one that is skipped
    /// has the offset of one hour before.
    pub fn offset_of_local(self, local: NaiveDateTime) -> FixedOffset {
        match self {
            Self::Fixed(offset) => offset,
            Self::Named(tz) => match tz.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix(),
                LocalResult::None => {
                    let before = local - chrono::Duration::hours(1);
                    let earlier = tz.offset_from_local_datetime(&before).earliest();
                    earlier.map_or_else(zero, |offset| offset.fix())
                }
            },
        }
    }

    /// The offset, in seconds east of UTC, of a wall clock time given in seconds since 1970.
    pub fn offset_of_wall(self, seconds: i64) -> Option<i32> {
        let local = DateTime::from_timestamp(seconds, 0)?.naive_utc();
        Some(self.offset_of_local(local).local_minus_utc())
    }

    /// The instant of `epoch` seconds as local time in this zone; `None` beyond the calendar.
    pub fn at(self, epoch: i64) -> Option<DateTime<FixedOffset>> {
        let utc = DateTime::from_timestamp(epoch, 0)?;
        Some(match self {
            Self::Fixed(offset) => utc.with_timezone(&offset),
            Self::Named(tz) => utc.with_timezone(&tz).fixed_offset(),
        })
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(tz) = text.parse() {
            return Ok(Self::Named(tz));
        }
        let offset = text.parse().map_err(|_| {
            format!("{text:?} is neither a zone name such as Europe/Berlin nor ±HH:MM")
        })?;
        Ok(Self::Fixed(offset))
    }
}

fn zero() -> FixedOffset {
    chrono::Utc.fix()
}

/// Reads a length of time: a number followed by `s`, `m`, `h`, `d` or `w`, or in seconds without a unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    };
    let seconds = unit.zip(digits.parse::<u64>().ok());
    let seconds = seconds.and_then(|(unit, number)| number.checked_mul(unit));
    let seconds =
        seconds.ok_or_else(|| format!("{text:?} is not a time such as 90s, 30m, 4h, 2d"))?;
    Ok(Duration::from_secs(seconds))
}

/// A duration as people say it, in one unit or two: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn human(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

fn pair(large: u64, unit: &str, small: u64, sub: &str) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {sub}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_name_and_by_offset() {
        let noon =
            chrono::NaiveDate::from_ymd_opt(2026, 7, 1).and_then(|d| d.and_hms_opt(12, 0, 0));
        let offset =
            |zone: &str| Some(zone.parse::<Zone>().ok()?.offset_of_local(noon?).local_minus_utc());
        assert_eq!(offset("Europe/Berlin"), Some(7200));
        assert_eq!(offset("+01:00"), Some(3600));
        assert_eq!(offset("-05:30"), Some(-19800));
        assert!("Nowhere/City".parse::<Zone>().is_err());
    }

    #[test]
    fn durations_are_read_with_their_units() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("30m", 1800), ("4h", 14_400), ("2d", 172_800)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "h", "1y", "-1h", "1 h", "99999999999999999999", "9999999999999999999w"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(
            [59, 60, 7199, 7200, 187_000].map(human),
            ["59 s", "1 min", "1 h 59 min", "2 h", "2 d 3 h"]
        );
    }
}
