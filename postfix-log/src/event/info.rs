//! Lines that the catalogue of templates lists without members.
//!
//! They are looked for when a line is none of the kinds that have members, so that ordinary lines do not
//! pay for them. `tests/data/formats.tsv` has each format of Postfix with an example.

mod tls;
mod verbose;

use crate::debug::text_debug;
use crate::event::peer::Client;
use crate::field;
use crate::header::program::Program;

/// A known line that carries no fields of its own.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = b"table hash:/etc/postfix/access(0,lock,fold_fix) has changed -- restarting";
/// let Event::Info(info) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(info.text, line);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Info<'a> {
    /// The name of the line's template, such as `ehlo_keywords_discarded`. Lines that Postfix writes only when
    /// run with `-v` have the name `verbose`; those of a TLS log level of 2 or more have `tls_detail`.
    pub template: &'static str,
    /// The text without queue id.
    pub text: &'a [u8],
}

text_debug! { Info<'_> { template, text } }

/// The name that the template of a line without members has for all lines that need `-v`.
pub(super) const VERBOSE: &str = "verbose";

/// A beginning or a part of a line, and the name of its template.
type Template = (&'static [u8], &'static str);

/// Beginnings of lines, in the order of their bytes. A blank at the end may be missing in the line if
/// nothing follows.
const BEGINNINGS: &[Template] = &[
    (b"CLIENT wrappermode ", "smtps_wrappermode"),
    (b"EGD server ", "entropy_source"),
    (b"Host offered STARTTLS: [", "starttls_offered"),
    (b"PENALTY ", "postscreen_penalty"),
    (b"Postfix is running with backwards-compatible default settings", "compatibility_notice"),
    (b"Postfix is using backwards-compatible default settings", "compatibility_notice"),
    (b"SMTPS wrappermode ", "smtps_wrappermode"),
    (b"See http", "compatibility_notice"),
    (
        b"Sender requested REQUIRETLS, but REQUIRETLS support was not offered by host ",
        "requiretls_notice",
    ),
    (b"Sender requested REQUIRETLS, but my configured TLS security level ", "requiretls_notice"),
    (b"TLS policy lookup ", "tls_policy_lookup"),
    (b"TLS protocol trace for ", "tls_trace"),
    (b"TLS support is not compiled in", "tls_not_compiled_in"),
    (b"TLSRPT: ", "tlsrpt"),
    (b"To disable backwards compatibility use ", "compatibility_notice"),
    (b"breaking line > ", "long_line_broken"),
    (b"close database ", "database_closed"),
    (b"discarding EHLO keywords: ", "ehlo_keywords_discarded"),
    (b"enabling PIX ", "pix_workarounds"),
    (b"exiting to reopen external entropy source ", "entropy_source"),
    (b"ignoring DNS RR: ", "dns_record_ignored"),
    (b"ignoring status update from child pid ", "status_update_ignored"),
    (b"import_hostname=", "maillog_import"),
    (b"import_service_path=", "maillog_import"),
    (b"instead, send to (port submission/587)", "smtps_wrappermode"),
    (b"mapping DSN status ", "dsn_mapped"),
    (b"no trace file -- not sending a notification", "no_trace_file"),
    (b"not sending ", "notification_suppressed"),
    (b"passing <", "passed_to_transport"),
    (b"redirecting ", "database_redirected"),
    (b"reply filter in: ", "reply_filter"),
    (b"reply filter out: ", "reply_filter"),
    (b"running: ", "debugger_started"),
    (b"skipped, still being delivered", "skipped"),
    (b"skipping SRV lookup for ", "srv_lookup_skipped"),
    (b"skipping TLS trace output", "tls_trace"),
    (b"skipping address family ", "address_family_skipped"),
    (b"status=deferred (", "notification_deferred"),
    (b"successfully executed '", "command_executed"),
    (b"target file '", "reindexing_skipped"),
    (b"using backwards-compatible default setting ", "compatibility_default"),
    (b"using using backwards-compatible default setting ", "compatibility_default"),
];

/// What stands somewhere after the beginning of a line, from a blank or a colon on, and the names of the
/// templates.
const PARTS: &[Template] = &[
    (b": using backwards-compatible default setting ", "compatibility_default"),
    (b": skipping address family ", "address_family_skipped"),
    (b" map lookup problem -- ", "map_lookup_problem"),
    (b" lookup error -- ", "map_lookup_problem"),
    (b": start TLS ", "tls_cache_cleanup"),
    (b" entropy device ", "entropy_source"),
    (b" EGD server ", "entropy_source"),
    (b": using size limit ", "database_resized"),
    (b": pausing after MDB_", "database_resized"),
    (b": feedback ", "concurrency_feedback"),
    (b" feedback type ", "concurrency_feedback"),
    (b": limit ", "concurrency_feedback"),
    (b": worked around spurious NFS error", "nfs_error_ignored"),
    (b" offers SMTPUTF8 support, but not 8BITMIME", "smtputf8_without_8bitmime"),
    (b": replacing client command \"", "command_replaced"),
    (b": replacing command \"", "command_replaced"),
    (b": replacing server reply \"", "reply_replaced"),
    (b": discarding EHLO keywords:", "ehlo_keywords_discarded"),
];

/// The name of the template that a text fits. A text that follows a queue id is never one of those that
/// `-v` and a TLS log level bring.
pub(super) fn template(program: Program, has_id: bool, text: &[u8]) -> Option<&'static str> {
    if has_id && (text.starts_with(b"to=") || text.starts_with(b"from=")) {
        return None;
    }
    let name =
        beginning(BEGINNINGS, text).or_else(|| table_changed(text)).or_else(|| part(PARTS, text));
    if name.is_some() || has_id {
        return name;
    }
    tls::template(text)
        .or_else(|| verbose::is_verbose(text).then_some(VERBOSE))
        .or_else(|| (program == Program::Tool).then_some("tool_output"))
}

/// Whether a text that follows a queue id begins as one of these lines does.
pub(super) fn is_known(text: &[u8]) -> bool {
    beginning(BEGINNINGS, text).is_some()
}

/// The entry of a sorted table that a text begins with.
fn beginning(table: &[Template], text: &[u8]) -> Option<&'static str> {
    let first = text.first()?;
    let start = table.partition_point(|(prefix, _)| prefix.first() < Some(first));
    let near = table.get(start..)?.iter().take_while(|(prefix, _)| prefix.first() == Some(first));
    let begins = |prefix: &[u8]| {
        text.starts_with(prefix) || prefix.strip_suffix(b" ").is_some_and(|prefix| text == prefix)
    };
    near.into_iter().find(|(prefix, _)| begins(prefix)).map(|(_, name)| *name)
}

/// The entry of a table that occurs in a text.
fn part(table: &[Template], text: &[u8]) -> Option<&'static str> {
    rests(text).find_map(|rest| {
        table.iter().find(|(part, _)| rest.starts_with(part)).map(|(_, name)| *name)
    })
}

/// What stands from each blank and each colon on.
fn rests(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memchr2_iter(b' ', b':', text).filter_map(|at| text.get(at..))
}

/// `table {t} has changed -- restarting`, and postscreen's `- finishing in the background`.
fn table_changed(text: &[u8]) -> Option<&'static str> {
    let rest = text.strip_prefix(b"table ")?;
    field::cut(rest, b" has changed -").map(|_| "table_changed")
}

/// What follows a client or a server and a colon. One form of postscreen lacks the colon before the port.
fn after_peer(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = Client::split_prefix(text)?;
    let rest = field::number(rest).map_or(rest, |(_, rest)| rest);
    field::after_colon(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [BEGINNINGS, tls::BEGINNINGS] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        assert!(verbose::BEGINNINGS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn parts_begin_with_a_blank_or_a_colon() {
        let named = [PARTS, tls::PARTS].into_iter().flatten().map(|(part, _)| *part);
        for part in named.chain(verbose::PARTS.iter().copied()) {
            assert!(matches!(part, [b' ' | b':', ..]), "{}", part.escape_ascii());
        }
    }
}
