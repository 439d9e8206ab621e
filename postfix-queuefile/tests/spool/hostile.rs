//! Files that somebody with access to the queue made to hurt whoever reads it: row 7, and worse.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use postfix_queuefile::spool::{Skip, SpoolErrorKind};
use postfix_queuefile::{Queue, Spool};

use crate::support::{Tree, message, message_to, scan};

fn pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn nothing_but_regular_files_is_opened() {
    let tree = Tree::new();
    let secret = tree.file("secret", 0o700, message());
    symlink(&secret, tree.at("active/0A1B2C3D4E")).unwrap();
    symlink("/nowhere", tree.at("active/1A1B2C3D4E")).unwrap();
    symlink("3A1B2C3D4E", tree.at("active/3A1B2C3D4E")).unwrap();
    symlink(tree.path(), tree.at("active/4A1B2C3D4E")).unwrap();
    symlink(tree.path().join("hold"), tree.at("active/B")).unwrap();
    pipe(&tree.at("active/5A1B2C3D4E"));
    pipe(&tree.at("active/C"));
    let socket = UnixListener::bind(tree.at("active/6A1B2C3D4E")).unwrap();
    let devices = u64::from(device(&tree.at("active/7A1B2C3D4E")));
    tree.message("hold/8A1B2C3D4E");
    // This ends, because nothing blocks.
    let scan = tree.scan(&[Queue::Active]);
    assert!(scan.paths().is_empty() && scan.errors.is_empty());
    assert_eq!(scan.skipped(), [(Skip::Symlink, 5), (Skip::Special, 3 + devices)]);
    drop(socket);
}

/// Makes a terminal device, if this is root.
fn device(path: &std::path::Path) -> bool {
    let made = Command::new("mknod").arg(path).args(["c", "5", "0"]).output();
    let made = made.is_ok_and(|output| output.status.success());
    if !made {
        eprintln!("not root: no device among the hostile files");
    }
    made
}

#[test]
fn a_queue_that_is_something_else_is_an_error_and_the_others_are_read() {
    let tree = Tree::new();
    for queue in ["incoming", "active", "deferred"] {
        fs::remove_dir(tree.at(queue)).unwrap();
    }
    symlink(tree.path().join("hold"), tree.at("incoming")).unwrap();
    pipe(&tree.at("active"));
    tree.file("deferred", 0o700, message());
    tree.message("hold/8A1B2C3D4E");
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.paths(), ["hold/8A1B2C3D4E"]);
    let mut wrong: Vec<_> = (scan.errors.iter())
        .filter(|error| matches!(error.kind(), SpoolErrorKind::NotADirectory))
        .map(|error| error.path().file_name().unwrap().to_str().unwrap())
        .collect();
    wrong.sort();
    assert_eq!(wrong, ["active", "deferred", "incoming"]);
    assert_eq!(scan.report.unreadable_directories(), 3);
}

#[test]
fn the_spool_itself_may_be_reached_through_a_link() {
    let tree = Tree::new();
    tree.message("hold/8A1B2C3D4E");
    let place = tempfile::tempdir().unwrap();
    symlink(tree.path(), place.path().join("spool")).unwrap();
    let spool = Spool::open(place.path().join("spool")).unwrap();
    assert_eq!(scan(&spool, Queue::LISTED).entries.len(), 1);
}

#[test]
fn names_do_not_reach_the_terminal() {
    let tree = Tree::new();
    for name in ["evil\n0A1B2C3D4E", "\u{1b}[2J\u{1b}]0;x\u{7}", "a\u{202e}b", "\r\u{8}"] {
        tree.file(&format!("active/{name}"), 0o700, message());
    }
    let scan_one = tree.scan(Queue::LISTED);
    assert_eq!(scan_one.skipped(), [(Skip::BadName, 4)]);

    let evil = tree.at("x\n\u{1b}[31m/active/0A1B2C3D4E");
    fs::write(&evil, b"").unwrap();
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let spool = Spool::open(tree.at("x\n\u{1b}[31m")).unwrap();
    let scan = scan(&spool, Queue::LISTED);
    let text = scan.errors[0].to_string();
    assert!(text.contains(r"x\x0a\x1b[31m/active/0A1B2C3D4E"), "{text}");
    assert!(!text.contains('\n') && !text.contains('\u{1b}'));
    let gone = Spool::open(tree.at("y\n\u{1b}")).unwrap_err().to_string();
    assert!(!gone.contains('\n') && !gone.contains('\u{1b}'), "{gone}");
}

#[test]
fn many_empty_files_are_counted() {
    let tree = Tree::new();
    for n in 0..20_000 {
        fs::File::create(tree.path().join(format!("incoming/{n:010}"))).unwrap();
    }
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.skipped(), [(Skip::Unfinished, 20_000)]);
    assert!(scan.errors.is_empty());
}

/// While the scan runs, somebody keeps replacing a message by a link to a secret, a pipe, a
/// directory and nothing, and a hash directory by a link.
#[test]
fn what_is_replaced_between_listing_and_opening_is_not_followed() {
    let tree = Tree::new();
    let secret = message_to(&["secret@secret.test"]);
    tree.file("secret/0A1B2C3D4E", 0o700, &secret);
    tree.message("deferred/0/0A1B2C3D4E");
    fs::create_dir(tree.at("stage")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (stage, victim) = (tree.path().join("stage/x"), tree.at("deferred/0/0A1B2C3D4E"));
            let (hash, aside) = (tree.path().join("deferred/0"), tree.path().join("stage/0"));
            while !done.load(Ordering::Relaxed) {
                symlink(tree.path().join("secret/0A1B2C3D4E"), &stage).unwrap();
                fs::rename(&stage, &victim).unwrap();
                pipe(&stage);
                fs::rename(&stage, &victim).unwrap();
                fs::remove_file(&victim).unwrap();
                fs::create_dir(&victim).unwrap();
                fs::remove_dir(&victim).unwrap();
                tree.message("deferred/0/0A1B2C3D4E");
                fs::rename(&hash, &aside).unwrap();
                symlink(tree.path().join("secret"), &hash).unwrap();
                fs::remove_file(&hash).unwrap();
                fs::rename(&aside, &hash).unwrap();
            }
        });
        let mut seen = 0;
        for _ in 0..500 {
            let mut entries = tree.spool().entries(&[Queue::Deferred]);
            for entry in (&mut entries).flatten() {
                seen += 1;
                assert!(!entry.has_recipient_in(b"secret.test"));
            }
            let report = entries.report();
            assert!(report.files() <= 2, "{report:?}");
        }
        done.store(true, Ordering::Relaxed);
        eprintln!("the message was there in {seen} of 500 scans");
    });
}
