//! `main.cf` beside the programs of Postfix that read it: they take a value, or end with a fatal error, where, and only
//! where, `MainCf` does.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};
use postfix_queuefile::config::{MainCf, MainCfError};

use crate::support::Instance;

pub(crate) const TESTS: &[crate::Test] = &[
    ("values_are_taken_as_by_postfix", values),
    ("expressions_are_expanded_as_by_postconf", expressions),
];

/// Parameters that all programs of Postfix read, and texts for them.
fn values() -> Result<()> {
    let instance = Instance::start(&[])?;
    let mut taken = 0_usize;
    let mut differences = Vec::new();
    let times = [
        "5",
        "5days",
        "300sec",
        "5D",
        "5 d",
        "d",
        "+5m",
        "-5m",
        "2147483647",
        "3550w",
        "3549w",
        "24854d",
        "24855d",
        "596522h",
        "596523h",
        "35791393m",
        "35791394m",
        "5x",
        "5sx",
        "010",
        "0x10",
        "99999999999999999999",
        "",
        "5.5",
        "5m6s",
        "soon",
        "${{$compatibility_level} >=level {3.6} ? {7m} : {7x}}",
        "${ipc_idle:{5}:{6}}",
        "$nothing",
    ];
    let numbers = ["1", "+2", "010", "0", "-1", "", "1x", "2147483648", "${nothing:3}"];
    let answers = ["yes", "YES", "No", "true", "1", "", "yes x"];
    let cases = times.map(|text| ("daemon_timeout", text)).into_iter();
    let cases = cases.chain(numbers.map(|text| ("hash_queue_depth", text)));
    let cases = cases.chain(answers.map(|text| ("enable_long_queue_ids", text)));
    // A configuration that nobody runs: a daemon that a value ends, such as the one that writes the log, would stop all others.
    let config_directory = instance.scratch().join("asked");
    fs::create_dir(&config_directory)?;
    fs::copy(instance.config().join("master.cf"), config_directory.join("master.cf"))?;
    let path = config_directory.join("main.cf");
    let main = fs::read_to_string(instance.config().join("main.cf"))?;
    for (name, text) in cases {
        let text_of_file = format!("{main}{name} = {text}\n");
        fs::write(&path, &text_of_file)?;
        let mut config = MainCf::parse(text_of_file.as_bytes());
        config.set_host_name(b"mx.live.test");
        let ours = match name {
            // Postfix has a least value of one second for all times but a few.
            "daemon_timeout" => config.time(name.as_bytes()).and_then(|time| {
                if time.is_zero() { Err(MainCfError::OutOfRange) } else { Ok(()) }
            }),
            "hash_queue_depth" => config.number(name.as_bytes()).map(drop),
            _ => config.is_yes(name.as_bytes()).map(drop),
        };
        let mut postmap = Command::new("postmap");
        postmap.env("MAIL_CONFIG", &config_directory).args(["-q", "x", "static:here"]);
        let theirs = postmap.output()?;
        taken += usize::from(theirs.status.success());
        if ours.is_ok() != theirs.status.success() {
            let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
            differences.push(format!("{name} = {text}: {ours:?}, Postfix: {said}"));
        }
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    ensure!(taken > 15, "{taken} values are taken");
    Ok(())
}

/// The table of the crate's own tests, asked for anew; values that are errors one by one, all others at once.
fn expressions() -> Result<()> {
    const TABLE: &str = include_str!("../../../postfix-queuefile/tests/data/main-cf.txt");
    // A configuration that nobody runs.
    let dir = tempfile::tempdir()?;
    let main_cf = dir.path().join("main.cf");
    fs::write(dir.path().join("master.cf"), "")?;
    let postconf = |arguments: &[&str]| {
        let mut command = Command::new("postconf");
        command.arg("-c").arg(dir.path()).args(arguments).output()
    };
    let lines = || TABLE.lines().filter(|line| !line.starts_with("# "));
    let settings: String =
        lines().filter(|line| !line.contains('\t')).map(|line| format!("{line}\n")).collect();
    let rows: Vec<_> = lines().filter_map(|line| line.split_once('\t')).collect();
    fs::write(&main_cf, &settings)?;
    let names = String::from_utf8(postconf(&["-d"])?.stdout)?;
    // Parameters that are lists of maps take any text.
    let names: Vec<_> = names
        .lines()
        .filter_map(|line| line.split_once(" ="))
        .filter(|(name, value)| {
            (name.ends_with("_maps") || name.ends_with("_table")) && value.is_empty()
        })
        .map(|(name, _)| name)
        .collect();
    ensure!(names.len() > 20, "{} names", names.len());
    let good: Vec<_> = rows.iter().filter(|(_, value)| *value != "!").collect();
    for some in good.chunks(names.len()) {
        let set = names.iter().zip(some).map(|(name, (text, _))| format!("{name} = {text}\n"));
        let main = set.fold(settings.clone(), |main, line| main + &line);
        fs::write(&main_cf, main)?;
        for (name, (text, expected)) in names.iter().zip(some) {
            let output = postconf(&["-hx", name])?;
            let value = String::from_utf8(output.stdout)?;
            ensure!(value.trim_end_matches('\n') == *expected, "{text}: {value:?}, {expected:?}");
        }
    }
    for (text, _) in rows.iter().filter(|(_, value)| *value == "!") {
        let main = format!("{settings}relocated_maps = {text}\n");
        fs::write(&main_cf, main)?;
        let status = postconf(&["-hx", "relocated_maps"])?.status;
        ensure!(!status.success(), "{text} is expanded");
    }
    Ok(())
}
