//! Incidents that are made anew for each seed, and what triage must say about them.

pub mod destinations;
pub mod machinery;
pub mod people;
pub mod world;

use self::world::World;

/// What the first verdict must be.
pub struct Want {
    pub cause: &'static str,
    /// One of these must be the object; anything when there is none.
    pub objects: Vec<String>,
    pub since: Option<i64>,
}

impl Want {
    pub fn new(cause: &'static str, object: &str, since: i64) -> Self {
        let objects = if object.is_empty() { Vec::new() } else { vec![object.to_owned()] };
        Self { cause, objects, since: Some(since) }
    }

    pub fn nothing() -> Self {
        Self { cause: "nothing_unusual", objects: Vec::new(), since: None }
    }
}

/// An incident: a name, and what makes it.
pub type Kind = (&'static str, fn(u64) -> (World, Want));
