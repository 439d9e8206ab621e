//! Quantiles against sorted lists and against `sketches-ddsketch`, with the same relative error.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Shape};
use sketches_ddsketch::{Config, DDSketch};

const LEAST: f64 = 0.001;
const YEAR: u64 = 366 * 86_400;

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    /// From above 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((self.0 >> 33) as f64 + 0.5) / (1_u64 << 31) as f64
    }
}

/// Delays in seconds, as queues have them and as they do not.
fn distributions() -> [(&'static str, Vec<f64>); 7] {
    let mut random = Random(1);
    let mut draw = |of: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..4_000).map(|_| of(random.next()).clamp(LEAST, YEAR as f64)).collect()
    };
    [
        ("even", draw(&|u| 3_600.0 * u)),
        ("exponential", draw(&|u| -30.0 * u.ln())),
        ("heavy tail", draw(&|u| 0.2 / u.powf(1.7))),
        ("over the whole range", draw(&|u| LEAST * (YEAR as f64 / LEAST).powf(u))),
        ("two humps", draw(&|u| if u < 0.7 { 0.05 + u / 50.0 } else { 86_400.0 * u })),
        ("retries", draw(&|u| 300.0 * 2_f64.powi((u * 8.0) as i32))),
        ("one value", draw(&|_| 17.0)),
    ]
}

/// What both sides have counted, in one piece or merged.
struct Pair {
    shape: Shape<String>,
    sketch: DDSketch,
}

impl Pair {
    fn of(error: f64, values: &[f64]) -> Self {
        let year = Duration::from_secs(YEAR);
        let buckets = Buckets::relative(error, Duration::from_secs_f64(LEAST), year).unwrap();
        let mut shape = Shape::new(buckets);
        shape.extend(values.iter().map(|&value| ("mx".to_owned(), Duration::from_secs_f64(value))));
        let mut sketch = DDSketch::new(Config::new(error, 4_096, 1e-9));
        values.iter().for_each(|&value| sketch.add(value));
        Self { shape, sketch }
    }

    /// Both within the error of the true value, and so of each other.
    fn check(&self, error: f64, values: &[f64], what: &str) {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        for permille in (0..=1000_u32).step_by(4) {
            let q = f64::from(permille) / 1000.0;
            let exact = *sorted.get((q * (sorted.len() - 1) as f64) as usize).unwrap();
            let ours = self.shape.quantile("mx", q).unwrap().as_secs_f64();
            let theirs = self.sketch.quantile(q).unwrap().unwrap();
            // Durations are whole nanoseconds; the other side's logarithms are rounded.
            let allowed = error * exact + 2e-9 + 1e-9 * exact;
            for (whose, found) in [("ours", ours), ("theirs", theirs)] {
                assert!(
                    (found - exact).abs() <= allowed,
                    "{what}, error {error}, q {q}: {whose} {found} for {exact}"
                );
            }
            assert!((ours - theirs).abs() <= 2.0 * allowed, "{what}: {ours} and {theirs}");
        }
    }
}

#[test]
fn as_near_as_the_sketch() {
    for (what, values) in distributions() {
        for error in [0.005, 0.01, 0.05] {
            Pair::of(error, &values).check(error, &values, what);
        }
    }
}

#[test]
fn as_near_after_merges() {
    for (what, values) in distributions() {
        for error in [0.01, 0.05] {
            let whole = Pair::of(error, &values);
            // Hosts of very different size, the largest values on the smallest one.
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let (small, large) = sorted.split_at(3_900);
            let mut merged = Pair::of(error, &[]);
            for part in [large].into_iter().chain(small.chunks(1_234)) {
                let part = Pair::of(error, part);
                merged.shape.merge(&part.shape).unwrap();
                merged.sketch.merge(&part.sketch).unwrap();
            }
            merged.check(error, &values, what);
            // Ours is not only near: nothing tells that there were parts.
            assert_eq!(merged.shape, whole.shape, "{what}");
            assert_eq!(merged.shape.to_bytes(), whole.shape.to_bytes(), "{what}");
        }
    }
}
