//! What is allocated, and how many steps are taken: nothing for an ordinary envelope, and no more than the file is long
//! for a hostile one.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read as _;

use allocation_counter::measure;
use postfix_queuefile::bounce::{BounceKind, BounceLog};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::stream::Pieces;
use postfix_queuefile::{Envelope, ErrorKind, QueueId, RecordType, message, records, walk};

#[test]
fn an_ordinary_envelope_allocates_nothing() {
    let mut files = 0_u64;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|name| name != "qf") {
            continue;
        }
        let file = std::fs::read(&path).unwrap();
        let mut found = 0;
        let count = measure(|| found = read(&file));
        assert_eq!(count.count_total, 0, "{}", path.display());
        assert!(found > 0 || file.is_empty(), "{}", path.display());
        files += 1;
    }
    assert!(files > 20, "{files} files");
}

/// Reads all that the borrowed path gives; counts it.
fn read(file: &[u8]) -> usize {
    let Ok(mail) = Envelope::parse(file) else { return 0 };
    let strict = Envelope::parse_strict(file).is_ok();
    let parts = Pieces::new(file.len() as u64).with(0, file).unwrap_or_default();
    let values = [
        mail.sender(),
        mail.filter(),
        mail.redirect(),
        mail.full_name(),
        mail.verp(),
        mail.envelope_id(),
        mail.attribute(b"client_name"),
        mail.client().and_then(|client| client.address),
        mail.sasl().and_then(|sasl| sasl.username),
    ];
    let texts = message(file).read().bytes().count();
    let recipients = mail.recipients().map(|recipient| recipient.address().len()).sum::<usize>();
    let log = BounceLog::parse(b"recipient=r@y\noffset=7\nreason=why\n\n", BounceKind::Defer);
    usize::from(strict)
        + usize::from(Envelope::parse_pieces(parts).is_ok())
        + values.iter().flatten().count()
        + recipients
        + texts
        + mail.attributes().count()
        + mail.warnings().count()
        + records(file).count()
        + walk(file).count()
        + log.filter_map(|entry| entry.reason()).count()
        + QueueId::parse(b"3Pt2mN2VXxznjll").map_or(0, |id| id.hash_dirs(2).count())
}

#[test]
fn the_number_of_recipients_does_not_matter() {
    let mut file = Encoder::new().size().time(1_700_000_000).from(b"s@x");
    for _ in 0..10_000 {
        file = file
            .attribute("dsn_orig_rcpt", "rfc822;o@y")
            .record(RecordType::ORIG_RCPT, b"o@y")
            .rcpt(b"r@y");
    }
    let file = file.message().text(b"x").extracted().end();
    let mut found = 0;
    let count = measure(|| found = Envelope::parse(&file).unwrap().recipients().count());
    assert_eq!((count.count_total, found), (0, 10_000));
}

/// Records side by side, each with the rest of the file for its data: a reader that looks through the data of every record
/// takes quadratic time.
fn overlap(records: u64) -> Vec<u8> {
    let head = Encoder::new().time(1_700_000_000).from(b"s@x");
    let first = head.position();
    let pointer = |record: u64| first + 4 * records + 17 * record;
    let mut file = head.finish();
    for record in 0..records {
        let length = pointer(record) - (first + 4 * record + 4);
        // The length in three bytes, and no data of its own.
        let byte = |shift: u64| u8::try_from(length >> shift & 0x7f).unwrap();
        file.extend([b'A', byte(0) | 0x80, byte(7) | 0x80, byte(14)]);
    }
    let mut file = Encoder::new().raw(&file);
    for record in 1..=records {
        file = file.pointer(if record < records { first + 4 * record } else { pointer(records) });
    }
    file.rcpt(b"r@y").message().extracted().end()
}

#[test]
fn overlapping_records_take_bounded_steps() {
    let mut steps = Vec::new();
    for count in [1000, 2000, 4000, 16_000] {
        let file = overlap(count);
        let mut mail = None;
        let allocated = measure(|| mail = Envelope::parse(&file).ok());
        let mail = mail.unwrap();
        assert_eq!(mail.damage().unwrap().kind(), ErrorKind::OverlappingRecords, "{count}");
        // What is stepped over is bounded by the file, so fewer records than it announces are met.
        let data = |record: &postfix_queuefile::Record<'_>| record.data().len();
        let spent: usize = walk(&file).map_while(Result::ok).map(|record| data(&record)).sum();
        assert!(spent <= 4 * file.len() + 64 * 1024, "{spent} of {}", file.len());
        let met = walk(&file).count() + mail.attributes().count() + mail.recipients().count();
        steps.push(met as f64 / file.len() as f64);
        assert_eq!(allocated.count_total, 0);
    }
    assert!(overlap(16_000).len() >= 336_000);
    assert!(steps.iter().all(|&steps| steps < 1.0), "{steps:?}");
}

/// A scan keeps the path and the bytes of each file: those of its end, too, where they are beyond the first page.
#[cfg(unix)]
#[test]
fn a_scan_allocates_for_the_path_and_the_bytes_of_each_file() {
    use std::os::unix::fs::PermissionsExt;

    use postfix_queuefile::{Queue, Spool};

    const FILES: u64 = 200;
    for (text, each) in [(100, 2), (10_000, 4)] {
        let place = tempfile::tempdir().unwrap();
        let queue = place.path().join("deferred");
        std::fs::create_dir(&queue).unwrap();
        let file = Encoder::new().size().time(1).from(b"s@x").rcpt(b"r@y").message();
        let file = file.text(&vec![b'x'; text]).extracted().end();
        for number in 0..FILES {
            let path = queue.join(format!("0A1B2{number:05X}"));
            std::fs::write(&path, &file).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        }
        let spool = Spool::open(place.path()).unwrap();
        let mut found = 0;
        let count =
            measure(|| found = spool.entries(&[Queue::Deferred]).filter_map(Result::ok).count());
        assert_eq!(found as u64, FILES);
        // What is seen of the directory, and the table of what was met, which doubles now and then.
        let other = 60;
        assert!(count.count_total <= each * FILES + other, "{} for {text}", count.count_total);
        // An entry is dropped before the next one is read.
        assert!(count.bytes_max < 256 * 1024, "{} bytes at once", count.bytes_max);
    }
}
