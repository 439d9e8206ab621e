//! `fleet states`: the states of all hosts as one, and how large they are.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt64Type};
use examples::logs;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::state::{NAMES, State};
use crate::{compare, manifest};

/// Whose states are merged.
#[derive(clap::Args, Debug)]
pub struct StatesArgs {
    /// The directory of all hosts
    #[arg(value_name = "DIR")]
    out: PathBuf,
    /// Compare an engine's answer of sql/states.sql, in JSON lines, with the merged states instead
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
}

/// The stored form of a state.
#[derive(Debug)]
pub struct Stored {
    pub name: String,
    pub version: u64,
    pub bytes: Vec<u8>,
}

/// The merged states of one name.
#[derive(Debug)]
pub struct Sum {
    pub name: &'static str,
    pub state: State,
    /// The bytes of each host's state.
    pub sizes: Vec<usize>,
}

/// Merges the states of all hosts, and prints their sizes or what else is asked for.
///
/// # Errors
///
/// If a state cannot be read, or is of another version; or if the answer to compare is another one.
pub fn run(args: &StatesArgs) -> anyhow::Result<()> {
    let sums = sums(&args.out)?;
    if let Some(answer) = &args.compare {
        return compare::run(&args.out, &sums, answer);
    }
    println!("state     hosts  bytes per host: median  largest    merged     rows      count");
    for Sum { name, state, mut sizes } in sums {
        sizes.sort_unstable();
        let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
        let largest = sizes.last().copied().unwrap_or(0);
        let (rows, count) = state.size();
        let merged = state.to_bytes().len();
        println!(
            "{name:9} {:>5} {median:>23} {largest:>8} {merged:>9} {rows:>8} {count:>10}",
            sizes.len()
        );
    }
    Ok(())
}

/// The states of all hosts, merged one after the other.
fn sums(out: &Path) -> anyhow::Result<Vec<Sum>> {
    let sum = |name| Ok(Sum { name, state: State::new(name)?, sizes: Vec::new() });
    let mut sums = NAMES.into_iter().map(sum).collect::<anyhow::Result<Vec<_>>>()?;
    for manifest in manifest::all(out)? {
        for part in manifest.parts.iter().filter(|part| part.path.starts_with("states/")) {
            for stored in read(&out.join(&part.path))? {
                let Some(sum) = sums.iter_mut().find(|sum| sum.name == stored.name) else {
                    anyhow::bail!("{}: there is no state {:?}", part.path, stored.name);
                };
                sum.state
                    .merge(stored.version, &stored.bytes)
                    .with_context(|| part.path.clone())?;
                sum.sizes.push(stored.bytes.len());
            }
        }
    }
    let is_empty = sums.iter().any(|sum| sum.sizes.is_empty());
    ensure!(!is_empty, "no host was exported to {}", logs::shown(out));
    Ok(sums)
}

/// The states in a file.
///
/// # Errors
///
/// If it is not a file of states.
pub fn read(path: &Path) -> anyhow::Result<Vec<Stored>> {
    let failed = || format!("cannot read {}", logs::shown(path));
    let file = File::open(path).with_context(failed)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).with_context(failed)?.build()?;
    let mut found = Vec::new();
    for batch in reader {
        let batch = batch.with_context(failed)?;
        let column = |name| batch.column_by_name(name).with_context(failed);
        let names = cast(column("name")?, &DataType::Utf8)?;
        let names = names.as_string_opt::<i32>().with_context(failed)?;
        let versions = column("version")?.as_primitive_opt::<UInt64Type>().with_context(failed)?;
        let states = column("state")?.as_binary_opt::<i32>().with_context(failed)?;
        for ((name, version), bytes) in names.iter().zip(versions).zip(states) {
            let (Some(name), Some(version), Some(bytes)) = (name, version, bytes) else { continue };
            found.push(Stored { name: name.to_owned(), version, bytes: bytes.to_vec() });
        }
    }
    Ok(found)
}
