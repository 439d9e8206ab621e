//! Delivery attempts: lines about one recipient.

use core::net::IpAddr;

use super::fate::Evicted;
use super::limits::MANY_RECIPIENTS;
use super::mark::{SEED, mix, mix_number};
use super::message::{End, Message, NONE, Recipient, Span, State, Try, pack};
use super::turn::{Turn, clip};
use crate::event::ConnectFailure;
use crate::event::delay::Delay;
use crate::event::delivery::Delivery;
use crate::event::status::Status;
use crate::header::Header;
use crate::queue_id::QueueId;
use crate::reason::classify::Class;

impl Turn<'_> {
    /// An agent could not use a server and will try another one or give up.
    pub(super) fn try_server(&mut self, id: Option<QueueId<'_>>, failure: &ConnectFailure<'_>) {
        if let Some(pid) = self.context.pid {
            let process = (self.context.serial, pid);
            let id = id.map(QueueId::as_bytes);
            self.tracker.trying.add(process, id, failure, self.context.clock);
        }
    }

    /// Applies the line of a recipient. The logger may have counted repeated lines instead of writing them.
    pub(super) fn deliver(
        &mut self,
        slot: u32,
        id: QueueId<'_>,
        header: &Header<'_>,
        delivery: &Delivery<'_>,
    ) {
        let Some(at) = self.recipient(slot, delivery) else { return };
        let mark = line_mark(header, delivery);
        if self.is_repeated(slot, at, mark, delivery) {
            if let Some(message) = self.message(slot) {
                message.repeated = true;
            }
            return;
        }
        let times = header.occurrences().clamp(1, self.tracker.limits.attempts.max(1));
        for _ in 0..times {
            self.attempt(slot, id, at, mark, delivery);
        }
    }

    /// The index of the recipient of a line; `None` if the message has too many.
    fn recipient(&mut self, slot: u32, delivery: &Delivery<'_>) -> Option<usize> {
        let hash = self.tracker.store.recipient_hash();
        let limit = self.tracker.limits.recipients.saturating_mul(MANY_RECIPIENTS);
        let message = self.message(slot)?;
        let (to, orig_to) = (clip(delivery.to), delivery.orig_to.map(clip));
        match message.find(to, orig_to, &hash) {
            Some(at) => Some(at),
            None if message.recipients.len() < limit => Some(message.add(to, orig_to, &hash)),
            None => {
                self.overflow(slot, delivery);
                None
            }
        }
    }

    /// True if the log already had this line. Two targets of one alias may have equal lines, too.
    fn is_repeated(&self, slot: u32, at: usize, mark: u16, delivery: &Delivery<'_>) -> bool {
        let message = self.tracker.store.get(slot);
        let Some((message, micros)) = message.zip(self.context.moment.micros()) else {
            return false;
        };
        if micros > message.latest {
            return false;
        }
        let time = self.context.moment.time;
        if delivery.relay.text == b"local" && !message.repeated {
            return false;
        }
        let Some(recipient) = message.recipients.get(at) else { return false };
        // If no attempts are kept, only the latest line is there to compare with.
        let latest = recipient.tries > 0 && recipient.kept == 0 && recipient.mark == mark;
        let kept = |(_, one): (u32, &Try)| one.mark == mark && one.time == time;
        (latest && message.latest == micros) || message.tries_of(recipient).any(kept)
    }

    /// One attempt for one recipient.
    fn attempt(
        &mut self,
        slot: u32,
        id: QueueId<'_>,
        at: usize,
        mark: u16,
        delivery: &Delivery<'_>,
    ) {
        let time = self.context.moment.time;
        let steps = self.step();
        let kept = at < self.tracker.limits.recipients;
        let limit = if kept { self.tracker.limits.attempts.max(1) } else { 0 };
        let class = self.class(delivery);
        let (host, clock) = (self.context.serial, self.context.clock);
        let pid = self.context.pid;
        let tracker = &mut *self.tracker;
        let Some(message) = tracker.store.get_mut(slot) else { return };
        let run = message.runs;
        let last = message.recipients.get(at).map_or(NONE, |recipient| recipient.last);
        let tried = pid
            .and_then(|pid| tracker.trying.of((host, pid), message.text(message.id), run, clock));
        let relay = message.keep_relay(last, delivery.relay.text);
        let servers = match tried {
            Some(tried) => tried.servers(delivery.relay.text),
            None => {
                u8::from(!delivery.relay.is_none() || delivery.reason.starts_with(b"connect to "))
            }
        };
        let attempt = Try {
            time,
            relay,
            previous: NONE,
            dsn: pack(delivery.dsn),
            mark,
            servers,
            status: delivery.status,
            class,
        };
        let place = message.add_try(at, attempt, limit);
        if let Some((place, tried)) = place.zip(tried) {
            for failure in tried.first.iter().filter(|one| one.text != delivery.reason) {
                message.add_failure(place, failure.class, &failure.text);
            }
        }
        message.ambiguous |= delivery.ambiguous;
        let expired = message.expired_run == Some(run);
        let notification =
            if message.notified_run == run { message.notification } else { Span::NONE };
        let Some(recipient) = message.recipients.get_mut(at) else { return };
        recipient.mark = mark;
        recipient.last_delay = seconds(delivery);
        recipient.last_steps = steps;
        let state = state(delivery, expired).unwrap_or(recipient.state);
        if delivery.status.is_deferral() && recipient.first_deferred.is_none() {
            recipient.first_deferred = time;
            recipient.first_delay = recipient.last_delay;
            recipient.first_steps = steps;
        }
        // An alias with several targets gives several lines in one run; it is finished when all of them are.
        let same_run = recipient.run == run && delivery.relay.text == b"local";
        recipient.run = run;
        if matches!(recipient.state, State::Passed { .. })
            || (same_run && weight(recipient.state) > weight(state))
        {
            return;
        }
        settle(recipient, state, delivery);
        recipient.resolved = time.filter(|_| !matches!(state, State::Deferred | State::Pending));
        if matches!(state, State::Bounced | State::Expired) && recipient.notification.is_none() {
            recipient.notification = notification;
        }
        if state == State::Sent {
            self.sent(slot, at, id, delivery);
        }
    }

    /// Why an attempt failed; `None` if it succeeded.
    fn class(&mut self, delivery: &Delivery<'_>) -> Option<Class> {
        let failed = !delivery.status.is_success();
        failed.then(|| self.tracker.reasons.classify_delivery(delivery).class())
    }

    /// The number of times that the host's clock has been set back so far.
    pub(super) fn steps(&self) -> u8 {
        self.tracker.sites.host(self.context.host).map_or(0, |host| host.steps.count())
    }

    /// The same number after this line.
    fn step(&mut self) -> u8 {
        let time = self.context.moment.micros();
        let Some(host) = self.tracker.sites.host_mut(self.context.host) else { return 0 };
        if let Some(time) = time {
            host.steps.see(time);
        }
        host.steps.count()
    }

    /// Handles a recipient over the limit: its row is given at once, from this line alone.
    fn overflow(&mut self, slot: u32, delivery: &Delivery<'_>) {
        self.tracker.count(Evicted::Recipients);
        let time = self.context.moment.time;
        let class = self.class(delivery);
        let tracker = &mut *self.tracker;
        let Some(message) = tracker.store.get(slot) else { return };
        // It may be tried again.
        let Some(state) = state(delivery, false).filter(|state| *state != State::Deferred) else {
            return;
        };
        let mut single = Message::new(message.site, message.text(message.id), message.generation);
        single.from = single.keep_option(message.option(message.from));
        single.message_id = single.keep_option(message.option(message.message_id));
        (single.size, single.nrcpt, single.first_seen) =
            (message.size, message.nrcpt, message.first_seen);
        (single.started, single.dated) = (message.started, message.dated);
        single.end = End::Evicted(Evicted::Recipients);
        let at = single.add(clip(delivery.to), delivery.orig_to.map(clip), |_, _| 0);
        let relay = single.keep_relay(NONE, delivery.relay.text);
        let servers = u8::from(!delivery.relay.is_none());
        let (dsn, status) = (pack(delivery.dsn), delivery.status);
        let attempt = Try { time, relay, previous: NONE, dsn, mark: 0, servers, status, class };
        single.add_try(at, attempt, 1);
        if let Some(recipient) = single.recipients.get_mut(at) {
            settle(recipient, state, delivery);
            recipient.resolved = time;
        }
        tracker.tell(&single);
    }
}

/// The delay of a line in whole seconds.
fn seconds(delivery: &Delivery<'_>) -> u32 {
    u32::try_from(delivery.delay.as_micros() / 1_000_000).unwrap_or(u32::MAX)
}

fn settle(recipient: &mut Recipient, state: State, delivery: &Delivery<'_>) {
    recipient.state = state;
    recipient.filter_discarded = state == State::Sent && is_discarded(delivery);
}

/// The state of a recipient that the status of a line implies; `None` for a word that is not a status.
fn state(delivery: &Delivery<'_>, expired: bool) -> Option<State> {
    Some(match delivery.status {
        Status::Sent if delivery.relay.is_none() => State::Discarded,
        Status::Sent => State::Sent,
        Status::Bounced => State::Bounced,
        // The line of the queue manager can come before that of the agent.
        status if status.is_deferral() && expired => State::Expired,
        status if status.is_deferral() => State::Deferred,
        status if status.is_probe() => State::Probe,
        _ => return None,
    })
}

fn weight(state: State) -> u8 {
    match state {
        State::Deferred | State::Expired => 2,
        State::Bounced => 1,
        _ => 0,
    }
}

/// A mark that distinguishes a line from others about the same recipient at the same time. It covers the numbers, the
/// length of the reason, and the end of the reason, where servers put the id that they assigned.
fn line_mark(header: &Header<'_>, delivery: &Delivery<'_>) -> u16 {
    let reason = delivery.reason;
    let end = reason.get(reason.len().saturating_sub(24)..).unwrap_or(reason);
    let numbers = delivery.delay.as_micros()
        ^ (u64::from(header.occurrences()) << 56)
        ^ (u64::from(pack(delivery.dsn)) << 32)
        ^ (u64::try_from(reason.len()).unwrap_or(0) << 24);
    let delays = delivery.delays.map_or([0; 4], |delays| delays.to_array().map(Delay::as_micros));
    let delays = delays.into_iter().fold(0, |all: u64, part| all.rotate_left(16) ^ part);
    let hash = mix_number(mix_number(SEED, numbers), delays);
    let hash = mix(hash, delivery.status.as_str().as_bytes());
    u16::try_from(mix(hash, end) >> 48).unwrap_or(0)
}

/// True if a filter of this system accepted the mail and says in its reply that it discarded it, as amavis does:
/// `250 2.7.0 Ok, discarded, id=…`.
fn is_discarded(delivery: &Delivery<'_>) -> bool {
    const WORD: &[u8] = b"discarded";
    let ours = || match delivery.relay.address {
        Some(address) => address.ip().is_some_and(is_private),
        None => !delivery.relay.is_none() && !matches!(delivery.relay.text, b"local" | b"virtual"),
    };
    let text = delivery.reason;
    let whole = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let after = at.checked_add(WORD.len()).and_then(|at| text.get(at));
        [before, after]
            .into_iter()
            .flatten()
            .all(|byte| matches!(byte, b' ' | b',' | b'.' | b';' | b':' | b')' | b'('))
    };
    let is_word = |at: usize| {
        let word = text.get(at..).and_then(|rest| rest.get(..WORD.len()));
        word.is_some_and(|word| word.eq_ignore_ascii_case(WORD))
    };
    // Searched for by the second letter, which few replies contain.
    let mut starts = memchr::memchr2_iter(b'i', b'I', text).filter_map(|at| at.checked_sub(1));
    starts.any(|at| is_word(at) && whole(at)) && ours()
}

/// True for an address that only local machines have: loopback, private use (RFC 1918, RFC 4193), link local.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                let [first, ..] = v6.segments();
                v6.is_loopback() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses() {
        for (text, want) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.7.7", true),
            ("169.254.1.1", true),
            ("192.0.2.1", false),
            ("::1", true),
            ("fd00::25", true),
            ("fe80::1", true),
            ("febf::1", true),
            ("fe41::1", false),
            ("fec0::1", false),
            ("fc00::1", true),
            ("fc01::1", true),
            ("fdff::1", true),
            ("fe00::1", false),
            ("fbff::1", false),
            ("::ffff:10.0.0.1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(text.parse().unwrap()), want, "{text}");
        }
    }

    fn mark(text: &str) -> u16 {
        let line = std::format!("Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: {text}");
        let header = crate::line::Line::new(line.as_bytes(), 0).header().unwrap();
        let crate::Event::Delivery(delivery) = header.event() else { panic!("no delivery") };
        line_mark(&header, &delivery)
    }

    /// Saved states contain these values. Each number and the end of the reason make a difference.
    #[test]
    fn marks_of_lines() {
        const LINE: &str = "to=<b@b.example>, relay=mx[192.0.2.9]:25, delay=5.3, delays=1.1/0.2/1.3/2.7, dsn=2.0.0, \
            status=sent (250 2.0.0 Ok: queued as 4gBz1K3vQ8z1xF)";
        assert_eq!(mark(LINE), 38_999);
        assert_eq!(mark(&LINE.replace(" delays=1.1/0.2/1.3/2.7,", "")), 3_995);
        assert_eq!(mark(&LINE.replace("delay=5.3", "delay=500000.3")), 39_814);
        for (from, to) in [
            ("delay=5.3", "delay=5.4"),
            ("1.1/0.2", "0.2/1.1"),
            ("2.7,", "2.8,"),
            ("dsn=2.0.0", "dsn=2.0.1"),
            ("1xF)", "1xG)"),
            ("Ok: queued as 4", "Ok: queued as 5"),
            ("250 2", "250  2"),
            ("=sent", "=deferred"),
        ] {
            let other = LINE.replace(from, to);
            assert_ne!(other, LINE, "{from}");
            assert_ne!(mark(&other), mark(LINE), "{from}");
        }
        // So does each of two numbers whose bits meet.
        let long = LINE.replace("delay=5.3", "delay=8000");
        for other in ["2.0.1", "2.0.2", "2.0.3"] {
            assert_ne!(mark(&long.replace("dsn=2.0.0", &std::format!("dsn={other}"))), mark(&long));
        }
        // So does a delay whose bits meet those of the number of occurrences.
        let mark_of =
            |delay: &str| mark(&LINE.replace("delay=5.3", &std::format!("delay={delay}")));
        assert_ne!(mark_of("0"), mark_of("72057594037.927936"));
        // What stands further ahead makes none, nor does the server.
        assert_eq!(mark(&LINE.replace("(250", "(251")), mark(LINE));
        assert_eq!(mark(&LINE.replace("mx[", "my[")), mark(LINE));
    }

    /// A mark can be 0, which is that of a recipient without a line, too: its first line is no repetition.
    #[test]
    fn the_first_line_of_a_recipient_is_no_repetition() {
        const LINE: &str = "to=<b@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, \
            status=deferred (connect to b[192.0.2.9]:105876: Connection refused)";
        assert_eq!(mark(LINE), 0);
        for recipients in [1, 9] {
            let limits = crate::lifecycle::Limits { recipients, ..Default::default() };
            let mut tracker = crate::Tracker::with_limits(limits).with_year(2026);
            let mut push = |text: &str| {
                let line = std::format!("Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: {text}");
                let header = crate::line::Line::new(line.as_bytes(), 0).header().unwrap();
                assert_eq!(tracker.push(&header, &header.event()).count(), 0);
                tracker.rows().last().map(|row| row.attempt_count)
            };
            push(&LINE.replace("b@b", "c@b"));
            assert_eq!((push(LINE), push(LINE)), (Some(1), Some(1)), "{recipients}");
        }
    }
}
