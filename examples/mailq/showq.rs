//! The list that showq(8) makes of a message, its defects included.
//!
//! It prints every log entry, then each recipient whose address no entry had; of these addresses it
//! remembers no more than `duplicate_filter_limit`.

use std::collections::HashSet;

use postfix_queuefile::bounce::{BounceEntry, BounceKind, BounceLog, quote};
use postfix_queuefile::{Entry, Queue, RecordType, walk};

use crate::Site;
use crate::release::Release;

/// A message as showq lists it. Texts are sanitised.
pub(crate) struct Listed {
    pub(crate) arrival: u64,
    pub(crate) size: u64,
    pub(crate) sender: Vec<u8>,
    pub(crate) recipients: Vec<ListedRecipient>,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ListedRecipient {
    pub(crate) orig_address: Vec<u8>,
    pub(crate) address: Vec<u8>,
    pub(crate) delay_reason: Vec<u8>,
    pub(crate) bounce_reason: Vec<u8>,
}

/// `None` for a message that is not listed: one without a sender record, or where it is not found.
pub(crate) fn list(
    entry: &Entry,
    defer: &[u8],
    bounce: &[u8],
    site: &Site,
    release: Release,
) -> Option<Listed> {
    if entry.is_misfiled() {
        return None;
    }
    let envelope = entry.envelope();
    let mut recipients = Vec::new();
    for log in BounceLog::parse(defer, BounceKind::Defer) {
        recipients.push(ListedRecipient { delay_reason: reason(&log, site), ..logged(&log, site) });
    }
    if release.reads_bounce_logs() {
        for log in BounceLog::parse(bounce, BounceKind::Bounce) {
            let bounce_reason = reason(&log, site);
            recipients.push(ListedRecipient { bounce_reason, ..logged(&log, site) });
        }
    }
    let mut remembered = HashSet::new();
    for recipient in &recipients {
        if site.duplicates == 0 || remembered.len() < site.duplicates {
            remembered.insert(recipient.address.clone());
        }
    }
    for recipient in envelope.recipients().filter(|recipient| recipient.is_pending()) {
        let address = site.address(recipient.address());
        if !remembered.contains(&address) {
            let orig_address = recipient.orig_address().unwrap_or(recipient.address());
            let orig_address = site.address(orig_address);
            recipients.push(ListedRecipient { orig_address, address, ..Default::default() });
        }
    }
    Some(Listed {
        arrival: envelope.arrival().unwrap_or(entry.file().modified()).seconds(),
        size: size(entry, release),
        sender: site.address(envelope.sender()?),
        recipients,
    })
}

/// The first number of the size record if that has digits and spaces only, else the file's size.
pub(crate) fn size(entry: &Entry, release: Release) -> u64 {
    let by_file = entry.queue() == Queue::Maildrop && release.sizes_maildrop_by_file();
    let mut records = walk(entry.head()).map_while(Result::ok);
    let payload = records
        .find(|record| matches!(record.kind(), RecordType::SIZE | RecordType::MESSAGE))
        .filter(|record| record.kind() == RecordType::SIZE && !by_file)
        .map(|record| record.text());
    match payload {
        Some(text) if text.iter().all(|&byte| byte == b' ' || byte.is_ascii_digit()) => {
            let digits = text.trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit());
            digits.fold(0, |size: u64, digit| {
                size.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
            })
        }
        _ => entry.file().size(),
    }
}

fn logged(log: &BounceEntry<'_>, site: &Site) -> ListedRecipient {
    let address = match log.recipient() {
        None => b"(recipient address unavailable)".to_vec(),
        Some(b"") => b"(MAILER-DAEMON)".to_vec(),
        Some(address) => site.printable(address),
    };
    let orig_address = log.orig_recipient().map(|address| site.printable(address));
    ListedRecipient {
        orig_address: orig_address.unwrap_or_default(),
        address,
        ..Default::default()
    }
}

pub(crate) fn reason(log: &BounceEntry<'_>, site: &Site) -> Vec<u8> {
    let reason = log.reason().filter(|reason| !reason.is_empty());
    site.printable(reason.unwrap_or(b"(description unavailable)"))
}

impl Site {
    /// An address of a queue file: the empty one by its name, quoted and sanitised.
    pub(crate) fn address(&self, address: &[u8]) -> Vec<u8> {
        let address = if address.is_empty() { &self.empty_address } else { address };
        self.printable(&quote(address))
    }

    /// Replaces what is neither printable ASCII nor, if allowed, looks like UTF-8
    /// (`src/util/printable.c`).
    pub(crate) fn printable(&self, text: &[u8]) -> Vec<u8> {
        let is_more = |byte: Option<&u8>| byte.is_some_and(|byte| (0x80..0xc0).contains(byte));
        let mut printable = Vec::with_capacity(text.len());
        let mut bytes = text.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if matches!(byte, b' '..=b'~') {
                printable.push(byte);
            } else if self.utf8 && (194..=254).contains(&byte) && is_more(bytes.peek()) {
                printable.push(byte);
                while let Some(more) = bytes.next_if(|byte| is_more(Some(byte))) {
                    printable.push(more);
                }
            } else {
                printable.push(b'?');
            }
        }
        printable
    }
}
