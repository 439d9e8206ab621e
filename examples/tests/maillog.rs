//! The example program `maillog`, run as its user runs it.

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

const LOG: &str = "\
Dec 31 23:59:59 mx1 postfix/pickup[1]: 1E24013C03E: uid=0 from=<root>
Jan  1 00:00:01 mx1 postfix/qmgr[2]: 1E24013C03E: from=<bob@a.example>, size=9, nrcpt=1 (queue active)
Jan  1 00:00:02 mx1 postfix/local[3]: 1E24013C03E: to=<ann@b.example>, relay=local, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (unknown user: \"ann\")
Jan  1 00:00:03 mx1 sshd[4]: bye
noise
";

fn objects(output: &Output) -> Result<Vec<Value>> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone())?
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn maillog(args: &[&str], log: &Path) -> Result<Output> {
    Ok(common::example("maillog")?.args(args).arg(log).output()?)
}

#[test]
fn one_object_per_line() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("mail.log");
    fs::write(&log, LOG)?;
    let output = maillog(&["--year", "2026", "--tz", "Europe/Berlin"], &log)?;
    let objects = objects(&output)?;
    let times: Vec<Option<&str>> = objects.iter().map(|object| object["time"].as_str()).collect();
    let want = [
        "2026-12-31T23:59:59+01:00",
        "2027-01-01T00:00:01+01:00",
        "2027-01-01T00:00:02+01:00",
        "2027-01-01T00:00:03+01:00",
    ];
    assert_eq!(times, want.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    let events: Vec<&Value> = objects.iter().map(|object| &object["event"]).collect();
    assert_eq!(events, ["queue_start", "queue_active", "delivery", "foreign", "malformed"]);
    let delivery = &objects[2];
    assert_eq!(delivery["delays"], json!([0, 0, 0, 1]));
    assert_eq!((&delivery["class"], &delivery["line"]), (&json!("unknown_user"), &json!(3)));
    let counts = String::from_utf8(output.stderr)?;
    assert!(
        counts.contains("5 lines")
            && counts.contains("1 malformed")
            && counts.contains("0 unrecognized"),
        "{counts}"
    );
    Ok(())
}

#[test]
fn compressed_files_and_stdin_are_one_stream() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (gz, zst) = (dir.path().join("a.gz"), dir.path().join("b.zst"));
    let (first, second) = LOG.split_at(LOG.find("Jan").context("a second line")?);
    let mut packed = flate2::write::GzEncoder::new(File::create(&gz)?, flate2::Compression::fast());
    packed.write_all(first.as_bytes())?;
    packed.finish()?;
    zstd::stream::copy_encode(second.as_bytes(), File::create(&zst)?, 1)?;
    let packed = common::example("maillog")?.args(["--year", "2026"]).args([&gz, &zst]).output()?;
    let mut child = common::example("maillog")?
        .args(["--year", "2026", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("stdin")?.write_all(LOG.as_bytes())?;
    let piped = child.wait_with_output()?;
    assert_eq!(objects(&packed)?, objects(&piped)?);
    assert_eq!(objects(&piped)?.len(), 5);
    Ok(())
}

#[test]
fn without_a_year_there_is_no_time() -> Result<()> {
    let mut child = common::example("maillog")?
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("stdin")?.write_all(LOG.as_bytes())?;
    let output = child.wait_with_output()?;
    assert!(objects(&output)?.iter().all(|object| object.get("time").is_none()));
    assert_eq!(String::from_utf8(output.stderr)?.matches("--year").count(), 1);
    Ok(())
}

#[test]
fn names_are_replaced() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (log, key) = (dir.path().join("mail.log"), dir.path().join("key"));
    fs::write(&log, LOG)?;
    fs::write(&key, "0123456789abcdef")?;
    let key = key.to_str().context("a path")?;
    let output = maillog(&["--year", "2026", "--anonymize", key], &log)?;
    let text = String::from_utf8(output.stdout)?;
    for name in ["root", "bob", "ann"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    assert!(text.contains("@a.example") && text.contains("unknown user: "), "{text}");
    fs::write(key, "short")?;
    let output = maillog(&["--anonymize", key], &log)?;
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn terminal_controls_are_escaped() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("mail.log");
    fs::write(&log, "Nov 22 11:00:00 mx1 foo[1]: a\u{7f}b\u{9b}31mred \u{e9}\n")?;
    let output = maillog(&["--year", "2026"], &log)?;
    let text = String::from_utf8(output.stdout.clone())?;
    assert!(text.contains("a\\u007fb\\u009b31mred \u{e9}"), "{text}");
    assert_eq!(objects(&output)?[0]["text"], "a\u{7f}b\u{9b}31mred \u{e9}");
    Ok(())
}

#[test]
fn exit_status() -> Result<()> {
    assert_eq!(maillog(&[], Path::new("/nonexistent/log"))?.status.code(), Some(1));
    assert_eq!(maillog(&["--no-such-option"], Path::new("log"))?.status.code(), Some(2));
    assert_eq!(maillog(&["--follow"], Path::new("-"))?.status.code(), Some(2));
    assert_eq!(common::example("maillog")?.output()?.status.code(), Some(2));
    Ok(())
}

/// Killed, interrupted, rotated in both ways while running and while stopped: every line once.
#[test]
fn followed_over_rotation_and_death() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (path, state, out) =
        (dir.path().join("mail.log"), dir.path().join("state"), dir.path().join("out"));
    let append = |path: &Path| OpenOptions::new().append(true).create(true).open(path);
    let mut log = append(&path)?;
    let mut written = 0;
    let mut write = |log: &mut File, count: usize| -> Result<()> {
        for _ in 0..count {
            writeln!(
                log,
                "Nov 22 11:00:01 mx1 postfix/qmgr[2]: 1E24013C03E: from=<n{written}@a.example>, size=9, nrcpt=1 (queue active)"
            )?;
            written += 1;
        }
        Ok(())
    };
    for round in 0..4 {
        write(&mut log, 100)?;
        let mut child = common::example("maillog")?
            .args(["--follow", "--year", "2026", "--checkpoint"])
            .args([&state, &path])
            .stdout(append(&out)?)
            .stderr(Stdio::null())
            .spawn()?;
        write(&mut log, 50)?;
        std::thread::sleep(Duration::from_millis(400));
        if round % 2 == 0 {
            fs::rename(&path, dir.path().join(format!("mail.log-{round}")))?;
            log = append(&path)?;
        } else {
            fs::copy(&path, dir.path().join(format!("mail.log-{round}")))?;
            log.set_len(0)?;
        }
        write(&mut log, 50)?;
        std::thread::sleep(Duration::from_millis(100 * round));
        child.kill()?;
        child.wait()?;
        write(&mut log, 10)?;
    }
    let child = common::example("maillog")?
        .args(["--follow", "--year", "2026", "--checkpoint"])
        .args([&state, &path])
        .stdout(append(&out)?)
        .stderr(Stdio::piped())
        .spawn()?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while fs::read_to_string(&out)?.lines().count() < written && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    let output = child.wait_with_output()?;
    assert!(output.status.success());
    let text = fs::read_to_string(&out)?;
    let mut senders = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let object: Value = serde_json::from_str(line)?;
        assert_eq!(object["line"], json!(number));
        senders.push(object["from"].as_str().context("a sender")?.to_owned());
    }
    let want: Vec<String> = (0..written).map(|number| format!("n{number}@a.example")).collect();
    assert_eq!(senders, want);
    Ok(())
}

/// A log on stdin, as a pipe and as a file of 2026.
#[test]
fn the_year_of_stdin() -> Result<()> {
    const LONG: &str = "\
        Nov 22 11:00:00 mx1 postfix/qmgr[1]: 1E24013C03E: removed\n\
        Nov 22 11:00:01 mx1 postfix/qmgr[1]: 4kj7gQ4QqYz1W9HX: removed\n";
    let year = |input: Stdio, text: &str| {
        let mut run = common::example("maillog")?
            .arg("-")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = run.stdin.take() {
            stdin.write_all(text.as_bytes())?;
        }
        let rows = objects(&run.wait_with_output()?)?;
        anyhow::Ok(rows[0]["time"].as_str().map(|time| time[..4].to_owned()))
    };
    assert_eq!(year(Stdio::piped(), LONG)?.as_deref(), Some("2026"));
    let short = LONG.lines().next().unwrap_or_default();
    assert_eq!(year(Stdio::piped(), short)?, None);
    let file = tempfile::NamedTempFile::new()?;
    fs::write(&file, short)?;
    let modified = std::time::UNIX_EPOCH + Duration::from_secs(1_574_420_400);
    file.as_file().set_modified(modified)?;
    assert_eq!(year(File::open(&file)?.into(), "")?.as_deref(), Some("2019"));
    Ok(())
}
