//! Verdicts of late.

use alloc::vec::Vec;
use core::fmt;

use super::classify::{Classifier, Verdict};
use crate::event::delivery::Delivery;
use crate::event::dsn::Dsn;

/// Reasons that are remembered; a power of two.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 9;

/// Bytes of a reason and its relay; longer ones are not remembered.
const MAX_KEPT: usize = 512;

/// A [`Classifier`] that remembers its verdicts: a reason that was seen a moment ago costs a comparison.
///
/// The verdicts are those of the classifier, always: what is remembered is compared as a whole. Up to 512 reasons of
/// up to 512 bytes are kept, each in the one place that its text gives it, where a newer one takes over: 300 KiB at
/// most, and nothing is allocated once the places have room.
///
/// ```
/// use postfix_log::Class;
/// use postfix_log::reason::{Classifier, Recent};
/// let mut recent = Recent::new(Classifier::new());
/// for _ in 0..2 {
///     let verdict = recent.classify(None, b"connect to mx.b.example[192.0.2.1]:25: Connection refused", None);
///     assert_eq!(verdict.class(), Class::NetRefused);
/// }
/// ```
#[derive(Clone)]
pub struct Recent<'r> {
    classifier: Classifier<'r>,
    places: Vec<Option<Known<'r>>>,
}

/// A verdict, and what it was about.
#[derive(Clone)]
struct Known<'r> {
    dsn: Option<Dsn>,
    /// The reason, and the relay behind it.
    text: Vec<u8>,
    reason: usize,
    verdict: Verdict<'r>,
}

impl fmt::Debug for Recent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.places.iter().flatten().count();
        f.debug_struct("Recent")
            .field("classifier", &self.classifier)
            .field("known", &known)
            .finish()
    }
}

impl<'r> Recent<'r> {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(classifier: Classifier<'r>) -> Self {
        Self { classifier, places: Vec::new() }
    }

    /// What gives the verdicts.
    pub(crate) fn classifier(&self) -> Classifier<'r> {
        self.classifier
    }

    /// As [`Classifier::classify`].
    pub fn classify(
        &mut self,
        dsn: Option<Dsn>,
        reason: &[u8],
        relay: Option<&[u8]>,
    ) -> Verdict<'r> {
        let text = relay.unwrap_or_default();
        // Replies of servers that take the mail are hardly ever the same, and quickly classified.
        let accepts = dsn.is_some_and(|dsn| dsn.class() == 2);
        if accepts || reason.len().saturating_add(text.len()) > MAX_KEPT {
            return self.classifier.classify(dsn, reason, relay);
        }
        if self.places.is_empty() {
            self.places.resize_with(PLACES, || None);
        }
        let classify = || self.classifier.classify(dsn, reason, relay);
        let Some(place) = self.places.get_mut(place_of(reason)) else { return classify() };
        if let Some(known) = place {
            let same = known.dsn == dsn
                && known.text.split_at_checked(known.reason) == Some((reason, text));
            if same {
                return known.verdict;
            }
        }
        let verdict = classify();
        let mut kept = place.take().map(|known| known.text).unwrap_or_default();
        kept.clear();
        kept.extend_from_slice(reason);
        kept.extend_from_slice(text);
        *place = Some(Known { dsn, text: kept, reason: reason.len(), verdict });
        verdict
    }

    /// As [`Classifier::classify_delivery`].
    pub fn classify_delivery(&mut self, delivery: &Delivery<'_>) -> Verdict<'r> {
        self.classify(delivery.dsn, delivery.reason, Some(delivery.relay.text))
    }
}

/// The place of a reason. Whoever chooses texts that share one place makes others be classified again, no more.
fn place_of(reason: &[u8]) -> usize {
    // An odd number with as many ones as zeros, from the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = reason.len() as u64;
    let mut add = |bytes: u64| sum = (sum.rotate_left(23) ^ bytes).wrapping_mul(FACTOR);
    let mut rest = reason;
    while let Some((bytes, after)) = rest.split_first_chunk() {
        add(u64::from_le_bytes(*bytes));
        rest = after;
    }
    if let Some(last) = reason.last_chunk() {
        add(u64::from_le_bytes(*last));
    } else {
        rest.iter().for_each(|byte| add((*byte).into()));
    }
    (sum >> (64 - PLACE_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_those_of_the_classifier() {
        let reasons = [
            "connect to mx.b.example[192.0.2.1]:25: Connection refused",
            "host mx.b.example[192.0.2.1] said: 451 4.7.1 Greylisted (in reply to RCPT TO command)",
            "delivery temporarily suspended: connect to mx.b.example[192.0.2.1]:25: Connection refused",
            "unknown user: \"ann\"",
            "x",
            "",
        ];
        let relays = [None, Some(&b"none"[..]), Some(b"mx.google.com[192.0.2.1]:25"), Some(b"x")];
        let long = "y".repeat(MAX_KEPT);
        let mut recent = Recent::new(Classifier::new());
        for _ in 0..2 {
            for reason in reasons.iter().copied().chain([long.as_str()]) {
                for relay in relays {
                    for dsn in [None, Dsn::new(2, 0, 0), Dsn::new(4, 7, 1), Dsn::new(5, 7, 26)] {
                        let want = Classifier::new().classify(dsn, reason.as_bytes(), relay);
                        assert_eq!(
                            recent.classify(dsn, reason.as_bytes(), relay),
                            want,
                            "{reason}"
                        );
                        assert_eq!(
                            recent.classify(dsn, reason.as_bytes(), relay),
                            want,
                            "{reason}"
                        );
                    }
                }
            }
        }
        assert!(recent.places.iter().flatten().all(|known| known.text.len() <= MAX_KEPT));
    }

    #[test]
    fn reasons_have_places_of_their_own() {
        let mut places: Vec<usize> = (0..64)
            .map(|port| place_of(format!("connect to a[192.0.2.1]:{port}: timed out").as_bytes()))
            .collect();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 50, "{places:?}");
        assert!(places.iter().all(|place| *place < PLACES));
    }
}
