//! What is counted: one number, or several numbers side by side.

/// What a [`Shape`](crate::Shape) counts for each key and bucket: a fixed number of counters.
///
/// A `u64` is a single counter. Tuples and arrays of `u64` count several things at once, for
/// instance messages, recipients and bytes. A struct with named members can implement this trait,
/// too. Each counter is called a *lane*. It is stored in as few bytes as its row needs, is summed
/// independently of the others, and stops at [`u64::MAX`] instead of wrapping.
pub trait Measure: Copy + Default {
    /// The number of counters, at least 1. The first counter decides the order of the rows.
    const LANES: usize;

    /// The counter with number `index`, which is below [`LANES`](Self::LANES).
    #[must_use]
    fn lane(&self, index: usize) -> u64;

    /// Builds the value from the counters that `lane` returns for each number.
    #[must_use]
    fn from_lanes(lane: impl FnMut(usize) -> u64) -> Self;
}

impl Measure for u64 {
    const LANES: usize = 1;

    fn lane(&self, _: usize) -> u64 {
        *self
    }

    fn from_lanes(mut lane: impl FnMut(usize) -> Self) -> Self {
        lane(0)
    }
}

impl Measure for (u64, u64) {
    const LANES: usize = 2;

    fn lane(&self, index: usize) -> u64 {
        if index == 0 { self.0 } else { self.1 }
    }

    fn from_lanes(mut lane: impl FnMut(usize) -> u64) -> Self {
        (lane(0), lane(1))
    }
}

impl Measure for (u64, u64, u64) {
    const LANES: usize = 3;

    fn lane(&self, index: usize) -> u64 {
        match index {
            0 => self.0,
            1 => self.1,
            _ => self.2,
        }
    }

    fn from_lanes(mut lane: impl FnMut(usize) -> u64) -> Self {
        (lane(0), lane(1), lane(2))
    }
}

/// An empty array counts nothing, so its rows never exist.
impl<const N: usize> Measure for [u64; N]
where
    Self: Default,
{
    const LANES: usize = N;

    fn lane(&self, index: usize) -> u64 {
        self.get(index).copied().unwrap_or(0)
    }

    fn from_lanes(lane: impl FnMut(usize) -> u64) -> Self {
        core::array::from_fn(lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counters come back in their order, and each is its own.
    fn check<C: Measure + PartialEq + core::fmt::Debug>(amount: C, lanes: &[u64]) {
        assert_eq!(C::LANES, lanes.len());
        for (index, &lane) in lanes.iter().enumerate() {
            assert_eq!(amount.lane(index), lane, "{amount:?} {index}");
        }
        assert_eq!(C::from_lanes(|index| lanes[index]), amount);
    }

    #[test]
    fn lanes_are_the_counters_in_order() {
        check(7_u64, &[7]);
        check((7, 8), &[7, 8]);
        check((7, 8, 9), &[7, 8, 9]);
        check([1, 2, 3, 4], &[1, 2, 3, 4]);
    }
}
