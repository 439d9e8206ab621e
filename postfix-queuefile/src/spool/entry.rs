//! A message in a queue: its place, its file, its envelope.

use core::fmt;
use core::time::Duration;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::config::RetryParams;
use crate::envelope::Envelope;
use crate::envelope::warning::Warning;
use crate::error::Error;
use crate::escape::Escaped;
use crate::queue::Queue;
use crate::queue_id::QueueId;
use crate::spool::file::{Contents, FileInfo};
use crate::timestamp::Timestamp;

/// A message in a queue. Made by [`Spool::entries`](crate::Spool::entries).
///
/// Conditions are plain closures over it:
///
/// ```no_run
/// use std::time::{Duration, SystemTime};
/// use postfix_queuefile::{Queue, Spool};
///
/// let now = SystemTime::now();
/// let stuck = Spool::open("/var/spool/postfix")?
///     .entries(&[Queue::Deferred])
///     .flatten()
///     .filter(|mail| mail.has_recipient_in(b"example.com"))
///     .filter(|mail| mail.age_at(now) > Duration::from_secs(3600))
///     .filter(|mail| mail.envelope().sender() == Some(b""));
/// # drop(stuck);
/// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    queue: Queue,
    /// Relative to the queue directory; the queue id at its end.
    path: Vec<u8>,
    id_length: usize,
    file: FileInfo,
    contents: Contents,
    is_misfiled: bool,
}

/// Something odd about a message, found in its file or at its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum EntryWarning {
    /// The file is not where Postfix looks for it: it sees the message only after `postsuper -s` (or a restart).
    #[error("in the wrong directory for its queue id")]
    Misfiled,
    /// The file has other names. Normal for a moment while some file systems rename it.
    #[error("the file has {0} names")]
    Links(u64),
    /// The queue manager could not use the file.
    #[error("damaged: {0}")]
    Damaged(Error),
    /// Something odd in the file.
    #[error("{0}")]
    File(Warning),
}

impl Entry {
    pub(crate) fn new(
        queue: Queue,
        path: Vec<u8>,
        id_length: usize,
        file: FileInfo,
        contents: Contents,
        is_misfiled: bool,
    ) -> Self {
        Self { queue, path, id_length, file, contents, is_misfiled }
    }

    /// The queue id: the name of the file.
    #[must_use]
    pub fn id(&self) -> QueueId<'_> {
        let start = self.path.len().saturating_sub(self.id_length);
        QueueId::trusted(self.path.get(start..).unwrap_or_default())
    }

    /// The queue in which the message was found.
    #[must_use]
    pub fn queue(&self) -> Queue {
        self.queue
    }

    /// The path of the file relative to the queue directory, as in `deferred/3/3F2A…`.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// What the file system says about the file.
    #[must_use]
    pub fn file(&self) -> &FileInfo {
        &self.file
    }

    /// Sender, recipients, attributes: read when the entry was made, so this costs nothing.
    #[must_use]
    pub fn envelope(&self) -> Envelope<'_> {
        self.contents.envelope()
    }

    /// The size of the message as `postqueue` gives it: that of the content's records, or that of
    /// the file where the file does not say.
    #[must_use]
    pub fn size(&self) -> u64 {
        let size = self.envelope().size_record().and_then(|size| size.segment_size());
        size.unwrap_or(self.file.size())
    }

    /// When the message arrived; where the file does not say, the time in a long queue id, else the
    /// modification time.
    #[must_use]
    pub fn arrival(&self) -> Timestamp {
        let arrival = self.envelope().arrival().or_else(|| self.id().time().map(Timestamp::from));
        arrival.unwrap_or(self.file.modified())
    }

    /// How old the message is at `now`; zero for mail from the future.
    pub fn age_at(&self, now: impl Into<Timestamp>) -> Duration {
        self.arrival().elapsed_at(now)
    }

    /// The earliest time of the next attempt: the modification time of a file in `deferred`. `None`
    /// elsewhere.
    ///
    /// The attempt happens at the first scan of the queue at which this is due, so up to
    /// [`RetryParams::queue_run_delay`] later.
    #[must_use]
    pub fn next_retry(&self) -> Option<Timestamp> {
        (self.queue == Queue::Deferred).then_some(self.file.modified())
    }

    /// When a message in `deferred` was last tried, computed back from [`next_retry`](Self::next_retry).
    #[must_use]
    pub fn last_attempt(&self, params: &RetryParams) -> Option<Timestamp> {
        let retry = self.next_retry()?;
        Some(params.last_attempt(retry, self.envelope().created()))
    }

    /// When the message has been in the queue for as long as the queue manager allows. On hold it
    /// stays beyond that. `None` in `maildrop`, where its time has not begun, and without a time in
    /// the file.
    pub fn expires(&self, params: &RetryParams) -> Option<Timestamp> {
        if self.queue == Queue::Maildrop {
            return None;
        }
        let envelope = self.envelope();
        Some(params.expires(envelope.created()?, envelope.sender().is_none_or(<[u8]>::is_empty)))
    }

    /// Whether `postsuper -e` or `-f` asked for its return at the next activation (mode 0o010).
    #[must_use]
    pub fn is_forced_to_expire(&self) -> bool {
        self.file.mode() & 0o010 != 0
    }

    /// Whether `postqueue -i` asked for one attempt in spite of all waits (mode 0o040).
    #[must_use]
    pub fn is_unthrottled(&self) -> bool {
        self.file.mode() & 0o040 != 0
    }

    /// Whether Postfix looks for the file elsewhere and so does not see it.
    #[must_use]
    pub fn is_misfiled(&self) -> bool {
        self.is_misfiled
    }

    /// Whether `postsuper -r` put it into `maildrop`, to be submitted anew.
    #[must_use]
    pub fn is_requeued(&self) -> bool {
        self.queue == Queue::Maildrop && self.envelope().starts_with_size()
    }

    /// Whether the queue manager dies of the file as soon as it meets it, so that no mail moves until the file is taken
    /// away: [`Envelope::kills_queue_manager`], in a queue that it reads by itself (`incoming`, `active`, `deferred`).
    #[must_use]
    pub fn kills_queue_manager(&self) -> bool {
        matches!(self.queue, Queue::Incoming | Queue::Active | Queue::Deferred)
            && self.envelope().kills_queue_manager()
    }

    /// Whether a recipient that is still pending has this address. Domains are compared without
    /// regard to case, as everywhere in mail.
    #[must_use]
    pub fn has_recipient(&self, address: &[u8]) -> bool {
        let (local, domain) = split(address);
        self.pending().any(|recipient| {
            let (its_local, its_domain) = split(recipient);
            its_local == local && its_domain.eq_ignore_ascii_case(domain)
        })
    }

    /// Whether a recipient that is still pending is in this domain.
    #[must_use]
    pub fn has_recipient_in(&self, domain: &[u8]) -> bool {
        self.pending().any(|recipient| split(recipient).1.eq_ignore_ascii_case(domain))
    }

    /// Whether the sender is in this domain.
    #[must_use]
    pub fn is_from_domain(&self, domain: &[u8]) -> bool {
        let sender = self.envelope().sender();
        sender.is_some_and(|sender| split(sender).1.eq_ignore_ascii_case(domain))
    }

    /// What is odd about the file and its place.
    pub fn warnings(&self) -> impl Iterator<Item = EntryWarning> + '_ {
        let envelope = self.envelope();
        let links = self.file.links();
        // A file that pickup has not seen has no size record yet; that is nothing odd.
        let is_usual = |warning: &Warning| {
            self.queue == Queue::Maildrop
                && warning.kind() == crate::envelope::warning::WarningKind::NoSizeFirst
        };
        let place = self.is_misfiled.then_some(EntryWarning::Misfiled);
        let names = (links > 1).then_some(EntryWarning::Links(links));
        let damage = envelope.damage().map(EntryWarning::Damaged);
        let file = envelope.warnings().filter(move |warning| !is_usual(warning));
        place.into_iter().chain(names).chain(damage).chain(file.map(EntryWarning::File))
    }

    fn pending(&self) -> impl Iterator<Item = &[u8]> {
        self.envelope().pending().map(|recipient| recipient.address())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped::new(&self.path))
    }
}

/// An address at its last `@`: local part and domain.
fn split(address: &[u8]) -> (&[u8], &[u8]) {
    match address.iter().rposition(|&byte| byte == b'@') {
        Some(at) => {
            let (local, domain) = address.split_at_checked(at).unwrap_or_default();
            (local, domain.get(1..).unwrap_or_default())
        }
        None => (address, &[]),
    }
}
