//! Tracks what became of each recipient of each message.

mod apply;
mod attempt;
mod close;
mod failures;
mod fate;
mod flags;
mod gone;
mod handover;
mod limits;
mod links;
mod lists;
mod mark;
mod message;
mod queue_check;
mod row;
mod save;
mod sites;
mod slab;
mod start;
mod store;
mod text;
mod turn;

pub use self::fate::{Evicted, Fate, OriginKind};
pub use self::flags::{Flag, Flags};
pub use self::limits::Limits;
pub use self::queue_check::QueueCheck;
pub use self::row::{Attempt, Failure, Hop, Lifecycle, MessageInfo, Origin};
pub use self::text::Text;

use std::vec::Vec;

use self::close::Closing;
use self::failures::Trying;
use self::gone::{Gone, Memory};
use self::links::{Links, Sessions};
use self::lists::Stage;
use self::message::{End, Message, NONE};
use self::sites::{At, Sites};
use self::store::Store;
use self::turn::{Context, Turn};
use crate::clock::Calendar;
use crate::event::Event;
use crate::header::Header;
use crate::reason::classify::Classifier;
use crate::reason::recent::Recent;

/// Joins events by queue id and tells what became of each recipient.
///
/// Pass it every line of a log in order. It returns a row for each recipient when the message is closed.
/// [`rows`](Self::rows) gives the messages that are still open at the end, and [`drain`](Self::drain) closes them
/// all.
///
/// ```
/// use postfix_log::{Fate, Tracker, lines};
/// let log = b"\
/// Nov 22 11:00:00 mx1 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n\
/// Nov 22 11:00:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@a.example>, size=418, nrcpt=1 (queue active)\n\
/// Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[192.0.2.9] said: 451 4.7.1 Greylisted (in reply to RCPT TO command))\n\
/// Nov 22 11:05:02 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=302, delays=301/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n\
/// Nov 22 11:05:02 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
/// let mut tracker = Tracker::new().with_year(2026);
/// let mut rows = Vec::new();
/// for line in lines(log) {
///     if let Ok(header) = line.header() {
///         rows.extend(tracker.push(&header, &header.event()));
///     }
/// }
/// rows.extend(tracker.drain());
/// let [row] = rows.as_slice() else { panic!("one recipient") };
/// assert_eq!(row.fate, Fate::DeliveredAfterDeferral);
/// assert_eq!(row.attempts.len(), 2);
/// assert_eq!(row.waited(), Some(std::time::Duration::from_secs(301)));
/// # Ok::<(), postfix_log::Error>(())
/// ```
///
/// # Key
/// Host, instance, queue id and generation: short ids are used again. Lines of several hosts and
/// instances may be mixed; each host has its own clock and its own year, so that a mixture gives what
/// the single logs give.
///
/// # Time
/// Time limits are measured in log time, from the latest stamp seen; nothing reads the clock, and a step back closes
/// nothing. A gap in the log counts for six hours at most, since a host that was off delivered no mail. Finished
/// messages are kept for late lines and for child messages that are announced late, so a row comes about a minute of
/// log time after the end of its message.
///
/// # Bounds
/// See [`Limits`]. Messages that exceed them are given up: finished ones first, then those that never reached the
/// queue, then those that wait for their first attempt, then deferred ones, and at last those on hold; of each kind,
/// the one with the oldest last line. Of each kind but the first, one message in eight of all is spared, so that no
/// kind crowds out the others: if deferred mail fills the tracker, mail that is delivered meanwhile still gets its
/// rows. Each message given up gets a row with [`evicted`](Lifecycle::evicted) and is counted in
/// [`evictions`](Self::evictions). A message given up for lack of room has one row only: the tracker remembers the
/// last 32,768 messages with rows, and ignores later lines about them, also if a log is read again.
///
/// Besides [`Limits::bytes`] the tracker holds those (2 MiB at most), 8,192 announced child messages and 4,096
/// sessions with a verdict (3 MiB), what 4,096 delivery processes tried (20 MiB at most, normally less than one), and
/// the room of messages that are over and of reasons seen of late, for the next ones (1 MiB). A message with one
/// recipient and one attempt takes about 690 bytes; each further attempt takes 40, each further recipient 96 and its
/// address, and lists grow by doubling. The work per line does not depend on the number of messages or hosts held,
/// except for the few lines that concern all recipients of a message (expiry, notifications, its end). Once the
/// tracker has its room, only rows take new memory: a text for each message, shared by its rows, and the attempts of
/// each row.
#[derive(Debug)]
pub struct Tracker {
    limits: Limits,
    calendar: Calendar,
    sites: Sites,
    store: Store,
    links: Links,
    sessions: Sessions,
    trying: Trying,
    gone: Memory,
    reasons: Recent<'static>,
    /// The number of lines seen, of all hosts.
    lines: u64,
    evictions: [u64; Evicted::COUNT],
    out: Vec<Lifecycle>,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::new()
    }
}

impl Tracker {
    /// A tracker with the default [`Limits`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// A tracker with these limits.
    ///
    /// ```
    /// use postfix_log::{Tracker, lifecycle::Limits};
    ///
    /// let tracker = Tracker::with_limits(Limits::default());
    /// assert_eq!(*tracker.limits(), Limits::default());
    /// ```
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            calendar: Calendar::new(),
            sites: Sites::default(),
            store: Store::default(),
            links: Links::default(),
            sessions: Sessions::default(),
            trying: Trying::default(),
            gone: Memory::default(),
            reasons: Recent::new(Classifier::new()),
            lines: 0,
            evictions: [0; Evicted::COUNT],
            out: Vec::new(),
        }
    }

    /// Sets the year of the first stamp of each host, for stamps that have none: a shorthand for
    /// [`with_calendar`](Self::with_calendar) with [`Calendar::starting_at`].
    #[must_use]
    pub fn with_year(self, year: i32) -> Self {
        self.with_calendar(Calendar::starting_at(year))
    }

    /// Sets the years and zone of stamps that have none. Each new host gets a copy of the calendar; hosts that
    /// are already known, as after [`resume`](Self::resume), keep their year and get the zone.
    ///
    /// If the calendar has no year, a long queue id tells it. Without that, times are good for differences only
    /// (see [`Flag::Undated`]).
    #[must_use]
    pub fn with_calendar(mut self, calendar: Calendar) -> Self {
        for host in self.sites.hosts.iter_mut() {
            let years = host.calendar.years();
            host.calendar = calendar.clone();
            host.latest = None;
            if years.is_known() {
                host.calendar = calendar.clone().at(years);
            }
        }
        self.calendar = calendar;
        self
    }

    /// Classifies reasons with your rules as well as the built-in ones. They are not part of a saved state:
    /// earlier reasons keep their class, and after [`resume`](Self::resume) you have to pass the rules again.
    #[must_use]
    pub fn with_classifier(self, classifier: Classifier<'static>) -> Self {
        Self { reasons: Recent::new(classifier), ..self }
    }

    /// The limits of this tracker.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes one line. Returns the rows of the messages that it closed or displaced, which for most lines are
    /// none.
    ///
    /// ```
    /// use postfix_log::Tracker;
    ///
    /// let log = b"\
    /// Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: from=<a@a.example>, size=700, nrcpt=1 (queue active)\n\
    /// Nov 22 11:00:03 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=mx.b.example[203.0.113.3]:25, delay=2, delays=0/0/1/1, dsn=2.0.0, status=sent (250 ok)\n\
    /// Nov 22 11:00:03 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
    /// let mut tracker = Tracker::new().with_year(2026);
    /// let mut rows = Vec::new();
    /// for line in postfix_log::lines(log) {
    ///     let header = line.header()?;
    ///     rows.extend(tracker.push(&header, &header.event()));
    /// }
    /// // A row is held back for a while, since lines may come late. At the end of a log, ask for it.
    /// rows.extend(tracker.drain());
    /// assert_eq!(rows.len(), 1);
    /// assert_eq!(rows[0].fate.as_str(), "delivered");
    /// # Ok::<(), postfix_log::Error>(())
    /// ```
    pub fn push(&mut self, header: &Header<'_>, event: &Event<'_>) -> Closed<'_> {
        self.out.clear();
        self.lines = self.lines.saturating_add(1);
        if let (Some(instance), true) = (header.instance(), self.limits.sites > 0) {
            let at = self.site(header.host().unwrap_or_default(), instance);
            if let Some(context) = self.context(at, header) {
                Turn { tracker: self, context }.line(header, event);
                // Searching for messages that were silent for long costs more than the rest of a line.
                if context.line % limits::CHECKED_LINES == 0 {
                    self.expire(at.host);
                }
                self.shrink();
            }
        }
        Closed { rows: self.out.drain(..) }
    }

    /// The rows of all messages held, as they are now: those still open, and those that finished a moment ago,
    /// whose rows [`push`](Self::push) will return later.
    ///
    /// ```
    /// use postfix_log::{Line, Tracker};
    ///
    /// let line = Line::new(b"Nov 22 11:00:03 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=none, delay=2, delays=0/0/2/0, dsn=4.4.1, status=deferred (connect to mx.b.example[203.0.113.3]:25: Connection timed out)", 0);
    /// let header = line.header()?;
    /// let mut tracker = Tracker::new().with_year(2026);
    /// tracker.push(&header, &header.event()).for_each(drop);
    /// let open: Vec<_> = tracker.rows().map(|row| row.fate).collect();
    /// assert_eq!(open, [postfix_log::Fate::StillDeferred]);
    /// # Ok::<(), postfix_log::Error>(())
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = Lifecycle> {
        self.store.slots().flat_map(|slot| {
            let mut rows = Vec::new();
            if let Some(message) = self.store.get(slot) {
                Closing::new(message, &self.sites).rows(&mut rows);
            }
            rows
        })
    }

    /// Closes all messages one by one and returns their rows. Recipients that are still deferred stay
    /// [`StillDeferred`](Fate::StillDeferred).
    ///
    /// ```
    /// use postfix_log::{Line, Tracker};
    ///
    /// let line = Line::new(b"Nov 22 11:00:03 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=none, delay=2, delays=0/0/2/0, dsn=4.4.1, status=deferred (connect to mx.b.example[203.0.113.3]:25: Connection timed out)", 0);
    /// let header = line.header()?;
    /// let mut tracker = Tracker::new().with_year(2026);
    /// tracker.push(&header, &header.event()).for_each(drop);
    /// // The log ends: what is open becomes a row.
    /// let rows: Vec<_> = tracker.drain().collect();
    /// assert_eq!(rows.len(), 1);
    /// assert_eq!(tracker.messages(), 0);
    /// # Ok::<(), postfix_log::Error>(())
    /// ```
    pub fn drain(&mut self) -> Drain<'_> {
        self.out.clear();
        let slots: Vec<u32> = self.store.slots().collect();
        Drain { tracker: self, slots: slots.into_iter(), rows: Vec::new().into_iter() }
    }

    /// Number of messages held.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.store.len()
    }

    /// Memory that the messages and their keys take, in bytes, which [`Limits::bytes`] bounds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// How many messages were given up, by reason; for [`Evicted::Recipients`] how many lines about recipients.
    pub fn evictions(&self) -> impl Iterator<Item = (Evicted, u64)> {
        Evicted::ALL.iter().copied().zip(self.evictions)
    }

    fn site(&mut self, host: &[u8], instance: &[u8]) -> At {
        if let Some(at) = self.sites.find(host, instance) {
            return at;
        }
        while self.sites.len() >= self.limits.sites {
            let Some(silent) = self.sites.most_silent() else { break };
            self.forget(silent);
        }
        self.sites.add(host, instance, &self.calendar)
    }

    /// Stops tracking a host and all its messages.
    fn forget(&mut self, host: u32) {
        for stage in Stage::ALL {
            while let Some(head) = self.head(host, stage) {
                self.evict(head, Evicted::Sites);
            }
        }
        self.sites.remove(host);
    }

    /// Counts a line of a host and places it on the host's time line.
    fn context(&mut self, At { site, host: at }: At, header: &Header<'_>) -> Option<Context> {
        let host = self.sites.host_mut(at)?;
        let moment = host.moment(header.stamp(), header.queue_id());
        host.seen = self.lines;
        host.lines = host.lines.saturating_add(1);
        if let Some(time) = moment.micros() {
            host.tick(time);
        }
        let (serial, clock, line) = (host.serial, host.clock, host.lines);
        self.sites.touch(at);
        Some(Context { site, host: at, serial, clock, line, moment, pid: header.pid() })
    }

    /// Closes the messages of a host that timed out.
    fn expire(&mut self, at: u32) {
        let Some(host) = self.sites.host(at) else { return };
        let (clock, lines, serial) = (host.clock, host.lines, host.serial);
        self.links.expire(serial, clock, lines);
        for stage in Stage::ALL {
            let timeout = match stage {
                Stage::Finished => self.limits.finished,
                Stage::Receiving => self.limits.receiving,
                Stage::Queued => self.limits.queued,
                Stage::Deferred => self.limits.deferred,
                Stage::Held => continue,
            };
            let timeout = i64::try_from(timeout.as_micros()).unwrap_or(i64::MAX);
            while let Some(head) = self.head(at, stage) {
                let due = self.store.get(head).is_some_and(|message| {
                    clock.saturating_sub(message.touched) > timeout
                        && lines.saturating_sub(message.touched_line) > limits::GRACE_LINES
                });
                if !due {
                    break;
                }
                self.evict(head, Evicted::Idle);
            }
        }
    }

    fn head(&self, host: u32, stage: Stage) -> Option<u32> {
        let head = self.sites.host(host)?.lists.of(stage).head;
        (head != NONE).then_some(head)
    }

    /// Evicts messages until the rest is within the limits.
    fn shrink(&mut self) {
        while self.store.len() > self.limits.messages || self.store.bytes() > self.limits.bytes {
            let Some(victim) = self.store.victim() else { break };
            self.evict(victim, Evicted::Budget);
        }
    }

    /// Closes a message before its end. One that has already ended is closed as usual.
    fn evict(&mut self, slot: u32, why: Evicted) {
        let Some(message) = self.store.get_mut(slot) else { return };
        if message.end == End::Open {
            message.end = End::Evicted(why);
            self.count(why);
        }
        self.close(slot);
    }

    fn count(&mut self, why: Evicted) {
        let counts = Evicted::ALL.iter().zip(&mut self.evictions);
        if let Some((_, count)) = counts.into_iter().find(|(known, _)| **known == why) {
            *count = count.saturating_add(1);
        }
    }

    /// Removes a message and gives its rows.
    fn close(&mut self, slot: u32) {
        let Some(site) = self.store.get(slot).map(|message| message.site) else { return };
        let Some((host, seed)) = self.sites.site(site).map(|site| (site.host, site.seed)) else {
            return;
        };
        let Some(host) = self.sites.host_mut(host) else { return };
        let Some(message) = self.store.remove(slot, &mut host.lists) else { return };
        let evicted = match message.end {
            // It may continue: its last lines may still come.
            End::Open | End::Evicted(Evicted::Idle | Evicted::Recipients) => None,
            End::Evicted(Evicted::Budget | Evicted::Sites) => Some(true),
            _ => Some(false),
        };
        if let Some(evicted) = evicted {
            let key = Memory::key(seed, message.text(message.id));
            self.gone.add(Gone { key, latest: message.latest, evicted }, self.limits.bytes);
        }
        self.tell(&message);
        self.store.recycle(message);
    }

    /// Gives the rows of a message.
    fn tell(&mut self, message: &Message) {
        Closing::new(message, &self.sites).rows(&mut self.out);
    }
}

/// Iterator over the rows that one line closed, made by [`Tracker::push`].
#[derive(Debug)]
#[must_use = "rows that are not taken are lost"]
pub struct Closed<'a> {
    rows: std::vec::Drain<'a, Lifecycle>,
}

impl Iterator for Closed<'_> {
    type Item = Lifecycle;

    fn next(&mut self) -> Option<Lifecycle> {
        self.rows.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for Closed<'_> {}

/// Iterator over the rows of a tracker that is being emptied, made by [`Tracker::drain`].
#[derive(Debug)]
#[must_use = "messages are closed as the rows are taken"]
pub struct Drain<'a> {
    tracker: &'a mut Tracker,
    slots: std::vec::IntoIter<u32>,
    rows: std::vec::IntoIter<Lifecycle>,
}

impl Iterator for Drain<'_> {
    type Item = Lifecycle;

    fn next(&mut self) -> Option<Lifecycle> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(row);
            }
            let slot = self.slots.next()?;
            self.tracker.close(slot);
            self.rows = core::mem::take(&mut self.tracker.out).into_iter();
        }
    }
}
