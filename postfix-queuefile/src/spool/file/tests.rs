//! What is read of queue files, and how much of them.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::super::directory::Root;
use super::*;
use crate::build::Encoder;
use crate::pieces::steps;
use crate::queue::Queue;

fn open(place: &Path, name: &str) -> Result<File, Refused> {
    let root = Arc::new(Root::open(place).unwrap());
    let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
    File::open(&directory, name.as_bytes())
}

/// Opens a file with these bytes, truncates it to `left`, and reads its envelope.
fn cut(bytes: &[u8], left: u64) -> Result<Contents, Unread> {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("0A1B2C"), bytes).unwrap();
    let file = open(place.path(), "0A1B2C").unwrap();
    let other = fs::File::options().write(true).open(place.path().join("0A1B2C")).unwrap();
    other.set_len(left).unwrap();
    Contents::read(&file)
}

fn head() -> Encoder {
    Encoder::new().size().time(1_700_000_000).from(b"a@b").rcpt(b"c@d").message()
}

/// A message of a megabyte, followed by a recipient.
fn large(head: Encoder) -> Vec<u8> {
    let file = (0..1_000).fold(head, |file, _| file.text(&[b'x'; 1_000]));
    file.extracted().rcpt(b"behind@d").end()
}

#[test]
fn what_the_system_says_about_a_file_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("0A1B2C");
    fs::write(&path, b"12345").unwrap();
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    let writer = fs::File::options().write(true).open(&path).unwrap();
    writer.set_modified(before).unwrap();
    let (info, meta) = (open(place.path(), "0A1B2C").unwrap().info, fs::metadata(&path).unwrap());
    assert_eq!(info.modified(), Timestamp::default(), "before the epoch");
    assert_eq!((info.size(), info.links(), info.uid()), (5, 1, meta.uid()));
    assert_eq!((info.device(), info.inode()), (meta.dev(), meta.ino()));
    assert_eq!(info.mode(), meta.mode() & 0o7777);
    writer.set_modified(SystemTime::UNIX_EPOCH + Duration::new(7, 250_000_999)).unwrap();
    let info = open(place.path(), "0A1B2C").unwrap().info;
    assert_eq!(info.modified(), Timestamp::new(7, 250_000));
}

#[test]
fn only_regular_files_are_opened() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let refused = |name: &str| open(place.path(), name).map(|_| ()).unwrap_err();
    fs::create_dir(at("directory")).unwrap();
    symlink(at("directory"), at("link")).unwrap();
    symlink("/dev/null", at("device")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    assert!(matches!(refused("none"), Refused::Vanished));
    assert!(matches!(refused("directory"), Refused::Directory));
    assert!(matches!(refused("link"), Refused::Symlink));
    assert!(matches!(refused("device"), Refused::Symlink));
    assert!(matches!(refused("socket"), Refused::Special));
    assert!(matches!(refused("pipe"), Refused::Special));
    assert!(matches!(refused(&"x".repeat(300)), Refused::Io(Errno::NAMETOOLONG)));
    assert!(matches!(open(Path::new("/dev"), "null"), Err(Refused::Special)));
    drop(socket);
}

#[test]
fn a_file_that_may_leave_no_trace_is_opened_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("0A1B2C"), b"x").unwrap();
    let root = Arc::new(Root::open(place.path()).unwrap());
    let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
    directory.drop_quiet_flag();
    assert_eq!(File::open(&directory, b"0A1B2C").unwrap().read_to(9).unwrap(), b"x");
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_read_ends_early() {
    let small = head().text(b"x").extracted().end();
    let end = u64::try_from(small.len()).unwrap();
    let mail = cut(&small, end).unwrap();
    assert!(mail.envelope().is_complete());
    let mail = cut(&small, end - 2).unwrap();
    let damage = mail.envelope().damage().unwrap();
    assert_eq!((damage.kind(), damage.offset()), (ErrorKind::MissingEnd, end - 2));
    assert!(matches!(cut(&small, 0), Err(Unread::File(e)) if e.kind() == ErrorKind::Empty));

    for file in [large(head()), large(Encoder::new().from(b"a@b").rcpt(b"c@d").message())] {
        let end = u64::try_from(file.len()).unwrap();
        let mail = cut(&file, end).unwrap();
        let addresses = |mail: &Contents| {
            mail.envelope().recipients().map(|r| r.address().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(addresses(&mail), [&b"c@d"[..], b"behind@d"]);
        for left in [4_096, 500_000, end - 12] {
            let mail = cut(&file, left).unwrap();
            assert_eq!(addresses(&mail), [b"c@d"], "{left} of {end}");
            assert!(mail.envelope().damage().is_some(), "{left} of {end}");
        }
    }
}

/// Reading the whole file gives the same result. That the envelopes agree is tested with whole spools.
#[test]
fn of_a_message_of_any_size_its_first_page_and_its_end_are_kept() {
    let kept = |file: &[u8]| {
        let mail = cut(file, crate::cstring::len(file)).unwrap();
        assert_eq!(mail.head, file[..mail.head.len()]);
        let whole = Envelope::parse(file).unwrap();
        assert!(mail.envelope().recipients().eq(whole.recipients()));
        total(&mail.head, &mail.more)
    };
    let lines = |start: Encoder, lines: usize| {
        let file = (0..lines).fold(start.message(), |file, _| file.text(&[b'x'; 98]));
        file.extracted().rcpt(b"late@example.com").end()
    };
    for count in [0, 1, 20, 39, 40, 41, 60, 1000, 100_000] {
        let sized = Encoder::new().size().time(1_700_000_000).from(b"a@b").rcpt(b"c@d");
        assert!(kept(&lines(sized, count)) <= 12_288, "{count} lines");
        let walked = Encoder::new().time(1_700_000_000).from(b"a@b");
        assert!(kept(&lines(walked, count)) <= 12_288, "{count} lines that are walked");
    }
    let huge = Encoder::new().time(1_700_000_000).from(b"a@x").message();
    let huge = huge.text(&[b'x'; 300_000]).text(b"y");
    let huge = huge.record(RecordType::PADDING, [b'z'; 100_000]).text(&[b'x'; 70_000]);
    assert!(kept(&huge.extracted().rcpt(b"b@y").end()) <= 12_288);
}

/// Records of one kind, without end: each is read at most twice from memory, and four times from a file, which is
/// fetched in pieces of doubling size; the strict pass ends where the queue manager would.
#[test]
fn each_record_of_a_hostile_envelope_is_read_a_few_times_only() {
    let record = |kind: u8, text: &[u8]| Encoder::new().record(RecordType(kind), text).finish();
    for record in [
        record(b'R', b""),
        record(b'R', b"user@example.com"),
        record(b'R', &[b'x'; 20_000]),
        record(b'A', b""),
        record(b'A', b"a=b"),
        record(b'A', b"dsn_orig_rcpt=rfc822;user@example.com"),
        record(b'O', b""),
        record(b'S', b""),
        record(b'Z', b""),
        record(b'p', b"              0"),
        record(b'w', b""),
    ] {
        for length in [10_000, 100_000] {
            let many = record.repeat(length / record.len());
            let count = u64::try_from(length / record.len()).unwrap();
            for start in [Encoder::new().size().from(b"a@b"), Encoder::new().from(b"a@b")] {
                let file = start.raw(&many).message().text(b"x").extracted().end();
                let memory = steps::of(|| assert!(Envelope::parse(&file).is_ok()));
                let name = record.get(..5.min(record.len())).unwrap().escape_ascii();
                assert!(memory <= 2 * count + 100, "{name}: {memory} for {count}");
                let all = steps::of(|| {
                    let mail = cut(&file, u64::try_from(file.len()).unwrap()).unwrap();
                    let mail = mail.envelope();
                    let found = mail.warnings().count() + mail.recipients().count();
                    assert!(found + mail.attributes().count() > 0);
                });
                // Reading takes four of these, and each iterator one.
                assert!(all <= 7 * count + 1_000, "{name}: {all} for {count}");
            }
        }
    }
}

#[test]
fn what_reading_gives_is_told() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("0A1B2C"), head().text(b"x").extracted().end()).unwrap();
    let info = open(place.path(), "0A1B2C").unwrap().info;
    // A file that was opened for writing only cannot be read.
    let other = fs::File::options().write(true).open(place.path().join("0A1B2C")).unwrap();
    let file = File { fd: other.into(), info };
    assert!(matches!(Contents::read(&file), Err(Unread::Io(Errno::BADF))));
    assert_eq!(file.read_to(10), Err(Errno::BADF));
}

/// The general reader takes steps, and the reader of ordinary files none.
#[test]
fn an_ordinary_file_of_any_size_is_read_without_the_general_reader() {
    let recipients = |count: usize| {
        let start = Encoder::new().size().time(1_700_000_000).from(b"a@b");
        (0..count).fold(start, |file, _| file.rcpt(b"someone@example.com")).message()
    };
    for count in [1, 100, 186, 187, 1_000, 40_000] {
        for lines in [1, 30, 39, 100] {
            let file = (0..lines).fold(recipients(count), |file, _| file.text(&[b'x'; 98]));
            let file = file.extracted().rcpt(b"late@example.com").end();
            let length = u64::try_from(file.len()).unwrap();
            let mut found = 0;
            let steps = steps::of(|| found = cut(&file, length).unwrap().facts.pending);
            assert_eq!(found, u64::try_from(count).unwrap() + 1);
            assert_eq!(steps, 0, "{count} recipients, {lines} lines");
        }
    }
    let other =
        large(Encoder::new().size().time(1).from(b"a@b").from(b"second").rcpt(b"c@d").message());
    let length = u64::try_from(other.len()).unwrap();
    assert!(steps::of(|| assert!(cut(&other, length).is_ok())) > 0);
}

#[test]
fn an_envelope_without_warnings_is_not_read_again_for_them() {
    let file = head().text(b"x").extracted().rcpt(b"e@f").end();
    let mail = Envelope::parse(&file).unwrap();
    assert_eq!(steps::of(|| assert_eq!(mail.warnings().next(), None)), 0);
    let odd = head().text(b"x").extracted().from(b"late@f").from(b"later@f");
    let odd = (0..100).fold(odd, |file, _| file.rcpt(b"e@f")).end();
    let mail = Envelope::parse(&odd).unwrap();
    let mut warnings = mail.warnings();
    assert_eq!(warnings.by_ref().take(2).count(), 2);
    assert_eq!(steps::of(|| assert_eq!(warnings.next(), None)), 0);
}

#[test]
fn what_is_behind_the_end_is_not_read() {
    let file = [head().text(b"x").extracted().end(), vec![b'x'; 20_000]].concat();
    let mail = cut(&file, u64::try_from(file.len()).unwrap()).unwrap();
    assert!(mail.envelope().is_complete());
    assert_eq!((mail.head.len(), mail.more.len()), (FIRST_READ, 0));
}

#[test]
fn no_room_is_taken_for_more_than_there_is() {
    for file in [head().text(b"x").extracted().end(), large(head())] {
        let mail = cut(&file, u64::try_from(file.len()).unwrap()).unwrap();
        let more = mail.more.iter().map(|(_, bytes)| bytes);
        for bytes in more.chain([&mail.head]) {
            assert_eq!(bytes.capacity(), bytes.len());
        }
    }
}

/// Pointers can lead to more places than are held apart from each other.
#[test]
fn parts_of_an_envelope_may_be_anywhere_in_the_file() {
    let place = |number: u64| LARGE + 30_000 * number;
    for (places, is_forward, length) in (1..9)
        .flat_map(|places| [true, false].map(|is_forward| (places, is_forward)))
        .flat_map(|(places, is_forward)| [4, 5_000].map(|length| (places, is_forward, length)))
    {
        // The places in the order of the route, and where the route leaves the last one.
        let order = |number: u64| if is_forward { number } else { places - 1 - number };
        let next =
            |number| if number + 1 < places { place(order(number + 1)) } else { place(places) };
        let pad = |file: Encoder, to: u64| {
            let length = usize::try_from(to - file.position()).unwrap() - 4;
            file.record_padded(RecordType::PADDING, vec![b'x'; length], 3)
        };
        let start = Encoder::new().size().time(1_700_000_000).from(b"a@b");
        let mut file = start.pointer(place(order(0)));
        for number in 0..places {
            file = pad(file, place(number)).rcpt(&vec![b'r'; length]).pointer(next(order(number)));
        }
        let file = pad(file, place(places)).message().text(b"x").extracted().end();
        let whole = Envelope::parse(&file).unwrap();
        assert_eq!(whole.recipients().count(), usize::try_from(places).unwrap());
        let mail = cut(&file, u64::try_from(file.len()).unwrap()).unwrap();
        assert!(mail.envelope().recipients().eq(whole.recipients()), "{places}");
        assert!(mail.envelope().is_complete());
        let starts: Vec<u64> = mail.more.iter().map(|(at, _)| *at).collect();
        let mut distinct = starts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(starts.len(), distinct.len(), "one that can be extended is");
        // Two of them are of the end, to which the size record leads at first.
        assert_eq!(starts.len(), MAX_PIECES - 1);
        if places == 1 {
            assert!(total(&mail.head, &mail.more) <= 4 * 10_000);
        }
    }
}

/// Of an unusual file, parts give the same facts as the whole.
#[test]
fn an_unusual_file_is_judged_by_its_parts_as_by_the_whole() {
    let head = || Encoder::new().size().time(1_700_000_000);
    let tail = |file: Encoder| {
        let file = (0..200).fold(file.message(), |file, _| file.text(&[b'x'; 98]));
        file.extracted().rcpt(b"late@b").end()
    };
    let mut wrong = tail(head().from(b"a@b").rcpt(b"c@d"));
    let other = tail(head().from(b"a@bb").rcpt(b"c@d"));
    wrong.splice(..97, other.iter().take(97).copied());
    let old = |size: &str| tail(Encoder::new().record(RecordType::SIZE, size).time(5).from(b"a@b"));
    for (name, file) in [
        ("second sender", tail(head().from(b"a@b").from(b"c@d").rcpt(b"e@f"))),
        ("size of another", wrong),
        ("old size", old("19000")),
        ("no size", old("")),
        ("size not filled in", old("0 0 0 0 0 0")),
        ("no sender", tail(head().rcpt(b"c@d"))),
        ("misplaced text", tail(head().from(b"a@b").text(b"x").rcpt(b"c@d"))),
    ] {
        let mail = cut(&file, u64::try_from(file.len()).unwrap()).unwrap();
        let whole = Envelope::parse(&file).unwrap();
        assert_eq!(format!("{:?}", mail.facts), format!("{:?}", whole.facts()), "{name}");
    }
}

#[test]
fn a_file_belongs_to_its_owner_and_is_read_up_to_a_limit() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("0A1B2C");
    fs::write(&path, b"12345").unwrap();
    // Only root may give a file away.
    let _ = std::os::unix::fs::chown(&path, Some(65_534), None);
    let file = open(place.path(), "0A1B2C").unwrap();
    assert_eq!(file.info.uid(), fs::metadata(&path).unwrap().uid());
    for (limit, text) in [(0, ""), (3, "123"), (5, "12345"), (9, "12345")] {
        assert_eq!(file.read_to(limit).unwrap(), text.as_bytes());
    }
}
