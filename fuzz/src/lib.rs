//! The laws that the three crates keep on any bytes. Each is a function that panics if its law is broken.
//!
//! [`ALL`] is the table of all laws. The libFuzzer targets (`fuzz_targets/NAME.rs`) and the replay test on stable
//! (`tests/replay.rs`) only call these functions. `README.md` describes the laws in words.

pub mod log;
pub mod qshape;
pub mod queuefile;
pub mod replay;
mod stored;
mod text;

pub use replay::replay_args;

/// A law, which panics if the input shows that it does not hold.
pub type Property = fn(&[u8]);

/// Whether a law tries a part of its work, one of `parts`. Where all of it takes long, libFuzzer does one part with each input,
/// chosen by a number that depends on the input, such as its length. Everything else, such as the replay test, does all.
pub(crate) fn tried(number: usize, part: usize, parts: usize) -> bool {
    !cfg!(fuzzing) || number % parts == part
}

/// Every law with its name, which is also the name of its target, its seeds and its regressions.
pub const ALL: &[(&str, Property)] = &[
    ("queuefile_records", queuefile::records),
    ("queuefile_naive", queuefile::naive),
    ("queuefile_prefix", queuefile::prefix),
    ("queuefile_walk", queuefile::walk),
    ("queuefile_edited", queuefile::edited),
    ("queuefile_envelope", queuefile::envelope),
    ("queuefile_ordinary", queuefile::ordinary),
    ("queuefile_id", queuefile::id),
    ("queuefile_content", queuefile::content),
    ("queuefile_deferlog", queuefile::deferlog),
    ("queuefile_roundtrip", queuefile::roundtrip),
    ("queuefile_stream", queuefile::stream),
    ("queuefile_parts", queuefile::parts),
    ("queuefile_config", queuefile::config),
    ("queuefile_stored", queuefile::stored),
    ("log_lines", log::lines),
    ("log_plain", log::plain),
    ("log_event", log::event),
    ("log_delivery", log::delivery),
    ("log_delivery_twin", log::delivery_twin),
    ("log_reject", log::reject),
    ("log_reject_twin", log::reject_twin),
    ("log_sender", log::sender),
    ("log_classify", log::classify),
    ("log_anonymize", log::anonymize),
    ("log_readers", log::readers),
    ("log_tracker", log::tracker),
    ("log_state", log::state),
    ("log_schema", log::schema),
    ("log_stored", log::stored),
    ("qshape_bucket", qshape::bucket),
    ("qshape_shape", qshape::shape),
    ("qshape_merge", qshape::merge),
    ("qshape_top", qshape::top),
    ("qshape_wire", qshape::wire),
    ("qshape_domain", qshape::domain),
    ("qshape_render", qshape::render),
    ("qshape_quantile", qshape::quantile),
    ("qshape_diff", qshape::diff),
    ("qshape_rates", qshape::rates),
    ("qshape_stored", qshape::stored),
];
