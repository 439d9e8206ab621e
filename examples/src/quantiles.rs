//! Quantiles of many values in little memory.

use serde::{Deserialize, Serialize};
use sketches_ddsketch::{Config, DDSketch};

/// Relative error of every quantile.
pub const ERROR: f64 = 0.005;

/// Values that are kept as they are before a sketch is made of them.
const EXACT: usize = 64;

/// Bins of a sketch: values from a microsecond to more than a year fit without merging any.
const BINS: u32 = 4_096;

/// Values of one kind, such as the seconds that mail was on hold.
#[derive(Clone, Deserialize, Serialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub enum Quantiles {
    /// Few values: all of them.
    Exact(Vec<f64>),
    /// Many: counts of values that are nearly the same.
    Sketch(Box<DDSketch>),
}

/// As [`Quantiles`], not checked yet.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Saved {
    Exact(Vec<f64>),
    Sketch(Box<DDSketch>),
}

impl From<Quantiles> for Saved {
    fn from(values: Quantiles) -> Self {
        match values {
            Quantiles::Exact(values) => Self::Exact(values),
            Quantiles::Sketch(sketch) => Self::Sketch(sketch),
        }
    }
}

impl TryFrom<Saved> for Quantiles {
    type Error = String;

    fn try_from(saved: Saved) -> Result<Self, String> {
        match saved {
            Saved::Exact(values) => Ok(Self::Exact(values)),
            // Merging is the crate's own check of the configuration.
            Saved::Sketch(sketch) => match empty().merge(&sketch) {
                Ok(()) => Ok(Self::Sketch(sketch)),
                Err(error) => Err(format!("a sketch of another configuration: {error:?}")),
            },
        }
    }
}

fn empty() -> DDSketch {
    DDSketch::new(Config::new(ERROR, BINS, 1e-6))
}

impl Default for Quantiles {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Quantiles {
    /// Adds a value; negative ones count as 0.
    pub fn add(&mut self, value: f64) {
        let value = value.max(0.0);
        match self {
            Self::Exact(values) if values.len() < EXACT => values.push(value),
            Self::Exact(_) => {
                self.sketched();
                self.add(value);
            }
            Self::Sketch(sketch) => sketch.add(value),
        }
    }

    fn sketched(&mut self) -> &mut DDSketch {
        if let Self::Exact(values) = self {
            let mut sketch = empty();
            values.iter().for_each(|value| sketch.add(*value));
            *self = Self::Sketch(Box::new(sketch));
        }
        match self {
            Self::Sketch(sketch) => sketch,
            Self::Exact(_) => unreachable!("made a sketch just now"),
        }
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Exact(values) => values.len(),
            Self::Sketch(sketch) => sketch.count(),
        }
    }

    /// The value with a share `q` (0 to 1) of the others before it, within [`ERROR`]; `None` without values.
    pub fn at(&self, q: f64) -> Option<f64> {
        match self {
            Self::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                sorted.get((q * sorted.len().saturating_sub(1) as f64) as usize).copied()
            }
            Self::Sketch(sketch) => sketch.quantile(q).ok().flatten(),
        }
    }

    /// Adds all values of another set.
    pub fn merge(&mut self, other: &Self) {
        match other {
            Self::Exact(values) => values.iter().for_each(|value| self.add(*value)),
            // Refused are sketches of another configuration, of which there are none: see `try_from`.
            Self::Sketch(sketch) => drop(self.sketched().merge(sketch)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delays as Postfix logs them: many small, some very large, some zero.
    fn delays(count: u64) -> Vec<f64> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count)
            .map(|_| {
                if next() % 10 == 0 {
                    0.0
                } else {
                    10_f64.powf((next() % 9_000) as f64 / 1_000.0 - 3.0)
                }
            })
            .collect()
    }

    fn exact(values: &[f64], q: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[(q * (sorted.len() - 1) as f64) as usize]
    }

    #[test]
    fn quantiles_agree_with_sorting() {
        for count in [1, 2, 63, 64, 65, 1_000, 50_000] {
            let values = delays(count);
            let (mut one, mut left, mut right) =
                (Quantiles::default(), Quantiles::default(), Quantiles::default());
            for (at, value) in values.iter().enumerate() {
                one.add(*value);
                if at % 3 == 0 { left.add(*value) } else { right.add(*value) }
            }
            left.merge(&right);
            let json = serde_json::to_string(&left).unwrap();
            let mut saved = Quantiles::default();
            saved.merge(&serde_json::from_str(&json).unwrap());
            for q in [0.5, 0.95, 0.99] {
                let want = exact(&values, q);
                for (name, sketch) in [("one", &one), ("merged", &left), ("saved", &saved)] {
                    let got = sketch.at(q).unwrap();
                    assert!(
                        (got - want).abs() <= want * 0.01,
                        "{name} of {count}, P{q}: {got}, not {want}"
                    );
                }
            }
            assert_eq!(one.count(), values.len());
        }
        assert_eq!(Quantiles::default().at(0.5), None);
    }
}
