//! One JSON object per line of a mail log.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, StdoutLock, Write as _, stdout};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser};
use examples::classes::ClassArgs;
use examples::input;
use examples::json;
use examples::logs::{self, LogArgs};
use examples::unread::Unread;
use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{Line as JsonLine, Object};
use postfix_log::read::{Checkpoint, Follow};
use postfix_log::reason::Classifier;
use postfix_log::{Calendar, Line, LogLine, LogReader, LogTime};
use serde::{Deserialize, Serialize};

/// One JSON object per line of a mail log
#[derive(Parser, Debug)]
#[command(version)]
struct Args {
    /// Wait for more at the end of the one FILE, through its rotation, until interrupted
    #[arg(long)]
    follow: bool,
    /// Go on where the last run with the same file stopped (with --follow)
    #[arg(long, value_name = "STATE", requires = "follow")]
    checkpoint: Option<PathBuf>,
    /// Replace names of users, logins and credentials by keyed hashes; KEYFILE holds 16 bytes or more
    #[arg(long, value_name = "KEYFILE")]
    anonymize: Option<PathBuf>,
    /// Also replace domains and names of hosts
    #[arg(long, requires = "anonymize")]
    anonymize_domains: bool,
    /// Also replace network addresses
    #[arg(long, requires = "anonymize")]
    anonymize_networks: bool,
    #[command(flatten)]
    classes: ClassArgs,
    #[command(flatten)]
    log: LogArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let one_file = matches!(args.log.files.as_slice(), [path] if path.as_os_str() != "-");
    if args.follow && !one_file {
        let kind = clap::error::ErrorKind::ArgumentConflict;
        Args::command().error(kind, "--follow takes one FILE, and not stdin").exit();
    }
    examples::cli::run(|| run(&args))
}

fn run(args: &Args) -> anyhow::Result<()> {
    let mut printer = Printer::new(args)?;
    if args.follow {
        return follow(args, &mut printer);
    }
    let mut reader = LogReader::new(input::open_all(&args.log.files)?);
    while let Some(line) = reader.next_line()? {
        printer.print(&line)?;
    }
    printer.finish()
}

/// Prints lines as they come, until interrupted.
///
/// What is printed and the checkpoint go together: output first, then the state, which also holds how
/// long the output was. A run that was killed in between is taken back to that length, so that in a
/// file (`>> FILE`) every line stands once. In a pipe the last quarter of a second may come twice.
fn follow(args: &Args, printer: &mut Printer) -> anyhow::Result<()> {
    static STOP: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed))?;
    let path = args.log.files.first().context("no FILE")?;
    let failed = || format!("cannot follow {}", logs::shown(path));
    let mut log = match args.checkpoint.as_deref().filter(|state| state.exists()) {
        Some(state) => {
            let state = State::load(state)?;
            printer.go_on(&state)?;
            Follow::resume(path, &state.checkpoint).with_context(failed)?
        }
        None => Follow::open(path).with_context(failed)?,
    };
    let mut saved = log.checkpoint();
    if let Some(state) = &args.checkpoint {
        printer.state(saved.clone())?.save(state)?;
    }
    loop {
        let stop = STOP.load(Ordering::Relaxed);
        let line = if stop { None } else { log.next_line().with_context(failed)? };
        if let Some(line) = line {
            printer.print(&line)?;
            continue;
        }
        printer.out.flush()?;
        if saved != log.checkpoint() {
            saved = log.checkpoint();
            if let Some(state) = &args.checkpoint {
                printer.state(saved.clone())?.save(state)?;
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
}

/// Prints lines and counts them.
struct Printer {
    out: BufWriter<StdoutLock<'static>>,
    /// The line that is being printed.
    object: Vec<u8>,
    calendar: Calendar,
    anonymizer: Option<Anonymizer>,
    classifier: Classifier<'static>,
    last: Option<LogTime>,
    lines: u64,
    events: BTreeMap<&'static str, u64>,
    undated: bool,
    unread: Unread,
}

impl Printer {
    fn new(args: &Args) -> anyhow::Result<Self> {
        Ok(Self {
            out: BufWriter::with_capacity(64 * 1024, stdout().lock()),
            object: Vec::new(),
            calendar: logs::calendar(&args.log.files, args.log.year, args.log.tz)?,
            anonymizer: args.anonymize.as_deref().map(|key| anonymizer(key, args)).transpose()?,
            classifier: args.classes.classifier()?,
            last: None,
            lines: 0,
            events: BTreeMap::new(),
            undated: false,
            unread: Unread::default(),
        })
    }

    fn print(&mut self, line: &LogLine<'_>) -> anyhow::Result<()> {
        self.unread.add(line);
        let stamp = line.header().ok().filter(|header| header.stamp().is_some());
        let time = stamp.and_then(|header| logs::time(&mut self.calendar, &header));
        if stamp.is_some() && time.is_none() && !self.undated {
            self.undated = true;
            eprintln!("maillog: no year is known: times are left out (give --year)");
        }
        self.last = time.or(self.last);
        let entry = JsonLine::new(line, time).with_classifier(self.classifier);
        match &self.anonymizer {
            Some(anonymizer) => {
                let mut entry = Object::from(&entry);
                anonymizer.entry(&mut entry);
                json::write_line(&mut self.out, &entry)?;
            }
            None => {
                self.object.clear();
                entry.write_printable(&mut self.object);
                self.object.push(b'\n');
                self.out.write_all(&self.object)?;
            }
        }
        self.lines += line.lines();
        *self.events.entry(entry.event().map_or("malformed", |event| event.name())).or_default() +=
            1;
        Ok(())
    }

    /// The counts, on stderr; those that should be zero even when they are.
    fn finish(&mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        self.events.entry("unrecognized").or_default();
        self.events.entry("malformed").or_default();
        let counts: Vec<String> =
            self.events.iter().map(|(name, count)| format!("{count} {name}")).collect();
        eprintln!("maillog: {} lines: {}", self.lines, counts.join(", "));
        self.unread.tell();
        Ok(())
    }

    fn state(&self, checkpoint: Checkpoint) -> anyhow::Result<State> {
        let time = self.last.map(|time| time.to_string());
        Ok(State { checkpoint, output: output_file()?.map(|(_, length)| length), time })
    }

    /// Takes back what was printed after the state was saved, and sets the year.
    fn go_on(&mut self, state: &State) -> anyhow::Result<()> {
        if let (Some((file, length)), Some(saved)) = (output_file()?, state.output)
            && length > saved
        {
            file.set_len(saved).context("cannot shorten the output")?;
        }
        if let Some(time) = &state.time {
            let line = format!("{time} - -: -");
            if let Ok(header) = Line::new(line.as_bytes(), 0).header() {
                self.last = logs::time(&mut self.calendar, &header);
            }
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

fn anonymizer(key: &Path, args: &Args) -> anyhow::Result<Anonymizer> {
    let secret = fs::read(key).with_context(|| format!("cannot read {}", logs::shown(key)))?;
    let anonymizer = Anonymizer::new(&secret).with_context(|| {
        let least = Anonymizer::MIN_KEY;
        format!("{} holds {} bytes: a key has {least} or more", logs::shown(key), secret.len())
    })?;
    let anonymizer = if args.anonymize_domains { anonymizer.with_domains() } else { anonymizer };
    Ok(if args.anonymize_networks { anonymizer.with_networks() } else { anonymizer })
}
