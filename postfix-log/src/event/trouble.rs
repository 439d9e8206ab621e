//! Warnings and errors that a monitor counts: what Postfix needs and does not get.
//!
//! The texts are those of `msg_warn`, `msg_error` and `msg_fatal` calls in Postfix's sources; the tables say
//! which kind of trouble each is and what it is about.

use self::Subject::{Colon, End, First, Nothing, Quoted, UpTo, Word};
use self::TroubleKind::{Disk, Dns, Milter, QueueManager, Service, Table, TlsPolicy};
use crate::debug::text_debug;
use crate::field;
use crate::header::payload::Severity;
use crate::header::program::Program;
use crate::words::words;

/// A warning or error of a kind that a monitor should count.
///
/// ```
/// use postfix_log::event::TroubleKind;
/// use postfix_log::{Event, parse_payload};
/// let line = b"warning: problem talking to service rewrite: Connection timed out";
/// let Event::Trouble(trouble) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!((trouble.kind, trouble.subject), (TroubleKind::Service, Some(&b"rewrite"[..])));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Trouble<'a> {
    /// The part of the mail system that is in trouble.
    pub kind: TroubleKind,
    /// The severity.
    pub severity: Severity,
    /// The service, table, Milter, domain or file that the text is about; `None` if it names none.
    pub subject: Option<&'a [u8]>,
    /// The text without severity and queue id.
    pub text: &'a [u8],
}

text_debug! { Trouble<'_> { kind, severity, subject, text } }

/// The kinds of [`Trouble`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum TroubleKind {
    /// The queue manager: a destination that fills the active queue, a corrupt queue file, or an unexpected exit.
    QueueManager,
    /// A table that cannot be opened or does not answer (LDAP, SQL, indexed files, ...).
    Table,
    /// A Milter that cannot be reached or violates its protocol.
    Milter,
    /// The TLS policy of a destination: DANE, MTA-STS, policy tables.
    TlsPolicy,
    /// The DNS, DNS lists included.
    Dns,
    /// The file system of the queue: no space, no permission, errors.
    Disk,
    /// A service of Postfix or beside it that does not answer: transports, policy servers, proxies, SASL.
    Service,
}

words! { TroubleKind, "a kind of trouble":
    QueueManager => "queue_manager",
    Table => "table",
    Milter => "milter",
    TlsPolicy => "tls_policy",
    Dns => "dns",
    Disk => "disk",
    Service => "service",
}

/// Where the subject ends that follows the beginning of a text.
enum Subject {
    /// There is none.
    Nothing,
    /// Before the first colon and blank.
    Colon,
    /// Before the first blank; a colon at its end is not part of it.
    Word,
    /// As `Word`, with the beginning itself.
    First,
    /// At the next quotation mark of the kind that comes first.
    Quoted,
    /// Before the last of these words, without which the text is another one.
    UpTo(&'static [u8]),
    /// At the end of the text.
    End,
}

/// Beginnings of texts. The first that fits counts.
const BEGINNINGS: &[(&[u8], TroubleKind, Subject)] = &[
    (b"mail for ", QueueManager, UpTo(b" is using up ")),
    (b"saving corrupt file ", QueueManager, Quoted),
    (b"damaged message: ", QueueManager, End),
    (b"connect to transport ", Service, Colon),
    (b"transport ", Service, UpTo(b" failure -- ")),
    (b"timeout receiving delivery status from transport: ", Service, End),
    (b"problem talking to service ", Service, Colon),
    (b"problem talking to server ", Service, Colon),
    (b"connect to Milter service ", Milter, Colon),
    (b"connect to mysql server ", Table, Colon),
    (b"connect to pgsql server ", Table, Colon),
    (b"connect to mongodb server ", Table, Colon),
    (b"connect to proxy filter ", Service, Colon),
    (b"connect to proxy service ", Service, Colon),
    (b"connect to ", Service, Colon),
    (b"lost connection with proxy ", Service, End),
    (b"timeout talking to proxy ", Service, End),
    (b"proxy ", Service, UpTo(b" rejected \"")),
    (b"premature end-of-input on ", Service, Word),
    (b"premature end-of-input from ", Service, Word),
    (b"unexpected end-of-input from ", Service, Word),
    (b"timeout on ", Service, Word),
    (b"private/", Service, First),
    (b"public/", Service, First),
    (b"SASL: Connect to ", Service, Quoted),
    (b"Mail system is down", Service, Nothing),
    (b"Queue report unavailable - mail system is down", Service, Nothing),
    (b"mail system is down", Service, Nothing),
    (b"mail system startup failed", Service, Nothing),
    (b"the Postfix mail system is not running", Service, Nothing),
    (b"watchdog timeout", Service, Nothing),
    (b"bind ", Service, Colon),
    (b"milter ", Milter, Colon),
    (b"lost Milter connection", Milter, Nothing),
    (b"not enough free space in mail queue", Disk, Nothing),
    (b"queue file write error", Disk, Nothing),
    (b"write queue file", Disk, Nothing),
    (b"mail_queue_enter: create file ", Disk, Colon),
    (b"mail_stream_cleanup: ", Disk, Nothing),
    (b"TLSA lookup error for ", TlsPolicy, Word),
    (b"TLS policy lookup error for ", TlsPolicy, Colon),
    (b"TLS policy lookup for ", TlsPolicy, Colon),
    (b"TLS policy table, lookup error", TlsPolicy, Nothing),
    (b"DANE", TlsPolicy, Nothing),
    (b"dane ", TlsPolicy, Nothing),
    (b"DNSSEC ", Dns, Nothing),
    (b"reason: dnssec_probe ", Dns, Quoted),
    (b"no MX host for ", Dns, Word),
    (b"dnsblog_query: lookup error for DNS query ", Dns, Colon),
    (b"dns_", Dns, Nothing),
    (b"open database ", Table, Colon),
    (b"database ", Table, UpTo(b" is older than source file ")),
    (b"unsupported dictionary type: ", Table, Word),
    (b"mysql query failed", Table, Nothing),
    (b"pgsql query failed", Table, Nothing),
    (b"read TCP map reply from ", Table, Colon),
    (b"write TCP map query to ", Table, Colon),
    (b"regexp map ", Table, UpTo(b", line ")),
    (b"pcre map ", Table, UpTo(b", line ")),
    (b"cidr map ", Table, UpTo(b", line ")),
    (b"unreasonable ", Table, UpTo(b" map ")),
];

/// Parts of texts, from a blank or a colon on. The subject is the word before.
const PARTS: &[(&[u8], TroubleKind)] = &[
    (b": RBL lookup error", Dns),
    (b" map lookup problem", Table),
    (b" map lookup error", Table),
    (b": table lookup problem", Table),
    (b" table lookup problem", Table),
    (b" lookup error for ", Table),
    (b" lookup failure", Table),
    (b" lookup error", Table),
    (b" is unavailable. ", Table),
    (b": Error writing message file", Disk),
];

/// Parts of texts that say nothing about the word before.
const SIGNS: &[(&[u8], TroubleKind)] = &[
    (b" Name service error ", Dns),
    (b" No space left on device", Disk),
    (b" Disk quota exceeded", Disk),
    (b" Read-only file system", Disk),
    (b" Input/output error", Disk),
    (b" Stale file handle", Disk),
    (b" Stale NFS file handle", Disk),
    (b" queue file write error", Disk),
    (b" TLSA RR", TlsPolicy),
];

/// The trouble that a text with a severity is about, if it is of a kind that is counted.
pub(super) fn trouble(program: Program, severity: Severity, text: &[u8]) -> Option<Trouble<'_>> {
    let found = beginning(text)
        .or_else(|| of_dns(text))
        .or_else(|| of_tls_policy(text))
        .or_else(|| unanswered(text))
        .or_else(|| of_table(text))
        .or_else(|| part(text))
        .or_else(|| of_queue_manager(program, severity, text).then_some((QueueManager, None)));
    found.map(|(kind, subject)| Trouble { kind, severity, subject, text })
}

type Found<'a> = (TroubleKind, Option<&'a [u8]>);

fn beginning(text: &[u8]) -> Option<Found<'_>> {
    let first = text.first()?;
    let near = BEGINNINGS.iter().filter(|(beginning, ..)| beginning.first() == Some(first));
    near.into_iter().find_map(|(beginning, kind, subject)| {
        let rest = text.strip_prefix(*beginning)?;
        let subject = match *subject {
            Nothing => None,
            End => Some(rest),
            Colon => field::cut(rest, b": ").map(|(subject, _)| subject).or(Some(rest)),
            Word => Some(word(rest)),
            First => Some(word(text)),
            Quoted => quoted(rest),
            UpTo(mark) => Some(field::cut_last(rest, mark)?.0),
        };
        Some((*kind, subject.filter(|subject| !subject.is_empty())))
    })
}

/// The text up to a blank, without a colon at its end.
fn word(text: &[u8]) -> &[u8] {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or(text);
    word.strip_suffix(b":").unwrap_or(word)
}

/// What stands between the first quotation mark, of either kind, and the next one of that kind.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    let at = memchr::memchr2(b'\'', b'"', text)?;
    let (mark, rest) = text.get(at..)?.split_first()?;
    field::cut_byte(rest, *mark).map(|(inner, _)| inner)
}

/// Records with a wrong name in them, and lookups that failed: `numeric domain name in resource data of MX
/// record for {domain}: …`, `Unable to look up {MX, NS or A} host {host} for …`, `dnsblog reply timeout {n}s
/// for {domain}`.
fn of_dns(text: &[u8]) -> Option<Found<'_>> {
    let subject = if text.starts_with(b"numeric domain name in resource data of ")
        || text.starts_with(b"malformed domain name in resource data of ")
    {
        field::cut(text, b" record for ").map(|(_, rest)| word(rest))
    } else if text.starts_with(b"Unable to look up ") || text.starts_with(b"unable to look up ") {
        field::cut(text, b" host ").map(|(_, rest)| word(rest))
    } else {
        let rest = text.strip_prefix(b"dnsblog reply timeout ")?;
        field::cut(rest, b" for ").map(|(_, domain)| domain)
    };
    Some((Dns, subject))
}

/// `MX name '{host}' does not match STS MX pattern for '{domain}'`, and entries of policy tables.
fn of_tls_policy(text: &[u8]) -> Option<Found<'_>> {
    if text.starts_with(b"MX name '") {
        let (_, domain) = field::cut(text, b" STS MX pattern for ")?;
        return Some((TlsPolicy, quoted(domain)));
    }
    let parameter = word(text);
    let parameter = parameter.strip_suffix(b",").unwrap_or(parameter);
    parameter.ends_with(b"_tls_policy_maps").then_some((TlsPolicy, Some(parameter)))
}

/// `connect #{n} to subsystem {service}: …` and `{function}: read timeout for service {service}`.
fn unanswered(text: &[u8]) -> Option<Found<'_>> {
    if text.starts_with(b"connect #") {
        let (_, rest) = field::cut(text, b" to subsystem ")?;
        return Some((Service, Some(word(rest))));
    }
    let service = after_first_colon(text)?.strip_prefix(b"read timeout for service ")?;
    Some((Service, Some(word(service))))
}

/// What follows the first colon, if a blank follows it too.
fn after_first_colon(text: &[u8]) -> Option<&[u8]> {
    field::cut_byte(text, b':')?.1.strip_prefix(b" ")
}

/// Types of tables (postconf -m).
const TABLES: &[&[u8]] = &[
    b"btree",
    b"cdb",
    b"cidr",
    b"db",
    b"dbm",
    b"environ",
    b"fail",
    b"hash",
    b"inline",
    b"internal",
    b"ldap",
    b"lmdb",
    b"memcache",
    b"mongodb",
    b"mysql",
    b"netinfo",
    b"nis",
    b"nisplus",
    b"pcre",
    b"pgsql",
    b"pipemap",
    b"proxy",
    b"randmap",
    b"regexp",
    b"sdbm",
    b"socketmap",
    b"sqlite",
    b"static",
    b"tcp",
    b"texthash",
    b"unionmap",
];

/// `{type}:{name}` at the beginning or after the name of a function; what a client of a table says of itself.
fn of_table(text: &[u8]) -> Option<Found<'_>> {
    let is_table = |text: &[u8]| {
        field::cut_byte(text, b':').is_some_and(|(table, rest)| {
            TABLES.contains(&table) && !matches!(rest.first(), None | Some(b' '))
        })
    };
    if is_table(text) {
        return Some((Table, Some(word(text))));
    }
    // `psc_cache_update: lmdb:… update average delay is 140 ms`, `alias_maps: hash:…: …`.
    if let Some(rest) = after_first_colon(text).filter(|rest| is_table(rest)) {
        return Some((Table, Some(word(rest))));
    }
    if !text.starts_with(b"dict_") {
        return None;
    }
    let server = field::cut(text, b" server ").map(|(_, rest)| word(rest));
    Some((Table, server))
}

fn part(text: &[u8]) -> Option<Found<'_>> {
    for at in memchr::memchr2_iter(b' ', b':', text) {
        let (before, rest) = text.split_at_checked(at)?;
        if !may_be_part(rest) {
            continue;
        }
        if let Some((_, kind)) = PARTS.iter().find(|(part, _)| rest.starts_with(part)) {
            let start = memchr::memrchr(b' ', before).map_or(0, |blank| blank.saturating_add(1));
            let subject = before.get(start..).map(word).filter(|subject| !subject.is_empty());
            return Some((*kind, subject));
        }
        if let Some((_, kind)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            let name = field::cut(rest, b" name=").map(|(_, rest)| word(rest));
            return Some((*kind, name.filter(|_| *kind == Dns)));
        }
    }
    None
}

/// Whether the first bytes are those of a row of `PARTS` or `SIGNS`: most words are none.
fn may_be_part(rest: &[u8]) -> bool {
    match rest {
        [b' ', first, ..] => b"DILNRSTilmqt".contains(first),
        [b':', b' ', first, ..] => b"ERt".contains(first),
        _ => false,
    }
}

/// What ends the queue manager, and queue files that it cannot use.
fn of_queue_manager(program: Program, severity: Severity, text: &[u8]) -> bool {
    (program == Program::Qmgr && severity > Severity::Warning)
        || program.may_be(Program::Qmgr)
            && (text.starts_with(b"message rejected: missing ")
                || text.starts_with(b"message rejected: weird ")
                || text.starts_with(b"rcpt count mismatch")
                || memchr::memmem::find(text, b": unexpected EOF ").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(program: Program, severity: Severity, text: &str) -> Option<(TroubleKind, &str)> {
        let found = trouble(program, severity, text.as_bytes())?;
        assert_eq!((found.text, found.severity), (text.as_bytes(), severity));
        let subject = found.subject.unwrap_or_default();
        Some((found.kind, core::str::from_utf8(subject).unwrap()))
    }

    #[test]
    fn rows_pass_the_look_at_their_first_bytes() {
        assert!(PARTS.iter().chain(SIGNS).all(|(part, _)| may_be_part(part)));
    }

    #[test]
    fn kinds_and_subjects() {
        for row in include_str!("../../tests/data/troubles.tsv").lines() {
            let [kind, subject, program, text] = row.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            let program = Program::of(program.as_bytes());
            let (severity, text) = text.split_once(": ").unwrap();
            let severity = severity.parse().unwrap();
            let want = kind.parse().ok().map(|kind: TroubleKind| (kind, subject));
            assert_eq!(found(program, severity, text), want, "{text}");
        }
    }
}
