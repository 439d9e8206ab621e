//! Reading `main.cf`: where the queue is, how it is hashed, and when mail is tried again.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use self::expand::Expansion;
pub use self::retry::RetryParams;
use crate::cstring;

mod expand;
mod retry;

/// The parameters of a `main.cf`, read as Postfix reads them (postconf(5)), with comments, continuation lines, and references
/// with their conditions and comparisons.
///
/// A parameter about the queue that the file does not set has Postfix's default. Some values depend on what only a running
/// Postfix knows, such as its version or the name of the host. Such a value is an error ([`MainCfError::NotKnown`]) and never
/// an empty text. The name of the host can be given with [`set_host_name`](Self::set_host_name).
///
/// ```
/// use postfix_queuefile::config::MainCf;
///
/// let config = MainCf::parse(
///     b"multi_instance_name = postfix-out\n\
///       queue_directory = /var/spool/\n   ${multi_instance_name?{$multi_instance_name}:{postfix}}\n\
///       maximal_queue_lifetime = 3days\n",
/// );
/// assert_eq!(config.get(b"hash_queue_names")?, b"deferred, defer");
/// assert_eq!(config.raw(b"multi_instance_name"), Some(&b"postfix-out"[..]));
/// assert_eq!(config.time(b"maximal_queue_lifetime")?.as_secs(), 259_200);
/// # Ok::<(), postfix_queuefile::config::MainCfError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MainCf {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
    host_name: Option<Vec<u8>>,
}

/// The reason why a parameter has no usable value. Postfix itself ends with a fatal error for each of these, except for
/// [`NotKnown`](Self::NotKnown).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum MainCfError {
    /// A `${` or `$(` is not closed.
    #[error("expression is not closed")]
    Unclosed,
    /// A `$` is not followed by the name of a parameter, or an expression has a syntax error.
    #[error("expression is not understood")]
    NotUnderstood,
    /// Parameters refer to each other in a circle, or their value becomes too large.
    #[error("parameters refer to each other without end")]
    Endless,
    /// The value refers to a parameter that the file does not set and whose default this crate does not know, because it depends on
    /// the release, on the host, or on the program.
    #[error("refers to a parameter whose default is not known here: set it in main.cf")]
    NotKnown,
    /// The value is not a number, or not a time such as `300s` or `5d`.
    #[error("not a number or a time")]
    NotANumber,
    /// The number or time is outside the range that Postfix allows for this parameter.
    #[error("outside the range that Postfix allows")]
    OutOfRange,
    /// The value is neither `yes` nor `no`.
    #[error("neither yes nor no")]
    NotABoolean,
}

/// The defaults of Postfix 3.7 and later (`src/global/mail_params.h`). A parameter that is not in this list has no default, or one
/// that depends on the installation; the latter are in `parameters.txt`.
const DEFAULTS: &[(&[u8], &[u8])] = &[
    (b"bounce_queue_lifetime", b"5d"),
    (b"command_directory", b"/usr/sbin"),
    (b"compatibility_level", b"0"),
    (b"config_directory", b"/etc/postfix"),
    (b"data_directory", b"/var/lib/postfix"),
    (b"default_privs", b"nobody"),
    (b"duplicate_filter_limit", b"1000"),
    (b"empty_address_recipient", b"MAILER-DAEMON"),
    (b"enable_long_queue_ids", b"no"),
    (b"hash_queue_depth", b"1"),
    (b"hash_queue_names", b"deferred, defer"),
    (b"mail_name", b"Postfix"),
    (b"mail_owner", b"postfix"),
    (b"maximal_backoff_time", b"4000s"),
    (b"maximal_queue_lifetime", b"5d"),
    (b"minimal_backoff_time", b"300s"),
    (b"myorigin", b"$myhostname"),
    (b"process_id_directory", b"pid"),
    (b"queue_directory", b"/var/spool/postfix"),
    (b"queue_run_delay", b"300s"),
    (b"setgid_group", b"postdrop"),
    (b"smtputf8_enable", b"${{$compatibility_level} <level {1} ? {no} : {yes}}"),
    (b"syslog_name", b"${multi_instance_name?{$multi_instance_name}:{postfix}}"),
];

/// The smallest and the largest value of numbers, and of times in seconds, for parameters that Postfix limits
/// (`src/qmgr/qmgr.c`, `src/global/mail_params.c`).
const RANGES: &[(&[u8], u64, u64)] = &[
    (b"bounce_queue_lifetime", 0, 8_640_000),
    (b"hash_queue_depth", 1, MAX_INT),
    (b"maximal_backoff_time", 1, MAX_INT),
    (b"maximal_queue_lifetime", 0, 8_640_000),
    (b"minimal_backoff_time", 1, MAX_INT),
    (b"queue_run_delay", 1, MAX_INT),
];

/// The largest `int`.
const MAX_INT: u64 = 0x7fff_ffff;

/// The parameters of Postfix that have a default, sorted.
const PARAMETERS: &str = include_str!("config/parameters.txt");

impl MainCf {
    /// Reads the text of a `main.cf`. If it sets a parameter several times, the last value counts. Lines that set nothing are
    /// ignored.
    ///
    /// ```
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::parse(b"# lifetimes\nmaximal_queue_lifetime = 2d\n");
    /// assert_eq!(config.get(b"maximal_queue_lifetime"), Ok(b"2d".to_vec()));
    /// assert_eq!(config.get(b"bounce_queue_lifetime"), Ok(b"5d".to_vec())); // Postfix's default
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut config = Self::default();
        let mut logical = Vec::new();
        for line in text.split(|&byte| byte == b'\n') {
            match cstring::trim_start(line).first() {
                None | Some(b'#') => {}
                _ if line.first().is_some_and(|&byte| cstring::is_space(byte)) => {
                    if !logical.is_empty() {
                        logical.extend_from_slice(line);
                    }
                }
                _ => {
                    config.take(&logical);
                    logical.clear();
                    logical.extend_from_slice(line);
                }
            }
        }
        config.take(&logical);
        config
    }

    /// Sets a parameter, as `-o name=value` does.
    ///
    /// ```
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let mut config = MainCf::parse(b"minimal_backoff_time = 5m\n");
    /// config.set(b"minimal_backoff_time", b"10m");
    /// assert_eq!(config.raw(b"minimal_backoff_time"), Some(&b"10m"[..]));
    /// ```
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        self.values.insert(name.to_vec(), value.to_vec());
    }

    /// Sets the name of the host, as `uname -n` prints it. If the file does not set `myhostname`, Postfix derives it from this name,
    /// and `mydomain` from `myhostname`.
    ///
    /// ```
    /// use postfix_queuefile::config::{MainCf, MainCfError};
    ///
    /// let mut config = MainCf::parse(b"queue_directory = /srv/$myhostname\n");
    /// assert_eq!(config.get(b"queue_directory"), Err(MainCfError::NotKnown));
    /// config.set_host_name(b"mx1.example.com");
    /// assert_eq!(config.get(b"queue_directory")?, b"/srv/mx1.example.com");
    /// assert_eq!(config.get(b"mydomain")?, b"example.com");
    /// # Ok::<(), MainCfError>(())
    /// ```
    pub fn set_host_name(&mut self, name: &[u8]) {
        self.host_name = Some(name.to_vec());
    }

    /// The text of a parameter as it is in the file, with its references. `None` when the file does not set the parameter.
    ///
    /// ```
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::parse(b"queue_directory = $base/postfix\nbase = /srv\n");
    /// assert_eq!(config.raw(b"queue_directory"), Some(&b"$base/postfix"[..]));
    /// assert_eq!(config.raw(b"hash_queue_depth"), None);
    /// ```
    #[must_use]
    pub fn raw(&self, name: &[u8]) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// The value of a parameter with all references replaced. As in Postfix, a name that the file does not set and that Postfix does
    /// not know has an empty value.
    ///
    /// ```
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::parse(b"queue_directory = $base/postfix\nbase = /srv\n");
    /// assert_eq!(config.get(b"queue_directory"), Ok(b"/srv/postfix".to_vec()));
    /// ```
    ///
    /// # Errors
    ///
    /// The text cannot be expanded, or it refers to a value that is not known here.
    pub fn get(&self, name: &[u8]) -> Result<Vec<u8>, MainCfError> {
        Expansion::new(self).value(name)
    }

    /// The value of a parameter that is a whole number, as C's `strtol` reads it.
    ///
    /// ```
    /// use postfix_queuefile::config::{MainCf, MainCfError};
    ///
    /// let config = MainCf::parse(b"hash_queue_depth = 2\nqmgr_message_active_limit = many\n");
    /// assert_eq!(config.number(b"hash_queue_depth"), Ok(2));
    /// assert_eq!(config.number(b"qmgr_message_active_limit"), Err(MainCfError::NotANumber));
    /// ```
    ///
    /// # Errors
    ///
    /// The text cannot be expanded, is not a number that fits into 31 bits, or is outside the range that Postfix allows for the
    /// parameter.
    pub fn number(&self, name: &[u8]) -> Result<u64, MainCfError> {
        let value = self.get(name)?;
        match cstring::split(&value) {
            Some((number, [])) => in_range(name, number, MainCfError::OutOfRange),
            _ => Err(MainCfError::NotANumber),
        }
    }

    /// Whether the value of a parameter is `yes`, in upper or lower case.
    ///
    /// ```
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::parse(b"enable_long_queue_ids = Yes\n");
    /// assert_eq!(config.is_yes(b"enable_long_queue_ids"), Ok(true));
    /// ```
    ///
    /// # Errors
    ///
    /// The text cannot be expanded, or is neither `yes` nor `no`.
    pub fn is_yes(&self, name: &[u8]) -> Result<bool, MainCfError> {
        let value = self.get(name)?;
        if value.eq_ignore_ascii_case(b"yes") {
            Ok(true)
        } else if value.eq_ignore_ascii_case(b"no") {
            Ok(false)
        } else {
            Err(MainCfError::NotABoolean)
        }
    }

    /// The value of a parameter that is a time, as Postfix reads it (`conv_time.c`): a number and one of the units s, m, h, d and w.
    /// Text after the unit is ignored, so `5days` and `300sec` are times, too. A number without a unit has the unit of the
    /// parameter's default, which is days for queue lifetimes and seconds otherwise.
    ///
    /// ```
    /// use std::time::Duration;
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::parse(b"minimal_backoff_time = 5m\nmaximal_queue_lifetime = 2\n");
    /// assert_eq!(config.time(b"minimal_backoff_time"), Ok(Duration::from_secs(300)));
    /// assert_eq!(config.time(b"maximal_queue_lifetime"), Ok(Duration::from_secs(2 * 86_400)));
    /// ```
    ///
    /// # Errors
    ///
    /// The text cannot be expanded, is not a time of at most 68 years, or is outside the range that Postfix allows for the
    /// parameter.
    pub fn time(&self, name: &[u8]) -> Result<Duration, MainCfError> {
        let value = self.get(name)?;
        let unit =
            default(name).and_then(|text| text.iter().find(|byte| byte.is_ascii_alphabetic()));
        let (number, rest) = match cstring::split(&value) {
            Some(split) => split,
            // `strtol` finds no digits and says 0, and the unit is looked for at the start of the text.
            None if !value.is_empty() => (0, value.as_slice()),
            None => return Err(MainCfError::NotANumber),
        };
        let seconds: u64 = match rest.first().or(unit).unwrap_or(&b's') {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return Err(MainCfError::NotANumber),
        };
        let number = u64::try_from(number).ok().filter(|&number| {
            // Postfix wants less than what fits, except for seconds.
            let most = MAX_INT.checked_div(seconds).unwrap_or(MAX_INT);
            if seconds == 1 { number <= most } else { number < most }
        });
        let seconds = number.and_then(|number| number.checked_mul(seconds));
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let seconds = seconds.ok_or(MainCfError::NotANumber)?;
        in_range(name, seconds, MainCfError::OutOfRange).map(Duration::from_secs)
    }

    fn take(&mut self, line: &[u8]) {
        if let Some((name, value)) = cstring::name_value(line) {
            self.set(name, value);
        }
    }
}

fn default(name: &[u8]) -> Option<&'static [u8]> {
    DEFAULTS.iter().find_map(|&(known, value)| (known == name).then_some(value))
}

/// Whether Postfix has a default for the parameter, so that it is not empty where the file is silent.
fn has_default(name: &[u8]) -> bool {
    PARAMETERS.lines().any(|known| known.as_bytes() == name)
}

fn in_range(name: &[u8], number: i64, error: MainCfError) -> Result<u64, MainCfError> {
    let range = RANGES.iter().find(|(known, ..)| *known == name);
    let (least, most) = range.map_or((0, MAX_INT), |&(_, least, most)| (least, most));
    let number = u64::try_from(number).ok();
    number.filter(|number| (least..=most).contains(number)).ok_or(error)
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
        let config = MainCf::parse(b"two words = 1\na =\n\n b\n\x0b c\n\x0b# d\n");
        assert_eq!(config.raw(b"two words"), None, "Postfix takes no such name");
        assert_eq!(config.raw(b"a"), Some(&b"b\x0b c"[..]));
        let long = [b"a = ".to_vec(), vec![b'x'; 200_000]].concat();
        assert_eq!(MainCf::parse(&long).get(b"a").unwrap().len(), 200_000);
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
        assert_eq!(config.get(b"compatibility_level").unwrap(), b"0");
        assert_eq!(config.is_yes(b"smtputf8_enable"), Ok(false));
        let config = MainCf::parse(b"compatibility_level = 3.6\n");
        assert_eq!(config.is_yes(b"smtputf8_enable"), Ok(true));
        let config = MainCf::parse(b"compatibility_level = 0.9\n");
        assert_eq!(config.is_yes(b"smtputf8_enable"), Ok(false));
    }

    #[test]
    fn what_only_a_running_postfix_knows_is_no_empty_text() {
        let get = |text: &str| MainCf::parse(text.as_bytes()).get(b"x");
        for name in
            ["myhostname", "mydomain", "myorigin", "mail_version", "mynetworks", "process_name"]
        {
            assert_eq!(get(&format!("x = a${name}/b\n")), Err(MainCfError::NotKnown), "{name}");
            assert_eq!(get(&format!("x = ${{{name}?a$$:b}}\n")), Ok(b"a$:b".to_vec()), "{name}");
            assert_eq!(get(&format!("x = ${{{name}:$none}}\n")), Ok(Vec::new()), "{name}");
            assert_eq!(get(&format!("{name} = z\nx = ${name}\n")), Ok(b"z".to_vec()), "{name}");
        }
        for (text, value) in [
            ("x = $data_directory/$compatibility_level", "/var/lib/postfix/0"),
            ("x = $unheard_of$relayhost.", "."),
            ("myhostname = mx.a.test\nx = $mydomain $myorigin", "a.test mx.a.test"),
            ("myhostname = mx\nx = $mydomain", "localdomain"),
            ("mydomain = b.test\nmyhostname = mx.a.test\nx = $mydomain", "b.test"),
            ("d = a.test\nmyhostname = mx.$d\nx = $mydomain", "a.test"),
        ] {
            assert_eq!(get(text), Ok(value.as_bytes().to_vec()), "{text}");
        }
        let mut config = MainCf::parse(b"x = $myhostname\ny = $mydomain\n");
        let mut both = |name: &[u8]| {
            config.set_host_name(name);
            (config.get(b"x").unwrap(), config.get(b"y").unwrap())
        };
        assert_eq!(both(b"mx.a.test"), (b"mx.a.test".to_vec(), b"a.test".to_vec()));
        assert_eq!(both(b"mx"), (b"mx.localdomain".to_vec(), b"localdomain".to_vec()));
        config.set(b"mydomain", b"b.test");
        assert_eq!(config.get(b"x"), Ok(b"mx.b.test".to_vec()));
        config.set(b"mydomain", b"$myhostname");
        assert_eq!(config.get(b"x"), Err(MainCfError::Endless));
    }

    #[test]
    fn defaults_and_parameters_are_one_table_and_one_list() {
        assert!(DEFAULTS.is_sorted() && RANGES.is_sorted());
        let names: Vec<_> = PARAMETERS.lines().collect();
        assert!(names.is_sorted() && names.len() > 800);
        for (name, _) in DEFAULTS {
            assert!(has_default(name), "{}", name.escape_ascii());
        }
    }

    /// Expected values are those of Postfix 3.7.11, which was asked for each of them.
    #[test]
    fn times_have_units() {
        let mut config = MainCf::default();
        let (bad, range) = (Err(MainCfError::NotANumber), Err(MainCfError::OutOfRange));
        for (text, seconds) in [
            ("7", Ok(7)),
            ("5s", Ok(5)),
            ("5days", Ok(432_000)),
            ("300sec", Ok(300)),
            ("7m", Ok(420)),
            ("+5m", Ok(300)),
            ("3h", Ok(10_800)),
            ("1w", Ok(604_800)),
            ("2147483647", Ok(2_147_483_647)),
            ("35791393m", Ok(2_147_483_580)),
            ("5sx", Ok(5)),
            ("010", Ok(10)),
            ("5m6s", Ok(300)),
            ("d", range),
            ("0", range),
            ("0s", range),
            ("5D", bad),
            ("3H", bad),
            ("5 d", bad),
            ("-5m", bad),
            ("2147483648", bad),
            ("3550w", bad),
            ("24855d", bad),
            ("596523h", bad),
            ("35791394m", bad),
            ("5x", bad),
            ("5y", bad),
            ("0x10", bad),
            ("99999999999999999999", bad),
            ("99999999999999999w", bad),
            ("", bad),
            ("5.5", bad),
        ] {
            config.set(b"queue_run_delay", text.as_bytes());
            let time = config.time(b"queue_run_delay");
            assert_eq!(time.map(|time| time.as_secs()), seconds, "{text:?}");
        }
        for (text, days) in
            [("7", Ok(7)), ("d", Ok(0)), ("0", Ok(0)), ("100d", Ok(100)), ("101d", range)]
        {
            config.set(b"maximal_queue_lifetime", text.as_bytes());
            let time = config.time(b"maximal_queue_lifetime");
            assert_eq!(time.map(|time| time.as_secs() / 86_400), days, "{text:?}");
        }
    }

    /// As above.
    #[test]
    fn numbers_and_answers_are_whole() {
        let mut config = MainCf::default();
        let (bad, range) = (Err(MainCfError::NotANumber), Err(MainCfError::OutOfRange));
        for (text, number) in [
            ("1", Ok(1)),
            ("+2", Ok(2)),
            ("010", Ok(10)),
            ("0", range),
            ("-1", range),
            ("2147483648", range),
            ("", bad),
            ("1x", bad),
            ("1 2", bad),
        ] {
            config.set(b"hash_queue_depth", text.as_bytes());
            assert_eq!(config.number(b"hash_queue_depth"), number, "{text:?}");
        }
        for (text, answer) in [("yes", Some(true)), ("YES", Some(true)), ("No", Some(false))]
            .into_iter()
            .chain(["true", "1", "", "yes x"].map(|text| (text, None)))
        {
            config.set(b"enable_long_queue_ids", text.as_bytes());
            let expected = answer.ok_or(MainCfError::NotABoolean);
            assert_eq!(config.is_yes(b"enable_long_queue_ids"), expected, "{text:?}");
        }
    }
}
