//! Lists through numbered places, least recently used first.

use std::vec::Vec;

use super::message::NONE;

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
}

/// The ends of a list.
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

/// The neighbours of a place in a list.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    previous: u32,
    next: u32,
}

impl Neighbours {
    const NONE: Self = Self { previous: NONE, next: NONE };
}

/// The neighbours of each place. A place is in one list at most.
#[derive(Debug, Default)]
pub(super) struct Chain(Vec<Neighbours>);

impl Chain {
    #[inline]
    fn get_mut(&mut self, at: u32) -> Option<&mut Neighbours> {
        self.0.get_mut(usize::try_from(at).ok()?)
    }

    /// Puts a place that is in no list at the end of one.
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
    }

    /// Takes a place out of a list, if it is in that.
    #[inline]
    pub(super) fn remove(&mut self, list: &mut List, at: u32) {
        let Some(own) = self.get_mut(at) else { return };
        // A place that is in no list has no neighbours and is not the head.
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

    /// Moves a place from the list of one stage, if it is in that, to the end of the list of another.
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

    /// The first of the first stage that has one.
    pub(super) fn first(&self) -> Option<u32> {
        self.0.iter().map(|list| list.head).find(|head| *head != NONE)
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
        assert_eq!((lists.first(), all(&chain, lists.of(Stage::Finished))), (Some(0), [0].into()));
        for at in [0, 0, 9, NONE] {
            lists.remove(&mut chain, at, Stage::Finished);
        }
        lists.remove(&mut chain, 2, Stage::Receiving);
        lists.remove(&mut chain, 1, Stage::Receiving);
        assert_eq!((lists.first(), lists.of(Stage::Receiving).tail), (None, NONE));
    }
}
