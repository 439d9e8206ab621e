//! Saved counts: only the stored form of the shape, so that any program that has the library can
//! read them. The file does not say what was counted (senders or recipients), so you have to merge
//! like with like.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use postfix_qshape::{Name, Shape};

pub fn write(file: &Path, shape: &Shape<Name>) -> anyhow::Result<()> {
    let bytes = shape.to_bytes();
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

/// The sum of saved counts.
pub fn merged(files: &[PathBuf]) -> anyhow::Result<Shape<Name>> {
    let mut sum: Option<Shape<Name>> = None;
    for file in files {
        let part = read(file).with_context(|| format!("cannot use {}", file.display()))?;
        match &mut sum {
            None => sum = Some(part),
            Some(shape) => shape.merge(&part).with_context(|| {
                format!("{} was not saved with the same -b, -t and -l", file.display())
            })?,
        }
    }
    sum.context("nothing to merge")
}

fn read(file: &Path) -> anyhow::Result<Shape<Name>> {
    let bytes = std::fs::read(file)?;
    Shape::from_bytes(&bytes).context("not a file that `qshape --save` wrote")
}
