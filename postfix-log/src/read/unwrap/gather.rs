//! Records of several lines: JSON that was printed for people, and journald's `export` and `verbose` layouts.

use alloc::vec::Vec;

use crate::header::stamp::Stamp;
use crate::limits::MAX_WRAPPED;
use crate::line::as_u64;
use crate::read::cutter::RawLine;

/// The lines of a record so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Gather {
    kind: Option<Kind>,
    text: Vec<u8>,
    place: Place,
    /// Brackets that are open, in JSON.
    depth: usize,
    /// A field whose value is counted and not ended by a newline has begun at this offset of the text.
    counted: Option<usize>,
    /// True if the record was longer than what is kept.
    cut: bool,
}

/// Where a record begins, and how many lines it has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) lines: u64,
}

/// The layouts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// `{` alone on a line, up to the `}` that closes it.
    Pretty,
    /// `__CURSOR=…`: fields up to an empty line (systemd's Journal Export Formats).
    Export,
    /// A stamp with a cursor in brackets, then indented fields.
    Verbose,
}

/// The effect of a line on a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fed {
    /// It is not part of one.
    None,
    /// More lines are needed.
    More,
    /// The record is complete with this line, or has reached the limit of what is kept.
    Complete,
    /// The record was complete before this line, which begins the next one.
    Next,
    /// The line is not part of the record, which is therefore incomplete.
    Broken,
}

impl Gather {
    pub(super) fn is_open(&self) -> bool {
        self.kind.is_some()
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Ends the record. Its text stays until the next one begins.
    pub(super) fn close(&mut self) {
        self.kind = None;
    }

    /// Begins a record with a line that is the first of one.
    pub(super) fn begin(&mut self, kind: Kind, line: &RawLine<'_>) {
        self.kind = Some(kind);
        self.text.clear();
        self.place = Place { number: line.number, offset: line.offset, lines: 0 };
        (self.depth, self.counted, self.cut) = (0, None, false);
        self.add(line);
        self.depth = usize::from(kind == Kind::Pretty);
    }

    /// Takes the next line.
    pub(super) fn feed(&mut self, line: &RawLine<'_>) -> Fed {
        let text = line.text();
        match self.kind {
            None => Fed::None,
            Some(Kind::Verbose) => {
                let field = text.trim_ascii_start();
                let is_field = field.len() < text.len() && is_field(field);
                if is_field {
                    self.add(line);
                    return Fed::More;
                }
                match first(text) {
                    Some(Kind::Verbose) => Fed::Next,
                    _ => Fed::Broken,
                }
            }
            Some(Kind::Export) => self.feed_export(line, text),
            Some(Kind::Pretty) => {
                if !is_json_line(text) {
                    return Fed::Broken;
                }
                self.depth = depth(self.depth, text);
                self.add(line);
                match self.depth {
                    0 => Fed::Complete,
                    _ if self.cut => Fed::Complete,
                    _ => Fed::More,
                }
            }
        }
    }

    fn feed_export(&mut self, line: &RawLine<'_>, text: &[u8]) -> Fed {
        if let Some(start) = self.counted {
            self.add_counted(line);
            let value = self.text.get(start..).unwrap_or_default();
            if counted(value).is_some_and(|length| value.len() > length) || self.cut {
                self.counted = None;
            }
            return Fed::More;
        }
        if text.is_empty() {
            self.add(line);
            return Fed::Complete;
        }
        if is_field(text) {
            self.add(line);
        } else if is_name(text) {
            self.add(line);
            self.counted = Some(self.text.len());
        } else {
            return Fed::Broken;
        }
        Fed::More
    }

    fn add(&mut self, line: &RawLine<'_>) {
        self.place.lines = self.place.lines.saturating_add(1);
        let bytes = line.bytes.strip_suffix(b"\n").unwrap_or(line.bytes);
        let room = MAX_WRAPPED.saturating_sub(self.text.len());
        self.cut |= bytes.len() >= room;
        self.text.extend(bytes.iter().chain(b"\n").take(room));
    }

    /// As [`add`](Self::add), where every byte counts: with the NUL bytes that a line does not give, at its start and
    /// in place of what exceeds its bound.
    fn add_counted(&mut self, line: &RawLine<'_>) {
        let missing = line.length.saturating_sub(as_u64(line.bytes.len()));
        self.add_nuls(line.nuls);
        self.add(line);
        if missing > 0 {
            self.text.pop();
            self.add_nuls(missing);
            self.text.push(b'\n');
        }
    }

    fn add_nuls(&mut self, count: u64) {
        let room = MAX_WRAPPED.saturating_sub(self.text.len());
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.cut |= count >= room;
        self.text.extend(core::iter::repeat_n(0, count.min(room)));
    }

    /// The stamp at the head of a `verbose` record.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        verbose(self.text.split(|&byte| byte == b'\n').next()?)
    }

    /// A field of an `export` or `verbose` record; the first of its name.
    pub(super) fn field(&self, name: &[u8]) -> Option<&[u8]> {
        let mut rest = self.text.as_slice();
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, tail) = rest.split_at_checked(end)?;
            rest = tail.get(1..).unwrap_or_default();
            let line = line.trim_ascii_start();
            if is_name(line) {
                let length = counted(rest)?;
                let value = rest.get(8..length)?;
                if line == name {
                    return Some(value);
                }
                rest = rest.get(length.saturating_add(1)..).unwrap_or_default();
            } else if let Some(value) = line.strip_prefix(name).and_then(|it| it.strip_prefix(b"="))
            {
                return Some(value.strip_suffix(b"\r").unwrap_or(value));
            }
        }
        None
    }
}

/// The layout that a line begins, if it does.
pub(super) fn first(text: &[u8]) -> Option<Kind> {
    match text.first()? {
        b'_' if text.starts_with(b"__") && is_field(text) => Some(Kind::Export),
        b'{' | b' ' | b'\t' if text.trim_ascii() == b"{" => Some(Kind::Pretty),
        b'A'..=b'Z' if verbose(text).is_some() => Some(Kind::Verbose),
        _ => None,
    }
}

/// `Sun 2026-11-22 11:00:01.123456 CET [s=…]`.
fn verbose(line: &[u8]) -> Option<Stamp> {
    let (_, rest) = line.split_first_chunk::<4>()?;
    let (stamp, rest) = Stamp::iso(rest)?;
    let rest = rest.strip_prefix(b" ")?;
    let at = rest.iter().take(8).position(|&byte| byte == b' ')?;
    let (zone, rest) = rest.split_at_checked(at)?;
    rest.starts_with(b" [s=").then_some(())?;
    Some(if matches!(zone, b"UTC" | b"GMT") { stamp.in_zone(0) } else { stamp })
}

/// `NAME=value`.
fn is_field(text: &[u8]) -> bool {
    let end = text.iter().take(65).position(|&byte| byte == b'=');
    end.and_then(|end| text.get(..end)).is_some_and(is_name)
}

/// The name of a field: capitals, digits and underscores.
fn is_name(text: &[u8]) -> bool {
    let is_part = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
    (1..=64).contains(&text.len()) && text.iter().all(is_part)
}

/// The size of a counted value in bytes, with the eight bytes that give its length.
fn counted(text: &[u8]) -> Option<usize> {
    let length = u64::from_le_bytes(*text.first_chunk::<8>()?);
    usize::try_from(length).ok()?.checked_add(8)
}

/// True if a line may belong to an object that was printed over several lines.
fn is_json_line(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let text = text.strip_suffix(b",").unwrap_or(text);
    let is_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    match text {
        [b'"' | b'{' | b'}' | b'[' | b']', ..] | b"true" | b"false" | b"null" => true,
        [] => false,
        _ => text.iter().all(is_number),
    }
}

/// The number of open brackets after a line; a string ends in its line.
fn depth(before: usize, line: &[u8]) -> usize {
    let (mut depth, mut quoted, mut escaped) = (before, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth = depth.saturating_add(1),
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}
