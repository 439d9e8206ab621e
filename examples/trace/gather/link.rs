//! Links one queue id to the next: filters, other hosts, requeued mail and notifications.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use postfix_log::{Event, Header, QueueId};

use super::Gatherer;
use crate::group::Message;
use crate::search::Search;

/// What a line holds if it may name another message. Preparing a search takes longer than searching a line.
static MARKS: LazyLock<Marks> = LazyLock::new(|| Marks {
    queued_as: Finder::new("queued as"),
    orig_queue_id: Finder::new(", orig_queue_id="),
    orig_id: Finder::new(" orig_id="),
    notification: Finder::new("otification: "),
});

struct Marks {
    queued_as: Finder<'static>,
    orig_queue_id: Finder<'static>,
    orig_id: Finder<'static>,
    notification: Finder<'static>,
}

impl Gatherer {
    /// Joins the group of a line with those of the messages that it names.
    pub(super) fn link(
        &mut self,
        search: &Search,
        place: u32,
        site: u32,
        id: QueueId<'_>,
        header: &Header<'_>,
    ) {
        let text = header.text();
        let holds = |mark: &Finder<'_>| mark.find(text).is_some();
        let worth = text.starts_with(b"message-id=")
            || (text.starts_with(b"to=<") && holds(&MARKS.queued_as))
            || (text.starts_with(b"client=") && holds(&MARKS.orig_queue_id))
            || (text.starts_with(b"uid=") && holds(&MARKS.orig_id))
            || (header.program() == Some(b"bounce") && holds(&MARKS.notification));
        if !worth {
            return;
        }
        let event = header.event();
        let other = match &event {
            Event::MessageId(line) => {
                if let Some(group) = self.group_mut(place) {
                    let mut messages = group.messages.iter_mut().rev();
                    let own = messages.find(|one| one.site == site && *one.id == *id.as_bytes());
                    if let Some(one) = own.filter(|one| one.message_id.is_none()) {
                        one.message_id = Some(line.value.into());
                    }
                }
                return;
            }
            Event::Delivery(line) => line.queued_as().map(QueueId::as_bytes),
            Event::QueueStart(line) => line.orig_queue_id.or(line.orig_id),
            Event::Notification(line) => Some(line.child.as_bytes()),
            _ => None,
        };
        let Some(other) = other.filter(|other| *other != id.as_bytes()) else { return };
        let is_ours = match &event {
            Event::Delivery(line) => {
                let ip = line.relay.address.and_then(|address| address.ip());
                ip.is_some_and(|ip| ip.is_loopback())
            }
            _ => true,
        };
        match self.other(place, other, is_ours) {
            Some(found) => self.merge(search, place, found),
            None if self.group(place).is_some_and(|group| search.is_met(group.found)) => {
                let serial = self.group(place).map_or(0, |group| group.serial);
                self.awaited.insert(other.into(), (place, serial));
            }
            None => {}
        }
    }

    /// The group of the message whose id another message names. Servers elsewhere use the same ids, so the message must
    /// have the same Message-ID, as far as the log shows it, unless the id can only be of this system.
    fn other(&self, place: u32, id: &[u8], is_ours: bool) -> Option<u32> {
        let own = self.group(place)?;
        self.ids.get(id)?.iter().rev().map(|(_, other)| *other).find(|other| {
            let Some(other) = self.group(*other).filter(|_| *other != place) else { return false };
            let mut messages = other.messages.iter().filter(|one| *one.id == *id);
            let named = |one: &Message| one.message_id.clone();
            let theirs = messages.find_map(named);
            let mut ours = own.messages.iter().filter_map(named).peekable();
            let unknown = theirs.is_none() || ours.peek().is_none();
            is_ours || unknown || ours.any(|id| Some(&id) == theirs.as_ref())
        })
    }

    /// Moves everything in a group to another one.
    fn merge(&mut self, search: &Search, place: u32, other: u32) {
        let Some(from) = self.groups.get_mut(other as usize).and_then(Option::take) else { return };
        self.free.push(other);
        *(if search.is_met(from.found) { &mut self.shown } else { &mut self.pending }) -=
            from.bytes;
        for message in &from.messages {
            for known in self.ids.get_mut(&message.id).into_iter().flatten() {
                if known.1 == other {
                    known.1 = place;
                }
            }
        }
        let Some(group) = self.groups.get_mut(place as usize).and_then(Option::as_mut) else {
            return;
        };
        *(if search.is_met(group.found) { &mut self.shown } else { &mut self.pending }) -=
            group.bytes;
        group.found = group.found.and(from.found);
        group.dropped += from.dropped;
        group.bytes += from.bytes;
        group.lines.extend(from.lines);
        group.messages.extend(from.messages);
        *(if search.is_met(group.found) { &mut self.shown } else { &mut self.pending }) +=
            group.bytes;
    }
}
