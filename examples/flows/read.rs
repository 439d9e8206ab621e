//! From log lines to flows.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use examples::events::{self, Said};
use examples::hash::{Map, RandomState};
use examples::logs;
use postfix_log::reason::Recent;
use postfix_log::{Delivery, Event, Fate, Header, Lifecycle, QueueId, Tracker};

use crate::args::{Args, By};
use crate::keys::{self, Flows};
use crate::snapshot::Snapshot;

/// Messages whose sender is remembered, and recipients whose last flow is; far more than are ever open.
const MAX_OPEN: usize = 1_000_000;

/// The flows of the logs.
pub fn read(args: &Args, by: By) -> anyhow::Result<Snapshot> {
    let calendar = logs::calendar(&args.files, args.year, args.tz)?;
    let classifier = args.classes.classifier()?;
    let mut reader = Reader {
        by,
        flows: Flows::default(),
        origins: Map::default(),
        last: Map::default(),
        hasher: RandomState::default(),
        reasons: Recent::new(classifier),
    };
    let mut tracker = Tracker::new().with_calendar(calendar).with_classifier(classifier);
    let rows = |said: &Said<'_>| -> Vec<Lifecycle> {
        let rows = said.read.as_ref().map(|(header, event)| tracker.push(header, event));
        rows.into_iter().flatten().collect()
    };
    events::for_each_then(&args.files, args.jobs, rows, |said, rows| {
        if let Some((header, event)) = &said.read {
            reader.line(header, event);
        }
        rows.iter().for_each(|row| reader.end(row));
        Ok(())
    })?;
    tracker.drain().for_each(|row| reader.end(&row));
    drop(tracker);
    let mut snapshot = Snapshot::new(by, args.now);
    snapshot.flows.extend(reader.flows.into_named());
    Ok(snapshot)
}

struct Reader {
    by: By,
    flows: Flows,
    /// Messages by host and queue id, with what their flow is called where the message tells that: its sender's domain,
    /// its user or its client.
    origins: Map<u64, Cow<'static, str>>,
    /// The flow of the last deferral, by host, instance, queue id and recipient: rows do not say by which service it was, or for
    /// which server. A row takes its entry away.
    last: Map<u64, u32>,
    /// Makes the keys of both. Two with one 64 bit hash are not to be expected.
    hasher: RandomState,
    reasons: Recent<'static>,
}

impl Reader {
    fn line(&mut self, header: &Header<'_>, event: &Event<'_>) {
        let Some(id) = header.queue_id() else { return };
        match event {
            Event::QueueStart(start) if matches!(self.by, By::User | By::Client) => {
                // Mail that comes back from a content filter is still its first client's.
                let before = start.orig_queue_id.and_then(|id| QueueId::parse(id).ok());
                let before = before.and_then(|id| self.origins.get(&self.key(header, id)));
                let origin = before.cloned();
                let origin = origin.unwrap_or_else(|| keys::origin(self.by, start).into());
                self.remember(header, id, origin);
            }
            Event::Notification(notification) if matches!(self.by, By::User | By::Client) => {
                self.remember(header, notification.child, keys::OURS.into());
            }
            Event::QueueActive(active) => match self.by {
                By::Sender => self.remember(header, id, logs::domain(Some(active.from)).into()),
                // What passes a content filter counts at each relay and service.
                By::Relay | By::Service => {}
                _ if self.origins.contains_key(&self.key(header, id)) => {}
                _ => self.remember(header, id, keys::UNKNOWN.into()),
            },
            Event::Removed(_) => {
                self.origins.remove(&self.key(header, id));
            }
            Event::Delivery(delivery) => self.delivery(header, id, delivery),
            _ => {}
        }
    }

    fn delivery(&mut self, header: &Header<'_>, id: QueueId<'_>, delivery: &Delivery<'_>) {
        // Handed to a content filter of this host: the mail will be delivered under its next id.
        let hop = || {
            let next = delivery.queued_as();
            next.is_some_and(|next| self.origins.contains_key(&self.key(header, next)))
        };
        if !matches!(self.by, By::Relay | By::Service) && hop() {
            self.hand_over(header, id, delivery);
            return;
        }
        let flow = match self.by {
            By::Sender | By::User | By::Client => {
                let origin = self.origins.get(&self.key(header, id));
                self.flows.named(origin.map_or(keys::UNKNOWN, |origin| origin))
            }
            by => self.flows.of(by, header, delivery),
        };
        let lacking = !matches!(self.by, By::Domain | By::Sender);
        if lacking && self.last.len() < MAX_OPEN && delivery.status.is_deferral() {
            let site = (header.host().unwrap_or_default(), header.instance().unwrap_or_default());
            let key = (site, id.as_bytes(), delivery.to, delivery.orig_to);
            self.last.insert(self.hasher.hash_one(key), flow);
        }
        if let Some(flow) = self.flows.get(flow) {
            flow.add(delivery, &mut self.reasons);
        }
    }

    /// Adds the ends that no delivery line tells.
    fn end(&mut self, row: &Lifecycle) {
        let flow = match self.by {
            By::Domain | By::Sender => None,
            _ => {
                let message = &row.message;
                let (host, instance, id) = match row.chain.last() {
                    Some(hop) => (&hop.host, &hop.instance, &hop.queue_id),
                    None => (&message.host, &message.instance, &message.queue_id),
                };
                // The row of a hop comes after that of its chain, and has nothing to add.
                let to = row.to.as_deref().unwrap_or_default();
                // The last hop of a chain may not know the address from before an alias expansion.
                let mut forget = |orig_to: Option<&[u8]>| {
                    let key = ((&**host, &**instance), &**id, to, orig_to);
                    self.last.remove(&self.hasher.hash_one(key))
                };
                let flow = forget(row.orig_to.as_deref());
                if row.chain.is_empty() { flow } else { flow.or_else(|| forget(None)) }
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
                _ => keys::UNKNOWN.to_owned(),
            };
            self.flows.named(&name)
        });
        if let Some(flow) = self.flows.get(flow) {
            flow.add_fate(row.fate);
        }
    }

    fn remember(&mut self, header: &Header<'_>, id: QueueId<'_>, origin: Cow<'static, str>) {
        if self.origins.len() < MAX_OPEN {
            self.origins.insert(self.key(header, id), origin);
        }
    }

    /// What a content filter took and gave back under a new id is the same user's and client's.
    fn hand_over(&mut self, header: &Header<'_>, id: QueueId<'_>, delivery: &Delivery<'_>) {
        let origin = self.origins.get(&self.key(header, id)).filter(|it| *it != keys::UNKNOWN);
        if let Some((origin, next)) = origin.cloned().zip(delivery.queued_as())
            && matches!(self.by, By::User | By::Client)
        {
            self.remember(header, next, origin);
        }
    }

    fn key(&self, header: &Header<'_>, id: QueueId<'_>) -> u64 {
        self.hasher.hash_one((header.host().unwrap_or_default(), id.as_bytes()))
    }
}
