//! From a payload to its event: by program, then by the first bytes.
//!
//! Most forms belong to one program, so the same steps serve lines whose program is unknown. The program is tested only
//! where two of them write the same text.

use super::*;
use crate::event::delivery;
use crate::event::peer::Client;
use crate::event::policy;
use crate::header::Header;
use crate::header::program::Program;

impl<'a> Header<'a> {
    /// The event that the line reports.
    #[must_use]
    #[inline]
    pub fn event(&self) -> Event<'a> {
        if !self.is_postfix() {
            return Event::Foreign(self.payload());
        }
        if self.tag.is_doubtful() {
            return self.doubtful_event();
        }
        event(&self.payload)
    }

    /// Lines that are recognized by a few general marks do not prove that a doubtful tag is one of Postfix.
    #[cold]
    fn doubtful_event(&self) -> Event<'a> {
        match event(&self.payload) {
            Event::Unrecognized(_) => Event::Foreign(self.payload()),
            Event::Info(line) if line.template == info::VERBOSE => Event::Foreign(self.payload()),
            event => event,
        }
    }
}

// An event is large, so each of these functions builds it where its caller wants it, rather than moving it.
pub(super) fn event<'a>(payload: &Payload<'a>) -> Event<'a> {
    if payload.program == Program::Foreign {
        return foreign(payload);
    }
    match payload.severity {
        Some(severity) => severe(payload.program, severity, payload.text()),
        None if payload.has_id() => with_id(payload),
        None => without_id(payload),
    }
}

/// A line of a kind without members.
#[cold]
fn without_members<'a>(payload: &Payload<'a>) -> Event<'a> {
    let text = payload.text();
    match info::template(payload.program, payload.has_id(), text) {
        Some(template) => Event::Info(Info { template, text }),
        None => Event::Unrecognized(text),
    }
}

/// A delivery agent with a name of its own writes the usual line; other lines are not from Postfix.
fn foreign<'a>(payload: &Payload<'a>) -> Event<'a> {
    let delivery = payload
        .text()
        .strip_prefix(b"to=<")
        .filter(|_| payload.has_id() && payload.severity.is_none())
        .and_then(delivery::parse);
    match delivery {
        Some(delivery) => Event::Delivery(delivery),
        None => Event::Foreign(payload.whole),
    }
}

fn with_id<'a>(payload: &Payload<'a>) -> Event<'a> {
    match payload.text() {
        [b't', b'o', b'=', b'<', rest @ ..] => {
            if let Some(delivery) = delivery::parse(rest) {
                return Event::Delivery(delivery);
            }
        }
        [b'f', b'r', b'o', b'm', b'=', b'<', rest @ ..] => match queue::from(rest) {
            Some(queue::From::Active(active)) => return Event::QueueActive(active),
            Some(queue::From::Expired(expired)) => return Event::Expired(expired),
            None => {}
        },
        [b'm', b'e', b's', b's', b'a', b'g', b'e', b'-', b'i', b'd', b'=', value @ ..] => {
            return Event::MessageId(MessageId { value, resent: false });
        }
        [b'c', b'l', b'i', b'e', b'n', b't', b'=', rest @ ..] => {
            if let Some(start) = queue::start_smtp(rest) {
                return Event::QueueStart(start);
            }
        }
        b"removed" if payload.program != Program::Postsuper => {
            let ambiguous = payload.program == Program::Any;
            return Event::Removed(Removed { why: None, ambiguous });
        }
        [b'r', b'e', b'j', b'e', b'c', b't', b':', b' ', b'R', b'C', b'P', b'T', b' ', ..] => {
            if let Some(verdict) = policy::session(payload.text()) {
                return Event::PolicyAction(verdict);
            }
            return rarer(payload);
        }
        _ => return rarer(payload),
    }
    without_members(payload)
}

fn rarer<'a>(payload: &Payload<'a>) -> Event<'a> {
    match rarer_with_id(payload.program, payload.text()) {
        Some(event) => event,
        None => without_members(payload),
    }
}

fn removed<'a>(why: RemovedWhy) -> Option<Event<'a>> {
    Some(Event::Removed(Removed { why: Some(why), ambiguous: false }))
}

fn rarer_with_id<'a>(program: Program, text: &'a [u8]) -> Option<Event<'a>> {
    match text {
        [b't', b'o', b'=', rest @ ..] => return delivery::parse_bare(rest).map(Event::Delivery),
        b"removed" => return admin::message(text).map(Event::QueueAdmin),
        b"removed (canceled)" => return removed(RemovedWhy::Canceled),
        b"removed (discarded)" => return removed(RemovedWhy::Discarded),
        [b'u', b'i', b'd', b'=', rest @ ..] => {
            return queue::start_pickup(rest).map(Event::QueueStart);
        }
        _ => {}
    }
    if let Some(value) = text.strip_prefix(b"resent-message-id=") {
        return Some(Event::MessageId(MessageId { value, resent: true }));
    }
    if let Some(notification) = queue::notification(text) {
        return Some(Event::Notification(notification));
    }
    if program.may_be(Program::Postsuper) {
        if let Some(line) = admin::message(text) {
            return Some(Event::QueueAdmin(line));
        }
    }
    if let Some(verdict) = verdict(program, text) {
        return Some(Event::PolicyAction(verdict));
    }
    if program.may_be(Program::Smtpd) {
        if let Some(abort) = session::abort(text) {
            return Some(Event::SessionAbort(abort));
        }
    }
    if program.may_be(Program::Qmqpd) {
        if let Some(abort) = session::qmqp_abort(text) {
            return Some(Event::SessionAbort(abort));
        }
    }
    if program.may_be(Program::Smtp) && !info::is_known(text) {
        return smtp::attempt(text).map(Event::ConnectFailure);
    }
    None
}

fn verdict<'a>(program: Program, text: &'a [u8]) -> Option<PolicyAction<'a>> {
    policy::session(text)
        .or_else(|| policy::content(text))
        .or_else(|| program.may_be(Program::Smtp).then(|| policy::sender_side(text)).flatten())
}

fn without_id<'a>(payload: &Payload<'a>) -> Event<'a> {
    let text = payload.text();
    if let Some(rest) = text.strip_prefix(b"connect from ") {
        if let Some(connect) = session::connect(rest) {
            return Event::Connect(connect);
        }
    } else if let Some(rest) = text.strip_prefix(b"disconnect from ") {
        if let Some(disconnect) = session::disconnect(rest) {
            return Event::Disconnect(disconnect);
        }
    } else if let Some(b'A' | b'U' | b'T' | b'V') = text.first() {
        if let Some(session) = tls::session(text) {
            return Event::TlsSession(session);
        }
        return rare(payload);
    } else {
        return rare(payload);
    }
    without_members(payload)
}

fn rare<'a>(payload: &Payload<'a>) -> Event<'a> {
    match rare_without_id(payload.program, payload.text()) {
        Some(event) => event,
        None => without_members(payload),
    }
}

fn rare_without_id<'a>(program: Program, text: &'a [u8]) -> Option<Event<'a>> {
    match text.first()? {
        b'c' => smtp::connect_failure(text)
            .map(Event::ConnectFailure)
            .or_else(|| statistics::cache_cleanup(text).map(Event::Statistics))
            .or_else(|| tls::failure(text).map(Event::TlsFailure)),
        b'd' => master::state(text).map(Event::Master),
        b'C' | b'D' => capital(program, text),
        b'P' | b'A' | b'W' | b'B' | b'H' | b'N' if program.may_be(Program::Postscreen) => {
            postscreen::line(text)
                .map(Event::Postscreen)
                .or_else(|| client::pregreet(text).map(Event::ProtocolViolation))
                .or_else(|| other(program, text))
        }
        b'P' => {
            client::pregreet(text).map(Event::ProtocolViolation).or_else(|| other(program, text))
        }
        b'l' | b'e' => session::abort(text)
            .map(Event::SessionAbort)
            .or_else(|| postscreen::line(text).map(Event::Postscreen)),
        b'm' => master::state(text).map(Event::Master).or_else(|| other(program, text)),
        b't' => session::abort(text)
            .map(Event::SessionAbort)
            .or_else(|| master::state(text).map(Event::Master))
            .or_else(|| other(program, text)),
        b's' => match text.strip_prefix(b"statistics: ") {
            Some(rest) => statistics::line(rest).map(Event::Statistics),
            None => tls::failure(text).map(Event::TlsFailure).or_else(|| other(program, text)),
        },
        b'a' if text.starts_with(b"addr ") => postscreen::dnsbl_hit(text).map(Event::DnsblHit),
        b'i' => client::pipelining(text).map(Event::ProtocolViolation),
        b'p' => policy::session(text).map(Event::PolicyAction),
        b'r' => policy::session(text)
            .map(Event::PolicyAction)
            .or_else(|| master::state(text).map(Event::Master))
            .or_else(|| other(program, text)),
        _ => other(program, text),
    }
}

/// `CONNECT` and `DISCONNECT` are words of postscreen and of tlsproxy.
fn capital<'a>(program: Program, text: &'a [u8]) -> Option<Event<'a>> {
    if program.may_be(Program::Postscreen) {
        // postscreen names its own side since 2.9; tlsproxy never does.
        let old =
            |line: &Postscreen<'_>| line.kind == PostscreenKind::Connect && line.server.is_none();
        let line = postscreen::line(text);
        if let Some(mut line) = line.filter(|line| program == Program::Postscreen || !old(line)) {
            line.ambiguous = program == Program::Any && line.kind == PostscreenKind::Disconnect;
            return Some(Event::Postscreen(line));
        }
    }
    if program.may_be(Program::Tlsproxy) {
        if let Some(client) = text.strip_prefix(b"CONNECT from ").and_then(Client::whole) {
            return Some(Event::Connect(Connect { client, outbound: false }));
        }
        if let Some(client) = text.strip_prefix(b"CONNECT to ").and_then(Client::whole) {
            return Some(Event::Connect(Connect { client, outbound: true }));
        }
        if let Some(client) = text.strip_prefix(b"DISCONNECT ").and_then(Client::whole) {
            return Some(Event::Disconnect(Disconnect { client, counters: &[] }));
        }
    }
    other(program, text)
}

/// Forms that any program may log, and rare ones.
fn other<'a>(program: Program, text: &'a [u8]) -> Option<Event<'a>> {
    if let Some(session) = tls::session(text) {
        return Some(Event::TlsSession(session));
    }
    if let Some(failure) = tls::failure(text) {
        return Some(Event::TlsFailure(failure));
    }
    if program.may_be(Program::Postsuper) {
        if let Some(line) = admin::summary(text) {
            return Some(Event::QueueAdmin(line));
        }
    }
    match program {
        Program::Script | Program::Any => master::script(text).map(Event::Master),
        _ => None,
    }
}

fn severe<'a>(program: Program, severity: Severity, text: &'a [u8]) -> Event<'a> {
    telling(program, text)
        .or_else(|| trouble::trouble(program, severity, text).map(Event::Trouble))
        .unwrap_or(Event::Diagnostic(Diagnostic { severity, text }))
}

/// Lines with a severity that say more than their text.
fn telling<'a>(program: Program, text: &'a [u8]) -> Option<Event<'a>> {
    if let Some(failure) = tls::failure(text) {
        return Some(Event::TlsFailure(failure));
    }
    match program {
        Program::Smtpd | Program::Qmqpd => client_trouble(text),
        Program::Smtp => client::odd_response(text)
            .map(Event::ProtocolViolation)
            .or_else(|| client::auth_library(text).map(Event::AuthFailure)),
        Program::Master => master::warning(text).map(Event::Master),
        Program::Postsuper => admin::renamed(text).map(Event::QueueAdmin),
        Program::Any => client_trouble(text)
            .or_else(|| client::odd_response(text).map(Event::ProtocolViolation))
            .or_else(|| master::warning(text).map(Event::Master))
            .or_else(|| admin::renamed(text).map(Event::QueueAdmin)),
        _ => None,
    }
}

fn client_trouble<'a>(text: &'a [u8]) -> Option<Event<'a>> {
    match text.first()? {
        b'n' => client::non_smtp(text).map(Event::ProtocolViolation).or_else(|| client_first(text)),
        b'I' => client::illegal_address(text)
            .map(Event::ProtocolViolation)
            .or_else(|| client_first(text)),
        b'S' => client::auth_library(text).map(Event::AuthFailure).or_else(|| client_first(text)),
        b'h' => client::hostname(text).map(Event::HostnameMismatch).or_else(|| client_first(text)),
        _ => client_first(text),
    }
}

/// Warnings that begin with the client, and those that name it later.
fn client_first<'a>(text: &'a [u8]) -> Option<Event<'a>> {
    client::auth(text)
        .map(Event::AuthFailure)
        .or_else(|| client::long_request(text).map(Event::ProtocolViolation))
        .or_else(|| client::rate_limit(text).map(Event::RateLimit))
        .or_else(|| client::refused_tls(text).map(Event::RateLimit))
        .or_else(|| client::bdat(text).map(Event::ProtocolViolation))
        .or_else(|| client::hostname_old(text).map(Event::HostnameMismatch))
}
