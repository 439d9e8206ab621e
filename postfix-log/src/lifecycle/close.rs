//! Makes the rows of a message.

use core::time::Duration;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use super::fate::{Fate, OriginKind};
use super::flags::{Flag, Flags};
use super::limits::STEP_BACK;
use super::message::{End, Message, Recipient, Span, State, Upstream, unpack};
use super::row::{Attempt, Failure, Hop, Lifecycle, MessageInfo, Origin};
use super::sites::Sites;
use super::text::Text;
use crate::clock::LogTime;

/// A message and the sources of its rows.
pub(super) struct Closing<'a> {
    message: &'a Message,
    /// The text of the message, which its rows share.
    buffer: Arc<[u8]>,
    sites: &'a Sites,
    host: Text,
    instance: Text,
}

impl<'a> Closing<'a> {
    pub(super) fn new(message: &'a Message, sites: &'a Sites) -> Self {
        let (host, instance) = sites.names(message.site);
        Self { message, buffer: Arc::from(message.text.as_slice()), sites, host, instance }
    }

    /// The rows of the message as it stands.
    pub(super) fn rows(&self, out: &mut Vec<Lifecycle>) {
        let message = self.message;
        if message.recipients.is_empty() && message.upstream.is_empty() {
            if message.end != End::Canceled {
                let (fate, ambiguous) = self.untold(None);
                let bare = self.bare();
                let flags = bare.flags.with(Flag::Ambiguous, ambiguous);
                out.push(Lifecycle { fate, flags, resolved: message.ended, ..bare });
            }
            return;
        }
        // Where no delivery line came, an action is all that tells of a recipient.
        let tried = message.recipients.iter().any(|recipient| recipient.tries > 0);
        let told = |recipient: &&Recipient| !(tried && self.is_ghost(recipient));
        if message.upstream.is_empty() {
            for recipient in message.recipients.iter().filter(told) {
                if recipient.state != (State::Passed { first: true }) {
                    out.push(self.row(recipient));
                }
            }
            return;
        }
        let matches = self.matches();
        for (recipient, found) in message.recipients.iter().zip(&matches.of_recipients) {
            if !told(&recipient) {
                continue;
            }
            let own = self.row(recipient);
            let hop = own.flags.with(Flag::Hop, true);
            let upstream =
                found.and_then(|at| Some((message.upstream.get(at)?, matches.uses.get(at)?)));
            match (recipient.state, upstream) {
                // The last hop gives the row.
                (State::Passed { first: true }, _) => {}
                (State::Passed { first: false }, _) => out.push(own),
                (_, None) => out.push(own),
                (_, Some((upstream, uses))) => {
                    let mut first = self.joined(upstream, &own);
                    if *uses > 1 {
                        // One recipient of the previous hop became several.
                        first.orig_to = first.to.replace(own.to.clone().unwrap_or_default());
                    }
                    out.push(first);
                    out.push(Lifecycle { flags: hop, ..own });
                }
            }
        }
        self.leftovers(&matches, out);
    }

    /// Gives rows for the recipients of the previous hop that no recipient of this message continues by name.
    fn leftovers(&self, matches: &Matches, out: &mut Vec<Lifecycle>) {
        let message = self.message;
        for (upstream, _) in
            message.upstream.iter().zip(&matches.uses).filter(|(_, uses)| **uses == 0)
        {
            // Either two aliases lead to the same address, or the recipient was renamed. Then its fate is known only if
            // all resulting recipients had the same.
            let name = self.bytes(upstream.to);
            let twin = message
                .recipients
                .iter()
                .find(|other| self.bytes(other.to).eq_ignore_ascii_case(name));
            if let Some(twin) = twin.filter(|twin| !matches!(twin.state, State::Passed { .. })) {
                out.push(self.joined(upstream, &self.row(twin)));
                continue;
            }
            let mut fates = message.recipients.iter().map(|recipient| self.fate(recipient).0);
            let common = fates.next().filter(|first| fates.all(|other| other == *first));
            let (untold, _) = self.untold(upstream.first_deferred);
            let bare = self.bare();
            let own = Lifecycle {
                fate: common.unwrap_or(untold),
                resolved: message.ended,
                flags: bare.flags.with(Flag::Ambiguous, common.is_some()),
                ..bare
            };
            out.push(self.joined(upstream, &own));
        }
    }

    /// True for a recipient that only a HOLD or DISCARD line named, by its address before rewriting. The delivery lines
    /// have the real one.
    fn is_ghost(&self, recipient: &Recipient) -> bool {
        recipient.state == State::Pending && recipient.tries == 0 && self.message.runs > 0
    }

    fn bytes(&self, span: Span) -> &[u8] {
        span.of(&self.buffer)
    }

    fn text(&self, span: Span) -> Text {
        Text::of(&self.buffer, span.0, span.1)
    }

    fn option(&self, span: Span) -> Option<Text> {
        (!span.is_none()).then(|| self.text(span))
    }

    /// A row without a recipient, with the values that all rows of the message share.
    #[inline]
    fn bare(&self) -> Lifecycle {
        let message = self.message;
        let parent = self.option(message.parent);
        let evicted = match message.end {
            End::Evicted(why) => Some(why),
            _ => None,
        };
        let flags = Flags::default()
            .with(Flag::Held, message.held)
            .with(Flag::Forced, message.forced)
            .with(Flag::PartialStart, !message.started)
            .with(Flag::Ambiguous, message.ambiguous)
            .with(Flag::Evicted, evicted.is_some())
            .with(Flag::RepeatedLines, message.repeated)
            .with(Flag::Corrupt, message.end == End::Corrupt)
            .with(Flag::Undated, !message.dated);
        Lifecycle {
            message: MessageInfo {
                host: self.host.clone(),
                instance: self.instance.clone(),
                queue_id: self.text(message.id),
                generation: message.generation,
                message_id: self.option(message.message_id),
                from: self.option(message.from),
                size: message.size,
                nrcpt: message.nrcpt,
                first_seen: message.first_seen,
                origin: message.origin.map(|kind| Origin { kind, queue_id: parent.clone() }),
            },
            to: None,
            orig_to: None,
            fate: Fate::Unknown,
            attempts: Vec::new(),
            attempt_count: 0,
            first_deferred: None,
            resolved: None,
            waited: None,
            notification: None,
            requeued_from: parent.filter(|_| message.origin == Some(OriginKind::Requeue)),
            chain: Vec::new(),
            evicted,
            flags,
        }
    }

    /// The row of one recipient under the message's own id.
    fn row(&self, recipient: &Recipient) -> Lifecycle {
        let bare = self.bare();
        let (fate, resolved, ambiguous) = self.fate(recipient);
        let mut attempts: Vec<Attempt> = Vec::with_capacity(
            usize::try_from(recipient.kept).unwrap_or(0).min(self.message.tries.len()),
        );
        attempts.extend(self.message.tries_of(recipient).map(|(place, one)| {
            Attempt {
                time: one.time,
                status: one.status,
                dsn: unpack(one.dsn),
                relay: self.text(one.relay),
                class: one.class,
                servers: u32::from(one.servers),
                failures: self
                    .message
                    .failures_of(place)
                    .map(|failed| Failure { class: failed.class, text: self.text(failed.text) })
                    .collect(),
            }
        }));
        attempts.reverse();
        // Only delivery lines have a delay to compare with.
        let by_line = recipient.resolved.is_some() && recipient.state != State::Expired;
        let delays = by_line.then_some((recipient.first_delay, recipient.last_delay));
        let wait = Wait::new(recipient.first_deferred, resolved, delays);
        let stepped =
            wait.is_some_and(|wait| wait.stepped || recipient.first_steps != recipient.last_steps);
        Lifecycle {
            to: self.option(recipient.to),
            orig_to: self.option(recipient.orig_to),
            fate,
            attempts,
            attempt_count: u64::from(recipient.tries),
            first_deferred: recipient.first_deferred,
            resolved,
            waited: wait.map(|wait| wait.time),
            notification: self.option(recipient.notification),
            flags: bare
                .flags
                .with(Flag::Hop, recipient.state == State::Passed { first: false })
                .with(Flag::Ambiguous, recipient.ambiguous || ambiguous)
                .with(Flag::ClockStep, stepped)
                .with(Flag::FilterDiscarded, recipient.filter_discarded),
            ..bare
        }
    }

    /// The fate and the end of one recipient, and whether they are doubtful.
    fn fate(&self, recipient: &Recipient) -> (Fate, Option<LogTime>, bool) {
        let message = self.message;
        let late = recipient.first_deferred.is_some();
        let known = match recipient.state {
            State::Sent | State::Passed { .. } => delivered(late),
            State::Bounced => bounced(late),
            State::Discarded => Fate::Discarded,
            State::Expired => Fate::Expired,
            State::Probe => Fate::Probe,
            State::Deferred if message.end == End::Removed => return self.gone(recipient),
            State::Deferred | State::Pending => {
                let (fate, ambiguous) = self.untold(recipient.first_deferred);
                return (fate, message.ended.filter(|_| message.end != End::Corrupt), ambiguous);
            }
        };
        (known, recipient.resolved, false)
    }

    /// The fate of a recipient that was deferred before the queue manager removed the message: its last line is
    /// missing, unless a later run served it under another address.
    fn gone(&self, recipient: &Recipient) -> (Fate, Option<LogTime>, bool) {
        let message = self.message;
        if message.expired_run.is_some() {
            return (Fate::Expired, message.ended, false);
        }
        let name = self.bytes(recipient.to);
        let renamed = message.recipients.iter().find(|other| {
            !other.orig_to.is_none()
                && self.bytes(other.orig_to) == name
                && other.run > recipient.run
        });
        match renamed.map(|other| (other.state, other.resolved)) {
            Some((State::Sent, at)) => (Fate::DeliveredAfterDeferral, at, true),
            Some((State::Bounced, at)) => (Fate::LateBounce, at, true),
            _ => (Fate::Unknown, message.ended, false),
        }
    }

    /// The fate of a recipient that no line decides.
    fn untold(&self, first_deferred: Option<LogTime>) -> (Fate, bool) {
        let message = self.message;
        let waits = first_deferred.is_some() || message.was_held;
        match message.end {
            End::Open if waits => (Fate::StillDeferred, false),
            End::Deleted => (Fate::Deleted, false),
            // The queue manager removes no message with deferred recipients.
            End::RemovedOrDeleted if waits => (Fate::Deleted, true),
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

    /// The row of the first hop's recipient, with the outcome at the last hop.
    fn joined(&self, upstream: &Upstream, last: &Lifecycle) -> Lifecycle {
        let message = self.message;
        let (host, instance) = self.sites.names(upstream.site);
        let late = upstream.first_deferred.is_some();
        let fate = match last.fate {
            Fate::Delivered => delivered(late),
            Fate::Bounced => bounced(late),
            fate => fate,
        };
        let hops = upstream.between.iter().copied().chain([(message.site, message.id)]);
        let first_deferred = upstream.first_deferred.or(last.first_deferred);
        let wait = match upstream.first_deferred {
            Some(first) => Wait::new(Some(first), last.resolved, None).map(|wait| wait.time),
            None => last.waited,
        };
        Lifecycle {
            message: MessageInfo {
                host,
                instance,
                queue_id: self.text(upstream.id),
                generation: upstream.generation,
                message_id: self
                    .option(upstream.message_id)
                    .or_else(|| last.message.message_id.clone()),
                from: self.option(upstream.from).or_else(|| last.message.from.clone()),
                size: upstream.size.or(last.message.size),
                nrcpt: upstream.nrcpt.or(last.message.nrcpt),
                first_seen: upstream.first_seen.or(last.message.first_seen),
                origin: None,
            },
            to: self.option(upstream.to),
            orig_to: self.option(upstream.orig_to),
            fate,
            first_deferred,
            waited: wait,
            notification: last.notification.clone().or_else(|| self.option(upstream.notification)),
            requeued_from: self.option(upstream.requeued_from),
            chain: hops
                .map(|(site, id)| {
                    let (host, instance) = self.sites.names(site);
                    Hop { host, instance, queue_id: self.text(id) }
                })
                .collect(),
            flags: last
                .flags
                .without(Flag::PartialStart)
                .with(Flag::PartialStart, upstream.partial)
                .with(Flag::Ambiguous, upstream.ambiguous),
            ..last.clone()
        }
    }

    fn matches(&self) -> Matches {
        let message = self.message;
        let mut uses = vec![0_usize; message.upstream.len()];
        let names: hashbrown::HashMap<Vec<u8>, usize, foldhash::quality::RandomState> = message
            .upstream
            .iter()
            .zip(0..)
            .map(|(upstream, at)| (self.bytes(upstream.to).to_ascii_lowercase(), at))
            .collect();
        let mut of_recipients: Vec<Option<usize>> = message
            .recipients
            .iter()
            .map(|recipient| {
                let by = |span: Span| {
                    let name = self.bytes(span).to_ascii_lowercase();
                    names.get(&name).copied().filter(|_| !span.is_none())
                };
                by(recipient.to).or_else(|| by(recipient.orig_to))
            })
            .collect();
        // If one is left on each side, the filter renamed it.
        if let ([stranger @ None], [_]) =
            (of_recipients.as_mut_slice(), message.upstream.as_slice())
        {
            *stranger = Some(0);
        }
        for at in of_recipients.iter().flatten() {
            if let Some(uses) = uses.get_mut(*at) {
                *uses = uses.saturating_add(1);
            }
        }
        Matches { of_recipients, uses }
    }
}

/// The time from the first deferral to the end.
#[derive(Clone, Copy)]
struct Wait {
    time: Duration,
    /// True if the times of the log do not tell how long it was.
    stepped: bool,
}

impl Wait {
    /// `delays` are the delays of the first deferral and of the end, in seconds.
    fn new(
        first: Option<LogTime>,
        end: Option<LogTime>,
        delays: Option<(u32, u32)>,
    ) -> Option<Self> {
        let shown = end?.as_micros().saturating_sub(first?.as_micros());
        let step = delays.map_or(0, |(first, last)| zone_step(shown, first, last));
        let micros = shown.saturating_sub(step);
        Some(Self {
            time: Duration::from_micros(u64::try_from(micros).unwrap_or(0)),
            stepped: step != 0 || shown < -STEP_BACK,
        })
    }
}

/// How far the zone of the log moved between two lines about a recipient: the time between them by the log, minus the
/// time by the delays, which do not depend on the zone. Zones differ by multiples of a quarter of an hour.
fn zone_step(shown: i64, first: u32, last: u32) -> i64 {
    const SECOND: i64 = 1_000_000;
    const QUARTER: i64 = 900 * SECOND;
    let delayed = i64::from(last).saturating_sub(i64::from(first)).saturating_mul(SECOND);
    let step = shown.saturating_sub(delayed);
    let quarters = step.saturating_add(QUARTER / 2).div_euclid(QUARTER);
    let whole = quarters.saturating_mul(QUARTER);
    if step.saturating_sub(whole).abs() > 5 * SECOND {
        return 0;
    }
    match quarters {
        // The log shows less time than the delay of the mail.
        -8..=-1 => whole,
        // It shows more. This is believed only if the delay grew by at least the shortest pause between attempts.
        1..=8 if delayed >= 300 * SECOND => whole,
        _ => 0,
    }
}

fn delivered(late: bool) -> Fate {
    if late { Fate::DeliveredAfterDeferral } else { Fate::Delivered }
}

fn bounced(late: bool) -> Fate {
    if late { Fate::LateBounce } else { Fate::Bounced }
}

/// The recipients of the previous hop, matched with those that continue them.
struct Matches {
    of_recipients: Vec<Option<usize>>,
    /// The number of recipients that continue each one of the previous hop.
    uses: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_the_zone() {
        for (shown, first, last, want) in [
            // An hour back, and an hour forward.
            (-2400, 30, 1230, -3600),
            (1200, 0, 4801, -3600),
            (5400, 10, 1810, 3600),
            // The least and the most, both ways.
            (1500, 0, 600, 900),
            (-300, 0, 600, -900),
            (7800, 0, 600, 7200),
            (-6600, 0, 600, -7200),
            (8700, 0, 600, 0),
            (-7500, 0, 600, 0),
            (1199, 0, 299, 0),
            (1200, 0, 300, 900),
            // Five seconds more or less are the rounding of both, six are not.
            (-2395, 30, 1230, -3600),
            (-2405, 30, 1230, -3600),
            (-2394, 30, 1230, 0),
            (-2406, 30, 1230, 0),
            // The same time, with rounded delays.
            (1800, 10, 1810, 0),
            (1800, 10, 1813, 0),
            // Delays that do not grow, and delays that fit no zone.
            (3600, 1, 1, 0),
            (3600, 1, 2, 0),
            (3000, 0, 600, 0),
            (86_400 * 2, 0, 600, 0),
        ] {
            assert_eq!(zone_step(shown * 1_000_000, first, last), want * 1_000_000, "{shown}");
        }
    }
}
