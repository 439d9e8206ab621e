//! The configuration that affects a list, and how text is shown.

use std::borrow::Cow;
use std::fmt;

use postfix_queuefile::bounce::quote;
use postfix_queuefile::config::{MainCf, RetryParams};
use serde::{Serialize, Serializer};

/// The settings of the configuration, or Postfix's defaults.
pub(crate) struct Site {
    pub(crate) retry: RetryParams,
    empty_address: Vec<u8>,
    /// The number of log entry addresses that showq remembers; 0 for no limit.
    pub(crate) duplicates: usize,
    utf8: bool,
    /// `None` if there is no configuration, so that the queue ids decide.
    pub(crate) long_ids: Option<bool>,
}

impl Site {
    pub(crate) fn new(config: Option<&MainCf>) -> anyhow::Result<Self> {
        let mut default = MainCf::default();
        // A new installation sets a level. The default is 0 for a `main.cf` from before there were levels.
        default.set(b"compatibility_level", b"3.6");
        let main = config.unwrap_or(&default);
        let long_ids = main.is_yes(b"enable_long_queue_ids")?;
        Ok(Self {
            retry: RetryParams::try_from(main)?,
            empty_address: main.get(b"empty_address_recipient")?,
            duplicates: main.number(b"duplicate_filter_limit")?.try_into()?,
            // Every main.cf that Postfix installs sets a compatibility level at which this is on.
            utf8: config.is_none() || main.is_yes(b"smtputf8_enable")?,
            long_ids: config.is_some().then_some(long_ids),
        })
    }

    /// An address of a queue file, quoted and sanitised, with a name in place of the empty address.
    pub(crate) fn address<'a>(&'a self, address: &'a [u8]) -> Cow<'a, [u8]> {
        self.quoted(if address.is_empty() { &self.empty_address } else { address })
    }

    /// An address, quoted and sanitised.
    pub(crate) fn quoted<'a>(&self, address: &'a [u8]) -> Cow<'a, [u8]> {
        match quote(address) {
            Cow::Borrowed(address) => self.printable(address),
            Cow::Owned(quoted) => Cow::Owned(self.printable(&quoted).into_owned()),
        }
    }

    /// Replaces everything that is neither printable ASCII nor, if allowed, looks like UTF-8 (`src/util/printable.c`).
    pub(crate) fn printable<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let is_printable = |byte: &u8| matches!(byte, b' '..=b'~');
        let Some(plain) = text.iter().position(|byte| !is_printable(byte)) else {
            return Cow::Borrowed(text);
        };
        let is_more = |byte: Option<&u8>| byte.is_some_and(|byte| (0x80..0xc0).contains(byte));
        let mut printable = Vec::with_capacity(text.len());
        printable.extend_from_slice(&text[..plain]);
        let mut bytes = text[plain..].iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if is_printable(&byte) {
                printable.push(byte);
            } else if self.utf8 && (194..=254).contains(&byte) && is_more(bytes.peek()) {
                printable.push(byte);
                while let Some(more) = bytes.next_if(|byte| is_more(Some(byte))) {
                    printable.push(more);
                }
            } else {
                printable.push(b'?');
            }
        }
        Cow::Owned(printable)
    }
}

/// Sanitised bytes as text. Bytes that only look like UTF-8 are shown as `?`.
pub(crate) struct Shown<'a>(pub(crate) Cow<'a, [u8]>);

impl Shown<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("?")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
