//! What holds in one queue and not in another, what a single bit or byte decides, and fractions of seconds.

use core::time::Duration;
use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::time::SystemTime;

use postfix_queuefile::build::Encoder;
use postfix_queuefile::config::RetryParams;
use postfix_queuefile::spool::{EntryWarning, Skip, SpoolErrorKind};
use postfix_queuefile::{Entry, Queue, QueueId, RecordType, Timestamp};

use crate::support::{Tree, message, set_modified};

fn message_queues() -> impl Iterator<Item = Queue> {
    Queue::ALL.iter().copied().filter(|queue| queue.holds_messages())
}

/// Puts a file into each queue and says what is true of its entry in which of them.
fn queues_where(file: &[u8], is_true: impl Fn(&Entry) -> bool) -> Vec<Queue> {
    let tree = Tree::new();
    for queue in message_queues() {
        set_modified(&tree.file(&format!("{queue}/0A1B2C3D4E"), 0o700, file), 1_700_000_600);
    }
    let scan = tree.scan(Queue::ALL);
    assert_eq!(scan.entries.len(), 7);
    let entries = message_queues().map(|queue| (queue, scan.entry(&format!("{queue}/0A1B2C3D4E"))));
    entries.filter(|(_, entry)| is_true(entry)).map(|(queue, _)| queue).collect()
}

#[test]
fn only_the_queue_says_what_the_times_of_a_file_mean() {
    let params = RetryParams::default();
    let due = Some(Timestamp::new(1_700_000_600, 0));
    let file = message();
    let all: Vec<_> = message_queues().collect();
    let but = |queue| all.iter().copied().filter(|&other| other != queue).collect::<Vec<_>>();
    assert_eq!(queues_where(&file, |entry| entry.next_retry() == due), [Queue::Deferred]);
    assert_eq!(queues_where(&file, |entry| entry.next_retry().is_some()), [Queue::Deferred]);
    let tried = Some(Timestamp::new(1_700_000_300, 0));
    assert_eq!(queues_where(&file, |e| e.last_attempt(&params) == tried), [Queue::Deferred]);
    assert_eq!(queues_where(&file, |e| e.last_attempt(&params).is_some()), [Queue::Deferred]);
    let expiry = Some(Timestamp::new(1_700_432_000, 0));
    assert_eq!(queues_where(&file, |e| e.expires(&params) == expiry), but(Queue::Maildrop));
    assert_eq!(queues_where(&file, |e| e.expires(&params).is_none()), [Queue::Maildrop]);
    assert_eq!(queues_where(&file, Entry::is_requeued), [Queue::Maildrop]);
    // The queue manager reads these three.
    let deadly = b"C\x011T\x0a1700000000S\x03a@bR\x03c@dE\0";
    let dies = queues_where(deadly, Entry::kills_queue_manager);
    assert_eq!(dies, [Queue::Incoming, Queue::Active, Queue::Deferred]);
    assert_eq!(queues_where(deadly, |e| e.envelope().kills_queue_manager()), all);
    // A file without a size record waits for pickup in `maildrop` alone.
    let submitted = Encoder::new().time(1_700_000_000).from(b"a@x").rcpt(b"b@y");
    let submitted = submitted.message().extracted().end();
    assert_eq!(queues_where(&submitted, |e| e.warnings().count() == 0), [Queue::Maildrop]);
    let odd = Encoder::new().time(1_700_000_000).from(b"a@x").from(b"c@x").rcpt(b"b@y");
    let odd = odd.message().extracted().end();
    assert_eq!(queues_where(&odd, |e| e.warnings().count() == 1), [Queue::Maildrop]);
    assert_eq!(queues_where(&odd, |e| e.warnings().count() == 2), but(Queue::Maildrop));
}

#[test]
fn expiry_counts_from_the_creation_and_a_missing_sender_is_none() {
    let tree = Tree::new();
    let params = RetryParams {
        bounce_queue_lifetime: Duration::from_secs(100),
        maximal_queue_lifetime: Duration::from_secs(1000),
        ..RetryParams::default()
    };
    let start = || Encoder::new().size().record(RecordType::TIME, "1700000000 999999");
    let end = |file: Encoder| file.rcpt(b"b@y").message().extracted().end();
    for (name, file, seconds) in [
        ("0A1B2C3D4E", start().from(b"a@x"), 1_700_001_000),
        ("1A1B2C3D4E", start().from(b""), 1_700_000_100),
        ("2A1B2C3D4E", start(), 1_700_000_100),
        ("3A1B2C3D4E", start().attribute("create_time", "1700000005").from(b"a@x"), 1_700_001_005),
    ] {
        tree.file(&format!("hold/{name}"), 0o700, end(file));
        let scan = tree.scan(&[Queue::Hold]);
        let entry = scan.entry(&format!("hold/{name}"));
        assert_eq!(entry.expires(&params), Some(Timestamp::new(seconds, 0)), "{name}");
        assert_eq!(entry.arrival(), Timestamp::new(1_700_000_000, 999_999), "{name}");
    }
    let none = end(Encoder::new().size().from(b"a@x"));
    tree.file("hold/4A1B2C3D4E", 0o700, none);
    assert_eq!(tree.scan(&[Queue::Hold]).entry("hold/4A1B2C3D4E").expires(&params), None);
}

#[test]
fn each_permission_bit_has_one_meaning() {
    let tree = Tree::new();
    let bits = [0o001, 0o002, 0o004, 0o010, 0o020, 0o040, 0o100, 0o200, 0o400, 0o1000];
    for bit in bits {
        tree.file(&format!("hold/0A1B2C3D{bit:04}"), 0o700 | bit, message());
    }
    let scan = tree.scan(&[Queue::Hold]);
    for bit in bits {
        let entry = scan.entry(&format!("hold/0A1B2C3D{bit:04}"));
        assert_eq!(entry.is_forced_to_expire(), bit == 0o010, "{bit:o}");
        assert_eq!(entry.is_unthrottled(), bit == 0o040, "{bit:o}");
    }
}

#[test]
fn owner_bits_mean_the_same_in_all_queues_but_corrupt() {
    for owner in 0..=7 {
        for others in [0, 0o77] {
            let tree = Tree::new();
            for queue in message_queues() {
                tree.file(&format!("{queue}/0A1B2C3D4E"), owner << 6 | others, message());
            }
            let scan = tree.scan(Queue::ALL);
            let given: Vec<_> = scan.entries.values().map(Entry::queue).collect();
            let skipped = match owner {
                7 => vec![],
                6 => vec![(Skip::Unfinished, 7)],
                4 => vec![(Skip::MarkedCorrupt, 6)],
                _ => vec![(Skip::OddMode, 7)],
            };
            assert_eq!(scan.skipped(), skipped, "{owner}");
            match owner {
                7 => assert_eq!(given.len(), 7),
                4 => assert_eq!(given, [Queue::Corrupt]),
                _ => assert!(given.is_empty(), "{owner}"),
            }
        }
    }
}

fn set_modified_exactly(path: &Path, time: Duration) {
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + time);
    File::options().write(true).open(path).unwrap().set_times(times).unwrap();
}

#[test]
fn fractions_of_seconds_are_kept() {
    let tree = Tree::new();
    let file = Encoder::new().size().record(RecordType::TIME, "1700000000 250000").from(b"a@x");
    let path =
        tree.file("deferred/0/0A1B2C3D4E", 0o700, file.rcpt(b"b@y").message().extracted().end());
    set_modified_exactly(&path, Duration::new(1_700_000_500, 999_999_999));
    let scan = tree.scan(Queue::LISTED);
    let entry = scan.entry("deferred/0/0A1B2C3D4E");
    assert_eq!(entry.arrival(), Timestamp::new(1_700_000_000, 250_000));
    assert_eq!(entry.age_at(Duration::new(1_700_000_001, 0)), Duration::from_millis(750));
    assert_eq!(entry.age_at(Duration::new(1_700_000_000, 250_001_000)), Duration::from_micros(1));
    assert_eq!(entry.age_at(Duration::new(1_700_000_000, 249_999_000)), Duration::ZERO);
    assert_eq!(entry.file().modified(), Timestamp::new(1_700_000_500, 999_999));
    assert_eq!(entry.next_retry(), Some(Timestamp::new(1_700_000_500, 999_999)));
}

#[test]
fn a_message_without_times_is_as_old_as_its_long_id_says() {
    let tree = Tree::new();
    let file = Encoder::new().size().from(b"a@x").rcpt(b"b@y").message().extracted().end();
    // The last microsecond of a second; an impossible fraction; short.
    for name in ["4SVLCh75plz7WRq", "4SVLCh75pmz7WRq", "0A1B2C3D4E"] {
        set_modified_exactly(
            &tree.file(&format!("hold/{name}"), 0o700, &file),
            Duration::new(1_234, 5_000),
        );
    }
    let scan = tree.scan(&[Queue::Hold]);
    let arrival = |name: &str| scan.entry(&format!("hold/{name}")).arrival();
    assert_eq!(arrival("4SVLCh75plz7WRq"), Timestamp::new(1_700_000_000, 999_999));
    assert_eq!(arrival("4SVLCh75pmz7WRq"), Timestamp::new(1_234, 5));
    assert_eq!(arrival("0A1B2C3D4E"), Timestamp::new(1_234, 5));
}

#[test]
fn a_queue_that_is_given_twice_is_read_once() {
    let tree = Tree::new();
    tree.message("hold/0A1B2C3D4E");
    tree.file("hold/1A1B2C3D4E", 0o600, message());
    tree.file("hold/a.b", 0o700, message());
    let once = tree.scan(&[Queue::Hold]);
    let twice = tree.scan(&[Queue::Hold, Queue::Hold, Queue::Hold]);
    assert_eq!(twice.order, once.order);
    assert_eq!(twice.report, once.report);
    let names = |queues: &[Queue]| -> Vec<_> {
        tree.spool().names(queues).map(|name| name.unwrap().id().to_string()).collect()
    };
    assert_eq!(names(&[Queue::Hold, Queue::Active, Queue::Hold]), names(&[Queue::Hold]));
    assert_eq!(names(&[Queue::Hold]).len(), 2);
}

#[test]
fn names_follow_the_order_in_which_the_queues_are_given() {
    let tree = Tree::new();
    for queue in ["active", "hold", "defer"] {
        tree.message(&format!("{queue}/0A1B2C3D4E"));
    }
    let queues = |given: &[Queue]| -> Vec<_> {
        tree.spool().names(given).map(|name| name.unwrap().queue()).collect()
    };
    let all = [Queue::Defer, Queue::Hold, Queue::Active];
    assert_eq!(queues(&all), all);
    assert_eq!(queues(&[Queue::Hold, Queue::Active, Queue::Hold]), [Queue::Hold, Queue::Active]);
}

#[test]
fn names_of_one_byte_are_those_of_directories() {
    let tree = Tree::new();
    for name in ["A", "z", "_", "7", "AB", "__"] {
        tree.message(&format!("hold/{name}"));
    }
    let scan = tree.scan(&[Queue::Hold]);
    assert_eq!(scan.paths(), ["hold/AB", "hold/__"]);
    assert_eq!(scan.skipped(), [(Skip::OneCharacter, 4)]);
    let names = tree.spool().names(&[Queue::Hold]);
    let mut names: Vec<_> = names.map(|name| name.unwrap().id().to_string()).collect();
    names.sort();
    assert_eq!(names, ["AB", "__"]);
    fs::remove_file(tree.at("hold/_")).unwrap();
    tree.message("hold/_/_1B2C3D4E5");
    assert!(tree.scan(&[Queue::Hold]).paths().contains(&"hold/_/_1B2C3D4E5"));
}

#[test]
fn an_error_about_one_queue_is_given_once_and_the_others_are_read() {
    let tree = Tree::new();
    fs::remove_dir(tree.at("active")).unwrap();
    fs::write(tree.at("active"), b"").unwrap();
    tree.message("incoming/0A1B2C3D4E");
    tree.message("hold/1A1B2C3D4E");
    let mut names = tree.spool().names(Queue::LISTED);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for name in &mut names {
        match name {
            Ok(name) => found.push(name.id().to_string()),
            Err(error) => errors.push(error),
        }
    }
    assert_eq!(found, ["0A1B2C3D4E", "1A1B2C3D4E"]);
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(matches!(error.kind(), SpoolErrorKind::NotADirectory));
    assert_eq!((error.queue(), error.path()), (Some(Queue::Active), &*tree.at("active")));
    assert!(names.next().is_none());
    // A scan of several queues lists them more than once.
    let scan = tree.scan(Queue::LISTED);
    assert_eq!((scan.errors.len(), scan.paths().len()), (1, 2));
    assert_eq!(scan.report.unreadable_directories(), 1);
    assert_eq!(scan.report.queue(Queue::Active).unreadable_directories(), 1);
    let id = |name: &'static str| QueueId::parse(name.as_bytes()).unwrap();
    assert!(tree.spool().find(id("1A1B2C3D4E")).unwrap().is_some());
    assert_eq!(tree.spool().find(id("2A1B2C3D4E")).unwrap_err().queue(), Some(Queue::Active));
}

#[test]
fn each_listing_of_a_directory_counts() {
    let tree = Tree::new();
    tree.message("deferred/0/0A1B2C3D4E");
    tree.message("deferred/1/1A1B2C3D4E");
    // One queue alone is listed once: its own directory and two below.
    let report = tree.scan(&[Queue::Deferred]).report;
    assert_eq!((report.directories(), report.queue(Queue::Deferred).directories()), (3, 3));
    // Of several queues, all are listed again, and then no message was new.
    let report = tree.scan(&[Queue::Deferred, Queue::Hold]).report;
    assert_eq!((report.directories(), report.queue(Queue::Hold).directories()), (8, 2));
}

#[test]
fn a_message_that_moves_on_and_on_is_counted_in_each_place_of_the_first_pass() {
    let tree = Tree::new();
    tree.message("incoming/0A1B2C3D4E");
    tree.message("hold/1A1B2C3D4E");
    let mut entries = tree.spool().entries(Queue::LISTED);
    assert_eq!(entries.next().unwrap().unwrap().queue(), Queue::Incoming);
    fs::rename(tree.at("incoming/0A1B2C3D4E"), tree.at("deferred/0/0A1B2C3D4E")).unwrap();
    assert_eq!(entries.next().unwrap().unwrap().queue(), Queue::Hold);
    let report = entries.report();
    assert_eq!((report.entries(), report.skipped_for(Skip::Moved), report.files()), (2, 1, 3));
    assert_eq!(report.queue(Queue::Deferred).skipped_for(Skip::Moved), 1);
    // Later passes meet it again, in yet another place.
    fs::rename(tree.at("deferred/0/0A1B2C3D4E"), tree.at("active/0A1B2C3D4E")).unwrap();
    assert!(entries.next().is_none());
    let report = entries.report();
    assert_eq!((report.entries(), report.skipped_for(Skip::Moved), report.files()), (2, 1, 3));
}

#[test]
fn what_vanished_and_came_back_elsewhere_is_a_message_and_nothing_else() {
    let tree = Tree::new();
    let names: Vec<String> = (0..50).map(|n| format!("0A1B2C3D{n:02}")).collect();
    for name in &names {
        tree.message(&format!("hold/{name}"));
    }
    let mut entries = tree.spool().entries(&[Queue::Active, Queue::Hold]);
    entries.next().unwrap().unwrap();
    // All others vanish from where they were listed, and are in a queue that was listed before.
    let given = entries.report().entries();
    for name in &names {
        let _ = fs::rename(tree.at(&format!("hold/{name}")), tree.at(&format!("active/{name}")));
    }
    assert_eq!(given, 1);
    assert_eq!(entries.by_ref().filter(Result::is_ok).count(), 49);
    let report = entries.report();
    assert_eq!((report.entries(), report.skipped_for(Skip::Vanished), report.files()), (50, 0, 50));
    // What does not come back stays counted, once, however often the queues are listed.
    let mut entries = tree.spool().entries(&[Queue::Active, Queue::Hold]);
    entries.next().unwrap().unwrap();
    for name in &names {
        fs::remove_file(tree.at(&format!("active/{name}"))).unwrap();
    }
    assert_eq!(entries.by_ref().count(), 0);
    let report = entries.report();
    assert_eq!((report.entries(), report.skipped_for(Skip::Vanished), report.files()), (1, 49, 50));
}

#[test]
fn the_hash_directories_of_one_queue_say_nothing_about_another() {
    let tree = Tree::new();
    for path in ["incoming/A1B2C3D4E5", "active/A2B2C3D4E5", "hold/A3B2C3D4E5"] {
        tree.message(path);
    }
    for directory in ["incoming/A", "hold/A"] {
        fs::create_dir(tree.at(directory)).unwrap();
    }
    let scan = tree.scan(Queue::LISTED);
    let misfiled: Vec<_> = scan.entries.values().filter(|entry| entry.is_misfiled()).collect();
    let queues: Vec<_> = misfiled.iter().map(|entry| entry.queue()).collect();
    assert_eq!(queues, [Queue::Hold, Queue::Incoming]);
}

#[test]
fn a_file_of_two_names_is_given_by_both_and_says_so() {
    let tree = Tree::new();
    let path = tree.message("hold/0A1B2C3D4E");
    assert_eq!(tree.scan(&[Queue::Hold]).entry("hold/0A1B2C3D4E").warnings().count(), 0);
    fs::hard_link(&path, tree.at("hold/1A1B2C3D4E")).unwrap();
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.paths(), ["hold/0A1B2C3D4E", "hold/1A1B2C3D4E"]);
    for entry in scan.entries.values() {
        assert_eq!(entry.warnings().collect::<Vec<_>>(), [EntryWarning::Links(2)]);
    }
}
