//! Saved reports of several hosts, with distinct names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::report::Report;

/// Gives each report a unique name: that of its host, or else of the file. If two names are equal, the file
/// or a number is appended.
pub(crate) fn named(states: Vec<(&PathBuf, Report)>) -> Vec<Report> {
    let mut taken = BTreeSet::new();
    let mut reports = Vec::new();
    for (path, mut report) in states {
        let stem = path.file_stem().map_or(&b"state"[..], |stem| stem.as_encoded_bytes());
        let stem = crate::text(stem);
        let name = report.host.take().unwrap_or_else(|| stem.clone());
        let others = [name.clone(), format!("{name} ({stem})")].into_iter();
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = others.chain(numbered).find(|name| !taken.contains(name));
        let name = free.unwrap_or(name);
        taken.insert(name.clone());
        report.host = Some(name);
        reports.push(report);
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_has_a_name_of_its_own() {
        let report =
            |host: Option<&str>| Report { host: host.map(Into::into), ..Report::default() };
        let path = PathBuf::from("/states/mx9.state");
        let states = [Some("mx1"), None, Some("mx1"), Some("mx9")];
        let states = states.map(|host| (&path, report(host)));
        let names: Vec<_> = named(states.into()).into_iter().filter_map(|each| each.host).collect();
        assert_eq!(names, ["mx1", "mx9", "mx1 (mx9)", "mx9 (mx9)"]);
    }
}
