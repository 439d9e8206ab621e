//! Groups the lines of messages as they come: by queue id, and across the handover from one id to the next.

mod link;
mod room;

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use postfix_log::{Event, Header, LineBuf, LogLine, LogTime, QueueId};

use crate::group::{Group, Kept, Message};
use crate::search::{Found, Search};
use crate::story::is_refusal;

/// The maximum number of lines that are kept for one group.
const LINES: usize = 10_000;

/// A host and one of its instances.
type Site = (Box<[u8]>, Box<[u8]>);

/// A map with a quick hash, since every line is looked up. Its seed is random, so that no log can choose keys that
/// collide.
type Map<K, V> = HashMap<K, V, RandomState>;

/// The messages of a log that is being read.
#[derive(Debug, Default)]
pub struct Gatherer {
    sites: Map<Site, u32>,
    last_site: (Site, u32),
    ids: Map<Box<[u8]>, Vec<(u32, u32)>>,
    refused: Map<Vec<u8>, u32>,
    groups: Vec<Option<Group>>,
    free: Vec<u32>,
    /// Groups in the order of their last start, and finished ones in the order of their end, with their serial numbers,
    /// because a slot may have been given to another group since.
    begun: VecDeque<(u32, u64)>,
    finished: VecDeque<(u32, u64)>,
    /// The ids, not yet seen in any line, to which a message to be shown was handed over.
    awaited: Map<Box<[u8]>, (u32, u64)>,
    serial: u64,
    pending: usize,
    shown: usize,
    /// The number of messages that were dropped for lack of room before they could be found to match.
    pub given_up: u64,
}

impl Gatherer {
    /// Adds a line.
    pub fn push(
        &mut self,
        search: &Search,
        line: &LogLine<'_>,
        header: &Header<'_>,
        at: Option<LogTime>,
    ) -> anyhow::Result<()> {
        let found = search.line(header, at);
        let Some(id) = header.queue_id() else {
            return self.push_refused(search, line, header, at, found);
        };
        let site = self.site(header);
        let text = header.text();
        let starts: [&[u8]; 3] = [b"client=", b"uid=", b"message-id="];
        let place = self.place(site, id, starts.iter().any(|start| text.starts_with(start)));
        self.add(search, place, line, at, found);
        self.link(search, place, site, id, header);
        if text == b"removed" {
            self.remove(search, place, site, id);
        }
        self.make_room(search)
    }

    /// The groups that meet all conditions, in the order of their first lines.
    pub fn finish(self, search: &Search) -> Vec<Group> {
        let meant = |group: &Group| search.is_met(group.found);
        let mut groups: Vec<_> = self.groups.into_iter().flatten().filter(meant).collect();
        groups.iter_mut().for_each(Group::sort);
        groups.sort_by_key(|group| group.lines.first().map(|kept| kept.number));
        groups
    }

    /// The host and instance of a line, as a number.
    fn site(&mut self, header: &Header<'_>) -> u32 {
        let host = header.host().unwrap_or_default();
        let instance = header.instance().unwrap_or_default();
        let ((last_host, last_instance), last) = &self.last_site;
        if **last_host == *host && **last_instance == *instance {
            return *last;
        }
        let next = u32::try_from(self.sites.len() + 1).unwrap_or(u32::MAX);
        let site = *self.sites.entry((host.into(), instance.into())).or_insert(next);
        self.last_site = ((host.into(), instance.into()), site);
        site
    }

    /// The group of a queue id. Short ids are used again, so the first line of a message begins a new group if the last
    /// message with its id is gone.
    fn place(&mut self, site: u32, id: QueueId<'_>, begins: bool) -> u32 {
        let known = self.ids.get(id.as_bytes()).and_then(|places| {
            places.iter().find(|(its, _)| *its == site).map(|(_, place)| *place)
        });
        if let Some(place) = known {
            let is_removed = self.group(place).is_some_and(|group| {
                let mut messages = group.messages.iter();
                messages.any(|one| one.site == site && *one.id == *id.as_bytes() && one.is_removed)
            });
            if !(is_removed && begins) {
                return place;
            }
            self.forget_id(site, id.as_bytes());
        }
        let awaited = self.awaited.remove(id.as_bytes());
        let awaited = awaited.filter(|(place, serial)| self.is_current(*place, *serial));
        let place = awaited.map_or_else(|| self.new_group(), |(place, _)| place);
        self.ids.entry(id.as_bytes().into()).or_default().push((site, place));
        if let Some(group) = self.group_mut(place) {
            let id = id.as_bytes().into();
            group.messages.push(Message { site, id, message_id: None, is_removed: false });
        }
        place
    }

    fn new_group(&mut self) -> u32 {
        self.serial += 1;
        let group = Group { serial: self.serial, ..Group::default() };
        let place = match self.free.pop() {
            Some(place) => {
                self.groups[place as usize] = Some(group);
                place
            }
            None => {
                self.groups.push(Some(group));
                u32::try_from(self.groups.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.begun.push_back((place, self.serial));
        place
    }

    fn add(
        &mut self,
        search: &Search,
        place: u32,
        line: &LogLine<'_>,
        at: Option<LogTime>,
        found: Found,
    ) {
        let bytes = line.text().len() + size_of::<Kept>();
        let Some(group) = self.groups.get_mut(place as usize).and_then(Option::as_mut) else {
            return;
        };
        let was_meant = search.is_met(group.found);
        group.found = group.found.and(found);
        let is_meant = search.is_met(group.found);
        let before = group.bytes;
        if group.lines.len() < LINES {
            group.lines.push(Kept { number: line.number(), at, line: LineBuf::from(*line) });
            group.bytes += bytes;
        } else {
            group.dropped += 1;
        }
        let after = group.bytes;
        *(if was_meant { &mut self.shown } else { &mut self.pending }) -= before;
        *(if is_meant { &mut self.shown } else { &mut self.pending }) += after;
    }

    fn remove(&mut self, search: &Search, place: u32, site: u32, id: QueueId<'_>) {
        let Some(group) = self.group_mut(place) else { return };
        for one in &mut group.messages {
            one.is_removed |= one.site == site && *one.id == *id.as_bytes();
        }
        let is_done = group.messages.iter().all(|one| one.is_removed);
        let (found, serial) = (group.found, group.serial);
        if is_done && !search.is_met(found) {
            self.finished.push_back((place, serial));
        }
    }

    /// Adds a line about mail that never had a queue id. The attempts of one client with one sender form a group.
    fn push_refused(
        &mut self,
        search: &Search,
        line: &LogLine<'_>,
        header: &Header<'_>,
        at: Option<LogTime>,
        found: Found,
    ) -> anyhow::Result<()> {
        let text = header.text();
        let is_accepted = text.starts_with(b"proxy-accept: ");
        if !is_accepted && !search.is_met(found) {
            return Ok(());
        }
        let Event::PolicyAction(action) = header.event() else { return Ok(()) };
        let queued = action.queued_as().and_then(|id| self.ids.get(id.as_bytes())?.last().copied());
        if let Some((_, place)) = queued {
            self.add(search, place, line, at, found);
            return Ok(());
        }
        if is_accepted || !is_refusal(&action) {
            return Ok(());
        }
        let client = action.client.map_or(&[][..], |client| client.address.as_bytes());
        let mut key = Vec::new();
        for part in [header.host().unwrap_or_default(), client, action.from.unwrap_or(b"?")] {
            key.extend_from_slice(part);
            key.push(0);
        }
        key.extend_from_slice(&header.pid().unwrap_or_default().to_le_bytes());
        let place = match self.refused.get(&key) {
            Some(place) => *place,
            None => {
                let place = self.new_group();
                self.refused.insert(key.clone(), place);
                place
            }
        };
        if let Some(group) = self.group_mut(place) {
            group.key = Some(key);
        }
        self.add(search, place, line, at, found);
        self.make_room(search)
    }

    fn forget_id(&mut self, site: u32, id: &[u8]) {
        if let Some(places) = self.ids.get_mut(id) {
            places.retain(|(known, _)| *known != site);
        }
    }

    fn is_current(&self, place: u32, serial: u64) -> bool {
        self.group(place).is_some_and(|group| group.serial == serial)
    }

    fn group(&self, place: u32) -> Option<&Group> {
        self.groups.get(place as usize)?.as_ref()
    }

    fn group_mut(&mut self, place: u32) -> Option<&mut Group> {
        self.groups.get_mut(place as usize)?.as_mut()
    }
}
