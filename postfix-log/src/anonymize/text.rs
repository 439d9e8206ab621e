//! Addresses in free text.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::Anonymizer;

/// What stands before `=` and is no part of an address.
const KEYS: [&[u8]; 9] = [
    b"to",
    b"from",
    b"orig_to",
    b"user",
    b"sender",
    b"recipient",
    b"rcpt",
    b"sasl_username",
    b"sasl_sender",
];

/// Replaces the part before each `@`, and names after the keys that have one.
pub(super) fn addresses(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    replace(anonymizer, text, true)
}

/// With `quotes`, an `@` inside of a quoted local part is a part of it.
fn replace(anonymizer: &Anonymizer, text: &[u8], quotes: bool) -> Vec<u8> {
    let between = |part: &[u8]| {
        // A quote that only looked like one must not hide the addresses after it.
        if quotes { replace(anonymizer, part, false) } else { bare_names(anonymizer, part) }
    };
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0_usize;
    let last_quoted = if quotes { memchr::memmem::rfind(text, b"\"@") } else { None };
    let mut quote = Quote::default();
    for at in memchr::memchr_iter(b'@', text) {
        let Some(before) = text.get(done..at) else { continue };
        if last_quoted.is_some_and(|last| at < last) && quote.is_open_after(before) {
            continue;
        }
        quote = Quote::default();
        let local = local_part(before);
        let skip = before.len().saturating_sub(local.len());
        out.extend(between(before.get(..skip).unwrap_or_default()));
        if !local.is_empty() {
            out.extend_from_slice(anonymizer.pseudonym(local).as_bytes());
        }
        out.push(b'@');
        done = at.saturating_add(1);
        let domain = domain_part(text.get(done..).unwrap_or_default());
        if !domain.is_empty() && !local.is_empty() {
            out.extend(anonymizer.domain(domain));
            done = done.saturating_add(domain.len());
        }
    }
    out.extend(between(text.get(done..).unwrap_or_default()));
    out
}

/// Whether a quoted string is open, looked at in growing prefixes of one text.
#[derive(Default)]
struct Quote {
    seen: usize,
    open: bool,
    escaped: bool,
}

impl Quote {
    fn is_open_after(&mut self, text: &[u8]) -> bool {
        for byte in text.get(self.seen..).unwrap_or_default() {
            if self.escaped {
                self.escaped = false;
            } else if *byte == b'"' {
                self.open = !self.open;
            } else {
                self.escaped = self.open && *byte == b'\\';
            }
        }
        self.seen = text.len();
        self.open
    }
}

/// The local part that ends `text`: a quoted string, or a run without delimiters.
fn local_part(text: &[u8]) -> &[u8] {
    if let [inner @ .., b'"'] = text {
        let open = inner.iter().enumerate().rposition(|(at, &byte)| {
            byte == b'"' && at.checked_sub(1).and_then(|before| inner.get(before)) != Some(&b'\\')
        });
        return text.get(open.unwrap_or(0)..).unwrap_or(text);
    }
    let delimiter = |byte: &u8| *byte <= b' ' || b"<>()[],;:\\\"".contains(byte);
    let start = text.iter().rposition(delimiter).map_or(0, |at| at.saturating_add(1));
    let run = text.get(start..).unwrap_or_default();
    let equals = run.iter().position(|&byte| byte == b'=');
    match equals.and_then(|at| run.split_at_checked(at)) {
        Some((key, value)) if KEYS.contains(&key) => value.get(1..).unwrap_or_default(),
        _ => run,
    }
}

fn domain_part(text: &[u8]) -> &[u8] {
    let end = match text.first() {
        Some(b'[') => text.iter().position(|&byte| byte == b']').map(|at| at.saturating_add(1)),
        _ => None,
    };
    let name =
        |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte) || !byte.is_ascii();
    let end = end.or_else(|| text.iter().position(|byte| !name(byte))).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// Replaces the name in `from=<name>` and `sasl_username=name` of a text without `@`.
fn bare_names(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        let Some((head, tail)) = rest.split_at_checked(at.saturating_add(1)) else { break };
        out.extend_from_slice(head);
        rest = tail;
        let key = head.strip_suffix(b"=").unwrap_or(head);
        let start = key.iter().rposition(|&byte| !(byte.is_ascii_lowercase() || byte == b'_'));
        let key = key.get(start.map_or(0, |at| at.saturating_add(1))..).unwrap_or_default();
        if !KEYS.contains(&key) {
            continue;
        }
        let (open, inner) = match tail.strip_prefix(b"<") {
            Some(inner) => (&b"<"[..], inner),
            None => (&b""[..], tail),
        };
        let end = inner.iter().position(|byte| b">, ;".contains(byte)).unwrap_or(inner.len());
        if let Some((name @ [_, ..], after)) = inner.split_at_checked(end) {
            out.extend_from_slice(open);
            out.extend_from_slice(anonymizer.pseudonym(name).as_bytes());
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Replaces `name` where it stands as a word of its own, in whatever case.
pub(super) fn words(text: &[u8], name: &[u8], pseudonym: &[u8]) -> Vec<u8> {
    let inside = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
    };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut last = None;
    while let Some((&first, tail)) = rest.split_first() {
        match rest.split_at_checked(name.len()) {
            Some((word, after))
                if word.eq_ignore_ascii_case(name) && !inside(last) && !inside(after.first()) =>
            {
                out.extend_from_slice(pseudonym);
                last = word.last();
                rest = after;
            }
            _ => {
                out.push(first);
                last = rest.first();
                rest = tail;
            }
        }
    }
    out
}

/// Replaces IPv4 and IPv6 addresses.
pub(super) fn networks(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'.' || byte == b':';
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut inside_word = false;
    while let Some((&first, tail)) = rest.split_first() {
        let length = rest.iter().position(|&byte| !part(byte)).unwrap_or(rest.len());
        match rest.split_at_checked(length) {
            Some((run @ [_, ..], after)) if !inside_word => {
                let ends = !after.first().is_some_and(u8::is_ascii_alphanumeric);
                let end = if ends { address(run) } else { 0 };
                let (address, plain) = run.split_at_checked(end).unwrap_or((&[], run));
                if !address.is_empty() {
                    out.extend_from_slice(anonymizer.network(address).as_bytes());
                }
                out.extend_from_slice(plain);
                rest = after;
                inside_word = run.last().is_some_and(u8::is_ascii_alphanumeric);
            }
            _ => {
                out.push(first);
                rest = tail;
                inside_word = first.is_ascii_alphanumeric() || first == b'_' || first == b'-';
            }
        }
    }
    out
}

/// How many bytes of the run are an address: a port, or the end of a sentence, may follow it.
fn address(run: &[u8]) -> usize {
    let Ok(text) = core::str::from_utf8(run) else { return 0 };
    let is_address =
        |text: &str| text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok();
    let trimmed = text.trim_end_matches([':', '.']);
    let without_port = trimmed.rsplit_once(':').map_or(trimmed, |(head, _)| head);
    [text, trimmed, without_port].into_iter().find(|text| is_address(text)).map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anonymizer() -> Anonymizer {
        Anonymizer::new(b"0123456789abcdef").expect("a key")
    }

    #[test]
    fn every_address_in_a_text() {
        let anonymizer = anonymizer();
        let name = |name: &str| anonymizer.pseudonym(name.as_bytes());
        for (text, want) in [
            ("bob@b.example", format!("{}@b.example", name("bob"))),
            ("BOB@b.example", format!("{}@b.example", name("bob"))),
            ("550 <bob@b.example>: no", format!("550 <{}@b.example>: no", name("bob"))),
            ("\"a b, <c@d>\"@b.example x", format!("{}@b.example x", name("\"a b, <c@d>\""))),
            (
                "a \" bob@b.example \"x\"@c",
                format!("a \" {}@b.example {}@c", name("bob"), name("\"x\"")),
            ),
            ("a \"odd one\"@b.example", format!("a {}@b.example", name("\"odd one\""))),
            ("bob@[192.0.2.1] up", format!("{}@[192.0.2.1] up", name("bob"))),
            ("a@b@c.example", format!("{}@b@c.example", name("a"))),
            ("@ alone @b", "@ alone @b".to_owned()),
            ("to=bob@b.example", format!("to={}@b.example", name("bob"))),
            (
                "SRS0=x=y=c.example=bob@b.example",
                format!("{}@b.example", name("SRS0=x=y=c.example=bob")),
            ),
            ("from=<root> to=<>", format!("from=<{}> to=<>", name("root"))),
            ("failed, sasl_username=admin", format!("failed, sasl_username={}", name("admin"))),
            ("size=90", "size=90".to_owned()),
            ("m\u{fc}ller@b.example", format!("{}@b.example", name("m\u{fc}ller"))),
        ] {
            let got = anonymizer.text(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&got), want, "{text}");
        }
    }

    #[test]
    fn domains_and_networks_when_asked() {
        let anonymizer = anonymizer().with_domains().with_networks();
        let got = anonymizer.text(b"bob@b.example at mx[192.0.2.1]:25, [2001:db8::25]:25, at 11:00:01 of 1.2.3 in 10.0.0.1.");
        let got = String::from_utf8(got).expect("text");
        assert!(
            !got.contains("b.example") && !got.contains("192.0.2.1") && !got.contains("2001:db8"),
            "{got}"
        );
        assert!(
            got.contains(".invalid at mx[n")
                && got.contains("]:25, [n")
                && got.contains("at 11:00:01 of 1.2.3 in n"),
            "{got}"
        );
        assert!(got.ends_with('.'), "{got}");
    }

    #[test]
    fn names_as_words() {
        let got = words(b"unknown user: \"Bob\", not bobby, bob", b"bob", b"X");
        assert_eq!(got, b"unknown user: \"X\", not bobby, X");
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(Anonymizer::new(b"short").is_none());
    }
}
