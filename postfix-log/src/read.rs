//! Logs from files, streams and what wraps them.
//!
//! [`LogReader`](crate::LogReader) reads a stream in fixed memory, [`Follow`] a file that grows and is rotated,
//! and [`Splitter`] takes a log in chunks, from wherever it comes. All three give [`LogLine`](crate::LogLine)s:
//! messages already taken out of journal and container JSON.

#[cfg(feature = "alloc")]
mod cutter;
#[cfg(all(feature = "std", unix))]
pub(crate) mod follow;
#[cfg(feature = "alloc")]
mod json;
#[cfg(feature = "std")]
pub(crate) mod reader;
#[cfg(feature = "alloc")]
pub(crate) mod splitter;
mod unread;
#[cfg(feature = "alloc")]
mod unwrap;

#[cfg(all(feature = "std", unix))]
pub use self::follow::{Checkpoint, Follow};
#[cfg(feature = "alloc")]
pub use self::splitter::Splitter;
pub use self::unread::unread_form;
