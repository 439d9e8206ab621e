//! Every law on its seeds and on what once broke it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(kind)
}

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().into_string().unwrap()).collect()
}

fn properties() -> BTreeSet<String> {
    fuzz::ALL.iter().map(|(name, _)| name.to_string()).collect()
}

/// Laws of one crate share the seeds of a folder, such as `seeds/queuefile`, beside those of their own.
fn family(law: &str) -> &str {
    law.split('_').next().unwrap()
}

/// A panic inside a law does not say which file it was, so the file is named first.
fn run(name: &str, property: fuzz::Property, file: &Path) {
    let data = fs::read(file).unwrap();
    if std::panic::catch_unwind(|| property(&data)).is_err() {
        panic!("{name} does not hold for {}", file.display());
    }
}

#[test]
fn every_law_holds_on_its_seeds() {
    for (name, property) in fuzz::ALL {
        let mut files = fuzz::replay::files(&folder("seeds").join(family(name))).unwrap();
        assert!(!files.is_empty(), "no seeds for {name}");
        files.extend(fuzz::replay::files(&folder("seeds").join(name)).unwrap());
        for file in files {
            assert_ne!(fs::metadata(&file).unwrap().len(), 0, "an empty seed {}", file.display());
            run(name, *property, &file);
        }
    }
}

#[test]
fn every_law_holds_on_nothing_and_on_trifles() {
    for (_, property) in fuzz::ALL {
        property(b"");
        for byte in 0..=255 {
            property(&[byte]);
            property(&[byte; 70]);
        }
    }
}

#[test]
fn what_once_broke_a_law_no_longer_does() {
    let known = properties();
    let mut stories = stories();
    for name in names(&folder("regressions")) {
        assert!(known.contains(&name), "regressions/{name} belongs to no law");
        let files = fuzz::replay::files(&folder("regressions").join(&name)).unwrap();
        assert!(!files.is_empty(), "regressions/{name} is empty");
        for file in files {
            let key = format!("{name}/{}", file.file_name().unwrap().to_str().unwrap());
            assert!(
                stories.remove(&key).is_some(),
                "regressions/INDEX.tsv does not say what {key} was"
            );
            let (_, property) = fuzz::ALL.iter().find(|(n, _)| *n == name).unwrap();
            run(&name, *property, &file);
        }
    }
    assert!(stories.is_empty(), "told but not there: {stories:?}");
}

/// `regressions/INDEX.tsv`: `LAW/FILE`, a tab, what it was.
fn stories() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder("regressions").join("INDEX.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let split = |line: &str| {
        let (file, story) = line.split_once('\t').unwrap_or_else(|| panic!("no tab in {line:?}"));
        assert!(story.len() > 20, "not a story: {line}");
        (file.to_owned(), story.to_owned())
    };
    lines.map(split).collect()
}

#[test]
fn every_law_has_a_target_and_nothing_else_has() {
    let known = properties();
    assert_eq!(known.len(), fuzz::ALL.len(), "two laws of one name");
    for name in names(&folder("seeds")) {
        let used = known.contains(&name) || known.iter().any(|law| family(law) == name);
        assert!(used, "seeds/{name} belongs to no law");
        let files = fuzz::replay::files(&folder("seeds").join(&name)).unwrap();
        assert!(!files.is_empty(), "seeds/{name} is empty");
    }
    let targets: BTreeSet<String> = fuzz::replay::files(&folder("fuzz_targets"))
        .unwrap()
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(targets, known, "fuzz_targets/ and fuzz::ALL differ");
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in &known {
        let module = name.replacen('_', "::", 1);
        let target = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert_eq!(
            target.matches(&format!("fuzz::{module}")).count(),
            2,
            "{name}.rs calls another law"
        );
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "no [[bin]] for {name}"
        );
    }
}
