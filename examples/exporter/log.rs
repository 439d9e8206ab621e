//! The log: read by a thread of its own, which shows what it counted and saves it.

mod familiar;
#[cfg(test)]
mod memory;
mod seen;
mod source;
mod state;
mod tally;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use examples::logs;
use examples::text::printable;
use examples::time::{self, Zone};
use postfix_log::{Calendar, Tracker};

use self::source::{How, Progress, Source};
use self::state::State;
use self::tally::Tally;
use crate::arguments::Arguments;
use crate::board::{Board, LogView};
use crate::families::Counter;
use crate::numbers::Numbers;

/// Lines between two looks at the clock.
const BATCH: usize = 1_000;

/// How often the numbers are shown while lines come without a pause.
const SHOW: Duration = Duration::from_millis(500);

/// How often the state is saved.
const SAVE: Duration = Duration::from_secs(10);

/// Work that takes long is done so rarely that it takes this part of the time.
const SHARE: u32 = 20;

/// The log and all that is known from it.
pub(crate) struct Log {
    path: PathBuf,
    how: How,
    source: Option<Source>,
    tally: Tally,
    /// Recipients as they were shown, which are never fewer later.
    shown: Numbers,
    /// Gaps before this run.
    gaps: u64,
    state: Option<PathBuf>,
    board: Arc<Board>,
    problem: Option<String>,
    clocks: Clocks,
}

/// When to do what next.
struct Clocks {
    show: Instant,
    save: Instant,
    is_shown: bool,
    is_saved: bool,
}

impl Log {
    /// Prepares to read the log: from where the state says, else from its start.
    pub(crate) fn new(arguments: &Arguments, board: Arc<Board>) -> Result<Option<Self>> {
        let Some(path) = arguments.log.clone() else { return Ok(None) };
        let saved = arguments.state.as_deref().filter(|state| state.exists());
        let saved = saved.map(State::load).transpose()?;
        let streams = path.as_os_str() == "-" || is_packed(&path);
        anyhow::ensure!(
            !(is_packed(&path) && arguments.state.is_some()),
            "--state is for a log that grows, which {} does not: it would be counted again",
            logs::shown(&path)
        );
        let State { numbers, shown, seen, tracker, checkpoint, .. } = saved.unwrap_or_default();
        let how = match checkpoint {
            _ if streams => How::Once,
            Some(checkpoint) => How::From(Box::new(checkpoint)),
            None if arguments.from_end => How::FromEnd,
            None if arguments.once && arguments.state.is_none() => How::Once,
            None => How::FromStart,
        };
        let classifier = arguments.classes.classifier()?;
        let tracker = tracker
            .map_or_else(Tracker::new, |tracker| tracker.0)
            .with_classifier(classifier)
            .with_calendar(calendar(&path, arguments.year, arguments.tz)?);
        let now = Instant::now();
        Ok(Some(Self {
            gaps: numbers
                .counter(Counter::LogGaps)
                .and_then(|gaps| gaps.only().copied())
                .unwrap_or(0),
            path,
            how,
            source: None,
            tally: Tally::new(numbers, tracker, seen, classifier),
            shown,
            state: arguments.state.clone(),
            board,
            problem: None,
            clocks: Clocks { show: now, save: now, is_shown: false, is_saved: false },
        }))
    }

    /// Follows the log until `stop` is set, then saves the state.
    pub(crate) fn follow(mut self, stop: &AtomicBool) -> Result<()> {
        let mut told = None;
        while !stop.load(Ordering::Relaxed) {
            let progress = self.read();
            if self.problem != told {
                if let Some(problem) = &self.problem {
                    eprintln!("exporter: {}", printable(problem.as_bytes()));
                }
                told.clone_from(&self.problem);
            }
            let now = Instant::now();
            let is_quiet = progress != Progress::More;
            if !self.clocks.is_shown && now >= self.clocks.show {
                self.show();
            }
            if !self.clocks.is_saved && now >= self.clocks.save {
                self.save_or_tell();
            }
            match &mut self.source {
                Some(source) if is_quiet => source.wait(),
                None => std::thread::sleep(Duration::from_millis(500)),
                Some(_) => {}
            }
        }
        self.tally.unread.tell();
        self.save()
    }

    /// Reads what there is, once.
    pub(crate) fn read_all(mut self) -> Result<()> {
        loop {
            match self.read() {
                Progress::More => {}
                Progress::Quiet if matches!(self.source, Some(Source::Stream(_))) => {
                    self.source.iter_mut().for_each(Source::wait);
                }
                Progress::Quiet | Progress::End => break,
            }
        }
        self.tally.unread.tell();
        self.show();
        self.save()?;
        if let Some(problem) = self.problem {
            return Err(anyhow::Error::msg(problem));
        }
        // A log that is followed may come later, but nobody waits for it here.
        if matches!(self.source, Some(Source::Followed(_))) {
            std::fs::metadata(&self.path)
                .with_context(|| format!("cannot read {}", logs::shown(&self.path)))?;
        }
        Ok(())
    }

    /// Reads some lines. What goes wrong is kept as the problem until it goes well.
    fn read(&mut self) -> Progress {
        let mut lines = 0_u64;
        let read = match &mut self.source {
            Some(source) => source.read(BATCH, |line| {
                lines += 1;
                self.tally.add(line);
            }),
            None => Source::open(&self.path, &self.how).map(|source| {
                self.source = Some(source);
                Progress::More
            }),
        };
        let (progress, problem) = match read {
            // Nothing comes after the end: what went wrong before it stays so.
            Ok(Progress::End) => (Progress::End, self.problem.clone()),
            Ok(progress) => (progress, None),
            Err(error) => (Progress::Quiet, Some(error.to_string())),
        };
        let changed = lines > 0 || problem != self.problem;
        self.problem = problem;
        if changed {
            (self.clocks.is_shown, self.clocks.is_saved) = (false, false);
        }
        // A file that came or went, and a stream that ended, are shown although no line came.
        if progress != Progress::More
            && self.board.log().is_some_and(|log| log.is_up != self.is_up())
        {
            self.clocks.is_shown = false;
        }
        progress
    }

    /// Shows the numbers to whoever asks.
    fn show(&mut self) {
        let began = Instant::now();
        self.note_gaps();
        let numbers = self.tally.show(&mut self.shown);
        let is_up = self.is_up();
        self.board.show_log(LogView { path: self.path.clone(), is_up, numbers });
        self.clocks.is_shown = true;
        self.clocks.show = Instant::now() + SHOW.max(began.elapsed() * SHARE);
    }

    /// Whether the log can be read now.
    fn is_up(&self) -> bool {
        let is_there = match &self.source {
            // Standard input that has ended brings nothing any more; a file that is read once has brought all.
            Some(Source::Stream(stream)) => !stream.has_ended() || self.path.as_os_str() != "-",
            Some(Source::Followed(_)) => self.path.exists(),
            None => false,
        };
        is_there && self.problem.is_none()
    }

    fn note_gaps(&mut self) {
        let gaps = self.gaps + self.source.as_ref().map_or(0, Source::gaps);
        self.tally.numbers.raise(Counter::LogGaps, &[], gaps);
    }

    fn save_or_tell(&mut self) {
        let began = Instant::now();
        if let Err(error) = self.save() {
            eprintln!("exporter: {error:#}");
        }
        self.clocks.is_saved = true;
        self.clocks.save = Instant::now() + SAVE.max(began.elapsed() * SHARE);
    }

    /// Saves the counters together with the place in the log that they belong to.
    fn save(&mut self) -> Result<()> {
        let (Some(path), Some(source)) = (self.state.clone(), &self.source) else { return Ok(()) };
        let checkpoint = source.checkpoint();
        self.note_gaps();
        let tally = &self.tally;
        state::save(&path, &tally.numbers, &self.shown, &tally.seen, &tally.tracker, checkpoint)
    }
}

/// Whether the file is compressed, and so does not grow.
fn is_packed(path: &std::path::Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["gz", "zst", "xz", "bz2"].contains(&extension.to_ascii_lowercase().as_str())
}

/// The years and the zone of stamps without them.
fn calendar(path: &std::path::Path, year: Option<i32>, zone: Option<Zone>) -> Result<Calendar> {
    // Nobody waits for the first line here: a log that is not there yet will be one of today.
    if path.is_file() {
        let files = [path.to_owned()];
        return logs::calendar(&files, year, zone).or_else(|_| Ok(recent(year, zone)));
    }
    Ok(recent(year, zone))
}

fn recent(year: Option<i32>, zone: Option<Zone>) -> Calendar {
    let calendar = match year {
        Some(year) => Calendar::starting_at(year),
        None => Calendar::ending_at(time::now()),
    };
    match zone {
        Some(zone) => calendar.with_zone(move |wall| zone.offset_of_wall(wall)),
        None => calendar,
    }
}

/// Runs [`Log::follow`] on a thread of its own.
pub(crate) fn spawn(
    log: Log,
    stop: Arc<AtomicBool>,
) -> Result<std::thread::JoinHandle<Result<()>>> {
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || log.follow(&stop))
        .context("cannot start a thread for the log")
}
