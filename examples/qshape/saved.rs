//! Saved counts: a line that says what was counted, such as `qshape recipients`, then the shape's
//! stored form. Parts of different queues and hosts add up; senders and recipients do not.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use postfix_qshape::{Name, Shape};

const MAGIC: &str = "qshape";

/// What a shape counts.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Counted {
    /// Messages by sender domain, not recipients by recipient domain.
    pub senders: bool,
    /// What Postfix's program counts.
    pub compat: bool,
}

impl Counted {
    const ALL: [Self; 4] = [
        Self { senders: false, compat: false },
        Self { senders: false, compat: true },
        Self { senders: true, compat: false },
        Self { senders: true, compat: true },
    ];
}

/// The words of the line; also what a message calls it.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.senders { "senders" } else { "recipients" })?;
        f.write_str(if self.compat { " --compat" } else { "" })
    }
}

pub fn write(file: &Path, counted: Counted, shape: &Shape<Name>) -> anyhow::Result<()> {
    let mut bytes = format!("{MAGIC} {counted}\n").into_bytes();
    bytes.extend(shape.to_bytes());
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

/// The sum of saved counts; of senders only, when those are asked for.
pub fn merged(files: &[PathBuf], senders: bool) -> anyhow::Result<Shape<Name>> {
    let mut sum: Option<(Counted, Shape<Name>)> = None;
    for file in files {
        let part = read(file).with_context(|| format!("cannot use {}", file.display()))?;
        if senders && !part.0.senders {
            bail!("{} counts other things: {}, not senders", file.display(), part.0);
        }
        let Some((counted, shape)) = &mut sum else {
            sum = Some(part);
            continue;
        };
        if part.0 != *counted {
            bail!("{} counts other things: {}, not {counted}", file.display(), part.0);
        }
        shape.merge(&part.1).with_context(|| {
            format!("{} was not saved with the same -b, -t and -l", file.display())
        })?;
    }
    sum.map(|(_, shape)| shape).context("nothing to merge")
}

fn read(file: &Path) -> anyhow::Result<(Counted, Shape<Name>)> {
    let bytes = std::fs::read(file)?;
    let (counted, shape) = Counted::ALL
        .into_iter()
        .find_map(|counted| {
            let line = format!("{MAGIC} {counted}\n");
            Some((counted, bytes.strip_prefix(line.as_bytes())?))
        })
        .context("not a file that `qshape --save` wrote")?;
    Ok((counted, Shape::from_bytes(shape)?))
}
