//! Problems of Postfix itself: the queue manager, pickup, reloads, lookups.

use examples::text::are;
use postfix_log::event::MasterKind;
use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, quoted, span};
use crate::host::{Dying, Flow, Host};
use crate::verdict::Severity;

const QMGR: [&[u8]; 3] = [b"qmgr", b"oqmgr", b"nqmgr"];
const PICKUP: [&[u8]; 1] = [b"pickup"];

/// Programs that answer lookups for the queue manager.
const LOOKUPS: [&[u8]; 2] = [b"proxymap", b"trivial-rewrite"];

/// Mail that has waited for this many seconds is not being taken: pickup scans maildrop every minute,
/// and the queue manager takes mail at once.
const NOT_TAKEN: u64 = 300;

/// A program that keeps dying at the end of the log.
fn dying<'a>(host: Option<&'a Host>, names: &[&[u8]]) -> Option<&'a Dying> {
    host?.any(names)?.dying.as_ref()
}

/// The time of the last line of master about starts, reloads and stops, if it is a stop.
fn stopped(host: &Host) -> Option<i64> {
    let (time, kind) = host.master.last()?;
    (*kind == MasterKind::Stop).then_some(*time)
}

pub(super) fn queue_manager_dead(view: &View<'_>) -> Vec<Finding> {
    let found = killed(view).or_else(|| dies(view)).or_else(|| is_silent(view));
    found.into_iter().collect()
}

/// A file that kills the queue manager, whether it has already read it or not.
fn killed(view: &View<'_>) -> Option<Finding> {
    let (file, why) = view.spool?.killers.first()?;
    let dying = dying(view.host, &QMGR);
    let waiting = view.messages(Queue::Incoming);
    let idle = waiting > 0 && view.oldest(Queue::Incoming) > 60;
    let since = dying.map(|dying| dying.first);
    let since = since.or_else(|| idle.then(|| view.ago(view.oldest(Queue::Incoming))));
    let text = match since {
        Some(since) => format!(
            "The queue manager dies at each start: {file} {why}. Nothing has been delivered for {}.",
            span(view.now - since)
        ),
        None => format!("The queue manager will die when it reads {file}: it {why}."),
    };
    let finding = Finding::new(Severity::Critical, Queue::Incoming, text);
    let next = format!("Move {file} out of the spool, then run `postfix start`.");
    Some(finding.about("file", file.as_bytes()).since(since).count(waiting).next(next))
}

/// The queue manager died and has done nothing since.
fn dies(view: &View<'_>) -> Option<Finding> {
    let host = view.host?;
    let waiting = view.messages(Queue::Incoming);
    if let Some(dying) = dying(Some(host), &QMGR).filter(|dying| dying.count > 0) {
        let text = format!(
            "The queue manager has died {} times in {} and did nothing in between{}.",
            dying.count,
            span(view.end() - dying.first),
            quoted(&dying.text)
        );
        let finding = Finding::new(Severity::Critical, Queue::Incoming, text)
            .since(Some(dying.first))
            .count(waiting);
        return Some(match file_in(&dying.text) {
            Some(file) => finding.about("file", file),
            None => finding.about("service", b"qmgr"),
        });
    }
    let since = stopped(host)?;
    let text = format!(
        "Postfix was stopped {} ago and has not been started again.",
        span(view.now - since)
    );
    let finding = Finding::new(Severity::Critical, Queue::Incoming, text);
    Some(finding.about("service", b"master").since(Some(since)).count(waiting))
}

/// The queue file in the last message of the queue manager: the first word that is a path in a queue.
fn file_in(text: &[u8]) -> Option<&[u8]> {
    text.split(|byte| matches!(byte, b' ' | b':' | b'"')).find(|word| {
        let queue = word.split(|byte| *byte == b'/').next().unwrap_or_default();
        let queue = str::from_utf8(queue).ok().and_then(|name| name.parse::<Queue>().ok());
        queue.is_some_and(|queue| queue.as_str().len() < word.len())
    })
}

/// Mail waits in incoming, active has room, and the queue manager logs nothing.
fn is_silent(view: &View<'_>) -> Option<Finding> {
    let spool = view.spool?;
    let (waiting, oldest) = (view.messages(Queue::Incoming), view.oldest(Queue::Incoming));
    if waiting == 0 || oldest < NOT_TAKEN || !has_room(view) {
        return None;
    }
    let heard = view.host.map(|host| host.any(&QMGR).and_then(|program| program.well));
    let (since, how) = match heard {
        Some(Some(last)) if view.end() - last >= NOT_TAKEN as i64 => {
            (last, "writes nothing to the log")
        }
        Some(Some(_)) => return None,
        Some(None) => (view.ago(oldest), "writes nothing to the log"),
        // Without a log: deferred mail is overdue too.
        None if spool.signs.overdue() > 0 => (view.ago(oldest), "leaves overdue mail in deferred"),
        None => return None,
    };
    let text = format!(
        "The queue manager takes nothing, and {how}: {} waiting in incoming, the oldest \
         for {}.",
        are(waiting, "message"),
        span(oldest as i64)
    );
    let finding = Finding::new(Severity::Critical, Queue::Incoming, text);
    Some(finding.about("service", b"qmgr").since(Some(since)).count(waiting))
}

/// True if the active queue is not full.
fn has_room(view: &View<'_>) -> bool {
    let full = |used: u64, limit: u64| used.saturating_mul(10) >= limit.saturating_mul(9);
    !full(view.messages(Queue::Active), view.limits.messages)
        && !full(view.recipients(Queue::Active), view.limits.recipients)
}

pub(super) fn pickup_stopped(view: &View<'_>) -> Vec<Finding> {
    let dying = dying(view.host, &PICKUP).filter(|dying| dying.count > 0);
    let (waiting, oldest) = (view.messages(Queue::Maildrop), view.oldest(Queue::Maildrop));
    let stuck = waiting >= 3 && oldest >= NOT_TAKEN;
    if !stuck && dying.is_none() {
        return Vec::new();
    }
    let since = dying.map(|dying| dying.first).or_else(|| stuck.then(|| view.ago(oldest)));
    let mut text = match since {
        Some(since) => format!("pickup has taken no local mail for {}", span(view.now - since)),
        None => "pickup takes no local mail".into(),
    };
    if view.spool.is_some() {
        text += &format!("; {} waiting in maildrop", are(waiting, "message"));
    }
    let sender = view.totals(Queue::Maildrop).and_then(|totals| totals.sender());
    let sender = sender.filter(|(_, count)| percent(*count, waiting) >= 80);
    if let Some((name, _)) = sender {
        text += &format!(", most from {}", crate::text(name));
    }
    text += &dying.map(|dying| quoted(&dying.text)).unwrap_or_default();
    let finding =
        Finding::new(Severity::High, Queue::Maildrop, text + ".").since(since).count(waiting);
    vec![match sender {
        Some((name, _)) => finding.about("sender", name),
        None => finding.about("service", b"pickup"),
    }]
}

/// Reloads within this time are counted together, in seconds.
const HOUR: i64 = 3_600;

pub(super) fn restart(view: &View<'_>) -> Vec<Finding> {
    let starts: Vec<i64> = view.host.map_or(Vec::new(), |host| {
        let starts = host.master.iter().filter(|(_, kind)| *kind != MasterKind::Stop);
        starts.map(|(time, _)| *time).filter(|time| view.end() - time <= HOUR).collect()
    });
    let moved = view
        .spool
        .and_then(|spool| spool.signs.restart())
        .filter(|moved| moved.messages >= 20 && view.now - moved.at.seconds() as i64 <= HOUR / 4);
    let often = starts.len() >= 3;
    let Some(since) = moved
        .map(|moved| moved.at.seconds() as i64)
        .or_else(|| starts.last().copied().filter(|_| often && view.spool.is_none()))
    else {
        return Vec::new();
    };
    let mut text = format!("The queue manager was restarted {} ago", span(view.now - since));
    if let Some(moved) = moved {
        text += &format!(
            " (reload or start), moved all of active back to incoming, and is taking it in again: {} \
             messages to go",
            moved.messages
        );
    }
    if starts.len() > 1 {
        text += &format!("; {} starts and reloads within an hour", starts.len());
    }
    let count = moved.map_or(0, |moved| moved.messages);
    let severity = if often && moved.is_none() { Severity::Medium } else { Severity::Low };
    let finding =
        Finding::new(severity, Queue::Incoming, text + ".").since(Some(since)).count(count);
    let both = view.recipients(Queue::Incoming) + view.recipients(Queue::Active);
    let most = view.totals(Queue::Incoming).and_then(|totals| totals.domain());
    vec![match most.filter(|(_, count)| percent(*count, view.recipients(Queue::Incoming)) >= 50) {
        Some((name, _)) => {
            let there = view.waiting(Queue::Incoming, name) + view.waiting(Queue::Active, name);
            let text = format!(
                "{} Behind it: {} % of that mail is for {}.",
                finding.text,
                percent(there, both),
                crate::text(name)
            );
            Finding { text, ..finding }.about("domain", name)
        }
        None => finding.about("service", b"qmgr"),
    }]
}

pub(super) fn slow_lookups(view: &View<'_>) -> Vec<Finding> {
    let warnings = view.host.map_or((0, None), |host| {
        let kinds = host.warnings.values().filter(|kind| {
            LOOKUPS.contains(&kind.program.as_slice()) && view.end() - kind.last <= 1_800
        });
        let count = kinds.clone().map(|kind| kind.count).sum();
        (count, kinds.max_by_key(|kind| (kind.count, &kind.text)))
    });
    // The recent rates at which mail arrives and is taken.
    let rates = view.host.map(|host| {
        let flow = host.flow.since(view.end() - 900);
        let of = |kind: Flow| flow.get(kind as usize).copied().unwrap_or(0);
        (of(Flow::Arrived), of(Flow::Fresh), of(Flow::Taken))
    });
    let behind = rates.map(|(arrived, fresh, _)| fresh * 10 < arrived * 9 && arrived >= 20);
    let (waiting, oldest) = (view.messages(Queue::Incoming), view.oldest(Queue::Incoming));
    let backlog = waiting >= 20
        && oldest >= NOT_TAKEN / 2
        && view.messages(Queue::Active) * 10 < view.limits.messages
        && has_room(view)
        && view.messages(Queue::Active) < waiting;
    let is_it = match (view.spool, behind) {
        (Some(_), Some(behind)) => backlog && (behind || warnings.0 > 0),
        (Some(_), None) => backlog,
        (None, behind) => behind == Some(true) && warnings.0 >= 3,
    };
    let alive = rates.is_none_or(|(_, _, taken)| taken > 0);
    if !is_it || !alive {
        return Vec::new();
    }
    let mut text = "The queue manager takes mail more slowly than it arrives".to_owned();
    if let Some((arrived, fresh, _)) = rates {
        let minute = |n: u64| n as f64 / 15.0;
        text += &format!(": {:.1} a minute of {:.1}", minute(fresh), minute(arrived));
    }
    if view.spool.is_some() {
        text += &format!(
            "; {} waiting in incoming, the oldest for {}, while active is almost empty ({})",
            are(waiting, "message"),
            span(oldest as i64),
            view.messages(Queue::Active)
        );
    }
    text += &warnings.1.map(|kind| quoted(&kind.text)).unwrap_or_default();
    let log = view.host.and_then(fell_behind);
    // The oldest message shows how long mail takes to get through the queue, not since when.
    let queue = view.spool.filter(|_| log.is_some()).map(|_| view.ago(oldest));
    let severity = if behind == Some(false) { Severity::High } else { Severity::Critical };
    let finding = Finding::new(severity, Queue::Incoming, text + ".")
        .since(view.begin(log, queue))
        .count(waiting);
    let service = warnings.1.map_or(&b"trivial-rewrite"[..], |kind| kind.program.as_slice());
    vec![finding.about("service", service)]
}

/// When mail began to be taken more slowly than it arrives.
fn fell_behind(host: &Host) -> Option<i64> {
    let steps = host.flow.slots().iter().map(|slot| {
        let of = |kind: Flow| slot.counts.get(kind as usize).copied().unwrap_or(0) as f64;
        let step = of(Flow::Arrived) - of(Flow::Fresh);
        (slot.start, step > 0.0, step)
    });
    crate::rates::turn(steps)
}
