//! `fates` on the log of a real Postfix that talks to a scripted server, rotated half way.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::Test;
use crate::common::example;
use crate::support::{Instance, checked, wait_until};

pub(crate) const TESTS: &[Test] = &[("the_four_fates_of_a_rotated_log", four_fates)];

/// Attempts by recipient, as the server saw them.
type Seen = Arc<Mutex<BTreeMap<String, u64>>>;

/// Recipients of each kind.
const EACH: usize = 2;

/// What the server says to the RCPT command of an attempt, counted from 1.
fn answer(recipient: &str, attempt: u64) -> &'static str {
    match (recipient.split('-').next(), attempt) {
        (Some("later" | "refused"), 1) | (Some("never"), _) => "451 4.7.1 come back later",
        (Some("refused"), _) => "550 5.1.1 no such user",
        _ => "250 2.1.5 Ok",
    }
}

fn four_fates() -> Result<()> {
    let (port, seen) = serve()?;
    let relay = format!("[127.0.0.1]:{port}");
    let instance = Instance::start(&[
        ("relayhost", &relay),
        ("queue_run_delay", "2s"),
        ("minimal_backoff_time", "2s"),
        ("maximal_backoff_time", "2s"),
        ("maximal_queue_lifetime", "12s"),
    ])?;
    let kinds = ["once", "later", "refused", "never"];
    let recipients =
        kinds.iter().flat_map(|kind| (0..EACH).map(move |at| format!("{kind}-{at}@r.test")));
    for recipient in recipients {
        let source = ["-m", "1", "-f", "sender@s.test", "-t", &recipient];
        checked(instance.command("smtp-source").args(source).arg(instance.address()))?;
    }
    let deferred = |log: &str| log.matches("status=deferred").count() >= 3 * EACH;
    wait_until("the first deferrals", || Ok(deferred(&std::fs::read_to_string(instance.log())?)))?;
    instance.postfix("logrotate")?;
    let rotated = rotated(&instance.log())?;
    wait_until("an empty queue", || Ok(instance.output("postqueue", &["-j"])?.is_empty()))?;
    instance.postfix("stop")?;

    let state = instance.scratch().join("state.json");
    let whole = fates(&[&rotated, &instance.log()], None)?;
    fates(&[&rotated], Some(&state))?;
    let resumed = fates(&[&instance.log()], Some(&state))?;
    for rows in [whole, resumed] {
        let seen = seen.lock().ok().context("the server failed")?;
        for (kind, fate) in
            kinds.iter().zip(["delivered", "delivered_after_deferral", "late_bounce", "expired"])
        {
            for at in 0..EACH {
                let name = format!("{kind}-{at}@r.test");
                let row = rows.get(&name).with_context(|| format!("no row for {name}"))?;
                ensure!(row["fate"] == fate, "{row}");
                let attempts = row["attempts"].as_array().map(Vec::len);
                let served =
                    seen.get(&name).copied().and_then(|served| usize::try_from(served).ok());
                ensure!(attempts == served, "{name}: the server saw {served:?} attempts: {row}");
                ensure!((*kind == "once") == row.get("hold_s").is_none(), "{row}");
            }
        }
    }
    Ok(())
}

/// The final rows by recipient.
fn fates(logs: &[&Path], state: Option<&Path>) -> Result<BTreeMap<String, Value>> {
    let mut command = example("fates")?;
    command
        .args(["--json", "--all"])
        .args(state.iter().flat_map(|state| [Path::new("--state"), state]))
        .args(logs);
    let text = String::from_utf8(checked(&mut command)?.stdout)?;
    let rows =
        text.lines().map(serde_json::from_str).collect::<serde_json::Result<Vec<Value>>>()?;
    let to = |row: &Value| row["to"].as_str().unwrap_or_default().to_owned();
    let mut by_name = BTreeMap::new();
    for row in rows {
        let before = by_name.insert(to(&row), row);
        // The sender gets one notification per failure.
        ensure!(before.is_none_or(|before: Value| to(&before).starts_with("sender@")), "two rows");
    }
    Ok(by_name)
}

/// What `postfix logrotate` made of the log.
fn rotated(log: &Path) -> Result<PathBuf> {
    let directory = log.parent().context("a log in a directory")?;
    let mut others = Vec::new();
    wait_until("a rotated log", || {
        let names = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
        others = names.collect::<Result<Vec<_>>>()?;
        others.retain(|path| path != log && path.extension().is_some_and(|end| end == "gz"));
        Ok(!others.is_empty())
    })?;
    others.pop().context("a rotated log")
}

/// Starts the scripted server.
fn serve() -> Result<(u16, Seen)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let seen = Seen::default();
    let shared = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&shared);
            // A client that goes away ends its session and nothing else.
            thread::spawn(move || session(stream, &seen).ok());
        }
    });
    Ok((port, seen))
}

fn session(stream: TcpStream, seen: &Seen) -> Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    writeln!(out, "220 scripted ESMTP\r")?;
    while let Some(line) = lines.next().transpose()? {
        let command = line.to_ascii_uppercase();
        let reply = if let Some(rest) = command.strip_prefix("RCPT TO:<") {
            let recipient = rest.split('>').next().unwrap_or_default().to_ascii_lowercase();
            let mut seen = seen.lock().ok().context("another session failed")?;
            let attempt = seen.entry(recipient.clone()).or_default();
            *attempt += 1;
            answer(&recipient, *attempt)
        } else if command == "DATA" {
            writeln!(out, "354 go on\r")?;
            for line in lines.by_ref() {
                if line? == "." {
                    break;
                }
            }
            "250 2.0.0 Ok"
        } else if command == "QUIT" {
            writeln!(out, "221 bye\r")?;
            return Ok(());
        } else {
            "250 Ok"
        };
        writeln!(out, "{reply}\r")?;
    }
    Ok(())
}
