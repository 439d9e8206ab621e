//! From log lines to flows.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use examples::logs;
use postfix_log::reason::Recent;
use postfix_log::{Delivery, Event, Fate, Header, Lifecycle, QueueId, Tracker};

use crate::keys::Flows;
use crate::snapshot::Snapshot;
use crate::{Args, By};

/// Messages whose sender is remembered, and recipients whose last flow is; far more than are ever open.
const MAX_OPEN: usize = 1_000_000;

/// The flows of the logs.
pub fn read(args: &Args, by: By) -> anyhow::Result<Snapshot> {
    let calendar = logs::calendar(&args.files, args.year, args.tz)?;
    let classifier = args.classes.classifier()?;
    let mut reader = Reader {
        by,
        flows: Flows::default(),
        senders: HashMap::new(),
        last: HashMap::new(),
        hasher: RandomState::new(),
        reasons: Recent::new(classifier),
    };
    let mut tracker = Tracker::new().with_calendar(calendar).with_classifier(classifier);
    logs::for_each(&args.files, |_, header| {
        let Some(header) = header else { return Ok(()) };
        let event = header.event();
        reader.line(header, &event);
        tracker.push(header, &event).for_each(|row| reader.end(&row));
        Ok(())
    })?;
    tracker.drain().for_each(|row| reader.end(&row));
    let mut snapshot = Snapshot::new(by, args.now);
    snapshot.flows.extend(reader.flows.into_named());
    Ok(snapshot)
}

struct Reader {
    by: By,
    flows: Flows,
    /// Sender domains by host and queue id; empty unless they are asked for.
    senders: HashMap<u64, String>,
    /// The flow of the last deferral, by host, queue id and recipient: rows do not say by which service it was, or for
    /// which server. A row takes its entry away.
    last: HashMap<u64, u32>,
    /// Makes the keys of both. Two with one 64 bit hash are not to be expected.
    hasher: RandomState,
    reasons: Recent<'static>,
}

impl Reader {
    fn line(&mut self, header: &Header<'_>, event: &Event<'_>) {
        let Some(id) = header.queue_id() else { return };
        match event {
            Event::QueueActive(active) if self.senders.len() < MAX_OPEN => {
                let sender = match self.by {
                    By::Sender => logs::domain(Some(active.from)),
                    _ => String::new(),
                };
                self.senders.insert(self.key(header, id), sender);
            }
            Event::Removed(_) => {
                self.senders.remove(&self.key(header, id));
            }
            Event::Delivery(delivery) => self.delivery(header, id, delivery),
            _ => {}
        }
    }

    fn delivery(&mut self, header: &Header<'_>, id: QueueId<'_>, delivery: &Delivery<'_>) {
        // Handed to a content filter of this host: the mail will be delivered under its next id.
        let hop = || {
            let next = delivery.queued_as();
            next.is_some_and(|next| self.senders.contains_key(&self.key(header, next)))
        };
        if !matches!(self.by, By::Relay | By::Service) && hop() {
            return;
        }
        let flow = match self.by {
            By::Sender => {
                let sender = self.senders.get(&self.key(header, id));
                self.flows.named(sender.map_or("(unknown)", String::as_str).to_owned())
            }
            by => self.flows.of(by, header, delivery),
        };
        let lacking = matches!(self.by, By::Service | By::Relay | By::Provider);
        if lacking && self.last.len() < MAX_OPEN && delivery.status.is_deferral() {
            let host = header.host().unwrap_or_default();
            self.last.insert(self.hasher.hash_one((host, id.as_bytes(), delivery.to)), flow);
        }
        if let Some(flow) = self.flows.get(flow) {
            flow.add(delivery, &mut self.reasons);
        }
    }

    /// Adds the ends that no delivery line tells.
    fn end(&mut self, row: &Lifecycle) {
        let flow = match self.by {
            By::Domain | By::Sender => None,
            By::Relay | By::Provider | By::Service => {
                let (host, id) = match row.chain.last() {
                    Some(hop) => (&hop.host, &hop.queue_id),
                    None => (&row.message.host, &row.message.queue_id),
                };
                // The row of a hop comes after that of its chain, and has nothing to add.
                let to = row.to.as_deref().unwrap_or_default();
                self.last.remove(&self.hasher.hash_one((&**host, &**id, to)))
            }
        };
        let known = !row.is_hop() && row.to.is_some();
        if !known || !matches!(row.fate, Fate::Expired | Fate::StillDeferred) {
            return;
        }
        let flow = flow.unwrap_or_else(|| {
            let name = match self.by {
                By::Domain => logs::domain(row.to.as_deref()),
                By::Sender => logs::domain(row.message.from.as_deref()),
                By::Relay | By::Provider | By::Service => "(unknown)".to_owned(),
            };
            self.flows.named(name)
        });
        if let Some(flow) = self.flows.get(flow) {
            flow.add_fate(row.fate);
        }
    }

    fn key(&self, header: &Header<'_>, id: QueueId<'_>) -> u64 {
        self.hasher.hash_one((header.host().unwrap_or_default(), id.as_bytes()))
    }
}
