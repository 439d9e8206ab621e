use core::time::Duration;

use super::{MainCf, MainCfError};
use crate::timestamp::Timestamp;

/// The parameters that decide how long the queue manager waits between attempts and when it gives up. They have the names
/// that they have in `main.cf` (`src/qmgr/qmgr_active.c`).
///
/// [`RetryParams::default`] has the defaults of Postfix since 2.4. `RetryParams::try_from` takes the values of a
/// configuration from a [`MainCf`].
///
/// ```
/// use postfix_queuefile::{Timestamp, config::RetryParams};
/// let params = RetryParams::default();
/// let created = Timestamp::new(1_700_000_000, 0);
/// // The file's modification time says that the next attempt is due 40 minutes after the arrival …
/// let retry = Timestamp::new(1_700_002_400, 0);
/// // … so the queue manager deferred it when it was 20 minutes old: the wait is as long as the age.
/// assert_eq!(params.last_attempt(retry, Some(created)).seconds(), 1_700_001_200);
/// assert_eq!(params.expires(created, false).seconds(), 1_700_432_000);
/// // A site that gives up after a day.
/// let day = core::time::Duration::from_secs(86_400);
/// let params = RetryParams { maximal_queue_lifetime: day, ..params };
/// assert_eq!(params.expires(created, false).seconds(), 1_700_086_400);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(
    clippy::exhaustive_structs,
    reason = "these five decide, in every release of Postfix since 2.4"
)]
pub struct RetryParams {
    /// The shortest wait between attempts, for young mail. The default is 300 s.
    pub minimal_backoff_time: Duration,
    /// The longest wait between attempts, for old mail. The default is 4000 s.
    pub maximal_backoff_time: Duration,
    /// The time between scans of the deferred queue. A retry happens at the first scan after it is due. The default is 300 s.
    pub queue_run_delay: Duration,
    /// The age at which mail is returned to its sender. The default is 5 days.
    pub maximal_queue_lifetime: Duration,
    /// The age at which mail from the null sender is dropped. The default is 5 days.
    pub bounce_queue_lifetime: Duration,
}

impl Default for RetryParams {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self {
            minimal_backoff_time: Duration::from_secs(300),
            maximal_backoff_time: Duration::from_secs(4000),
            queue_run_delay: Duration::from_secs(300),
            maximal_queue_lifetime: day.saturating_mul(5),
            bounce_queue_lifetime: day.saturating_mul(5),
        }
    }
}

impl RetryParams {
    /// The wait that the queue manager chooses for mail that it defers at the age `age`.
    #[must_use]
    pub fn delay(&self, age: Duration) -> Duration {
        age.min(self.maximal_backoff_time).max(self.minimal_backoff_time)
    }

    /// The time at which a message in `deferred` was last tried. It is computed from `retry`, which is the modification time of the
    /// file, and from the creation time.
    ///
    /// The result is wrong when the parameters had other values at that time, or when a flush changed the modification time. If
    /// there is no creation time, the shortest wait is assumed.
    #[must_use]
    pub fn last_attempt(&self, retry: Timestamp, created: Option<Timestamp>) -> Timestamp {
        let low = self.minimal_backoff_time;
        // The shortest wait wins over the longest.
        let high = self.maximal_backoff_time.max(low);
        let Some(created) = created.filter(|time| time.seconds() > 0) else {
            return before(retry, low);
        };
        let distance = retry.since_epoch().saturating_sub(created.since_epoch());
        if distance <= low.saturating_mul(2) {
            before(retry, low)
        } else if distance >= high.saturating_mul(2) {
            before(retry, high)
        } else {
            after(created, distance.checked_div(2).unwrap_or_default())
        }
    }

    /// The time at which a message has been in the queue for as long as it may be. The queue manager checks this after an attempt, so
    /// the message leaves the queue a little later. Mail on hold stays.
    #[must_use]
    pub fn expires(&self, created: Timestamp, null_sender: bool) -> Timestamp {
        let lifetime =
            if null_sender { self.bounce_queue_lifetime } else { self.maximal_queue_lifetime };
        after(created, lifetime)
    }
}

impl TryFrom<&MainCf> for RetryParams {
    type Error = MainCfError;

    /// The values of a configuration, Postfix's defaults where it sets none. As the queue manager does it, a
    /// `bounce_queue_lifetime` beyond `maximal_queue_lifetime` is taken for that.
    fn try_from(config: &MainCf) -> Result<Self, MainCfError> {
        let maximal_queue_lifetime = config.time(b"maximal_queue_lifetime")?;
        Ok(Self {
            minimal_backoff_time: config.time(b"minimal_backoff_time")?,
            maximal_backoff_time: config.time(b"maximal_backoff_time")?,
            queue_run_delay: config.time(b"queue_run_delay")?,
            maximal_queue_lifetime,
            bounce_queue_lifetime: config
                .time(b"bounce_queue_lifetime")?
                .min(maximal_queue_lifetime),
        })
    }
}

fn before(time: Timestamp, wait: Duration) -> Timestamp {
    time.since_epoch().saturating_sub(wait).into()
}

fn after(time: Timestamp, wait: Duration) -> Timestamp {
    time.since_epoch().saturating_add(wait).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: u64 = 1_700_000_000;

    #[test]
    fn the_last_attempt_is_where_the_queue_manager_stood() {
        let params = RetryParams::default();
        let created = Timestamp::new(CREATED, 0);
        // Ages at the attempt, and what qmgr does with them: wait as long as the age, within limits.
        for age in [0, 1, 299, 300, 301, 1000, 3999, 4000, 4001, 100_000, 431_999] {
            let wait = params.delay(Duration::from_secs(age));
            let retry = Timestamp::new(CREATED + age + wait.as_secs(), 0);
            let found = params.last_attempt(retry, Some(created));
            assert_eq!(found.seconds(), CREATED + age, "age {age}");
        }
    }

    #[test]
    fn odd_times_do_not_wrap() {
        let params = RetryParams::default();
        let time = |seconds| Timestamp::new(seconds, 0);
        assert_eq!(params.last_attempt(time(100), None), time(0));
        assert_eq!(params.last_attempt(time(10_000), None), time(9700));
        assert_eq!(params.last_attempt(time(10_000), Some(time(0))), time(9700));
        assert_eq!(params.last_attempt(time(10_000), Some(time(20_000))), time(9700));
        assert_eq!(params.expires(time(u64::MAX), true).seconds(), u64::MAX);
        let huge = RetryParams { maximal_backoff_time: Duration::MAX, ..params };
        assert_eq!(huge.last_attempt(time(u64::MAX), Some(time(1))).seconds(), 1 << 63);
    }

    #[test]
    fn bounces_may_have_a_lifetime_of_their_own() {
        let params =
            RetryParams { bounce_queue_lifetime: Duration::from_secs(10), ..Default::default() };
        assert_eq!(params.expires(Timestamp::new(5, 7), true), Timestamp::new(15, 7));
        assert_eq!(params.expires(Timestamp::new(5, 7), false), Timestamp::new(432_005, 7));
    }

    #[test]
    fn a_configuration_says_what_it_changes() {
        let params = |text: &str| RetryParams::try_from(&MainCf::parse(text.as_bytes()));
        assert_eq!(params(""), Ok(RetryParams::default()));
        let names = [
            "minimal_backoff_time",
            "maximal_backoff_time",
            "queue_run_delay",
            "maximal_queue_lifetime",
            "bounce_queue_lifetime",
        ];
        let text: String =
            names.iter().zip(1..).map(|(name, n)| format!("{name} = {n}m\n")).collect();
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let expected = RetryParams {
            minimal_backoff_time: minutes(1),
            maximal_backoff_time: minutes(2),
            queue_run_delay: minutes(3),
            maximal_queue_lifetime: minutes(4),
            // The queue manager takes no bounces longer than other mail.
            bounce_queue_lifetime: minutes(4),
        };
        assert_eq!(params(&text), Ok(expected));
        let shorter = params("bounce_queue_lifetime = 1h\n").unwrap();
        assert_eq!(shorter.bounce_queue_lifetime, minutes(60));
        for name in names {
            let bad = params(&format!("{name} = never"));
            assert_eq!(bad, Err(MainCfError::NotANumber), "{name}");
        }
    }
}
