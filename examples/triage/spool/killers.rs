//! Files that kill the queue manager each time that it reads them.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use postfix_queuefile::{Entry, Queue};

use super::Waiting;

/// The queues that the queue manager scans, and in which a bad file kills it.
const SCANNED: [Queue; 3] = [Queue::Incoming, Queue::Active, Queue::Deferred];

/// The maximum number of such files that are named. More would say nothing new.
const KILLERS: usize = 20;

impl Waiting {
    pub(super) fn look_for_poison(&mut self, entry: &Entry) {
        if entry.kills_queue_manager() && self.killers.len() < KILLERS {
            let place = crate::text(entry.path().as_os_str().as_bytes());
            self.killers.push((place, "contains a record that kills it".into()));
        }
    }

    pub(super) fn look_for_strays(&mut self) {
        for queue in SCANNED {
            self.find_killers(Path::new(queue.as_str()), 0);
        }
    }

    /// Files with names of one character, which the queue manager takes for directories.
    fn find_killers(&mut self, directory: &Path, depth: usize) {
        let Ok(names) = std::fs::read_dir(self.root.join(directory)) else { return };
        for name in names.flatten().filter(|name| name.file_name().len() == 1) {
            let Ok(kind) = name.file_type() else { continue };
            let place = directory.join(name.file_name());
            if kind.is_dir() && depth < 3 {
                self.find_killers(&place, depth + 1);
            } else if kind.is_file() && self.killers.len() < KILLERS {
                let place = crate::text(place.as_os_str().as_bytes());
                let why = "is a file, but the queue manager takes a name of one character for a \
                           directory";
                self.killers.push((place, why.into()));
            }
        }
    }
}
