//! Running laws on stored inputs, without libFuzzer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Property;

/// The files of a folder in the order of their names; none when there is no such folder.
///
/// # Errors
/// A folder that exists but cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = entries.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// Runs a law on each file, or on each file of each folder, named on the command line: `cargo run --bin NAME -- FILE...`
/// replays on stable what the fuzzer wrote.
pub fn replay_args(property: Property) {
    let mut inputs = 0_usize;
    for arg in std::env::args_os().skip(1) {
        let path = PathBuf::from(arg);
        let list =
            if path.is_dir() { files(&path).expect("a readable folder") } else { vec![path] };
        for file in list {
            let data = fs::read(&file).expect("a readable file");
            println!("{} ({} bytes)", file.display(), data.len());
            property(&data);
            inputs += 1;
        }
    }
    println!("{inputs} inputs: the law holds");
}
