//! A delivery attempt as JSON.

use std::collections::BTreeMap;

use postfix_log::LogTime;
use postfix_log::lifecycle::Attempt;
use serde::Serialize;

use crate::json::text;
use crate::logs;
use crate::time::Zone;

/// A delivery attempt as JSON.
#[derive(Debug, Serialize)]
pub struct Try {
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// `sent`, `deferred` and so on.
    pub status: &'static str,
    /// Enhanced status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dsn: Option<String>,
    /// The server or delivery agent, or `none`.
    pub relay: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    /// How many servers were tried.
    #[serde(skip_serializing_if = "is_zero")]
    pub servers: u32,
    /// How servers failed before this one: the first text of each class.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<&'static str, String>,
    /// The text of the log, if it is still known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Try {
    /// Converts an attempt. Its time is left out if `dated` is false.
    pub fn new(one: &Attempt, zone: Option<Zone>, dated: bool) -> Self {
        let time =
            |at: Option<LogTime>| at.filter(|_| dated).and_then(|at| logs::rfc3339(at, zone));
        Self {
            time: time(one.time),
            status: one.status.as_str(),
            dsn: one.dsn.map(|dsn| dsn.to_string()),
            relay: text(&one.relay),
            class: one.class.map(|class| class.as_str()),
            servers: one.servers,
            failures: one
                .failures
                .iter()
                .map(|failure| (failure.class.as_str(), text(&failure.text)))
                .collect(),
            reason: None,
        }
    }
}
