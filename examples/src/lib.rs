//! What several examples need and no library should own: opening inputs, progress, exit status.
