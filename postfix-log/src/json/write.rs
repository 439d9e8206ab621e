//! Writes a line as JSON without serde: the same bytes in a fraction of the time.

use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::ops::Range;

use super::key::key;
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
        let mut lossy = false;
        let plain = Plain::start_of(self.line.text());
        self.each(|key, member| {
            // Small enough for the compiler to put it wherever a member is given, together with the key.
            out.extend_from_slice(key.written());
            match member {
                Member::Text(text) if plain.holds(text) => quoted(out, text),
                member => lossy |= value::<PRINTABLE>(out, &member),
            }
        });
        if lossy {
            self.write_lossy(out);
        }
        close(out, start);
    }

    /// Writes the names of the lossy members as an array. Hardly any line has one, so all members are looked at again.
    #[cold]
    fn write_lossy(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(key!("lossy").written());
        let mut mark = b'[';
        self.each(|key, member| {
            if member.is_lossy() {
                out.push(mark);
                quoted(out, key.name().as_bytes());
                mark = b',';
            }
        });
        out.push(b']');
    }
}

/// The part of a line that is known to need no escapes. Most texts that are written lie in it, and are not examined
/// again.
struct Plain(Range<*const u8>);

impl Plain {
    /// The number of bytes that are examined together.
    const STEP: usize = 32;

    /// The plain start of a text.
    fn start_of(text: &[u8]) -> Self {
        let steps = text.chunks(Self::STEP).take_while(|step| is_plain(step));
        let width = steps.fold(0_usize, |width, step| width.saturating_add(step.len()));
        Self(text.get(..width).unwrap_or_default().as_ptr_range())
    }

    /// True if a text lies in that part.
    fn holds(&self, text: &[u8]) -> bool {
        let Range { start, end } = text.as_ptr_range();
        self.0.start <= start && end <= self.0.end
    }
}

/// True if all bytes are printable ASCII that JSON does not escape.
fn is_plain(text: &[u8]) -> bool {
    // Without branches, so that the compiler can process many bytes at a time.
    let odd = |byte: u8| !matches!(byte, b' '..=b'~') | (byte == b'"') | (byte == b'\\');
    !text.iter().fold(false, |found, byte| found | odd(*byte))
}

/// Completes an object whose members, from `start` on, are each preceded by a comma.
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
                out.push(b',');
                quoted(out, name.as_bytes());
                out.push(b':');
                unsigned(out, value);
            }
            close(out, start);
        }
    }
    false
}

/// Writes a string that needs no escapes.
fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Writes a string of any bytes, escaped as a whole if it is not UTF-8; returns true in that case.
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

/// Writes text with its escapes. Bytes that need none are copied in runs.
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

/// Writes the output of `Display` as a string.
fn shown<const PRINTABLE: bool>(out: &mut Vec<u8>, value: impl fmt::Display) {
    struct Pieces<'o, const PRINTABLE: bool>(&'o mut Vec<u8>);

    impl<const PRINTABLE: bool> fmt::Write for Pieces<'_, PRINTABLE> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            escaped::<PRINTABLE>(self.0, piece);
            Ok(())
        }
    }

    out.push(b'"');
    // Writing to a vector cannot fail, and neither can these `Display` implementations.
    let _ = write!(Pieces::<PRINTABLE>(out), "{value}");
    out.push(b'"');
}

/// Writes a number in decimal digits, four at a time. Most have one.
fn unsigned(out: &mut Vec<u8>, number: u64) {
    if number < 10 {
        return out.push(b'0' + number as u8);
    }
    let ([a, b], [c, d]) = (two(number / 100 % 100), two(number % 100));
    match number {
        0..=99 => out.extend_from_slice(&[c, d]),
        100..=999 => out.extend_from_slice(&[b, c, d]),
        1000..=9999 => out.extend_from_slice(&[a, b, c, d]),
        _ => {
            unsigned(out, number / 10_000);
            out.extend_from_slice(&[a, b, c, d]);
        }
    }
}

/// The two digits of a number below 100, as text.
fn two(number: u64) -> [u8; 2] {
    usize::try_from(number).ok().and_then(|at| PAIRS.get(at)).copied().unwrap_or(*b"00")
}

/// All of them in a table: a division costs more than looking them up.
#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [*b"00"; 100];
    let mut number = 0_u8;
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// Writes a point and the last `count` digits of a number, at most nine, with leading zeros.
fn fraction(out: &mut Vec<u8>, number: u64, count: usize) {
    let mut digits = [b'0'; 9];
    let mut rest = number;
    for place in digits.iter_mut().rev().take(count) {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.push(b'.');
    out.extend_from_slice(digits.get(9_usize.saturating_sub(count)..).unwrap_or_default());
}

/// Writes a duration as a number of seconds: a whole number without a decimal point, any other as the shortest decimal
/// number that reads back as the same binary one.
fn seconds(out: &mut Vec<u8>, delay: Delay) {
    /// A number of up to fifteen digits is already the shortest one.
    const EXACT: u64 = 1_000_000_000_000_000;

    let micros = delay.as_micros();
    match (micros / 1_000_000, micros % 1_000_000) {
        (whole, 0) => unsigned(out, whole),
        (0, few @ 1..=9) => {
            unsigned(out, few);
            out.extend_from_slice(b"e-6");
        }
        (whole, part) if part % 10_000 == 0 && micros < EXACT => {
            unsigned(out, whole);
            match two(part / 10_000) {
                [tenths, b'0'] => out.extend_from_slice(&[b'.', tenths]),
                [tenths, hundredths] => out.extend_from_slice(&[b'.', tenths, hundredths]),
            }
        }
        (whole, part) if micros < EXACT => {
            let (mut part, mut width) = (part, 6_usize);
            while part % 10 == 0 {
                part /= 10;
                width = width.saturating_sub(1);
            }
            unsigned(out, whole);
            fraction(out, part, width);
        }
        _ => shortest(out, micros as f64 / 1e6),
    }
}

/// Writes a number with as few fraction digits as distinguish it from all others, but at least one. `Display` gives
/// another last digit if two are equally near: it takes the larger one, and serde_json the even one.
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

/// Writes a time as `Display` prints it.
fn time(out: &mut Vec<u8>, at: LogTime) {
    let of_day = at.wall_seconds().rem_euclid(DAY).unsigned_abs();
    let (year, month, day) = civil_from_days(at.wall_seconds().div_euclid(DAY));
    let minutes = at.offset().map(|offset| u64::from(offset.unsigned_abs() / 60));
    let (Ok(year @ 0..=9999), None | Some(0..6_000)) = (u64::try_from(year), minutes) else {
        return shown::<false>(out, at);
    };
    let ([a, b], [c, d]) = (two(year / 100), two(year % 100));
    let ([e, f], [g, h]) = (two(month.into()), two(day.into()));
    let ([i, j], [k, l]) = (two(of_day / 3600), two(of_day / 60 % 60));
    let [m, n] = two(of_day % 60);
    out.extend_from_slice(&[
        b'"', a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n,
    ]);
    let count = u32::from(at.fraction_digits());
    if count > 0 {
        let number = at.nanosecond() / 10_u32.pow(9_u32.saturating_sub(count));
        fraction(out, number.into(), count as usize);
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
