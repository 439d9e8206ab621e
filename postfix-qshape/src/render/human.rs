//! Ages and counts in a form that people read easily.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use super::seconds::Seconds;
use crate::buckets::Buckets;

/// The range of a bucket, for instance `5–10 min`, `20 min–2 h` or `over 2 d`.
pub(super) fn span(buckets: &Buckets, bucket: usize) -> String {
    let (start, end) = (buckets.start(bucket).unwrap_or_default(), buckets.end(bucket));
    let Some(end) = end else { return format!("over {}", age(start)) };
    let (start_number, start_unit) = parts(start);
    let (end_number, end_unit) = parts(end);
    if start.is_zero() || start_unit == end_unit {
        format!("{start_number}\u{2013}{end_number} {end_unit}")
    } else {
        format!("{start_number} {start_unit}\u{2013}{end_number} {end_unit}")
    }
}

/// The upper edge of a bucket, for instance `<5 min`; for the last bucket the lower one, `≥2 d`.
pub(super) fn heading(buckets: &Buckets, bucket: usize) -> String {
    match buckets.end(bucket) {
        Some(end) => format!("&lt;{}", age(end)),
        None => format!("\u{2265}{}", age(buckets.start(bucket).unwrap_or_default())),
    }
}

fn age(age: Duration) -> String {
    let (number, unit) = parts(age);
    format!("{number} {unit}")
}

/// The number and the unit of an age. The unit is the largest one that needs at most one decimal.
fn parts(age: Duration) -> (String, &'static str) {
    for (unit, length) in [("d", 86_400_u64), ("h", 3_600), ("min", 60)] {
        let tenths = age.as_secs().saturating_mul(10);
        if age.as_secs() >= length && age.subsec_nanos() == 0 && tenths % length == 0 {
            let tenths = tenths / length;
            let number = match tenths % 10 {
                0 => (tenths / 10).to_string(),
                tenth => format!("{}.{tenth}", tenths / 10),
            };
            return (number, unit);
        }
    }
    (Seconds(age).to_string(), "s")
}

/// A short form of a count, usually of at most six characters: `99999`, `123k`, `4.5M`, `45M`.
pub(super) fn count(count: u64) -> String {
    match count {
        0..100_000 => count.to_string(),
        100_000..1_000_000 => format!("{}k", count / 1_000),
        1_000_000..10_000_000 => format!("{}.{}M", count / 1_000_000, count / 100_000 % 10),
        10_000_000..10_000_000_000 => format!("{}M", count / 1_000_000),
        _ => format!("{}G", count / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_in_words() {
        let buckets = Buckets::default();
        let words: [String; 10] = core::array::from_fn(|bucket| span(&buckets, bucket));
        assert_eq!(words[0], "0\u{2013}5 min");
        assert_eq!(words[1], "5\u{2013}10 min");
        assert_eq!(words[8], "640\u{2013}1280 min");
        assert_eq!(words[9], "over 1280 min");
        let edges = [90, 3600, 5400, 86_400].map(Duration::from_secs);
        let buckets = Buckets::custom(edges).unwrap();
        assert_eq!(span(&buckets, 1), "1.5 min\u{2013}1 h");
        assert_eq!(span(&buckets, 2), "1\u{2013}1.5 h");
        assert_eq!(heading(&buckets, 4), "\u{2265}1 d");
        let tiny = Buckets::custom([Duration::from_millis(250)]).unwrap();
        assert_eq!(span(&tiny, 0), "0\u{2013}0.25 s");
    }

    #[test]
    fn long_counts_get_short() {
        let counts = [0, 99_999, 100_000, 999_999, 9_999_999, 10_000_000, u64::MAX].map(count);
        assert_eq!(counts, ["0", "99999", "100k", "999k", "9.9M", "10M", "18446744073G"]);
    }

    #[test]
    fn an_age_is_in_the_largest_unit_that_it_fills() {
        for (nanos, expected) in [
            (0, "0 s"),
            (500_000_000, "0.5 s"),
            (6_000_000_000, "6 s"),
            (30_000_000_000, "30 s"),
            (59_000_000_000, "59 s"),
            (60_000_000_000, "1 min"),
            (63_000_000_000, "63 s"),
            (66_000_000_000, "1.1 min"),
            (90_500_000_000, "90.5 s"),
            (60_000_000_001, "60.000000001 s"),
            (1_800_000_000_000, "30 min"),
            (3_600_000_000_000, "1 h"),
            (3_960_000_000_000, "1.1 h"),
            (43_200_000_000_000, "12 h"),
            (86_400_000_000_000, "1 d"),
            (129_600_000_000_000, "1.5 d"),
            (86_401_000_000_000, "86401 s"),
        ] {
            assert_eq!(age(Duration::from_nanos(nanos)), expected);
        }
    }
}
