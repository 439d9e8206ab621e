//! One message by its queue id, wherever it is; and the spool that is meant.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::os::unix::fs::symlink;

use postfix_queuefile::config::MainCf;
use postfix_queuefile::spool::SpoolErrorKind;
use postfix_queuefile::{Queue, QueueId, Spool};

use crate::support::{Tree, message, scan};

fn id(name: &str) -> QueueId<'_> {
    QueueId::parse(name.as_bytes()).unwrap()
}

#[test]
fn a_message_is_found_in_any_queue_at_any_depth() {
    let tree = Tree::new();
    let mut names = Vec::new();
    for (number, queue) in Queue::ALL.iter().filter(|queue| queue.holds_messages()).enumerate() {
        for depth in 0..4 {
            let depth = if *queue == Queue::Maildrop { 0 } else { depth };
            let name = format!("{depth}{number}B2C3D{number}{depth}");
            let dirs: String = name.chars().take(depth).flat_map(|c| [c, '/']).collect();
            tree.message(&format!("{queue}/{dirs}{name}"));
            names.push((name, *queue));
        }
    }
    let long = "3Pt2mN2VXxznjll";
    tree.message(&format!("deferred/5/6/{long}"));
    names.push((long.to_owned(), Queue::Deferred));
    for (name, queue) in names {
        let entry = tree.spool().find(id(&name)).unwrap().unwrap();
        assert_eq!((entry.id(), entry.queue()), (id(&name), queue), "{name}");
        assert_eq!(entry.envelope().recipients().count(), 1, "{name}");
        assert!(!entry.is_misfiled(), "{name}");
    }
    assert!(tree.spool().find(id("3Pt2mN2VXxznjlm")).unwrap().is_none());
    assert!(tree.spool().find(id("A")).unwrap().is_none());
}

#[test]
fn a_message_in_the_wrong_place_is_found_too() {
    let tree = Tree::new();
    tree.message("deferred/Z/0A1B2C3D4E");
    let entry = tree.spool().find(id("0A1B2C3D4E")).unwrap().unwrap();
    assert!(entry.is_misfiled());
    assert_eq!(entry.path().to_str(), Some("deferred/Z/0A1B2C3D4E"));
    let config = MainCf::parse(b"hash_queue_names = deferred\nhash_queue_depth = 2\n");
    tree.message("deferred/F/FFFFF12345");
    let spool = Spool::locate(Some(tree.path()), Some(&config)).unwrap();
    assert!(spool.find(id("FFFFF12345")).unwrap().unwrap().is_misfiled());
}

#[test]
fn what_is_no_message_is_not_found_and_what_is_broken_is_an_error() {
    let tree = Tree::new();
    tree.file("incoming/0A1B2C3D4E", 0o600, message());
    tree.file("defer/1A1B2C3D4E", 0o700, b"");
    symlink(tree.message("hold/2A1B2C3D4F"), tree.at("active/2A1B2C3D4E")).unwrap();
    fs::create_dir(tree.at("active/3A1B2C3D4E")).unwrap();
    tree.file("active/4A1B2C3D4E", 0o700, b"hello");
    for name in ["0A1B2C3D4E", "1A1B2C3D4E", "2A1B2C3D4E", "3A1B2C3D4E"] {
        assert!(tree.spool().find(id(name)).unwrap().is_none(), "{name}");
    }
    let error = tree.spool().find(id("4A1B2C3D4E")).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::File { .. }), "{error}");
    assert_eq!(
        (error.queue(), error.path()),
        (Some(Queue::Active), &*tree.at("active/4A1B2C3D4E"))
    );
    // A queue that cannot be looked into counts only where the message is not found elsewhere.
    fs::remove_dir(tree.path().join("incoming").join("0A1B2C3D4E")).unwrap_err();
    fs::remove_file(tree.at("incoming/0A1B2C3D4E")).unwrap();
    fs::remove_dir(tree.path().join("incoming")).unwrap();
    symlink(tree.path().join("hold"), tree.path().join("incoming")).unwrap();
    assert!(tree.spool().find(id("2A1B2C3D4F")).unwrap().is_some());
    let error = tree.spool().find(id("5A1B2C3D4E")).unwrap_err();
    assert_eq!(error.queue(), Some(Queue::Incoming), "{error}");
}

#[test]
fn a_message_that_moves_is_found() {
    let tree = Tree::new();
    let (home, away) = (tree.at("deferred/6/6A1B2C3D4E"), tree.at("active/6A1B2C3D4E"));
    fs::write(&home, message()).unwrap();
    fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::rename(&home, &away).unwrap();
                std::thread::sleep(Duration::from_millis(5));
                fs::rename(&away, &home).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let spool = tree.spool();
        for _ in 0..100 {
            assert!(spool.find(id("6A1B2C3D4E")).unwrap().is_some());
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_spool_that_is_meant() {
    let (tree, other) = (Tree::new(), Tree::new());
    let config = format!("queue_directory = {}\nhash_queue_depth = 2\n", tree.path().display());
    let config = MainCf::parse(config.as_bytes());
    assert_eq!(Spool::locate(None, Some(&config)).unwrap().path(), tree.path());
    let locate = |spool, config| Spool::locate(spool, config).unwrap();
    assert_eq!(locate(None, Some(&config)).path(), tree.path());
    assert_eq!(locate(Some(other.path()), None).path(), other.path());
    other.message("deferred/7/7A1B2C3D4E");
    let copy = locate(Some(other.path()), Some(&config));
    assert_eq!(copy.path(), other.path());
    assert!(copy.find(id("7A1B2C3D4E")).unwrap().unwrap().is_misfiled(), "the layout counts");
    let bad = MainCf::parse(b"queue_directory = $mail_version\n");
    let error = Spool::locate(None, Some(&bad)).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::Config { name: "queue_directory", .. }));
}

#[test]
fn reports_tell_the_queues_apart() {
    let tree = Tree::new();
    tree.message("hold/0A1B2C3D4E");
    tree.message("deferred/1/1A1B2C3D4E");
    tree.file("deferred/1/not-an-id", 0o700, b"");
    tree.file("incoming/2A1B2C3D4E", 0o600, message());
    let report = scan(&tree.spool(), Queue::LISTED).report;
    let counts = |queue| {
        let report = report.queue(queue);
        (report.entries(), report.files(), report.directories() > 0)
    };
    assert_eq!(counts(Queue::Hold), (1, 1, true));
    assert_eq!(counts(Queue::Deferred), (1, 2, true));
    assert_eq!(counts(Queue::Incoming), (0, 1, true));
    assert_eq!(counts(Queue::Corrupt), (0, 0, false));
    let all = Queue::ALL.iter().map(|&queue| report.queue(queue));
    assert_eq!(all.clone().map(|report| report.files()).sum::<u64>(), report.files());
    assert_eq!(all.map(|report| report.directories()).sum::<u64>(), report.directories());
    let problems: Vec<_> = report.skipped().filter(|(reason, _)| reason.is_problem()).collect();
    assert_eq!(problems.len(), 1);
}
