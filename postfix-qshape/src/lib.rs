#![forbid(unsafe_code)]
//! Aggregate anything by key and age: counts, quantiles, merge, diff, render.
