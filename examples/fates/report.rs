//! What is printed: tables of recipients by sender, destination, reason, provider, host and time, or one JSON object
//! for each.

use std::io::{BufWriter, Write as _, stdout};

use examples::text::printable;
use examples::{json, logs, providers};
use postfix_log::Lifecycle;
use postfix_log::lifecycle::Flag;
use postfix_log::reason::Reason;

use crate::Args;
use crate::row::Row;
use crate::table::{Fates, Order, Table};

/// Hours that are shown one by one; of more, days are.
const HOURS: usize = 48;

/// What is printed.
pub struct Report<'a> {
    args: &'a Args,
    out: BufWriter<std::io::Stdout>,
    tables: [Table; 4],
    hosts: Table,
    /// By the hour of the first deferral, and by its day.
    times: [Table; 2],
    /// Has one row.
    total: Table,
    undated: bool,
    nameless: u64,
}

impl<'a> Report<'a> {
    pub fn new(args: &'a Args) -> Self {
        let out = BufWriter::new(stdout());
        Self {
            args,
            out,
            tables: Default::default(),
            hosts: Table::default(),
            times: Default::default(),
            total: Table { fates: [("total".to_owned(), Fates::new())].into(), ..Table::default() },
            undated: false,
            nameless: 0,
        }
    }

    pub fn add(&mut self, row: &Lifecycle) -> anyhow::Result<()> {
        if row.is_hop() && !self.args.hops {
            return Ok(());
        }
        if row.to.is_none() {
            self.nameless += 1;
            if !(self.args.all && self.args.json) {
                return Ok(());
            }
        }
        if !self.args.all && row.first_deferred.is_none() {
            return Ok(());
        }
        self.undated |= row.flags.contains(Flag::Undated);
        if self.args.json {
            json::write_line(&mut self.out, &Row::new(row, self.args.log.tz))?;
            return Ok(());
        }
        let reason = row.class().map_or("-", |class| class.as_str());
        let keys = [
            logs::domain(row.message.from.as_deref()),
            logs::domain(row.to.as_deref()),
            reason.to_owned(),
            provider(row),
        ];
        for (table, key) in self.tables.iter_mut().zip(keys) {
            table.add(key, row);
        }
        self.hosts.add(printable(&row.message.host).to_string(), row);
        let start = row.first_deferred.or(row.message.first_seen);
        let start = start.filter(|_| !row.flags.contains(Flag::Undated));
        let start = start.and_then(|at| logs::rfc3339(at, self.args.log.tz));
        for (table, length) in
            self.times.iter_mut().zip(["2027-02-01T16".len(), "2027-02-01".len()])
        {
            let time = start.as_deref().and_then(|time| time.get(..length)).unwrap_or("(unknown)");
            table.add(time.replace('T', " "), row);
        }
        self.total.add("total".to_owned(), row);
        Ok(())
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        if !self.args.json {
            let titles = ["sender domain", "destination domain", "reason", "provider"];
            for (title, table) in titles.into_iter().zip(&self.tables) {
                table.write(&mut self.out, title, &self.total, Order::Count, self.args.all)?;
            }
            if self.hosts.fates.len() > 1 {
                self.hosts.write(&mut self.out, "host", &self.total, Order::Name, self.args.all)?;
            }
            let [hours, days] = &self.times;
            let (title, table) =
                if hours.fates.len() <= HOURS { ("hour", hours) } else { ("day", days) };
            table.write(&mut self.out, title, &self.total, Order::Name, self.args.all)?;
        }
        self.out.flush()?;
        if self.undated {
            eprintln!("fates: the year is not known, so times are left out; give --year");
        }
        if self.nameless > 0 {
            eprintln!(
                "fates: {} messages ended or are waiting without a recipient in the log",
                self.nameless
            );
        }
        Ok(())
    }
}

/// Who runs the server that the mail was for, by the last attempt that tells; else the destination domain.
fn provider(row: &Lifecycle) -> String {
    let tried = row.attempts.iter().rev().find_map(|attempt| {
        let reached = attempt.relay();
        let reached = reached.name.filter(|_| reached.address.is_some());
        let failed = || {
            attempt.failures.iter().find_map(|failure| Reason::parse(&failure.text).server()?.name)
        };
        reached.or_else(failed)
    });
    tried.map_or_else(|| logs::domain(row.to.as_deref()), providers::owner)
}
