//! How often queues are listed, what is counted each time, and in which directories single files are looked for.

use std::fs;
use std::os::unix::fs::symlink;

use postfix_queuefile::config::RetryParams;
use postfix_queuefile::spool::{Entries, QueueSigns, Report, Skip, SpoolErrorKind};
use postfix_queuefile::{Queue, QueueId, Spool, Timestamp};

use crate::support::{Tree, message, set_modified};

fn id(name: &str) -> QueueId<'_> {
    QueueId::parse(name.as_bytes()).unwrap()
}

/// The report on a scan, and the same with several threads.
fn reports(entries: impl Fn() -> Entries) -> Vec<Report> {
    let mut one = entries();
    one.by_ref().for_each(drop);
    let reports = vec![one.report()];
    #[cfg(feature = "parallel")]
    let reports = {
        use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
        let several = entries();
        let report = several.accounting();
        several.into_par_iter().for_each(drop);
        [reports, vec![report()]].concat()
    };
    reports
}

#[test]
fn several_queues_are_listed_up_to_five_times_as_long_as_messages_are_found() {
    let tree = Tree::new();
    let name = |pass: u32, queue: &str| format!("{queue}/0A1B2C3D{pass:02}");
    tree.message(&name(1, "hold"));
    let mut given = Vec::new();
    let mut entries = tree.spool().entries(&[Queue::Incoming, Queue::Hold]);
    for entry in &mut entries {
        let path = entry.unwrap().path().to_str().unwrap().to_owned();
        let pass: u32 = path[path.len() - 2..].parse().unwrap();
        // Behind the place that the pass has reached, and then before it.
        if path.starts_with("hold") {
            tree.message(&name(pass + 1, "incoming"));
        } else {
            tree.message(&name(pass, "hold"));
        }
        given.push(path);
    }
    let passes = (2..=5).flat_map(|pass| [name(pass, "incoming"), name(pass, "hold")]);
    assert!(given.into_iter().eq([name(1, "hold")].into_iter().chain(passes)));
    let report = entries.report();
    assert_eq!((report.entries(), report.files(), report.directories()), (9, 9, 10));
}

#[test]
fn one_name_in_two_places_counts_in_both() {
    let tree = Tree::new();
    let (odd, mail) = (tree.message("incoming/a.b"), tree.message("incoming/0A1B2C3D4E"));
    fs::hard_link(odd, tree.at("hold/a.b")).unwrap();
    fs::hard_link(mail, tree.at("hold/0A1B2C3D4E")).unwrap();
    for report in reports(|| tree.spool().entries(Queue::LISTED)) {
        assert_eq!(report.skipped().collect::<Vec<_>>(), [(Skip::BadName, 2), (Skip::Moved, 1)]);
        assert_eq!((report.entries(), report.files()), (1, 4));
    }
}

#[test]
fn a_directory_that_is_read_as_a_queue_is_listed_once() {
    let tree = Tree::new();
    let mail = tree.message("deferred/0/0A1B2C3D4E");
    tree.message("deferred/F/FA1B2C3D4E");
    tree.message("deferred/1A1B2C3D4E");
    fs::hard_link(mail, tree.at("deferred/2/0A1B2C3D4E")).unwrap();
    let entries = || Spool::entries_below(tree.at("deferred"), Queue::Deferred).unwrap();
    for report in reports(entries) {
        assert_eq!((report.entries(), report.files(), report.directories()), (3, 4, 4));
        assert_eq!(report.skipped().collect::<Vec<_>>(), [(Skip::Moved, 1)]);
        assert_eq!(report, report.queue(Queue::Deferred));
    }
    fs::remove_file(tree.at("deferred/2/0A1B2C3D4E")).unwrap();
    assert!(entries().all(|entry| !entry.unwrap().is_misfiled()));
}

#[test]
fn what_cannot_be_listed_does_not_count_as_listed() {
    let tree = Tree::new();
    tree.message("hold/0A1B2C3D4E");
    fs::remove_dir(tree.at("active")).unwrap();
    let make_pipe = |path: &_| std::process::Command::new("mkfifo").arg(path).status().unwrap();
    for is_pipe in [false, true] {
        if is_pipe {
            fs::remove_file(tree.at("active")).unwrap();
            assert!(make_pipe(&tree.at("active")).success());
        } else {
            fs::write(tree.at("active"), b"").unwrap();
        }
        for report in reports(|| tree.spool().entries(&[Queue::Active, Queue::Hold])) {
            let active = report.queue(Queue::Active);
            assert_eq!((active.directories(), active.unreadable_directories()), (0, 1));
            assert_eq!((report.directories(), report.entries()), (2, 1));
        }
    }
}

#[test]
fn all_names_of_a_large_directory_are_in_the_order_of_inodes() {
    let tree = Tree::new();
    for n in 0..1_500 {
        tree.message(&format!("hold/{:04X}B2C3D4", n * 40_503 % 65_536));
    }
    let inodes = |spool: Spool| -> Vec<u64> {
        spool.entries(&[Queue::Hold]).map(|entry| entry.unwrap().file().inode()).collect()
    };
    let ordered = inodes(tree.spool().in_inode_order());
    assert_eq!(ordered.len(), 1_500);
    assert!(ordered.is_sorted());
}

#[test]
fn a_message_is_looked_for_where_its_id_leads() {
    let tree = Tree::new();
    symlink(tree.path(), tree.at("deferred/5")).unwrap();
    // What is not there may be behind the link, which is not followed.
    let error = tree.spool().find(id("5A1B2C3D4E")).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::NotADirectory), "{error}");
    assert_eq!(error.path(), tree.path().join("deferred/5"));
    assert!(tree.spool().find(id("6A1B2C3D4E")).unwrap().is_none());
    tree.message("hold/5A1B2C3D4E");
    assert!(tree.spool().find(id("5A1B2C3D4E")).unwrap().is_some());
    // What is marked as corrupt is a message in `corrupt` alone.
    tree.file("corrupt/CA1B2C3D4E", 0o400, message());
    assert_eq!(tree.spool().find(id("CA1B2C3D4E")).unwrap().unwrap().queue(), Queue::Corrupt);
    tree.file("hold/DA1B2C3D4E", 0o400, message());
    assert!(tree.spool().find(id("DA1B2C3D4E")).unwrap().is_none());
    // Nothing looks into directories below maildrop.
    tree.message("maildrop/7/7A1B2C3D4E");
    assert!(tree.spool().find(id("7A1B2C3D4E")).unwrap().is_none());
    // The first file of this name in the order of mail flow is the message.
    tree.file("active/8A1B2C3D4E", 0o700, b"hello");
    tree.message("hold/8A1B2C3D4E");
    assert_eq!(tree.spool().find(id("8A1B2C3D4E")).unwrap_err().queue(), Some(Queue::Active));
    tree.message("active/9A1B2C3D4E");
    tree.file("hold/9A1B2C3D4E", 0o700, b"hello");
    assert_eq!(tree.spool().find(id("9A1B2C3D4E")).unwrap().unwrap().queue(), Queue::Active);
}

#[test]
fn what_is_a_problem() {
    let usual: Vec<_> = Skip::ALL.iter().filter(|skip| !skip.is_problem()).collect();
    assert_eq!(usual, [&Skip::Unfinished, &Skip::Vanished, &Skip::Moved]);
    let tree = Tree::new();
    tree.file("incoming/0A1B2C3D4E", 0o600, message());
    assert!(tree.scan(&[Queue::Incoming]).report.skipped().all(|(skip, _)| !skip.is_problem()));
}

#[test]
fn the_names_of_a_large_directory_take_memory_for_a_part_of_it() {
    let tree = Tree::new();
    for n in 0..4_000 {
        tree.file(&format!("hold/{n:08X}"), 0o700, b"");
    }
    let spool = tree.spool();
    let mut found = 0;
    let most = allocation_counter::measure(|| found = spool.names(&[Queue::Hold]).count());
    assert_eq!(found, 4_000);
    // 32 KiB are read at once; each name takes 64 bytes more.
    assert!(most.bytes_max < 160_000, "{}", most.bytes_max);
}

#[test]
fn signs_are_read_from_entries() {
    let tree = Tree::new();
    let now = 1_700_100_000;
    for (path, modified) in [
        ("deferred/0/0A1B2C3D4E", now - 5_000),
        ("deferred/1/1A1B2C3D4E", now - 700),
        ("deferred/2/2A1B2C3D4E", now + 700),
        ("active/3A1B2C3D4E", now + 700),
        ("incoming/4A1B2C3D4E", now - 60),
        ("incoming/5A1B2C3D4E", now - 60),
    ] {
        set_modified(&tree.message(path), modified);
    }
    let mut signs = QueueSigns::new(Timestamp::new(now, 0), RetryParams::default());
    tree.scan(Queue::LISTED).entries.values().for_each(|entry| signs.add(entry));
    assert_eq!((signs.overdue(), signs.most_overdue().as_secs()), (2, 5_000));
    assert_eq!(signs.flushed(), 1);
    let restart = signs.restart().unwrap();
    assert_eq!((restart.at, restart.messages), (Timestamp::new(now - 60, 0), 2));
}

/// A message that was given, moved on, and moved back before it was met there: it counts once, however often it is listed.
#[test]
fn a_message_that_was_given_and_vanished_from_its_next_place_counts_once() {
    let tree = Tree::new();
    let other = tree.message("active/0A1B2C3D4E");
    let mail = tree.message("incoming/1A1B2C3D4E");
    let spool = tree.spool().in_inode_order();
    let mut entries = spool.entries(&[Queue::Incoming, Queue::Active]);
    assert_eq!(entries.next().unwrap().unwrap().id(), id("1A1B2C3D4E"));
    let place = tree.at("active/1A1B2C3D4E");
    // Both are listed together, in the order of their inodes.
    fs::rename(&mail, &place).unwrap();
    let inode = |path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    if inode(&other) < inode(&place) {
        assert_eq!(entries.next().unwrap().unwrap().id(), id("0A1B2C3D4E"));
        fs::rename(&place, &mail).unwrap();
        assert!(entries.next().is_none());
        let report = entries.report();
        assert_eq!((report.entries(), report.files()), (2, 2), "{report:?}");
    }
}

#[test]
fn no_more_than_64_mebibytes_are_read_of_a_file() {
    let tree = Tree::new();
    let path = tree.file("hold/0A1B2C3D4E", 0o700, b"C\x80\x80\x80\x28");
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(100 << 20).unwrap();
    let scan = tree.scan(&[Queue::Hold]);
    assert_eq!(scan.skipped(), [(Skip::Malformed, 1)]);
    let SpoolErrorKind::File { error, .. } = scan.errors[0].kind() else { panic!() };
    assert!(error.is_incomplete(), "{error}");
}
