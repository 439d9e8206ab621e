//! Saved states as text: the verdicts and the queues of each host.

use std::io::{self, Write};

use examples::text::{clip, printable};
use examples::time::{Zone, human};

use super::{Page, ROWS};
use crate::report::Report;

/// Writes the verdicts of all hosts, and their queues side by side.
pub(crate) fn hosts(
    out: &mut dyn Write,
    reports: &[Report],
    zone: Option<Zone>,
    color: bool,
) -> io::Result<()> {
    let now = reports.iter().map(|report| report.now).max().unwrap_or(0);
    let mut page = Page { out, color, zone, now };
    for report in reports {
        for verdict in report.verdicts.iter().take(ROWS) {
            let mut verdict = verdict.clone();
            verdict.host = verdict.host.or_else(|| report.host.clone());
            page.verdict(&verdict)?;
        }
        page.more(report.verdicts.len(), "verdicts")?;
    }
    page.heading("QUEUES: messages")?;
    let queues = ["maildrop", "incoming", "active", "deferred", "hold"];
    let heads: String = queues.iter().map(|queue| format!(" {queue:>9}")).collect();
    writeln!(page.out, "  {:<16}{heads}  oldest", "")?;
    for report in reports {
        let name = report.host.as_deref().unwrap_or_default();
        let mut line = format!("  {:<16}", clip(&printable(name.as_bytes()).to_string(), 16));
        for queue in queues {
            let messages = report.queues.get(queue).and_then(|queue| queue.messages);
            let messages = messages.map_or("-".into(), |messages| messages.to_string());
            line += &format!(" {messages:>9}");
        }
        let oldest = report.queues.values().filter_map(|queue| queue.oldest_s).max();
        line += &format!("  {}", oldest.map(human).unwrap_or_default());
        page.row(line.trim_end())?;
    }
    Ok(())
}
