//! Time stamps that few daemons write: months in other languages, the year before or after the date, the day first,
//! slashes.

use super::{Clock, Stamp, four_digits, short_number, two_digits};

impl Stamp {
    /// A date in words and what follows it, in any of these layouts; the name of a day may stand before it:
    /// `nov 22 11:00:01`, `Nov 22 11:00:01 2026`, `2026 Nov 22 11:00:01`, `22 Nov 2026 11:00:01`,
    /// `2026/11/22 11:00:01`, `22/Nov/2026:11:00:01 +0100`, `2026-11-22_11:00:01.123`.
    pub(crate) fn spelled(text: &[u8]) -> Option<(Self, &[u8])> {
        if !has_time(text) {
            return None;
        }
        let text = day_name(text).unwrap_or(text);
        numeric_date(text).or_else(|| words(text))
    }

    /// `@4000000065536b0a1dcd6500` and what follows it: seconds and nanoseconds of TAI, as multilog writes them.
    pub(crate) fn tai64n(text: &[u8]) -> Option<(Self, &[u8])> {
        let (digits, rest) = text.strip_prefix(b"@4")?.split_first_chunk::<23>()?;
        let digits = core::str::from_utf8(digits).ok()?;
        let (seconds, nanos) = digits.split_at_checked(15)?;
        let seconds = i64::from_str_radix(seconds, 16).ok()?;
        // libtai labels a second with ten more than its Unix time, whatever leap seconds there were.
        Self::from_unix(seconds.checked_sub(10)?, u32::from_str_radix(nanos, 16).ok()?, 9)
            .map(|stamp| (stamp, rest))
    }
}

/// True if there is a colon between two digits, as in every time of day. Most texts that are tested for a date are a
/// host or a message, and need no further examination.
fn has_time(text: &[u8]) -> bool {
    let is_digit =
        |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    memchr::memchr_iter(b':', text).any(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
}

/// `Sun ` or `So `: letters and one blank, which must be followed by a date.
fn day_name(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().take(12).position(|&byte| byte == b' ')?;
    let (name, rest) = text.split_at_checked(end)?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b'.';
    let name = name.strip_suffix(b",").unwrap_or(name);
    (name.len() >= 2 && name.iter().all(is_letter) && month(name).is_none()).then_some(())?;
    rest.strip_prefix(b" ")
}

/// `2026/11/22 11:00:01`, and with `-` or `.` between the parts and a `_` before the time.
fn numeric_date(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (&[y0, y1, y2, y3, a, m0, m1, b, d0, d1, gap], rest) = text.split_first_chunk::<11>()?;
    if a != b || !matches!(a, b'/' | b'-' | b'.') || !matches!(gap, b' ' | b'_' | b'T' | b'-') {
        return None;
    }
    let (clock, rest) = Clock::parse(rest)?;
    let (month, day) = (two_digits(m0, m1)?, two_digits(d0, d1)?);
    let year = four_digits([y0, y1, y2, y3])?;
    Stamp::build(Some(year), month, day, clock, None).map(|stamp| (stamp, rest))
}

/// Year, month and day in one of the orders, and the time.
fn words(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (mut year, mut month_found, mut day) = (None, None, None);
    let mut rest = text;
    loop {
        if month_found.is_some() && day.is_some() {
            if let Some((clock, tail)) = Clock::parse(rest) {
                let (offset, tail) = numeric_zone(tail);
                let (year, tail) = match (year, written_year(tail)) {
                    (None, Some((year, tail))) => (Some(year), tail),
                    _ => (year, tail),
                };
                let stamp = Stamp::build(year, month_found?, day?, clock, offset)?;
                return Some((stamp, tail));
            }
        }
        let (part, tail) = part(rest)?;
        match part {
            [a, b, c, d] if part.iter().all(u8::is_ascii_digit) && year.is_none() => {
                year = Some(four_digits([*a, *b, *c, *d])?);
            }
            _ if part.iter().all(u8::is_ascii_digit) && day.is_none() => {
                let (number, []) = short_number(part)? else { return None };
                day = Some(number);
            }
            _ if month_found.is_none() => month_found = Some(month(part)?),
            _ => return None,
        }
        rest = tail;
    }
}

/// The next part of a date, and the text after the blank, slash or colon that ends it.
fn part(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().take(16).position(|byte| matches!(byte, b' ' | b'/' | b':' | b'\t'))?;
    let (part, rest) = text.split_at_checked(end)?;
    let (_, mut rest) = rest.split_first()?;
    // A day of one digit may have a second blank before it.
    while let [b' ', tail @ ..] = rest {
        rest = tail;
    }
    (!part.is_empty()).then_some((part, rest))
}

/// ` +0100` behind the time.
fn numeric_zone(text: &[u8]) -> (Option<i32>, &[u8]) {
    match text {
        [b' ', b'+' | b'-', ..] => match text.strip_prefix(b" ").and_then(super::zone) {
            Some((offset, rest)) => (offset, rest),
            None => (None, text),
        },
        _ => (None, text),
    }
}

/// ` 2026` behind the time, with a blank after it.
fn written_year(text: &[u8]) -> Option<(u16, &[u8])> {
    let (&[b' ', a @ (b'1' | b'2'), b, c, d], rest) = text.split_first_chunk::<5>()? else {
        return None;
    };
    let year = four_digits([a, b, c, d])?;
    matches!(rest.first(), Some(b' ' | b'\t')).then_some((year, rest))
}

/// The number of a month from its name or the first letters of it, in the languages whose locales have unambiguous
/// abbreviations. ASCII case is ignored; a period may follow.
fn month(name: &[u8]) -> Option<u8> {
    const NAMES: [(&str, u8); 66] = [
        ("jan", 1),
        ("janv", 1),
        ("ene", 1),
        ("gen", 1),
        ("sty", 1),
        ("led", 1),
        ("oca", 1),
        ("янв", 1),
        ("feb", 2),
        ("févr", 2),
        ("fév", 2),
        ("fev", 2),
        ("lut", 2),
        ("úno", 2),
        ("febr", 2),
        ("фев", 2),
        ("mar", 3),
        ("mär", 3),
        ("mrt", 3),
        ("mars", 3),
        ("bře", 3),
        ("márc", 3),
        ("мар", 3),
        ("apr", 4),
        ("avr", 4),
        ("avril", 4),
        ("abr", 4),
        ("kwi", 4),
        ("dub", 4),
        ("ápr", 4),
        ("апр", 4),
        ("may", 5),
        ("mai", 5),
        ("mei", 5),
        ("maj", 5),
        ("mag", 5),
        ("мая", 5),
        ("май", 5),
        ("jun", 6),
        ("juin", 6),
        ("giu", 6),
        ("cze", 6),
        ("jún", 6),
        ("июн", 6),
        ("jul", 7),
        ("juil", 7),
        ("lug", 7),
        ("lip", 7),
        ("júl", 7),
        ("июл", 7),
        ("aug", 8),
        ("août", 8),
        ("ago", 8),
        ("sie", 8),
        ("авг", 8),
        ("sep", 9),
        ("sept", 9),
        ("set", 9),
        ("wrz", 9),
        ("сен", 9),
        ("oct", 10),
        ("okt", 10),
        ("nov", 11),
        ("ноя", 11),
        ("dec", 12),
        ("dez", 12),
    ];
    const MORE: [(&str, u8); 9] = [
        ("ott", 10),
        ("out", 10),
        ("paź", 10),
        ("окт", 10),
        ("lis", 11),
        ("déc", 12),
        ("dic", 12),
        ("gru", 12),
        ("дек", 12),
    ];
    let name = name.strip_suffix(b".").unwrap_or(name);
    NAMES
        .iter()
        .chain(&MORE)
        .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))
        .map(|&(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts() {
        for (text, want) in [
            ("nov 22 11:00:01 mx1", "11-22T11:00:01 mx1"),
            ("NOV  2 11:00:01 mx1", "11-02T11:00:01 mx1"),
            ("Nov 22 11:00:01 2026 mx1", "2026-11-22T11:00:01 mx1"),
            ("Sun Nov 22 11:00:01 2026 mx1", "2026-11-22T11:00:01 mx1"),
            ("2026 Nov  2 11:00:01 mx1", "2026-11-02T11:00:01 mx1"),
            ("22 Nov 2026 11:00:01.5 mx1", "2026-11-22T11:00:01.5 mx1"),
            ("22/Nov/2026:11:00:01 +0100 mx1", "2026-11-22T11:00:01+01:00 mx1"),
            ("2026/11/22 11:00:01 mx1", "2026-11-22T11:00:01 mx1"),
            ("2026-11-22_11:00:01.12345 mx1", "2026-11-22T11:00:01.12345 mx1"),
            ("Mär 22 11:00:01 mx1", "03-22T11:00:01 mx1"),
            ("Okt 22 11:00:01 mx1", "10-22T11:00:01 mx1"),
            ("févr. 22 11:00:01 mx1", "02-22T11:00:01 mx1"),
            ("dic 22 11:00:01 mx1", "12-22T11:00:01 mx1"),
            ("So Dez 22 11:00:01 mx1", "12-22T11:00:01 mx1"),
            ("ноя 22 11:00:01 mx1", "11-22T11:00:01 mx1"),
        ] {
            let (stamp, rest) = Stamp::spelled(text.as_bytes()).expect(text);
            assert_eq!(format!("{stamp}{}", String::from_utf8_lossy(rest)), want, "{text}");
        }
        for text in [
            "nov 32 11:00:01 mx1",
            "feb 30 11:00:01 x",
            "foo 22 11:00:01 x",
            "nov 11:00:01 x",
            "22 11:00:01 x",
            "2026/13/22 11:00:01 x",
            "2026/11-22 11:00:01 x",
            "nov 22 25:00:01 x",
            "nov nov 22 11:00:01",
            "",
            "2026 2026 nov 2 11:00:01 x",
            "nov 22",
        ] {
            assert!(Stamp::spelled(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn tai() {
        let (stamp, rest) = Stamp::tai64n(b"@4000000037c219bf2ef02e94 x").expect("a label");
        assert_eq!(
            (stamp.to_string().as_str(), rest),
            ("1999-08-24T04:04:05.787492500Z", &b" x"[..])
        );
        assert!(Stamp::tai64n(b"@4000000037c219bf2ef02e9").is_none());
    }
}
