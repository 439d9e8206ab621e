//! Each crate alone, from its package, in a program outside the workspace: what a user gets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

const MAILS: &str = "\
Nov 22 11:00:01 mx1 postfix/smtp[601]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.30]:25, delay=0.91, delays=0.08/0.01/0.52/0.3, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 22 11:00:02 mx1 postfix/smtp[602]: 1E24A13C048: to=<eve@e.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.e.example[203.0.113.60]:25: Connection timed out)
";

#[test]
fn each_packaged_crate_serves_a_program_of_its_own() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let consumers = Consumers::build(dir.path())?;

    let queue_file = dir.path().join("mail.qf");
    fs::write(&queue_file, two_recipients())?;
    assert_eq!(consumers.run("queuefile", &[&queue_file])?, "1 b.example\n2 c.example\n");

    let log = dir.path().join("mail.log");
    fs::write(&log, MAILS)?;
    assert_eq!(consumers.run("log", &[&log])?, "bob@b.example sent\neve@e.example deferred\n");

    let table = consumers.run("qshape", &[])?;
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["TOTAL", "3", "2", "0", "0", "0", "0", "1", "0", "0", "0", "0"]);
    assert_eq!(rows[2], ["a.example", "2", "1", "0", "0", "0", "0", "1", "0", "0", "0", "0"]);
    assert_eq!(rows[3][..2], ["b.example", "1"]);
    Ok(())
}

/// A queue file made by hand: four recipients, one of them done.
fn two_recipients() -> Vec<u8> {
    let record = |kind: u8, data: &[u8]| [&[kind, data.len() as u8], data].concat();
    let recipients: [(u8, &[u8]); 4] = [
        (b'R', b"x@b.example"),
        (b'D', b"y@b.example"),
        (b'R', b"x@c.example"),
        (b'R', b"y@c.example"),
    ];
    let mut head = [record(b'T', b"1700000000 5"), record(b'S', b"s@a.example")].concat();
    recipients.iter().for_each(|(kind, address)| head.extend(record(*kind, address)));
    head.extend(record(b'M', b""));
    let content = record(b'N', b"Subject: x");
    let size =
        format!("{:15} {:15} {:15} {:15} {:15} {:15}", content.len(), 97 + head.len(), 4, 0, 0, 0);
    [record(b'C', size.as_bytes()), head, content, record(b'X', b""), record(b'E', b"")].concat()
}

/// Three programs, each with one of the crates as its only dependency.
struct Consumers(PathBuf);

impl Consumers {
    /// Packs the crates, unpacks the packages below `dir`, and builds the programs on them.
    fn build(dir: &Path) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
        let mut members = Vec::new();
        for name in ["queuefile", "log", "qshape"] {
            let krate = format!("postfix-{name}");
            cargo(
                root,
                &["package", "--no-verify", "--allow-dirty", "-p", &krate, "--target-dir"],
                dir,
            )?;
            let package = packed(&dir.join("package"), &krate)?;
            tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(&package)?))
                .unpack(dir)?;
            let unpacked = package.file_stem().context("no name")?.display();
            let source = root.join(format!("examples/tests/consumer/{name}.rs"));
            fs::create_dir_all(dir.join(name).join("src"))?;
            fs::copy(source, dir.join(name).join("src/main.rs"))?;
            let manifest = format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n\
                 {krate} = {{ path = \"../{unpacked}\" }}\n"
            );
            fs::write(dir.join(name).join("Cargo.toml"), manifest)?;
            members.push(format!("\"{name}\""));
        }
        let workspace =
            format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", "));
        fs::write(dir.join("Cargo.toml"), workspace)?;
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock"))?;
        cargo(dir, &["build", "--quiet", "--workspace", "--target-dir"], &dir.join("target"))?;
        Ok(Self(dir.join("target/debug")))
    }

    fn run(&self, name: &str, arguments: &[&Path]) -> Result<String> {
        let output = Command::new(self.0.join(name)).args(arguments).output()?;
        ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// The package of a crate, whatever its version.
fn packed(dir: &Path, krate: &str) -> Result<PathBuf> {
    let paths = fs::read_dir(dir)?.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(krate) && name.ends_with(".crate")
    };
    paths.into_iter().find(ours).with_context(|| format!("no package of {krate}"))
}

/// Runs cargo with what is already here, or with the registry where that does not suffice.
fn cargo(dir: &Path, arguments: &[&str], last: &Path) -> Result<()> {
    let run = |offline: &[&str]| {
        let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
        command.current_dir(dir).env_remove("CARGO_TARGET_DIR");
        command.args(arguments).arg(last).args(offline).output()
    };
    let output = run(&["--offline"])?;
    let output = if output.status.success() { output } else { run(&[])? };
    ensure!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
