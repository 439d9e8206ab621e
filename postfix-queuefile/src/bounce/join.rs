//! Each recipient of an envelope with what the logs of deferrals and of failures say about it.

use alloc::vec::Vec;
use core::iter::FusedIterator;

use crate::bounce::index::Index;
use crate::bounce::{BounceEntry, BounceKind, BounceLog, quote};
use crate::envelope::recipient::{Recipient, RecipientState, Recipients};

/// Gives each recipient its deferral and its failure, in the order of the envelope. `defer` and `bounce` are the texts of
/// the message's files in `defer` and `bounce`; empty where there is none.
///
/// An entry belongs to the recipient whose record has the entry's offset. Entries without an offset, or with one at which
/// there is no recipient, belong to every recipient with their address. Of several entries with one offset and one address
/// the last one counts. showq(8) goes by the address alone, which is why it lists some recipients twice (after
/// alias expansion or rewriting, or with more entries than `duplicate_filter_limit`) and others not at all (two recipients
/// with one address).
///
/// Each log is read once, and the envelope once more where the logs have entries. Beside the texts themselves the join
/// takes memory for the logs' entries only, up to three times the length of both logs, and none for recipients: they
/// are read as they are asked for. Of a log beyond [`MAX_JOINED_LOG`](crate::limits::MAX_JOINED_LOG) only the start counts.
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

/// Iterator over recipients and their log entries. Made by [`join`].
#[derive(Clone, Debug)]
pub struct Joined<'a> {
    all: Recipients<'a>,
    recipients: Recipients<'a>,
    defer: Index<'a>,
    bounce: Index<'a>,
}

/// A recipient and what the logs say about it. Made by [`join`].
#[derive(Clone, Debug)]
pub struct JoinedRecipient<'a> {
    recipient: Recipient<'a>,
    delay: Option<BounceEntry<'a>>,
    failure: Option<BounceEntry<'a>>,
    defer: &'a [u8],
    /// Where in the log the entries are that the recipient was expanded to.
    expanded: Vec<u32>,
}

impl<'a> Joined<'a> {
    /// Entries of no recipient of the envelope, whatever was iterated over already: deferrals first, each log in its order.
    /// They have no address, or one that the file does not have. Each call reads the logs and the envelope again.
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

    /// Why the recipient was put off: the entry of the log of deferrals with its address, else the last one with its offset.
    #[must_use]
    pub const fn delay(&self) -> Option<&BounceEntry<'a>> {
        self.delay.as_ref()
    }

    /// Why the recipient failed: the entry of the log of failures, found as for [`delay`](Self::delay).
    #[must_use]
    pub const fn failure(&self) -> Option<&BounceEntry<'a>> {
        self.failure.as_ref()
    }

    /// Whether somebody still waits for the outcome: the recipient is to be served, or it has failed and its sender does not
    /// know yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        match self.recipient.state() {
            RecipientState::Pending => true,
            RecipientState::Done => self.failure.is_some(),
            RecipientState::Canceled => false,
        }
    }

    /// The other entries of the log of deferrals with the recipient's offset, in the order of the log: addresses to which an
    /// alias was expanded, or to which the address was rewritten.
    pub fn expanded(&self) -> impl Iterator<Item = BounceEntry<'a>> + '_ {
        let entry = |&place| BounceLog::starting(self.defer, BounceKind::Defer, place).next();
        self.expanded.iter().filter_map(entry)
    }
}
