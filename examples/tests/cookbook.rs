//! The recipes of `examples/README.md`: each command is run on the sample, and what it prints is what the page shows.
//!
//! A block `sh` is followed by a block `text` with its output. `WRITE=1` writes the outputs anew. Recipes with `jq` need that
//! program, and are left out where it is not installed.

mod common;
#[path = "common/sample.rs"]
mod sample;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postfix_log::json::MEMBERS;

use crate::sample::Sample;

const PROGRAMS: [&str; 10] = [
    "fates", "flows", "maillog", "mailq", "postcat", "qshape", "snapdiff", "summary", "trace",
    "triage",
];

/// A fenced block: its language and its text.
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

#[test]
fn recipes_print_what_the_page_shows() -> Result<()> {
    let page = fs::read_to_string(page())?;
    let blocks = blocks(&page)?;
    let sample = Sample::unpack()?;
    let log = zstd::decode_all(fs::File::open(sample.file("mail.log.zst"))?)?;
    fs::write(sample.file("mail.log"), log)?;
    let programs = programs()?;
    let with_jq = Command::new("jq").arg("--version").output().is_ok();
    let (mut wanted, mut recipes) = (page.clone(), 0);
    for (n, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "sh") {
        let shown = blocks.get(n + 1).filter(|next| next.language == "text");
        let shown = shown.with_context(|| format!("no output after {}", block.text))?;
        if block.text.contains("jq ") && !with_jq {
            eprintln!("jq is not installed: not run: {}", block.text);
            continue;
        }
        let output = Command::new("bash")
            .args(["-c", block.text])
            .current_dir(sample.file(""))
            .env(
                "PATH",
                env::join_paths([programs.clone()].into_iter().chain(path_of_the_shell()))?,
            )
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .output()?;
        let printed = String::from_utf8(output.stdout)?;
        ensure!(
            !printed.is_empty(),
            "{}\nprints nothing: {}",
            block.text,
            String::from_utf8_lossy(&output.stderr)
        );
        recipes += 1;
        if env::var_os("WRITE").is_some() {
            let old = format!("{}```\n\n```text\n{}```\n", block.text, shown.text);
            let new = format!("{}```\n\n```text\n{printed}```\n", block.text);
            ensure!(
                wanted.matches(&old).count() == 1,
                "{} stands twice, or is not followed by its output",
                block.text
            );
            wanted = wanted.replace(&old, &new);
        } else {
            ensure!(
                printed == shown.text,
                "{}\nprints\n{printed}\nand the page shows\n{}",
                block.text,
                shown.text
            );
        }
    }
    if wanted != page {
        fs::write(self::page(), wanted)?;
    }
    ensure!(recipes >= if with_jq { 16 } else { 13 }, "only {recipes} recipes");
    Ok(())
}

/// The members in the table of ECS names are members, and its `jq` program uses no others.
#[test]
fn names_of_members_are_right() -> Result<()> {
    let page = fs::read_to_string(page())?;
    let (_, table) = page.split_once("| member | ECS field |").context("no table")?;
    let rows = table.lines().skip(2).map_while(|row| row.strip_prefix("| `")?.split_once("` | `"));
    let rows: Vec<(&str, &str)> = rows.collect();
    ensure!(rows.len() > 10, "{rows:?}");
    let (_, filter) = page.split_once("cat >ecs.jq").context("no filter")?;
    let (filter, _) = filter.split_once("\nEND").context("no end")?;
    let used =
        filter.split("$line.").skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    for name in rows.iter().map(|(name, _)| *name).chain(used) {
        ensure!(MEMBERS.iter().any(|member| member.name == name), "{name} is no member");
    }
    Ok(())
}

/// Files that the page links to exist.
#[test]
fn links_lead_somewhere() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, least) in [(page(), 15), (root.join("../docs/JSON.md"), 7)] {
        let text = fs::read_to_string(&page)?;
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let mut count = 0;
        for link in links.filter(|link| !link.starts_with("https:")) {
            let target = page.parent().context("no directory")?.join(link);
            ensure!(target.exists(), "{}: {link} does not exist", page.display());
            count += 1;
        }
        ensure!(count >= least, "{}: only {count} links", page.display());
    }
    Ok(())
}

/// The fenced blocks of a page, in order.
fn blocks(page: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, tail)) = rest.split_once("\n```") {
        let (language, tail) = tail.split_once('\n').context("a fence at the end")?;
        // An empty block ends at once.
        let end = if tail.starts_with("```") {
            0
        } else {
            tail.find("\n```").context("a block without an end")? + 1
        };
        blocks.push(Block { language, text: &tail[..end] });
        rest = &tail[end + 3..];
    }
    Ok(blocks)
}

/// The directory of our programs, all of them built.
fn programs() -> Result<PathBuf> {
    let mut place = None;
    for name in PROGRAMS {
        place = Path::new(common::example(name)?.get_program()).parent().map(Path::to_owned);
    }
    place.context("programs without a directory")
}

fn path_of_the_shell() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}
