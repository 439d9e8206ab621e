//! What strangers wrote, through every program that prints it for people, browsers and scrapers: the seeds and regressions of
//! the fuzzer, and hundreds of changed ones, are read by `triage --html`, `summary --html`, `trace` and `exporter`. What
//! they print is read strictly.
//!
//! The changes put pieces such as `<zq>` into the inputs (`inputs.rs`). No element, attribute, entity, label, family or
//! line of the output has that name, so whatever is not escaped is found.

mod common;
#[path = "common/dice.rs"]
mod dice;
#[path = "common/html.rs"]
mod html;
#[path = "renderers/inputs.rs"]
mod inputs;
#[path = "exporter/strict.rs"]
mod strict;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::inputs::{NOW, hosts};

#[test]
fn pages_are_whole_and_harmless() -> Result<()> {
    let mut escaped = 0;
    for host in hosts()? {
        let (log, spool) = (host.log(), host.spool());
        let triage = print(
            "triage",
            &["--html", "-", "--now", NOW, "--year", "2026"],
            &[("--log", &log), ("--spool", &spool)],
        );
        let summary =
            print("summary", &["--html", "-", "--now", NOW, "--year", "2026"], &[("", &log)]);
        for page in [triage, summary] {
            let page = page.with_context(|| host.name.clone())?;
            check_page(&page).with_context(|| host.keep(&page))?;
            escaped += page.matches("&lt;zq&gt;").count();
        }
    }
    ensure!(escaped > 100, "only {escaped} pieces reached the pages");
    Ok(())
}

#[test]
fn metrics_can_be_read() -> Result<()> {
    let mut escaped = 0;
    for host in hosts()? {
        for compat in ["kumina", "hsn723", "none"] {
            let text = print(
                "exporter",
                &["--once", "--now", NOW, "--year", "2026", "--compat", compat],
                &[("--log", &host.log()), ("--spool", &host.spool())],
            )
            .with_context(|| host.name.clone())?;
            let metrics = strict::parse(&text).with_context(|| host.keep(&text))?;
            harmless(&text).with_context(|| host.keep(&text))?;
            for (name, labels) in metrics.0.keys() {
                ensure!(!name.contains("zq"), "a family {name}: {}", host.keep(&text));
                ensure!(
                    labels.keys().all(|label| !label.contains("zq")),
                    "{labels:?}: {}",
                    host.keep(&text)
                );
            }
            let values = metrics.0.keys().flat_map(|(_, labels)| labels.values());
            escaped += values.filter(|value| value.contains("zq")).count();
        }
    }
    ensure!(escaped > 100, "only {escaped} pieces reached the labels");
    Ok(())
}

#[test]
fn stories_keep_their_form() -> Result<()> {
    let (mut shown, mut told) = (0, 0);
    for host in hosts()? {
        let files = [("--spool", host.spool()), ("", host.log())];
        let files = files.each_ref().map(|(name, path)| (*name, path.as_path()));
        for search in ["--from", "--to"] {
            let asked = ["--now", NOW, "--year", "2026", search, "*"];
            let text = print("trace", &[&asked[..], &["--lines"]].concat(), &files)
                .with_context(|| host.name.clone())?;
            check_text(&text).with_context(|| host.keep(&text))?;
            shown += text.matches("zq").count();
            let json = print("trace", &[&asked[..], &["--json"]].concat(), &files)
                .with_context(|| host.name.clone())?;
            check_text(&json).with_context(|| host.keep(&json))?;
            for line in json.lines() {
                let story: Value = serde_json::from_str(line).with_context(|| host.keep(&json))?;
                ensure!(story["recipients"].is_array(), "not a story: {}", host.keep(&json));
                ensure!(story.get("zq").is_none(), "a forged member: {}", host.keep(&json));
                told += 1;
            }
        }
    }
    ensure!(shown > 100 && told > 100, "{shown} pieces in the text, {told} stories");
    Ok(())
}

/// What a program prints, which has to be UTF-8. Files are given with their options, or with an empty one.
fn print(program: &str, arguments: &[&str], files: &[(&str, impl AsRef<Path>)]) -> Result<String> {
    let mut command = common::example(program)?;
    command.args(arguments).env("TZ", "UTC");
    for (option, path) in files {
        if !option.is_empty() {
            command.arg(option);
        }
        command.arg(path.as_ref());
    }
    let output = command.output()?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stderr).context("what is said on stderr")?;
    check_text(&said).with_context(|| format!("on stderr: {said:?}"))?;
    Ok(String::from_utf8(output.stdout)?)
}

/// No control character except the end of a line, and nothing that reorders or hides text.
fn harmless(text: &str) -> Result<()> {
    for c in text.chars().filter(|&c| c != '\n') {
        let hides = matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        );
        ensure!(!c.is_control() && !hides, "{c:?}");
    }
    Ok(())
}

/// Text for a terminal, in which no line was made by a stranger.
fn check_text(text: &str) -> Result<()> {
    harmless(text)?;
    let forged = text.lines().find(|line| line.trim_start().starts_with("zq"));
    ensure!(forged.is_none(), "a forged line {forged:?}");
    Ok(())
}

/// The page is whole, nothing in it runs or is fetched, and all text in it is escaped.
fn check_page(page: &str) -> Result<()> {
    harmless(page)?;
    for tag in html::whole(page)? {
        let values = tag.attributes.iter().map(|(_, value)| value.as_str());
        ensure!(tag.attributes.iter().all(|(name, _)| !name.contains("zq")), "{tag:?}");
        let verbatim = tag.name == "style" || tag.name == "script";
        ensure!(!(verbatim && tag.text.contains("zq")), "data in the {}", tag.name);
        // A page may hold the text up to the next tag, and the values.
        for text in values.chain((!verbatim).then_some(tag.text.as_str())) {
            entities(text).with_context(|| format!("in {tag:?}"))?;
        }
    }
    // What follows an end tag is no text of a start tag.
    for text in page.split("</").skip(1).filter_map(|rest| rest.split_once('>')) {
        entities(text.1.split('<').next().unwrap_or_default())?;
    }
    Ok(())
}

/// Every `&` begins an entity that a page may have, and no `>` is bare.
fn entities(text: &str) -> Result<()> {
    ensure!(!text.contains(['<', '>']), "a bare bracket in {text:?}");
    for rest in text.split('&').skip(1) {
        let (entity, _) = rest.split_once(';').with_context(|| format!("&{rest:.20}"))?;
        ensure!(["lt", "gt", "amp", "quot", "apos", "#39"].contains(&entity), "&{entity};");
    }
    Ok(())
}
