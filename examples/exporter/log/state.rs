//! What is kept between runs: the counters and the place in the log that they belong to, in one file. It is JSON,
//! compressed because a full tracker makes 130 MB of it.

use std::fs::File;
use std::io::{BufReader, BufWriter, IntoInnerError};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use examples::logs::shown;
use postfix_log::Tracker;
use postfix_log::read::Checkpoint;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::seen::Seen;
use crate::numbers::Numbers;
use crate::replace;

/// Raised when a release could not read the files of the one before.
const VERSION: u32 = 1;

/// The fastest compression that is worth it: the state is written often.
const LEVEL: i32 = 1;

/// What was saved.
#[derive(Default, Deserialize)]
pub(crate) struct State {
    version: u32,
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
        let foreign = || {
            format!("{} is no state that --state saved: move it away to start anew", shown(path))
        };
        match read::<Self>(path)? {
            Ok(state) if state.version == VERSION => Ok(state),
            // Another version may have other members.
            other => {
                let Versioned { version } = read(path)?.with_context(foreign)?;
                ensure!(
                    version == VERSION,
                    "{} is a state of version {version}, this program reads version {VERSION}: move it away",
                    shown(path)
                );
                other.with_context(foreign)
            }
        }
    }
}

/// Reads a file; the inner error is about what it says.
fn read<T: DeserializeOwned>(path: &Path) -> Result<serde_json::Result<T>> {
    let file = File::open(path).and_then(zstd::Decoder::new);
    let file = file.with_context(|| format!("cannot read {}", shown(path)))?;
    Ok(serde_json::from_reader(BufReader::new(file)))
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
        let mut packed = BufWriter::new(zstd::Encoder::new(file, LEVEL)?);
        serde_json::to_writer(&mut packed, &all)?;
        packed.into_inner().map_err(IntoInnerError::into_error)?.finish()?;
        Ok(())
    })
}
