//! Counts events: what each line adds to the figures.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use examples::hash::{Map, RandomState};
use examples::logs;
use postfix_log::event::{PolicyAction, PolicyOutcome, PolicyVerb, QueueActive};
use postfix_log::reason::Classifier;
use postfix_log::{Delivery, Event, Header, LogTime, Status};
use postfix_qshape::domain;

use crate::report::Report;
use crate::tops::{count, key};

/// The maximum number of messages whose size is remembered at a time.
const OPEN: usize = 500_000;

/// The maximum number of recipients of one message that are distinguished when they are deferred again.
const DEFERRED: usize = 10_000;

/// The facts that are remembered about a message on its way.
#[derive(Debug, Default)]
struct Message {
    size: Option<u64>,
    /// True if the log shows where it came from, so that it counts as received.
    is_received: bool,
    user: Option<Box<[u8]>>,
    /// The hashes of recipients that were deferred.
    deferred: Vec<u64>,
    serial: u64,
}

/// The seconds of the first and the last line, on the clock of the log. Most lines do not change them.
#[derive(Debug, Default)]
struct Span(Option<(i64, i64)>);

impl Span {
    fn add(&mut self, at: LogTime, report: &mut Report) {
        let second = at.wall_seconds();
        let (first, last) = self.0.unwrap_or((i64::MAX, i64::MIN));
        if second < first || second > last {
            self.0 = Some((first.min(second), last.max(second)));
            report.span(at);
        }
    }
}

/// The open messages and the rules for reasons.
pub struct Counter {
    classifier: Classifier<'static>,
    open: Map<Box<[u8]>, Message>,
    order: VecDeque<(Box<[u8]>, u64)>,
    serial: u64,
    hasher: RandomState,
    /// The period of the lines so far.
    span: Span,
    /// The number of messages that were forgotten before their end.
    pub forgotten: u64,
}

impl Counter {
    pub fn new(classifier: Classifier<'static>) -> Self {
        Self {
            classifier,
            open: Map::default(),
            order: VecDeque::new(),
            serial: 0,
            hasher: RandomState::default(),
            span: Span::default(),
            forgotten: 0,
        }
    }

    /// Adds a line. Lines outside the given time are not counted, but read for what they say about messages.
    pub fn push(
        &mut self,
        (header, event): (&Header<'_>, &Event<'_>),
        at: Option<LogTime>,
        is_counted: bool,
        report: &mut Report,
    ) {
        let entered = self.remember(header, event);
        if !is_counted {
            return;
        }
        if let Some(at) = at {
            self.span.add(at, report);
        }
        match event {
            Event::QueueStart(_) if header.queue_id().is_some() => {
                report.totals.received += 1;
                report.at(at, |slot| slot.received += 1);
            }
            Event::QueueActive(line) => {
                if let Some(user) = entered {
                    received(line, user.as_deref(), at, report);
                }
            }
            Event::Delivery(line) => self.delivery(header, line, at, report),
            Event::Expired(_) => report.totals.expired += 1,
            Event::PolicyAction(line) => self.verdict(header, line, at, report),
            Event::AuthFailure(line) => {
                let network = line.client.map(logs::network).unwrap_or_default();
                let user = line.sasl_username.unwrap_or_default();
                count(&mut report.lists.logins, &key(&[network.as_bytes(), user]), (1, 0));
            }
            _ => {}
        }
        if let Some(severity) = header.severity() {
            let program = header.program().unwrap_or_default();
            let words = [program, severity.as_str().as_bytes(), &logs::alike(header.text())];
            count(&mut report.lists.warnings, &key(&words), (1, 0));
        }
    }

    /// Remembers what a line says about its message. Returns the user, if any, when a received message enters the active
    /// queue for the first time.
    fn remember(&mut self, header: &Header<'_>, event: &Event<'_>) -> Option<Option<Box<[u8]>>> {
        match event {
            Event::QueueStart(line) => {
                let message = self.message(header)?;
                message.is_received = true;
                message.user = line.sasl_username.map(Into::into);
                None
            }
            Event::QueueActive(line) => {
                let message = self.message(header)?;
                let is_first = message.size.replace(line.size).is_none();
                (is_first && message.is_received).then(|| message.user.clone())
            }
            Event::Removed(_) => {
                self.open.remove(&id(header)?);
                None
            }
            _ => None,
        }
    }

    fn verdict(
        &mut self,
        header: &Header<'_>,
        line: &PolicyAction<'_>,
        at: Option<LogTime>,
        to: &mut Report,
    ) {
        match line.outcome() {
            Some(PolicyOutcome::Refused | PolicyOutcome::Deferred) => {
                to.totals.rejects += 1;
                to.at(at, |slot| slot.rejects += 1);
                let client = line.client.map(|client| client.address.as_bytes());
                let words = [
                    header.program().unwrap_or_default(),
                    line.stage.unwrap_or_default(),
                    self.classifier.classify_policy(line).class().as_str().as_bytes(),
                    client.unwrap_or_default(),
                    &logs::alike(line.text),
                ];
                count(&mut to.lists.rejects, &key(&words), (1, 0));
            }
            Some(PolicyOutcome::Held) => to.totals.held += 1,
            Some(PolicyOutcome::Discarded) => to.totals.discarded += 1,
            _ if is_warning(line) => to.totals.reject_warnings += 1,
            _ => {}
        }
    }

    fn delivery(
        &mut self,
        header: &Header<'_>,
        line: &Delivery<'_>,
        at: Option<LogTime>,
        to: &mut Report,
    ) {
        let times = u64::from(header.occurrences());
        match line.status {
            // An alias expansion that makes new messages, whose deliveries are counted.
            Status::Sent if line.reason.starts_with(b"forwarded as ") => {
                to.totals.forwarded += times;
            }
            Status::Sent => {
                let known = id(header).and_then(|id| self.open.get(&id));
                let size = known.and_then(|message| message.size).unwrap_or(0);
                to.totals.delivered += times;
                to.totals.bytes_delivered += size * times;
                to.at(at, |slot| slot.delivered += times);
                count(&mut to.lists.recipients, &address(line.to), (times, size * times));
                count(&mut to.lists.domains, &domain(line.to), (times, size * times));
            }
            Status::Bounced => {
                to.totals.bounced += times;
                to.at(at, |slot| slot.bounced += times);
                count(&mut to.lists.bounces, &self.reason(line), (times, 0));
            }
            status if status.is_deferral() => {
                to.totals.deferrals += times;
                to.at(at, |slot| slot.deferrals += times);
                count(&mut to.lists.deferrals, &self.reason(line), (times, 0));
                let hash = self.hasher.hash_one((line.to, line.orig_to));
                let Some(message) = self.message(header) else { return };
                let is_first = message.deferred.is_empty();
                if message.deferred.len() < DEFERRED && !message.deferred.contains(&hash) {
                    message.deferred.push(hash);
                    to.totals.deferred += 1;
                    to.totals.deferred_messages += u64::from(is_first);
                }
            }
            _ => {}
        }
    }

    /// The class and the text of a reason, as a key.
    fn reason(&self, line: &Delivery<'_>) -> Vec<u8> {
        let class = self.classifier.classify_delivery(line).class();
        key(&[class.as_str().as_bytes(), &logs::alike(line.reason)])
    }

    /// The remembered message of a line.
    fn message(&mut self, header: &Header<'_>) -> Option<&mut Message> {
        let id = id(header)?;
        if !self.open.contains_key(&id) {
            while self.open.len() >= OPEN {
                let Some((oldest, serial)) = self.order.pop_front() else { break };
                if self.open.get(&oldest).is_some_and(|message| message.serial == serial) {
                    self.open.remove(&oldest);
                    self.forgotten += 1;
                }
            }
            // Messages that have left in the meantime are still in the list.
            if self.order.len() > 2 * OPEN {
                let open = &self.open;
                self.order
                    .retain(|(id, serial)| open.get(id).is_some_and(|one| one.serial == *serial));
            }
            self.serial += 1;
            self.order.push_back((id.clone(), self.serial));
            self.open.insert(id.clone(), Message { serial: self.serial, ..Message::default() });
        }
        self.open.get_mut(&id)
    }
}

fn id(header: &Header<'_>) -> Option<Box<[u8]>> {
    let id = header.queue_id()?;
    let parts =
        [header.host().unwrap_or_default(), header.instance().unwrap_or_default(), id.as_bytes()];
    Some(key(&parts).into())
}

/// True if mail that would have been refused, or that a check matched, was only noted in the log.
fn is_warning(line: &PolicyAction<'_>) -> bool {
    matches!(line.verb(), Some(PolicyVerb::RejectWarning | PolicyVerb::Warn))
}

/// Counts a received message by its sender, domain and user.
fn received(line: &QueueActive<'_>, user: Option<&[u8]>, at: Option<LogTime>, to: &mut Report) {
    let amount = (1, line.size);
    to.totals.bytes_received += line.size;
    to.at(at, |slot| slot.bytes += line.size);
    count(&mut to.lists.senders, &address(line.from), amount);
    count(&mut to.lists.sender_domains, &domain(line.from), amount);
    if let Some(user) = user {
        count(&mut to.lists.users, user, amount);
    }
}

/// An address with its domain in lower case; `<>` for the null sender.
fn address(address: &[u8]) -> Vec<u8> {
    let mut address = if address.is_empty() { b"<>".to_vec() } else { address.to_vec() };
    if let Some(at) = address.iter().rposition(|&byte| byte == b'@') {
        address[at..].make_ascii_lowercase();
    }
    address
}
