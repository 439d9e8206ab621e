//! Host and domain names in text.

use alloc::format;
use alloc::vec::Vec;

use super::{Anonymizer, digest, network};
use crate::field::hex;

/// File name extensions, which are not top-level domains.
const FILES: [&[u8]; 13] = [
    b"c", b"h", b"db", b"lmdb", b"cdb", b"pid", b"sock", b"log", b"pem", b"key", b"crt", b"conf",
    b"lock",
];

/// True if a text looks like a DNS name of at least two labels: its last label is neither a number nor a file name
/// extension.
pub(super) fn is_domain(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return false };
    let last = name.get(dot.saturating_add(1)..).unwrap_or_default();
    let file = FILES.iter().any(|end| last.eq_ignore_ascii_case(end));
    let config = [&b"main.cf"[..], b"master.cf"].contains(&name);
    let letters = last.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    last.len() > 1 && letters && !file && !config && !name.starts_with(b".")
}

/// True if a label is already a pseudonym: a letter and 16 hexadecimal digits.
pub(super) fn is_pseudonym(label: &[u8]) -> bool {
    match label {
        [b'd' | b'n', digits @ ..] => {
            digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit)
        }
        _ => false,
    }
}

/// The pseudonym of a domain: one hash for the last two labels and one for each label before them, so that
/// `mx.b.example` can still be recognized as a host of `b.example`.
pub(super) fn pseudonym(anonymizer: &Anonymizer, name: &[u8]) -> Vec<u8> {
    let Some(hasher) = &anonymizer.domains else { return name.to_vec() };
    let labels: Vec<&[u8]> = name.split(|&byte| byte == b'.').collect();
    if matches!(labels.as_slice(), [.., label, b"invalid"] if is_pseudonym(label)) {
        return name.to_vec();
    }
    let (hosts, domain) =
        labels.split_at_checked(labels.len().saturating_sub(2)).unwrap_or_default();
    let mut out = Vec::with_capacity(name.len().saturating_add(32));
    for label in hosts {
        // An address in the name of a host.
        if label.starts_with(b"n") && is_pseudonym(label) {
            out.extend_from_slice(label);
        } else {
            out.extend_from_slice(format!("d{:016x}", digest(hasher, label)).as_bytes());
        }
        out.push(b'.');
    }
    out.extend_from_slice(
        format!("d{:016x}.invalid", digest(hasher, &domain.join(&b'.'))).as_bytes(),
    );
    out
}

/// Replaces every host or domain name in a text that contains a dot.
pub(super) fn names(anonymizer: &Anonymizer, text: &[u8]) -> Vec<u8> {
    let inside =
        |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte) || !byte.is_ascii();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        // A character that a URL or a message encodes (`%2Fb.example`, `=3Db.example`) is not part of the name after
        // it.
        if let (b'%' | b'=', [high, low, after @ ..]) = (first, tail) {
            let ascii = hex(*high, *low).is_some_and(|byte| byte.is_ascii_punctuation());
            if ascii && after.first().is_some_and(|&byte| inside(byte)) {
                out.extend_from_slice(&[first, *high, *low]);
                rest = after;
                continue;
            }
        }
        let end = rest.iter().position(|&byte| !inside(byte)).unwrap_or(rest.len());
        let Some((run @ [_, ..], after)) = rest.split_at_checked(end) else {
            out.push(first);
            rest = tail;
            continue;
        };
        let start = run.iter().position(|byte| !b".-".contains(byte)).unwrap_or(run.len());
        let stop = run
            .iter()
            .rposition(|byte| !b".-".contains(byte))
            .map_or(start, |at| at.saturating_add(1));
        let name = run.get(start..stop).unwrap_or_default();
        if is_domain(name) {
            out.extend_from_slice(run.get(..start).unwrap_or_default());
            out.extend(pseudonym(anonymizer, name));
            out.extend_from_slice(run.get(stop..).unwrap_or_default());
        } else {
            out.extend_from_slice(run);
        }
        rest = after;
    }
    out
}

/// True if the name in the place of a host's name is neither a word that stands for none, nor a network address, nor a
/// pseudonym.
pub(super) fn is_host(name: &[u8]) -> bool {
    let bare = name.strip_prefix(b"IPv6:").unwrap_or(name);
    let address = name.starts_with(b"[") || network::canonical(bare).is_some();
    let word = [&b"unknown"[..], b"localhost", b"none"].contains(&name);
    !address && !word && !is_pseudonym(bare)
}
