//! `mailq`: which messages are listed, and which come first.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use postfix_queuefile::build::Encoder;
use tempfile::TempDir;

const NOW: &str = "1700010000";

/// A message in a queue, as cleanup writes it.
struct Message<'a> {
    place: &'a str,
    age: u64,
    sender: &'a [u8],
    client: &'a str,
    recipients: &'a [&'a [u8]],
    reason: &'a str,
}

fn put(spool: &Path, place: &str, file: &[u8]) -> Result<()> {
    let path = spool.join(place);
    fs::create_dir_all(path.parent().context("no directory")?)?;
    fs::write(&path, file)?;
    Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?)
}

fn spool() -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    for message in [
        Message {
            place: "deferred/A0A1B2C3D4",
            age: 100,
            sender: b"alice@One.test",
            client: "192.0.2.1",
            recipients: &[b"bob@x.test", b"carol@Y.test"],
            reason: "host mx[192.0.2.9] said: 450 4.2.0 Greylisted, try again later",
        },
        Message {
            place: "deferred/B0A1B2C3D4",
            age: 4000,
            sender: b"",
            client: "192.0.2.2",
            recipients: &[b"bob@y.test"],
            reason: "connect to mx[192.0.2.9]:25: Connection timed out",
        },
        Message {
            place: "hold/C0A1B2C3D4",
            age: 9000,
            sender: b"alice@two.test",
            client: "192.0.2.1",
            recipients: &[b"dave@x.test"],
            reason: "",
        },
    ] {
        let id = message.place.rsplit('/').next().unwrap_or_default();
        let mut file = Encoder::new().size().time(1_700_010_000 - message.age);
        file = file.attribute("log_client_address", message.client);
        file = file.attribute("log_client_name", "client.test").from(message.sender);
        let mut log = String::new();
        for recipient in message.recipients {
            let (address, at) = (String::from_utf8_lossy(recipient), file.position());
            let reason = message.reason;
            log += &format!("recipient={address}\noffset={at}\nstatus=4.0.0\nreason={reason}\n\n");
            file = file.rcpt(recipient);
        }
        put(dir.path(), message.place, &file.message().text(b"x").extracted().end())?;
        if !message.reason.is_empty() {
            put(dir.path(), &format!("defer/{id}"), log.as_bytes())?;
        }
    }
    Ok(dir)
}

fn mailq(spool: &Path, arguments: &[&str]) -> Result<Output> {
    let mut mailq: Command = common::example("mailq")?;
    Ok(mailq.arg("--spool").arg(spool).args(["--now", NOW]).args(arguments).output()?)
}

/// The first letters of the queue ids, in their order.
fn listed(output: &[u8]) -> Result<String> {
    let mut letters = String::new();
    for line in String::from_utf8_lossy(output).lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        letters.extend(message["queue_id"].as_str().and_then(|id| id.chars().next()));
    }
    Ok(letters)
}

#[test]
fn messages_have_all_that_is_asked_for() -> Result<()> {
    let spool = spool()?;
    for (arguments, expected) in [
        (&[][..], "ABC"),
        (&["--queue", "hold"], "C"),
        (&["--queue", "hold", "--queue", "deferred"], "ABC"),
        (&["--queue", "active"], ""),
        (&["--sender", "alice@one.TEST"], "A"),
        (&["--sender", "Alice@one.test"], ""),
        (&["--sender", "<>"], "B"),
        (&["--sender", "*@t*.test"], "C"),
        (&["--recipient", "bob@x.test"], "A"),
        (&["--recipient", "@x.test"], "AC"),
        (&["--domain", "y.test"], "AB"),
        (&["--domain", "@y.test", "--recipient", "bob@*"], "B"),
        (&["--client", "192.0.2.1"], "AC"),
        (&["--client", "CLIENT.test"], "ABC"),
        (&["--class", "greylist"], "A"),
        (&["--class", "net_timeout"], "B"),
        (&["--class", "greylist", "--domain", "y.test"], "A"),
        (&["--class", "mailbox_full"], ""),
        (&["--older-than", "1h"], "BC"),
        (&["--older-than", "100"], "BC"),
        (&["--older-than", "99s"], "ABC"),
        (&["--older-than", "2h", "--client", "192.0.2.1"], "C"),
        (&["--compat", "3.12", "--sender", "<>"], "B"),
    ] {
        let output = mailq(spool.path(), arguments)?;
        ensure!(output.status.success(), "{output:?}");
        let mut letters: Vec<_> = listed(&output.stdout)?.chars().collect();
        letters.sort_unstable();
        assert_eq!(letters.iter().collect::<String>(), expected, "{arguments:?}");
    }
    for arguments in [["--queue", "defer"], ["--class", "nonsense"], ["--older-than", "1y"]] {
        assert_eq!(mailq(spool.path(), &arguments)?.status.code(), Some(2), "{arguments:?}");
    }
    let page = mailq(spool.path(), &["-p", "--queue", "hold"])?.stdout;
    ensure!(String::from_utf8_lossy(&page).contains("in 1 Request."));
    Ok(())
}

#[test]
fn what_the_queue_manager_dies_of_comes_first_and_says_so() -> Result<()> {
    let spool = spool()?;
    let odd = Path::new(env!("CARGO_MANIFEST_DIR")).join("../postfix-queuefile/tests/data/odd");
    for (name, id) in [("old-size-empty-m.qf", "F1F1B2C3D4"), ("old-size-no-m.qf", "F2F1B2C3D4")] {
        put(spool.path(), &format!("deferred/{id}"), &fs::read(odd.join(name))?)?;
    }
    let output = mailq(spool.path(), &[])?;
    ensure!(output.status.success(), "{output:?}");
    let letters = listed(&output.stdout)?;
    ensure!(letters.starts_with("FF") && letters.len() == 5, "{letters}");
    for line in String::from_utf8_lossy(&output.stdout).lines().take(2) {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let mut warnings = message["warnings"].as_array().into_iter().flatten();
        let says =
            |text: &serde_json::Value| text.as_str().is_some_and(|text| text.contains("dies of"));
        ensure!(warnings.any(says), "{message}");
    }
    let selected = mailq(spool.path(), &["--sender", "<>"])?;
    assert_eq!(listed(&selected.stdout)?, "B");
    Ok(())
}
