//! Names of users that a text mentions without an address.

use alloc::vec::Vec;

use super::{Anonymizer, common, host};

/// Keys that are followed by `=` or `=<` and then an address or a name.
const KEYS: [&[u8]; 10] = [
    b"to",
    b"from",
    b"orig_to",
    b"sender",
    b"recipient",
    b"rcpt",
    b"sasl_username",
    b"sasl_sender",
    b"message-id",
    b"owner",
];

/// Words that precede a name in other forms too: `unknown user: "bob"`, `[user=bob]`, `for user bob`.
const PERSONS: [&[u8]; 13] = [
    b"user",
    b"username",
    b"userid",
    b"login",
    b"logname",
    b"ruser",
    b"authcid",
    b"authzid",
    b"authid",
    b"mailbox",
    b"account",
    b"identity",
    b"name",
];

/// Words that introduce the name of a user, after which the name needs no quotes.
const INTRODUCTIONS: [&[u8]; 7] = [b"for", b"find", b"no", b"of", b"by", b"as", b"password"];

/// Programs and databases of Dovecot that log the user in parentheses, such as `lmtp(7, bob)` and `pam(bob,192.0.2.1)`.
const SERVICES: [&[u8]; 13] = [
    b"lmtp",
    b"lda",
    b"imap",
    b"pop3",
    b"deliver",
    b"managesieve",
    b"passwd-file",
    b"passwd",
    b"shadow",
    b"pam",
    b"sql",
    b"ldap",
    b"policy",
];

/// Directories that hold one file or directory for each user, or for each domain and user.
const DIRECTORIES: [&[u8]; 8] =
    [b"mail", b"home", b"users", b"vmail", b"vhosts", b"virtual", b"mailboxes", b"Users"];

/// Parts of a mailbox path that name nobody.
const PARTS: [&[u8]; 9] =
    [b"Maildir", b"maildir", b"new", b"cur", b"tmp", b"spool", b".forward", b"mbox", b"bin"];

pub(super) fn is_key(word: &[u8]) -> bool {
    KEYS.contains(&word) || PERSONS.contains(&word)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
}

/// Replaces names after the words that introduce one, and in mailbox paths. The text contains no address.
pub(super) fn names(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut last: &[u8] = b"";
    let mut between: &[u8] = b"";
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'/'
            && !matches!(out.last(), Some(byte) if is_word(*byte) || b"/:.".contains(byte))
        {
            let end = rest.iter().position(|byte| b" \"'<>,;()[]:".contains(byte));
            if let Some((path, after)) = rest.split_at_checked(end.unwrap_or(rest.len())) {
                self::path(anonymizer, path, &mut out);
                rest = after;
                continue;
            }
        }
        let end = rest.iter().position(|&byte| !is_word(byte)).unwrap_or(rest.len());
        let Some((word @ [_, ..], after)) = rest.split_at_checked(end) else {
            between = rest.get(..1).unwrap_or_default();
            out.push(first);
            rest = tail;
            continue;
        };
        rest = after;
        // As sendmail(1) names the user: `bob(1000): message file too big`.
        if out.is_empty() && !common::is_common(word) && starts_with_number(after) {
            out.extend_from_slice(anonymizer.pseudonym(word).as_bytes());
            continue;
        }
        out.extend_from_slice(word);
        let introduced =
            between == b" " && INTRODUCTIONS.iter().any(|it| last.eq_ignore_ascii_case(it));
        // `Password verification failed for bob`.
        let introduced =
            introduced || between == b" " && word == b"for" && last.eq_ignore_ascii_case(b"failed");
        let service = SERVICES.contains(&word);
        let found = if service { parenthesized(after) } else { value(word, after, introduced) };
        if let Some((open, name, after)) = found {
            out.extend_from_slice(open);
            out.extend_from_slice(anonymizer.pseudonym(name).as_bytes());
            rest = after;
        }
        last = word;
    }
    out
}

/// True if the text begins with a number in parentheses and a colon, such as `(1000):`.
fn starts_with_number(text: &[u8]) -> bool {
    let Some(inner) = text.strip_prefix(b"(") else { return false };
    let end = inner.iter().position(|byte| !byte.is_ascii_digit()).filter(|&at| at > 0);
    end.and_then(|at| inner.get(at..)).is_some_and(|rest| rest.starts_with(b"):"))
}

/// Splits the parentheses of a service into the text before the name, the name, and the rest.
fn parenthesized(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let inner = text.strip_prefix(b"(")?;
    let number = inner.iter().position(|byte| !byte.is_ascii_digit())?;
    let skip = if inner.get(number..)?.starts_with(b", ") { number.checked_add(2)? } else { 0 };
    let end = inner.get(skip..)?.iter().position(|byte| b",)<>( ".contains(byte))?;
    let (open, tail) = text.split_at_checked(skip.checked_add(1)?)?;
    let (name, rest) = tail.split_at_checked(end)?;
    let telling = name.iter().any(|byte| !byte.is_ascii_digit()) && !common::is_common(name);
    telling.then_some((open, name, rest))
}

/// Splits the text after a key into the opening mark, the name, and the rest. `[hidden]` stands for what is no name.
fn value<'a>(
    key: &[u8],
    text: &'a [u8],
    introduced: bool,
) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    let lower = key.to_ascii_lowercase();
    let person = PERSONS.contains(&lower.as_slice());
    let named = person && lower != b"name";
    let start = match text {
        [b'=', ..] if person && named || KEYS.contains(&key) => 1,
        [b':', b' ', ..] if named => 2,
        [b' ', b'=', b' ', ..] if named || KEYS.contains(&key) => 3,
        [b' ', ..] if named || introduced => 1,
        _ => return None,
    };
    let (lead, tail) = text.split_at_checked(start)?;
    let close = match tail.first()? {
        b'<' => Some(b'>'),
        b'[' => Some(b']'),
        quote @ (b'"' | b'\'') => Some(*quote),
        _ => None,
    };
    let from = start.saturating_add(usize::from(close.is_some()));
    let (open, inner) = text.split_at_checked(from)?;
    let end = match close {
        Some(close) => inner.iter().position(|&byte| byte == close),
        None => inner.iter().position(|byte| b" ,;:<>()[]\"'".contains(byte)),
    };
    let mut name = inner.get(..end.unwrap_or(inner.len()))?;
    if close.is_none() {
        while let [head @ .., b'.'] = name {
            name = head;
        }
        let sure =
            lead.contains(&b'=') || lead == b": " && lower.starts_with(b"user") || introduced;
        if !sure || !lead.contains(&b'=') && common::is_common(name) {
            return None;
        }
    }
    let number = name.iter().all(u8::is_ascii_digit);
    if number
        || name.contains(&b'@')
        || name.starts_with(b"/")
        || close == Some(b']') && name == b"hidden"
    {
        return None;
    }
    Some((open, name, inner.get(name.len()..)?))
}

/// Copies a path. Below a directory of users, each part that may name a user is replaced.
fn path(anonymizer: &Anonymizer, path: &[u8], out: &mut Vec<u8>) {
    let mut users = false;
    for (at, part) in path.split(|&byte| byte == b'/').enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        let directory = DIRECTORIES.contains(&part);
        let (name, end) = match part.strip_suffix(b".lock") {
            Some(name) => (name, &b".lock"[..]),
            None => (part, &b""[..]),
        };
        if !users || directory || name.is_empty() || PARTS.contains(&name) {
            out.extend_from_slice(part);
        } else if anonymizer.domains.is_some() && host::is_domain(name) {
            out.extend(host::pseudonym(anonymizer, name));
            out.extend_from_slice(end);
        } else {
            out.extend_from_slice(anonymizer.pseudonym(name).as_bytes());
            out.extend_from_slice(end);
        }
        users |= directory;
    }
}

/// Replaces a name where it is a separate word, in upper or lower case. A `common` word is replaced only inside quotes
/// or brackets. `None` if the name does not occur in the text.
pub(super) fn known(text: &[u8], name: &[u8], common: bool, pseudonym: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut done, mut at) = (0_usize, 0_usize);
    while let Some(word) = text.get(at..at.checked_add(name.len())?) {
        let end = at.saturating_add(name.len());
        let before = at.checked_sub(1).and_then(|at| text.get(at)).copied();
        if word.eq_ignore_ascii_case(name) && stands_alone(before, text.get(end).copied(), common) {
            out.extend_from_slice(text.get(done..at).unwrap_or_default());
            out.extend_from_slice(pseudonym);
            (done, at) = (end, end);
        } else {
            at = at.saturating_add(1);
        }
    }
    if done == 0 {
        return None;
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    Some(out)
}

fn stands_alone(before: Option<u8>, after: Option<u8>, common: bool) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    if common {
        let open = before.is_some_and(|byte| b"\"'<".contains(&byte));
        return open && after.is_some_and(|byte| b"\"'>".contains(&byte));
    }
    !before.is_some_and(inside) && !after.is_some_and(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_occur() {
        for (text, name) in [(&b""[..], &b"bob"[..]), (b"bo", b"bob"), (b"bobby", b"bob")] {
            assert_eq!(known(text, name, false, b"u1"), None);
        }
        assert_eq!(known(b"b", b"b", false, b"u1"), Some(b"u1".to_vec()));
        assert_eq!(known(b"b, B", b"b", false, b"u1"), Some(b"u1, u1".to_vec()));
    }
}
