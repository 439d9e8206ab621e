//! Reads the lines of a host, one by one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use postfix_log::event::PeerAddress;
use postfix_log::reason::{Reason, provider};
use postfix_log::{Class, Delivery, Event, Header, Relay, Severity, Status};
use postfix_qshape::domain;

use super::{Flow, Host, KINDS, Open, Reject};
use crate::dest::{CLIENTS, Sign};

impl Host {
    /// Adds one line of this host, written at `time`.
    pub(crate) fn add(&mut self, time: i64, header: &Header<'_>, event: &Event<'_>) {
        self.lines += 1;
        self.first = self.first.or(Some(time));
        self.last = self.last.max(Some(time));
        let id = header.queue_id().map(|id| self.digest.of(id.as_bytes()));
        let program = header.program().unwrap_or_default();
        let is_trouble = header.severity().is_some();
        if is_trouble {
            self.warn(time, header);
        }
        match event {
            Event::MessageId(message) if !message.resent => {
                self.count(time, Flow::Arrived);
                if let Some(id) = id.filter(|id| !self.open.contains_key(id)) {
                    self.remember(id, Open { born: Some(time), ..Open::default() });
                }
            }
            Event::QueueStart(start) => {
                self.works(time, program);
                let Some(id) = id else { return };
                let user = start.sasl_username.map(|name| self.name(name));
                self.remember(id, Open { user, born: Some(time), ..Open::default() });
                if let (Some(name), Some(client)) = (start.sasl_username, start.client) {
                    let address = self.digest.of(client.address.as_bytes());
                    let clients = &mut self.users.entry(name).clients;
                    if clients.len() < CLIENTS {
                        clients.insert(address);
                    }
                }
            }
            Event::QueueActive(active) => {
                self.works(time, program);
                self.count(time, Flow::Taken);
                let Some(id) = id else { return };
                let mut open = self.open.get(&id).copied().unwrap_or_default();
                let is_new = !open.taken && open.born.is_some();
                if is_new {
                    self.count(time, Flow::Fresh);
                }
                if open.born.is_none_or(|born| time - born > 3_600) {
                    self.count(time, Flow::Again);
                }
                let sender = if active.from.is_empty() { b"MAILER-DAEMON" } else { active.from };
                open.sender = Some(self.name(sender));
                open.taken = true;
                self.remember(id, open);
                if is_new {
                    let user = open.user.and_then(|user| self.names.get(&user));
                    let people =
                        [Some(self.senders.entry(sender)), user.map(|user| self.users.entry(user))];
                    for person in people.into_iter().flatten() {
                        person.mail.add(time, 0, 1);
                        person.mail.add(time, 1, active.nrcpt);
                    }
                }
            }
            Event::Delivery(delivery) => self.deliver(time, program, id, delivery),
            Event::Expired(_) => self.count(time, Flow::Expired),
            Event::Removed(_) => {
                self.works(time, program);
                self.count(time, Flow::Removed);
                id.and_then(|id| self.open.remove(&id));
            }
            Event::PolicyAction(action) => {
                let word = action.action;
                if word.ends_with(b"hold") || word.ends_with(b"quarantine") {
                    self.count(time, Flow::Held);
                    let to = action.to.map(domain).unwrap_or_default();
                    if self.held.len() < KINDS || self.held.contains_key(&*to) {
                        *self.held.entry(to.into_owned()).or_default() += 1;
                    }
                } else if word.ends_with(b"reject") || word.ends_with(b"reject_warning") {
                    self.count(time, Flow::Rejected);
                    let client = action.client.map_or(&b""[..], |client| client.address.as_bytes());
                    let reject = Reject {
                        stage: action.stage.unwrap_or_default().to_vec(),
                        class: self
                            .reasons
                            .classify(action.dsn, action.text, None)
                            .class()
                            .as_str(),
                        client: client.to_vec(),
                    };
                    if self.rejects.len() < KINDS || self.rejects.contains_key(&reject) {
                        let text = action.text.get(..200).unwrap_or(action.text);
                        self.rejects.entry(reject).or_insert_with(|| (0, text.to_vec())).0 += 1;
                    }
                }
            }
            Event::ConnectFailure(failure) => {
                let (server, name) = (failure.relay.address, failure.relay.name);
                self.connection(time, server, name, false);
            }
            Event::Master(master) => self.master(time, master.kind, master.service, master.text),
            Event::Diagnostic(_) | Event::Trouble(_) => {
                if matches!(header.severity(), Some(Severity::Fatal | Severity::Panic)) {
                    self.dies(time, program, header.text(), true);
                }
            }
            Event::Unrecognized(_) => self.unrecognized += 1,
            _ => {}
        }
    }

    fn deliver(&mut self, time: i64, program: &[u8], id: Option<u64>, delivery: &Delivery<'_>) {
        let reason = self.reasons.classify_delivery(delivery);
        let class = reason.class();
        let (flow, sign) = match delivery.status {
            Status::Sent => (Flow::Sent, Sign::Sent),
            Status::Bounced => (Flow::Bounced, Sign::Bounced),
            status if status.is_deferral() => (Flow::Deferred, Sign::of(class)),
            _ => return,
        };
        self.works(time, program);
        self.count(time, flow);
        let seconds = |micros: i64| micros as f64 / 1e6;
        let delays = delivery.delays.map(|d| d.to_array().map(|d| seconds(d.as_micros() as i64)));
        let [before, queue, connect, transmit] = delays.unwrap_or_default();
        // On a retry, the time before the queue manager is the whole wait.
        let is_first = before < 240.0;
        let shape = Reason::parse(delivery.reason);
        let server = delivery.relay.name.or_else(|| shape.server().and_then(|server| server.name));
        let name = domain(delivery.to);
        let name = name.get(..256).unwrap_or(&name);
        let owner = server.and_then(provider).unwrap_or(name).to_ascii_lowercase();
        let digest = self.digest.of(name);
        let here = is_here(program, &delivery.relay);
        let own = self.domains.entry(name);
        own.delays.add(delivery);
        let mut dests = vec![own];
        if !here {
            let provider = self.providers.entry(&owner);
            if provider.domains.len() < CLIENTS {
                provider.domains.insert(digest);
            }
            dests.extend([provider, &mut self.all]);
        }
        for dest in dests {
            dest.tries.add(time, usize::from(flow as usize != Flow::Sent as usize), 1);
            if is_first {
                dest.first.add(time, sign as usize, 1);
            }
            match flow {
                Flow::Sent => dest.delivered(time, [queue, connect, transmit]),
                Flow::Bounced => dest.bounced += 1,
                _ => dest.put_off(class, delivery.reason),
            }
        }
        if delivery.status == Status::Sent || shape.reply_host().is_some() {
            self.connection(time, delivery.relay.address, server, true);
        }
        self.attribute(id, flow, class);
    }

    /// Counts an outcome for the sender and the user of the message.
    fn attribute(&mut self, id: Option<u64>, flow: Flow, class: Class) {
        let Self { open, names, users, senders, .. } = self;
        let Some(open) = id.and_then(|id| open.get(&id)) else { return };
        let name = |digest: Option<u64>| digest.and_then(|digest| names.get(&digest));
        let people = [
            name(open.user).map(|name| users.entry(name)),
            name(open.sender).map(|name| senders.entry(name)),
        ];
        for person in people.into_iter().flatten() {
            match flow {
                Flow::Sent => person.sent += 1,
                Flow::Bounced => person.bounced += 1,
                _ => person.deferred += 1,
            }
            person.greylisted += u64::from(class == Class::Greylist);
        }
    }

    fn connection(
        &mut self,
        time: i64,
        addr: Option<PeerAddress<'_>>,
        name: Option<&[u8]>,
        well: bool,
    ) {
        let Some(ip) = addr.and_then(PeerAddress::ip) else { return };
        let family = match ip {
            IpAddr::V4(_) => self.families.first_mut(),
            IpAddr::V6(_) => self.families.last_mut(),
        };
        let Some(family) = family else { return };
        family.uses.add(time, usize::from(well), 1);
        if !well && (family.failing.len() < KINDS) {
            *family.failing.entry(name.unwrap_or_default().to_vec()).or_default() += 1;
        }
    }
}

/// True for the addresses of services on a host. The rest of 127.0.0.0/8 is used to represent other hosts.
pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::LOCALHOST) || ip == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

/// True for a delivery on this host, or to a service on it such as a content filter, which says nothing
/// about outbound mail.
fn is_here(program: &[u8], relay: &Relay<'_>) -> bool {
    let ip = relay.address.and_then(PeerAddress::ip);
    matches!(program, b"local" | b"virtual" | b"pipe" | b"discard")
        || relay.path.is_some()
        || ip.is_some_and(is_loopback)
}
