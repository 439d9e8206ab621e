//! The differences between the list of a Postfix release and the program's own list of a message.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use examples::text::clip;
use postfix_queuefile::bounce::{BounceKind, BounceLog, Joined};

use crate::release::Release;
use crate::showq::{Listed, ListedRecipient, Mail, Unlisted, reason_of};
use crate::site::{Shown, Site};

/// The number of addresses that a warning names. There may be thousands.
const NAMED: usize = 5;

/// The maximum number of characters of an address in a warning.
const LONGEST: usize = 200;

/// The recipients that only one of the two lists has.
#[derive(Default)]
struct Tally {
    count: u64,
    names: Vec<String>,
}

/// The hashes of what a release lists for log entries, with the number of times that each is still unexplained.
struct Entries {
    hasher: RandomState,
    hashes: Vec<u64>,
    counts: Vec<u32>,
}

/// The differences as text, without the subject of the sentence.
pub(crate) fn of(mail: Mail<'_>, joined: Joined<'_>, site: &Site, release: Release) -> Vec<String> {
    let entry = mail.entry;
    let listed = match Listed::new(mail, site, release) {
        Ok(listed) => listed,
        Err(Unlisted::Unseen) => return vec!["does not list this message".into()],
        Err(Unlisted::Fatal) => {
            return vec!["does not list this message and ends its listing here".into()];
        }
    };
    let mut deviations = Vec::new();
    if listed.size != entry.size() {
        deviations.push(format!("says message_size {}", listed.size));
    }
    if listed.arrival != entry.arrival().seconds() {
        deviations.push(format!("says arrival_time {}", listed.arrival));
    }
    // Without logs and warnings, both list the pending recipients.
    let is_plain = mail.defer.is_empty()
        && mail.bounce.is_empty()
        && entry.envelope().warnings().next().is_none();
    if is_plain {
        return deviations;
    }
    let (additional, missing) = compare(&listed, mail, joined, site, release);
    for (what, tally) in [("lists in addition", additional), ("does not list", missing)] {
        if tally.count > 0 {
            let dots = if tally.count > NAMED as u64 { ", …" } else { "" };
            deviations.push(format!("{what} {}: {}{dots}", tally.count, tally.names.join(", ")));
        }
    }
    deviations
}

/// Finds what only the release lists, and what only this program lists. Both go through the recipients of the file in the
/// same order, so that only the log entries have to be remembered.
fn compare(
    listed: &Listed<'_>,
    mail: Mail<'_>,
    joined: Joined<'_>,
    site: &Site,
    release: Release,
) -> (Tally, Tally) {
    let (mut additional, mut missing) = (Tally::default(), Tally::default());
    let mut entries = Entries::new(listed, mail);
    let remembered = listed.remembered();
    let mut queued = listed.queued().peekable();
    for each in joined {
        let recipient = each.recipient();
        let is_queued = queued.next_if(|queued| queued.offset == recipient.offset()).is_some();
        let address = site.address(recipient.address());
        let is_plain = is_queued && !remembered.contains(&address);
        if !each.is_waiting() {
            continue;
        }
        let delay = each.delay().filter(|_| recipient.is_pending());
        let failure = each.failure().filter(|_| release.reads_bounce_logs());
        match (delay, failure) {
            (None, None) if is_plain => {}
            (None, None) => missing.add(&address),
            _ => {
                let (delay, failure) = (reason_of(delay, site), reason_of(failure, site));
                if !entries.take(&address, &delay, &failure) {
                    missing.add(&address);
                }
                if is_plain {
                    additional.add(&address);
                }
            }
        }
    }
    if entries.has_some() {
        for recipient in listed.logged() {
            let ListedRecipient { address, delay_reason, bounce_reason, .. } = &recipient;
            if entries.take(address, delay_reason, bounce_reason) {
                additional.add(address);
            }
        }
    }
    (additional, missing)
}

impl Tally {
    fn add(&mut self, address: &[u8]) {
        self.count += 1;
        if self.names.len() < NAMED {
            let start = address.get(..4 * LONGEST).unwrap_or(address);
            self.names.push(clip(&Shown(start.into()).to_string(), LONGEST));
        }
    }
}

impl Entries {
    fn new(listed: &Listed<'_>, mail: Mail<'_>) -> Self {
        let count = |log, kind| BounceLog::parse(log, kind).count();
        let most = count(mail.defer, BounceKind::Defer) + count(mail.bounce, BounceKind::Bounce);
        let mut entries = Self {
            hasher: RandomState::new(),
            hashes: Vec::with_capacity(most),
            counts: Vec::new(),
        };
        for each in listed.logged() {
            let hash = entries.hash(&each.address, &each.delay_reason, &each.bounce_reason);
            entries.hashes.push(hash);
        }
        entries.hashes.sort_unstable();
        let groups = || entries.hashes.chunk_by(|a, b| a == b);
        entries.counts.reserve_exact(groups().count());
        entries.counts.extend(groups().map(|group| u32::try_from(group.len()).unwrap_or(u32::MAX)));
        entries.hashes.dedup();
        entries
    }

    fn hash(&self, address: &[u8], delay: &[u8], failure: &[u8]) -> u64 {
        self.hasher.hash_one([address, delay, failure])
    }

    /// True if there is such an entry that is still unexplained; it then counts as explained.
    fn take(&mut self, address: &[u8], delay: &[u8], failure: &[u8]) -> bool {
        let found = self.hashes.binary_search(&self.hash(address, delay, failure));
        let count = found.ok().and_then(|at| self.counts.get_mut(at)).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    fn has_some(&self) -> bool {
        self.counts.iter().any(|&count| count > 0)
    }
}
