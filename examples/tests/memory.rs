//! What the programs over a spool keep in memory for a hostile message: at most four times its files.
//!
//! The system holds them to it (`ulimit -d`): a program that asks for more fails. The limit counts what a process could write to,
//! stacks of threads aside from the first one's included, so a few megabytes are added that a program has without any mail.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The length of a message; tests that are not optimized take less, to end in time: `cargo test --release` is the full measure.
const LENGTH: usize = if cfg!(debug_assertions) { 500_000 } else { 10_000_000 };

/// What a program takes with an empty spool: its own data, and the stack of a second thread.
const BASE: u64 = 3_000_000;

/// The queue id of every message here.
const ID: &str = "0A1B2C3D4E";

fn record(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut record = vec![kind];
    let mut length = data.len();
    while length > 0x7f {
        record.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    record.push(length as u8);
    record.extend_from_slice(data);
    record
}

/// A message of which most is `many` times over, `#` in it being the number of the time.
fn message(many: &dyn Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let size = format!("{:15} {:15} {:15} {:15} {:15} {:15}", 3, 0, 1, 0, 3, 0);
    let mut file = record(b'C', size.as_bytes());
    file.extend(record(b'T', b"1700000000 0"));
    file.extend(record(b'S', b"sender@example.com"));
    for number in 0.. {
        if file.len() >= LENGTH {
            break;
        }
        file.extend(many(number));
    }
    for (kind, data) in [(b'M', &b""[..]), (b'N', b"x"), (b'X', b""), (b'E', b"")] {
        file.extend(record(kind, data));
    }
    file
}

/// A message by the name of its shape, and its log of deferrals.
fn shapes() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let plain = |many: &dyn Fn(usize) -> Vec<u8>| (message(many), Vec::new());
    let user = |number: usize| format!("user{number}@example.com");
    let mut logged = Vec::new();
    let deferred = message(&|number| record(b'R', user(number).as_bytes()));
    for number in 0..LENGTH / 400 {
        // The recipients' offsets are not worked out: entries are found by address, which takes more.
        logged.extend(format!("\n<{0}>: connect to mx.example.com[192.0.2.1]:25: Connection timed out\nrecipient={0}\n\
             status=4.4.1\naction=delayed\nreason=connect to mx.example.com[192.0.2.1]:25: Connection timed out\n\n", user(number)).into_bytes());
    }
    let all = [
        ("recipients", plain(&|number| record(b'R', user(number).as_bytes()))),
        ("tiny recipients", plain(&|_| record(b'R', b""))),
        (
            "original recipients",
            plain(&|n| [record(b'O', b"o@x"), record(b'R', user(n).as_bytes())].concat()),
        ),
        ("done recipients", plain(&|_| record(b'D', b"r@x"))),
        ("attributes", plain(&|_| record(b'A', b"client_name=host.example.com"))),
        ("tiny attributes", plain(&|_| record(b'A', b"a=b"))),
        ("attributes of recipients", plain(&|_| record(b'A', b"dsn_orig_rcpt=rfc822;o@x"))),
        ("attributes that are none", plain(&|_| record(b'A', b""))),
        ("unknown records", plain(&|_| record(b'Z', b""))),
        ("senders", plain(&|_| record(b'S', b""))),
        ("pointers", plain(&|_| record(b'p', b"              0"))),
        ("one long recipient", plain(&|_| record(b'R', &vec![b'x'; LENGTH]))),
        ("one long recipient of odd bytes", plain(&|_| record(b'R', &vec![0xff; LENGTH]))),
        ("long recipients", plain(&|_| record(b'R', &[b'"'; 100_000]))),
        (
            "one long attribute",
            plain(&|_| record(b'A', &[b"a=", &vec![b'x'; LENGTH][..]].concat())),
        ),
        ("one long sender", plain(&|_| record(b'S', &vec![b'"'; LENGTH]))),
        ("recipients with a log", (deferred, logged)),
    ];
    all.into_iter().map(|(name, (file, log))| (name, file, log)).collect()
}

fn spool(queue: &str, file: &[u8], log: &[u8]) -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    for (queue, bytes) in [(queue, file), ("defer", log)] {
        fs::create_dir(dir.path().join(queue))?;
        let path = dir.path().join(queue).join(ID);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(dir)
}

/// Runs a program that may take `limit` bytes.
fn run(program: &Path, arguments: &[&str], limit: u64) -> Result<Vec<u8>> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -d \"$1\" || exit 99; shift; exec \"$@\"", "sh"]);
    shell.arg((limit / 1024).to_string()).arg(program).args(arguments);
    let output = shell.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.chars().take(500).collect();
    ensure!(
        output.status.success(),
        "{} {arguments:?}: {}: {said}",
        program.display(),
        output.status
    );
    Ok(output.stdout)
}

/// Each program with its arguments; `%` stands for the spool, `=` for the queue.
const PROGRAMS: [&[&str]; 9] = [
    &["mailq", "--spool", "%"],
    &["mailq", "--spool", "%", "--compat", "3.12"],
    &["mailq", "--spool", "%", "-p"],
    &["qshape", "--spool", "%", "="],
    &["qshape", "--spool", "%", "-s", "="],
    &["qshape", "--spool", "%", "--compat", "="],
    &["postcat", "%/=/0A1B2C3D4E"],
    &["snapdiff", "save", "--spool", "%", "%/saved", "="],
    &["triage", "--spool", "%", "--json"],
];

#[test]
fn a_hostile_message_takes_at_most_four_times_its_files() -> Result<()> {
    let mut paths: Vec<(&str, PathBuf)> = Vec::new();
    for name in ["mailq", "qshape", "postcat", "snapdiff", "triage"] {
        paths.push((name, common::example(name)?.get_program().into()));
    }
    let mut listed = 0;
    for (shape, file, log) in shapes() {
        for queue in ["deferred", "maildrop"] {
            let spool = spool(queue, &file, &log)?;
            let place = spool.path().to_str().context("no UTF-8")?;
            let limit = BASE + 4 * (file.len() + log.len()) as u64;
            // In maildrop a file needs no size record, and the programs that read like Postfix treat it otherwise.
            for words in PROGRAMS.iter().filter(|words| queue == "deferred" || words[0] == "mailq")
            {
                let words: Vec<_> =
                    words.iter().map(|word| word.replace('%', place).replace('=', queue)).collect();
                let words: Vec<_> = words.iter().map(String::as_str).collect();
                let (program, arguments) = words.split_first().context("no program")?;
                let (_, path) =
                    paths.iter().find(|(name, _)| name == program).context("not built")?;
                let out =
                    run(path, arguments, limit).with_context(|| format!("{shape} in {queue}"))?;
                ensure!(!out.is_empty() || *program == "snapdiff", "{shape} in {queue}: {words:?}");
                listed += out.len();
            }
        }
    }
    ensure!(listed > 10 * LENGTH, "{listed} bytes of output");
    Ok(())
}

/// A limit that is too low makes a program fail, so that the test above can.
#[test]
fn the_limit_is_kept() -> Result<()> {
    let qshape: PathBuf = common::example("qshape")?.get_program().into();
    let spool = spool("deferred", &message(&|_| record(b'R', &vec![b'x'; LENGTH])), b"")?;
    let place = spool.path().to_str().context("no UTF-8")?;
    let arguments = ["--spool", place, "deferred"];
    run(&qshape, &arguments, BASE + 4 * LENGTH as u64)?;
    ensure!(run(&qshape, &arguments, LENGTH as u64).is_err());
    Ok(())
}
