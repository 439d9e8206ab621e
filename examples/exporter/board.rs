//! What is shown: the last complete numbers of log and spool. Nobody who asks waits for work.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::numbers::Numbers;
use crate::spool::Scan;

/// The numbers of the log.
#[derive(Debug)]
pub(crate) struct LogView {
    pub(crate) path: PathBuf,
    /// Whether the log could be read.
    pub(crate) is_up: bool,
    pub(crate) numbers: Numbers,
}

/// The spool as it was read last.
#[derive(Debug)]
pub(crate) struct SpoolView {
    pub(crate) path: PathBuf,
    /// Whether the last attempt to read it went well.
    pub(crate) is_up: bool,
    /// The last that went well.
    pub(crate) scan: Option<Arc<Scan>>,
}

/// What is shown.
#[derive(Debug, Default)]
pub(crate) struct Board {
    log: Mutex<Option<Arc<LogView>>>,
    spool: Mutex<Option<Arc<SpoolView>>>,
}

/// Nothing is changed in place, so that whoever panicked left nothing half done.
fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Board {
    pub(crate) fn show_log(&self, view: LogView) {
        *lock(&self.log) = Some(Arc::new(view));
    }

    pub(crate) fn show_spool(&self, view: SpoolView) {
        *lock(&self.spool) = Some(Arc::new(view));
    }

    /// The log as it was shown last; `None` before that, and without a log.
    pub(crate) fn log(&self) -> Option<Arc<LogView>> {
        lock(&self.log).clone()
    }

    /// The spool as it was shown last; `None` before that, and without a spool.
    pub(crate) fn spool(&self) -> Option<Arc<SpoolView>> {
        lock(&self.spool).clone()
    }
}
