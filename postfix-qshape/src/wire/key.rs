//! Keys in the wire form.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Reader;
use super::writer::put_number;

/// A key that can be stored in the wire form.
///
/// Different keys must be encoded as different bytes, and `decode` must refuse bytes that `encode`
/// would not write.
pub trait WireKey: Sized {
    /// Appends the bytes of the key to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Returns the key that was encoded as these bytes, or `None` if there is no such key.
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
        /// The key is encoded like the numbers of the layout.
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

/// A pair is encoded as the length of its first part, the first part, and the second part.
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
