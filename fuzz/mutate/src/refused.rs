//! What the compiler refuses. It takes minutes to find out, and is kept for as long as the mutants are the same ones.

use std::collections::HashSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// What the compiler refused so far.
#[derive(Default)]
pub struct Refused {
    pub mutants: HashSet<u32>,
    /// Names of functions that constants call. All other functions lose their `const`, so that they can be mutated.
    pub const_functions: HashSet<String>,
}

impl Refused {
    /// What was saved for these mutants, otherwise nothing.
    pub fn load(path: &Path, mutants: &impl Hash) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut lines = text.lines();
        let mut refused = Self::default();
        if lines.next() == Some(&digest(mutants)) {
            for line in lines {
                match line.parse() {
                    Ok(number) => refused.mutants.insert(number),
                    Err(_) => refused.const_functions.insert(line.to_owned()),
                };
            }
        }
        refused
    }

    pub fn save(&self, path: &Path, mutants: &impl Hash) -> std::io::Result<()> {
        let mut text = digest(mutants) + "\n";
        text.extend(self.mutants.iter().map(|number| format!("{number}\n")));
        text.extend(self.const_functions.iter().map(|name| format!("{name}\n")));
        fs::write(path, text)
    }
}

/// Of the mutants, which give the numbers, and of what is put into the copy for them.
fn digest(mutants: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    mutants.hash(&mut hasher);
    include_str!("instrument.rs").hash(&mut hasher);
    include_str!("operators.rs").hash(&mut hasher);
    hasher.finish().to_string()
}
