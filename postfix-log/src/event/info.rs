//! Lines that the catalogue of templates lists without members.

use crate::event::peer::Client;
use crate::field;

/// Beginnings of lines, and the names of their templates.
const PREFIXES: &[(&[u8], &str)] = &[
    (b"skipped, still being delivered", "skipped"),
    (b"status=deferred (", "notification_deferred"),
    (b"discarding EHLO keywords: ", "ehlo_keywords_discarded"),
    (b"mapping DSN status ", "dsn_mapped"),
    (b"reply filter in: ", "reply_filter"),
    (b"reply filter out: ", "reply_filter"),
    (b"using backwards-compatible default setting ", "compatibility_default"),
    (b"Postfix is using backwards-compatible default settings", "compatibility_notice"),
    (b"See http", "compatibility_notice"),
    (b"To disable backwards compatibility use ", "compatibility_notice"),
    (b"passing <", "passed_to_transport"),
    (b"enabling PIX workarounds: ", "pix_workarounds"),
    (b"breaking line > ", "long_line_broken"),
    (b"Host offered STARTTLS: [", "starttls_offered"),
    (b"TLSRPT: ", "tlsrpt"),
    (b"no trace file -- not sending a notification", "no_trace_file"),
    (b"not sending ", "notification_suppressed"),
    (b"close database ", "database_closed"),
    (b"setting up TLS connection ", "tls_setup"),
    (b"TLS SNI ", "tls_sni_unmatched"),
    (b"cannot load Certification Authority data", "tls_authorities_unavailable"),
    (b"TLS protocol trace for ", "tls_trace"),
    (b"skipping TLS trace output", "tls_trace"),
    (b"Reusing old session", "tls_detail"),
    (b"redirecting ", "database_redirected"),
    (b"successfully executed '", "command_executed"),
];

/// What follows a peer and a colon, and the names of their templates.
const AFTER_PEER: &[(&[u8], &str)] = &[
    (b"replacing command \"", "command_replaced"),
    (b"discarding EHLO keywords: ", "ehlo_keywords_discarded"),
    (b"subject_CN=", "tls_certificate"),
    (b"Matched ", "tls_detail"),
    (b"raw public key fingerprint=", "tls_detail"),
    (b"SNI hostname: ", "tls_detail"),
    (b"re-using session with untrusted ", "tls_detail"),
    (b"Reusing old session", "tls_detail"),
];

/// The name of the template that a text fits.
pub(super) fn template(text: &[u8]) -> Option<&'static str> {
    if let Some((_, name)) = PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Some(name);
    }
    if text.starts_with(b"table ") && text.ends_with(b" has changed -- restarting") {
        return Some("table_changed");
    }
    if text.starts_with(b"host ") && text.ends_with(b" offers SMTPUTF8 support, but not 8BITMIME") {
        return Some("smtputf8_without_8bitmime");
    }
    let (_, rest) = Client::split_prefix(text)?;
    // One form of postscreen lacks the colon before the port.
    let rest = field::number(rest).map_or(rest, |(_, rest)| rest);
    let rest = rest.strip_prefix(b": ")?;
    AFTER_PEER.iter().find(|(prefix, _)| rest.starts_with(prefix)).map(|(_, name)| *name)
}
