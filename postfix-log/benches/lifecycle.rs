//! What the tracker costs on top of the typed parse of the same lines, and what a line costs when many hosts are mixed.
//! `cargo bench -p postfix-log --features lifecycle --bench lifecycle [-- LOG]`; without a LOG, lines such as a busy
//! server writes.
//!
//! Prints `group<TAB>contender<TAB>ratio`: `tracker` against the parse (the floor, 1.00), with the parse itself taken
//! off, and the whole cost of a line with so many hosts against that with 10 of them. Thread CPU time, contenders in
//! turn, medians.
//!
//! With `--once LOG STEP` (`parse`, `track`) that alone is done, once; with `--hosts N` a `track` over the lines of so
//! many hosts: for counting instructions, as `valgrind --tool=callgrind --toggle-collect='*_pass*'` does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use core::fmt::Write as _;
use core::hint::black_box;
use core::time::Duration;
use std::io::Write as _;

use postfix_log::lifecycle::Limits;
use postfix_log::{Event, Tracker, lines};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 11;

/// Lines of each log that is made here.
const LINES: usize = 100_000;

const HOSTS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

type Pass = fn(&[u8]) -> usize;

fn main() {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--once", path, "parse"] => println!("{}", parse_pass(&std::fs::read(path).unwrap())),
        ["--once", path, "track"] => println!("{}", track_pass(&std::fs::read(path).unwrap())),
        ["--hosts", count] => println!("{}", track_pass(&busy(count.parse().unwrap()))),
        ["--growth", most] => growth(most.parse().unwrap()),
        ["--write", lines] => write(lines.parse().unwrap()).unwrap(),
        [path] => compare(&std::fs::read(path).unwrap()),
        _ => {
            compare(&busy(1));
            grow();
        }
    }
}

/// The tracker on top of the parse.
fn compare(log: &[u8]) {
    let [floor, both] = medians(&[(parse_pass, log), (track_pass, log)])[..] else { return };
    println!("tracker\tparse (floor)\t1.00");
    println!("tracker\ttracker on top\t{:.2}", both.saturating_sub(floor).div_duration_f64(floor));
}

/// A line with more and more hosts.
fn grow() {
    let logs = HOSTS.map(busy);
    let passes: Vec<(Pass, &[u8])> =
        logs.iter().map(|log| (track_pass as Pass, log.as_slice())).collect();
    let times = medians(&passes);
    for (hosts, time) in HOSTS.iter().zip(&times) {
        println!("hosts\t{hosts} hosts\t{:.2}", time.div_duration_f64(times[0]));
    }
}

/// What a line costs in a longer log, and in one of more hosts.
fn growth(most: usize) {
    let sizes = (4..).map(|power| 10_usize.pow(power)).take_while(|&lines| lines <= most);
    for lines in sizes {
        print_costs("lines", lines, costs(lines, 1));
    }
    for hosts in (0..=5).map(|power| 10_usize.pow(power)) {
        // Ten lines of each host at least, as far as that goes.
        print_costs("hosts", hosts, costs((hosts * 10).max(LINES).min(most), hosts));
    }
}

fn print_costs(group: &str, size: usize, costs: [f64; 2]) {
    for (name, cost) in ["parse", "parse and tracker"].iter().zip(costs) {
        println!("{group}\t{name}\t{size}\t{cost:.1}");
    }
}

/// The nanoseconds that the parse of a line takes, and the parse together with the tracker: medians of several rounds over the
/// whole log. No more than a part of the log is in memory; making it is not measured.
fn costs(lines: usize, hosts: usize) -> [f64; 2] {
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..(5_000_000 / lines).clamp(1, ROUNDS) {
        let mut busy = Busy::new(hosts);
        let mut tracker = tracker();
        let mut times = [Duration::ZERO; 2];
        let mut left = lines;
        while left > 0 {
            let log = busy.lines(left.min(LINES));
            left -= left.min(LINES);
            let passes: [&mut dyn FnMut() -> usize; 2] =
                [&mut || parse_pass(&log), &mut || track(&mut tracker, &log)];
            for (time, pass) in times.iter_mut().zip(passes) {
                let start = thread_time();
                black_box(pass());
                *time += thread_time().saturating_sub(start);
            }
        }
        let start = thread_time();
        black_box(tracker.drain().count());
        times[1] += thread_time().saturating_sub(start);
        for (all, time) in rounds.iter_mut().zip(times) {
            all.push(time.as_secs_f64() * 1e9 / lines as f64);
        }
    }
    rounds.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    })
}

fn write(lines: usize) -> std::io::Result<()> {
    let mut busy = Busy::new(1);
    let mut left = lines;
    while left > 0 {
        std::io::stdout().write_all(&busy.lines(left.min(LINES)))?;
        left -= left.min(LINES);
    }
    Ok(())
}

fn medians(passes: &[(Pass, &[u8])]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); passes.len()];
    for _ in 0..ROUNDS {
        // In turn, so that what else the machine does disturbs all alike.
        for ((pass, log), times) in passes.iter().zip(&mut times) {
            let start = thread_time();
            black_box(pass(black_box(log)));
            times.push(thread_time().saturating_sub(start));
        }
    }
    times.iter_mut().for_each(|times| times.sort());
    times.iter().map(|times| times[times.len() / 2]).collect()
}

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

/// The typed parse alone.
#[inline(never)]
fn parse_pass(log: &[u8]) -> usize {
    lines(log)
        .filter_map(|line| line.header().ok())
        .filter(|header| !matches!(black_box(&black_box(header).event()), Event::Foreign(_)))
        .count()
}

/// The parse and the tracker; the rows are dropped as they come.
#[inline(never)]
fn track_pass(log: &[u8]) -> usize {
    let mut tracker = tracker();
    track(&mut tracker, log) + tracker.drain().count()
}

fn tracker() -> Tracker {
    let limits = Limits { sites: 1 << 20, ..Limits::default() };
    Tracker::with_limits(limits).with_year(2027)
}

fn track(tracker: &mut Tracker, log: &[u8]) -> usize {
    let mut rows = 0;
    for line in lines(log) {
        let Ok(header) = line.header() else { continue };
        let event = black_box(&header).event();
        rows += tracker.push(&header, black_box(&event)).map(|row| drop(black_box(row))).count();
    }
    rows
}

fn busy(hosts: usize) -> Vec<u8> {
    Busy::new(hosts).lines(LINES)
}

/// Lines such as a busy server writes: about 50 connections at a time, of which some are refused; some mail is
/// deferred and sent later, some bounces. The lines of one connection come from one host.
struct Busy {
    hosts: usize,
    written: usize,
    /// Connections that are open, each with the step that comes next.
    open: Vec<(usize, usize)>,
    next: usize,
    turn: usize,
}

impl Busy {
    fn new(hosts: usize) -> Self {
        let open: Vec<(usize, usize)> = (0..50).map(|at| (at, 0)).collect();
        Self { hosts, written: 0, next: open.len(), open, turn: 0 }
    }

    /// The next lines.
    fn lines(&mut self, count: usize) -> Vec<u8> {
        let mut log = String::with_capacity(count * 180);
        let end = self.written + count;
        while self.written < end {
            self.turn = (self.turn + 7) % self.open.len();
            let (number, step) = &mut self.open[self.turn];
            if write_step(&mut log, self.written, *number, *step, self.hosts) {
                self.written += 1;
                *step += 1;
            } else {
                (*number, *step) = (self.next, 0);
                self.next += 1;
            }
        }
        log.into_bytes()
    }
}

/// Writes a line of connection `n`; `false` after its last one.
fn write_step(log: &mut String, line: usize, n: usize, step: usize, hosts: usize) -> bool {
    // Thirty lines a second.
    let time = line / 30;
    let (hours, minute, second) = (8 + time / 3600, time / 60 % 60, time % 60);
    let (day, hour) = (15 + hours / 24, hours % 24);
    let spread = n.wrapping_mul(0x9E37_79B9) >> 7;
    let kind = spread % 20;
    let (address, domain) = (spread % 251, spread % 997);
    let id = format!("{:05X}{:05X}", spread % 0xF_FFFF, n % 0xF_FFFF);
    let server = format!("mx1.relay{domain}.example.com[192.0.2.{address}]:25");
    let to = format!("carla.frank{}@relay{domain}.example.com", spread % 89);
    let sent = format!(
        "smtp[{}]: {id}: to=<{to}>, relay={server}, delay={}.39, delays=0.1/0.014/0.17/0.12, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 52EB{n:06X})",
        11_000 + spread % 500,
        kind,
    );
    let active = format!(
        "qmgr[4321]: {id}: from=<vera.wolf{kind}@cloudbank{address}.example>, size={}, nrcpt=1 (queue active)",
        1000 + spread % 90_000
    );
    let failed = |status: &str| {
        format!(
            "smtp[{}]: {id}: to=<{to}>, relay={server}, delay=0.39, delays=0.1/0.014/0.17/0.12, dsn=4.7.1, status={status} (host mx1.relay{domain}.example.com[192.0.2.{address}] said: 451 4.7.1 <{to}>: Recipient address rejected: Greylisted, please try again later (in reply to RCPT TO command))",
            11_000 + spread % 500,
        )
    };
    let client = format!("host-{address}.north{domain}.example.net[198.51.100.{address}]");
    let smtpd = |text: String| format!("smtpd[{}]: {text}", 20_000 + n % 500);
    let refused = kind < 3;
    let text = match (step, kind) {
        (0, _) => smtpd(format!("connect from {client}")),
        (1, _) => smtpd(format!(
            "Anonymous TLS connection established from {client}: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256"
        )),
        (2, _) if refused => smtpd(format!(
            "NOQUEUE: reject: RCPT from {client}: 450 4.1.8 <paula@bluemail{domain}.invalid>: Sender address rejected: Domain not found; from=<paula@bluemail{domain}.invalid> to=<{to}> proto=ESMTP helo=<host-{address}.north{domain}.example.net>"
        )),
        (3, _) if refused => smtpd(format!(
            "disconnect from {client} ehlo=2 starttls=1 mail=1 rcpt=0/1 quit=1 commands=4/5"
        )),
        (_, _) if refused => return false,
        (2, _) => smtpd(format!("{id}: client={client}")),
        (3, _) => format!(
            "cleanup[{}]: {id}: message-id=<18000.{n:x}@cloudbank{address}.example>",
            49_000 + n % 50
        ),
        (4, _) => active,
        (5, _) => smtpd(format!(
            "disconnect from {client} ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7"
        )),
        // One in six waits, one in seventeen comes back.
        (6, 3..6) => failed("deferred"),
        (7, 3..6) => active,
        (8, 3..6) => sent,
        (9, 3..6) => format!("qmgr[4321]: {id}: removed"),
        (6, 6) => failed("bounced"),
        (6, _) => sent,
        (7, _) => format!("qmgr[4321]: {id}: removed"),
        _ => return false,
    };
    let host = n % hosts;
    writeln!(log, "Jan {day} {hour:02}:{minute:02}:{second:02} mx{host} postfix/{text}").unwrap();
    true
}
