//! What the modification times in the queues say about the queue manager.

use core::time::Duration;
use std::vec::Vec;

use crate::config::RetryParams;
use crate::queue::Queue;
use crate::spool::entry::Entry;
use crate::timestamp::Timestamp;

/// The number of different seconds that are kept while looking for one that most files share.
const CANDIDATES: usize = 8;

/// A file that changed this many seconds after its message arrived was moved or deferred in between.
const LATER: u64 = 2;

/// Signs of what the queue manager does, read from modification times: whether it keeps up with the deferred queue, was told
/// to flush it, or has just started (`src/qmgr/qmgr_active.c`, `src/qmgr/qmgr_move.c`).
///
/// The modification time of a file in `deferred` is the time of its next attempt. The file keeps that time when it moves to
/// `active`. When the queue manager starts, and also after `postfix reload`, it moves all of `active` back to `incoming` and
/// sets the modification times of all these files to the present.
///
/// The memory that this takes is constant.
///
/// ```no_run
/// use std::time::SystemTime;
/// use postfix_queuefile::config::RetryParams;
/// use postfix_queuefile::spool::QueueSigns;
/// use postfix_queuefile::{Queue, Spool};
///
/// let mut signs = QueueSigns::new(SystemTime::now(), RetryParams::default());
/// for entry in Spool::open("/var/spool/postfix")?.entries(&[Queue::Incoming, Queue::Active, Queue::Deferred]) {
///     signs.add(&entry?);
/// }
/// println!("{} messages are overdue, the worst by {:?}", signs.overdue(), signs.most_overdue());
/// if let Some(restart) = signs.restart() {
///     println!("the queue manager started at {}", restart.at);
/// }
/// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct QueueSigns {
    now: u64,
    params: RetryParams,
    overdue: u64,
    most_overdue: u64,
    flushed: u64,
    incoming: u64,
    /// The seconds at which files in `incoming` changed, with counts (the algorithm of Misra and Gries).
    moved: Vec<(u64, u64)>,
}

/// A start of the queue manager that left its marks in `incoming`. Made by [`QueueSigns::restart`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Restart {
    /// The time of the start, in whole seconds.
    pub at: Timestamp,
    /// The least number of messages that have not moved from `incoming` to `active` again.
    pub messages: u64,
}

impl QueueSigns {
    /// Starts without any file. `params` are the parameters of the queue manager.
    #[must_use]
    pub fn new(now: impl Into<Timestamp>, params: RetryParams) -> Self {
        Self {
            now: now.into().seconds(),
            params,
            overdue: 0,
            most_overdue: 0,
            flushed: 0,
            incoming: 0,
            moved: Vec::new(),
        }
    }

    /// Takes a message into account.
    pub fn add(&mut self, entry: &Entry) {
        self.add_times(entry.queue(), entry.file().modified(), entry.arrival());
    }

    /// Takes a message into account by its queue, the modification time of its file, and its arrival time.
    fn add_times(&mut self, queue: Queue, modified: Timestamp, arrival: Timestamp) {
        let changed = modified.seconds();
        let ahead = changed.saturating_sub(self.now);
        let behind = self.now.saturating_sub(changed);
        match queue {
            // It is due at the first queue run after its time, and a run takes a while.
            Queue::Deferred if behind > self.params.queue_run_delay.as_secs().saturating_mul(2) => {
                self.overdue = self.overdue.saturating_add(1);
                self.most_overdue = self.most_overdue.max(behind);
            }
            // One that is being put off has its new time before it leaves `active`.
            Queue::Active if ahead > 0 => self.flushed = self.flushed.saturating_add(1),
            Queue::Incoming => {
                self.incoming = self.incoming.saturating_add(1);
                if ahead == 0 && changed >= arrival.seconds().saturating_add(LATER) {
                    self.count_move(changed);
                }
            }
            _ => {}
        }
    }

    fn count_move(&mut self, second: u64) {
        if let Some((_, count)) = self.moved.iter_mut().find(|(at, _)| *at == second) {
            *count = count.saturating_add(1);
        } else if self.moved.len() < CANDIDATES {
            self.moved.push((second, 1));
        } else {
            self.moved.retain_mut(|(_, count)| {
                *count = count.saturating_sub(1);
                *count > 0
            });
        }
    }

    /// The number of messages in `deferred` whose next attempt was due more than two queue runs ago. The queue manager does not run,
    /// or it does not take deferred mail because `active` is full.
    #[must_use]
    pub fn overdue(&self) -> u64 {
        self.overdue
    }

    /// The time since the next attempt of the most overdue message was due. Zero when no message is overdue.
    #[must_use]
    pub fn most_overdue(&self) -> Duration {
        Duration::from_secs(self.most_overdue)
    }

    /// The number of messages in `active` whose next attempt is not due yet, because they were flushed. A few are there at any time,
    /// on their way back to `deferred`.
    #[must_use]
    pub fn flushed(&self) -> u64 {
        self.flushed
    }

    /// The start of the queue manager that moved most of the messages in `incoming` there. `None` when less than half of them were
    /// moved in the same second.
    #[must_use]
    pub fn restart(&self) -> Option<Restart> {
        let (second, messages) = self.moved.iter().copied().max_by_key(|(_, count)| *count)?;
        let most = messages.saturating_mul(2) >= self.incoming;
        most.then_some(Restart { at: Timestamp::new(second, 0), messages })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_801_500_000;

    fn signs() -> QueueSigns {
        QueueSigns::new(Timestamp::new(NOW, 0), RetryParams::default())
    }

    fn at(ago: u64) -> Timestamp {
        Timestamp::new(NOW.saturating_sub(ago), 0)
    }

    #[test]
    fn mail_that_has_just_arrived_is_no_restart() {
        let mut signs = signs();
        for _ in 0..300 {
            signs.add_times(Queue::Incoming, at(1), at(1));
        }
        assert_eq!(signs.restart(), None);
        // A flood with a time of its own each.
        for age in 0..300 {
            signs.add_times(Queue::Incoming, at(age), at(age.saturating_add(500)));
        }
        assert_eq!(signs.restart(), None);
    }

    #[test]
    fn the_most_overdue_is_the_worst_in_any_order() {
        let mut signs = signs();
        for ago in [700, 5_000, 602, 601] {
            signs.add_times(Queue::Deferred, at(ago), at(9_000));
            signs.add_times(Queue::Hold, at(ago + 50_000), at(90_000));
            signs.add_times(Queue::Active, at(ago + 50_000), at(90_000));
        }
        assert_eq!((signs.overdue(), signs.most_overdue()), (4, Duration::from_secs(5_000)));
        let rare =
            RetryParams { queue_run_delay: Duration::from_secs(1_000), ..Default::default() };
        let mut signs = QueueSigns::new(Timestamp::new(NOW, 999_999), rare);
        for (ago, overdue) in [(2_000, 0), (2_001, 1)] {
            signs.add_times(Queue::Deferred, at(ago), at(9_000));
            assert_eq!(signs.overdue(), overdue, "{ago}");
        }
    }

    #[test]
    fn flushed_is_what_is_active_before_it_is_due() {
        let mut signs = signs();
        for (ahead, flushed) in [(0, 0), (1, 1), (4_000, 2)] {
            let due = Timestamp::new(NOW + ahead, 0);
            signs.add_times(Queue::Active, due, at(9_000));
            signs.add_times(Queue::Deferred, due, at(9_000));
            signs.add_times(Queue::Incoming, due, at(9_000));
            assert_eq!(signs.flushed(), flushed, "{ahead}");
        }
        assert_eq!(signs.overdue(), 0);
    }

    /// So many messages in `incoming` changed in one second of the past, `later` seconds after they arrived, and so many at
    /// other times.
    fn restarted(same: u64, later: u64, others: u64) -> Option<u64> {
        let mut signs = signs();
        for _ in 0..same {
            signs.add_times(Queue::Incoming, at(10), at(10 + later));
        }
        for other in 0..others {
            signs.add_times(Queue::Incoming, at(100 + other), at(500 + other));
        }
        let restart = signs.restart()?;
        assert_eq!(restart.at, at(10));
        Some(restart.messages)
    }

    #[test]
    fn a_restart_moved_half_of_incoming_in_one_second() {
        assert_eq!(restarted(5, 2, 0), Some(5), "two seconds after the arrival are later");
        assert_eq!(restarted(5, 1, 0), None, "one second is not");
        assert_eq!(restarted(5, 9, 5), Some(5), "half of all");
        assert_eq!(restarted(5, 9, 6), None);
        assert_eq!(restarted(0, 0, 0), None);
        // With more other times than are kept, each one that finds no place takes one from all.
        assert_eq!(restarted(100, 9, 7), Some(100));
        for (others, messages) in [(8, 99), (15, 99), (16, 98), (23, 98), (24, 97)] {
            assert_eq!(restarted(100, 9, others), Some(messages), "{others}");
        }
        let mut few = signs();
        for (first, second) in [(2, 8), (100, 0)] {
            (0..first).for_each(|_| few.add_times(Queue::Incoming, at(10), at(90)));
            (0..second).for_each(|n| few.add_times(Queue::Incoming, at(100 + n), at(900)));
        }
        assert_eq!(few.restart().map(|restart| restart.messages), Some(101), "one is taken of two");
        let mut future = signs();
        for _ in 0..5 {
            future.add_times(Queue::Incoming, Timestamp::new(NOW + 1, 0), at(9_000));
        }
        assert_eq!(future.restart(), None, "nothing was moved at a time to come");
        let mut now = signs();
        now.add_times(Queue::Incoming, at(0), at(2));
        assert_eq!(now.restart().map(|restart| restart.messages), Some(1));
    }

    #[test]
    fn what_is_due_waits_for_the_next_run() {
        let mut signs = signs();
        assert_eq!((signs.overdue(), signs.flushed()), (0, 0));
        assert_eq!(signs.most_overdue(), Duration::ZERO);
        for ago in [0, 300, 600] {
            signs.add_times(Queue::Deferred, at(ago), at(9_000));
        }
        assert_eq!(signs.overdue(), 0);
        signs.add_times(Queue::Deferred, at(601), at(9_000));
        assert_eq!(signs.overdue(), 1);
        assert_eq!(signs.flushed(), 0);
    }
}
