//! Selects the messages that are listed.

use std::time::Duration;

use clap::Args;
use examples::pattern::Pattern;
use examples::time::duration;
use postfix_log::{Class, Dsn, classify};
use postfix_queuefile::bounce::{BounceEntry, JoinedRecipient, join};
use postfix_queuefile::{Queue, Timestamp};

use crate::showq::Mail;

/// Messages that have all that is asked for are listed, with all their recipients.
#[derive(Args)]
pub(crate) struct Selection {
    /// Messages in these queues only; may be repeated.
    #[arg(long, value_name = "QUEUE", value_parser = queue)]
    queue: Vec<Queue>,
    /// Messages from this sender: an address, `@domain`, `<>`, or a text with `*`.
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<Pattern>,
    /// Messages with this recipient among those that wait: an address, `@domain`, or a text with `*`.
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<Pattern>,
    /// Messages with a recipient in this domain among those that wait.
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    domain: Option<Pattern>,
    /// Messages that came in from this client: its IP address or its name.
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Messages with a recipient that was put off, or failed, for a reason of this class, such as `greylist` or `net_timeout`.
    #[arg(long, value_name = "CLASS")]
    class: Option<Class>,
    /// Messages that arrived longer ago than this, such as 90s, 30m, 4h or 2d.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<Duration>,
}

impl Selection {
    /// The queues to list, in showq's order.
    pub(crate) fn queues(&self) -> Vec<Queue> {
        let is_asked_for = |queue: &&Queue| self.queue.is_empty() || self.queue.contains(queue);
        Queue::LISTED.iter().copied().filter(|queue| is_asked_for(&queue)).collect()
    }

    /// True if a message meets all conditions.
    pub(crate) fn has(&self, mail: Mail<'_>, now: Timestamp) -> bool {
        let envelope = mail.entry.envelope();
        let sender = envelope.sender();
        if self
            .sender
            .as_ref()
            .is_some_and(|asked| !sender.is_some_and(|sender| asked.matches(sender)))
        {
            return false;
        }
        let age = mail.entry.age_at(now);
        if self.older_than.is_some_and(|asked| age <= asked) {
            return false;
        }
        if let Some(asked) = &self.client {
            let is = |text: Option<&[u8]>| {
                text.is_some_and(|text| text.eq_ignore_ascii_case(asked.as_bytes()))
            };
            if !envelope.client().is_some_and(|client| is(client.address) || is(client.name)) {
                return false;
            }
        }
        if self.recipient.is_none() && self.domain.is_none() && self.class.is_none() {
            return true;
        }
        let mut waiting = join(envelope.recipients(), mail.defer, mail.bounce);
        waiting.any(|each| each.is_waiting() && self.has_recipient(&each))
    }

    fn has_recipient(&self, each: &JoinedRecipient<'_>) -> bool {
        let address = each.recipient().address();
        let patterns = self.recipient.iter().chain(&self.domain);
        let class = |entry: &BounceEntry<'_>| {
            let reason = entry.reason().unwrap_or_default();
            classify(Dsn::parse(entry.status()), reason, None).class()
        };
        let mut entries = each.delay().into_iter().chain(each.failure());
        patterns.into_iter().all(|asked| asked.matches(address))
            && self.class.is_none_or(|asked| entries.any(|entry| class(entry) == asked))
    }
}

fn queue(name: &str) -> Result<Queue, String> {
    let queue = name.parse::<Queue>().ok().filter(|queue| Queue::LISTED.contains(queue));
    let names = || Queue::LISTED.iter().map(|queue| queue.as_str()).collect::<Vec<_>>().join(", ");
    queue.ok_or_else(|| {
        format!("there is no queue {name:?} with mail to list; there are {}", names())
    })
}

fn domain(name: &str) -> Result<Pattern, std::convert::Infallible> {
    format!("@{}", name.trim_start_matches('@')).parse()
}
