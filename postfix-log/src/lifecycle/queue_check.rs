//! Compares what is in the queue according to the log with the queue itself.

use std::vec::Vec;

use hashbrown::{HashMap, HashSet};

use super::text::Text;
use super::{Fate, Lifecycle, Tracker};

/// Addresses in the queue by queue id, each with a flag that is set if the log names it.
type Listed = HashMap<Vec<u8>, Vec<(Vec<u8>, bool)>, foldhash::quality::RandomState>;

/// Compares the open messages of a tracker with the content of a queue. Made by [`Tracker::check_queue`].
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct QueueCheck {
    /// Rows that are deferred or on hold by the log, and are in the queue.
    pub confirmed: Vec<Lifecycle>,
    /// Rows that are deferred by the log but not in the queue: the log lacks the end of their story, or it ends
    /// before the queue was read.
    pub gone: Vec<Lifecycle>,
    /// Recipients in the queue (queue id, address) whose message is in the log while they are not: they were not
    /// tried yet, or are logged under another address.
    pub unnamed: Vec<(Vec<u8>, Vec<u8>)>,
    /// Recipients in the queue (queue id, address) whose message is not in the log: the log starts later, or
    /// belongs to another queue.
    pub unlogged: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tracker {
    /// Compares what the tracker holds with the recipients that are in a queue, given as queue id and
    /// address. Addresses match without regard to case, before or after alias expansion.
    ///
    /// The tracker should have been given the logs of this queue's host and instance only.
    ///
    /// ```
    /// use postfix_log::{Tracker, lines};
    /// let log = b"Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to b[192.0.2.9]:25: Connection refused)\n";
    /// let mut tracker = Tracker::new().with_year(2026);
    /// for line in lines(log) {
    ///     let header = line.header()?;
    ///     assert_eq!(tracker.push(&header, &header.event()).len(), 0);
    /// }
    /// let queue = [("1E24013C03E", "Bob@b.example"), ("1E24013C03E", "eve@b.example"), ("99999A", "x@y.example")];
    /// let check = tracker.check_queue(queue);
    /// assert_eq!((check.confirmed.len(), check.gone.len()), (1, 0));
    /// assert_eq!((check.unnamed.len(), check.unlogged.len()), (1, 1));
    /// # Ok::<(), postfix_log::Error>(())
    /// ```
    pub fn check_queue<Q, R>(&self, queue: impl IntoIterator<Item = (Q, R)>) -> QueueCheck
    where
        Q: AsRef<[u8]>,
        R: AsRef<[u8]>,
    {
        let mut check = QueueCheck::default();
        let mut listed = Listed::default();
        for (id, address) in queue {
            let entry = (address.as_ref().to_vec(), false);
            match listed.get_mut(id.as_ref()) {
                Some(list) => list.push(entry),
                None => {
                    listed.insert(id.as_ref().to_vec(), [entry].into());
                }
            }
        }
        let mut known: HashSet<Text, foldhash::quality::RandomState> = HashSet::default();
        for row in self.rows().filter(|row| !row.is_hop()) {
            // Filtered mail is in the queue under its last id.
            let id = row.chain.last().map_or(&row.message.queue_id, |hop| &hop.queue_id);
            known.insert(id.clone());
            let mut found = false;
            for (address, seen) in listed.get_mut(id.as_bytes()).into_iter().flatten() {
                let same = |name: &Option<Text>| {
                    name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(address))
                };
                if same(&row.to) || same(&row.orig_to) {
                    *seen = true;
                    found = true;
                }
            }
            if row.fate == Fate::StillDeferred {
                if found { check.confirmed.push(row) } else { check.gone.push(row) }
            }
        }
        for (id, list) in listed {
            let logged = known.contains(id.as_slice());
            for (address, _) in list.into_iter().filter(|(_, seen)| !seen) {
                let place = if logged { &mut check.unnamed } else { &mut check.unlogged };
                place.push((id.clone(), address));
            }
        }
        check.unnamed.sort_unstable();
        check.unlogged.sort_unstable();
        check
    }
}
