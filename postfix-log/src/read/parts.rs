//! A log in memory, cut for several threads.

/// Cuts a log that is in memory, or mapped into it, into at most `count` parts of about the same size, each of which
/// ends where a line ends, so that several threads can read it beside each other.
///
/// Together the parts are the whole log, in its order, and none is empty: an empty log has no parts. A `count` of 0 is
/// taken as 1. A line is never cut, so that there are fewer parts where lines are long.
///
/// What a reader knows of the lines before is not known within a part: numbers and offsets begin anew, and so does a
/// [`Calendar`](crate::Calendar). A message of several lines, which containers and the export format of the journal
/// have, may be cut. For a [`Tracker`], which needs the lines in their order, cut by host, not by size.
///
/// ```
/// use postfix_log::{Event, LogReader, read};
/// let log = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n".repeat(1000);
/// let removed: usize = std::thread::scope(|scope| {
///     let threads: Vec<_> = read::parts(log.as_bytes(), 4)
///         .map(|part| {
///             scope.spawn(move || {
///                 let (mut reader, mut removed) = (LogReader::new(part), 0);
///                 while let Ok(Some(line)) = reader.next_line() {
///                     removed += usize::from(matches!(line.event(), Ok(Event::Removed(_))));
///                 }
///                 removed
///             })
///         })
///         .collect();
///     threads.into_iter().map(|thread| thread.join().unwrap()).sum()
/// });
/// assert_eq!(removed, 1000);
/// ```
#[cfg_attr(feature = "lifecycle", doc = "\n\n[`Tracker`]: crate::Tracker")]
#[cfg_attr(
    not(feature = "lifecycle"),
    doc = "\n\n[`Tracker`]: https://docs.rs/postfix-log/latest/postfix_log/struct.Tracker.html"
)]
pub fn parts(log: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    let (mut rest, mut left) = (log, count.max(1));
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // The line that the end of an equal share is in belongs to this part.
        let share = rest.len().div_ceil(left).saturating_sub(1);
        let line = memchr::memchr(b'\n', rest.get(share..).unwrap_or_default());
        let end = line.map_or(rest.len(), |at| share.saturating_add(at).saturating_add(1));
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        (rest, left) = (after, left.saturating_sub(1).max(1));
        Some(part)
    })
}
