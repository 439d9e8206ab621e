//! What a rule lists: borrowed from the program, or owned when it was read from a file.

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, vec::Vec};

/// A text.
#[derive(Clone, Debug)]
pub(super) enum Name<'r> {
    Fixed(&'r str),
    #[cfg(feature = "alloc")]
    Owned(Box<str>),
}

/// Texts.
#[derive(Clone, Debug)]
pub(super) enum Names<'r> {
    Fixed(&'r [&'r str]),
    #[cfg(feature = "alloc")]
    Owned(Vec<Box<str>>),
}

/// Numbers.
#[derive(Clone, Debug)]
pub(super) enum Numbers<'r, T> {
    Fixed(&'r [T]),
    #[cfg(feature = "alloc")]
    Owned(Vec<T>),
}

impl Name<'_> {
    pub(super) const fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            #[cfg(feature = "alloc")]
            Self::Owned(text) => text,
        }
    }
}

impl<'r> Names<'r> {
    /// The texts of a row of the table, none of which is owned.
    pub(super) const fn fixed(&self) -> &'r [&'r str] {
        match self {
            Self::Fixed(texts) => texts,
            #[cfg(feature = "alloc")]
            Self::Owned(_) => &[],
        }
    }

    /// True when the list asks for nothing, or one of its texts fits.
    pub(super) fn ask(&self, fits: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Fixed(texts) => texts.is_empty() || texts.iter().any(|text| fits(text)),
            #[cfg(feature = "alloc")]
            Self::Owned(texts) => texts.is_empty() || texts.iter().any(|text| fits(text)),
        }
    }
}

impl<T> Numbers<'_, T> {
    /// True when the list asks for nothing, or one of its numbers fits.
    pub(super) fn ask(&self, fits: impl Fn(&T) -> bool) -> bool {
        let numbers = match self {
            Self::Fixed(numbers) => *numbers,
            #[cfg(feature = "alloc")]
            Self::Owned(numbers) => numbers,
        };
        numbers.is_empty() || numbers.iter().any(fits)
    }
}
