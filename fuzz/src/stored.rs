//! What the laws of stored forms share: JSON, MessagePack without names, and postcard.

use std::fmt::Debug;

use arbitrary::{Arbitrary, Unstructured};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be stored, and compared with what comes back.
pub trait Stored: Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Stored for T {}

/// A value made from the data comes back from each format. Any data are read by each format or refused, and a value that
/// was read from a format comes back from it.
pub fn stored<T: Stored + for<'a> Arbitrary<'a>>(data: &[u8]) {
    if let Ok(value) = T::arbitrary(&mut Unstructured::new(data)) {
        comes_back(&value);
    }
    read::<T>(data);
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

/// The value comes back from each format.
pub fn comes_back<T: Stored>(value: &T) {
    json(value);
    packed(value);
    card(value);
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
