//! Saved flows as the past of others.

use examples::time::Zone;

use crate::snapshot::Snapshot;

const DAY: i64 = 86_400;

/// Snapshots within so many seconds of a time of day are of the same hour.
const HOUR: i64 = 1_800;

/// What was saved, the latest first, and the clock that says which hour it was.
pub struct Past<'a> {
    saved: Vec<&'a Snapshot>,
    pub zone: Zone,
}

impl<'a> Past<'a> {
    pub fn new(saved: &'a [Snapshot], zone: Zone) -> Self {
        let mut saved: Vec<&Snapshot> = saved.iter().collect();
        saved.sort_by_key(|old| std::cmp::Reverse(old.taken));
        Self { saved, zone }
    }

    /// What was taken before `now`, the latest first.
    pub fn before(&self, now: &Snapshot) -> impl Iterator<Item = &'a Snapshot> {
        let taken = now.taken;
        self.saved.iter().copied().filter(move |old| old.taken < taken)
    }

    /// What was taken at this hour of earlier days, `seconds` back.
    pub fn same_hour(&self, now: &Snapshot, seconds: i64) -> impl Iterator<Item = &'a Snapshot> {
        let wall = |at: i64| {
            let offset = self.zone.at(at).map_or(0, |at| at.offset().local_minus_utc());
            at.saturating_add(offset.into())
        };
        let at = wall(now.taken);
        self.before(now).filter(move |old| {
            let ago = at.saturating_sub(wall(old.taken)).saturating_add(HOUR);
            let days = ago / DAY;
            days >= 1 && ago % DAY <= 2 * HOUR && days.saturating_mul(DAY) <= seconds
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::By;

    #[test]
    fn the_same_hour_of_earlier_days() {
        let times = [
            -DAY + HOUR + 1,
            -DAY + HOUR,
            -DAY - HOUR,
            -DAY - HOUR - 1,
            -7 * DAY,
            -8 * DAY,
            -60,
            0,
            DAY,
        ];
        let saved: Vec<Snapshot> = times.map(|at| Snapshot::new(By::Relay, at)).into();
        let past = Past::new(&saved, Zone::default());
        let now = Snapshot::new(By::Relay, 0);
        let found: Vec<i64> = past.same_hour(&now, 7 * DAY).map(|old| old.taken).collect();
        assert_eq!(found, [-DAY + HOUR, -DAY - HOUR, -7 * DAY]);
        assert_eq!(past.before(&now).count(), 7);
    }

    /// Noon of the day before the clock changed is 25 hours ago.
    #[test]
    fn hours_are_those_of_the_clock() {
        let noon = 1_792_926_000; // 2026-10-25 12:00 +01:00
        let saved =
            [Snapshot::new(By::Relay, noon - 25 * 3_600), Snapshot::new(By::Relay, noon - DAY)];
        let found = |zone: &str| -> Vec<i64> {
            let past = Past::new(&saved, zone.parse().expect("a zone"));
            let now = Snapshot::new(By::Relay, noon);
            past.same_hour(&now, DAY).map(|old| noon - old.taken).collect()
        };
        assert_eq!(found("Europe/Berlin"), [25 * 3_600]);
        assert_eq!(found("UTC"), [DAY]);
    }
}
