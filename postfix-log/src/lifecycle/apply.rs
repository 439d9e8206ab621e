//! What each event changes.

use std::vec::Vec;

use super::fate::OriginKind;
use super::links::{Mark, Session};
use super::message::{End, State};
use super::turn::{LATE, Turn, clip};
use crate::event::policy::{PolicyAction, PolicySource};
use crate::event::{
    Event, Expired, Notification, NotificationKind, QueueAction, Removed, RemovedWhy,
};
use crate::header::Header;
use crate::queue_id::QueueId;

impl Turn<'_> {
    pub(super) fn line(&mut self, header: &Header<'_>, event: &Event<'_>) {
        match (header.queue_id(), event) {
            (Some(id), event) => self.with_id(id, header, event),
            (None, Event::Connect(_) | Event::Disconnect(_)) => {
                self.tracker.sessions.take(self.context.serial, header.pid());
            }
            (None, Event::ConnectFailure(failure)) => self.try_server(None, failure),
            (None, Event::PolicyAction(action)) => self.without_id(header, action),
            (None, Event::QueueAdmin(admin)) if admin.action == QueueAction::Renamed => {
                self.renamed();
            }
            _ => {
                let text = header.severity().map(|_| header.text());
                if let Some(slot) = text.and_then(corrupt).and_then(|id| self.find(id)) {
                    self.end(slot, End::Corrupt);
                    self.touch(slot);
                }
            }
        }
    }

    fn with_id(&mut self, id: QueueId<'_>, header: &Header<'_>, event: &Event<'_>) {
        match event {
            Event::QueueStart(start) => self.queue_start(id, header, start),
            Event::MessageId(line) => self.message_id(id, line),
            Event::QueueActive(active) => self.queue_active(id, header, active),
            Event::Delivery(delivery) => {
                let Some(slot) = self.delivered(id, delivery) else { return };
                self.deliver(slot, id, header, delivery);
                self.touch(slot);
            }
            Event::ConnectFailure(failure) => {
                self.try_server(Some(id), failure);
                if let Some(slot) = self.find(id.as_bytes()) {
                    self.touch(slot);
                }
            }
            Event::Expired(expired) => self.expire(id, expired),
            Event::Notification(notification) => self.notify(id, notification),
            event => {
                let Some(slot) = self.find(id.as_bytes()) else { return };
                self.about(slot, event);
                self.touch(slot);
            }
        }
    }

    /// Lines that matter only for a message that is known.
    fn about(&mut self, slot: u32, event: &Event<'_>) {
        match event {
            Event::Removed(removed) if self.is_before(slot, removed) => {}
            Event::Removed(removed) => self.end(slot, removal(removed)),
            Event::QueueAdmin(admin) => match admin.action {
                QueueAction::Removed => self.end(slot, End::Deleted),
                QueueAction::Requeued => self.end(slot, End::Requeued),
                QueueAction::Held => self.hold(slot, true),
                QueueAction::Released => self.hold(slot, false),
                QueueAction::Expired | QueueAction::Renamed => {}
            },
            Event::PolicyAction(action) => match verdict(action) {
                Some(Decision::Mark(verdict)) => {
                    let session = Session { verdict, to: action.to.map(<[u8]>::to_vec) };
                    self.decide(slot, &session);
                }
                Some(Decision::Reject) => self.end(slot, End::Canceled),
                None => {}
            },
            Event::SessionAbort(_) => self.end(slot, End::Canceled),
            _ => {}
        }
    }

    /// True for a removal that is of the message that had this id before: the queue manager removes no message that
    /// it never took up.
    fn is_before(&self, slot: u32, removed: &Removed) -> bool {
        let message = self.tracker.store.get(slot);
        removed.why.is_none()
            && !removed.ambiguous
            && message.zip(self.context.moment.time).is_some_and(|(message, now)| {
                let now = now.as_micros();
                let since =
                    message.first_seen.map_or(0, |first| now.saturating_sub(first.as_micros()));
                message.generation > 0
                    && message.runs == 0
                    && message.tries.is_empty()
                    && since.abs() <= LATE
            })
    }

    /// A verdict of an SMTP session that has no queue id yet, or of one with a before-queue filter.
    fn without_id(&mut self, header: &Header<'_>, action: &PolicyAction<'_>) {
        if action.source == PolicySource::Proxy {
            if let Some(child) = action.queued_as() {
                self.announce(child.as_bytes(), OriginKind::Proxy, &[]);
            }
            return;
        }
        if let (Some(Decision::Mark(verdict)), Some(pid)) = (verdict(action), header.pid()) {
            let session = Session { verdict, to: action.to.map(<[u8]>::to_vec) };
            self.tracker.sessions.add(self.context.serial, pid, session);
        }
    }

    /// Applies DISCARD or HOLD to a message.
    pub(super) fn decide(&mut self, slot: u32, session: &Session) {
        let hash = self.tracker.store.recipient_hash();
        let limit = self.tracker.limits.recipients;
        let Some(message) = self.message(slot) else { return };
        if let Some(to) = session.to.as_deref().map(clip).filter(|to| !to.is_empty()) {
            if message.recipients.len() < limit && message.find(to, None, &hash).is_none() {
                message.add(to, None, &hash);
            }
        }
        match session.verdict {
            Mark::Discard => self.end(slot, End::Discarded),
            Mark::Hold => {
                message.held = true;
                message.was_held = true;
            }
        }
    }

    fn hold(&mut self, slot: u32, held: bool) {
        if let Some(message) = self.message(slot) {
            message.held = held;
            message.was_held |= held;
        }
    }

    /// Short ids mean other messages from now on.
    fn renamed(&mut self) {
        let slots: Vec<u32> = self.tracker.store.slots().collect();
        let site = self.context.site;
        for slot in slots {
            if let Some(message) = self.message(slot).filter(|message| message.site == site) {
                let short = QueueId::read(message.text(message.id)).is_some_and(|id| !id.is_long());
                message.ambiguous |= short && message.end == End::Open;
            }
        }
    }

    /// The queue manager gave the message up: all recipients that still waited.
    fn expire(&mut self, id: QueueId<'_>, expired: &Expired<'_>) {
        let Some(slot) = self.ensure(id) else { return };
        let (time, steps) = (self.context.moment.time, self.steps());
        if let Some(message) = self.message(slot) {
            message.name_sender(expired.from);
            message.forced |= expired.forced;
            message.expired_run = Some(message.runs);
            for recipient in &mut message.recipients {
                if recipient.state == State::Deferred {
                    recipient.state = State::Expired;
                    recipient.resolved = time;
                    recipient.last_steps = steps;
                }
            }
        }
        self.touch(slot);
    }

    /// The sender or the postmaster was told.
    fn notify(&mut self, id: QueueId<'_>, notification: &Notification<'_>) {
        let child = notification.child.as_bytes();
        self.announce(child, OriginKind::Notification, id.as_bytes());
        let Some(slot) = self.find(id.as_bytes()) else { return };
        let Some(message) = self.message(slot) else { return };
        let failed = match notification.kind {
            NotificationKind::SenderNonDelivery | NotificationKind::PostmasterNonDelivery => true,
            NotificationKind::SenderDeliveryStatus | NotificationKind::PostmasterDeliveryStatus => {
                false
            }
            _ => return self.touch(slot),
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
        self.touch(slot);
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

/// The id in the queue manager's `saving corrupt file "{id}" from queue "active" to queue "corrupt"`.
fn corrupt(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"saving corrupt file \"")?;
    let end = memchr::memchr(b'"', rest)?;
    rest.get(..end)
}
