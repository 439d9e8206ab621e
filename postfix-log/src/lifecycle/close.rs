//! From a message to its rows.

use std::vec;
use std::vec::Vec;

use super::message::{End, Message, Recipient, Span, State, Upstream};
use super::row::{Attempt, Fate, Hop, Lifecycle, Origin};
use super::sites::Sites;

/// The rows of a message as it stands.
pub(super) fn rows(message: &Message, sites: &Sites, out: &mut Vec<Lifecycle>) {
    let base = base(message, sites);
    if message.recipients.is_empty() && message.upstream.is_empty() {
        if message.end != End::Canceled {
            let (fate, ambiguous) = untold(message, None);
            out.push(Lifecycle {
                fate,
                ambiguous: base.ambiguous || ambiguous,
                resolved: message.ended,
                ..base
            });
        }
        return;
    }
    if let ([recipient], []) = (message.recipients.as_slice(), message.upstream.as_slice()) {
        // By far the most: nothing has to be copied.
        if !matches!(recipient.state, State::Passed { .. }) && !is_ghost(message, recipient) {
            return out.push(row(message, recipient, base));
        }
    }
    let matches = matches(message);
    for (recipient, found) in message.recipients.iter().zip(&matches.of_recipients) {
        if is_ghost(message, recipient) {
            continue;
        }
        let own = row(message, recipient, base.clone());
        let upstream =
            found.and_then(|at| Some((message.upstream.get(at)?, matches.uses.get(at)?)));
        match (recipient.state, upstream) {
            // The row is the last hop's to give.
            (State::Passed { first: true }, _) => {}
            (State::Passed { first: false }, _) => out.push(Lifecycle { hop: true, ..own }),
            (_, None) => out.push(own),
            (_, Some((upstream, uses))) => {
                let mut first = joined(message, upstream, &own, sites);
                if *uses > 1 {
                    // One recipient of the hop before became several.
                    first.orig_to = first.to.replace(own.to.clone().unwrap_or_default());
                }
                out.push(first);
                out.push(Lifecycle { hop: true, ..own });
            }
        }
    }
    leftovers(message, &matches, &base, sites, out);
}

/// Recipients of the hop before that no recipient of this message continues by name.
fn leftovers(
    message: &Message,
    matches: &Matches,
    base: &Lifecycle,
    sites: &Sites,
    out: &mut Vec<Lifecycle>,
) {
    for (upstream, _) in message.upstream.iter().zip(&matches.uses).filter(|(_, uses)| **uses == 0)
    {
        // Either the same address by way of two aliases, or renamed: then its fate is known only
        // where all that came out had the same.
        let name = message.text(upstream.to);
        let twin = message
            .recipients
            .iter()
            .find(|other| message.text(other.to).eq_ignore_ascii_case(name));
        if let Some(twin) = twin.filter(|twin| !matches!(twin.state, State::Passed { .. })) {
            out.push(joined(message, upstream, &row(message, twin, base.clone()), sites));
            continue;
        }
        let mut fates = message.recipients.iter().map(|recipient| fate(message, recipient).0);
        let common = fates.next().filter(|first| fates.all(|other| other == *first));
        let (untold, _) = untold(message, upstream.first_deferred);
        let own = Lifecycle {
            fate: common.unwrap_or(untold),
            resolved: message.ended,
            ambiguous: base.ambiguous || common.is_some(),
            ..base.clone()
        };
        out.push(joined(message, upstream, &own, sites));
    }
}

/// A recipient that only a HOLD or DISCARD line named, by the name before rewriting: the delivery
/// lines have the real one.
fn is_ghost(message: &Message, recipient: &Recipient) -> bool {
    recipient.state == State::Pending
        && recipient.tries == 0
        && message.runs > 0
        && (!message.tries.is_empty() || message.end == End::Removed)
}

/// What all rows of a message share.
fn base(message: &Message, sites: &Sites) -> Lifecycle {
    let (host, instance) = names(sites, message.site);
    let owned = |span: Span| message.option(span).map(<[u8]>::to_vec);
    Lifecycle {
        host,
        instance,
        queue_id: message.text(message.id).to_vec(),
        generation: message.generation,
        message_id: owned(message.message_id),
        from: owned(message.from),
        to: None,
        orig_to: None,
        size: message.size,
        nrcpt: message.nrcpt,
        fate: Fate::Unknown,
        attempts: Vec::new(),
        attempt_count: 0,
        first_deferred: None,
        resolved: None,
        first_seen: message.first_seen,
        notification: None,
        chain: Vec::new(),
        hop: false,
        origin: message.origin.map(|kind| Origin { kind, queue_id: owned(message.parent) }),
        held: message.held,
        forced: message.forced,
        partial_start: !message.started,
        ambiguous: message.ambiguous,
        evicted: match message.end {
            End::Evicted(why) => Some(why),
            _ => None,
        },
        corrupt: message.end == End::Corrupt,
        utc: message.utc,
        dated: message.dated,
    }
}

fn names(sites: &Sites, site: u32) -> (Vec<u8>, Vec<u8>) {
    let known = sites.site(site);
    let host = known.and_then(|site| sites.host(site.host)).map(|host| host.name.clone());
    (host.unwrap_or_default(), known.map(|site| site.instance.clone()).unwrap_or_default())
}

/// The row of one recipient under the message's own id.
fn row(message: &Message, recipient: &Recipient, base: Lifecycle) -> Lifecycle {
    let owned = |span: Span| message.option(span).map(<[u8]>::to_vec);
    let (fate, resolved, ambiguous) = fate(message, recipient);
    let mut attempts: Vec<Attempt> = message
        .tries_of(recipient)
        .map(|one| Attempt {
            time: one.time,
            status: one.status,
            dsn: one.dsn,
            relay: message.text(one.relay).to_vec(),
            class: one.class,
        })
        .collect();
    attempts.reverse();
    Lifecycle {
        to: owned(recipient.to),
        orig_to: owned(recipient.orig_to),
        fate,
        attempts,
        attempt_count: u64::from(recipient.tries),
        first_deferred: recipient.first_deferred,
        resolved,
        notification: owned(recipient.notification),
        ambiguous: base.ambiguous || recipient.ambiguous || ambiguous,
        ..base
    }
}

/// Fate, end and doubt of one recipient.
fn fate(message: &Message, recipient: &Recipient) -> (Fate, Option<i64>, bool) {
    let late = recipient.first_deferred.is_some();
    let known = match recipient.state {
        State::Sent | State::Passed { .. } => delivered(late),
        State::Bounced => bounced(late),
        State::Discarded => Fate::Discarded,
        State::Expired => Fate::Expired,
        State::Probe => Fate::Probe,
        State::Deferred if message.end == End::Removed => return gone(message, recipient),
        State::Deferred | State::Pending => {
            let (fate, ambiguous) = untold(message, recipient.first_deferred);
            return (fate, message.ended.filter(|_| message.end != End::Corrupt), ambiguous);
        }
    };
    (known, recipient.resolved, false)
}

/// Deferred, and then the queue manager removed the message: the last line about the recipient is
/// missing, unless a later run served it by another name.
fn gone(message: &Message, recipient: &Recipient) -> (Fate, Option<i64>, bool) {
    if message.expired_run.is_some() {
        return (Fate::Expired, message.ended, false);
    }
    let name = message.text(recipient.to);
    let renamed = message
        .recipients
        .iter()
        .find(|other| message.option(other.orig_to) == Some(name) && other.run > recipient.run);
    match renamed.map(|other| (other.state, other.resolved)) {
        Some((State::Sent, at)) => (Fate::DeliveredAfterDeferral, at, true),
        Some((State::Bounced, at)) => (Fate::LateBounce, at, true),
        _ => (Fate::Unknown, message.ended, false),
    }
}

/// The fate of a recipient that no line settled.
fn untold(message: &Message, first_deferred: Option<i64>) -> (Fate, bool) {
    match message.end {
        End::Open if first_deferred.is_some() || message.was_held => (Fate::StillDeferred, false),
        End::Deleted => (Fate::Deleted, false),
        // The queue manager removes no message with deferred recipients.
        End::RemovedOrDeleted if first_deferred.is_some() || message.was_held => {
            (Fate::Deleted, true)
        }
        End::Requeued => (Fate::Requeued, false),
        End::Discarded => (Fate::Discarded, false),
        _ if message.expired_run.is_some() => (Fate::Expired, false),
        End::Open
        | End::Removed
        | End::RemovedOrDeleted
        | End::Canceled
        | End::Corrupt
        | End::Evicted(_) => (Fate::Unknown, false),
    }
}

fn delivered(late: bool) -> Fate {
    if late { Fate::DeliveredAfterDeferral } else { Fate::Delivered }
}

fn bounced(late: bool) -> Fate {
    if late { Fate::LateBounce } else { Fate::Bounced }
}

/// The row of the first hop's recipient, with the end that the last hop saw.
fn joined(message: &Message, upstream: &Upstream, last: &Lifecycle, sites: &Sites) -> Lifecycle {
    let owned = |span: Span| message.option(span).map(<[u8]>::to_vec);
    let (host, instance) = names(sites, upstream.site);
    let late = upstream.first_deferred.is_some();
    let fate = match last.fate {
        Fate::Delivered => delivered(late),
        Fate::Bounced => bounced(late),
        fate => fate,
    };
    let hops = upstream.between.iter().copied().chain([(message.site, message.id)]);
    Lifecycle {
        host,
        instance,
        queue_id: message.text(upstream.id).to_vec(),
        generation: upstream.generation,
        message_id: owned(upstream.message_id).or_else(|| last.message_id.clone()),
        from: owned(upstream.from).or_else(|| last.from.clone()),
        to: owned(upstream.to),
        orig_to: owned(upstream.orig_to),
        size: upstream.size.or(last.size),
        nrcpt: upstream.nrcpt.or(last.nrcpt),
        fate,
        first_deferred: upstream.first_deferred.or(last.first_deferred),
        first_seen: upstream.first_seen.or(last.first_seen),
        notification: last.notification.clone().or_else(|| owned(upstream.notification)),
        chain: hops
            .map(|(site, id)| {
                let (host, instance) = names(sites, site);
                Hop { host, instance, queue_id: message.text(id).to_vec() }
            })
            .collect(),
        origin: None,
        partial_start: upstream.partial,
        ambiguous: upstream.ambiguous || last.ambiguous,
        ..last.clone()
    }
}

/// Which recipient continues which one of the hop before.
struct Matches {
    of_recipients: Vec<Option<usize>>,
    /// How many recipients continue each one of the hop before.
    uses: Vec<usize>,
}

fn matches(message: &Message) -> Matches {
    let mut uses = vec![0_usize; message.upstream.len()];
    if uses.is_empty() {
        return Matches { of_recipients: vec![None; message.recipients.len()], uses };
    }
    let names: hashbrown::HashMap<Vec<u8>, usize, foldhash::quality::RandomState> = message
        .upstream
        .iter()
        .zip(0..)
        .map(|(upstream, at)| (message.text(upstream.to).to_ascii_lowercase(), at))
        .collect();
    let mut of_recipients: Vec<Option<usize>> = message
        .recipients
        .iter()
        .map(|recipient| {
            let by = |span: Span| names.get(&message.option(span)?.to_ascii_lowercase()).copied();
            by(recipient.to).or_else(|| by(recipient.orig_to))
        })
        .collect();
    // One on each side: the filter renamed it.
    if let ([stranger @ None], [_]) = (of_recipients.as_mut_slice(), message.upstream.as_slice()) {
        *stranger = Some(0);
    }
    for at in of_recipients.iter().flatten() {
        if let Some(uses) = uses.get_mut(*at) {
            *uses = uses.saturating_add(1);
        }
    }
    Matches { of_recipients, uses }
}
