//! `fleet states --compare`: whether the states that an engine merged are those of all hosts.
//!
//! A state from which nothing was dropped has the same bytes in any order of merging. One that is over its bound keeps other
//! rows in another order, so its numbers are compared with the rows of the events, by what [`TopShape`] promises.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use examples::logs;
use examples::text::printable;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use postfix_qshape::TopShape;
use serde::Deserialize;

use crate::merge::Sum;
use crate::state::{State, VERSION};
use crate::{digest, manifest};

/// A row of the answer of `sql/states.sql`, as JSON.
#[derive(Debug, Deserialize)]
struct Answer {
    name: String,
    hosts: u64,
    /// The bytes of the merged state in hexadecimal digits.
    state: String,
}

/// Deliveries by domain.
pub type Deliveries = BTreeMap<Vec<u8>, u64>;

/// Compares the answer in a file with the states that were merged here, and prints what was found for each.
///
/// # Errors
///
/// If the file is not such an answer, or if a state in it is another one.
pub fn run(out: &Path, sums: &[Sum], answer: &Path) -> anyhow::Result<()> {
    let shown = logs::shown(answer);
    let text = fs::read_to_string(answer).with_context(|| format!("cannot read {shown}"))?;
    let mut answers = BTreeMap::new();
    for line in text.lines() {
        let row: Answer = serde_json::from_str(line)
            .with_context(|| format!("{shown} is no answer of states.sql"))?;
        let name = row.name.clone();
        if answers.insert(name.clone(), row).is_some() {
            bail!("{shown}: {} is there twice", printable(name.as_bytes()));
        }
    }
    ensure!(
        answers.len() == sums.len(),
        "{shown}: {} rows for {} states",
        answers.len(),
        sums.len()
    );
    for sum in sums {
        let row = answers.get(sum.name).with_context(|| format!("{shown}: no {}", sum.name))?;
        let how = compare(out, sum, row).with_context(|| sum.name.to_owned())?;
        println!("{:8} {how}", sum.name);
    }
    Ok(())
}

/// Compares one state; returns what it has in common with the one that was merged here.
fn compare(out: &Path, sum: &Sum, answer: &Answer) -> anyhow::Result<String> {
    let hosts = sum.sizes.len() as u64;
    ensure!(answer.hosts == hosts, "of {} hosts, and there are {hosts}", answer.hosts);
    let bytes = digest::bytes(&answer.state).context("the state is not in hexadecimal digits")?;
    if let State::Bounded(own) = &sum.state {
        let truth = deliveries(out)?;
        within(own, &truth).context("as merged here")?;
        if own.floor() > 0 {
            let mut merged = State::new(sum.name)?;
            merged.merge(VERSION, &bytes)?;
            let State::Bounded(merged) = &merged else { bail!("not a bounded state") };
            within(merged, &truth)?;
            let (rows, keys, floor) = (merged.len(), truth.len(), merged.floor());
            return Ok(format!(
                "within its bounds: {rows} rows of {keys}, none off by more than {floor}"
            ));
        }
    }
    ensure!(bytes == sum.state.to_bytes(), "other bytes than those of the states merged here");
    Ok(format!("the same bytes: {} rows", sum.state.size().0))
}

/// Whether a bounded state is one of these deliveries: its total exactly, and each row and each missing row within its bound.
///
/// A stored form that has more rows than are allowed, or wider bounds than its total can have, is refused when it is read.
///
/// # Errors
///
/// If it is not.
pub fn within(top: &TopShape<Vec<u8>>, truth: &Deliveries) -> anyhow::Result<()> {
    let (total, expected) = (top.total().total(), truth.values().sum::<u64>());
    ensure!(total == expected, "{total} deliveries in total, expected {expected}");
    let least = truth.len().min(top.capacity());
    ensure!(top.len() >= least, "{} rows, expected at least {least}", top.len());
    for row in top.rows() {
        let exact = truth.get(row.key()).copied().unwrap_or(0);
        let (least, most) = (row.total(), row.total().saturating_add(row.missed()));
        let domain = printable(row.key());
        ensure!(
            (least..=most).contains(&exact),
            "{domain}: from {least} to {most} deliveries, expected {exact}"
        );
    }
    for (domain, exact) in truth {
        if top.get(domain.as_slice()).is_none() {
            let floor = top.floor();
            let domain = printable(domain);
            ensure!(
                *exact <= floor,
                "{domain} has no row, so at most {floor} deliveries, expected {exact}"
            );
        }
    }
    Ok(())
}

/// Counts the deliveries of all hosts in the rows of the events, as [`States`](crate::states::States) does in their lines.
///
/// # Errors
///
/// If a file cannot be read.
pub fn deliveries(out: &Path) -> anyhow::Result<Deliveries> {
    let mut counts = Deliveries::new();
    for manifest in manifest::all(out)? {
        for part in manifest.parts.iter().filter(|part| part.path.starts_with("events/")) {
            count(&out.join(&part.path), &mut counts)?;
        }
    }
    Ok(counts)
}

fn count(path: &Path, counts: &mut Deliveries) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", logs::shown(path));
    let file = fs::File::open(path).with_context(failed)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).with_context(failed)?;
    let names = ["event", "status", "to_domain"];
    let columns = ProjectionMask::columns(builder.parquet_schema(), names);
    for batch in builder.with_projection(columns).build()? {
        let batch = batch.with_context(failed)?;
        let texts = names.map(|name| cast(batch.column_by_name(name)?, &DataType::Utf8).ok());
        let [Some(events), Some(statuses), Some(domains)] = texts else { bail!(failed()) };
        let [events, statuses, domains] =
            [&events, &statuses, &domains].map(|texts| texts.as_string::<i32>());
        for ((event, status), domain) in events.iter().zip(statuses).zip(domains) {
            if let (Some("delivery"), Some("sent"), Some(domain)) = (event, status, domain) {
                *counts.entry(domain.as_bytes().to_vec()).or_default() += 1;
            }
        }
    }
    Ok(())
}
