//! What operators and accidents do to a queue: mail is bounced softly, expired by hand, half written by a process that is
//! killed, kept after a warning, and left in directories of another depth. Both listings are the same at each stage.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postfix_log::{Event, Status, lines};
use postfix_queuefile::config::MainCf;
use postfix_queuefile::envelope::DelayWarning;
use postfix_queuefile::spool::{Entry, Skip};
use postfix_queuefile::{Envelope, Queue, Spool};

use crate::common::example;
use crate::log::{Client, deliver, typed};
use crate::mailq::same_listing;
use crate::support::{Instance, checked, smtp_sink, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[
    ("soft_bounces_stay_in_the_queue", soft_bounce),
    ("expired_by_hand", expired_by_hand),
    ("cleanup_killed_while_it_writes", cleanup_killed),
    ("a_delay_warning_that_was_sent", delay_warning),
    ("another_hash_depth_with_mail_in_the_queue", other_depth),
    ("two_instances_one_behind_the_other", two_instances),
];

fn spool(instance: &Instance) -> Result<Spool> {
    Ok(Spool::locate(None, Some(&MainCf::read(instance.config())?))?)
}

/// The entries of a queue.
fn entries(instance: &Instance, queue: Queue) -> Result<Vec<Entry>> {
    spool(instance)?.entries(&[queue]).map(|entry| Ok(entry?)).collect()
}

fn log(instance: &Instance) -> Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(instance.log())?).into_owned())
}

/// Waits until `count` messages are deferred and none is active.
fn wait_deferred(instance: &Instance, count: usize) -> Result<()> {
    wait_until("all mail to be deferred", || {
        Ok(entries(instance, Queue::Deferred)?.len() == count
            && entries(instance, Queue::Active)?.is_empty()
            && entries(instance, Queue::Incoming)?.is_empty())
    })
    .with_context(|| instance.log_tail())
}

/// Our `postcat` and Postfix's print the same of a file.
fn same_postcat(instance: &Instance, entry: &Entry) -> Result<()> {
    let path = instance.spool().join(entry.path());
    let theirs = checked(instance.command("postcat").arg(&path))?.stdout;
    let ours = checked(example("postcat")?.arg(&path))?.stdout;
    ensure!(ours == theirs, "postcat of {} differs", path.display());
    Ok(())
}

/// Errors for ever, which `soft_bounce` makes errors for now.
fn soft_bounce() -> Result<()> {
    let (_sink, port) = smtp_sink(&["-f", "RCPT"])?;
    let (_late, late) = smtp_sink(&["-f", "DATA"])?;
    let map = format!(
        "inline:{{ rcpt.test=smtp:[127.0.0.1]:{port}, data.test=smtp:[127.0.0.1]:{late} }}"
    );
    let instance = Instance::start(&[("soft_bounce", "yes"), ("transport_maps", &map)])?;
    deliver(instance.port(), "a@rcpt.test", "a refused recipient")?;
    deliver(instance.port(), "b@data.test", "a refused message")?;
    wait_deferred(&instance, 2)?;
    ensure!(same_listing(&instance)? == 2);
    let log = fs::read(instance.log())?;
    let mut seen = 0;
    for line in lines(&log) {
        if let Event::Delivery(delivery) = line.event()? {
            let soft = matches!(delivery.status, Status::Deferred | Status::SoftBounce);
            ensure!(soft, "{delivery:?}");
            seen += 1;
        }
    }
    ensure!(seen >= 2, "{seen} attempts");
    for entry in entries(&instance, Queue::Deferred)? {
        ensure!(entry.envelope().recipients().count() == 1);
        same_postcat(&instance, &entry)?;
    }
    typed(&log)
}

/// `postsuper -e` marks mail, `-f` also releases it; what is marked goes at the next attempt, what is on hold stays.
fn expired_by_hand() -> Result<()> {
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let instance = Instance::start(&[("relayhost", &format!("[127.0.0.1]:{port}"))])?;
    for name in ["plain", "marked", "held", "released"] {
        deliver(instance.port(), &format!("{name}@r.test"), name)?;
    }
    wait_deferred(&instance, 4)?;
    let find = |name: &str| -> Result<(String, Queue, bool)> {
        let address = format!("{name}@r.test");
        let all = spool(&instance)?.entries(Queue::LISTED).collect::<Result<Vec<_>, _>>()?;
        let entry = all.iter().find(|entry| entry.has_recipient(address.as_bytes()));
        let entry = entry.with_context(|| format!("{name} is gone"))?;
        Ok((entry.id().to_string(), entry.queue(), entry.is_forced_to_expire()))
    };
    let id = |name: &str| find(name).map(|(id, _, _)| id);
    instance.output("postsuper", &["-h", &id("held")?])?;
    instance.output("postsuper", &["-h", &id("released")?])?;
    for (option, name) in [("-e", "marked"), ("-e", "held"), ("-f", "released")] {
        instance.output("postsuper", &[option, &id(name)?])?;
    }
    for (name, queue, forced) in [
        ("plain", Queue::Deferred, false),
        ("marked", Queue::Deferred, true),
        ("held", Queue::Hold, true),
        ("released", Queue::Deferred, true),
    ] {
        let found = find(name)?;
        ensure!((found.1, found.2) == (queue, forced), "{name}: {found:?}");
    }
    ensure!(same_listing(&instance)? == 4);
    let going = [id("marked")?, id("released")?];
    instance.output("postqueue", &["-f"])?;
    wait_until("what is marked to be returned", || {
        let log = log(&instance)?;
        Ok(going.iter().all(|id| log.contains(&format!("{id}: removed"))))
    })
    .with_context(|| instance.log_tail())?;
    ensure!(find("plain")?.1 == Queue::Deferred && find("held")?.1 == Queue::Hold);
    same_listing(&instance)?;
    let log = fs::read(instance.log())?;
    let forced = lines(&log)
        .filter(|line| {
            line.event()
                .is_ok_and(|event| matches!(event, Event::Expired(expired) if expired.forced))
        })
        .count();
    ensure!(forced == 2, "{forced} forced");
    typed(&log)
}

/// A file that nobody ends: no listing has it, a scan counts it as unfinished, and what it holds is read.
fn cleanup_killed() -> Result<()> {
    let instance =
        Instance::start(&[("defer_transports", "smtp"), ("service_throttle_time", "1s")])?;
    let mut client = Client::connect(instance.port())?;
    for line in ["EHLO client.test", "MAIL FROM:<a@s.test>", "RCPT TO:<b@r.test>", "DATA"] {
        client.say(line)?;
    }
    let line = "words of a message that does not end \r\n";
    client.stream.write_all(b"Subject: unfinished\r\nMessage-ID: <unfinished@s.test>\r\n\r\n")?;
    client.stream.write_all(line.repeat(5_000).as_bytes())?;
    let names = || -> Result<Vec<_>> {
        let names = fs::read_dir(instance.spool().join("incoming"))?;
        names.map(|entry| Ok(entry?.path())).collect()
    };
    // It is written in pieces of some kilobytes.
    wait_until("a file that has some of the message", || {
        Ok(names()?.iter().any(|path| fs::metadata(path).is_ok_and(|file| file.len() > 50_000)))
    })?;
    let text = log(&instance)?;
    let cleanup = text.split("/cleanup[").nth(1).and_then(|rest| rest.split(']').next());
    let before = names()?;
    let kill = format!("kill -9 {}", cleanup.with_context(|| text.clone())?);
    checked(Command::new("sh").args(["-c", &kill]))?;
    wait_until("the end of cleanup to be noticed", || {
        Ok(log(&instance)?.contains("killed by signal 9"))
    })?;
    drop(client);
    ensure!(names()? == before && before.len() == 1, "{before:?}");
    let file = fs::read(&before[0])?;
    let envelope = Envelope::parse(&file)?;
    ensure!(envelope.sender() == Some(b"a@s.test".as_slice()));
    ensure!(envelope.damage().is_some() && Envelope::parse_strict(&file).is_err());
    let theirs = instance.command("postcat").arg(&before[0]).output()?;
    let ours = example("postcat")?.arg(&before[0]).output()?;
    ensure!(ours.stdout == theirs.stdout && ours.status.success() == theirs.status.success());
    let spool = spool(&instance)?;
    let mut scan = spool.entries(Queue::LISTED);
    ensure!(scan.by_ref().next().is_none());
    let report = scan.report();
    ensure!(report.skipped_for(Skip::Unfinished) == 1 && report.files() == 1, "{report:?}");
    ensure!(same_listing(&instance)? == 0);
    // The next message goes its way.
    deliver(instance.port(), "c@r.test", "after the accident")?;
    wait_until("the next message to be deferred", || {
        Ok(entries(&instance, Queue::Deferred)?.len() == 1)
    })?;
    ensure!(same_listing(&instance)? == 1);
    typed(&fs::read(instance.log())?)
}

/// The warning is due, is sent, and its sending is noted in the file.
fn delay_warning() -> Result<()> {
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let instance = Instance::start(&[
        ("transport_maps", &format!("inline:{{ r.test=smtp:[127.0.0.1]:{port} }}")),
        ("default_transport", "discard"),
        ("delay_warning_time", "3s"),
        ("queue_run_delay", "1s"),
        ("minimal_backoff_time", "1s"),
        ("maximal_backoff_time", "2s"),
    ])?;
    deliver(instance.port(), "b@r.test", "late")?;
    let find = || -> Result<Option<Entry>> {
        let all = spool(&instance)?.entries(Queue::LISTED).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().find(|entry| entry.has_recipient(b"b@r.test")))
    };
    let mut due = 0;
    wait_until("the warning to be sent", || {
        let sent = log(&instance)?.contains("sender delay notification");
        if let Some(entry) = find()? {
            match entry.envelope().delay_warning() {
                DelayWarning::Due(time) => {
                    let arrival = entry.envelope().created().context("no creation time")?;
                    let wait = time.seconds().checked_sub(arrival.seconds());
                    ensure!(wait.is_some_and(|wait| (3..=4).contains(&wait)), "due {wait:?}");
                    due += 1;
                }
                DelayWarning::Sent => return Ok(sent),
                other => ensure!(false, "{other:?}"),
            }
        }
        Ok(false)
    })
    .with_context(|| instance.log_tail())?;
    instance.postfix("stop")?;
    let entry = find()?.context("the message is gone")?;
    let file = fs::read(instance.spool().join(entry.path()))?;
    ensure!(Envelope::parse_strict(&file)?.delay_warning() == DelayWarning::Sent);
    same_postcat(&instance, &entry)?;
    println!("due {due} times");
    typed(&fs::read(instance.log())?)
}

/// Postfix does not find what lies at the old depth until `postsuper -s` has moved it.
fn other_depth() -> Result<()> {
    let instance = Instance::start(&[
        ("defer_transports", "smtp"),
        ("hash_queue_names", "deferred defer"),
        ("hash_queue_depth", "1"),
    ])?;
    let main = instance.config().join("main.cf");
    let text = fs::read_to_string(&main)?;
    let mut count = 0;
    for (names, depth) in [("deferred defer", "2"), ("hold", "1"), ("deferred defer", "1")] {
        deliver(instance.port(), "b@r.test", depth)?;
        count += 1;
        wait_deferred(&instance, count)?;
        ensure!(same_listing(&instance)? == count);
        fs::write(
            &main,
            format!("{text}hash_queue_names = {names}\nhash_queue_depth = {depth}\n"),
        )?;
        let before = entries(&instance, Queue::Deferred)?;
        ensure!(
            before.len() == count && before.iter().all(Entry::is_misfiled),
            "{names} {depth}: {:?}",
            before.iter().map(Entry::path).collect::<Vec<_>>()
        );
        instance.postfix("reload")?;
        same_listing(&instance).context("before postsuper moves the files")?;
        instance.output("postsuper", &["-s"])?;
        let after = entries(&instance, Queue::Deferred)?;
        ensure!(after.len() == count && !after.iter().any(Entry::is_misfiled));
        ensure!(same_listing(&instance)? == count, "after postsuper moved the files");
    }
    Ok(())
}

/// What one instance sent, the other has under an id of its own; each is listed with its own messages.
fn two_instances() -> Result<()> {
    let second = Instance::start(&[
        ("defer_transports", "smtp"),
        ("syslog_name", "postfix-second"),
        ("multi_instance_name", "postfix-second"),
    ])?;
    let relay = format!("[127.0.0.1]:{}", second.port());
    let directories = second.config().display().to_string();
    let first = Instance::start(&[
        ("transport_maps", &format!("inline:{{ r.test=smtp:{relay} }}")),
        ("default_transport", "smtp:[127.0.0.1]:1"),
        ("enable_long_queue_ids", "yes"),
        ("multi_instance_directories", &directories),
    ])?;
    deliver(first.port(), "b@r.test", "goes on")?;
    deliver(first.port(), "b@stays.test", "stays")?;
    wait_deferred(&second, 1)?;
    wait_deferred(&first, 1)?;
    ensure!(same_listing(&first)? == 1 && same_listing(&second)? == 1);
    let id = |instance: &Instance| -> Result<String> {
        Ok(entries(instance, Queue::Deferred)?.first().context("empty")?.id().to_string())
    };
    ensure!(id(&first)?.len() > 12 && id(&second)?.len() < 12);
    let log = fs::read(first.log())?;
    let queued = format!("queued as {}", id(&second)?);
    let reasons = lines(&log).filter_map(|line| match line.event().ok()? {
        Event::Delivery(delivery) if delivery.status == Status::Sent => Some(delivery.reason),
        _ => None,
    });
    let reasons: Vec<_> = reasons.map(String::from_utf8_lossy).collect();
    ensure!(reasons.len() == 1 && reasons[0].ends_with(&queued), "{queued}: {reasons:?}");
    typed(&log)?;
    let log = fs::read(second.log())?;
    ensure!(String::from_utf8_lossy(&log).contains("postfix-second/qmgr["));
    typed(&log)
}
