//! What is kept between runs: the counters and the place in the log that they belong to, in one file.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use examples::logs::shown;
use postfix_log::Tracker;
use postfix_log::read::Checkpoint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::seen::Seen;
use crate::numbers::Numbers;
use crate::replace;

/// Raised when a release could not read the files of the one before.
const VERSION: u32 = 1;

/// What was saved.
#[derive(Default, Deserialize)]
pub(crate) struct State {
    pub(crate) numbers: Numbers,
    pub(crate) shown: Numbers,
    pub(crate) seen: Seen,
    pub(crate) tracker: Option<Resumed>,
    /// `None` where the log was a stream.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// A tracker that was saved.
pub(crate) struct Resumed(pub(crate) Tracker);

impl<'de> Deserialize<'de> for Resumed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tracker::resume(deserializer).map(Self)
    }
}

struct Saved<'t>(&'t Tracker);

impl Serialize for Saved<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.save(serializer)
    }
}

impl State {
    /// Reads what [`save`] wrote.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let open = || File::open(path).with_context(|| format!("cannot read {}", shown(path)));
        let foreign = || {
            format!("{} is no state that --state saved: move it away to start anew", shown(path))
        };
        let read = BufReader::new(open()?);
        let Versioned { version } = serde_json::from_reader(read).with_context(foreign)?;
        ensure!(
            version == VERSION,
            "{} is a state of version {version}, this program reads version {VERSION}: move it away",
            shown(path)
        );
        serde_json::from_reader(BufReader::new(open()?)).with_context(foreign)
    }
}

/// Replaces the old state in one step.
pub(crate) fn save(
    path: &Path,
    numbers: &Numbers,
    shown: &Numbers,
    seen: &Seen,
    tracker: &Tracker,
    checkpoint: Option<Checkpoint>,
) -> Result<()> {
    #[derive(Serialize)]
    struct All<'s> {
        version: u32,
        numbers: &'s Numbers,
        shown: &'s Numbers,
        seen: &'s Seen,
        tracker: Saved<'s>,
        checkpoint: Option<Checkpoint>,
    }
    let tracker = Saved(tracker);
    let all = All { version: VERSION, numbers, shown, seen, tracker, checkpoint };
    replace::file(path, |file| {
        serde_json::to_writer(&mut *file, &all)?;
        file.write_all(b"\n")
    })
}
