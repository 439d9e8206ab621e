//! What the laws of stored forms share: JSON, MessagePack without names, and postcard.

use std::fmt::Debug;

use arbitrary::{Arbitrary, Unstructured};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be stored, and compared with what comes back.
pub trait Stored: Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Stored for T {}

/// A value made from the data comes back from each format. Any data are read by each format or refused, and a value that
/// was read comes back, too.
pub fn stored<T: Stored + for<'a> Arbitrary<'a>>(data: &[u8]) {
    if let Ok(value) = T::arbitrary(&mut Unstructured::new(data)) {
        comes_back(&value);
    }
    read::<T>(data);
}

/// Any data are read by each format or refused, and a value that was read comes back.
pub fn read<T: Stored>(data: &[u8]) {
    let json = serde_json::from_slice::<T>(data).ok();
    let packed = rmp_serde::from_slice::<T>(data).ok();
    let card = postcard::from_bytes::<T>(data).ok();
    for value in [json, packed, card].iter().flatten() {
        comes_back(value);
    }
}

/// The value comes back from each format.
pub fn comes_back<T: Stored>(value: &T) {
    let json = serde_json::to_vec(value).expect("JSON");
    let back = serde_json::from_slice::<T>(&json);
    assert_eq!(&back.expect("the JSON that was written"), value);
    let packed = rmp_serde::to_vec(value).expect("MessagePack");
    let back = rmp_serde::from_slice::<T>(&packed);
    assert_eq!(&back.expect("the MessagePack that was written"), value);
    let card = postcard::to_allocvec(value).expect("postcard");
    let back = postcard::from_bytes::<T>(&card);
    assert_eq!(&back.expect("the postcard that was written"), value);
}
