//! Ballista over the files of `fleet export`: a scheduler, executors, and a client that asks in SQL.

mod merge;
mod query;
mod session;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use clap::Parser;

const EXAMPLES: &str = "\
Examples:
  fleet-engine scheduler
  fleet-engine executor --port 50061 --work /tmp/executor1
  fleet-engine query --tables mail.parquet sql/totals.sql";

/// Ballista over the files of `fleet export`
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
enum Args {
    /// Distribute queries to executors
    Scheduler {
        /// The port that executors and clients connect to
        #[arg(long, default_value_t = 50050)]
        port: u16,
        /// Seconds without a sign of life after which an executor counts as lost
        #[arg(long, default_value_t = 20)]
        executor_timeout: u64,
    },
    /// Do the tasks of a scheduler
    Executor {
        /// The first of two ports
        #[arg(long, default_value_t = 50061)]
        port: u16,
        /// The port of the scheduler on this host
        #[arg(long, default_value_t = 50050)]
        scheduler_port: u16,
        /// Tasks at a time
        #[arg(long, default_value_t = 1)]
        cores: usize,
        /// The directory of what is exchanged between stages
        #[arg(long)]
        work: PathBuf,
    },
    /// Answer SQL, one JSON object per row
    Query(query::QueryArgs),
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let args = Args::parse();
    // Plans are read and optimised recursively.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(32 << 20)
        .build()?;
    runtime.block_on(run(args))
}

async fn run(args: Args) -> anyhow::Result<()> {
    match args {
        Args::Scheduler { port, executor_timeout } => {
            let config = SchedulerConfig {
                bind_port: port,
                executor_timeout_seconds: executor_timeout,
                expire_dead_executor_interval_seconds: 2,
                no_executors_grace_period_seconds: executor_timeout,
                override_config_producer: Some(Arc::new(session::config)),
                override_session_builder: Some(Arc::new(session::state)),
                ..SchedulerConfig::default()
            };
            let cluster = BallistaCluster::new_from_config(&config).await?;
            start_server(cluster, SocketAddr::new(LOCAL, port), Arc::new(config)).await?;
        }
        Args::Executor { port, scheduler_port, cores, work } => {
            std::fs::create_dir_all(&work)?;
            let mut registry = BallistaFunctionRegistry::default();
            let merge = merge::function();
            registry.aggregate_functions.insert(merge.name().to_owned(), Arc::new(merge));
            let config = ExecutorProcessConfig {
                port,
                grpc_port: port.saturating_add(1),
                scheduler_port,
                scheduler_connect_timeout_seconds: 30,
                vcores: cores,
                work_dir: Some(work.to_string_lossy().into_owned()),
                executor_heartbeat_interval_seconds: 2,
                override_function_registry: Some(Arc::new(registry)),
                override_config_producer: Some(Arc::new(session::config)),
                ..ExecutorProcessConfig::default()
            };
            start_executor_process(Arc::new(config)).await?;
        }
        Args::Query(args) => query::run(&args).await?,
    }
    Ok(())
}
