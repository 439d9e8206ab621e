//! SQL in, rows out.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use ballista::prelude::SessionContextExt as _;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::ListingOptions;
use datafusion::prelude::SessionContext;

use crate::{merge, session};

/// Answers queries, each in a file, with one JSON object per row.
///
/// # Errors
///
/// If the scheduler or a file cannot be reached, or if a query fails.
pub async fn run(port: u16, tables: &Path, queries: &[&str]) -> anyhow::Result<()> {
    let state = session::state(session::config())?;
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
        let batches = context.sql(&sql).await?.collect().await?;
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut writer = builder.build::<_, LineDelimited>(io::stdout().lock());
        writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
        writer.finish()?;
    }
    Ok(io::stdout().flush()?)
}
