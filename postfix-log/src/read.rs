//! Reads logs from files and streams, whatever wraps their lines.
//!
//! [`LogReader`] reads a stream in fixed memory, [`Follow`] reads a file that grows and is rotated,
//! and [`Splitter`] takes a log in chunks from any source. All three return [`LogLine`](crate::LogLine)s: messages
//! already taken out of the JSON of journals and containers. [`parts`] cuts a log in memory for several
//! threads, and [`Block`] is what they take from a stream.
#![cfg_attr(feature = "std", doc = "\n\n[`LogReader`]: crate::LogReader")]
#![cfg_attr(
    not(feature = "std"),
    doc = "\n\n[`LogReader`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LogReader.html"
)]
#![cfg_attr(
    not(feature = "std"),
    doc = "\n\n[`Block`]: https://docs.rs/postfix-log/latest/postfix_log/read/struct.Block.html"
)]
#![cfg_attr(
    not(all(feature = "std", unix)),
    doc = "\n\n[`Follow`]: https://docs.rs/postfix-log/latest/postfix_log/read/struct.Follow.html"
)]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`Splitter`]: https://docs.rs/postfix-log/latest/postfix_log/read/struct.Splitter.html"
)]

#[cfg(feature = "std")]
mod block;
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

#[cfg(feature = "std")]
pub use self::block::Block;
#[cfg(all(feature = "std", unix))]
pub use self::follow::{Checkpoint, Follow};
pub use self::parts::parts;
#[cfg(feature = "alloc")]
pub use self::splitter::Splitter;
pub use self::unread::unread_form;
