//! Properties of the three crates, as functions.
