//! Quantiles of many values in little memory.

use sketches_ddsketch::{Config, DDSketch};

/// Relative error of every quantile.
pub const ERROR: f64 = 0.005;

/// Bins of a sketch: values from a millisecond to more than a year fit without merging any.
const BINS: u32 = 4_096;

/// Values of one kind, such as the seconds that mail was on hold.
#[derive(Clone)]
pub struct Quantiles {
    sketch: DDSketch,
}

impl Default for Quantiles {
    fn default() -> Self {
        Self { sketch: DDSketch::new(Config::new(ERROR, BINS, 1e-6)) }
    }
}

impl Quantiles {
    /// Adds a value; negative ones count as 0.
    pub fn add(&mut self, value: f64) {
        self.sketch.add(value.max(0.0));
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        self.sketch.count()
    }

    /// The value below which a share `q` of the values lies, within [`ERROR`]; `None` without values.
    pub fn at(&self, q: f64) -> Option<f64> {
        self.sketch.quantile(q).ok().flatten()
    }

    /// Adds all values of another set.
    pub fn merge(&mut self, other: &Self) {
        // Sketches of one configuration always merge.
        let _ = self.sketch.merge(&other.sketch);
    }
}
