//! Maps of what log lines name, which are asked several times for each line. Their hashes have a secret part, so that
//! whoever writes the lines cannot choose where they fall, but take less time than those of the standard library.

pub use foldhash::quality::RandomState;

/// A map with such hashes.
pub type Map<K, V> = hashbrown::HashMap<K, V, RandomState>;

/// A set with such hashes.
pub type Set<K> = hashbrown::HashSet<K, RandomState>;
