//! Just enough JSON to take log text out of journal exports and container logs.
//!
//! Values are found without recursion and decoded only on demand. An object whose members do not reach
//! its end has none. The content of inner arrays and objects is skipped without being checked.

use alloc::vec::Vec;

use crate::debug::text_debug;

/// The members, in order, of the object that is the whole `text`; `None` if it is anything else.
pub(crate) fn members(text: &[u8]) -> Option<Members<'_>> {
    let rest = blank(text).strip_prefix(b"{")?;
    let members = Members { rest: blank(rest), first: true };
    let mut check = members.clone();
    while check.next().is_some() {}
    (check.rest.strip_prefix(b"}").map(blank) == Some(b"")).then_some(members)
}

/// Iterator over name and value of an object.
#[derive(Clone)]
pub(crate) struct Members<'a> {
    rest: &'a [u8],
    first: bool,
}

text_debug! { Members<'_> { rest, first } }

impl<'a> Members<'a> {
    /// The members of an object inside another, up to the first that cannot be read.
    pub(crate) fn inside(object: &'a [u8]) -> Self {
        let rest = blank(object).strip_prefix(b"{").unwrap_or_default();
        Members { rest: blank(rest), first: true }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = if self.first { self.rest } else { blank(self.rest.strip_prefix(b",")?) };
        let (name, rest) = string(rest)?;
        let (value, rest) = Value::split(blank(blank(rest).strip_prefix(b":")?))?;
        self.first = false;
        self.rest = blank(rest);
        Some((name, value))
    }
}

/// A value, still encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Value<'a> {
    /// The text between the quotes.
    Text(&'a [u8]),
    /// The text between the brackets.
    Array(&'a [u8]),
    /// The members, with the braces around them.
    Object(&'a [u8]),
    Null,
    /// Text that is not encoded.
    Raw(&'a [u8]),
    /// A number, `true` or `false`.
    Word(&'a [u8]),
}

impl<'a> Value<'a> {
    fn split(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        match text.first()? {
            b'"' => string(text).map(|(text, rest)| (Self::Text(text), rest)),
            b'[' => nested(text).map(|(inner, rest)| (Self::Array(inner), rest)),
            b'{' => {
                let (_, rest) = nested(text)?;
                let length = text.len().checked_sub(rest.len())?;
                Some((Self::Object(text.get(..length)?), rest))
            }
            _ => {
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let end = text.iter().position(|byte| !word(byte)).unwrap_or(text.len());
                let (word, rest) = text.split_at_checked(end)?;
                match word {
                    b"" => None,
                    b"null" => Some((Self::Null, rest)),
                    _ => Some((Self::Word(word), rest)),
                }
            }
        }
    }

    /// Appends the text that this value stands for: a string, an array of byte numbers (how journald
    /// writes what is not UTF-8), or the first text of an array of texts (a field that came twice).
    pub(crate) fn decode(&self, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Text(text) => unescape(text, out),
            Self::Word(word) => {
                out.extend_from_slice(word);
                Some(())
            }
            Self::Array(inner) if blank(inner).starts_with(b"\"") => {
                unescape(string(blank(inner))?.0, out)
            }
            Self::Array(inner) => {
                for number in inner.split(|&byte| byte == b',') {
                    out.push(core::str::from_utf8(number.trim_ascii()).ok()?.parse().ok()?);
                }
                Some(())
            }
            Self::Raw(text) => {
                out.extend_from_slice(text);
                Some(())
            }
            Self::Object(_) | Self::Null => None,
        }
    }
}

/// A string without its quotes, and the text after it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let mut at = 0_usize;
    loop {
        at = at.checked_add(memchr::memchr2(b'"', b'\\', inner.get(at..)?)?)?;
        if inner.get(at) == Some(&b'"') {
            let (text, rest) = inner.split_at_checked(at)?;
            return Some((text, rest.strip_prefix(b"\"")?));
        }
        at = at.checked_add(2)?;
    }
}

/// The text between a bracket and its partner, and the text after them.
fn nested(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        match rest.first()? {
            b'"' => {
                rest = string(rest)?.1;
                continue;
            }
            b'[' | b'{' => depth = depth.checked_add(1)?,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        rest = rest.get(1..)?;
        if depth == 0 {
            let length = text.len().checked_sub(rest.len())?;
            return Some((text.get(1..length.checked_sub(1)?)?, rest));
        }
    }
}

/// Undoes the escapes of a string. Half a surrogate pair becomes U+FFFD.
fn unescape(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, tail) = rest.split_at_checked(at)?;
        out.extend_from_slice(plain);
        let (&[_, escape], tail) = tail.split_first_chunk::<2>()?;
        rest = tail;
        match escape {
            b'"' | b'\\' | b'/' => out.push(escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let (unit, tail) = code_unit(tail)?;
                rest = tail;
                let low = tail.strip_prefix(b"\\u").and_then(code_unit);
                let pair = low.and_then(|(low, tail)| {
                    let decoded = char::decode_utf16([unit, low]).next()?.ok()?;
                    (u32::from(decoded) > 0xffff).then_some((decoded, tail))
                });
                let decoded = match pair {
                    Some((decoded, tail)) => {
                        rest = tail;
                        decoded
                    }
                    None => char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER),
                };
                out.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return None,
        }
    }
    out.extend_from_slice(rest);
    Some(())
}

fn code_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some((u16::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?, rest))
}

fn blank(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(object: &str, name: &str) -> Option<String> {
        let (_, value) = members(object.as_bytes())?.find(|(key, _)| *key == name.as_bytes())?;
        let mut out = Vec::new();
        value.decode(&mut out)?;
        Some(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn values() {
        for (object, want) in [
            (r#"{"a":"x"}"#, Some("x")),
            (r#" { "b" : [1, {"a":"no"}] , "a" : "x" } "#, Some("x")),
            (r#"{"a":"q\"\\\/\n\t\u00e9\ud83d\ude00"}"#, Some("q\"\\/\n\té😀")),
            (r#"{"a":"\ud83dx"}"#, Some("\u{fffd}x")),
            (r#"{"a":[104,105]}"#, Some("hi")),
            (r#"{"a":["one","two"]}"#, Some("one")),
            (r#"{"a":17}"#, Some("17")),
            (r#"{"a":null}"#, None),
            (r#"{"a":{}}"#, None),
            (r#"{"a":[300]}"#, None),
            (r#"{"a":"\x"}"#, None),
            (r#"{"a":"x"} y"#, None),
            (r#"{"a":"x","#, None),
            (r#"{"a":"x""#, None),
            (r#"{"a" "x"}"#, None),
            (r#"{"a":"x\"}"#, None),
            (r#"{"a":[[[[}"#, None),
            ("{", None),
            ("", None),
            ("[]", None),
        ] {
            assert_eq!(decoded(object, "a").as_deref(), want, "{object}");
        }
    }

    #[test]
    fn deep_nesting_is_no_recursion() {
        let object = format!(r#"{{"b":{}{},"a":"x"}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(decoded(&object, "a").as_deref(), Some("x"));
    }

    #[test]
    fn escapes() {
        for (text, want) in [
            (r"\b\f\n\r\t", Some("\u{8}\u{c}\n\r\t")),
            (r#"\"\\\/"#, Some("\"\\/")),
            (r"\u0000\u001f\u007F", Some("\0\u{1f}\u{7f}")),
            // The last character of the first plane is not half of a pair.
            (r"\uffff\u0041", Some("\u{ffff}A")),
            (r"\ud800\udc00", Some("\u{10000}")),
            (r"\udbff\udfff", Some("\u{10ffff}")),
            (r"\ud83d\u0041", Some("\u{fffd}A")),
            (r"\ude00\ud83d", Some("\u{fffd}\u{fffd}")),
            (r"\ud83d\n", Some("\u{fffd}\n")),
            (r"\u004", None),
            (r"\u00g1", None),
            (r"\u+041", None),
            (r"\ud83d\uzzzz", None),
            (r"\a", None),
            (r"\0", None),
            (r"\", None),
        ] {
            let mut out = Vec::new();
            let got = unescape(text.as_bytes(), &mut out).map(|()| out);
            assert_eq!(got.as_deref(), want.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn values_end_where_they_end() {
        for (object, want) in [
            (r#"{"b":{"a":"no"},"a":"x"}"#, Some("x")),
            (r#"{"b":{},"a":"x"}"#, Some("x")),
            (r#"{"b":["]"],"a":"x"}"#, Some("x")),
            (r#"{"b":{"}":"{"},"a":"x"}"#, Some("x")),
            (r#"{"b":["\"]"],"a":"x"}"#, Some("x")),
            (r#"{"b":[[],[{}]],"a":"x"}"#, Some("x")),
            (r#"{"b":null,"a":"x"}"#, Some("x")),
            (r#"{"a":-1.5e+3}"#, Some("-1.5e+3")),
            (r#"{"a":true}"#, Some("true")),
            (r#"{"a":[ "x" , 1]}"#, Some("x")),
            (r#"{"a":[ 104 , 105 ]}"#, Some("hi")),
            (r#"{"a":[0,255]}"#, Some("\0\u{fffd}")),
            (r#"{"a":[]}"#, None),
            (r#"{"a":[1,]}"#, None),
            (r#"{"a":[-1]}"#, None),
            (r#"{"a":}"#, None),
            (r#"{"a":"x","b":}"#, None),
            (r#"{"a":"x",,"b":1}"#, None),
            (r#"{,"a":"x"}"#, None),
            (r#"{"a":"x",}"#, None),
            (r#"{a:"x"}"#, None),
            (r#"{"a":"x"}{"b":1}"#, None),
            (r#"{"b":["],"a":"x"}"#, None),
        ] {
            assert_eq!(decoded(object, "a").as_deref(), want, "{object}");
        }
    }

    #[test]
    fn members_in_order() {
        let names = |object: &str| -> Option<Vec<String>> {
            let members = members(object.as_bytes())?;
            Some(members.map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect())
        };
        assert_eq!(names("{}"), Some(vec![]));
        assert_eq!(
            names(r#"{"b":1,"a":2,"b":3}"#),
            Some(["b", "a", "b"].map(String::from).to_vec())
        );
        assert_eq!(names(r#"{"b":1 "a":2}"#), None);
    }
}
