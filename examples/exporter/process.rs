//! What the exporter itself takes, under the names that client libraries of Prometheus give it. Only what is served has
//! this: in a textfile it would clash with the same names of node_exporter.

use std::fs;

use postfix_qshape::render::Exposition;

use crate::spool::clock;

/// The process, which knows when it began.
#[derive(Debug)]
pub(crate) struct Process {
    started: f64,
}

impl Process {
    pub(crate) fn new() -> Self {
        Self { started: clock() }
    }

    /// Writes the families. What the system does not tell is left out.
    pub(crate) fn expose(&self, out: &mut Exposition) {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let (status, limits) = (read("/proc/self/status"), read("/proc/self/limits"));
        if let Some(seconds) = cpu_seconds(&read("/proc/self/stat")) {
            out.counter("process_cpu_seconds_total", "Processor time used, in seconds.")
                .add(&[], seconds);
        }
        let descriptors = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Memory in use.", kibibytes(&status, "VmRSS:")),
            ("process_virtual_memory_bytes", "Addresses in use.", kibibytes(&status, "VmSize:")),
            ("process_open_fds", "Open file descriptors.", descriptors),
            (
                "process_max_fds",
                "File descriptors that may be open.",
                word_after(&limits, "Max open files"),
            ),
        ] {
            if let Some(value) = value {
                out.gauge(name, help).add(&[], value);
            }
        }
        out.gauge("process_start_time_seconds", "When the exporter began, since the epoch.")
            .add(&[], self.started);
    }
}

/// The number that follows a title.
fn word_after(text: &str, title: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(title))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn kibibytes(status: &str, title: &str) -> Option<u64> {
    word_after(status, title)?.checked_mul(1024)
}

/// User and system time from `/proc/self/stat` (proc(5)). The second field may contain anything, up to the last `)`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says() {
        let status = "Name:\tx\nVmSize:\t  6000 kB\nVmRSS:\t    40 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(40 * 1024));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
        let limits =
            "Limit    Soft Limit  Hard Limit  Units\nMax open files    1024   4096   files\n";
        assert_eq!(word_after(limits, "Max open files"), Some(1024));
        let ticks = rustix::param::clock_ticks_per_second();
        let stat = format!("7 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 {ticks} {} 0 0", 2 * ticks);
        assert_eq!(cpu_seconds(&stat), Some(3.0));
        assert_eq!(cpu_seconds(""), None);
    }
}
