//! The messages that the search finds in the queue now.

use std::path::Path;

use examples::config::{main_cf, open_spool};
use postfix_queuefile::config::{MainCf, RetryParams};
use postfix_queuefile::{Entry, Queue, QueueId, Spool};

use crate::search::{Found, Search};
use crate::story::{InSpool, Recipient, Story, string};

/// A spool and the time limits of its configuration.
pub struct Now {
    spool: Spool,
    retry: RetryParams,
}

impl Now {
    /// Opens the spool that `--spool` or `-c` names; `None` without either, since the log may be from another host.
    pub fn open(spool: Option<&Path>, config: Option<&Path>) -> anyhow::Result<Option<Self>> {
        if spool.is_none() && config.is_none() {
            return Ok(None);
        }
        let main = config.map(main_cf).transpose()?.unwrap_or_else(MainCf::default);
        Ok(Some(Self { spool: open_spool(spool, config)?, retry: RetryParams::try_from(&main)? }))
    }

    /// Adds the message's current place in the spool.
    pub fn join(&self, story: &mut Story) {
        for id in &story.queue_ids {
            let Ok(id) = QueueId::parse(id.as_bytes()) else { continue };
            match self.spool.find(id) {
                Ok(Some(entry)) if is_same(&entry, story) => story.spool.push(self.place(&entry)),
                Ok(_) => {}
                Err(error) => eprintln!("trace: {error}"),
            }
        }
    }

    /// Messages in the queue that are not in the log.
    pub fn others(&self, search: &Search, known: &[Story]) -> Vec<Story> {
        let mut stories = Vec::new();
        // Times are those of log lines, so a search by time alone finds only what is in the log.
        let met = |found: Found| found != Found::default() && search.is_met(found.and(Found::TIME));
        for entry in self.spool.entries(Queue::LISTED) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    eprintln!("trace: {error}");
                    continue;
                }
            };
            let id = string(entry.id().as_bytes());
            if !met(search.entry(&entry)) || known.iter().any(|story| story.queue_ids.contains(&id))
            {
                continue;
            }
            let envelope = entry.envelope();
            let client = envelope.client();
            stories.push(Story {
                queue_ids: vec![id],
                client_name: client.and_then(|client| client.name.map(string)),
                client_addr: client.and_then(|client| client.address.map(string)),
                from: envelope.sender().map(string),
                size: Some(entry.size()),
                recipients: envelope
                    .pending()
                    .map(|recipient| Recipient {
                        to: string(recipient.address()),
                        orig_to: recipient.orig_address().map(string),
                        fate: "unknown",
                        hold_s: None,
                        attempts: Vec::new(),
                    })
                    .collect(),
                spool: vec![self.place(&entry)],
                ..Story::default()
            });
        }
        stories
    }

    fn place(&self, entry: &Entry) -> InSpool {
        let seconds = |at: postfix_queuefile::Timestamp| at.seconds();
        InSpool {
            queue_id: string(entry.id().as_bytes()),
            queue: entry.queue().as_str(),
            next_retry: entry.next_retry().map(seconds),
            expires: entry.expires(&self.retry).map(seconds),
        }
    }
}

/// True if a message in the queue is that of the story. Short queue ids are used again.
fn is_same(entry: &Entry, story: &Story) -> bool {
    let sender = entry.envelope().sender().map(string);
    story.from.is_none() || sender.is_none() || sender == story.from
}
