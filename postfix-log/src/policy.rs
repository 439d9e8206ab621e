//! Verdicts of access maps, restrictions, filters and postscreen.

mod content;
mod tail;

use crate::address::Address;
use crate::dsn::Dsn;
use crate::field;
use crate::peer::Client;
use tail::Tail;

pub(crate) use content::{content, sender_side};

/// One verdict: `{qid}: reject: RCPT from {client}: {text}; from=<...> ...`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PolicyAction<'a> {
    /// What decided.
    pub source: PolicySource,
    /// Postfix's word, without `milter-` or `proxy-`: `reject`, `hold`, `header-discard`, ...
    pub action: &'a [u8],
    /// The SMTP command: `CONNECT`, `RCPT`, `END-OF-MESSAGE`, ...
    pub stage: Option<&'a [u8]>,
    /// The client; `None` for local mail.
    pub client: Option<Client<'a>>,
    /// SMTP reply code.
    pub code: Option<u16>,
    /// Enhanced status code.
    pub dsn: Option<Dsn>,
    /// What was looked up: the leading `<...>:` of `text` without its brackets.
    pub object: Option<&'a [u8]>,
    /// Everything between code and dsn and the tail: the reply, or the header or body line that a
    /// content check matched.
    pub text: &'a [u8],
    /// The text that a content check adds after the tail.
    pub note: Option<&'a [u8]>,
    /// Envelope sender.
    pub from: Option<&'a [u8]>,
    /// Envelope recipient.
    pub to: Option<&'a [u8]>,
    /// `SMTP` or `ESMTP`; other words come from XFORWARD.
    pub proto: Option<&'a [u8]>,
    /// HELO argument.
    pub helo: Option<&'a [u8]>,
    /// SASL mechanism (3.10 and later).
    pub sasl_method: Option<&'a [u8]>,
    /// SASL user name.
    pub sasl_username: Option<&'a [u8]>,
    /// The AUTH= parameter of MAIL FROM.
    pub sasl_sender: Option<&'a [u8]>,
    /// The DNS list in `blocked using {zone}`.
    pub dnsbl: Option<&'a [u8]>,
    /// True when the tail can be read in more than one way.
    pub ambiguous: bool,
}

/// What decided on a [`PolicyAction`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum PolicySource {
    /// smtpd restrictions and access maps.
    Access,
    /// A Milter, or `milter_header_checks`.
    Milter,
    /// `header_checks` and the like.
    Header,
    /// `body_checks`.
    Body,
    /// The context word `content`.
    Content,
    /// MIME structure limits.
    Mime,
    /// postscreen.
    Postscreen,
    /// A before-queue content filter.
    Proxy,
}

impl PolicySource {
    /// The name used in the JSON of the `maillog` example.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Milter => "milter",
            Self::Header => "header",
            Self::Body => "body",
            Self::Content => "content",
            Self::Mime => "mime",
            Self::Postscreen => "postscreen",
            Self::Proxy => "proxy",
        }
    }
}

/// The actions that smtpd, cleanup (for Milters) and postscreen write before ` {stage} from`.
fn verdict(word: &[u8]) -> Option<(PolicySource, &[u8])> {
    Some(match word {
        b"reject" | b"reject_warning" | b"hold" | b"discard" | b"redirect" | b"bcc" | b"filter"
        | b"delay" | b"warn" | b"info" | b"hangup" | b"permit" | b"abort" => {
            (PolicySource::Access, word)
        }
        b"milter-reject" => (PolicySource::Milter, b"reject"),
        b"milter-hold" => (PolicySource::Milter, b"hold"),
        b"milter-discard" => (PolicySource::Milter, b"discard"),
        b"proxy-accept" => (PolicySource::Proxy, b"accept"),
        b"proxy-reject" => (PolicySource::Proxy, b"reject"),
        _ => return None,
    })
}

/// `{action}: {stage} from {client}: {text};{tail}`, and the proxy lines, which name no client.
pub(crate) fn session(text: &[u8]) -> Option<PolicyAction<'_>> {
    let (word, rest) = field::cut_byte(text, b':')?;
    let (source, action) = verdict(word)?;
    let rest = rest.strip_prefix(b" ")?;
    let mut verdict = PolicyAction::new(source, action);
    let rest = if source == PolicySource::Proxy {
        let (stage, rest) = field::cut(rest, b": ")?;
        verdict.stage = Some(command(stage)?);
        rest
    } else {
        let (stage, rest) = field::cut_byte(rest, b' ')?;
        verdict.stage = Some(command(stage)?);
        let (client, rest) = Client::split_prefix(rest.strip_prefix(b"from ")?)?;
        verdict.client = Some(client);
        if client.name.is_none() && source == PolicySource::Access {
            verdict.source = PolicySource::Postscreen;
        }
        rest.strip_prefix(b": ")?
    };
    let (reply, tail) = match verdict.source {
        PolicySource::Postscreen => tail::commas(rest),
        _ if action == b"abort" => (rest, Tail::default()),
        _ => tail::spaces(verdict.stage, rest),
    };
    verdict.fill(tail);
    verdict.text = reply;
    if matches!(action, b"reject" | b"reject_warning" | b"accept") {
        (verdict.code, verdict.dsn, verdict.text) = split_reply(reply);
    }
    verdict.object = object(&verdict);
    verdict.dnsbl = dnsbl(verdict.text);
    Some(verdict)
}

/// A stage is a word in capitals; postscreen also writes `connect`.
fn command(word: &[u8]) -> Option<&[u8]> {
    let known = word == b"connect"
        || (!word.is_empty() && word.iter().all(|b| matches!(b, b'A'..=b'Z' | b'-' | b'_')));
    known.then_some(word)
}

/// `{code} {dsn} {text}`, each of the first two optional.
fn split_reply(reply: &[u8]) -> (Option<u16>, Option<Dsn>, &[u8]) {
    let (code, rest) = match code(reply) {
        Some((code, rest)) => (Some(code), rest),
        None => (None, reply),
    };
    match Dsn::split_prefix(rest) {
        Some((dsn, [])) => (code, Some(dsn), &[]),
        Some((dsn, [b' ', text @ ..])) => (code, Some(dsn), text),
        _ => (code, None, rest),
    }
}

/// A reply code off the front of a text, with the space that follows it.
pub(crate) fn code(reply: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = reply.split_at_checked(3)?;
    let valid = matches!(digits, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    let rest = match rest {
        [] => rest,
        [b' ', rest @ ..] => rest,
        _ => return None,
    };
    let code = digits.iter().fold(0u16, |sum, digit| {
        sum.wrapping_mul(10).wrapping_add(u16::from(digit.wrapping_sub(b'0')))
    });
    valid.then_some((code, rest))
}

/// The leading `<...>: ` of a reply.
///
/// Between the brackets stands a raw address, HELO name or table key, which may hold `>: ` itself:
/// the copy in the tail tells where it ends.
fn object<'a>(verdict: &PolicyAction<'a>) -> Option<&'a [u8]> {
    let text = verdict.text.strip_prefix(b"<")?;
    let addresses = [verdict.to, verdict.from];
    for address in addresses.into_iter().flatten() {
        let width = Address::new(address).unquoted().count();
        if let Some((head, rest)) = text.split_at_checked(width) {
            if rest.starts_with(b">: ") && head.iter().copied().eq(Address::new(address).unquoted())
            {
                return Some(head);
            }
        }
    }
    if let Some((head, rest)) = verdict.helo.and_then(|helo| text.split_at_checked(helo.len())) {
        // smtpd replaces the dangerous bytes of the name in the tail, one by one, by `?`.
        let mut pairs = head.iter().zip(verdict.helo.unwrap_or_default());
        if rest.starts_with(b">: ") && pairs.all(|(raw, shown)| raw == shown || *shown == b'?') {
            return Some(head);
        }
    }
    field::cut(text, b">: ").map(|(head, _)| head)
}

/// The zone in `[{what}] blocked using {zone}; {reason}`.
fn dnsbl(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = field::cut_last(text, b"] blocked using ")?;
    let end = memchr::memchr2(b';', b' ', rest).unwrap_or(rest.len());
    rest.get(..end).filter(|zone| !zone.is_empty())
}

impl<'a> PolicyAction<'a> {
    fn new(source: PolicySource, action: &'a [u8]) -> Self {
        Self {
            source,
            action,
            stage: None,
            client: None,
            code: None,
            dsn: None,
            object: None,
            text: &[],
            note: None,
            from: None,
            to: None,
            proto: None,
            helo: None,
            sasl_method: None,
            sasl_username: None,
            sasl_sender: None,
            dnsbl: None,
            ambiguous: false,
        }
    }

    fn fill(&mut self, tail: Tail<'a>) {
        self.from = tail.from;
        self.to = tail.to;
        self.proto = tail.proto;
        self.helo = tail.helo;
        self.sasl_method = tail.sasl_method;
        self.sasl_username = tail.sasl_username;
        self.sasl_sender = tail.sasl_sender;
        self.ambiguous = tail.ambiguous;
    }
}
