//! `flows --rules` over saved flows: trends, quiet times and stricter hours; and flows by user and client.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Wednesday, 2026-11-25 10:00 UTC.
const NOW: i64 = 1_795_600_800;

/// A directory of saved flows, and the files in it.
struct Saved {
    directory: TempDir,
    files: Vec<PathBuf>,
}

impl Saved {
    fn new() -> Result<Self> {
        Ok(Self { directory: tempfile::tempdir()?, files: Vec::new() })
    }

    /// Saves what a log says in which `deferred` of 20 messages are deferred, and all take `delay` seconds.
    fn add(&mut self, taken: i64, deferred: usize, delay: u32) -> Result<()> {
        let (log, file) = (self.path("log"), self.path(&format!("saved{}", self.files.len())));
        let lines = (0..20).map(|at| {
            let (dsn, status) = if at < deferred { ("4.2.0", "deferred (450 4.2.0 later)") } else { ("2.0.0", "sent (250 ok)") };
            format!(
                "Nov 25 09:00:{at:02} mx1 postfix/smtp[9]: 3D5A1203{at:02}: to=<b@x.example>, relay=mx.x.example[192.0.2.1]:25, \
                 delay={delay}, delays=0/0/0/{delay}, dsn={dsn}, status={status}\n"
            )
        });
        fs::write(&log, lines.collect::<String>())?;
        let (taken, file_name, log) = (taken.to_string(), text(&file)?, text(&log)?);
        let arguments =
            ["--by", "domain", "--now", &taken, "--year", "2026", "--save", &file_name, &log];
        let output = common::example("flows")?.args(arguments).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.files.push(file);
        Ok(())
    }

    /// The exit status and the output of a check of the latest.
    fn check(&self, rules: &str, options: &[&str]) -> Result<(Option<i32>, String)> {
        let path = self.path("rules.toml");
        fs::write(&path, rules)?;
        let mut flows = common::example("flows")?;
        let output = flows
            .arg("--rules")
            .arg(&path)
            .args(options)
            .arg("--merge")
            .args(&self.files)
            .output()?;
        said(output)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn text(path: &std::path::Path) -> Result<String> {
    Ok(path.to_str().context("a path")?.to_owned())
}

fn said(output: Output) -> Result<(Option<i32>, String)> {
    Ok((output.status.code(), String::from_utf8(output.stdout)?))
}

/// Flows of the last days at this hour, whose delay was 10 s, and of now.
fn week(now: u32, days: i64) -> Result<Saved> {
    let mut saved = Saved::new()?;
    for day in 1..=days {
        saved.add(NOW - day * DAY + 600, 0, 10)?;
    }
    // The night is slow, as always; and so was this hour, longer ago than a week.
    saved.add(NOW - 12 * HOUR, 0, 900)?;
    saved.add(NOW - 8 * DAY, 0, 900)?;
    saved.add(NOW, 0, now)?;
    Ok(saved)
}

const DOUBLED: &str = "[[rule]]\nmetric = \"p95\"\nagainst = \"7d\"\nwarning = 2\ncritical = 4\n";

#[test]
fn what_has_doubled_against_the_same_hour_of_the_week() -> Result<()> {
    let (code, said) = week(25, 4)?.check(DOUBLED, &[])?;
    ensure!(code == Some(1), "{said}");
    ensure!(
        said.starts_with("WARNING: x.example: p95 is 2") && said.contains(" 2.5 times the usual "),
        "{said}"
    );
    let (code, said) = week(45, 4)?.check(DOUBLED, &[])?;
    ensure!(code == Some(2) && said.contains("limit 4"), "{said}");
    let (code, said) = week(15, 4)?.check(DOUBLED, &[])?;
    ensure!(code == Some(0) && said.starts_with("OK"), "{said}");
    // Two days do not tell what is usual, and what takes little time may take twice as long.
    let (code, said) = week(45, 2)?.check(DOUBLED, &[])?;
    ensure!(code == Some(0), "{said}");
    let (code, said) = week(45, 4)?.check(&format!("{DOUBLED}minimum = 60\n"), &[])?;
    ensure!(code == Some(0), "{said}");
    Ok(())
}

#[test]
fn what_rises_from_snapshot_to_snapshot() -> Result<()> {
    let rule = "[[rule]]\nmetric = \"deferrals\"\nrising = 3\n";
    let rises = |deferred: &[usize]| -> Result<_> {
        let mut saved = Saved::new()?;
        for (at, deferred) in (0..).zip(deferred) {
            saved.add(NOW + at * 600, *deferred, 1)?;
        }
        saved.check(rule, &[])
    };
    let (code, said) = rises(&[9, 2, 3, 4, 5])?;
    ensure!(
        code == Some(1) && said.contains("deferrals is 5.000, risen 3 times in a row"),
        "{said}"
    );
    for calm in [&[2, 3, 3, 4][..], &[2, 4, 3, 5], &[3, 4, 5]] {
        let (code, said) = rises(calm)?;
        ensure!(code == Some(0), "{calm:?}: {said}");
    }
    Ok(())
}

#[test]
fn quiet_times_say_nothing() -> Result<()> {
    let mut saved = Saved::new()?;
    saved.add(NOW, 10, 1)?;
    let rule = "[[rule]]\nmetric = \"deferral\"\nwarning = 0.1\n";
    let quiet = |hours: &str, options: &[&str]| -> Result<_> {
        let whole = saved.check(&format!("quiet = \"{hours}\"\n{rule}"), options)?;
        let one = saved.check(&format!("{rule}quiet = \"{hours}\"\n"), options)?;
        ensure!(whole == one, "{whole:?} {one:?}");
        Ok(whole)
    };
    let (code, said) = quiet("Sat-Sun, 22:00-06:00", &[])?;
    ensure!(code == Some(1) && said.lines().count() == 1, "{said}");
    let (code, said) = quiet("Sat-Sun, 09:00-11:00", &[])?;
    ensure!(code == Some(0) && said.contains("1 rule is quiet"), "{said}");
    // 10:00 UTC is 23:00 there.
    let (code, said) = quiet("Sat-Sun, 22:00-06:00", &["--tz", "+13:00"])?;
    ensure!(code == Some(0), "{said}");
    Ok(())
}

#[test]
fn some_hours_are_stricter() -> Result<()> {
    let mut saved = Saved::new()?;
    saved.add(NOW, 4, 1)?;
    let during = |hours: &str| {
        saved.check(
            &format!(
                "[[rule]]\nmetric = \"deferral\"\nwarning = 0.5\ncritical = 0.9\n\
                 [[rule.during]]\nhours = \"{hours}\"\nwarning = 0.1\n"
            ),
            &[],
        )
    };
    let (code, said) = during("Mon-Fri 08:00-18:00")?;
    ensure!(code == Some(1) && said.contains("is 0.200, limit 0.1"), "{said}");
    for other in ["Mon-Fri 18:00-08:00", "Sat-Sun 08:00-18:00"] {
        let (code, said) = during(other)?;
        ensure!(code == Some(0), "{other}: {said}");
    }
    Ok(())
}

#[test]
fn a_fault_in_the_rules_is_unknown_and_names_its_line() -> Result<()> {
    let mut saved = Saved::new()?;
    saved.add(NOW, 4, 1)?;
    for (rules, line, word) in [
        ("[[rule]]\nmetric = \"p95\"\nwarnign = 1\n", 3, "warnign"),
        ("qiet = \"Sat\"\n[[rule]]\nmetric = \"p95\"\nwarning = 1\n", 1, "qiet"),
        ("[[rule]]\nmetric = \"p95\"\nwarning = 1\nquiet = \"Sat-Son\"\n", 4, "Sat-Son"),
        ("\n[[rule]]\nmetric = \"p95\"\n", 2, "warning"),
        ("[[rule]]\nmetric = \"p95\nwarning = 1\n", 2, ""),
    ] {
        let (code, said) = saved.check(rules, &[])?;
        ensure!(code == Some(3) && said.lines().count() == 1, "{rules}\n{said}");
        ensure!(
            said.starts_with("UNKNOWN: ")
                && said.contains(&format!("rules.toml, line {line}: "))
                && said.contains(word),
            "{rules}\n{said}"
        );
    }
    Ok(())
}

/// Mail that goes through a content filter counts once, for whoever gave it to us, whether the filter passes the client on
/// (XFORWARD) or not.
#[test]
fn by_user_and_by_client() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("log");
    let to = "to=<b@x.example>, relay=mx.x.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)";
    let filter = "to=<b@x.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as";
    let active = "from=<a@y.example>, size=9, nrcpt=1 (queue active)";
    let lines = [
        // Straight on, with a login.
        "smtpd[1]: 3D5A120301: client=pc.y.example[192.0.2.7]:5555, sasl_method=PLAIN, sasl_username=ann",
        &format!("qmgr[2]: 3D5A120301: {active}"),
        &format!("smtp[3]: 3D5A120301: {to}"),
        "qmgr[2]: 3D5A120301: removed",
        // Through a filter that says nothing of the client.
        "smtpd[1]: 3D5A120302: client=unknown[192.0.2.8], sasl_method=PLAIN, sasl_username=bob",
        &format!("qmgr[2]: 3D5A120302: {active}"),
        "smtpd[1]: 3D5A120303: client=localhost[127.0.0.1]",
        &format!("smtp[3]: 3D5A120302: {filter} 3D5A120303)"),
        "qmgr[2]: 3D5A120302: removed",
        &format!("qmgr[2]: 3D5A120303: {active}"),
        &format!("smtp[3]: 3D5A120303: {to}"),
        // Through one that does, without a login.
        "smtpd[1]: 3D5A120304: client=mx.z.example[192.0.2.9]",
        &format!("qmgr[2]: 3D5A120304: {active}"),
        "smtpd[1]: 3D5A120305: client=localhost[127.0.0.1], orig_queue_id=3D5A120304, orig_client=mx.z.example[192.0.2.9]",
        &format!("smtp[3]: 3D5A120305: {to}"),
        &format!("smtp[3]: 3D5A120304: {filter} 3D5A120305)"),
        // From this host, and a notification.
        "pickup[4]: 3D5A120306: uid=0 from=<root>",
        &format!("qmgr[2]: 3D5A120306: {active}"),
        &format!("smtp[3]: 3D5A120306: {to}"),
        "bounce[5]: 3D5A120306: sender non-delivery notification: 3D5A120307",
        "qmgr[2]: 3D5A120307: from=<>, size=9, nrcpt=1 (queue active)",
        &format!("smtp[3]: 3D5A120307: {to}"),
        // Of an earlier log.
        &format!("smtp[3]: 3D5A120308: {to}"),
    ];
    fs::write(&log, lines.map(|line| format!("Nov 25 10:00:00 mx1 postfix/{line}\n")).concat())?;
    let flows = |by: &str| -> Result<Vec<String>> {
        let output =
            common::example("flows")?.args(["--year", "2026", "--by", by]).arg(&log).output()?;
        let (_, page) = said(output)?;
        let rows = page.lines().skip(1).take_while(|line| !line.is_empty());
        let mut rows: Vec<String> = rows
            .map(|line| {
                let end = line.find("  ").unwrap_or(line.len());
                let sent = line[end..].split_whitespace().next().unwrap_or_default();
                format!("{}: {sent}", &line[..end])
            })
            .collect();
        rows.sort();
        Ok(rows)
    };
    assert_eq!(
        flows("user")?,
        ["(local): 1", "(mail system): 1", "(no login): 1", "(unknown): 1", "ann: 1", "bob: 1"]
    );
    assert_eq!(
        flows("client")?,
        [
            "(local): 1",
            "(mail system): 1",
            "(unknown): 1",
            "mx.z.example[192.0.2.9]: 1",
            "pc.y.example[192.0.2.7]: 1",
            "unknown[192.0.2.8]: 1"
        ]
    );
    Ok(())
}
