//! Finds the phrases of the table that a text contains, in one pass over its words, whatever the size of the table.
//!
//! The phrases are in one sorted list. All phrases that match at one position of the text are prefixes of one another,
//! and the longest of them sorts last. So a binary search finds the last phrase that does not sort after the text, and
//! the others are found by going from each phrase to its longest prefix in the list.

use super::kinds::ReasonKinds;
use super::rule::Rule;
use super::table::RULES;
use super::text::Text;
use crate::event::dsn::Dsn;

/// A set of rows of the table.
#[derive(Clone, Copy)]
pub(super) struct Rows([u64; WORDS]);

/// Bits for as many rows as the table has.
const WORDS: usize = RULES.len().div_ceil(64);

impl Rows {
    const NONE: Self = Self([0; WORDS]);

    const fn with(mut self, row: usize) -> Self {
        if let Some((_, [word, ..])) = self.0.split_at_mut_checked(row / 64) {
            *word |= 1 << (row % 64);
        }
        self
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        self
    }

    /// The first row, in the order of the table, that matches.
    pub(super) fn find(
        self,
        decides: impl Fn(&'static Rule<'static>) -> bool,
    ) -> Option<&'static Rule<'static>> {
        for (word, rules) in self.0.into_iter().zip(RULES.chunks(64)) {
            let mut word = word;
            while let Some(rule) = rules.get(word.trailing_zeros() as usize) {
                if decides(rule) {
                    return Some(rule);
                }
                word &= word.wrapping_sub(1);
            }
        }
        None
    }
}

/// The rows for this kind of reason whose phrases are in the text, or that require none.
pub(super) fn spoken<const N: usize>(text: &Text<N>, kind: ReasonKinds) -> Rows {
    let [mut first, mut second] = SILENT;
    text.each_start(|start| {
        for entry in INDEX.beginnings_of(start) {
            let rows = if entry.is_second { &mut second } else { &mut first };
            *rows = rows.with(usize::from(entry.row));
        }
    });
    of_kind(kind).and(&first).and(&second)
}

/// The rows that require no status, or one with the same subject as this one.
pub(super) fn of_subject(status: Option<Dsn>) -> &'static Rows {
    let [.., no_status] = &BY_SUBJECT;
    status.and_then(|dsn| BY_SUBJECT.get(usize::from(dsn.subject()))).unwrap_or(no_status)
}

/// The first row for this kind of reason, if it matches whatever the words are.
pub(super) fn wordless(kind: ReasonKinds) -> Option<&'static Rule<'static>> {
    *WORDLESS.get(kind.place())?
}

fn of_kind(kind: ReasonKinds) -> Rows {
    BY_KIND.get(kind.place()).copied().unwrap_or(Rows::NONE)
}

/// The first sixteen bytes of a text as a number that sorts as the text does, so that one comparison distinguishes most
/// phrases. A shorter text is padded with NUL, which occurs in no phrase and no text.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Head(u128);

impl Head {
    const BYTES: usize = 16;

    const fn of(text: &[u8]) -> Self {
        if let Some(bytes) = text.first_chunk() {
            return Self(u128::from_be_bytes(*bytes));
        }
        let (mut number, mut free) = (0, 128);
        let mut rest = text;
        while let [byte, after @ ..] = rest {
            free -= 8;
            number |= (*byte as u128) << free;
            rest = after;
        }
        Self(number)
    }

    /// The number of leading bytes that are equal.
    fn shared(self, other: Self) -> usize {
        (self.0 ^ other.0).leading_zeros() as usize / 8
    }
}

/// One phrase of one row.
#[derive(Clone, Copy)]
struct Entry {
    head: Head,
    phrase: &'static str,
    row: u16,
    /// True for a phrase of the second list of the row.
    is_second: bool,
    /// The number, counted from 1, of the entry whose phrase is the longest prefix of this one; 0 if there is none.
    shorter: u16,
}

/// The number of buckets. Phrases that begin with the same three bytes share a bucket, and hardly any others do.
const BUCKETS: usize = 4096;

const fn bucket([first, second, third]: [u8; 3]) -> usize {
    (first as usize * 961 + second as usize * 31 + third as usize) % BUCKETS
}

/// All phrases of the table by bucket, sorted within each.
struct Index {
    /// The start of each bucket, which is the end of the one before.
    starts: [u16; BUCKETS + 1],
    entries: [Entry; PHRASES],
}

impl Index {
    /// The entries whose phrases the text begins with, the longest first.
    fn beginnings_of(&self, text: &[u8]) -> impl Iterator<Item = &Entry> {
        let head = Head::of(text);
        let mut at = self.last_not_above(head, text);
        core::iter::from_fn(move || {
            loop {
                let before = at.checked_sub(1)?;
                let entry = self.entries.get(before)?;
                at = usize::from(entry.shorter);
                if entry.begins(head, text) {
                    return Some(entry);
                }
            }
        })
    }

    /// The number of entries up to the last one in the text's bucket that does not sort after the text; 0 if there is
    /// none.
    fn last_not_above(&self, head: Head, text: &[u8]) -> usize {
        let Some(first) = text.first_chunk() else { return 0 };
        let bounds = self.starts.get(bucket(*first)..).and_then(|rest| rest.get(..2));
        let Some([start, end]) = bounds else { return 0 };
        let (start, end) = (usize::from(*start), usize::from(*end));
        let Some(entries) = self.entries.get(start..end) else { return 0 };
        let tail = text.get(Head::BYTES..).unwrap_or_default();
        let mut count = entries.partition_point(|entry| entry.head <= head);
        while let Some(entry) = count.checked_sub(1).and_then(|before| entries.get(before)) {
            if entry.head != head || entry.tail() <= tail {
                return start.saturating_add(count);
            }
            count = count.saturating_sub(1);
        }
        0
    }
}

impl Entry {
    /// The rest of the phrase, after the head.
    fn tail(&self) -> &'static [u8] {
        self.phrase.as_bytes().get(Head::BYTES..).unwrap_or_default()
    }

    /// True when a text with this head begins with the phrase.
    fn begins(&self, head: Head, text: &[u8]) -> bool {
        let shared = self.head.shared(head);
        shared >= self.phrase.len()
            || shared == Head::BYTES
                && text.get(Head::BYTES..).is_some_and(|rest| rest.starts_with(self.tail()))
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

/// The rows that require no phrase, and those that require no second one.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static SILENT: [Rows; 2] = {
    let mut silent = [Rows::NONE; 2];
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
    let mut rows = [Rows::NONE; ReasonKinds::SINGLE.len()];
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

/// The first row of each single kind, if it requires nothing else.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static WORDLESS: [Option<&Rule<'static>>; ReasonKinds::SINGLE.len()] = {
    let mut first = [None; ReasonKinds::SINGLE.len()];
    let mut kind = 0;
    while kind < first.len() {
        let mut row = 0;
        while row < RULES.len() && !RULES[row].kinds.meets(ReasonKinds::SINGLE[kind]) {
            row += 1;
        }
        if row < RULES.len() && RULES[row].asks_only_for_kinds() {
            first[kind] = Some(&RULES[row]);
        }
        kind += 1;
    }
    first
};

/// The number of subjects of enhanced status codes that rows may require, plus one for the rows that require none.
const SUBJECTS: usize = 9;

/// The rows for each subject: those that require a status with it, and those that require no status.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static BY_SUBJECT: [Rows; SUBJECTS] = {
    let mut rows = [Rows::NONE; SUBJECTS];
    let mut row = 0;
    while row < RULES.len() {
        let asked = RULES[row].status.fixed();
        let mut subject = 0;
        while subject < SUBJECTS && asked.is_empty() {
            rows[subject] = rows[subject].with(row);
            subject += 1;
        }
        let mut at = 0;
        while at < asked.len() {
            let subject = asked[at].1 as usize;
            assert!(subject < SUBJECTS - 1);
            rows[subject] = rows[subject].with(row);
            at += 1;
        }
        row += 1;
    }
    rows
};

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static INDEX: Index = {
    let nothing = Entry { head: Head(0), phrase: "", row: 0, is_second: false, shorter: 0 };
    let mut index = Index { starts: [0; BUCKETS + 1], entries: [nothing; PHRASES] };
    let mut count = 0;
    let mut row = 0;
    while row < RULES.len() {
        let lists = [RULES[row].phrases.fixed(), RULES[row].also.fixed()];
        let mut list = 0;
        while list < 2 {
            let mut at = 0;
            while at < lists[list].len() {
                let phrase = lists[list][at];
                index.starts[bucket_of(phrase) + 1] += 1;
                let head = Head::of(phrase.as_bytes());
                index.entries[count] =
                    Entry { head, phrase, row: row as u16, is_second: list == 1, shorter: 0 };
                count += 1;
                at += 1;
            }
            list += 1;
        }
        row += 1;
    }
    let mut bucket = 0;
    while bucket < BUCKETS {
        index.starts[bucket + 1] += index.starts[bucket];
        bucket += 1;
    }
    index.entries = sorted(index.entries);
    let mut at = 0;
    while at < PHRASES {
        let phrase = index.entries[at].phrase.as_bytes();
        let mut shorter = at;
        while shorter > 0 && !begins_with(phrase, index.entries[shorter - 1].phrase.as_bytes()) {
            shorter = index.entries[shorter - 1].shorter as usize;
        }
        index.entries[at].shorter = shorter as u16;
        at += 1;
    }
    index
};

/// Merges runs of one, two, four and so on entries.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
const fn sorted(mut from: [Entry; PHRASES]) -> [Entry; PHRASES] {
    let mut run = 1;
    while run < PHRASES {
        let mut to = from;
        let mut start = 0;
        while start < PHRASES {
            let (mut left, mut right, mut at) = (start, smaller(start + run, PHRASES), start);
            let (middle, end) = (right, smaller(start + 2 * run, PHRASES));
            while at < end {
                let takes_right =
                    left == middle || right < end && is_behind(&from[left], &from[right]);
                let next = if takes_right { &mut right } else { &mut left };
                to[at] = from[*next];
                *next += 1;
                at += 1;
            }
            start = end;
        }
        from = to;
        run *= 2;
    }
    from
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
const fn bucket_of(phrase: &str) -> usize {
    let phrase = phrase.as_bytes();
    bucket([phrase[0], phrase[1], phrase[2]])
}

/// True if the first entry sorts after the second.
const fn is_behind(first: &Entry, second: &Entry) -> bool {
    let (here, there) = (bucket_of(first.phrase), bucket_of(second.phrase));
    if here != there {
        return here > there;
    }
    let (mut left, mut right) = (first.head.0, second.head.0);
    let (mut first, mut second) = (first.phrase.as_bytes(), second.phrase.as_bytes());
    while left == right {
        let (Some((_, a)), Some((_, b))) =
            (first.split_at_checked(Head::BYTES), second.split_at_checked(Head::BYTES))
        else {
            return first.len() > second.len();
        };
        (left, right) = (Head::of(a).0, Head::of(b).0);
        (first, second) = (a, b);
    }
    left > right
}

const fn begins_with(mut text: &[u8], mut phrase: &[u8]) -> bool {
    while let [byte, rest @ ..] = phrase {
        match text {
            [other, after @ ..] if *other == *byte => (text, phrase) = (after, rest),
            _ => return false,
        }
    }
    true
}

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
                let found = spoken(&text, kind).find(|row| row.id() == rule.id());
                assert!(found.is_some(), "{} {phrase}", rule.id());
            }
        }
    }

    #[test]
    fn halving_finds_what_a_search_of_all_entries_finds() {
        let found = |text: &[u8]| -> Vec<*const Entry> {
            let mut found: Vec<_> = INDEX.beginnings_of(text).map(core::ptr::from_ref).collect();
            found.sort_unstable();
            found
        };
        for (entry, next) in INDEX.entries.iter().zip(INDEX.entries.iter().skip(1)) {
            let whole = format!("{} {}", entry.phrase, next.phrase);
            for text in [entry.phrase, &whole, entry.phrase.split_at(3).0] {
                let text = text.as_bytes();
                let want: Vec<_> = INDEX
                    .entries
                    .iter()
                    .filter(|entry| text.starts_with(entry.phrase.as_bytes()))
                    .map(core::ptr::from_ref)
                    .collect();
                assert_eq!(found(text), want, "{}", text.escape_ascii());
            }
        }
        for text in [&b""[..], b"a", b"zz", b"\xff\xff\xff", b"   "] {
            assert_eq!(found(text), [], "{}", text.escape_ascii());
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
