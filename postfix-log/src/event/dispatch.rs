//! From a payload to its event: by program, then by the first bytes.

use super::*;
use crate::delivery;

pub(super) fn event<'a>(payload: &Payload<'a>) -> Event<'a> {
    let text = payload.text;
    if payload.queue_id.is_some() || payload.noqueue {
        if let Some(event) = with_id(payload.program, text) {
            return event;
        }
    } else if payload.severity.is_none() {
        if let Some(rest) = text.strip_prefix(b"connect from ") {
            if let Some(connect) = session::connect(rest) {
                return Event::Connect(connect);
            }
        }
        if let Some(rest) = text.strip_prefix(b"disconnect from ") {
            if let Some(disconnect) = session::disconnect(rest) {
                return Event::Disconnect(disconnect);
            }
        }
        if let Some(failure) = smtp::connect_failure(text) {
            return Event::ConnectFailure(failure);
        }
    }
    match payload.severity {
        Some(severity) => Event::Diagnostic(Diagnostic { severity, text }),
        None => Event::Unrecognized(text),
    }
}

fn with_id<'a>(program: &[u8], text: &'a [u8]) -> Option<Event<'a>> {
    if let Some(rest) = text.strip_prefix(b"to=<") {
        return delivery::parse(rest).map(Event::Delivery);
    }
    if let Some(rest) = text.strip_prefix(b"from=<") {
        return queue::from(rest).map(|line| match line {
            queue::From::Active(active) => Event::QueueActive(active),
            queue::From::Expired(expired) => Event::Expired(expired),
        });
    }
    if let Some(value) = text.strip_prefix(b"message-id=") {
        return Some(Event::MessageId(MessageId { value, resent: false }));
    }
    if let Some(value) = text.strip_prefix(b"resent-message-id=") {
        return Some(Event::MessageId(MessageId { value, resent: true }));
    }
    if let Some(rest) = text.strip_prefix(b"client=") {
        return queue::start_smtp(rest).map(Event::QueueStart);
    }
    if let Some(rest) = text.strip_prefix(b"uid=") {
        return queue::start_pickup(rest).map(Event::QueueStart);
    }
    if text == b"removed" {
        if program == b"postsuper" {
            return Some(admin(QueueAction::Removed));
        }
        return Some(Event::Removed(Removed { why: None, ambiguous: program.is_empty() }));
    }
    if program == b"postsuper" {
        return Some(match text {
            b"requeued" => admin(QueueAction::Requeued),
            b"placed on hold" => admin(QueueAction::Held),
            b"released from hold" => admin(QueueAction::Released),
            b"expired" => admin(QueueAction::Expired),
            _ => return None,
        });
    }
    queue::notification(text).map(Event::Notification)
}

fn admin<'a>(action: QueueAction) -> Event<'a> {
    Event::QueueAdmin(QueueAdmin { action, count: None })
}
