//! What each event changes.

use std::vec::Vec;

use super::Tracker;
use super::fate::{Evicted, OriginKind};
use super::handover;
use super::limits::MAX_TEXT;
use super::links::{Link, Mark, Session};
use super::message::{End, Message, NONE, Span, State, Try};
use super::sites::Moment;
use crate::event::delivery::Delivery;
use crate::event::policy::{PolicyAction, PolicySource};
use crate::event::status::Status;
use crate::event::{
    Event, Notification, NotificationKind, QueueAction, QueueStart, Removed, RemovedWhy,
};
use crate::header::Header;
use crate::queue_id::QueueId;
use crate::reason::classify::Class;

/// A start line may come this much after the first line of its message, in microseconds.
const LATE_START: i64 = 60_000_000;

/// One line, and where it belongs.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) site: u32,
    pub(super) host: u32,
    pub(super) serial: u64,
    pub(super) clock: i64,
    pub(super) line: u64,
    pub(super) moment: Moment,
}

pub(super) fn line(
    tracker: &mut Tracker,
    site: u32,
    moment: Moment,
    header: &Header<'_>,
    event: &Event<'_>,
) {
    let host = tracker.sites.host_of(site);
    let Some(known) = tracker.sites.host(host) else { return };
    let context =
        Context { site, host, serial: known.serial, clock: known.clock, line: known.lines, moment };
    match (header.queue_id(), event) {
        (Some(id), event) => with_id(tracker, &context, id, header, event),
        (None, Event::Connect(_) | Event::Disconnect(_)) => {
            tracker.sessions.take(context.serial, header.pid());
        }
        (None, Event::PolicyAction(action)) => without_id(tracker, &context, header, action),
        (None, Event::QueueAdmin(admin)) if admin.action == QueueAction::Renamed => {
            renamed(tracker, &context)
        }
        (None, Event::Trouble(trouble)) => {
            if let Some(slot) =
                corrupt(trouble.text).and_then(|id| tracker.store.find(context.site, id))
            {
                end(tracker, &context, slot, End::Corrupt);
            }
        }
        _ => {}
    }
}

fn with_id(
    tracker: &mut Tracker,
    context: &Context,
    id: QueueId<'_>,
    header: &Header<'_>,
    event: &Event<'_>,
) {
    match event {
        Event::QueueStart(start) => {
            let slot = begin(tracker, context, id, true);
            started(tracker, context, slot, header, start);
        }
        Event::MessageId(message_id) => {
            let known = tracker.store.find(context.site, id.as_bytes());
            // The first line of a message that Postfix made itself, with the id of one that is gone.
            let reused = known.and_then(|slot| tracker.store.get(slot)).is_some_and(|message| {
                matches!(
                    message.end,
                    End::Removed | End::Deleted | End::RemovedOrDeleted | End::Requeued
                )
            });
            let slot = match known {
                Some(slot) if !reused || id.is_long() => slot,
                _ => begin(tracker, context, id, false),
            };
            if let Some(message) = tracker.store.get_mut(slot) {
                if message.message_id.is_none() && !message_id.resent {
                    message.message_id = message.keep(message_id.value);
                }
                // Postfix puts its queue id into the message ids that it makes.
                message.started |= memchr::memmem::find(message_id.value, id.as_bytes()).is_some();
            }
            touch(tracker, context, slot);
        }
        Event::QueueActive(active) => {
            let slot = ensure(tracker, context, id);
            if let Some(message) = tracker.store.get_mut(slot) {
                name_sender(message, active.from);
                message.size = Some(active.size);
                message.nrcpt = Some(active.nrcpt);
                message.runs = message.runs.saturating_add(1);
                message.held = false;
            }
            touch(tracker, context, slot);
        }
        Event::Delivery(delivery) => {
            let slot = ensure(tracker, context, id);
            let times = header.occurrences().clamp(1, tracker.limits.attempts.max(1));
            for _ in 0..times {
                deliver(tracker, context, slot, delivery);
            }
            touch(tracker, context, slot);
        }
        Event::Expired(expired) => {
            let slot = ensure(tracker, context, id);
            if let Some(message) = tracker.store.get_mut(slot) {
                name_sender(message, expired.from);
                message.forced |= expired.forced;
                message.expired_run = Some(message.runs);
                for recipient in &mut message.recipients {
                    if recipient.state == State::Deferred {
                        recipient.state = State::Expired;
                        recipient.resolved = context.moment.time;
                    }
                }
            }
            touch(tracker, context, slot);
        }
        Event::Notification(notification) => notify(tracker, context, id, notification),
        event => {
            let Some(slot) = tracker.store.find(context.site, id.as_bytes()) else { return };
            about(tracker, context, slot, event);
            touch(tracker, context, slot);
        }
    }
}

/// Lines that matter only for a message that is known.
fn about(tracker: &mut Tracker, context: &Context, slot: u32, event: &Event<'_>) {
    match event {
        Event::Removed(removed) => end(tracker, context, slot, removal(removed)),
        Event::QueueAdmin(admin) => match admin.action {
            QueueAction::Removed => end(tracker, context, slot, End::Deleted),
            QueueAction::Requeued => end(tracker, context, slot, End::Requeued),
            QueueAction::Held => hold(tracker, slot, true),
            QueueAction::Released => hold(tracker, slot, false),
            QueueAction::Expired | QueueAction::Renamed => {}
        },
        Event::PolicyAction(action) => match verdict(action) {
            Some(Decision::Mark(verdict)) => {
                let session = Session { verdict, to: action.to.map(<[u8]>::to_vec) };
                decide(tracker, context, slot, &session);
            }
            Some(Decision::Reject) => end(tracker, context, slot, End::Canceled),
            None => {}
        },
        Event::SessionAbort(_) => end(tracker, context, slot, End::Canceled),
        _ => {}
    }
}

fn removal(removed: &Removed) -> End {
    match removed.why {
        Some(RemovedWhy::Canceled) => End::Canceled,
        Some(RemovedWhy::Discarded) => End::Discarded,
        None if removed.ambiguous => End::RemovedOrDeleted,
        None => End::Removed,
    }
}

enum Decision {
    Mark(Mark),
    Reject,
}

/// What a policy line means for the whole message.
fn verdict(action: &PolicyAction<'_>) -> Option<Decision> {
    let word = action.action.rsplit(|byte| *byte == b'-').next()?;
    let content =
        !matches!(action.source, PolicySource::Access | PolicySource::Milter | PolicySource::Proxy);
    match word {
        b"discard" => Some(Decision::Mark(Mark::Discard)),
        b"hold" | b"quarantine" => Some(Decision::Mark(Mark::Hold)),
        b"reject" if content || action.stage == Some(b"END-OF-MESSAGE") => Some(Decision::Reject),
        _ => None,
    }
}

/// A verdict of an SMTP session that has no queue id yet, or of one with a before-queue filter.
fn without_id(
    tracker: &mut Tracker,
    context: &Context,
    header: &Header<'_>,
    action: &PolicyAction<'_>,
) {
    if action.source == PolicySource::Proxy {
        if let Some(child) = action.queued_as() {
            announce(tracker, context, child.as_bytes(), OriginKind::Proxy, &[]);
        }
        return;
    }
    if let (Some(Decision::Mark(verdict)), Some(pid)) = (verdict(action), header.pid()) {
        let session = Session { verdict, to: action.to.map(<[u8]>::to_vec) };
        tracker.sessions.add(context.serial, pid, session);
    }
}

/// Applies DISCARD or HOLD to a message.
fn decide(tracker: &mut Tracker, context: &Context, slot: u32, session: &Session) {
    let hash = tracker.store.recipient_hash();
    let limit = tracker.limits.recipients;
    let Some(message) = tracker.store.get_mut(slot) else { return };
    if let Some(to) = session.to.as_deref().map(clip).filter(|to| !to.is_empty()) {
        if message.recipients.len() < limit && message.find(to, None, &hash).is_none() {
            message.add(to, None, &hash);
        }
    }
    match session.verdict {
        Mark::Discard => end(tracker, context, slot, End::Discarded),
        Mark::Hold => {
            message.held = true;
            message.was_held = true;
        }
    }
}

fn hold(tracker: &mut Tracker, slot: u32, held: bool) {
    if let Some(message) = tracker.store.get_mut(slot) {
        message.held = held;
        message.was_held |= held;
    }
}

/// Sets the end of a message, unless it has one. What a discarded message left behind may still be
/// removed, which changes nothing.
fn end(tracker: &mut Tracker, context: &Context, slot: u32, end: End) {
    if let Some(message) = tracker.store.get_mut(slot) {
        if message.end == End::Open {
            message.end = end;
            message.ended = context.moment.time;
            message.held = false;
        }
    }
    touch(tracker, context, slot);
}

/// Short ids mean other messages from now on.
fn renamed(tracker: &mut Tracker, context: &Context) {
    let slots: Vec<u32> = tracker.store.slots().collect();
    for slot in slots {
        if let Some(message) =
            tracker.store.get_mut(slot).filter(|message| message.site == context.site)
        {
            let short = QueueId::read(message.text(message.id)).is_some_and(|id| !id.is_long());
            message.ambiguous |= short && message.end == End::Open;
        }
    }
}

/// The id in the queue manager's `saving corrupt file "{id}" from queue "active" to queue "corrupt"`.
fn corrupt(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"saving corrupt file \"")?;
    let end = memchr::memchr(b'"', rest)?;
    rest.get(..end)
}

fn clip(text: &[u8]) -> &[u8] {
    text.get(..MAX_TEXT).unwrap_or(text)
}

fn name_sender(message: &mut Message, from: &[u8]) {
    if message.from.is_none() {
        message.from = message.keep(from);
    }
}

/// The message that a line is about, made from that line if it is not known.
fn ensure(tracker: &mut Tracker, context: &Context, id: QueueId<'_>) -> u32 {
    match tracker.store.find(context.site, id.as_bytes()) {
        Some(slot) => slot,
        None => begin(tracker, context, id, false),
    }
}

/// The message that a start line is about: a new one, unless that line comes late.
fn begin(tracker: &mut Tracker, context: &Context, id: QueueId<'_>, start: bool) -> u32 {
    let known = tracker.store.find(context.site, id.as_bytes());
    let mut generation = 0;
    if let Some((slot, message)) = known.and_then(|slot| Some((slot, tracker.store.get(slot)?))) {
        let recent = match (context.moment.time, message.first_seen) {
            (Some(now), Some(first)) => {
                now.as_micros().saturating_sub(first.as_micros()).saturating_abs() <= LATE_START
            }
            _ => true,
        };
        if start && (id.is_long() || (!message.started && !message.is_finished() && recent)) {
            return slot;
        }
        generation = message.generation.saturating_add(1);
        tracker.evict(slot, Evicted::IdReused);
    }
    let mut message = Message::new(context.site, id.as_bytes(), generation);
    message.first_seen = context.moment.time;
    message.dated = context.moment.dated;
    let slot = tracker.store.insert(message);
    let Context { serial, clock, line, .. } = *context;
    if let Some(link) = tracker.links.take(serial, id.as_bytes(), clock, line) {
        handover::born(tracker, slot, &link);
    }
    slot
}

fn started(
    tracker: &mut Tracker,
    context: &Context,
    slot: u32,
    header: &Header<'_>,
    start: &QueueStart<'_>,
) {
    let session = tracker.sessions.take(context.serial, header.pid());
    if let Some(message) = tracker.store.get_mut(slot) {
        message.started = true;
        message.client = message.keep_option(start.client.map(|client| client.address.as_bytes()));
        if let Some(from) = start.from {
            name_sender(message, from);
        }
        let parent = start.orig_id.map(|id| (OriginKind::Requeue, id));
        let parent = parent.or_else(|| start.orig_queue_id.map(|id| (OriginKind::Filter, id)));
        if let (Some((kind, id)), None) = (parent, message.origin) {
            message.origin = Some(kind);
            message.parent = message.keep(id);
        }
    }
    if let Some(parent) = start.orig_queue_id {
        handover::filtered(tracker, context, slot, parent);
    }
    if let Some(session) = session {
        decide(tracker, context, slot, &session);
    }
    touch(tracker, context, slot);
}

/// Links a child to the message it was made from, now or when its first line comes.
pub(super) fn announce(
    tracker: &mut Tracker,
    context: &Context,
    child: &[u8],
    kind: OriginKind,
    parent: &[u8],
) {
    match handover::find_on_host(tracker, context.host, child) {
        Some(slot) => {
            if let Some(message) = tracker.store.get_mut(slot) {
                if message.origin.is_none() {
                    message.origin = Some(kind);
                    message.parent =
                        if parent.is_empty() { Span::NONE } else { message.keep(parent) };
                }
                // Such a message has no line of its own that tells its start.
                message.started |= matches!(kind, OriginKind::Notification | OriginKind::Forward);
            }
            tracker.store.weigh(slot);
        }
        None => {
            let Context { serial, site, clock, line, .. } = *context;
            let link = Link { kind, site, parent: parent.to_vec(), time: clock, line };
            tracker.links.add(serial, child, link);
        }
    }
}

fn notify(
    tracker: &mut Tracker,
    context: &Context,
    id: QueueId<'_>,
    notification: &Notification<'_>,
) {
    let child = notification.child.as_bytes();
    announce(tracker, context, child, OriginKind::Notification, id.as_bytes());
    let Some(slot) = tracker.store.find(context.site, id.as_bytes()) else { return };
    let Some(message) = tracker.store.get_mut(slot) else { return };
    let failed = match notification.kind {
        NotificationKind::SenderNonDelivery | NotificationKind::PostmasterNonDelivery => true,
        NotificationKind::SenderDeliveryStatus | NotificationKind::PostmasterDeliveryStatus => {
            false
        }
        _ => return touch(tracker, context, slot),
    };
    let span = message.keep(child);
    if failed {
        message.notification = span;
        message.notified_run = message.runs;
    }
    for recipient in &mut message.recipients {
        let told = match recipient.state {
            State::Bounced | State::Expired => failed,
            State::Sent => !failed,
            _ => false,
        };
        if told && recipient.notification.is_none() {
            recipient.notification = span;
        }
    }
    touch(tracker, context, slot);
}

/// Counts the line as the latest about a message.
fn touch(tracker: &mut Tracker, context: &Context, slot: u32) {
    let order = tracker.lines;
    let Some(host) = tracker.sites.host_mut(context.host) else { return };
    if let Some(message) = tracker.store.get_mut(slot) {
        message.touched = context.clock;
        message.touched_line = context.line;
        message.order = order;
    }
    tracker.store.settle(slot, &mut host.lists);
}

/// One attempt for one recipient.
fn deliver(tracker: &mut Tracker, context: &Context, slot: u32, delivery: &Delivery<'_>) {
    let hash = tracker.store.recipient_hash();
    let (recipients, attempts) = (tracker.limits.recipients, tracker.limits.attempts);
    let Some(message) = tracker.store.get_mut(slot) else { return };
    let (to, orig_to) = (clip(delivery.to), delivery.orig_to.map(clip));
    let at = match message.find(to, orig_to, &hash) {
        Some(at) => at,
        None if message.recipients.len() < recipients => message.add(to, orig_to, &hash),
        None => return handover::overflow(tracker, context, slot, delivery),
    };
    let run = message.runs;
    let last = message.recipients.get(at).map_or(NONE, |recipient| recipient.last);
    let class = failed(delivery.status).then(|| tracker.classes.of(delivery));
    let attempt = attempt(message, context, last, delivery, class);
    message.add_try(at, attempt, attempts);
    message.ambiguous |= delivery.ambiguous;
    let expired = message.expired_run == Some(run);
    let notification = if message.notified_run == run { message.notification } else { Span::NONE };
    let Some(recipient) = message.recipients.get_mut(at) else { return };
    let state = match attempt.status {
        Status::Sent if delivery.relay.is_none() => State::Discarded,
        Status::Sent => State::Sent,
        Status::Bounced => State::Bounced,
        // The queue manager's word can stand before the agent's.
        Status::Deferred | Status::SoftBounce if expired => State::Expired,
        Status::Deferred | Status::SoftBounce => State::Deferred,
        status if status.is_probe() => State::Probe,
        _ => recipient.state,
    };
    if attempt.status.is_deferral() && recipient.first_deferred.is_none() {
        recipient.first_deferred = context.moment.time;
    }
    // An alias of several targets gives several lines in one run; it is done when all are.
    let same_run = recipient.tries > 1 && recipient.run == run && delivery.relay.text == b"local";
    recipient.run = run;
    if matches!(recipient.state, State::Passed { .. })
        || (same_run && weight(recipient.state) > weight(state))
    {
        return;
    }
    recipient.state = state;
    recipient.resolved =
        context.moment.time.filter(|_| !matches!(state, State::Deferred | State::Pending));
    if matches!(state, State::Bounced | State::Expired) && recipient.notification.is_none() {
        recipient.notification = notification;
    }
    if state == State::Sent {
        handover::sent(tracker, context, slot, at, delivery);
    }
}

fn weight(state: State) -> u8 {
    match state {
        State::Deferred | State::Expired => 2,
        State::Bounced => 1,
        _ => 0,
    }
}

/// Whether an attempt has a reason to be classed.
pub(super) fn failed(status: Status) -> bool {
    !status.is_success()
}

/// What is kept of an attempt.
pub(super) fn attempt(
    message: &mut Message,
    context: &Context,
    last: u32,
    delivery: &Delivery<'_>,
    class: Option<Class>,
) -> Try {
    let relay = message.keep_relay(last, delivery.relay.text);
    Try {
        time: context.moment.time,
        relay,
        previous: NONE,
        dsn: delivery.dsn,
        status: delivery.status,
        class,
    }
}
