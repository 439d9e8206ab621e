//! A spool as the file system has it: places, modes, kinds of files, logs, permissions, hostility.
#![cfg(unix)]

mod denied;
mod hostile;
mod logs;
mod moving;
mod places;
mod reading;
mod states;
mod support;
