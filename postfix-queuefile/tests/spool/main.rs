//! A spool as the file system has it: places, modes, kinds of files, logs, permissions, hostility.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

mod denied;
mod edges;
mod find;
mod hostile;
mod limits;
mod logs;
mod moving;
mod passes;
mod places;
mod reading;
mod states;
mod support;
