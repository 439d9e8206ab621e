//! Names of users: local parts, logins, and the names inside them.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::Anonymizer;
use super::common;
use super::host;
use crate::field::hex;

/// Characters that separate the names inside a local part: an extension (`bob+ext`), a rewritten sender (VERP, SRS,
/// BATV), a source route (`bob%b.example`, `b.example!bob`), or the parts of a URL before it.
const SEPARATORS: &[u8] = b"+=%!/?&#|\\:";

/// Tags of the schemes that rewrite senders. They name nobody.
const SCHEMES: [&[u8]; 4] = [b"srs0", b"srs1", b"prvs", b"btv1"];

/// One name inside a local part, with the separators around it.
struct Piece<'a> {
    text: &'a [u8],
    before: Option<u8>,
    after: Option<u8>,
    rest: &'a [u8],
}

fn pieces(mut text: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut before = None;
    let mut done = false;
    core::iter::from_fn(move || {
        if done {
            return None;
        }
        let end = text.iter().position(|byte| SEPARATORS.contains(byte)).unwrap_or(text.len());
        let (piece, tail) = text.split_at_checked(end)?;
        let (after, rest) = match tail.split_first() {
            Some((&separator, rest)) => (Some(separator), rest),
            None => (None, &[][..]),
        };
        let piece = Piece { text: piece, before, after, rest };
        (text, before, done) = (rest, after, after.is_none());
        Some(piece)
    })
}

impl<'a> Piece<'a> {
    fn is_domain(&self) -> bool {
        let placed = matches!(self.before, Some(b'=' | b'%')) || self.after == Some(b'!');
        placed && host::is_domain(self.text)
    }

    /// The two names in `list-bob=b.example` (VERP).
    fn verp(&self) -> Option<(&'a [u8], &'a [u8])> {
        let end = self.rest.iter().position(|byte| SEPARATORS.contains(byte));
        let next = self.rest.get(..end.unwrap_or(self.rest.len()))?;
        if self.after != Some(b'=') || !host::is_domain(next) {
            return None;
        }
        let dash = self.text.iter().rposition(|&byte| byte == b'-')?;
        Some((self.text.get(..dash)?, self.text.get(dash.checked_add(1)?..)?))
    }
}

/// The name without quotes, and with percent-encoded punctuation decoded.
fn plain(name: &[u8]) -> Cow<'_, [u8]> {
    let name = match name {
        [b'"', inner @ .., b'"'] => {
            let mut escaped = false;
            let kept = inner.iter().copied().filter(|&byte| {
                escaped = byte == b'\\' && !escaped;
                !escaped
            });
            Cow::Owned(kept.collect())
        }
        _ => Cow::Borrowed(name),
    };
    if !name.contains(&b'%') {
        return name;
    }
    let mut out = Vec::with_capacity(name.len());
    let mut rest: &[u8] = &name;
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, after @ ..])
                if hex(*high, *low).is_some_and(|byte| byte.is_ascii_graphic()) =>
            {
                out.extend(hex(*high, *low));
                rest = after;
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

/// The pseudonym of a local part or a login. Each name in it is replaced separately, so that it is the same everywhere.
pub(super) fn pseudonym(anonymizer: &Anonymizer, name: &[u8]) -> String {
    let name = plain(name);
    let mut out = String::new();
    if !name.iter().any(|byte| !SEPARATORS.contains(byte)) {
        return anonymizer.atom(&name);
    }
    for piece in pieces(&name) {
        let scheme = piece.before.is_none()
            && piece.after.is_some()
            && SCHEMES.iter().any(|scheme| piece.text.eq_ignore_ascii_case(scheme));
        if scheme {
            out.push_str(&String::from_utf8_lossy(piece.text));
        } else if piece.is_domain() && anonymizer.domains.is_some() {
            out.push_str(&String::from_utf8_lossy(&host::pseudonym(anonymizer, piece.text)));
        } else if let Some((list, name)) = piece.verp() {
            out.push_str(&anonymizer.atom(list));
            out.push('-');
            out.push_str(&anonymizer.atom(name));
        } else if !piece.text.is_empty() {
            out.push_str(&anonymizer.atom(piece.text));
        }
        out.extend(piece.after.map(char::from));
    }
    out
}

/// A name that a member of the line contains.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Known {
    pub(super) name: Vec<u8>,
    /// True if it is also an ordinary word, or too short to be distinguished from one.
    pub(super) common: bool,
}

/// Adds the names in a local part or a login to `known`.
pub(super) fn collect(name: &[u8], known: &mut Vec<Known>) {
    let mut add = |name: &[u8]| {
        if !name.is_empty() && !known.iter().any(|it| it.name.eq_ignore_ascii_case(name)) {
            known.push(Known { name: name.to_vec(), common: common::is_common(name) });
        }
    };
    add(name);
    let name = plain(name);
    add(&name);
    // A recipient delimiter may be a dash.
    if let Some(dash) = name.iter().position(|&byte| byte == b'-') {
        add(name.get(..dash).unwrap_or_default());
    }
    for piece in pieces(&name) {
        if let Some((_, inner)) = piece.verp() {
            add(inner);
        }
        // The first part is a name. In rewritten senders each further one is collected, too, unless it may be a list, a
        // time or a checksum.
        let telling = piece.text.len() > 1 && piece.text.iter().any(u8::is_ascii_alphabetic);
        if telling || piece.before.is_none() {
            add(piece.text);
        }
    }
}
