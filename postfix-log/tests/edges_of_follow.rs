//! Places at the very start of a file, and files that take the place of others.
#![cfg(all(feature = "std", unix))]
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]

mod followed;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use postfix_log::read::Follow;

use crate::followed::{Place, all, append};

impl Place {
    /// Writes text to a file, new or old.
    fn write(&self, name: &str, text: &str) {
        append(&self.named(name)).write_all(text.as_bytes()).unwrap();
    }
}

fn empty(path: &Path) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
}

/// A place after an empty line, of one byte, is known by that byte.
#[test]
fn a_place_after_one_byte() {
    let place = Place::new();
    place.write("mail.log", "\none\ntwo\n");
    let mut follow = Follow::open(place.log()).unwrap();
    let first = follow.next_line().unwrap().map(|line| line.to_string());
    let mark = follow.checkpoint();
    assert_eq!((first.as_deref(), mark.offset()), (Some(""), 1));
    fs::copy(place.log(), place.named("mail.log.1")).unwrap();
    empty(&place.log());
    place.write("mail.log", "three\n");
    let mut follow = Follow::resume(place.log(), &mark).unwrap();
    assert_eq!(all(&mut follow), ["one", "two", "three"]);
    assert_eq!(follow.gaps(), 0);
}

/// Another file in the place of one of which nothing was read: what stood in the first is lost, and no other file has
/// it, whatever stands beside the log.
#[test]
fn another_file_before_the_first_line() {
    for has_older in [false, true] {
        let place = Place::new();
        if has_older {
            place.write("mail.log.1", "old\n");
        }
        place.write("mail.log", "");
        let mark = Follow::open(place.log()).unwrap().checkpoint();
        place.write("new", "one\n");
        fs::rename(place.named("new"), place.log()).unwrap();
        let mut follow = Follow::resume(place.log(), &mark).unwrap();
        assert_eq!((all(&mut follow), follow.gaps()), (vec!["one".to_owned()], 1), "{has_older}");
    }
}

/// A file that is followed from its end, and truncated and written again before anything was read.
#[test]
fn another_text_before_the_first_line() {
    let place = Place::new();
    place.write("mail.log", "one\ntwo\n");
    let mut follow = Follow::from_end(place.log()).unwrap();
    empty(&place.log());
    place.write("mail.log", "three\nfour\nfive\n");
    assert_eq!(all(&mut follow), ["three", "four", "five"]);
    assert_eq!(follow.gaps(), 1);
}

/// The place is lost, and before the first line is read the log is rotated: what it had comes first.
#[test]
fn rotated_before_the_first_line() {
    let place = Place::new();
    place.write("mail.log", "lost\n");
    let mut follow = Follow::open(place.log()).unwrap();
    assert!(follow.next_line().unwrap().is_some());
    let mark = follow.checkpoint();
    drop(follow);
    place.write("new", "one\n");
    fs::rename(place.named("new"), place.log()).unwrap();
    let mut follow = Follow::resume(place.log(), &mark).unwrap();
    fs::rename(place.log(), place.named("mail.log.1")).unwrap();
    place.write("mail.log", "two\n");
    assert_eq!(all(&mut follow), ["one", "two"]);
    assert_eq!(follow.gaps(), 1);
}

/// A log that also has another name is read once.
#[test]
fn a_log_of_two_names() {
    let place = Place::new();
    place.write("mail.log", "one\n");
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    fs::rename(place.log(), place.named("mail.log.2")).unwrap();
    place.write("mail.log", "two\n");
    fs::hard_link(place.log(), place.named("mail.log.1")).unwrap();
    assert_eq!(all(&mut follow), ["two"]);
    place.write("mail.log", "three\n");
    assert_eq!((all(&mut follow), follow.gaps()), (vec!["three".to_owned()], 0));
}

/// Generated places are of all kinds, each with a mark that fits before it.
#[cfg(feature = "arbitrary")]
#[test]
fn generated_places() {
    use arbitrary::{Arbitrary, Unstructured};

    let mut places = Vec::new();
    for seed in 0..64_u8 {
        let bytes: Vec<u8> =
            (0..200_u8).map(|at| at.wrapping_mul(seed).wrapping_add(seed)).collect();
        let place =
            postfix_log::read::Checkpoint::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    assert!(places.len() > 50, "{} places", places.len());
    // The farthest place there is, too.
    let is_farthest = |length| {
        let bytes = vec![0xff; length];
        let place = postfix_log::read::Checkpoint::arbitrary(&mut Unstructured::new(&bytes));
        place.is_ok_and(|place| place.offset() == u64::MAX)
    };
    assert!((0..400).any(is_farthest));
    assert!(places.iter().filter(|place| place.offset() > 0 && place.lines() > 0).count() > 50);
}

/// The file that was read is gone, and only one came between it and the log.
#[test]
fn one_file_between() {
    let place = Place::new();
    place.write("mail.log", "one\n");
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one"]);
    fs::remove_file(place.log()).unwrap();
    place.write("mail.log.1", "two\n");
    place.write("mail.log", "three\n");
    assert_eq!((all(&mut follow), follow.gaps()), (vec!["two".to_owned(), "three".to_owned()], 0));
}

/// A newline alone completes the line before it.
#[test]
fn a_newline_that_comes_late() {
    let place = Place::new();
    place.write("mail.log", "one");
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    place.write("mail.log", "\n");
    assert_eq!(follow.next_line().unwrap().map(|line| line.to_string()).as_deref(), Some("one"));
}

/// After a gap, the parts of a message are waited for as before it.
#[test]
fn parts_after_a_gap() {
    let place = Place::new();
    place.write("mail.log", "one\ntwo\n");
    let mut follow = Follow::open(place.log()).unwrap();
    assert_eq!(all(&mut follow), ["one", "two"]);
    empty(&place.log());
    place.write("mail.log", "3\n");
    assert_eq!((all(&mut follow), follow.gaps()), (vec!["3".to_owned()], 1));
    place
        .write("mail.log", "2026-11-22T11:00:01Z stdout P Nov 22 11:00:01 mx1 postfix/qmgr[9]: \n");
    assert_eq!(follow.next_line().unwrap(), None);
    place.write("mail.log", "2026-11-22T11:00:01Z stdout F 1E24013C03E: removed\n");
    let line = follow.next_line().unwrap().map(|line| line.to_string());
    assert_eq!(line.as_deref(), Some("Nov 22 11:00:01 mx1 postfix/qmgr[9]: 1E24013C03E: removed"));
}
