//! Times of the week, such as `Sat-Sun, 22:00-06:00`.

use anyhow::{Context as _, bail};
use chrono::{Datelike as _, Timelike as _, Weekday};
use examples::time::Zone;
use serde::Deserialize;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// Days, times of day, or both; several with commas between them, any of which may be meant.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Hours(Vec<Period>);

#[derive(Clone, Debug)]
struct Period {
    /// From Monday on.
    days: [bool; 7],
    /// Minutes of the day. A period that ends before it begins ends on the next day.
    from: u32,
    to: u32,
}

impl Hours {
    /// Whether this is one of the times, on the clock of the zone.
    pub fn contain(&self, at: i64, zone: Zone) -> bool {
        let Some(at) = zone.at(at) else { return false };
        let day = at.weekday().num_days_from_monday() as usize;
        let minute = at.hour() * 60 + at.minute();
        self.0.iter().any(|period| period.contains(day, minute))
    }
}

impl Period {
    fn contains(&self, day: usize, minute: u32) -> bool {
        let (today, yesterday) = (self.days[day], self.days[(day + 6) % 7]);
        if self.from < self.to {
            return today && (self.from..self.to).contains(&minute);
        }
        today && minute >= self.from || yesterday && minute < self.to
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let periods: anyhow::Result<_> = text.split(',').map(period).collect();
        periods.map(Self).map_err(|error| {
            format!(
                "{text:?} names no times such as \"Sat-Sun, 22:00-06:00\" or \"Mon-Fri 08:00-18:00\": {error:#}"
            )
        })
    }
}

fn period(text: &str) -> anyhow::Result<Period> {
    let mut period = Period { days: [true; 7], from: 0, to: DAY };
    let words: Vec<&str> = text.split_whitespace().collect();
    let (day, time) = match *words.as_slice() {
        [time] if time.contains(':') => (None, Some(time)),
        [day] => (Some(day), None),
        [day, time] => (Some(day), Some(time)),
        [] => bail!("a part is empty"),
        _ => bail!("{text:?} is more than days and a time"),
    };
    if let Some(day) = day {
        period.days = days(day)?;
    }
    if let Some(time) = time {
        let (from, to) = time.split_once('-').with_context(|| format!("{time:?} has no end"))?;
        (period.from, period.to) = (minute(from)?, minute(to)?);
        if period.from == period.to {
            bail!("{time:?} ends where it begins");
        }
    }
    Ok(period)
}

/// `Sat` or `Sat-Sun`, over the end of the week if need be.
fn days(text: &str) -> anyhow::Result<[bool; 7]> {
    let day = |name: &str| -> anyhow::Result<usize> {
        let day = name.parse::<Weekday>().ok();
        Ok(day.with_context(|| format!("{name:?} is no day"))?.num_days_from_monday() as usize)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7;
    Ok(std::array::from_fn(|day| (day + 7 - first) % 7 <= length))
}

/// `HH:MM`, up to 24:00.
fn minute(text: &str) -> anyhow::Result<u32> {
    let parts = text.split_once(':').filter(|(hour, minute)| hour.len() <= 2 && minute.len() == 2);
    let number = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten()
    };
    let minutes = parts.and_then(|(hour, minute)| {
        let minute = number(minute).filter(|minute| *minute < 60)?;
        Some(number(hour)? * 60 + minute)
    });
    minutes.filter(|at| *at <= DAY).with_context(|| format!("{text:?} is no time of day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-11-23 00:00 UTC.
    const MONDAY: i64 = 1_795_392_000;

    fn contain(hours: &str, day: i64, hour: i64, minute: i64) -> bool {
        let hours = Hours::try_from(hours.to_owned()).expect("times");
        hours.contain(MONDAY + (day * 24 + hour) * 3_600 + minute * 60, Zone::default())
    }

    #[test]
    fn days_times_and_both() {
        let week_end = "Sat-Sun, 22:00-06:00";
        assert!(contain(week_end, 5, 12, 0) && contain(week_end, 6, 23, 59));
        assert!(contain(week_end, 0, 5, 59) && !contain(week_end, 0, 6, 0));
        assert!(!contain(week_end, 2, 21, 59) && contain(week_end, 2, 22, 0));
        let office = "mon-fri 08:00-18:00";
        assert!(contain(office, 0, 8, 0) && contain(office, 4, 17, 59));
        assert!(!contain(office, 4, 18, 0) && !contain(office, 5, 12, 0));
        assert!(contain("Fri-Mon", 0, 0, 0) && !contain("Fri-Mon", 1, 0, 0));
        assert!(contain("20:00-24:00", 3, 23, 59) && !contain("20:00-24:00", 3, 0, 0));
    }

    /// A night belongs to the day on which it begins.
    #[test]
    fn nights_end_on_the_next_day() {
        assert!(contain("Fri 22:00-06:00", 4, 23, 0) && contain("Fri 22:00-06:00", 5, 5, 0));
        assert!(!contain("Fri 22:00-06:00", 4, 5, 0) && !contain("Fri 22:00-06:00", 5, 23, 0));
        assert!(contain("Sun 22:00-06:00", 0, 5, 0));
    }

    #[test]
    fn the_clock_is_that_of_the_zone() {
        let hours = Hours::try_from("Mon 00:00-01:00".to_owned()).expect("times");
        let berlin = "Europe/Berlin".parse().expect("a zone");
        assert!(hours.contain(MONDAY - 3_600, berlin) && !hours.contain(MONDAY, berlin));
    }

    #[test]
    fn what_is_no_time() {
        for wrong in [
            "",
            "Sat,",
            "Sta",
            "8-18",
            "08:00",
            "8:0-9:00",
            "08:00-24:01",
            "08:60-09:00",
            "07:00-07:00",
            "Mon Tue",
            "Mon 08:00-09:00 x",
            "-1:00-02:00",
        ] {
            assert!(Hours::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
