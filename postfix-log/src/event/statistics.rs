//! Figures that anvil, scache, postscreen and verify log about themselves.

use crate::debug::text_debug;
use crate::event::peer::PeerAddress;
use crate::field;

/// Counters that anvil, scache, postscreen or verify log about themselves.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"statistics: max connection rate 3/60s for (smtp:192.0.2.25) at Nov 22 11:00:01";
/// let Event::Statistics(statistics) = parse_payload(b"anvil", line) else { panic!() };
/// assert_eq!(statistics.service, Some(&b"smtp"[..]));
/// assert!(statistics.figures().any(|(_, value)| value == 3));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Statistics<'a> {
    /// What was counted: `max connection rate`, `domain lookup`, `cache full cleanup`, ...
    pub name: &'a [u8],
    /// The figures, in the logged order.
    pub(crate) values: [Option<(&'static str, u64)>; 3],
    /// The service (anvil).
    pub service: Option<&'a [u8]>,
    /// The client address or network (anvil), or `unknown`.
    pub address: Option<PeerAddress<'a>>,
    /// When the maximum was reached or the interval began, as local time in the form of `ctime`.
    pub at: Option<&'a [u8]>,
    /// The cache that was cleaned up (postscreen, verify).
    pub map: Option<&'a [u8]>,
}

text_debug! { Statistics<'_> { name, values, service, address, at, map } }

impl<'a> Statistics<'a> {
    fn new(name: &'a [u8], values: [Option<(&'static str, u64)>; 3]) -> Self {
        Self { name, values, service: None, address: None, at: None, map: None }
    }

    /// The counters by name, in the order of the log.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, u64)> + Clone + use<> {
        self.values.into_iter().flatten()
    }
}

/// What follows `statistics: `.
pub(crate) fn line(text: &[u8]) -> Option<Statistics<'_>> {
    if let Some(at) = text.strip_prefix(b"start interval ") {
        return Some(Statistics { at: Some(at), ..Statistics::new(b"start interval", [None; 3]) });
    }
    if text.starts_with(b"max ") {
        return simultaneous(text).or_else(|| maximum(text));
    }
    lookups(text)
}

/// anvil's `max {kind} rate {n}/{t}s for ({svc}:{address}) at {ts}`, `max {kind} count {n} for ...`,
/// `max cache size {n} at {ts}`.
fn maximum(text: &[u8]) -> Option<Statistics<'_>> {
    let (rest, at) = field::cut_last(text, b" at ")?;
    let (rest, who) = match field::cut(rest, b" for (") {
        Some((rest, who)) => (rest, Some(who.strip_suffix(b")")?)),
        None => (rest, None),
    };
    let (name, figures) = field::cut_last_byte(rest, b' ')?;
    let (count, rest) = field::number(figures)?;
    let interval = match rest {
        [] => None,
        rest => {
            let (seconds, unit) = field::number(rest.strip_prefix(b"/")?)?;
            (unit == b"s").then_some(("interval_s", seconds))
        }
    };
    if !rest.is_empty() && interval.is_none() {
        return None;
    }
    let mut line = Statistics::new(name, [Some(("count", count)), interval, None]);
    line.at = Some(at);
    if let Some((service, address)) = who.and_then(ident) {
        (line.service, line.address) = (Some(service), Some(PeerAddress(address)));
    }
    Some(line)
}

/// `{service}:{address}`, where both may hold colons. A service is the name column of master.cf, so that
/// `25:2001:db8::7` and `localhost:25:2001:db8::7` are the same address: the first colon is taken that
/// leaves a whole service before it and an address after it that cannot begin with the port.
fn ident(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let places = || {
        memchr::memchr_iter(b':', text)
            .filter_map(|at| field::split_around(text, at, 1))
            .filter(|(service, address)| !service.is_empty() && is_addr(address))
    };
    places()
        .find(|(service, address)| is_service(service) && !begins_with_port(address))
        .or_else(|| places().find(|(service, _)| is_service(service)))
        .or_else(|| places().next_back())
        .or_else(|| field::cut_last_byte(text, b':'))
}

/// A name or port (`smtp`, `25`), or a host and its port (`127.0.0.1:10027`, `[::]:587`, `localhost:smtp`).
fn is_service(text: &[u8]) -> bool {
    let Some((host, port)) = field::cut_last_byte(text, b':') else {
        return memchr::memchr2(b'.', b'[', text).is_none() && !text.is_empty();
    };
    let whole = match host {
        [b'[', .., b']'] => true,
        [b'[', ..] | [] => false,
        _ => memchr::memchr(b':', host).is_none(),
    };
    whole && !port.is_empty() && memchr::memchr(b']', port).is_none()
}

/// Whether the first group of an IPv6 address is more likely a port: addresses on the Internet begin with
/// `2` or `3` and have four digits there.
fn begins_with_port(address: &[u8]) -> bool {
    match field::cut_byte(address, b':') {
        Some((group, _)) => {
            !group.is_empty()
                && group.iter().all(u8::is_ascii_digit)
                && !matches!(group, [b'2' | b'3', _, _, _])
        }
        None => false,
    }
}

fn is_addr(text: &[u8]) -> bool {
    let address = match field::cut_last_byte(text, b'/') {
        Some((address, bits)) if field::whole_number(bits).is_some() => address,
        _ => text,
    };
    text == b"unknown" || PeerAddress(address).ip().is_some()
}

/// scache's `max simultaneous domains={n} addresses={n} connection={n}`.
fn simultaneous(text: &[u8]) -> Option<Statistics<'_>> {
    let rest = text.strip_prefix(b"max simultaneous domains=")?;
    let (domains, rest) = field::number(rest)?;
    let (addresses, rest) = field::number(rest.strip_prefix(b" addresses=")?)?;
    let connections = field::whole_number(rest.strip_prefix(b" connection=")?)?;
    let values = [
        Some(("domains", domains)),
        Some(("addresses", addresses)),
        Some(("connection", connections)),
    ];
    Some(Statistics::new(b"max simultaneous", values))
}

/// scache's `{domain or address} lookup hits={n} miss={n} success={n}%`.
fn lookups(text: &[u8]) -> Option<Statistics<'_>> {
    let (name, rest) = field::cut(text, b" hits=")?;
    if !matches!(name, b"domain lookup" | b"address lookup") {
        return None;
    }
    let (hits, rest) = field::number(rest)?;
    let (miss, rest) = field::number(rest.strip_prefix(b" miss=")?)?;
    let (success, rest) = field::number(rest.strip_prefix(b" success=")?)?;
    let values = [Some(("hits", hits)), Some(("miss", miss)), Some(("success", success))];
    (rest == b"%").then_some(Statistics::new(name, values))
}

/// `cache {map} {full or partial} cleanup: retained={n} dropped={n} entries`.
pub(crate) fn cache_cleanup(text: &[u8]) -> Option<Statistics<'_>> {
    let (head, rest) = field::cut_last(text.strip_prefix(b"cache ")?, b" cleanup: retained=")?;
    let (map, name) = match head.strip_suffix(b" full") {
        Some(map) => (map, &b"cache full cleanup"[..]),
        None => (head.strip_suffix(b" partial")?, &b"cache partial cleanup"[..]),
    };
    let (retained, rest) = field::number(rest)?;
    let (dropped, rest) = field::number(rest.strip_prefix(b" dropped=")?)?;
    let values = [Some(("retained", retained)), Some(("dropped", dropped)), None];
    (rest == b" entries").then_some(Statistics { map: Some(map), ..Statistics::new(name, values) })
}
