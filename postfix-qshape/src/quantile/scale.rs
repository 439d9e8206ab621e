//! The ranges in which durations are counted.

use core::time::Duration;

use sketches_ddsketch::Config;

/// The number of millionths in one.
const ONE: f64 = 1e6;

/// The ranges of DDSketch for one relative error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// The relative error in millionths. As an integer it survives any text format unchanged.
    millionths: u32,
    ranges: Config,
}

/// The number of a range. `None` is the range of zero; it sorts below all others.
pub(crate) type Range = Option<i32>;

impl Scale {
    pub(crate) fn new(error: f64) -> Self {
        // The small addition keeps 0.29 from becoming a millionth less. NaN becomes 0.
        let millionths = (error * ONE + 0.001) as u32;
        Self::from_millionths(millionths.clamp(1_000, 500_000))
    }

    pub(crate) fn checked(millionths: u32) -> Option<Self> {
        (1_000..=500_000).contains(&millionths).then(|| Self::from_millionths(millionths))
    }

    fn from_millionths(millionths: u32) -> Self {
        // The number of bins and the smallest value concern the store of that crate, which is not
        // used here.
        Self { millionths, ranges: Config::new(f64::from(millionths) / ONE, 0, 1.0) }
    }

    pub(crate) fn millionths(&self) -> u32 {
        self.millionths
    }

    pub(crate) fn error(&self) -> f64 {
        f64::from(self.millionths) / ONE
    }

    pub(crate) fn range(&self, value: Duration) -> Range {
        (!value.is_zero()).then(|| self.ranges.key(value.as_secs_f64()))
    }

    /// The duration that stands for a range with the smallest possible relative error.
    pub(crate) fn value(&self, range: Range) -> Duration {
        range.map_or(Duration::ZERO, |range| {
            // For the last range this can be more than a `Duration` holds.
            Duration::try_from_secs_f64(self.ranges.value(range)).unwrap_or(Duration::MAX)
        })
    }
}

impl PartialEq for Scale {
    fn eq(&self, other: &Self) -> bool {
        self.millionths == other.millionths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_taken_into_range() {
        for (given, taken) in [
            (0.01, 0.01),
            (0.29, 0.29),
            (0.005, 0.005),
            (0.001_000_9, 0.001),
            (0.0, 0.001),
            (-1.0, 0.001),
            (f64::NAN, 0.001),
            (f64::INFINITY, 0.5),
            (7.0, 0.5),
        ] {
            assert_eq!(Scale::new(given).error(), taken, "{given}");
        }
    }

    #[test]
    fn a_class_stands_for_all_its_values() {
        for error in [0.001, 0.005, 0.01, 0.3, 0.5] {
            let scale = Scale::new(error);
            assert_eq!(scale.value(scale.range(Duration::ZERO)), Duration::ZERO);
            let mut value = Duration::from_nanos(1);
            let mut before = None;
            while value < Duration::MAX {
                let range = scale.range(value);
                assert!(range >= before, "{value:?}");
                before = range;
                let (exact, found) = (value.as_secs_f64(), scale.value(range).as_secs_f64());
                let allowed = exact * error * (1.0 + 1e-9) + 0.5e-9;
                assert!((found - exact).abs() <= allowed, "{error}: {found} for {exact}");
                let next = value.as_secs_f64() * 1.0137;
                value = Duration::try_from_secs_f64(next)
                    .unwrap_or(Duration::MAX)
                    .max(value.saturating_add(Duration::from_nanos(1)));
            }
            assert!(scale.range(Duration::MAX) >= before);
        }
    }
}
