//! The differences between the lists of Postfix releases.

use std::fmt;
use std::str::FromStr;

/// A release of Postfix: major, minor, patch level.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Release(u16, u16, u16);

impl Release {
    /// The release in Debian 12.
    pub(crate) const DEBIAN_12: Self = Self(3, 7, 11);

    /// The newest release that this program knows.
    pub(crate) const NEWEST: Self = Self(3, 12, 0);

    /// True if the release has `forced_expire`, and `#` in the text.
    pub(crate) fn knows_forced_expiry(self) -> bool {
        self >= Self(3, 5, 0)
    }

    /// True if the release lists `orig_address`, `bounce_reason`, and recipients from the bounce log.
    pub(crate) fn reads_bounce_logs(self) -> bool {
        self >= Self(3, 11, 0)
    }

    /// True if a recipient before the sender, or a second sender, ends the message. Before the releases of June 2026 it
    /// makes showq break its own protocol, so that postqueue stops (`SHOWQ_CLEANUP_AND_RETURN` of `showq.c`).
    pub(crate) fn ends_at_disorder(self) -> bool {
        let Self(major, minor, patch) = self;
        match (major, minor) {
            (3, 7) => patch >= 21,
            (3, 8) => patch >= 19,
            (3, 9) => patch >= 13,
            (3, 10) => patch >= 12,
            (3, 11) => patch >= 5,
            _ => self >= Self(3, 12, 0),
        }
    }

    /// True if the size of a message in maildrop is that of the file, whatever its size record says.
    pub(crate) fn sizes_maildrop_by_file(self) -> bool {
        let Self(major, minor, patch) = self;
        match (major, minor) {
            (3, 7) => patch >= 17,
            (3, 8) => patch >= 12,
            (3, 9) => patch >= 6,
            (3, 10) => patch >= 5,
            _ => self >= Self(3, 11, 0),
        }
    }
}

impl FromStr for Release {
    type Err = String;

    /// `3.12`, `3.7.11`, `3.12-20260821`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split('-').next().unwrap_or_default();
        let numbers: Result<Vec<u16>, _> = numbers.split('.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([major, minor]) => Ok(Self(*major, *minor, 0)),
            Ok([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => Err("not a Postfix release, such as 3.7.11".into()),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
