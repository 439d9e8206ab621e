//! Files that are not in memory as a whole: read as a stream, in pieces, or shared.
//!
//! [`RecordReader`] reads the records of a file of any size, one at a time. [`Pieces`] is a file of which only some ranges
//! are in memory; [`Envelope::parse_pieces`](crate::Envelope::parse_pieces) reads its envelope and says which bytes it
//! needs next. `SharedRecord` (feature `bytes`) is a record that keeps its file alive.

#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "bytes")]
pub(crate) mod shared;

#[cfg(feature = "std")]
pub use self::reader::{ReadError, RecordReader};
#[cfg(feature = "bytes")]
pub use self::shared::SharedRecord;
pub use crate::pieces::Pieces;
