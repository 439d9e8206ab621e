//! Modes and times: rows 1, 4 to 8, 34 and 36 of the table of malformed input, and when what is due.

use core::time::Duration;

use postfix_queuefile::build::Encoder;
use postfix_queuefile::config::RetryParams;
use postfix_queuefile::spool::{EntryWarning, Skip, SpoolErrorKind};
use postfix_queuefile::{ErrorKind, Queue, Timestamp};

use crate::support::{Tree, message, set_modified};

#[test]
fn the_owner_bits_tell_what_a_file_is() {
    let tree = Tree::new();
    for (n, mode) in [0o700, 0o600, 0o400, 0o500, 0o000, 0o710, 0o740, 0o777, 0o755, 0o644, 0o744]
        .into_iter()
        .enumerate()
    {
        tree.file(&format!("hold/0A1B2C3D{n:02}"), mode, message());
    }
    let scan = tree.scan(Queue::LISTED);
    let flags: Vec<_> = (scan.entries.values())
        .map(|entry| (entry.file().mode(), entry.is_forced_to_expire(), entry.is_unthrottled()))
        .collect();
    assert_eq!(
        flags,
        [
            (0o700, false, false),
            (0o710, true, false),
            (0o740, false, true),
            (0o777, true, true),
            (0o755, true, true),
            (0o744, false, true),
        ]
    );
    assert_eq!(
        scan.skipped(),
        [(Skip::Unfinished, 2), (Skip::MarkedCorrupt, 1), (Skip::OddMode, 2)]
    );
}

#[test]
fn files_marked_as_corrupt_are_what_one_looks_for_in_corrupt() {
    let tree = Tree::new();
    tree.file("corrupt/0A1B2C3D4E", 0o400, message());
    tree.file("corrupt/1A1B2C3D4E", 0o700, message());
    tree.file("corrupt/2A1B2C3D4E", 0o600, message());
    let scan = tree.scan(&[Queue::Corrupt]);
    assert_eq!(scan.paths(), ["corrupt/0A1B2C3D4E", "corrupt/1A1B2C3D4E"]);
}

#[test]
fn a_file_without_a_byte_or_of_another_kind_is_an_error_that_says_where() {
    let tree = Tree::new();
    tree.file("active/0A1B2C3D4E", 0o710, b"");
    tree.file("active/1A1B2C3D4E", 0o700, b"GIF89a");
    tree.message("active/2A1B2C3D4E");
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.paths(), ["active/2A1B2C3D4E"]);
    assert_eq!(scan.skipped(), [(Skip::Empty, 1), (Skip::Malformed, 1)]);
    let mut kinds: Vec<_> = (scan.errors.iter())
        .map(|error| match error.kind() {
            SpoolErrorKind::File { error: cause, file } => {
                let name = error.path().file_name().unwrap().to_str().unwrap();
                (name, cause.kind(), file.mode(), file.size())
            }
            kind => panic!("{kind}"),
        })
        .collect();
    kinds.sort_by_key(|(name, ..)| *name);
    assert_eq!(
        kinds,
        [
            ("0A1B2C3D4E", ErrorKind::Empty, 0o710, 0),
            ("1A1B2C3D4E", ErrorKind::NotAQueueFile { first: b'G' }, 0o700, 6),
        ]
    );
}

#[test]
fn a_file_that_the_queue_manager_would_refuse_is_given_with_what_is_wrong() {
    let tree = Tree::new();
    let whole = message();
    tree.file("active/0A1B2C3D4E", 0o700, &whole[..whole.len() - 2]);
    let scan = tree.scan(Queue::LISTED);
    let entry = scan.entry("active/0A1B2C3D4E");
    assert_eq!(entry.envelope().recipients().count(), 1);
    let warnings: Vec<_> = entry.warnings().collect();
    let [EntryWarning::Damaged(error)] = warnings[..] else { panic!("{warnings:?}") };
    assert_eq!(error.kind(), ErrorKind::MissingEnd);
}

#[test]
fn the_arrival_has_fallbacks() {
    let tree = Tree::new();
    let without = Encoder::new().size().from(b"a@x").rcpt(b"b@y").message().extracted().end();
    for name in ["3Pt2mN2VXxznjll", "0A1B2C3D4E"] {
        set_modified(&tree.file(&format!("hold/{name}"), 0o700, &without), 1_234_567);
    }
    tree.message("hold/1A1B2C3D4E");
    let scan = tree.scan(Queue::LISTED);
    let arrival = |name: &str| scan.entry(&format!("hold/{name}")).arrival();
    assert_eq!(arrival("1A1B2C3D4E"), Timestamp::new(1_700_000_000, 0));
    assert_eq!(arrival("3Pt2mN2VXxznjll"), Timestamp::new(1_300_631_508, 353_025));
    assert_eq!(arrival("0A1B2C3D4E"), Timestamp::new(1_234_567, 0));
    let entry = scan.entry("hold/1A1B2C3D4E");
    let at = |seconds| entry.age_at(Duration::from_secs(seconds));
    assert_eq!(at(1_700_000_060), Duration::from_secs(60));
    assert_eq!(at(1_600_000_000), Duration::ZERO, "mail from the future is new");
}

#[test]
fn retries_and_expiry_follow_from_the_modification_time_and_the_age() {
    let tree = Tree::new();
    let params = RetryParams::default();
    for path in ["deferred/0/0A1B2C3D4E", "active/0A1B2C3D4E", "maildrop/0A1B2C3D4E"] {
        set_modified(&tree.message(path), 1_700_002_400);
    }
    let bounce = Encoder::new().size().time(1_700_000_000).attribute("create_time", "1700000010");
    let bounce = bounce.from(b"").rcpt(b"b@y").message().extracted().end();
    set_modified(&tree.file("deferred/1/1A1B2C3D4E", 0o700, bounce), 1_700_000_310);
    let scan = tree.scan(Queue::LISTED);
    let entry = scan.entry("deferred/0/0A1B2C3D4E");
    let seconds = |time: Option<Timestamp>| time.map(Timestamp::seconds);
    assert_eq!(seconds(entry.next_retry()), Some(1_700_002_400));
    assert_eq!(seconds(entry.last_attempt(&params)), Some(1_700_001_200));
    assert_eq!(seconds(entry.expires(&params)), Some(1_700_432_000));
    let active = scan.entry("active/0A1B2C3D4E");
    assert_eq!(active.next_retry().or(active.last_attempt(&params)), None);
    assert_eq!(seconds(active.expires(&params)), Some(1_700_432_000));
    assert_eq!(scan.entry("maildrop/0A1B2C3D4E").expires(&params), None);
    assert!(scan.entry("maildrop/0A1B2C3D4E").is_requeued() && !active.is_requeued());
    let bounce = scan.entry("deferred/1/1A1B2C3D4E");
    assert_eq!(seconds(bounce.last_attempt(&params)), Some(1_700_000_010));
    let mut short = params;
    short.bounce_queue_lifetime = Duration::from_secs(60);
    assert_eq!(seconds(bounce.expires(&short)), Some(1_700_000_070));
}

#[test]
fn conditions_are_closures() {
    let tree = Tree::new();
    let file = Encoder::new().size().time(1_700_000_000);
    let file = file.attribute("client_address", "192.0.2.7").attribute("sasl_username", "eve");
    let file = file.from(b"News@Lists.Example").rcpt(b"bob@EXAMPLE.com").rcpt(b"\"a@b\"@x.test");
    let file = file.record(postfix_queuefile::RecordType::DONE, b"done@done.test");
    let file = file.message().text(b"text").extracted().end();
    let size = file.len() as u64;
    tree.file("hold/0A1B2C3D4E", 0o700, file);
    let scan = tree.scan(Queue::LISTED);
    let mail = scan.entry("hold/0A1B2C3D4E");
    assert!(mail.has_recipient(b"bob@example.COM") && !mail.has_recipient(b"Bob@example.com"));
    assert!(mail.has_recipient_in(b"x.TEST") && !mail.has_recipient_in(b"b\"@x.test"));
    assert!(!mail.has_recipient_in(b"done.test"), "delivered");
    assert!(mail.is_from_domain(b"lists.example") && !mail.is_from_domain(b"example"));
    let has = |name: &[u8], value: &[u8]| mail.envelope().attributes().any(|a| a == (name, value));
    assert!(has(b"client_address", b"192.0.2.7") && has(b"sasl_username", b"eve"));
    assert_eq!((mail.size(), mail.file().size()), (6, size));
}

#[test]
fn a_file_that_waits_for_pickup_is_as_it_should_be() {
    let tree = Tree::new();
    let file = Encoder::new().time(1_700_000_000).from(b"root").rcpt(b"bob").rcpt(b"c@d");
    let file = file.message().text(b"text").extracted().end();
    tree.file("maildrop/0A1B2C3D4E", 0o755, &file);
    tree.file("deferred/1/1A1B2C3D4E", 0o700, &file);
    let scan = tree.scan(Queue::LISTED);
    let waiting = scan.entry("maildrop/0A1B2C3D4E");
    assert_eq!(waiting.warnings().collect::<Vec<_>>(), []);
    assert!(waiting.has_recipient(b"bob") && waiting.has_recipient_in(b""));
    assert!(waiting.is_from_domain(b"") && !waiting.has_recipient(b"root"));
    assert!(!waiting.is_requeued());
    // Elsewhere the queue manager asks for a size record.
    let stuck = scan.entry("deferred/1/1A1B2C3D4E");
    assert_eq!(stuck.to_string(), "deferred/1/1A1B2C3D4E");
    let texts: Vec<_> = stuck.warnings().map(|warning| warning.to_string()).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
}
