//! Expanding references such as `$name` (`src/util/mac_parse.c`, `src/util/mac_expand.c`, `src/global/compat_level.c`).

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{MainCf, MainCfError, default, has_default};
use crate::cstring;

/// The largest size of a value, in bytes.
const MAX_VALUE: usize = 8 * 1024 * 1024;

/// The largest number of bytes that are expanded for one value, with those of texts that are only compared.
const MAX_EXPANDED: usize = 8 * MAX_VALUE;

/// The largest number of references that are expanded for one value.
const MAX_REFERENCES: u32 = 100_000;

/// The largest depth of nested references, which is Postfix's limit, too.
const MAX_DEPTH: u32 = 100;

/// The domain of a host whose name has none (`DEF_MYDOMAIN`).
const LOCAL_DOMAIN: &[u8] = b"localdomain";

/// The expansion of values of one configuration.
pub(super) struct Expansion<'a> {
    config: &'a MainCf,
    references: u32,
    /// The number of bytes that were appended to any text.
    expanded: usize,
}

/// The meaning of a name.
enum Text<'a> {
    /// A text, in which references are still to be replaced.
    Raw(Cow<'a, [u8]>),
    /// The name is not set.
    Unset,
    /// The name has a value that is not known here.
    NotKnown,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(config: &'a MainCf) -> Self {
        Self { config, references: 0, expanded: 0 }
    }

    /// The value of a parameter.
    pub(super) fn value(&mut self, name: &[u8]) -> Result<Vec<u8>, MainCfError> {
        let mut value = Vec::new();
        self.named(name, &mut value, 0)?;
        Ok(value)
    }

    /// Appends the value of a parameter.
    fn named(&mut self, name: &[u8], value: &mut Vec<u8>, depth: u32) -> Result<(), MainCfError> {
        match self.text(name, depth)? {
            Text::Raw(text) => self.expand(&text, value, depth),
            Text::Unset => Ok(()),
            Text::NotKnown => Err(MainCfError::NotKnown),
        }
    }

    fn text(&mut self, name: &[u8], depth: u32) -> Result<Text<'a>, MainCfError> {
        if let Some(text) = self.config.raw(name).or_else(|| default(name)) {
            return Ok(Text::Raw(Cow::Borrowed(text)));
        }
        Ok(match (name, self.config.host_name.as_deref()) {
            (b"myhostname", Some(host)) if host.contains(&b'.') => Text::Raw(Cow::Borrowed(host)),
            (b"myhostname", Some(host)) => {
                let mut name = [host, b"."].concat();
                match self.config.raw(b"mydomain") {
                    Some(domain) => self.expand(domain, &mut name, depth.saturating_add(1))?,
                    None => name.extend_from_slice(LOCAL_DOMAIN),
                }
                Text::Raw(Cow::Owned(name))
            }
            (b"mydomain", host) if host.is_some() || self.config.raw(b"myhostname").is_some() => {
                let mut name = Vec::new();
                self.named(b"myhostname", &mut name, depth.saturating_add(1))?;
                let domain =
                    name.iter().position(|&byte| byte == b'.').and_then(|dot| name.get(dot..));
                let domain = domain.and_then(|domain| domain.strip_prefix(b"."));
                Text::Raw(Cow::Owned(domain.unwrap_or(LOCAL_DOMAIN).to_vec()))
            }
            _ if has_default(name) => Text::NotKnown,
            _ => Text::Unset,
        })
    }

    /// Appends `text`, every reference in it replaced.
    fn expand(&mut self, text: &[u8], value: &mut Vec<u8>, depth: u32) -> Result<(), MainCfError> {
        let mut rest = text;
        loop {
            let dollar = rest.iter().position(|&byte| byte == b'$').unwrap_or(rest.len());
            let (plain, tail) = rest.split_at_checked(dollar).unwrap_or_default();
            value.extend_from_slice(plain);
            self.expanded = self.expanded.saturating_add(dollar);
            let is_endless = value.len() > MAX_VALUE || self.expanded > MAX_EXPANDED;
            // Plain text inside of references is one more level, as in Postfix.
            if is_endless || (dollar > 0 && depth > MAX_DEPTH) {
                return Err(MainCfError::Endless);
            }
            let Some(tail) = tail.strip_prefix(b"$") else { return Ok(()) };
            rest = if let Some(tail) = tail.strip_prefix(b"$") {
                value.push(b'$');
                tail
            } else {
                self.reference(tail, value, depth)?
            };
        }
    }

    /// Appends the value of the reference at the start of `text`, which starts after the `$`. Returns the text after it.
    fn reference<'t>(
        &mut self,
        text: &'t [u8],
        value: &mut Vec<u8>,
        depth: u32,
    ) -> Result<&'t [u8], MainCfError> {
        self.references = self.references.saturating_add(1);
        if self.references > MAX_REFERENCES || depth > MAX_DEPTH {
            return Err(MainCfError::Endless);
        }
        let (body, rest) = match text.first() {
            Some(b'{') => block(text, b'{', b'}')?,
            Some(b'(') => block(text, b'(', b')')?,
            _ => name(text),
        };
        let depth = depth.saturating_add(1);
        let body = cstring::trim_start(body);
        if body.first() == Some(&b'{') {
            let (is_true, tail) = self.comparison(body, depth)?;
            self.choose(is_true, tail, value, depth, |_, value| {
                value.extend_from_slice(if is_true { b"true" } else { b"" });
                Ok(())
            })?;
            return Ok(rest);
        }
        let (name, tail) = name(body);
        if name.is_empty() {
            return Err(MainCfError::NotUnderstood);
        }
        // As in Postfix, the test looks at the text of the parameter, not at what it expands to.
        let is_set = match self.text(name, depth)? {
            Text::Raw(text) => !text.is_empty(),
            Text::Unset => false,
            Text::NotKnown => true,
        };
        self.choose(is_set, cstring::trim_start(tail), value, depth, |this, value| {
            this.named(name, value, depth)
        })?;
        Ok(rest)
    }

    /// Appends the text after `?` or `:` that the test chooses, or the tested value itself if there is no such text.
    fn choose(
        &mut self,
        is_true: bool,
        text: &[u8],
        value: &mut Vec<u8>,
        depth: u32,
        itself: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), MainCfError>,
    ) -> Result<(), MainCfError> {
        let (yes, no) = match text.split_first() {
            None => return itself(self, value),
            Some((b'?', choices)) => {
                if let Some(braced) = braced(choices) {
                    let (yes, rest) = block(braced, b'{', b'}')?;
                    match cstring::trim_start(rest).split_first() {
                        None => (yes, &[][..]),
                        Some((b':', rest)) => (yes, last_choice(rest)?),
                        Some(_) => return Err(MainCfError::NotUnderstood),
                    }
                } else {
                    (choices, &[][..])
                }
            }
            Some((b':', choice)) => (&[][..], last_choice(choice)?),
            Some(_) => return Err(MainCfError::NotUnderstood),
        };
        self.expand(if is_true { yes } else { no }, value, depth)
    }

    /// The result of the comparison `{a} OPERATOR {b}` at the start of `text`, and the text after it.
    fn comparison<'t>(
        &mut self,
        text: &'t [u8],
        depth: u32,
    ) -> Result<(bool, &'t [u8]), MainCfError> {
        let (left, rest) = block(text, b'{', b'}')?;
        let rest = cstring::trim_start(rest);
        let length = rest.iter().take_while(|byte| b"<>!=?+-*/~&|%".contains(byte)).count();
        let (operator, rest) = rest.split_at_checked(length).unwrap_or_default();
        let holds: fn(Ordering) -> bool = match operator {
            b"==" => Ordering::is_eq,
            b"!=" => Ordering::is_ne,
            b"<" => Ordering::is_lt,
            b"<=" => Ordering::is_le,
            b">=" => Ordering::is_ge,
            b">" => Ordering::is_gt,
            _ => return Err(MainCfError::NotUnderstood),
        };
        let (suffix, rest) = name(rest);
        let compare: fn(&[u8], &[u8]) -> Result<Ordering, MainCfError> = match suffix {
            b"" => compare_texts,
            b"level" => compare_levels,
            _ => return Err(MainCfError::NotUnderstood),
        };
        let rest = cstring::trim_start(rest);
        if rest.first() != Some(&b'{') {
            return Err(MainCfError::NotUnderstood);
        }
        let (right, rest) = block(rest, b'{', b'}')?;
        let (mut a, mut b) = (Vec::new(), Vec::new());
        self.expand(left, &mut a, depth)?;
        self.expand(right, &mut b, depth)?;
        Ok((holds(compare(&a, &b)?), cstring::trim_start(rest)))
    }
}

/// `{text}`, or plain text to the end.
fn last_choice(text: &[u8]) -> Result<&[u8], MainCfError> {
    let Some(braced) = braced(text) else { return Ok(text) };
    let (inside, rest) = block(braced, b'{', b'}')?;
    if cstring::trim_start(rest).is_empty() { Ok(inside) } else { Err(MainCfError::NotUnderstood) }
}

/// The text from the brace on that is first in it, spaces aside. Text without braces keeps its spaces.
fn braced(text: &[u8]) -> Option<&[u8]> {
    Some(cstring::trim_start(text)).filter(|text| text.first() == Some(&b'{'))
}

/// Two numbers by value, anything else byte by byte.
fn compare_texts(a: &[u8], b: &[u8]) -> Result<Ordering, MainCfError> {
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !is_number(a) || !is_number(b) {
        return Ok(a.cmp(b));
    }
    let number = |text| cstring::digits(text).and_then(|number| i64::try_from(number).ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => Ok(a.cmp(&b)),
        _ => Err(MainCfError::NotUnderstood),
    }
}

/// Compatibility levels: `major.minor.patch`, of which the first is enough.
fn compare_levels(a: &[u8], b: &[u8]) -> Result<Ordering, MainCfError> {
    Ok(level(a)?.cmp(&level(b)?))
}

fn level(text: &[u8]) -> Result<[i64; 3], MainCfError> {
    const LIMITS: [i64; 3] = [i64::MAX >> 20, 1023, 1023];
    let mut level = [0; 3];
    let mut rest = text;
    for (part, limit) in level.iter_mut().zip(LIMITS) {
        let (number, tail) = cstring::split(rest).ok_or(MainCfError::NotUnderstood)?;
        if !(0..=limit).contains(&number) {
            return Err(MainCfError::NotUnderstood);
        }
        *part = number;
        match tail.split_first() {
            None => return Ok(level),
            Some((b'.', tail)) => rest = tail,
            Some(_) => break,
        }
    }
    Err(MainCfError::NotUnderstood)
}

/// The inside of the bracketed text that `text` starts with, and what follows it.
fn block(text: &[u8], open: u8, close: u8) -> Result<(&[u8], &[u8]), MainCfError> {
    let mut depth = 0_usize;
    for (index, &byte) in text.iter().enumerate() {
        if byte == open {
            depth = depth.saturating_add(1);
        } else if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let (inside, rest) = text.split_at_checked(index).unwrap_or_default();
                let inside = inside.get(1..).unwrap_or_default();
                return Ok((inside, rest.get(1..).unwrap_or_default()));
            }
        }
    }
    Err(MainCfError::Unclosed)
}

/// The letters, digits and underscores at the start, and the rest.
fn name(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    text.split_at_checked(length.count()).unwrap_or_default()
}
