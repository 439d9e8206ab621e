//! Network addresses in text: in their usual form, in host names, and reversed for DNS.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Anonymizer;

/// The canonical form of an address, which is what gets hashed.
pub(super) fn canonical(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?;
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}

fn pseudonym(anonymizer: &Anonymizer, address: IpAddr) -> String {
    anonymizer.network(address.to_string().as_bytes())
}

/// Replaces IPv4 and IPv6 addresses. Those that the line contains are `known`: they are also found in host names.
pub(super) fn networks(anonymizer: &Anonymizer, text: &[u8], known: &[IpAddr]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut last = None;
    while let Some((&first, tail)) = rest.split_first() {
        let found = first.is_ascii_hexdigit() || first == b':';
        let found = if found { find(rest, last, known) } else { None };
        match found.and_then(|(address, length)| Some((address, rest.split_at_checked(length)?))) {
            Some((address, (_, after))) => {
                out.extend_from_slice(pseudonym(anonymizer, address).as_bytes());
                rest = after;
                last = Some(b'0');
            }
            None => {
                out.push(first);
                rest = tail;
                last = Some(first);
            }
        }
    }
    out
}

/// The address, in any form, that the text begins with, and its length.
fn find(text: &[u8], last: Option<u8>, known: &[IpAddr]) -> Option<(IpAddr, usize)> {
    if last.is_some_and(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let word = last.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    octets(text, last, word, known)
        .or_else(|| if word { None } else { version6(text, last) })
        .or_else(|| nibbles(text, last))
        .or_else(|| spelled(text, known))
}

/// Four numbers with the same separator between them: an address, or part of a host name that contains one.
fn octets(text: &[u8], last: Option<u8>, word: bool, known: &[IpAddr]) -> Option<(IpAddr, usize)> {
    let mut numbers = [0_u8; 4];
    let (mut at, mut sign) = (0_usize, None);
    for (index, number) in numbers.iter_mut().enumerate() {
        if index > 0 {
            let byte = *text.get(at)?;
            if !b".-_".contains(&byte) || *sign.get_or_insert(byte) != byte {
                return None;
            }
            at = at.saturating_add(1);
        }
        let rest = text.get(at..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        *number = core::str::from_utf8(rest.get(..length)?).ok()?.parse().ok()?;
        at = at.saturating_add(length);
    }
    let after = text.get(at..)?;
    let next = after.first().copied();
    // With a fifth number it is a version or an object identifier.
    let longer = next.is_some() && next == sign && after.get(1).is_some_and(u8::is_ascii_digit);
    if longer || next.is_some_and(|byte| byte.is_ascii_hexdigit()) && sign == Some(b'.') {
        return None;
    }
    let forward = IpAddr::V4(Ipv4Addr::from(numbers));
    numbers.reverse();
    let reversed = IpAddr::V4(Ipv4Addr::from(numbers));
    let label = next == Some(b'.') && after.get(1).is_some_and(u8::is_ascii_alphabetic);
    let address = if known.contains(&forward) {
        forward
    } else if known.contains(&reversed) || sign == Some(b'.') && label {
        reversed
    } else {
        forward
    };
    let alone = sign == Some(b'.') && !label;
    if alone && (word || last == Some(b'.')) && !known.contains(&address) {
        return None;
    }
    // The answer of a DNS list is nobody's address; an address in brackets is that of a peer.
    let answer =
        matches!(address, IpAddr::V4(it) if matches!(it.octets(), [127, 0, 0, last] if last > 1));
    (!(answer && last != Some(b'[') && !known.contains(&address))).then_some((address, at))
}

/// More bytes than an IPv6 address has, with a port and the marks after it.
const LONGEST: usize = 64;

/// An IPv6 address. A port or the end of a sentence may follow it.
fn version6(text: &[u8], last: Option<u8>) -> Option<(IpAddr, usize)> {
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'.' || byte == b':';
    let head = text.get(..LONGEST).unwrap_or(text);
    let length = head.iter().position(|&byte| !part(byte)).unwrap_or(head.len());
    let run = core::str::from_utf8(head.get(..length)?).ok()?;
    let ends = !text.get(length).is_some_and(u8::is_ascii_alphanumeric);
    if !ends || !run.contains(':') || last == Some(b'.') {
        return None;
    }
    let trimmed = run.trim_end_matches([':', '.']);
    let without_port = trimmed.rsplit_once(':').map_or(trimmed, |(head, _)| head);
    [run, trimmed, without_port].into_iter().find_map(|text| {
        let address = text.parse::<Ipv6Addr>().ok()?;
        Some((IpAddr::V6(address).to_canonical(), text.len()))
    })
}

/// An IPv6 address as 32 labels in reverse order.
fn nibbles(text: &[u8], last: Option<u8>) -> Option<(IpAddr, usize)> {
    if last.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut value = 0_u128;
    for index in 0..32_usize {
        let at = index.checked_mul(2)?;
        let digit = char::from(*text.get(at)?).to_digit(16)?;
        value |= u128::from(digit) << index.checked_mul(4)?;
        if index < 31 && text.get(at.saturating_add(1)) != Some(&b'.') {
            return None;
        }
    }
    let ends = !text.get(63).is_some_and(u8::is_ascii_alphanumeric);
    ends.then(|| (IpAddr::V6(Ipv6Addr::from(value)).to_canonical(), 63))
}

/// A known address in a form used in host names: in hexadecimal, with leading zeros, or with dashes.
fn spelled(text: &[u8], known: &[IpAddr]) -> Option<(IpAddr, usize)> {
    known.iter().find_map(|address| {
        let forms = match address {
            IpAddr::V4(it) => {
                let bytes = it.octets();
                let hex = bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect::<String>();
                let long = bytes.iter().map(|byte| alloc::format!("{byte:03}")).collect::<String>();
                [hex, long]
            }
            IpAddr::V6(it) => {
                let long: Vec<String> =
                    it.segments().iter().map(|part| alloc::format!("{part:04x}")).collect();
                [it.to_string().replace(':', "-"), long.join("-")]
            }
        };
        forms.iter().find_map(|form| {
            let found = text.get(..form.len())?.eq_ignore_ascii_case(form.as_bytes());
            let ends = !text.get(form.len()).is_some_and(u8::is_ascii_hexdigit);
            (found && ends).then_some((*address, form.len()))
        })
    })
}
