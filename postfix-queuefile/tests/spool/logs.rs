//! Per-message logs: rows 65 to 69 of the table of malformed input, and where logs are.

use std::collections::HashSet;
use std::fs;

use postfix_queuefile::bounce;
use postfix_queuefile::config::MainCf;
use postfix_queuefile::{Queue, QueueId, Spool};

use crate::support::{Tree, message_to};

const LOG: &[u8] = b"\nrecipient=bob@example.com\nreason=full\n\n";

#[test]
fn logs_are_found_at_any_depth_and_in_the_wrong_place() {
    let tree = Tree::new();
    let places = [
        ("0A1B2C3D4E", "defer/0A1B2C3D4E"),
        ("1A1B2C3D4E", "defer/1/1A1B2C3D4E"),
        ("2A1B2C3D4E", "defer/2/A/2A1B2C3D4E"),
        ("3A1B2C3D4E", "defer/3/A/1/3A1B2C3D4E"),
        ("4A1B2C3D4E", "defer/4/A/1/B/2/4A1B2C3D4E"),
        ("5A1B2C3D4E", "defer/6/5A1B2C3D4E"),
        ("3Pt2mN2VXxznjll", "defer/5/3Pt2mN2VXxznjll"),
    ];
    for (_, path) in places {
        tree.file(path, 0o600, LOG);
    }
    let layouts = [None, Some(""), Some("hash_queue_names =\n"), Some("hash_queue_depth = 2\n")];
    for layout in layouts {
        let spool = match layout {
            Some(text) => {
                let config = MainCf::parse(text.as_bytes());
                Spool::locate(Some(tree.path()), Some(&config)).unwrap()
            }
            None => tree.spool(),
        };
        let mut logs = spool.logs(Queue::Defer);
        for (id, path) in places.iter().chain(&places) {
            let log = logs.read(QueueId::parse(id.as_bytes()).unwrap()).unwrap();
            assert_eq!(log.as_deref(), Some(LOG), "{path} with {layout:?}");
        }
        let none = logs.read(QueueId::parse(b"7A1B2C3D4E").unwrap()).unwrap();
        assert_eq!(none, None);
    }
    assert_eq!(
        tree.spool().logs(Queue::Bounce).read(QueueId::parse(b"0A").unwrap()).unwrap(),
        None
    );
}

#[test]
fn where_all_logs_are_equally_deep_only_that_depth_and_odd_places_are_tried() {
    let tree = Tree::new();
    tree.file("defer/0/0A1B2C3D4E", 0o600, LOG);
    tree.file("defer/2/1A1B2C3D4E", 0o600, LOG);
    let mut logs = tree.spool().logs(Queue::Defer);
    let mut read = |id: &[u8]| logs.read(QueueId::parse(id).unwrap()).unwrap();
    assert_eq!(read(b"0BBBBBBBBB"), None, "everything was listed for it");
    tree.file("defer/0CCCCCCCCC", 0o600, LOG);
    tree.file("defer/0/0DDDDDDDDD", 0o600, LOG);
    assert_eq!(read(b"0CCCCCCCCC"), None);
    assert_eq!(read(b"0DDDDDDDDD").as_deref(), Some(LOG));
    assert_eq!(read(b"1A1B2C3D4E").as_deref(), Some(LOG), "in the wrong place");
    // Where logs are at two depths, both are tried for ever.
    let mut logs = tree.spool().logs(Queue::Defer);
    let mut read = |id: &[u8]| logs.read(QueueId::parse(id).unwrap()).unwrap();
    assert_eq!(read(b"0BBBBBBBBB"), None);
    tree.file("defer/0EEEEEEEEE", 0o600, LOG);
    assert_eq!(read(b"0EEEEEEEEE").as_deref(), Some(LOG));
    assert_eq!(read(b"0DDDDDDDDD").as_deref(), Some(LOG));
}

#[test]
fn a_directory_that_was_not_there_is_not_looked_for_again() {
    let tree = Tree::new();
    let mut logs = tree.spool().logs(Queue::Bounce);
    let mut read = |id: &[u8]| logs.read(QueueId::parse(id).unwrap()).unwrap();
    assert_eq!(read(b"0BBBBBBBBB"), None);
    tree.file("bounce/0/0/0/000CCCCCCC", 0o600, LOG);
    tree.file("bounce/1/1CCCCCCCCC", 0o600, LOG);
    tree.file("bounce/0CCCCCCCCC", 0o600, LOG);
    assert_eq!(read(b"000CCCCCCC"), None);
    assert_eq!(read(b"1CCCCCCCCC").as_deref(), Some(LOG), "nobody looked for this one before");
    assert_eq!(read(b"0CCCCCCCCC").as_deref(), Some(LOG));
}

#[test]
fn a_log_that_is_a_link_or_a_pipe_is_none() {
    let tree = Tree::new();
    let secret = tree.file("secret", 0o600, LOG);
    std::os::unix::fs::symlink(&secret, tree.at("defer/0A1B2C3D4E")).unwrap();
    std::os::unix::fs::symlink(tree.path(), tree.at("defer/1")).unwrap();
    fs::create_dir(tree.at("defer/2A1B2C3D4E")).unwrap();
    let mut logs = tree.spool().logs(Queue::Defer);
    assert_eq!(logs.read(QueueId::parse(b"0A1B2C3D4E").unwrap()).unwrap(), None);
    assert_eq!(logs.read(QueueId::parse(b"2A1B2C3D4E").unwrap()).unwrap(), None);
    let error = logs.read(QueueId::parse(b"1A1B2C3D4E").unwrap()).unwrap_err();
    assert!(error.to_string().contains("symbolic links are not followed"), "{error}");
}

#[test]
fn reasons_join_their_recipients() {
    let tree = Tree::new();
    let file = message_to(&["bob@example.com", "cat@example.com", "bob@example.com"]);
    tree.file("deferred/0/0A1B2C3D4E", 0o700, &file);
    let scan = tree.scan(Queue::LISTED);
    let entry = scan.entry("deferred/0/0A1B2C3D4E");
    let offsets: Vec<_> = entry.envelope().recipients().map(|r| r.offset()).collect();
    let log = format!(
        "\nrecipient=bob@example.com\noffset={}\nreason=first\n\n\
         \nrecipient=bob@example.com\noffset={}\nreason=second\n\n\
         \nrecipient=gone@example.com\nreason=nobody\n\n\
         \nrecipient=bob@example.com\noffset={}\nreason=later\n\n\
         \nrecipient=cat@example.com\nreason=half",
        offsets[0], offsets[2], offsets[0]
    );
    tree.file("defer/0/0A1B2C3D4E", 0o600, log);
    let log = tree.spool().logs(Queue::Defer).read(entry.id()).unwrap().unwrap();
    let joined = bounce::join(entry.envelope().recipients(), &log, b"");
    let reason = |r: bounce::JoinedRecipient<'_>| r.delay()?.reason().map(<[u8]>::to_vec);
    let reasons: Vec<_> = joined.clone().map(|r| reason(r).unwrap_or_default()).collect();
    assert_eq!(reasons, [&b"later"[..], b"", b"second"]);
    assert_eq!(joined.unmatched().count(), 1);
}

#[test]
fn logs_without_a_message_are_orphans() {
    let tree = Tree::new();
    tree.message("deferred/0/0A1B2C3D4E");
    tree.file("defer/0/0A1B2C3D4E", 0o600, LOG);
    tree.file("defer/1/1A1B2C3D4E", 0o600, LOG);
    let spool = tree.spool();
    let messages: HashSet<_> =
        (spool.names(Queue::LISTED)).map(|name| name.unwrap().id().as_bytes().to_vec()).collect();
    let orphans: Vec<_> = (spool.names(&[Queue::Defer]).map(Result::unwrap))
        .filter(|log| !messages.contains(log.id().as_bytes()))
        .collect();
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0].id().as_str(), "1A1B2C3D4E");
    assert_eq!((orphans[0].queue(), orphans[0].hash_dirs()), (Queue::Defer, &b"1"[..]));
}

#[test]
fn any_number_of_directories_can_be_asked() {
    let tree = Tree::new();
    tree.file("defer/0/A/1/0A1B2C3D4E", 0o600, LOG);
    let config = MainCf::parse(b"hash_queue_depth = 3\n");
    let mut logs = Spool::locate(Some(tree.path()), Some(&config)).unwrap().logs(Queue::Defer);
    for n in 0..2_000 {
        let id = format!("{n:03X}0000000");
        assert_eq!(logs.read(QueueId::parse(id.as_bytes()).unwrap()).unwrap(), None);
    }
    let log = logs.read(QueueId::parse(b"0A1B2C3D4E").unwrap()).unwrap();
    assert_eq!(log.as_deref(), Some(LOG));
}

#[test]
fn names_below_what_is_no_directory_are_an_error() {
    let tree = Tree::new();
    fs::remove_dir(tree.at("defer")).unwrap();
    tree.file("defer", 0o600, LOG);
    tree.file("bounce/0A1B2C3D4E", 0o600, LOG);
    let mut names = tree.spool().names(&[Queue::Defer, Queue::Bounce]).collect::<Vec<_>>();
    names.sort_by_key(Result::is_err);
    let [Ok(name), Err(error)] = &names[..] else { panic!("{names:?}") };
    assert_eq!((name.queue(), name.id().as_str()), (Queue::Bounce, "0A1B2C3D4E"));
    assert_eq!((name.hash_dirs(), error.path()), (&b""[..], &*tree.path().join("defer")));
    let error = tree.spool().logs(Queue::Defer).read(name.id()).unwrap_err();
    assert!(error.to_string().contains("not a directory"), "{error}");
}
