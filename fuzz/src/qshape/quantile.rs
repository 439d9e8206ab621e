//! Laws of quantiles and differences.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::{Buckets, Shape};

use super::shape::fill;
use super::stream::{self, Classes};

/// Quantiles are within the stated relative error of those of the sorted values.
pub fn quantile(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok((percent, raw)) = u.arbitrary::<(u8, Vec<u32>)>() else { return };
    let error = f64::from(percent % 20 + 1) / 100.0;
    let (least, most) = (Duration::from_millis(1), Duration::from_secs(1_000_000));
    let buckets = Buckets::relative(error, least, most).expect("few classes");
    let mut values: Vec<Duration> =
        raw.iter().map(|&n| Duration::from_micros(1000 + u64::from(n) * 200)).collect();
    let mut shape: Shape<u8> = Shape::new(buckets);
    shape.extend(values.iter().map(|&value| (0, value)));
    values.sort_unstable();
    for q in [0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0] {
        let Some(last) = values.len().checked_sub(1) else {
            assert_eq!(shape.quantile(&0, q), None);
            continue;
        };
        let exact = values[(q * last as f64).floor() as usize].as_secs_f64();
        let found = shape.quantile(&0, q).expect("a row").as_secs_f64();
        // A nanosecond for the rounding to one.
        assert!((found - exact).abs() <= error * exact + 1e-9, "{found} is not {exact} ± {error}");
    }
}

/// What was there, less what drained, plus what arrived, is what is there; nothing drains or arrives when no time passes
/// and nothing changes; the total is the sum of the rows.
pub fn diff(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok((seconds, cut)) = u.arbitrary::<(u32, u8)>() else { return };
    let Ok(mut items) = stream::items(&mut u, &classes) else { return };
    items.iter_mut().for_each(|item| item.amount %= 1 << 40);
    let (before, after) = items.split_at(items.len() * usize::from(cut) / 256);
    let (old, new) = (fill(&classes, before), fill(&classes, after));
    let elapsed = Duration::from_secs(seconds.into());
    let diff = old.diff(&new, elapsed).expect("equal classes");
    let mut sums = [0_u64; 5];
    for (key, change) in diff.rows() {
        let total = |shape: &Shape<_>| shape.get(key.as_bytes()).map_or(0, |counts| counts.total());
        assert_eq!((change.before, change.after), (total(&old), total(&new)));
        assert_eq!(change.before - change.drained + change.arrived, change.after);
        assert!(change.drained <= change.before && change.aged <= change.before - change.drained);
        for (sum, part) in sums.iter_mut().zip([
            change.before,
            change.after,
            change.arrived,
            change.drained,
            change.aged,
        ]) {
            *sum += part;
        }
    }
    let total = diff.total();
    assert_eq!(sums, [total.before, total.after, total.arrived, total.drained, total.aged]);
    let same = old.diff(&old, Duration::ZERO).expect("equal classes");
    assert_eq!((same.total().arrived, same.total().drained, same.total().aged), (0, 0, 0));
    // What stays as it is while time passes has grown no younger: all that changes class has aged or is new.
    let growth = total.growth_per_minute(elapsed);
    assert!(growth.is_finite());
    assert!(total.drain_time(elapsed).is_none_or(|_| total.after < total.before));
}
