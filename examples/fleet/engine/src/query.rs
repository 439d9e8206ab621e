//! `fleet-engine query`: SQL in, rows out.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
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

/// What is asked, and of whom.
#[derive(clap::Args, Debug)]
pub struct QueryArgs {
    /// The scheduler
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:50050")]
    scheduler: String,
    /// Answer in this process, without a scheduler
    #[arg(long)]
    local: bool,
    /// The directory that `fleet export` wrote to
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
    /// A setting of the session, such as ballista.planner.adaptive.enabled=true
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Files with one query each, `create view` included; `-` is stdin
    #[arg(value_name = "SQL", required = true)]
    queries: Vec<PathBuf>,
}

/// Answers the queries.
///
/// # Errors
///
/// If the scheduler or a file cannot be reached, or if a query fails.
pub async fn run(args: &QueryArgs) -> anyhow::Result<()> {
    let context = connect(args).await?;
    let tables = args.tables.canonicalize().context("cannot find the tables")?;
    for table in ["events", "fates", "states"] {
        let partitions = ["host", "date"].map(|name| (name.to_owned(), DataType::Utf8));
        let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
            .with_file_extension(".parquet")
            .with_table_partition_cols(partitions.into());
        let path = format!("{}/{table}/", tables.display());
        context.register_listing_table(table, &path, options, None, None).await?;
    }
    for path in &args.queries {
        let mut sql = String::new();
        if path.as_os_str() == "-" {
            io::stdin().read_to_string(&mut sql)?;
        } else {
            sql = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        let batches = context.sql(&sql).await?.collect().await?;
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut writer = builder.build::<_, LineDelimited>(io::stdout().lock());
        writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
        writer.finish()?;
    }
    Ok(io::stdout().flush()?)
}

async fn connect(args: &QueryArgs) -> anyhow::Result<SessionContext> {
    let mut config = session::config();
    for setting in &args.set {
        let (name, value) = setting.split_once('=').context("a setting is NAME=VALUE")?;
        config.options_mut().set(name, value)?;
    }
    let state = session::state(config)?;
    if args.local {
        return Ok(SessionContext::new_with_state(state));
    }
    let context = SessionContext::remote_with_state(&args.scheduler, state).await?;
    // The session that comes back does not have it any more.
    context.register_udaf(merge::function());
    Ok(context)
}
