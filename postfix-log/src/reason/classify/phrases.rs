//! Which phrases of the table a text holds: one pass over its words, whatever the size of the table.

use super::kinds::ReasonKinds;
use super::rule::Rule;
use super::table::RULES;
use super::text::Text;

/// A set of rows of the table.
#[derive(Clone, Copy)]
pub(super) struct Rows([u64; WORDS]);

/// Bits for as many rows as the table has.
const WORDS: usize = RULES.len().div_ceil(64);

impl Rows {
    const fn with(mut self, row: usize) -> Self {
        if let Some((_, [word, ..])) = self.0.split_at_mut_checked(row / 64) {
            *word |= 1 << (row % 64);
        }
        self
    }

    fn and(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        self
    }

    /// The rows in the order of the table.
    pub(super) fn iter(self) -> impl Iterator<Item = &'static Rule<'static>> {
        self.0.into_iter().zip(RULES.chunks(64)).flat_map(|(mut word, rules)| {
            core::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                word &= word.wrapping_sub(1);
                rules.get(usize::try_from(bit).ok()?)
            })
        })
    }
}

/// The rows for this kind of reason whose phrases are in the text, or that ask for none.
pub(super) fn spoken<const N: usize>(text: &Text<N>, kind: ReasonKinds) -> Rows {
    let [mut first, mut second] = SILENT;
    for start in text.starts() {
        let head = Head::of(start);
        for entry in INDEX.bucket(start) {
            if entry.head.begins(head) && start.starts_with(entry.phrase.as_bytes()) {
                let rows = if entry.is_second { &mut second } else { &mut first };
                *rows = rows.with(usize::from(entry.row));
            }
        }
    }
    of_kind(kind).and(&first).and(&second)
}

/// The row that decides on this kind of reason whatever its words, if the first of its rows is such a one.
pub(super) fn wordless(kind: ReasonKinds) -> Option<&'static Rule<'static>> {
    let rule = of_kind(kind).iter().next()?;
    rule.asks_only_for_kinds().then_some(rule)
}

fn of_kind(kind: ReasonKinds) -> Rows {
    let found = BY_KIND.iter().zip(ReasonKinds::SINGLE).find(|(_, single)| *single == kind);
    found.map_or(Rows([0; WORDS]), |(rows, _)| *rows)
}

/// The first eight bytes of a text as a number, so that most phrases are told apart by one comparison.
#[derive(Clone, Copy)]
struct Head {
    bytes: u64,
    mask: u64,
}

impl Head {
    const fn of(text: &[u8]) -> Self {
        let (mut bytes, mut mask, mut at) = (0, 0, 0);
        let mut rest = text;
        while let [byte, after @ ..] = rest {
            if at == 64 {
                break;
            }
            bytes |= (*byte as u64) << at;
            mask |= 0xff << at;
            at += 8;
            rest = after;
        }
        Self { bytes, mask }
    }

    fn begins(self, text: Self) -> bool {
        text.bytes & self.mask == self.bytes
    }
}

/// One phrase of one row.
#[derive(Clone, Copy)]
struct Entry {
    head: Head,
    row: u16,
    /// From the second list of the row.
    is_second: bool,
    phrase: &'static str,
}

/// All phrases of the table, by their first two bytes.
struct Index {
    /// Where the phrases of a bucket begin; the next entry is where they end.
    starts: [u16; BUCKETS + 1],
    entries: [Entry; PHRASES],
}

/// Letters, digits, and one for all other bytes.
const KINDS: usize = 37;
const BUCKETS: usize = KINDS * KINDS;

const fn bucket(first: u8, second: u8) -> usize {
    const fn kind(byte: u8) -> usize {
        match byte {
            b'a'..=b'z' => (byte - b'a') as usize,
            b'0'..=b'9' => (byte - b'0') as usize + 26,
            _ => 36,
        }
    }
    kind(first) * KINDS + kind(second)
}

impl Index {
    fn bucket(&self, text: &[u8]) -> &[Entry] {
        let [first, second, ..] = text else { return &[] };
        let bounds = self.starts.get(bucket(*first, *second)..).and_then(|rest| rest.get(..2));
        let Some([start, end]) = bounds else { return &[] };
        self.entries.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
    }
}

/// Number of phrases in the table.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
const PHRASES: usize = {
    let (mut row, mut count) = (0, 0);
    while row < RULES.len() {
        count += RULES[row].phrases.fixed().len() + RULES[row].also.fixed().len();
        row += 1;
    }
    count
};

/// The rows that ask for no phrase, and those that ask for no second one.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static SILENT: [Rows; 2] = {
    let mut silent = [Rows([0; WORDS]); 2];
    let mut row = 0;
    while row < RULES.len() {
        if RULES[row].phrases.fixed().is_empty() {
            silent[0] = silent[0].with(row);
        }
        if RULES[row].also.fixed().is_empty() {
            silent[1] = silent[1].with(row);
        }
        row += 1;
    }
    silent
};

/// The rows for each single kind.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static BY_KIND: [Rows; ReasonKinds::SINGLE.len()] = {
    let mut rows = [Rows([0; WORDS]); ReasonKinds::SINGLE.len()];
    let mut kind = 0;
    while kind < rows.len() {
        let mut row = 0;
        while row < RULES.len() {
            if RULES[row].kinds.meets(ReasonKinds::SINGLE[kind]) {
                rows[kind] = rows[kind].with(row);
            }
            row += 1;
        }
        kind += 1;
    }
    rows
};

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static INDEX: Index = {
    let nothing = Entry { head: Head::of(&[]), row: 0, is_second: false, phrase: "" };
    let mut index = Index { starts: [0; BUCKETS + 1], entries: [nothing; PHRASES] };
    // How many phrases each bucket has, then where each begins, then the phrases themselves.
    let mut free = [0_u16; BUCKETS];
    let mut pass = 0;
    while pass < 2 {
        let mut row = 0;
        while row < RULES.len() {
            let lists = [RULES[row].phrases.fixed(), RULES[row].also.fixed()];
            let mut list = 0;
            while list < 2 {
                let mut at = 0;
                while at < lists[list].len() {
                    let phrase = lists[list][at];
                    let bucket = bucket(phrase.as_bytes()[0], phrase.as_bytes()[1]);
                    if pass == 0 {
                        index.starts[bucket + 1] += 1;
                    } else {
                        let head = Head::of(phrase.as_bytes());
                        let entry = Entry { head, row: row as u16, is_second: list == 1, phrase };
                        index.entries[free[bucket] as usize] = entry;
                        free[bucket] += 1;
                    }
                    at += 1;
                }
                list += 1;
            }
            row += 1;
        }
        let mut bucket = 0;
        while pass == 0 && bucket < BUCKETS {
            index.starts[bucket + 1] += index.starts[bucket];
            free[bucket] = index.starts[bucket];
            bucket += 1;
        }
        pass += 1;
    }
    index
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_finds_what_a_search_per_row_finds() {
        for rule in RULES {
            let second = rule.also.fixed().first().copied().unwrap_or_default();
            for phrase in rule.phrases.fixed() {
                let text = Text::<256>::new(format!("{phrase} {second}").as_bytes(), None);
                assert!(text.holds(phrase.as_bytes()), "{} {phrase}", rule.id());
                let kind =
                    ReasonKinds::SINGLE.into_iter().find(|kind| rule.kinds.meets(*kind)).unwrap();
                let mut rows = spoken(&text, kind).iter();
                assert!(rows.any(|row| row.id() == rule.id()), "{} {phrase}", rule.id());
            }
        }
    }

    #[test]
    fn phrases_are_written_as_texts_are_read() {
        for rule in RULES {
            for phrase in rule.phrases.fixed().iter().chain(rule.also.fixed()) {
                let text = Text::<256>::new(phrase.as_bytes(), None);
                let words = text.as_bytes().trim_ascii();
                assert_eq!(words, phrase.trim_end().as_bytes(), "{}", rule.id());
            }
        }
    }
}
