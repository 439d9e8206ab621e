//! Hosts and instances, which are the first half of a message's key, and each host's own clock.

use std::vec::Vec;

use hashbrown::HashMap;

use super::gone::Memory;
use super::limits::{GAP, STEP_BACK};
use super::lists::{Chain, List, Lists};
use super::message::NONE;
use super::slab::Slab;
use super::text::Text;
use crate::clock::{Calendar, LogTime};
use crate::header::stamp::Stamp;
use crate::queue_id::QueueId;

#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: Text,
    /// Never used again for another host.
    pub(super) serial: u64,
    pub(super) calendar: Calendar,
    /// The stamp of the latest line and its time. Neighbouring lines usually have the same.
    pub(super) latest: Option<(Stamp, Moment)>,
    /// The largest time seen, in microseconds.
    pub(super) front: Option<i64>,
    /// The time that the log covers so far, in microseconds. At most [`GAP`] of a gap counts.
    pub(super) clock: i64,
    pub(super) lines: u64,
    pub(super) sites: Vec<u32>,
    pub(super) lists: Lists,
    pub(super) steps: Steps,
    /// The order of the latest line, which shows which host was silent longest.
    pub(super) seen: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) host: u32,
    pub(super) instance: Text,
    /// The hash of both names, to which [`Memory::key`] adds a queue id.
    pub(super) seed: u64,
}

/// The numbers of the site that a line belongs to, and of its host.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    pub(super) site: u32,
    pub(super) host: u32,
}

/// The number of times that a host's clock was set back, judged by the times of its delivery lines.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Steps {
    count: u8,
    /// The time of the latest line.
    last: Option<i64>,
    /// The time before the latest step, until the next line has shown whether only one line was out of order.
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
    /// The same in microseconds, if there is one.
    micros: i64,
    /// True if the year is known.
    pub(super) dated: bool,
}

impl Moment {
    fn new(time: Option<LogTime>, dated: bool) -> Self {
        Self { time, micros: time.map_or(0, |time| time.as_micros()), dated }
    }

    pub(super) fn micros(self) -> Option<i64> {
        self.time.map(|_| self.micros)
    }
}

#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) hosts: Slab<Host>,
    pub(super) sites: Slab<Site>,
    names: HashMap<Text, u32, foldhash::fast::RandomState>,
    /// The hosts in the order of their latest lines.
    order: List,
    chain: Chain,
    pub(super) serial: u64,
    /// The site of the latest line, and its host and instance in one text. Neighbouring lines usually have the same.
    last: At,
    last_names: Vec<u8>,
    last_host: usize,
}

impl Sites {
    pub(super) fn site(&self, at: u32) -> Option<&Site> {
        self.sites.get(at)
    }

    /// The names of host and instance, empty for an unknown site.
    pub(super) fn names(&self, site: u32) -> (Text, Text) {
        let known = self.site(site);
        let host = known.and_then(|site| self.host(site.host)).map(|host| host.name.clone());
        (host.unwrap_or_default(), known.map(|site| site.instance.clone()).unwrap_or_default())
    }

    #[inline]
    pub(super) fn host(&self, at: u32) -> Option<&Host> {
        self.hosts.get(at)
    }

    #[inline]
    pub(super) fn host_mut(&mut self, at: u32) -> Option<&mut Host> {
        self.hosts.get_mut(at)
    }

    pub(super) fn host_of(&self, site: u32) -> u32 {
        self.site(site).map_or(NONE, |site| site.host)
    }

    pub(super) fn len(&self) -> usize {
        self.sites.len()
    }

    /// Finds the site of a line, if it is known.
    pub(super) fn find(&mut self, host: &[u8], instance: &[u8]) -> Option<At> {
        let names = self.last_names.split_at_checked(self.last_host);
        if names == Some((host, instance)) && self.len() > 0 {
            return Some(self.last);
        }
        let at = *self.names.get(host)?;
        let is = |site: u32| self.site(site).is_some_and(|site| site.instance == instance);
        let site = self.host(at)?.sites.iter().copied().find(|&site| is(site))?;
        Some(self.remember(At { site, host: at }, host, instance))
    }

    fn remember(&mut self, at: At, host: &[u8], instance: &[u8]) -> At {
        self.last = at;
        self.last_names.clear();
        self.last_names.extend_from_slice(host);
        self.last_names.extend_from_slice(instance);
        self.last_host = host.len();
        at
    }

    /// Adds a site that [`find`](Self::find) did not know.
    pub(super) fn add(&mut self, host: &[u8], instance: &[u8], calendar: &Calendar) -> At {
        let at = match self.names.get(host) {
            Some(&at) => at,
            None => {
                self.serial = self.serial.wrapping_add(1);
                let host = Host::new(Text::from(host), self.serial, calendar.clone());
                let name = host.name.clone();
                let at = self.hosts.add(host);
                self.names.insert(name, at);
                self.chain.append(&mut self.order, at);
                at
            }
        };
        let seed = Memory::seed(host, instance);
        let site = self.sites.add(Site { host: at, instance: Text::from(instance), seed });
        self.join(at, site);
        self.remember(At { site, host: at }, host, instance)
    }

    /// Adds a site to the list of its host, sorted by the name of the instance. The order in which instances are
    /// searched must not depend on when they were first seen, or on a saved state in between.
    fn join(&mut self, host: u32, site: u32) {
        let Self { hosts, sites, .. } = self;
        let instance = |site: u32| Some(sites.get(site)?.instance.as_bytes());
        if let Some(host) = hosts.get_mut(host) {
            let place = host.sites.partition_point(|&known| instance(known) < instance(site));
            host.sites.insert(place, site);
        }
    }

    /// Restores a host of a saved state at its index. The host that was silent longest must be restored first.
    pub(super) fn restore(&mut self, at: u32, host: Host) {
        self.names.insert(host.name.clone(), at);
        self.hosts.put(at, host);
        self.chain.remove(&mut self.order, at);
        self.chain.append(&mut self.order, at);
    }

    /// Restores a site of a saved state at its index.
    pub(super) fn restore_site(&mut self, at: u32, host: u32, instance: Text) {
        if let Some(known) = self.host(host) {
            let seed = Memory::seed(&known.name, &instance);
            self.sites.put(at, Site { host, instance, seed });
            self.join(host, at);
        }
    }

    /// Forgets a host that has no messages.
    pub(super) fn remove(&mut self, at: u32) {
        let Some(host) = self.hosts.take(at) else { return };
        // The remembered site may belong to this host.
        self.last_names.clear();
        self.last_host = usize::MAX;
        self.names.remove(&host.name);
        self.chain.remove(&mut self.order, at);
        for site in host.sites {
            self.sites.take(site);
        }
    }

    /// Counts a line as the latest of its host.
    #[inline]
    pub(super) fn touch(&mut self, at: u32) {
        if self.order.tail != at {
            self.chain.remove(&mut self.order, at);
            self.chain.append(&mut self.order, at);
        }
    }

    /// The host that was silent longest.
    pub(super) fn most_silent(&self) -> Option<u32> {
        Some(self.order.head).filter(|head| *head != NONE)
    }
}

impl Host {
    pub(super) fn new(name: Text, serial: u64, calendar: Calendar) -> Self {
        Self {
            name,
            serial,
            calendar,
            latest: None,
            front: None,
            clock: 0,
            lines: 0,
            sites: Vec::new(),
            lists: Lists::default(),
            steps: Steps::default(),
            seen: 0,
        }
    }

    /// Moves the clock forward to a time, never back.
    pub(super) fn tick(&mut self, now: i64) {
        let front = self.front.unwrap_or(now);
        self.clock = self.clock.saturating_add(now.saturating_sub(front).clamp(0, GAP));
        self.front = Some(front.max(now));
    }

    /// Places a stamp on the host's time line. A long queue id gives the year if nothing else does.
    pub(super) fn moment(&mut self, stamp: Option<Stamp>, id: Option<QueueId<'_>>) -> Moment {
        let Some(stamp) = stamp else { return Moment::new(None, false) };
        if let Some((_, moment)) = self.latest.as_ref().filter(|(latest, _)| *latest == stamp) {
            return *moment;
        }
        let known = self.calendar.resolve_with(&stamp, id);
        let dated = known.is_some();
        let time = known.or_else(|| Calendar::relative().resolve(&stamp));
        let moment = Moment::new(time, dated);
        // A time without a year may get one from the next line.
        self.latest = dated.then_some((stamp, moment));
        moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// A clock that was set back, and a line that only came late: the line after it tells which.
    #[test]
    fn steps_of_the_clock() {
        for (times, want) in [
            (&[100, 200, 300][..], 0),
            // Five seconds of disorder are no step.
            (&[100, 95], 0),
            (&[100, 95, 100], 0),
            (&[100, 94, 94], 1),
            (&[100, 94, 95], 0),
            // The next line shows that one line was late: it is as far as before, but for five seconds.
            (&[100, 50, 100], 0),
            (&[100, 50, 95], 0),
            (&[100, 50, 94], 1),
            // Later ones show nothing any more.
            (&[100, 50, 51, 100], 1),
            (&[100, 50, 51, 20, 21], 2),
            (&[100, 50, 20, 21], 2),
            (&[100, 50, 20, 50, 60], 1),
        ] {
            let mut steps = Steps::default();
            for time in times {
                steps.see(time * SECOND);
            }
            assert_eq!(steps.count(), want, "{times:?}");
        }
    }

    /// The clock covers what the log does, and six hours of a gap; it never goes back.
    #[test]
    fn the_clock_of_a_host() {
        let mut host = Host::new(Text::default(), 1, Calendar::new());
        for (now, clock) in [
            (100, 0),
            (160, 60),
            (130, 60),
            (160, 60),
            (161, 61),
            (161 + 6 * 3600, 61 + 6 * 3600),
            (161 + 20 * 3600, 61 + 12 * 3600),
        ] {
            host.tick(now * SECOND);
            assert_eq!(host.clock, clock * SECOND, "{now}");
        }
    }

    /// Sites are found by both names, and the host without lines for longest goes first, with its sites.
    #[test]
    fn hosts_and_instances() {
        let mut sites = Sites::default();
        assert!(sites.find(b"", b"").is_none() && sites.most_silent().is_none());
        let mut numbers = Vec::new();
        for (host, instance) in [
            (&b"a"[..], &b"postfix"[..]),
            (b"b", b"postfix"),
            (b"a", b"out"),
            (b"ab", b"c"),
            (b"a", b"bc"),
        ] {
            assert!(sites.find(host, instance).is_none());
            let at = sites.add(host, instance, &Calendar::new());
            let again = sites.find(host, instance).unwrap();
            assert_eq!((again.site, again.host), (at.site, at.host));
            let (name, own) = sites.names(at.site);
            assert_eq!((name.as_bytes(), own.as_bytes()), (host, instance));
            assert_eq!(sites.host_of(at.site), at.host);
            numbers.push((at.host, at.site));
        }
        let [(a, first), (b, _), (_, out), (ab, _), (_, bc)] = numbers.as_slice() else { panic!() };
        // Instances are searched in the order of their names.
        assert_eq!(
            sites.host(*a).map(|host| host.sites.as_slice()),
            Some(&[*bc, *out, *first][..])
        );
        assert_eq!((sites.len(), sites.most_silent()), (5, Some(*a)));
        sites.touch(*a);
        assert_eq!(sites.most_silent(), Some(*b));
        sites.touch(*a);
        sites.touch(*b);
        assert_eq!(sites.most_silent(), Some(*ab));
        sites.remove(*ab);
        assert_eq!((sites.len(), sites.most_silent()), (4, Some(*a)));
        assert!(sites.find(b"ab", b"c").is_none());
        assert!(sites.find(b"a", b"bc").is_some());
        sites.remove(*a);
        assert!(sites.find(b"a", b"bc").is_none() && sites.find(b"a", b"postfix").is_none());
        assert_eq!((sites.len(), sites.most_silent()), (1, Some(*b)));
        assert_eq!(sites.host_of(*first), NONE);
        assert_eq!(sites.names(*first), (Text::default(), Text::default()));
        // A host that comes back is another one.
        let at = sites.add(b"a", b"postfix", &Calendar::new());
        assert_eq!(sites.host(at.host).map(|host| host.serial), Some(4));
    }
}
