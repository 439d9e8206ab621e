//! One step at a time, in order to count its instructions.

use core::hint::black_box;
use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};

use crate::adds::Floor;

type Keys<'a> = [&'a [u8]];
type Step = (&'static str, fn(&Keys<'_>));

/// Names of steps, each with what it does; what comes before the function named `..._pass` is not counted.
pub(crate) const STEPS: [Step; 8] = [
    ("floor", floor),
    ("add", add),
    ("extend", extend),
    ("owned", owned),
    ("merge", merge),
    ("write", write),
    ("rows", rows),
    ("diff", diff),
];

/// Does a step with the lines of a file as keys; a line that comes again is a key that is known.
pub(crate) fn run(file: &str, step: &str) {
    let text = std::fs::read(file).unwrap();
    let keys: Vec<&[u8]> =
        text.split(|&byte| byte == b'\n').filter(|key| !key.is_empty()).collect();
    let (_, work) = STEPS.iter().find(|(name, _)| *name == step).unwrap();
    work(&keys);
}

/// A shape in which each key was counted, in the order of the keys.
fn counted(keys: &Keys<'_>) -> Shape<Name> {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    // So often that counters need more than a byte, as those of a working table do.
    (0..300)
        .for_each(|_| keys.iter().take(1_000).for_each(|key| shape.add_ref(*key, Duration::ZERO)));
    keys.iter().for_each(|key| shape.add_ref(*key, Duration::ZERO));
    shape
}

const AGE: Duration = Duration::from_secs(400);

fn floor(keys: &Keys<'_>) {
    let mut floor = Floor::default();
    keys.iter().for_each(|key| floor.add(key, Duration::ZERO));
    floor_pass(&mut floor, keys);
    black_box(&floor.rows);
}

#[inline(never)]
fn floor_pass(floor: &mut Floor, keys: &Keys<'_>) {
    keys.iter().for_each(|key| floor.add(key, AGE));
}

fn add(keys: &Keys<'_>) {
    add_pass(black_box(&mut counted(keys)), keys);
}

#[inline(never)]
fn add_pass(shape: &mut Shape<Name>, keys: &Keys<'_>) {
    keys.iter().for_each(|key| shape.add_ref(*key, AGE));
}

fn extend(keys: &Keys<'_>) {
    extend_pass(black_box(&mut counted(keys)), keys);
}

#[inline(never)]
fn extend_pass(shape: &mut Shape<Name>, keys: &Keys<'_>) {
    shape.extend_ref(keys.iter().map(|key| (*key, AGE, 1)));
}

fn owned(keys: &Keys<'_>) {
    let names = keys.iter().map(|key| (Name::from(*key), AGE)).collect();
    owned_pass(black_box(&mut counted(keys)), names);
}

#[inline(never)]
fn owned_pass(shape: &mut Shape<Name>, names: Vec<(Name, Duration)>) {
    shape.extend(names);
}

/// Two thirds of the lines each, so that half of the keys are known.
fn merge(keys: &Keys<'_>) {
    let third = keys.len() / 3;
    let (mut ours, theirs) = (counted(&keys[third..]), counted(&keys[..2 * third]));
    merge_pass(black_box(&mut ours), &theirs);
}

#[inline(never)]
fn merge_pass(ours: &mut Shape<Name>, theirs: &Shape<Name>) {
    ours.merge(theirs).unwrap();
}

fn write(keys: &Keys<'_>) {
    black_box(write_pass(&counted(keys)));
}

#[inline(never)]
fn write_pass(shape: &Shape<Name>) -> Vec<u8> {
    shape.to_bytes()
}

fn rows(keys: &Keys<'_>) {
    black_box(rows_pass(&counted(keys)));
}

#[inline(never)]
fn rows_pass(shape: &Shape<Name>) -> u64 {
    shape.rows().map(|row| row.total()).sum()
}

/// With so many buckets that a step over each pair of them would take a thousand times as long.
fn diff(keys: &Keys<'_>) {
    let shape = |age: Duration| {
        let mut shape: Shape<Name> =
            Shape::new(Buckets::linear(Duration::from_secs(60), 1_000).unwrap());
        keys.iter().for_each(|key| shape.add_ref(*key, age));
        shape
    };
    let (old, new) = (shape(Duration::ZERO), shape(AGE));
    black_box(diff_pass(&old, &new));
}

#[inline(never)]
fn diff_pass(old: &Shape<Name>, new: &Shape<Name>) -> u64 {
    old.diff(new, AGE).unwrap().total().aged
}
