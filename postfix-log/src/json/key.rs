//! The names of members, as they stand in an object.

/// The name of a member: with the comma before it, its quotes and its colon, so that it is written in one piece.
/// [`key!`] makes it; names of this crate need no escapes.
#[derive(Clone, Copy)]
pub(super) struct Key(&'static str);

/// The [`Key`] of a name: `key!("host")`.
macro_rules! key {
    ($name:literal) => {
        $crate::json::key::Key::of(concat!(",\"", $name, "\":"))
    };
}

pub(super) use key;

impl Key {
    /// What [`key!`] calls.
    pub(super) const fn of(written: &'static str) -> Self {
        Self(written)
    }

    /// The name alone.
    pub(super) fn name(self) -> &'static str {
        self.0.get(2..self.0.len().saturating_sub(2)).unwrap_or_default()
    }

    /// A comma, the name in quotes, a colon.
    #[cfg(feature = "alloc")]
    pub(super) const fn written(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    #[test]
    fn a_key_has_its_name() {
        let host = key!("host");
        assert_eq!((host.name(), host.written()), ("host", &b",\"host\":"[..]));
    }
}
