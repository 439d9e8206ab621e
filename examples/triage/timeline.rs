//! The flow of a host in windows that fit on a page.

use crate::host::{FLOWS, Host};

/// The number of windows that are shown. The span of each follows from it.
pub(crate) const WINDOWS: i64 = 48;

/// The flow of a host in windows of ten minutes, or longer ones for a long log. Empty windows are included.
pub(crate) fn timeline(host: &Host) -> Vec<(i64, [u64; FLOWS])> {
    let (Some(first), Some(last)) = (host.first, host.last) else { return Vec::new() };
    let steps = (last - first) / WINDOWS / 600 + 1;
    let span = steps.saturating_mul(600);
    let start = first.div_euclid(span) * span;
    let mut windows: Vec<_> =
        (0..=(last - start) / span).map(|n| (start + n * span, [0; FLOWS])).collect();
    for slot in host.flow.slots() {
        let place = usize::try_from((slot.start - start).max(0) / span).unwrap_or(0);
        if let Some((_, counts)) = windows.get_mut(place) {
            counts.iter_mut().zip(slot.counts).for_each(|(sum, n)| *sum += n);
        }
    }
    windows
}
