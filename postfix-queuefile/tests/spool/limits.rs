//! Where a search begins and ends, what is counted once, and how large a configuration may be.

use std::fs;
use std::os::unix::fs::symlink;

use postfix_queuefile::config::MainCf;
use postfix_queuefile::spool::{Skip, SpoolErrorKind};
use postfix_queuefile::{Queue, QueueId, Spool};

use crate::support::{Tree, message, scan};

fn id(name: &str) -> QueueId<'_> {
    QueueId::parse(name.as_bytes()).unwrap()
}

#[test]
fn a_queue_without_hash_directories_is_not_searched_below() {
    let tree = Tree::new();
    tree.message("maildrop/0/0A1B2C3D4E");
    assert!(tree.spool().find(id("0A1B2C3D4E")).unwrap().is_none());
    tree.message("maildrop/0A1B2C3D4E");
    // It is in its place, whatever the configuration says of that queue.
    let config = MainCf::parse(b"hash_queue_names = maildrop deferred\nhash_queue_depth = 2\n");
    let spool = Spool::locate(Some(tree.path()), Some(&config)).unwrap();
    assert!(!spool.find(id("0A1B2C3D4E")).unwrap().unwrap().is_misfiled());
    assert!(!scan(&spool, &[Queue::Maildrop]).entry("maildrop/0A1B2C3D4E").is_misfiled());
}

#[test]
fn a_broken_file_matters_more_than_a_queue_that_cannot_be_searched() {
    let tree = Tree::new();
    fs::remove_dir(tree.path().join("incoming")).unwrap();
    symlink(tree.path().join("hold"), tree.path().join("incoming")).unwrap();
    tree.file("active/4A1B2C3D4E", 0o700, b"hello");
    let error = tree.spool().find(id("4A1B2C3D4E")).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::File { .. }), "{error}");
}

#[test]
fn a_queue_directory_that_was_not_there_is_not_looked_for_again() {
    let tree = Tree::new();
    fs::remove_dir(tree.path().join("bounce")).unwrap();
    let mut logs = tree.spool().logs(Queue::Bounce);
    assert_eq!(logs.read(id("0A1B2C3D4E")).unwrap(), None);
    tree.file("bounce/0A1B2C3D4E", 0o600, "log");
    assert_eq!(logs.read(id("0A1B2C3D4E")).unwrap(), None);
    // The same of a hash directory, for all that is below it.
    let config = MainCf::parse(b"hash_queue_depth = 2\n");
    let mut logs = Spool::locate(Some(tree.path()), Some(&config)).unwrap().logs(Queue::Defer);
    assert_eq!(logs.read(id("0A1B2C3D4E")).unwrap(), None);
    tree.file("defer/0/B/0BBBBBBBBB", 0o600, "log");
    assert_eq!(logs.read(id("0BBBBBBBBB")).unwrap(), None);
    tree.file("defer/1/B/1BBBBBBBBB", 0o600, "log");
    assert!(logs.read(id("1BBBBBBBBB")).unwrap().is_some());
}

#[test]
fn what_is_no_directory_was_not_opened() {
    let tree = Tree::new();
    fs::remove_dir(tree.path().join("hold")).unwrap();
    tree.file("hold", 0o700, message());
    let scan = tree.scan(&[Queue::Hold]);
    assert_eq!(scan.errors.len(), 1);
    assert_eq!((scan.report.directories(), scan.report.unreadable_directories()), (0, 1));
    assert!(matches!(scan.errors[0].kind(), SpoolErrorKind::NotADirectory));
}

#[test]
fn empty_files_and_damaged_ones_are_told_apart() {
    let tree = Tree::new();
    tree.file("active/0A1B2C3D4E", 0o700, b"");
    tree.file("active/1A1B2C3D4E", 0o700, b"hello");
    tree.file("active/2A1B2C3D4E", 0o700, b"hello again");
    let mut skipped = tree.scan(&[Queue::Active]).skipped();
    skipped.sort();
    let mut expected = vec![(Skip::Empty, 1), (Skip::Malformed, 2)];
    expected.sort();
    assert_eq!(skipped, expected);
}

/// A message that is moved while the directories are listed can be met in both of them.
#[test]
fn a_second_listing_of_one_file_is_a_move() {
    let tree = Tree::new();
    let first = tree.message("deferred/0/0A1B2C3D4E");
    let link = |name: &str| {
        fs::hard_link(&first, tree.at(name)).unwrap();
    };
    link("deferred/1/0A1B2C3D4E");
    let report = tree.scan(&[Queue::Deferred]).report;
    assert_eq!((report.entries(), report.skipped_for(Skip::Moved)), (1, 1));
    let mut below = Spool::entries_below(tree.path().join("deferred"), Queue::Deferred).unwrap();
    assert_eq!(below.by_ref().count(), 1);
    assert_eq!(below.report().skipped_for(Skip::Moved), 1);
    #[cfg(feature = "parallel")]
    {
        use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
        let entries = tree.spool().entries(&[Queue::Deferred]);
        let report = entries.accounting();
        assert_eq!(entries.into_par_iter().count(), 1);
        assert_eq!(report().skipped_for(Skip::Moved), 1);
        let below = Spool::entries_below(tree.path().join("deferred"), Queue::Deferred).unwrap();
        assert_eq!(below.into_par_iter().filter(Result::is_ok).count(), 1);
    }
}

#[test]
fn sixteen_directories_below_any_directory_are_searched() {
    let tree = Tree::new();
    let deep = "0/".repeat(16);
    tree.message(&format!("deferred/{deep}00000000000000000A"));
    tree.message(&format!("deferred/{deep}0/00000000000000000B"));
    let mut below = Spool::entries_below(tree.path().join("deferred"), Queue::Deferred).unwrap();
    let found: Vec<_> = below.by_ref().map(|entry| entry.unwrap().id().to_string()).collect();
    assert_eq!(found, ["00000000000000000A"]);
    assert_eq!(below.report().skipped_for(Skip::TooDeep), 1);
}

#[test]
fn a_configuration_is_smaller_than_four_megabytes_and_knows_its_directory() {
    let tree = Tree::new();
    let error = MainCf::read(tree.path()).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::NotFound), "{error}");
    assert_eq!(error.path(), tree.path().join("main.cf"));
    let mut text = b"hash_queue_depth = 7\n#".to_vec();
    text.resize(4 * 1024 * 1024 - 1, b'x');
    tree.file("main.cf", 0o600, &text);
    let config = MainCf::read(tree.path()).unwrap();
    assert_eq!(config.number(b"hash_queue_depth"), Ok(7));
    let directory = config.get(b"config_directory").unwrap();
    assert_eq!(directory, tree.path().as_os_str().as_encoded_bytes());
    text.push(b'x');
    tree.file("main.cf", 0o600, &text);
    let error = MainCf::read(tree.path()).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::Io(_)), "{error}");
    fs::remove_file(tree.path().join("main.cf")).unwrap();
    fs::create_dir(tree.path().join("main.cf")).unwrap();
    let error = MainCf::read(tree.path()).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::Io(_)), "{error}");
}
