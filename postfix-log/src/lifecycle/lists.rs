//! Linked lists through numbered slots, least recently used first.

use std::vec::Vec;

use super::message::NONE;

/// The stages at which a message waits, each with its own timeout, in the order of eviction: see [`Lists::victim`].
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
}

/// Of each stage but the finished messages, one message in this many of all is spared.
const SHARE: usize = 8;

/// The ends of a list and its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) head: u32,
    pub(super) tail: u32,
    len: usize,
}

impl Default for List {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, len: 0 }
    }
}

/// The neighbours of a slot in a list.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    previous: u32,
    next: u32,
}

impl Neighbours {
    const NONE: Self = Self { previous: NONE, next: NONE };
}

/// The neighbours of each slot. A slot is in at most one list.
#[derive(Debug, Default)]
pub(super) struct Chain(Vec<Neighbours>);

impl Chain {
    #[inline]
    fn get_mut(&mut self, at: u32) -> Option<&mut Neighbours> {
        self.0.get_mut(usize::try_from(at).ok()?)
    }

    /// Appends a slot that is in no list.
    #[inline]
    pub(super) fn append(&mut self, list: &mut List, at: u32) {
        let Ok(place) = usize::try_from(at) else { return };
        if self.0.len() <= place {
            self.0.resize(place.saturating_add(1), Neighbours::NONE);
        }
        let tail = core::mem::replace(&mut list.tail, at);
        match self.get_mut(tail) {
            Some(last) => last.next = at,
            None => list.head = at,
        }
        if let Some(own) = self.get_mut(at) {
            *own = Neighbours { previous: tail, next: NONE };
        }
        list.len = list.len.saturating_add(1);
    }

    /// Removes a slot from a list, if it is in it.
    #[inline]
    pub(super) fn remove(&mut self, list: &mut List, at: u32) {
        let Some(own) = self.get_mut(at) else { return };
        // A slot that is in no list has no neighbours and is not the head.
        if own.previous == NONE && list.head != at {
            return;
        }
        let Neighbours { previous, next } = core::mem::replace(own, Neighbours::NONE);
        match self.get_mut(previous) {
            Some(before) => before.next = next,
            None => list.head = next,
        }
        match self.get_mut(next) {
            Some(after) => after.previous = previous,
            None => list.tail = previous,
        }
        list.len = list.len.saturating_sub(1);
    }
}

/// One list for each stage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lists([List; Stage::ALL.len()]);

impl Lists {
    #[inline]
    pub(super) fn of(&self, stage: Stage) -> List {
        self.0.get(stage as usize).copied().unwrap_or_default()
    }

    /// Moves a slot from the list of one stage, if it is in it, to the end of the list of another.
    #[inline]
    pub(super) fn move_on(&mut self, chain: &mut Chain, at: u32, from: Stage, to: Stage) {
        if from == to && self.of(to).tail == at {
            return;
        }
        self.remove(chain, at, from);
        if let Some(list) = self.0.get_mut(to as usize) {
            chain.append(list, at);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, chain: &mut Chain, at: u32, from: Stage) {
        if let Some(list) = self.0.get_mut(from as usize) {
            chain.remove(list, at);
        }
    }

    /// The slot to give up for want of room, if there is one: the first of the first stage that has more than its
    /// share. Without shares, a large stage would fill the room, and all that passes through a small one, such as new
    /// messages, would be given up at once.
    pub(super) fn victim(&self) -> Option<u32> {
        let all = self.0.iter().fold(0_usize, |all, list| all.saturating_add(list.len));
        let has_too_many = |(stage, list): &(Stage, &List)| match stage {
            Stage::Finished => list.len > 0,
            _ => list.len > all / SHARE,
        };
        Stage::ALL.into_iter().zip(&self.0).find(has_too_many).map(|(_, list)| list.head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(chain: &Chain, list: List) -> Vec<u32> {
        let next = |at: &u32| chain.0.get(*at as usize).map(|own| own.next);
        core::iter::successors(Some(list.head), next).take_while(|at| *at != NONE).collect()
    }

    #[test]
    fn the_order_is_that_of_use() {
        let (mut chain, mut lists) = (Chain::default(), Lists::default());
        for at in [2, 0, 1] {
            lists.move_on(&mut chain, at, Stage::Receiving, Stage::Receiving);
        }
        assert_eq!(all(&chain, lists.of(Stage::Receiving)), [2, 0, 1]);
        for (at, want) in [(1, [2, 0, 1]), (0, [2, 1, 0]), (2, [1, 0, 2])] {
            lists.move_on(&mut chain, at, Stage::Receiving, Stage::Receiving);
            assert_eq!(all(&chain, lists.of(Stage::Receiving)), want);
        }
        lists.move_on(&mut chain, 0, Stage::Receiving, Stage::Finished);
        assert_eq!(all(&chain, lists.of(Stage::Receiving)), [1, 2]);
        assert_eq!((lists.victim(), all(&chain, lists.of(Stage::Finished))), (Some(0), [0].into()));
        for at in [0, 0, 9, NONE] {
            lists.remove(&mut chain, at, Stage::Finished);
        }
        lists.remove(&mut chain, 2, Stage::Receiving);
        lists.remove(&mut chain, 1, Stage::Receiving);
        assert_eq!((lists.victim(), lists.of(Stage::Receiving).tail), (None, NONE));
        assert_eq!(lists.0.map(|list| list.len), [0; Stage::ALL.len()]);
    }

    #[test]
    fn no_stage_crowds_out_another() {
        let (mut chain, mut lists) = (Chain::default(), Lists::default());
        for at in 0..16 {
            lists.move_on(&mut chain, at, Stage::Deferred, Stage::Deferred);
        }
        assert_eq!(lists.victim(), Some(0));
        // One or two new messages of 18 are spared; the third is one too many.
        for (at, victim) in [(16, 0), (17, 0), (18, 16)] {
            lists.move_on(&mut chain, at, Stage::Receiving, Stage::Receiving);
            assert_eq!(lists.victim(), Some(victim), "{at}");
        }
        // Of fifteen messages, two new ones are one too many.
        let (mut chain, mut few) = (Chain::default(), Lists::default());
        for at in 0..15 {
            let stage = if at < 13 { Stage::Deferred } else { Stage::Receiving };
            few.move_on(&mut chain, at, stage, stage);
        }
        assert_eq!(few.victim(), Some(13));
    }

    #[test]
    fn finished_messages_go_first() {
        let (mut chain, mut lists) = (Chain::default(), Lists::default());
        for at in 0..16 {
            lists.move_on(&mut chain, at, Stage::Deferred, Stage::Deferred);
        }
        lists.move_on(&mut chain, 18, Stage::Queued, Stage::Queued);
        assert_eq!(lists.victim(), Some(0));
        lists.move_on(&mut chain, 18, Stage::Queued, Stage::Finished);
        assert_eq!(lists.victim(), Some(18));
    }

    /// The order of the documentation, if each stage has more than its share.
    #[test]
    fn the_order_of_stages() {
        let (mut chain, mut lists) = (Chain::default(), Lists::default());
        let order =
            [Stage::Finished, Stage::Receiving, Stage::Queued, Stage::Deferred, Stage::Held];
        // The last ones come first.
        for (at, stage) in (0..50).zip(order.into_iter().rev().cycle()) {
            lists.move_on(&mut chain, at, stage, stage);
        }
        for stage in order {
            assert_eq!(lists.victim(), Some(lists.of(stage).head), "{stage:?}");
            while lists.of(stage).head != NONE {
                lists.remove(&mut chain, lists.of(stage).head, stage);
            }
        }
        assert_eq!(lists.victim(), None);
    }
}
