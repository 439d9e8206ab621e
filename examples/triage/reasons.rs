//! Why mail is deferred, according to the defer logs.

use std::collections::HashMap;

use postfix_log::Class;
use postfix_log::reason::pattern;

/// The maximum number of pairs of domain and class that are kept separately. Further ones are counted as one.
const ROWS: usize = 4_000;

/// The number of different texts remembered for each domain and class. If there are more, only frequent ones stay.
const TEXTS: usize = 8;

/// The maximum length of a text in bytes.
const LONGEST: usize = 300;

/// Recipients by domain and class, with the texts.
#[derive(Default)]
pub(crate) struct Reasons(HashMap<(Vec<u8>, Class), Texts>);

/// Why mail for a domain is deferred.
pub(crate) struct Reason<'a> {
    pub(crate) domain: &'a [u8],
    pub(crate) class: Class,
    pub(crate) count: u64,
    pub(crate) text: &'a [u8],
}

impl Reasons {
    pub(crate) fn add(&mut self, domain: &[u8], class: Class, text: &[u8]) {
        let key = (domain.to_vec(), class);
        let key = if self.0.len() < ROWS || self.0.contains_key(&key) {
            key
        } else {
            (b"(others)".to_vec(), class)
        };
        self.0.entry(key).or_default().add(text.get(..LONGEST).unwrap_or(text));
    }

    /// True if no defer log was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons, with the most frequent first.
    pub(crate) fn sorted(&self) -> Vec<Reason<'_>> {
        let mut reasons: Vec<_> = self
            .0
            .iter()
            .map(|((domain, class), texts)| Reason {
                domain,
                class: *class,
                count: texts.count,
                text: texts.most(),
            })
            .collect();
        reasons
            .sort_by_key(|reason| (u64::MAX - reason.count, reason.domain, reason.class.as_str()));
        reasons
    }

    /// The most frequent text for a domain.
    pub(crate) fn text_for(&self, domain: &[u8]) -> Option<&[u8]> {
        let rows = self.0.iter().filter(|((name, _), _)| name == domain);
        rows.max_by_key(|(key, texts)| (texts.count, key.1.as_str())).map(|(_, texts)| texts.most())
    }
}

/// The most frequent of many texts, in little memory: each text that finds no room takes one from
/// the count of every other (Misra and Gries). Texts that differ only in names and numbers count as
/// one, shown as the first of them.
#[derive(Default)]
struct Texts {
    count: u64,
    seen: HashMap<Vec<u8>, (u64, Vec<u8>)>,
}

impl Texts {
    fn add(&mut self, text: &[u8]) {
        self.count += 1;
        let key = pattern(text);
        if let Some((count, _)) = self.seen.get_mut(&key) {
            *count += 1;
        } else if self.seen.len() < TEXTS {
            self.seen.insert(key, (1, text.to_vec()));
        } else {
            self.seen.retain(|_, (count, _)| {
                *count -= 1;
                *count > 0
            });
        }
    }

    /// An example of the most frequent text; of equals the first in the order of bytes.
    fn most(&self) -> &[u8] {
        let most =
            self.seen.iter().max_by_key(|(key, (count, _))| (*count, std::cmp::Reverse(*key)));
        most.map_or(&[], |(_, (_, text))| text)
    }
}
