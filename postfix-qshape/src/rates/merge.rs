//! Merging the rates of several logs.

use alloc::vec::Vec;
use core::hash::Hash;

use super::{Rates, State, read, wide};
use crate::error::Error;

impl<K: Hash + Eq> Rates<K> {
    /// Adds everything that the other side has counted in the windows that are kept after the
    /// merge. The newest window is then the later of the two newest windows.
    ///
    /// Totals do not depend on the order of merges, and the bounds hold after any merges. Which
    /// keys have a row may depend on how merges are grouped.
    ///
    /// # Errors
    /// Returns [`Error::BucketMismatch`] or [`Error::CapacityMismatch`] if the windows or the
    /// capacities differ. In that case nothing has changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error>
    where
        K: Clone,
    {
        if self.window != other.window || self.total.len() != other.total.len() {
            return Err(Error::BucketMismatch);
        }
        if self.capacity != other.capacity {
            let (ours, theirs) = (self.capacity, other.capacity);
            return Err(Error::CapacityMismatch { ours, theirs });
        }
        self.late = self.late.saturating_add(other.late);
        let Some(their_newest) = other.newest else { return Ok(()) };
        self.move_to(their_newest);
        let newest = self.newest.unwrap_or(their_newest);
        // The windows of the other side that are kept here, with their positions there and here.
        let held: Vec<(usize, usize)> = (0..wide(self.total.len()))
            .filter_map(|back| their_newest.checked_sub(back))
            .filter(|window| newest.saturating_sub(*window) < wide(self.total.len()))
            .map(|window| (other.place(window), self.place(window)))
            .collect();
        let ours = self.floor();
        let theirs = held.iter().map(|&(there, _)| read(&other.floors, there)).max().unwrap_or(0);
        for &(there, here) in &held {
            let more = read(&other.total, there);
            self.total.get_mut(here).into_iter().for_each(|sum| *sum = sum.saturating_add(more));
            let floor = read(&other.floors, there);
            self.floors.get_mut(here).into_iter().for_each(|cell| *cell = floor.max(*cell));
        }
        if ours > 0 && theirs > 0 {
            // What both sides dropped of one key adds up. It is treated as if it belonged to the
            // newest window.
            let at = self.place(newest);
            let floor = ours.saturating_add(theirs);
            self.floors.get_mut(at).into_iter().for_each(|cell| *cell = floor.max(*cell));
        }
        // If only one side has a key, the other side can have dropped it.
        for (index, key) in self.store.keys().enumerate() {
            let there = other.store.find(other.store.hash(key), |known| known == key);
            let more = match there.and_then(|there| other.states.get(there)) {
                Some(state) => other.missed(state).min(theirs),
                None => theirs,
            };
            if let Some(state) = self.states.get(index).copied() {
                let missed = self.missed(&state).min(ours).saturating_add(more);
                let state = State { missed, since: newest, ..state };
                self.states.get_mut(index).into_iter().for_each(|place| *place = state);
            }
        }
        for (there, key) in other.store.keys().enumerate() {
            let Some(state) = other.states.get(there) else { continue };
            let hash = self.store.hash(key);
            let known = self.store.find(hash, |known| known == key);
            let Some(here) = known.or_else(|| self.store.insert(hash, key.clone())) else {
                continue;
            };
            if known.is_none() {
                let missed = other.missed(state).min(theirs).saturating_add(ours);
                self.states.push(State { current: newest, since: newest, missed });
            }
            self.bring_up_to_date(here, newest);
            for (count, &(_, place)) in other.cells(there, state).zip(&held) {
                if count > 0 {
                    self.store.add(here, place, count);
                }
            }
        }
        self.prune();
        Ok(())
    }
}
