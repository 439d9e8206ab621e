//! Points in time as people write them: `yesterday`, `2026-11-22`, `-24h`.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use postfix_log::LogTime;

use crate::time::{self, Zone};

/// A point in time as the user gave it. Days and distances are measured from now.
///
/// `now`, `today`, `yesterday`, a date with or without a time of day (`2026-11-22`, `2026-11-22 10:30`), a time with its zone
/// (`2026-11-22T10:30:00+01:00`), a time of day (`10:30`, of today), or how long ago (`-24h`, `-30m`, `-7d`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// Seconds before now.
    Ago(u64),
    /// The start of a day this many days before today, and seconds into it.
    Day(i64, u32),
    /// A wall clock.
    Wall(NaiveDateTime),
    /// A whole day.
    Date(NaiveDate),
    /// Seconds since the epoch.
    Instant(i64),
}

/// A point on the time line of a log.
#[derive(Clone, Copy, Debug)]
pub enum Edge {
    /// A time on the wall clock of the log, in seconds since 1970 by that clock.
    Wall(i64),
    /// Seconds since the epoch.
    Instant(i64),
}

impl Edge {
    /// True if a line was written before this point.
    pub fn is_after(self, at: LogTime) -> bool {
        match self {
            Self::Wall(seconds) => at.wall_seconds() < seconds,
            Self::Instant(seconds) => at.as_seconds() < seconds,
        }
    }

    /// The point this many seconds later.
    pub fn plus(self, seconds: i64) -> Self {
        match self {
            Self::Wall(at) => Self::Wall(at.saturating_add(seconds)),
            Self::Instant(at) => Self::Instant(at.saturating_add(seconds)),
        }
    }
}

impl When {
    /// The beginning of this point or day.
    pub fn start(self, now: i64, zone: Option<Zone>) -> Edge {
        self.edge(now, zone, 0)
    }

    /// The end of the day, or the same point if it is not a day.
    pub fn end(self, now: i64, zone: Option<Zone>) -> Edge {
        self.edge(now, zone, 1)
    }

    fn edge(self, now: i64, zone: Option<Zone>, days: i64) -> Edge {
        let today = || {
            let now = zone.unwrap_or_default().at(now);
            now.map_or_else(NaiveDate::default, |now| now.date_naive())
        };
        let wall = |at: NaiveDateTime| Edge::Wall(at.and_utc().timestamp());
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
        match self {
            Self::Ago(seconds) => {
                Edge::Instant(now.saturating_sub(seconds.try_into().unwrap_or(i64::MAX)))
            }
            Self::Instant(at) => Edge::Instant(at),
            Self::Wall(at) => wall(at),
            Self::Date(day) => wall(midnight(day) + TimeDelta::days(days)),
            Self::Day(ago, 0) => wall(midnight(today()) + TimeDelta::days(days - ago)),
            Self::Day(ago, into) => {
                wall(midnight(today()) - TimeDelta::days(ago) + TimeDelta::seconds(into.into()))
            }
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let clock = |text: &str| {
            ["%H:%M:%S", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
        };
        let wall = |text: &str| {
            ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        };
        match text {
            "now" => return Ok(Self::Ago(0)),
            "today" => return Ok(Self::Day(0, 0)),
            "yesterday" => return Ok(Self::Day(1, 0)),
            _ => {}
        }
        if let Some(ago) = text.strip_prefix('-') {
            return time::duration(ago).map(|ago| Self::Ago(ago.as_secs()));
        }
        let zoned = DateTime::parse_from_rfc3339(text).ok();
        let instant = zoned.map(|at| Self::Instant(at.timestamp()));
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self::Date);
        let of_today = || {
            let seconds = clock(text)?.signed_duration_since(NaiveTime::MIN).num_seconds();
            Some(Self::Day(0, seconds.try_into().ok()?))
        };
        instant.or_else(|| wall(text).map(Self::Wall)).or_else(day).or_else(of_today).ok_or_else(|| {
            format!(
                "{text:?} is not a time such as yesterday, 2026-11-22, \"2026-11-22 10:30\", 10:30 or -24h"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_a_time() {
        // 2026-11-23T10:00:00Z.
        let now = 1_795_428_000;
        let berlin = "Europe/Berlin".parse().ok();
        let edge = |text: &str, end: bool| {
            let when: When = text.parse().expect(text);
            match if end { when.end(now, berlin) } else { when.start(now, berlin) } {
                Edge::Wall(at) => {
                    format!("wall {}", DateTime::from_timestamp(at, 0).unwrap().naive_utc())
                }
                Edge::Instant(at) => format!("instant {}", now - at),
            }
        };
        for (text, start, end) in [
            ("now", "instant 0", "instant 0"),
            ("-24h", "instant 86400", "instant 86400"),
            ("today", "wall 2026-11-23 00:00:00", "wall 2026-11-24 00:00:00"),
            ("yesterday", "wall 2026-11-22 00:00:00", "wall 2026-11-23 00:00:00"),
            ("2026-11-20", "wall 2026-11-20 00:00:00", "wall 2026-11-21 00:00:00"),
            ("2026-11-20 07:30", "wall 2026-11-20 07:30:00", "wall 2026-11-20 07:30:00"),
            ("07:30", "wall 2026-11-23 07:30:00", "wall 2026-11-23 07:30:00"),
            ("2026-11-23T10:30:00+01:00", "instant 1800", "instant 1800"),
        ] {
            assert_eq!((edge(text, false), edge(text, true)), (start.into(), end.into()), "{text}");
        }
        for text in ["", "tomorrow-ish", "2026-13-01", "-", "-1x", "25:00"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
