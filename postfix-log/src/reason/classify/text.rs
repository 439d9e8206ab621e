//! The form of a text in which phrases are looked for.

use super::quoted;
use crate::event::dsn::Dsn;

/// A text in lower case that holds only words: runs of letters and digits, each with one blank in front
/// and behind.
///
/// Left out are what the text [quotes](quoted), the codes that begin the later lines of a reply,
/// and apostrophes. All other punctuation separates words, as does a capital after a small letter:
/// `mailbox_full`, `Mailbox full` and `MailboxFull` are the same. An opening bracket stays in front of
/// its word: some providers write their codes in brackets.
pub(super) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
    /// The first enhanced status inside the text that means a failure.
    pub(super) status: Option<Dsn>,
    /// True when something quoted was left out.
    pub(super) has_quotes: bool,
}

impl<const N: usize> Text<N> {
    /// `code` is the SMTP code of the reply.
    pub(super) fn new(text: &[u8], code: Option<u16>) -> Self {
        let mut made = Self { bytes: [0; N], len: 0, status: None, has_quotes: false };
        made.separate();
        let text = text.get(..N).unwrap_or(text);
        let mut at = 0;
        // A quoted thing begins where no name is under way.
        let mut inside = false;
        while let Some([byte, after @ ..]) = text.get(at..) {
            if !inside {
                let rest = text.get(at..).unwrap_or_default();
                let width = match code.map_or(0, |code| line_code(rest, code)) {
                    0 => quoted::width(rest, at == 0),
                    width => width,
                };
                if width > 0 {
                    made.leave_out(rest.get(..width).unwrap_or_default());
                    at = at.saturating_add(width);
                    continue;
                }
            }
            inside = quoted::is_host(*byte);
            at = at.saturating_add(made.put(*byte, after));
        }
        made.separate();
        made
    }

    /// Takes a byte, or the three of a typographic mark, and returns how many.
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
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    fn separate(&mut self) {
        if self.len == 0 || self.as_bytes().last() != Some(&b' ') {
            self.push(b' ');
        }
    }

    /// The words, with a blank in front of the first and behind the last.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// All places where a phrase may begin, each with what follows: every word, and the word behind a bracket.
    pub(super) fn starts(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.as_bytes();
        let mut before = b' ';
        core::iter::from_fn(move || {
            while let [byte, after @ ..] = rest {
                let begins = matches!(before, b' ' | b'[') && *byte != b' ';
                let start = rest;
                (before, rest) = (*byte, after);
                if begins {
                    return Some(start);
                }
            }
            None
        })
    }

    /// True when this phrase, or a beginning of it that is given, begins a word of the text.
    pub(super) fn holds(&self, phrase: &[u8]) -> bool {
        self.starts().any(|rest| rest.starts_with(phrase))
    }
}

/// Width of `{code}-` or `{code} ` where a later line of the reply begins.
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
            ("[BL21] no [192.0.2.1] [ x", "[bl21 no x"),
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
            ("(u@b.example:550 5.4.1 no)", Dsn::new(5, 4, 1)),
            ("192.0.2.1 [#4.16.1] 2.1.5 id-5.9.0", None),
        ] {
            assert_eq!(Text::<64>::new(text.as_bytes(), None).status, want, "{text}");
        }
    }

    #[test]
    fn places_of_phrases() {
        let text = Text::<64>::new(b"see the SPF record [CS01]", None);
        assert!(text.holds(b"spf") && text.holds(b"spf record") && text.holds(b"record [cs"));
        assert!(text.holds(b"cs01 ") && text.holds(b"[cs"));
        assert!(!text.holds(b"pf") && !text.holds(b"cs0 "));
    }

    #[test]
    fn a_longer_text_is_cut() {
        let text = Text::<8>::new(b"abc def ghi", None);
        assert_eq!(text.as_bytes(), b" abc def");
    }
}
