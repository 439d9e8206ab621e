//! Limits the memory of a search by dropping messages that have not matched.

use super::Gatherer;
use crate::search::Search;

/// The maximum number of bytes of lines of messages that have not matched so far.
const PENDING_BYTES: usize = 64 << 20;

/// The number of those that are kept although they are finished, since another message may turn out to be made from one.
const FINISHED: usize = 16_384;

/// The maximum number of bytes of lines of messages to be shown. Beyond it the search fails as not specific enough.
const SHOWN_BYTES: usize = 1 << 30;

impl Gatherer {
    /// Drops messages that have not matched: finished ones first, then those that began first.
    pub(super) fn make_room(&mut self, search: &Search) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.shown <= SHOWN_BYTES,
            "the search finds too much: more than {} MiB of lines; narrow it, for example with --since and --until",
            SHOWN_BYTES >> 20
        );
        while self.finished.len() > FINISHED {
            let Some((place, serial)) = self.finished.pop_front() else { break };
            self.forget(search, place, serial);
        }
        while self.pending > PENDING_BYTES {
            if let Some((place, serial)) = self.finished.pop_front() {
                self.forget(search, place, serial);
            } else if let Some((place, serial)) = self.begun.pop_front() {
                self.given_up += u64::from(self.forget(search, place, serial));
            } else {
                break;
            }
        }
        // The slots of groups that are gone stay in the list, which is cleaned when they are most of it.
        if self.begun.len() > 1024 + 4 * (self.groups.len() - self.free.len()) {
            let begun = std::mem::take(&mut self.begun);
            let current = |(place, serial): &(u32, u64)| self.is_current(*place, *serial);
            let kept = begun.into_iter().filter(current).collect();
            self.begun = kept;
        }
        Ok(())
    }

    /// Drops a group that has not matched; false if there is none in this slot.
    fn forget(&mut self, search: &Search, place: u32, serial: u64) -> bool {
        let current = self.group(place).filter(|group| group.serial == serial);
        if current.is_none_or(|group| search.is_met(group.found)) {
            return false;
        }
        let Some(group) = self.groups.get_mut(place as usize).and_then(Option::take) else {
            return false;
        };
        self.free.push(place);
        self.pending -= group.bytes;
        for message in &group.messages {
            self.forget_at(place, &message.id);
        }
        if let Some(key) = &group.key {
            self.refused.remove(key);
        }
        true
    }

    fn forget_at(&mut self, place: u32, id: &[u8]) {
        if let Some(places) = self.ids.get_mut(id) {
            places.retain(|(_, known)| *known != place);
            if places.is_empty() {
                self.ids.remove(id);
            }
        }
    }
}
