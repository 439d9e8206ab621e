//! SQL in, rows out.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ballista::prelude::SessionContextExt as _;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::ListingOptions;
use datafusion::prelude::SessionContext;

use crate::{merge, session};

/// How queries are asked.
pub struct Options<'a> {
    /// Seconds after which queries without an answer are an error, since Ballista itself may wait forever: for an executor, and
    /// for a scheduler that accepts connections and says nothing.
    pub limit: u64,
    /// Settings of the session, each `KEY=VALUE`.
    pub settings: Vec<&'a str>,
}

/// Answers queries, each in a file, with one JSON object per row.
///
/// # Errors
///
/// If the scheduler or a file cannot be reached, or if a query fails or has no answer in time.
pub async fn run(
    port: u16,
    tables: &Path,
    queries: &[&str],
    options: &Options<'_>,
) -> anyhow::Result<()> {
    let limit = Duration::from_secs(options.limit);
    tokio::time::timeout(limit, ask(port, tables, queries, &options.settings))
        .await
        .with_context(|| format!("no answer within {} seconds", options.limit))?
}

async fn ask(port: u16, tables: &Path, queries: &[&str], settings: &[&str]) -> anyhow::Result<()> {
    let mut config = session::config();
    for setting in settings {
        let (key, value) = setting.split_once('=').context("a setting is KEY=VALUE")?;
        config.options_mut().set(key, value)?;
    }
    let state = session::state(config)?;
    let url = format!("http://127.0.0.1:{port}");
    let context = SessionContext::remote_with_state(&url, state).await?;
    // The session that comes back does not have it any more.
    context.register_udaf(merge::function());
    let tables = tables.canonicalize().context("cannot find the tables")?;
    for table in ["events", "fates", "states"] {
        let partitions = ["host", "date"].map(|name| (name.to_owned(), DataType::Utf8));
        let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
            .with_file_extension(".parquet")
            .with_table_partition_cols(partitions.into());
        let path = format!("{}/{table}/", tables.display());
        context.register_listing_table(table, &path, options, None, None).await?;
    }
    for path in queries {
        let sql = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        let answer = async { context.sql(&sql).await?.collect().await };
        let batches = answer.await.with_context(|| format!("{path}: no answer"))?;
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut writer = builder.build::<_, LineDelimited>(io::stdout().lock());
        writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
        writer.finish()?;
    }
    Ok(io::stdout().flush()?)
}
