//! The JSON of the programs is what `docs/JSON.md` and `examples/schema` promise.
//!
//! `WRITE=1` writes the schema of `maillog`, the lists of words in the others, and the golden lines anew; a diff of them
//! is a change of the contract.

mod common;
#[path = "contract/library.rs"]
mod library;
#[path = "common/sample.rs"]
mod sample;
#[path = "common/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::library::{events, fill, maillog};
use crate::sample::Sample;

/// The programs that write JSON.
const PROGRAMS: [&str; 6] = ["fates", "maillog", "mailq", "summary", "trace", "triage"];

/// Items of an array that a golden line keeps.
const KEPT: usize = 2;

#[test]
fn the_schema_of_maillog_is_made_from_the_table_of_members() -> Result<()> {
    let mut schema = maillog();
    fill(&mut schema)?;
    same(&path("maillog.v1.json"), &pretty(&schema)?)
}

#[test]
fn lists_of_words_are_those_of_the_library() -> Result<()> {
    let mut lists = 0;
    for program in PROGRAMS {
        let path = path(&format!("{program}.v1.json"));
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        lists += fill(&mut value)?;
        same(&path, &pretty(&value)?)?;
    }
    ensure!(lists > 10, "only {lists} lists");
    Ok(())
}

/// Everything that the programs print follows the schemas, and the first run of each prints its golden lines.
#[test]
fn what_the_programs_print() -> Result<()> {
    let sample = Sample::unpack()?;
    let mut seen = BTreeSet::new();
    for (program, command) in runs()? {
        let schema = stored(&program)?;
        let lines = run(&sample, &command)?;
        ensure!(!lines.is_empty(), "{command} prints nothing");
        for line in &lines {
            let faults = schema::faults(&schema, line);
            ensure!(faults.is_empty(), "{command}: {faults:#?} in {line:.2000}");
        }
        if seen.insert(program.clone()) {
            let golden = chosen(lines).iter().map(|line| format!("{line}\n")).collect::<String>();
            same(&path(&format!("golden/{program}.jsonl")), &golden)?;
        }
    }
    ensure!(seen.iter().eq(PROGRAMS.iter()), "runs.tsv has {seen:?}");
    Ok(())
}

/// What was printed once follows the schemas for ever.
#[test]
fn golden_lines_follow_the_schemas() -> Result<()> {
    for program in PROGRAMS {
        let schema = stored(program)?;
        for line in fs::read_to_string(path(&format!("golden/{program}.jsonl")))?.lines() {
            let line: Value = serde_json::from_str(line)?;
            let faults = schema::faults(&schema, &line);
            ensure!(faults.is_empty(), "{program}: {faults:?}");
            // Each member that must be there is missed, and none may have another type.
            let members = line.as_object().context("no object")?;
            for name in
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
            {
                let mut less = members.clone();
                less.remove(name);
                ensure!(
                    !schema::faults(&schema, &less.into()).is_empty(),
                    "{program} without {name}"
                );
            }
            for name in members.keys() {
                let mut other = members.clone();
                other.insert(name.clone(), json!([[true]]));
                ensure!(
                    !schema::faults(&schema, &other.into()).is_empty(),
                    "{program}: {name} is anything"
                );
            }
        }
    }
    Ok(())
}

/// The library's golden lines have an event of each kind, but for lines that are not understood, and follow the schema.
#[test]
fn lines_of_every_event_follow_the_schema() -> Result<()> {
    let schema = stored("maillog")?;
    let golden = path("../../postfix-log/tests/data/golden.jsonl");
    let mut seen = BTreeSet::new();
    for line in fs::read_to_string(golden)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let faults = schema::faults(&schema, &line);
        ensure!(faults.is_empty(), "{faults:?} in {line}");
        seen.extend(line["event"].as_str().map(str::to_owned));
    }
    seen.extend(["foreign", "malformed", "unrecognized"].map(str::to_owned));
    let unseen: Vec<_> = events().into_iter().filter(|event| !seen.contains(*event)).collect();
    ensure!(unseen.is_empty(), "no line of {unseen:?}");
    Ok(())
}

/// The stored schema of a program.
fn stored(program: &str) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(path(&format!("{program}.v1.json")))?)?)
}

/// The schema and the command of each run.
fn runs() -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path("runs.tsv"))?;
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let (program, command) = row.split_once('\t').context("a row without a tab")?;
        Ok((program.to_owned(), command.to_owned()))
    })
    .collect()
}

/// The lines that a command prints.
fn run(sample: &Sample, command: &str) -> Result<Vec<Value>> {
    let mut words = command.split(' ');
    let mut program = common::example(words.next().unwrap_or_default())?;
    for word in words {
        match word {
            "SPOOL" => program.arg(sample.file("spool")),
            "LOG" => program.arg(sample.file("mail.log.zst")),
            word => program.arg(word),
        };
    }
    let output = program.output()?;
    ensure!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    // Messages about files have their path.
    let spool = sample.file("spool").display().to_string();
    let text = String::from_utf8(output.stdout)?.replace(&spool, "SPOOL");
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The first line of each kind, with the first items of its arrays.
fn chosen(lines: Vec<Value>) -> Vec<Value> {
    let mut kinds = BTreeSet::new();
    let kind = |line: &Value| {
        let kind = ["event", "fate", "queue_name"].map(|name| line.get(name).map(Value::to_string));
        kind.into_iter().flatten().next().unwrap_or_default()
    };
    let mut lines: Vec<Value> = lines.into_iter().filter(|line| kinds.insert(kind(line))).collect();
    lines.iter_mut().for_each(shorten);
    lines
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            // The four parts of a delay are no list.
            if items.len() != 4 || !items.iter().all(Value::is_number) {
                items.truncate(KEPT);
            }
            items.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

/// A stored file is what it should be; `WRITE=1` makes it so.
fn same(path: &Path, wanted: &str) -> Result<()> {
    if std::env::var_os("WRITE").is_some() {
        return Ok(fs::write(path, wanted)?);
    }
    let stored = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    if stored == wanted {
        return Ok(());
    }
    let pair = stored.lines().zip(wanted.lines()).find(|(old, new)| old != new);
    bail!("{}: not what it should be (WRITE=1 writes it anew), first in {pair:#?}", path.display())
}

/// Text with the members in the order of their names.
fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name)
}
