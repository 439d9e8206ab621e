//! `mailq` beside the recorded listings of Postfix's own `postqueue`.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// Trees of the corpus, which is not part of the repository, and the zones they were made in.
const CORPUS: [(&str, &str); 3] = [
    ("dev-features", "Europe/Berlin"),
    ("dev-long-deep", "America/New_York"),
    ("dev-week", "UTC0"),
];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A spool and what `postqueue -j` and `-p` of 3.7.11 print for it.
struct Recorded {
    spool: PathBuf,
    json: Vec<u8>,
    text: Vec<u8>,
    zone: &'static str,
    _dir: Option<TempDir>,
}

fn recorded(archive: &str, name: &str) -> Result<Recorded> {
    let dir = tempfile::tempdir()?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(fs::File::open(data(archive))?)?);
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    archive.unpack(dir.path())?;
    let listing = |kind: &str| -> Result<Vec<u8>> {
        let file = data(&format!("tests/data/mailq/{name}.{kind}.zst"));
        Ok(zstd::decode_all(fs::File::open(file)?)?)
    };
    let (json, text) = (listing("jsonl")?, listing("txt")?);
    Ok(Recorded { spool: dir.path().to_owned(), json, text, zone: "UTC0", _dir: Some(dir) })
}

/// The trees in the directory that `POSTFIX_CORPUS` names, with the listings in the one that
/// `POSTFIX_ORACLE` names.
fn corpus() -> Result<Vec<Recorded>> {
    let place = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(corpus), Some(oracle)) = (place("POSTFIX_CORPUS"), place("POSTFIX_ORACLE")) else {
        eprintln!("corpus not compared: POSTFIX_CORPUS and POSTFIX_ORACLE are not set");
        return Ok(Vec::new());
    };
    let recorded = |(tree, zone): (&str, &'static str)| {
        let listing = |name: &str| fs::read(oracle.join(tree).join(name));
        Ok(Recorded {
            spool: corpus.join("queue").join(tree),
            json: listing("postqueue-j.jsonl")?,
            text: listing("postqueue-p.txt")?,
            zone,
            _dir: None,
        })
    };
    CORPUS.into_iter().map(recorded).collect()
}

fn all() -> Result<Vec<Recorded>> {
    let mut all = corpus()?;
    all.push(recorded("sample/spool.tar.zst", "sample")?);
    all.push(recorded("tests/data/mailq/odd.tar.zst", "odd")?);
    Ok(all)
}

impl Recorded {
    fn mailq(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let mut mailq = common::example("mailq")?;
        mailq.arg("--spool").arg(&self.spool).args(arguments).env("TZ", self.zone);
        let output = mailq.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.stdout)
    }
}

#[test]
fn compat_writes_the_bytes_of_postqueue_j() -> Result<()> {
    for recorded in all()? {
        let ours = recorded.mailq(&["--compat", "3.7.11"])?;
        let sorted = |bytes: &[u8]| {
            let mut lines: Vec<_> =
                bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
            lines.sort();
            lines
        };
        for (ours, theirs) in sorted(&ours).iter().zip(sorted(&recorded.json)) {
            assert_eq!(ours.escape_ascii().to_string(), theirs.escape_ascii().to_string());
        }
        assert_eq!(ours.len(), recorded.json.len());
    }
    Ok(())
}

#[test]
fn compat_prints_the_text_of_postqueue_p() -> Result<()> {
    for recorded in all()? {
        // A heading, messages with an empty line between them, and a last line.
        let sorted = |bytes: Vec<u8>| -> Result<(String, Vec<String>)> {
            let text = bytes.escape_ascii().to_string();
            let (heading, messages) = text.split_once("\\n").context("one line")?;
            let mut messages: Vec<_> = messages.split("\\n\\n").map(str::to_owned).collect();
            messages.sort();
            Ok((heading.to_owned(), messages))
        };
        let ours = recorded.mailq(&["-p", "--compat", "3.7.11"])?;
        assert_eq!(sorted(ours)?, sorted(recorded.text)?);
    }
    Ok(())
}

/// Without `--compat`: the same members with the same values, or a warning that names the difference.
#[test]
fn differences_from_postqueue_are_named() -> Result<()> {
    let (mut named, mut equal) = (0, 0);
    for recorded in all()? {
        let ours = messages(&recorded.mailq(&["--now", "1900000000"])?);
        let theirs = messages(&recorded.json);
        ensure!(!ours.is_empty() && ours.len() >= theirs.len());
        for (id, message) in &ours {
            let warnings = message["warnings"].as_array();
            let says = warnings.is_some_and(|warnings| {
                warnings.iter().any(|w| w.as_str().is_some_and(|w| w.starts_with("postqueue ")))
            });
            let is_equal = theirs
                .get(id)
                .is_some_and(|theirs| common_members(message) == common_members(theirs));
            // Lines that are no JSON (bytes that only look like UTF-8) cannot be compared.
            let is_comparable = theirs.contains_key(id) || !contains(&recorded.json, id.as_bytes());
            if is_comparable {
                assert!(is_equal || says, "{message}");
            }
            named += u32::from(!is_equal);
            equal += u32::from(is_equal);
        }
    }
    ensure!(named > 10 && equal > 300, "{named} differ, {equal} do not");
    Ok(())
}

#[test]
fn what_postqueue_gets_wrong_is_right() -> Result<()> {
    let odd = recorded("tests/data/mailq/odd.tar.zst", "odd")?;
    let (ours, theirs) = (messages(&odd.mailq(&[])?), messages(&odd.json));
    let recipients = |message: &Value| message["recipients"].as_array().map_or(0, Vec::len);
    let (id, thousand) =
        ours.iter().max_by_key(|(_, message)| recipients(message)).context("no message")?;
    assert_eq!((recipients(thousand), recipients(&theirs[id])), (1005, 1010));
    for recipient in thousand["recipients"].as_array().into_iter().flatten() {
        assert_eq!(recipient["delay_reason"], "why", "{recipient}");
    }
    // Two recipients with one address and one log entry.
    let twins = ours.values().filter(|message| {
        let addresses = message["recipients"].as_array().into_iter().flatten();
        let addresses: Vec<_> = addresses.map(|recipient| &recipient["address"]).collect();
        addresses == ["a@x", "a@x"]
    });
    assert_eq!(twins.count(), 1);
    // The file in the wrong directory, which Postfix does not see.
    let lost = &ours["B1B2C3D4E5F"];
    let warnings = lost["warnings"].to_string();
    ensure!(
        warnings.contains("wrong directory") && warnings.contains("does not list this message")
    );
    ensure!(!theirs.contains_key("B1B2C3D4E5F"));
    Ok(())
}

#[test]
fn extra_members_say_what_comes_next() -> Result<()> {
    let sample = recorded("sample/spool.tar.zst", "sample")?;
    let config = tempfile::tempdir()?;
    let text = format!(
        "queue_directory = {}\nmaximal_queue_lifetime = 2d\nbounce_queue_lifetime = 1d\n",
        sample.spool.display()
    );
    fs::write(config.path().join("main.cf"), text)?;
    let config = config.path().to_str().context("no UTF-8")?;
    let mut mailq = common::example("mailq")?;
    let configured = messages(&mailq.args(["-c", config]).output()?.stdout);
    let default = messages(&sample.mailq(&[])?);
    assert_eq!(configured.len(), default.len());
    for (id, message) in &default {
        let is_deferred = message["queue_name"] == "deferred";
        assert_eq!(message["next_retry"].is_u64(), is_deferred, "{message}");
        // The longer lifetime is that of other mail: the queue manager makes no exception for longer-lived bounces.
        let days = if message["sender"] == "MAILER-DAEMON" { 1 } else { 2 };
        if let Some(expires) = message["expires"].as_u64() {
            assert_eq!(configured[id]["expires"], expires - (5 - days) * 86_400, "{message}");
        }
    }
    Ok(())
}

#[test]
fn an_empty_queue_and_no_queue_are_two_things() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let mut mailq = common::example("mailq")?;
    let none = mailq.arg("--spool").arg(dir.path()).output()?;
    assert_eq!(none.status.code(), Some(1));
    ensure!(String::from_utf8_lossy(&none.stderr).contains("no Postfix queue here"));
    fs::create_dir(dir.path().join("active"))?;
    let page = common::example("mailq")?.arg("-p").arg("--spool").arg(dir.path()).output()?;
    assert_eq!(page.stdout, b"Mail queue is empty\n");
    // What is no directory cannot be listed, by root neither.
    fs::write(dir.path().join("hold"), b"")?;
    let partial = common::example("mailq")?.arg("--spool").arg(dir.path()).output()?;
    assert_eq!(partial.status.code(), Some(1));
    ensure!(String::from_utf8_lossy(&partial.stderr).contains("the list is not complete"));
    let bad = common::example("mailq")?.args(["--compat", "new"]).output()?;
    assert_eq!(bad.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_recipient_cannot_send_controls_to_a_terminal() -> Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::create_dir(dir.path().join("deferred"))?;
    let file = dir.path().join("deferred/4A3F8C1B2D");
    let text = "T\x0a1799999000S\x0ba@a.exampleR\x0db@\u{7f}\u{9b}.exampleM\0X\0E\0";
    std::fs::write(&file, text)?;
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let output = common::example("mailq")?.arg("--spool").arg(dir.path()).output()?;
    let line = String::from_utf8(output.stdout)?;
    ensure!(line.contains("\\u009b.example"), "{line}");
    ensure!(!line.trim_end().contains(char::is_control), "{line:?}");
    Ok(())
}

/// Messages by id; lines that are no JSON are left out.
fn messages(lines: &[u8]) -> BTreeMap<String, Value> {
    let lines = lines.split(|&byte| byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages
        .filter_map(|message| Some((message["queue_id"].as_str()?.to_owned(), message)))
        .collect()
}

/// The members that `postqueue -j` of 3.7 has, recipients in no particular order.
fn common_members(message: &Value) -> (Vec<Value>, Vec<String>) {
    let names = ["queue_name", "arrival_time", "message_size", "forced_expire", "sender"];
    let members = names.map(|name| message[name].clone()).to_vec();
    let recipients = message["recipients"].as_array().into_iter().flatten();
    let mut recipients: Vec<_> =
        recipients.map(|r| format!("{} {}", r["address"], r["delay_reason"])).collect();
    recipients.sort();
    (members, recipients)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
