//! Shapes in other formats.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn as_documented() {
    let mut shape: Shape<Name> =
        Shape::new(Buckets::linear(Duration::from_millis(1500), 3).unwrap());
    shape.add_ref(&b"b\\\xff\n"[..], Duration::from_secs(2));
    shape.add_ref(&b"a"[..], Duration::ZERO);
    let json = serde_json::to_string(&shape).unwrap();
    let edges = r#"[{"secs":1,"nanos":500000000},{"secs":3,"nanos":0}]"#;
    let rows = r#"[["a",[1]],["b\\x5c\\xff\\x0a",[0,1]]]"#;
    assert_eq!(json, format!(r#"{{"version":1,"edges":{edges},"lanes":1,"rows":{rows}}}"#));
    assert_eq!(serde_json::from_str::<Shape<Name>>(&json).unwrap(), shape);
}

/// A format that writes the number of members in front of them has to be told the right one.
#[test]
fn rows_and_differences_have_as_many_members_as_they_say() {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    shape.add_ref(&b"a"[..], Duration::ZERO);
    let row = rmp_serde::to_vec(&shape.iter().next().unwrap()).unwrap();
    assert_eq!(row.first(), Some(&0x93));
    let diff = shape.diff(&shape, Duration::from_secs(1)).unwrap();
    assert_eq!(rmp_serde::to_vec(&diff).unwrap().first(), Some(&0x93));
}

#[test]
fn what_no_shape_is_written_as_is_refused() {
    let edges = r#"[{"secs":1,"nanos":0}]"#;
    for (edges, lanes, rows) in [
        (r#"[{"secs":0,"nanos":0}]"#, 1, "[]"),
        (edges, 2, "[]"),
        (edges, 1, r#"[["a",[]]]"#),
        (edges, 1, r#"[["a",[0,0]]]"#),
        (edges, 1, r#"[["a",[1,2,3]]]"#),
        (edges, 1, r#"[["a",[1]],["a",[1]]]"#),
        (edges, 1, r#"[["\\",[1]]]"#),
        (edges, 1, r#"[["\\\\",[1]]]"#),
        (edges, 1, r#"[["\\xFF",[1]]]"#),
        (edges, 1, r#"[["\\x",[1]]]"#),
        (edges, 1, r#"[["\\x41",[1]]]"#),
        (edges, 1, r#"[["\\q",[1]]]"#),
    ] {
        let json = format!(r#"{{"version":1,"edges":{edges},"lanes":{lanes},"rows":{rows}}}"#);
        assert!(serde_json::from_str::<Shape<Name>>(&json).is_err(), "{json}");
    }
    let number = serde_json::from_str::<Name>("7").unwrap_err().to_string();
    assert!(
        number.contains("expected a string with \\xNN for bytes that are not text"),
        "{number}"
    );
}

proptest! {
    #[test]
    fn there_and_back(rows in vec((vec(any::<u8>(), 0..9), any::<Duration>(), any::<(u64, u64)>()), 0..20)) {
        let mut shape: Shape<Name, (u64, u64)> = Shape::new(Buckets::default());
        shape.extend(rows.iter().map(|(name, age, n)| (Name::from(&**name), *age, *n)));
        let json = serde_json::to_string(&shape).unwrap();
        let back: Shape<Name, (u64, u64)> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back, shape);
    }
}
