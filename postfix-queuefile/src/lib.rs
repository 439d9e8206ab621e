//! Read Postfix queue files and live spools: zero-copy, no `unsafe`, no panic on hostile bytes.
//!
//! ```
//! let mail = postfix_queuefile::Envelope::parse(include_bytes!("../tests/data/partial-delivery.qf"))?;
//! assert_eq!(mail.recipients().count(), 6);
//! assert_eq!(mail.recipients().filter(|recipient| recipient.is_pending()).count(), 3);
//! assert_eq!(mail.attribute(b"log_protocol_name"), Some(&b"ESMTP"[..]));
//! # Ok::<(), postfix_queuefile::Error>(())
//! ```
//!
//! # From bytes to entry
//!
//! 1. [`Record`]: a type, a length, data. [`records`] gives them in file order, [`walk`] in Postfix's order, along the
//!    pointers that editing by Milters leaves behind; [`RecordReader`] does both for files larger than memory.
//! 2. [`Envelope`]: sender, recipients, times, attributes, checked once and borrowed from the file. Strict reading
//!    fails where the queue manager would; lenient reading tells what can be told, with [`Warning`]s. [`message`] is the
//!    content between its two halves.
//! 3. [`bounce`]: why recipients wait or failed; [`bounce::join`] gives each recipient with what its logs say.
//! 4. [`Entry`]: a file with its [`QueueId`] and place, from a [`Spool`] that is read while Postfix works in it.
//!
//! # Hostile input
//!
//! Any bytes give a value or an [`Error`] with the offset of the record at fault. Nothing is allocated because the input
//! says so, nothing recurses, and a loop of pointers ends where it closes. The bounds are in [`limits`].
//! Reading an envelope takes a time in proportion to its records: [`Envelope::parse`] reads each of them twice at most, a
//! [`Spool`], which fetches files in pieces of doubling size, four times, and each iterator over the envelope once more.
//! Envelopes and logs allocate nothing; [`bounce::join`] keeps at most three times the length of the logs, an [`Entry`] its file up to
//! 64 MiB without the message's text.
//! Texts are bytes as they are in the file: escape them before they reach a terminal.
//!
//! # Not here
//!
//! Writing into a live queue, and what is inside a message: its header fields and its MIME parts. [`Encoder`] makes
//! files for tests.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | [`Spool`] (on Unix), readers, [`RecordReader`] |
//! | `alloc` | with `std` | what owns memory: [`bounce::join`], [`config::MainCf`], [`Encoder`], lines, owned forms |
//! | `bytes` | | `SharedRecord`: a record that keeps its file alive |
//! | `chrono` | | `Timestamp::to_utc` |
//! | `serde` | | `Serialize` for what is read, `Deserialize` for what is owned |
//! | `parallel` | | a spool read by several threads |
//! | `arbitrary` | | `Arbitrary` for every type that is data |
//!
//! Without `Arbitrary` are iterators, readers, the [`Encoder`], a [`Spool`] and its entries, and errors of the
//! operating system: they come of their sources, of directories and of files, and are no data.
//!
//! Without `std` and `alloc` records, walks, envelopes, logs and queue ids are read all the same.
#![forbid(unsafe_code)]
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod bounce;
#[cfg(feature = "alloc")]
pub mod build;
#[cfg(feature = "alloc")]
pub mod config;
pub mod content;
mod cstring;
pub mod envelope;
mod error;
pub mod escape;
pub mod limits;
mod pieces;
mod queue;
mod queue_id;
mod record;
mod records;
mod route;
#[cfg(all(feature = "std", unix))]
pub mod spool;
pub mod stream;
mod timestamp;
mod words;

pub use content::{Message, message};
pub use envelope::{Attributes, Envelope, Recipient, RecipientState, Recipients};
pub use error::{Error, ErrorKind};
pub use queue::Queue;
pub use queue_id::QueueId;
pub use record::{Record, RecordType, Segment};
pub use records::{Records, Walk, records, walk};
#[cfg(all(feature = "std", unix))]
pub use spool::{Entries, Entry, Spool};
pub use timestamp::Timestamp;

/// The programs of the README, compiled.
#[cfg(all(doctest, feature = "std", unix))]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
