//! Laws of quantiles and differences.

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::{Quantiles, Shape};

use super::shape::fill;
use super::stream::{self, Classes};

/// Quantiles are within the stated relative error of those of the sorted values; the least, the greatest and those of few
/// values are exact. Parts merged in any order equal the whole, even if they were saved in between.
pub fn quantile(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok((percent, raw)) = u.arbitrary::<(u8, Vec<Few>)>() else { return };
    let error = f64::from(percent % 50 + 1) / 100.0;
    let mut parts = [const { Vec::new() }; 3];
    for Few { value, times, part } in raw {
        parts[usize::from(part % 3)].extend((0..=times % 32).map(|_| value.duration()));
    }
    let of = |values: &[Duration]| {
        let mut quantiles: Quantiles<u8> = Quantiles::new(error);
        quantiles.extend(values.iter().map(|&value| (0, value)));
        quantiles
    };
    let mut values = parts.concat();
    let whole = of(&values);
    values.sort_unstable();
    check(&whole, &values);
    let mut merged = Quantiles::new(error);
    for part in parts.iter().rev() {
        let saved = serde_json::to_vec(&of(part)).expect("a state is written");
        merged.merge(&serde_json::from_slice(&saved).expect("and read")).expect("equal errors");
    }
    assert_eq!(merged, whole);
    let bytes = whole.to_bytes();
    assert_eq!(Quantiles::from_bytes(&bytes).expect("what was stored loads"), whole);
    assert_eq!(merged.to_bytes(), bytes, "equal quantiles are equal bytes");
    let mut other = Quantiles::new(error / 2.0 + 0.001);
    other.add(0, Duration::ZERO);
    assert_eq!(merged.merge(&other).is_ok(), merged.error() == other.error());
    damaged(&whole, data);
}

/// A value, repeated any number of times.
#[derive(Arbitrary)]
struct Few {
    value: Value,
    times: u8,
    part: u8,
}

#[derive(Arbitrary)]
enum Value {
    Any(Duration),
    Micros(u32),
    Near(u8),
}

impl Value {
    fn duration(&self) -> Duration {
        match *self {
            Self::Any(value) => value,
            Self::Micros(n) => Duration::from_micros(1000 + u64::from(n) * 200),
            Self::Near(n) => Duration::from_nanos(n.into()),
        }
    }
}

fn check(quantiles: &Quantiles<u8>, sorted: &[Duration]) {
    assert_eq!(quantiles.count(&0), sorted.len() as u64);
    for q in [0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0] {
        let found = quantiles.quantile(&0, q);
        let Some(last) = sorted.len().checked_sub(1) else {
            assert_eq!(found, None);
            continue;
        };
        let (found, exact) = (found.expect("a row"), sorted[(q * last as f64).floor() as usize]);
        if sorted.len() <= Quantiles::<u8>::EXACT || q == 0.0 || q == 1.0 {
            assert_eq!(found, exact, "{q}");
        }
        // One nanosecond is allowed for rounding to nanoseconds.
        let allowed = quantiles.error() * exact.as_secs_f64() * (1.0 + 1e-9) + 1e-9;
        let off = found.abs_diff(exact).as_secs_f64();
        assert!(off <= allowed, "{q}: {found:?} is not {exact:?} ± {allowed} s");
    }
}

/// A state with a damaged byte, and the input as a state, is refused, or can be used and saved.
fn damaged(whole: &Quantiles<u8>, data: &[u8]) {
    let mut saved = serde_json::to_vec(whole).expect("a state is written");
    if let [place, byte, ..] = *data {
        let place = usize::from(place) * 31 % saved.len();
        saved[place] = byte;
    }
    for state in [&saved[..], data] {
        let Ok(mut read) = serde_json::from_slice::<Quantiles<u8>>(state) else { continue };
        let again = serde_json::to_vec(&read).expect("a state is written");
        assert_eq!(serde_json::from_slice::<Quantiles<u8>>(&again).expect("and read"), read);
        read.add(0, Duration::from_secs(1));
        let other = read.clone();
        read.merge(&other).expect("equal errors");
        assert!(read.keys().all(|key| read.quantile(key, 0.5).is_some()));
    }
}

/// The count before, minus what drained, plus what arrived, is the count after. Nothing drains or arrives if no time passes
/// and nothing changes. The total is the sum of the rows.
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
    // Nothing grows younger while time passes: everything that changes its bucket has aged or is new.
    let growth = total.growth_per_minute(elapsed);
    assert!(growth.is_finite());
    assert!(total.drain_time(elapsed).is_none_or(|_| total.after < total.before));
}
