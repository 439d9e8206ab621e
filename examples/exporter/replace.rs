//! Files that are replaced in one step, so that a reader sees the old or the new one, whole.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use anyhow::{Context as _, Result};
use examples::logs::shown;

/// Writes a file beside `path`, then gives it that name.
pub(crate) fn file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let mut new = path.as_os_str().to_owned();
    // Not the ending that the textfile collector reads.
    new.push(".new");
    let save = || {
        let mut file = BufWriter::new(File::create(&new)?);
        write(&mut file)?;
        // The name must not come before what it names.
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&new, path)
    };
    save().with_context(|| format!("cannot write {}", shown(path)))
}
