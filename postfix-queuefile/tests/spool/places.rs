//! Queues, hash directories, names: rows 2, 3, 9, 61 to 64, 71 and 72 of the table of malformed input.

use std::fs;
use std::path::Path;

use postfix_queuefile::config::MainCf;
use postfix_queuefile::spool::{EntryWarning, Skip, SpoolError, SpoolErrorKind};
use postfix_queuefile::{Queue, Spool};

use crate::support::{Tree, message, scan};

#[test]
fn queues_are_visited_in_the_order_of_mail_flow() {
    let tree = Tree::new();
    for queue in ["hold", "deferred", "corrupt", "active", "saved", "incoming", "maildrop"] {
        tree.message(&format!("{queue}/0A1B2C3D{queue}"));
    }
    let queues = [Queue::Saved, Queue::Hold, Queue::Deferred, Queue::Active, Queue::Corrupt];
    let scan = tree.scan(&[&queues[..], &[Queue::Incoming, Queue::Maildrop, Queue::Hold]].concat());
    let order: Vec<_> = scan.order.iter().map(|path| path.split('/').next().unwrap()).collect();
    assert_eq!(order, ["maildrop", "incoming", "active", "deferred", "hold", "corrupt", "saved"]);
    for (path, entry) in &scan.entries {
        assert_eq!(path, &format!("{}/{}", entry.queue(), entry.id()));
    }
}

#[test]
fn only_the_queues_asked_for() {
    let tree = Tree::new();
    tree.message("active/0A1B2C3D4E");
    tree.message("hold/1A1B2C3D4E");
    assert_eq!(tree.scan(&[Queue::Hold]).paths(), ["hold/1A1B2C3D4E"]);
    assert!(tree.scan(&[Queue::Deferred]).paths().is_empty());
    assert!(tree.scan(&[]).paths().is_empty());
}

#[test]
fn any_hash_depth_is_read_and_a_message_in_the_wrong_place_flagged() {
    // Path, and whether it is misfiled: where nothing is known about the layout, with hashing one
    // and two levels deep, and without.
    let table = [
        ("deferred/B/B1B2C3D4E5F", [false, false, true, true]),
        ("deferred/A/1/A1B2C3D4E5F", [false, true, false, true]),
        ("deferred/C/C1C2C3D4E5F", [false, false, true, true]),
        ("deferred/D/C2C2C3D4E5F", [true, true, true, true]),
        ("deferred/E/1/E2C2C3D4E5F", [true, true, true, true]),
        ("deferred/B3B2C3D4E5F", [true, true, true, false]),
        ("deferred/F3B2C3D4E5F", [false, true, true, false]),
        // Long ids are hashed by their microseconds: 353025 is 56301 in hexadecimal.
        ("deferred/5/3Pt2mN2VXxznjll", [false, false, true, true]),
        ("deferred/5/6/3Pt2mN2VXxznjlm", [false, true, false, true]),
        ("deferred/6/3Pt2mN2VXxznjln", [true, true, true, true]),
        // Row 61: an id whose microseconds do not decode is hashed as 00000.
        ("deferred/0/3Pt2mN_VXxznjll", [false, false, true, true]),
        ("incoming/A/A9B2C3D4E5F", [false, true, true, true]),
        ("incoming/F9B2C3D4E5F", [false, false, false, false]),
        ("hold/F8B2C3D4E5F", [false, false, false, false]),
        ("maildrop/F7B2C3D4E5F", [false, false, false, false]),
    ];
    let tree = Tree::new();
    for (path, _) in table {
        tree.message(path);
    }
    for dir in ["deferred/A", "deferred/B", "deferred/C", "incoming/A"] {
        fs::create_dir_all(tree.at(dir)).unwrap();
    }
    let config = |text: &str| MainCf::parse(text.as_bytes());
    let layouts = [
        None,
        Some(config("hash_queue_depth = 1")),
        Some(config("hash_queue_names = Deferred defer\nhash_queue_depth = 2")),
        Some(config("hash_queue_names = saved")),
    ];
    for (index, layout) in layouts.iter().enumerate() {
        let spool = match layout {
            Some(config) => Spool::locate(Some(tree.path()), Some(config)).unwrap(),
            None => tree.spool(),
        };
        let scan = scan(&spool, Queue::LISTED);
        assert_eq!(scan.entries.len(), table.len());
        for (path, misfiled) in table {
            let entry = scan.entry(path);
            assert_eq!(entry.is_misfiled(), misfiled[index], "{path} with layout {index}");
            let warned = entry.warnings().any(|warning| warning == EntryWarning::Misfiled);
            assert_eq!(warned, misfiled[index]);
        }
    }
}

#[test]
fn reading_in_the_order_of_inodes_gives_the_same_messages() {
    let tree = Tree::new();
    for n in 0..300 {
        tree.message(&format!("deferred/{:X}/{:X}F1B2C3D{n:04}", n % 16, n % 16));
    }
    let plain = tree.scan(&[Queue::Deferred]);
    let ordered = scan(&tree.spool().in_inode_order(), &[Queue::Deferred]);
    assert_eq!(plain.paths(), ordered.paths());
    assert_eq!(plain.report, ordered.report);
    let inodes = |dir: &str| -> Vec<u64> {
        let in_dir = ordered.order.iter().filter(|path| path.starts_with(dir));
        in_dir.map(|path| ordered.entry(path).file().inode()).collect()
    };
    assert_eq!(inodes("deferred/7/").len(), 19);
    assert!(inodes("deferred/7/").is_sorted());
}

#[test]
fn what_is_no_queue_file_by_name_or_kind_is_counted() {
    let tree = Tree::new();
    let bytes = message();
    for name in ["a.b", "A-B1234567", "0A1B2C3D#FIX", "\u{e9}1234567", ".hidden", "123456.789x"] {
        tree.file(&format!("incoming/{name}"), 0o700, &bytes);
    }
    tree.file(&format!("incoming/{}", "A".repeat(255)), 0o700, &bytes);
    tree.file("incoming/123456.789", 0o600, b"");
    tree.file("incoming/A", 0o700, &bytes);
    tree.file("incoming/AB", 0o700, &bytes);
    fs::create_dir(tree.at("incoming/dir")).unwrap();
    tree.message("incoming/dir/0A1B2C3D4E");
    fs::create_dir(tree.at("incoming/\u{1}")).unwrap();
    // maildrop is not hashed, whatever somebody puts there.
    fs::create_dir(tree.at("maildrop/A")).unwrap();
    tree.message("maildrop/A/A01B2C3D4E");
    let scan = tree.scan(&[Queue::Incoming, Queue::Maildrop]);
    assert_eq!(scan.paths(), [format!("incoming/{}", "A".repeat(255)).as_str(), "incoming/AB"]);
    assert_eq!(
        scan.skipped(),
        [(Skip::BadName, 6), (Skip::Unfinished, 1), (Skip::Directory, 3), (Skip::OneCharacter, 1)]
    );
    assert!(scan.errors.is_empty());
}

#[test]
fn nesting_ends() {
    let tree = Tree::new();
    let at = |depth: usize| format!("deferred/{}ABCDEF{depth:02}", "A/".repeat(depth));
    for depth in [0, 1, 15, 16, 17, 18, 40] {
        tree.message(&at(depth));
    }
    let scan = tree.scan(&[Queue::Deferred]);
    assert_eq!(scan.entries.len(), 4);
    assert_eq!(scan.entry(&at(16)).queue(), Queue::Deferred);
    assert_eq!(scan.skipped(), [(Skip::TooDeep, 1)]);
    assert_eq!(scan.report.directories(), 17);
}

#[test]
fn a_queue_that_is_not_there_is_empty() {
    let tree = Tree::new();
    fs::remove_dir(tree.at("hold")).unwrap();
    tree.message("active/0A1B2C3D4E");
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.paths(), ["active/0A1B2C3D4E"]);
    assert!(scan.errors.is_empty());
}

#[test]
fn a_place_without_any_queue_is_an_error_not_an_empty_spool() {
    let empty = tempfile::tempdir().unwrap();
    let error = Spool::open(empty.path()).unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::NoQueue), "{error}");
    assert_eq!(error.path(), empty.path());
    fs::create_dir(empty.path().join("trace")).unwrap();
    assert!(Spool::open(empty.path()).is_err(), "a log directory alone is none");
    let gone = Spool::open(empty.path().join("gone")).unwrap_err();
    assert!(matches!(gone.kind(), SpoolErrorKind::NotFound), "{gone}");
    assert!(gone.to_string().ends_with("gone: not found: check the path"), "{gone}");
    assert!(core::error::Error::source(&gone).is_none(), "the cause is told once");
    fs::write(empty.path().join("file"), b"").unwrap();
    let file = Spool::open(empty.path().join("file")).unwrap_err();
    assert!(matches!(file.kind(), SpoolErrorKind::NotADirectory), "{file}");
}

#[test]
fn log_directories_hold_no_messages() {
    let tree = Tree::new();
    tree.message("active/0A1B2C3D4E");
    tree.file("defer/0/0A1B2C3D4E", 0o600, b"");
    let scan = tree.scan(&[Queue::Defer, Queue::Active]);
    assert_eq!(scan.paths(), ["active/0A1B2C3D4E"]);
    assert!(matches!(scan.errors[0].kind(), SpoolErrorKind::NotMessages));
}

#[test]
fn one_id_in_two_queues_is_two_messages_unless_it_is_one_file() {
    let tree = Tree::new();
    tree.message("incoming/0A1B2C3D4E");
    tree.message("hold/0A1B2C3D4E");
    let first = tree.message("incoming/1A1B2C3D4E");
    fs::hard_link(&first, tree.at("hold/1A1B2C3D4E")).unwrap();
    let scan = tree.scan(Queue::LISTED);
    assert_eq!(scan.paths(), ["hold/0A1B2C3D4E", "incoming/0A1B2C3D4E", "incoming/1A1B2C3D4E"]);
    assert_eq!(scan.skipped(), [(Skip::Moved, 1)]);
    let links = scan.entry("incoming/1A1B2C3D4E");
    assert!(links.warnings().any(|warning| warning == EntryWarning::Links(2)));
    assert_eq!(scan.entry("incoming/0A1B2C3D4E").warnings().count(), 0);
}

#[test]
fn a_directory_of_its_own_can_be_read_as_a_queue() {
    let tree = Tree::new();
    tree.message("deferred/0/0A1B2C3D4E");
    tree.message("deferred/1A1B2C3D4E");
    let entries = Spool::entries_below(tree.at("deferred"), Queue::Deferred).unwrap();
    let accounting = entries.accounting();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, [std::path::Path::new("0/0A1B2C3D4E"), "1A1B2C3D4E".as_ref()]);
    assert_eq!(accounting().entries(), 2);
    assert!(Spool::entries_below(tree.at("nothing"), Queue::Deferred).is_err());
}

#[test]
fn the_configuration_says_where_the_queue_is() {
    let tree = Tree::new();
    tree.message("deferred/0/A/0A1B2C3D4E");
    let config = tempfile::tempdir().unwrap();
    let parent = tree.path().parent().unwrap().display();
    let name = tree.path().file_name().unwrap().to_str().unwrap();
    let text = format!(
        "multi_instance_name = {name}\nqueue_directory =\n  {parent}/${{multi_instance_name?{{$multi_instance_name}}:{{postfix}}}}\n\
         hash_queue_depth = 2\n"
    );
    fs::write(config.path().join("main.cf"), text).unwrap();
    let spool = from_config(config.path()).unwrap();
    assert_eq!(spool.path(), tree.path());
    let scan = scan(&spool, &[Queue::Deferred]);
    assert!(!scan.entry("deferred/0/A/0A1B2C3D4E").is_misfiled());

    for (text, parameter) in [
        ("queue_directory = $a\na = $queue_directory", "queue_directory"),
        ("hash_queue_depth = many", "hash_queue_depth"),
        ("hash_queue_names = ${a", "hash_queue_names"),
    ] {
        let text = format!("queue_directory = {}\n{text}\n", tree.path().display());
        fs::write(config.path().join("main.cf"), text).unwrap();
        let error = from_config(config.path()).unwrap_err();
        assert!(error.to_string().contains(parameter), "{error}");
    }
    let none = from_config(tree.path()).unwrap_err();
    assert!(none.to_string().contains("main.cf"), "{none}");
    fs::remove_file(config.path().join("main.cf")).unwrap();
    fs::create_dir(config.path().join("main.cf")).unwrap();
    let directory = from_config(config.path()).unwrap_err();
    assert!(directory.to_string().contains("main.cf: Is a directory"), "{directory}");
}

/// The spool that a configuration directory names.
fn from_config(directory: &Path) -> Result<Spool, SpoolError> {
    Spool::locate(None, Some(&MainCf::read(directory)?))
}
