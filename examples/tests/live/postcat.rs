//! `postcat` and Postfix's on messages that a Milter edited, on the same files with all flags.

use std::ffi::OsStr;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::common::example;
use crate::mailq::same_listing;
use crate::support::{Background, Instance, checked, free_port, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[("edited_by_a_milter", edited_by_a_milter)];

/// What the Milter does, one message each; the names are those of `milter.py`.
const EDITS: &[&str] = &[
    "none",
    "add-recipient",
    "add-recipients",
    "delete-recipient",
    "swap-recipient",
    "sender",
    "sender-long",
    "sender-twice",
    "add-header",
    "add-headers",
    "insert-header",
    "change-header",
    "change-short",
    "delete-header",
    "fold-header",
    "body-short",
    "body-long",
    "body-huge",
    "add-recipient,sender-long,insert-header,body-long,delete-header",
    "body-short,sender,change-header,add-recipients,delete-recipient,add-headers",
];

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/milter.py");

fn edited_by_a_milter() -> Result<()> {
    let port = free_port()?;
    let _milter =
        Background::spawn(Command::new("python3").args([SCRIPT, "serve", &port.to_string()]))?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    wait_until("the milter to listen", || Ok(TcpStream::connect(address).is_ok()))?;
    let milters = format!("inet:{address}");
    let instance = Instance::start(&[
        ("smtpd_milters", &milters),
        ("milter_default_action", "tempfail"),
        ("default_transport", "smtp"),
        ("defer_transports", "smtp"),
        ("hash_queue_names", "defer"),
    ])?;
    let deferred = instance.spool().join("deferred");
    for (count, edit) in (1..).zip(EDITS) {
        let smtp = instance.port().to_string();
        checked(Command::new("python3").args([SCRIPT, "send", &smtp, edit]))
            .with_context(|| format!("{edit}\n{}", instance.log_tail()))?;
        // Sender and recipients of each are listed as by Postfix.
        wait_until("the message to be deferred", || Ok(fs::read_dir(&deferred)?.count() == count))?;
        let listed = same_listing(&instance).with_context(|| String::from(*edit))?;
        ensure!(listed == count, "{listed} of {count} messages are listed after {edit}");
    }

    // Built once; it runs a thousand times.
    let program = example("postcat")?.get_program().to_owned();
    let mut pointers = 0;
    for file in fs::read_dir(&deferred)? {
        let path = file?.path();
        let bytes = fs::read(&path)?;
        pointers += usize::from(has_jumps(&bytes));
        same(&program, &path, &bytes)?;
    }
    ensure!(pointers >= EDITS.len() - 5, "only {pointers} files have pointers that lead somewhere");
    Ok(())
}

/// Compares the output with each set of flags, and the library's content with `-bh`.
fn same(program: &OsStr, path: &Path, bytes: &[u8]) -> Result<()> {
    // -r changes nothing; with -d and -o a difference would show best.
    for flags in (0_u8..32).chain(56..64) {
        let letters = ["-b", "-e", "-h", "-d", "-o", "-r"].iter().enumerate();
        let flags: Vec<_> =
            letters.filter(|(bit, _)| flags >> bit & 1 == 1).map(|(_, flag)| *flag).collect();
        let theirs =
            checked(Command::new("postcat").args(&flags).arg(path).env("TZ", "Europe/Berlin"))?;
        let ours =
            checked(Command::new(program).args(&flags).arg(path).env("TZ", "Europe/Berlin"))?;
        ensure!(ours.stdout == theirs.stdout, "postcat {flags:?} {} differs", path.display());
        if flags == ["-b", "-h"] {
            let mut text = Vec::new();
            std::io::copy(&mut postfix_queuefile::message(bytes).read(), &mut text)?;
            ensure!(text == theirs.stdout, "the content of {} differs", path.display());
        }
    }
    Ok(())
}

/// Whether Postfix's way through the file ever leaves the order of the file.
fn has_jumps(file: &[u8]) -> bool {
    let (mut records, mut jumps) = (postfix_queuefile::walk(file), false);
    loop {
        let at = records.position();
        match records.next() {
            Some(Ok(record)) => jumps |= record.offset() < at || record.offset() > at + 100,
            _ => return jumps,
        }
    }
}
