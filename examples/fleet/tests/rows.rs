//! The rows say what the library says of each line, and fates what it says of each recipient.

mod common;

use std::fs;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType, UInt64Type};
use common::{Place, done, files, log};
use fleet::events::{Events, WORDS};
use postfix_log::LogReader;
use postfix_log::json::{Line, MEMBERS, Member, MemberType, Object, Value};

/// Logs with lines of every kind.
fn seeds() -> Vec<u8> {
    let mut all = Vec::new();
    for path in files("../../fuzz/seeds/log".as_ref()) {
        all.extend(fs::read(path).unwrap());
        all.push(b'\n');
    }
    all
}

#[test]
fn each_member_has_a_column_of_its_type() {
    let columns = Events::default().columns;
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    for (member, (name, kind)) in MEMBERS.iter().zip(&columns) {
        let expected = match member.value {
            MemberType::Number => DataType::UInt64,
            MemberType::Signed | MemberType::Seconds => DataType::Int64,
            MemberType::Flag => DataType::Boolean,
            MemberType::Delays | MemberType::Commands | MemberType::Figures => {
                assert!(matches!(kind.data_type(), DataType::List(_)), "{name}");
                continue;
            }
            MemberType::Time => {
                assert!(matches!(kind.data_type(), DataType::Timestamp(_, Some(_))), "{name}");
                continue;
            }
            _ if WORDS.contains(&member.name) => {
                assert!(matches!(kind.data_type(), DataType::Dictionary(..)), "{name}");
                continue;
            }
            _ => DataType::Utf8,
        };
        assert_eq!(kind.data_type(), expected, "{name}");
    }
}

#[test]
fn words_of_the_library_are_dictionaries() {
    let seeds = seeds();
    let mut reader = LogReader::new(&*seeds);
    while let Some(line) = reader.next_line().unwrap() {
        Line::new(&line, None).members(|name, member| {
            let is_word = matches!(member, Member::Word(_) | Member::Error(_));
            assert!(!is_word || WORDS.contains(&name) || name == "reason", "{name}: {member:?}");
        });
    }
}

/// Every value of every line is in the row of that line, and nothing else is.
#[test]
fn the_rows_of_events_are_the_members_of_the_lines() {
    let place = Place::new();
    let seeds = seeds();
    let path = place.write("seeds.log", &seeds);
    done(&place.export("seeds", &["--year", "2026", "--tz", "UTC", path.to_str().unwrap()]));
    let batches = place.rows("events");
    let mut reader = LogReader::new(&*seeds);
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        lines.push((line.number(), Object::from(&Line::new(&line, None))));
    }
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), lines.len());
    let columns = Events::default().columns;
    let mut compared = 0;
    for batch in &batches {
        let numbers = batch.column_by_name("line").unwrap().as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            let number = numbers.value(row);
            let place = lines.binary_search_by_key(&number, |(number, _)| *number).unwrap();
            let object = &lines[place].1;
            for (member, (column, _)) in MEMBERS.iter().zip(&columns) {
                if member.value == MemberType::Time || member.name == "limit" {
                    continue;
                }
                let array = batch.column_by_name(column).unwrap();
                match object.get(member.name) {
                    None => assert!(array.is_null(row), "line {number}: {column}"),
                    Some(value) => {
                        compared += 1;
                        assert!(is_value(array, row, value), "line {number}: {column}: {value:?}");
                    }
                }
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}

fn is_value(array: &dyn Array, row: usize, value: &Value) -> bool {
    if array.is_null(row) {
        return false;
    }
    match value {
        Value::Text(text) => {
            let words = arrow::compute::cast(array, &DataType::Utf8).unwrap();
            words.as_string::<i32>().value(row) == fleet::events::escaped(text)
        }
        Value::Number(number) => match array.data_type() {
            DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row) == *number,
            _ => array.as_primitive::<Int64Type>().value(row) == i64::try_from(*number).unwrap(),
        },
        Value::Negative(number) => array.as_primitive::<Int64Type>().value(row) == *number,
        Value::Flag(flag) => array.as_boolean().value(row) == *flag,
        Value::Seconds(delay) => {
            array.as_primitive::<Int64Type>().value(row)
                == i64::try_from(delay.as_micros()).unwrap()
        }
        Value::Delays(delays) => {
            let items = array.as_list::<i32>().value(row);
            let items = items.as_primitive::<Int64Type>().values().to_vec();
            items
                == delays
                    .iter()
                    .map(|delay| i64::try_from(delay.as_micros()).unwrap())
                    .collect::<Vec<_>>()
        }
        Value::Commands(counts) => array.as_list::<i32>().value(row).len() == counts.len(),
        Value::Figures(figures) => array.as_list::<i32>().value(row).len() == figures.len(),
        _ => false,
    }
}

#[test]
fn times_are_utc_and_those_of_the_clock_are_kept() {
    let place = Place::new();
    let line = "Dec 31 23:30:00 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
    let path = place.write("mx1.log", line);
    done(
        &place
            .export("mx1", &["--year", "2026", "--tz", "America/New_York", path.to_str().unwrap()]),
    );
    let [batch] = &place.rows("events")[..] else { panic!("one batch") };
    let micros = |column: &str| {
        batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>().value(0)
    };
    assert_eq!(micros("time"), 1_798_777_800_000_000);
    assert_eq!(micros("wall_time"), 1_798_759_800_000_000);
    // The date is that of the instant.
    assert!(files(&place.out().join("events"))[0].ends_with("date=2027-01-01/part-00000.parquet"));
}

#[test]
fn texts_are_alike_where_summary_counts_them_as_one() {
    let place = Place::new();
    let lines = "\
        2026-01-02T03:04:05+00:00 mx1 postfix/smtpd[5]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6\n\
        2026-01-02T03:04:06+00:00 mx1 postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <a@a.example>: \
        Relay access denied; from=<b@b.example> to=<a@a.example> proto=ESMTP helo=<h.example>\n";
    let path = place.write("mx1.log", lines);
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    let [batch] = &place.rows("events")[..] else { panic!("one batch") };
    let texts = |column: &str| -> Vec<Option<String>> {
        let column = batch.column_by_name(column).unwrap().as_string::<i32>();
        column.iter().map(|text| text.map(str::to_owned)).collect()
    };
    let warning = "* SASL LOGIN authentication failed: *";
    assert_eq!(texts("warning_pattern"), [Some(warning.to_owned()), None]);
    assert_eq!(texts("client_network"), [Some("192.0.2.0/24".to_owned()), None]);
    assert_eq!(texts("pattern"), [None, Some("* Relay access denied".to_owned())]);
}

#[test]
fn fates_have_their_attempts_and_the_time_on_hold() {
    let place = Place::new();
    let path = place.write("mx1.log", log("mx1", 4));
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    let [batch] = &place.rows("fates")[..] else { panic!("one batch") };
    let words =
        arrow::compute::cast(batch.column_by_name("fate").unwrap(), &DataType::Utf8).unwrap();
    let holds = batch.column_by_name("hold_us").unwrap().as_primitive::<Int64Type>();
    let attempts = batch.column_by_name("attempts").unwrap().as_list::<i32>();
    let mut rows: Vec<_> = words
        .as_string::<i32>()
        .iter()
        .flatten()
        .zip(holds)
        .zip(attempts.iter().flatten())
        .map(|((fate, hold), attempts)| (fate, hold, attempts.len()))
        .collect();
    rows.sort_unstable();
    let later = ("delivered_after_deferral", Some(60_000_000), 2);
    let still = ("still_deferred", None, 1);
    assert_eq!(rows, [later, later, still, still]);
}
