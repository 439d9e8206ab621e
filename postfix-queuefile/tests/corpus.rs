//! Every queue file of an unpacked corpus: `POSTFIX_CORPUS=DIR`, where `DIR/queue/TREE/QUEUE/…` are queue directories. Where
//! `postcat` is installed, its word is taken for what the content is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postfix_queuefile::bounce::{BounceKind, BounceLog};
use postfix_queuefile::stream::RecordReader;
use postfix_queuefile::{Envelope, message, records, walk};

fn corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("POSTFIX_CORPUS");
    if dir.is_none() {
        println!("skipped: set POSTFIX_CORPUS to the directory that holds queue/");
    }
    dir.map(|dir| PathBuf::from(dir).join("queue"))
}

fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), into);
        } else {
            into.push(entry.path());
        }
    }
}

fn queues(names: &[&str]) -> Option<Vec<PathBuf>> {
    let mut all = Vec::new();
    for tree in fs::read_dir(corpus()?).unwrap() {
        let tree = tree.unwrap().path();
        for name in names {
            let queue = tree.join(name);
            if queue.is_dir() {
                files(&queue, &mut all);
            }
        }
    }
    assert!(!all.is_empty(), "a corpus has files");
    Some(all)
}

#[test]
fn every_queue_file_is_read() {
    let Some(files) = queues(&["maildrop", "incoming", "active", "deferred", "hold", "corrupt"])
    else {
        return;
    };
    let (mut strict, mut damaged, mut warned) = (0_u64, 0_u64, 0_u64);
    for path in &files {
        let file = fs::read(path).unwrap();
        let Ok(mail) = Envelope::parse(&file) else {
            damaged += 1;
            continue;
        };
        strict += u64::from(Envelope::parse_strict(&file).is_ok());
        damaged += u64::from(mail.damage().is_some());
        warned += u64::from(mail.warnings().count() > 0);
        let mut reader = RecordReader::new(Cursor::new(&file)).unwrap();
        for record in records(&file).map_while(Result::ok) {
            assert_eq!(reader.next_record().unwrap(), Some(record), "{}", path.display());
        }
        if mail.damage().is_none() {
            let walked = walk(&file)
                .map(Result::unwrap)
                .filter(|r| matches!(r.kind().0, b'R' | b'D' | b'/'));
            assert_eq!(walked.count(), mail.recipients().count(), "{}", path.display());
        }
    }
    println!("{} files: {strict} strictly, {damaged} damaged, {warned} with warnings", files.len());
    assert!(strict > 0);
}

#[test]
fn content_is_that_of_postcat() {
    let Some(files) = queues(&["maildrop", "active", "deferred", "hold", "corrupt"]) else {
        return;
    };
    let (mut same, mut asked) = (0_u64, 0_u64);
    for path in files.iter().step_by(files.len().div_ceil(1500)) {
        let postcat =
            Command::new("/usr/sbin/postcat").arg("-bh").arg(path).stderr(Stdio::null()).output();
        let Ok(output) = postcat else {
            println!("skipped: no postcat here");
            return;
        };
        let file = fs::read(path).unwrap();
        let mut text = Vec::new();
        message(&file).read().read_to_end(&mut text).unwrap();
        asked += 1;
        // postcat starts where a size record says even if the file is cut before that.
        assert!(
            text == output.stdout,
            "{}: {} bytes, {}",
            path.display(),
            text.len(),
            output.stdout.len()
        );
        same += 1;
    }
    println!("{same} of {asked} contents equal postcat -bh");
}

#[test]
fn every_log_entry_is_read() {
    let Some(files) = queues(&["defer", "bounce", "trace"]) else { return };
    let mut entries = 0_u64;
    for path in &files {
        let log = fs::read(path).unwrap();
        let mut read = BounceLog::parse(&log, BounceKind::Defer);
        for entry in read.by_ref() {
            assert!(entry.recipient().is_some() && entry.reason().is_some(), "{}", path.display());
            assert_eq!(entry.bad_lines(), 0, "{}", path.display());
            entries += 1;
        }
        assert_eq!(read.remainder(), b"", "{}", path.display());
    }
    println!("{entries} entries in {} logs", files.len());
    assert!(entries > 0);
}
