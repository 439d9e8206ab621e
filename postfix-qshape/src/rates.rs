//! Counts per key in windows that move along with the time of a log.

mod merge;

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use core::time::Duration;

use crate::buckets::Buckets;
use crate::error::Error;
use crate::shape::rows::{Counts, Row};
use crate::shape::store::Store;

/// Counts per key in the most recent windows of time, all of equal length.
///
/// Times are durations since an epoch of your choice, for instance Unix seconds. Window *n* begins
/// at *n* times the length of a window. The newest window is the one that contains the latest time
/// so far. It is kept together with the windows before it, up to the number given to
/// [`new`](Self::new); older windows are forgotten. Times may come out of order: a time within a
/// window that is still kept is counted there, and an older one is only counted as
/// [`late`](Self::late). A single time far in the future moves the newest window there, so that
/// everything before it is forgotten. If times cannot be trusted, check them first.
///
/// A row has one bucket per window: bucket 0 is the newest window, bucket 1 the one before it, and
/// so on. [`start`](Self::start) tells when the window of a bucket began.
///
/// Memory is bounded whatever the keys are: at most twice `capacity` keys have a row. When more
/// rows would be needed, the `capacity` largest are kept, and the counts of the others remain only
/// in the total. [`total`](Self::total) is exact. A row counts what came since its key got the row,
/// and [`missed`](Row::missed) tells how much more there can have been in the windows that are
/// kept: `row.total()` ≤ true total ≤ `row.total() + row.missed()`. A key without a row has a true
/// total of at most [`floor`](Self::floor), and no `missed` is larger than that. Both return to
/// zero once every window in which a row was dropped has been forgotten. Counters stop at
/// [`u64::MAX`].
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::Rates;
///
/// let minutes = |n: u64| Duration::from_secs(60 * n);
/// // Four windows of ten minutes, at least 1,000 keys.
/// let mut deferred: Rates<String> = Rates::new(minutes(10), 4, 1_000)?;
/// for (domain, minute) in [("a.example", 1), ("b.example", 21), ("b.example", 25), ("b.example", 31)] {
///     deferred.add_ref(domain, minutes(minute));
/// }
/// let b = deferred.get("b.example").unwrap();
/// assert_eq!(b.counts().iter().collect::<Vec<_>>(), [1, 2, 0, 0]);
/// // Since when? The oldest bucket in which there is something.
/// let oldest = b.counts().iter().rposition(|count| count > 0).unwrap();
/// assert_eq!(deferred.start(oldest), Some(minutes(20)));
///
/// deferred.advance(minutes(40)); // nothing more came until then
/// assert!(deferred.get("a.example").is_none());
/// assert_eq!(deferred.total().total(), 3);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone)]
pub struct Rates<K> {
    /// The windows as age buckets of equal length.
    buckets: Buckets,
    window: Duration,
    capacity: usize,
    /// The number of the newest window, if there is one.
    newest: Option<u64>,
    /// The counter of window *n* is at *n* modulo the number of windows.
    store: Store<K>,
    /// The state of each row, by the number of the row.
    states: Vec<State>,
    total: Vec<u64>,
    /// For each window that is kept, the largest total of a row that was dropped while this window
    /// was the newest.
    floors: Vec<u64>,
    late: u64,
}

/// What is stored for a row in addition to its counters.
#[derive(Clone, Copy, Debug)]
struct State {
    /// The newest window when the row was last brought up to date. Counters of later windows still
    /// hold values of forgotten windows.
    current: u64,
    /// The newest window when the key got the row. What the row missed is not later than this.
    since: u64,
    missed: u64,
}

impl<K> Rates<K> {
    /// Creates an empty aggregate with `windows` windows of length `window`. It keeps rows for at
    /// least the `capacity` largest keys and for at most twice as many.
    ///
    /// # Errors
    /// Fails if `capacity`, `windows` or the length of a window is zero, or if there are more
    /// windows than [`Buckets::MAX`].
    pub fn new(window: Duration, windows: usize, capacity: usize) -> Result<Self, Error> {
        if capacity == 0 {
            return Err(Error::NoCapacity);
        }
        let buckets = Buckets::linear(window, windows)?;
        let zeros = alloc::vec![0; windows];
        Ok(Self {
            buckets,
            window,
            capacity,
            newest: None,
            store: Store::new(windows),
            states: Vec::new(),
            total: zeros.clone(),
            floors: zeros,
            late: 0,
        })
    }

    /// The windows as age buckets. The first bucket is the newest window.
    #[must_use]
    pub fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// The minimum number of rows that are kept once there are that many keys.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The time at which the window of a bucket began; bucket 0 is the newest window. `None` for a
    /// bucket beyond the oldest, for a window before the epoch, and as long as no time has been
    /// seen.
    #[must_use]
    pub fn start(&self, bucket: usize) -> Option<Duration> {
        let back = u64::try_from(bucket).ok().filter(|_| bucket < self.total.len())?;
        let nanos =
            u128::from(self.newest?.checked_sub(back)?).checked_mul(self.window.as_nanos())?;
        let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
        Some(Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).ok()?))
    }

    /// The exact sum of everything that was counted in the windows that are kept, including keys
    /// without a row.
    #[must_use]
    pub fn total(&self) -> Counts {
        Counts::from_lanes(self.windows().map(|at| read(&self.total, at)).collect())
    }

    /// The sum of the amounts that were not counted because their window had already been
    /// forgotten.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The largest total that a key without a row can have in the windows that are kept.
    #[must_use]
    pub fn floor(&self) -> u64 {
        self.floors.iter().copied().max().unwrap_or(0)
    }

    /// Moves the newest window to the one that contains `now` and forgets the windows that are then
    /// too old. A `now` before the newest window changes nothing.
    ///
    /// Without this call the windows move only when something is counted.
    pub fn advance(&mut self, now: Duration) {
        self.move_to(self.number(now));
    }

    fn move_to(&mut self, window: u64) {
        let Some(newest) = self.newest.replace(self.newest.unwrap_or(window).max(window)) else {
            return;
        };
        let steps = window.saturating_sub(newest).min(wide(self.total.len()));
        for step in 1..=steps {
            let at = self.place(newest.saturating_add(step));
            for ring in [&mut self.total, &mut self.floors] {
                ring.get_mut(at).into_iter().for_each(|cell| *cell = 0);
            }
        }
    }

    /// The number of the window that contains a time.
    fn number(&self, time: Duration) -> u64 {
        if self.window.subsec_nanos() == 0 {
            return time.as_secs().checked_div(self.window.as_secs()).unwrap_or(0);
        }
        let number = time.as_nanos().checked_div(self.window.as_nanos()).unwrap_or(0);
        u64::try_from(number).unwrap_or(u64::MAX)
    }

    /// The position of the counter of a window.
    fn place(&self, window: u64) -> usize {
        let at = window.checked_rem(wide(self.total.len())).unwrap_or(0);
        usize::try_from(at).unwrap_or(0)
    }

    /// The positions of the counters of all buckets, the newest first.
    fn windows(&self) -> impl Iterator<Item = usize> {
        let (count, newest) = (self.total.len(), self.place(self.newest.unwrap_or(0)));
        (0..count).map(move |back| match newest.checked_sub(back) {
            Some(at) => at,
            None => newest.saturating_add(count).saturating_sub(back),
        })
    }

    /// The counters of a row, the newest first, without those of forgotten windows.
    fn cells(&self, index: usize, state: &State) -> impl Iterator<Item = u64> {
        // The row has no counts yet in windows that are later than its own.
        let ahead = self.newest.unwrap_or(0).saturating_sub(state.current);
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let cells = self.windows().enumerate();
        cells.map(move |(back, at)| if back < ahead { 0 } else { self.store.get(index, at) })
    }

    /// How much a row may have missed in the windows that are still kept.
    fn missed(&self, state: &State) -> u64 {
        let since = self.newest.unwrap_or(0).saturating_sub(state.since);
        // What the key had before it was dropped is forgotten together with the window in which
        // that happened.
        if since < wide(self.total.len()) { state.missed.min(self.floor()) } else { 0 }
    }

    fn row(&self, index: usize) -> Option<Row<'_, K>> {
        let (key, state) = (self.store.key(index)?, self.states.get(index)?);
        let counts: Counts = Counts::from_lanes(self.cells(index, state).collect());
        (counts.total() > 0).then(|| Row::new(key, counts, self.missed(state)))
    }
}

impl<K: Hash + Eq> Rates<K> {
    /// Counts one for an owned key.
    pub fn add(&mut self, key: K, time: Duration) {
        let hash = self.store.hash(&key);
        let index = self.store.find(hash, |known| *known == key);
        self.put(index, hash, || key, time, 1);
    }

    /// Counts one for a borrowed key. The key is copied only if it has no row.
    pub fn add_ref<'q, Q>(&mut self, key: &'q Q, time: Duration)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.extend_ref([(key, time, 1)]);
    }

    /// Counts an amount for each borrowed key and time. A key is copied only if it has no row.
    ///
    /// This is [`Extend`] for borrowed keys.
    pub fn extend_ref<'q, Q, I>(&mut self, items: I)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized + 'q,
        I: IntoIterator<Item = (&'q Q, Duration, u64)>,
    {
        for (key, time, amount) in items {
            let hash = self.store.hash(key);
            let index = self.store.find(hash, |known| known.borrow() == key);
            self.put(index, hash, || K::from(key), time, amount);
        }
    }

    /// The row of one key. `None` if nothing was counted for it in the windows that are kept, or if
    /// its row was dropped.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<Row<'_, K>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.row(self.store.find(self.store.hash(key), |known| known.borrow() == key)?)
    }

    /// All rows with a count above zero. They are ordered by the largest possible true total, in
    /// descending order, and then by key.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_, K>>
    where
        K: Ord,
    {
        let mut rows: Vec<Row<'_, K>> =
            (0..self.store.len()).filter_map(|index| self.row(index)).collect();
        rows.sort_unstable_by(|a, b| b.upper().cmp(&a.upper()).then_with(|| a.key().cmp(b.key())));
        rows.into_iter()
    }

    /// Adds to the row with this number, or to a new row if there is no number.
    fn put(
        &mut self,
        index: Option<usize>,
        hash: u32,
        own: impl FnOnce() -> K,
        time: Duration,
        amount: u64,
    ) {
        let window = self.number(time);
        self.move_to(window);
        let newest = self.newest.unwrap_or(window);
        if newest.saturating_sub(window) >= wide(self.total.len()) {
            self.late = self.late.saturating_add(amount);
            return;
        }
        if amount == 0 {
            return;
        }
        let at = self.place(window);
        self.total.get_mut(at).into_iter().for_each(|sum| *sum = sum.saturating_add(amount));
        let Some(index) = index.or_else(|| self.store.insert(hash, own())) else { return };
        if index == self.states.len() {
            let missed = self.floor();
            self.states.push(State { current: newest, since: newest, missed });
        }
        self.bring_up_to_date(index, newest);
        self.store.add(index, at, amount);
        self.prune();
    }

    /// Clears the counters of windows that were forgotten since the row was last brought up to
    /// date.
    fn bring_up_to_date(&mut self, index: usize, newest: u64) {
        let Some(state) = self.states.get_mut(index) else { return };
        let before = core::mem::replace(&mut state.current, newest);
        let steps = newest.saturating_sub(before).min(wide(self.total.len()));
        for step in 1..=steps {
            let at = self.place(before.saturating_add(step));
            self.store.reset(index, at);
        }
    }

    /// Drops all but the `capacity` largest rows if there are more than twice as many.
    fn prune(&mut self) {
        if self.store.len() <= self.capacity.saturating_mul(2) {
            return;
        }
        let uppers = self.states.iter().enumerate().map(|(index, state)| {
            let sum = self.cells(index, state).fold(0, |sum: u64, cell| sum.saturating_add(cell));
            // Of equal rows the older one is kept.
            (u64::MAX.saturating_sub(sum.saturating_add(self.missed(state))), index)
        });
        let mut order: Vec<(u64, usize)> = uppers.collect();
        let (_, &mut (first_out, _), _) = order.select_nth_unstable(self.capacity);
        let mut stays = alloc::vec![false; order.len()];
        for (_, index) in order.iter().take(self.capacity) {
            stays.get_mut(*index).into_iter().for_each(|stays| *stays = true);
        }
        let at = self.place(self.newest.unwrap_or(0));
        let floor = u64::MAX.saturating_sub(first_out);
        self.floors.get_mut(at).into_iter().for_each(|cell| *cell = floor.max(*cell));
        let stays = |index: usize| stays.get(index).copied().unwrap_or(false);
        self.store.retain(stays);
        let mut indices = 0..;
        self.states.retain(|_| indices.next().is_some_and(stays));
    }
}

/// Counts one for each key and time.
impl<K: Hash + Eq> Extend<(K, Duration)> for Rates<K> {
    fn extend<I: IntoIterator<Item = (K, Duration)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, time)| self.add(key, time));
    }
}

/// Counts an amount for each key and time.
impl<K: Hash + Eq> Extend<(K, Duration, u64)> for Rates<K> {
    fn extend<I: IntoIterator<Item = (K, Duration, u64)>>(&mut self, items: I) {
        for (key, time, amount) in items {
            let hash = self.store.hash(&key);
            let index = self.store.find(hash, |known| *known == key);
            self.put(index, hash, || key, time, amount);
        }
    }
}

impl<K: fmt::Debug> fmt::Debug for Rates<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |index: usize| self.row(index).map(|row| (row.key(), row.counts().clone()));
        let rows: Vec<_> = (0..self.store.len()).filter_map(row).collect();
        f.debug_struct("Rates")
            .field("window", &self.window)
            .field("start", &self.start(0))
            .field("total", &self.total())
            .field("rows", &rows)
            .finish_non_exhaustive()
    }
}

fn read(ring: &[u64], at: usize) -> u64 {
    ring.get(at).copied().unwrap_or(0)
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
