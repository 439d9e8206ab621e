#![forbid(unsafe_code)]
//! Read Postfix queue files and live spools: zero-copy, no unsafe, no panic on hostile bytes.
