//! Verdict classes of late, so that a reason that comes again and again is classed once.

use core::hash::BuildHasher;
use std::vec;
use std::vec::Vec;

use crate::event::delivery::Delivery;
use crate::reason::classify::{Class, Classifier};

/// Reasons remembered: 64 KiB.
const PLACES: usize = 4_096;

/// A place for each remainder of a hash. Two reasons with one 64 bit hash are not to be expected.
#[derive(Debug)]
pub(super) struct Classes {
    places: Vec<Option<(u64, Class)>>,
    hasher: foldhash::quality::RandomState,
    classifier: Classifier<'static>,
}

impl Default for Classes {
    fn default() -> Self {
        Self::by(Classifier::new())
    }
}

impl Classes {
    /// Nothing remembered yet.
    pub(super) fn by(classifier: Classifier<'static>) -> Self {
        let hasher = foldhash::quality::RandomState::default();
        Self { places: vec![None; PLACES], hasher, classifier }
    }

    /// The class of a failed attempt.
    pub(super) fn of(&mut self, delivery: &Delivery<'_>) -> Class {
        let hash = self.hasher.hash_one((delivery.dsn, delivery.reason, delivery.relay.text));
        let class = || self.classifier.classify_delivery(delivery).class();
        let place =
            usize::try_from(hash % PLACES as u64).ok().and_then(|at| self.places.get_mut(at));
        match place {
            Some(Some((known, class))) if *known == hash => *class,
            Some(place) => place.insert((hash, class())).1,
            None => class(),
        }
    }
}
