use core::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::FileInfo;
use crate::config::MainCfError;
use crate::error::Error;
use crate::escape::Escaped;
use crate::queue::Queue;

/// An error about a file or a directory of a spool, or about `main.cf`. A scan goes on after it.
///
/// The message names the path and includes the cause, so [`source`](core::error::Error::source) is `None`.
#[derive(Debug)]
pub struct SpoolError {
    path: PathBuf,
    queue: Option<Queue>,
    kind: SpoolErrorKind,
}

/// The kinds of [`SpoolError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolErrorKind {
    /// The user has no permission to read the file or directory. An unreadable directory can contain any number of messages.
    #[error("permission denied: run this as root or as the owner of the queue ({})", owner(*.uid))]
    Denied {
        /// The user id of the owner. `None` when the user has no permission to find out.
        uid: Option<u32>,
    },
    /// A queue or one of its subdirectories is not a directory. Symbolic links are not followed.
    #[error("not a directory (symbolic links are not followed): move aside what took its place")]
    NotADirectory,
    /// The directory does not contain any of Postfix's queues of messages.
    #[error(
        "no Postfix queue here: looked for maildrop, incoming, active, deferred, hold, corrupt"
    )]
    NoQueue,
    /// The queue contains logs or lists, not messages.
    #[error("this queue holds no messages")]
    NotMessages,
    /// There is no such file or directory.
    #[error("not found: check the path")]
    NotFound,
    /// A queue file has no usable envelope.
    #[error("{error}")]
    File {
        /// The error in the file.
        error: Error,
        /// The metadata of the file.
        file: FileInfo,
    },
    /// A parameter of `main.cf` that is needed has no usable value.
    #[error("parameter {name}: {error}")]
    Config {
        /// The name of the parameter.
        name: &'static str,
        /// The reason why it has no usable value.
        error: MainCfError,
    },
    /// The operating system returned another error.
    #[error("{0}")]
    Io(io::Error),
}

/// The owner in the text of an error.
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

    /// The queue that the file or directory is in. `None` for an error about the queue directory as a whole, or about `main.cf`.
    #[must_use]
    pub fn queue(&self) -> Option<Queue> {
        self.queue
    }

    /// The path of the file or directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The kind of error.
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
