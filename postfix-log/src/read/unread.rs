//! Names for the formats that are not read.

/// Names the format of a line without a log header, if it is one that this crate is known not to read, so that a
/// program can say why its input gave nothing.
///
/// The formats that are not read are JSON without a known member that holds text; CSV; XML; the CEF and LEEF formats
/// of security tools; `key=value` lines (logfmt); compressed data and the journal's own files, unless unpacked or
/// exported; and text in UTF-16.
///
/// ```
/// use postfix_log::read::unread_form;
/// assert_eq!(unread_form(br#""2026-11-22","mx1","postfix/smtpd","connect from""#), Some("CSV"));
/// assert_eq!(unread_form(b"level=info msg=\"connect from unknown\" host=mx1"), Some("key=value lines"));
/// assert_eq!(unread_form(b"  at com.example.Main.run"), None);
/// ```
#[must_use]
pub fn unread_form(line: &[u8]) -> Option<&'static str> {
    let line = line.trim_ascii();
    let after = |mark: &[u8]| memchr::memmem::find(line.get(..256).unwrap_or(line), mark).is_some();
    Some(match line {
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [b'B', b'Z', b'h', b'1'..=b'9', ..] => {
            "compressed data"
        }
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "compressed data",
        [b'L', b'P', b'K', b'S', b'H', b'H', b'R', b'H', ..] => "a journal file",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        [_, 0, _, 0, ..] | [0, _, 0, _, ..] => "UTF-16",
        [b'{', ..] => "JSON without a member that holds a log line",
        [b'<', b'?' | b'!' | b'/' | b'a'..=b'z' | b'A'..=b'Z', ..] => "XML",
        _ if after(b"CEF:0|") || after(b"CEF:1|") => "CEF",
        _ if after(b"LEEF:") => "LEEF",
        [b'"', rest @ ..] if memchr::memmem::find(rest, b"\",").is_some() => "CSV",
        _ if line.iter().take(512).filter(|&&byte| byte == b';').count() > 4
            || line.iter().take(64).filter(|&&byte| byte == b',').count() > 2 =>
        {
            "CSV"
        }
        _ if is_pairs(line) => "key=value lines",
        _ => return None,
    })
}

/// True if a line begins with two `name=value` pairs.
fn is_pairs(line: &[u8]) -> bool {
    let name = |text: &[u8]| {
        let end = text.iter().take(40).position(|&byte| byte == b'=').unwrap_or(0);
        let part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@');
        end > 0 && text.get(..end).is_some_and(|name| name.iter().all(part))
    };
    let Some(blank) = memchr::memchr(b' ', line) else { return false };
    let rest = line.get(blank.saturating_add(1)..).unwrap_or_default();
    let value_is_quoted = line.get(..blank).is_some_and(|first| first.contains(&b'"'));
    name(line) && (value_is_quoted || name(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks() {
        for (line, want) in [
            (&b"\x1f\x8b\x08\x00"[..], Some("compressed data")),
            (b"\xfd7zXZ\x00", Some("compressed data")),
            (b"LPKSHHRH\x00", Some("a journal file")),
            (b"\xff\xfeN\x00o\x00", Some("UTF-16")),
            (b"N\x00o\x00v\x00", Some("UTF-16")),
            (b"{\"a\":1}", Some("JSON without a member that holds a log line")),
            (b"<Event xmlns=\"x\">", Some("XML")),
            (b"CEF:0|vendor|product|1|100|name|5|src=192.0.2.1", Some("CEF")),
            (b"LEEF:2.0|vendor|product|1|100|", Some("LEEF")),
            (b"Nov 22,mx1,postfix,1", Some("CSV")),
            (b"2026;mx1;postfix;1;2;3", Some("CSV")),
            (b"Nov 22,mx1,postfix", None),
            (b"2026;mx1;postfix;1;2", None),
            (b"\"2026\",\"mx1\"", Some("CSV")),
            (b"\"2026\" ,\"mx1\"", None),
            (b"ts=1 level=info", Some("key=value lines")),
            (b"msg=\"a b\" x", Some("key=value lines")),
            (b"", None),
            (b"noise", None),
            (b"a = b", None),
            (b"<22>x", None),
        ] {
            assert_eq!(unread_form(line), want, "{}", line.escape_ascii());
        }
    }
}
