//! Text of log lines.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use arbitrary::{Result, Unstructured};

use crate::event::delay::Delay;
use crate::event::dsn::Dsn;

/// Few, so that lines meet.
pub(super) const IDS: [&[u8]; 5] =
    [b"1E24013C03E", b"2A00013C03F", b"F423F0", b"4jW9mx0sf8z9rwp", b"4kj7gQ4QqYz1W9HX"];

pub(super) const NAMES: [&[u8]; 4] =
    [b"ann@a.example", b"bob", b"mx.b.example", b"localhost.localdomain"];

pub(super) const WORDS: [&[u8]; 7] = [
    b"sent",
    b"deferred",
    b"bounced",
    b"SOFTBOUNCE",
    b"deliverable",
    b"undeliverable",
    b"undeliverable-but-not-cached",
];

pub(super) const PROGRAMS: [&[u8]; 12] = [
    b"",
    b"smtpd",
    b"cleanup",
    b"qmgr",
    b"smtp",
    b"local",
    b"bounce",
    b"postscreen",
    b"anvil",
    b"master",
    b"postsuper",
    b"sshd",
];

/// A time stamp, classic or RFC 3339.
pub(super) fn stamp(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // As many as every month has: a stamp of the 31st of February would be none.
    let day = input.int_in_range(1..=28)?;
    let (hour, minute) = (input.int_in_range(0..=23)?, input.int_in_range(0..=59)?);
    let second = input.int_in_range(0..=60)?;
    if input.arbitrary()? {
        let month = input.choose(&MONTHS)?;
        return Ok(format!("{month} {day:2} {hour:02}:{minute:02}:{second:02}").into_bytes());
    }
    let (year, month) = (input.int_in_range(1970..=9999)?, input.int_in_range(1..=12)?);
    let fraction = match input.int_in_range(0..=9_usize)? {
        0 => String::new(),
        digits => {
            let all = format!("{:09}", input.int_in_range(0..=999_999_999)?);
            format!(".{}", all.get(..digits).unwrap_or_default())
        }
    };
    let zone = match input.int_in_range(0..=2)? {
        0 => String::new(),
        1 => String::from("Z"),
        _ => {
            let sign = input.choose(&["+", "-"])?;
            format!("{sign}{:02}:{:02}", input.int_in_range(0..=14)?, input.int_in_range(0..=59)?)
        }
    };
    Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
        .into_bytes())
}

/// A few lines; the first is about a recipient.
#[cfg(feature = "lifecycle")]
pub(super) fn log(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut log = Vec::new();
    let first = delivery(input)?;
    put(input, &mut log, b"smtp", &first)?;
    for _ in 0..input.int_in_range(0..=15)? {
        log.push(b'\n');
        log.extend(line(input)?);
    }
    Ok(log)
}

/// A line, without its newline.
pub(super) fn line(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let (program, payload): (&[u8], _) = match input.int_in_range(0..=9)? {
        0 => (b"smtpd", about(input, |input| Ok([&b"client="[..], &client(input)?].concat()))?),
        1 => (b"cleanup", about(input, |input| bracketed(input, b"message-id=", b""))?),
        2 => (
            b"qmgr",
            about(input, |input| {
                bracketed(input, b"from=", b", size=418, nrcpt=1 (queue active)")
            })?,
        ),
        3 => (b"qmgr", about(input, |_| Ok(b"removed".to_vec()))?),
        4 => (
            b"qmgr",
            about(input, |input| {
                bracketed(input, b"from=", b", status=expired, returned to sender")
            })?,
        ),
        5 => (
            b"bounce",
            about(input, |input| {
                Ok([&b"sender non-delivery notification: "[..], *input.choose(&IDS)?].concat())
            })?,
        ),
        6 => (
            b"smtpd",
            [&b"disconnect from "[..], &client(input)?, b" ehlo=1 mail=1 rcpt=0/2 commands=2/4"]
                .concat(),
        ),
        7 => {
            let cache: u32 = input.arbitrary()?;
            (
                b"anvil",
                format!("statistics: max cache size {cache} at Nov 22 11:00:01").into_bytes(),
            )
        }
        8 => (*input.choose(&PROGRAMS)?, text(input)?),
        _ => (b"smtp", delivery(input)?),
    };
    let mut line = Vec::new();
    put(input, &mut line, program, &payload)?;
    Ok(line)
}

fn put(
    input: &mut Unstructured<'_>,
    log: &mut Vec<u8>,
    program: &[u8],
    payload: &[u8],
) -> Result<()> {
    log.extend(stamp(input)?);
    log.extend(*input.choose(&[&b" mx1 postfix/"[..], b" mx2 postfix/", b" mx1 postfix-out/"])?);
    log.extend(program);
    log.extend(format!("[{}]: ", input.arbitrary::<u16>()?).into_bytes());
    log.extend(payload);
    Ok(())
}

fn about(
    input: &mut Unstructured<'_>,
    rest: impl FnOnce(&mut Unstructured<'_>) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let id = *input.choose(&IDS)?;
    Ok([id, b": ", &rest(input)?].concat())
}

fn delivery(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    about(input, |input| {
        let to = bracketed(input, b"to=", b"")?;
        let relay: &[u8] =
            input.choose(&[&b"none"[..], b"local", b"mx.b.example[192.0.2.9]:25"])?;
        let (all, a, b) = (delay(input)?, delay(input)?, delay(input)?);
        let (c, d) = (delay(input)?, delay(input)?);
        let dsn: Dsn = input.arbitrary()?;
        let figures = format!(", delay={all}, delays={a}/{b}/{c}/{d}, dsn={dsn}, status=");
        let word = *input.choose(&WORDS)?;
        Ok([&to, &b", relay="[..], relay, figures.as_bytes(), word, b" (", &text(input)?, b")"]
            .concat())
    })
}

/// Less than 71 years, which decimal seconds in JSON keep to the microsecond.
fn delay(input: &mut Unstructured<'_>) -> Result<Delay> {
    input.int_in_range(0..=(1 << 51)).map(Delay::from_micros)
}

fn client(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let client: &[u8] = input.choose(&[&b"unknown[203.0.113.7]"[..], b"a.example[2001:db8::1]"])?;
    Ok(client.to_vec())
}

fn bracketed(input: &mut Unstructured<'_>, before: &[u8], after: &[u8]) -> Result<Vec<u8>> {
    Ok([before, b"<", &text(input)?, b">", after].concat())
}

/// Short text of a stranger, on one line.
fn text(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = input.int_in_range(0..=40)?.min(input.len());
    Ok(input.bytes(length)?.iter().copied().filter(|byte| !matches!(byte, 0 | b'\n')).collect())
}
