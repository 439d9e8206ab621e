//! Header, body and MIME checks.

use super::tail::{self, Tail};
use super::{PolicyAction, PolicySource, split_reply};
use crate::field;
use crate::peer::Client;

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

/// The last ` from {origin};` with a strict tail, because the sample may hold a complete fake one.
///
/// The note can hold one too, but only when a table copies it there from the sample, or from what
/// was cut off the sample: then there are three readings, or a sample of full length, and the log
/// cannot decide.
fn origin(text: &[u8]) -> Option<Reading<'_>> {
    let mut found: Option<Reading<'_>> = None;
    let mut readings = 0u32;
    for at in memchr::memmem::rfind_iter(text, b" from ").take(MAX_ORIGINS) {
        let Some(reading) = reading(text, at) else { continue };
        readings = readings.saturating_add(1);
        let is_full = reading.0.len() == MAX_SAMPLE;
        match &mut found {
            // Later places lie in the note: no sample is this long.
            None => found = Some(reading),
            Some(later) if later.0.len() > MAX_SAMPLE => found = Some(reading),
            Some((_, _, tail, _)) => tail.ambiguous |= readings > 2 || is_full,
        }
    }
    found.or_else(|| damaged(text))
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
