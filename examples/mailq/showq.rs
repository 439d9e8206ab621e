//! The list that showq(8) makes of a message, including its defects.
//!
//! It prints every log entry, then each recipient whose address no entry had. It remembers at most
//! `duplicate_filter_limit` of these addresses. Nothing is collected, since a hostile file may have millions of recipients.

use std::borrow::Cow;
use std::collections::HashSet;

use postfix_queuefile::bounce::{BounceEntry, BounceKind, BounceLog};
use postfix_queuefile::envelope::EnvelopeRecords;
use postfix_queuefile::{Entry, Queue, RecordType};

use crate::release::Release;
use crate::site::Site;

/// A message and the texts of its logs.
#[derive(Clone, Copy)]
pub(crate) struct Mail<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) defer: &'a [u8],
    pub(crate) bounce: &'a [u8],
}

/// Why showq does not list a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unlisted {
    /// It is not where Postfix looks for it, or it has no sender record before its recipients.
    Unseen,
    /// Its records make showq break its own protocol, so that postqueue stops and lists nothing that follows.
    Fatal,
}

/// A message as showq lists it. Texts are sanitised.
pub(crate) struct Listed<'a> {
    mail: Mail<'a>,
    site: &'a Site,
    release: Release,
    pub(crate) arrival: u64,
    pub(crate) size: u64,
    pub(crate) sender: Cow<'a, [u8]>,
    /// The records after the sender.
    rest: EnvelopeRecords<'a>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ListedRecipient<'a> {
    /// The offset of its record in the queue file; 0 for a log entry.
    pub(crate) offset: u64,
    pub(crate) orig_address: Cow<'a, [u8]>,
    pub(crate) address: Cow<'a, [u8]>,
    pub(crate) delay_reason: Cow<'a, [u8]>,
    pub(crate) bounce_reason: Cow<'a, [u8]>,
}

impl<'a> Listed<'a> {
    /// Reads the records up to the sender, as showq does.
    pub(crate) fn new(mail: Mail<'a>, site: &'a Site, release: Release) -> Result<Self, Unlisted> {
        let entry = mail.entry;
        if entry.is_misfiled() {
            return Err(Unlisted::Unseen);
        }
        let by_file = entry.queue() == Queue::Maildrop && release.sizes_maildrop_by_file();
        let (mut arrival, mut size) = (0, None);
        let mut rest = entry.envelope().records();
        let refused = if release.ends_at_disorder() { Unlisted::Unseen } else { Unlisted::Fatal };
        let sender = loop {
            let record = rest.next().ok_or(Unlisted::Unseen)?;
            match record.kind() {
                RecordType::FROM => break record.text(),
                RecordType::RCPT => return Err(refused),
                RecordType::ORIG_RCPT if release.reads_bounce_logs() => return Err(refused),
                RecordType::TIME if arrival == 0 => arrival = record.number(),
                RecordType::SIZE if size.is_none() && !by_file => {
                    let text = record.text();
                    let is_size = text.iter().all(|byte| *byte == b' ' || byte.is_ascii_digit());
                    size = u64::try_from(record.number()).ok().filter(|_| is_size);
                }
                _ => {}
            }
        };
        if refused == Unlisted::Fatal && rest.clone().any(|r| r.kind() == RecordType::FROM) {
            return Err(Unlisted::Fatal);
        }
        let arrival = u64::try_from(arrival).ok().filter(|&seconds| seconds > 0);
        Ok(Self {
            mail,
            site,
            release,
            arrival: arrival.unwrap_or(entry.file().modified().seconds()),
            size: size.unwrap_or(entry.file().size()),
            sender: site.address(sender),
            rest,
        })
    }

    /// All recipients that are listed, in showq's order.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = ListedRecipient<'a>> {
        let remembered = self.remembered();
        let is_new = move |each: &ListedRecipient<'_>| !remembered.contains(&each.address);
        self.logged().chain(self.queued().filter(is_new))
    }

    /// The recipients of the log entries.
    pub(crate) fn logged(&self) -> impl Iterator<Item = ListedRecipient<'a>> {
        let site = self.site;
        let delays = BounceLog::parse(self.mail.defer, BounceKind::Defer).map(|log| {
            let delay_reason = reason(&log, site);
            ListedRecipient { delay_reason, ..logged(&log, site) }
        });
        let bounce = if self.release.reads_bounce_logs() { self.mail.bounce } else { b"" };
        let failures = BounceLog::parse(bounce, BounceKind::Bounce).map(|log| {
            let bounce_reason = reason(&log, site);
            ListedRecipient { bounce_reason, ..logged(&log, site) }
        });
        delays.chain(failures)
    }

    /// The remembered addresses. A recipient of the queue file with one of them counts as listed.
    pub(crate) fn remembered(&self) -> HashSet<Cow<'a, [u8]>> {
        let mut remembered = HashSet::new();
        for recipient in self.logged() {
            if self.site.duplicates > 0 && remembered.len() >= self.site.duplicates {
                break;
            }
            remembered.insert(recipient.address);
        }
        remembered
    }

    /// The recipients of the queue file, up to a second sender. An original address is kept for the next pending recipient,
    /// even if it comes before another one.
    pub(crate) fn queued(&self) -> impl Iterator<Item = ListedRecipient<'a>> {
        let (site, mut original) = (self.site, None);
        let records = self.rest.clone().take_while(|record| record.kind() != RecordType::FROM);
        records.filter_map(move |record| match record.kind() {
            RecordType::ORIG_RCPT => {
                original = Some(record.text());
                None
            }
            RecordType::RCPT => {
                let address = site.address(record.text());
                let original = original.take().map(|original| site.quoted(original));
                let orig_address = original.unwrap_or_else(|| address.clone());
                let offset = record.offset();
                Some(ListedRecipient { offset, orig_address, address, ..Default::default() })
            }
            _ => None,
        })
    }
}

fn logged<'a>(log: &BounceEntry<'a>, site: &Site) -> ListedRecipient<'a> {
    let address = match log.recipient() {
        None => &b"(recipient address unavailable)"[..],
        Some(b"") => b"(MAILER-DAEMON)",
        Some(address) => address,
    };
    ListedRecipient {
        orig_address: log
            .orig_recipient()
            .map(|address| site.printable(address))
            .unwrap_or_default(),
        address: site.printable(address),
        ..Default::default()
    }
}

/// The text of a log entry; empty if there is no entry.
pub(crate) fn reason_of<'a>(log: Option<&BounceEntry<'a>>, site: &Site) -> Cow<'a, [u8]> {
    log.map(|log| reason(log, site)).unwrap_or_default()
}

fn reason<'a>(log: &BounceEntry<'a>, site: &Site) -> Cow<'a, [u8]> {
    let reason = log.reason().filter(|reason| !reason.is_empty());
    site.printable(reason.unwrap_or(b"(description unavailable)"))
}
