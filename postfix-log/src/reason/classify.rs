//! Classifies why a delivery failed: one class per reason, determined by a table.
//!
//! # How to correct the table
//!
//! Each verdict names the row that made it ([`Verdict::rule`]). When a verdict is wrong, find the row
//! in [`RULES`], and either put a row of your own in front of it ([`Classifier::with`]) or switch it
//! off ([`Classifier::without`]). Rows are tried in order and the first that fits decides, so a
//! correction is a row that fits the misread text and stands above the wrong one:
//!
//! ```
//! use postfix_log::Class;
//! use postfix_log::reason::{Classifier, Rule};
//!
//! let mine = [Rule::new("mine.night-shift", Class::Greylist).phrases(&["we sleep at night"])];
//! let classifier = Classifier::new().with(&mine);
//! let reason = classifier.classify(None, b"host mx[192.0.2.1] said: 451 we sleep at night", None);
//! assert_eq!((reason.class(), reason.rule()), (Class::Greylist, "mine.night-shift"));
//! ```
//!
//! With the feature `serde` rows can also be read from a file: see [`Rule`].
//!
//! To correct the built-in table, change the row in `src/reason/classify/table.rs` or its phrases in `words.rs`
//! beside it, add the text to the table of examples in `tests/data/classify.txt`, and say in the changelog which
//! verdict changed. `tests/replies.rs` says how many replies of real servers get an acceptable class.
//!
//! # How a text is read
//!
//! Names that a reply quotes are left out first: a phrase is never found in an address, a host name, a URL or a
//! file name. What is left is compared word by word, without case and punctuation. A status such as
//! `(#5.1.1)` counts wherever it stands, if the reply does not begin with one.

mod class;
mod facts;
#[cfg(feature = "serde")]
mod file;
mod kinds;
mod list;
mod phrases;
mod quoted;
mod rule;
mod table;
mod text;
mod words;

use crate::event::ConnectFailure;
use crate::event::delivery::Delivery;
use crate::event::dsn::Dsn;
use crate::event::policy::PolicyAction;
use crate::limits::MAX_REASON;
use crate::reason::parse::Reason;
use facts::Facts;
use text::Text;

pub use class::{Class, ClassGroup};
pub use rule::Rule;
pub use table::RULES;

/// The class of a reason, and the rule that decided.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Verdict<'r> {
    class: Class,
    rule: &'r str,
    suspended: bool,
}

impl<'r> Verdict<'r> {
    /// The class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The id of the rule that decided; `none` if no rule matched.
    #[must_use]
    pub fn rule(&self) -> &'r str {
        self.rule
    }

    /// True if the queue manager did not try, and repeated the reason of an earlier attempt.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }
}

/// Classifies a reason by the built-in rules.
///
/// `dsn` is the enhanced status of the line or defer-log record, `reason` its text (in a log, the text inside the
/// parentheses), and `relay` the `relay=` text or the name of the server. Any of them may be missing. Time is
/// bounded: only the first [`MAX_REASON`](crate::limits::MAX_REASON) bytes of a longer text are examined.
///
/// ```
/// use postfix_log::{Class, Dsn, classify};
/// let text = b"host mx.e.example[203.0.113.60] said: 451 4.7.1 Greylisted (in reply to RCPT TO command)";
/// let reason = classify(Dsn::new(4, 7, 1), text, Some(b"mx.e.example[203.0.113.60]:25"));
/// assert_eq!(reason.class(), Class::Greylist);
/// ```
#[must_use]
pub fn classify(dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>) -> Verdict<'static> {
    Classifier::new().classify(dsn, reason, relay)
}

/// The built-in rules with your changes. It borrows those changes and is cheap to copy.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Classifier<'r> {
    added: &'r [Rule<'r>],
    removed: &'r [&'r str],
}

impl<'r> Classifier<'r> {
    /// A classifier with the built-in rules.
    #[must_use]
    pub const fn new() -> Self {
        Self { added: &[], removed: &[] }
    }

    /// Tries these rules before the built-in ones.
    #[must_use]
    pub const fn with(self, rules: &'r [Rule<'r>]) -> Self {
        Self { added: rules, ..self }
    }

    /// Leaves out the built-in rules with these ids.
    #[must_use]
    pub const fn without(self, ids: &'r [&'r str]) -> Self {
        Self { removed: ids, ..self }
    }

    /// Classifies a reason; see [`classify`].
    #[must_use]
    pub fn classify(&self, dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>) -> Verdict<'r> {
        let reason = Reason::parse(reason);
        let facts = Facts::of_reason(dsn, &reason, relay);
        Verdict { suspended: reason.suspended, ..self.decide(facts) }
    }

    /// Classifies the reason of a delivery line; see [`Delivery::classify`].
    #[must_use]
    pub fn classify_delivery(&self, delivery: &Delivery<'_>) -> Verdict<'r> {
        self.classify(delivery.dsn, delivery.reason, Some(delivery.relay.text))
    }

    /// Classifies why a server could not be used; see [`ConnectFailure::classify`].
    #[must_use]
    pub fn classify_connect_failure(&self, failure: &ConnectFailure<'_>) -> Verdict<'r> {
        self.classify(None, failure.text, Some(failure.relay.text))
    }

    /// Classifies what this Postfix answered to a client, or why a content check acted; see
    /// [`PolicyAction::classify`].
    #[must_use]
    pub fn classify_policy(&self, action: &PolicyAction<'_>) -> Verdict<'r> {
        self.decide(Facts::of_policy(action))
    }

    fn decide(&self, facts: Facts<'_>) -> Verdict<'r> {
        let found = |class, rule| Verdict { class, rule, suspended: false };
        let none = found(Class::Other, "none");
        // A reply that accepts the mail gives no reason, and neither does a successful delivery.
        let success = facts.dsn.is_some_and(|dsn| dsn.class() == 2);
        let accepts = facts.code.map_or(success, |code| code < 400);
        if self.added.is_empty() {
            if accepts {
                return none;
            }
            if let Some(rule) = phrases::wordless(facts.kind) {
                if !self.removed.contains(&rule.id()) {
                    return found(rule.class, rule.id());
                }
            }
        }
        let mut words = Text::<MAX_REASON>::default();
        words.read(facts.text, facts.code);
        let facts = facts.with_status(words.status);
        let mut added = self.added.iter();
        if let Some(rule) =
            added.find(|rule| rule.fits(&facts) && rule.is_spoken(&words, facts.text))
        {
            return found(rule.class, rule.id());
        }
        if accepts {
            return none;
        }
        phrases::spoken(&words, facts.kind)
            .and(phrases::of_subject(facts.dsn))
            .find(|rule| rule.fits(&facts) && !self.removed.contains(&rule.id()))
            .map_or(none, |rule| found(rule.class, rule.id()))
    }
}

impl PolicyAction<'_> {
    /// Why a client or a message was refused, held or otherwise treated, by the table that also classifies
    /// the replies of other servers.
    ///
    /// A match of a header or body check is [`Class::ContentSpam`], unless the text of the check's rule says
    /// otherwise: the matched line itself never decides. The class has no meaning for an action that lets the
    /// mail pass.
    ///
    /// ```
    /// use postfix_log::{Class, Event, parse_payload};
    /// let line = b"NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <bob@b.example>: \
    ///     Relay access denied; from=<a@a.example> to=<bob@b.example> proto=ESMTP helo=<spam.example>";
    /// let Event::PolicyAction(action) = parse_payload(b"smtpd", line) else { panic!() };
    /// assert_eq!(action.classify().class(), Class::RelayDenied);
    /// ```
    #[must_use]
    pub fn classify(&self) -> Verdict<'static> {
        Classifier::new().classify_policy(self)
    }
}

impl Delivery<'_> {
    /// Classifies the reason of a failed attempt. The reply of a sent message is classified too, but its class
    /// has no meaning.
    #[must_use]
    pub fn classify(&self) -> Verdict<'static> {
        Classifier::new().classify_delivery(self)
    }
}
