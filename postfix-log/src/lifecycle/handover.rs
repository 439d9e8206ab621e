//! From one message to the next: content filters, forwards, notifications.

use std::vec::Vec;

use super::fate::OriginKind;
use super::limits::{MAX_HOPS, MAX_INSTANCES};
use super::links::Link;
use super::message::{Message, Span, State, Upstream};
use super::turn::{Context, Turn};
use crate::event::delivery::Delivery;
use crate::event::peer::PeerAddress;
use crate::queue_id::QueueId;

impl Turn<'_> {
    /// A message of any instance of a host.
    pub(super) fn find_on_host(&self, id: &[u8]) -> Option<u32> {
        let sites = &self.tracker.sites.host(self.context.host)?.sites;
        sites.iter().take(MAX_INSTANCES).find_map(|&site| self.tracker.store.find(site, id))
    }

    /// A message whose coming was announced has come.
    pub(super) fn born(&mut self, slot: u32, link: &Link) {
        if let Some(message) = self.tracker.store.get_mut(slot) {
            message.origin = Some(link.kind);
            if !link.parent.is_empty() {
                message.parent = message.keep(&link.parent);
            }
            message.started |= matches!(link.kind, OriginKind::Notification | OriginKind::Forward);
        }
        if link.kind != OriginKind::Filter {
            return;
        }
        let Some(parent) = self.tracker.store.find(link.site, &link.parent) else { return };
        let child = self
            .tracker
            .store
            .get(slot)
            .map(|message| message.text(message.id).to_vec())
            .unwrap_or_default();
        let Some(message) = self.tracker.store.get(parent) else { return };
        let waiting = |at: &usize| {
            message.recipients.get(*at).is_some_and(|recipient| {
                recipient.state == State::Sent && message.text(recipient.queued_as) == child
            })
        };
        let waiting: Vec<usize> = (0..message.recipients.len()).filter(waiting).collect();
        for at in waiting {
            self.pass(parent, at, slot);
        }
        self.tracker.store.weigh(parent);
    }

    /// A start line names the message before the filter.
    pub(super) fn filtered(&mut self, slot: u32, parent: &[u8]) {
        let Some(parent) = self.find_on_host(parent).filter(|&parent| parent != slot) else {
            return;
        };
        let child = self
            .tracker
            .store
            .get(slot)
            .map(|message| message.text(message.id).to_vec())
            .unwrap_or_default();
        if let Some(message) = self.tracker.store.get_mut(parent) {
            message.child = message.keep(&child);
        }
        self.tracker.store.weigh(parent);
    }

    /// A recipient was sent: perhaps to a filter of ours, or to an alias.
    pub(super) fn sent(&mut self, slot: u32, at: usize, delivery: &Delivery<'_>) {
        if delivery.relay.text == b"local" {
            if let Some(child) = delivery.queued_as().map(QueueId::as_bytes) {
                let id = self
                    .tracker
                    .store
                    .get(slot)
                    .map(|message| message.text(message.id).to_vec())
                    .unwrap_or_default();
                self.announce(child, OriginKind::Forward, &id);
            }
            return;
        }
        let Some(message) = self.tracker.store.get(slot) else { return };
        // A filter that gives no id back may have passed ours on (XFORWARD).
        let passed_on;
        let child = match (delivery.queued_as(), message.option(message.child)) {
            (Some(named), _) => named.as_bytes(),
            (None, Some(child)) => {
                passed_on = child.to_vec();
                passed_on.as_slice()
            }
            (None, None) => return,
        };
        if child == message.text(message.id) {
            return;
        }
        let near = is_near(delivery);
        match self.find_on_host(child).filter(|&found| found != slot) {
            Some(found) => {
                let parent = message.text(message.id);
                let ours = near
                    || self.tracker.store.get(found).is_some_and(|child| {
                        // Both name each other.
                        let says_so = delivery.queued_as().is_some()
                            && child.origin == Some(OriginKind::Filter)
                            && child.text(child.parent) == parent;
                        let client = child.option(child.client);
                        says_so
                            || (client.is_some()
                                && client == delivery.relay.address.map(PeerAddress::as_bytes))
                    });
                if ours {
                    self.pass(slot, at, found);
                    self.tracker.store.weigh(found);
                }
            }
            None if near => {
                let parent = message.text(message.id).to_vec();
                if let Some(message) = self.tracker.store.get_mut(slot) {
                    let span = message.keep(child);
                    if let Some(recipient) = message.recipients.get_mut(at) {
                        recipient.queued_as = span;
                    }
                }
                let Context { serial, site, clock, line, .. } = self.context;
                let link = Link { kind: OriginKind::Filter, site, parent, time: clock, line };
                self.tracker.links.add(serial, child, link);
            }
            None => {}
        }
    }

    /// Moves the story of a recipient to the message that the filter made.
    fn pass(&mut self, parent: u32, at: usize, child: u32) {
        let Some((upstream, texts)) =
            self.tracker.store.get_mut(parent).and_then(|message| take(message, at))
        else {
            return;
        };
        let Some(message) = self.tracker.store.get_mut(child) else { return };
        if message.origin.is_none() {
            message.origin = Some(OriginKind::Filter);
        }
        if message.parent.is_none() {
            message.parent = message.keep(&texts.parent);
        }
        let known = message.upstream.last().filter(|last| last.site == upstream.site);
        // Neighbours share what belongs to their message.
        let shared = known.filter(|last| {
            message.text(last.id) == texts.id && message.option(last.from) == texts.from.as_deref()
        });
        let (id, from, message_id) = match shared.map(|last| (last.id, last.from, last.message_id))
        {
            Some(spans) => spans,
            None => {
                let id = message.keep(&texts.id);
                (
                    id,
                    message.keep_option(texts.from.as_deref()),
                    message.keep_option(texts.message_id.as_deref()),
                )
            }
        };
        let to = message.keep(&texts.to);
        let orig_to = message.keep_option(texts.orig_to.as_deref());
        let notification = message.keep_option(texts.notification.as_deref());
        let requeued_from = message.keep_option(texts.requeued_from.as_deref());
        let between = texts.between.iter().map(|(site, id)| (*site, message.keep(id))).collect();
        message.upstream.push(Upstream {
            id,
            from,
            message_id,
            to,
            orig_to,
            notification,
            requeued_from,
            between,
            ..upstream
        });
        self.tracker.store.weigh(parent);
        self.tracker.store.weigh(child);
    }

    /// Links a child to the message it was made from, now or when its first line comes.
    pub(super) fn announce(&mut self, child: &[u8], kind: OriginKind, parent: &[u8]) {
        match self.find_on_host(child) {
            Some(slot) => {
                if let Some(message) = self.message(slot) {
                    if message.origin.is_none() {
                        message.origin = Some(kind);
                        message.parent =
                            if parent.is_empty() { Span::NONE } else { message.keep(parent) };
                    }
                    // Such a message has no line of its own that tells its start.
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

/// A relay on this machine: a loopback address, a socket, a pipe.
fn is_near(delivery: &Delivery<'_>) -> bool {
    match delivery.relay.address {
        Some(address) => address.ip().is_some_and(|ip| ip.is_loopback()),
        None => !delivery.relay.is_none(),
    }
}

/// The texts of an [`Upstream`] on their way from one message to another.
struct Texts {
    parent: Vec<u8>,
    id: Vec<u8>,
    from: Option<Vec<u8>>,
    message_id: Option<Vec<u8>>,
    to: Vec<u8>,
    orig_to: Option<Vec<u8>>,
    notification: Option<Vec<u8>>,
    requeued_from: Option<Vec<u8>>,
    between: Vec<(u32, Vec<u8>)>,
}

/// Takes a recipient's story out of a message, with what came before.
fn take(message: &mut Message, at: usize) -> Option<(Upstream, Texts)> {
    let recipient = *message.recipients.get(at)?;
    let name = message.text(recipient.to);
    let orig = message.option(recipient.orig_to);
    let earlier = message.upstream.iter().position(|upstream| {
        let before = message.text(upstream.to);
        before.eq_ignore_ascii_case(name)
            || orig.is_some_and(|orig| before.eq_ignore_ascii_case(orig))
    });
    let owned = |message: &Message, span: Span| message.option(span).map(<[u8]>::to_vec);
    let parent = message.text(message.id).to_vec();
    let first = earlier.is_none();
    let (upstream, texts) = match earlier {
        Some(earlier) => {
            if message.upstream.get(earlier)?.between.len() >= MAX_HOPS {
                return None;
            }
            let upstream = message.upstream.swap_remove(earlier);
            let hops = upstream.between.iter().copied().chain([(message.site, message.id)]);
            let texts = Texts {
                id: message.text(upstream.id).to_vec(),
                from: owned(message, upstream.from),
                message_id: owned(message, upstream.message_id),
                to: message.text(upstream.to).to_vec(),
                orig_to: owned(message, upstream.orig_to),
                notification: owned(message, upstream.notification),
                requeued_from: owned(message, upstream.requeued_from),
                between: hops.map(|(site, id)| (site, message.text(id).to_vec())).collect(),
                parent,
            };
            let first_deferred = upstream.first_deferred.or(recipient.first_deferred);
            (
                Upstream {
                    first_deferred,
                    handed_over: recipient.resolved,
                    between: Vec::new(),
                    ..upstream
                },
                texts,
            )
        }
        None => {
            let texts = Texts {
                id: parent.clone(),
                from: owned(message, message.from),
                message_id: owned(message, message.message_id),
                to: name.to_vec(),
                orig_to: owned(message, recipient.orig_to),
                notification: owned(message, recipient.notification),
                requeued_from: owned(message, message.parent)
                    .filter(|_| message.origin == Some(OriginKind::Requeue)),
                between: Vec::new(),
                parent,
            };
            let upstream = Upstream {
                site: message.site,
                generation: message.generation,
                id: Span::NONE,
                from: Span::NONE,
                message_id: Span::NONE,
                to: Span::NONE,
                orig_to: Span::NONE,
                notification: Span::NONE,
                requeued_from: Span::NONE,
                size: message.size,
                nrcpt: message.nrcpt,
                first_seen: message.first_seen,
                first_deferred: recipient.first_deferred,
                handed_over: recipient.resolved,
                partial: !message.started,
                ambiguous: message.ambiguous || recipient.ambiguous,
                between: Vec::new(),
            };
            (upstream, texts)
        }
    };
    if let Some(recipient) = message.recipients.get_mut(at) {
        recipient.state = State::Passed { first };
    }
    Some((upstream, texts))
}
