//! Rules as they are written in a file.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use super::class::Class;
use super::facts::Status;
use super::kinds::ReasonKinds;
use super::list::{Name, Names, Numbers};
use super::rule::Rule;
use crate::field;

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    id: Box<str>,
    class: Class,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    hosts: Vec<Box<str>>,
    #[serde(default)]
    stages: Vec<Box<str>>,
    #[serde(default)]
    codes: Vec<u16>,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    phrases: Vec<Box<str>>,
    #[serde(default)]
    also: Vec<Box<str>>,
}

impl TryFrom<Row> for Rule<'_> {
    type Error = String;

    fn try_from(row: Row) -> Result<Self, String> {
        if row.id.is_empty() {
            return Err("the id of a rule is empty".to_owned());
        }
        // An empty text would match everything.
        let texts = [&row.hosts, &row.stages, &row.phrases, &row.also];
        if texts.into_iter().flatten().any(|text| text.trim().is_empty()) {
            return Err(format!("rule {} has an empty text", row.id));
        }
        let status = row.status.iter().map(|text| {
            status(text).ok_or_else(|| {
                format!("`{text}` is no status such as `4.7.1`, `5.7.500-599` or `x.2.2`")
            })
        });
        Ok(Self {
            class: row.class,
            kinds: kinds(&row.kinds)?,
            status: Numbers::Owned(status.collect::<Result<_, _>>()?),
            id: Name::Owned(row.id),
            hosts: Names::Owned(row.hosts),
            stages: Names::Owned(row.stages),
            codes: Numbers::Owned(row.codes),
            phrases: Names::Owned(row.phrases),
            also: Names::Owned(row.also),
        })
    }
}

/// The set of the named kinds; every kind if there are no names.
fn kinds(names: &[String]) -> Result<ReasonKinds, String> {
    let mut sum: Option<ReasonKinds> = None;
    for name in names {
        let found = ReasonKinds::NAMES.iter().find(|(known, _)| known == name);
        let (_, kind) = found.ok_or_else(|| format!("`{name}` is no kind of reason"))?;
        sum = Some(sum.map_or(*kind, |sum| sum.or(*kind)));
    }
    Ok(sum.unwrap_or(ReasonKinds::ANY))
}

/// `{class}.{subject}.{detail}`, with `x` for any class, and `{first}-{last}` for details.
fn status(text: &str) -> Option<Status> {
    let mut parts = text.split('.');
    let class = match parts.next()? {
        "x" => 0,
        class => class.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?,
    };
    let number = |text: &str| {
        let number = field::whole_number(text.as_bytes())?;
        u16::try_from(number).ok().filter(|number| *number < 1000)
    };
    let subject = number(parts.next()?)?;
    let detail = parts.next()?;
    let (first, last) = detail.split_once('-').unwrap_or((detail, detail));
    let (first, last) = (number(first)?, number(last)?);
    (parts.next().is_none() && first <= last).then_some((class, subject, first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        for (text, want) in [
            ("4.7.1", Some((4, 7, 1, 1))),
            ("5.7.500-599", Some((5, 7, 500, 599))),
            ("x.2.2", Some((0, 2, 2, 2))),
            ("3.0.0", None),
            ("4.7", None),
            ("4.7.1.1", None),
            ("4.7.1-", None),
            ("4.7.9-1", None),
            ("4.7.1000", None),
            ("4.1000.7", None),
            ("4.999.0-999", Some((4, 999, 0, 999))),
            ("", None),
        ] {
            assert_eq!(status(text), want, "{text}");
        }
    }
}
