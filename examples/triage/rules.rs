//! The rules: which evidence makes which verdict, and what to do about it.
//!
//! Each rule examines the facts about one spool and one host's log, either of which may be missing. The
//! order of the table is the order of importance among equals. Postfix's own programs come first: while
//! they are stopped or have just been disturbed, the queues say little about anything else.

mod answers;
mod destinations;
mod everywhere;
mod flush;
mod machinery;
mod pace;
mod people;
mod queues;
mod view;

pub(crate) use self::view::View;

use self::view::Finding;
use crate::Triage;
use crate::verdict::{Cause, Object, Severity, Verdict};

/// One rule.
struct Rule {
    cause: Cause,
    /// Finds the evidence: one finding for each object.
    find: fn(&View<'_>) -> Vec<Finding>,
    next: &'static str,
    /// The causes that this one explains, so that they are not reported again.
    explains: &'static [Cause],
}

const fn rule(
    cause: Cause,
    find: fn(&View<'_>) -> Vec<Finding>,
    next: &'static str,
    explains: &'static [Cause],
) -> Rule {
    Rule { cause, find, next, explains }
}

/// The number of rules about Postfix's own programs. They come before all others, however severe these are.
const MACHINERY: usize = 4;

/// The causes at many destinations that a single fault on our side can have.
const ALL_DESTINATIONS: &[Cause] =
    &[Cause::DestinationDown, Cause::RateLimited, Cause::Other, Cause::LocalDelivery, Cause::Ipv6];

#[rustfmt::skip]
const RULES: [Rule; 21] = [
    rule(Cause::QueueManagerDead, machinery::queue_manager_dead,
        "Fix the problem that the log reports, then run `postfix start`.",
        &[Cause::PickupStopped, Cause::SlowLookups, Cause::Restart, Cause::CorruptFiles, Cause::Herd]),
    rule(Cause::PickupStopped, machinery::pickup_stopped,
        "See what the log says about pickup, fix that, and run `postfix reload`.", &[]),
    rule(Cause::Restart, machinery::restart,
        "Wait until incoming is empty, and do not reload again: each reload moves all active mail back.",
        &[Cause::SlowLookups, Cause::Burst]),
    rule(Cause::Flush, flush::flush,
        "Do not flush again; wait, or put the old mail on hold so that new mail gets through.",
        &[Cause::Herd, Cause::Burst]),
    rule(Cause::Disk, queues::disk,
        "Free space on the file system of the queue, or raise what limits it.", &[]),
    rule(Cause::Dns, everywhere::dns,
        "Test the resolver (`dig`), and compare etc/resolv.conf in the queue directory; mail goes out by itself once DNS works.",
        ALL_DESTINATIONS),
    rule(Cause::Network, everywhere::network,
        "Test the uplink (`ping`, `traceroute`, firewall); mail goes out by itself once it works.",
        ALL_DESTINATIONS),
    rule(Cause::Ipv6, everywhere::ipv6,
        "Fix IPv6, or set `inet_protocols = ipv4`; check that the IPv4 address has a name (PTR).",
        &[Cause::DestinationDown, Cause::RateLimited, Cause::Other]),
    rule(Cause::SlowLookups, machinery::slow_lookups,
        "Repair the database or directory behind the tables, or look the addresses up in local (hash, lmdb) files.",
        &[Cause::Burst]),
    rule(Cause::Abuse, people::abuse,
        "Lock the account, and hold or delete its mail (`postsuper -h`).",
        &[Cause::Burst, Cause::RateLimited, Cause::Other]),
    rule(Cause::Expiry, queues::expiry,
        "Tell the senders, or send it another way (transport_maps) before its time is over.",
        &[Cause::DestinationDown, Cause::Other]),
    rule(Cause::DestinationSlow, pace::slow,
        "Give it a transport of its own, with more concurrency if it allows that, or hold its mail, so that other mail gets through.",
        &[Cause::Burst, Cause::TooLittleConcurrency]),
    rule(Cause::TooLittleConcurrency, pace::too_little_concurrency,
        "Raise the concurrency limit of its transport if the destination allows that.", &[Cause::Burst]),
    rule(Cause::RateLimited, destinations::rate_limited,
        "Send to it more slowly (a transport of its own with low concurrency), and ask its postmaster.",
        &[Cause::DestinationDown, Cause::Other]),
    rule(Cause::DestinationDown, destinations::down,
        "Nothing to flush: it is retried by itself. Ask its postmaster if it lasts.", &[Cause::Other]),
    rule(Cause::LocalDelivery, destinations::local,
        "Check that the local service runs and that its socket can be reached.", &[Cause::Other]),
    rule(Cause::Backscatter, people::backscatter,
        "Refuse unknown recipients at RCPT TO (relay_recipient_maps, reject_unverified_recipient).",
        &[Cause::Other, Cause::DestinationDown]),
    rule(Cause::Greylisting, answers::greylisting, "Nothing: the retries will get through.", &[Cause::Other, Cause::Herd]),
    rule(Cause::Hold, queues::hold,
        "Look at it (`postcat -q`); delete it (`postsuper -d`) or release it (`postsuper -H`).", &[]),
    rule(Cause::CorruptFiles, queues::corrupt,
        "Look at the files in corrupt with postcat, and check the disk.", &[]),
    rule(Cause::Herd, queues::herd,
        "Nothing now; but a server that recovers will get all of them at once.", &[]),
];

/// Rules for causes that are found among what no other rule explains.
const LEFT_OVER: [Rule; 2] = [
    rule(
        Cause::Other,
        destinations::other,
        "Read the answer; it says what the destination wants.",
        &[],
    ),
    rule(Cause::Burst, people::burst, "Nothing, unless it lasts.", &[]),
];

/// The verdicts, with the most important first: those about the host of the spool, then those about others.
pub(crate) fn verdicts(triage: &Triage) -> Vec<Verdict> {
    let log = triage.log.as_ref();
    let own = log.and_then(|log| log.own.as_ref()).cloned();
    let mut all = Vec::new();
    if triage.spool.is_some() || own.is_some() {
        let host = log.and_then(|log| log.hosts.get(own.as_ref()?));
        all.extend(judge(&View::new(triage, triage.spool.as_ref(), host)));
    }
    for (name, host) in log.into_iter().flat_map(|log| &log.hosts) {
        if Some(name) == own.as_ref() {
            continue;
        }
        let verdicts = judge(&View::new(triage, None, Some(host)));
        let worth = verdicts.into_iter().filter(|verdict| {
            // If no host is ours, every host is reported.
            verdict.cause != Cause::NothingUnusual || own.is_none()
        });
        all.extend(worth.map(|verdict| Verdict { host: Some(name.clone()), ..verdict }));
    }
    if own.is_none() && triage.spool.is_none() {
        all.sort_by_key(|verdict| std::cmp::Reverse(verdict.severity));
    }
    all
}

/// The verdicts on one host.
fn judge(view: &View<'_>) -> Vec<Verdict> {
    let mut found: Vec<(usize, &Rule, Finding)> = Vec::new();
    let rules = || RULES.iter().chain(&LEFT_OVER).enumerate();
    for (place, rule) in rules() {
        found.extend((rule.find)(view).into_iter().map(|finding| (place, rule, finding)));
    }
    let explained = |cause: Cause, object: Option<&Object>| {
        found.iter().any(|(_, rule, finding)| {
            // A destination explains only itself; everything else explains all of them.
            let narrow = matches!(
                rule.cause,
                Cause::Expiry
                    | Cause::DestinationDown
                    | Cause::RateLimited
                    | Cause::DestinationSlow
            );
            rule.explains.contains(&cause)
                && (!narrow || cause == Cause::Burst || finding.covers(object) || object.is_none())
        })
    };
    let mut kept: Vec<(usize, Verdict)> = found
        .iter()
        .filter(|(_, rule, finding)| !explained(rule.cause, finding.object.as_ref()))
        .map(|(place, rule, finding)| {
            let next = finding.next.as_deref().unwrap_or(rule.next);
            (*place, view.verdict(rule.cause, finding, next))
        })
        .collect();
    kept.sort_by_key(|(place, verdict)| {
        let shaken = *place >= MACHINERY;
        (shaken, std::cmp::Reverse(verdict.severity), *place, std::cmp::Reverse(verdict.count))
    });
    let mut verdicts: Vec<Verdict> = kept.into_iter().map(|(_, verdict)| verdict).collect();
    if verdicts.iter().all(|verdict| verdict.cause == Cause::Burst || verdict.cause == Cause::Herd)
    {
        verdicts.insert(0, view.nothing());
    }
    verdicts.iter_mut().filter(|verdict| verdict.severity == Severity::None).for_each(|verdict| {
        if verdict.cause == Cause::NothingUnusual {
            verdict.since = None;
        }
    });
    verdicts
}
