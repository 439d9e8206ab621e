//! The mail system as a whole: master and the start and stop script.

use crate::debug::text_debug;
use crate::field;
use crate::words::words;

/// A line about the mail system as a whole or one of its processes.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::MasterKind;
///
/// let line = br"warning: process /usr/lib/postfix/sbin/smtpd pid 4711 killed by signal 11";
/// let Event::Master(master) = parse_payload(b"master", line) else { panic!() };
/// assert_eq!((master.kind, master.child_pid, master.signal), (MasterKind::Exit, Some(4711), Some(11)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Master<'a> {
    /// The kind of line.
    pub kind: MasterKind,
    /// Postfix's version.
    pub version: Option<&'a [u8]>,
    /// The configuration directory.
    pub config: Option<&'a [u8]>,
    /// Process id of the child that ended.
    pub child_pid: Option<u64>,
    /// The child's exit status.
    pub exit_status: Option<u64>,
    /// The signal that ended the child, or master itself.
    pub signal: Option<u64>,
    /// The service, or the path of its program.
    pub service: Option<&'a [u8]>,
    /// The process limit that was reached.
    pub limit: Option<u64>,
    /// The whole text of the line.
    pub text: &'a [u8],
}

text_debug! { Master<'_> { kind, version, config, child_pid, exit_status, signal, service, limit, text } }

/// The kinds of [`Master`] lines.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum MasterKind {
    /// `daemon started`
    Start,
    /// `reload`
    Reload,
    /// `terminating on signal`, `master exit time has arrived`
    Stop,
    /// `process ... exit status`, `killed by signal`
    Exit,
    /// `bad command startup -- throttling`
    Throttle,
    /// `has reached its process limit`
    ProcessLimit,
    /// The start and stop script: `starting the Postfix mail system`, ...
    Script,
}

words! { MasterKind, "what the master did":
    Start => "start",
    Reload => "reload",
    Stop => "stop",
    Exit => "exit",
    Throttle => "throttle",
    ProcessLimit => "process_limit",
    Script => "script",
}

impl<'a> Master<'a> {
    fn new(kind: MasterKind, text: &'a [u8]) -> Self {
        Self {
            kind,
            version: None,
            config: None,
            child_pid: None,
            exit_status: None,
            signal: None,
            service: None,
            limit: None,
            text,
        }
    }
}

/// master's lines without a severity.
pub(crate) fn state(text: &[u8]) -> Option<Master<'_>> {
    if let Some(signal) = text.strip_prefix(b"terminating on signal ") {
        let signal = field::whole_number(signal)?;
        return Some(Master { signal: Some(signal), ..Master::new(MasterKind::Stop, text) });
    }
    if text == b"master exit time has arrived" {
        return Some(Master::new(MasterKind::Stop, text));
    }
    if let Some(config) = text.strip_prefix(b"reload configuration ") {
        return Some(Master { config: Some(config), ..Master::new(MasterKind::Reload, text) });
    }
    let (kind, rest) = match text.strip_prefix(b"daemon started") {
        Some(rest) => (MasterKind::Start, rest),
        None => (MasterKind::Reload, text.strip_prefix(b"reload")?),
    };
    // Releases before 2.3 log less.
    if rest.is_empty() {
        return Some(Master::new(kind, text));
    }
    let (version, config) =
        match field::cut(rest.strip_prefix(b" -- version ")?, b", configuration ") {
            Some((version, config)) => (version, Some(config)),
            None => (rest.strip_prefix(b" -- version ")?, None),
        };
    Some(Master { version: Some(version), config, ..Master::new(kind, text) })
}

/// master's warnings about its children.
pub(crate) fn warning(text: &[u8]) -> Option<Master<'_>> {
    if let Some(path) = text.strip_suffix(b": bad command startup -- throttling") {
        return Some(Master { service: Some(path), ..Master::new(MasterKind::Throttle, text) });
    }
    if let Some(rest) = text.strip_prefix(b"process ") {
        let (path, rest) = field::cut(rest, b" pid ")?;
        let (child, rest) = field::number(rest)?;
        let mut line = Master::new(MasterKind::Exit, text);
        (line.service, line.child_pid) = (Some(path), Some(child));
        match rest.strip_prefix(b" exit status ") {
            Some(status) => line.exit_status = Some(field::whole_number(status)?),
            None => {
                line.signal = Some(field::whole_number(rest.strip_prefix(b" killed by signal ")?)?)
            }
        }
        return Some(line);
    }
    let (service, rest) = field::cut_byte(text.strip_prefix(b"service \"")?, b'"')?;
    let (_, rest) = field::cut(rest, b" has reached its process limit \"")?;
    let (limit, _) = field::number(rest)?;
    let line = Master::new(MasterKind::ProcessLimit, text);
    Some(Master { service: Some(service), limit: Some(limit), ..line })
}

/// The start and stop script.
pub(crate) fn script(text: &[u8]) -> Option<Master<'_>> {
    let known = text.ends_with(b" the Postfix mail system")
        || text.starts_with(b"the Postfix mail system is ")
        || (text.starts_with(b"waiting for ") && text.ends_with(b" to terminate"))
        || (text.starts_with(b"starting the Postfix ")
            || text.starts_with(b"stopping the Postfix "));
    known.then(|| Master::new(MasterKind::Script, text))
}
