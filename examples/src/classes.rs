//! `--classes FILE`: the user's changes to the table of reasons.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use postfix_log::reason::{Classifier, RULES, Rule};
use serde::Deserialize;

use crate::logs;

const CLASSES_HELP: &str = r#"Rules for the classes of reasons, tried before the built-in ones

FILE is TOML:

    off = ["phrase.greylist"]        # built-in rules that are left out, by the `rule` of their verdicts
    [[rule]]
    id = "mine.night-shift"
    class = "greylist"
    phrases = ["we sleep at night"]  # one of these; also: hosts, codes, status, stages, kinds"#;

/// The argument that all programs have that classify reasons.
#[derive(clap::Args, Debug)]
pub struct ClassArgs {
    /// Rules for the classes of reasons, tried before the built-in ones; FILE is TOML.
    #[arg(long, value_name = "FILE", long_help = CLASSES_HELP)]
    pub classes: Option<PathBuf>,
}

/// The content of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    rule: Vec<Rule<'static>>,
}

/// The changes, which stay loaded as long as the program runs.
struct Loaded {
    rules: Vec<Rule<'static>>,
    off: Vec<&'static str>,
}

impl ClassArgs {
    /// The table of reasons with the changes from the file. A program has one such file: the first one that is read
    /// applies to all calls.
    pub fn classifier(&self) -> anyhow::Result<Classifier<'static>> {
        static LOADED: OnceLock<Loaded> = OnceLock::new();
        let Some(path) = &self.classes else { return Ok(Classifier::new()) };
        let loaded = match LOADED.get() {
            Some(loaded) => loaded,
            None => {
                let loaded = load(path)?;
                LOADED.get_or_init(|| loaded)
            }
        };
        Ok(Classifier::new().with(&loaded.rules).without(&loaded.off))
    }
}

fn load(path: &Path) -> anyhow::Result<Loaded> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}", logs::shown(path)))?;
    parse(&text).with_context(|| format!("{} is not a valid file of classes", logs::shown(path)))
}

fn parse(text: &str) -> anyhow::Result<Loaded> {
    let changes: Changes = toml::from_str(text)?;
    let known = |id: &str| RULES.iter().map(Rule::id).find(|known| *known == id);
    let mut off = Vec::new();
    for id in &changes.off {
        let Some(id) = known(id) else { bail!("no built-in rule has the id {id:?}") };
        off.push(id);
    }
    Ok(Loaded { rules: changes.rule, off })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_the_user() -> anyhow::Result<()> {
        let loaded = parse(
            "off = ['phrase.greylist']\n[[rule]]\nid = 'mine'\nclass = 'rate_limit'\nphrases = ['night']",
        )?;
        let classifier = Classifier::new().with(&loaded.rules).without(&loaded.off);
        let rule = |text: &str| {
            let reason = format!("host mx.b.example[192.0.2.1] said: {text}");
            classifier.classify(None, reason.as_bytes(), None).rule().to_owned()
        };
        assert_eq!(rule("451 we sleep at night"), "mine");
        assert_eq!(rule("451 4.7.1 Greylisted"), "status.greylist");
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, want) in [
            ("off = ['phrase.grey']", "no built-in rule has the id \"phrase.grey\""),
            ("[[rule]]\nid = 'mine'\nclass = 'slow'", "slow"),
            ("[[rule]]\nid = 'mine'\nclass = 'other'\ncolour = 'red'", "colour"),
            ("[[rule]]\nid = 'mine'\nclass = 'other'\nstatus = ['4.7']", "`4.7` is no status"),
            ("[[rule]]\nid = 'mine'\nclass = 'other'\nphrases = ['']", "empty text"),
            ("[[rule]]\nclass = 'other'", "id"),
        ] {
            let error = parse(text).map(drop).map_err(|error| format!("{error:#}"));
            assert!(error.as_ref().is_err_and(|error| error.contains(want)), "{text}: {error:?}");
        }
    }
}
