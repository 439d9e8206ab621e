//! Reads logs from files and streams, whatever wraps their lines.
//!
//! [`LogReader`](crate::LogReader) reads a stream in fixed memory, [`Follow`] reads a file that grows and is rotated,
//! and [`Splitter`] takes a log in chunks from any source. All three return [`LogLine`](crate::LogLine)s: messages
//! already taken out of the JSON of journals and containers. [`parts`] cuts a log in memory for several threads.

#[cfg(feature = "alloc")]
mod cutter;
#[cfg(all(feature = "std", unix))]
pub(crate) mod follow;
#[cfg(feature = "alloc")]
mod json;
mod parts;
#[cfg(feature = "std")]
pub(crate) mod reader;
#[cfg(feature = "alloc")]
pub(crate) mod splitter;
mod unread;
#[cfg(feature = "alloc")]
mod unwrap;

#[cfg(all(feature = "std", unix))]
pub use self::follow::{Checkpoint, Follow};
pub use self::parts::parts;
#[cfg(feature = "alloc")]
pub use self::splitter::Splitter;
pub use self::unread::unread_form;
