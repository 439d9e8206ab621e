//! What is written is whole, or not there.

mod common;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use common::{Place, done, files, log, refused};

#[test]
fn a_host_is_written_by_date_and_is_as_it_was_written() {
    let place = Place::new();
    let path = place.write("mx1.log", log("mx1", 3_000));
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    done(&place.check());
    let dates: Vec<String> = files(&place.out().join("events"))
        .iter()
        .map(|path| path.strip_prefix(place.out()).unwrap().to_str().unwrap().to_owned())
        .collect();
    let expected = ["2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"];
    let expected: Vec<String> = (0..)
        .zip(expected)
        .map(|(part, date)| format!("events/host=mx1/date={date}/part-{part:05}.parquet"))
        .collect();
    assert_eq!(dates, expected);
    assert_eq!((place.count("events"), place.count("fates")), (3_000 * 3 + 1_500 * 2, 3_000));
    assert_eq!(place.count("states"), 4);
}

#[test]
fn a_run_that_is_killed_leaves_nothing_and_can_be_repeated() {
    let place = Place::new();
    let log = log("mx1", 5_000);
    let mut child = place.command("mx1", &["-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // So much that files have been begun.
    stdin.write_all(log.as_bytes()).unwrap();
    while files(&place.out().join("_staging")).len() < 2 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for table in ["events", "fates", "states", "manifest"] {
        assert_eq!(files(&place.out().join(table)), Vec::<std::path::PathBuf>::new(), "{table}");
    }
    refused(&place.check(), "no host was exported");
    let path = place.write("mx1.log", &log);
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    done(&place.check());
    assert_eq!(place.count("fates"), 5_000);
    assert!(!place.out().join("_staging/mx1.partial").exists());
}

#[test]
fn a_run_that_is_killed_while_files_are_put_in_place_is_finished_by_the_next() {
    let place = Place::new();
    let path = place.write("mx1.log", log("mx1", 20));
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    let before = files(&place.out());
    // As it was when only the events were in place.
    let ready = place.out().join("_staging/mx1.ready");
    fs::create_dir(&ready).unwrap();
    for table in ["fates", "states", "manifest"] {
        fs::rename(place.out().join(table).join("host=mx1"), ready.join(table)).unwrap();
    }
    refused(&place.check(), "is not in place yet");
    done(&place.export("mx1", &["--resume", path.to_str().unwrap()]));
    done(&place.check());
    assert_eq!(files(&place.out()), before);
}

#[test]
fn a_log_that_cannot_be_read_to_its_end_leaves_nothing() {
    let place = Place::new();
    let packed = fs::read("../sample/mail.log.zst").unwrap();
    let path = place.write("mx1.log.zst", &packed[..packed.len() / 2]);
    let output = place.export("mx1", &["--tz", "UTC", "--year", "2027", path.to_str().unwrap()]);
    refused(&output, "it is damaged or cut off");
    let left: Vec<_> = files(&place.out());
    assert_eq!(left, [place.out().join("_staging/mx1.lock")]);
}

#[test]
fn a_host_and_a_log_count_once() {
    let place = Place::new();
    let path = place.write("mx1.log", log("mx1", 20));
    let path = path.to_str().unwrap();
    refused(&place.export("mx1", &[path, path]), "given twice");
    done(&place.export("mx1", &[path]));
    refused(&place.export("mx1", &[path]), "already");
    done(&place.export("mx1", &["--resume", path]));
    refused(&place.export("mx2", &[path]), "the log of mx2 is that of mx1");
    done(&place.check());
    assert_eq!(place.count("fates"), 20);
}

#[test]
fn two_processes_do_not_write_the_same_host() {
    let place = Place::new();
    let mut child = place.command("mx1", &["-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(log("mx1", 5_000).as_bytes()).unwrap();
    while files(&place.out().join("_staging")).len() < 2 {
        std::thread::yield_now();
    }
    let path = place.write("other.log", log("mx1", 20));
    refused(&place.export("mx1", &[path.to_str().unwrap()]), "another process");
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(place.count("fates"), 5_000);
}

#[test]
fn check_finds_what_is_damaged_missing_or_too_many() {
    let place = Place::new();
    let path = place.write("mx1.log", log("mx1", 200));
    done(&place.export("mx1", &[path.to_str().unwrap()]));
    let events = files(&place.out().join("events"));
    let good = fs::read(&events[0]).unwrap();
    for at in [4, good.len() / 2, good.len() - 5] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&events[0], bad).unwrap();
        refused(&place.check(), "is not as it was exported");
    }
    fs::remove_file(&events[0]).unwrap();
    refused(&place.check(), "cannot read");
    fs::write(&events[0], good).unwrap();
    done(&place.check());
    fs::copy(&events[0], events[0].with_file_name("copy.parquet")).unwrap();
    refused(&place.check(), "is in no manifest");
}

#[test]
fn times_that_are_not_known_are_asked_for() {
    let place = Place::new();
    let line = "Nov 22 11:00:00 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
    let path = place.write("mx1.log", line);
    let path = path.to_str().unwrap();
    refused(&place.export("mx1", &["--year", "2026", path]), "give --tz");
    let mut child = place
        .command("mx1", &["--tz", "UTC", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    refused(&child.wait_with_output().unwrap(), "give --year");
    done(&place.export("mx1", &["--year", "2026", "--tz", "+02:00", path]));
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let peak = |messages: usize| {
        let place = Place::new();
        let mut child = place
            .command("mx1", &["-j", "1", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(log("mx1", messages).as_bytes()).unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let (short, long) = (peak(2_000), peak(20_000));
    assert!(long < short + 64 * 1024, "{short} kB, {long} kB");
}
