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
//!    pointers that editing by Milters leaves behind.
//! 2. [`Envelope`]: sender, recipients, times, attributes, checked once and borrowed from the file. Strict reading
//!    fails where the queue manager would; lenient reading tells what can be told, with warnings. [`message`] is the
//!    content between its two halves.
//! 3. [`Entry`]: a file with its [`QueueId`] and place, from a [`Spool`] that is read while Postfix works in it.
//!
//! # Rooms
//!
//! What most programs need is here at the root. Everything else is in the module that is named for it:
//!
//! | module | what is in it |
//! |---|---|
//! | [`envelope`] | what an envelope says in detail: the client and its login, the size record, delivery status notifications, warnings, owned forms |
//! | [`spool`] | what a scan tells besides entries: files passed over, errors, reports, names, logs |
//! | [`bounce`] | why recipients wait or failed: the files in `defer`, `bounce` and `trace`, and recipients beside them |
//! | [`config`] | `main.cf`, and the times of retries and expiry |
//! | [`content`] | the lines of a message |
//! | [`stream`] | files that are not in memory as a whole |
//! | [`build`] | queue files for tests |
//! | [`escape`] | odd bytes as text |
//! | [`limits`] | all bounds |
//!
//! # Hostile input
//!
//! Any bytes give a value or an [`Error`] with the offset of the record at fault. Nothing is allocated because the input
//! says so, nothing in a queue file makes the crate recurse, and a loop of pointers ends where it closes. The bounds are
//! in [`limits`].
//! Reading an envelope takes a time in proportion to its records: [`Envelope::parse`] reads each of them twice at most, a
//! [`Spool`], which fetches files in pieces of doubling size, four times, and each iterator over the envelope once more.
//! Envelopes and logs allocate nothing; [`bounce::join`] keeps at most three times the length of the logs, and an [`Entry`]
//! its file up to 64 MiB without the message's text.
//! Texts are bytes as they are in the file: print them with [`escape::Escaped`].
//!
//! # Not here
//!
//! Writing into a live queue, and what is inside a message: its header fields and its MIME parts.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | [`Spool`] (on Unix), readers |
//! | `alloc` | with `std` | what owns memory: [`bounce::join`], [`config`], [`build`], lines, owned forms |
//! | `bytes` | | `SharedRecord`: a record that keeps its file alive |
//! | `chrono` | | `Timestamp::to_utc` |
//! | `serde` | | `Serialize` for what is read, `Deserialize` for what is owned |
//! | `parallel` | | a spool read by several threads |
//! | `arbitrary` | | `Arbitrary` for every type that is data |
//!
//! Iterators, readers, the encoder, a [`Spool`] and its entries, and errors of the operating system do not implement
//! `Arbitrary`.
//!
//! Without `std` and `alloc` records, walks, envelopes, logs and queue ids are read all the same.
#![forbid(unsafe_code)]
#![warn(clippy::must_use_candidate)]
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
