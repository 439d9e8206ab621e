//! What programs write only when they are run with `-v`, or for their own developers.
//!
//! There are hundreds of formats, which change with each release. Most begin with the name of the C
//! function that writes them, or with that of a parameter; the other ones are listed.

use super::rests;

/// Beginnings of lines, in the order of their bytes.
pub(super) const BEGINNINGS: &[&[u8]] = &[
    b"====",
    b"> ",
    b">>> ",
    b"Actual Protocol version used is ",
    b"Compiled against ",
    b"Read ",
    b"Run-time linked against ",
    b"SASL ",
    b"Server features: ",
    b"Using ESMTP ",
    b"Using LMTP ",
    b"Using SMTP ",
    b"abort all milters",
    b"after input_transp_cleanup: ",
    b"allowed ",
    b"arg[",
    b"avail_proc: ",
    b"before input_transp_cleanup: ",
    b"begin ",
    b"cache lookup ",
    b"checking ",
    b"children: ",
    b"cleanup flags = ",
    b"connect to subsystem ",
    b"connected to ",
    b"connection closed",
    b"connection established",
    b"creating milter ",
    b"daemon: ",
    b"delivered: ",
    b"disconnect event ",
    b"domain: ",
    b"dropping ",
    b"eating ",
    b"end ",
    b"event: ",
    b"exp_from: ",
    b"exp_type: ",
    b"extension: ",
    b"extracted envelope ",
    b"fd ",
    b"file: ",
    b"flags: ",
    b"flush ",
    b"found ",
    b"fp: 0x",
    b"free milter ",
    b"free service ",
    b"fsspace: ",
    b"header: ",
    b"idle timeout",
    b"initial envelope ",
    b"input attribute ",
    b"level: ",
    b"listen_fd_count: ",
    b"local: ",
    b"lookup ",
    b"master disconnect",
    b"max_proc: ",
    b"milter ",
    b"name: ",
    b"next: ",
    b"not found: ",
    b"offset: ",
    b"owner: ",
    b"path: ",
    b"pref ",
    b"process generation: ",
    b"proxy ",
    b"reason: ",
    b"recipient: ",
    b"relay: ",
    b"reply: ",
    b"report ",
    b"request: ",
    b"restriction ",
    b"saving ",
    b"send attr ",
    b"sender: ",
    b"service: ",
    b"setting ",
    b"skipped host: ",
    b"skipping ",
    b"split_nameval(",
    b"start interval ",
    b"start sorted recipient list",
    b"status: ",
    b"status_fd ",
    b"throttle_delay: ",
    b"total_proc: ",
    b"transport: ",
    b"trying... [",
    b"type: ",
    b"uid: ",
    b"unmatched: ",
    b"user: ",
    b"vstream",
    b"wakeup",
    b"watchdog",
    b"why: ",
];

/// What stands somewhere after the beginning of a line, from a blank or a colon on.
pub(super) const PARTS: &[&[u8]] = &[
    b": wanted attribute: ",
    b": uncoded initial reply: ",
    b": no match",
    b": connection established",
    b": const  ",
    b": expand ",
    b" lookup: \"",
    b" update: \"",
    b" delete: \"",
    b" sequence: ",
    b" write: ",
    b" read: ",
    b" select timed out",
    b" select wakeup",
    b" socket: ",
    b" stream disconnect",
    b" -> `",
];

/// Whether a text is one that `-v` brings.
pub(super) fn is_verbose(text: &[u8]) -> bool {
    let Some(first) = text.first() else { return false };
    if matches!(first, b'<' | b'`') || names_a_function(text) {
        return true;
    }
    let start = BEGINNINGS.partition_point(|prefix| prefix.first() < Some(first));
    let near = BEGINNINGS.iter().skip(start).take_while(|prefix| prefix.first() == Some(first));
    let begins = |prefix: &[u8]| {
        text.starts_with(prefix) || prefix.strip_suffix(b" ").is_some_and(|prefix| text == prefix)
    };
    near.into_iter().any(|prefix| begins(prefix))
        || rests(text).any(|rest| PARTS.iter().any(|part| rest.starts_with(part)))
}

/// Whether a text begins with a name that has an underscore in it, or one that a bracket or a parenthesis
/// follows, as in `smtp_parse_destination: …` and `deliver_alias[2]: …`.
fn names_a_function(text: &[u8]) -> bool {
    let name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let width = text.iter().take_while(name).count();
    let Some((word, rest)) = text.split_at_checked(width) else { return false };
    let has_underscore = memchr::memchr(b'_', word).is_some();
    match rest {
        [] | [b':' | b' ' | b'(' | b',', ..] => {
            has_underscore || (KNOWN_FUNCTIONS.contains(&word) && rest.first() != Some(&b' '))
        }
        [b'[', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            has_underscore && rest.get(digits..).is_some_and(|rest| rest.starts_with(b"]: "))
        }
        _ => false,
    }
}

/// Functions whose name has no underscore, when a colon or a parenthesis follows.
const KNOWN_FUNCTIONS: &[&[u8]] = &[
    b"bounce",
    b"canon",
    b"cleanup",
    b"connect",
    b"defer",
    b"dict",
    b"fsspace",
    b"lookup",
    b"main",
    b"milter",
    b"myflock",
    b"proxymap",
    b"rename",
    b"resolve",
    b"rewrite",
    b"scache",
    b"smtpd",
    b"tlsmgr",
    b"tlsp",
    b"trigger",
    b"verify",
    b"watchdog",
];
