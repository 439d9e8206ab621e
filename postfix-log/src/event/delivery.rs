//! The delivery status line, one per recipient and attempt (Postfix `src/global/log_adhoc.c`).

use crate::debug::text_debug;
use crate::event::address;
use crate::event::delay::Delay;
use crate::event::dsn::Dsn;
use crate::event::peer::Relay;
use crate::event::status::Status;
use crate::field;
use crate::scan;

/// One attempt to deliver to one recipient.
///
/// ```
/// use postfix_log::{Event, Status, parse_payload};
/// let line = b"1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.30]:25, delay=0.91, \
///     delays=0.08/0.01/0.52/0.3, dsn=2.0.0, status=sent (250 2.0.0 Ok)";
/// let Event::Delivery(delivery) = parse_payload(b"smtp", line) else { panic!() };
/// assert_eq!(delivery.to, b"bob@b.example");
/// assert_eq!(delivery.delays.unwrap().connection.as_micros(), 520_000);
/// assert_eq!(delivery.status, Status::Sent);
/// assert_eq!(delivery.reason, b"250 2.0.0 Ok");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Delivery<'a> {
    /// The recipient after all rewriting. It may have no domain.
    pub to: &'a [u8],
    /// The recipient before alias expansion, if it differs from `to`.
    pub orig_to: Option<&'a [u8]>,
    /// The server or local agent that the message was given to.
    pub relay: Relay<'a>,
    /// How many deliveries were made over this cached connection, 2 or more; `None` for the first.
    pub conn_use: Option<u64>,
    /// Time from the arrival of the message to the end of this attempt. It is cumulative, not the duration of the
    /// attempt.
    pub delay: Delay,
    /// The four parts of the delay; `None` before Postfix 2.3.
    pub delays: Option<Delays>,
    /// The TLS summary as logged (3.11 and later): features separated by `/`, such as `may` or `dane:halfdane`
    /// (downgraded). `!` precedes a feature that was required but not possible, and `?` follows one that was left
    /// undecided.
    pub tls: Option<&'a [u8]>,
    /// The enhanced status code; `None` before Postfix 2.3.
    pub dsn: Option<Dsn>,
    /// The outcome.
    pub status: Status,
    /// The status as logged, which tells the word when `status` is [`Status::Other`].
    pub status_word: &'a [u8],
    /// The text inside the last parentheses. See [`Delivery::parse_reason`].
    pub reason: &'a [u8],
    /// True when the line can be read in more than one way. Postfix 3.5 and later quote addresses and cannot
    /// write such lines, except where the reply of a remote server imitates one.
    pub ambiguous: bool,
    /// True when the closing parenthesis is missing because the logger cut the line.
    pub truncated: bool,
}

text_debug! { Delivery<'_> { to, orig_to, relay, conn_use, delay, delays, tls, dsn, status, status_word, reason, ambiguous, truncated } }

/// The four parts of a delay.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Delays {
    /// Time before the queue manager took the message: receiving it, and all earlier waiting in the queue.
    pub before_queue_manager: Delay,
    /// Time in the active queue.
    pub queue_manager: Delay,
    /// Time to set up the connection: DNS, connecting, greeting and TLS.
    pub connection: Delay,
    /// Time to transmit the message, or to run a local agent.
    pub transmission: Delay,
}

impl Delays {
    /// The parts in the order of the log.
    #[must_use]
    pub fn to_array(self) -> [Delay; 4] {
        [self.before_queue_manager, self.queue_manager, self.connection, self.transmission]
    }
}

/// What follows `to=<`.
#[inline]
pub(crate) fn parse(text: &[u8]) -> Option<Delivery<'_>> {
    if let Some((to, rest)) = address::split_strict(text) {
        if let Some(rest) = rest.strip_prefix(b", relay=") {
            if let Some(mut delivery) = after_relay(to, None, rest) {
                delivery.ambiguous = holds_chain(delivery.reason);
                return Some(delivery);
            }
        }
    }
    parse_any(text)
}

/// As [`parse`], for all lines.
fn parse_any(text: &[u8]) -> Option<Delivery<'_>> {
    if let Some((to, rest)) = address::split_strict(text) {
        if let Some(mut delivery) = chain(to, rest) {
            delivery.ambiguous = holds_chain(delivery.reason);
            return Some(delivery);
        }
    }
    internal_form(text)
}

/// What follows `to=` where no bracket does, as the first releases wrote it: `to=user@host, relay=…`.
#[cold]
pub(crate) fn parse_bare(text: &[u8]) -> Option<Delivery<'_>> {
    let mark = b", relay=";
    scan::texts(text, mark).take(MAX_READINGS).find_map(|at| {
        let (to, rest) = field::split_around(text, at, mark.len())?;
        let is_bare = |byte: &u8| !matches!(byte, b' ' | b'<' | b'>' | b',');
        (!to.is_empty() && to.iter().all(is_bare)).then(|| fields(to, None, rest))?
    })
}

/// Places at which a second reading is looked for. More occur only in lines made to confuse; their
/// number bounds the time for one line.
const MAX_READINGS: usize = 32;

/// A recipient that was not quoted (before Postfix 3.5): any `>` may end it. The shortest address
/// wins; a second reading, or a reading without a domain, is reported.
#[cold]
fn internal_form(text: &[u8]) -> Option<Delivery<'_>> {
    let mut readings = endings(text).take(MAX_READINGS).filter_map(|(to, rest)| chain(to, rest));
    let first = readings.next()?;
    let domainless = memchr::memchr(b'@', first.to).is_none();
    Some(Delivery { ambiguous: domainless || readings.next().is_some(), ..first })
}

/// True when some `>` in a reason is followed by all the fields of a delivery line, or when there
/// are too many to look at.
#[inline]
fn holds_chain(reason: &[u8]) -> bool {
    memchr::memchr(b'>', reason).is_some_and(|at| holds_chain_from(reason.get(at..)))
}

fn holds_chain_from(reason: Option<&[u8]>) -> bool {
    let reason = reason.unwrap_or_default();
    let mut places = endings(reason);
    let found = places.by_ref().take(MAX_READINGS).any(|(head, rest)| chain(head, rest).is_some());
    found || places.next().is_some()
}

/// The places where an address could end: text before the `>`, text after it.
fn endings(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    memchr::memchr_iter(b'>', text)
        .filter_map(|at| field::split_around(text, at, 1))
        .filter(|(_, rest)| matches!(rest, [b',', b' ', b'o' | b'r', ..]))
}

/// The fields after the recipient, in their fixed order.
fn chain<'a>(to: &'a [u8], rest: &'a [u8]) -> Option<Delivery<'a>> {
    let rest = rest.strip_prefix(b", ")?;
    if let Some(rest) = rest.strip_prefix(b"relay=") {
        return fields(to, None, rest);
    }
    let text = rest.strip_prefix(b"orig_to=<")?;
    if let Some((orig_to, rest)) = address::split_strict(text) {
        if let Some(rest) = rest.strip_prefix(b", relay=") {
            if let Some(delivery) = fields(to, Some(orig_to), rest) {
                return Some(delivery);
            }
        }
    }
    scan::texts(text, b">, relay=").take(MAX_READINGS).find_map(|at| {
        let (orig_to, rest) = field::split_around(text, at, b">, relay=".len())?;
        fields(to, Some(orig_to), rest)
    })
}

fn fields<'a>(to: &'a [u8], orig_to: Option<&'a [u8]>, rest: &'a [u8]) -> Option<Delivery<'a>> {
    after_relay(to, orig_to, rest)
}

/// What follows `relay=`. The usual line has this inline, the others call [`fields`].
#[inline(always)]
fn after_relay<'a>(
    to: &'a [u8],
    orig_to: Option<&'a [u8]>,
    rest: &'a [u8],
) -> Option<Delivery<'a>> {
    let (relay, rest) = field::cut_byte(rest, b',')?;
    let (conn_use, rest) = match rest.strip_prefix(b" conn_use=") {
        Some(rest) => {
            let (count, rest) = field::number(rest)?;
            (Some(count), rest.strip_prefix(b",")?)
        }
        None => (None, rest),
    };
    let (delay, rest) = Delay::split_prefix(rest.strip_prefix(b" delay=")?)?;
    let rest = rest.strip_prefix(b", ")?;
    let (delays, rest) = match rest.strip_prefix(b"delays=") {
        Some(rest) => {
            let (delays, rest) = four_delays(rest)?;
            (Some(delays), rest.strip_prefix(b", ")?)
        }
        None => (None, rest),
    };
    let (tls, rest) = match rest.strip_prefix(b"tls=") {
        Some(rest) => {
            let (tls, rest) = field::cut_byte(rest, b',')?;
            (Some(tls), rest.strip_prefix(b" ")?)
        }
        None => (None, rest),
    };
    let (dsn, rest) = match rest.strip_prefix(b"dsn=") {
        Some(rest) => {
            let (dsn, rest) = Dsn::split_prefix(rest)?;
            (Some(dsn), rest.strip_prefix(b", ")?)
        }
        None => (None, rest),
    };
    let (word, rest) = field::cut_byte(rest.strip_prefix(b"status=")?, b' ')?;
    let status = Status::from_word(word);
    if status == Status::Other && !is_status(word) {
        return None;
    }
    let reason = rest.strip_prefix(b"(")?;
    let (reason, truncated) = match reason {
        [reason @ .., b')'] => (reason, false),
        _ => (reason, true),
    };
    Some(Delivery {
        to,
        orig_to,
        relay: Relay::parse(relay),
        conn_use,
        delay,
        delays,
        tls,
        dsn,
        status,
        status_word: word,
        reason,
        ambiguous: false,
        truncated,
    })
}

fn is_status(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
}

fn four_delays(text: &[u8]) -> Option<(Delays, &[u8])> {
    let (before_queue_manager, rest) = Delay::split_prefix(text)?;
    let (queue_manager, rest) = Delay::split_prefix(rest.strip_prefix(b"/")?)?;
    let (connection, rest) = Delay::split_prefix(rest.strip_prefix(b"/")?)?;
    let (transmission, rest) = Delay::split_prefix(rest.strip_prefix(b"/")?)?;
    Some((Delays { before_queue_manager, queue_manager, connection, transmission }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields after the recipient, as Postfix 3.7 writes them.
    const FIELDS: &str = "relay=mx.b.example[203.0.113.30]:25, delay=0.91, delays=0.08/0.01/0.52/0.3, \
        dsn=2.0.0, status=sent (250 2.0.0 Ok)";

    fn text(bytes: &[u8]) -> &str {
        core::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_field() {
        let line = b"bob@b.example>, orig_to=<bob>, relay=mx.b.example[203.0.113.30]:25, conn_use=12, \
            delay=0.91, delays=0.08/0.01/0.52/0.3, tls=may, dsn=4.7.650, status=deferred (host said: 450)";
        let delays = Delays {
            before_queue_manager: Delay::from_micros(80_000),
            queue_manager: Delay::from_micros(10_000),
            connection: Delay::from_micros(520_000),
            transmission: Delay::from_micros(300_000),
        };
        let want = Delivery {
            to: b"bob@b.example",
            orig_to: Some(b"bob"),
            relay: Relay::parse(b"mx.b.example[203.0.113.30]:25"),
            conn_use: Some(12),
            delay: Delay::from_micros(910_000),
            delays: Some(delays),
            tls: Some(b"may"),
            dsn: Dsn::new(4, 7, 650),
            status: Status::Deferred,
            status_word: b"deferred",
            reason: b"host said: 450",
            ambiguous: false,
            truncated: false,
        };
        assert_eq!(parse(line), Some(want));
        assert_eq!(delays.to_array().map(Delay::as_micros), [80_000, 10_000, 520_000, 300_000]);
    }

    #[test]
    fn fields_that_may_be_missing() {
        let line = b"root>, relay=none, delay=3, status=bounced (unknown user)";
        let delivery = parse(line).unwrap();
        assert_eq!((delivery.to, delivery.relay.is_none()), (&b"root"[..], true));
        assert_eq!((delivery.orig_to, delivery.conn_use, delivery.delays), (None, None, None));
        assert_eq!((delivery.tls, delivery.dsn, delivery.truncated), (None, None, false));
        assert!(!delivery.ambiguous);
        // The null recipient, and an empty reason.
        let delivery = parse(b">, relay=none, delay=3, status=sent ()").unwrap();
        assert_eq!((delivery.to, delivery.reason), (&b""[..], &b""[..]));
    }

    #[test]
    fn a_field_out_of_place_is_no_delivery() {
        for bad in [
            "bob@b.example",
            "bob@b.example>",
            "bob@b.example>; relay=none, delay=3, status=sent (x)",
            "bob@b.example>, size=3, delay=3, status=sent (x)",
            "bob@b.example>, orig_to=bob, relay=none, delay=3, status=sent (x)",
            "bob@b.example>, relay=none",
            "bob@b.example>, relay=none, conn_use=, delay=3, status=sent (x)",
            "bob@b.example>, relay=none, conn_use=2 delay=3, status=sent (x)",
            "bob@b.example>, relay=none, delay=, status=sent (x)",
            "bob@b.example>, relay=none, delay=3 status=sent (x)",
            "bob@b.example>, relay=none, delay=3, delays=1/2/3, status=sent (x)",
            "bob@b.example>, relay=none, delay=3, delays=1/2/3/4/5, status=sent (x)",
            "bob@b.example>, relay=none, delay=3, tls=may dsn=2.0.0 status=sent (x)",
            "bob@b.example>, relay=none, delay=3, tls=may,dsn=2.0.0, status=sent (x)",
            "bob@b.example>, relay=none, delay=3, dsn=3.0.0, status=sent (x)",
            "bob@b.example>, relay=none, delay=3, dsn=2.0.0 status=sent (x)",
            "bob@b.example>, relay=none, delay=3, dsn=2.0.0, state=sent (x)",
            "bob@b.example>, relay=none, delay=3, dsn=2.0.0, status=sent",
            "bob@b.example>, relay=none, delay=3, dsn=2.0.0, status=sent x)",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_status_is_a_word_of_letters() {
        let status = |word: &str| {
            let line = format!("b>, relay=none, delay=3, dsn=2.0.0, status={word} (x)");
            parse(line.as_bytes()).map(|delivery| text(delivery.status_word).to_owned())
        };
        for word in ["sent", "SOFTBOUNCE", "undeliverable-but-not-cached", "held", "held-up", "-"] {
            assert_eq!(status(word).as_deref(), Some(word));
        }
        for word in ["", "s3nt", "held_up", "sent,", "\u{e9}"] {
            assert_eq!(status(word), None, "{word}");
        }
    }

    #[test]
    fn a_cut_line_keeps_what_is_left() {
        let delivery =
            parse(b"b@c>, relay=none, delay=3, dsn=4.4.1, status=deferred (connect to").unwrap();
        assert_eq!((delivery.reason, delivery.truncated), (&b"connect to"[..], true));
        let delivery =
            parse(b"b@c>, relay=none, delay=3, dsn=4.4.1, status=deferred (x))").unwrap();
        assert_eq!((delivery.reason, delivery.truncated), (&b"x)"[..], false));
    }

    #[test]
    fn recipients_in_both_forms() {
        for (to, ambiguous) in [
            ("bob@b.example", false),
            (r#""a>, relay=x, b"@c"#, false),
            (r#""a\">b"@c"#, false),
            ("", false),
            // Not quoted: any `>` may be the end.
            ("a b@c", false),
            ("a>b@c", false),
            (r#""a@c"#, false),
            ("a b", true),
        ] {
            let line = format!("{to}>, {FIELDS}");
            let delivery = parse(line.as_bytes()).unwrap();
            assert_eq!((text(delivery.to), delivery.ambiguous), (to, ambiguous));
            assert_eq!(delivery.reason, b"250 2.0.0 Ok");
        }
    }

    #[test]
    fn original_recipients_in_both_forms() {
        for orig_to in
            ["root", "", "postmaster@b", r#""a>, relay=b"@c"#, "a b@c", "a>, b@c", "a@b@c"]
        {
            let line = format!("bob@b.example>, orig_to=<{orig_to}>, {FIELDS}");
            let delivery = parse(line.as_bytes()).unwrap();
            assert_eq!(delivery.orig_to.map(text), Some(orig_to));
            assert_eq!(delivery.to, b"bob@b.example");
        }
        // The first place where an address could end is not the one that all fields follow.
        let line = format!("b>, orig_to=<a>, relay=c>, {FIELDS}");
        assert_eq!(parse(line.as_bytes()).unwrap().orig_to, Some(&b"a>, relay=c"[..]));
    }

    #[test]
    fn a_second_reading_is_reported() {
        // Without quotes the shortest address wins.
        let twice = format!("a b@c>, {FIELDS}>, {FIELDS}");
        let delivery = parse(twice.as_bytes()).unwrap();
        assert_eq!((text(delivery.to), delivery.ambiguous), ("a b@c", true));
        // With quotes only a reply can imitate the line.
        let twice = format!("a@c>, {FIELDS}>, {FIELDS}");
        let delivery = parse(twice.as_bytes()).unwrap();
        assert_eq!((text(delivery.to), delivery.ambiguous), ("a@c", true));
        let part =
            "a@c>, relay=none, delay=3, status=bounced (450 <b@c>, relay=x, delay=3, dsn=2.0.0)";
        assert!(!parse(part.as_bytes()).unwrap().ambiguous);
    }

    #[test]
    fn more_places_than_are_looked_at_are_reported() {
        for (places, ambiguous) in [(0, false), (MAX_READINGS, false), (MAX_READINGS + 1, true)] {
            let line =
                format!("a@c>, relay=none, delay=3, status=sent ({})", ">, o".repeat(places));
            assert_eq!(parse(line.as_bytes()).unwrap().ambiguous, ambiguous, "{places}");
        }
        // Only ends that a field could follow are counted.
        let line = format!(
            "a@c>, relay=none, delay=3, status=sent ({})",
            ">, x>,r> r".repeat(MAX_READINGS)
        );
        assert!(!parse(line.as_bytes()).unwrap().ambiguous);
    }
}
