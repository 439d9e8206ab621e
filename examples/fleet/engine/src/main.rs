//! Ballista with the aggregate function of states: a scheduler, executors, and a client that asks in SQL.

mod merge;
mod query;
mod session;
#[allow(dead_code, reason = "the export uses the rest of it")]
#[path = "../../src/state.rs"]
mod state;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;

const USAGE: &str = "\
usage: fleet-engine scheduler PORT
       fleet-engine executor PORT SCHEDULER-PORT     takes the next port, too
       fleet-engine query [--limit SECONDS] [--set KEY=VALUE]... SCHEDULER-PORT DIR SQL...
                                                     DIR is what `fleet export` wrote; without an answer, it ends with
                                                     an error after SECONDS, which are 600 unless given";

/// Seconds without a sign of life after which an executor counts as lost.
const LOST: u64 = 20;

fn main() -> anyhow::Result<()> {
    // Plans are read and optimised recursively.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(32 << 20)
        .build()?;
    runtime.block_on(run(&std::env::args().skip(1).collect::<Vec<_>>()))
}

async fn run(args: &[String]) -> anyhow::Result<()> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["scheduler", port] => {
            let port = port.parse().context(USAGE)?;
            let config = SchedulerConfig {
                bind_port: port,
                executor_timeout_seconds: LOST,
                expire_dead_executor_interval_seconds: 2,
                no_executors_grace_period_seconds: LOST,
                override_config_producer: Some(Arc::new(session::config)),
                override_session_builder: Some(Arc::new(session::state)),
                ..SchedulerConfig::default()
            };
            let cluster = BallistaCluster::new_from_config(&config).await?;
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            start_server(cluster, address, Arc::new(config)).await?;
        }
        ["executor", port, scheduler_port] => {
            let port: u16 = port.parse().context(USAGE)?;
            let mut registry = BallistaFunctionRegistry::default();
            let merge = merge::function();
            registry.aggregate_functions.insert(merge.name().to_owned(), Arc::new(merge));
            let config = ExecutorProcessConfig {
                port,
                grpc_port: port.checked_add(1).context(USAGE)?,
                scheduler_port: scheduler_port.parse().context(USAGE)?,
                scheduler_connect_timeout_seconds: 30,
                // One task at a time.
                vcores: 1,
                executor_heartbeat_interval_seconds: 2,
                override_function_registry: Some(Arc::new(registry)),
                override_config_producer: Some(Arc::new(session::config)),
                ..ExecutorProcessConfig::default()
            };
            start_executor_process(Arc::new(config)).await?;
        }
        ["query", ref rest @ ..] => {
            let mut rest = rest;
            let mut options = query::Options { limit: 600, settings: Vec::new() };
            loop {
                match *rest {
                    ["--limit", seconds, ref more @ ..] => {
                        options.limit = seconds.parse().context(USAGE)?;
                        rest = more;
                    }
                    ["--set", setting, ref more @ ..] => {
                        options.settings.push(setting);
                        rest = more;
                    }
                    [port, tables, ref queries @ ..] if !queries.is_empty() => {
                        let port = port.parse().context(USAGE)?;
                        query::run(port, Path::new(tables), queries, &options).await?;
                        break;
                    }
                    _ => bail!(USAGE),
                }
            }
        }
        _ => bail!(USAGE),
    }
    Ok(())
}
