//! Per-message logs: what became of each recipient in the latest delivery attempts.
//!
//! Beside a message in the queue, Postfix keeps up to three text files with the queue id as their name: in `defer` why
//! recipients were put off, in `bounce` why recipients failed, and in `trace` what a sender asked to be told. The
//! bounce(8) daemon writes them (`src/global/bounce_log.c`), and removes them once it has notified the sender.
//!
//! [`BounceLog`] gives the entries of one file. [`join`] gives each recipient of an envelope with its deferral and its
//! failure. [`Logs`](crate::spool::Logs) finds the files in a spool.

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

/// The entries of a per-message log: a file in `defer`, `bounce` or `trace`.
///
/// Reads the form that Postfix writes since 2.1, the older one-line form, and files with both, by the rules of
/// Postfix's own reader (`bounce_log.c`): lines that do not parse are passed over, and a last entry without an empty line
/// after it is dropped, as it may be half written.
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

/// Which of the three logs it is. It decides the status and the action of entries that have none.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "Postfix has had these three since 2.1")]
pub enum BounceKind {
    /// The file in `defer`: recipients that were put off.
    Defer,
    /// The file in `bounce`: recipients that failed.
    Bounce,
    /// The file in `trace`: recipients to be reported on (`sendmail -v`, `sendmail -bv`, NOTIFY=SUCCESS).
    Trace,
}

impl<'a> BounceLog<'a> {
    /// Reads the text of a log. Any bytes are a log, perhaps one without entries.
    #[must_use]
    pub const fn parse(file: &'a [u8], kind: BounceKind) -> Self {
        Self { kind, rest: file, at: 0 }
    }

    /// The entries from `place` on, where one begins.
    #[cfg(feature = "alloc")]
    fn starting(file: &'a [u8], kind: BounceKind, place: u32) -> Self {
        let rest = usize::try_from(place).ok().and_then(|place| file.get(place..));
        Self { kind, rest: rest.unwrap_or_default(), at: u64::from(place) }
    }

    /// What has not been read. At the end of the iteration it is the last entry if that has no empty line after it: an
    /// entry that is being written, or was cut.
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }

    /// The byte offset of [`remainder`](Self::remainder) in the file.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.at
    }
}

impl<'a> Iterator for BounceLog<'a> {
    type Item = BounceEntry<'a>;

    fn next(&mut self) -> Option<BounceEntry<'a>> {
        let mut entry = BounceEntry::new(self.kind);
        let (mut rest, mut at, mut found) = (self.rest, self.at, false);
        loop {
            // The reader of Postfix takes a last line without a newline for a line, but then there is no empty one.
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
