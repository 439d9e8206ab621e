//! `Debug` that shows texts as text: a derived one prints bytes as numbers.

use core::fmt;

use crate::escape::Escaped;

/// `Debug` as it would be derived, except that bytes are shown as text between quotes, odd ones
/// [escaped](crate::escape). Every field has to be named.
macro_rules! text_debug {
    ($($type:ident $(<$life:lifetime>)? { $($field:ident),+ $(,)? })+) => {$(
        impl core::fmt::Debug for $type$(<$life>)? {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                #[allow(unused_imports, reason = "not every type has fields of both kinds")]
                use $crate::debug::{AsIs as _, AsText as _, Field};
                let Self { $($field),+ } = self;
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &(&Field($field)).shown()))+
                    .finish()
            }
        }
    )+};
}

pub(crate) use text_debug;

/// The value of a field. A method that takes it by one reference is found before one that takes it by two:
/// texts are [`AsText`], all else is [`AsIs`].
pub(crate) struct Field<'f, T>(pub(crate) &'f T);

pub(crate) trait AsText {
    fn shown(&self) -> impl fmt::Debug;
}

pub(crate) trait AsIs {
    fn shown(&self) -> impl fmt::Debug;
}

impl AsText for Field<'_, &[u8]> {
    fn shown(&self) -> impl fmt::Debug {
        Escaped::new(self.0)
    }
}

impl AsText for Field<'_, Option<&[u8]>> {
    fn shown(&self) -> impl fmt::Debug {
        self.0.map(Escaped::new)
    }
}

#[cfg(feature = "alloc")]
impl AsText for Field<'_, alloc::vec::Vec<u8>> {
    fn shown(&self) -> impl fmt::Debug {
        Escaped::new(self.0)
    }
}

#[cfg(feature = "alloc")]
impl AsText for Field<'_, Option<alloc::vec::Vec<u8>>> {
    fn shown(&self) -> impl fmt::Debug {
        self.0.as_deref().map(Escaped::new)
    }
}

impl<T: fmt::Debug> AsIs for &Field<'_, T> {
    fn shown(&self) -> impl fmt::Debug {
        self.0
    }
}

#[cfg(test)]
mod tests {
    struct Sample<'a> {
        text: &'a [u8],
        more: Option<&'a [u8]>,
        none: Option<&'a [u8]>,
        number: Option<u8>,
    }

    text_debug! { Sample<'_> { text, more, none, number } }

    #[test]
    fn texts_are_text() {
        let sample = Sample { text: b"a\x1b\"", more: Some(b"b"), none: None, number: Some(7) };
        assert_eq!(
            format!("{sample:?}"),
            r#"Sample { text: "a\x1b"", more: Some("b"), none: None, number: Some(7) }"#
        );
    }
}
