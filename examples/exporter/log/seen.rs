//! What happened to a message before, in bounded memory.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use postfix_log::Header;
use serde::{Deserialize, Serialize};

/// Facts that are remembered; the oldest are forgotten first.
const MAX_SEEN: usize = 200_000;

/// Facts about messages in the queue, shortened to a number each. A message of which more than
/// [`MAX_SEEN`] others have been heard since may be taken for a new one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "VecDeque<u64>", into = "VecDeque<u64>")]
pub(crate) struct Seen {
    order: VecDeque<u64>,
    known: HashSet<u64>,
}

/// What is remembered of a message.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum Fact {
    /// It was in the active queue.
    Active,
    /// smtp deferred it.
    Deferred,
}

impl Seen {
    /// Whether this is news about the message that the line is about; from now on it is not.
    pub(crate) fn is_new(&mut self, header: &Header<'_>, fact: Fact) -> bool {
        let Some(key) = key(header, fact) else { return true };
        let is_new = self.known.insert(key);
        if is_new {
            self.order.push_back(key);
            if self.order.len() > MAX_SEEN
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        is_new
    }

    /// The message is gone: its queue id may be given to another.
    pub(crate) fn forget(&mut self, header: &Header<'_>) {
        for fact in [Fact::Active, Fact::Deferred] {
            if let Some(key) = key(header, fact) {
                self.known.remove(&key);
            }
        }
        // What was forgotten is still in the queue of keys.
        if self.order.len() > 1_024 && self.order.len() > 4 * self.known.len() {
            self.order.retain(|key| self.known.contains(key));
        }
    }
}

fn key(header: &Header<'_>, fact: Fact) -> Option<u64> {
    let id = header.queue_id()?;
    // With fixed keys: the numbers are saved.
    let mut hasher = DefaultHasher::new();
    (header.host(), header.instance(), id.as_bytes(), fact).hash(&mut hasher);
    Some(hasher.finish())
}

impl From<VecDeque<u64>> for Seen {
    fn from(order: VecDeque<u64>) -> Self {
        Self { known: order.iter().copied().collect(), order }
    }
}

impl From<Seen> for VecDeque<u64> {
    fn from(seen: Seen) -> Self {
        seen.order.into_iter().filter(|key| seen.known.contains(key)).collect()
    }
}
