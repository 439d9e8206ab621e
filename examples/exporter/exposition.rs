//! All families as one text.

use std::os::unix::ffi::OsStrExt as _;

use postfix_qshape::render::{Exposition, Format};
use postfix_queuefile::Queue;

use crate::arguments::Compat;
use crate::board::{Board, LogView};
use crate::families::{COUNTERS, Counter, Family, Group, INSERTED, SPREADS, Spread};
use crate::histogram::{AGE, Histogram, RETRY, SIZE, Scale};
use crate::numbers::Numbers;
use crate::process::Process;
use crate::series::{MAX_SERIES, OTHER, Series};
use crate::spool::{Figures, Scan, clock};

/// Domains that are named.
const TOP: usize = 20;

/// What is shown now. A source that was not given, or not read yet, has no families.
pub(crate) fn metrics(
    board: &Board,
    compat: Compat,
    format: Format,
    process: Option<&Process>,
) -> String {
    let mut out = Exposition::new(format);
    let (log, spool) = (board.log(), board.spool());
    let mut up = out.gauge("postfix_up", "Whether the log and the spool could be read.");
    for (path, is_up) in log
        .iter()
        .map(|log| (&log.path, log.is_up))
        .chain(spool.iter().map(|spool| (&spool.path, spool.is_up)))
    {
        up.add(&[("path", path.as_os_str().as_bytes())], u64::from(is_up));
    }
    if let Some(scan) = spool.as_ref().and_then(|spool| spool.scan.as_ref()) {
        own_queues(&mut out, scan);
        if compat != Compat::None {
            familiar_queues(&mut out, scan);
        }
    }
    // A log that could never be read has no numbers, not even zeros.
    let was_read = |log: &LogView| log.is_up || log.numbers.counter(Counter::LogLines).is_some();
    if let Some(log) = log.filter(|log| was_read(log)) {
        counters(&mut out, &log.numbers, compat);
        spreads(&mut out, &log.numbers, compat);
    }
    if let Some(process) = process {
        process.expose(&mut out);
    }
    out.finish()
}

/// A number of a queue.
type Figure = fn(&Figures) -> u64;

/// The queues that could be read.
fn readable(scan: &Scan) -> impl Iterator<Item = (Queue, &Figures)> {
    let all = scan.queues.iter().map(|(queue, figures)| (*queue, figures));
    all.filter(|(_, figures)| !figures.is_unread)
}

fn gauges(out: &mut Exposition, scan: &Scan, families: &[(&str, &str, Figure)]) {
    for (name, help, figure) in families {
        let mut family = out.gauge(name, help);
        for (queue, figures) in readable(scan) {
            family.add(&[("queue", queue.as_str().as_bytes())], figure(figures));
        }
    }
}

fn own_queues(out: &mut Exposition, scan: &Scan) {
    gauges(
        out,
        scan,
        &[
            ("postfix_queue_messages", "Messages in the queue.", |queue| queue.messages),
            (
                "postfix_queue_recipients",
                "Recipients in the queue that wait for delivery.",
                |queue| queue.recipients,
            ),
            ("postfix_queue_bytes", "Sizes of the messages in the queue together.", |queue| {
                queue.bytes
            }),
            (
                "postfix_queue_oldest_age_seconds",
                "Age of the oldest message in the queue; 0 if there is none.",
                |queue| queue.oldest,
            ),
        ],
    );
    if readable(scan).any(|(queue, _)| queue == Queue::Deferred) {
        let help = "Deferred messages by the time until the next attempt; 0 if it is overdue.";
        let mut retries = out.histogram("postfix_queue_next_retry_seconds", help);
        retries.add(&[], scan.retries.buckets(&RETRY), Some(scan.retries.sum(&RETRY)));
    }
    let help = "Recipients that wait, by domain: the domains with most, the others together.";
    let mut top = out.gauge("postfix_queue_top_recipients", help);
    let mut rest = scan.domains.total().total();
    // A domain of this very name would be counted with the others.
    for row in scan.domains.rows().filter(|row| row.key() != OTHER).take(TOP) {
        // What the sketch is sure of: the rest may be of other domains.
        let count = row.total().min(rest);
        rest -= count;
        top.add(&[("domain", row.key())], count);
    }
    top.add(&[("domain", OTHER)], rest);
    out.gauge("postfix_scan_duration_seconds", "Time that reading the spool took.")
        .add(&[], scan.took.as_secs_f64());
    out.gauge("postfix_scan_timestamp_seconds", "When the spool was read, since the epoch.")
        .add(&[], scan.at);
    out.gauge("postfix_scan_age_seconds", "Time since the spool was read.")
        .add(&[], (clock() - scan.at).max(0.0));
    let mut skipped =
        out.gauge("postfix_scan_skipped", "Files and directories that were not read, by reason.");
    for (reason, files) in &scan.skipped {
        skipped.add(&[("reason", reason.as_bytes())], *files);
    }
}

fn familiar_queues(out: &mut Exposition, scan: &Scan) {
    let mut add = |name, help, scale: &'static Scale, of: fn(&Figures) -> &Histogram| {
        let mut family = out.histogram(name, help);
        for (queue, figures) in readable(scan) {
            let histogram = of(figures);
            family.add(
                &[("queue", queue.as_str().as_bytes())],
                histogram.buckets(scale),
                Some(histogram.sum(scale)),
            );
        }
    };
    let sizes = "Sizes of the messages in the queue.";
    add("postfix_showq_message_size_bytes", sizes, &SIZE, |queue| &queue.sizes);
    let ages = "Ages of the messages in the queue.";
    add("postfix_showq_message_age_seconds", ages, &AGE, |queue| &queue.ages);
    let depth = "Messages in the queue.";
    gauges(out, scan, &[("postfix_showq_queue_depth", depth, |queue| queue.messages)]);
}

fn is_shown(family: &Family, compat: Compat) -> bool {
    family.group == Group::Own || compat != Compat::None
}

fn counters(out: &mut Exposition, numbers: &Numbers, compat: Compat) {
    for (id, family) in COUNTERS.iter().filter(|(_, family)| is_shown(family, compat)) {
        let counted = numbers.counter(*id);
        match (id, compat) {
            // The older exporter does not tell the levels apart.
            (Counter::Unsupported, Compat::Kumina) => {
                let mut services = Series::<u64>::default();
                for (labels, count) in counted.into_iter().flat_map(Series::iter) {
                    let service = labels.first().map(Vec::as_slice).unwrap_or_default();
                    *services.at(&[service], MAX_SERIES) += count;
                }
                counter(out, family, &["service"], Some(&services), compat);
            }
            _ => counter(out, family, family.labels, counted, compat),
        }
    }
}

fn counter(
    out: &mut Exposition,
    family: &Family,
    names: &[&str],
    counted: Option<&Series<u64>>,
    compat: Compat,
) {
    let mut samples = out.counter(family.name, family.help);
    if names.is_empty() {
        return samples.add(&[], counted.and_then(Series::only).copied().unwrap_or(0));
    }
    for (values, count) in counted.into_iter().flat_map(Series::iter) {
        let labels = names.iter().zip(values).map(|(&name, value)| match value.as_slice() {
            b"" if name == "sasl_method" && compat == Compat::Hsn723 => (name, &b"NONE"[..]),
            value => (name, value),
        });
        samples.add(&labels.collect::<Vec<_>>(), *count);
    }
}

fn spreads(out: &mut Exposition, numbers: &Numbers, compat: Compat) {
    for (id, family) in SPREADS.iter().filter(|(_, family)| is_shown(family, compat)) {
        spread(out, numbers, *id, family.name, family);
        if *id == Spread::Inserted {
            spread(out, numbers, *id, INSERTED, family);
        }
    }
}

fn spread(out: &mut Exposition, numbers: &Numbers, id: Spread, name: &str, family: &Family) {
    let scale = id.scale();
    let mut histograms = out.histogram(name, family.help);
    if family.labels.is_empty() {
        let none = Histogram::default();
        let one = numbers.histograms(id).and_then(Series::only).unwrap_or(&none);
        return histograms.add(&[], one.buckets(scale), Some(one.sum(scale)));
    }
    for (values, one) in numbers.histograms(id).into_iter().flat_map(Series::iter) {
        let labels: Vec<(&str, &[u8])> = family
            .labels
            .iter()
            .zip(values)
            .map(|(name, value)| (*name, value.as_slice()))
            .collect();
        histograms.add(&labels, one.buckets(scale), Some(one.sum(scale)));
    }
}
