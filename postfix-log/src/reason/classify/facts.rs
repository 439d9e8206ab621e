//! The facts about a reason that are known before its words are examined.

use super::kinds::ReasonKinds;
use crate::debug::text_debug;
use crate::event::dsn::Dsn;
use crate::event::policy::PolicyAction;
use crate::field;
use crate::reason::parse::{Reason, ReasonKind};

/// An enhanced status that a row requires: class (0 for any), subject, first and last detail.
pub(super) type Status = (u8, u16, u16, u16);

/// The facts that a rule may test, besides phrases.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) kind: ReasonKinds,
    pub(super) dsn: Option<Dsn>,
    pub(super) code: Option<u16>,
    /// The command that was answered; empty if not known.
    pub(super) stage: &'a [u8],
    /// Host name of the relay.
    pub(super) host: &'a [u8],
    /// The text that is searched for phrases.
    pub(super) text: &'a [u8],
    /// True if the text may contain a status that says more than [`Facts::dsn`].
    pub(super) trusts_text: bool,
}

text_debug! { Facts<'_> { kind, dsn, code, stage, host, text, trusts_text } }

impl<'a> Facts<'a> {
    pub(super) fn of_reason(
        dsn: Option<Dsn>,
        reason: &Reason<'a>,
        relay: Option<&'a [u8]>,
    ) -> Self {
        let host = relay.filter(|relay| *relay != b"none").unwrap_or_default();
        let kind = ReasonKinds::LOCAL;
        let mut facts =
            Self { kind, dsn, code: None, stage: &[], host, text: &[], trusts_text: false };
        match reason.kind {
            ReasonKind::Reply(reply) => {
                facts.kind = match reply.stage {
                    Some(b"AUTH") => ReasonKinds::LOGIN,
                    _ if reply.refused => ReasonKinds::GREETING,
                    _ => ReasonKinds::REPLY,
                };
                // The status of the line may have been rewritten; the server's own is the better one.
                facts.dsn = reply.dsn.or(dsn);
                facts.trusts_text = reply.dsn.is_none_or(is_general);
                facts.code = reply.code;
                facts.stage = reply.stage.unwrap_or_default();
                facts.text = reply.text;
            }
            ReasonKind::Network(fault) => {
                facts.kind = ReasonKinds::NETWORK;
                facts.text = fault.text;
            }
            ReasonKind::Dns(fault) => {
                facts.kind = ReasonKinds::DNS;
                facts.text = fault.text;
            }
            ReasonKind::Tls(fault) => {
                facts.kind = ReasonKinds::TLS;
                facts.text = fault.text;
            }
            ReasonKind::Local(text) => {
                facts.text = text;
                facts.trusts_text = dsn.is_none_or(is_general);
            }
        }
        if let Some(name) = reason.server().and_then(|server| server.name) {
            facts.host = name;
        }
        if let Some((name, _)) = field::cut_byte(facts.host, b'[') {
            facts.host = name;
        }
        facts
    }

    pub(super) fn of_policy(action: &PolicyAction<'a>) -> Self {
        let (kind, text) = if action.shows_content() {
            (ReasonKinds::CONTENT, action.note.unwrap_or_default())
        } else {
            (ReasonKinds::POLICY, action.text)
        };
        Self {
            kind,
            dsn: action.dsn,
            code: action.code,
            stage: action.stage.unwrap_or_default(),
            host: &[],
            text,
            trusts_text: action.dsn.is_none_or(is_general),
        }
    }

    /// Prefers the status in the text to a general one.
    pub(super) fn with_status(self, inside: Option<Dsn>) -> Self {
        if self.trusts_text { Self { dsn: inside.or(self.dsn), ..self } } else { self }
    }

    pub(super) fn has_status(&self, (class, subject, first, last): Status) -> bool {
        self.dsn.is_some_and(|dsn| {
            (class == 0 || class == dsn.class())
                && subject == dsn.subject()
                && (first..=last).contains(&dsn.detail())
        })
    }
}

/// `5.0.0` and its like say no more than the SMTP code.
fn is_general(dsn: Dsn) -> bool {
    (dsn.subject(), dsn.detail()) == (0, 0)
}
