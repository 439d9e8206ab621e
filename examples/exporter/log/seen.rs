//! What happened to a message before, in bounded memory.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use postfix_log::Header;
use serde::{Deserialize, Serialize, Serializer};

/// Facts that are kept, those included that were withdrawn and not yet cleared away.
const MAX_KEPT: usize = 200_000;

/// Facts about messages in the queue, shortened to a number each. A fact may be forgotten once [`MAX_KEPT`]` / 2` others
/// have been heard since: the message is taken for a new one then.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "VecDeque<u64>")]
pub(crate) struct Seen {
    /// Facts and their turns, oldest first.
    order: VecDeque<(u64, u64)>,
    /// The turn in which each fact was heard. What stands in `order` with another one was withdrawn.
    known: HashMap<u64, u64>,
    turn: u64,
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
        let is_new = !self.known.contains_key(&key);
        if is_new {
            self.learn(key);
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
        if self.order.len() > 1_024 && self.order.len() > 4 * self.known.len() {
            self.clear_away();
        }
    }

    fn learn(&mut self, key: u64) {
        self.turn = self.turn.wrapping_add(1);
        self.known.insert(key, self.turn);
        self.order.push_back((key, self.turn));
        if self.order.len() <= MAX_KEPT {
            return;
        }
        if self.known.len() <= MAX_KEPT / 2 {
            self.clear_away();
        } else if let Some((oldest, turn)) = self.order.pop_front()
            && self.known.get(&oldest) == Some(&turn)
        {
            self.known.remove(&oldest);
        }
    }

    /// Removes what was withdrawn. That is rare: each time there is as much of it as of the rest, or more.
    fn clear_away(&mut self) {
        let known = &self.known;
        self.order.retain(|(key, turn)| known.get(key) == Some(turn));
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
    fn from(saved: VecDeque<u64>) -> Self {
        let mut seen = Self::default();
        saved.into_iter().for_each(|key| seen.learn(key));
        seen
    }
}

/// The facts in their order, without the turns.
impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let current = self.order.iter().filter(|(key, turn)| self.known.get(key) == Some(turn));
        serializer.collect_seq(current.map(|(key, _)| key))
    }
}

#[cfg(test)]
mod tests {
    use postfix_log::lines;

    use super::*;

    fn line(id: usize) -> Vec<u8> {
        format!("2026-11-22T11:00:00Z mx1 postfix/qmgr[5]: {id:010X}: removed").into_bytes()
    }

    fn with<T>(id: usize, act: impl FnOnce(&Header<'_>) -> T) -> Option<T> {
        let text = line(id);
        let header = lines(&text).next()?.header().ok()?;
        Some(act(&header))
    }

    #[test]
    fn facts_are_news_once_and_bounded() {
        let mut seen = Seen::default();
        for id in 0..MAX_KEPT + 10_000 {
            assert_eq!(with(id, |header| seen.is_new(header, Fact::Active)), Some(true), "{id}");
            assert_eq!(with(id, |header| seen.is_new(header, Fact::Active)), Some(false), "{id}");
        }
        assert!(seen.order.len() <= MAX_KEPT && seen.known.len() <= MAX_KEPT);
    }

    #[test]
    fn an_id_that_is_given_again_and_again_pushes_nothing_out() {
        let mut seen = Seen::default();
        assert_eq!(with(0, |header| seen.is_new(header, Fact::Deferred)), Some(true));
        for turn in 0..40_000 {
            let id = 1 + turn % 2_000;
            with(id, |header| seen.forget(header));
            assert_eq!(with(id, |header| seen.is_new(header, Fact::Active)), Some(true), "{turn}");
            assert!(seen.order.len() <= 1_024 + 4 * 2_000, "{}", seen.order.len());
        }
        let saved = serde_json::to_string(&seen).unwrap_or_default();
        let mut seen: Seen = serde_json::from_str(&saved).unwrap_or_default();
        assert_eq!(with(0, |header| seen.is_new(header, Fact::Deferred)), Some(false));
    }
}
