//! Links from one message to the next: content filters, forwards, notifications.

use std::vec::Vec;

use super::fate::OriginKind;
use super::limits::{MAX_HOPS, MAX_INSTANCES};
use super::links::Link;
use super::message::{Message, Recipient, Span, State, Upstream};
use super::turn::{Context, Turn};
use crate::event::delivery::Delivery;
use crate::event::peer::PeerAddress;
use crate::queue_id::QueueId;

impl Turn<'_> {
    /// Finds a message of any instance of a host.
    pub(super) fn find_on_host(&self, id: &[u8]) -> Option<u32> {
        let sites = &self.tracker.sites.host(self.context.host)?.sites;
        sites.iter().take(MAX_INSTANCES).find_map(|&site| self.tracker.store.find(site, id))
    }

    /// Handles the first line of a message that was announced.
    pub(super) fn born(&mut self, slot: u32, link: &Link) {
        if let Some(message) = self.tracker.store.get_mut(slot) {
            message.origin = Some(link.kind);
            if !link.parent.is_empty() {
                message.parent = message.keep(&link.parent);
            }
            message.started = matches!(link.kind, OriginKind::Notification | OriginKind::Forward);
        }
        if link.kind != OriginKind::Filter {
            return;
        }
        let store = &mut self.tracker.store;
        let Some(parent) = store.find(link.site, &link.parent) else { return };
        let Some((message, child)) = store.pair_mut(parent, slot) else { return };
        for at in 0..message.recipients.len() {
            let waits = message.recipients.get(at).is_some_and(|recipient| {
                recipient.state == State::Sent
                    && message.text(recipient.queued_as) == child.text(child.id)
            });
            if waits {
                pass(message, at, child);
            }
        }
        store.weigh(parent);
        store.weigh(slot);
    }

    /// Handles a start line that names the message before the filter.
    pub(super) fn filtered(&mut self, slot: u32, parent: &[u8]) {
        let Some(parent) = self.find_on_host(parent).filter(|&parent| parent != slot) else {
            return;
        };
        if let Some((message, child)) = self.tracker.store.pair_mut(parent, slot) {
            message.child = message.keep(child.text(child.id));
        }
        self.tracker.store.weigh(parent);
    }

    /// Handles a delivery, which may be to a filter of this system or to an alias.
    pub(super) fn sent(&mut self, slot: u32, at: usize, id: QueueId<'_>, delivery: &Delivery<'_>) {
        if delivery.relay.text == b"local" {
            if let Some(child) = delivery.queued_as() {
                self.announce(child.as_bytes(), OriginKind::Forward, id.as_bytes());
            }
            return;
        }
        let (named, near) = (delivery.queued_as(), is_near(delivery));
        let Some(message) = self.tracker.store.get(slot) else { return };
        // A filter that returns no id may have passed on the id of this message (XFORWARD).
        let child = named.map(QueueId::as_bytes).or_else(|| message.option(message.child));
        let Some(child) = child.filter(|child| *child != id.as_bytes()) else { return };
        match self.find_on_host(child).filter(|&found| found != slot) {
            Some(found) => {
                let ours = near
                    || self.tracker.store.get(found).is_some_and(|child| {
                        // The two messages name each other.
                        let says_so = named.is_some()
                            && child.origin == Some(OriginKind::Filter)
                            && child.text(child.parent) == id.as_bytes();
                        let client = child.option(child.client);
                        says_so
                            || (client.is_some()
                                && client == delivery.relay.address.map(PeerAddress::as_bytes))
                    });
                if let Some((message, child)) =
                    self.tracker.store.pair_mut(slot, found).filter(|_| ours)
                {
                    pass(message, at, child);
                    self.tracker.store.weigh(found);
                }
            }
            None if near => {
                let Some(message) = self.tracker.store.get_mut(slot) else { return };
                let span = named.map_or(message.child, |named| message.keep(named.as_bytes()));
                if let Some(recipient) = message.recipients.get_mut(at) {
                    recipient.queued_as = span;
                }
                let Context { serial, site, clock, line, .. } = self.context;
                let parent = id.as_bytes().to_vec();
                let link = Link { kind: OriginKind::Filter, site, parent, time: clock, line };
                self.tracker.links.add(serial, span.of(&message.text), link);
            }
            None => {}
        }
    }

    /// Links a child to the message that it was made from, now or when its first line comes.
    pub(super) fn announce(&mut self, child: &[u8], kind: OriginKind, parent: &[u8]) {
        match self.find_on_host(child) {
            Some(slot) => {
                if let Some(message) = self.message(slot) {
                    if message.origin.is_none() {
                        message.origin = Some(kind);
                        message.parent =
                            if parent.is_empty() { Span::NONE } else { message.keep(parent) };
                    }
                    // Such a message has no line of its own that marks its start.
                    message.started |=
                        matches!(kind, OriginKind::Notification | OriginKind::Forward);
                }
                self.tracker.store.weigh(slot);
            }
            None => {
                let Context { serial, site, clock, line, .. } = self.context;
                let link = Link { kind, site, parent: parent.to_vec(), time: clock, line };
                self.tracker.links.add(serial, child, link);
            }
        }
    }
}

/// True for a relay on this machine: a loopback address, a socket or a pipe.
fn is_near(delivery: &Delivery<'_>) -> bool {
    match delivery.relay.address {
        // Few addresses begin like these, and the others need not be parsed.
        Some(address) => {
            matches!(address.as_bytes(), [b'1', b'2', b'7', ..] | [b':' | b'0', ..])
                && address.ip().is_some_and(|ip| ip.is_loopback())
        }
        None => !delivery.relay.is_none(),
    }
}

/// Moves the history of a recipient, including earlier hops, to the message that the filter made.
fn pass(message: &mut Message, at: usize, child: &mut Message) {
    let Some(recipient) = message.recipients.get(at).copied() else { return };
    let before = name_before(message, &recipient);
    // Several names can have led to one address.
    let is_same = |message: &Message, upstream: &Upstream| {
        before
            .is_some_and(|name| message.text(upstream.to).eq_ignore_ascii_case(message.text(name)))
    };
    let is_full = |upstream: &Upstream| upstream.between.len() >= MAX_HOPS;
    if message.upstream.iter().any(|upstream| is_full(upstream) && is_same(message, upstream)) {
        return;
    }
    // The spans of an upstream refer to `message` until `adopt` has copied their texts.
    let mut place = 0_usize;
    while let Some(upstream) = message.upstream.get(place) {
        if !is_same(message, upstream) {
            place = place.saturating_add(1);
            continue;
        }
        let mut upstream = message.upstream.swap_remove(place);
        upstream.between.push((message.site, message.id));
        upstream.first_deferred = upstream.first_deferred.or(recipient.first_deferred);
        adopt(child, message, upstream);
    }
    let first = before.is_none();
    if first {
        let requeued = message.origin == Some(OriginKind::Requeue);
        let upstream = Upstream {
            site: message.site,
            generation: message.generation,
            id: message.id,
            from: message.from,
            message_id: message.message_id,
            to: recipient.to,
            orig_to: recipient.orig_to,
            notification: recipient.notification,
            requeued_from: if requeued { message.parent } else { Span::NONE },
            size: message.size,
            nrcpt: message.nrcpt,
            first_seen: message.first_seen,
            first_deferred: recipient.first_deferred,
            partial: !message.started,
            ambiguous: message.ambiguous || recipient.ambiguous,
            between: Vec::new(),
        };
        adopt(child, message, upstream);
    }
    if let Some(recipient) = message.recipients.get_mut(at) {
        recipient.state = State::Passed { first };
    }
}

/// The name under which a recipient was handed to this message: its own, else the one before alias expansion, else that
/// of the only recipient that was handed over, if it is the only one here, too. `None` at the first hop.
fn name_before(message: &Message, recipient: &Recipient) -> Option<Span> {
    let is_known = |name: &Span| {
        let name = message.option(*name);
        name.is_some_and(|name| {
            let mut known = message.upstream.iter().map(|upstream| message.text(upstream.to));
            known.any(|known| known.eq_ignore_ascii_case(name))
        })
    };
    [recipient.to, recipient.orig_to].into_iter().find(is_known).or_else(|| {
        let ([only], [_]) = (message.upstream.as_slice(), message.recipients.as_slice()) else {
            return None;
        };
        Some(only.to)
    })
}

/// Adds the history of a recipient of `parent` to `child`, with copies of its texts.
fn adopt(child: &mut Message, parent: &Message, mut upstream: Upstream) {
    if child.origin.is_none() {
        child.origin = Some(OriginKind::Filter);
    }
    if child.parent.is_none() {
        child.parent = child.keep(parent.text(parent.id));
    }
    // Neighbours share the texts of their message.
    let shared = child.upstream.last().filter(|last| {
        child.text(last.id) == parent.text(upstream.id)
            && child.option(last.from) == parent.option(upstream.from)
            && child.option(last.message_id) == parent.option(upstream.message_id)
    });
    (upstream.id, upstream.from, upstream.message_id) = match shared {
        Some(last) => (last.id, last.from, last.message_id),
        None => (
            child.keep(parent.text(upstream.id)),
            child.keep_option(parent.option(upstream.from)),
            child.keep_option(parent.option(upstream.message_id)),
        ),
    };
    upstream.to = child.keep(parent.text(upstream.to));
    for span in [&mut upstream.orig_to, &mut upstream.notification, &mut upstream.requeued_from] {
        *span = child.keep_option(parent.option(*span));
    }
    for (_, id) in &mut upstream.between {
        *id = child.keep(parent.text(*id));
    }
    child.upstream.push(upstream);
}
