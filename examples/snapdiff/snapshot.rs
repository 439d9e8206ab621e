//! A snapshot of the queues: how it is counted, saved and read.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use examples::text::printable;
use postfix_qshape::{Buckets, Name, Shape, domain};
use postfix_queuefile::{Queue, Spool};

/// A saved snapshot is a line and two stored shapes, of the queues that were asked for and of the others. The line
/// consists of this word, the time in seconds since the epoch, the length of the first shape in bytes, and what was
/// counted:
/// `snapdiff2 1802175062 4711 recipients in active,deferred`.
const MAGIC: &str = "snapdiff2 ";

/// The word in the older form, which has neither the length nor the second shape.
const OLD_MAGIC: &str = "snapdiff ";

/// The content of the queues at one time.
pub struct Snapshot {
    /// Seconds since the epoch.
    pub time: i64,
    /// What was counted: `recipients` or `senders`, and in which queues.
    pub what: String,
    /// The counts for the queues that were asked for.
    pub shape: Shape<Name>,
    /// The counts for the other queues; `None` in an old file.
    pub others: Option<Shape<Name>>,
}

impl Snapshot {
    /// Counts what is in the spool at `time`, in the queues with these names and in the others.
    pub fn take(spool: &Spool, names: &[String], sender: bool, time: i64) -> anyhow::Result<Self> {
        let mut queues = Vec::new();
        for name in names {
            let queue = name.parse::<Queue>().ok().filter(|queue| queue.holds_messages());
            queues.push(queue.with_context(|| format!("there is no queue {name:?}"))?);
        }
        queues.sort_unstable_by_key(|queue| queue.as_str());
        queues.dedup();
        let names: Vec<&str> = queues.iter().map(|queue| queue.as_str()).collect();
        let counted = if sender { "senders" } else { "recipients" };
        let what = format!("{counted} in {}", names.join(","));
        let now = Duration::from_secs(u64::try_from(time)?);
        let mut asked = Shape::new(Buckets::default());
        let mut others = Shape::new(Buckets::default());
        let mut entries = spool.entries(Queue::LISTED);
        for entry in &mut entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    eprintln!("not counted: {}", printable(error.to_string().as_bytes()));
                    continue;
                }
            };
            let (mail, age) = (entry.envelope(), entry.age_at(now));
            let shape = if queues.contains(&entry.queue()) { &mut asked } else { &mut others };
            let mut pending = mail.pending();
            if !sender {
                pending.for_each(|recipient| shape.add_ref(&*domain(recipient.address()), age));
            } else if let Some(sender) = mail.sender().filter(|_| pending.next().is_some()) {
                shape.add_ref(&*domain(sender), age);
            }
        }
        match entries.report().unreadable_directories() {
            0 => Ok(Self { time, what, shape: asked, others: Some(others) }),
            some => bail!("{some} directories could not be read: run this as root or postfix"),
        }
    }

    /// Saves the snapshot.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let write = || {
            let mut file = std::fs::File::create(path)?;
            let shape = self.shape.to_bytes();
            writeln!(file, "{MAGIC}{} {} {}", self.time, shape.len(), self.what)?;
            file.write_all(&shape)?;
            drop(shape);
            self.others.iter().try_for_each(|other| file.write_all(&other.to_bytes()))
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads a snapshot that [`write`](Self::write) saved.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let read = || {
            let bytes = std::fs::read(path)?;
            let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
            let (head, shapes) = bytes.split_at(line);
            let shapes = shapes.get(1..).unwrap_or_default();
            let unknown = "not a file that `snapdiff save` wrote";
            let head = std::str::from_utf8(head).ok().context(unknown)?;
            let (words, is_old) = match (head.strip_prefix(MAGIC), head.strip_prefix(OLD_MAGIC)) {
                (Some(words), _) => (words, false),
                (None, words) => (words.context(unknown)?, true),
            };
            let (time, rest) = words.split_once(' ').context(unknown)?;
            let time = time.parse().context(unknown)?;
            if is_old {
                let shape = Shape::from_bytes(shapes)?;
                return Ok(Self { time, what: rest.to_owned(), shape, others: None });
            }
            let (length, what) = rest.split_once(' ').context(unknown)?;
            let (shape, others) =
                length.parse().ok().and_then(|at| shapes.split_at_checked(at)).context(unknown)?;
            let (shape, others) = (Shape::from_bytes(shape)?, Some(Shape::from_bytes(others)?));
            Ok(Self { time, what: what.to_owned(), shape, others })
        };
        let result: anyhow::Result<Self> = read();
        result.with_context(|| format!("cannot use {}", path.display()))
    }
}
