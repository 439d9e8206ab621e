//! The mail system as a whole: master and the start and stop script.

/// A line about the mail system or one of its processes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Master<'a> {
    /// The kind of line.
    pub kind: MasterKind,
    /// Postfix's version.
    pub version: Option<&'a [u8]>,
    /// The configuration directory.
    pub config: Option<&'a [u8]>,
    /// Process id of the child that ended.
    pub child: Option<u64>,
    /// The child's exit status.
    pub exit_status: Option<u64>,
    /// The signal that ended the child, or master itself.
    pub signal: Option<u64>,
    /// The service, or the path of its program.
    pub service: Option<&'a [u8]>,
    /// The process limit that was reached.
    pub limit: Option<u64>,
    /// The text.
    pub text: &'a [u8],
}

/// The kinds of [`Master`] lines.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MasterKind {
    /// `daemon started`
    Start,
    /// `reload`
    Reload,
    /// `terminating on signal`
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

impl MasterKind {
    /// A name in snake case, as in the JSON of the `maillog` example.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Reload => "reload",
            Self::Stop => "stop",
            Self::Exit => "exit",
            Self::Throttle => "throttle",
            Self::ProcessLimit => "process_limit",
            Self::Script => "script",
        }
    }
}
