//! A file system that is full while a message is written: what is there stays readable, and both listings are the same.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postfix_queuefile::config::MainCf;
use postfix_queuefile::{Queue, Spool};

use crate::log::{Client, deliver, typed};
use crate::mailq::same_listing;
use crate::support::{Instance, checked, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[("a_full_file_system", full)];

/// A small file system in the place of a queue directory, gone when dropped.
struct Mount(PathBuf);

impl Mount {
    fn new(place: PathBuf) -> Result<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,mode=755", "none"]).arg(&place);
        checked(&mut mount).map(|_| Self(place))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn full() -> Result<()> {
    let instance = Instance::start(&[
        ("defer_transports", "smtp"),
        ("message_size_limit", "300000"),
        ("service_throttle_time", "1s"),
    ])?;
    instance.postfix("stop")?;
    let mount = match Mount::new(instance.spool()) {
        Ok(mount) => mount,
        Err(error) => {
            println!("SKIPPED: a file system cannot be mounted here: {error}");
            return Ok(());
        }
    };
    instance.postfix("start")?;
    let result = fill(&instance).with_context(|| instance.log_tail());
    instance.postfix("stop").or_else(|_| instance.postfix("abort"))?;
    drop(mount);
    result
}

fn fill(instance: &Instance) -> Result<()> {
    let spool = Spool::locate(None, Some(&MainCf::read(instance.config())?))?;
    // Each listed message is whole, and nothing is skipped for a reason that is a problem.
    let scan = || -> Result<usize> {
        let mut entries = spool.entries(Queue::LISTED);
        let mut count = 0;
        for entry in entries.by_ref() {
            let entry = entry?;
            ensure!(entry.envelope().damage().is_none(), "{} is damaged", entry.path().display());
            count += 1;
        }
        let report = entries.report();
        let problem = report.skipped().find(|(reason, count)| reason.is_problem() && *count > 0);
        ensure!(problem.is_none(), "{report:?}");
        Ok(count)
    };
    let wait = |count: usize| {
        wait_until("all mail to be deferred", || {
            Ok(spool.names(&[Queue::Deferred]).count() == count
                && spool.names(&[Queue::Active, Queue::Incoming]).count() == 0)
        })
    };
    wait_until("smtpd to listen", || Ok(Client::connect(instance.port()).is_ok()))?;
    deliver(instance.port(), "b@r.test", "before")?;
    wait(1)?;
    ensure!(scan()? == 1 && same_listing(instance)? == 1);

    // The server found enough room when it took the sender; there is none when the message comes.
    let mut client = Client::connect(instance.port())?;
    for line in ["EHLO client.test", "MAIL FROM:<a@s.test>", "RCPT TO:<b@r.test>", "DATA"] {
        let reply = client.say(line)?;
        ensure!(reply.starts_with(['2', '3']), "{line}: {reply}");
    }
    let ballast = instance.spool().join("ballast");
    ensure!(fs::write(&ballast, vec![b'x'; 4 << 20]).is_err(), "the file system is not small");
    let body = "words that find no room\r\n".repeat(8_000);
    let reply = client.say(&format!("Subject: during\r\n\r\n{body}."))?;
    ensure!(reply.starts_with('4'), "{reply}");
    ensure!(scan()? == 1 && same_listing(instance)? == 1);
    let refused = Client::connect(instance.port()).and_then(|mut client| {
        client.say("EHLO client.test")?;
        client.say("MAIL FROM:<a@s.test>")
    })?;
    ensure!(refused.starts_with("452"), "{refused}");
    // An attempt whose record in the defer log finds no room.
    instance.output("postqueue", &["-f"])?;
    wait(1)?;
    ensure!(scan()? == 1 && same_listing(instance)? == 1);

    fs::remove_file(&ballast)?;
    deliver(instance.port(), "c@r.test", "after")?;
    wait(2)?;
    ensure!(scan()? == 2 && same_listing(instance)? == 2);
    typed(&fs::read(instance.log())?)
}
