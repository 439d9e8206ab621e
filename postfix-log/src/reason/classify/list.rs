//! The lists of a rule: borrowed from the program, or owned if the rule was read from a file.

#[cfg(feature = "serde")]
use alloc::{boxed::Box, vec::Vec};

/// A text.
#[derive(Clone, Debug)]
pub(super) enum Name<'r> {
    Fixed(&'r str),
    #[cfg(feature = "serde")]
    Owned(Box<str>),
}

/// Texts.
#[derive(Clone, Debug)]
pub(super) enum Names<'r> {
    Fixed(&'r [&'r str]),
    #[cfg(feature = "serde")]
    Owned(Vec<Box<str>>),
}

/// Numbers.
#[derive(Clone, Debug)]
pub(super) enum Numbers<'r, T> {
    Fixed(&'r [T]),
    #[cfg(feature = "serde")]
    Owned(Vec<T>),
}

impl Eq for Name<'_> {}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Names<'_> {}

impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Numbers<'_, T> {}

impl<T: PartialEq> PartialEq for Numbers<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Name<'_> {
    pub(super) const fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            #[cfg(feature = "serde")]
            Self::Owned(text) => text,
        }
    }
}

impl<'r> Names<'r> {
    /// The texts of a row of the table, which are never owned.
    pub(super) const fn fixed(&self) -> &'r [&'r str] {
        match self {
            Self::Fixed(texts) => texts,
            #[cfg(feature = "serde")]
            Self::Owned(_) => &[],
        }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        #[cfg(feature = "serde")]
        let owned = match self {
            Self::Fixed(_) => &[][..],
            Self::Owned(texts) => texts,
        };
        #[cfg(not(feature = "serde"))]
        let owned: &[&str] = &[];
        self.fixed().iter().copied().chain(owned.iter().map(|text| &**text))
    }

    /// True if the list is empty, or one of its texts fits.
    pub(super) fn ask(&self, fits: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Fixed(texts) => texts.is_empty() || texts.iter().any(|text| fits(text)),
            #[cfg(feature = "serde")]
            Self::Owned(texts) => texts.is_empty() || texts.iter().any(|text| fits(text)),
        }
    }
}

impl<'r, T> Numbers<'r, T> {
    /// The numbers of a row of the table, which are never owned.
    pub(super) const fn fixed(&self) -> &'r [T] {
        match self {
            Self::Fixed(numbers) => numbers,
            #[cfg(feature = "serde")]
            Self::Owned(_) => &[],
        }
    }

    /// True if the list is empty, or one of its numbers fits.
    pub(super) fn ask(&self, fits: impl Fn(&T) -> bool) -> bool {
        self.as_slice().is_empty() || self.as_slice().iter().any(fits)
    }

    fn as_slice(&self) -> &[T] {
        match self {
            Self::Fixed(numbers) => numbers,
            #[cfg(feature = "serde")]
            Self::Owned(numbers) => numbers,
        }
    }
}
