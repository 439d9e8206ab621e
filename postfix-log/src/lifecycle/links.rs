//! Children that were announced before their own first line, and sessions that decided about a message before it had a
//! queue id.

use std::vec::Vec;

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::fate::OriginKind;
use super::limits::{GRACE_LINES, LINK_TIMEOUT, MAX_LINKS, MAX_SESSIONS};

/// A host's serial number and a queue id on that host.
type Key = (u64, Vec<u8>);

/// The announcement of a child.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Link {
    pub(super) kind: OriginKind,
    pub(super) site: u32,
    #[serde(with = "super::text::bytes")]
    pub(super) parent: Vec<u8>,
    /// The host's clock and number of lines at the announcement.
    pub(super) time: i64,
    pub(super) line: u64,
}

impl Link {
    /// True if the child is no longer expected at this clock and line of its host.
    fn is_late(&self, clock: i64, lines: u64) -> bool {
        clock.saturating_sub(self.time) > LINK_TIMEOUT
            && lines.saturating_sub(self.line) > GRACE_LINES
    }
}

/// Announced children, oldest first. Their number is bounded.
#[derive(Debug, Default)]
pub(super) struct Links {
    waiting: HashMap<Key, (Turn, Link), foldhash::fast::RandomState>,
    /// Keys in the order of their announcements. If the turn of a key is not that of the waiting link, the child has
    /// come.
    order: VecDeque<(Turn, Key)>,
    turn: Turn,
}

/// The number of an announcement: an id can be announced again after its child has come.
type Turn = u64;

impl Links {
    /// Records a child of `host`, unless it is already expected.
    pub(super) fn add(&mut self, host: u64, child: &[u8], link: Link) {
        let key = (host, child.to_vec());
        if let Some((_, known)) = self.waiting.get(&key) {
            if !known.is_late(link.time, link.line) {
                return;
            }
        }
        while self.waiting.len() >= MAX_LINKS && !self.order.is_empty() {
            self.drop_oldest();
        }
        if self.order.len() >= MAX_LINKS.saturating_mul(2) {
            let waiting = &self.waiting;
            self.order.retain(|(turn, key)| waits(waiting, *turn, key).is_some());
        }
        self.turn = self.turn.wrapping_add(1);
        self.order.push_back((self.turn, key.clone()));
        self.waiting.insert(key, (self.turn, link));
    }

    fn drop_oldest(&mut self) {
        if let Some((turn, key)) = self.order.pop_front() {
            if waits(&self.waiting, turn, &key).is_some() {
                self.waiting.remove(&key);
            }
        }
    }

    /// The announcement of a child whose first line has come, at this clock and line of its host.
    pub(super) fn take(&mut self, host: u64, child: &[u8], clock: i64, lines: u64) -> Option<Link> {
        if self.waiting.is_empty() {
            return None;
        }
        // The key stays in `order` until its turn comes.
        let (_, link) = self.waiting.remove(&(host, child.to_vec()))?;
        (!link.is_late(clock, lines)).then_some(link)
    }

    /// Forgets the announcements of `host` that are too old. Announcements queued after those of a silent host stay in
    /// memory, but are no longer used.
    pub(super) fn expire(&mut self, host: u64, clock: i64, lines: u64) {
        while let Some((turn, key)) = self.order.front() {
            let late = match waits(&self.waiting, *turn, key) {
                None => true,
                Some(link) => key.0 == host && link.is_late(clock, lines),
            };
            if !late {
                break;
            }
            self.drop_oldest();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8], &Link)> {
        self.order.iter().filter_map(|(turn, key)| {
            Some((key.0, key.1.as_slice(), waits(&self.waiting, *turn, key)?))
        })
    }
}

/// The link with this key, if its turn is this one.
fn waits<'a, S: core::hash::BuildHasher>(
    waiting: &'a HashMap<Key, (Turn, Link), S>,
    turn: Turn,
    key: &Key,
) -> Option<&'a Link> {
    waiting.get(key).filter(|(own, _)| *own == turn).map(|(_, link)| link)
}

/// The decision of an SMTP server about the message that its client is sending.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum Mark {
    Discard,
    Hold,
}

/// A verdict given at RCPT, before the queue file was opened.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Session {
    pub(super) verdict: Mark,
    #[serde(with = "super::text::option")]
    pub(super) to: Option<Vec<u8>>,
}

/// Verdicts by host and process, oldest first. Their number is bounded.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: HashMap<(u64, u32), Session, foldhash::fast::RandomState>,
    order: VecDeque<(u64, u32)>,
}

impl Sessions {
    pub(super) fn add(&mut self, host: u64, pid: u32, session: Session) {
        while self.order.len() >= MAX_SESSIONS {
            if let Some(key) = self.order.pop_front() {
                self.open.remove(&key);
            }
        }
        if self.open.insert((host, pid), session).is_none() {
            self.order.push_back((host, pid));
        }
    }

    pub(super) fn take(&mut self, host: u64, pid: Option<u32>) -> Option<Session> {
        let key = (host, pid?);
        let found = self.open.remove(&key)?;
        self.order.retain(|other| *other != key);
        Some(found)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u32, &Session)> {
        self.order.iter().filter_map(|key| Some((key.0, key.1, self.open.get(key)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(line: u64) -> Link {
        Link {
            kind: OriginKind::Notification,
            site: 0,
            parent: b"1E24013C03E".to_vec(),
            time: 0,
            line,
        }
    }

    /// If an id is announced, comes, and is announced again, there is one link, which the turn of the first
    /// announcement does not remove.
    #[test]
    fn an_id_can_be_announced_again() {
        let mut links = Links::default();
        links.add(1, b"A", link(1));
        assert!(links.take(1, b"A", 0, 0).is_some());
        links.add(1, b"A", link(2));
        assert_eq!(links.iter().map(|(_, _, link)| link.line).collect::<Vec<_>>(), [2]);
        links.drop_oldest();
        assert_eq!(links.iter().count(), 1);
        assert!(links.take(1, b"A", 0, 0).is_some());
        assert!(links.take(1, b"A", 0, 0).is_none());
    }

    #[test]
    fn what_has_come_takes_no_room() {
        let mut links = Links::default();
        links.add(1, b"first", link(0));
        for at in 0..10 * MAX_LINKS {
            let id = at.to_string();
            links.add(1, id.as_bytes(), link(1));
            assert!(links.take(1, id.as_bytes(), 0, 0).is_some());
            assert!(links.order.len() <= 2 * MAX_LINKS);
        }
        assert!(links.take(1, b"first", 0, 0).is_some());
    }

    /// Whether a child comes too late depends on its own host, not on what other hosts wait for.
    #[test]
    fn a_silent_host_keeps_no_announcement_of_another() {
        const LATE: (i64, u64) = (LINK_TIMEOUT + 1, GRACE_LINES + 1);
        let mut links = Links::default();
        for (host, id) in [(1, b"A"), (2, b"B"), (2, b"C"), (2, b"D")] {
            links.add(host, id, link(0));
        }
        links.expire(2, LATE.0, LATE.1);
        assert_eq!(links.iter().count(), 4, "the first is of another host");
        assert!(links.take(2, b"B", LATE.0, LATE.1).is_none());
        assert!(links.take(2, b"C", LATE.0, GRACE_LINES).is_some(), "few lines ago");
        links.add(2, b"D", Link { time: LATE.0, ..link(LATE.1) });
        assert!(links.take(2, b"D", LATE.0, LATE.1).is_some(), "announced anew");
        assert!(links.take(1, b"A", 0, 0).is_some());
    }

    /// A child comes too late if both the time and the lines since its announcement are too many.
    #[test]
    fn late_children() {
        for (time, lines, is_late) in [
            (LINK_TIMEOUT, GRACE_LINES, false),
            (LINK_TIMEOUT + 1, GRACE_LINES, false),
            (LINK_TIMEOUT, GRACE_LINES + 1, false),
            (LINK_TIMEOUT + 1, GRACE_LINES + 1, true),
        ] {
            let mut links = Links::default();
            for id in [&b"A"[..], b"B"] {
                links.add(1, id, Link { time: 7, ..link(500) });
            }
            let (clock, line) = (time + 7, lines + 500);
            assert_eq!(links.take(1, b"A", clock, line).is_none(), is_late);
            links.expire(1, clock, line);
            assert_eq!(links.iter().count(), usize::from(!is_late));
        }
    }

    /// While nearly as many children are waited for as can be, those that come do not cost a look at all of them.
    #[test]
    fn what_has_come_is_forgotten_at_times() {
        let mut links = Links::default();
        for at in 0..MAX_LINKS - 1 {
            links.add(1, at.to_string().as_bytes(), link(0));
        }
        let mut times = 0;
        for _ in 0..MAX_LINKS {
            let before = links.order.len();
            links.add(1, b"comes", link(1));
            assert!(links.take(1, b"comes", 0, 0).is_some());
            times += usize::from(links.order.len() <= before);
        }
        assert!(times <= 1, "{times}");
        assert_eq!(links.iter().count(), MAX_LINKS - 1);
    }

    /// What one process decided does not end with the session of another one.
    #[test]
    fn sessions_end_one_by_one() {
        let mut sessions = Sessions::default();
        for (host, pid) in [(1, 7), (1, 8), (2, 7)] {
            sessions.add(host, pid, Session { verdict: Mark::Hold, to: None });
        }
        assert!(sessions.take(1, None).is_none() && sessions.take(2, Some(8)).is_none());
        assert!(sessions.take(1, Some(7)).is_some() && sessions.take(1, Some(7)).is_none());
        let left: Vec<_> = sessions.iter().map(|(host, pid, _)| (host, pid)).collect();
        assert_eq!(left, [(1, 8), (2, 7)]);
    }
}
