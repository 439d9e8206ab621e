//! Finds the names that a reply quotes: addresses, host names, URLs, file names and network addresses.
//!
//! A rule must not match a word that is part of a name: `<spam@b.example>: User unknown` says nothing about spam. So
//! names are found first and left out of the text that is searched for phrases.

/// The maximum length of a name, and the number of bytes after `<` or `"` that are searched for the closing mark. An
/// address has at most 254 (RFC 5321).
const MAX_QUOTED: usize = 512;

/// The width of the quoted name that the text begins with; 0 if it begins with a word.
///
/// `start` is set if the text is the whole reply. A remote Postfix begins it with `<...>: `, the object it refuses,
/// whatever that contains.
pub(super) fn width(text: &[u8], start: bool) -> usize {
    match text.first() {
        Some(b'<') => bracketed(text, start),
        Some(b'"') => in_quotes(text),
        Some(b'[') => literal(text),
        Some(b'/') => path(text),
        Some(byte) if is_name(*byte) => match name(text) {
            0 if start => own_name(text),
            width => width,
        },
        _ => 0,
    }
}

/// The server's name in `{name} Error: {text}`, which has a single label if `myhostname` has.
fn own_name(text: &[u8]) -> usize {
    let word = text.iter().position(|byte| *byte == b' ').unwrap_or_default();
    let says = text.get(word..).is_some_and(|rest| rest.starts_with(b" Error: "));
    if says { word } else { 0 }
}

const NAME: u8 = 1;
const HOST: u8 = 2;

/// The kinds of names that each byte can be part of.
static PARTS: [u8; 256] = {
    let mut parts = [0; 256];
    let mut byte = 0_usize;
    while let Some((_, [part, ..])) = parts.split_at_mut_checked(byte) {
        *part = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. | b'-' | b'_' => NAME | HOST,
            b'.' | b'+' | b'=' | b'%' | b'/' | b'~' | b'#' | b'?' | b'&' | b'!' | b'$' | b'*'
            | b'^' | b'{' | b'}' | b'|' | b'`' | b'\'' | b'@' => NAME,
            _ => 0,
        };
        byte += 1;
    }
    parts
};

/// Letters, digits and the other characters of names: the `atext` of RFC 5322, the dot and the at sign.
fn is_name(byte: u8) -> bool {
    PARTS.get(usize::from(byte)).is_some_and(|part| part & NAME != 0)
}

/// Letters, digits and the other characters of host names, including the underscore of `_dmarc`.
pub(super) fn is_host(byte: u8) -> bool {
    PARTS.get(usize::from(byte)).is_some_and(|part| part & HOST != 0)
}

/// `<...>` around something without a blank, or around an address.
fn bracketed(text: &[u8], start: bool) -> usize {
    if let Some(local @ [b'"', ..]) = text.get(1..) {
        let width = in_quotes(local);
        if width > 0 {
            let closed = local.get(width) == Some(&b'>');
            return width.saturating_add(1).saturating_add(usize::from(closed));
        }
    }
    let Some((inside, rest)) = cut_near(text, b'>') else { return 0 };
    let is_line_end =
        [&b"lf"[..], b"cr", b"crlf"].iter().any(|end| inside.eq_ignore_ascii_case(end));
    let one_word = !inside.iter().any(u8::is_ascii_whitespace) && !is_line_end;
    let address = inside.contains(&b'@') || inside.starts_with(b"\"");
    let object = start && rest.starts_with(b": ");
    // If there is a second `<` before the first is closed, the first opens nothing.
    if inside.contains(&b'<') && !object {
        return 0;
    }
    if one_word || address || object { inside.len().saturating_add(2) } else { 0 }
}

/// `"..."` around one word or a command, or as the local part of an address.
fn in_quotes(text: &[u8]) -> usize {
    let Some((inside, rest)) = cut_near(text, b'"') else { return 0 };
    let width = inside.len().saturating_add(2);
    if rest.first() == Some(&b'@') {
        return width.saturating_add(after_at(rest));
    }
    let one_word = !inside.iter().any(u8::is_ascii_whitespace);
    if one_word || inside.starts_with(b"/") { width } else { 0 }
}

/// The text between the first byte and the next `mark`, and the text after that. A backslash escapes the next byte.
fn cut_near(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let inside = text.get(1..)?;
    let near = inside.get(..MAX_QUOTED).unwrap_or(inside);
    let mut end = memchr::memchr(mark, near)?;
    if near.get(..end)?.contains(&b'\\') {
        let mut escaped = false;
        end = near.iter().position(|byte| {
            let found = *byte == mark && !escaped;
            escaped = *byte == b'\\' && !escaped;
            found
        })?;
    }
    Some((inside.get(..end)?, inside.get(end.saturating_add(1)..)?))
}

/// `[192.0.2.1]`, `[2001:db8::1]`, and with a number after the address, as Gmail writes it.
fn literal(text: &[u8]) -> usize {
    let Some((inside, _)) = cut_near(text, b']') else { return 0 };
    let inside_width = inside.len();
    let inside = inside.strip_prefix(b"IPv6:").unwrap_or(inside);
    let marks = inside.iter().filter(|byte| matches!(byte, b'.' | b':')).count();
    let address =
        inside.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b' '));
    if marks >= 2 && address { inside_width.saturating_add(2) } else { 0 }
}

/// A file name: `/` and the text up to the next blank.
fn path(text: &[u8]) -> usize {
    let named = text.get(1).is_some_and(u8::is_ascii_alphanumeric);
    if named { to_blank(text) } else { 0 }
}

/// A URL, an address, a host name or a network address.
fn name(text: &[u8]) -> usize {
    let mut sign = None;
    let mut has_dot = false;
    let mut run = 0_usize;
    for byte in text.iter().take(MAX_QUOTED).take_while(|byte| is_name(**byte)) {
        match byte {
            b'@' => sign = Some(run),
            b'.' => has_dot = true,
            _ => {}
        }
        run = run.saturating_add(1);
    }
    let (word, rest) = text.split_at_checked(run).unwrap_or_default();
    if let Some(at) = sign {
        return at.saturating_add(after_at(text.get(at..).unwrap_or_default()));
    }
    let is_mail_url = || word.eq_ignore_ascii_case(b"mailto") && rest.starts_with(b":");
    if rest.starts_with(b"://") || is_mail_url() {
        return to_blank(text);
    }
    if rest.first() == Some(&b':') {
        let end =
            text.iter().position(|byte| !byte.is_ascii_hexdigit() && !matches!(byte, b':' | b'.'));
        let (network, _) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or_default();
        if network.iter().filter(|byte| **byte == b':').count() >= 2 {
            return network.len();
        }
    }
    if !has_dot {
        return 0;
    }
    let width = host(text);
    match text.get(width..) {
        Some([b'/' | b'?' | b'#', ..]) if width > 0 => to_blank(text),
        Some([b':', port @ ..]) if width > 0 => {
            let digits = port.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(port.len());
            if digits > 0 { width.saturating_add(1).saturating_add(digits) } else { width }
        }
        _ => width,
    }
}

/// The width of `@` and the domain or address literal after it.
fn after_at(text: &[u8]) -> usize {
    let domain = text.get(1..).unwrap_or_default();
    let width = match literal(domain) {
        0 => {
            domain.iter().position(|byte| !is_host(*byte) && *byte != b'.').unwrap_or(domain.len())
        }
        width => width,
    };
    width.saturating_add(1)
}

/// The width of a name of at least two labels, or of a number with dots. Words around a full stop without a blank after
/// it are not a host name (`mailbox full.Try again`), nor is `RESOLVER.ADR.RecipNotFound`.
fn host(text: &[u8]) -> usize {
    let mut end = 0;
    let mut dots = 0_usize;
    let mut last = 0;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let label = rest.iter().position(|byte| !is_host(*byte)).unwrap_or(rest.len());
        if label == 0 {
            // A dot that ends the sentence is not part of the name.
            end = end.saturating_sub(usize::from(dots > 0));
            dots = dots.saturating_sub(1);
            break;
        }
        last = end;
        end = end.saturating_add(label);
        if rest.get(label) != Some(&b'.') {
            break;
        }
        end = end.saturating_add(1);
        dots = dots.saturating_add(1);
    }
    let label = text.get(last..end).unwrap_or_default();
    if dots > 0 && (is_top(label) || label.iter().all(u8::is_ascii_digit)) { end } else { 0 }
}

/// True for the last label of a host name.
fn is_top(label: &[u8]) -> bool {
    const COMMON: [&[u8]; 20] = [
        b"com", b"net", b"org", b"edu", b"gov", b"mil", b"int", b"info", b"biz", b"de", b"fr",
        b"uk", b"ru", b"cn", b"jp", b"eu", b"example", b"test", b"invalid", b"local",
    ];
    match label {
        [] | [_] => false,
        [first, second, ..] if first.is_ascii_uppercase() && second.is_ascii_lowercase() => {
            COMMON.iter().any(|name| label.eq_ignore_ascii_case(name))
        }
        _ => {
            let letters = label.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
            letters || label.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"))
        }
    }
}

/// The number of bytes up to the next blank or closing mark.
fn to_blank(text: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"');
    text.iter().position(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quoted name that the text begins with.
    fn quoted(text: &str) -> &str {
        text.get(..width(text.as_bytes(), false)).unwrap()
    }

    #[test]
    fn what_is_quoted() {
        for (text, want) in [
            ("<u@b.example>: no", "<u@b.example>"),
            ("<\"a b\"@b.example> no", "<\"a b\"@b.example>"),
            ("<a b@b.example> no", "<a b@b.example>"),
            ("<\"a>b\"@b.example> no", "<\"a>b\"@b.example>"),
            ("<localhost>: no", "<localhost>"),
            ("<>: no", "<>"),
            ("<LF> received", ""),
            ("< 192.0.2.1 >", ""),
            ("<unclosed", ""),
            ("<a <b> no", ""),
            ("<a b> no", ""),
            ("\"spam\" no", "\"spam\""),
            ("\"a \\\"b\"@b.example, no", "\"a \\\"b\"@b.example"),
            ("\"no such user\"", ""),
            ("\"unclosed no", ""),
            ("<\"unclosed no", ""),
            ("\"/usr/bin/spamc -f\" no", "\"/usr/bin/spamc -f\""),
            ("[192.0.2.1]: no", "[192.0.2.1]"),
            ("[192.0.2.1      15] no", "[192.0.2.1      15]"),
            ("[2001:db8::1] no", "[2001:db8::1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
            ("[CS01] no", ""),
            ("[1.5] no", ""),
            ("[1.5.2] no", "[1.5.2]"),
            ("/var/mail/quota: no", "/var/mail/quota:"),
            ("/ no", ""),
            ("https://b.example/spam?x=1) no", "https://b.example/spam?x=1)"),
            ("mailto:spam@b.example no", "mailto:spam@b.example"),
            ("spam@b.example: no", "spam@b.example"),
            ("bounce+spam=c.example@b.example.", "bounce+spam=c.example@b.example."),
            ("spam@[192.0.2.1] no", "spam@[192.0.2.1]"),
            ("spam@localhost no", "spam@localhost"),
            ("spf.b.example. no", "spf.b.example"),
            ("SPF.B.EXAMPLE no", "SPF.B.EXAMPLE"),
            ("Spam.Example.Com no", "Spam.Example.Com"),
            ("b.example/spam no", "b.example/spam"),
            ("b.example#spam no", "b.example#spam"),
            ("b.example:25: no", "b.example:25"),
            ("b.example: no", "b.example"),
            ("spam.xn--p1ai no", "spam.xn--p1ai"),
            ("192.0.2.1 no", "192.0.2.1"),
            ("5.7.1 no", "5.7.1"),
            ("2001:db8::1 no", "2001:db8::1"),
            ("fe80::1 no", "fe80::1"),
            ("://spam no", ""),
            (": spam@b.example", ""),
            ("file.mp3 no", ""),
            ("b.\u{440}\u{444} no", "b.\u{440}\u{444}"),
            ("b.example:7 no", "b.example:7"),
            ("<\"a b\" c> no", "<\"a b\" c>"),
            ("\"a\\\"b\" and \"c\" no", "\"a\\\"b\""),
            ("full.Try again", ""),
            ("RESOLVER.ADR.RecipNotFound; no", ""),
            ("b.example...User", "b.example"),
            ("full... no", ""),
            ("e.g. no", ""),
            ("no", ""),
            ("", ""),
        ] {
            assert_eq!(quoted(text), want, "{text}");
        }
        for (length, is_quoted) in [(MAX_QUOTED - 1, true), (MAX_QUOTED, false)] {
            for (open, close) in [("<", ">"), ("\"", "\"")] {
                let text = format!("{open}{}{close}: no", "x".repeat(length));
                assert_eq!(width(text.as_bytes(), false) > 0, is_quoted, "{length} {open}");
            }
        }
        assert_eq!(width(b"<a b>: Helo command rejected", true), 5);
        assert_eq!(width(b"<a b>: Helo command rejected", false), 0);
        assert_eq!(width(b"antispam Error: timeout exceeded", true), 8);
        assert_eq!(width(b"antispam Error: timeout exceeded", false), 0);
    }
}
