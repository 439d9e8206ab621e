//! Following a log through rotation and restarts: every line once, in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(all(feature = "std", unix))]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use postfix_log::read::{Checkpoint, Follow};
use proptest::prelude::*;

/// A log being written, and what has been read of it.
struct Scene {
    dir: tempfile::TempDir,
    log: File,
    written: usize,
    seen: Vec<String>,
    checkpoint: Checkpoint,
    follow: Option<Follow>,
    rotations: usize,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail.log");
        let log = append(&path);
        let follow = Follow::open(path).unwrap();
        let checkpoint = follow.checkpoint();
        let (seen, follow) = (Vec::new(), Some(follow));
        Self { dir, log, written: 0, seen, checkpoint, follow, rotations: 0 }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("mail.log")
    }

    fn write(&mut self, lines: usize) {
        for _ in 0..lines {
            writeln!(self.log, "line {}", self.written).unwrap();
            self.written += 1;
        }
    }

    /// Moves `mail.log` to `mail.log.1`, that to `mail.log.2`, and so on.
    fn shift(&mut self) -> PathBuf {
        for number in (1..=self.rotations).rev() {
            let name = |number: usize| self.dir.path().join(format!("mail.log.{number}"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        self.rotations += 1;
        self.dir.path().join("mail.log.1")
    }

    /// The logger goes on in the old file until it is told to open the new one.
    fn rename(&mut self, late: usize) {
        let old = self.shift();
        fs::rename(self.path(), old).unwrap();
        let new = append(&self.path());
        self.write(late);
        self.log = new;
    }

    fn copy_truncate(&mut self) {
        let copy = self.shift();
        fs::copy(self.path(), copy).unwrap();
        self.log.set_len(0).unwrap();
    }

    fn read(&mut self, most: usize) {
        let path = self.path();
        let checkpoint = self.checkpoint.clone();
        let follow = self.follow.get_or_insert_with(|| Follow::resume(path, &checkpoint).unwrap());
        for _ in 0..most {
            let Some(line) = follow.next_line().unwrap() else { break };
            assert_eq!(line.number(), self.seen.len() as u64 + 1);
            self.seen.push(String::from_utf8(line.text().to_vec()).unwrap());
            self.checkpoint = follow.checkpoint();
        }
    }

    fn kill(&mut self) {
        self.follow = None;
    }

    fn check(&mut self) {
        self.read(usize::MAX);
        let want: Vec<String> = (0..self.written).map(|number| format!("line {number}")).collect();
        assert_eq!(self.seen, want);
        assert_eq!(self.follow.as_ref().unwrap().gaps(), 0);
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

#[test]
fn renamed_while_read() {
    let mut scene = Scene::new();
    scene.write(3);
    scene.read(2);
    scene.rename(2);
    scene.read(9);
    scene.write(1);
    scene.check();
}

#[test]
fn renamed_again_while_behind() {
    for kill in [false, true] {
        let mut scene = Scene::new();
        scene.write(3);
        scene.read(3);
        scene.rename(0);
        pause();
        scene.write(4);
        scene.rename(0);
        pause();
        scene.write(5);
        if kill {
            scene.kill();
        }
        // The second of three files. The third gets another name before its turn.
        scene.read(1);
        scene.rename(1);
        pause();
        scene.write(2);
        scene.check();
    }
}

/// The time of the last change tells the order of rotated files.
fn pause() {
    std::thread::sleep(core::time::Duration::from_millis(20));
}

#[test]
fn renamed_while_a_copy_is_read() {
    let mut scene = Scene::new();
    scene.write(9);
    scene.read(3);
    scene.kill();
    scene.copy_truncate();
    scene.write(4);
    scene.read(1);
    scene.rename(0);
    scene.write(2);
    scene.check();
}

#[test]
fn renamed_twice_while_stopped() {
    let mut scene = Scene::new();
    scene.write(3);
    scene.read(2);
    scene.kill();
    scene.rename(1);
    pause();
    scene.write(2);
    scene.rename(0);
    scene.write(2);
    scene.check();
}

#[test]
fn truncated_while_read_and_while_stopped() {
    let mut scene = Scene::new();
    scene.write(5);
    scene.read(2);
    scene.copy_truncate();
    scene.write(1);
    scene.read(9);
    scene.kill();
    scene.write(3);
    scene.copy_truncate();
    // Longer than before: the size alone does not tell.
    scene.write(20);
    scene.check();
}

#[test]
fn lines_being_written_are_waited_for() {
    let mut scene = Scene::new();
    write!(scene.log, "line ").unwrap();
    scene.read(9);
    assert!(scene.seen.is_empty());
    writeln!(scene.log, "0").unwrap();
    scene.written = 1;
    scene.check();
}

#[test]
fn the_end_of_a_rotated_file_needs_no_newline() {
    let mut scene = Scene::new();
    write!(scene.log, "line 0").unwrap();
    scene.written = 1;
    scene.rename(0);
    scene.write(1);
    scene.check();
}

#[test]
fn without_a_copy_the_gap_is_counted() {
    let mut scene = Scene::new();
    scene.write(5);
    scene.read(5);
    scene.log.set_len(0).unwrap();
    writeln!(scene.log, "new").unwrap();
    scene.read(9);
    assert_eq!(scene.seen.last().map(String::as_str), Some("new"));
    assert_eq!(scene.follow.as_ref().unwrap().gaps(), 1);
    scene.kill();
    fs::remove_file(scene.path()).unwrap();
    scene.log = append(&scene.path());
    writeln!(scene.log, "newer").unwrap();
    scene.read(9);
    assert_eq!(scene.seen.last().map(String::as_str), Some("newer"));
    assert_eq!(scene.follow.as_ref().unwrap().gaps(), 1);
}

#[test]
fn long_lines_and_nul_runs() {
    let mut scene = Scene::new();
    let long = "x".repeat(300_000);
    write!(scene.log, "{long}").unwrap();
    let mut follow = Follow::open(scene.path()).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    write!(scene.log, "{long}\n{}after\n", "\0".repeat(200_000)).unwrap();
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.text().len(), line.length()), (postfix_log::limits::MAX_LINE, 600_000));
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.text(), line.offset(), line.length()), (&b"after"[..], 600_001, 5));
    assert_eq!(follow.next_line().unwrap(), None);
}

#[test]
fn a_missing_log_is_an_error_at_first_and_awaited_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.log");
    assert!(Follow::open(&path).is_err());
    let mut follow = Follow::resume(&path, &Checkpoint::default()).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    fs::write(&path, "one\n").unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"one");
    assert_eq!(follow.gaps(), 0);
}

#[test]
fn from_the_end_on() {
    let mut scene = Scene::new();
    scene.write(100);
    write!(scene.log, "begun ").unwrap();
    let mut follow = Follow::from_end(scene.path()).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    writeln!(scene.log, "before").unwrap();
    scene.write(1);
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.text(), line.number(), line.offset()), (&b"begun before"[..], 1, 790));
    // Its checkpoints are as good as any: the place is found in a renamed file.
    let checkpoint = follow.checkpoint();
    scene.rename(1);
    let mut follow = Follow::resume(scene.path(), &checkpoint).unwrap();
    for (text, number) in [("line 100", 2), ("line 101", 3)] {
        let line = follow.next_line().unwrap().unwrap();
        assert_eq!((line.text(), line.number()), (text.as_bytes(), number));
    }
    assert_eq!(follow.next_line().unwrap(), None);
    assert_eq!(follow.gaps(), 0);
}

#[test]
fn from_the_end_of_logs_that_have_no_line() {
    let mut scene = Scene::new();
    let mut follow = Follow::from_end(scene.path()).unwrap();
    assert_eq!(follow.path(), scene.path());
    scene.write(1);
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"line 0");
    // A truncated log is noticed from there, too.
    scene.log.set_len(0).unwrap();
    writeln!(scene.log, "new").unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"new");
    assert_eq!(follow.gaps(), 1);
    // One without any newline: the rest of what is longer than any line is one.
    scene.log.set_len(0).unwrap();
    write!(scene.log, "{}", "x".repeat(3 << 20)).unwrap();
    let mut follow = Follow::from_end(scene.path()).unwrap();
    write!(scene.log, "\nafter\n").unwrap();
    let line = follow.next_line().unwrap().unwrap();
    assert!(line.is_truncated() && line.length() < 1 << 20, "{} bytes", line.length());
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"after");
    let error = Follow::from_end(scene.dir.path().join("none")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_log_that_is_not_there_yet_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.log");
    let mut follow = Follow::wait_for(&path).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    let checkpoint = follow.checkpoint();
    fs::write(&path, "one\ntwo").unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"one");
    assert_eq!(follow.next_line().unwrap(), None);
    assert_eq!(follow.gaps(), 0);
    let mut follow = Follow::resume(&path, &checkpoint).unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"one");
    assert_eq!(follow.gaps(), 0);
    // One that is there already is followed from its start.
    assert_eq!(Follow::wait_for(&path).unwrap().next_line().unwrap().unwrap().text(), b"one");
}

#[test]
fn errors_name_their_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail\u{1b}[2J.log");
    let shown = dir.path().join(r"mail\x1b[2J.log").display().to_string();
    for error in [Follow::open(&path).unwrap_err(), Follow::from_end(&path).unwrap_err()] {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with(&format!("{shown}: ")), "{error}");
    }
    fs::create_dir(&path).unwrap();
    let error = Follow::open(&path).unwrap().next_line().unwrap_err();
    assert!(error.to_string().starts_with(&format!("{shown}: ")), "{error}");
    let source = core::error::Error::source(error.get_ref().unwrap()).map(ToString::to_string);
    assert!(source.is_some_and(|source| error.to_string().ends_with(&source)));
}

fn part(flag: &str, stream: &str, text: &str) -> String {
    format!("2026-11-22T10:00:02Z {stream} {flag} {text}\n")
}

#[cfg(feature = "serde")]
#[test]
fn parts_of_a_message_outlive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.log");
    let mut log = append(&path);
    let mut write = |text: String| log.write_all(text.as_bytes()).unwrap();
    write(part("P", "stdout", "Nov 22 11:00:02 mx1 postfix/qmgr[1]: 1E24013C03E: re"));
    write(part("F", "stderr", "Nov 22 11:00:02 mx1 other: between"));
    let mut follow = Follow::open(&path).unwrap();
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.number(), line.event().unwrap().name()), (2, "foreign"));
    let place = |follow: &Follow| {
        let json = serde_json::to_string(&follow.checkpoint()).unwrap();
        let place: Checkpoint = serde_json::from_str(&json).unwrap();
        assert_eq!(place, follow.checkpoint());
        let bytes = postcard::to_allocvec(&place).unwrap();
        assert_eq!(postcard::from_bytes::<Checkpoint>(&bytes).unwrap(), place);
        place
    };
    let mut follow = Follow::resume(&path, &place(&follow)).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    write(part("P", "stdout", "mov"));
    assert_eq!(follow.next_line().unwrap(), None);
    let mut follow = Follow::resume(&path, &place(&follow)).unwrap();
    write(part("F", "stdout", "ed"));
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.number(), line.offset(), line.lines()), (1, 0, 3));
    assert_eq!((line.event().unwrap().name(), line.is_truncated()), ("removed", false));
    assert_eq!(follow.checkpoint().lines(), 4);
}

#[test]
fn parts_whose_rest_was_lost_are_given_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.log");
    fs::write(&path, part("P", "stdout", "Nov 22 11:00:02 mx1 a: first")).unwrap();
    let mut follow = Follow::open(&path).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    let place = follow.checkpoint();
    fs::write(&path, part("F", "stdout", "Nov 22 11:00:02 mx1 a: other")).unwrap();
    for mut follow in [Follow::resume(&path, &place).unwrap(), follow] {
        let line = follow.next_line().unwrap().unwrap();
        assert_eq!(
            (line.text(), line.is_truncated()),
            (&b"Nov 22 11:00:02 mx1 a: first"[..], true)
        );
        let line = follow.next_line().unwrap().unwrap();
        assert!(line.to_string().ends_with("a: other") && !line.is_truncated());
        assert_eq!(follow.next_line().unwrap(), None);
        assert_eq!(follow.gaps(), 1);
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_checkpoint_of_a_newer_release_is_refused() {
    let json = serde_json::to_string(&Checkpoint::default()).unwrap();
    let newer = json.replacen("\"version\":1", "\"version\":2", 1);
    let error = serde_json::from_str::<Checkpoint>(&newer).unwrap_err();
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Read(usize),
    Rename(usize),
    CopyTruncate,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..6_usize).prop_map(Step::Write),
        4 => (1..9_usize).prop_map(Step::Read),
        1 => (0..3_usize).prop_map(Step::Rename),
        1 => Just(Step::CopyTruncate),
        1 => Just(Step::Kill),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// One rotation between two looks at the log, which is what a reader that keeps up sees.
    #[test]
    fn every_line_once(steps in prop::collection::vec(step(), 1..40)) {
        let mut scene = Scene::new();
        for step in steps {
            match step {
                Step::Write(lines) => scene.write(lines),
                Step::Read(most) => scene.read(most),
                Step::Kill => scene.kill(),
                Step::Rename(late) => {
                    scene.write(1);
                    scene.rename(late);
                    scene.write(1);
                    scene.read(usize::MAX);
                }
                Step::CopyTruncate => {
                    scene.write(1);
                    scene.read(1);
                    scene.copy_truncate();
                    scene.write(1);
                    scene.read(usize::MAX);
                }
            }
        }
        scene.check();
    }
}

/// Rotation runs beside the reader, a few times in each hundredth of a second: no file is passed over, whenever its name
/// changes.
#[test]
fn rotated_again_and_again() {
    const FILES: usize = 60;
    const LINES: usize = 40;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("mail.log");
    let named = |number: usize| place.path().join(format!("mail.log.{number}"));
    fs::write(&path, b"").unwrap();
    let mut log = Follow::open(&path).unwrap();
    let mut numbers = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for file in 0..FILES {
                let mut log = append(&path);
                for line in 0..LINES {
                    writeln!(log, "line {}", file * LINES + line).unwrap();
                }
                if file + 1 < FILES {
                    for older in (1..=file).rev() {
                        fs::rename(named(older), named(older + 1)).unwrap();
                    }
                    fs::rename(&path, named(1)).unwrap();
                }
                std::thread::sleep(core::time::Duration::from_millis(2));
            }
        });
        while numbers.len() < FILES * LINES {
            assert_eq!(log.gaps(), 0, "after {} lines", numbers.len());
            match log.next_line() {
                Ok(Some(line)) => {
                    let text = String::from_utf8(line.text().to_vec()).unwrap();
                    numbers.push(text["line ".len()..].parse::<usize>().unwrap());
                    assert_eq!(numbers.last(), Some(&(numbers.len() - 1)), "{numbers:?}");
                }
                Ok(None) => std::thread::yield_now(),
                Err(error) => panic!("{error} after {} lines", numbers.len()),
            }
        }
    });
    assert_eq!(log.next_line().unwrap().map(|line| line.number()), None);
}

#[test]
fn a_checkpoint_tells_its_place() {
    use std::os::unix::fs::MetadataExt;

    let mut scene = Scene::new();
    scene.write(3);
    scene.read(2);
    let inode = fs::metadata(scene.path()).unwrap().ino();
    let place = scene.follow.as_ref().unwrap().checkpoint();
    assert_eq!((place.inode(), place.offset(), place.lines()), (inode, 14, 2));
    scene.rename(0);
    scene.write(1);
    scene.read(9);
    let inode = fs::metadata(scene.path()).unwrap().ino();
    let place = scene.follow.as_ref().unwrap().checkpoint();
    assert_eq!((place.inode(), place.offset(), place.lines()), (inode, 7, 4));
}

#[test]
fn a_log_that_is_gone_with_its_copies_is_awaited() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.log");
    fs::write(&path, "one\n").unwrap();
    let mut follow = Follow::open(&path).unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"one");
    let checkpoint = follow.checkpoint();
    fs::remove_file(&path).unwrap();
    // The open file is still there; no other is.
    assert_eq!(follow.next_line().unwrap(), None);
    let mut follow = Follow::resume(&path, &checkpoint).unwrap();
    assert_eq!(follow.next_line().unwrap(), None);
    assert_eq!(follow.gaps(), 1);
    fs::write(&path, "two\n").unwrap();
    let line = follow.next_line().unwrap().unwrap();
    assert_eq!((line.text(), line.number(), line.offset()), (&b"two"[..], 2, 0));
}

/// A place that cannot be looked at is an error, not the end of the log, and reading goes on after it.
#[test]
fn errors_of_the_directory_come_through() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("log");
    fs::create_dir(&dir).unwrap();
    let path = dir.join("mail.log");
    fs::write(&path, "one\n").unwrap();
    // A directory with the name of a rotated log is none.
    fs::create_dir(dir.join("mail.log.d")).unwrap();
    let mut follow = Follow::open(&path).unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"one");
    let checkpoint = follow.checkpoint();
    let mut awaiting = Follow::resume(dir.join("other.log"), &Checkpoint::default()).unwrap();
    assert_eq!(awaiting.next_line().unwrap(), None);
    let aside = outer.path().join("aside");
    fs::rename(&dir, &aside).unwrap();
    fs::write(&dir, "").unwrap();
    let not_a_directory = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotADirectory;
    assert!(follow.next_line().is_err_and(not_a_directory));
    assert!(Follow::resume(&path, &checkpoint).is_err_and(not_a_directory));
    assert!(Follow::open(&path).is_err_and(not_a_directory));
    assert!(awaiting.next_line().is_err_and(not_a_directory));
    fs::remove_file(&dir).unwrap();
    fs::rename(&aside, &dir).unwrap();
    fs::rename(&path, dir.join("mail.log.1")).unwrap();
    fs::write(&path, "two\n").unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"two");
    let mut follow = Follow::resume(&path, &checkpoint).unwrap();
    assert_eq!(follow.next_line().unwrap().unwrap().text(), b"two");
    assert_eq!(follow.gaps(), 0);
}
