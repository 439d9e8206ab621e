use core::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::FileInfo;
use crate::config::MainCfError;
use crate::error::Error;
use crate::escape::Escaped;
use crate::queue::Queue;

/// Something below a queue directory that could not be read. The scan goes on without it.
#[derive(Debug)]
pub struct SpoolError {
    path: PathBuf,
    queue: Option<Queue>,
    kind: SpoolErrorKind,
}

/// What could not be read, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolErrorKind {
    /// The user may not read it. An unreadable directory can hold any number of messages.
    #[error("permission denied: run this as root or as the owner of the queue ({})", owner(*.uid))]
    Denied {
        /// The owner's user id; `None` when even that may not be known.
        uid: Option<u32>,
    },
    /// A queue or one of its subdirectories is not a directory; symbolic links are not followed.
    #[error("not a directory (symbolic links are not followed): move aside what took its place")]
    NotADirectory,
    /// The directory has none of Postfix's queues in it.
    #[error(
        "no Postfix queue here: looked for maildrop, incoming, active, deferred, hold, corrupt"
    )]
    NoQueue,
    /// The queue holds logs or lists, not messages.
    #[error("this queue holds no messages")]
    NotMessages,
    /// There is no such file or directory.
    #[error("not found: check the path")]
    NotFound,
    /// A queue file without a usable envelope.
    #[error("{error}")]
    File {
        /// What is wrong with it.
        error: Error,
        /// What the file system says about it.
        file: FileInfo,
    },
    /// A parameter of `main.cf` that is needed cannot be understood.
    #[error("parameter {name}: {error}")]
    Config {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        error: MainCfError,
    },
    /// The operating system refused.
    #[error("{0}")]
    Io(io::Error),
}

/// An owner in an error's text.
fn owner(uid: Option<u32>) -> String {
    uid.map_or_else(|| "unknown".to_owned(), |uid| format!("uid {uid}"))
}

impl SpoolError {
    pub(super) fn new(path: impl Into<PathBuf>, kind: impl Into<SpoolErrorKind>) -> Self {
        Self { path: path.into(), queue: None, kind: kind.into() }
    }

    pub(super) fn in_queue(self, queue: Queue) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// The queue in which it is; `None` for an error about the queue directory as a whole, or about `main.cf`.
    #[must_use]
    pub fn queue(&self) -> Option<Queue> {
        self.queue
    }

    /// The directory or file concerned.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn kind(&self) -> &SpoolErrorKind {
        &self.kind
    }
}

impl fmt::Display for SpoolError {
    /// Unusual bytes in the path are escaped, so that a file name cannot send control sequences to a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Escaped::new(self.path.as_os_str().as_bytes()), self.kind)
    }
}

/// The text of the cause is part of this one's, so there is no source to be printed after it.
impl core::error::Error for SpoolError {}
