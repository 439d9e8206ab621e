//! The floors: what nobody can avoid, and what a bare loop achieves that knows no edge cases. They are yardsticks, no parsers.

/// The lines of a log.
pub(crate) fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', log).filter_map(move |end| {
        let line = log.get(start..end);
        start = end + 1;
        line
    })
}

/// The parts of a header with the queue id, none of them checked.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "a parser makes all of it, whoever reads it")]
pub(crate) struct Split<'a> {
    pub(crate) stamp: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) tag: &'a [u8],
    pub(crate) queue_id: Option<&'a [u8]>,
    pub(crate) text: &'a [u8],
}

/// Takes a line with a stamp of 15 bytes apart at its blanks and colons.
pub(crate) fn split(line: &[u8]) -> Option<Split<'_>> {
    let (stamp, rest) = line.split_at_checked(15)?;
    let (host, rest) = cut(rest.get(1..)?, b' ')?;
    let (tag, text) = cut(rest, b':')?;
    let text = text.get(1..)?;
    let width = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (queue_id, text) = match text.split_at_checked(width) {
        Some((id, [b':', b' ', text @ ..])) if width >= 6 => (Some(id), text),
        _ => (None, text),
    };
    Some(Split { stamp, host, tag, queue_id, text })
}

/// A line with the members of its kind as numbers and texts.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "a parser makes all of it, whoever reads it")]
pub(crate) struct Typed<'a> {
    pub(crate) seconds: u32,
    pub(crate) pid: u64,
    pub(crate) header: Split<'a>,
    pub(crate) texts: [&'a [u8]; 6],
    pub(crate) numbers: [u64; 8],
}

/// The typed parse of the common kinds of lines: deliveries, the queue, connections, rejects, TLS.
pub(crate) fn event(line: &[u8]) -> Option<Typed<'_>> {
    let header = split(line)?;
    let two = |at: usize| {
        Some(
            u32::from(*header.stamp.get(at)? & 15) * 10
                + u32::from(*header.stamp.get(at + 1)? & 15),
        )
    };
    let seconds = (two(7)? * 60 + two(10)?) * 60 + two(13)?;
    let (program, pid) = cut(header.tag, b'[').unwrap_or((header.tag, &[]));
    let mut typed = Typed { seconds, pid: number(pid).0, header, texts: [&[]; 6], numbers: [0; 8] };
    let text = header.text;
    if let Some(rest) = text.strip_prefix(b"to=<") {
        delivery(&mut typed, rest)?;
    } else if let Some(rest) = text.strip_prefix(b"from=<") {
        let (from, rest) = cut(rest, b'>')?;
        let (size, rest) = number(rest.strip_prefix(b", size=")?);
        let (recipients, _) = number(rest.strip_prefix(b", nrcpt=")?);
        typed.texts = [from, &[], &[], &[], &[], &[]];
        typed.numbers = [size, recipients, 0, 0, 0, 0, 0, 0];
    } else if program.ends_with(b"/smtpd") || text.contains(&b'[') {
        session(&mut typed, text)?;
    }
    Some(typed)
}

fn delivery<'a>(typed: &mut Typed<'a>, rest: &'a [u8]) -> Option<()> {
    let (to, rest) = cut(rest, b'>')?;
    let (relay, rest) = cut(rest.strip_prefix(b", relay=")?, b',')?;
    let (name, address) = cut(relay, b'[').unwrap_or((relay, &[]));
    let (address, port) = cut(address, b']').unwrap_or((address, &[]));
    let mut rest = rest;
    let mut numbers = [0; 8];
    // The delay, its four parts, and the status code: all digits up to ` status=`.
    for number_of in &mut numbers {
        let Some(at) = rest.iter().position(u8::is_ascii_digit) else { break };
        let (value, tail) = number(rest.get(at..)?);
        (*number_of, rest) = match tail.strip_prefix(b".") {
            Some(fraction) => {
                let (part, tail) = number(fraction);
                (value * 1_000_000 + part, tail)
            }
            None => (value, tail),
        };
    }
    let (_, rest) = cut(rest, b'=')?;
    let (status, reason) = cut(rest, b' ')?;
    typed.texts = [to, name, address, port, status, reason];
    typed.numbers = numbers;
    Some(())
}

/// The client, and for a reject and a TLS line what follows it.
fn session<'a>(typed: &mut Typed<'a>, text: &'a [u8]) -> Option<()> {
    let Some((before, rest)) = cut(text, b'[') else { return Some(()) };
    let name = before.rsplit(|&byte| byte == b' ').next()?;
    let (address, rest) = cut(rest, b']')?;
    typed.texts = [name, address, rest, &[], &[], &[]];
    if before.starts_with(b"reject: ") {
        let (code, reply) = number(rest.get(2..)?);
        let (reply, tail) = cut(reply, b';')?;
        let (_, tail) = cut(tail, b'<')?;
        let (from, tail) = cut(tail, b'>')?;
        let (_, tail) = cut(tail, b'<')?;
        let (to, tail) = cut(tail, b'>')?;
        typed.texts = [name, address, reply, from, to, tail];
        typed.numbers[0] = code;
    } else if let Some(rest) = rest.strip_prefix(b": TLS") {
        let (protocol, rest) = cut(rest, b' ')?;
        let (cipher, rest) = cut(rest.strip_prefix(b"with cipher ")?, b' ')?;
        let (bits, rest) = number(rest.get(1..)?);
        typed.texts = [name, address, protocol, cipher, rest, &[]];
        typed.numbers[0] = bits;
    }
    Some(())
}

fn cut(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn number(mut text: &[u8]) -> (u64, &[u8]) {
    let mut value = 0_u64;
    while let [digit @ b'0'..=b'9', rest @ ..] = text {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        text = rest;
    }
    (value, text)
}
