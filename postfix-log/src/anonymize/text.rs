//! Mail addresses in free text.

use alloc::vec::Vec;

use super::{Anonymizer, context, host};

/// Replaces the part before each `@`, and names after the keys that have one.
pub(super) fn addresses(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    replace(anonymizer, text, true)
}

/// If `quotes` is set, an `@` inside a quoted local part belongs to that local part.
fn replace(anonymizer: &Anonymizer, text: &[u8], quotes: bool) -> Vec<u8> {
    let between = |part: &[u8]| {
        // A quote that only looks like one must not hide the addresses after it.
        if quotes { replace(anonymizer, part, false) } else { context::names(anonymizer, part) }
    };
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0_usize;
    let last_quoted = if quotes { memchr::memmem::rfind(text, b"\"@") } else { None };
    let mut quote = Quote::default();
    for (at, sign) in signs(text) {
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
        out.extend_from_slice(sign);
        done = at.saturating_add(sign.len());
        let domain = domain_part(text.get(done..).unwrap_or_default());
        if !domain.is_empty() && !local.is_empty() {
            out.extend(host::pseudonym(anonymizer, domain));
            done = done.saturating_add(domain.len());
        }
    }
    out.extend(between(text.get(done..).unwrap_or_default()));
    out
}

/// Each `@` in a text, plain or encoded as in a URL, quoted-printable text, xtext (RFC 3461) or HTML, and its position.
fn signs(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let encoded = |at: usize, sign: &[u8]| {
        let rest = text.get(at..)?;
        let found = rest.get(..sign.len()).filter(|it| it.eq_ignore_ascii_case(sign))?;
        // `size=4096` contains none.
        let named = || host::is_domain(domain_part(rest.get(sign.len()..).unwrap_or_default()));
        (![&b"=40"[..], b"+40"].contains(&sign) || named()).then_some((at, found))
    };
    let first = text.iter().enumerate().filter(|(_, byte)| b"@%=+&".contains(byte));
    first.filter_map(move |(at, _)| {
        [&b"@"[..], b"%40", b"=40", b"+40", b"&#64;", b"&#x40;"]
            .into_iter()
            .find_map(|sign| encoded(at, sign))
    })
}

/// Tracks whether a quoted string is open, for growing prefixes of one text.
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
    // `https://bob:secret@b.example/`.
    let head = text.get(..start).and_then(|head| head.strip_suffix(b":")).unwrap_or_default();
    let login = head.iter().rposition(|&byte| delimiter(&byte) || byte == b'/');
    let login = login.map(|at| at.saturating_add(1));
    if let Some(login) = login.filter(|&at| head.get(..at).is_some_and(|it| it.ends_with(b"://"))) {
        return text.get(login..).unwrap_or(run);
    }
    let run = run.strip_prefix(b"'").or_else(|| run.strip_prefix(b"`")).unwrap_or(run);
    let after =
        |at: Option<usize>| at.and_then(|at| run.get(at.saturating_add(1)..)).unwrap_or(run);
    if run.starts_with(b"//") || run.contains(&b'?') {
        return after(run.iter().rposition(|byte| b"/?&=#".contains(byte)));
    }
    let equals = run.iter().position(|&byte| byte == b'=');
    match equals.and_then(|at| run.get(..at)) {
        Some(key) if context::is_key(key) => after(equals),
        _ => run,
    }
}

fn domain_part(text: &[u8]) -> &[u8] {
    let name =
        |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte) || !byte.is_ascii();
    let end = text.iter().position(|byte| !name(byte)).unwrap_or(text.len());
    let mut domain = text.get(..end).unwrap_or(text);
    // The end of a sentence.
    while let [head @ .., b'.' | b'-'] = domain {
        domain = head;
    }
    domain
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
    fn short_keys_are_refused() {
        assert!(Anonymizer::new(b"short").is_none());
    }
}
