//! `qshape --compat` beside Postfix's own on the spool of a running instance.

use std::ffi::OsStr;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};

use crate::Test;
use crate::common::example;
use crate::support::{Instance, checked, smtp_sink, wait_until};

#[path = "../common/qshape.rs"]
mod table;

pub(crate) const TESTS: &[Test] = &[("the_same_table_with_any_options", same_tables)];

const SETS: usize = 150;

fn same_tables() -> Result<()> {
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let instance = Instance::start(&[("relayhost", &format!("[127.0.0.1]:{port}"))])?;
    let domains = ["a.example", "b.a.example", "c.a.example", "d.c.a.example", "x.test", "y.test"];
    for (count, domain) in (1..).zip(domains) {
        checked(
            instance
                .command("smtp-source")
                .args(["-m", &count.to_string(), "-r", "2"])
                .args(["-f", &format!("from@s{count}.{domain}"), "-t", &format!("to@{domain}")])
                .arg(instance.address()),
        )?;
    }
    wait_until("all mail to be deferred", || {
        let listing = String::from_utf8(instance.output("postqueue", &["-j"])?)?;
        let deferred = listing.lines().filter(|line| line.contains("\"queue_name\": \"deferred\""));
        Ok(deferred.count() == 21)
    })?;
    // One on hold, one marked for early expiry, and one in maildrop, which nobody picks up.
    let listing = String::from_utf8(instance.output("postqueue", &["-j"])?)?;
    let ids: Vec<String> = listing
        .lines()
        .map(|line| {
            Ok(serde_json::from_str::<serde_json::Value>(line)?["queue_id"]
                .as_str()
                .context("no id")?
                .into())
        })
        .collect::<Result<_>>()?;
    instance.output("postsuper", &["-h", &ids[0]])?;
    instance.output("postsuper", &["-e", &ids[1]])?;

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut pick = |choices: &[&str]| -> Vec<String> {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let choice = choices[(random >> 33) as usize % choices.len()];
        choice.split_whitespace().map(str::to_owned).collect()
    };
    let program = example("qshape")?.get_program().to_owned();
    for _ in 0..SETS {
        let words = [
            pick(&["", "-s"]),
            pick(&["", "-p", "-p -m 1", "-p -m 2", "-m 1", "-p -m 0"]),
            pick(&["", "-b 1", "-b 3", "-b 14", "-b 0", "-b x"]),
            pick(&["", "-t 0.05", "-t 0.1", "-t 1", "-t 60", "-t -1", "-t 2.5"]),
            pick(&["", "-l"]),
            pick(&["", "-w 60", "-w 100", "-w 132"]),
            pick(&[
                "",
                "deferred",
                "hold deferred",
                "maildrop",
                "incoming active deferred hold maildrop",
                "defer",
            ]),
        ]
        .concat();
        compare(&instance, &program, &words).with_context(|| format!("qshape {words:?}"))?;
    }
    Ok(())
}

/// The clock goes on: ours must be the same at one of the seconds in which theirs ran.
fn compare(instance: &Instance, program: &OsStr, words: &[String]) -> Result<()> {
    let start = now()?;
    let theirs = checked(Command::new("qshape").arg("-c").arg(instance.config()).args(words))?;
    let mut last = Ok(());
    for second in start..=now()? {
        let ours = checked(
            Command::new(program)
                .arg("--compat")
                .arg("-c")
                .arg(instance.config())
                .args(["--now", &second.to_string()])
                .args(words),
        )?;
        last = table::same_table(&ours.stdout, &theirs.stdout);
        if last.is_ok() {
            break;
        }
    }
    ensure!(theirs.stdout.len() > 20);
    last
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
