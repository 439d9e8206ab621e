//! Read Postfix queue files and live spools: zero-copy, no `unsafe`, no panic on hostile bytes.
//!
//! ```
//! # let file = b"T\x0a1700000000S\x11alice@example.orgR\x0fbob@example.comO\x01xR\x0fcat@example.comM\0N\0X\0E\0";
//! let mail = postfix_queuefile::Envelope::parse(file)?;
//! assert_eq!(mail.sender(), Some(&b"alice@example.org"[..]));
//! assert_eq!(mail.recipients().filter(|r| r.is_pending()).count(), 2);
//! # Ok::<(), postfix_queuefile::Error>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod attribute;
mod dsn;
mod envelope;
mod error;
#[cfg(feature = "alloc")]
mod join;
pub mod limits;
mod log;
mod message;
mod number;
mod parts;
mod path;
mod queue_id;
#[cfg(feature = "alloc")]
mod quote;
mod recipient;
mod record;
mod records;
mod scan;
mod size;
mod timestamp;
mod walk;
mod warning;

pub use attribute::Attributes;
pub use dsn::{Notify, Return};
pub use envelope::{DelayWarning, Envelope, Warnings};
pub use error::{Error, ErrorKind};
#[cfg(feature = "alloc")]
pub use join::{Joined, JoinedRecipient};
pub use log::{DeferLog, LogEntry, LogKind};
#[cfg(feature = "alloc")]
pub use message::Lines;
#[cfg(feature = "std")]
pub use message::MessageReader;
pub use message::{Message, Part, Text, Texts, message};
pub use parts::{MAX_PIECES, Parts};
pub use queue_id::QueueId;
#[cfg(feature = "alloc")]
pub use quote::quote;
pub use recipient::{Recipient, RecipientState, Recipients};
pub use record::{Record, RecordType, Segment};
pub use records::{Records, records};
pub use size::{SendOptions, SizeRecord};
pub use timestamp::Timestamp;
pub use walk::{Walk, walk};
pub use warning::{Warning, WarningKind};

/// The length of `bytes`; a slice never holds more than `u64` counts.
fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
