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
            eprintln!("{}: {}", program(), printable(words(&error).as_bytes()));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes. What the text before has already is not told again: a whole cause, or the name of the
/// file with which one begins.
fn words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = match cause.split_once(": ") {
            Some((file, rest)) if words.ends_with(file) => rest,
            _ => &cause,
        };
        if words.is_empty() {
            words.push_str(cause);
        } else if !words.contains(cause) {
            words.push_str(": ");
            words.push_str(cause);
        }
    }
    words
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

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = Err::<(), _>(io::Error::other("it is full")).context("x: it is full");
        let error = error.context("cannot write").unwrap_err();
        assert_eq!(words(&error), "cannot write: x: it is full");
        let error = Err::<(), _>(io::Error::other("/a/b: gone")).context("cannot read /a/b");
        assert_eq!(words(&error.unwrap_err()), "cannot read /a/b: gone");
        assert_eq!(words(&anyhow::anyhow!("no")), "no");
    }
}
