//! Renderings on a medium that has no room left.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::fmt::{self, Display, Write as _};
use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape, TopShape};

/// Takes so many bytes and no more.
struct Medium {
    text: String,
    room: usize,
}

impl fmt::Write for Medium {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.room {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// Whatever the room, the writer's error comes out and what was written is the beginning of the whole.
fn check(what: &str, rendering: &dyn Display) {
    let whole = rendering.to_string();
    for room in 0..=whole.len() {
        let mut medium = Medium { text: String::new(), room };
        let written = write!(medium, "{rendering}");
        assert_eq!(written.is_ok(), room == whole.len(), "{what} in {room} bytes");
        assert!(whole.starts_with(&medium.text), "{what} in {room} bytes");
    }
}

#[test]
fn a_full_medium_is_an_error() {
    let mut shape: Shape<Name> = Shape::new(Buckets::linear(Duration::from_secs(60), 2).unwrap());
    for (key, age, count) in [("a\"&\\b", 0, 12), ("\u{1b}c", 90, 7), ("left.out", 0, 1)] {
        shape.extend([(Name::from(key), Duration::from_secs(age), count)]);
    }
    let mut top: TopShape<Name> = TopShape::new(shape.buckets().clone(), 1).unwrap();
    top.extend(["a", "b", "a", "c"].map(|key| (Name::from(key), Duration::ZERO)));
    check("table", &shape.table());
    check("cut table", &shape.table().top(1));
    check("csv", &shape.view().csv().top(2));
    check("bounded csv", &top.view().csv());
    check("json", &shape.view().json().top(2));
    check("bounded json", &top.view().json());
    #[cfg(feature = "render")]
    {
        check("picture", &shape.view().heatmap("A & B").top(2));
        let always: [&[u8]; 1] = [b"none"];
        check("family", &shape.view().metrics("q", "k").help("h\n").top(2).always(&always));
    }
}
