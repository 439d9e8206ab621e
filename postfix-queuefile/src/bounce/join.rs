//! Combining the recipients of an envelope with the entries of the logs of deferrals and of failures.

use alloc::vec::Vec;
use core::iter::FusedIterator;

use crate::bounce::index::Index;
use crate::bounce::{BounceEntry, BounceKind, BounceLog, quote};
use crate::envelope::recipient::{Recipient, RecipientState, Recipients};

/// Combines each recipient with its deferral and its failure, in the order of the envelope. `defer` and `bounce` are the
/// contents of the message's files in `defer` and `bounce`, and empty where there is no such file.
///
/// An entry belongs to the recipient whose record is at the offset that the entry states. An entry without an offset, or with
/// an offset at which there is no recipient, belongs to every recipient that has its address. Of several entries with the same
/// offset and the same address, the last one counts. showq(8) compares addresses only. That is why it lists some recipients
/// twice (after alias expansion or rewriting, or with more entries than `duplicate_filter_limit`) and others not at all (when
/// two recipients have one address).
///
/// Each log is read once, and the envelope is read once more if the logs have entries. The join allocates memory for the
/// entries of the logs, up to three times the length of both logs, and none for the recipients, which are read one by one. Of a
/// log that is larger than [`MAX_JOINED_LOG`](crate::limits::MAX_JOINED_LOG), only the start counts.
///
/// ```
/// use postfix_queuefile::{Envelope, bounce};
///
/// let file = include_bytes!("../../tests/data/partial-delivery.qf");
/// let mail = Envelope::parse(file)?;
/// let offset = mail.recipients().find(|recipient| recipient.is_pending()).unwrap().offset();
/// let defer = format!("recipient=somebody@example.com\noffset={offset}\nstatus=4.2.2\nreason=mailbox full\n\n");
/// let waiting = bounce::join(mail.recipients(), defer.as_bytes(), b"").filter(|each| each.is_waiting());
/// let reasons: Vec<_> = waiting.map(|each| each.delay().and_then(|entry| entry.reason())).collect();
/// assert_eq!(reasons, [Some(&b"mailbox full"[..]), None, None]);
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[must_use]
pub fn join<'a>(recipients: Recipients<'a>, defer: &'a [u8], bounce: &'a [u8]) -> Joined<'a> {
    let defer = Index::new(defer, BounceKind::Defer, &recipients);
    let bounce = Index::new(bounce, BounceKind::Bounce, &recipients);
    Joined { all: recipients.clone(), recipients, defer, bounce }
}

/// Iterator over recipients with their log entries. Made by [`join`].
#[derive(Clone, Debug)]
pub struct Joined<'a> {
    all: Recipients<'a>,
    recipients: Recipients<'a>,
    defer: Index<'a>,
    bounce: Index<'a>,
}

/// A recipient with its log entries. Made by [`join`].
#[derive(Clone, Debug)]
pub struct JoinedRecipient<'a> {
    recipient: Recipient<'a>,
    delay: Option<BounceEntry<'a>>,
    failure: Option<BounceEntry<'a>>,
    defer: &'a [u8],
    /// The offsets of the log entries for the addresses that the recipient was expanded to.
    expanded: Vec<u32>,
}

impl<'a> Joined<'a> {
    /// All entries that belong to no recipient of the envelope, because they have no address or one that the envelope does not
    /// have. Deferrals come first, and the entries of each log are in its order. The result does not depend on how far the
    /// iterator has advanced. Each call reads the logs and the envelope again.
    pub fn unmatched(&self) -> impl Iterator<Item = BounceEntry<'a>> {
        self.defer.unmatched(&self.all).chain(self.bounce.unmatched(&self.all))
    }
}

impl<'a> Iterator for Joined<'a> {
    type Item = JoinedRecipient<'a>;

    fn next(&mut self) -> Option<JoinedRecipient<'a>> {
        let recipient = self.recipients.next()?;
        let (mut delay, mut failure, mut expanded) = (None, None, Vec::new());
        if !(self.defer.is_empty() && self.bounce.is_empty()) {
            let address = quote(recipient.address());
            delay = self.defer.entry(&recipient, &address);
            failure = self.bounce.entry(&recipient, &address);
            expanded = self.defer.others(&recipient, delay.map(|entry| entry.position()));
        }
        Some(JoinedRecipient { recipient, delay, failure, defer: self.defer.log(), expanded })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.recipients.size_hint()
    }
}

impl FusedIterator for Joined<'_> {}

impl<'a> JoinedRecipient<'a> {
    /// The recipient.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient<'a> {
        &self.recipient
    }

    /// The entry that says why the recipient was deferred: the entry of the log of deferrals that has its address, or else the last
    /// one that has its offset.
    #[must_use]
    pub const fn delay(&self) -> Option<&BounceEntry<'a>> {
        self.delay.as_ref()
    }

    /// The entry that says why the recipient failed. It is found in the log of failures in the same way as
    /// [`delay`](Self::delay).
    #[must_use]
    pub const fn failure(&self) -> Option<&BounceEntry<'a>> {
        self.failure.as_ref()
    }

    /// Whether the recipient is still in the queue: the message is still to be delivered to it, or it has failed and the sender has
    /// not been notified yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        match self.recipient.state() {
            RecipientState::Pending => true,
            RecipientState::Done => self.failure.is_some(),
            RecipientState::Canceled => false,
        }
    }

    /// The other entries of the log of deferrals that have the recipient's offset, in the order of the log. They are about the
    /// addresses that an alias was expanded to, or that the address was rewritten to.
    pub fn expanded(&self) -> impl Iterator<Item = BounceEntry<'a>> + '_ {
        let entry = |&place| BounceLog::starting(self.defer, BounceKind::Defer, place).next();
        self.expanded.iter().filter_map(entry)
    }
}
