//! A key for short texts that needs no heap memory.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::escape::Escaped;
use crate::wire::WireKey;

/// The number of bytes that fit in the place of a `Vec`'s pointer, length and capacity.
const INLINE: usize = 22;

/// A key made of bytes. Up to 22 bytes are stored in the key itself, longer ones on the heap.
///
/// A `Name` is as large as a `Vec<u8>`, and it is faster as the key of a [`Shape`](crate::Shape),
/// because a comparison does not have to follow a pointer. A `&[u8]` can be used to look it up.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Name, Shape};
///
/// let mut shape: Shape<Name> = Shape::new(Buckets::default());
/// shape.add_ref(&b"example.com"[..], Duration::ZERO);
/// assert_eq!(shape.get(&b"example.com"[..]).unwrap().total(), 1);
/// ```
#[derive(Clone)]
pub struct Name(Bytes);

#[derive(Clone)]
enum Bytes {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl Name {
    /// The bytes of the name.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Bytes::Heap(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Name {
    #[inline]
    fn from(name: &[u8]) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(name);
                Self(Bytes::Inline { length, bytes })
            }
            _ => Self(Bytes::Heap(name.into())),
        }
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        name.as_bytes().into()
    }
}

impl From<Cow<'_, [u8]>> for Name {
    fn from(name: Cow<'_, [u8]>) -> Self {
        (&*name).into()
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<[u8]> for Name {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Hash for Name {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Bytes beyond the length are zero, so all 22 can be compared without a loop.
            (
                Bytes::Inline { length, bytes },
                Bytes::Inline { length: other_length, bytes: others },
            ) => length == other_length && bytes == others,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// Writes the text of `Display` between quotes.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Escaped::new(self.as_bytes()), f)
    }
}

/// Writes text that is safe on a terminal and can be converted back; see [`escape`](crate::escape).
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Escaped::new(self.as_bytes()), f)
    }
}

impl WireKey for Name {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.as_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::format;
    use core::time::Duration;

    use crate::buckets::Buckets;
    use crate::shape::Shape;

    /// On either side of the length that needs memory of its own.
    const NAMES: [&str; 5] =
        ["", "a.example", "exactly.22.bytes.abcde", "one.more.than.22.bytes.", "z"];

    #[test]
    fn nul_bytes_at_the_end_of_a_name_count() {
        for length in 0..=INLINE {
            let name = [0; INLINE];
            let names: Vec<Name> = [length, length + 1]
                .iter()
                .filter_map(|&n| name.get(..n))
                .map(Name::from)
                .collect();
            assert!(
                names.iter().zip(names.iter().skip(1)).all(|(a, b)| a != b && a < b),
                "{length}"
            );
        }
        assert_ne!(Name::from("a"), Name::from("a\0"));
    }

    #[test]
    fn a_name_is_its_bytes_however_long() {
        assert!(NAMES.iter().any(|name| name.len() == INLINE));
        for text in NAMES {
            let name = Name::from(text);
            assert_eq!((name.as_bytes(), name.as_ref()), (text.as_bytes(), text.as_bytes()));
            assert_eq!(name, Name::from(text.as_bytes()));
            assert_eq!(name, Name::from(Cow::Borrowed(text.as_bytes())));
            assert_eq!(name, Name::from(Cow::<[u8]>::Owned(text.into())));
            let mut stored = Vec::new();
            name.encode(&mut stored);
            assert_eq!(Name::decode(&stored), Some(name));
        }
    }

    #[test]
    fn names_are_ordered_and_found_as_bytes_are() {
        let names: BTreeSet<Name> = NAMES.map(Name::from).into();
        let mut sorted = NAMES;
        sorted.sort_unstable();
        assert!(names.iter().map(Name::as_bytes).eq(sorted.map(str::as_bytes)));
        assert_eq!(Name::from("a").partial_cmp(&Name::from("B")), Some(Ordering::Greater));
        let mut shape: Shape<Name> = Shape::new(Buckets::default());
        NAMES.iter().for_each(|name| shape.add(Name::from(*name), Duration::ZERO));
        NAMES.iter().for_each(|name| shape.add_ref(name.as_bytes(), Duration::ZERO));
        assert_eq!((shape.len(), shape.get(&b"z"[..]).unwrap().total()), (NAMES.len(), 2));
    }

    #[test]
    fn what_is_printed_is_safe() {
        let name = Name::from(&b"\x1b[2J\xff\""[..]);
        assert_eq!(format!("{name}"), r#"\x1b[2J\xff""#);
        assert_eq!(format!("{name:?}"), r#""\x1b[2J\xff"""#);
        assert_eq!(
            format!("{:>4}|{:<4}|", Name::from("a"), Name::from("\u{fc}")),
            "   a|\u{fc}   |"
        );
    }
}
