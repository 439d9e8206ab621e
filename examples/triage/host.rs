//! What a log says about one host (and instance), in bounded memory.

mod intake;
mod machinery;

pub(crate) use self::intake::is_loopback;

use std::collections::BTreeMap;

use examples::hash::Map;
use postfix_log::event::MasterKind;
use postfix_log::reason::{Classifier, Recent};

use crate::dest::{Dest, Person};
use crate::rates::{Digest, Keyed, Windows};

/// The kinds of events that are counted by the minute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flow {
    /// Messages that entered the queue, including notifications.
    Arrived,
    /// Messages that the queue manager activated, for the first time or again.
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
    /// Messages that the queue manager activated for the first time.
    Fresh,
    /// Messages older than an hour that the queue manager activated again.
    Again,
}

pub(crate) const FLOWS: usize = 11;

/// The maximum number of messages that are remembered from their first line to their end.
const OPEN: usize = 200_000;

/// The maximum number of kinds of warnings and rejects that are distinguished.
const KINDS: usize = 1_000;

/// An open message: who sent it.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    user: Option<u64>,
    sender: Option<u64>,
    /// True if the queue manager has activated it.
    taken: bool,
    /// When it arrived, if the log shows it.
    born: Option<i64>,
}

/// One program of Postfix, with its fatal errors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// The time of the last sign that it worked.
    pub(crate) well: Option<i64>,
    /// The fatal errors since then: the times of the first and the last, how many, and the text.
    pub(crate) dying: Option<Dying>,
}

#[derive(Clone, Debug)]
pub(crate) struct Dying {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u64,
    pub(crate) text: Vec<u8>,
}

/// Lines of one kind: how many, the times of the first and the last, and the last in full.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) count: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) program: Vec<u8>,
    pub(crate) text: Vec<u8>,
}

/// A refused command: at which stage, why, and from which client.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Reject {
    pub(crate) stage: Vec<u8>,
    pub(crate) class: &'static str,
    pub(crate) client: Vec<u8>,
}

/// Connections over one version of IP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Family {
    /// The numbers of failed and of successful connections.
    pub(crate) uses: Windows<2>,
    pub(crate) failing: Keyed1,
}

/// Names with counts.
pub(crate) type Keyed1 = BTreeMap<Vec<u8>, u64>;

pub(crate) struct Host {
    pub(crate) lines: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    /// The number of lines about messages that are in the spool.
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
    pub(crate) warnings: Map<Vec<u8>, Kind>,
    pub(crate) rejects: Map<Reject, (u64, Vec<u8>)>,
    /// Messages put on hold, by recipient domain.
    pub(crate) held: Keyed1,
    pub(crate) families: [Family; 2],
    pub(crate) unrecognized: u64,
    open: Map<u64, Open>,
    /// The names of senders and users by digest, as long as `open` contains them.
    names: Map<u64, Vec<u8>>,
    digest: Digest,
    reasons: Recent<'static>,
}

impl Host {
    pub(crate) fn new(digest: Digest, classifier: Classifier<'static>) -> Self {
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
            warnings: Map::default(),
            rejects: Map::default(),
            held: Keyed1::new(),
            families: Default::default(),
            unrecognized: 0,
            open: Map::default(),
            names: Map::default(),
            digest,
            reasons: Recent::new(classifier),
        }
    }

    fn count(&mut self, time: i64, flow: Flow) {
        self.flow.add(time, flow as usize, 1);
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
