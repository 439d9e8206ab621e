//! Hostile text, chosen so that a reader of the log mistakes it for something else.

use arbitrary::{Result, Unstructured};

/// Delimiters of the log itself, whole forged fields, and plain pieces.
const PIECES: &[&str] = &[
    ">",
    "<",
    ", ",
    ";",
    ": ",
    " ",
    "\"",
    "\\",
    "(",
    ")",
    "[",
    "]",
    "@",
    ".",
    "=",
    "a",
    "b.example",
    "x",
    ">, relay=",
    ">, orig_to=<",
    ", relay=evil[192.0.2.66]:25",
    ", delay=0",
    ", delays=0/0/0/0",
    ", dsn=2.0.0",
    ", status=sent (ok",
    ", status=",
    "; from=<",
    "> to=<",
    " to=<",
    " from=<",
    " proto=ESMTP",
    " proto=SMTP",
    " helo=<",
    " helo=<y>",
    " sasl_method=PLAIN",
    " sasl_username=u",
    " sasl_username=<u>",
    " sasl_sender=s",
    " from local;",
    " from x.example[192.0.2.1];",
    " blocked using bl.example",
    "; Client host [192.0.2.1]",
    ">: ",
    "<x>: Relay access denied",
    "550 5.7.1 ",
    "451 4.7.1 ",
    "queued as 1E24013C03E",
    "forwarded as 1E24013C03E",
    "(in reply to RCPT TO command)",
    "host mx.example[192.0.2.9] said: ",
    "delivery temporarily suspended: ",
    ", size=1, nrcpt=1 (queue active)",
    ", orig_client=",
    ", sasl_username=root",
    "removed",
    "1E24013C03E: ",
    "warning: ",
    "NOQUEUE: ",
    "?",
    "\u{e9}",
    "%s",
];

/// Text made of pieces, at most `limit` bytes long, without control characters, for which Postfix prints `?`.
pub fn text(u: &mut Unstructured<'_>, limit: usize) -> Result<String> {
    let mut out = String::new();
    for _ in 0..u.int_in_range(0..=9_u8)? {
        if u.ratio(1, 8)? {
            let c = char::from(u.int_in_range(b' '..=b'~')?);
            out.push(c);
        } else {
            out.push_str(u.choose(PIECES)?);
        }
    }
    while out.len() > limit {
        out.pop();
    }
    Ok(out)
}

/// An address in the external form of Postfix 3.5 and later: any local part as quoted by `quote_822_local.c`, and a
/// domain that passed the address syntax check.
pub fn address(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 10)? {
        return Ok(String::new());
    }
    let local = text(u, 200)?;
    let special = |c: char| c == ' ' || c.is_ascii_control() || "()<>@,;:\\\"[]".contains(c);
    let plain = local.split('.').all(|atom| !atom.is_empty()) && !local.contains(special);
    let mut out = if plain {
        local
    } else {
        format!("\"{}\"", local.replace('\\', "\\\\").replace('"', "\\\""))
    };
    match u.int_in_range(0..=5_u8)? {
        0 if !out.is_empty() => {}
        1 => out.push_str("@[192.0.2.7]"),
        2 => out.push_str("@b\u{fc}cher.example"),
        _ => out.push_str("@b.example"),
    }
    Ok(out)
}

/// A HELO name as smtpd logs it, with `?` in place of dangerous characters.
pub fn helo(u: &mut Unstructured<'_>) -> Result<String> {
    let bad = |c: char| " <>()\";@".contains(c) || c.is_control();
    Ok(text(u, 100)?.replace(bad, "?"))
}

pub fn client(u: &mut Unstructured<'_>) -> Result<&'static str> {
    u.choose(&[
        "unknown[198.51.100.7]",
        "mail.example.net[192.0.2.25]:40112",
        "unknown[2001:db8::7]",
        "localhost[127.0.0.1]",
    ])
    .copied()
}
