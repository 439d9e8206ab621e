//! What is counted from the log, and how it is followed.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::server::Server;
use crate::{check, once};

const LOG: &str = include_str!("mail.log");

/// Every series that a small log makes, by hand.
const WANT: &[(&str, f64)] = &[
    ("postfix_cleanup_messages_processed_total", 3.0),
    ("postfix_cleanup_messages_rejected_total", 1.0),
    ("postfix_cleanup_messages_not_accepted_total", 3.0),
    ("postfix_qmgr_messages_inserted_receipients_count", 2.0),
    ("postfix_qmgr_messages_inserted_receipients_sum", 3.0),
    ("postfix_qmgr_messages_inserted_receipients_bucket{le=\"1\"}", 1.0),
    ("postfix_qmgr_messages_inserted_recipients_count", 2.0),
    ("postfix_qmgr_messages_inserted_size_bytes_sum", 2_500.0),
    ("postfix_qmgr_messages_inserted_size_bytes_bucket{le=\"1000\"}", 1.0),
    ("postfix_qmgr_messages_removed_total", 1.0),
    ("postfix_qmgr_messages_expired_total", 1.0),
    ("postfix_smtp_status_deferred", 3.0),
    ("postfix_smtp_deferred_messages_total", 2.0),
    ("postfix_smtp_messages_processed_total{status=\"sent\"}", 1.0),
    ("postfix_smtp_messages_processed_total{status=\"deferred\"}", 3.0),
    ("postfix_smtp_messages_processed_total{status=\"bounced\"}", 1.0),
    ("postfix_smtp_deferred_messages_by_dsn_total{dsn=\"4.7.1\"}", 2.0),
    ("postfix_smtp_bounced_messages_by_dsn_total{dsn=\"5.1.1\"}", 1.0),
    ("postfix_smtp_delivery_delay_seconds_count{stage=\"connection_setup\"}", 5.0),
    ("postfix_smtp_delivery_delay_seconds_sum{stage=\"before_queue_manager\"}", 1_801.58),
    ("postfix_smtp_delivery_delay_seconds_bucket{stage=\"transmission\",le=\"0.01\"}", 1.0),
    ("postfix_lmtp_delivery_delay_seconds_count{stage=\"queue_manager\"}", 1.0),
    ("postfix_pipe_delivery_delay_seconds_count{relay=\"dovecot\",stage=\"transmission\"}", 1.0),
    ("postfix_smtp_connection_timed_out_total", 1.0),
    (
        "postfix_smtp_tls_connections_total{trust=\"Trusted\",protocol=\"TLSv1.3\",cipher=\"TLS_AES_256_GCM_SHA384\",secret_bits=\"256\",algorithm_bits=\"256\"}",
        1.0,
    ),
    (
        "postfix_smtpd_tls_connections_total{trust=\"Anonymous\",protocol=\"TLSv1.2\",cipher=\"ECDHE-RSA-AES128-GCM-SHA256\",secret_bits=\"128\",algorithm_bits=\"128\"}",
        1.0,
    ),
    ("postfix_smtpd_connects_total", 3.0),
    ("postfix_smtpd_disconnects_total", 1.0),
    ("postfix_smtpd_forward_confirmed_reverse_dns_errors_total", 1.0),
    ("postfix_smtpd_connections_lost_total{after_stage=\"EHLO\"}", 1.0),
    ("postfix_smtpd_messages_processed_total{sasl_method=\"\"}", 1.0),
    ("postfix_smtpd_messages_processed_total{sasl_method=\"PLAIN\"}", 1.0),
    ("postfix_smtpd_messages_rejected_total{code=\"554\"}", 1.0),
    ("postfix_smtpd_messages_rejected_total{code=\"450\"}", 2.0),
    ("postfix_smtpd_sasl_authentication_failures_total", 1.0),
    ("postfix_bounce_non_delivery_notification_total", 1.0),
    ("postfix_virtual_delivered_total", 1.0),
    ("postfix_unsupported_log_entries_total{service=\"smtpd\"}", 1.0),
    ("postfix_postscreen_connects_total", 1.0),
    ("postfix_postscreen_connects_rejected_total{reason=\"all server ports busy\"}", 1.0),
    ("postfix_postscreen_passes_total{type=\"new\"}", 1.0),
    ("postfix_postscreen_passes_total{type=\"old\"}", 1.0),
    ("postfix_postscreen_dnsbl_rank_sum", 5.0),
    ("postfix_postscreen_messages_rejected_total{code=\"550\"}", 1.0),
    ("postfix_postscreen_tests_failed_total{test=\"PREGREET\"}", 1.0),
    ("postfix_postscreen_tests_failed_total{test=\"COMMAND_TIME_LIMIT\"}", 1.0),
    ("postfix_postscreen_hangups_total", 1.0),
    ("postfix_postscreen_access_list_matches_total{action=\"allow\"}", 1.0),
    ("postfix_postscreen_access_list_matches_total{action=\"deny\"}", 1.0),
    ("postfix_deliveries_total{service=\"smtp\",status=\"deferred\",class=\"greylist\"}", 2.0),
    ("postfix_deliveries_total{service=\"relay\",status=\"deferred\",class=\"net_timeout\"}", 1.0),
    ("postfix_deliveries_total{service=\"smtp\",status=\"sent\",class=\"\"}", 1.0),
    ("postfix_recipients_total{fate=\"delivered_after_deferral\",class=\"greylist\"}", 1.0),
    ("postfix_recipients_total{fate=\"bounced\",class=\"unknown_user\"}", 1.0),
    ("postfix_rejects_total{stage=\"RCPT\",code=\"554\",class=\"relay_denied\"}", 1.0),
    ("postfix_rejects_total{stage=\"RCPT\",code=\"450\",class=\"greylist\"}", 2.0),
    ("postfix_troubles_total{kind=\"service\"}", 1.0),
    ("postfix_log_lines_total{program=\"smtpd\",kind=\"unrecognized\"}", 1.0),
    ("postfix_log_lines_total{program=\"(unknown)\",kind=\"malformed\"}", 1.0),
    ("postfix_log_lines_total{program=\"(foreign)\",kind=\"foreign\"}", 1.0),
    ("postfix_log_gaps_total", 0.0),
];

fn log_in(dir: &TempDir, text: &str) -> Result<String> {
    let path = dir.path().join("mail.log");
    fs::write(&path, text)?;
    Ok(path.to_string_lossy().into_owned())
}

fn append(path: &Path, text: &str) -> Result<()> {
    Ok(OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())?)
}

/// A line that a connection makes.
fn connect(n: usize) -> String {
    format!(
        "2026-11-22T11:00:00+01:00 mx1 postfix/smtpd[7]: connect from c{n}.example[192.0.2.1]\n"
    )
}

const CONNECTS: &str = "postfix_smtpd_connects_total";

#[test]
fn every_number_of_a_small_log() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = log_in(&dir, LOG)?;
    let metrics = once(&["--log", &log])?;
    check(&metrics, WANT)?;
    let lines = LOG.lines().count() as f64;
    ensure!(metrics.sum("postfix_log_lines_total") == lines);
    // Nothing of a spool that was not given.
    ensure!(!metrics.0.keys().any(|(name, _)| name.starts_with("postfix_queue")));
    let followed = Server::start(&["--log", &log])?;
    check(
        &followed
            .wait_for("postfix_log_lines_total{program=\"(foreign)\",kind=\"foreign\"}", 1.0)?,
        WANT,
    )
}

#[test]
fn names_and_labels_of_the_other_exporters() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = log_in(&dir, LOG)?;
    let fork = once(&["--log", &log, "--compat", "hsn723"])?;
    check(
        &fork,
        &[
            ("postfix_smtpd_messages_processed_total{sasl_method=\"NONE\"}", 1.0),
            ("postfix_unsupported_log_entries_total{service=\"smtpd\",level=\"info\"}", 1.0),
            ("postfix_smtp_status_deferred", 3.0),
        ],
    )?;
    let none = once(&["--log", &log, "--compat", "none"])?;
    ensure!(none.get(CONNECTS).is_none() && none.get("postfix_smtp_status_deferred").is_none());
    check(&none, &[("postfix_troubles_total{kind=\"service\"}", 1.0)])
}

#[test]
fn rotation_truncation_and_absence() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("mail.log");
    let server = Server::start(&["--log", &path.to_string_lossy()])?;
    let up = format!("postfix_up{{path=\"{}\"}}", path.display());
    server.wait_for(&up, 0.0)?;
    append(&path, &connect(1))?;
    server.wait_for(CONNECTS, 1.0)?;
    server.wait_for(&up, 1.0)?;
    // The old file gets its last line after it was renamed.
    let old = dir.path().join("mail.log.1");
    fs::rename(&path, &old)?;
    append(&old, &connect(2))?;
    server.wait_for(CONNECTS, 2.0)?;
    append(&path, &[connect(3), connect(4)].concat())?;
    server.wait_for(CONNECTS, 4.0)?;
    // Copied and truncated, then a line.
    fs::copy(&path, dir.path().join("mail.log.2"))?;
    OpenOptions::new().write(true).open(&path)?.set_len(0)?;
    append(&path, &connect(5))?;
    let metrics = server.wait_for(CONNECTS, 5.0)?;
    check(&metrics, &[("postfix_log_gaps_total", 0.0)])
}

#[test]
fn counters_survive_a_restart() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log =
        log_in(&dir, &LOG.lines().take(30).map(|line| format!("{line}\n")).collect::<String>())?;
    let state = dir.path().join("state").to_string_lossy().into_owned();
    let arguments = ["--log", &log, "--state", &state];
    let lines = |server: &Server, want: usize| -> Result<()> {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(240);
        while server.metrics()?.sum("postfix_log_lines_total") != want as f64 {
            ensure!(std::time::Instant::now() < end, "{:?}", server.metrics()?);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Ok(())
    };
    let server = Server::start(&arguments)?;
    lines(&server, 30)?;
    ensure!(server.end("-TERM")? == Some(0), "SIGTERM is no failure");
    // While nobody read, the log was rotated and grew.
    fs::rename(&log, format!("{log}.1"))?;
    let rest: String = LOG.lines().skip(30).map(|line| format!("{line}\n")).collect();
    fs::write(&log, rest)?;
    let server = Server::start(&arguments)?;
    let all = LOG.lines().count();
    lines(&server, all)?;
    check(&server.metrics()?, WANT)?;
    ensure!(server.end("-INT")? == Some(0));
    // Killed: whatever was saved, every line counts once.
    for n in 1..=3 {
        append(Path::new(&log), &connect(n))?;
        let server = Server::start(&arguments)?;
        lines(&server, all + n)?;
        server.end("-KILL")?;
    }
    let metrics = once(&["--log", &log, "--state", &state])?;
    check(&metrics, &[(CONNECTS, 6.0)])?;
    check(&once(&["--log", &log, "--state", &state])?, &[(CONNECTS, 6.0)])?;
    fs::write(&state, "{}")?;
    let output = crate::run(&["--once", "--log", &log, "--state", &state])?;
    ensure!(
        output.status.code() == Some(1)
            && String::from_utf8_lossy(&output.stderr).contains("state")
    );
    Ok(())
}

#[test]
fn a_journal_on_stdin() -> Result<()> {
    let mut server = Server::start_with(&["--log", "-"], Stdio::piped())?;
    let mut stdin = server.stdin()?;
    let entry = |message: &str| {
        format!(
            "{{\"__REALTIME_TIMESTAMP\":\"1795428000000000\",\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"SYSLOG_PID\":\"7\",\"MESSAGE\":\"{message}\"}}\n"
        )
    };
    stdin.write_all(entry("connect from c.example[192.0.2.1]").as_bytes())?;
    stdin.flush()?;
    server.wait_for(CONNECTS, 1.0)?;
    check(&server.metrics()?, &[("postfix_up{path=\"-\"}", 1.0)])?;
    drop(stdin);
    let metrics = server.wait_for("postfix_up{path=\"-\"}", 0.0)?;
    check(&metrics, &[(CONNECTS, 1.0)])
}

/// Cron tells of it, and what was written before stays as it is.
#[test]
fn a_log_that_is_not_there_or_damaged() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let (log, state, text) = (path("mail.log"), path("state"), path("postfix.prom"));
    fs::write(&text, "old")?;
    let output = crate::run(&["--once", "--log", &log, "--state", &state, "--textfile", &text])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1) && said.matches(&log).count() == 1, "{said}");
    ensure!(fs::read_to_string(&text)? == "old");
    // Once it is there, nothing stands in the way.
    fs::write(&log, connect(1))?;
    check(&once(&["--log", &log, "--state", &state])?, &[(CONNECTS, 1.0)])?;
    // What a damaged file has before the damage counts, and the damage stays known.
    let packed = path("mail.log.zst");
    let whole = zstd::encode_all((0..20_000).map(connect).collect::<String>().as_bytes(), 1)?;
    fs::write(&packed, whole.get(..whole.len() / 2).unwrap_or_default())?;
    let server = Server::start(&["--log", &packed])?;
    let metrics = server.wait_for(&format!("postfix_up{{path=\"{packed}\"}}"), 0.0)?;
    ensure!(metrics.get(CONNECTS).is_none_or(|connects| connects < 20_000.0));
    std::thread::sleep(std::time::Duration::from_secs(2));
    check(&server.metrics()?, &[(&format!("postfix_up{{path=\"{packed}\"}}"), 0.0)])
}

#[test]
fn from_the_end_only_what_is_new_counts() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let log = log_in(&dir, LOG)?;
    let server = Server::start(&["--log", &log, "--from-end"])?;
    let up = format!("postfix_up{{path=\"{log}\"}}");
    server.wait_for(&up, 1.0)?;
    append(Path::new(&log), &connect(1))?;
    server.wait_for(CONNECTS, 1.0)?;
    Ok(())
}

#[test]
fn hostile_labels_stay_labels() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let evil = ["a\\\"} 1\\n", "\"},{x=\"", "\u{202e}\u{7f}", "é\\xff", "{{}}", "\\"];
    let mut text = Vec::new();
    for (n, evil) in evil.iter().enumerate() {
        let head = "2026-11-22T11:00:00+01:00 mx1 postfix";
        writeln!(
            text,
            "{head}/smtpd[7]: 1E24013C0{n:02X}: client=a.example[192.0.2.1], sasl_method={evil}, sasl_username=u"
        )?;
        writeln!(
            text,
            "{head}/{evil}/smtp[7]: 1E24013C0{n:02X}: to=<a@b>, relay={evil}, delay=1, delays=0/0/1/0, dsn=4.0.0, status=deferred ({evil})"
        )?;
        writeln!(
            text,
            "{head}/pipe[7]: 1E24013C0{n:02X}: to=<a@b>, relay={evil}, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent ({evil})"
        )?;
        text.extend(b"2026-11-22T11:00:00+01:00 mx1 postfix/smtpd[7]: 1E24013C0FF: client=a[192.0.2.1], sasl_method=\xff\x00\x01\x1b[31m\n");
    }
    for n in 0..3_000 {
        writeln!(
            text,
            "2026-11-22T11:00:00+01:00 mx1 postfix/x{n}/smtp[7]: 1E24013C0FE: to=<a@b>, relay=r{n}, delay=1, delays=0/0/1/0, dsn=4.{}.{}, status=deferred (x)",
            n % 999,
            n % 998
        )?;
    }
    let path = dir.path().join("mail\n\".log");
    fs::write(&path, &text)?;
    let log = path.to_string_lossy();
    for compat in ["kumina", "hsn723", "none"] {
        let metrics = once(&["--log", &log, "--compat", compat])?;
        let services = metrics.label_values("postfix_deliveries_total", "service");
        ensure!(services.len() <= 1_001 && services.contains(&"(other)"), "{}", services.len());
        ensure!(metrics.sum("postfix_deliveries_total") >= 3_006.0);
    }
    Ok(())
}
