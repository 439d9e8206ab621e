//! Code that several examples need but no library should contain: opening inputs, showing progress,
//! time zones, exit status, and text that is safe on a terminal.

pub mod attempt;
pub mod classes;
pub mod cli;
pub mod config;
pub mod delays;
pub mod events;
pub mod hash;
pub mod input;
pub mod json;
pub mod logs;
pub mod page;
pub mod parallel;
pub mod pattern;
pub mod progress;
pub mod providers;
pub mod text;
pub mod time;
pub mod unread;
pub mod when;

/// The programs of the README, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
