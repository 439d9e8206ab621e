//! What is told of the queues.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::server::Server;
use crate::{check, once, run};

const SPOOL: &[u8] = include_bytes!("../../sample/spool.tar.zst");

/// When the sample was frozen.
const NOW: &str = "1801579401";

fn sample() -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(SPOOL)?);
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    archive.unpack(dir.path())?;
    Ok(dir)
}

#[test]
fn the_sample_spool() -> Result<()> {
    let dir = sample()?;
    let spool = dir.path().to_string_lossy();
    let metrics = once(&["--spool", &spool, "--now", NOW])?;
    check(
        &metrics,
        &[
            (&format!("postfix_up{{path=\"{spool}\"}}"), 1.0),
            ("postfix_queue_messages{queue=\"deferred\"}", 173.0),
            ("postfix_queue_messages{queue=\"maildrop\"}", 15.0),
            ("postfix_queue_recipients{queue=\"deferred\"}", 318.0),
            ("postfix_queue_bytes{queue=\"hold\"}", 9_337.0),
            ("postfix_queue_oldest_age_seconds{queue=\"hold\"}", 512_921.0),
            ("postfix_queue_next_retry_seconds_count", 173.0),
            ("postfix_queue_top_recipients{domain=\"mapleworks.test\"}", 55.0),
            ("postfix_showq_message_size_bytes_count{queue=\"deferred\"}", 173.0),
            ("postfix_showq_message_size_bytes_sum{queue=\"deferred\"}", 205_019.0),
            ("postfix_showq_message_age_seconds_count{queue=\"active\"}", 44.0),
            ("postfix_showq_queue_depth{queue=\"incoming\"}", 34.0),
            ("postfix_scan_skipped{reason=\"unfinished\"}", 1.0),
            ("postfix_scan_skipped{reason=\"empty\"}", 1.0),
            ("postfix_scan_skipped{reason=\"unreadable_directory\"}", 0.0),
        ],
    )?;
    ensure!(metrics.sum("postfix_queue_top_recipients") == metrics.sum("postfix_queue_recipients"));
    ensure!(metrics.label_values("postfix_queue_top_recipients", "domain").len() == 21);
    // Nothing of a log that was not given.
    ensure!(!metrics.0.keys().any(|(name, _)| name.starts_with("postfix_smtp")));
    ensure!(!metrics.0.keys().any(|(name, _)| name.starts_with("postfix_log")));
    let none = once(&["--spool", &spool, "--now", NOW, "--compat", "none"])?;
    ensure!(!none.0.keys().any(|(name, _)| name.starts_with("postfix_showq")));
    Ok(())
}

#[test]
fn empty_queues_are_zero_and_unreadable_ones_absent() -> Result<()> {
    let dir = tempfile::tempdir()?;
    for queue in ["maildrop", "incoming", "active", "deferred"] {
        fs::create_dir(dir.path().join(queue))?;
    }
    // What stands in the place of a queue cannot be listed, not even by root.
    fs::write(dir.path().join("hold"), "")?;
    let server = Server::start(&["--spool", &dir.path().to_string_lossy()])?;
    let metrics = server.wait_for("postfix_queue_messages{queue=\"deferred\"}", 0.0);
    let metrics = match metrics {
        Ok(metrics) => metrics,
        Err(error) => return Err(error.context(format!("{:?}", server.metrics()?))),
    };
    check(
        &metrics,
        &[
            ("postfix_queue_messages{queue=\"active\"}", 0.0),
            ("postfix_queue_oldest_age_seconds{queue=\"active\"}", 0.0),
            ("postfix_showq_message_size_bytes_count{queue=\"active\"}", 0.0),
            ("postfix_queue_next_retry_seconds_count", 0.0),
            ("postfix_queue_top_recipients{domain=\"(other)\"}", 0.0),
        ],
    )?;
    ensure!(metrics.get("postfix_queue_messages{queue=\"hold\"}").is_none());
    ensure!(metrics.get("postfix_scan_skipped{reason=\"unreadable_directory\"}") == Some(1.0));
    Ok(())
}

#[test]
fn a_spool_that_comes_back_and_goes() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let spool = dir.path().join("spool");
    let path = spool.to_string_lossy().into_owned();
    let server = Server::start(&["--spool", &path, "--scan-interval", "1s"])?;
    let up = format!("postfix_up{{path=\"{path}\"}}");
    let metrics = server.wait_for(&up, 0.0)?;
    let of_itself = |name: &str| name.starts_with("process_");
    ensure!(metrics.0.keys().filter(|(name, _)| !of_itself(name)).count() == 1, "{metrics:?}");
    // It serves numbers of its own, which a textfile must not have: node_exporter has them too.
    ensure!(metrics.0.keys().filter(|(name, _)| of_itself(name)).count() == 6, "{metrics:?}");
    ensure!(metrics.get("process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6));
    fs::create_dir_all(spool.join("deferred"))?;
    server.wait_for(&up, 1.0)?;
    fs::remove_dir_all(&spool)?;
    // The last figures stay, and say of when they are.
    let metrics = server.wait_for(&up, 0.0)?;
    check(&metrics, &[("postfix_queue_messages{queue=\"deferred\"}", 0.0)])?;
    let at = metrics.get("postfix_scan_timestamp_seconds").context("no time")?;
    ensure!(at > 1.6e9 && metrics.get("postfix_scan_age_seconds").is_some_and(|age| age > 0.0));
    ensure!(server.end("-TERM")? == Some(0));
    Ok(())
}

#[test]
fn a_textfile_for_cron() -> Result<()> {
    let dir = sample()?;
    let (spool, file) = (dir.path().to_string_lossy(), dir.path().join("postfix.prom"));
    fs::write(&file, "old")?;
    let text = file.to_string_lossy();
    let output = run(&["--spool", &spool, "--now", NOW, "--once", "--textfile", &text])?;
    ensure!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let metrics = crate::strict::parse(&fs::read_to_string(&file)?)?;
    check(&metrics, &[("postfix_queue_messages{queue=\"deferred\"}", 173.0)])?;
    ensure!(!metrics.0.keys().any(|(name, _)| name.starts_with("process_")), "{metrics:?}");
    ensure!(!dir.path().join("postfix.prom.new").exists());
    // A spool that is not there leaves the file as it is.
    let output = run(&["--spool", "/nonexistent/spool", "--once", "--textfile", &text])?;
    ensure!(output.status.code() == Some(1));
    ensure!(fs::read_to_string(&file)?.contains("postfix_queue_messages"));
    let output = run(&["--once"])?;
    ensure!(output.status.code() == Some(2), "a source is needed: {output:?}");
    Ok(())
}
