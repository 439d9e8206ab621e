//! Quantiles against sorted lists and against the whole sketch of `sketches-ddsketch`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Error, Quantiles};
use proptest::collection::vec;
use proptest::prelude::*;
use sketches_ddsketch::{Config, DDSketch};

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
fn distributions() -> [(&'static str, Vec<Duration>); 8] {
    let mut random = Random(1);
    let mut draw = |of: &dyn Fn(f64) -> f64| -> Vec<Duration> {
        (0..4_000).map(|_| Duration::from_secs_f64(of(random.next()))).collect()
    };
    [
        ("even", draw(&|u| 3_600.0 * u)),
        ("exponential", draw(&|u| -30.0 * u.ln())),
        ("heavy tail", draw(&|u| 0.2 / u.powf(1.7))),
        ("over the whole range", draw(&|u| 1e-9 * 1.8e28_f64.powf(u))),
        ("two humps", draw(&|u| if u < 0.7 { 0.05 + u / 50.0 } else { 86_400.0 * u })),
        ("retries", draw(&|u| 300.0 * 2_f64.powi((u * 8.0) as i32))),
        ("often zero", draw(&|u| if u < 0.4 { 0.0 } else { u / 100.0 })),
        ("one value", draw(&|_| 17.0)),
    ]
}

fn of(error: f64, values: &[Duration]) -> Quantiles<&'static str> {
    let mut quantiles = Quantiles::new(error);
    quantiles.extend(values.iter().map(|&value| ("mx", value)));
    quantiles
}

/// All quantiles are within the error of the value that has its rank.
fn check(quantiles: &Quantiles<&'static str>, values: &[Duration], what: &str) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    assert_eq!(quantiles.count("mx"), u64::try_from(sorted.len()).unwrap());
    let mut before = Duration::ZERO;
    for permille in (0..=1000_u32).step_by(5) {
        let q = f64::from(permille) / 1000.0;
        let found = quantiles.quantile("mx", q).unwrap();
        let exact = sorted[(q * (sorted.len() - 1) as f64) as usize];
        // Durations are whole nanoseconds, and logarithms are rounded.
        let allowed = quantiles.error() * exact.as_secs_f64() * (1.0 + 1e-9) + 1e-9;
        let off = found.abs_diff(exact).as_secs_f64();
        assert!(off <= allowed, "{what}, {q}: {found:?} for {exact:?}");
        assert!(found >= before, "{what}, {q}: quantiles rise");
        before = found;
    }
    assert_eq!(quantiles.quantile("mx", 0.0), sorted.first().copied());
    assert_eq!(quantiles.quantile("mx", 1.0), sorted.last().copied());
}

#[test]
fn within_the_error_and_as_the_sketch_says() {
    for (what, values) in distributions() {
        for error in [0.001, 0.005, 0.01, 0.05, 0.5] {
            let quantiles = of(error, &values);
            check(&quantiles, &values, what);
            // So many bins that it folds none together.
            let mut sketch = DDSketch::new(Config::new(error, 40_000, 0.5e-9));
            values.iter().for_each(|value| sketch.add(value.as_secs_f64()));
            for permille in (1..1000_u32).step_by(7) {
                let q = f64::from(permille) / 1000.0;
                let theirs = sketch.quantile(q).unwrap().unwrap();
                let theirs = theirs.clamp(sketch.min().unwrap(), sketch.max().unwrap());
                let ours = quantiles.quantile("mx", q).unwrap().as_secs_f64();
                let same = (ours - theirs).abs() <= 1e-9 + 1e-12 * theirs;
                assert!(same, "{what}, error {error}, q {q}: {ours}, theirs is {theirs}");
            }
        }
    }
}

#[test]
fn few_are_exact() {
    for (what, values) in distributions() {
        for count in [1, 2, 3, 10, Quantiles::<()>::EXACT] {
            let (quantiles, mut sorted) = (of(0.5, &values[..count]), values[..count].to_vec());
            sorted.sort_unstable();
            for percent in 0..=100_u32 {
                let q = f64::from(percent) / 100.0;
                let exact = sorted[(q * (count - 1) as f64) as usize];
                assert_eq!(quantiles.quantile("mx", q), Some(exact), "{what} {count} {q}");
            }
        }
        let next = &values[..=Quantiles::<()>::EXACT];
        check(&of(0.01, next), next, what);
    }
}

#[test]
fn parts_in_any_order_are_the_whole() {
    for (what, values) in distributions() {
        let whole = of(0.01, &values);
        // Hosts of very different size, the largest values on the smallest one.
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let (small, large) = sorted.split_at(3_970);
        let mut parts: Vec<_> = small.chunks(1_234).chain([large]).map(|v| of(0.01, v)).collect();
        for _ in 0..parts.len() {
            parts.rotate_left(1);
            let mut merged = Quantiles::new(0.01);
            parts.iter().for_each(|part| merged.merge(part).unwrap());
            assert_eq!(merged, whole, "{what}");
            check(&merged, &values, what);
            // Pairs first.
            let mut halves = parts.chunks(2).map(|pair| {
                let mut half = pair[0].clone();
                pair[1..].iter().for_each(|part| half.merge(part).unwrap());
                half
            });
            let mut merged = halves.next().unwrap();
            halves.for_each(|half| merged.merge(&half).unwrap());
            assert_eq!(merged, whole, "{what}");
        }
    }
}

#[test]
fn quantiles_know_whether_they_are_empty_and_can_be_printed() {
    let mut quantiles: Quantiles<&str> = Quantiles::new(0.1);
    assert_eq!((quantiles.is_empty(), format!("{quantiles:?}").as_str()), (true, "{}"));
    quantiles.extend([("a", Duration::ZERO, 0)]);
    assert!(quantiles.is_empty(), "nothing was counted");
    quantiles.add("a", Duration::from_secs(7));
    assert!(!quantiles.is_empty());
    let collected: Quantiles<&str> = [("a", Duration::from_secs(7))].into_iter().collect();
    assert_eq!((collected.error(), collected.count("a")), (0.01, 1), "the default error");
    let text = format!("{quantiles:?}");
    assert!(text.starts_with("{\"a\": ") && text.contains("7s"), "{text}");
}

#[test]
fn different_errors_do_not_merge() {
    let (mut ours, theirs) = (of(0.01, &[Duration::ZERO]), of(0.02, &[Duration::from_secs(1)]));
    let before = ours.clone();
    assert_eq!(ours.merge(&theirs), Err(Error::PrecisionMismatch));
    assert_eq!(ours, before);
    assert_ne!(of(0.01, &[]), of(0.02, &[]));
}

#[test]
fn odd_questions() {
    let mut quantiles: Quantiles<String> = Quantiles::default();
    assert_eq!((quantiles.error(), quantiles.is_empty()), (0.01, true));
    assert_eq!(quantiles.quantile("a", 0.5), None);
    quantiles.extend([("a".to_owned(), Duration::ZERO, 0)]);
    quantiles.extend_ref([("a", Duration::ZERO, 0)]);
    assert_eq!((quantiles.count("a"), quantiles.len()), (0, 0));
    quantiles.add_ref("b", Duration::from_secs(2));
    quantiles.extend_ref([("a", Duration::ZERO, 3)]);
    quantiles.add("b".to_owned(), Duration::MAX);
    quantiles.extend([("c".to_owned(), Duration::from_nanos(1), 3)]);
    let names: Vec<&str> = quantiles.keys().map(String::as_str).collect();
    assert_eq!(names, ["b", "a", "c"]);
    let rows: Vec<(&str, u64)> = quantiles.rows().map(|(key, n)| (key.as_str(), n)).collect();
    assert_eq!(rows, [("a", 3), ("c", 3), ("b", 2)]);
    for (q, found) in [
        (f64::NAN, Duration::from_secs(2)),
        (-7.0, Duration::from_secs(2)),
        (0.999, Duration::from_secs(2)),
        (7.0, Duration::MAX),
        (f64::INFINITY, Duration::MAX),
    ] {
        assert_eq!(quantiles.quantile("b", q), Some(found), "{q}");
    }
}

#[test]
fn counters_stop_at_their_end() {
    let mut quantiles: Quantiles<()> = Quantiles::new(0.01);
    for seconds in [0, 1, 1, u64::MAX] {
        quantiles.extend([((), Duration::from_secs(seconds), u64::MAX - 1)]);
    }
    let other = quantiles.clone();
    quantiles.merge(&other).unwrap();
    assert_eq!(quantiles.count(&()), u64::MAX);
    assert_eq!(quantiles.quantile(&(), 0.4), Some(Duration::ZERO));
    assert_eq!(quantiles.quantile(&(), 1.0), Some(Duration::from_secs(u64::MAX)));
}

proptest! {
    #[test]
    fn any_durations_in_any_parts(
        values in vec((any::<Duration>(), 0..70_u64, 0..4_usize), 0..40),
        small in vec((0..5_000_000_u64, 0..4_usize), 0..150),
        percent in 1..=50_u32,
    ) {
        let error = f64::from(percent) / 100.0;
        let mut parts = [const { Vec::new() }; 4];
        for (value, count, part) in values {
            parts[part].extend((0..count).map(|_| value));
        }
        for (micros, part) in small {
            parts[part].push(Duration::from_micros(micros));
        }
        let all = parts.concat();
        prop_assume!(!all.is_empty());
        let whole = of(error, &all);
        check(&whole, &all, "whole");
        let mut merged = Quantiles::new(error);
        parts.iter().rev().for_each(|part| merged.merge(&of(error, part)).unwrap());
        prop_assert_eq!(merged, whole);
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::*;

    type Loaded = serde_json::Result<Quantiles<String>>;

    #[test]
    fn as_documented() {
        let mut quantiles: Quantiles<String> = Quantiles::new(0.5);
        quantiles.extend_ref([("few", Duration::from_millis(1500), 2)]);
        quantiles.add_ref("few", Duration::ZERO);
        quantiles.extend_ref([("many", Duration::from_secs(1), 100)]);
        quantiles.extend_ref([("a", Duration::ZERO, 65)]);
        quantiles.extend_ref([("many", Duration::ZERO, 7)]);
        let json = serde_json::to_string(&quantiles).unwrap();
        let a = r#"["a",{"Many":{"least":[0,0],"most":[0,0],"counts":[[null,65]]}}]"#;
        let few = r#"["few",{"Few":[[0,0],[1,500000000],[1,500000000]]}]"#;
        let many = r#"{"least":[0,0],"most":[1,0],"counts":[[null,7],[0,100]]}"#;
        let rows = format!(r#"{a},{few},["many",{{"Many":{many}}}]"#);
        assert_eq!(json, format!(r#"{{"version":1,"error":500000,"rows":[{rows}]}}"#));
        assert_eq!(serde_json::from_str::<Quantiles<String>>(&json).unwrap(), quantiles);
    }

    /// Whatever the error, and without a reader that takes floats to the last bit.
    #[test]
    fn there_and_back() {
        for (what, values) in distributions() {
            for millionths in [1_000, 1_001, 3_333, 7_000, 99_999, 123_457, 500_000] {
                let error = f64::from(millionths) / 1e6;
                for count in [0, 1, 64, 65, values.len()] {
                    let one: Quantiles<String> = {
                        let mut one = Quantiles::new(error);
                        one.extend(values[..count].iter().map(|&v| (what.to_owned(), v)));
                        one
                    };
                    let json = serde_json::to_string(&one).unwrap();
                    let mut back: Quantiles<String> = serde_json::from_str(&json).unwrap();
                    assert_eq!(back, one, "{what}");
                    back.merge(&one).unwrap();
                    assert_eq!(back.count(what), 2 * one.count(what));
                }
            }
        }
    }

    #[test]
    fn what_is_never_written_is_refused() {
        let load = |error: &str, rows: &str| -> Loaded {
            serde_json::from_str(&format!(r#"{{"version":1,"error":{error},"rows":{rows}}}"#))
        };
        assert!(load("500000", "[]").is_ok() && load("1000", "[]").is_ok());
        for error in ["999", "500001", "0", "-1", "0.01", "null", "NaN", "4294967296"] {
            assert!(load(error, "[]").is_err(), "{error}");
        }
        let few = |list: &str| load("500000", &format!(r#"[["k",{{"Few":[{list}]}}]]"#));
        assert!(few(&["[1,5]"; 64].join(",")).is_ok());
        for list in ["", "[2,0],[1,0]", "[0,1000000000]", "[18446744073709551615,4294967295]"] {
            assert!(few(list).is_err(), "{list}");
        }
        assert!(few(&["[1,5]"; 65].join(",")).is_err());
        let many = |least: &str, most: &str, counts: &str| {
            let parts = format!(r#"{{"least":{least},"most":{most},"counts":[{counts}]}}"#);
            load("500000", &format!(r#"[["k",{{"Many":{parts}}}]]"#))
        };
        let (zero, one) = ("[0,0]", "[1,0]");
        assert!(many(zero, one, "[null,7],[-3,1],[0,100]").is_ok());
        assert!(many(one, one, "[0,18446744073709551615]").is_ok());
        for (least, most, counts) in [
            (zero, one, ""),
            (zero, one, "[null,7],[0,57]"),
            (zero, one, "[null,7],[-1,0],[0,100]"),
            (zero, one, "[0,100],[null,7]"),
            (zero, one, "[null,7],[0,50],[0,50]"),
            (zero, one, "[null,7],[0,100],[1,1]"),
            (zero, one, "[0,100]"),
            (zero, one, "[null,7],[-3,100]"),
            (zero, one, "[-2147483648,7],[2147483647,100]"),
            (one, zero, "[null,7],[0,100]"),
            (one, "[0,999999999]", "[0,100]"),
            (zero, "[0,1000000000]", "[null,7],[0,100]"),
            (one, one, "[0,18446744073709551616]"),
            (one, one, "[0,-1]"),
            (one, one, "[0,65.5]"),
        ] {
            assert!(many(least, most, counts).is_err(), "{least} {most} {counts}");
        }
        let twice = r#"[["k",{"Few":[[1,0]]}],["k",{"Few":[[1,0]]}]]"#;
        assert!(load("500000", twice).is_err());
    }

    proptest! {
        /// A damaged state is refused, or is one that can be used and written again.
        #[test]
        fn damage(
            values in vec((0..3_u8, any::<Duration>(), 0..80_u64), 1..20),
            place in any::<usize>(),
            byte in proptest::sample::select(&b"0123456789[]{},-.enul\"FM"[..]),
        ) {
            let mut one: Quantiles<u8> = Quantiles::new(0.01);
            one.extend(values);
            let mut json = serde_json::to_string(&one).unwrap().into_bytes();
            let place = place % json.len();
            json[place] = byte;
            if let Ok(mut back) = serde_json::from_slice::<Quantiles<u8>>(&json) {
                let again = serde_json::to_string(&back).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Quantiles<u8>>(&again).unwrap(), &back);
                back.extend((0..4).map(|key| (key, Duration::from_secs(3))));
                if back.merge(&one).is_ok() {
                    for key in back.keys() {
                        prop_assert!(back.quantile(key, 0.5).is_some());
                    }
                }
            }
        }
    }
}
