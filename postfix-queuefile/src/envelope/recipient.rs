//! Recipients, with what the file says about each.

use core::iter::FusedIterator;

use crate::envelope::attribute;
use crate::envelope::notify::Notify;
use crate::pieces::Pieces;
use crate::record::{Record, RecordType};
use crate::route::Route;
use crate::words::words;

/// What has become of a recipient.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "one for each of Postfix's three record types")]
pub enum RecipientState {
    /// Still to be served.
    Pending,
    /// Delivered, bounced, or otherwise finished.
    Done,
    /// Removed by a Milter.
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

/// One recipient record and the records before it that belong to it.
///
/// Texts are what Postfix sees: up to the first NUL byte. [`record`](Self::record) has all bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recipient<'a> {
    record: Record<'a>,
    state: RecipientState,
    orig_address: Option<&'a [u8]>,
    dsn_orig_address: Option<&'a [u8]>,
    notify: Notify,
}

impl<'a> Recipient<'a> {
    /// The address: raw internal form, neither quoted nor bracketed. Empty is legal in `maildrop`.
    #[must_use]
    pub fn address(&self) -> &'a [u8] {
        self.record.text()
    }

    /// The address before rewriting and alias expansion, if the file has it.
    #[must_use]
    pub const fn orig_address(&self) -> Option<&'a [u8]> {
        self.orig_address
    }

    /// The ORCPT value, `type;address`, decoded. Present also where no client sent one.
    #[must_use]
    pub const fn dsn_orig_address(&self) -> Option<&'a [u8]> {
        self.dsn_orig_address
    }

    /// When to notify the sender.
    #[must_use]
    pub const fn notify(&self) -> Notify {
        self.notify
    }

    /// What has become of the recipient.
    #[must_use]
    pub const fn state(&self) -> RecipientState {
        self.state
    }

    /// Whether the recipient is still to be served.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, RecipientState::Pending)
    }

    /// The offset of the recipient record, by which the queue manager and the defer log know the recipient.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.record.offset()
    }

    /// The recipient record.
    #[must_use]
    pub const fn record(&self) -> Record<'a> {
        self.record
    }
}

/// Iterator over the recipients of an envelope in Postfix's order, those of the extracted segment last. Made by
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
