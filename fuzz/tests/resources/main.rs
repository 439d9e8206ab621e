//! Memory and steps per input, bounded by a stated multiple of its length: counted, not timed.

mod counter;
mod log;
mod qshape;
mod queuefile;
