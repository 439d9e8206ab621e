//! Patterns for addresses: a whole address, a domain, or wildcards.

use std::convert::Infallible;
use std::str::FromStr;

/// An address, `@domain` for every address in it, `<>` for the null sender, or a text with `*`, which stands for any number
/// of any characters.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Vec<u8>,
}

impl Pattern {
    /// True if an address, neither quoted nor bracketed, matches. Case is ignored in domains, and everywhere if the pattern
    /// has a `*`.
    pub fn matches(&self, address: &[u8]) -> bool {
        let at = |address: &[u8]| address.iter().rposition(|&byte| byte == b'@');
        let pattern = &*self.text;
        if pattern.contains(&b'*') {
            return matches(pattern, address);
        }
        match (pattern, at(pattern)) {
            (b"<>", _) => address.is_empty(),
            (_, None) => address == pattern,
            (_, Some(0)) => {
                let domain = at(address).and_then(|at| address.get(at..));
                domain.is_some_and(|domain| domain.eq_ignore_ascii_case(pattern))
            }
            (_, Some(split)) => {
                at(address) == Some(split)
                    && address[..split] == pattern[..split]
                    && address[split..].eq_ignore_ascii_case(&pattern[split..])
            }
        }
    }
}

impl Pattern {
    /// Bytes, regardless of case, that any text with a matching address contains, so that they can be searched for first.
    /// Empty if there are none.
    pub fn piece(&self) -> &[u8] {
        let longest = |pieces: &mut dyn Iterator<Item = &'_ [u8]>| pieces.map(<[u8]>::len).max();
        let pieces = || self.text.split(|&byte| byte == b'*');
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"@._+-=".contains(byte);
        match self.text.as_slice() {
            b"<>" => b"from=<>",
            text if text.contains(&b'*') => {
                let length = longest(&mut pieces());
                pieces().find(|piece| Some(piece.len()) == length).unwrap_or_default()
            }
            text if text.iter().all(plain) => text,
            // An address that needs quotes or escapes may be written in more than one way.
            text => text.iter().rposition(|&byte| byte == b'@').map_or(&[], |at| &text[at..]),
        }
    }
}

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self { text: text.as_bytes().to_vec() })
    }
}

/// True if the pattern matches `text`. The last `*` matches as little as possible, and more only if the rest does not
/// match. That is sufficient, and takes time bounded by the product of both lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&text[t]) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn whole_by_domain_and_with_wildcards() {
        let rows: [(&str, &[&str], &[&str]); 6] = [
            ("bob@x.test", &["bob@x.test", "bob@X.Test"], &["Bob@x.test", "bob@y.test", "bob", ""]),
            ("@x.test", &["a@x.test", "a@b@X.TEST", "@x.test"], &["a@a.x.test", "x.test", ""]),
            ("<>", &[""], &["<>", "a@x"]),
            ("root", &["root"], &["root@x", "Root"]),
            ("*@*.x.test", &["a@b.x.test", "A@B.c.X.test"], &["a@x.test", "a@b.x.test.y"]),
            ("a*b*c", &["abc", "aXbbYc", "ABC"], &["ab", "acb", "abcd"]),
        ];
        for (pattern, yes, no) in rows {
            let Ok(parsed) = pattern.parse::<Pattern>();
            yes.iter()
                .for_each(|text| assert!(parsed.matches(text.as_bytes()), "{pattern} {text}"));
            no.iter()
                .for_each(|text| assert!(!parsed.matches(text.as_bytes()), "{pattern} {text}"));
        }
        let Ok(stars) = "*a*a*a*a*a*b".parse::<Pattern>();
        assert!(!stars.matches(&[b'a'; 100_000]));
    }
}
