//! What is printed: the flows, or what changed since others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::bail;
use examples::text::clip;
use examples::time;
use postfix_log::Class;

use crate::delays::PARTS;
use crate::flow::Flow;
use crate::snapshot::Snapshot;

/// What the second table and the notes say of a flow.
struct Told {
    notes: String,
    /// By part, then by quantile.
    delays: [[Option<f64>; 3]; PARTS.len()],
}

impl Told {
    fn new(flow: &Flow) -> Self {
        let times = flow.times();
        let delays = std::array::from_fn(|part| [0.5, 0.95, 0.99].map(|q| times.delay(part, q)));
        Self { notes: notes(flow, times.slow.pace()), delays }
    }
}

pub fn write_flows(out: &mut impl Write, all: &Snapshot) -> anyhow::Result<()> {
    if let Some(queue) = all.queue {
        let oldest = time::human(queue.oldest);
        writeln!(
            out,
            "queue: {} active, {} deferred, oldest {oldest}\n",
            queue.active, queue.deferred
        )?;
    }
    let mut flows: Vec<(&String, &Flow)> = all.flows.iter().collect();
    flows.sort_by_key(|(key, flow)| (std::cmp::Reverse(flow.attempts()), *key));
    let flows: Vec<_> = flows.into_iter().map(|(key, flow)| (key, flow, Told::new(flow))).collect();
    let width = flows.iter().map(|(key, ..)| key.chars().count()).max().unwrap_or(4).clamp(4, 48);
    writeln!(
        out,
        "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}  most frequent reasons, signs of slowing",
        "flow", "sent", "bounced", "expired", "waiting", "retries", "throttled"
    )?;
    for (key, flow, told) in &flows {
        let counts = &flow.counts;
        writeln!(
            out,
            "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}  {}",
            clip(key, width),
            counts.sent,
            counts.bounced,
            counts.expired,
            counts.waiting,
            counts.deferred,
            share(flow.throttling()),
            told.notes
        )?;
    }
    write!(out, "\n{:width$}", "seconds")?;
    for part in PARTS {
        write!(out, "  {:^26}", format!("{part} P50/P95/P99"))?;
    }
    writeln!(out)?;
    for (key, _, told) in &flows {
        write!(out, "{:width$}", clip(key, width))?;
        for delays in told.delays {
            let [low, high, top] = delays.map(seconds);
            write!(out, "  {low:>8} {high:>8} {top:>8}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The reasons that come most often, and what gets slower.
fn notes(flow: &Flow, pace: Vec<String>) -> String {
    let top = |kind: &str, classes: &BTreeMap<Class, u64>| {
        let (class, count) =
            classes.iter().max_by_key(|(class, count)| (**count, class.as_str()))?;
        Some(format!("{kind} {class} {count}"))
    };
    let classes = [top("4xx", &flow.counts.temporary), top("5xx", &flow.counts.permanent)];
    let notes = classes.into_iter().chain(pace.into_iter().map(Some));
    notes.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

pub fn write_changes(out: &mut impl Write, old: &Snapshot, new: &Snapshot) -> anyhow::Result<()> {
    if old.by != new.by {
        bail!("flows by {:?} do not compare with flows by {:?}", old.by, new.by);
    }
    let keys: BTreeSet<&String> = old.flows.keys().chain(new.flows.keys()).collect();
    let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(4).clamp(4, 48);
    writeln!(
        out,
        "{:width$} {:>19} {:>19} {:>19} {:>19} {:>19} {:>19}",
        "flow", "attempts", "deferred", "throttled", "total P95", "connect P95", "transmit P95"
    )?;
    let nothing = Flow::default();
    for key in keys {
        let [before, after] = [old, new].map(|side| side.flows.get(key).unwrap_or(&nothing));
        let pair = |show: &dyn Fn(&Flow) -> String| format!("{} → {}", show(before), show(after));
        let times = [before, after].map(Flow::times);
        let p95 = |part: usize| {
            let [before, after] = times.each_ref().map(|times| seconds(times.delay(part, 0.95)));
            format!("{before} → {after}")
        };
        writeln!(
            out,
            "{:width$} {:>19} {:>19} {:>19} {:>19} {:>19} {:>19}",
            clip(key, width),
            pair(&|flow| flow.attempts().to_string()),
            pair(&|flow| share(flow.deferral())),
            pair(&|flow| share(flow.throttling())),
            p95(0),
            p95(3),
            p95(4)
        )?;
    }
    Ok(())
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1}%", value * 100.0))
}

fn seconds(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value < 100.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.0}"),
    }
}
