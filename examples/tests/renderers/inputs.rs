//! Logs and spools made of the inputs that are kept for the fuzzer, as they are and changed. The same each time.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use postfix_queuefile::build::Encoder;
use tempfile::TempDir;

use crate::dice::Dice;

/// Behind all times of the inputs, in seconds since the epoch.
pub const NOW: &str = "1801579401";

/// How many inputs one host has.
const EACH: usize = 12;

/// How many changed inputs of each kind there are.
const CHANGED: usize = 240;

/// What a program may take for a part of its own output.
const PIECES: &[&[u8]] = &[
    b"<zq>",
    b"<zq>",
    b"</td><zq>",
    b"<zq/onload=zq(1)>",
    b"\" zq=\"",
    b"' zq='",
    b"&zq;",
    b"&#zq",
    b"<!--zq",
    b"]]><zq>",
    b"</style><zq>",
    b"</script><zq>",
    b"\\",
    b"\\\"",
    b"\\n",
    b"\",zq=\"",
    b"\"} 1",
    b"{zq=\"zq\"} 1",
    b"\nzq{zq=\"zq\"} 1\n",
    b"\n# TYPE zq counter\n",
    b"\\nzq forged",
    b"\\u000azq forged",
    b"\rzq forged",
    b"\x0bzq forged",
    b"\x85zq forged",
    b"\xc2\x85zq forged",
    b"\xe2\x80\xa8zq forged",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\xef\xbb\xbf",
    b"\x1b[31mzq",
    b"\x1b]0;zq\x07",
    b"\x08\x08\x08zq",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\x80",
    b"#012zq",
    b"@zq.example",
    b",",
    b"=cmd|zq",
    b"%s%n",
];

/// A log and a spool.
pub struct Host {
    pub name: String,
    dir: TempDir,
}

impl Host {
    pub fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    pub fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    /// Keeps what was printed and what it was printed of, for whoever has to look into it; says where.
    pub fn keep(&self, printed: &str) -> String {
        let place =
            std::env::temp_dir().join(format!("renderers-{}-{}", std::process::id(), self.name));
        let kept = fs::create_dir_all(&place)
            .and_then(|()| fs::write(place.join("printed"), printed))
            .and_then(|()| fs::copy(self.log(), place.join("log")).map(drop));
        match kept {
            Ok(()) => format!("{} in {}", self.name, place.display()),
            Err(error) => format!("{}, which could not be kept: {error}", self.name),
        }
    }
}

/// All hosts: first those with the inputs as they are.
pub fn hosts() -> Result<Vec<Host>> {
    let mut dice = Dice(20_261_129);
    let (logs, files, defers) =
        (kept("log")?, kept("queuefile")?, kept_in(&["queuefile_deferlog"])?);
    let mut all_logs = logs.clone();
    all_logs.extend((0..CHANGED).map(|_| changed(&logs, &mut dice)));
    let mut all_files = files.clone();
    all_files.extend((0..CHANGED).map(|turn| match turn % 3 {
        0 => overwritten(&files, &mut dice),
        _ => made(&mut dice),
    }));
    let mut all_defers = defers.clone();
    all_defers.extend((0..CHANGED).map(|_| changed(&defers, &mut dice)));
    let count = all_logs.len().max(all_files.len()).div_ceil(EACH);
    (0..count)
        .map(|number| {
            let dir = tempfile::tempdir()?;
            fs::write(dir.path().join("log"), part(&all_logs, number).concat())?;
            let defers = part(&all_defers, number);
            spool(&dir.path().join("spool"), part(&all_files, number), defers)?;
            Ok(Host { name: format!("host {number}"), dir })
        })
        .collect()
}

fn part(all: &[Vec<u8>], number: usize) -> &[Vec<u8>] {
    let start = (number * EACH).min(all.len());
    &all[start..(start + EACH).min(all.len())]
}

/// Queue files in some queues, with logs of their deliveries.
fn spool(place: &Path, files: &[Vec<u8>], defers: &[Vec<u8>]) -> Result<()> {
    for queue in ["maildrop", "incoming", "active", "deferred", "hold", "corrupt", "defer"] {
        fs::create_dir_all(place.join(queue))?;
    }
    for (number, file) in files.iter().enumerate() {
        let id = format!("{:05X}{number:05X}", number + 1);
        let queue = ["deferred", "deferred", "deferred", "active", "hold", "incoming", "maildrop"];
        let path = place.join(queue[number % queue.len()]).join(&id);
        fs::write(&path, file)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        if let Some(defer) = defers.get(number) {
            fs::write(place.join("defer").join(&id), defer)?;
        }
    }
    Ok(())
}

/// The seeds and regressions of a crate's laws.
fn kept(crate_name: &str) -> Result<Vec<Vec<u8>>> {
    let mut folders = Vec::new();
    for kind in ["seeds", "regressions"] {
        for folder in fs::read_dir(fuzz().join(kind))? {
            let folder = folder?.path();
            let name = folder.file_name().and_then(|name| name.to_str()).context("an odd name")?;
            if folder.is_dir() && name.split('_').next() == Some(crate_name) {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    let inputs = read(&folders)?;
    ensure!(inputs.len() > 30, "only {} inputs of {crate_name}", inputs.len());
    Ok(inputs)
}

fn kept_in(names: &[&str]) -> Result<Vec<Vec<u8>>> {
    read(&names.iter().map(|name| fuzz().join("seeds").join(name)).collect::<Vec<_>>())
}

fn read(folders: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let mut inputs = Vec::new();
    for folder in folders {
        let files = fs::read_dir(folder)?.map(|file| Ok(file?.path()));
        let mut files = files.collect::<Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            let mut input = fs::read(file)?;
            // Pieces of a line are lines here.
            if folder.to_string_lossy().contains("/log") && !input.ends_with(b"\n") {
                input.push(b'\n');
            }
            inputs.push(input);
        }
    }
    Ok(inputs)
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// An input with pieces in it, mostly where a value begins or ends.
fn changed(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(12) {
        let edges = input.iter().enumerate().filter(|(_, b)| b"<>=(@,: ".contains(b));
        let edges: Vec<usize> = edges.map(|(at, _)| at + 1).collect();
        let at = match dice.below(4) {
            0 => dice.below(input.len() + 1),
            _ if edges.is_empty() => 0,
            _ => edges[dice.below(edges.len())],
        };
        match dice.below(12) {
            0 if at < input.len() => input[at] = dice.byte(),
            1 => input.truncate(at),
            2 => {
                let end = (at + dice.below(20)).min(input.len());
                input.drain(at..end);
            }
            3 => drop(input.splice(at..at, PIECES[dice.below(PIECES.len())].repeat(300))),
            _ => drop(input.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
        }
    }
    input.push(b'\n');
    input
}

/// A queue file with pieces over some of its bytes, which moves none of its records.
fn overwritten(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        match dice.below(6) {
            0 if at < input.len() => input[at] = dice.byte(),
            1 => input.truncate(at.max(1)),
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                input.iter_mut().skip(at).zip(piece).for_each(|(old, new)| *old = *new);
            }
        }
    }
    input
}

/// A sound queue file in which a stranger chose each text.
fn made(dice: &mut Dice) -> Vec<u8> {
    let mut file = Encoder::new().size().time(1_795_000_000).from(&dice.text("s"));
    for name in ["log_client_name", "log_helo_name", "sasl_username", "client_address", "zq"] {
        let text = [name.as_bytes(), b"=", &dice.text("v")].concat();
        file = file.record(postfix_queuefile::RecordType::ATTRIBUTE, text);
    }
    for _ in 0..=dice.below(3) {
        file = file.rcpt(&dice.text("r"));
    }
    let subject = [b"Subject: ", &dice.text("x")[..]].concat();
    let id = [b"Message-ID: <", &dice.text("i")[..], b">"].concat();
    file.message().text(&subject).text(&id).text(b"").text(b"hello").extracted().end()
}

impl Dice {
    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }

    /// An address, mostly, with pieces in it.
    fn text(&mut self, start: &str) -> Vec<u8> {
        let mut text = start.as_bytes().to_vec();
        for _ in 0..=self.below(2) {
            text.extend_from_slice(PIECES[self.below(PIECES.len())]);
        }
        if self.below(4) > 0 {
            text.push(b'@');
            text.extend_from_slice(PIECES[self.below(PIECES.len())]);
            text.extend_from_slice(b".example");
        }
        text
    }
}
