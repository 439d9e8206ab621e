//! Hosts and instances: the first half of a message's key, and each host's own clock.

use std::vec::Vec;

use hashbrown::HashMap;

use super::limits::{GAP, STEP_BACK};
use super::message::NONE;
use super::text::Text;
use crate::clock::{Calendar, LogTime};
use crate::header::stamp::Stamp;
use crate::queue_id::QueueId;

/// Where a message waits, each with a timeout of its own; the order is that of eviction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    Finished,
    Receiving,
    Queued,
    Deferred,
    Held,
}

impl Stage {
    pub(super) const ALL: [Self; 5] =
        [Self::Finished, Self::Receiving, Self::Queued, Self::Deferred, Self::Held];

    pub(super) fn index(self) -> usize {
        match self {
            Self::Finished => 0,
            Self::Receiving => 1,
            Self::Queued => 2,
            Self::Deferred => 3,
            Self::Held => 4,
        }
    }
}

/// The ends of a list of slots, least recently touched first.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) head: u32,
    pub(super) tail: u32,
}

impl Default for List {
    fn default() -> Self {
        Self { head: NONE, tail: NONE }
    }
}

/// One list for each stage, in the order of [`Stage::ALL`].
pub(super) type Lists = [List; 5];

#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: Text,
    /// Never used again for another host.
    pub(super) serial: u64,
    pub(super) calendar: Calendar,
    /// The stamp of the latest line and its time: neighbours have the same as a rule.
    pub(super) latest: Option<(Stamp, Moment)>,
    /// The largest time seen, in microseconds.
    pub(super) front: Option<i64>,
    /// The time that the log covers so far, in microseconds: of a gap no more than [`GAP`] counts.
    pub(super) clock: i64,
    pub(super) lines: u64,
    pub(super) sites: Vec<u32>,
    pub(super) lists: Lists,
    pub(super) steps: Steps,
    /// The order of the latest line, to find the host that was silent longest.
    pub(super) seen: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) host: u32,
    pub(super) instance: Text,
}

/// How often the clock of a host was set back, by the times of its delivery lines.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Steps {
    count: u8,
    /// The time of the latest line.
    last: Option<i64>,
    /// The time before the latest step, until the next line has shown whether only one stood out of order.
    doubt: Option<i64>,
}

impl Steps {
    pub(super) fn count(self) -> u8 {
        self.count
    }

    pub(super) fn see(&mut self, now: i64) {
        let back = self.last.filter(|last| now < last.saturating_sub(STEP_BACK));
        if back.is_some() {
            self.count = self.count.wrapping_add(1);
        } else if self.doubt.is_some_and(|before| now >= before.saturating_sub(STEP_BACK)) {
            self.count = self.count.wrapping_sub(1);
        }
        self.doubt = back;
        self.last = Some(now);
    }
}

/// A time of a log line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) time: Option<LogTime>,
    /// The year is known.
    pub(super) dated: bool,
}

#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) hosts: Vec<Option<Host>>,
    pub(super) sites: Vec<Option<Site>>,
    names: HashMap<Text, u32, foldhash::fast::RandomState>,
    pub(super) serial: u64,
    /// The site of the latest line: neighbours are alike as a rule.
    last: u32,
}

impl Sites {
    pub(super) fn site(&self, at: u32) -> Option<&Site> {
        self.sites.get(usize::try_from(at).ok()?)?.as_ref()
    }

    /// The names of host and instance, empty for a site that is not known.
    pub(super) fn names(&self, site: u32) -> (Text, Text) {
        let known = self.site(site);
        let host = known.and_then(|site| self.host(site.host)).map(|host| host.name.clone());
        (host.unwrap_or_default(), known.map(|site| site.instance.clone()).unwrap_or_default())
    }

    pub(super) fn host(&self, at: u32) -> Option<&Host> {
        self.hosts.get(usize::try_from(at).ok()?)?.as_ref()
    }

    pub(super) fn host_mut(&mut self, at: u32) -> Option<&mut Host> {
        self.hosts.get_mut(usize::try_from(at).ok()?)?.as_mut()
    }

    pub(super) fn host_of(&self, site: u32) -> u32 {
        self.site(site).map_or(NONE, |site| site.host)
    }

    pub(super) fn len(&self) -> usize {
        self.sites.iter().flatten().count()
    }

    /// The site of a line, if it is known.
    pub(super) fn find(&mut self, host: &[u8], instance: &[u8]) -> Option<u32> {
        if self.is(self.last, host, instance) {
            return Some(self.last);
        }
        let at = *self.names.get(host)?;
        let sites = &self.host(at)?.sites;
        let found = sites.iter().copied().find(|&site| self.is(site, host, instance))?;
        self.last = found;
        Some(found)
    }

    fn is(&self, at: u32, host: &[u8], instance: &[u8]) -> bool {
        self.site(at).is_some_and(|site| {
            site.instance == instance
                && self.host(site.host).is_some_and(|known| known.name == host)
        })
    }

    /// Adds a site that [`find`](Self::find) did not know.
    pub(super) fn add(&mut self, host: &[u8], instance: &[u8], calendar: &Calendar) -> u32 {
        let at = match self.names.get(host) {
            Some(&at) => at,
            None => {
                self.serial = self.serial.wrapping_add(1);
                let new = Host {
                    name: Text::from(host),
                    serial: self.serial,
                    calendar: calendar.clone(),
                    latest: None,
                    front: None,
                    clock: 0,
                    lines: 0,
                    sites: Vec::new(),
                    lists: Lists::default(),
                    steps: Steps::default(),
                    seen: 0,
                };
                let at = place(&mut self.hosts, new);
                self.names.insert(Text::from(host), at);
                at
            }
        };
        let site = place(&mut self.sites, Site { host: at, instance: Text::from(instance) });
        self.join(at, site);
        self.last = site;
        site
    }

    /// Lists a site at its host, by the name of its instance: the order in which instances are
    /// looked through must not depend on when they were seen, nor on a stop in between.
    fn join(&mut self, host: u32, site: u32) {
        let Self { hosts, sites, .. } = self;
        let instance = |site: u32| {
            let site = sites.get(usize::try_from(site).ok()?)?.as_ref()?;
            Some(site.instance.as_bytes())
        };
        let host = usize::try_from(host).ok().and_then(|at| hosts.get_mut(at)?.as_mut());
        if let Some(host) = host {
            let place = host.sites.partition_point(|&known| instance(known) < instance(site));
            host.sites.insert(place, site);
        }
    }

    /// Puts back a host of a saved state, at its place.
    pub(super) fn restore(&mut self, at: u32, host: Host) {
        self.names.insert(host.name.clone(), at);
        put(&mut self.hosts, at, host);
    }

    /// Puts back a site of a saved state, at its place.
    pub(super) fn restore_site(&mut self, at: u32, site: Site) {
        let host = site.host;
        if self.host(host).is_some() {
            put(&mut self.sites, at, site);
            self.join(host, at);
        }
    }

    /// Forgets a host that has no messages.
    pub(super) fn remove(&mut self, at: u32) {
        let Some(host) =
            usize::try_from(at).ok().and_then(|at| self.hosts.get_mut(at)).and_then(Option::take)
        else {
            return;
        };
        self.names.remove(&host.name);
        for site in host.sites {
            if let Some(site) = usize::try_from(site).ok().and_then(|site| self.sites.get_mut(site))
            {
                *site = None;
            }
        }
    }

    /// The host that was silent longest.
    pub(super) fn most_silent(&self) -> Option<u32> {
        let hosts = self.hosts.iter().zip(0_u32..);
        let known = hosts.filter_map(|(host, at)| Some((host.as_ref()?.seen, at)));
        known.min().map(|(_, at)| at)
    }
}

impl Host {
    /// Moves the clock on to a time, never back.
    pub(super) fn tick(&mut self, now: i64) {
        let front = self.front.unwrap_or(now);
        self.clock = self.clock.saturating_add(now.saturating_sub(front).clamp(0, GAP));
        self.front = Some(front.max(now));
    }

    /// Puts a stamp on the host's time line. A long queue id tells the year where nothing else does.
    pub(super) fn moment(&mut self, stamp: Option<Stamp>, id: Option<QueueId<'_>>) -> Moment {
        let Some(stamp) = stamp else { return Moment { time: None, dated: false } };
        if let Some((_, moment)) = self.latest.filter(|(latest, _)| *latest == stamp) {
            return moment;
        }
        let known = self.calendar.resolve_with(&stamp, id);
        let dated = known.is_some();
        let time = known.or_else(|| Calendar::relative().resolve(&stamp));
        let moment = Moment { time, dated };
        // A time without a year may get one from the next line.
        self.latest = dated.then_some((stamp, moment));
        moment
    }
}

/// Puts a value in the first empty place.
fn place<T>(places: &mut Vec<Option<T>>, value: T) -> u32 {
    let at = places.iter().position(Option::is_none).unwrap_or(places.len());
    let at = u32::try_from(at).unwrap_or(NONE);
    put(places, at, value);
    at
}

fn put<T>(places: &mut Vec<Option<T>>, at: u32, value: T) {
    let Ok(at) = usize::try_from(at) else { return };
    while places.len() <= at {
        places.push(None);
    }
    if let Some(place) = places.get_mut(at) {
        *place = Some(value);
    }
}
