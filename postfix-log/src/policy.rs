//! Verdicts of access maps, restrictions, filters and postscreen.

use crate::dsn::Dsn;
use crate::peer::Client;

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
