//! Messages in a queue, each with its place, its file and its envelope.

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

/// A message in a queue. Made by [`Spool::entries`](crate::Spool::entries) and [`Spool::find`](crate::Spool::find).
///
/// ```no_run
/// use std::time::{Duration, SystemTime};
/// use postfix_queuefile::{Queue, Spool};
///
/// let now = SystemTime::now();
/// for mail in Spool::open("/var/spool/postfix")?.entries(&[Queue::Deferred]) {
///     let mail = mail?;
///     if mail.has_recipient_in(b"example.com") && mail.age_at(now) > Duration::from_secs(3600) {
///         println!("{} has been waiting for an hour", mail.id());
///     }
/// }
/// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    queue: Queue,
    /// Relative to the queue directory. It ends with the queue id.
    path: Vec<u8>,
    id_length: usize,
    file: FileInfo,
    contents: Contents,
    is_misfiled: bool,
}

/// Something odd about a message: about its file, or about the place of the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum EntryWarning {
    /// The file is not where Postfix looks for it. Postfix finds the message only after `postsuper -s` or a restart.
    #[error("in the wrong directory for its queue id")]
    Misfiled,
    /// The file has this number of names. Some file systems show two names for a moment while they rename a file.
    #[error("the file has {0} names")]
    Links(u64),
    /// The queue manager cannot use the file, for this reason.
    #[error("damaged: {0}")]
    Damaged(Error),
    /// Something about the contents of the file is odd.
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

    /// The queue id, which is the name of the file.
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

    /// The path of the file relative to the queue directory, such as `deferred/3/3F2A1C0DE`.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// The metadata of the file.
    #[must_use]
    pub fn file(&self) -> &FileInfo {
        &self.file
    }

    /// The envelope of the message. It was read when the entry was made, so this costs nothing.
    #[must_use]
    pub fn envelope(&self) -> Envelope<'_> {
        self.contents.envelope()
    }

    /// The size of the message in bytes, as `postqueue` reports it: the size of the content's records, or that of the file if the
    /// file does not have the former.
    #[must_use]
    pub fn size(&self) -> u64 {
        let size = self.envelope().size_record().and_then(|size| size.segment_size());
        size.unwrap_or(self.file.size())
    }

    /// The time at which the message arrived. If the file does not have it, this is the time in a long queue id, or else the
    /// modification time of the file.
    #[must_use]
    pub fn arrival(&self) -> Timestamp {
        let arrival = self.envelope().arrival().or_else(|| self.id().time().map(Timestamp::from));
        arrival.unwrap_or(self.file.modified())
    }

    /// The age of the message at `now`. Zero when it arrived after `now`.
    pub fn age_at(&self, now: impl Into<Timestamp>) -> Duration {
        self.arrival().elapsed_at(now)
    }

    /// The earliest time of the next delivery attempt, which is the modification time of a file in `deferred`. `None` in other
    /// queues.
    ///
    /// The attempt happens at the first scan of the queue after this time, up to [`RetryParams::queue_run_delay`] later. The queue
    /// manager (`qmgr.c`) takes a file whose time is one second ahead of its clock, so the attempt can be one second early.
    #[must_use]
    pub fn next_retry(&self) -> Option<Timestamp> {
        (self.queue == Queue::Deferred).then_some(self.file.modified())
    }

    /// The time at which a message in `deferred` was last tried, computed by [`RetryParams::last_attempt`]. `None` in other queues.
    #[must_use]
    pub fn last_attempt(&self, params: &RetryParams) -> Option<Timestamp> {
        let retry = self.next_retry()?;
        Some(params.last_attempt(retry, self.envelope().created()))
    }

    /// The time at which the message has been in the queue for as long as it may be; see [`RetryParams::expires`]. `None` in
    /// `maildrop`, where that time does not run yet, and when the file has no time.
    pub fn expires(&self, params: &RetryParams) -> Option<Timestamp> {
        if self.queue == Queue::Maildrop {
            return None;
        }
        let envelope = self.envelope();
        Some(params.expires(envelope.created()?, envelope.sender().is_none_or(<[u8]>::is_empty)))
    }

    /// Whether an administrator used `postsuper -e` or `-f`, so that the message is returned as soon as it becomes active (mode
    /// 0o010).
    #[must_use]
    pub fn is_forced_to_expire(&self) -> bool {
        self.file.mode() & 0o010 != 0
    }

    /// Whether an administrator used `postqueue -i`, so that one attempt is made whatever the message should wait for (mode 0o040).
    #[must_use]
    pub fn is_unthrottled(&self) -> bool {
        self.file.mode() & 0o040 != 0
    }

    /// Whether Postfix does not find the file, because it looks for it in another directory.
    #[must_use]
    pub fn is_misfiled(&self) -> bool {
        self.is_misfiled
    }

    /// Whether `postsuper -r` put the message into `maildrop`, to be submitted again.
    #[must_use]
    pub fn is_requeued(&self) -> bool {
        self.queue == Queue::Maildrop && self.envelope().starts_with_size()
    }

    /// Whether the queue manager ends with a fatal error each time that it reads the file, so that no mail moves until the file is
    /// removed. This is [`Envelope::kills_queue_manager`] for the queues that it reads on its own: `incoming`, `active` and
    /// `deferred`.
    #[must_use]
    pub fn kills_queue_manager(&self) -> bool {
        matches!(self.queue, Queue::Incoming | Queue::Active | Queue::Deferred)
            && self.envelope().kills_queue_manager()
    }

    /// Whether a pending recipient has this address. The local part is compared exactly, and the domain without regard to case.
    #[must_use]
    pub fn has_recipient(&self, address: &[u8]) -> bool {
        let (local, domain) = split(address);
        self.pending().any(|recipient| {
            let (its_local, its_domain) = split(recipient);
            its_local == local && its_domain.eq_ignore_ascii_case(domain)
        })
    }

    /// Whether a pending recipient is in this domain, without regard to case.
    #[must_use]
    pub fn has_recipient_in(&self, domain: &[u8]) -> bool {
        self.pending().any(|recipient| split(recipient).1.eq_ignore_ascii_case(domain))
    }

    /// Whether the sender is in this domain, without regard to case.
    #[must_use]
    pub fn is_from_domain(&self, domain: &[u8]) -> bool {
        let sender = self.envelope().sender();
        sender.is_some_and(|sender| split(sender).1.eq_ignore_ascii_case(domain))
    }

    /// Everything that is odd about the file and its place.
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

/// Splits an address at its last `@` into local part and domain.
fn split(address: &[u8]) -> (&[u8], &[u8]) {
    match address.iter().rposition(|&byte| byte == b'@') {
        Some(at) => {
            let (local, domain) = address.split_at_checked(at).unwrap_or_default();
            (local, domain.get(1..).unwrap_or_default())
        }
        None => (address, &[]),
    }
}
