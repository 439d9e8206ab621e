//! The session fields after the `;` of a verdict.
//!
//! The text before the tail may hold anything a client can say, also a complete fake tail. What
//! cannot be forged is the order and the strictness of the real one, so it is read from the right:
//! a HELO name holds no space and no `>` when smtpd logs it, so the last ` proto=` is the real one,
//! and the addresses before it are in the strict quoted form of Postfix 3.5 and later.

use crate::debug::text_debug;
use crate::event::address;
use crate::field;
use crate::scan;

/// The fields of a tail.
#[derive(Clone, Copy, Default)]
pub(super) struct Tail<'a> {
    pub(super) from: Option<&'a [u8]>,
    pub(super) to: Option<&'a [u8]>,
    pub(super) proto: Option<&'a [u8]>,
    pub(super) helo: Option<&'a [u8]>,
    pub(super) sasl_method: Option<&'a [u8]>,
    pub(super) sasl_username: Option<&'a [u8]>,
    pub(super) sasl_sender: Option<&'a [u8]>,
    pub(super) ambiguous: bool,
}

text_debug! { Tail<'_> { from, to, proto, helo, sasl_method, sasl_username, sasl_sender, ambiguous } }

/// Places of ` proto=` that are tried. More than two occur only in lines made to confuse; their
/// number bounds the time for one line.
const MAX_PROTO: usize = 16;
/// Places of `; from=<` that are tried, for the same reason.
const MAX_FROM: usize = 64;

const PROTO: &[u8] = b" proto=";
const FROM: &[u8] = b"; from=<";
const TO: &[u8] = b"; to=<";

/// smtpd's and cleanup's tail, separated by spaces: the text before it, and its fields.
#[inline]
pub(super) fn spaces<'a>(stage: Option<&[u8]>, text: &'a [u8]) -> (&'a [u8], Tail<'a>) {
    match usual(stage, text) {
        Some(found) => found,
        None => any_spaces(stage, text),
    }
}

/// The tail of a client that is not logged in, where the last ` proto=` is the only place that fits. `None` for
/// all other tails, which [`any_spaces`] reads, and these too.
#[inline]
fn usual<'a>(stage: Option<&[u8]>, text: &'a [u8]) -> Option<(&'a [u8], Tail<'a>)> {
    if let Some(b"HELO" | b"EHLO") = stage {
        return None;
    }
    let (before, after) = field::cut_last(text, PROTO)?;
    let (proto, helo) = stranger(after)?;
    let (reply, from, to) = last_addresses(before)?;
    // With a user name the places before it matter. An underscore is rare, and tells most lines apart.
    if memchr::memchr(b'_', text).is_some() && scan::text(text, b" sasl_").is_some() {
        return None;
    }
    let (from, proto) = (Some(from), Some(proto));
    Some((reply, Tail { from, to, proto, helo, ..Tail::default() }))
}

/// `{proto}[ helo=<{h}>]` to the end: what is known of a client that is not logged in.
#[inline]
fn stranger(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let width = text.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(text.len());
    let (proto, rest) = text.split_at_checked(width).filter(|(proto, _)| !proto.is_empty())?;
    if rest.is_empty() {
        return Some((proto, None));
    }
    let helo = rest.strip_prefix(b" helo=<")?.strip_suffix(b">")?;
    scan::any(helo, *b"> ").is_none().then_some((proto, Some(helo)))
}

/// The text before a sender, the sender, and the recipient.
type Addresses<'a> = (&'a [u8], &'a [u8], Option<&'a [u8]>);

/// The text before the sender and the recipient that end where ` proto=` begins, and both: the first place from
/// the left that fits.
#[inline]
fn last_addresses(before: &[u8]) -> Option<Addresses<'_>> {
    if before.last() != Some(&b'>') {
        return None;
    }
    let places = memchr::memchr_iter(b';', before).filter_map(|at| before.split_at_checked(at));
    let marked = places.filter_map(|(reply, rest)| Some((reply, rest.strip_prefix(FROM)?)));
    marked.take(MAX_FROM).find_map(|(reply, rest)| {
        let (from, to) = from_to(rest)?;
        Some((reply, from, to))
    })
}

fn any_spaces<'a>(stage: Option<&[u8]>, text: &'a [u8]) -> (&'a [u8], Tail<'a>) {
    if let Some(b"HELO" | b"EHLO") = stage {
        if let Some(found) = greeting(text) {
            return found;
        }
    }
    let mut found: Option<(&[u8], Tail<'_>)> = None;
    let mut fallback: Option<(&[u8], Tail<'_>)> = None;
    let mut places = scan::last_texts(text, PROTO);
    for at in places.by_ref().take(MAX_PROTO) {
        let Some((before, after)) = field::split_around(text, at, PROTO.len()) else { break };
        let Some(session) = after_proto(after) else { continue };
        found = addresses(before, session);
        if found.is_none() && stage == Some(b"VRFY") {
            found = recipient(before, session);
        }
        if found.is_some() {
            break;
        }
        fallback = fallback.or_else(|| internal_addresses(before, session));
    }
    if let Some((_, tail)) = &mut found {
        // Earlier places matter only when a user name could reach from them to the end.
        if scan::text(text, b" sasl_").is_some() {
            tail.ambiguous |= places.take(MAX_PROTO).any(|at| names_user(text, at));
        }
    }
    found.or(fallback).unwrap_or_else(|| without_proto(text))
}

/// True when a complete tail with a user name could begin before this ` proto=`: the name would be
/// the rest of the line.
fn names_user(text: &[u8], at: usize) -> bool {
    let Some((before, after)) = field::split_around(text, at, PROTO.len()) else { return false };
    after_proto(after)
        .filter(|session| session.sasl_method.is_some() || session.sasl_username.is_some())
        .is_some_and(|session| addresses(before, session).is_some())
}

/// `{proto}[ helo=<{h}>][ sasl_method={m}][ sasl_username={u}][ sasl_sender={x}]` to the end.
fn after_proto(text: &[u8]) -> Option<Tail<'_>> {
    let width = text.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(text.len());
    let (proto, mut rest) = text.split_at_checked(width)?;
    if proto.is_empty() {
        return None;
    }
    let mut tail = Tail { proto: Some(proto), ..Tail::default() };
    if let Some(text) = rest.strip_prefix(b" helo=<") {
        let at = scan::any(text, *b"> ")?;
        let (helo, after) = text.split_at_checked(at)?;
        rest = after.strip_prefix(b">")?;
        tail.helo = Some(helo);
    }
    if let Some(text) = rest.strip_prefix(b" sasl_method=") {
        let end = scan::byte(text, b' ').unwrap_or(text.len());
        let (method, after) = text.split_at_checked(end)?;
        tail.sasl_method = Some(method);
        if after.is_empty() {
            return Some(tail);
        }
        let user = after.strip_prefix(b" sasl_username=")?;
        let (user, sender) = match field::cut_last(user, b" sasl_sender=") {
            Some((user, sender)) if memchr::memchr(b' ', sender).is_none() => (user, Some(sender)),
            _ => (user, None),
        };
        tail.sasl_username = Some(user);
        tail.sasl_sender = sender;
        // The user could have chosen a name that ends like this.
        tail.ambiguous = sender.is_some();
        return Some(tail);
    }
    if let Some(text) = rest.strip_prefix(b" sasl_username=<") {
        tail.sasl_username = Some(text.strip_suffix(b">")?);
        return Some(tail);
    }
    rest.is_empty().then_some(tail)
}

/// The addresses that end where ` proto=` begins: the first place from the left that fits.
fn addresses<'a>(before: &'a [u8], session: Tail<'a>) -> Option<(&'a [u8], Tail<'a>)> {
    if let Some(text) = before.strip_suffix(b";") {
        return Some((text, session));
    }
    let (text, from, to) = last_addresses(before)?;
    Some((text, Tail { from: Some(from), to, ..session }))
}

/// The recipient alone that ends where ` proto=` begins: VRFY needs no sender.
fn recipient<'a>(before: &'a [u8], session: Tail<'a>) -> Option<(&'a [u8], Tail<'a>)> {
    scan::texts(before, TO).take(MAX_FROM).find_map(|at| {
        let (text, rest) = field::split_around(before, at, TO.len())?;
        match address::split_strict(rest)? {
            (to, []) => Some((text, Tail { to: Some(to), ..session })),
            _ => None,
        }
    })
}

/// `{s}>[ to=<{r}>]` and nothing else, in strict form.
fn from_to(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (from, rest) = address::split_strict(text)?;
    if rest.is_empty() {
        return Some((from, None));
    }
    match address::split_strict(rest.strip_prefix(b" to=<")?)? {
        (to, []) => Some((from, Some(to))),
        _ => None,
    }
}

/// Addresses that were not quoted (before Postfix 3.5). The last place is the likely one: unquoted
/// addresses with a `;` are rarer than rejected names that imitate a tail.
fn internal_addresses<'a>(before: &'a [u8], session: Tail<'a>) -> Option<(&'a [u8], Tail<'a>)> {
    let (text, rest) = field::cut_last(before, FROM)?;
    let rest = rest.strip_suffix(b">")?;
    let (from, to) = match field::cut(rest, b"> to=<") {
        Some((from, to)) => (from, Some(to)),
        None => (rest, None),
    };
    Some((text, Tail { from: Some(from), to, ambiguous: true, ..session }))
}

/// A tail without a protocol (local mail in cleanup), or no tail at all.
fn without_proto(text: &[u8]) -> (&[u8], Tail<'_>) {
    for at in scan::texts(text, FROM).take(MAX_FROM) {
        let Some((head, rest)) = field::split_around(text, at, FROM.len()) else { continue };
        if let Some((from, to)) = from_to(rest) {
            return (head, Tail { from: Some(from), to, ..Tail::default() });
        }
    }
    (text.strip_suffix(b";").unwrap_or(text), Tail::default())
}

/// A tail written during HELO or EHLO. The name is the raw argument, so it may hold anything; there
/// are no addresses yet.
fn greeting(text: &[u8]) -> Option<(&[u8], Tail<'_>)> {
    let mut first: Option<(&[u8], Tail<'_>)> = None;
    let mut ambiguous = false;
    for at in scan::texts(text, b"; proto=").take(MAX_PROTO) {
        let Some((reply, rest)) = field::split_around(text, at, b"; proto=".len()) else {
            continue;
        };
        let tail = match field::cut(rest, b" helo=<") {
            Some((proto, helo)) if is_proto(proto) => match helo.strip_suffix(b">") {
                Some(helo) => Tail { proto: Some(proto), helo: Some(helo), ..Tail::default() },
                None => continue,
            },
            _ if is_proto(rest) => Tail { proto: Some(rest), ..Tail::default() },
            _ => continue,
        };
        if quotes(reply, tail.helo) {
            // The name as rejected and the name in the tail are the same bytes.
            return Some((reply, tail));
        }
        ambiguous = first.is_some();
        first = first.or(Some((reply, tail)));
    }
    first.map(|(reply, tail)| (reply, Tail { ambiguous, ..tail }))
}

fn is_proto(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_uppercase)
}

/// True when a reply such as `550 5.7.1 <name>: Helo command rejected` speaks of this name.
fn quotes(reply: &[u8], helo: Option<&[u8]>) -> bool {
    let Some((_, object)) = field::cut_byte(reply, b'<') else { return false };
    helo.and_then(|helo| object.strip_prefix(helo)).is_some_and(|rest| rest.starts_with(b">: "))
}

/// postscreen's tail: all four fields, separated by commas. Only the HELO name is raw, and it holds
/// no space, so the last `, proto=` is the real one.
pub(super) fn commas(text: &[u8]) -> (&[u8], Tail<'_>) {
    read_commas(text).unwrap_or((text, Tail::default()))
}

fn read_commas(text: &[u8]) -> Option<(&[u8], Tail<'_>)> {
    let (before, session) = field::cut_last(text, b", proto=")?;
    let (proto, helo) = field::cut(session, b", helo=<")?;
    if !is_proto(proto) {
        return None;
    }
    let tail = Tail { proto: Some(proto), helo: Some(helo.strip_suffix(b">")?), ..Tail::default() };
    for at in scan::texts(before, FROM).take(MAX_FROM) {
        let Some((reply, rest)) = field::split_around(before, at, FROM.len()) else { continue };
        let Some((from, rest)) = address::split_strict(rest) else { continue };
        let Some(rest) = rest.strip_prefix(b", to=<") else { continue };
        if let Some((to, [])) = address::split_strict(rest) {
            return Some((reply, Tail { from: Some(from), to: Some(to), ..tail }));
        }
    }
    let (reply, rest) = field::cut_last(before, FROM)?;
    let (from, to) = field::cut(rest.strip_suffix(b">")?, b">, to=<")?;
    Some((reply, Tail { from: Some(from), to: Some(to), ambiguous: true, ..tail }))
}

/// cleanup's tail after `{origin};`: strict, up to the end or to `: {note}`. Gives the note.
pub(super) fn content(text: &[u8]) -> Option<(Tail<'_>, Option<&[u8]>)> {
    let mut tail = Tail::default();
    let mut rest = text;
    if let Some(text) = rest.strip_prefix(b" from=<") {
        let (from, after) = address::split_strict(text)?;
        (tail.from, rest) = (Some(from), after);
    }
    if let Some(text) = rest.strip_prefix(b" to=<") {
        let (to, after) = address::split_strict(text)?;
        (tail.to, rest) = (Some(to), after);
    }
    if let Some(text) = rest.strip_prefix(PROTO) {
        let end = text.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(text.len());
        let (proto, after) = text.split_at_checked(end)?;
        (tail.proto, rest) = (Some(proto), after);
    }
    if let Some(text) = rest.strip_prefix(b" helo=<") {
        let at = scan::any(text, *b"> ")?;
        let (helo, after) = text.split_at_checked(at)?;
        (tail.helo, rest) = (Some(helo), after.strip_prefix(b">")?);
    }
    match rest {
        [] => Some((tail, None)),
        [b':', b' ', note @ ..] => Some((tail, Some(note))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands before a tail, a bar, and the fields that the tail has.
    fn shown((head, tail): (&[u8], Tail<'_>)) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut out = format!("{}|", text(head));
        for (name, value) in [
            ("from", tail.from),
            ("to", tail.to),
            ("proto", tail.proto),
            ("helo", tail.helo),
            ("method", tail.sasl_method),
            ("user", tail.sasl_username),
            ("sender", tail.sasl_sender),
        ] {
            if let Some(value) = value {
                out += &format!(" {name}={}", text(value));
            }
        }
        out + if tail.ambiguous { " ambiguous" } else { "" }
    }

    fn rcpt(line: &str) -> String {
        shown(spaces(Some(b"RCPT"), line.as_bytes()))
    }

    #[test]
    fn fields_of_smtpd() {
        for (line, want) in [
            (
                "no; from=<a@a> to=<b@b> proto=ESMTP helo=<h>",
                "no| from=a@a to=b@b proto=ESMTP helo=h",
            ),
            ("no; from=<> to=<b@b> proto=SMTP", "no| from= to=b@b proto=SMTP"),
            ("no; from=<a@a> proto=ESMTP helo=<h>", "no| from=a@a proto=ESMTP helo=h"),
            ("no; proto=SMTP helo=<>", "no| proto=SMTP helo="),
            ("no; proto=SMTP", "no| proto=SMTP"),
            // The first place from the left that fits, whatever an address holds.
            (
                r#"no; from=<"x; from=<y"@a> to=<b@b> proto=SMTP"#,
                r#"no| from="x; from=<y"@a to=b@b proto=SMTP"#,
            ),
            (
                "no; from=<f@f>; from=<a@a> to=<b@b> proto=SMTP",
                "no; from=<f@f>| from=a@a to=b@b proto=SMTP",
            ),
            // The last ` proto=` is the real one.
            (
                "x; from=<f@f> to=<g@g> proto=SMTP: no; from=<a@a> to=<b@b> proto=ESMTP",
                "x; from=<f@f> to=<g@g> proto=SMTP: no| from=a@a to=b@b proto=ESMTP",
            ),
            // No tail, or none that is whole.
            ("no", "no|"),
            ("no;", "no|"),
            ("no; proto=", "no; proto=|"),
            ("no; proto=smtp", "no; proto=smtp|"),
            ("no; proto=SMTP x", "no; proto=SMTP x|"),
            ("no; proto=SMTP helo=<h", "no; proto=SMTP helo=<h|"),
            ("no; proto=SMTP helo=<h h>", "no; proto=SMTP helo=<h h>|"),
            ("no proto=SMTP", "no proto=SMTP|"),
            ("no> proto=SMTP", "no> proto=SMTP|"),
        ] {
            assert_eq!(rcpt(line), want);
        }
    }

    #[test]
    fn user_names() {
        let head = "no; from=<a@a> to=<b@b> proto=ESMTP helo=<h>";
        for (end, want) in [
            (" sasl_method=PLAIN", " method=PLAIN"),
            (" sasl_method=PLAIN sasl_username=u", " method=PLAIN user=u"),
            (" sasl_method=PLAIN sasl_username=u v", " method=PLAIN user=u v"),
            (" sasl_method= sasl_username=", " method= user="),
            (
                " sasl_method=PLAIN sasl_username=u sasl_sender=s@a",
                " method=PLAIN user=u sender=s@a ambiguous",
            ),
            // A sender holds no space: then it is all name.
            (
                " sasl_method=PLAIN sasl_username=u sasl_sender=s t",
                " method=PLAIN user=u sasl_sender=s t",
            ),
            (
                " sasl_method=PLAIN sasl_username=u sasl_sender=v sasl_sender=s",
                " method=PLAIN user=u sasl_sender=v sender=s ambiguous",
            ),
            (" sasl_username=<u>", " user=u"),
            (" sasl_username=<u> v>", " user=u> v"),
        ] {
            let want = format!("no| from=a@a to=b@b proto=ESMTP helo=h{want}");
            assert_eq!(rcpt(&format!("{head}{end}")), want);
        }
        for end in
            [" sasl_method=PLAIN x", " sasl_username=<u", " sasl_username=u", " sasl_sender=s"]
        {
            let line = format!("{head}{end}");
            assert_eq!(rcpt(&line), format!("{line}|"));
        }
    }

    #[test]
    fn a_user_name_could_begin_earlier() {
        let tail = "; from=<a@a> to=<b@b> proto=SMTP helo=<h>";
        let whole = "from=a@a to=b@b proto=SMTP helo=h";
        for (fake, ambiguous) in [
            // From here a name would reach to the end.
            ("x; from=<f@f> proto=SMTP sasl_method=PLAIN sasl_username=u", true),
            ("x; from=<f@f> proto=SMTP sasl_username=<u", true),
            ("x; proto=SMTP sasl_method=PLAIN sasl_username=u", true),
            // No method, no addresses, no field: none of these is a tail.
            ("x; from=<f@f> proto=SMTP sasl_username=u", false),
            ("x from=<f@f> proto=SMTP sasl_username=<u", false),
            ("x; from=<f@f> proto=SMTP helo=<h> sasl_sender=s", false),
            ("x; from=<f@f> proto=SMTP", false),
            ("x sasl_method=PLAIN sasl_username=u", false),
        ] {
            let mark = if ambiguous { " ambiguous" } else { "" };
            assert_eq!(rcpt(&format!("{fake}{tail}")), format!("{fake}| {whole}{mark}"));
        }
    }

    #[test]
    fn addresses_without_quotes_are_ambiguous() {
        for (line, want) in [
            (
                "no; from=<a b@a> to=<c d@b> proto=SMTP",
                "no| from=a b@a to=c d@b proto=SMTP ambiguous",
            ),
            ("no; from=<a b@a> proto=SMTP helo=<h>", "no| from=a b@a proto=SMTP helo=h ambiguous"),
            (
                "x; from=<f f> to=<g> proto=SMTP y; from=<a b> to=<c> proto=ESMTP",
                "x; from=<f f> to=<g> proto=SMTP y| from=a b to=c proto=ESMTP ambiguous",
            ),
            // An earlier strict tail is preferred to a later one that is not.
            (
                "no; from=<a@a> proto=SMTP sasl_username=<u; from=<a b> to=<c> proto=SMTP helo=<h>",
                "no| from=a@a proto=SMTP user=u; from=<a b> to=<c> proto=SMTP helo=<h",
            ),
            ("no; from=<a b proto=SMTP", "no; from=<a b proto=SMTP|"),
        ] {
            assert_eq!(rcpt(line), want);
        }
    }

    #[test]
    fn local_mail_has_no_protocol() {
        for (line, want) in [
            ("no; from=<a@a> to=<b@b>", "no| from=a@a to=b@b"),
            ("no; from=<a@a>", "no| from=a@a"),
            ("no; from=<a@a> to=<b@b> x", "no; from=<a@a> to=<b@b> x|"),
            ("no; from=<a@a> to=<b b>", "no; from=<a@a> to=<b b>|"),
            ("no; from=<f f>; from=<a@a>", "no; from=<f f>| from=a@a"),
        ] {
            assert_eq!(rcpt(line), want);
        }
    }

    #[test]
    fn as_many_places_as_are_tried() {
        let tail = "; from=<a@a> to=<b@b> proto=SMTP";
        for (places, found) in [(MAX_FROM - 1, true), (MAX_FROM, false)] {
            let line = format!("{}{tail}", "; from=<f f>".repeat(places));
            assert_eq!(rcpt(&line).ends_with("| from=a@a to=b@b proto=SMTP"), found, "{places}");
        }
        for (places, found) in [(MAX_PROTO - 1, true), (MAX_PROTO, false)] {
            let line = format!("no{tail} sasl_username=<{}>", " proto=".repeat(places));
            assert_eq!(rcpt(&line).starts_with("no| "), found, "{places}");
        }
    }

    #[test]
    fn a_greeting_is_raw() {
        let greeting = |line: &str| {
            let helo = shown(spaces(Some(b"HELO"), line.as_bytes()));
            assert_eq!(shown(spaces(Some(b"EHLO"), line.as_bytes())), helo);
            helo
        };
        for (line, want) in [
            ("501 no; proto=SMTP helo=<a b>", "501 no| proto=SMTP helo=a b"),
            ("501 no; proto=SMTP helo=<>>", "501 no| proto=SMTP helo=>"),
            ("501 no; proto=SMTP", "501 no| proto=SMTP"),
            // The name as rejected is that of the tail.
            (
                "550 <x; proto=SMTP helo=<y>: no; proto=ESMTP helo=<x; proto=SMTP helo=<y>",
                "550 <x; proto=SMTP helo=<y>: no| proto=ESMTP helo=x; proto=SMTP helo=<y",
            ),
            // Where the reply does not name it, the first place is taken.
            (
                "550 no; proto=ESMTP helo=<x; proto=SMTP helo=<y>",
                "550 no| proto=ESMTP helo=x; proto=SMTP helo=<y ambiguous",
            ),
            // Not a protocol, or no end of the name: no place.
            (
                "550 <; proto=x helo=<y>: no; proto=SMTP helo=<z>",
                "550 <; proto=x helo=<y>: no| proto=SMTP helo=z",
            ),
            ("550 ; proto=x: no; proto=SMTP", "550 ; proto=x: no| proto=SMTP"),
            ("550 no; proto= helo=<z>", "550 no; proto= helo=<z>|"),
            ("550 no; proto=SMTP helo=<z", "550 no; proto=SMTP helo=<z|"),
            ("550 no; proto=SMTP helo=<z; proto=ESMTP", "550 no; proto=SMTP helo=<z| proto=ESMTP"),
            // Nobody has logged in before the greeting: no user name reaches to the end.
            (
                "550 ; proto=SMTP sasl_method=PLAIN sasl_username=u; proto=SMTP",
                "550 ; proto=SMTP sasl_method=PLAIN sasl_username=u| proto=SMTP",
            ),
            ("550 no; proto=x", "550 no; proto=x|"),
            ("550 no; proto=", "550 no; proto=|"),
            ("550 no", "550 no|"),
        ] {
            assert_eq!(greeting(line), want);
        }
        // After the greeting a name that smtpd logs holds no space.
        assert_eq!(rcpt("501 no; proto=SMTP helo=<a b>"), "501 no; proto=SMTP helo=<a b>|");
    }

    #[test]
    fn fields_of_postscreen() {
        for (line, want) in [
            (
                "no; from=<a@a>, to=<b@b>, proto=ESMTP, helo=<h>",
                "no| from=a@a to=b@b proto=ESMTP helo=h",
            ),
            ("no; from=<>, to=<b@b>, proto=SMTP, helo=<>", "no| from= to=b@b proto=SMTP helo="),
            (
                "x; from=<f@f>; from=<a@a>, to=<b@b>, proto=SMTP, helo=<h>>",
                "x; from=<f@f>| from=a@a to=b@b proto=SMTP helo=h>",
            ),
            (
                "no; from=<a b>, to=<c@d>, proto=SMTP, helo=<h>",
                "no| from=a b to=c@d proto=SMTP helo=h ambiguous",
            ),
            (
                "no; from=<a@b>, to=<c d>, proto=SMTP, helo=<h>",
                "no| from=a@b to=c d proto=SMTP helo=h ambiguous",
            ),
            ("all ports busy", "all ports busy|"),
            ("no; from=<a@a>, to=<b@b>", "no; from=<a@a>, to=<b@b>|"),
        ] {
            assert_eq!(shown(commas(line.as_bytes())), want);
        }
        for line in [
            "no; from=<a@a>, to=<b@b>, proto=smtp, helo=<h>",
            "no; from=<a@a>, to=<b@b>, proto=, helo=<h>",
            "no; from=<a@a>, to=<b@b>, proto=SMTP, helo=<h",
            "no; from=<a@a>, to=<b@b>, proto=SMTP",
            "no; from=<a@a> to=<b@b>, proto=SMTP, helo=<h>",
            "no; from=<a@a>, to=<b@b, proto=SMTP, helo=<h>",
            "no, to=<b@b>, proto=SMTP, helo=<h>",
        ] {
            assert_eq!(shown(commas(line.as_bytes())), format!("{line}|"));
        }
    }

    #[test]
    fn fields_of_cleanup() {
        let read = |line: &str| {
            let (tail, note) = content(line.as_bytes())?;
            Some(shown((note.unwrap_or(b"none"), tail)))
        };
        for (line, want) in [
            (
                " from=<a@a> to=<b@b> proto=ESMTP helo=<h>",
                "none| from=a@a to=b@b proto=ESMTP helo=h",
            ),
            (
                " from=<a@a> to=<b@b> proto=ESMTP helo=<h>: n: m",
                "n: m| from=a@a to=b@b proto=ESMTP helo=h",
            ),
            (" from=<a@a> to=<b@b>: 5.7.1 no", "5.7.1 no| from=a@a to=b@b"),
            (" from=<a@a>", "none| from=a@a"),
            (" to=<b@b> proto=SMTP", "none| to=b@b proto=SMTP"),
            (" proto=SMTP: ", "| proto=SMTP"),
            (" helo=<h>", "none| helo=h"),
            ("", "none|"),
            (": n", "n|"),
        ] {
            assert_eq!(read(line).as_deref(), Some(want));
        }
        for line in [
            " from=<a a> to=<b@b>",
            " from=<a@a> to=<b b>",
            " to=<b@b> from=<a@a>",
            " proto=SMTPx",
            " proto=SMTP helo=<h h>",
            " proto=SMTP helo=<h",
            ":n",
            " n",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
