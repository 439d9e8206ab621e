//! What is made for fuzzers is what the crate itself makes.
#![cfg(feature = "arbitrary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::wire::{DecodeError, DecodeErrorKind};
use postfix_qshape::{Buckets, Change, Counts, Error, Name, Rates, Shape, TopShape};
use proptest::prelude::*;

proptest! {
    #[test]
    fn made_values_keep_the_laws(bytes in proptest::collection::vec(any::<u8>(), 64..1_024)) {
        let mut u = Unstructured::new(&bytes);
        let change = Change::arbitrary(&mut u).unwrap();
        let stayed = change.before - change.drained;
        prop_assert_eq!(stayed, change.after - change.arrived);
        prop_assert!(change.aged <= stayed);

        let counts: Counts = u.arbitrary().unwrap();
        prop_assert!((1..=20).contains(&counts.len()));
        let sum = counts.iter().fold(0, |sum: u64, count| sum.saturating_add(count));
        prop_assert_eq!(counts.total(), sum);

        let buckets: Buckets = u.arbitrary().unwrap();
        prop_assert_eq!(&Buckets::custom(buckets.edges().iter().copied()).unwrap(), &buckets);
        let shape: Shape<Name> = u.arbitrary().unwrap();
        prop_assert_eq!(&Shape::from_bytes(&shape.to_bytes()).unwrap(), &shape);
        let top: TopShape<Name> = u.arbitrary().unwrap();
        prop_assert!(top.len() <= 8);
        let rates: Rates<Name> = u.arbitrary().unwrap();
        let sum = |list: &mut dyn Iterator<Item = u64>| list.fold(0, u64::saturating_add);
        prop_assert!(rates.rows().len() <= 2 * rates.capacity());
        prop_assert!(sum(&mut rates.rows().map(|row| row.total())) <= rates.total().total());
        #[cfg(feature = "quantiles")]
        {
            let mut quantiles: postfix_qshape::Quantiles<Name> = u.arbitrary().unwrap();
            let before = quantiles.clone();
            quantiles.merge(&before).unwrap();
            for (name, count) in before.rows() {
                prop_assert_eq!(quantiles.count(name), count.saturating_mul(2));
                prop_assert_eq!(quantiles.quantile(name, 1.0), before.quantile(name, 1.0));
            }
        }
    }
}

#[test]
fn errors_are_of_many_kinds() {
    let (mut refused, mut damaged) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..500_u64 {
        let bytes =
            [seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), seed.wrapping_mul(0xd1b5_4a32_d192_ed03)];
        let bytes = bytes.map(u64::to_le_bytes).concat();
        let mut u = Unstructured::new(&bytes);
        let error: Error = u.arbitrary().unwrap();
        match error {
            Error::TooManyBuckets { count } => assert!(count > Buckets::MAX),
            Error::EdgeOrder { index } | Error::EdgeOverflow { index } => {
                assert!(index < Buckets::MAX);
            }
            Error::CapacityMismatch { ours, theirs } => assert!(ours > 0 && ours != theirs),
            _ => {}
        }
        refused.insert(format!("{error:?}").split(' ').next().unwrap().to_owned());
        let error = DecodeError::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        let kind = DecodeErrorKind::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        assert_eq!(error.kind(), kind);
        assert!(error.offset() < 1_000, "{error}");
        damaged.insert(format!("{kind:?}").split(' ').next().unwrap().to_owned());
    }
    assert_eq!(refused.len(), 7 + usize::from(cfg!(feature = "quantiles")), "{refused:?}");
    assert!(damaged.len() >= 3, "{damaged:?}");
}
