//! What a log says about one destination: a domain, a provider, or all of them.

use examples::delays::Delays;
use examples::hash::Set;
use postfix_log::Class;

use crate::rates::{Weight, Windows};

/// The outcome of a first attempt. Retries are left out because they grow with the queue, while first
/// attempts show how mail fares that has just arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    Sent,
    /// No connection, or a lost one.
    Net,
    Dns,
    Greylist,
    /// Too much mail, too fast, or from a sender with a poor reputation.
    Throttle,
    /// The server has a problem of its own, or claims to.
    System,
    /// Refused temporarily for another reason.
    Refused,
    Bounced,
}

pub(crate) const SIGNS: usize = 8;

/// All signs of temporary trouble.
pub(crate) const BAD: [usize; 6] = [
    Sign::Net as usize,
    Sign::Dns as usize,
    Sign::Greylist as usize,
    Sign::Throttle as usize,
    Sign::System as usize,
    Sign::Refused as usize,
];

/// The destination does not answer.
pub(crate) const DOWN: [usize; 2] = [Sign::Net as usize, Sign::Dns as usize];

impl Sign {
    /// The sign of an attempt that was deferred.
    pub(crate) fn of(class: Class) -> Self {
        match class {
            Class::NetTimeout
            | Class::NetRefused
            | Class::NetUnreachable
            | Class::NetReset
            | Class::LostConnection => Self::Net,
            Class::Dns => Self::Dns,
            Class::Greylist => Self::Greylist,
            Class::RateLimit | Class::Reputation | Class::Blocklist => Self::Throttle,
            Class::RemoteSystem => Self::System,
            _ => Self::Refused,
        }
    }
}

/// The number of deliveries whose times are remembered.
const RECENT: usize = 32;

/// A destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dest {
    /// First attempts, by [`Sign`].
    pub(crate) first: Windows<SIGNS>,
    /// All attempts: those that succeeded, and those that did not.
    pub(crate) tries: Windows<2>,
    /// The numbers of all deliveries, deferrals and bounces.
    pub(crate) sent: u64,
    pub(crate) deferred: u64,
    pub(crate) bounced: u64,
    /// How long attempts took; only for domains.
    pub(crate) delays: Delays,
    /// The numbers of slow and of other deliveries by the time of their end.
    pub(crate) pace: Windows<2>,
    /// When the first of the slow deliveries of each window entered the active queue.
    entered: Vec<(i64, i64)>,
    /// The latest times in seconds: in the active queue, for the connection, and for the transmission.
    recent: Vec<[f32; 3]>,
    next: usize,
    /// The last error text and its class.
    pub(crate) trouble: Option<(Class, Vec<u8>)>,
    /// Digests of the domains that are delivered here.
    pub(crate) domains: Set<u64>,
}

/// A delivery that takes longer than this, connection and transmission together, in seconds.
pub(crate) const SLOW: f64 = 10.0;

impl Dest {
    pub(crate) fn delivered(&mut self, time: i64, [queue, connect, transmit]: [f64; 3]) {
        self.sent += 1;
        let takes = connect + transmit;
        let slow = takes >= SLOW;
        self.pace.add(time, usize::from(!slow), 1);
        if slow {
            let minute = time.div_euclid(60) * 60;
            let entered = time - (queue + takes) as i64;
            match self.entered.last_mut().filter(|(at, _)| *at == minute) {
                Some((_, first)) => *first = entered.min(*first),
                None => {
                    if self.entered.len() >= 512 {
                        // The distant past is kept in longer windows.
                        let old: Vec<_> = self.entered.drain(..256).collect();
                        let joined = old.chunks(2).filter_map(|pair| {
                            Some((pair.first()?.0, pair.iter().map(|(_, first)| *first).min()?))
                        });
                        self.entered.splice(0..0, joined);
                    }
                    self.entered.push((minute, entered));
                }
            }
        }
        let times = [queue, connect, transmit].map(|seconds| seconds as f32);
        if self.recent.len() < RECENT {
            self.recent.push(times);
        } else if let Some(old) = self.recent.get_mut(self.next) {
            *old = times;
        }
        self.next = (self.next + 1) % RECENT;
    }

    /// Remembers why an attempt was deferred.
    pub(crate) fn put_off(&mut self, class: Class, text: &[u8]) {
        self.deferred += 1;
        if self.trouble.as_ref().is_none_or(|(old, _)| *old != class) {
            self.trouble = Some((class, text.get(..300).unwrap_or(text).to_vec()));
        }
    }

    /// The medians of the latest times in seconds: in the active queue, for the connection, for the transmission.
    pub(crate) fn medians(&self) -> Option<[f64; 3]> {
        let middle = |part: usize| {
            let mut values: Vec<f32> =
                self.recent.iter().filter_map(|times| times.get(part).copied()).collect();
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied().map(f64::from)
        };
        Some([middle(0)?, middle(1)?, middle(2)?])
    }

    /// When the first of the deliveries that are slow now entered the active queue.
    pub(crate) fn slow_since(&self) -> Option<i64> {
        let from = self.pace.onset(&[0], 20)?;
        self.entered.iter().filter(|(at, _)| *at >= from).map(|(_, first)| *first).min()
    }

    /// The share of the last 20 or more first attempts that ended with one of these signs.
    pub(crate) fn share(&self, signs: &[usize]) -> f64 {
        let recent = self.first.last(20);
        let part: u64 = signs.iter().filter_map(|sign| recent.get(*sign)).sum();
        part as f64 / recent.iter().sum::<u64>().max(1) as f64
    }

    /// The number of first attempts with one of these signs at `from` or later.
    pub(crate) fn since(&self, from: i64, signs: &[usize]) -> u64 {
        let counts = self.first.since(from);
        signs.iter().filter_map(|sign| counts.get(*sign)).sum()
    }
}

impl Weight for Dest {
    fn weight(&self) -> u64 {
        self.sent + self.deferred + self.bounced
    }
}

/// A sender: a sender address or a SASL user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// Messages and their recipients, counted when they enter the active queue for the first time.
    pub(crate) mail: Windows<2>,
    /// Digests of client addresses.
    pub(crate) clients: Set<u64>,
    pub(crate) sent: u64,
    pub(crate) deferred: u64,
    pub(crate) bounced: u64,
    pub(crate) greylisted: u64,
}

/// The maximum number of client addresses that are distinguished.
pub(crate) const CLIENTS: usize = 300;

impl Person {
    pub(crate) fn messages(&self) -> u64 {
        let [messages, _] = self.mail.total();
        messages
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.sent + self.deferred + self.bounced
    }
}

impl Weight for Person {
    fn weight(&self) -> u64 {
        let [messages, recipients] = self.mail.total();
        messages.max(recipients) + self.deferred
    }
}
