//! Verdicts of access maps, restrictions, filters and postscreen.

mod content;
mod outcome;
mod tail;

use crate::debug::text_debug;
use crate::event::address::Address;
use crate::event::dsn::Dsn;
use crate::event::peer::Client;
use crate::field;
use crate::scan;
use crate::words::words;
use tail::Tail;

pub(crate) use content::{content, sender_side};
pub use outcome::{PolicyOutcome, PolicyVerb};

/// One verdict: `{qid}: reject: RCPT from {client}: {text}; from=<...> ...`.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = b"NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <bob@other.example>: Relay \
///     access denied; from=<x@a.example> to=<bob@other.example> proto=ESMTP helo=<a.example>";
/// let Event::PolicyAction(action) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!((action.action, action.stage, action.code), (&b"reject"[..], Some(&b"RCPT"[..]), Some(554)));
/// assert_eq!(action.object, Some(&b"bob@other.example"[..]));
/// assert_eq!(action.from, Some(&b"x@a.example"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PolicyAction<'a> {
    /// Which check decided.
    pub source: PolicySource,
    /// Postfix's word for the action, without `milter-` or `proxy-`, such as `reject`, `hold` or
    /// `header-discard`; [`PolicyAction::verb`] gives its meaning.
    pub action: &'a [u8],
    /// The SMTP command: `CONNECT`, `RCPT`, `END-OF-MESSAGE`, ...
    pub stage: Option<&'a [u8]>,
    /// The client; `None` for local mail.
    pub client: Option<Client<'a>>,
    /// The SMTP reply code.
    pub code: Option<u16>,
    /// Enhanced status code.
    pub dsn: Option<Dsn>,
    /// The address, name or header that the check was about: the leading `<...>:` of `text` without its brackets.
    pub object: Option<&'a [u8]>,
    /// Everything between the codes and the tail: the reply to the client, or the header or body line that a
    /// content check matched.
    pub text: &'a [u8],
    /// The text that a content check's rule adds after the tail.
    pub note: Option<&'a [u8]>,
    /// The envelope sender.
    pub from: Option<&'a [u8]>,
    /// The envelope recipient.
    pub to: Option<&'a [u8]>,
    /// `SMTP` or `ESMTP`; other words come from XFORWARD.
    pub proto: Option<&'a [u8]>,
    /// The argument of HELO or EHLO.
    pub helo: Option<&'a [u8]>,
    /// The SASL mechanism (3.10 and later).
    pub sasl_method: Option<&'a [u8]>,
    /// The SASL user name.
    pub sasl_username: Option<&'a [u8]>,
    /// The AUTH= parameter of MAIL FROM.
    pub sasl_sender: Option<&'a [u8]>,
    /// The DNS list in `blocked using {zone}`.
    pub dnsbl: Option<&'a [u8]>,
    /// True when the part from `; from=<` on can be read in more than one way.
    pub ambiguous: bool,
}

text_debug! { PolicyAction<'_> { source, action, stage, client, code, dsn, object, text, note, from, to, proto, helo, sasl_method, sasl_username, sasl_sender, dnsbl, ambiguous } }

/// The kind of check that decided on a [`PolicyAction`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
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
    /// A check that Postfix logs with the word `content`.
    Content,
    /// MIME structure limits.
    Mime,
    /// postscreen.
    Postscreen,
    /// A before-queue content filter.
    Proxy,
}

words! { PolicySource, "the source of a verdict":
    Access => "access",
    Milter => "milter",
    Header => "header",
    Body => "body",
    Content => "content",
    Mime => "mime",
    Postscreen => "postscreen",
    Proxy => "proxy",
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
    let (stage, client, rest) = if source == PolicySource::Proxy {
        let (stage, rest) = field::cut(rest, b": ")?;
        (command(stage)?, None, rest)
    } else {
        let (stage, rest) = field::cut_byte(rest, b' ')?;
        let stage = command(stage)?;
        let (client, rest) = Client::split_prefix(rest.strip_prefix(b"from ")?)?;
        (stage, Some(client), rest.strip_prefix(b": ")?)
    };
    let source = match client {
        Some(Client { name: None, .. }) if source == PolicySource::Access => {
            PolicySource::Postscreen
        }
        _ => source,
    };
    let (reply, tail) = match source {
        PolicySource::Postscreen => tail::commas(rest),
        _ if action == b"abort" => (rest, Tail::default()),
        _ => tail::spaces(Some(stage), rest),
    };
    let (code, dsn, text) = match action {
        b"reject" | b"reject_warning" | b"accept" => split_reply(reply),
        _ => (None, None, reply),
    };
    Some(PolicyAction {
        source,
        action,
        stage: Some(stage),
        client,
        code,
        dsn,
        object: object(text, &tail),
        text,
        note: None,
        from: tail.from,
        to: tail.to,
        proto: tail.proto,
        helo: tail.helo,
        sasl_method: tail.sasl_method,
        sasl_username: tail.sasl_username,
        sasl_sender: tail.sasl_sender,
        dnsbl: dnsbl(text),
        ambiguous: tail.ambiguous,
    })
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
fn object<'a>(text: &'a [u8], tail: &Tail<'a>) -> Option<&'a [u8]> {
    let text = text.strip_prefix(b"<")?;
    let addresses = [tail.to, tail.from];
    for address in addresses.into_iter().flatten() {
        let Some((head, rest)) = text.split_at_checked(unquoted_len(address)) else { continue };
        if rest.starts_with(b">: ") && is_unquoted(head, address) {
            return Some(head);
        }
    }
    if let Some((head, rest)) = tail.helo.and_then(|helo| text.split_at_checked(helo.len())) {
        // smtpd replaces the dangerous bytes of the name in the tail, one by one, by `?`.
        let mut pairs = head.iter().zip(tail.helo.unwrap_or_default());
        if rest.starts_with(b">: ") && pairs.all(|(raw, shown)| raw == shown || *shown == b'?') {
            return Some(head);
        }
    }
    field::cut(text, b">: ").map(|(head, _)| head)
}

/// The length of an address without its quotes. Most have none.
fn unquoted_len(address: &[u8]) -> usize {
    match address.first() {
        Some(b'"') => Address::new(address).unquoted().count(),
        _ => address.len(),
    }
}

/// Whether a text is an address without its quotes.
fn is_unquoted(text: &[u8], address: &[u8]) -> bool {
    match address.first() {
        Some(b'"') => text.iter().copied().eq(Address::new(address).unquoted()),
        _ => text == address,
    }
}

/// The zone in `[{what}] blocked using {zone}; {reason}`.
fn dnsbl(text: &[u8]) -> Option<&[u8]> {
    // Most replies name no client in brackets.
    memchr::memchr(b']', text)?;
    let (_, rest) = field::cut_last(text, b"] blocked using ")?;
    let end = scan::any(rest, *b"; ").unwrap_or(rest.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "a.example[192.0.2.1]";

    /// The verdict of smtpd on a recipient, with this reply and this tail.
    fn rcpt<'a>(line: &'a mut String, reply: &str, tail: &str) -> PolicyAction<'a> {
        *line = format!("reject: RCPT from {CLIENT}: {reply}; {tail}");
        session(line.as_bytes()).unwrap()
    }

    fn text(bytes: &[u8]) -> &str {
        core::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_field() {
        let line = b"reject: RCPT from a.example[192.0.2.1]:4711: 554 5.7.1 <b@b>: Relay access denied; \
            from=<a@a> to=<b@b> proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=erin sasl_sender=e@a";
        let want = PolicyAction {
            client: Client::whole(b"a.example[192.0.2.1]:4711"),
            stage: Some(b"RCPT"),
            code: Some(554),
            dsn: Dsn::new(5, 7, 1),
            object: Some(b"b@b"),
            text: b"<b@b>: Relay access denied",
            from: Some(b"a@a"),
            to: Some(b"b@b"),
            proto: Some(b"ESMTP"),
            helo: Some(b"h"),
            sasl_method: Some(b"PLAIN"),
            sasl_username: Some(b"erin"),
            sasl_sender: Some(b"e@a"),
            ambiguous: true,
            ..PolicyAction::new(PolicySource::Access, b"reject")
        };
        assert_eq!(session(line), Some(want));
    }

    #[test]
    fn words_and_sources() {
        let access = "reject reject_warning hold discard redirect bcc filter delay warn info hangup permit abort";
        for word in access.split(' ') {
            let line = format!("{word}: DATA from {CLIENT}: x; proto=SMTP");
            let verdict = session(line.as_bytes()).unwrap();
            assert_eq!((verdict.source, text(verdict.action)), (PolicySource::Access, word));
            let postscreen = line.replace("a.example", "");
            let verdict = session(postscreen.as_bytes()).unwrap();
            assert_eq!((verdict.source, text(verdict.action)), (PolicySource::Postscreen, word));
        }
        for action in ["reject", "hold", "discard"] {
            // A Milter's client needs no name to be smtpd's.
            for client in [CLIENT, "[192.0.2.1]"] {
                let line = format!("milter-{action}: DATA from {client}: x; proto=SMTP");
                let verdict = session(line.as_bytes()).unwrap();
                assert_eq!((verdict.source, text(verdict.action)), (PolicySource::Milter, action));
                assert_eq!((verdict.text, verdict.proto), (&b"x"[..], Some(&b"SMTP"[..])));
            }
        }
        for action in ["reject", "accept"] {
            let line =
                format!("proxy-{action}: END-OF-MESSAGE: 250 2.0.0 Ok; from=<a@a> proto=SMTP");
            let verdict = session(line.as_bytes()).unwrap();
            assert_eq!((verdict.source, text(verdict.action)), (PolicySource::Proxy, action));
            assert_eq!((verdict.client, verdict.stage), (None, Some(&b"END-OF-MESSAGE"[..])));
            assert_eq!((verdict.code, text(verdict.text)), (Some(250), "Ok"));
            assert_eq!(verdict.from, Some(&b"a@a"[..]));
        }
        for word in ["rejected", "", "milter-", "milter-warn", "proxy-hold", "Reject"] {
            let line = format!("{word}: DATA from {CLIENT}: x; proto=SMTP");
            assert_eq!(session(line.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn names_of_sources() {
        let names = [
            (PolicySource::Access, "access"),
            (PolicySource::Milter, "milter"),
            (PolicySource::Header, "header"),
            (PolicySource::Body, "body"),
            (PolicySource::Content, "content"),
            (PolicySource::Mime, "mime"),
            (PolicySource::Postscreen, "postscreen"),
            (PolicySource::Proxy, "proxy"),
        ];
        for (source, name) in names {
            assert_eq!(source.as_str(), name);
        }
    }

    #[test]
    fn stages_are_words_in_capitals() {
        for stage in ["RCPT", "END-OF-MESSAGE", "X_Y", "-", "connect"] {
            let line = format!("hold: {stage} from {CLIENT}: x; proto=SMTP");
            assert_eq!(session(line.as_bytes()).unwrap().stage, Some(stage.as_bytes()));
        }
        for stage in ["", "rcpt", "Rcpt", "connected", "RCPT1", "RCPT:"] {
            let line = format!("hold: {stage} from {CLIENT}: x; proto=SMTP");
            assert_eq!(session(line.as_bytes()), None, "{stage}");
            let line = format!("proxy-reject: {stage}: 554 x; proto=SMTP");
            assert_eq!(session(line.as_bytes()), None, "{stage}");
        }
        assert!(session(b"proxy-reject: connect: 554 x; proto=SMTP").is_some());
        for line in [
            "hold",
            "hold:",
            "hold:DATA from a[192.0.2.1]: x",
            "hold: DATA",
            "hold: DATA to a[192.0.2.1]: x",
            "hold: DATA from a: x",
            "hold: DATA from a[192.0.2.1] x",
            "proxy-reject: DATA 554 x",
        ] {
            assert_eq!(session(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn postscreen_separates_by_commas() {
        let line = b"reject: RCPT from [192.0.2.1]:51544: 550 5.7.1 No; from=<a@a>, to=<b@b>, proto=SMTP, helo=<h>";
        let verdict = session(line).unwrap();
        assert_eq!((verdict.source, verdict.text), (PolicySource::Postscreen, &b"No"[..]));
        assert_eq!((verdict.from, verdict.to), (Some(&b"a@a"[..]), Some(&b"b@b"[..])));
        assert_eq!((verdict.proto, verdict.helo), (Some(&b"SMTP"[..]), Some(&b"h"[..])));
        // smtpd does not.
        let line = b"hold: RCPT from a[192.0.2.1]: No; from=<a@a>, to=<b@b>, proto=SMTP, helo=<h>";
        assert_eq!(session(line).unwrap().text, &line[30..]);
    }

    #[test]
    fn an_aborted_session_has_no_tail() {
        for (action, want, proto) in
            [("abort", "550 gone; proto=SMTP", None), ("info", "550 gone", Some(&b"SMTP"[..]))]
        {
            let line = format!("{action}: DATA from {CLIENT}: 550 gone; proto=SMTP");
            let verdict = session(line.as_bytes()).unwrap();
            assert_eq!((text(verdict.text), verdict.proto, verdict.code), (want, proto, None));
        }
    }

    #[test]
    fn replies() {
        type Reply = (&'static str, Option<u16>, Option<Dsn>, &'static str);
        const DSN: Option<Dsn> = Dsn::new(5, 1, 1);
        const REPLIES: [Reply; 20] = [
            ("550 5.1.1 no such user", Some(550), DSN, "no such user"),
            ("550 5.1.1", Some(550), DSN, ""),
            ("550 5.1.1 ", Some(550), DSN, ""),
            ("550 5.1.1, no", Some(550), None, "5.1.1, no"),
            ("550 no such user", Some(550), None, "no such user"),
            ("550", Some(550), None, ""),
            ("550 ", Some(550), None, ""),
            ("5.1.1 no", None, DSN, "no"),
            ("5.1.1", None, DSN, ""),
            ("bare <LF> received", None, None, "bare <LF> received"),
            ("200 x", Some(200), None, "x"),
            ("599 x", Some(599), None, "x"),
            ("199 x", None, None, "199 x"),
            ("600 x", None, None, "600 x"),
            ("5a0 x", None, None, "5a0 x"),
            ("55a x", None, None, "55a x"),
            ("5500 x", None, None, "5500 x"),
            ("550-x", None, None, "550-x"),
            ("55", None, None, "55"),
            ("", None, None, ""),
        ];
        for (reply, code, dsn, rest) in REPLIES {
            assert_eq!(split_reply(reply.as_bytes()), (code, dsn, rest.as_bytes()), "{reply}");
        }
    }

    #[test]
    fn the_tail_tells_where_an_object_ends() {
        for (reply, tail, want) in [
            ("554 <b@b>: no", "from=<a@a> to=<b@b> proto=SMTP", Some("b@b")),
            ("554 <a@a>: no", "from=<a@a> to=<b@b> proto=SMTP", Some("a@a")),
            ("554 <k>: no: <l>: no", "from=<a@a> to=<b@b> proto=SMTP", Some("k")),
            ("554 <>: no", "from=<> to=<b@b> proto=SMTP", Some("")),
            // Addresses that hold the mark; in the reply they are not quoted.
            (r"554 <a>: b@c>: no", r#"from=<a@a> to=<"a>: b"@c> proto=SMTP"#, Some("a>: b@c")),
            (r"554 <a>: b@c>: no", r#"from=<"a>: b"@c> to=<b@b> proto=SMTP"#, Some("a>: b@c")),
            // As wide as an address, yet not the address; the address, yet not to the mark.
            ("554 <k>: lm>: no", "from=<a@a> to=<b@b.cc> proto=SMTP", Some("k")),
            ("554 <b@b>:x>: no", "from=<a@a> to=<b@b> proto=SMTP", Some("b@b>:x")),
            // A HELO name, in the tail with `?` for what could mislead.
            ("554 <h>: lo>: no", "from=<a@a> to=<b@b> proto=SMTP helo=<h?:?lo>", Some("h>: lo")),
            ("554 <h>: lo>: no", "from=<a@a> to=<b@b> proto=SMTP helo=<g?:?lo>", Some("h")),
            ("554 <h>: lo>; no", "from=<a@a> to=<b@b> proto=SMTP helo=<h?:?lo>", Some("h")),
            ("554 <h?>: no", "from=<a@a> to=<b@b> proto=SMTP helo=<hx>", Some("h?")),
            ("554 <open", "from=<a@a> to=<b@b> proto=SMTP helo=<h>", None),
            ("554 no <b@b>: no", "from=<a@a> to=<b@b> proto=SMTP helo=<h>", None),
        ] {
            let mut line = String::new();
            let verdict = rcpt(&mut line, reply, tail);
            assert_eq!(verdict.object.map(text), want, "{reply}; {tail}");
        }
    }

    #[test]
    fn zones_of_dns_lists() {
        for (reply, want) in [
            ("554 Client host [192.0.2.1] blocked using bl.example", Some("bl.example")),
            (
                "554 Client host [192.0.2.1] blocked using bl.example; see policy",
                Some("bl.example"),
            ),
            ("554 Client host [192.0.2.1] blocked using bl.example see policy", Some("bl.example")),
            // The last is the real one: what stands before it can be said by a client.
            (
                "554 [x] blocked using fake.example; [y] blocked using bl.example",
                Some("bl.example"),
            ),
            ("554 [x] blocked using ; see policy", None),
            ("554 [x] blocked using", None),
            ("554 blocked using bl.example", None),
        ] {
            let mut line = String::new();
            let verdict = rcpt(&mut line, reply, "from=<a@a> to=<b@b> proto=SMTP");
            assert_eq!(verdict.dnsbl.map(text), want, "{reply}");
        }
    }
}
