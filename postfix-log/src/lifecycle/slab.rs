//! Values in numbered slots, which are reused.

use std::vec::Vec;

use super::message::NONE;

/// Values by the number of their slot. Adding, finding or taking one costs the same however many there are.
#[derive(Debug)]
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    /// Slots that were empty when they were added to this list. A slot may be in it more than once.
    free: Vec<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new(), len: 0 }
    }
}

impl<T> Slab<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> Option<&T> {
        self.places.get(usize::try_from(at).ok()?)?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.places.get_mut(usize::try_from(at).ok()?)?.as_mut()
    }

    /// Two values at once; `None` unless they are in two different slots.
    pub(super) fn pair_mut(&mut self, one: u32, other: u32) -> Option<(&mut T, &mut T)> {
        let (low, high) = (one.min(other), one.max(other));
        let (head, tail) = self.places.split_at_mut_checked(usize::try_from(high).ok()?)?;
        let low = head.get_mut(usize::try_from(low).ok()?)?.as_mut()?;
        let high = tail.first_mut()?.as_mut()?;
        Some(if one < other { (low, high) } else { (high, low) })
    }

    /// Adds a value and returns its slot.
    pub(super) fn add(&mut self, value: T) -> u32 {
        while let Some(at) = self.free.pop() {
            if self.get(at).is_none() {
                self.put(at, value);
                return at;
            }
        }
        let at = u32::try_from(self.places.len()).unwrap_or(NONE);
        self.put(at, value);
        at
    }

    /// Puts a value in a slot, whether the slot is empty or not.
    pub(super) fn put(&mut self, at: u32, value: T) {
        let Ok(place) = usize::try_from(at) else { return };
        while self.places.len() <= place {
            if self.places.len() < place {
                self.free.extend(u32::try_from(self.places.len()));
            }
            self.places.push(None);
        }
        if let Some(place) = self.places.get_mut(place) {
            self.len = self.len.saturating_add(usize::from(place.is_none()));
            *place = Some(value);
        }
    }

    pub(super) fn take(&mut self, at: u32) -> Option<T> {
        let value = self.places.get_mut(usize::try_from(at).ok()?)?.take()?;
        self.len = self.len.saturating_sub(1);
        self.free.push(at);
        Some(value)
    }

    /// The values and their slots, in the order of the slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.places).filter_map(|(at, value)| Some((at, value.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let mut slab = Slab::default();
        assert_eq!((slab.add('a'), slab.add('b'), slab.add('c')), (0, 1, 2));
        assert_eq!((slab.take(1), slab.take(1), slab.len()), (Some('b'), None, 2));
        assert_eq!((slab.add('d'), slab.add('e'), slab.len()), (1, 3, 4));
        // With gaps and in any order, as a saved state does.
        slab.put(6, 'h');
        slab.put(5, 'g');
        assert_eq!((slab.add('f'), slab.add('i'), slab.len()), (4, 7, 8));
        assert_eq!(
            slab.iter().map(|(_, value)| *value).collect::<std::string::String>(),
            "adcefghi"
        );
    }

    #[test]
    fn two_at_once() {
        let mut slab = Slab::default();
        let (a, b) = (slab.add('a'), slab.add('b'));
        assert_eq!(slab.pair_mut(a, b), Some((&mut 'a', &mut 'b')));
        assert_eq!(slab.pair_mut(b, a), Some((&mut 'b', &mut 'a')));
        assert_eq!(slab.pair_mut(a, a), None);
        assert_eq!(slab.pair_mut(a, 9), None);
        slab.take(a);
        assert_eq!(slab.pair_mut(a, b), None);
    }

    /// A slot that is in use is not listed as empty.
    #[test]
    fn empty_slots() {
        let mut slab = Slab::default();
        for value in 'a'..'e' {
            slab.add(value);
            assert!(slab.free.is_empty());
        }
        slab.put(6, 'h');
        assert_eq!(slab.free, [4, 5]);
        slab.take(2);
        assert_eq!(slab.free, [4, 5, 2]);
    }
}
