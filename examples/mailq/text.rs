//! The text of `postqueue -p` (`src/postqueue/showq_compat.c`).

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::{Local, TimeZone as _};
use postfix_queuefile::{Entry, Queue};

use crate::showq::Listed;

/// The page being printed.
pub(crate) struct Page {
    long_ids: Option<bool>,
    messages: u64,
    bytes: u64,
}

impl Page {
    /// The columns depend on whether the site has long queue ids or, if that is unknown, on whether the
    /// first message has one.
    pub(crate) fn new(long_ids: Option<bool>) -> Self {
        Self { long_ids, messages: 0, bytes: 0 }
    }

    pub(crate) fn message(
        &mut self,
        entry: &Entry,
        listed: &Listed<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let long = *self.long_ids.get_or_insert(entry.id().is_long());
        let (id, size, time) = if long { (17, 8, 19) } else { (11, 7, 20) };
        if self.messages == 0 && long {
            writeln!(
                out,
                "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------"
            )?;
        } else if self.messages == 0 {
            writeln!(out, "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------")?;
        }
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(listed.size);
        let place = match entry.queue() {
            Queue::Active => "*",
            Queue::Hold => "!",
            _ => "",
        };
        let forced = if entry.is_forced_to_expire() { "#" } else { "" };
        let name = format!("{}{place}{forced}", entry.id());
        let arrival = arrival(listed.arrival);
        write!(out, "{name:<id$} {:>size$} {arrival:<time$.time$} ", listed.size)?;
        out.write_all(&listed.sender)?;
        writeln!(out)?;
        let mut last = Cow::default();
        for recipient in listed.recipients() {
            let reason = match recipient.delay_reason.is_empty() {
                true => recipient.bounce_reason,
                false => recipient.delay_reason,
            };
            if reason != last {
                let text = if reason.is_empty() { b"reason unavailable" } else { &*reason };
                write!(out, "{:>1$}(", "", 76_usize.saturating_sub(text.len()))?;
                out.write_all(text)?;
                writeln!(out, ")")?;
                last = reason;
            }
            write!(out, "{:id$} {:size$} {:time$} ", "", "", "")?;
            out.write_all(&recipient.address)?;
            writeln!(out)?;
        }
        writeln!(out)
    }

    pub(crate) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        if self.messages == 0 {
            return writeln!(out, "Mail queue is empty");
        }
        let plural = if self.messages == 1 { "" } else { "s" };
        writeln!(out, "-- {} Kbytes in {} Request{plural}.", self.bytes / 1024, self.messages)
    }
}

/// `asctime` without the year, in the zone of `TZ`. Beyond the range of this program's calendar the
/// days repeat every 400 years.
fn arrival(seconds: u64) -> String {
    const CYCLE: u64 = 146_097 * 86_400;
    let seconds = if seconds / CYCLE > 100 { seconds % CYCLE + CYCLE } else { seconds };
    let time = i64::try_from(seconds).ok().and_then(|time| Local.timestamp_opt(time, 0).earliest());
    time.map_or_else(String::new, |time| time.format("%a %b %e %H:%M:%S ").to_string())
}
