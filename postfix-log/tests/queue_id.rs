//! The vectors that the two crates with queue ids share: `data/queue-ids.txt`, whose first line names the columns.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]

use core::time::Duration;

use postfix_log::{ErrorKind, QueueId};

#[test]
fn ids_of_the_shared_table() {
    let mut rows = [0; 3];
    for row in include_str!("data/queue-ids.txt").lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [text, taken_by, form, seconds, micros, inode] = columns[..] else {
            panic!("not six columns: {row}");
        };
        let number = |column: &str| (column != "-").then(|| column.parse::<u64>().expect(row));
        let id = QueueId::parse(text.as_bytes());
        if taken_by != "both" {
            assert_eq!(id.map_err(|error| error.kind()), Err(ErrorKind::BadQueueId), "{row}");
            rows[0] += 1;
            continue;
        }
        let id = id.expect(row);
        assert_eq!(id.is_long(), form == "long", "{row}");
        assert_eq!(
            (id.micros().map(u64::from), id.inode()),
            (number(micros), number(inode)),
            "{row}"
        );
        let nanos = id.micros().map(|micros| micros * 1000);
        let time = number(seconds).zip(nanos).map(|(seconds, nanos)| Duration::new(seconds, nanos));
        assert_eq!(id.time(), time, "{row}");
        assert_eq!(
            (id.as_str(), id.as_bytes(), id.as_ref()),
            (text, text.as_bytes(), text.as_bytes())
        );
        assert_eq!(
            (id.to_string(), format!("{id:?}")),
            (text.to_owned(), format!("QueueId({text})"))
        );
        assert_eq!(format!("{id:>30}"), format!("{text:>30}"));
        #[cfg(feature = "serde")]
        assert_eq!(serde_json::to_value(id).ok(), Some(text.into()));
        rows[usize::from(id.is_long()) + 1] += 1;
    }
    assert!(rows.iter().all(|&rows| rows >= 5), "{rows:?}");
}

/// Where the forms end, in length and in value.
#[test]
fn edges_of_both_forms() {
    for (text, is_id) in [
        // Five digits of microseconds, below a million, and at least one of the inode.
        ("F423F1", true),
        ("F42401", false),
        ("FFFFF1", false),
        ("00000", false),
        ("000000", true),
        ("1E24013c03E", false),
        ("1E240FFFFFFFFFFFFFFFF", true),
        ("1E240FFFFFFFFFFFFFFFFF", false),
        // Six digits of seconds, four of microseconds, a z, and at least one of the inode.
        ("4jW9mx0sf8z9", true),
        ("4jW9mx0sf8z", false),
        ("4jW9mx0sfz91", false),
        ("4jW9m0sf8z91", false),
        ("4jW9mx0sf8zz", false),
        ("4jW9mx0sf8z9z", false),
        ("4jW9mx0sf8z9e", false),
        ("4jW9mx75plz9", true),
        ("4jW9mx75pmz9", false),
        ("NOQUEUE", false),
    ] {
        assert_eq!(QueueId::parse(text.as_bytes()).is_ok(), is_id, "{text}");
    }
}
