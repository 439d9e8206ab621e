//! The delays of deliveries, as quantiles of the total and of the four parts that Postfix logs.

use postfix_log::{Delay, Delivery};
use postfix_qshape::{Error, Quantiles};
use serde::{Deserialize, Serialize};

/// The total delay and its four parts, in the order of the log (`delay=` and `delays=a/b/c/d`): before the queue
/// manager, in the active queue, for the connection, for the transmission.
pub const PARTS: [&str; 5] = ["total", "before", "queue", "connect", "transmit"];

/// The relative error of every quantile.
const ERROR: f64 = 0.005;

/// Delays by the index in [`PARTS`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Delays(Quantiles<usize>);

impl Default for Delays {
    fn default() -> Self {
        Self(Quantiles::new(ERROR))
    }
}

impl Delays {
    /// Adds one attempt, whatever its outcome.
    pub fn add(&mut self, delivery: &Delivery<'_>) {
        self.0.add(0, delivery.delay.to_duration());
        let Some(delays) = delivery.delays else { return };
        self.0.extend((1..).zip(delays.to_array().map(Delay::to_duration)));
    }

    /// Adds the delays of another.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.0.merge(&other.0)
    }

    /// The `q` quantile of one of the [`PARTS`], in seconds: a share `q` of the attempts took less than this.
    pub fn quantile(&self, part: usize, q: f64) -> Option<f64> {
        self.0.quantile(&part, q).map(|delay| delay.as_secs_f64())
    }
}
