//! A line as JSON, written without serde: the same bytes, in a fraction of the time.

use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::ops::Range;

use super::member::MAX_LOSSY;
use super::{Line, Member};
use crate::clock::{DAY, LogTime};
use crate::escape::Escaped;
use crate::event::delay::Delay;
use crate::event::dsn::Dsn;
use crate::header::stamp::civil_from_days;

impl Line<'_> {
    /// Appends the line to `out` as a JSON object: the bytes that `serde_json::to_string` gives, several times as
    /// fast, and without the feature `serde`. No newline is added.
    ///
    /// Nothing is allocated but room in `out`. A program that writes many lines clears one buffer and uses it again:
    ///
    /// ```
    /// use postfix_log::{LogReader, json};
    /// let log = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
    /// let mut reader = LogReader::new(log.as_bytes());
    /// let mut object = Vec::new();
    /// while let Some(line) = reader.next_line()? {
    ///     object.clear();
    ///     json::Line::new(&line, None).write(&mut object);
    ///     assert!(object.ends_with(br#""queue_id":"1E24013C03E","event":"removed"}"#));
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_with::<false>(out);
    }

    /// As [`write`](Self::write), with DEL and the C1 controls escaped as the other controls are: JSON lets them
    /// through, and some terminals obey them.
    pub fn write_printable(&self, out: &mut Vec<u8>) {
        self.write_with::<true>(out);
    }

    fn write_with<const PRINTABLE: bool>(&self, out: &mut Vec<u8>) {
        let start = out.len();
        // The members that are lossy, as an array that is written when all are known.
        let mut lossy = Lossy::default();
        let plain = Plain::start_of(self.line.text());
        self.members(|name, member| {
            key(out, name);
            match member {
                Member::Text(text) if plain.holds(text) => quoted(out, text),
                member => {
                    if value::<PRINTABLE>(out, &member) {
                        lossy.add(name);
                    }
                }
            }
        });
        lossy.write(out);
        close(out, start);
    }
}

/// The part of a line that is known to have nothing to escape: most of what is written stands in it, and is not looked
/// at again.
struct Plain(Range<*const u8>);

impl Plain {
    /// Bytes that are looked at together.
    const STEP: usize = 32;

    /// The start of a text, as far as it is plain.
    fn start_of(text: &[u8]) -> Self {
        let steps = text.chunks(Self::STEP).take_while(|step| is_plain(step));
        let width = steps.fold(0_usize, |width, step| width.saturating_add(step.len()));
        Self(text.get(..width).unwrap_or_default().as_ptr_range())
    }

    /// True when a text lies in that part.
    fn holds(&self, text: &[u8]) -> bool {
        let Range { start, end } = text.as_ptr_range();
        self.0.start <= start && end <= self.0.end
    }
}

/// True when all bytes are printable ASCII that JSON does not escape.
fn is_plain(text: &[u8]) -> bool {
    // Without branches, so that the compiler takes many bytes at a time.
    let odd = |byte: u8| !matches!(byte, b' '..=b'~') | (byte == b'"') | (byte == b'\\');
    !text.iter().fold(false, |found, byte| found | odd(*byte))
}

/// The names of the members that are lossy.
#[derive(Default)]
struct Lossy {
    names: [&'static str; MAX_LOSSY],
    count: usize,
}

impl Lossy {
    fn add(&mut self, name: &'static str) {
        if let Some(place) = self.names.get_mut(self.count) {
            *place = name;
            self.count = self.count.saturating_add(1);
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let names = self.names.get(..self.count).unwrap_or_default();
        for (at, name) in names.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b",\"lossy\":[\"" } else { b",\"" });
            out.extend_from_slice(name.as_bytes());
            out.push(b'"');
        }
        if !names.is_empty() {
            out.push(b']');
        }
    }
}

/// A comma, a name of this crate, which needs no escapes, and the colon behind it.
fn key(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Ends an object whose members, from `start` on, have a comma in front of each.
fn close(out: &mut Vec<u8>, start: usize) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Writes a value, and returns whether it is lossy.
fn value<const PRINTABLE: bool>(out: &mut Vec<u8>, member: &Member<'_>) -> bool {
    match *member {
        Member::Text(bytes) => return text::<PRINTABLE>(out, bytes),
        Member::Word(word) => quoted(out, word.as_bytes()),
        Member::Number(number) => unsigned(out, number),
        Member::Signed(number) => {
            if number < 0 {
                out.push(b'-');
            }
            unsigned(out, number.unsigned_abs());
        }
        Member::True => out.extend_from_slice(b"true"),
        Member::Time(at) => time(out, at),
        Member::Stamp(stamp) => shown::<PRINTABLE>(out, stamp),
        Member::Seconds(delay) => seconds(out, delay),
        Member::Delays(delays) => {
            for (delay, mark) in delays.into_iter().zip(*b"[,,,") {
                out.push(mark);
                seconds(out, delay);
            }
            out.push(b']');
        }
        Member::Dsn(dsn) => status(out, dsn),
        Member::Error(kind) => shown::<PRINTABLE>(out, kind),
        Member::Commands(line) => {
            let lossy = member.is_lossy();
            let start = out.len();
            for count in line.commands() {
                out.push(b',');
                match lossy {
                    true => shown::<PRINTABLE>(out, Escaped::new(count.name)),
                    false => _ = text::<PRINTABLE>(out, count.name),
                }
                out.extend_from_slice(b":{\"ok\":");
                unsigned(out, count.ok);
                out.extend_from_slice(b",\"total\":");
                unsigned(out, count.total);
                out.push(b'}');
            }
            close(out, start);
            return lossy;
        }
        Member::Figures(line) => {
            let start = out.len();
            for (name, value) in line.figures() {
                key(out, name);
                unsigned(out, value);
            }
            close(out, start);
        }
    }
    false
}

/// A string without anything to escape.
fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// A string of any bytes, escaped as a whole where it is not UTF-8; returns whether that is so.
fn text<const PRINTABLE: bool>(out: &mut Vec<u8>, text: &[u8]) -> bool {
    if is_plain(text) {
        quoted(out, text);
        return false;
    }
    match core::str::from_utf8(text) {
        Ok(text) => {
            out.push(b'"');
            escaped::<PRINTABLE>(out, text);
            out.push(b'"');
            false
        }
        Err(_) => {
            shown::<PRINTABLE>(out, Escaped::new(text));
            true
        }
    }
}

/// Writes text with its escapes: what needs none is copied in runs.
fn escaped<const PRINTABLE: bool>(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    let is_odd = |char: char| {
        matches!(char, '\0'..='\x1f' | '"' | '\\') || PRINTABLE && matches!(char, '\x7f'..='\u{9f}')
    };
    while let Some((at, odd)) = rest.char_indices().find(|(_, char)| is_odd(*char)) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(plain.as_bytes());
        match odd {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\x08' => out.extend_from_slice(b"\\b"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\x0c' => out.extend_from_slice(b"\\f"),
            '\r' => out.extend_from_slice(b"\\r"),
            _ => {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = u32::from(odd) >> shift & 15;
                    out.push(char::from_digit(digit, 16).map_or(b'0', |digit| digit as u8));
                }
            }
        }
        rest = tail.get(odd.len_utf8()..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
}

/// A string of what `Display` prints.
fn shown<const PRINTABLE: bool>(out: &mut Vec<u8>, value: impl fmt::Display) {
    struct Pieces<'o, const PRINTABLE: bool>(&'o mut Vec<u8>);

    impl<const PRINTABLE: bool> fmt::Write for Pieces<'_, PRINTABLE> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            escaped::<PRINTABLE>(self.0, piece);
            Ok(())
        }
    }

    out.push(b'"');
    // A vector takes all, and what is shown here does not fail.
    let _ = write!(Pieces::<PRINTABLE>(out), "{value}");
    out.push(b'"');
}

/// A number in decimal digits.
fn unsigned(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=9 => out.push(b'0' + number as u8),
        _ => {
            let mut digits = Digits::new();
            digits.number(number);
            out.extend_from_slice(digits.as_bytes());
        }
    }
}

/// Digits that are written from the last to the first: a number and a fraction have 27 at most.
struct Digits {
    text: [u8; 32],
    start: usize,
}

impl Digits {
    fn new() -> Self {
        Self { text: [0; 32], start: 32 }
    }

    fn put(&mut self, byte: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(place) = self.text.get_mut(self.start) {
            *place = byte;
        }
    }

    fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 10 {
            self.put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        self.put(b'0' + rest as u8);
    }

    /// The last digits of a number, zeros in front included.
    fn last(&mut self, number: u64, count: usize) {
        let mut rest = number;
        for _ in 0..count {
            self.put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// A duration as a number of seconds: whole ones without a decimal point, others as the shortest decimal number that is
/// read back as the same binary one.
fn seconds(out: &mut Vec<u8>, delay: Delay) {
    /// A number of up to fifteen digits is that shortest one itself.
    const EXACT: u64 = 1_000_000_000_000_000;

    let micros = delay.as_micros();
    match (micros / 1_000_000, micros % 1_000_000) {
        (whole, 0) => unsigned(out, whole),
        (0, few @ 1..=9) => {
            unsigned(out, few);
            out.extend_from_slice(b"e-6");
        }
        (whole, part) if micros < EXACT => {
            let (mut part, mut width) = (part, 6_usize);
            while part % 10 == 0 {
                part /= 10;
                width = width.saturating_sub(1);
            }
            let mut digits = Digits::new();
            digits.last(part, width);
            digits.put(b'.');
            digits.number(whole);
            out.extend_from_slice(digits.as_bytes());
        }
        _ => shortest(out, micros as f64 / 1e6),
    }
}

/// A number with a fraction of as few digits as tell it from all others, one at least. `Display` gives another last
/// digit where two are equally near: it takes the larger one, and serde_json the even one.
fn shortest(out: &mut Vec<u8>, number: f64) {
    let start = out.len();
    for places in 1..=7 {
        out.truncate(start);
        let _ = write!(Unescaped(out), "{number:.places$}");
        let text = out.get(start..).and_then(|text| core::str::from_utf8(text).ok());
        if text.and_then(|text| text.parse().ok()) == Some(number) {
            break;
        }
    }
}

/// Text that needs no escapes.
struct Unescaped<'o>(&'o mut Vec<u8>);

impl fmt::Write for Unescaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn status(out: &mut Vec<u8>, status: Dsn) {
    out.push(b'"');
    unsigned(out, status.class().into());
    out.push(b'.');
    unsigned(out, status.subject().into());
    out.push(b'.');
    unsigned(out, status.detail().into());
    out.push(b'"');
}

/// As `Display` prints it.
fn time(out: &mut Vec<u8>, at: LogTime) {
    let of_day = at.wall_seconds().rem_euclid(DAY).unsigned_abs();
    let (year, month, day) = civil_from_days(at.wall_seconds().div_euclid(DAY));
    let minutes = at.offset().map(|offset| u64::from(offset.unsigned_abs() / 60));
    let (Ok(year @ 0..=9999), None | Some(0..6_000)) = (u64::try_from(year), minutes) else {
        return shown::<false>(out, at);
    };
    let two = |number: u64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
    let ([a, b], [c, d]) = (two(year / 100), two(year % 100));
    let ([e, f], [g, h]) = (two(month.into()), two(day.into()));
    let ([i, j], [k, l]) = (two(of_day / 3600), two(of_day / 60 % 60));
    let [m, n] = two(of_day % 60);
    out.extend_from_slice(&[
        b'"', a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n,
    ]);
    let count = u32::from(at.fraction_digits());
    if count > 0 {
        let mut digits = Digits::new();
        let number = at.nanosecond() / 10_u32.pow(9_u32.saturating_sub(count));
        digits.last(number.into(), count as usize);
        digits.put(b'.');
        out.extend_from_slice(digits.as_bytes());
    }
    match at.offset() {
        None => {}
        Some(0) => out.push(b'Z'),
        Some(offset) => {
            let minutes = minutes.unwrap_or_default();
            let ([a, b], [c, d]) = (two(minutes / 60), two(minutes % 60));
            out.extend_from_slice(&[if offset < 0 { b'-' } else { b'+' }, a, b, b':', c, d]);
        }
    }
    out.push(b'"');
}
