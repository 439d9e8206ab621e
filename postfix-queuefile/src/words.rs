//! Enums whose values are words. The same word is used to print, read and store a value.

/// Gives an enum `ALL`, `as_str`, `Display` and `FromStr`. The words are those that `serde(rename_all = "snake_case")` makes.
macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),* $(,)? }) => {
        impl $type {
            /// All values, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for the value. It is used to print, read and store it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::error::Error;

            /// Accepts the words of [`as_str`](Self::as_str). Anything else is
            /// [`ErrorKind::UnknownWord`]($crate::ErrorKind::UnknownWord).
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|value| value.as_str() == word);
                found.copied().ok_or($crate::error::Error::new(
                    $crate::error::ErrorKind::UnknownWord,
                    0,
                ))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use core::fmt::{Debug, Display};
    use core::str::FromStr;

    use crate::content::Section;
    use crate::envelope::notify::Return;
    use crate::envelope::recipient::RecipientState;
    use crate::error::ErrorKind;
    use crate::queue::Queue;
    use crate::record::Segment;

    fn words<T>(all: &[T])
    where
        T: Copy + Debug + Display + PartialEq + FromStr<Err = crate::error::Error>,
    {
        for value in all {
            let word = value.to_string();
            assert_eq!(word.parse::<T>(), Ok(*value));
            assert_eq!(format!("{value:>20}").len(), 20, "{word}");
            for bad in [word.to_uppercase(), format!(" {word}"), String::new()] {
                let error = bad.parse::<T>().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnknownWord, "{bad}");
            }
        }
        assert!(!all.is_empty());
    }

    #[test]
    fn every_word_is_read_back_and_nothing_else() {
        words(Queue::ALL);
        words(RecipientState::ALL);
        words(Return::ALL);
        words(Section::ALL);
        words(Segment::ALL);
        #[cfg(all(feature = "std", unix))]
        words(crate::spool::Skip::ALL);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn words_are_stored_as_they_are_printed() {
        fn stored<T: Copy + Display + serde::Serialize>(all: &[T]) {
            for value in all {
                assert_eq!(serde_json::to_value(value).unwrap(), value.to_string());
            }
        }
        stored(Queue::ALL);
        stored(RecipientState::ALL);
        stored(Return::ALL);
        stored(Section::ALL);
        stored(Segment::ALL);
        #[cfg(all(feature = "std", unix))]
        stored(crate::spool::Skip::ALL);
    }
}
