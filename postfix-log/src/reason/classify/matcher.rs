//! Which phrases a text holds: one pass over the text, whatever the size of the table.

use super::table::RULES;
use crate::limits::MAX_REASON;

/// A text in lower case, cut to its bound.
pub(super) struct Text {
    bytes: [u8; MAX_REASON],
    len: usize,
}

/// The rows of the table of which a phrase was found.
pub(super) struct Spoken([u64; WORDS]);

/// Bits for as many rows as the table has.
const WORDS: usize = RULES.len().div_ceil(64);

impl Text {
    pub(super) fn fold(text: &[u8]) -> Self {
        let mut folded = Self { bytes: [0; MAX_REASON], len: text.len().min(MAX_REASON) };
        for (to, from) in folded.bytes.iter_mut().zip(text) {
            *to = from.to_ascii_lowercase();
        }
        folded
    }

    /// The places where a phrase may begin, with all that follows.
    fn starts(&self) -> impl Iterator<Item = &[u8]> {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        let mut inside = false;
        text.iter().enumerate().filter_map(move |(at, byte)| {
            let was_inside = inside;
            inside = byte.is_ascii_alphanumeric();
            if inside && was_inside { None } else { text.get(at..) }
        })
    }

    pub(super) fn holds_any(&self, phrases: &[&str]) -> bool {
        self.starts().any(|rest| phrases.iter().any(|phrase| rest.starts_with(phrase.as_bytes())))
    }

    /// Marks every row with a phrase in this text.
    pub(super) fn spoken(&self) -> Spoken {
        let mut spoken = Spoken([0; WORDS]);
        for rest in self.starts() {
            let Some(first) = rest.first() else { continue };
            for (rule, phrase) in INDEX.bucket(*first) {
                if rest.starts_with(phrase.as_bytes()) {
                    spoken.insert(usize::from(*rule));
                }
            }
        }
        spoken
    }
}

impl Spoken {
    fn insert(&mut self, rule: usize) {
        if let Some(word) = self.0.get_mut(rule / 64) {
            *word |= 1 << (rule % 64);
        }
    }

    pub(super) fn contains(&self, rule: usize) -> bool {
        self.0.get(rule / 64).is_some_and(|word| word & (1 << (rule % 64)) != 0)
    }
}

/// All phrases of the table, ordered by their first byte.
struct Index {
    /// Where the phrases of a first byte begin; the next entry is where they end.
    starts: [u16; 129],
    phrases: [(u16, &'static str); PHRASES],
}

impl Index {
    fn bucket(&self, first: u8) -> &[(u16, &'static str)] {
        let at = usize::from(first);
        let bounds = self.starts.get(at..).and_then(|rest| rest.get(..2));
        let Some([start, end]) = bounds else { return &[] };
        self.phrases.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
    }
}

/// Number of phrases in the table.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
const PHRASES: usize = {
    let (mut rule, mut count) = (0, 0);
    while rule < RULES.len() {
        count += RULES[rule].phrases.len();
        rule += 1;
    }
    count
};

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static INDEX: Index = {
    let mut index = Index { starts: [0; 129], phrases: [(0, ""); PHRASES] };
    let (mut byte, mut filled) = (0usize, 0usize);
    while byte < 128 {
        index.starts[byte] = filled as u16;
        let mut rule = 0;
        while rule < RULES.len() {
            let mut phrase = 0;
            while phrase < RULES[rule].phrases.len() {
                let text = RULES[rule].phrases[phrase];
                if text.as_bytes()[0] as usize == byte {
                    index.phrases[filled] = (rule as u16, text);
                    filled += 1;
                }
                phrase += 1;
            }
            rule += 1;
        }
        byte += 1;
    }
    index.starts[128] = filled as u16;
    assert!(filled == PHRASES, "a phrase begins with a byte that is not ASCII");
    index
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_finds_what_a_search_per_row_finds() {
        for (index, rule) in RULES.iter().enumerate() {
            for phrase in rule.phrases {
                let text = Text::fold(phrase.to_ascii_uppercase().as_bytes());
                assert!(text.spoken().contains(index), "{} {phrase}", rule.id);
                assert!(text.holds_any(rule.phrases));
                assert_eq!(*phrase, phrase.to_ascii_lowercase(), "{}", rule.id);
            }
        }
    }

    #[test]
    fn phrases_begin_words() {
        assert!(Text::fold(b"see SPF record").holds_any(&["spf"]));
        assert!(Text::fold(b"(spf)").holds_any(&["spf"]));
        assert!(!Text::fold(b"xspf").holds_any(&["spf"]));
        assert!(Text::fold(b"reply [BL21]").holds_any(&["[bl"]));
    }
}
