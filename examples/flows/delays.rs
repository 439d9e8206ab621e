//! The delays of a flow: few as they are, in as few bytes as they take, many as quantiles.

use std::borrow::Cow;
use std::time::Duration;

pub use examples::delays::PARTS;
use postfix_log::{Delay, Delivery, Status};
use postfix_qshape::Quantiles;

use crate::trend::Trend;

pub const CONNECT: usize = 3;
pub const TRANSMIT: usize = 4;

/// Relative error of every quantile.
pub const ERROR: f64 = 0.005;

/// Attempts that are kept as they are. Quantiles take more memory until there are some times as many.
const FEW: u16 = 256;

/// Bytes of an attempt: of most, and of the longest that is usual.
const SHORT: usize = 16;
const LONGEST: usize = 20;

/// The delays of the attempts of a flow.
#[derive(Clone, Default)]
pub struct Delays {
    /// The attempts in their order, as [`write`] has them; empty once there are quantiles.
    few: Vec<u8>,
    count: u16,
    many: Option<Box<Times>>,
}

/// The delays of one attempt, in microseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Attempt {
    total: u64,
    parts: Option<[u64; 4]>,
    /// Whether the mail was sent over a new connection: one that was kept open says nothing about connecting.
    connected: bool,
}

/// Quantiles of the delays, and how they change.
#[derive(Clone)]
pub struct Times {
    /// By the index in [`PARTS`].
    pub delays: Quantiles<usize>,
    pub slow: Trend,
}

impl Default for Times {
    fn default() -> Self {
        Self { delays: Quantiles::new(ERROR), slow: Trend::default() }
    }
}

impl Delays {
    /// Counts an attempt.
    pub fn add(&mut self, delivery: &Delivery<'_>) {
        let attempt = Attempt {
            total: delivery.delay.as_micros(),
            parts: delivery.delays.map(|delays| delays.to_array().map(Delay::as_micros)),
            connected: delivery.status == Status::Sent && delivery.conn_use.is_none(),
        };
        if self.many.is_none() && self.count < FEW {
            self.count += 1;
            return write(attempt, &mut self.few);
        }
        self.grow().add(attempt);
    }

    pub fn merge(&mut self, other: &Self) -> Result<(), postfix_qshape::Error> {
        let (mine, theirs) = (self.grow(), other.times());
        mine.delays.merge(&theirs.delays)?;
        mine.slow.merge(&theirs.slow)
    }

    /// The quantiles: worked out each time as long as there are few attempts.
    pub fn times(&self) -> Cow<'_, Times> {
        match &self.many {
            Some(times) => Cow::Borrowed(times),
            None => Cow::Owned(self.replayed()),
        }
    }

    fn grow(&mut self) -> &mut Times {
        if self.many.is_none() {
            self.many = Some(Box::new(self.replayed()));
            (self.few, self.count) = (Vec::new(), 0);
        }
        self.many.get_or_insert_default()
    }

    fn replayed(&self) -> Times {
        let mut times = Times::default();
        let mut rest = self.few.as_slice();
        while let Some(attempt) = read(&mut rest) {
            times.add(attempt);
        }
        times
    }
}

impl From<Times> for Delays {
    fn from(times: Times) -> Self {
        Self { many: Some(Box::new(times)), ..Self::default() }
    }
}

impl Times {
    fn add(&mut self, attempt: Attempt) {
        self.delays.add(0, Duration::from_micros(attempt.total));
        let Some(parts) = attempt.parts else { return };
        self.delays.extend((1..).zip(parts.map(Duration::from_micros)));
        if attempt.connected {
            let [_, _, connect, transmit] = parts.map(Duration::from_micros);
            self.slow.add(connect, transmit);
        }
    }

    /// Seconds in one of the [`PARTS`] that a share `q` of the attempts took less than.
    pub fn delay(&self, part: usize, q: f64) -> Option<f64> {
        self.delays.quantile(&part, q).map(|delay| delay.as_secs_f64())
    }
}

/// Writes an attempt: a byte that says what there is, then each number seven bits a byte, the lowest first.
fn write(attempt: Attempt, out: &mut Vec<u8>) {
    // There are many short lists: they grow by a quarter instead of doubling.
    if out.capacity() - out.len() < LONGEST {
        out.reserve_exact(SHORT.max(out.len() / 4));
    }
    out.push(u8::from(attempt.parts.is_some()) | u8::from(attempt.connected) << 1);
    for mut number in [attempt.total].into_iter().chain(attempt.parts.into_iter().flatten()) {
        while number > 0x7f {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }
}

/// Reads what [`write`] wrote.
fn read(rest: &mut &[u8]) -> Option<Attempt> {
    let mut byte = || {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        Some(*first)
    };
    let kind = byte()?;
    let mut number = || {
        let mut number = 0;
        for at in 0.. {
            let byte = byte()?;
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                break;
            }
        }
        Some(number)
    };
    let total = number()?;
    let parts =
        if kind & 1 == 0 { None } else { Some([number()?, number()?, number()?, number()?]) };
    Some(Attempt { total, parts, connected: kind & 2 != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_back() {
        let parts = Some([0, 127, 128, u64::MAX]);
        let attempts = [
            Attempt { total: 390_000, parts, connected: true },
            Attempt { total: u64::MAX, parts: None, connected: false },
            Attempt { total: 0, parts, connected: false },
        ];
        let mut bytes = Vec::new();
        attempts.into_iter().for_each(|attempt| write(attempt, &mut bytes));
        let mut rest = bytes.as_slice();
        assert_eq!(attempts, [(); 3].map(|()| read(&mut rest).unwrap()));
        assert_eq!(read(&mut rest), None);
    }

    #[test]
    fn few_and_many_are_told_alike() {
        let line = |at: u64| {
            format!(
                "1E24013C03E: to=<b@b.example>, relay=b[192.0.2.1]:25, delay={at}, delays=0/0/{at}/0.1, dsn=2.0.0, status=sent (250 Ok)"
            )
        };
        let (mut delays, mut times) = (Delays::default(), Times::default());
        for at in 0..600 {
            let line = line(at);
            let postfix_log::Event::Delivery(delivery) =
                postfix_log::parse_payload(b"smtp", line.as_bytes())
            else {
                panic!("a delivery")
            };
            delays.add(&delivery);
            let micros = at * 1_000_000;
            times.add(Attempt {
                total: micros,
                parts: Some([0, 0, micros, 100_000]),
                connected: true,
            });
            if at % 50 == 0 || at > 590 {
                let told = delays.times();
                assert_eq!(told.delays, times.delays, "{at}");
                assert_eq!(told.slow.factor(CONNECT), times.slow.factor(CONNECT), "{at}");
            }
        }
    }
}
