//! What all programs do alike: help with examples, closed pipes, errors in one line, nothing but output on pipes.

mod common;
#[path = "common/sample.rs"]
mod sample;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::sample::Sample;

const PROGRAMS: [&str; 11] = [
    "exporter", "fates", "flows", "maillog", "mailq", "postcat", "qshape", "snapdiff", "summary",
    "trace", "triage",
];

/// A file that there is not.
const MISSING: &str = "/nonexistent/file";

#[test]
fn help_has_examples() -> Result<()> {
    for name in PROGRAMS {
        let output = common::example(name)?.arg("--help").env("COLUMNS", "200").output()?;
        ensure!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}");
        let help = String::from_utf8(output.stdout)?;
        let (_, examples) =
            help.split_once("\nExamples:\n").with_context(|| format!("{name} has no examples"))?;
        let examples: Vec<&str> =
            examples.lines().map_while(|line| line.strip_prefix("  ")).collect();
        ensure!(examples.len() >= 3, "{name} has few examples");
        for example in examples {
            // It may stand behind a program whose output it reads.
            let is_own = |part: &&str| part.starts_with(&format!("{name} ")) || *part == name;
            let own = example.split(" | ").find(is_own);
            let own = own.with_context(|| format!("{name}: {example}"))?;
            // The options are those of the program.
            for option in own.split(' ').filter(|word| word.starts_with("--")) {
                ensure!(
                    help.contains(&format!(" {option}")) && help.matches(option).count() > 1,
                    "{name} has no {option}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn a_reader_that_went_away_is_no_error() -> Result<()> {
    let sample = Sample::unpack()?;
    snapshots(&sample)?;
    for command in [
        "exporter --year 2027 --once --log LOG",
        "exporter --once --spool SPOOL",
        "fates --year 2027 LOG",
        "fates --year 2027 --json --all LOG",
        "flows --year 2027 LOG",
        "maillog --year 2027 LOG",
        "mailq --spool SPOOL",
        "mailq -p --spool SPOOL",
        "postcat MESSAGE",
        "qshape --spool SPOOL deferred",
        "snapdiff diff OLD NEW",
        "summary --year 2027 LOG",
        "summary --year 2027 --json LOG",
        "summary --year 2027 --html - LOG",
        "trace --year 2027 --to * LOG",
        "trace --year 2027 --to * --json LOG",
        "triage --log LOG",
        "triage --log LOG --json",
        "triage --log LOG --html -",
        "triage --help",
    ] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let output = program(&sample, command)?.stdout(writer).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{command}: {:?} {said}", output.status);
        ensure!(!said.contains("pipe") && !said.contains("panic"), "{command}: {said}");
        // Progress is shown on terminals only.
        ensure!(!said.contains(['\r', '\u{1b}']), "{command}: {said}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_read_is_told_in_one_line() -> Result<()> {
    let sample = Sample::unpack()?;
    snapshots(&sample)?;
    for command in [
        "exporter --once --log MISSING",
        "exporter --once --spool MISSING",
        "exporter --once -c MISSING",
        "exporter --once --log LOG --textfile MISSING",
        "exporter --once --log LOG --classes MISSING",
        "fates MISSING",
        "fates --classes MISSING LOG",
        "flows MISSING",
        "flows --merge MISSING",
        "flows --compare MISSING LOG",
        "maillog MISSING",
        "maillog --follow MISSING",
        "maillog --anonymize MISSING LOG",
        "mailq --spool MISSING",
        "mailq -c MISSING",
        "triage -c MISSING",
        "postcat MISSING",
        "qshape --spool MISSING",
        "qshape MISSING",
        "qshape --merge MISSING",
        "snapdiff save --spool MISSING NEW",
        "snapdiff diff MISSING NEW",
        "summary MISSING",
        "summary --merge MISSING",
        "summary --html MISSING LOG",
        "trace x MISSING",
        "trace --to x --spool MISSING LOG",
        "triage --spool MISSING",
        "triage --log MISSING",
        "triage --merge MISSING",
        "triage --before MISSING",
        "triage --log LOG --save MISSING",
    ] {
        let output = program(&sample, command)?.output()?;
        let said = one_line(command, &output)?;
        ensure!(
            said.matches(MISSING).count() == 1 || command.ends_with("-c MISSING"),
            "{command}: {said}"
        );
    }
    Ok(())
}

#[test]
fn damaged_logs_are_named() -> Result<()> {
    let sample = Sample::unpack()?;
    let log = fs::read(sample.file("mail.log.zst"))?;
    fs::write(sample.file("cut.zst"), log.get(..3000).context("a short sample")?)?;
    for name in ["not.gz", "not.xz", "not.bz2", "not.zst"] {
        fs::write(
            sample.file(name),
            "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n",
        )?;
    }
    for file in ["cut.zst", "not.gz", "not.xz", "not.bz2", "not.zst"] {
        for command in [
            "exporter --once --log",
            "fates",
            "flows",
            "maillog",
            "summary",
            "trace x",
            "triage --log",
        ] {
            let output = program(&sample, command)?.arg(sample.file(file)).output()?;
            let said = one_line(command, &output)?;
            ensure!(said.matches(&format!("/{file}")).count() == 1, "{command} {file}: {said}");
            ensure!(said.contains("damaged or cut off"), "{command} {file}: {said}");
        }
    }
    Ok(())
}

/// Only triage has colour: on a terminal, which util-linux's `script` plays, beside the words, and not with NO_COLOR.
#[test]
fn colour_is_for_terminals_and_can_be_turned_off() -> Result<()> {
    if !Command::new("script").arg("--version").output().is_ok_and(|out| out.status.success()) {
        println!("not run: there is no `script` of util-linux");
        return Ok(());
    }
    let sample = Sample::unpack()?;
    snapshots(&sample)?;
    for command in [
        "exporter --year 2027 --once --log LOG",
        "fates --year 2027 LOG",
        "flows --year 2027 LOG",
        "maillog --year 2027 LOG",
        "mailq -p --spool SPOOL --now 1801579401",
        "snapdiff diff OLD NEW",
        "summary --year 2027 LOG",
        "trace --year 2027 --to * LOG",
        "triage --year 2027 --now 1801579401 --spool SPOOL --log LOG",
    ] {
        let piped = String::from_utf8(program(&sample, command)?.output()?.stdout)?;
        ensure!(!piped.contains('\u{1b}') && piped.lines().count() > 1, "{command}: {piped:.300}");
        let plain = on_terminal(&sample, command, true)?;
        ensure!(plain == piped, "{command}: another text on a terminal without colour");
        let coloured = on_terminal(&sample, command, false)?;
        if command.starts_with("triage") {
            ensure!(
                coloured.contains("\u{1b}[") && without_colour(&coloured) == piped,
                "{coloured:.600}"
            );
        } else {
            ensure!(coloured == piped, "{command}: another text on a terminal");
        }
    }
    Ok(())
}

/// What a program shows on a terminal, its messages left out.
fn on_terminal(sample: &Sample, command: &str, no_color: bool) -> Result<String> {
    let program = program(sample, command)?;
    let words = [program.get_program()].into_iter().chain(program.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &format!("exec {} 2>/dev/null", words.join(" ")), "/dev/null"]);
    script.env_remove("NO_COLOR").stdin(Stdio::piped()).stdout(Stdio::piped());
    if no_color {
        script.env("NO_COLOR", "1");
    }
    let mut child = script.spawn()?;
    // `script` takes the end of its input for the end of the session, so it stays open.
    let input = child.stdin.take();
    let mut text = String::new();
    child.stdout.take().context("no output")?.read_to_string(&mut text)?;
    drop(input);
    ensure!(child.wait()?.success(), "{command}: {text}");
    Ok(text.replace("\r\n", "\n"))
}

/// The text without `ESC [ … m`.
fn without_colour(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.map(|piece| piece.split_once('m').map_or(piece, |(_, rest)| rest));
    [first].into_iter().chain(rest).collect()
}

/// A program that failed: exit status 1, and a line that begins with its name.
fn one_line(command: &str, output: &Output) -> Result<String> {
    let said = String::from_utf8(output.stderr.clone())?;
    ensure!(output.status.code() == Some(1), "{command}: {:?} {said}", output.status);
    let name = command.split(' ').next().unwrap_or_default();
    ensure!(
        said.starts_with(&format!("{name}: ")) && said.lines().count() == 1,
        "{command}: {said}"
    );
    Ok(said)
}

/// Saves the two files that snapdiff compares.
fn snapshots(sample: &Sample) -> Result<()> {
    for (file, now) in [("OLD", 1_801_579_401), ("NEW", 1_801_580_001)] {
        let command = format!("snapdiff save --spool SPOOL --now {now} {file}");
        let output = program(sample, &command)?.output()?;
        ensure!(output.status.success(), "{output:?}");
    }
    Ok(())
}

/// The first lines of the log: enough for output.
fn short_log(sample: &Sample) -> Result<PathBuf> {
    let file = sample.file("short.log");
    if !file.exists() {
        let log = zstd::Decoder::new(fs::File::open(sample.file("mail.log.zst"))?)?;
        let lines: Vec<String> = BufReader::new(log).lines().take(500).collect::<Result<_, _>>()?;
        fs::write(&file, lines.join("\n"))?;
    }
    Ok(file)
}

fn program(sample: &Sample, command: &str) -> Result<Command> {
    let mut words = command.split(' ');
    let mut program = common::example(words.next().unwrap_or_default())?;
    for word in words {
        match word {
            "SPOOL" => program.arg(sample.file("spool")),
            "LOG" => program.arg(short_log(sample)?),
            "OLD" | "NEW" => program.arg(sample.file(word)),
            "MESSAGE" => program.arg(sample.file("spool/hold/23F229ECDF5")),
            "MISSING" => program.arg(MISSING),
            word => program.arg(word),
        };
    }
    Ok(program)
}
