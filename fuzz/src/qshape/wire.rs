//! The law of the stored form.

use std::hash::Hash;

use arbitrary::{Arbitrary, Unstructured};
use postfix_qshape::wire::WireKey;
use postfix_qshape::{Measure, Name, Quantiles, Shape, TopShape};

use super::shape::fill;
use super::stream::{self, Classes};

/// Any bytes load or give a typed error with an offset inside them, and what loads saves to the same bytes. On the second
/// try the checksum is corrected, so that the rest is examined.
pub fn wire(data: &[u8]) {
    let mut sealed = data.to_vec();
    sealed.extend_from_slice(&crc32(data).to_le_bytes());
    for bytes in [data, &sealed] {
        exact::<Vec<u8>, u64>(bytes);
        exact::<String, u64>(bytes);
        exact::<u16, u64>(bytes);
        exact::<(Vec<u8>, u8), (u64, u64)>(bytes);
        bounded::<u64>(bytes);
        bounded::<(u64, u64)>(bytes);
        match Quantiles::<Name>::from_bytes(bytes) {
            Ok(quantiles) => {
                assert_eq!(quantiles.to_bytes(), bytes);
                assert!(quantiles.keys().all(|key| quantiles.quantile(key, 0.5).is_some()));
            }
            Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
        }
    }
    saved(data);
}

fn bounded<C: Measure>(bytes: &[u8]) {
    match TopShape::<Name, C>::from_bytes(bytes) {
        Ok(top) => assert_eq!(top.to_bytes(), bytes),
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
}

fn exact<K: WireKey + Hash + Eq, C: Measure>(bytes: &[u8]) {
    match Shape::<K, C>::from_bytes(bytes) {
        Ok(shape) => {
            assert_eq!(shape.to_bytes(), bytes);
            assert!(shape.iter().all(|row| row.counts().len() == shape.buckets().len()));
        }
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
}

/// A saved shape loads as an equal shape. With any one byte changed or removed it does not load.
fn saved(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok(place) = u.arbitrary::<u16>() else { return };
    let Ok(items) = stream::items(&mut u, &classes) else { return };
    let shape = fill(&classes, &items);
    let mut bytes = shape.to_bytes();
    assert_eq!(Shape::<Name>::from_bytes(&bytes).expect("what was saved loads"), shape);
    let place = usize::from(place) % bytes.len();
    assert!(Shape::<Name>::from_bytes(&bytes[..place]).is_err(), "a cut state loads");
    bytes[place] ^= 1 << (place % 8);
    assert!(Shape::<Name>::from_bytes(&bytes).is_err(), "a damaged state loads");
}

/// CRC-32 bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    !crc
}
