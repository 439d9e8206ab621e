//! Recipients counted by their end, and how long they waited for it.

use std::collections::BTreeMap;

use postfix_log::{Fate, Lifecycle};
use postfix_qshape::Quantiles;

pub type Fates = BTreeMap<Fate, u64>;

/// How recipients ended, and how long they were on hold, by name.
pub struct Table {
    pub fates: BTreeMap<String, Fates>,
    pub holds: Quantiles<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self { fates: BTreeMap::new(), holds: Quantiles::new(0.005) }
    }
}

impl Table {
    pub fn add(&mut self, name: String, row: &Lifecycle) {
        if let Some(waited) = row.waited() {
            self.holds.add_ref(&*name, waited);
        }
        *self.fates.entry(name).or_default().entry(row.fate).or_default() += 1;
    }
}

const COLUMNS: [(Fate, &str); 11] = [
    (Fate::DeliveredAfterDeferral, "later"),
    (Fate::StillDeferred, "still"),
    (Fate::Expired, "expired"),
    (Fate::LateBounce, "bounced late"),
    (Fate::Deleted, "deleted"),
    (Fate::Requeued, "requeued"),
    (Fate::Unknown, "unknown"),
    (Fate::Delivered, "at once"),
    (Fate::Bounced, "bounced"),
    (Fate::Discarded, "discarded"),
    (Fate::Probe, "probes"),
];

/// The order of the rows of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// The largest first.
    Count,
    /// That of the names: times in their order.
    Name,
}

impl Table {
    /// Writes the rows, and `total` below them; with `all` the columns of mail that was never deferred, too.
    pub fn write(
        &self,
        out: &mut impl std::io::Write,
        title: &str,
        total: &Self,
        order: Order,
        all: bool,
    ) -> anyhow::Result<()> {
        let columns = COLUMNS.get(..if all { COLUMNS.len() } else { 7 }).unwrap_or(&COLUMNS);
        let width = self
            .fates
            .keys()
            .map(|key| key.chars().count())
            .max()
            .unwrap_or(0)
            .max(title.len())
            .min(50);
        write!(out, "{title:width$} {:>8}", "total")?;
        for (_, name) in columns {
            write!(out, " {name:>12}")?;
        }
        writeln!(out, " {:>9} {:>9} {:>9}", "hold P50", "P95", "P99")?;
        let count = |fates: &Fates| fates.values().sum::<u64>();
        let mut rows: Vec<(&String, &Fates)> = self.fates.iter().collect();
        if order == Order::Count {
            rows.sort_by_key(|(key, fates)| (std::cmp::Reverse(count(fates)), *key));
        }
        let rows = rows.into_iter().map(|row| (row, &self.holds));
        let sum = total.fates.iter().map(|row| (row, &total.holds));
        for ((key, fates), holds) in rows.chain(sum) {
            write!(out, "{:width$} {:>8}", examples::text::clip(key, width), count(fates))?;
            for (fate, _) in columns {
                write!(out, " {:>12}", fates.get(fate).copied().unwrap_or(0))?;
            }
            for q in [0.5, 0.95, 0.99] {
                let hold = holds.quantile(key, q);
                let hold = hold.map_or_else(|| "-".to_owned(), |hold| seconds(hold.as_secs_f64()));
                write!(out, " {hold:>9}")?;
            }
            writeln!(out)?;
        }
        writeln!(out)?;
        Ok(())
    }
}

/// Seconds in the unit that fits a narrow column.
fn seconds(value: f64) -> String {
    match value {
        v if v < 100.0 => format!("{v:.1} s"),
        v if v < 6_000.0 => format!("{:.1} min", v / 60.0),
        v if v < 360_000.0 => format!("{:.1} h", v / 3_600.0),
        v => format!("{:.1} d", v / 86_400.0),
    }
}
