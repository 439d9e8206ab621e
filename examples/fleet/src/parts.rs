//! The Parquet files of one table of one host: a directory for each date.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::DateTime;
use examples::logs;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::builder::{Row, Rows};
use crate::columns::{Column, schema};
use crate::manifest::Part;

/// Rows and bytes that are collected before they are encoded.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// Bytes and rows of a row group.
const GROUP_BYTES: usize = 8 << 20;
const GROUP_ROWS: usize = 256 * 1024;

/// Dates that are written to at a time. Clocks step and lines come late, mostly by less than a day.
const OPEN: usize = 3;

/// The maximum number of files of a table: more only come from stamps that mean nothing.
const MAX_FILES: usize = 10_000;

/// Writes rows below a directory.
pub struct Parts {
    /// The directory of the table's host, and its path below the directory of all tables.
    directory: PathBuf,
    name: String,
    columns: Vec<Column>,
    open: BTreeMap<i64, Open>,
    done: Vec<Part>,
    files: usize,
    /// Grows with each row, to tell which date was not written to for the longest time.
    turn: u64,
}

/// A file that is being written.
struct Open {
    path: PathBuf,
    name: String,
    rows: Rows,
    count: u64,
    writer: ArrowWriter<File>,
    turn: u64,
}

impl Parts {
    pub fn new(directory: PathBuf, name: String, columns: &[Column]) -> Self {
        let columns = columns.to_vec();
        Self {
            directory,
            name,
            columns,
            open: BTreeMap::new(),
            done: Vec::new(),
            files: 0,
            turn: 0,
        }
    }

    /// Adds a row of a day, counted from 1970-01-01.
    pub fn push(&mut self, day: i64, row: &Row<'_>) -> anyhow::Result<()> {
        self.turn += 1;
        if !self.open.contains_key(&day) {
            self.make_room()?;
            let file = self.create(day)?;
            self.open.insert(day, file);
        }
        let Some(open) = self.open.get_mut(&day) else { bail!("no file of the day {day}") };
        open.turn = self.turn;
        open.rows.push(row)?;
        open.count += 1;
        if open.rows.rows() >= BATCH_ROWS || open.rows.bytes() >= BATCH_BYTES {
            open.encode()?;
        }
        Ok(())
    }

    /// Ends all files.
    pub fn finish(mut self) -> anyhow::Result<Vec<Part>> {
        for open in std::mem::take(&mut self.open).into_values() {
            self.done.push(open.close()?);
        }
        Ok(self.done)
    }

    /// Ends the file that was not written to for the longest time, if there are too many.
    fn make_room(&mut self) -> anyhow::Result<()> {
        if self.open.len() < OPEN {
            return Ok(());
        }
        let oldest = self.open.iter().min_by_key(|(_, open)| open.turn).map(|(day, _)| *day);
        if let Some(open) = oldest.and_then(|day| self.open.remove(&day)) {
            self.done.push(open.close()?);
        }
        Ok(())
    }

    fn create(&mut self, day: i64) -> anyhow::Result<Open> {
        if self.files >= MAX_FILES {
            bail!("the log jumps between more than {MAX_FILES} dates: its stamps cannot be right");
        }
        let date =
            DateTime::from_timestamp(day.saturating_mul(86_400), 0).context("no such date")?;
        let below = format!("date={}", date.format("%F"));
        let file = format!("part-{:05}.parquet", self.files);
        self.files += 1;
        let directory = self.directory.join(&below);
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", logs::shown(&directory)))?;
        let path = directory.join(&file);
        let failed = || format!("cannot write {}", logs::shown(&path));
        let writer = File::create_new(&path).with_context(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let writer = ArrowWriter::try_new(writer, schema(&self.columns), Some(properties))
            .with_context(failed)?;
        let name = format!("{}/{below}/{file}", self.name);
        Ok(Open { path, name, rows: Rows::new(&self.columns), count: 0, writer, turn: self.turn })
    }
}

impl Open {
    /// Hands the collected rows to the writer.
    fn encode(&mut self) -> anyhow::Result<()> {
        let failed = || format!("cannot write {}", logs::shown(&self.path));
        self.writer.write(&self.rows.finish()?).with_context(failed)
    }

    fn close(mut self) -> anyhow::Result<Part> {
        self.encode()?;
        let failed = || format!("cannot write {}", logs::shown(&self.path));
        let file = self.writer.into_inner().with_context(failed)?;
        file.sync_all().with_context(failed)?;
        let (bytes, digest) = crate::digest::of_file(&self.path)?;
        Ok(Part { path: self.name, rows: self.count, bytes, sha256: digest })
    }
}
