//! How much of a file is read, and that it is enough.

use postfix_queuefile::build::Encoder;
use postfix_queuefile::{Envelope, Queue, RecordType};
use proptest::prelude::*;

use crate::support::Tree;

/// Everything of an envelope that a reader can ask for.
fn facts(envelope: &Envelope<'_>) -> String {
    let recipients: Vec<_> = envelope.recipients().collect();
    let attributes: Vec<_> = envelope.attributes().collect();
    let warnings: Vec<_> = envelope.warnings().collect();
    format!(
        "{:?} {:?} {recipients:?} {attributes:?} {warnings:?} {:?}",
        envelope.sender(),
        envelope.arrival(),
        envelope.damage()
    )
}

/// Puts a file into a spool and compares what the spool makes of it with the whole file read at once.
fn check(file: &[u8], queue: Queue) {
    let tree = Tree::new();
    tree.file(&format!("{queue}/0A1B2C3D4E"), 0o700, file);
    let scan = tree.scan(&[queue]);
    let entry = scan.entry(&format!("{queue}/0A1B2C3D4E"));
    assert_eq!(facts(&entry.envelope()), facts(&Envelope::parse(file).unwrap()));
}

fn start() -> Encoder {
    Encoder::new().size().time(1_700_000_000).from(b"alice@example.org")
}

#[test]
fn a_message_of_any_size_is_read() {
    for lines in [0, 1, 20, 39, 40, 41, 60, 1000, 100_000] {
        let mut file = start().rcpt(b"bob@example.com").message();
        for _ in 0..lines {
            file = file.text(&[b'x'; 98]);
        }
        let file = file.extracted().rcpt(b"late@example.com").end();
        check(&file, Queue::Active);
    }
}

#[test]
fn envelopes_larger_than_a_page_on_either_side_are_read_whole() {
    for (before, after) in [(1000, 0), (0, 1000), (3000, 3000)] {
        let mut file = start();
        for n in 0..before {
            file = file
                .record(RecordType::ORIG_RCPT, b"list@example.com")
                .rcpt(format!("u{n}@example.com").as_bytes());
        }
        file = file.message();
        for _ in 0..1000 {
            file = file.text(&[b'x'; 98]);
        }
        file = file.extracted();
        for n in 0..after {
            file = file.rcpt(format!("v{n}@example.com").as_bytes());
        }
        check(&file.end(), Queue::Active);
    }
}

#[test]
fn one_address_may_be_larger_than_any_page() {
    let long = [b'u'; 300_000];
    let file = start().rcpt(&long).message().text(b"x").extracted().rcpt(&long).end();
    check(&file, Queue::Active);
}

#[test]
fn files_without_a_size_record_are_walked() {
    for lines in [1, 100, 10_000] {
        let mut file = Encoder::new().time(1_700_000_000).from(b"a@x").message();
        for _ in 0..lines {
            file = file.text(&[b'x'; 98]);
        }
        let file = file.extracted().rcpt(b"from-header@example.com").end();
        check(&file, Queue::Maildrop);
    }
    let huge = Encoder::new().time(1_700_000_000).from(b"a@x").message().text(&[b'x'; 300_000]);
    let huge = huge.text(b"y").record(RecordType::PADDING, [b'z'; 100_000]).text(&[b'x'; 70_000]);
    check(&huge.clone().extracted().rcpt(b"b@y").end(), Queue::Maildrop);
    // Where something else follows the text, or the file ends in it, the whole file says the same.
    check(&huge.clone().rcpt(&[b'r'; 90_000]).end(), Queue::Maildrop);
    check(&huge.clone().pointer(0).extracted().rcpt(b"b@y").end(), Queue::Maildrop);
    check(&huge.finish()[..400_000], Queue::Maildrop);
}

#[test]
fn edits_by_milters_are_followed_into_the_heap() {
    for lines in [1, 200, 2000] {
        let file = start();
        let sender = file.position() - 2 - b"alice@example.org".len() as u64;
        let after_sender = file.position();
        let file = file.rcpt(b"bob@example.com");
        let placeholder = file.position();
        let mut file = file.pointer(0).message();
        for _ in 0..lines {
            file = file.text(&[b'x'; 98]);
        }
        let file = file.extracted().record(RecordType::END, b"");
        // The heap: a new sender, and far behind it a recipient.
        let new_sender = file.position();
        let mut file = file.from(b"new@example.org").pointer(after_sender);
        for _ in 0..lines {
            file = file.text(&[b'y'; 98]);
        }
        let added = file.position();
        let file = file.rcpt(b"added@example.com").pointer(placeholder + 17);
        let file = file.redirect(sender, new_sender).redirect(placeholder, added).finish();
        let envelope = Envelope::parse(&file).unwrap();
        assert_eq!(envelope.sender(), Some(&b"new@example.org"[..]));
        assert_eq!(envelope.recipients().count(), 2);
        check(&file, Queue::Active);
    }
}

#[test]
fn a_size_record_that_leads_nowhere_costs_reading_and_nothing_else() {
    for numbers in
        [[50, 5_000_000, 1, 0, 50, 0], [i64::MAX, 300, 1, 0, 50, 0], [-5, -5, 1, 0, 0, 0]]
    {
        let size = numbers.map(|number: i64| format!("{number:15}")).join(" ");
        let mut file = Encoder::new().record(RecordType::SIZE, size).time(1_700_000_000);
        file = file.from(b"a@x").rcpt(b"b@y").message();
        for _ in 0..500 {
            file = file.text(&[b'x'; 98]);
        }
        check(&file.extracted().rcpt(b"c@z").end(), Queue::Active);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is cut off or overwritten: reading parts gives what reading everything gives.
    #[test]
    fn parts_tell_the_same_as_the_whole(
        lines in 0..120_usize,
        sized in any::<bool>(),
        cut in proptest::option::of(0.0..1.0_f64),
        flip in proptest::option::of((0.0..1.0_f64, any::<u8>())),
    ) {
        let file = if sized { start() } else { Encoder::new().time(1_700_000_000).from(b"a@x") };
        let mut file = file.rcpt(b"bob@example.com").message();
        for _ in 0..lines {
            file = file.text(&[b'x'; 98]);
        }
        let mut file = file.extracted().rcpt(b"late@example.com").end();
        let place = |part: f64, length: usize| ((length as f64 * part) as usize).min(length - 1);
        if let Some((at, byte)) = flip {
            let at = place(at, file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(place(cut, file.len()));
        }
        if Envelope::parse(&file).is_ok() {
            check(&file, Queue::Active);
        }
    }
}
