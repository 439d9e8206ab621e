//! `--follow`: a log that grows, and where a run stopped.

use std::fs::{self, File};
use std::io::{self, stdout};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use examples::logs;
use postfix_log::read::{Checkpoint, Follow};
use serde::{Deserialize, Serialize};

use crate::Args;
use crate::printer::Printer;

/// Prints lines as they come, until interrupted.
///
/// What is printed and the checkpoint go together: output first, then the state, which also holds how
/// long the output was. A run that was killed in between is taken back to that length, so that in a
/// file (`>> FILE`) every line stands once. In a pipe the last quarter of a second may come twice.
pub fn follow(args: &Args, printer: &mut Printer) -> anyhow::Result<()> {
    static STOP: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed))?;
    let path = args.log.files.first().context("no FILE")?;
    let failed = || format!("cannot follow {}", logs::shown(path));
    let mut log = match args.checkpoint.as_deref().filter(|state| state.exists()) {
        Some(state) => {
            let state = State::load(state)?;
            state.go_on(printer)?;
            Follow::resume(path, &state.checkpoint).with_context(failed)?
        }
        None => Follow::open(path).with_context(failed)?,
    };
    let mut saved = log.checkpoint();
    if let Some(state) = &args.checkpoint {
        State::of(printer, saved.clone())?.save(state)?;
    }
    loop {
        let stop = STOP.load(Ordering::Relaxed);
        let line = if stop { None } else { log.next_line().with_context(failed)? };
        if let Some(line) = line {
            printer.print(&line)?;
            continue;
        }
        printer.flush()?;
        if saved != log.checkpoint() {
            saved = log.checkpoint();
            if let Some(state) = &args.checkpoint {
                State::of(printer, saved.clone())?.save(state)?;
            }
        }
        if stop {
            break;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    if log.gaps() > 0 {
        eprintln!("maillog: lines were lost at {} places: rotated files were gone", log.gaps());
    }
    printer.finish()
}

/// What --follow keeps between runs.
#[derive(Serialize, Deserialize)]
struct State {
    checkpoint: Checkpoint,
    /// Length of the output, if that is a file.
    output: Option<u64>,
    /// The last time, for the year of the next.
    time: Option<String>,
}

impl State {
    fn of(printer: &Printer, checkpoint: Checkpoint) -> anyhow::Result<Self> {
        let time = printer.last().map(|time| time.to_string());
        Ok(Self { checkpoint, output: output_file()?.map(|(_, length)| length), time })
    }

    fn load(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot go on from {}", logs::shown(path));
        serde_json::from_slice(&fs::read(path).with_context(failed)?).with_context(failed)
    }

    /// Replaces the old state in one step: a full disk must not cost it.
    fn save(&self, path: &Path) -> anyhow::Result<()> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        fs::write(&new, serde_json::to_vec(self)?)
            .and_then(|()| fs::rename(&new, path))
            .with_context(|| format!("cannot save {}", logs::shown(path)))
    }

    /// Takes back what was printed after the state was saved, and sets the year.
    fn go_on(&self, printer: &mut Printer) -> anyhow::Result<()> {
        if let (Some((file, length)), Some(saved)) = (output_file()?, self.output)
            && length > saved
        {
            file.set_len(saved).context("cannot shorten the output")?;
        }
        if let Some(time) = &self.time {
            printer.go_on_from(time);
        }
        Ok(())
    }
}

/// The standard output and its length, if it is a file.
fn output_file() -> io::Result<Option<(File, u64)>> {
    let file = File::from(stdout().as_fd().try_clone_to_owned()?);
    let meta = file.metadata()?;
    Ok(meta.is_file().then_some((file, meta.len())))
}
