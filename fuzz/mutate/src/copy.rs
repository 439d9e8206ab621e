//! A copy of the workspace with one crate instrumented, from which the mutants are taken that the compiler refuses.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use syn::Item;

use crate::instrument::{Instrument, Mutant, is_test};
use crate::locate::Places;
use crate::refused::Refused;

/// What a crate's instrumented copy can become.
pub struct Copy {
    folder: PathBuf,
    crate_name: String,
    /// Paths in the crate, and the original texts.
    files: Vec<(String, String)>,
}

impl Copy {
    /// Copies what git knows of the workspace in the current folder, or would add.
    pub fn new(crate_name: &str, folder: &Path) -> Result<Self> {
        let root = Path::new(crate_name);
        let mut files = Vec::new();
        modules(root, Path::new("src/lib.rs"), &mut files)?;
        let list = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).output()?;
        ensure!(list.status.success(), "git cannot list the files");
        // These are written when they are changed. What is the same is not written, so that it is not built again.
        let changed = |path: &Path| {
            path == Path::new("Cargo.toml")
                || path == root.join("Cargo.toml")
                || files.iter().any(|(name, _)| path == root.join(name))
        };
        for path in String::from_utf8(list.stdout)?.lines().map(Path::new) {
            let to = folder.join(path);
            if !path.is_file() || changed(path) {
                continue;
            }
            write_if_new(&to, &fs::read(path)?)?;
        }
        let switch = folder.join("mutant_switch");
        let manifest = "[package]\nname = \"mutant_switch\"\nedition = \"2024\"\n";
        write_if_new(&switch.join("Cargo.toml"), manifest.as_bytes())?;
        write_if_new(&switch.join("src/lib.rs"), include_bytes!("switch.rs"))?;
        let path = root.join("Cargo.toml");
        let mut manifest = fs::read_to_string(&path)?;
        manifest.push_str("\n[dependencies.mutant_switch]\npath = \"../mutant_switch\"\n");
        write_if_new(&folder.join(path), manifest.as_bytes())?;
        let manifest = fs::read_to_string("Cargo.toml")?
            .replace("members = [", "members = [\"mutant_switch\", ")
            + "\n[profile.dev.package.\"*\"]\nopt-level = 1\n"
            + "[profile.dev.package.mutant_switch]\nopt-level = 3\n";
        write_if_new(&folder.join("Cargo.toml"), manifest.as_bytes())?;
        Ok(Self { folder: folder.to_owned(), crate_name: crate_name.to_owned(), files })
    }

    /// Puts the mutants that `choose` wants into the copy, without those that the compiler refuses, which may have been
    /// found out before. Returns all mutants, also those that are not in the copy.
    pub fn instrument(&self, choose: impl Fn(&[Mutant]) -> Vec<usize>) -> Result<Vec<Mutant>> {
        let known = self.folder.with_file_name(format!("{}.refused", self.crate_name));
        let nothing = Refused::default();
        let mut instrument = Instrument::new(&nothing, None);
        for (name, text) in &self.files {
            instrument.file(name, text).with_context(|| name.clone())?;
        }
        let keys: Vec<String> = instrument.mutants.iter().map(Mutant::key).collect();
        let mut refused = Refused::load(&known, &keys);
        let chosen = choose(&instrument.mutants).into_iter().map(u32::try_from);
        let wanted: HashSet<u32> = chosen.collect::<Result<_, _>>()?;
        loop {
            let mut instrument = Instrument::new(&refused, Some(&wanted));
            let mut texts = HashMap::new();
            for (name, text) in &self.files {
                let text = instrument.file(name, text).with_context(|| name.clone())?;
                let name = Path::new(&self.crate_name).join(name);
                write_if_new(&self.folder.join(&name), text.as_bytes())?;
                texts.insert(name, text);
            }
            let all = instrument.mutants;
            let errors = self.errors()?;
            if errors.is_empty() {
                return Ok(all);
            }
            let before = (refused.mutants.len(), refused.const_functions.len());
            let mut places: HashMap<PathBuf, Places> = HashMap::new();
            for error in &errors {
                if let Some(name) = error.not_const() {
                    refused.const_functions.insert(name);
                } else if let Some(text) = texts.get(&error.file) {
                    if !places.contains_key(&error.file) {
                        places.insert(error.file.clone(), Places::new(text)?);
                    }
                    refused.mutants.extend(places[&error.file].blamed(&error.range));
                }
            }
            // Known to the next run, even if this one is stopped.
            refused.save(&known, &keys)?;
            eprintln!(
                "{} errors; {} mutants refused, {} chosen of {}, {} functions stay const",
                errors.len(),
                refused.mutants.len(),
                wanted.len(),
                all.len(),
                refused.const_functions.len()
            );
            if before == (refused.mutants.len(), refused.const_functions.len()) {
                for error in errors {
                    eprintln!("{}:{:?}: {}", error.file.display(), error.range, error.message);
                }
                bail!("the copy has errors that no mutant explains");
            }
        }
    }

    fn errors(&self) -> Result<Vec<CompileError>> {
        let (well, output) = self.cargo(&["check", "--lib", "--message-format=json"])?;
        let errors: Vec<_> = output.iter().filter_map(CompileError::new).collect();
        ensure!(
            well || !errors.is_empty(),
            "the copy cannot be checked, for another reason than its mutants"
        );
        Ok(errors)
    }

    /// Builds the tests: the crate's own first.
    pub fn build(&self) -> Result<Vec<PathBuf>> {
        let (_, output) =
            self.cargo(&["test", "--no-run", "--lib", "--tests", "--message-format=json"])?;
        let mut programs: Vec<(bool, PathBuf)> = output
            .iter()
            .filter(|message| message["profile"]["test"] == true)
            .filter_map(|message| {
                let is_test = message["target"]["kind"][0] == "test";
                Some((is_test, message["executable"].as_str()?.into()))
            })
            .collect();
        programs.sort();
        ensure!(!programs.is_empty(), "no test was built");
        Ok(programs.into_iter().map(|(_, path)| path).collect())
    }

    /// The folder that tests run in.
    pub fn tests_folder(&self) -> PathBuf {
        self.folder.join(&self.crate_name)
    }

    /// Whether cargo ended well, and its messages.
    fn cargo(&self, arguments: &[&str]) -> Result<(bool, Vec<Value>)> {
        let output = Command::new("cargo")
            .args(arguments)
            .args(["--quiet", "--all-features", "--package", &self.crate_name])
            .current_dir(&self.folder)
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTFLAGS", "--cap-lints=allow")
            // A mutant that survives is tried on every test that reaches it, which takes longer than the build.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", "target")
            .stderr(Stdio::inherit())
            .output()?;
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let messages =
            lines.map(|line| Ok(serde_json::from_slice(line)?)).collect::<Result<_>>()?;
        Ok((output.status.success(), messages))
    }
}

struct CompileError {
    file: PathBuf,
    range: Range<usize>,
    message: String,
}

impl CompileError {
    fn new(message: &Value) -> Option<Self> {
        let message = message.get("message").filter(|message| message["level"] == "error")?;
        let spans = message["spans"].as_array()?;
        let primary = spans.iter().find(|span| span["is_primary"] == true)?;
        let place = |name: &str| primary[name].as_u64().and_then(|at| usize::try_from(at).ok());
        Some(Self {
            file: primary["file_name"].as_str()?.into(),
            range: place("byte_start")?..place("byte_end")?,
            message: message["message"].as_str()?.to_owned(),
        })
    }

    /// The function that a constant calls, though it is no longer `const`.
    fn not_const(&self) -> Option<String> {
        let name = self.message.strip_prefix("cannot call non-const ")?.split('`').nth(1)?;
        Some(name.rsplit("::").next()?.to_owned())
    }
}

/// The files of a crate that are not only for tests.
fn modules(root: &Path, path: &Path, files: &mut Vec<(String, String)>) -> Result<()> {
    let text = fs::read_to_string(root.join(path)).with_context(|| path.display().to_string())?;
    let file = syn::parse_file(&text)?;
    files.push((path.to_string_lossy().into_owned(), text));
    let folder = match path.file_stem() {
        Some(stem) if stem != "lib" && stem != "mod" => path.with_extension(""),
        _ => path.parent().context("no folder")?.to_owned(),
    };
    for item in file.items {
        if let Item::Mod(module) = item
            && module.content.is_none()
            && !is_test(&module.attrs)
        {
            let one = folder.join(format!("{}.rs", module.ident));
            let other = folder.join(format!("{}/mod.rs", module.ident));
            modules(root, if root.join(&one).exists() { &one } else { &other }, files)?;
        }
    }
    Ok(())
}

/// Leaves a file alone that has this content, so that nothing is built again.
fn write_if_new(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).ok().as_deref() != Some(content) {
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, content)?;
    }
    Ok(())
}
