//! `flows` as its user and a monitoring system run it.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result, ensure};

fn log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../postfix-log/tests/data/fates.log")
}

fn flows(arguments: &[&str]) -> Result<Output> {
    Ok(common::example("flows")?.args(["--year", "2027"]).args(arguments).output()?)
}

fn page(arguments: &[&str]) -> Result<String> {
    let output = flows(arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The sum of a column of the first table, found from its end: names may hold blanks.
fn sum(page: &str, column: &str) -> Result<u64> {
    let head = page.lines().next().context("an empty page")?;
    let end = head.find(column).context("no such column")? + column.len();
    let rows = page.lines().skip(1).take_while(|line| !line.is_empty());
    rows.map(|line| {
        let cells: String = line.chars().take(end).collect();
        Ok(cells.split_whitespace().next_back().context("a short line")?.parse::<u64>()?)
    })
    .sum()
}

#[test]
fn every_view_has_the_same_ends() -> Result<()> {
    let log = log();
    let log = log.to_str().context("a path")?;
    let mut ends = Vec::new();
    for by in ["relay", "domain", "sender", "provider", "service", "user", "client"] {
        let page = page(&["--by", by, log])?;
        ensure!(
            page.lines()
                .skip(1)
                .take_while(|line| !line.is_empty())
                .all(|line| !line.starts_with(' '))
        );
        ends.push([sum(&page, "expired")?, sum(&page, "waiting")?]);
    }
    ensure!(ends.iter().all(|end| *end == ends[0] && end[0] > 0 && end[1] > 0), "{ends:?}");
    Ok(())
}

/// A mailbox under two aliases is two recipients, and a queue id in two instances is two messages: the end of the one
/// says nothing about the other.
#[test]
fn a_recipient_that_looks_like_another_still_waits() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("log");
    let line = |instance: &str, orig_to: &str, rest: &str| {
        format!(
            "Nov 22 11:00:01 mx1 {instance}/smtp[4]: 4gBz1K3vQ8z1xF: to=<bob@b.example>, orig_to=<{orig_to}@a.example>, {rest}\n"
        )
    };
    let sent = "relay=mx.b.example[203.0.113.30]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)";
    let waits = "relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx.b.example[203.0.113.30]:25: Connection timed out)";
    for other in [("postfix", "x"), ("postfix-out", "y")] {
        let text = line(other.0, other.1, sent) + &line("postfix", "y", waits);
        fs::write(&log, text)?;
        let page = page(&[log.to_str().context("a path")?])?;
        ensure!(!page.contains("(unknown)") && sum(&page, "waiting")? == 1, "{page}");
    }
    Ok(())
}

/// What waits is shown with the server that it waits for, and what is put off unheard with the provider.
#[test]
fn nothing_waits_for_nobody() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("log");
    let line = |id: &str, to: &str, program: &str, reason: &str| {
        format!(
            "Feb  1 10:00:00 mx1 postfix/{program}[9]: {id}: to=<{to}>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, \
             status=deferred ({reason})\n"
        )
    };
    let busy = "delivery temporarily suspended: host a.mail.big.example[192.0.2.9] said: 421 4.7.0 Too many connections";
    fs::write(
        &log,
        [
            line("3D5A1203AB", "b@down.example", "smtp", "connect to mx.down.example[192.0.2.1]:25: Connection timed out"),
            line("3D5A1203AC", "b@a.example", "error", busy),
            line("3D5A1203AD", "b@gone.example", "smtp", "Host or domain name not found. Name service error for name=gone.example type=MX: Host not found, try again"),
        ]
        .concat(),
    )?;
    let log = log.to_str().context("a path")?;
    let servers = page(&["--by", "relay", log])?;
    for server in ["mx.down.example[192.0.2.1]", "a.mail.big.example[192.0.2.9]", "gone.example"] {
        ensure!(servers.lines().any(|line| line.starts_with(server)), "no {server} in\n{servers}");
    }
    ensure!(!servers.lines().any(|line| line.starts_with("none")), "{servers}");
    let providers = page(&["--by", "provider", log])?;
    let big =
        providers.lines().find(|line| line.starts_with("big.example")).context("no provider")?;
    ensure!(big.contains("100.0%"), "{big}");
    Ok(())
}

#[test]
fn saved_flows_add_up() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (log, saved) = (log(), directory.path().join("flows"));
    let (log, saved) = (log.to_str().context("a path")?, saved.to_str().context("a path")?);
    let once = page(&["--by", "domain", "--save", saved, log])?;
    ensure!(page(&["--merge", saved])? == once, "what was saved is what was shown");
    let twice = page(&["--merge", saved, "--", log])?;
    ensure!(sum(&twice, "sent")? == 2 * sum(&once, "sent")? && sum(&once, "sent")? > 0);
    let wrong = flows(&["--by", "relay", "--merge", saved])?;
    ensure!(wrong.status.code() == Some(1) && !wrong.stderr.is_empty());
    ensure!(page(&["--by", "domain", "--compare", saved, log])?.contains(" → "));
    Ok(())
}

/// The total delay and its four parts, against all of them sorted.
#[test]
fn quantiles_agree_with_an_exact_computation() -> Result<()> {
    let log = log();
    let text = fs::read_to_string(&log)?;
    let page = page(&["--by", "service", log.to_str().context("a path")?])?;
    let table = page.split_once("\n\n").context("two tables")?.1;
    for service in ["smtp", "error", "local"] {
        let row = table.lines().find(|line| line.starts_with(&format!("{service} ")));
        let shown: Vec<f64> = row
            .context("no row")?
            .split_whitespace()
            .skip(1)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let lines = text.lines().filter(|line| line.contains(&format!(" postfix/{service}[")));
        let mut delays: [Vec<f64>; 5] = Default::default();
        for line in lines.filter(|line| line.contains(", delays=")) {
            let field = |name: &str| -> Option<&str> { line.split_once(name)?.1.split(',').next() };
            let parts = field(", delays=").context("no parts")?.split('/');
            for (all, one) in delays.iter_mut().zip(field(", delay=").into_iter().chain(parts)) {
                all.push(one.parse()?);
            }
        }
        assert_eq!(shown.len(), 15);
        for (all, shown) in delays.iter_mut().zip(shown.chunks(3)) {
            all.sort_by(f64::total_cmp);
            for (q, shown) in [0.5, 0.95, 0.99].into_iter().zip(shown) {
                let exact = all[(q * (all.len() - 1) as f64) as usize];
                // Numbers are printed with two digits after the point, or none.
                let rounding = if exact < 100.0 { 0.005 } else { 0.5 };
                ensure!(
                    (shown - exact).abs() <= exact * 0.01 + rounding + 1e-9,
                    "{service}, P{q} of {}: {shown}, not {exact}",
                    all.len()
                );
            }
        }
    }
    Ok(())
}

#[test]
fn exit_statuses_for_a_monitoring_system() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (log, rules) = (log(), directory.path().join("rules.toml"));
    let (log, path) = (log.to_str().context("a path")?, rules.to_str().context("a path")?);
    let check = |text: &str| -> Result<_> {
        fs::write(&rules, text)?;
        let output = flows(&["--by", "service", "--rules", path, log])?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    };
    let rule = "[[rule]]\nmetric = \"deferral\"\nflow = \"smtp\"\n";
    let (code, said) = check(&format!("{rule}warning = 1.1\n"))?;
    ensure!(code == Some(0) && said.starts_with("OK"), "{said}");
    let (code, said) = check(&format!("{rule}warning = 0.01\n"))?;
    ensure!(code == Some(1) && said.starts_with("WARNING: smtp: deferral is "), "{said}");
    let (code, said) = check(&format!("{rule}warning = 0.01\ncritical = 0.02\n"))?;
    ensure!(code == Some(2) && said.lines().count() == 1, "{said}");
    let (code, said) = check("[[rule]]\nmetric = \"oldest_age\"\nwarning = 1\n")?;
    ensure!(code == Some(3) && said.contains("--spool"), "{said}");
    ensure!(flows(&["--rules"])?.status.code() == Some(3));
    ensure!(flows(&["--what"])?.status.code() == Some(2));
    ensure!(flows(&["--year", "99999", log])?.status.code() == Some(2));
    Ok(())
}

#[test]
fn the_rules_in_the_help_are_rules() -> Result<()> {
    let help = page(&["--help"])?;
    let example = help.lines().skip_while(|line| !line.trim().starts_with("quiet ="));
    let example: Vec<&str> =
        example.take_while(|line| !line.trim_start().starts_with('-')).collect();
    let rules = example.iter().filter(|line| line.trim_start().starts_with("[[rule]]")).count();
    ensure!(rules == 3 && example.len() > 20, "{help}");
    let file = tempfile::NamedTempFile::new()?;
    fs::write(&file, example.join("\n"))?;
    let (log, rules) = (log(), file.path().to_str().context("a path")?);
    let output = flows(&["--rules", rules, log.to_str().context("a path")?])?;
    ensure!(output.status.code() == Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
