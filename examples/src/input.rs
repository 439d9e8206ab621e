//! Log files as one stream of bytes: plain, `.gz`, `.zst`, `.xz`, `.bz2`, and `-` for stdin.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use indicatif::ProgressBar;

use crate::progress::{self, Tracked};

/// Opens one input, decompressed by its extension; `-` is stdin.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    open_tracked(path, &ProgressBar::hidden())
}

/// Opens several inputs as one stream, in the order given, with a progress bar over their bytes on
/// disk when stderr is a terminal. A file whose last line has no newline is given one, so that it
/// does not run into the next file.
pub fn open_all(paths: &[PathBuf]) -> anyhow::Result<Stream> {
    // Each file is opened now, and again when its turn comes, so that a missing file is an error
    // before any output and a thousand rotated logs do not need a thousand descriptors. A pipe is
    // not opened now, because opening and closing it would tell its writer that nobody reads.
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        if path.metadata().with_context(|| unreadable(path))?.is_file() {
            File::open(path).with_context(|| unreadable(path))?;
        }
    }
    let total = paths.iter().filter_map(|path| path.metadata().ok()).map(|meta| meta.len()).sum();
    let bar = progress::bytes(total, "reading");
    Ok(Stream { waiting: paths.iter().cloned().collect(), current: None, last: b'\n', bar })
}

/// The modification time of a plain file in seconds since the epoch, from which the year of a log
/// is taken if nothing else shows it. `None` for a pipe and the like.
pub fn mtime(path: &Path) -> Option<i64> {
    let modified: SystemTime =
        path.metadata().ok().filter(|meta| meta.is_file())?.modified().ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Several inputs, one after the other. Made by [`open_all`].
pub struct Stream {
    waiting: VecDeque<PathBuf>,
    current: Option<Box<dyn Read + Send>>,
    last: u8,
    bar: ProgressBar,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(reader) = &mut self.current {
                let n = reader.read(buffer)?;
                if let Some(last) = buffer.get(..n).and_then(|read| read.last()) {
                    self.last = *last;
                    return Ok(n);
                }
                self.current = None;
            }
            let Some(path) = self.waiting.pop_front() else {
                self.bar.finish_and_clear();
                return Ok(0);
            };
            let reader = open_tracked(&path, &self.bar).map_err(io::Error::other)?;
            self.current = Some(reader);
            if self.last != b'\n' {
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(1);
            }
        }
    }
}

/// True if the file has to be unpacked, which its extension tells.
pub fn is_packed(path: &Path) -> bool {
    matches!(extension(path).as_str(), "gz" | "zst" | "xz" | "bz2")
}

fn extension(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn open_tracked(path: &Path, bar: &ProgressBar) -> anyhow::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).with_context(|| unreadable(path))?;
    let raw = Tracked::new(file, bar.clone());
    let packed: Box<dyn Read + Send> = match extension(path).as_str() {
        "gz" => Box::new(flate2::read::MultiGzDecoder::new(raw)),
        "zst" => Box::new(zst(raw)?),
        "xz" => Box::new(liblzma::read::XzDecoder::new_multi_decoder(raw)),
        "bz2" => Box::new(bzip2::read::MultiBzDecoder::new(raw)),
        _ => return Ok(Box::new(Named { reader: raw, path: path.to_owned(), hint: "" })),
    };
    let hint = " (it is damaged or cut off, or not packed as its name says)";
    Ok(Box::new(Named { reader: packed, path: path.to_owned(), hint }))
}

/// A reader whose errors name the file, and say what may be wrong with it.
struct Named<R> {
    reader: R,
    path: PathBuf,
    hint: &'static str,
}

impl<R: Read> Read for Named<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| {
            let path = self.path.display();
            io::Error::new(error.kind(), format!("cannot read {path}: {error}{}", self.hint))
        })
    }
}

/// Logs are often compressed with a long window (`zstd --long`).
fn zst<R: Read>(raw: R) -> anyhow::Result<zstd::Decoder<'static, io::BufReader<R>>> {
    let mut decoder = zstd::Decoder::new(raw)?;
    decoder.window_log_max(27)?;
    Ok(decoder)
}

fn unreadable(path: &Path) -> String {
    format!("cannot read {} (check the path and your permission)", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn files_are_one_stream_and_their_lines_do_not_join() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let (a, b, c) = (dir.path().join("a"), dir.path().join("b.gz"), dir.path().join("c.zst"));
        std::fs::write(&a, "one")?;
        let mut gz = flate2::write::GzEncoder::new(File::create(&b)?, flate2::Compression::fast());
        gz.write_all(b"two\n")?;
        gz.finish()?;
        zstd::stream::copy_encode(&b"three"[..], File::create(&c)?, 1)?;
        let mut text = String::new();
        open_all(&[a, b, c])?.read_to_string(&mut text)?;
        assert_eq!(text, "one\ntwo\nthree");
        Ok(())
    }

    #[test]
    fn a_missing_file_is_named_before_anything_is_read() {
        let error = open_all(&["/nonexistent/log".into()]).err().map(|e| e.to_string());
        assert!(error.is_some_and(|e| e.contains("/nonexistent/log")));
    }
}
