//! Messages that move while they are counted, as they do under a working queue manager.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::time::Instant;

use postfix_queuefile::{Queue, Spool};

use crate::support::{Tree, scan};

/// Moves messages back and forth between two directories until told to stop.
fn shuttle(tree: &Tree, ids: &[String], pause: Duration, done: &AtomicBool) {
    let place = |id: &str, at_home: bool| match at_home {
        true => tree.path().join(format!("deferred/{}/{id}", &id[..1])),
        false => tree.path().join(format!("active/{id}")),
    };
    let mut at_home = true;
    while !done.load(Ordering::Relaxed) {
        for id in ids {
            fs::rename(place(id, at_home), place(id, !at_home)).unwrap();
            std::thread::sleep(pause);
        }
        at_home = !at_home;
    }
}

#[test]
fn every_message_is_given_once_however_it_moves() {
    let tree = Tree::new();
    let ids: Vec<String> = (0..64).map(|n| format!("{:X}A1B2C3D{n:02}", n % 16)).collect();
    for id in &ids {
        tree.message(&format!("deferred/{}/{id}", &id[..1]));
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| shuttle(&tree, &ids, Duration::from_micros(500), &done));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            let scan = scan(&tree.spool(), Queue::LISTED);
            let mut found: Vec<_> =
                scan.entries.values().map(|entry| entry.id().to_string()).collect();
            found.sort();
            let mut expected = ids.clone();
            expected.sort();
            assert_eq!(found, expected, "{:?}", scan.report);
            assert!(scan.errors.is_empty());
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_message_that_moves_back_behind_the_scan_is_found() {
    let tree = Tree::new();
    tree.message("active/0A1B2C3D4E");
    tree.message("deferred/1/1A1B2C3D4E");
    let mut entries = tree.spool().entries(Queue::LISTED);
    assert_eq!(entries.next().unwrap().unwrap().id().as_str(), "0A1B2C3D4E");
    fs::rename(tree.at("deferred/1/1A1B2C3D4E"), tree.at("active/1A1B2C3D4E")).unwrap();
    let entry = entries.next().unwrap().unwrap();
    assert_eq!((entry.id().as_str(), entry.queue()), ("1A1B2C3D4E", Queue::Active));
    assert!(entries.next().is_none());
    assert_eq!((entries.report().files(), entries.report().entries()), (2, 2));
}

#[test]
fn a_message_that_moves_on_is_given_once_and_accounted_for() {
    let tree = Tree::new();
    tree.message("incoming/0A1B2C3D4E");
    let mut entries = tree.spool().entries(Queue::LISTED);
    assert_eq!(entries.next().unwrap().unwrap().queue(), Queue::Incoming);
    fs::rename(tree.at("incoming/0A1B2C3D4E"), tree.at("active/0A1B2C3D4E")).unwrap();
    assert!(entries.next().is_none());
    let report = entries.report();
    assert_eq!((report.files(), report.entries()), (2, 1));
    assert_eq!(report.skipped_for(postfix_queuefile::spool::Skip::Moved), 1);
}

#[test]
fn a_file_that_is_finished_meanwhile_is_a_message() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::new();
    let path = tree.message("incoming/0A1B2C3D4E");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    tree.message("hold/1A1B2C3D4E");
    let mut entries = tree.spool().entries(Queue::LISTED);
    assert_eq!(entries.next().unwrap().unwrap().queue(), Queue::Hold);
    assert_eq!(entries.report().skipped_for(postfix_queuefile::spool::Skip::Unfinished), 1);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(entries.next().unwrap().unwrap().id().as_str(), "0A1B2C3D4E");
    assert!(entries.next().is_none());
    assert_eq!((entries.report().files(), entries.report().entries()), (2, 2));
}

/// With several threads the order is open, the messages and the account are not.
#[cfg(feature = "parallel")]
#[test]
fn several_threads_give_the_same_messages_and_the_same_account() {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
    let tree = Tree::new();
    for n in 0..1000 {
        tree.message(&format!("deferred/{:X}/{:X}F1B2C3D{n:04}", n % 16, n % 16));
    }
    tree.file("hold/0A1B2C3D4E", 0o600, b"");
    tree.file("hold/1A1B2C3D4E", 0o700, b"");
    tree.file("hold/no-id", 0o700, b"");
    std::os::unix::fs::symlink("1A1B2C3D4E", tree.at("hold/2A1B2C3D4E")).unwrap();
    fs::write(tree.at("active-is-none"), b"").unwrap();
    fs::remove_dir(tree.at("active")).unwrap();
    fs::rename(tree.at("active-is-none"), tree.at("active")).unwrap();
    let alone = scan(&tree.spool(), Queue::LISTED);
    let entries = tree.spool().entries(Queue::LISTED);
    let accounting = entries.accounting();
    let (given, errors): (Vec<_>, Vec<_>) = entries.into_par_iter().partition_map(|e| match e {
        Ok(entry) => rayon::iter::Either::Left(entry.path().to_str().unwrap().to_owned()),
        Err(error) => rayon::iter::Either::Right(error.to_string()),
    });
    let mut given = given;
    given.sort();
    assert_eq!(given, alone.paths());
    assert_eq!(errors.len(), alone.errors.len());
    assert_eq!(accounting(), alone.report);
}

#[test]
fn what_vanishes_is_counted() {
    let tree = Tree::new();
    for n in 0..200 {
        tree.message(&format!("active/{n:010}"));
    }
    let mut entries = tree.spool().entries(&[Queue::Active]);
    entries.next().unwrap().unwrap();
    for n in 0..200 {
        fs::remove_file(tree.at(&format!("active/{n:010}"))).unwrap();
    }
    assert_eq!(entries.by_ref().count(), 0);
    assert_eq!(entries.report().skipped_for(postfix_queuefile::spool::Skip::Vanished), 199);
    assert_eq!(entries.report().files(), 200);
}

#[test]
fn the_account_can_be_read_while_the_scan_is_under_way() {
    let tree = Tree::new();
    for n in 0..10 {
        tree.message(&format!("active/{n:010}"));
    }
    let entries = Spool::open(tree.path()).unwrap().entries(Queue::LISTED);
    let accounting = entries.accounting();
    for (n, entry) in entries.enumerate() {
        entry.unwrap();
        assert_eq!(accounting().entries(), n as u64 + 1);
    }
    assert_eq!(accounting().files(), 10);
}
