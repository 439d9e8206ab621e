//! The entries of a per-message log, put beside the recipients that they are about.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::log::{DeferLog, LogEntry};
use crate::quote::quote;
use crate::recipient::Recipient;

/// The recipients of an envelope with their log entries, and the entries that belong to none of them.
///
/// The key is the offset of the recipient's record; an entry without one, or with one where there is no recipient, is
/// matched by its address. showq goes by address alone, which is why it lists recipients twice (more than
/// `duplicate_filter_limit` entries, alias expansion, addresses that were rewritten) or not at all (two
/// recipients with one address).
#[derive(Clone, Debug, Default)]
pub struct Joined<'a> {
    recipients: Vec<JoinedRecipient<'a>>,
    unmatched: Vec<LogEntry<'a>>,
}

/// Recipients with one address, and the last log entry about it that has no offset of a recipient.
#[derive(Default)]
struct SameAddress<'a> {
    recipients: Vec<usize>,
    entry: Option<LogEntry<'a>>,
}

/// A recipient and what a per-message log says about it.
#[derive(Clone, Debug)]
pub struct JoinedRecipient<'a> {
    recipient: Recipient<'a>,
    entries: Vec<LogEntry<'a>>,
    own: Option<usize>,
}

impl<'a> Joined<'a> {
    /// Puts the entries of `log` beside `recipients`, whose order is kept. Of several entries with one offset and one address
    /// the last one counts.
    #[must_use]
    pub fn new(recipients: impl IntoIterator<Item = Recipient<'a>>, log: DeferLog<'a>) -> Self {
        let mut joined: Vec<JoinedRecipient<'a>> = recipients
            .into_iter()
            .map(|recipient| JoinedRecipient { recipient, entries: Vec::new(), own: None })
            .collect();
        let mut by_offset = BTreeMap::new();
        let mut by_address: BTreeMap<_, SameAddress<'a>> = BTreeMap::new();
        for (index, JoinedRecipient { recipient, .. }) in joined.iter().enumerate() {
            by_offset.insert(recipient.offset(), index);
            by_address.entry(quote(recipient.address())).or_default().recipients.push(index);
        }
        let mut unmatched: Vec<LogEntry<'a>> = Vec::new();
        for entry in log {
            let recipient = entry.offset().and_then(|offset| by_offset.get(&offset));
            if let Some(recipient) = recipient.and_then(|&index| joined.get_mut(index)) {
                recipient.add(entry);
                continue;
            }
            match entry.recipient().and_then(|address| by_address.get_mut(logged(address))) {
                Some(same) => same.entry = Some(entry),
                None => unmatched.push(entry),
            }
        }
        for same in by_address.into_values() {
            let Some(entry) = same.entry else { continue };
            for index in same.recipients {
                if let Some(recipient) = joined.get_mut(index) {
                    // Before those with the recipient's offset, which know better.
                    recipient.entries.insert(0, entry);
                }
            }
        }
        for recipient in &mut joined {
            recipient.choose();
        }
        Self { recipients: joined, unmatched }
    }

    /// The recipients in the order of the envelope.
    #[must_use]
    pub fn recipients(&self) -> &[JoinedRecipient<'a>] {
        &self.recipients
    }

    /// Entries of no recipient of the envelope, in the order of the log: without an address, or with an address that the
    /// file does not have.
    #[must_use]
    pub fn unmatched(&self) -> &[LogEntry<'a>] {
        &self.unmatched
    }
}

impl<'a> JoinedRecipient<'a> {
    fn add(&mut self, entry: LogEntry<'a>) {
        let key = |entry: &LogEntry<'a>| (entry.offset(), entry.recipient());
        // A recipient has few entries: more than one only where an alias was expanded.
        match self.entries.iter_mut().rev().take(64).find(|old| key(old) == key(&entry)) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }

    /// The entry about the recipient itself, else the last one.
    fn choose(&mut self) {
        let address = quote(self.recipient.address());
        let same = |entry: &LogEntry<'a>| entry.recipient().is_some_and(|r| logged(r) == &*address);
        self.own = self.entries.iter().rposition(same).or(self.entries.len().checked_sub(1));
    }

    /// The recipient.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient<'a> {
        &self.recipient
    }

    /// The entry about the recipient: the one with its address, else the last one with its offset.
    #[must_use]
    pub fn entry(&self) -> Option<&LogEntry<'a>> {
        self.own.and_then(|own| self.entries.get(own))
    }

    /// Why the recipient was put off or failed.
    #[must_use]
    pub fn reason(&self) -> Option<&'a [u8]> {
        self.entry().and_then(LogEntry::reason)
    }

    /// The other entries with the recipient's offset: addresses to which an alias was expanded, or to which the address
    /// was rewritten.
    pub fn expanded(&self) -> impl Iterator<Item = &LogEntry<'a>> {
        let own = self.own;
        let others = self.entries.iter().enumerate().filter(move |(index, _)| Some(*index) != own);
        others.map(|(_, entry)| entry)
    }
}

/// The address of a log entry as [`quote`] would spell it: the null address has a form of its own there.
fn logged(recipient: &[u8]) -> &[u8] {
    if recipient.is_empty() || recipient == b"<>" { b"\"\"" } else { recipient }
}
