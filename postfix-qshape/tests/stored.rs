//! What is stored through serde comes back, in formats with names and without.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::fmt::Debug;
use core::time::Duration;

use postfix_qshape::{Buckets, Change, Name, Shape, TopShape};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// JSON has names; MessagePack has them or not; postcard has neither names nor types.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
    let packed = rmp_serde::to_vec(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&packed).unwrap(), value, "MessagePack");
    let named = rmp_serde::to_vec_named(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&named).unwrap(), value, "MessagePack with names");
    let card = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&card).unwrap(), value, "postcard");
    // Nothing is left over, and nothing less will do.
    assert!(postcard::take_from_bytes::<T>(&card).unwrap().1.is_empty());
    for length in 0..card.len().min(200) {
        assert!(postcard::from_bytes::<T>(&card[..length]).is_err(), "cut to {length}");
    }
}

const KEYS: [&[u8]; 5] =
    [b"a.example", b"", b"a\\b\xff\n", b"a name that is longer than any place", b"z"];

/// Counters of every width, zeros between them, and rows that end early.
fn items<C>(amount: impl Fn(u64) -> C) -> Vec<(Name, Duration, C)> {
    let sizes = [1, 255, 256, 65_536, 1 << 32, u64::MAX];
    let mut items = Vec::new();
    for (key, first) in KEYS.into_iter().zip(0_u64..) {
        for (size, step) in sizes.into_iter().zip(0_u64..) {
            let age = Duration::from_secs(first * 1_000 + step * step * 700);
            items.push((Name::from(key), age, amount(size >> first)));
        }
    }
    items
}

#[test]
fn shapes_of_one_counter_and_of_several() {
    let mut one: Shape<Name> = Shape::new(Buckets::default());
    check(&one);
    one.extend(items(|n| n));
    check(&one);
    let mut pair: Shape<Name, (u64, u64)> = Shape::new(Buckets::default());
    pair.extend(items(|n| (n % 3, n)));
    check(&pair);
    let mut three: Shape<Name, (u64, u64, u64)> = Shape::new(Buckets::default());
    three.extend(items(|n| (n, 0, n / 2)));
    check(&three);
    let edges = [Duration::from_nanos(1), Duration::new(7, 999_999_999), Duration::MAX];
    let mut array: Shape<(String, u16), [u64; 7]> = Shape::new(Buckets::custom(edges).unwrap());
    array.extend([(("k".to_owned(), 7), Duration::MAX, [0, 1, 0, u64::MAX, 0, 3, 0])]);
    check(&array);
}

#[test]
fn bounded_shapes_of_one_counter_and_of_several() {
    let mut one: TopShape<Name> = TopShape::new(Buckets::default(), 2).unwrap();
    check(&one);
    one.extend(items(|n| n % (1 << 40)));
    one.add_ref(&b"late"[..], Duration::ZERO);
    assert!(one.floor() > 0 && one.rows().any(|row| row.missed() > 0));
    check(&one);
    let mut pair: TopShape<Name, (u64, u64)> = TopShape::new(Buckets::default(), 2).unwrap();
    pair.extend(items(|n| (n % (1 << 40), 5)));
    check(&pair);
}

#[test]
fn totals_that_stopped_at_their_maximum() {
    let mut top: TopShape<Name> = TopShape::new(Buckets::default(), 2).unwrap();
    let amount = u64::MAX / 2 + 1;
    top.extend([("a", amount), ("b", amount)].map(|(key, n)| (key.into(), Duration::ZERO, n)));
    assert_eq!(top.total().total(), u64::MAX);
    assert!(top.rows().all(|row| row.total() == amount));
    check(&top);
    assert_eq!(TopShape::from_bytes(&top.to_bytes()).unwrap(), top);
}

#[cfg(feature = "quantiles")]
#[test]
fn quantiles_that_are_kept_and_counted() {
    use postfix_qshape::Quantiles;

    let mut quantiles: Quantiles<Name> = Quantiles::new(0.005);
    check(&quantiles);
    for (key, count) in KEYS.into_iter().zip([1, 2, 64, 65, 500]) {
        for step in 0..count {
            let nanos = 10_u64.pow(step % 19).wrapping_mul(u64::from(step) + 1);
            quantiles.add_ref(key, Duration::from_nanos(nanos));
        }
    }
    quantiles.extend_ref([(&b"zeros"[..], Duration::ZERO, 200), (b"zeros", Duration::MAX, 1)]);
    check(&quantiles);
}

#[test]
fn the_parts() {
    for buckets in [Buckets::default(), Buckets::linear(Duration::new(1, 5), 100).unwrap()] {
        check(&buckets);
    }
    KEYS.into_iter().for_each(|key| check(&Name::from(key)));
    let mut pair: Shape<Name, (u64, u64)> = Shape::new(Buckets::default());
    pair.extend(items(|n| (n % 3, n)));
    check(&pair.total());
    check(&Change { before: 1, after: u64::MAX, arrived: 3, drained: 0, aged: 5 });
}

/// Each form says its version first, and a newer one is refused, whatever comes after it.
#[test]
fn newer_versions_are_refused() {
    fn refused<T: Serialize + DeserializeOwned + Debug>(value: &T) {
        let mut json = serde_json::to_value(value).unwrap();
        assert_eq!(json["version"], 1);
        for (version, why) in [(2, "version 2 is newer than version 1"), (0, "no version 0")] {
            json["version"] = version.into();
            let error = serde_json::from_value::<T>(json.clone()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let mut card = postcard::to_allocvec(value).unwrap();
        card[0] = 2;
        assert!(postcard::from_bytes::<T>(&card).is_err());
    }

    refused(&Shape::<Name>::new(Buckets::default()));
    refused(&TopShape::<Name>::new(Buckets::default(), 1).unwrap());
    #[cfg(feature = "quantiles")]
    refused(&postfix_qshape::Quantiles::<Name>::new(0.01));
}

#[test]
fn bounded_shapes_that_contradict_themselves_are_refused() {
    let state = |capacity: u64, floor: u64, total: &str, rows: &str| {
        let edges = r#"[{"secs":60,"nanos":0}]"#;
        serde_json::from_str::<TopShape<Name>>(&format!(
            r#"{{"version":1,"edges":{edges},"lanes":1,"capacity":{capacity},"floor":{floor},"total":{total},"rows":{rows}}}"#
        ))
    };
    let row = r#"[["a",1,[1,2]]]"#;
    assert!(state(1, 1, "[1,3]", row).is_ok());
    for (why, read) in [
        ("no capacity", state(0, 0, "[1,3]", "[]")),
        ("the floor is too high", state(1, 3, "[1,3]", "[]")),
        ("missed more than the floor", state(1, 0, "[1,3]", row)),
        ("more than the total", state(1, 1, "[1,1]", row)),
        ("a long total", state(1, 0, "[1,1,1]", "[]")),
        ("a long row", state(1, 0, "[1,3]", r#"[["a",0,[1,2,1]]]"#)),
        ("a row of zeros", state(1, 0, "[1,3]", r#"[["a",0,[0]]]"#)),
        ("a key twice", state(1, 0, "[1,3]", r#"[["a",0,[1]],["a",0,[0,1]]]"#)),
        ("too many rows", state(1, 0, "[3]", r#"[["a",0,[1]],["b",0,[1]],["c",0,[1]]]"#)),
    ] {
        assert!(read.is_err(), "{why}");
    }
}

#[test]
fn counts_of_another_form_are_refused() {
    let read = |text: &str| serde_json::from_str::<postfix_qshape::Counts<(u64, u64)>>(text);
    assert!(read(r#"{"lanes":2,"cells":[1,2,3,4]}"#).is_ok());
    for cells in
        [r#""lanes":1,"cells":[1,2]"#, r#""lanes":2,"cells":[1,2,3]"#, r#""lanes":2,"cells":[]"#]
    {
        assert!(read(&format!("{{{cells}}}")).is_err(), "{cells}");
    }
}

/// What borrows is written with its names.
#[test]
fn rows_and_differences_are_written() {
    let mut old: Shape<Name> = Shape::new(Buckets::linear(Duration::from_secs(60), 2).unwrap());
    let mut new = old.clone();
    old.add_ref(&b"a"[..], Duration::ZERO);
    new.add_ref(&b"a"[..], Duration::from_secs(60));
    let row = serde_json::to_string(&new.rows().next().unwrap()).unwrap();
    assert_eq!(row, r#"{"key":"a","counts":{"lanes":1,"cells":[0,1]},"missed":0}"#);
    let diff = old.diff(&new, Duration::from_secs(60)).unwrap();
    let change = r#"{"before":1,"after":1,"arrived":0,"drained":0,"aged":1}"#;
    assert_eq!(
        serde_json::to_string(&diff).unwrap(),
        format!(
            r#"{{"elapsed":{{"secs":60,"nanos":0}},"total":{change},"rows":[["a",{change}]]}}"#
        )
    );
}

proptest! {
    #[test]
    fn any_shape_comes_back(
        rows in vec((vec(any::<u8>(), 0..30), any::<Duration>(), any::<[u64; 3]>()), 0..20),
    ) {
        let mut shape: Shape<Name, [u64; 3]> = Shape::new(Buckets::default());
        let mut top: TopShape<Name, [u64; 3]> = TopShape::new(Buckets::default(), 3).unwrap();
        let items = || rows.iter().map(|(name, age, n)| (Name::from(&**name), *age, *n));
        shape.extend(items());
        // Counters that stop at their end have bounds of their own.
        top.extend(items().map(|(name, age, n)| (name, age, n.map(|n| n >> 10))));
        check(&shape);
        check(&top);
    }
}
