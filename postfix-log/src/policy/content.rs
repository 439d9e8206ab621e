//! Header, body and MIME checks.

use super::tail::{self, Tail};
use super::{PolicyAction, PolicySource, split_reply};
use crate::field;
use crate::peer::Client;

/// Places of ` from ` that are tried from the right; bounds the time for one line.
const MAX_ORIGINS: usize = 64;

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

/// The last ` from {origin};` with a strict tail. The sample may hold a complete fake one; so may
/// the note, when a table copies part of the sample into it, and then the log cannot decide.
#[allow(clippy::type_complexity, reason = "the four parts go straight into the event")]
fn origin(text: &[u8]) -> Option<(&[u8], Option<Client<'_>>, Tail<'_>, Option<&[u8]>)> {
    let mut found: Option<(&[u8], Option<Client<'_>>, Tail<'_>, Option<&[u8]>)> = None;
    for at in memchr::memmem::rfind_iter(text, b" from ").take(MAX_ORIGINS) {
        let Some((sample, rest)) = field::split_around(text, at, b" from ".len()) else { continue };
        let (client, rest) = if let Some(rest) = rest.strip_prefix(b"local;") {
            (None, rest)
        } else if let Some(rest) = rest.strip_prefix(b"unknown;") {
            (None, rest)
        } else {
            let Some((client, rest)) = Client::split_prefix(rest) else { continue };
            let Some(rest) = rest.strip_prefix(b";") else { continue };
            (Some(client), rest)
        };
        let Some((tail, note)) = tail::content(rest) else { continue };
        if let Some((_, _, tail, _)) = &mut found {
            tail.ambiguous = true;
            break;
        }
        found = Some((sample, client, tail, note));
    }
    found
}
