//! `mailq` on queue files with records out of order, beside what releases of Postfix print of them.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mailq/disorder")
}

/// A spool with the files as messages in `deferred`, and their logs.
fn spool() -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    for queue in ["deferred", "defer", "bounce"] {
        fs::create_dir(dir.path().join(queue))?;
    }
    for file in fs::read_dir(data())? {
        let file = file?.path();
        let queue = match file.extension().and_then(|kind| kind.to_str()) {
            None => "deferred",
            Some("jsonl") => continue,
            Some(log) => log,
        };
        let to = dir.path().join(queue).join(file.file_stem().context("no name")?);
        fs::copy(&file, &to)?;
        fs::set_permissions(&to, fs::Permissions::from_mode(0o700))?;
        let time = UNIX_EPOCH + Duration::from_secs(1_700_000_100);
        fs::File::options().write(true).open(&to)?.set_modified(time)?;
    }
    Ok(dir)
}

fn mailq(spool: &Path, arguments: &[&str]) -> Result<(String, String)> {
    let output = common::example("mailq")?.arg("--spool").arg(spool).args(arguments).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok((String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?))
}

#[test]
fn each_release_lists_what_it_lists() -> Result<()> {
    let spool = spool()?;
    // 3.12 was not at hand; its showq is that of 3.11.7.
    for (release, recorded) in
        [("3.7.11", "3.7.11"), ("3.10.13", "3.10.13"), ("3.11.7", "3.11.7"), ("3.12", "3.11.7")]
    {
        let theirs = fs::read_to_string(data().join(format!("postqueue-{recorded}.jsonl")))?;
        let (ours, said) = mailq(spool.path(), &["--compat", release])?;
        let mut ours: Vec<_> = ours.lines().collect();
        ours.sort_unstable();
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>(), "{release}");
        let fatal = said.lines().filter(|line| line.contains("ends here")).count();
        assert_eq!(fatal, if release == "3.7.11" { 6 } else { 0 }, "{said}");
    }
    Ok(())
}

#[test]
fn our_own_list_has_every_recipient_and_names_what_postqueue_makes_of_it() -> Result<()> {
    let (ours, _) = mailq(spool()?.path(), &[])?;
    let line = |id: &str| -> Result<serde_json::Value> {
        let line = ours.lines().find(|line| line.contains(id)).context("not listed")?;
        Ok(serde_json::from_str(line)?)
    };
    let addresses = |message: &serde_json::Value| -> Vec<String> {
        let all = message["recipients"].as_array().into_iter().flatten();
        all.map(|each| each["address"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let says = |message: &serde_json::Value, what: &str| {
        let warnings = message["warnings"].as_array().into_iter().flatten();
        ensure!(warnings.clone().any(|text| text == what), "{message}");
        Ok(())
    };
    let second = line("0SECOND0S1")?;
    assert_eq!(addresses(&second), ["r1@y", "r2@y"]);
    says(&second, "postqueue 3.7.11 does not list this message and ends its listing here")?;
    says(&second, "postqueue 3.12.0 does not list 1: r2@y")?;
    let before = line("HRBEFORES1")?;
    assert_eq!(addresses(&before), ["r1@y", "r2@y"]);
    says(&before, "postqueue 3.12.0 does not list this message")?;
    let late = line("8LATETIME0")?;
    assert_eq!(late["arrival_time"], 1_700_000_000);
    says(&late, "postqueue says arrival_time 1700000100")?;
    let failed = line("6ORIGINALS")?;
    assert_eq!(failed["recipients"][2]["bounce_reason"], "gone", "{failed}");
    says(&failed, "postqueue 3.7.11 does not list 1: d3@y")?;
    Ok(())
}
