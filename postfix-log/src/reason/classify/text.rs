//! The form of a text that is searched for phrases.

use super::quoted;
use crate::event::dsn::Dsn;
use crate::limits::MAX_REASON;

/// A text in lower case that contains only words: runs of letters and digits, each with one blank before and after it.
///
/// Names that the text [quotes](quoted), the codes that begin the later lines of a reply, and apostrophes are left out.
/// All other punctuation separates words, as does a capital after a small letter: `mailbox_full`, `Mailbox full` and
/// `MailboxFull` are the same. An opening bracket stays before its word, because some providers write their codes in
/// brackets.
pub(super) struct Text<const N: usize> {
    /// The words, followed by NUL bytes.
    bytes: [u8; N],
    len: usize,
    /// A bit for each position where a phrase may begin: every word, and the word after a bracket.
    starts: [u64; MAX_REASON.div_ceil(64)],
    /// The first enhanced status inside the text that means a failure.
    pub(super) status: Option<Dsn>,
    /// True if a quoted name was left out.
    pub(super) has_quotes: bool,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        const { assert!(N <= MAX_REASON) };
        let starts = [0; MAX_REASON.div_ceil(64)];
        Self { bytes: [0; N], len: 0, starts, status: None, has_quotes: false }
    }
}

impl<const N: usize> Text<N> {
    /// `code` is the SMTP code of the reply.
    pub(super) fn new(text: &[u8], code: Option<u16>) -> Self {
        let mut made = Self::default();
        made.read(text, code);
        made
    }

    /// Fills an empty text with these words. This is [`new`](Self::new) in place.
    pub(super) fn read(&mut self, text: &[u8], code: Option<u16>) {
        self.separate();
        let text = text.get(..N).unwrap_or(text);
        let mut at = 0;
        // A quoted name begins only outside another name.
        let mut inside = false;
        while let Some([byte, after @ ..]) = text.get(at..) {
            if !inside {
                let rest = text.get(at..).unwrap_or_default();
                let word = self.put_word(rest, at == 0);
                if word > 0 {
                    at = at.saturating_add(word);
                    continue;
                }
                let width = match code.map_or(0, |code| line_code(rest, code)) {
                    0 => quoted::width(rest, at == 0),
                    width => width,
                };
                if width > 0 {
                    self.leave_out(rest.get(..width).unwrap_or_default());
                    at = at.saturating_add(width);
                    continue;
                }
            }
            inside = quoted::is_host(*byte);
            at = at.saturating_add(self.put(*byte, after));
        }
        self.separate();
    }

    /// Adds a plain word with the blank after it, and returns its width; 0 for anything else. Most words are plain, and
    /// so need no search for quoted names.
    fn put_word(&mut self, text: &[u8], start: bool) -> usize {
        let Some((word, width)) = plain_word(text, start) else { return 0 };
        let end = self.len.saturating_add(word.len());
        let Some(place) = self.bytes.get_mut(self.len..end) else { return 0 };
        place.copy_from_slice(&word);
        self.mark_start();
        self.len = self.len.saturating_add(width);
        width
    }

    /// Adds a byte, or the three bytes of a typographic mark, and returns how many it consumed.
    fn put(&mut self, byte: u8, after: &[u8]) -> usize {
        match byte {
            b'\'' => {}
            b'[' if after.first().is_some_and(u8::is_ascii_alphabetic)
                && quoted::width(after, false) == 0 =>
            {
                self.separate();
                self.push(byte);
            }
            // U+2018 and U+2019 are apostrophes, the rest of the block dashes and other quotation marks.
            0xe2 if after.first() == Some(&0x80) => {
                if !matches!(after.get(1), Some(0x98 | 0x99)) {
                    self.separate();
                }
                return 3;
            }
            _ if byte.is_ascii_alphanumeric() || byte >= 0x80 => {
                self.push(byte.to_ascii_lowercase());
                let ends =
                    byte.is_ascii_lowercase() && after.first().is_some_and(u8::is_ascii_uppercase);
                if ends {
                    self.separate();
                }
            }
            _ => self.separate(),
        }
        1
    }

    fn leave_out(&mut self, quoted: &[u8]) {
        self.separate();
        match Dsn::parse(quoted) {
            Some(dsn) if dsn.class() != 2 && dsn.subject() <= 7 => {
                self.status.get_or_insert(dsn);
            }
            Some(_) => {}
            None => self.has_quotes = true,
        }
    }

    fn push(&mut self, byte: u8) {
        if byte != b' ' {
            self.mark_start();
        }
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    fn separate(&mut self) {
        if self.last() != Some(b' ') {
            self.push(b' ');
        }
    }

    fn last(&self) -> Option<u8> {
        self.bytes.get(self.len.checked_sub(1)?).copied()
    }

    /// Marks the next byte as a position where a phrase may begin, if it begins a word.
    fn mark_start(&mut self) {
        if matches!(self.last(), Some(b' ' | b'[')) {
            if let Some(bits) = self.starts.get_mut(self.len / 64) {
                *bits |= 1 << (self.len % 64);
            }
        }
    }

    /// The words, with a blank before the first and after the last.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Gives the text from each position where a phrase may begin, with NUL bytes after it.
    #[inline]
    pub(super) fn each_start(&self, mut give: impl FnMut(&[u8])) {
        for (bits, first) in self.starts.iter().zip((0..=self.len).step_by(64)) {
            let mut bits = *bits;
            while bits != 0 {
                let at = first.saturating_add(bits.trailing_zeros() as usize);
                give(self.bytes.get(at..).unwrap_or_default());
                bits &= bits.wrapping_sub(1);
            }
        }
    }

    /// True if this phrase, or the given beginning of one, begins at a word of the text.
    pub(super) fn holds(&self, phrase: &[u8]) -> bool {
        let mut found = false;
        self.each_start(|rest| found |= rest.starts_with(phrase));
        found
    }
}

/// The plain word that a text begins with, in lower case and padded with NUL, and its width. It has up to 15 letters,
/// no capital after a small one, and is followed by nothing that might make it part of a name. A blank after it is
/// included.
///
/// `start` is set if the text is the whole reply.
#[inline]
fn plain_word(text: &[u8], start: bool) -> Option<([u8; 16], usize)> {
    let (head, mut width, small) = letters(eight(text), 0)?;
    let mut word = [0; 16];
    let (first, second) = word.split_at_mut(8);
    first.copy_from_slice(&head.to_le_bytes());
    if width == 8 {
        let (tail, more, _) = letters(eight(text.get(8..)?), small)?;
        second.copy_from_slice(&tail.to_le_bytes());
        width = width.saturating_add(more);
    }
    if width == 0 || width == 16 {
        return None;
    }
    let ends = match text.get(width..)? {
        [] => true,
        [b' ', rest @ ..] => {
            *word.get_mut(width)? = b' ';
            width = width.saturating_add(1);
            !start || !rest.starts_with(b"Error: ")
        }
        [b',' | b';' | b'(' | b')', ..] => !start,
        // `mailto:` begins a URL.
        [b':', rest @ ..] if width != 6 => !start && matches!(rest, [] | [b' ', ..]),
        [b'.', rest @ ..] => !start && matches!(rest, [] | [b' ', ..]),
        _ => false,
    };
    ends.then_some((word, width))
}

/// The first eight bytes of a text, padded with NUL; the first byte is the lowest.
fn eight(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    }
}

/// The letters that eight bytes begin with, in lower case and padded with NUL, their number, and whether the eighth is
/// a small letter; `None` if a capital follows a small letter. `small` is set if the byte before them is a small
/// letter.
#[inline]
fn letters(bytes: u64, small: u64) -> Option<(u64, usize, u64)> {
    const EACH: u64 = u64::MAX / 0xff;
    const TOP: u64 = EACH * 0x80;
    // The top bit of each byte shows what it is; the additions never carry into another byte.
    let lower = bytes | (EACH * 0x20);
    let low = lower & !TOP;
    let from_a = low.wrapping_add(EACH * (0x80 - b'a' as u64));
    let past_z = low.wrapping_add(EACH * (0x7f - b'z' as u64));
    let letters = from_a & !past_z & !bytes & TOP;
    let others = letters ^ TOP;
    // All bits below the first byte that is not a letter.
    let mask = match others {
        0 => u64::MAX,
        _ => (others & others.wrapping_neg()).wrapping_sub(1) >> 7,
    };
    let smalls = bytes << 2 & letters & mask;
    let capitals = !(bytes << 2) & letters & mask;
    if (smalls << 8 | small >> 56) & capitals != 0 {
        return None;
    }
    let width = others.trailing_zeros() / 8;
    Some((lower & mask, width as usize, smalls))
}

/// The width of `{code}-` or `{code} ` where a later line of the reply begins.
fn line_code(text: &[u8], code: u16) -> usize {
    let digits = [code / 100, code / 10 % 10, code % 10];
    let Some((head, rest)) = text.split_at_checked(3) else { return 0 };
    let same =
        head.iter().zip(digits).all(|(byte, digit)| u16::from(*byte) == digit + u16::from(b'0'));
    match rest.first() {
        None | Some(b' ') if same => 3,
        Some(b'-') if same => 4,
        _ => 0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let text = Text::<256>::new(text.as_bytes(), Some(550));
        String::from_utf8_lossy(text.as_bytes()).trim().into()
    }

    #[test]
    fn words_in_lower_case() {
        for (text, want) in [
            ("Mailbox full", "mailbox full"),
            ("mailbox-full; MAILBOX_FULL", "mailbox full mailbox full"),
            ("RESOLVER.ADR.RecipNotFound", "resolver adr recip not found"),
            ("doesn't isn\u{2019}t \u{201c}blocked\u{201d}", "doesnt isnt blocked"),
            ("mailbox\u{2013}full\u{2014}no", "mailbox full no"),
            ("mailbox\u{7f}full 5\u{20ac}x", "mailbox full 5\u{20ac}x"),
            ("[BL21] no [192.0.2.1] [ x", "[bl21 no x"),
            ("spam[CS01]", "spam [cs01"),
            ("[spam@b.example] no", "no"),
            ("<u@b.example>: User unknown", "user unknown"),
            ("user dmarc@b.example unknown", "user unknown"),
            ("mailbox <u@b.example> is full", "mailbox is full"),
            ("from=dmarc@b.example,spf=fail", "spf fail"),
            ("(spam@b.example:blocked)", "blocked"),
            ("rejected:spam@b.example;no", "rejected no"),
            ("a 550-5.7.1 b 550 5.7.1 c 550-d 5500", "a b c d 5500"),
            ("a full.Try again", "a full try again"),
            ("a@b.example's spam", "s spam"),
            ("is_blocked.For help", "is blocked for help"),
            ("\u{440}\u{430}\u{3c0}\u{e0}", "\u{440}\u{430}\u{3c0}\u{e0}"),
            ("", ""),
        ] {
            assert_eq!(words(text), want, "{text}");
        }
    }

    #[test]
    fn a_status_in_the_middle_or_at_the_end() {
        for (text, want) in [
            ("no such user (#5.1.1)", Dsn::new(5, 1, 1)),
            ("#5.1.0 Address rejected", Dsn::new(5, 1, 0)),
            ("no: 5.7.1 This", Dsn::new(5, 7, 1)),
            ("no 5.1.1, at last 5.2.2", Dsn::new(5, 1, 1)),
            ("(u@b.example:550 5.4.1 no)", Dsn::new(5, 4, 1)),
            ("192.0.2.1 [#4.16.1] 2.1.5 id-5.9.0", None),
            // RFC 3463 has eight subjects.
            ("no 5.8.1 yes 5.7.999", Dsn::new(5, 7, 999)),
        ] {
            assert_eq!(Text::<64>::new(text.as_bytes(), None).status, want, "{text}");
        }
    }

    /// Each piece alone, after a word, and between others: taking plain words as a whole gives the same words as the
    /// search for quoted names byte by byte.
    #[test]
    fn plain_words_are_read_as_all_others_are() {
        const PIECES: [&str; 30] = [
            "a",
            "Mailbox",
            "FULL",
            "RecipNotFound",
            "mailto",
            "dead",
            "abcdefgh",
            "abcdefghIjk",
            "abcdefghijklmno",
            "abcdefghijklmnop",
            " ",
            "  ",
            ".",
            ". ",
            ":",
            ": ",
            "::1",
            "://x",
            "@",
            "b.example",
            ",",
            ";",
            "(",
            ")",
            "-",
            "'s",
            "\u{2019}t",
            "[CS01]",
            "550",
            " Error: ",
        ];
        let slowly = |text: &str| {
            let (mut made, bytes) = (Text::<256>::default(), text.as_bytes());
            made.separate();
            let (mut at, mut inside) = (0, false);
            while let Some([byte, after @ ..]) = bytes.get(at..) {
                let rest = bytes.get(at..).unwrap();
                let width = match (inside, line_code(rest, 550)) {
                    (true, _) => 0,
                    (false, 0) => quoted::width(rest, at == 0),
                    (false, width) => width,
                };
                if width > 0 {
                    made.leave_out(&rest[..width]);
                    at += width;
                } else {
                    inside = quoted::is_host(*byte);
                    at += made.put(*byte, after);
                }
            }
            made.separate();
            made
        };
        for first in PIECES {
            for second in PIECES {
                for third in PIECES {
                    let text = format!("{first}{second}{third}word");
                    let (made, want) =
                        (Text::<256>::new(text.as_bytes(), Some(550)), slowly(&text));
                    assert_eq!(made.bytes, want.bytes, "{text}");
                    assert_eq!((made.len, made.starts), (want.len, want.starts), "{text}");
                    assert_eq!(
                        (made.status, made.has_quotes),
                        (want.status, want.has_quotes),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn places_of_phrases() {
        let text = Text::<64>::new(b"see the SPF record [CS01]", None);
        assert!(text.holds(b"spf") && text.holds(b"spf record") && text.holds(b"record [cs"));
        assert!(text.holds(b"cs01 ") && text.holds(b"[cs"));
        assert!(!text.holds(b"pf") && !text.holds(b"cs0 "));
        assert!(Text::<64>::new(b"no spf, no spf", None).holds(b"spf"));
    }

    /// What is beyond the limit says nothing, even if it is only the end of a status.
    #[test]
    fn a_status_at_the_limit() {
        for (length, want) in [(58, Dsn::new(5, 1, 1)), (59, None)] {
            let text = format!("{} 5.1.1", "x".repeat(length));
            assert_eq!(Text::<64>::new(text.as_bytes(), None).status, want, "{length}");
        }
    }

    /// A phrase begins where a word does, wherever that is in the text.
    #[test]
    fn places_of_words_in_long_texts() {
        for shift in 1..200 {
            let before = "y".repeat(shift);
            let text = Text::<256>::new(format!("{before} antispam").as_bytes(), None);
            assert!(text.holds(b"antispam") && !text.holds(b"spam"), "{shift}");
            assert!(!text.holds(b"ntispam") && text.holds(before.as_bytes()), "{shift}");
        }
    }

    #[test]
    fn a_longer_text_is_cut() {
        let text = Text::<8>::new(b"abc def ghi", None);
        assert_eq!(text.as_bytes(), b" abc def");
    }

    /// The search byte by byte, which costs more, is left to words that may be a part of a name.
    #[test]
    fn plain_words_are_taken_whole() {
        let width = |text: &str, start: bool| plain_word(text.as_bytes(), start).map(|it| it.1);
        for letter in (b'a'..=b'z').map(char::from) {
            for (small, capital) in [(1, 0), (7, 0), (7, 1), (8, 0), (14, 1), (15, 0)] {
                let word = String::from(letter.to_ascii_uppercase()).repeat(capital)
                    + &String::from(letter).repeat(small);
                assert_eq!(width(&word, true), Some(word.len()), "{word}");
                assert_eq!(width(&format!("{word} x"), true), Some(word.len() + 1), "{word}");
                for sign in [",", ";", "(", ")", ".", ". x"] {
                    let text = format!("{word}{sign}");
                    assert_eq!(
                        (width(&text, false), width(&text, true)),
                        (Some(word.len()), None),
                        "{text}"
                    );
                }
            }
        }
        for text in
            ["", " x", "`a", "{a", "@a", "[a", "a1", "a-b", "a.b", "aB", "abcdefghI", "caf\u{e9}"]
        {
            assert_eq!(width(text, false), None, "{text}");
        }
        assert_eq!(width("abcdefghijklmnop", false), None);
        // The name of a server stands before `Error: `, and `mailto:` begins a URL.
        assert_eq!((width("mx Error: x", true), width("mx Error: x", false)), (None, Some(3)));
        assert_eq!((width("mailto: x", false), width("mailbox: x", false)), (None, Some(7)));
    }

    /// The code of the reply, where a later line of it begins.
    #[test]
    fn codes_of_later_lines() {
        for code in [400, 421, 450, 451, 500, 554, 109, 990] {
            for (after, width) in [("", 3), (" x", 3), ("-x", 4), ("0", 0), ("x", 0), (".", 0)] {
                let text = format!("{code}{after}");
                assert_eq!(line_code(text.as_bytes(), code), width, "{text}");
                for other in [code + 1, code + 10, code - 100] {
                    assert_eq!(line_code(text.as_bytes(), other), 0, "{text} {other}");
                }
            }
            assert_eq!(line_code(b"45", code), 0);
        }
    }
}
