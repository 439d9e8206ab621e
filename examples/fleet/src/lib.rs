//! Logs of many hosts as Parquet files, which every engine reads.

pub mod builder;
pub mod check;
pub mod columns;
pub mod compare;
pub mod digest;
pub mod events;
pub mod export;
pub mod fates;
pub mod manifest;
pub mod merge;
pub mod parts;
pub mod staging;
pub mod state;
pub mod states;
