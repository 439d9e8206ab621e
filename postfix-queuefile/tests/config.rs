//! Values of a `main.cf` beside what Postfix makes of them.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use postfix_queuefile::config::{MainCf, MainCfError, RetryParams};

/// The settings and the expressions of `main-cf.txt`.
fn expressions() -> (String, Vec<(&'static str, &'static str)>) {
    let lines = || include_str!("data/main-cf.txt").lines().filter(|line| !line.starts_with("# "));
    let settings = lines().filter(|line| !line.contains('\t')).map(|line| format!("{line}\n"));
    (settings.collect(), lines().filter_map(|line| line.split_once('\t')).collect())
}

/// One space for each run of them, as `postconf` prints values.
fn words(text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn expressions_have_the_values_that_postconf_prints() {
    let (settings, expressions) = expressions();
    let (mut values, mut errors) = (0, 0);
    for (expression, expected) in expressions {
        let mut config = MainCf::parse(settings.as_bytes());
        config.set(b"relocated_maps", expression.as_bytes());
        match config.get(b"relocated_maps") {
            Ok(value) => {
                assert_eq!(words(&value), expected.trim(), "{expression}");
                values += 1;
            }
            Err(error) => {
                assert_eq!(expected, "!", "{expression}: {error}");
                assert_ne!(error, MainCfError::NotKnown, "{expression}");
                errors += 1;
            }
        }
    }
    assert!(values > 80 && errors > 40, "{values} {errors}");
}

#[test]
fn text_without_braces_keeps_its_spaces() {
    let get = |text: &str| {
        let mut config = MainCf::parse(b"a = x\n");
        config.set(b"b", text.as_bytes());
        config.get(b"b")
    };
    for (text, value) in [
        ("${a?  y }", "  y "),
        ("${a? { y } }", " y "),
        ("${b?:  y }", ":  y "),
        ("${none:  y }", "  y "),
        ("${none:  { y } }", " y "),
        ("${none?{n}:  y }", "  y "),
    ] {
        assert_eq!(get(text), Ok(value.as_bytes().to_vec()), "{text}");
    }
}

#[test]
fn growth_and_nesting_are_bounded() {
    let get = |text: &[u8]| MainCf::parse(&[b"a = ", text, b"\nb = x\n"].concat()).get(b"a");
    assert_eq!(get(b"$a$a"), Err(MainCfError::Endless));
    assert_eq!(get(b"${{$a} == {$a}}"), Err(MainCfError::Endless));
    assert_eq!(get(&b"${b?".repeat(100_000)), Err(MainCfError::Unclosed));
    let deep = |levels: usize| [&b"${b?".repeat(levels)[..], b"x", &b"}".repeat(levels)].concat();
    assert_eq!(get(&deep(100)), Ok(b"x".to_vec()), "as in Postfix");
    assert_eq!(get(&deep(101)), Err(MainCfError::Endless), "as in Postfix");
    let mut doubling = String::from("a = $a0\n");
    for level in 0..40 {
        doubling += &format!("a{level} = $a{next}$a{next}\n", next = level + 1);
    }
    doubling += "a40 = x\n";
    assert_eq!(MainCf::parse(doubling.as_bytes()).get(b"a"), Err(MainCfError::Endless));
}

/// Texts that are only compared are part of no value, but expanding them takes time.
#[test]
fn comparisons_are_bounded_by_the_bytes_that_are_compared() {
    let compared = |times: usize| {
        let mut config = MainCf::parse(b"");
        config.set(b"long", &[b'x'; 1_000_000]);
        config.set(b"a", &b"${{$long} == {$long} ? {} : {y}}".repeat(times));
        config.get(b"a")
    };
    assert_eq!(compared(30), Ok(Vec::new()));
    assert_eq!(compared(40), Err(MainCfError::Endless), "80 MB");
}

#[test]
fn a_value_that_postfix_takes_is_taken() {
    let config = MainCf::parse(
        b"maximal_queue_lifetime = 5days\nbounce_queue_lifetime = 1week\nminimal_backoff_time = 300sec\n\
          maximal_backoff_time = ${{$compatibility_level} <level {1} ? {1h} : {2h}}\n",
    );
    let params = RetryParams::try_from(&config).unwrap();
    let seconds = [
        params.maximal_queue_lifetime,
        params.bounce_queue_lifetime,
        params.minimal_backoff_time,
        params.maximal_backoff_time,
    ];
    assert_eq!(seconds.map(|time| time.as_secs()), [432_000, 432_000, 300, 3600]);
    let bad = MainCf::parse(b"maximal_queue_lifetime = 5D\n");
    assert_eq!(RetryParams::try_from(&bad), Err(MainCfError::NotANumber));
}
