//! The recipients of a message.

use core::iter::FusedIterator;

use crate::envelope::attribute;
use crate::envelope::notify::Notify;
use crate::pieces::Pieces;
use crate::record::{Record, RecordType};
use crate::route::Route;
use crate::words::words;

/// The state of a recipient.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "one for each of Postfix's three record types")]
pub enum RecipientState {
    /// The message is still to be delivered to the recipient.
    Pending,
    /// The message was delivered to the recipient, was bounced, or is otherwise finished.
    Done,
    /// A Milter removed the recipient.
    Canceled,
}

words! {
    RecipientState { Pending => "pending", Done => "done", Canceled => "canceled" }
}

impl RecipientState {
    pub(crate) const fn of(kind: RecordType) -> Option<Self> {
        match kind {
            RecordType::RCPT => Some(Self::Pending),
            RecordType::DONE => Some(Self::Done),
            RecordType::CANCELED => Some(Self::Canceled),
            _ => None,
        }
    }
}

/// A recipient: its record, and the records before it that belong to it.
///
/// Texts are what Postfix reads, which is everything up to the first NUL byte. [`record`](Self::record) has all bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recipient<'a> {
    record: Record<'a>,
    state: RecipientState,
    orig_address: Option<&'a [u8]>,
    dsn_orig_address: Option<&'a [u8]>,
    notify: Notify,
}

impl<'a> Recipient<'a> {
    /// The address in Postfix's internal form, without quotes or angle brackets. It may be empty in `maildrop`.
    #[must_use]
    pub fn address(&self) -> &'a [u8] {
        self.record.text()
    }

    /// The address before rewriting and alias expansion. `None` when the file does not have it.
    #[must_use]
    pub const fn orig_address(&self) -> Option<&'a [u8]> {
        self.orig_address
    }

    /// The original recipient of delivery status notifications (ORCPT of RFC 3461), `type;address`, decoded. Postfix adds it
    /// where the client did not send one.
    #[must_use]
    pub const fn dsn_orig_address(&self) -> Option<&'a [u8]> {
        self.dsn_orig_address
    }

    /// The events that the sender is notified of (NOTIFY of RFC 3461).
    #[must_use]
    pub const fn notify(&self) -> Notify {
        self.notify
    }

    /// Whether the recipient is pending, done or canceled.
    #[must_use]
    pub const fn state(&self) -> RecipientState {
        self.state
    }

    /// Whether the message is still to be delivered to the recipient.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, RecipientState::Pending)
    }

    /// The offset of the recipient record in the file. The queue manager and the logs of deferrals identify the recipient by it.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.record.offset()
    }

    /// The record of the recipient.
    #[must_use]
    pub const fn record(&self) -> Record<'a> {
        self.record
    }
}

/// Iterator over the recipients of an envelope in Postfix's order, in which those of the extracted segment come last. Made by
/// [`Envelope::recipients`](crate::Envelope::recipients).
#[derive(Clone, Debug)]
pub struct Recipients<'a> {
    parts: Pieces<'a>,
    path: Route,
    left: u64,
}

impl<'a> Recipients<'a> {
    pub(crate) const fn new(parts: Pieces<'a>, path: Route, count: u64) -> Self {
        Self { parts, path, left: count }
    }
}

impl<'a> Iterator for Recipients<'a> {
    type Item = Recipient<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.left.checked_sub(1)?;
        let (mut orig_address, mut dsn_orig_address, mut notify) = (None, None, Notify::default());
        loop {
            let (_, record) = self.path.next(&self.parts)?.ok()?;
            if let Some(state) = RecipientState::of(record.kind()) {
                self.left = left;
                return Some(Recipient { record, state, orig_address, dsn_orig_address, notify });
            }
            match attribute::meaning(&record) {
                Some((RecordType::ORIG_RCPT, text)) => orig_address = Some(text),
                Some((RecordType::DSN_ORIG_RCPT, text)) => dsn_orig_address = Some(text),
                Some((RecordType::DSN_NOTIFY, text)) => {
                    notify = Notify::parse(text).unwrap_or_default()
                }
                _ => {}
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}

impl FusedIterator for Recipients<'_> {}
