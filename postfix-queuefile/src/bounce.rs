//! The logs of a message, which say what became of each recipient in the latest delivery attempts.
//!
//! Postfix keeps up to three text files for a message in the queue, each with the queue id as its name: the file in `defer`
//! says why recipients were deferred, the one in `bounce` why recipients failed, and the one in `trace` what the sender asked
//! to be told. The daemon bounce(8) writes them (`src/global/bounce_log.c`), and removes them after it has notified the sender.
//!
//! [`BounceLog`] reads the entries of one file. `join` combines each recipient of an envelope with its deferral and its
//! failure. `spool::Logs` finds the files in a spool.

mod entry;
#[cfg(feature = "alloc")]
mod index;
#[cfg(feature = "alloc")]
mod join;
#[cfg(feature = "alloc")]
mod quote;

use core::iter::FusedIterator;

pub use entry::BounceEntry;
#[cfg(feature = "alloc")]
pub use join::{Joined, JoinedRecipient, join};
#[cfg(feature = "alloc")]
pub use quote::quote;

/// Iterator over the entries of a log: a file in `defer`, `bounce` or `trace`.
///
/// It reads the form that Postfix has written since 2.1, the older form of one line, and files that have both, by the rules of
/// Postfix's own reader (`bounce_log.c`). Lines that cannot be read are skipped. A last entry that no empty line follows is
/// dropped, since it may not be fully written.
///
/// ```
/// use postfix_queuefile::bounce::{BounceKind, BounceLog};
///
/// let log = b"\n<bob@example.com>: mailbox full\nrecipient=bob@example.com\noffset=321\nstatus=4.2.2\n\
///             action=delayed\nreason=mailbox full\n\n";
/// let entry = BounceLog::parse(log, BounceKind::Defer).next().unwrap();
/// assert_eq!(entry.recipient(), Some(&b"bob@example.com"[..]));
/// assert_eq!(entry.offset(), Some(321));
/// assert_eq!(entry.status(), b"4.2.2");
/// assert_eq!(entry.reason(), Some(&b"mailbox full"[..]));
/// ```
#[derive(Clone, Debug)]
pub struct BounceLog<'a> {
    kind: BounceKind,
    rest: &'a [u8],
    at: u64,
}

/// The kind of a log. It decides the status and the action of entries that have none.
///
/// ```
/// use postfix_queuefile::bounce::{BounceKind, BounceLog};
///
/// // An entry without a status of its own.
/// let log = b"<bob@example.com>: mailbox full\nrecipient=bob@example.com\nreason=mailbox full\n\n";
/// let status = |kind| BounceLog::parse(log, kind).next().map(|entry| entry.status());
/// assert_eq!(status(BounceKind::Defer), Some(&b"4.0.0"[..]));
/// assert_eq!(status(BounceKind::Bounce), Some(&b"5.0.0"[..]));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "Postfix has had these three since 2.1")]
pub enum BounceKind {
    /// The log in `defer`, with recipients that were deferred.
    Defer,
    /// The log in `bounce`, with recipients that failed.
    Bounce,
    /// The log in `trace`, with recipients to be reported to the sender (`sendmail -v`, `sendmail -bv`, NOTIFY=SUCCESS).
    Trace,
}

impl<'a> BounceLog<'a> {
    /// Iterates over the entries of a log. Any bytes are accepted; they may have no entries.
    #[must_use]
    pub const fn parse(file: &'a [u8], kind: BounceKind) -> Self {
        Self { kind, rest: file, at: 0 }
    }

    /// Iterates over the entries from the offset `place` on, at which an entry begins.
    #[cfg(feature = "alloc")]
    fn starting(file: &'a [u8], kind: BounceKind, place: u32) -> Self {
        let rest = usize::try_from(place).ok().and_then(|place| file.get(place..));
        Self { kind, rest: rest.unwrap_or_default(), at: u64::from(place) }
    }

    /// The part of the file that has not been read. At the end of the iteration, this is a last entry that no empty line follows,
    /// because it is being written or was cut.
    ///
    /// ```
    /// use postfix_queuefile::bounce::{BounceKind, BounceLog};
    ///
    /// // bounce(8) is writing the second entry.
    /// let log = b"recipient=a@x\nreason=down\n\nrecipient=b@y\nrea";
    /// let mut entries = BounceLog::parse(log, BounceKind::Defer);
    /// assert_eq!(entries.by_ref().count(), 1);
    /// assert_eq!(entries.remainder(), b"recipient=b@y\nrea");
    /// ```
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }

    /// The byte offset of [`remainder`](Self::remainder) in the file.
    #[cfg(feature = "alloc")]
    pub(crate) const fn position(&self) -> u64 {
        self.at
    }
}

impl<'a> Iterator for BounceLog<'a> {
    type Item = BounceEntry<'a>;

    fn next(&mut self) -> Option<BounceEntry<'a>> {
        let mut entry = BounceEntry::new(self.kind);
        let (mut rest, mut at, mut found) = (self.rest, self.at, false);
        loop {
            // Postfix's reader accepts a last line without a newline, but no empty line follows it.
            let end = crate::cstring::find(b'\n', rest)?;
            let (line, tail) = rest.split_at_checked(end)?;
            let next = at.saturating_add(crate::cstring::len(line)).saturating_add(1);
            rest = tail.get(1..)?;
            let text = crate::cstring::until_nul(line);
            if !text.is_empty() {
                if !found {
                    entry.start_at(at);
                    found = true;
                }
                entry.line(text);
            } else if found {
                (self.rest, self.at) = (rest, next);
                return Some(entry);
            } else {
                (self.rest, self.at) = (rest, next);
            }
            at = next;
        }
    }
}

impl FusedIterator for BounceLog<'_> {}
