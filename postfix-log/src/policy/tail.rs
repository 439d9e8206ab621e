//! The session fields after the `;` of a verdict.
//!
//! The text before the tail may hold anything a client can say, also a complete fake tail. What
//! cannot be forged is the order and the strictness of the real one, so it is read from the right:
//! a HELO name holds no space and no `>` when smtpd logs it, so the last ` proto=` is the real one,
//! and the addresses before it are in the strict quoted form of Postfix 3.5 and later.

use crate::address;
use crate::field;

/// The fields of a tail.
#[derive(Clone, Copy, Debug, Default)]
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

/// Places of ` proto=` that are tried. More than two occur only in lines made to confuse; their
/// number bounds the time for one line.
const MAX_PROTO: usize = 16;
/// Places of `; from=<` that are tried, for the same reason.
const MAX_FROM: usize = 64;

const PROTO: &[u8] = b" proto=";
const FROM: &[u8] = b"; from=<";

/// smtpd's and cleanup's tail, separated by spaces: the text before it, and its fields.
pub(super) fn spaces<'a>(stage: Option<&[u8]>, text: &'a [u8]) -> (&'a [u8], Tail<'a>) {
    if let Some(b"HELO" | b"EHLO") = stage {
        if let Some(found) = greeting(text) {
            return found;
        }
    }
    let mut found: Option<(&[u8], Tail<'_>)> = None;
    let mut fallback: Option<(&[u8], Tail<'_>)> = None;
    let mut places = memchr::memmem::rfind_iter(text, PROTO);
    for at in places.by_ref().take(MAX_PROTO) {
        let Some((before, after)) = field::split_around(text, at, PROTO.len()) else { break };
        let Some(session) = after_proto(after) else { continue };
        found = addresses(before, session);
        if found.is_some() {
            break;
        }
        fallback = fallback.or_else(|| internal_addresses(before, session));
    }
    if let Some((_, tail)) = &mut found {
        // Earlier places matter only when a user name could reach from them to the end.
        if memchr::memmem::find(text, b" sasl_").is_some() {
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
        let at = memchr::memchr2(b'>', b' ', text)?;
        let (helo, after) = text.split_at_checked(at)?;
        rest = after.strip_prefix(b">")?;
        tail.helo = Some(helo);
    }
    if let Some(text) = rest.strip_prefix(b" sasl_method=") {
        let end = memchr::memchr(b' ', text).unwrap_or(text.len());
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
    if before.last() != Some(&b'>') {
        return None;
    }
    for at in memchr::memmem::find_iter(before, FROM).take(MAX_FROM) {
        let Some((text, rest)) = field::split_around(before, at, FROM.len()) else { continue };
        if let Some((from, to)) = from_to(rest) {
            return Some((text, Tail { from: Some(from), to, ..session }));
        }
    }
    None
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
    for at in memchr::memmem::find_iter(text, FROM).take(MAX_FROM) {
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
    for at in memchr::memmem::find_iter(text, b"; proto=").take(MAX_PROTO) {
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
    for at in memchr::memmem::find_iter(before, FROM).take(MAX_FROM) {
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
        let at = memchr::memchr2(b'>', b' ', text)?;
        let (helo, after) = text.split_at_checked(at)?;
        (tail.helo, rest) = (Some(helo), after.strip_prefix(b">")?);
    }
    match rest {
        [] => Some((tail, None)),
        [b':', b' ', note @ ..] => Some((tail, Some(note))),
        _ => None,
    }
}
