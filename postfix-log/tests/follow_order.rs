//! Which file comes after which, and what is left in a file when its successor begins.
#![cfg(all(feature = "std", unix))]
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]

mod followed;

use core::time::Duration;
use std::fs;
use std::io::Write;
use std::time::SystemTime;

use postfix_log::read::{Checkpoint, Follow};

use crate::followed::{Place, all, append};

impl Place {
    /// Writes lines to a file, new or old.
    fn write(&self, name: &str, lines: &[&str]) {
        let mut file = append(&self.named(name));
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.named(from), self.named(to)).unwrap();
    }

    /// A log of five lines over these files and `mail.log`, in this order, and the place after its first line.
    fn rotated(names: [&str; 3]) -> (Self, Checkpoint) {
        let place = Self::new();
        place.write("mail.log", &["one", "two"]);
        let mark = place.first_line();
        place.rename("mail.log", names[0]);
        place.write(names[1], &["three"]);
        place.write(names[2], &["four"]);
        place.write("mail.log", &["five"]);
        (place, mark)
    }

    /// Sets the time of the last change, in nanoseconds after a moment that all files share.
    fn changed(&self, name: &str, nanos: u64) {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_345_201);
        append(&self.named(name)).set_modified(moment + Duration::from_nanos(nanos)).unwrap();
    }

    /// Reads the first line of `mail.log` and gives the place after it.
    fn first_line(&self) -> Checkpoint {
        let mut follow = Follow::open(self.log()).unwrap();
        assert!(follow.next_line().unwrap().is_some());
        follow.checkpoint()
    }

    /// All lines from a place on, and the number of gaps.
    fn rest(&self, place: &Checkpoint) -> (Vec<String>, u64) {
        let mut follow = Follow::resume(self.log(), place).unwrap();
        (all(&mut follow), follow.gaps())
    }
}

/// The logger goes on in the renamed file until it is told of the new one, which may be there before.
#[test]
fn late_lines_in_the_old_file() {
    let place = Place::new();
    place.write("mail.log", &["one"]);
    let mut old = append(&place.log());
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    place.rename("mail.log", "mail.log.1");
    // No successor yet.
    writeln!(old, "two").unwrap();
    assert_eq!(all(&mut follow), ["two"]);
    // An empty one.
    place.write("mail.log", &[]);
    assert_eq!(follow.next_line().unwrap(), None);
    writeln!(old, "three").unwrap();
    assert_eq!(all(&mut follow), ["three"]);
    let mark = follow.checkpoint();
    assert_eq!(follow.next_line().unwrap(), None);
    assert_eq!(follow.checkpoint(), mark);
    // Both have something new: the old one first.
    writeln!(old, "four").unwrap();
    place.write("mail.log", &["five"]);
    assert_eq!(all(&mut follow), ["four", "five"]);
    assert_eq!(follow.checkpoint().lines(), 5);
    assert_eq!(follow.gaps(), 0);
    // The same for one that starts again in between.
    assert_eq!(place.rest(&mark), (vec!["four".into(), "five".into()], 0));
}

/// The end of a renamed file is not waited for once its successor has begun.
#[test]
fn an_incomplete_line_in_the_old_file() {
    let place = Place::new();
    place.write("mail.log", &["one"]);
    let mut old = append(&place.log());
    write!(old, "two, beg").unwrap();
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    place.rename("mail.log", "mail.log.1");
    place.write("mail.log", &[]);
    assert_eq!(follow.next_line().unwrap(), None);
    write!(old, "un").unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    place.write("mail.log", &["three"]);
    assert_eq!(all(&mut follow), ["two, begun", "three"]);
}

/// Files that were changed at the same moment are ordered by their names.
#[test]
fn equal_stamps() {
    for names in [
        ["mail.log.3", "mail.log.2", "mail.log.1"],
        ["mail.log.11", "mail.log.10", "mail.log.9"],
        ["mail.log-20261120", "mail.log-20261121", "mail.log-20261122"],
        ["mail.log-20261130", "mail.log-20261201", "mail.log-20270101"],
    ] {
        let (place, mark) = Place::rotated(names);
        // One that is older than the file of the place.
        let older = if names[0].contains('-') { "mail.log-20261101" } else { "mail.log.30" };
        place.write(older, &["zero"]);
        for name in [names[0], names[1], names[2], older, "mail.log"] {
            place.changed(name, 0);
        }
        let want = ["two", "three", "four", "five"].map(str::to_owned).to_vec();
        assert_eq!(place.rest(&mark), (want, 0), "{names:?}");
    }
}

/// A nanosecond is enough to tell which file is newer, whatever its name.
#[test]
fn stamps_that_differ_by_a_nanosecond() {
    for names in [
        ["mail.log.a", "mail.log.b", "mail.log.c"],
        ["mail.log.1", "mail.log.2", "mail.log.3"],
        ["mail.log-c", "mail.log-b", "mail.log-a"],
    ] {
        let (place, mark) = Place::rotated(names);
        place.write("mail.log.old", &["zero"]);
        for (name, nanos) in
            [("mail.log.old", 100), (names[0], 101), (names[1], 102), (names[2], 103)]
        {
            place.changed(name, nanos);
        }
        let want = ["two", "three", "four", "five"].map(str::to_owned).to_vec();
        assert_eq!(place.rest(&mark), (want, 0), "{names:?}");
    }
}

/// Only plain files whose names continue that of the log are its rotated files.
#[test]
fn files_that_are_not_of_this_log() {
    let place = Place::new();
    place.write("mail.log", &["one", "two"]);
    let mark = place.first_line();
    place.rename("mail.log", "mail.log.2");
    place.changed("mail.log.2", 0);
    let others = [
        "mail.log.1.gz",
        "mail.log.1.xz",
        "mail.log.1.zst",
        "mail.log.1.bz2",
        "mail.log2",
        "mail.logger",
        "mail.log.",
        "mail.log-",
        "mail.lo",
        "mail.err.1",
    ];
    for (name, nanos) in others.iter().zip(10..) {
        place.write(name, &["no line of this log"]);
        place.changed(name, nanos);
    }
    fs::create_dir(place.named("mail.log.d")).unwrap();
    place.write("mail.log.1", &["three"]);
    place.changed("mail.log.1", 5);
    place.write("mail.log", &["four"]);
    let want = ["two", "three", "four"].map(str::to_owned).to_vec();
    assert_eq!(place.rest(&mark), (want, 0));
}

/// Before the first line, only the inode tells which file a place is in.
#[test]
fn a_place_without_a_line() {
    let place = Place::new();
    place.write("mail.log", &[]);
    let mark = Follow::open(place.log()).unwrap().checkpoint();
    assert_eq!((mark.offset(), mark.lines()), (0, 0));
    place.write("mail.log", &["one"]);
    place.rename("mail.log", "mail.log.1");
    place.write("mail.log.2", &["of another log"]);
    place.write("mail.log", &["two"]);
    place.changed("mail.log.1", 0);
    place.changed("mail.log.2", 1);
    let (lines, gaps) = place.rest(&mark);
    assert_eq!((lines.first().map(String::as_str), gaps), (Some("one"), 0));
    assert_eq!(lines.last().map(String::as_str), Some("two"));
}

/// Of several copies, the newest has the most of what was not read.
#[test]
fn the_newest_copy_counts() {
    let place = Place::new();
    place.write("mail.log", &["one", "two"]);
    let mark = place.first_line();
    let copy = |name: &str, nanos: u64| {
        fs::copy(place.log(), place.named(name)).unwrap();
        place.changed(name, nanos);
    };
    copy("mail.log.old", 0);
    place.write("mail.log", &["three"]);
    copy("mail.log.1", 1);
    append(&place.log()).set_len(0).unwrap();
    place.write("mail.log", &["four"]);
    let want = ["two", "three", "four"].map(str::to_owned).to_vec();
    assert_eq!(place.rest(&mark), (want, 0));
}

/// A file that was truncated before its first line was complete.
#[test]
fn truncated_within_a_line() {
    let place = Place::new();
    let mut log = append(&place.log());
    write!(log, "a line that is never").unwrap();
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    log.set_len(0).unwrap();
    writeln!(log, "one").unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    assert_eq!((follow.gaps(), follow.checkpoint().offset()), (1, 4));
}

/// Lines longer than what is remembered of them are told apart by their ends.
#[test]
fn a_long_line_is_known_by_its_end() {
    let place = Place::new();
    let long = "x".repeat(300);
    let (one, two) = (format!("{long} one"), format!("{long} two"));
    place.write("mail.log", &[&one, "next"]);
    let mark = place.first_line();
    assert_eq!(place.rest(&mark), (vec!["next".into()], 0));
    // The same length and the same beginning, but another line: the log was rewritten.
    append(&place.log()).set_len(0).unwrap();
    place.write("mail.log", &[&two, "after"]);
    assert_eq!(place.rest(&mark), (vec![two, "after".into()], 1));
}

/// The file in which the place was taken counts, and not a copy that was made of it later.
#[test]
fn a_later_copy_of_the_same_file() {
    for time_of_copy in [0, 2, 4] {
        let (place, mark) = Place::rotated(["mail.log.3", "mail.log.2", "mail.log.1"]);
        fs::copy(place.named("mail.log.3"), place.named("mail.log.3.bak")).unwrap();
        for (name, nanos) in [
            ("mail.log.3", 0),
            ("mail.log.2", 1),
            ("mail.log.1", 3),
            ("mail.log.3.bak", time_of_copy),
        ] {
            place.changed(name, nanos);
        }
        let want = ["two", "three", "four", "five"].map(str::to_owned).to_vec();
        assert_eq!(place.rest(&mark), (want, 0), "{time_of_copy}");
    }
}

/// A copy of the log is no successor of it, whatever its name and its time, and however far the log was read.
#[test]
fn a_copy_beside_the_log() {
    for name in ["mail.log.1", "mail.log.old", "mail.log-20261122"] {
        for copy in ["mail.log.bak", "mail.log-20261123", "mail.log.0"] {
            for (nanos, is_read) in [(0, false), (0, true), (1, false), (1, true)] {
                let place = Place::new();
                place.write("mail.log", &["one", "two"]);
                let mut follow = Follow::open(place.log()).unwrap();
                assert!(follow.next_line().unwrap().is_some());
                if is_read {
                    assert_eq!(all(&mut follow), ["two"]);
                }
                place.rename("mail.log", name);
                fs::copy(place.named(name), place.named(copy)).unwrap();
                place.changed(name, 0);
                place.changed(copy, nanos);
                place.write("mail.log", &["three"]);
                let rest = all(&mut follow);
                assert_eq!(rest.last().map(String::as_str), Some("three"));
                assert_eq!(rest.len(), if is_read { 1 } else { 2 }, "{name} {copy}: {rest:?}");
            }
        }
    }
}

/// So is a copy of a log that has one byte.
#[test]
fn a_copy_of_an_empty_line() {
    let place = Place::new();
    place.write("mail.log", &[""]);
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), [""]);
    place.rename("mail.log", "mail.log.1");
    fs::copy(place.named("mail.log.1"), place.named("mail.log.0")).unwrap();
    place.changed("mail.log.1", 0);
    place.changed("mail.log.0", 1);
    place.write("mail.log", &["three"]);
    assert_eq!(all(&mut follow), ["three"]);
}

/// A file of the same moment is newer if its name says so. A name without a number says nothing.
#[test]
fn another_file_of_the_same_moment() {
    for (name, other, is_newer) in [
        ("mail.log.1", "mail.log.0", true),
        ("mail.log.1", "mail.log.2", false),
        ("mail.log.1", "mail.log.01", false),
        ("mail.log.1", "mail.log.errors", false),
        ("mail.log.old", "mail.log.errors", false),
        ("mail.log.old", "mail.log.0", false),
        ("mail.log-20261122", "mail.log-20261123", true),
        ("mail.log-20261122", "mail.log-errors", false),
    ] {
        let place = Place::new();
        place.write("mail.log", &["one"]);
        let mut follow = Follow::open(place.log()).unwrap();
        assert_eq!(all(&mut follow), ["one"]);
        place.rename("mail.log", name);
        place.write(other, &["two"]);
        place.changed(name, 0);
        place.changed(other, 0);
        place.write("mail.log", &["three"]);
        let want: &[&str] = if is_newer { &["two", "three"] } else { &["three"] };
        assert_eq!(all(&mut follow), want, "{name} {other}");
    }
}

/// A copy beside a log that was not rotated is not read.
#[test]
fn a_copy_beside_an_unchanged_log() {
    let place = Place::new();
    place.write("mail.log", &["one", "two"]);
    let mark = place.first_line();
    fs::copy(place.log(), place.named("mail.log.bak")).unwrap();
    place.write("mail.log", &["three"]);
    assert_eq!(place.rest(&mark), (vec!["two".into(), "three".into()], 0));
}

/// The first line of a new file is waited for if it is not complete.
#[test]
fn an_incomplete_line_in_the_new_file() {
    let place = Place::new();
    place.write("mail.log", &["one"]);
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    place.rename("mail.log", "mail.log.1");
    let mut new = append(&place.log());
    write!(new, "tw").unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    writeln!(new, "o").unwrap();
    assert_eq!(all(&mut follow), ["two"]);
}
