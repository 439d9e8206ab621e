//! Describes a line as a step on the way of a message.

use postfix_log::escape::Escaped;
use postfix_log::{Delivery, Event, Header, Status};

/// Describes a line in words; `None` for lines that say nothing about the way, or nothing new. `retried` is set if the
/// message was in the active queue before.
pub fn say(header: &Header<'_>, retried: bool) -> Option<String> {
    let text = |bytes| Escaped::new(bytes);
    Some(match header.event() {
        Event::QueueStart(line) => {
            let mut said = match (line.client, line.uid) {
                (Some(client), _) => format!("accepted from {client}"),
                (None, Some(uid)) => format!("submitted on this host by user id {uid}"),
                (None, None) => "accepted".to_owned(),
            };
            if let Some(user) = line.sasl_username {
                said += &format!(", logged in as {}", text(user));
            }
            if let Some(id) = line.orig_queue_id.or(line.orig_id) {
                said += &format!(", before that {}", text(id));
            }
            said
        }
        Event::QueueActive(_) if retried => "tried again".to_owned(),
        Event::QueueActive(line) => {
            let of = if line.nrcpt == 1 { "recipient" } else { "recipients" };
            let from = if line.from.is_empty() { "<>".into() } else { text(line.from).to_string() };
            format!("in the queue: from {from}, {} bytes, {} {of}", line.size, line.nrcpt)
        }
        Event::Delivery(line) => delivery(&line),
        Event::Expired(_) => "gave up: the message was in the queue for too long".to_owned(),
        Event::Removed(line) => match line.why {
            Some(why) => format!("left the queue: {why}"),
            None => "left the queue: done".to_owned(),
        },
        Event::Notification(line) => {
            let kind = line.kind.as_str().replace("non_delivery", "non-delivery").replace('_', " ");
            format!("{kind} notification written, as {}", text(line.child.as_bytes()))
        }
        Event::PolicyAction(line) => {
            let stage = line.stage.map(|stage| format!(" at {}", text(stage))).unwrap_or_default();
            let client = line.client.map(|client| format!(", {client}")).unwrap_or_default();
            let to = line.to.map(|to| format!(", to {}", text(to))).unwrap_or_default();
            format!("{}{stage}{client}{to}: {}", text(line.action), text(line.text))
        }
        Event::ConnectFailure(line) => format!("could not use a server: {}", text(line.text)),
        Event::QueueAdmin(line) => format!("{} by the administrator (postsuper)", line.action),
        Event::Trouble(line) => text(line.text).to_string(),
        Event::Diagnostic(line) => text(line.text).to_string(),
        Event::SessionAbort(line) => {
            format!("{} after {}", line.reason, text(line.stage))
        }
        Event::Unrecognized(line) => text(line).to_string(),
        _ => return None,
    })
}

fn delivery(line: &Delivery<'_>) -> String {
    let to = match line.orig_to {
        Some(orig_to) => format!("{} ({})", Escaped::new(line.to), Escaped::new(orig_to)),
        None => Escaped::new(line.to).to_string(),
    };
    let relay = if line.relay.is_none() {
        String::new()
    } else {
        format!(" by {}", Escaped::new(line.relay.text))
    };
    let class = if line.status == Status::Sent {
        String::new()
    } else {
        format!(" ({})", line.classify().class())
    };
    let status = Escaped::new(line.status_word);
    format!("{to}: {status}{class}{relay}: {}", Escaped::new(line.reason))
}
