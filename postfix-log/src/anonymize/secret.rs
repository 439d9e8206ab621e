//! Credentials that a client sent to log in.

use alloc::vec::Vec;

use super::{Anonymizer, common};

/// The replacement for a password or for the reply to a challenge.
const HIDDEN: &[u8] = b"[hidden]";

/// SASL mechanisms, or the beginnings of their names.
const MECHANISMS: [&[u8]; 9] =
    [b"PLAIN", b"LOGIN", b"CRAM-", b"DIGEST-", b"XOAUTH", b"OAUTH", b"NTLM", b"SCRAM-", b"GSS"];

/// SMTP commands that credentials do not follow.
const VERBS: [&[u8]; 18] = [
    b"ETRN",
    b"EXPN",
    b"HELP",
    b"VRFY",
    b"XCLIENT",
    b"XFORWARD",
    b"AUTH",
    b"BDAT",
    b"DATA",
    b"EHLO",
    b"FROM",
    b"HELO",
    b"MAIL",
    b"NOOP",
    b"QUIT",
    b"RCPT",
    b"RSET",
    b"STARTTLS",
];

/// Replaces the words after `AUTH` and its mechanism, and any base64 that encodes text. If there are two such texts,
/// the first is the login, and the rest is hidden.
///
/// If `reply` is set, the text is what a client sent after the command.
pub(super) fn credentials(anonymizer: &Anonymizer, text: &[u8], reply: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let (mut command, mut login, mut seen) = (false, reply, false);
    // `< unknown[192.0.2.1]: Ym9i`, as smtpd logs with `-v`: a line of one word.
    let end = memchr::memmem::rfind(text, b"]: ").filter(|_| text.starts_with(b"< "));
    let start = end.map(|at| at.saturating_add(3));
    let line = start.filter(|&at| text.get(at..).is_some_and(|line| !line.contains(&b' ')));
    while let Some((&first, tail)) = rest.split_first() {
        if let (b'\\', [escape, after @ ..]) = (first, tail) {
            // `\r\n` of a sample.
            out.extend_from_slice(&[first, *escape]);
            rest = after;
            continue;
        }
        let end = rest.iter().position(|&byte| !is_base64(byte)).unwrap_or(rest.len());
        let Some((word @ [_, ..], after)) = rest.split_at_checked(end) else {
            out.push(first);
            rest = tail;
            continue;
        };
        rest = after;
        let at = text.len().saturating_sub(word.len().saturating_add(after.len()));
        login |= line == Some(at);
        let verb = VERBS.iter().any(|verb| word.eq_ignore_ascii_case(verb));
        let mechanism = MECHANISMS
            .iter()
            .any(|name| word.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)));
        if verb || command && mechanism {
            login = !verb;
            command = word.eq_ignore_ascii_case(b"AUTH");
            seen = false;
            out.extend_from_slice(word);
            continue;
        }
        command = false;
        // An ordinary sentence may continue after the command.
        login &= !(word.len() < 4 || word.iter().all(u8::is_ascii_lowercase)) || seen;
        let decoded = if word.len() >= 8 || login { decode(word) } else { None };
        match decoded.filter(|text| login || is_telling(word, text)) {
            Some(_) if login && seen => out.extend_from_slice(HIDDEN),
            Some(text) => {
                out.extend(user(anonymizer, &text));
                seen = true;
            }
            None if login || word.starts_with(b"TlRMTVNT") => {
                out.extend_from_slice(HIDDEN);
                seen = true;
            }
            None => out.extend_from_slice(word),
        }
    }
    out
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

/// True if a word that can be decoded was meant as base64, and is not a prompt for a name or a password.
fn is_telling(word: &[u8], text: &[u8]) -> bool {
    let mixed = word.iter().any(u8::is_ascii_uppercase)
        && word.iter().any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let question = text.ends_with(b":") && !text.contains(&b'@');
    mixed && !question && !common::is_common(text)
}

/// Decodes base64 in either alphabet, which may be truncated; `None` if the result is not text.
fn decode(word: &[u8]) -> Option<Vec<u8>> {
    let mut word = word;
    while let [head @ .., b'='] = word {
        word = head;
    }
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in word {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            let byte = u8::try_from(bits >> held & 0xff).ok()?;
            if byte < b' ' && byte > 1 || byte == 0x7f {
                return None;
            }
            out.push(byte);
        }
    }
    let text = core::str::from_utf8(&out);
    let cut = text.is_err_and(|error| error.error_len().is_some());
    (!cut && !out.is_empty()).then_some(out)
}

/// The login from what a client sent: the second field for `PLAIN`, the first for other mechanisms.
fn user(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    let mut fields = text.split(|&byte| byte <= 1).filter(|field| !field.is_empty());
    let plain = text.contains(&0);
    let first = fields.next().unwrap_or_default();
    let starts = text.first() == Some(&0);
    // If no authorization identity was sent, the first field is the login; otherwise the second is.
    let name = if plain && !starts && fields.clone().count() > 1 {
        fields.next().unwrap_or(first)
    } else {
        first
    };
    let name = name.strip_prefix(b"user=").unwrap_or(name);
    // Without the domain, so that nothing is shown of a password that contains an `@`.
    let at = name.iter().rposition(|&byte| byte == b'@').filter(|&at| at > 0);
    let local = at.and_then(|at| name.get(..at)).unwrap_or(name);
    let mut out = anonymizer.pseudonym(local).into_bytes();
    if text.iter().any(|&byte| byte <= 1) {
        out.extend_from_slice(HIDDEN);
    }
    out
}
