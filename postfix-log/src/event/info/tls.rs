//! What is logged about TLS at a log level of 2 and more, and about certificates at level 1.

use super::{Template, after_peer, beginning, part};
use crate::field;

/// Beginnings of lines, in the order of their bytes.
pub(super) const BEGINNINGS: &[Template] = &[
    (b"Decrypting session ticket", "tls_detail"),
    (b"Issuing session ticket", "tls_detail"),
    (b"OpenSSL <= 0.9.5a workaround called", "tls_detail"),
    (b"Re-used session without peer certificate removed", "tls_detail"),
    (b"Reusing old session", "tls_detail"),
    (b"SSL3 alert ", "tls_detail"),
    (b"SSL_accept:", "tls_detail"),
    (b"SSL_connect:", "tls_detail"),
    (b"TLS SNI ", "tls_sni_unmatched"),
    (b"Trusted: subject_CN=", "tls_certificate"),
    (b"Untrusted: subject_CN=", "tls_certificate"),
    (b"Unverified: subject_CN=", "tls_certificate"),
    (b"Verified: subject_CN=", "tls_certificate"),
    (b"auto-selecting ", "tls_detail"),
    (b"cannot load Certificate Authority data", "tls_authorities_unavailable"),
    (b"cannot load Certification Authority data", "tls_authorities_unavailable"),
    (b"cannot load DSA certificate and key data", "tls_key_unavailable"),
    (b"cannot load RSA certificate and key data", "tls_key_unavailable"),
    (b"cannot set certificate verification paths", "tls_authorities_unavailable"),
    (b"cannot set default OpenSSL certificate verification paths", "tls_authorities_unavailable"),
    (b"certificate verification depth=", "tls_detail"),
    (b"client session ", "tls_detail"),
    (b"depth=", "tls_detail"),
    (b"fingerprint=", "tls_certificate"),
    (b"generating temp RSA key", "tls_detail"),
    (b"initializing the client-side TLS engine", "tls_detail"),
    (b"initializing the server-side TLS engine", "tls_detail"),
    (b"issuer=", "tls_certificate"),
    (b"looking for session ", "tls_detail"),
    (b"looking up session ", "tls_detail"),
    (b"read from ", "tls_detail"),
    (b"reloaded session ", "tls_detail"),
    (b"remove session ", "tls_detail"),
    (b"removing session ", "tls_detail"),
    (b"save session ", "tls_detail"),
    (b"server session ", "tls_detail"),
    (b"setting up TLS connection ", "tls_setup"),
    (b"subject=", "tls_certificate"),
    (b"unknown:", "tls_detail"),
    (b"using DANE RR: ", "tls_detail"),
    (b"using TLSA RR: ", "tls_detail"),
    (b"verify return: ", "tls_detail"),
    (b"write to ", "tls_detail"),
];

/// What stands somewhere after the beginning of a line, from a blank or a colon on.
pub(super) const PARTS: &[Template] = &[
    (b" subject_CN=", "tls_certificate"),
    (b" pkey_fingerprint=", "tls_certificate"),
    (b" session id=", "tls_detail"),
    (b" TLS cache ", "tls_detail"),
    (b": TLS cipher list ", "tls_detail"),
    (b": certificate verification depth=", "tls_detail"),
    (b": depth=", "tls_detail"),
    (b": verify=", "tls_detail"),
    (b": matched peername: ", "tls_detail"),
    (b": Matched ", "tls_detail"),
    (b" CommonName ", "tls_detail"),
    (b" subjectAltName: ", "tls_detail"),
    (b" fingerprint ", "tls_detail"),
    (b": save session ", "tls_detail"),
    (b": looking for session ", "tls_detail"),
    (b": looking up session ", "tls_detail"),
    (b": reloaded session ", "tls_detail"),
    (b": removing session ", "tls_detail"),
    (b" IN TLSA ", "tls_detail"),
];

/// Words one of which stands in each line of detail about a peer.
const ABOUT_A_PEER: &[&[u8]] = &[
    b"session",
    b"certificate",
    b"cipher",
    b"verif",
    b"fingerprint",
    b"public key",
    b"SNI ",
    b"TLS",
    b"SSL",
];

/// The name of the template that a text fits.
pub(super) fn template(text: &[u8]) -> Option<&'static str> {
    if let Some(name) = beginning(BEGINNINGS, text).or_else(|| part(PARTS, text)) {
        return Some(name);
    }
    if let Some(rest) = after_peer(text) {
        let known = ABOUT_A_PEER.iter().any(|word| memchr::memmem::find(rest, word).is_some());
        return known.then_some("tls_detail");
    }
    (is_dump(text) || is_dane(text)).then_some("tls_detail")
}

/// `0010 16 03 01 …` and `0020 - <SPACES/NULLS>`: what went over the wire (log level 4).
fn is_dump(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    match text.split_at_checked(digits) {
        Some((offset, [b' ', rest @ ..])) if offset.len() >= 4 => {
            rest.starts_with(b"- ")
                || matches!(rest, [a, b, b' ' | b'-', ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
        }
        _ => false,
    }
}

/// `{what}: {name}: 3 1 1 {digest}`: a TLSA record with its usage, selector and matching type.
fn is_dane(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((_, after)) = field::cut(rest, b": ") {
        if matches!(after, [b'0'..=b'9', b' ', b'0'..=b'9', b' ', b'0'..=b'9', b' ', ..]) {
            return true;
        }
        rest = after;
    }
    false
}
