//! Metrics for Prometheus: what waits in a spool, and what its log tells. It can stand in the place of the exporters
//! that dashboards and alerts already know: see README.md beside this file.

mod arguments;
mod board;
mod exposition;
mod families;
mod histogram;
mod http;
mod log;
mod numbers;
mod process;
mod replace;
mod series;
mod spool;

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Parser as _;
use postfix_qshape::render::Format;

use crate::arguments::{Arguments, Listen};
use crate::board::Board;
use crate::log::Log;
use crate::process::Process;
use crate::spool::Scanner;

/// How often the textfile is written.
const TEXTFILE: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    examples::cli::run(|| run(&arguments))
}

fn run(arguments: &Arguments) -> Result<()> {
    let board = Arc::new(Board::default());
    let log = Log::new(arguments, Arc::clone(&board))?;
    let scanner = Scanner::new(arguments, Arc::clone(&board));
    if arguments.once {
        once(arguments, &board, log, scanner)
    } else {
        stay(arguments, board, log, scanner)
    }
}

/// Reads everything once.
fn once(
    arguments: &Arguments,
    board: &Board,
    log: Option<Log>,
    scanner: Option<Scanner>,
) -> Result<()> {
    scanner.map(|mut scanner| scanner.scan()).transpose()?;
    log.map(Log::read_all).transpose()?;
    if arguments.textfile.is_some() {
        return write_textfile(arguments, board);
    }
    let text = exposition::metrics(board, arguments.compat, Format::Text, None);
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

/// Serves until it is told to end.
fn stay(
    arguments: &Arguments,
    board: Arc<Board>,
    log: Option<Log>,
    scanner: Option<Scanner>,
) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let signal = (Arc::clone(&stop), thread::current());
    ctrlc::set_handler(move || {
        signal.0.store(true, Ordering::SeqCst);
        signal.1.unpark();
    })?;
    if let Some(listener) = listen(arguments)? {
        let (board, compat, process) = (Arc::clone(&board), arguments.compat, Process::new());
        let page = move |format| exposition::metrics(&board, compat, format, Some(&process));
        thread::Builder::new()
            .name("listener".into())
            .spawn(move || http::serve(&listener, page))?;
    }
    if let Some(scanner) = scanner {
        thread::Builder::new().name("scanner".into()).spawn(move || scanner.run())?;
    }
    let log = log.map(|log| log::spawn(log, Arc::clone(&stop))).transpose()?;
    let mut written = None::<Instant>;
    while !stop.load(Ordering::SeqCst) {
        let is_ready = (arguments.log.is_none() || board.log().is_some())
            && (arguments.spool.is_none() && arguments.config.is_none() || board.spool().is_some());
        let is_due = written.is_none_or(|written| written.elapsed() >= TEXTFILE);
        if arguments.textfile.is_some() && is_ready && is_due {
            if let Err(error) = write_textfile(arguments, &board) {
                eprintln!("exporter: {error:#}");
            }
            written = Some(Instant::now());
        }
        if log.as_ref().is_some_and(thread::JoinHandle::is_finished) {
            break;
        }
        thread::park_timeout(Duration::from_millis(500));
    }
    match log.map(thread::JoinHandle::join) {
        None => Ok(()),
        Some(Ok(result)) => result,
        Some(Err(_)) => anyhow::bail!("the thread that reads the log failed"),
    }
}

/// The server's socket; its address is told on stderr.
fn listen(arguments: &Arguments) -> Result<Option<TcpListener>> {
    if arguments.listen.is_none() && arguments.textfile.is_some() {
        return Ok(None);
    }
    let Listen(addresses) = arguments.listen.clone().unwrap_or_default();
    let listener = TcpListener::bind(addresses.as_slice()).with_context(|| {
        let wanted: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        format!("cannot listen on {} (another exporter may: see --listen)", wanted.join(" or "))
    })?;
    eprintln!("exporter: listening on http://{}/metrics", listener.local_addr()?);
    Ok(Some(listener))
}

fn write_textfile(arguments: &Arguments, board: &Board) -> Result<()> {
    let Some(path) = &arguments.textfile else { return Ok(()) };
    let text = exposition::metrics(board, arguments.compat, Format::Text, None);
    replace::file(path, |file| file.write_all(text.as_bytes()))
}
