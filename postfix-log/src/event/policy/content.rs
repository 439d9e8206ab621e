//! Header, body and MIME checks.

use super::tail::{self, Tail};
use super::{PolicyAction, PolicySource, split_reply};
use crate::event::peer::Client;
use crate::field;
use crate::scan;

/// Places of ` from ` that are tried from the right; bounds the time for one line.
const MAX_ORIGINS: usize = 64;
/// Bytes of content that cleanup logs (`%.200s` in `cleanup_message.c`).
const MAX_SAMPLE: usize = 200;

/// cleanup's `{action}: {context} {content} from {origin};{tail}[: {note}]`.
pub(crate) fn content(text: &[u8]) -> Option<PolicyAction<'_>> {
    let (mut verdict, rest) = head(text)?;
    let (sample, client, tail, note) = origin(rest)?;
    verdict.client = client;
    verdict.fill(tail);
    verdict.text = sample;
    verdict.note = note;
    if verdict.action.ends_with(b"reject") {
        if let Some(note) = note {
            (verdict.code, verdict.dsn, _) = split_reply(note);
        }
    }
    Some(verdict)
}

/// smtp's `{action}: {context} {content}[: {note}]`, without a tail: sample and note cannot be told
/// apart.
pub(crate) fn sender_side(text: &[u8]) -> Option<PolicyAction<'_>> {
    let (mut verdict, rest) = head(text)?;
    verdict.text = rest;
    Some(verdict)
}

/// `{action}: {context} `.
fn head(text: &[u8]) -> Option<(PolicyAction<'_>, &[u8])> {
    let (word, rest) = field::cut_byte(text, b':')?;
    let (context, rest) = field::cut_byte(rest.strip_prefix(b" ")?, b' ')?;
    let (action, from_milter) = match word.strip_prefix(b"milter-") {
        Some(action) => (action, true),
        None => (word, false),
    };
    let bare = action
        .strip_prefix(b"header-")
        .or_else(|| action.strip_prefix(b"body-"))
        .filter(|_| from_milter)
        .unwrap_or(action);
    if (from_milter && bare.len() == action.len()) || !is_action(bare) {
        return None;
    }
    let source = match context {
        b"header" | b"body" if from_milter => PolicySource::Milter,
        b"header" => PolicySource::Header,
        b"body" => PolicySource::Body,
        b"content" => PolicySource::Content,
        b"mime-error" => PolicySource::Mime,
        _ => return None,
    };
    Some((PolicyAction::new(source, action), rest))
}

fn is_action(word: &[u8]) -> bool {
    matches!(
        word,
        b"reject"
            | b"warning"
            | b"warn"
            | b"info"
            | b"filter"
            | b"pass"
            | b"discard"
            | b"hold"
            | b"delay"
            | b"prepend"
            | b"replace"
            | b"redirect"
            | b"bcc"
            | b"strip"
    )
}

/// One reading of a line: sample, client, tail, note.
type Reading<'a> = (&'a [u8], Option<Client<'a>>, Tail<'a>, Option<&'a [u8]>);

/// Of all places of ` from {origin};` with a strict tail the one whose tail ends last.
///
/// A fake can stand in the sample, before the real origin, or inside a quoted address, behind it.
/// Either way its tail ends before the real one does. Only the note comes later, and it holds a fake
/// only when a table copies it there from the sample, or from what was cut off the sample: then the
/// log cannot decide.
fn origin(text: &[u8]) -> Option<Reading<'_>> {
    let mut found: Option<Reading<'_>> = None;
    let mut last: Option<&[u8]> = None;
    let mut doubtful = false;
    for at in scan::last_texts(text, b" from ").take(MAX_ORIGINS) {
        let Some(reading) = reading(text, at) else { continue };
        let (sample, _, _, note) = reading;
        match last {
            Some(last) => {
                doubtful |=
                    sample.len() == MAX_SAMPLE || memchr::memmem::find(sample, last).is_some();
            }
            None => last = Some(without_note(text.get(at..)?, note)),
        }
        if found.is_none_or(|best| is_better(&reading, &best)) {
            found = Some(reading);
        }
    }
    let (sample, client, tail, note) = found.or_else(|| damaged(text))?;
    Some((sample, client, Tail { ambiguous: tail.ambiguous || doubtful, ..tail }, note))
}

/// An origin and its tail, without the note that follows.
fn without_note<'a>(text: &'a [u8], note: Option<&[u8]>) -> &'a [u8] {
    let note = note.map_or(0, |note| note.len().saturating_add(b": ".len()));
    text.get(..text.len().saturating_sub(note)).unwrap_or(text)
}

/// True when this reading's sample has a possible length and the other's has not; else when its
/// tail ends later: what follows it, the note, is shorter.
fn is_better(this: &Reading<'_>, other: &Reading<'_>) -> bool {
    let rank = |(sample, _, _, note): &Reading<'_>| {
        (sample.len() > MAX_SAMPLE, note.map_or(0, |note| note.len().saturating_add(1)))
    };
    rank(this) < rank(other)
}

fn reading(text: &[u8], at: usize) -> Option<Reading<'_>> {
    let (sample, rest) = field::split_around(text, at, b" from ".len())?;
    let (client, rest) = source(rest)?;
    let (tail, note) = tail::content(rest)?;
    Some((sample, client, tail, note))
}

/// `local;`, `unknown;` or `{client};`.
fn source(text: &[u8]) -> Option<(Option<Client<'_>>, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"local;").or_else(|| text.strip_prefix(b"unknown;")) {
        return Some((None, rest));
    }
    let (client, rest) = Client::split_prefix(text)?;
    Some((Some(client), rest.strip_prefix(b";")?))
}

/// A tail that is not strict: addresses without quotes (before Postfix 3.5), or a cut line. The
/// origin is still told, the rest is not guessed.
fn damaged(text: &[u8]) -> Option<Reading<'_>> {
    let (sample, rest) = field::cut_last(text, b" from ")?;
    let (client, _) = source(rest)?;
    Some((sample, client, Tail { ambiguous: true, ..Tail::default() }, None))
}
