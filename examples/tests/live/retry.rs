//! The times of the next attempt and of expiry that we compute, against what the queue manager then does.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postfix_queuefile::config::{MainCf, RetryParams};
use postfix_queuefile::{Queue, Spool};

use crate::log::deliver;
use crate::support::{Instance, checked, smtp_sink, wait_until};

pub(crate) const TESTS: &[crate::Test] =
    &[("attempts_and_expiry_are_not_before_they_are_said_to_be", attempts)];

/// What we said while the message waited.
#[derive(Debug)]
struct Said {
    last: u64,
    next: u64,
    expires: u64,
}

/// A minute and more: only with `POSTFIX_LIVE_SLOW=1`.
fn attempts() -> Result<()> {
    if !crate::slow_too() {
        println!("not run: takes more than a minute (POSTFIX_LIVE_SLOW=1)");
        return Ok(());
    }
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let instance = Instance::start(&[
        ("transport_maps", &format!("inline:{{ r.test=smtp:[127.0.0.1]:{port} }}")),
        ("default_transport", "discard"),
        ("queue_run_delay", "1s"),
        ("minimal_backoff_time", "4s"),
        ("maximal_backoff_time", "15s"),
        ("maximal_queue_lifetime", "60s"),
    ])?;
    let config = MainCf::read(instance.config())?;
    let (spool, params) = (Spool::locate(None, Some(&config))?, RetryParams::try_from(&config)?);
    deliver(instance.port(), "b@r.test", "tried again and again")?;
    let mut said: Vec<Said> = Vec::new();
    let mut log = String::new();
    wait_until("the message to expire", || {
        for entry in spool.entries(&[Queue::Deferred]) {
            let entry = entry?;
            let next = entry.next_retry().context("no next attempt")?.seconds();
            if said.last().is_none_or(|last| last.next != next) {
                let last = entry.last_attempt(&params).context("no last attempt")?.seconds();
                let expires = entry.expires(&params).context("no expiry")?.seconds();
                said.push(Said { last, next, expires });
            }
        }
        log = String::from_utf8_lossy(&fs::read(instance.log())?).into_owned();
        Ok(log.contains("status=expired"))
    })
    .with_context(|| instance.log_tail())?;

    let times = |what: &str| -> Result<Vec<u64>> {
        log.lines().filter(|line| line.contains(what)).map(seconds).collect()
    };
    let (attempts, expired) = (times("status=deferred")?, times("status=expired")?);
    let context = || format!("{said:?}, attempts at {attempts:?}, expired at {expired:?}");
    ensure!(said.len() > 3 && attempts.len() > 3 && expired.len() == 1, "{}", context());
    for one in &said {
        // The queue manager takes a file whose time is one second ahead, but no more.
        let next = attempts.iter().position(|&time| time + 1 >= one.next);
        let next = next.with_context(context)?;
        // The attempt before that is the last one; it is logged no later than the queue manager defers the message.
        let last = *next.checked_sub(1).and_then(|at| attempts.get(at)).with_context(context)?;
        ensure!(last <= one.last && one.last < one.next, "{one:?}: {}", context());
        ensure!(one.expires == said[0].expires, "{one:?}: {}", context());
    }
    // Every attempt but the last was before the expiry, and the last was not.
    let expires = said[0].expires;
    ensure!(expired[0] >= expires, "{}", context());
    let early = &attempts[..attempts.len() - 1];
    ensure!(early.iter().all(|&time| time <= expires), "{}", context());
    println!("{}", context());
    Ok(())
}

/// The time of a log line, in seconds since the epoch.
fn seconds(line: &str) -> Result<u64> {
    let stamp = line.get(..15).context("a line without a time")?;
    let output = checked(Command::new("date").args(["+%s", "-d", stamp]))?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
