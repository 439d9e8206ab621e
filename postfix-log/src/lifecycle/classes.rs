//! Verdict classes of late, so that a reason that comes again and again is classed once.

use core::hash::BuildHasher;
use std::vec;
use std::vec::Vec;

use crate::event::delivery::Delivery;
use crate::reason::classify::{Class, classify};

/// Reasons remembered: 64 KiB.
const PLACES: usize = 4_096;

/// A place for each remainder of a hash. Two reasons with one 64 bit hash are not to be expected.
#[derive(Debug)]
pub(super) struct Classes {
    places: Vec<Option<(u64, Class)>>,
    hasher: foldhash::quality::RandomState,
}

impl Default for Classes {
    fn default() -> Self {
        Self { places: vec![None; PLACES], hasher: foldhash::quality::RandomState::default() }
    }
}

impl Classes {
    /// The class of a failed attempt.
    pub(super) fn of(&mut self, delivery: &Delivery<'_>) -> Class {
        let hash = self.hasher.hash_one((delivery.dsn, delivery.reason, delivery.relay.text));
        let class = || classify(delivery.dsn, delivery.reason, Some(delivery.relay.text)).class();
        let place =
            usize::try_from(hash % PLACES as u64).ok().and_then(|at| self.places.get_mut(at));
        match place {
            Some(Some((known, class))) if *known == hash => *class,
            Some(place) => place.insert((hash, class())).1,
            None => class(),
        }
    }
}
