//! The numbers that other exporters have too. What they count wrongly is said in README.md beside this program.

use postfix_log::event::{
    AbortReason, NotificationKind, PolicyAction, PolicyOutcome, PolicySource, Postscreen,
    PostscreenKind, TlsRole, TlsSession,
};
use postfix_log::{Delivery, Event, Header, Status};

use super::seen::{Fact, Seen};
use super::tally::{code, is_refusal};
use crate::families::{Counter, Spread};
use crate::numbers::Numbers;

/// The four parts of a delay, in the order of the log.
const STAGES: [&[u8]; 4] =
    [b"before_queue_manager", b"queue_manager", b"connection_setup", b"transmission"];

/// Counts a line of Postfix that stands for `times` lines.
pub(super) fn count(
    numbers: &mut Numbers,
    seen: &mut Seen,
    header: &Header<'_>,
    event: &Event<'_>,
    times: u64,
) {
    if let Event::Unrecognized(_) = event {
        let level = header.severity().map_or("info", |severity| severity.as_str());
        let service = header.program().unwrap_or_default();
        numbers.add(Counter::Unsupported, &[service, level.as_bytes()], times);
    }
    let mut add = |counter, labels: &[&[u8]]| numbers.add(counter, labels, times);
    let Some(program) = header.program() else { return };
    match (program, event) {
        (b"cleanup", Event::MessageId(id)) if !id.resent => add(Counter::CleanupProcessed, &[]),
        (b"cleanup", Event::PolicyAction(action)) => {
            let refused = is_refusal(action);
            if refused && action.source != PolicySource::Milter {
                add(Counter::CleanupRejected, &[]);
            }
            if refused || action.outcome() == Some(PolicyOutcome::Discarded) {
                add(Counter::CleanupNotAccepted, &[]);
            }
        }
        (b"qmgr", Event::QueueActive(active)) if seen.is_new(header, Fact::Active) => {
            numbers.spread(Spread::Inserted, &[], active.nrcpt, times);
            numbers.spread(Spread::InsertedSize, &[], active.size, times);
        }
        (b"qmgr", Event::Removed(_)) => {
            add(Counter::QmgrRemoved, &[]);
            seen.forget(header);
        }
        (b"qmgr", Event::Expired(_)) => add(Counter::QmgrExpired, &[]),
        (b"lmtp", Event::Delivery(delivery)) => {
            delays(numbers, Spread::LmtpDelay, &[], delivery, times);
        }
        (b"pipe", Event::Delivery(delivery)) => {
            delays(numbers, Spread::PipeDelay, &[delivery.relay.text], delivery, times);
        }
        (b"smtp", Event::Delivery(delivery)) => smtp(numbers, seen, header, delivery, times),
        (b"smtp", Event::ConnectFailure(failure)) if failure.reason == b"Connection timed out" => {
            add(Counter::SmtpTimedOut, &[]);
        }
        (b"smtp", Event::TlsSession(tls)) if tls.role == TlsRole::Client && !tls.reused => {
            session(numbers, Counter::SmtpTls, tls, times);
        }
        (b"smtpd", Event::TlsSession(tls)) if tls.role == TlsRole::Server && !tls.reused => {
            session(numbers, Counter::SmtpdTls, tls, times);
        }
        (b"smtpd", _) => smtpd(numbers, event, times),
        (b"bounce", Event::Notification(notice))
            if notice.kind == NotificationKind::SenderNonDelivery =>
        {
            add(Counter::NonDelivery, &[]);
        }
        (b"virtual", Event::Delivery(delivery)) if delivery.status == Status::Sent => {
            add(Counter::VirtualDelivered, &[]);
        }
        (b"postscreen", Event::Postscreen(line)) => postscreen(numbers, line, times),
        (b"postscreen", Event::PolicyAction(action)) if is_refusal(action) => {
            refused(numbers, action, times);
        }
        _ => {}
    }
}

/// The parts of a delay; `first` are the labels before the stage.
fn delays(
    numbers: &mut Numbers,
    spread: Spread,
    first: &[&[u8]],
    delivery: &Delivery<'_>,
    times: u64,
) {
    let parts = delivery.delays.into_iter().flat_map(|delays| delays.to_array());
    for (stage, part) in STAGES.iter().zip(parts) {
        let labels = [first, &[*stage]].concat();
        numbers.spread(spread, &labels, part.as_micros(), times);
    }
}

fn smtp(
    numbers: &mut Numbers,
    seen: &mut Seen,
    header: &Header<'_>,
    delivery: &Delivery<'_>,
    times: u64,
) {
    delays(numbers, Spread::SmtpDelay, &[], delivery, times);
    let status = delivery.status.as_str().as_bytes();
    numbers.add(Counter::SmtpProcessed, &[status], times);
    let dsn = delivery.dsn.map(|dsn| dsn.to_string()).unwrap_or_default();
    match delivery.status {
        Status::Deferred => {
            numbers.add(Counter::SmtpStatusDeferred, &[], times);
            numbers.add(Counter::SmtpDeferredByDsn, &[dsn.as_bytes()], times);
            if seen.is_new(header, Fact::Deferred) {
                numbers.add(Counter::SmtpDeferred, &[], 1);
            }
        }
        Status::Bounced => numbers.add(Counter::SmtpBouncedByDsn, &[dsn.as_bytes()], times),
        _ => {}
    }
}

fn smtpd(numbers: &mut Numbers, event: &Event<'_>, times: u64) {
    let mut add = |counter, labels: &[&[u8]]| numbers.add(counter, labels, times);
    match event {
        Event::Connect(connect) if !connect.outbound => add(Counter::SmtpdConnects, &[]),
        Event::Disconnect(_) => add(Counter::SmtpdDisconnects, &[]),
        Event::HostnameMismatch(_) => add(Counter::SmtpdFcrdns, &[]),
        Event::SessionAbort(abort) if abort.reason == AbortReason::LostConnection => {
            add(Counter::SmtpdLost, &[abort.stage]);
        }
        Event::QueueStart(start) => {
            add(Counter::SmtpdProcessed, &[start.sasl_method.unwrap_or_default()]);
        }
        Event::PolicyAction(action) if is_refusal(action) => {
            add(Counter::SmtpdRejected, &[code(action).as_bytes()]);
        }
        // The SASL library's own complaint stands beside the line about the client.
        Event::AuthFailure(failure) if failure.client.is_some() => {
            add(Counter::SmtpdAuthFailures, &[]);
        }
        _ => {}
    }
}

fn session(numbers: &mut Numbers, counter: Counter, tls: &TlsSession<'_>, times: u64) {
    let bits = [tls.cipher_bits, tls.cipher_algbits].map(|bits| bits.to_string());
    let [secret, algorithm] = bits.each_ref().map(|bits| bits.as_bytes());
    let labels = [tls.trust.unwrap_or_default(), tls.protocol, tls.cipher, secret, algorithm];
    numbers.add(counter, &labels, times);
}

fn postscreen(numbers: &mut Numbers, line: &Postscreen<'_>, times: u64) {
    let (counter, label) = match line.kind {
        PostscreenKind::Connect => (Counter::PsConnects, None),
        PostscreenKind::PassNew => (Counter::PsPasses, Some("new")),
        PostscreenKind::PassOld => (Counter::PsPasses, Some("old")),
        PostscreenKind::Allowlisted => (Counter::PsAccess, Some("allow")),
        PostscreenKind::Denylisted => (Counter::PsAccess, Some("deny")),
        PostscreenKind::Hangup => (Counter::PsHangups, None),
        PostscreenKind::Pregreet => (Counter::PsTestsFailed, Some("PREGREET")),
        PostscreenKind::NonSmtpCommand => (Counter::PsTestsFailed, Some("NON_SMTP_COMMAND")),
        PostscreenKind::CommandPipelining => (Counter::PsTestsFailed, Some("COMMAND_PIPELINING")),
        PostscreenKind::BareNewline => (Counter::PsTestsFailed, Some("BARE_NEWLINE")),
        PostscreenKind::CommandLimit => {
            let test = match line.text {
                Some(b"COMMAND TIME LIMIT") => "COMMAND_TIME_LIMIT",
                Some(b"COMMAND COUNT LIMIT") => "COMMAND_COUNT_LIMIT",
                _ => "COMMAND_LENGTH_LIMIT",
            };
            (Counter::PsTestsFailed, Some(test))
        }
        PostscreenKind::DnsblRank => {
            let rank = line.rank.unwrap_or(0).max(0).unsigned_abs();
            return numbers.spread(Spread::PsRank, &[], rank, times);
        }
        _ => return,
    };
    match label {
        Some(label) => numbers.add(counter, &[label.as_bytes()], times),
        None => numbers.add(counter, &[], times),
    }
}

/// A refusal of postscreen: of a connection, for want of room, or of a recipient.
fn refused(numbers: &mut Numbers, action: &PolicyAction<'_>, times: u64) {
    let at_once = action.stage.is_some_and(|stage| stage.eq_ignore_ascii_case(b"CONNECT"));
    if at_once && action.code.is_none() {
        numbers.add(Counter::PsConnectsRejected, &[action.text], times);
    } else {
        numbers.add(Counter::PsRejected, &[code(action).as_bytes()], times);
    }
}
