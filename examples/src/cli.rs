//! Exit status and error messages, the same for every example: 0 for success, 1 if the job could not
//! be done, 2 for wrong usage (from clap).

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::text::printable;

/// Runs `job` and turns its result into the exit status. A reader that went away (`| head`) is not
/// an error.
pub fn run(job: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    status(|| job().map(|()| ExitCode::SUCCESS))
}

/// As [`run`], for a program that chooses its own exit status.
pub fn status(job: impl FnOnce() -> anyhow::Result<ExitCode>) -> ExitCode {
    match job() {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", program(), printable(format!("{error:#}").as_bytes()));
            ExitCode::FAILURE
        }
    }
}

/// The name that the program was called by, for messages.
pub fn program() -> String {
    let name = std::env::args_os().next().map(PathBuf::from);
    name.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "example".into())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(|e| e.io_error_kind());
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
