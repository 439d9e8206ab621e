//! Keys as bytes.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Reader;
use super::writer::put_number;

/// A key that can be stored.
///
/// Different keys must give different bytes, and `decode` must refuse what `encode` would not
/// write.
pub trait WireKey: Sized {
    /// Appends the key.
    fn encode(&self, out: &mut Vec<u8>);

    /// The key that was written as these bytes.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl WireKey for Vec<u8> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl WireKey for Box<[u8]> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.iter());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.into())
    }
}

impl WireKey for String {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.as_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().map(Self::from)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        /// As the numbers of the layout.
        impl WireKey for $number {
            fn encode(&self, out: &mut Vec<u8>) {
                put_number(out, u64::from(*self));
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                let mut reader = Reader::new(bytes);
                let number = reader.number().ok()?;
                Self::try_from(number).ok().filter(|_| reader.left() == 0)
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64);

/// The length of the first part, the first part, the second part.
impl<A: WireKey, B: WireKey> WireKey for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut first = Vec::new();
        self.0.encode(&mut first);
        put_number(out, super::wide(first.len()));
        out.extend(first);
        self.1.encode(out);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let first = A::decode(reader.bytes().ok()?)?;
        let second = reader.take(reader.left()).ok()?;
        Some((first, B::decode(second)?))
    }
}
