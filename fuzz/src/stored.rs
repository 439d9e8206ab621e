//! What the laws of stored forms share: JSON, MessagePack without names, and postcard.

use std::fmt::Debug;

use arbitrary::{Arbitrary, Unstructured};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Property, tried};

/// What can be stored, and compared with what comes back.
pub trait Stored: Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Stored for T {}

/// The laws of several types, on the same data.
pub fn all(laws: &[Property], data: &[u8]) {
    for (number, law) in laws.iter().enumerate() {
        if tried(data.len(), number, laws.len()) {
            law(data);
        }
    }
}

/// A value made from the data comes back from each format. Any data are read by each format or refused, and a value that
/// was read from a format comes back from it.
pub fn stored<T: Stored + for<'a> Arbitrary<'a>>(data: &[u8]) {
    made::<T>(data);
    read::<T>(data);
}

/// A value made from the data comes back from each format.
pub fn made<T: Stored + for<'a> Arbitrary<'a>>(data: &[u8]) {
    if let Ok(value) = T::arbitrary(&mut Unstructured::new(data)) {
        comes_back(&value, data);
    }
}

/// Any data are read by each format or refused, and a value that was read from a format comes back from it.
pub fn read<T: Stored>(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(data) {
        json(&value);
    }
    if let Ok(value) = rmp_serde::from_slice::<T>(data) {
        packed(&value);
    }
    if let Ok(value) = postcard::from_bytes::<T>(data) {
        card(&value);
    }
}

/// The value, which was made from the data, comes back from each format.
pub fn comes_back<T: Stored>(value: &T, data: &[u8]) {
    // The type depends on the length, too.
    for (format, law) in [json::<T>, packed::<T>, card::<T>].into_iter().enumerate() {
        if tried(data.len() / 16, format, 3) {
            law(value);
        }
    }
}

fn json<T: Stored>(value: &T) {
    let text = serde_json::to_vec(value).expect("JSON");
    assert_eq!(&serde_json::from_slice::<T>(&text).expect("what was written"), value);
}

fn packed<T: Stored>(value: &T) {
    let bytes = rmp_serde::to_vec(value).expect("MessagePack");
    assert_eq!(&rmp_serde::from_slice::<T>(&bytes).expect("what was written"), value);
}

fn card<T: Stored>(value: &T) {
    let bytes = postcard::to_allocvec(value).expect("postcard");
    assert_eq!(&postcard::from_bytes::<T>(&bytes).expect("what was written"), value);
}
