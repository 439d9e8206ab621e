//! What a verdict does, and what comes of it.

use crate::words::words;

use super::{PolicyAction, PolicySource};

/// The meaning of [`PolicyAction::action`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum PolicyVerb {
    /// The session ends because the client has no trusted certificate.
    Abort,
    /// A before-queue filter took the message.
    Accept,
    /// A recipient is added.
    Bcc,
    /// The reply is delayed, or cleanup delays the message.
    Delay,
    /// The message is thrown away, while the client is told that it was accepted.
    Discard,
    /// The message goes through another transport first.
    Filter,
    /// The connection is closed.
    Hangup,
    /// The message goes to the hold queue.
    Hold,
    /// The match is only logged.
    Info,
    /// The remaining content checks are skipped.
    Pass,
    /// The client or message is let through, and this is logged on request (`smtpd_log_access_permit_actions`).
    Permit,
    /// A header is added.
    Prepend,
    /// The message goes to another recipient.
    Redirect,
    /// The client or message is refused, for now or for good: see [`PolicyAction::outcome`].
    Reject,
    /// It would be refused, but `warn_if_reject` stands before the restriction.
    RejectWarning,
    /// A line is replaced.
    Replace,
    /// A line is removed.
    Strip,
    /// The match is only logged, as a warning.
    Warn,
}

words! { PolicyVerb, "a verb, in the spelling of smtpd":
    Abort => "abort",
    Accept => "accept",
    Bcc => "bcc",
    Delay => "delay",
    Discard => "discard",
    Filter => "filter",
    Hangup => "hangup",
    Hold => "hold",
    Info => "info",
    Pass => "pass",
    Permit => "permit",
    Prepend => "prepend",
    Redirect => "redirect",
    Reject => "reject",
    RejectWarning => "reject_warning",
    Replace => "replace",
    Strip => "strip",
    Warn => "warn",
}

/// What a [`PolicyAction`] means for the client, command or message that it is about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum PolicyOutcome {
    /// Refused for good.
    Refused,
    /// Refused for now: the client may try again.
    Deferred,
    /// Put on hold.
    Held,
    /// Thrown away.
    Discarded,
    /// Let through, but changed or sent elsewhere.
    Changed,
    /// Let through.
    Passed,
}

words! { PolicyOutcome, "an outcome":
    Refused => "refused",
    Deferred => "deferred",
    Held => "held",
    Discarded => "discarded",
    Changed => "changed",
    Passed => "passed",
}

impl PolicyAction<'_> {
    /// The meaning of the action; `None` for a word that no release of Postfix up to 3.12 writes.
    #[must_use]
    pub fn verb(&self) -> Option<PolicyVerb> {
        let word = self.action;
        let word =
            word.strip_prefix(b"header-").or_else(|| word.strip_prefix(b"body-")).unwrap_or(word);
        Some(match word {
            b"abort" => PolicyVerb::Abort,
            b"accept" => PolicyVerb::Accept,
            b"bcc" => PolicyVerb::Bcc,
            b"delay" => PolicyVerb::Delay,
            b"discard" => PolicyVerb::Discard,
            b"filter" => PolicyVerb::Filter,
            b"hangup" => PolicyVerb::Hangup,
            b"hold" | b"quarantine" => PolicyVerb::Hold,
            b"info" => PolicyVerb::Info,
            b"pass" => PolicyVerb::Pass,
            b"permit" => PolicyVerb::Permit,
            b"prepend" => PolicyVerb::Prepend,
            b"redirect" => PolicyVerb::Redirect,
            b"reject" => PolicyVerb::Reject,
            b"reject_warning" => PolicyVerb::RejectWarning,
            b"replace" => PolicyVerb::Replace,
            b"strip" => PolicyVerb::Strip,
            b"warn" | b"warning" => PolicyVerb::Warn,
            _ => return None,
        })
    }

    /// What happens to the client, command or message; `None` if [`PolicyAction::verb`] is `None`.
    ///
    /// A reject is temporary if its SMTP code, or without one its enhanced status, begins with 4. Without either
    /// it is permanent, except for a client that postscreen has no room for: that client gets 421
    /// (`postscreen.c`) and no code is logged.
    #[must_use]
    pub fn outcome(&self) -> Option<PolicyOutcome> {
        Some(match self.verb()? {
            PolicyVerb::Reject => {
                let first = self.code.map(|code| code / 100);
                let first = first.or_else(|| self.dsn.map(|dsn| u16::from(dsn.class())));
                let crowded = first.is_none() && self.source == PolicySource::Postscreen;
                if first == Some(4) || crowded {
                    PolicyOutcome::Deferred
                } else {
                    PolicyOutcome::Refused
                }
            }
            PolicyVerb::Abort | PolicyVerb::Hangup => PolicyOutcome::Refused,
            PolicyVerb::Hold => PolicyOutcome::Held,
            PolicyVerb::Discard => PolicyOutcome::Discarded,
            PolicyVerb::Bcc
            | PolicyVerb::Delay
            | PolicyVerb::Filter
            | PolicyVerb::Prepend
            | PolicyVerb::Redirect
            | PolicyVerb::Replace
            | PolicyVerb::Strip => PolicyOutcome::Changed,
            PolicyVerb::Accept
            | PolicyVerb::Info
            | PolicyVerb::Pass
            | PolicyVerb::Permit
            | PolicyVerb::RejectWarning
            | PolicyVerb::Warn => PolicyOutcome::Passed,
        })
    }

    /// True when [`PolicyAction::text`] is a line of the message, and no reply.
    pub(crate) fn shows_content(&self) -> bool {
        match self.source {
            PolicySource::Header
            | PolicySource::Body
            | PolicySource::Content
            | PolicySource::Mime => true,
            // `milter_header_checks` name no stage.
            PolicySource::Milter => self.stage.is_none(),
            PolicySource::Access | PolicySource::Postscreen | PolicySource::Proxy => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::policy::session;

    #[test]
    fn what_comes_of_a_verdict() {
        for (line, want) in [
            (
                "reject: RCPT from a[192.0.2.1]: 554 5.7.1 no; proto=SMTP",
                Some(PolicyOutcome::Refused),
            ),
            (
                "reject: RCPT from a[192.0.2.1]: 450 4.7.1 no; proto=SMTP",
                Some(PolicyOutcome::Deferred),
            ),
            ("reject: RCPT from a[192.0.2.1]: no; proto=SMTP", Some(PolicyOutcome::Refused)),
            (
                "milter-reject: DATA from a[192.0.2.1]: 4.7.1 no; proto=SMTP",
                Some(PolicyOutcome::Deferred),
            ),
            ("milter-hold: DATA from a[192.0.2.1]: no; proto=SMTP", Some(PolicyOutcome::Held)),
            ("discard: RCPT from a[192.0.2.1]: no; proto=SMTP", Some(PolicyOutcome::Discarded)),
            ("redirect: RCPT from a[192.0.2.1]: no; proto=SMTP", Some(PolicyOutcome::Changed)),
            (
                "reject_warning: RCPT from a[192.0.2.1]: 554 no; proto=SMTP",
                Some(PolicyOutcome::Passed),
            ),
            ("hangup: RCPT from a[192.0.2.1]: no; proto=SMTP", Some(PolicyOutcome::Refused)),
            ("proxy-accept: END-OF-MESSAGE: 250 Ok; proto=SMTP", Some(PolicyOutcome::Passed)),
        ] {
            assert_eq!(session(line.as_bytes()).unwrap().outcome(), want, "{line}");
        }
        let unknown = PolicyAction::new(PolicySource::Header, b"juggle");
        assert_eq!((unknown.verb(), unknown.outcome()), (None, None));
    }
}
