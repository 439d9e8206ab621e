//! `$name` and its relatives (`src/util/mac_parse.c`, `src/util/mac_expand.c`).

use alloc::vec::Vec;

use super::MainCfError;

/// The largest value that is built.
const MAX_VALUE: usize = 64 * 1024;

/// References that one value may lead to; Postfix stops at a nesting of 100.
const MAX_REFERENCES: usize = 10_000;

/// Replaces every reference in `text`. What a reference stands for is expanded in turn, without
/// recursion: the rest of each text waits on a stack.
pub(super) fn expand<'a>(
    text: &'a [u8],
    lookup: impl Fn(&[u8]) -> &'a [u8],
) -> Result<Vec<u8>, MainCfError> {
    let mut value = Vec::new();
    let mut waiting = Vec::from([text]);
    let mut references = 0_usize;
    while let Some(text) = waiting.pop() {
        let dollar = text.iter().position(|&byte| byte == b'$').unwrap_or(text.len());
        let (plain, rest) = text.split_at_checked(dollar).unwrap_or_default();
        value.extend_from_slice(plain);
        references = references.saturating_add(1);
        if value.len() > MAX_VALUE || references > MAX_REFERENCES {
            return Err(MainCfError::Endless);
        }
        let Some(rest) = rest.strip_prefix(b"$") else { continue };
        if let Some(rest) = rest.strip_prefix(b"$") {
            value.push(b'$');
            waiting.push(rest);
            continue;
        }
        let (replacement, rest) = reference(rest, &lookup)?;
        waiting.extend([rest, replacement]);
    }
    Ok(value)
}

/// What the reference at the start of `text`, just after the `$`, stands for, and what follows it.
fn reference<'a>(
    text: &'a [u8],
    lookup: impl Fn(&[u8]) -> &'a [u8],
) -> Result<(&'a [u8], &'a [u8]), MainCfError> {
    let (body, rest) = match text.first() {
        Some(b'{') => block(text, b'{', b'}')?,
        Some(b'(') => block(text, b'(', b')')?,
        _ => {
            let (name, rest) = name(text);
            if name.is_empty() {
                return Err(MainCfError::NotUnderstood);
            }
            return Ok((lookup(name), rest));
        }
    };
    let (name, operator) = name(body.trim_ascii_start());
    if name.is_empty() {
        return Err(MainCfError::NotUnderstood);
    }
    let operator = operator.trim_ascii_start();
    // As in Postfix, the test looks at the text of the parameter, not at what it expands to.
    let is_set = !lookup(name).is_empty();
    let replacement = match operator.split_first() {
        None => lookup(name),
        Some((b'?', choices)) => {
            let (yes, no) = choose(choices)?;
            if is_set { yes } else { no }
        }
        Some((b':', choice)) => {
            let (no, _) = choose(choice)?;
            if is_set { &[] } else { no }
        }
        Some(_) => return Err(MainCfError::NotUnderstood),
    };
    Ok((replacement, rest))
}

/// `{yes}:{no}`, `{yes}:no`, `{yes}`, or plain text, which may have colons of its own.
fn choose(text: &[u8]) -> Result<(&[u8], &[u8]), MainCfError> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Ok((text, &[]));
    }
    let (yes, rest) = block(text.trim_ascii_start(), b'{', b'}')?;
    match rest.trim_ascii().split_first() {
        None => Ok((yes, &[])),
        Some((b':', no)) => {
            let no = no.trim_ascii_start();
            let no = if no.first() == Some(&b'{') { block(no, b'{', b'}')?.0 } else { no };
            Ok((yes, no))
        }
        Some(_) => Err(MainCfError::NotUnderstood),
    }
}

/// The inside of the bracketed text that `text` starts with, and what follows it.
fn block(text: &[u8], open: u8, close: u8) -> Result<(&[u8], &[u8]), MainCfError> {
    let mut depth = 0_usize;
    for (index, &byte) in text.iter().enumerate() {
        if byte == open {
            depth = depth.saturating_add(1);
        } else if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let (inside, rest) = text.split_at_checked(index).unwrap_or_default();
                let inside = inside.get(1..).unwrap_or_default();
                return Ok((inside, rest.get(1..).unwrap_or_default()));
            }
        }
    }
    Err(MainCfError::Unclosed)
}

fn name(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    text.split_at_checked(length.count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are what `postconf -x` of Postfix 3.7.11 printed.
    #[test]
    fn expressions() {
        let lookup = |name: &[u8]| -> &'static [u8] {
            match name {
                b"inst" => b"postfix-a",
                b"indirect" => b"$empty",
                b"loop" => b"x$loop",
                b"twice" => b"$inst,$inst",
                _ => b"",
            }
        };
        for (text, expected) in [
            ("/var/spool/$inst", Ok("/var/spool/postfix-a")),
            (
                "$(inst)z $$x $inst-z ${empty}q ${empty:{u $$ v}}",
                Ok("postfix-az $x postfix-a-z q u $ v"),
            ),
            ("${indirect?yes}${indirect:no}", Ok("yes")),
            ("x${empty?yes}${empty:no}y", Ok("xnoy")),
            ("${inst?a:b}", Ok("a:b")),
            ("${inst:{a}}", Ok("")),
            ("${empty?{a}|}", Err(MainCfError::NotUnderstood)),
            ("${empty?{a}}|${empty:{ c{d}e}}", Ok("| c{d}e")),
            ("${empty?{a}:b}", Ok("b")),
            ("${inst?}x", Ok("x")),
            ("${inst?$empty}x${inst?${empty:q}}", Ok("xq")),
            ("${empty?{a}:{b}} ${inst?{a}  :  {b}}", Ok("b a")),
            ("${ empty }x${ inst }y", Ok("xpostfix-ay")),
            ("$twice", Ok("postfix-a,postfix-a")),
            ("$loop", Err(MainCfError::Endless)),
            ("${inst", Err(MainCfError::Unclosed)),
            ("$(inst}", Err(MainCfError::Unclosed)),
            ("$", Err(MainCfError::NotUnderstood)),
            ("$-", Err(MainCfError::NotUnderstood)),
            ("${}", Err(MainCfError::NotUnderstood)),
            ("${{a} == {b} ? {c}}", Err(MainCfError::NotUnderstood)),
            ("", Ok("")),
        ] {
            let value = expand(text.as_bytes(), lookup);
            let value = value.as_ref().map(|value| core::str::from_utf8(value).unwrap());
            assert_eq!(value, expected.as_ref().map(|text| *text), "{text}");
        }
    }

    #[test]
    fn growth_and_nesting_are_bounded() {
        let doubling = |_: &[u8]| -> &'static [u8] { b"$a$a" };
        assert_eq!(expand(b"$a", doubling), Err(MainCfError::Endless));
        let deep = "${a?".repeat(100_000);
        assert_eq!(expand(deep.as_bytes(), |_| b"x"), Err(MainCfError::Unclosed));
        let deep = [b"${a?".repeat(500), b"}".repeat(500)].concat();
        assert_eq!(expand(&deep, |_| b"x"), Ok(Vec::new()));
    }

    #[test]
    fn operators_are_those_of_postfix() {
        let lookup = |_: &[u8]| -> &'static [u8] { b"x" };
        for text in ["${a!b}", "${a=b}", "${a b}", "$(a-b)"] {
            assert_eq!(expand(text.as_bytes(), lookup), Err(MainCfError::NotUnderstood), "{text}");
        }
    }
}
