//! Files that a queue manager treats otherwise than one would think: see `tests/data/README.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use postfix_queuefile::build::Encoder;
use postfix_queuefile::envelope::WarningKind;
use postfix_queuefile::{Envelope, ErrorKind, RecordType};

/// Where the largest file of ext4 ends, 16 TiB less a block: the queue manager dies of a size record that leads beyond.
const MAX_FILE: u64 = (1 << 44) - 4096;

fn read(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd").join(name);
    fs::read(path.with_extension("qf")).unwrap()
}

/// What strict reading says, and whether lenient reading says that the queue manager dies.
fn verdict(file: &[u8]) -> (Option<ErrorKind>, bool) {
    let strict = Envelope::parse_strict(file).err().map(|error| error.kind());
    let mail = Envelope::parse(file).unwrap();
    let first = mail.warnings().next().map(|warning| warning.kind());
    let warned = mail.warnings().filter(|w| w.kind() == WarningKind::KillsQueueManager).count();
    let deadly = mail.kills_queue_manager();
    assert_eq!(strict.is_some_and(|kind| kind.kills_queue_manager()), deadly);
    assert_eq!(
        (first == Some(WarningKind::KillsQueueManager), warned),
        (deadly, usize::from(deadly))
    );
    (strict, deadly)
}

#[test]
fn a_queue_manager_dies_of_old_size_records_in_files_that_are_not_old() {
    for (name, kind) in [
        ("old-size-empty-m", ErrorKind::BadExtraOffset),
        ("old-size-text", ErrorKind::BadExtraOffset),
        ("old-size-no-text", ErrorKind::BadExtraOffset),
        ("old-size-no-m", ErrorKind::OutOfOrder),
        ("old-size-by-one-byte", ErrorKind::BadExtraOffset),
    ] {
        assert_eq!(verdict(&read(name)), (Some(kind), true), "{name}");
    }
}

/// A file with this size record, up to the start of the content.
fn head(size: &str) -> Encoder {
    Encoder::new().record(RecordType::SIZE, size).time(1_700_000_000).from(b"s@x").rcpt(b"r@y")
}

#[test]
fn whatever_follows_the_only_number_of_a_size_record() {
    for size in
        ["1", " 1 ", "0", "-5", "+7 x", "18 x 1", "18 \u{89} 3", "1x", "99999999999999999999"]
    {
        assert_eq!(verdict(&head(size).end()), (Some(ErrorKind::OutOfOrder), true), "{size}");
        let empty = head(size).message().text(b"x").extracted().end();
        assert_eq!(verdict(&empty), (Some(ErrorKind::BadExtraOffset), true), "{size}");
        // A file that is really that old.
        let old = |end: u64| head(size).record(RecordType::MESSAGE, format!("{end:15}")).text(b"x");
        let end = old(0).position();
        let file = old(end).extracted().rcpt(b"late@y").end();
        assert_eq!(verdict(&file), (None, false), "{size}");
        let mail = Envelope::parse(&file).unwrap();
        assert_eq!((mail.recipients().count(), mail.warnings().count()), (2, 0), "{size}");
        assert_eq!(mail.content_offset(), Some(end - 3), "{size}");
        let cut = old(end).extracted().finish();
        assert_eq!(verdict(&cut), (Some(ErrorKind::OutOfOrder), true), "{size}");
        for end in [end - 4, end - 3] {
            let file = old(end).extracted().end();
            assert_eq!(verdict(&file), (Some(ErrorKind::BadExtraOffset), true), "{size}");
        }
        let file = old(end + 500).extracted().end();
        assert_eq!(verdict(&file), (Some(ErrorKind::OutOfOrder), true), "{size}");
    }
    for size in ["", "x", "18 100", "1 x 18 100 2 0"] {
        let is_old = size.starts_with("1 x");
        assert_eq!(verdict(&head(size).message().extracted().end()).1, is_old, "{size}");
    }
}

#[test]
fn in_a_file_that_is_really_old_the_first_start_of_the_content_counts() {
    let old = |end: u64| head("18").record(RecordType::MESSAGE, format!("{end:15}")).text(b"x");
    let end = old(0).position();
    for second in ["", "0", "7", "999999999"] {
        let file = old(end).extracted().record(RecordType::MESSAGE, second).rcpt(b"late@y").end();
        assert_eq!(verdict(&file), (None, false), "{second}");
        let mail = Envelope::parse(&file).unwrap();
        assert_eq!(mail.content_offset(), Some(end - 3), "{second}");
        assert_eq!(mail.recipients().count(), 2, "{second}");
    }
}

#[test]
fn a_file_that_is_refused_before_kills_nobody() {
    let bad = Encoder::new().time(1_700_000_000).record(RecordType::ATTRIBUTE, "bad");
    let file = bad.record(RecordType::SIZE, "1").from(b"s@x").rcpt(b"r@y").end();
    assert_eq!(verdict(&file), (Some(ErrorKind::BadAttribute), false));
    let after = Encoder::new().time(1_700_000_000).record(RecordType::SIZE, "1");
    let file = after.record(RecordType::ATTRIBUTE, "bad").from(b"s@x").end();
    assert_eq!(verdict(&file), (Some(ErrorKind::OutOfOrder), true));
}

#[test]
fn a_queue_manager_dies_of_contents_that_end_where_no_file_reaches() {
    let file = |size: i64| {
        let head = |start: i64| {
            let size = size_payload([size, start, 1, 0, 5, 0]);
            Encoder::new()
                .record(RecordType::SIZE, size)
                .time(1_700_000_000)
                .from(b"s@x")
                .rcpt(b"r@y")
                .message()
        };
        let start = i64::try_from(head(1).position()).unwrap();
        (head(start).text(b"x").extracted().end(), start)
    };
    let (right, start) = file(3);
    assert_eq!(verdict(&right), (None, false));
    let last = i64::try_from(MAX_FILE).unwrap() - start;
    assert_eq!(verdict(&file(last).0), (Some(ErrorKind::SizeMismatch), false));
    for size in [last + 1, 1 << 50, i64::MAX] {
        let (file, start) = file(size);
        let (kind, deadly) = verdict(&file);
        let end = u64::try_from(size).unwrap() + u64::try_from(start).unwrap();
        assert_eq!((kind, deadly), (Some(ErrorKind::ContentOutOfReach { end }), true));
    }
}

#[test]
fn a_pointer_where_the_content_ends_is_followed() {
    for (name, recipients) in [
        ("end-pointer", 1),
        ("end-pointer-recipient", 2),
        ("end-pointer-nowhere", 1),
        ("end-pointer-nowhere-recipient", 2),
    ] {
        let file = read(name);
        assert_eq!(verdict(&file), (None, false), "{name}");
        let mail = Envelope::parse(&file).unwrap();
        let last = mail.recipients().last().unwrap();
        assert_eq!(mail.recipients().count(), recipients, "{name}");
        assert_eq!(last.address() == b"late@y.example", recipients == 2, "{name}");
    }
    // Also where something else is wrong with the file, so that it is not read strictly.
    let mut file = read("end-pointer-recipient");
    let end = file.len() - 2;
    file.splice(end..end, *b"A\x03bad");
    let mail = Envelope::parse(&file).unwrap();
    assert!(Envelope::parse_strict(&file).is_err());
    assert_eq!((mail.recipients().count(), mail.damage()), (2, None));
    assert_eq!(
        mail.warnings().map(|w| w.kind()).collect::<Vec<_>>(),
        [WarningKind::BadAttribute, WarningKind::RecipientCount { announced: 1, found: 2 },]
    );
}

#[test]
fn flags_are_numbers_of_32_bits() {
    for (name, flags) in [("flags-0", 0), ("flags-2-32", 0), ("flags-2-32-1", 1)] {
        let file = read(name);
        let mail = Envelope::parse_strict(&file).unwrap();
        assert_eq!(mail.size_record().unwrap().flags(), Some(flags), "{name}");
    }
}

#[test]
fn a_forwarded_client_is_taken_whole() {
    for (name, address) in [("xforward-1", "192.0.2.77"), ("xforward-2", "unknown")] {
        let file = read(name);
        let mail = Envelope::parse_strict(&file).unwrap();
        let client = mail.client().unwrap();
        assert_eq!(client.address, Some(address.as_bytes()), "{name}");
        assert_eq!(client.ip(), address.parse().ok(), "{name}");
        assert_eq!(client.helo, None, "{name}: that of the relay is another's");
        assert_eq!(mail.attribute(b"helo_name"), Some(&b"c.example"[..]), "{name}");
    }
}

/// The data of a size record, as cleanup(8) writes it.
fn size_payload(fields: [i64; 6]) -> String {
    fields.map(|field| format!("{field:15}")).join(" ")
}
