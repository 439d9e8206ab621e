//! Logs from files, streams and what wraps them.
//!
//! [`LogReader`](crate::LogReader) reads a stream in fixed memory, and [`Follow`] a file that grows and
//! is rotated. Both take messages out of journal and container JSON.

#[cfg(all(feature = "std", unix))]
pub(crate) mod follow;
#[cfg(feature = "alloc")]
pub(crate) mod json;
#[cfg(feature = "std")]
pub(crate) mod reader;
#[cfg(feature = "alloc")]
pub(crate) mod unwrap;

#[cfg(all(feature = "std", unix))]
pub use self::follow::{Checkpoint, Follow};
#[cfg(feature = "std")]
pub use self::reader::LineReader;
#[cfg(feature = "alloc")]
pub use self::unwrap::{RawLine, Unwrapper};
pub use crate::header::frame::Form;
