//! Bounded lists of the most frequent keys, which may consist of several words.

use std::time::Duration;

use postfix_qshape::{Buckets, TopShape};

/// Messages and bytes.
pub type Amount = (u64, u64);

/// The number of keys that are counted exactly. Beyond twice as many, rare ones are summed up.
const KEPT: usize = 50_000;

/// Keys and their counts, in bounded memory.
pub type Tops = TopShape<Vec<u8>, Amount>;

/// An empty list.
pub fn tops() -> anyhow::Result<Tops> {
    Ok(Tops::new(Buckets::linear(Duration::from_secs(1), 1)?, KEPT)?)
}

/// Counts a key.
pub fn count(tops: &mut Tops, key: &[u8], amount: Amount) {
    tops.extend_ref([(key, Duration::ZERO, amount)]);
}

/// Joins several words into one key with NUL, which log text does not contain.
pub fn key(words: &[&[u8]]) -> Vec<u8> {
    words.join(&0)
}

/// The words of a key.
pub fn words(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    key.split(|&byte| byte == 0)
}

/// Each key with its messages and bytes, the most messages first.
pub fn rows(tops: &Tops) -> impl Iterator<Item = (&[u8], Amount)> {
    tops.rows().map(|row| (row.key().as_slice(), row.total()))
}
