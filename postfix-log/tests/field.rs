//! Lines from the field, with the members that they should have: each row of `data/field.jsonl` is one line
//! and some of its members. A value `a|b` allows both.
#![cfg(all(feature = "std", feature = "serde"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use postfix_log::{LogReader, json};
use serde_json::Value;

/// Whether a value is what a row allows.
fn fits(found: Option<&Value>, want: &Value) -> bool {
    match (found, want) {
        (Some(Value::Number(found)), Value::Number(want)) => found.as_f64() == want.as_f64(),
        (Some(Value::String(found)), Value::String(want)) => {
            found == want || want.split('|').any(|want| want == found)
        }
        (found, want) => found == Some(want),
    }
}

#[test]
fn lines_have_the_members_that_they_should() {
    let mut rows = 0;
    let mut wrong = Vec::new();
    for row in include_str!("data/field.jsonl").lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let input = row["input"].as_str().unwrap();
        let mut reader = LogReader::new(input.as_bytes());
        let line = reader.next_line().unwrap().unwrap();
        let found = serde_json::to_value(json::Line::new(&line, None)).unwrap();
        for (name, want) in row["expected"].as_object().unwrap() {
            if !fits(found.get(name), want) {
                wrong.push(format!("{input}\n  {name} = {want}, not {:?}", found.get(name)));
            }
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows > 130, "{rows} rows");
}
