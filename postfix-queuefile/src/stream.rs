//! Reading files that are not fully in memory, and records that share the memory of their file.
//!
//! `RecordReader` reads the records of a file of any size, one at a time. [`Pieces`] holds some ranges of a file;
//! [`Envelope::parse_pieces`](crate::Envelope::parse_pieces) reads the envelope from them and says which bytes it needs next.
//! `SharedRecord` (feature `bytes`) is a record that keeps its file alive.

#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "bytes")]
pub(crate) mod shared;

#[cfg(feature = "std")]
pub use self::reader::{ReadError, RecordReader};
#[cfg(feature = "bytes")]
pub use self::shared::SharedRecord;
pub use crate::pieces::Pieces;
