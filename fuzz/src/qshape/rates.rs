//! The law of counts in windows of time.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::Rates;

/// One event. Times move forwards and back, in steps of every size.
#[derive(Arbitrary)]
struct Event {
    key: u8,
    step: Step,
    amount: u8,
}

#[derive(Arbitrary)]
enum Step {
    On(u8),
    Back(u8),
    Far(u32),
    To(u64, u32),
}

/// With room for all keys, every window of every key is that of a plain map, and nothing is missed. With little room, the
/// totals are the same, rows are within their bounds, and there are never more than twice the capacity.
pub fn rates(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok((seconds, nanos, windows, capacity)) = u.arbitrary::<(u8, u32, u8, u8)>() else {
        return;
    };
    let window = Duration::new(seconds.into(), nanos % 1_000_000_000);
    let (windows, capacity) = (usize::from(windows % 40), usize::from(capacity % 6));
    let made = Rates::<u8>::new(window, windows, capacity);
    assert_eq!(made.is_ok(), windows > 0 && capacity > 0 && !window.is_zero());
    let Ok(mut little) = made else { return };
    let mut all = Rates::<u8>::new(window, windows, 256).expect("a capacity");
    let mut plain: BTreeMap<(u64, u8), u64> = BTreeMap::new();
    let (mut time, mut newest, mut late) = (Duration::from_secs(10_000), None, 0);
    for event in u.arbitrary_iter::<Event>().into_iter().flatten().flatten().take(200) {
        time = match event.step {
            Step::On(by) => time.saturating_add(Duration::from_secs(by.into())),
            Step::Back(by) => time.saturating_sub(Duration::from_secs(by.into())),
            Step::Far(by) => time.saturating_add(Duration::from_secs(by.into())),
            Step::To(seconds, nanos) => Duration::new(seconds, nanos % 1_000_000_000),
        };
        let amount = u64::from(event.amount);
        little.extend([(event.key, time, amount)]);
        all.extend([(event.key, time, amount)]);
        let number = time.as_nanos() / window.as_nanos();
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        newest = newest.max(Some(number));
        if newest.expect("a window") - number >= windows as u64 {
            late += amount;
        } else {
            *plain.entry((number, event.key)).or_default() += amount;
        }
        check(&all, &little, &plain, newest.expect("a window"), windows);
    }
    assert_eq!((all.late(), little.late(), all.floor()), (late, late, 0));
}

fn check(
    all: &Rates<u8>,
    little: &Rates<u8>,
    plain: &BTreeMap<(u64, u8), u64>,
    newest: u64,
    windows: usize,
) {
    let mut rows: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
    let oldest = newest.saturating_sub(windows as u64 - 1);
    for (&(number, key), &count) in plain.range((oldest, 0)..).filter(|(_, count)| **count > 0) {
        rows.entry(key).or_insert_with(|| vec![0; windows])[(newest - number) as usize] += count;
    }
    let found: BTreeMap<u8, Vec<u64>> =
        all.rows().map(|row| (*row.key(), row.counts().iter().collect())).collect();
    assert_eq!(found, rows);
    let total: Vec<u64> = (0..windows).map(|at| rows.values().map(|row| row[at]).sum()).collect();
    assert!(all.total().iter().eq(total.iter().copied()) && all.total() == little.total());
    assert!(little.rows().len() <= 2 * little.capacity());
    let mut upper = u64::MAX;
    for row in little.rows() {
        let truth: u64 = rows[row.key()].iter().sum();
        assert!(row.total() <= truth && truth <= row.total() + row.missed());
        assert!(row.missed() <= little.floor());
        assert!(row.counts().iter().zip(&rows[row.key()]).all(|(kept, exact)| kept <= *exact));
        assert!(row.total() + row.missed() <= upper, "rows out of order");
        upper = row.total() + row.missed();
    }
    for (key, row) in rows.iter().filter(|(key, _)| little.get(*key).is_none()) {
        assert!(row.iter().sum::<u64>() <= little.floor(), "{key} is large and has no row");
    }
}
