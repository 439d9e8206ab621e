//! What a log tells about one host (and instance), in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use postfix_log::{
    Addr, Class, Delivery, Event, Header, MasterKind, ReasonShape, Severity, Status, classify,
    pattern, provider,
};
use postfix_qshape::domain;

use crate::dest::{CLIENTS, Dest, Person, Sign};
use crate::rates::{Digest, Keyed, Windows};

/// What flows, by the minute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flow {
    /// Messages that came into the queue, notifications included.
    Arrived,
    /// Messages that the queue manager took up, new or again.
    Taken,
    Sent,
    Deferred,
    Bounced,
    Expired,
    /// Messages that left the queue.
    Removed,
    /// Messages put on hold.
    Held,
    Rejected,
}

pub(crate) const FLOWS: usize = 9;

/// Messages that are remembered from their first line to their end.
const OPEN: usize = 200_000;

/// Kinds of warnings and rejects that are told apart.
const KINDS: usize = 1_000;

/// An open message: who sent it.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    user: Option<u64>,
    sender: Option<u64>,
    /// It was taken up once.
    taken: bool,
    /// It has been seen since it arrived.
    new: bool,
}

/// One program of Postfix, with what it died of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// The last sign of good work.
    pub(crate) well: Option<i64>,
    /// Fatal ends since then: when the first and the last, how many, in what words.
    pub(crate) dying: Option<Dying>,
}

#[derive(Clone, Debug)]
pub(crate) struct Dying {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u64,
    pub(crate) text: Vec<u8>,
}

/// Lines of one kind: how many, when the first and the last, and the last in full.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) count: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) program: Vec<u8>,
    pub(crate) text: Vec<u8>,
}

/// A refused command: where, why, whose.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Reject {
    pub(crate) stage: Vec<u8>,
    pub(crate) class: &'static str,
    pub(crate) client: Vec<u8>,
}

/// Connections over one version of IP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Family {
    /// Failed, and used.
    pub(crate) uses: Windows<2>,
    pub(crate) failing: Keyed1,
}

/// Names with counts.
pub(crate) type Keyed1 = BTreeMap<Vec<u8>, u64>;

pub(crate) struct Host {
    pub(crate) lines: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    /// Lines about messages that are in the spool.
    pub(crate) matched: u64,
    pub(crate) flow: Windows<FLOWS>,
    pub(crate) all: Dest,
    pub(crate) domains: Keyed<Dest>,
    pub(crate) providers: Keyed<Dest>,
    pub(crate) senders: Keyed<Person>,
    pub(crate) users: Keyed<Person>,
    pub(crate) programs: BTreeMap<Vec<u8>, Program>,
    /// Starts, reloads and stops.
    pub(crate) master: Vec<(i64, MasterKind)>,
    pub(crate) warnings: HashMap<Vec<u8>, Kind>,
    pub(crate) rejects: HashMap<Reject, (u64, Vec<u8>)>,
    pub(crate) families: [Family; 2],
    pub(crate) unrecognized: u64,
    open: HashMap<u64, Open>,
    /// Names of senders and users by digest, as long as they are in `open`.
    names: HashMap<u64, Vec<u8>>,
    digest: Digest,
}

impl Host {
    pub(crate) fn new(digest: Digest) -> Self {
        Self {
            lines: 0,
            first: None,
            last: None,
            matched: 0,
            flow: Windows::default(),
            all: Dest::default(),
            domains: Keyed::new(1_000),
            providers: Keyed::new(500),
            senders: Keyed::new(500),
            users: Keyed::new(500),
            programs: BTreeMap::new(),
            master: Vec::new(),
            warnings: HashMap::new(),
            rejects: HashMap::new(),
            families: Default::default(),
            unrecognized: 0,
            open: HashMap::new(),
            names: HashMap::new(),
            digest,
        }
    }

    fn count(&mut self, time: i64, flow: Flow) {
        self.flow.add(time, flow as usize, 1);
    }

    /// Takes in one line of this host, written at `time`.
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
                    self.remember(id, Open { new: true, ..Open::default() });
                }
            }
            Event::QueueStart(start) => {
                self.works(time, program);
                let Some(id) = id else { return };
                let user = start.sasl_username.map(|name| self.name(name));
                self.remember(id, Open { user, new: true, ..Open::default() });
                if let (Some(name), Some(client)) = (start.sasl_username, start.client) {
                    let address = self.digest.of(client.addr.as_bytes());
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
                let is_new = !open.taken && open.new;
                let sender = if active.from.is_empty() { b"MAILER-DAEMON" } else { active.from };
                open.sender = Some(self.name(sender));
                open.taken = true;
                self.remember(id, open);
                if is_new {
                    let user = open.user.and_then(|user| self.names.get(&user)).cloned();
                    let people = [
                        Some(self.senders.entry(sender)),
                        user.map(|user| self.users.entry(&user)),
                    ];
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
                } else if word.ends_with(b"reject") || word.ends_with(b"reject_warning") {
                    self.count(time, Flow::Rejected);
                    let client = action.client.map_or(&b""[..], |client| client.addr.as_bytes());
                    let reject = Reject {
                        stage: action.stage.unwrap_or_default().to_vec(),
                        class: classify(action.dsn, action.text, None).class().as_str(),
                        client: client.to_vec(),
                    };
                    if self.rejects.len() < KINDS || self.rejects.contains_key(&reject) {
                        let text = action.text.get(..200).unwrap_or(action.text);
                        self.rejects.entry(reject).or_insert_with(|| (0, text.to_vec())).0 += 1;
                    }
                }
            }
            Event::ConnectFailure(failure) => {
                let (server, name) = (failure.relay.addr, failure.relay.name);
                self.connection(time, server, name, false);
            }
            Event::Master(master) => self.master(time, master.kind, master.service, master.text),
            Event::Diagnostic(diagnostic) => {
                if matches!(diagnostic.severity, Severity::Fatal | Severity::Panic) {
                    self.dies(time, program, header.text(), true);
                }
            }
            Event::Unrecognized(_) => self.unrecognized += 1,
            _ => {}
        }
    }

    fn deliver(&mut self, time: i64, program: &[u8], id: Option<u64>, delivery: &Delivery<'_>) {
        let reason = classify(delivery.dsn, delivery.reason, Some(delivery.relay.text));
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
        // On a retry the time before the queue manager took it is that of the wait.
        let is_first = before < 240.0;
        let shape = ReasonShape::parse(delivery.reason);
        let server = delivery.relay.name.or_else(|| shape.server().and_then(|server| server.name));
        let name = domain(delivery.to);
        let name = name.get(..256).unwrap_or(&name);
        let owner = server.and_then(provider).unwrap_or(name).to_ascii_lowercase();
        let digest = self.digest.of(name);
        let provider = self.providers.entry(&owner);
        if provider.domains.len() < CLIENTS {
            provider.domains.insert(digest);
        }
        if self.all.domains.len() < 10 * CLIENTS {
            self.all.domains.insert(digest);
        }
        for dest in [provider, self.domains.entry(name), &mut self.all] {
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
            self.connection(time, delivery.relay.addr, server, true);
        }
        self.attribute(id, flow, class);
    }

    /// Counts an outcome for those who sent the message.
    fn attribute(&mut self, id: Option<u64>, flow: Flow, class: Class) {
        let Some(open) = id.and_then(|id| self.open.get(&id)).copied() else { return };
        let name = |digest: Option<u64>| digest.and_then(|digest| self.names.get(&digest)).cloned();
        let (user, sender) = (name(open.user), name(open.sender));
        let people = [
            user.map(|name| self.users.entry(&name)),
            sender.map(|name| self.senders.entry(&name)),
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

    fn connection(&mut self, time: i64, addr: Option<Addr<'_>>, name: Option<&[u8]>, well: bool) {
        let Some(ip) = addr.and_then(Addr::ip) else { return };
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

    fn master(&mut self, time: i64, kind: MasterKind, service: Option<&[u8]>, text: &[u8]) {
        match kind {
            MasterKind::Start | MasterKind::Reload | MasterKind::Stop => {
                if self.master.len() >= KINDS {
                    self.master.drain(..KINDS / 2);
                }
                self.master.push((time, kind));
            }
            MasterKind::Exit | MasterKind::Throttle => {
                let path = service.unwrap_or_default();
                let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                self.dies(time, name, text, false);
            }
            _ => {}
        }
    }

    fn works(&mut self, time: i64, program: &[u8]) {
        if let Some(known) = self.program(program) {
            known.well = Some(time);
            known.dying = None;
        }
    }

    /// A program ended; its own words say more than those of master.
    fn dies(&mut self, time: i64, program: &[u8], text: &[u8], own: bool) {
        let Some(known) = self.program(program) else { return };
        let text = text.get(..300).unwrap_or(text);
        match &mut known.dying {
            Some(dying) => {
                dying.last = time;
                dying.count += u64::from(own);
                if own {
                    dying.text = text.to_vec();
                }
            }
            None => {
                let count = u64::from(own);
                known.dying = Some(Dying { first: time, last: time, count, text: text.to_vec() });
            }
        }
    }

    fn program(&mut self, name: &[u8]) -> Option<&mut Program> {
        if self.programs.len() >= 64 && !self.programs.contains_key(name) {
            return None;
        }
        if !self.programs.contains_key(name) {
            self.programs.insert(name.get(..64).unwrap_or(name).to_vec(), Program::default());
        }
        self.programs.get_mut(name)
    }

    fn warn(&mut self, time: i64, header: &Header<'_>) {
        let program = header.program().unwrap_or_default();
        let mut key = program.to_vec();
        key.extend(pattern(header.text()));
        if self.warnings.len() >= KINDS && !self.warnings.contains_key(&key) {
            key = b"(other kinds)".to_vec();
        }
        let text = header.text();
        let text = text.get(..300).unwrap_or(text).to_vec();
        let kind = self.warnings.entry(key).or_insert_with(|| Kind {
            count: 0,
            first: time,
            last: time,
            program: program.to_vec(),
            text: Vec::new(),
        });
        (kind.count, kind.last, kind.text) = (kind.count + 1, time, text);
    }

    fn remember(&mut self, id: u64, open: Open) {
        if self.open.len() >= OPEN {
            self.open.clear();
            self.names.clear();
        }
        self.open.insert(id, open);
    }

    fn name(&mut self, name: &[u8]) -> u64 {
        let name = name.get(..256).unwrap_or(name);
        let digest = self.digest.of(name);
        if self.names.len() < OPEN && !self.names.contains_key(&digest) {
            self.names.insert(digest, name.to_vec());
        }
        digest
    }

    /// Programs with these names, such as the queue manager's `qmgr` and `oqmgr`.
    pub(crate) fn any(&self, names: &[&[u8]]) -> Option<&Program> {
        let known = names.iter().filter_map(|name| self.programs.get(*name));
        known.max_by_key(|program| program.well.max(program.dying.as_ref().map(|d| d.last)))
    }

    /// The warnings, the most frequent first.
    pub(crate) fn warnings(&self) -> Vec<&Kind> {
        let mut kinds: Vec<&Kind> = self.warnings.values().collect();
        kinds.sort_by_key(|kind| (std::cmp::Reverse(kind.count), &kind.program, &kind.text));
        kinds
    }
}
