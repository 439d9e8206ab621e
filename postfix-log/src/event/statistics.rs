//! Figures that anvil, scache, postscreen and verify log about themselves.

use crate::peer::Addr;

/// A line of figures.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Statistics<'a> {
    /// What was counted: `max connection rate`, `domain lookup`, `cache full cleanup`, ...
    pub name: &'a [u8],
    /// The figures, in the logged order.
    pub values: [Option<(&'static str, u64)>; 3],
    /// The service (anvil).
    pub service: Option<&'a [u8]>,
    /// The client address or network (anvil), or `unknown`.
    pub addr: Option<Addr<'a>>,
    /// When the maximum was reached or the interval began: local time as `ctime` prints it.
    pub at: Option<&'a [u8]>,
    /// The cache that was cleaned up (postscreen, verify).
    pub map: Option<&'a [u8]>,
}
