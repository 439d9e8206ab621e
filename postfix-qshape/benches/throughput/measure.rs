//! Rounds, medians and the lines that are printed.

use core::hint::black_box;
use core::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A contender: its name, and one round of its work.
pub(crate) type Contender<'a> = (&'a str, Box<dyn FnMut() -> f64 + 'a>);

/// How often each contender has its turn.
pub(crate) const ROUNDS: usize = 7;

/// Seconds of processor time, so that other programs disturb less.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    black_box(work());
    (now() - start).as_secs_f64()
}

/// Gives each contender its turn in every round; the median time of each, in nanoseconds for each of `count` items.
pub(crate) fn medians(contenders: &mut [Contender<'_>], count: usize) -> Vec<f64> {
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, work), times) in contenders.iter_mut().zip(&mut times) {
            times.push(work());
        }
    }
    times.into_iter().map(|times| median(times) * 1e9 / count as f64).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Runs a group of which the first contender is the floor, and prints what each takes in times the floor.
pub(crate) fn group(name: &str, count: usize, contenders: &mut [Contender<'_>]) {
    let times = medians(contenders, count);
    let floor = times[0];
    println!("{name}: the floor, {}, takes {floor:.1} ns", contenders[0].0);
    for ((contender, _), time) in contenders.iter().zip(times).skip(1) {
        let ratio = time / floor;
        println!("{name}\t{contender}\t{ratio:.2}\t{time:.0} ns, {:.2} times as fast", 1.0 / ratio);
    }
}
