//! `triage` names what is wrong, with whose mail, and since when: in incidents that are made for the
//! test, with names and numbers of their own for each seed, and in recorded ones where they are given.
//!
//! `TRIAGE_SEEDS=100` tries more seeds. `TRIAGE_INCIDENTS=DIR` also tries each `DIR/NAME` that holds
//! `spool`, `mail.log` and `truth.json` (`now`, `year`, `since`, `cls`, and the `domain`, `sender` or `provider` that matters).

mod common;
mod incidents;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use incidents::{Kind, Want, destinations, machinery, people};

#[test]
fn destinations_by_name() -> Result<()> {
    all(&destinations::KINDS)
}

#[test]
fn the_machinery() -> Result<()> {
    all(&machinery::KINDS)
}

#[test]
fn people_and_quiet_nights() -> Result<()> {
    all(&people::KINDS)
}

fn all(kinds: &[Kind]) -> Result<()> {
    let seeds = std::env::var("TRIAGE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    let only = std::env::var("TRIAGE_KIND").ok();
    let mut wrong = Vec::new();
    for (name, make) in kinds.iter().filter(|kind| only.as_ref().is_none_or(|only| only == kind.0))
    {
        for seed in 0..seeds {
            let dir = tempfile::tempdir()?;
            let (mut world, want) = make(seed * 37 + 5);
            world.write(dir.path())?;
            let year = chrono::DateTime::from_timestamp(world.start, 0).context("no year")?;
            let year = year.format("%Y").to_string();
            let object = triage(dir.path(), &world.now.to_string(), &year)?;
            if let Err(error) = check(&object, &want, world.now) {
                wrong.push(format!("{name}, seed {seed}: {error}"));
                if std::env::var_os("TRIAGE_KEEP").is_some() {
                    wrong.push(format!(
                        "{} --now {} --year {year}",
                        dir.keep().display(),
                        world.now
                    ));
                }
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn recorded_incidents_where_they_are_given() -> Result<()> {
    let Some(root) = std::env::var_os("TRIAGE_INCIDENTS") else { return Ok(()) };
    let mut wrong = Vec::new();
    for place in std::fs::read_dir(root)? {
        let place = place?.path();
        let truth: Value = serde_json::from_slice(&std::fs::read(place.join("truth.json"))?)?;
        let now = truth["now"].as_f64().context("no now")? as i64;
        let cause = cause(truth["cls"].as_str().context("no cls")?);
        let names = ["domain", "sender", "provider"].map(|name| truth[name].as_str());
        // The machinery has no domain that is at fault, whatever was tried first.
        let has_object = ["destination_down", "destination_slow", "rate_limited", "backscatter"];
        let objects = names.into_iter().flatten().map(str::to_owned);
        let want = Want {
            cause,
            objects: objects.filter(|_| has_object.contains(&cause)).collect(),
            since: truth["since"]
                .as_f64()
                .map(|at| at as i64)
                .filter(|_| cause != "nothing_unusual"),
        };
        let object = triage(&place, &now.to_string(), &truth["year"].to_string())?;
        if let Err(error) = check(&object, &want, now) {
            wrong.push(format!("{}: {error}", place.display()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The cause in the verdict for the class of an incident.
fn cause(class: &str) -> &'static str {
    match class {
        "down" => "destination_down",
        "slow" | "slow-but-not-full" => "destination_slow",
        "flush" => "flush",
        "restart" => "restart",
        "pickup" => "pickup_stopped",
        "slow-lookups" => "slow_lookups",
        "backscatter" => "backscatter",
        "abuse" => "abuse",
        "network" => "network",
        "greylisting" => "greylisting",
        "ratelimit" => "rate_limited",
        "dns-local" => "dns",
        "hold" => "hold",
        "qmgr-crash" => "queue_manager_dead",
        "expiry" => "expiry",
        "ipv6" => "ipv6",
        _ => "nothing_unusual",
    }
}

/// The first verdict: cause, object, and a beginning within ten minutes or a quarter of the age.
fn check(object: &Value, want: &Want, now: i64) -> Result<()> {
    let first = &object["verdicts"][0];
    ensure!(first["cause"] == want.cause, "wanted {}, found {first}", want.cause);
    let name = first["object"]["name"].as_str().unwrap_or_default();
    ensure!(
        want.objects.is_empty() || want.objects.iter().any(|object| object == name),
        "wanted {:?}, found {first}",
        want.objects
    );
    if let Some(since) = want.since {
        let found = first["since"].as_i64().with_context(|| format!("no since in {first}"))?;
        let error = (found - since).abs();
        ensure!(error <= 600.max((now - since) / 4), "{} s off: {first}", found - since);
    }
    Ok(())
}

fn triage(dir: &Path, now: &str, year: &str) -> Result<Value> {
    // Building it is quick when it is there, but not as quick as not building it.
    static PROGRAM: OnceLock<OsString> = OnceLock::new();
    let program = match PROGRAM.get() {
        Some(program) => program,
        None => {
            let program = common::example("triage")?.get_program().to_owned();
            PROGRAM.get_or_init(|| program)
        }
    };
    let mut program = Command::new(program);
    program.args(["--json", "--now", now, "--year", year]);
    program.arg("--spool").arg(dir.join("spool")).arg("--log").arg(dir.join("mail.log"));
    let output = program.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
