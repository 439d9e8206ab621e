//! The text table: layout, order, and what hostile names cannot do to it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Name, Shape};

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn heading(buckets: Buckets) -> String {
    let text = Shape::<&str>::new(buckets).table().to_string();
    text.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn headings_as_perl_prints_them() {
    let tick = |seconds| Duration::from_secs_f64(seconds);
    for (buckets, expected) in [
        (Buckets::default(), "T 5 10 20 40 80 160 320 640 1280 1280+"),
        (Buckets::geometric(minutes(5), 3).unwrap(), "T 5 10 10+"),
        (Buckets::geometric(minutes(5), 1).unwrap(), "T 0+"),
        (Buckets::geometric(tick(150.0), 4).unwrap(), "T 2.5 5 10 10+"),
        (Buckets::linear(minutes(30), 4).unwrap(), "T 30 60 90 90+"),
        (Buckets::linear(tick(6.0), 4).unwrap(), "T 0.1 0.2 0.3 0.3+"),
        (Buckets::linear(tick(20.0), 2).unwrap(), "T 0.333333333333333 0.333333333333333+"),
        (Buckets::linear(Duration::from_nanos(60), 2).unwrap(), "T 1e-09 1e-09+"),
        (Buckets::linear(Duration::from_secs(6 * 10_u64.pow(17)), 2).unwrap(), "T 1e+16 1e+16+"),
        (
            Buckets::linear(Duration::from_secs(6 * 10_u64.pow(15)), 2).unwrap(),
            "T 100000000000000 100000000000000+",
        ),
    ] {
        assert_eq!(heading(buckets), expected);
    }
}

#[test]
fn the_table_of_the_manual_page() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    for (name, age) in [("d1.example", 0), ("d1.example", 1), ("d1.example", 5), ("d2.example", 2)]
    {
        shape.add(name, minutes(age));
    }
    let expected = "
                                         T  5 10 20 40 80 160 320 640 1280 1280+
                                  TOTAL  4  3  1  0  0  0   0   0   0    0     0
                             d1.example  3  2  1  0  0  0   0   0   0    0     0
                             d2.example  1  1  0  0  0  0   0   0   0    0     0
";
    assert_eq!(format!("\n{}", shape.table()), expected);
    assert_eq!(shape.table().exact().to_bytes(), expected.trim_start_matches('\n').as_bytes());
    assert_eq!(shape.table().top(2).to_string().lines().count(), 3);
    assert_eq!(shape.table().top(0).to_string().lines().count(), 1);
}

#[test]
fn short_names_with_the_same_total_come_before_total() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a.b", Duration::ZERO), ("a.b", Duration::ZERO)]);
    let names = |text: String| -> Vec<String> {
        let rows = text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        rows.iter().map(|row| row.split_whitespace().next().unwrap().into()).collect()
    };
    assert_eq!(names(shape.table().to_string()), ["a.b", "TOTAL"]);
    shape.retain(|_, _| false);
    shape.extend([("x.d.e", Duration::ZERO), ("y.d.e", Duration::ZERO)]);
    assert_eq!(names(shape.table().parents(2).to_string()), [".d.e", "TOTAL", "x.d.e", "y.d.e"]);
    assert_eq!(names(shape.table().parents(3).to_string()), ["TOTAL", "x.d.e", "y.d.e"]);
}

#[test]
fn long_names_lose_their_beginning() {
    let mut shape: Shape<&str> = Shape::new(Buckets::geometric(minutes(5), 1).unwrap());
    shape.extend([
        ("a123456789.b123456789", Duration::ZERO),
        ("c.a123456789.b123456789.d", Duration::ZERO),
    ]);
    let table = shape.table().width(10).parents(1);
    let text = table.to_string();
    assert_eq!(text.as_bytes(), table.exact().to_bytes());
    let names: Vec<&str> = text.lines().map(|line| &line[..18]).collect();
    assert_eq!(
        names,
        [
            "                  ",
            "             TOTAL",
            "     .b123456789.d",
            "+456789.b123456789",
            ".+789.b123456789.d",
            "+6789.b123456789.d",
        ]
    );
}

#[test]
fn hostile_names_are_shown_not_obeyed() {
    let mut shape: Shape<Name> = Shape::new(Buckets::geometric(minutes(5), 1).unwrap());
    for name in [
        &b"\x1b]0;owned\x07"[..],
        b"a\nTOTAL 999",
        b"\xff\xfe",
        "\u{202e}moc".as_bytes(),
        "\u{fc}.example".as_bytes(),
    ] {
        shape.add_ref(name, Duration::ZERO);
    }
    let text = shape.table().to_string();
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
    assert!(
        !text.contains('\u{202e}')
            && text.contains("\u{fc}.example")
            && text.contains("\\xff\\xfe")
    );
    // As Postfix's program prints them.
    let exact = shape.table().exact().to_bytes();
    assert!(exact.windows(2).any(|pair| pair == b"\xff\xfe") && exact.contains(&0x1b));
}

#[test]
fn counts_widen_their_column() {
    let mut shape: Shape<&str> = Shape::new(Buckets::geometric(minutes(5), 2).unwrap());
    shape.add_n("a.example", Duration::ZERO, 123_456);
    let expected = "
                         T      5 5+
              TOTAL 123456 123456  0
          a.example 123456 123456  0
";
    assert_eq!(format!("\n{}", shape.table().width(36)), expected);
}
