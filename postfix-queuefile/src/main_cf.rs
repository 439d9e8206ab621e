use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use self::expand::expand;

mod expand;

/// The longest logical line that is kept (`line_length_limit` bounds nothing here; this does).
const MAX_LINE: usize = 64 * 1024;

/// The parameters of a `main.cf`, read as Postfix reads them (postconf(5)): comments, continuation
/// lines, and `$name`, `${name}`, `${name?value}`, `${name:value}`, `${name?{value}:{value}}`.
///
/// It answers for the few parameters that say where a queue is and when it retries; names that the
/// file does not set have Postfix's defaults for these, and no value otherwise.
///
/// ```
/// use postfix_queuefile::MainCf;
/// let config = MainCf::parse(
///     b"multi_instance_name = postfix-out\n\
///       queue_directory = /var/spool/\n   ${multi_instance_name?{$multi_instance_name}:{postfix}}\n",
/// );
/// assert_eq!(config.get(b"hash_queue_names")?, b"deferred, defer");
/// assert_eq!(config.raw(b"multi_instance_name"), Some(&b"postfix-out"[..]));
/// # Ok::<(), postfix_queuefile::MainCfError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MainCf {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Why a parameter has no usable value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum MainCfError {
    /// A `${` or `$(` without its end.
    #[error("expression is not closed")]
    Unclosed,
    /// `$` before something that is no parameter name, or a comparison such as `${{a} == {b} ? …}`.
    #[error("expression is not understood")]
    NotUnderstood,
    /// Parameters that refer to each other in a circle, or that grow beyond all reason.
    #[error("parameters refer to each other without end")]
    Endless,
    /// Not a number, or not a time such as `300s` or `5d`.
    #[error("not a number or a time")]
    NotANumber,
}

/// What Postfix 3.x assumes for the parameters this crate asks for (`src/global/mail_params.h`).
const DEFAULTS: &[(&[u8], &[u8])] = &[
    (b"bounce_queue_lifetime", b"5d"),
    (b"config_directory", b"/etc/postfix"),
    (b"duplicate_filter_limit", b"1000"),
    (b"empty_address_recipient", b"MAILER-DAEMON"),
    (b"enable_long_queue_ids", b"no"),
    (b"hash_queue_depth", b"1"),
    (b"hash_queue_names", b"deferred, defer"),
    (b"mail_name", b"Postfix"),
    (b"maximal_backoff_time", b"4000s"),
    (b"maximal_queue_lifetime", b"5d"),
    (b"minimal_backoff_time", b"300s"),
    (b"queue_directory", b"/var/spool/postfix"),
    (b"queue_run_delay", b"300s"),
    (b"smtputf8_enable", b"yes"),
    (b"syslog_name", b"${multi_instance_name?{$multi_instance_name}:{postfix}}"),
];

impl MainCf {
    /// Reads the text of a `main.cf`. The last setting of a name wins; lines that set nothing are
    /// passed over.
    pub fn parse(text: &[u8]) -> Self {
        let mut config = Self::default();
        let mut logical = Vec::new();
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line.trim_ascii_start().first() {
                None | Some(b'#') => {}
                _ if line.first().is_some_and(u8::is_ascii_whitespace) => {
                    if !logical.is_empty() && logical.len().saturating_add(line.len()) <= MAX_LINE {
                        logical.extend_from_slice(line);
                    }
                }
                _ => {
                    config.take(&logical);
                    logical.clear();
                    logical.extend_from_slice(line.get(..MAX_LINE).unwrap_or(line));
                }
            }
        }
        config.take(&logical);
        config
    }

    /// Sets a parameter, as `-o name=value` does.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        self.values.insert(name.to_vec(), value.to_vec());
    }

    /// The text of a parameter as the file has it; `None` when the file does not set it.
    pub fn raw(&self, name: &[u8]) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// The value of a parameter with all references replaced; a name without a value is empty, as
    /// in Postfix.
    ///
    /// # Errors
    ///
    /// When the text cannot be expanded. Comparisons (`${{a} == {b} ? …}`) are not supported.
    pub fn get(&self, name: &[u8]) -> Result<Vec<u8>, MainCfError> {
        expand(self.text(name), |name| self.text(name))
    }

    /// A parameter that is a whole number.
    ///
    /// # Errors
    ///
    /// When the text cannot be expanded, or is not a number.
    pub fn number(&self, name: &[u8]) -> Result<u64, MainCfError> {
        let value = self.get(name)?;
        digits(value.trim_ascii()).ok_or(MainCfError::NotANumber)
    }

    /// A parameter that is `yes` or `no`; anything else counts as `no`.
    ///
    /// # Errors
    ///
    /// When the text cannot be expanded.
    pub fn is_yes(&self, name: &[u8]) -> Result<bool, MainCfError> {
        Ok(self.get(name)?.trim_ascii().eq_ignore_ascii_case(b"yes"))
    }

    /// A parameter that is a time: a number and one of the units s, m, h, d, w. A number alone has
    /// the unit of the parameter's default: days for queue lifetimes, seconds otherwise.
    ///
    /// # Errors
    ///
    /// When the text cannot be expanded, or is not a time.
    pub fn time(&self, name: &[u8]) -> Result<Duration, MainCfError> {
        let value = self.get(name)?;
        let value = value.trim_ascii();
        let default = default(name).and_then(<[u8]>::last).copied().unwrap_or(b's');
        let (number, unit) = match value.split_last() {
            Some((unit, number)) if unit.is_ascii_alphabetic() => (number, *unit),
            _ => (value, default),
        };
        let seconds: u64 = match unit.to_ascii_lowercase() {
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            b's' => 1,
            _ if unit.is_ascii_digit() => 1,
            _ => return Err(MainCfError::NotANumber),
        };
        let number = digits(number).ok_or(MainCfError::NotANumber)?;
        number.checked_mul(seconds).map(Duration::from_secs).ok_or(MainCfError::NotANumber)
    }

    fn text(&self, name: &[u8]) -> &[u8] {
        self.raw(name).or_else(|| default(name)).unwrap_or_default()
    }

    fn take(&mut self, line: &[u8]) {
        let Some(equals) = line.iter().position(|&byte| byte == b'=') else { return };
        let (name, value) = line.split_at_checked(equals).unwrap_or_default();
        let value = value.strip_prefix(b"=").unwrap_or_default();
        self.set(name.trim_ascii(), value.trim_ascii());
    }
}

fn default(name: &[u8]) -> Option<&'static [u8]> {
    DEFAULTS.iter().find_map(|&(known, value)| (known == name).then_some(value))
}

fn digits(text: &[u8]) -> Option<u64> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_continue_and_comments_do_not_break_them() {
        let config = MainCf::parse(
            b"# a\n  ignored = without a start\na = 1\n  2\n# between\n\n\t3  \nb=\r\nc = x = y\na2 = 4\nno equals\nb = last",
        );
        assert_eq!(config.raw(b"a"), Some(&b"1  2\t3"[..]));
        assert_eq!(config.raw(b"b"), Some(&b"last"[..]));
        assert_eq!(config.raw(b"c"), Some(&b"x = y"[..]));
        assert_eq!(config.raw(b"ignored"), None);
        assert_eq!(config.raw(b"no equals"), None);
        assert_eq!(config.raw(b"a2"), Some(&b"4"[..]));
    }

    #[test]
    fn names_that_are_not_set_have_the_defaults_of_postfix() {
        let config = MainCf::default();
        assert_eq!(config.get(b"queue_directory").unwrap(), b"/var/spool/postfix");
        assert_eq!(config.number(b"hash_queue_depth"), Ok(1));
        assert_eq!(config.time(b"maximal_backoff_time"), Ok(Duration::from_secs(4000)));
        assert_eq!(config.time(b"bounce_queue_lifetime"), Ok(Duration::from_secs(432_000)));
        assert_eq!(config.is_yes(b"enable_long_queue_ids"), Ok(false));
        assert_eq!(config.get(b"syslog_name").unwrap(), b"postfix");
        assert_eq!(config.get(b"unheard_of").unwrap(), b"");
    }

    #[test]
    fn times_have_units() {
        let mut config = MainCf::default();
        for (text, seconds) in [
            ("7", Ok(7 * 86_400)),
            ("90s", Ok(90)),
            ("2m", Ok(120)),
            ("3H", Ok(10_800)),
            ("1w", Ok(604_800)),
            ("", Err(MainCfError::NotANumber)),
            ("d", Err(MainCfError::NotANumber)),
            ("-1d", Err(MainCfError::NotANumber)),
            ("5y", Err(MainCfError::NotANumber)),
            ("99999999999999999999d", Err(MainCfError::NotANumber)),
            ("99999999999999999w", Err(MainCfError::NotANumber)),
        ] {
            config.set(b"maximal_queue_lifetime", text.as_bytes());
            let time = config.time(b"maximal_queue_lifetime");
            assert_eq!(time.map(|time| time.as_secs()), seconds, "{text:?}");
        }
        config.set(b"queue_run_delay", b"7");
        assert_eq!(config.time(b"queue_run_delay"), Ok(Duration::from_secs(7)));
    }
}
