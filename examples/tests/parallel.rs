//! `-j N`: the same output, byte for byte, whatever the number of threads.

mod common;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

fn data(name: &str) -> Result<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../postfix-log/tests/data");
    Ok(fs::read(directory.join(name))?)
}

/// What a program says with so many threads: on both of its outputs, and its exit status.
fn said(
    program: &str,
    options: &[&str],
    files: &[PathBuf],
    jobs: &str,
) -> Result<(Option<i32>, Vec<u8>, String)> {
    let mut command = common::example(program)?;
    let output = command.args(["--year", "2026", "-j", jobs]).args(options).args(files).output()?;
    Ok((output.status.code(), output.stdout, String::from_utf8(output.stderr)?))
}

/// Fails if a program does not say the same with one, two and four threads.
fn same(program: &str, options: &[&str], files: &[PathBuf]) -> Result<()> {
    let one = said(program, options, files, "1")?;
    ensure!(!one.1.is_empty(), "{program} {options:?} says nothing: {}", one.2);
    for jobs in ["2", "4"] {
        let more = said(program, options, files, jobs)?;
        ensure!(
            one.0 == more.0 && one.2 == more.2,
            "{program} {options:?} -j {jobs}: {} {}",
            one.2,
            more.2
        );
        let lines = |output: &(_, Vec<u8>, _)| -> Vec<String> {
            output
                .1
                .split(|byte| *byte == b'\n')
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect()
        };
        let differs = lines(&one).into_iter().zip(lines(&more)).find(|(one, more)| one != more);
        ensure!(one.1 == more.1, "{program} {options:?} -j {jobs}: {differs:?}");
    }
    Ok(())
}

fn all(files: &[PathBuf]) -> Result<()> {
    same("maillog", &[], files)?;
    same("maillog", &["--tz", "Europe/Berlin"], files)?;
    same("fates", &["--json", "--all", "--hops"], files)?;
    same("flows", &["--by", "client"], files)?;
    same("summary", &["--json"], files)?;
    same("trace", &["--json", "--since", "2000-01-01"], files)?;
    triage(files)
}

/// Triage takes the logs as the values of an option, which comes last here.
fn triage(files: &[PathBuf]) -> Result<()> {
    same("triage", &["--json", "--now", "1800000000", "--log"], files)
}

/// The lines of one host, so many times over, each time for another host. The hosts write in turns.
fn hosts(log: &[u8], count: usize) -> Vec<u8> {
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    let each = lines.flat_map(|line| {
        (0..count).flat_map(move |at| {
            let text = String::from_utf8_lossy(line);
            text.replacen(" mx", &format!(" h{at}mx"), 1).into_bytes()
        })
    });
    each.collect()
}

/// Both programs keep something for each host; triage knows sixteen hosts by name.
#[test]
fn several_hosts_read_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = data("fates.log")?;
    let files = [1, 20, 3].map(|count| directory.path().join(format!("log{count}")));
    for (file, count) in files.iter().zip([1, 20, 3]) {
        fs::write(file, hosts(&log, count))?;
    }
    same("fates", &["--json", "--all", "--hops"], &files)?;
    same("fates", &["--all"], &files)?;
    triage(&files)
}

/// The log in everything that may be around its lines.
fn wrapped(log: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let lines: Vec<&[u8]> =
        log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let each = |wrap: &dyn Fn(&[u8], usize) -> Vec<u8>| -> Vec<u8> {
        lines.iter().enumerate().flat_map(|(at, line)| wrap(line, at)).collect()
    };
    let docker = |text: &str| {
        format!("{}\n", json!({"log": text, "stream": "stdout", "time": "2026-11-22T10:00:02.5Z"}))
    };
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let named = |line: &[u8]| {
        let line = text(line);
        let (head, message) = line.split_once(": ").unwrap_or(("-", &line));
        let tag = head.rsplit(' ').next().unwrap_or_default();
        (tag.split('[').next().unwrap_or_default().to_owned(), message.to_owned())
    };
    let halves = |line: &[u8]| {
        let text = text(line);
        let (start, end) = text.split_at(text.floor_char_boundary(text.len() / 2));
        (start.to_owned(), end.to_owned())
    };
    Ok(vec![
        ("docker", each(&|line, _| docker(&(text(line) + "\n")).into())),
        (
            "docker, in parts",
            each(&|line, _| {
                let (start, end) = halves(line);
                (docker(&start) + &docker(&(end + "\n"))).into()
            }),
        ),
        (
            "containers, in parts on two streams",
            each(&|line, at| {
                let (start, end) = halves(line);
                let stamp = "2026-11-22T10:00:02.5Z";
                let stream = ["stdout", "stderr"][at % 2];
                format!(
                    "{stamp} {stream} P {start}\n{stamp} stdout F {}\n{stamp} {stream} F {end}\n",
                    text(line)
                )
                .into()
            }),
        ),
        (
            "a journal",
            each(&|line, at| {
                let (name, message) = named(line);
                let time = (1_795_000_000_000_000_u64 + at as u64 * 700_001).to_string();
                let entry = json!({"MESSAGE": message, "SYSLOG_IDENTIFIER": name, "SYSLOG_PID": "9", "_HOSTNAME": "mx1", "__REALTIME_TIMESTAMP": time});
                format!("{entry}\n").into()
            }),
        ),
        (
            "an export of a journal",
            each(&|line, at| {
                let time = 1_795_000_000_000_000_u64 + at as u64 * 700_001;
                let (name, message) = named(line);
                format!(
                "__REALTIME_TIMESTAMP={time}\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER={name}\nMESSAGE={message}\n\n",
            )
            .into()
            }),
        ),
        ("events", each(&|line, _| format!("data: {}\n", docker(&(text(line) + "\n"))).into())),
        (
            "RFC 5424",
            each(&|line, _| {
                let (name, message) = named(line);
                format!("<22>1 2026-11-22T10:00:02.5Z mx1 {name} 9 - - {message}\n").into()
            }),
        ),
        ("CR and priorities", each(&|line, _| [b"<22>", line, b"\r\n"].concat())),
        (
            "damage",
            each(&|line, at| match at % 6 {
                0 => [line, b"\n\n"].concat(),
                1 => [line, &[0; 40], line, b"\n"].concat(),
                2 => [&[0, 0], line, b" \xff\xfe\x7f\xc2\x85\n"].concat(),
                3 => [line, &b"x".repeat(40_000), b"\n"].concat(),
                4 => [b"{\"log\": \"", line, b"\n"].concat(),
                _ => [&line[..line.len() / 2], b"\n"].concat(),
            }),
        ),
    ])
}

#[test]
fn every_wrapper_reads_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let golden = data("golden.log")?;
    let file = directory.path().join("log");
    // Several times over: more than a batch of lines.
    for (name, log) in wrapped(&golden)? {
        fs::write(&file, log.repeat(6))?;
        same("maillog", &[], std::slice::from_ref(&file)).context(name)?;
        same("fates", &["--json", "--all"], std::slice::from_ref(&file)).context(name)?;
    }
    Ok(())
}

#[test]
fn golden_logs_read_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    for name in
        ["golden.log", "members.log", "fates.log", "frames.txt", "verbose.txt", "catalogue.txt"]
    {
        let file = directory.path().join(name);
        fs::write(&file, data(name)?)?;
        same("maillog", &[], &[file]).context(name)?;
    }
    let key = directory.path().join("key");
    fs::write(&key, [7; 32])?;
    let key = key.to_str().context("a path")?;
    let options = ["--anonymize", key, "--anonymize-domains", "--anonymize-networks"];
    same("maillog", &options, &[directory.path().join("golden.log")])
}

/// Years turn within the logs, some files have no last newline, and lines stand across their ends.
#[test]
fn compressed_files_read_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = data("fates.log")?;
    let quarter = log.len() / 4;
    let mut files = Vec::new();
    for (at, part) in log.chunks(quarter + 1).enumerate() {
        let extension = ["", ".gz", ".zst", ".xz", ".bz2"][(at + 1) % 5];
        let path = directory.path().join(format!("log{at}{extension}"));
        let file = File::create(&path)?;
        match extension {
            ".gz" => {
                let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
                gz.write_all(part)?;
                gz.finish()?;
            }
            ".zst" => zstd::stream::copy_encode(part, file, 1)?,
            ".xz" => {
                let mut xz = liblzma::write::XzEncoder::new(file, 1);
                xz.write_all(part)?;
                xz.finish()?;
            }
            _ => {
                let mut bz2 = bzip2::write::BzEncoder::new(file, bzip2::Compression::fast());
                bz2.write_all(part)?;
                bz2.finish()?;
            }
        }
        files.push(path);
    }
    assert_eq!(files.len(), 4);
    let plain = directory.path().join("plain");
    fs::write(&plain, &log)?;
    files.push(plain);
    all(&files)
}

/// What came before an error is printed, and the error is told.
#[test]
fn a_file_that_breaks_off_reads_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("log.gz");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&data("fates.log")?)?;
    let mut packed = gz.finish()?;
    packed.truncate(packed.len() * 3 / 4);
    fs::write(&path, packed)?;
    let files = [path];
    same("maillog", &[], &files)?;
    let (code, out, error) = said("maillog", &[], &files, "4")?;
    ensure!(code == Some(1) && error.contains("log.gz") && out.len() > 100_000, "{error}");
    Ok(())
}

#[test]
fn no_threads_are_a_usage_error() -> Result<()> {
    for wrong in ["0", "-1", "many"] {
        let (code, _, error) = said("maillog", &[], &["/dev/null".into()], wrong)?;
        ensure!(
            code == Some(2) && error.contains("-j") | error.contains(wrong),
            "{wrong}: {error}"
        );
    }
    Ok(())
}
