//! The text table: layout, order, and what hostile names cannot do to it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;
use std::io::BufRead as _;

use postfix_qshape::render::Table;
use postfix_qshape::{Buckets, Name, Rollup, Shape, TopShape};

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
        (Buckets::linear(Duration::from_millis(6), 2).unwrap(), "T 0.0001 0.0001+"),
        (Buckets::linear(Duration::from_secs(6 * 10_u64.pow(16)), 2).unwrap(), "T 1e+15 1e+15+"),
        (Buckets::linear(Duration::from_micros(600), 2).unwrap(), "T 1e-05 1e-05+"),
        (Buckets::linear(Duration::from_micros(5_940), 2).unwrap(), "T 9.9e-05 9.9e-05+"),
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
    assert_eq!(shape.table().exact().top(2).to_bytes().lines().count(), 3);
    assert_eq!(shape.table().exact().top(0).to_bytes().lines().count(), 1);
}

#[test]
fn the_total_is_first_unless_it_is_exactly_the_table_of_qshape() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a.b", Duration::ZERO), ("a.b", Duration::ZERO)]);
    let names = |text: String| -> Vec<String> {
        let rows = text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        rows.iter().map(|row| row.split_whitespace().next().unwrap().into()).collect()
    };
    let exact = |table: &Table<'_, &str>| String::from_utf8(table.clone().exact().to_bytes());
    assert_eq!(names(exact(&shape.table()).unwrap()), ["a.b", "TOTAL"]);
    assert_eq!(names(shape.table().to_string()), ["TOTAL", "a.b"]);
    shape.retain(|_, _| false);
    shape.extend([("x.d.e", Duration::ZERO), ("y.d.e", Duration::ZERO)]);
    let table = shape.table().parents(2);
    assert_eq!(names(exact(&table).unwrap()), [".d.e", "TOTAL", "x.d.e", "y.d.e"]);
    assert_eq!(names(table.to_string()), ["TOTAL", ".d.e", "x.d.e", "y.d.e"]);
    let table = shape.table().parents(3);
    assert_eq!(names(exact(&table).unwrap()), ["TOTAL", "x.d.e", "y.d.e"]);
    assert_eq!(names(table.to_string()), ["TOTAL", "x.d.e", "y.d.e"]);
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
    shape.extend([("a.example", Duration::ZERO, 123_456)]);
    let expected = "
                         T      5 5+
              TOTAL 123456 123456  0
          a.example 123456 123456  0
";
    assert_eq!(format!("\n{}", shape.table().width(36)), expected);
}

/// The names of the rows with their totals.
fn rows(table: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap())
    };
    table.lines().skip(1).map(row).collect()
}

fn named(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    rows.iter().map(|&(name, total)| (name.to_owned(), total)).collect()
}

#[test]
fn what_is_cut_is_one_more_row() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a", Duration::ZERO, 5), ("b", Duration::ZERO, 3), ("c", Duration::MAX, 2)]);
    for (top, expected) in [
        (0, &[("TOTAL", 10), ("other", 10)][..]),
        (1, &[("TOTAL", 10), ("a", 5), ("other", 5)]),
        (2, &[("TOTAL", 10), ("a", 5), ("b", 3), ("other", 2)]),
        (3, &[("TOTAL", 10), ("a", 5), ("b", 3), ("c", 2)]),
        (4, &[("TOTAL", 10), ("a", 5), ("b", 3), ("c", 2)]),
    ] {
        let table = shape.table().top(top);
        assert_eq!(rows(&table.to_string()), named(expected));
        assert_eq!(table.to_bytes(), table.to_string().into_bytes());
        let exact = String::from_utf8(table.exact().to_bytes()).unwrap();
        assert!(!exact.contains("other") && rows(&exact).len() == top.min(4), "{exact}");
    }
    let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 1).unwrap();
    top.extend(["a", "b", "a", "c"].map(|key| (key, Duration::ZERO)));
    assert_eq!(rows(&top.table().to_string()), named(&[("TOTAL", 4), ("a", 2), ("other", 2)]));
}

/// Rows of parents contain others: what is left is what no row shown covers.
#[test]
fn what_is_cut_from_a_rollup_is_counted_once() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    let keys = [("a.x.example", 4), ("b.x.example", 2), ("b.b.x.example", 1), ("y.example", 3)];
    shape.extend(keys.map(|(key, count)| (key, Duration::ZERO, count)));
    let rollup = Rollup::new(&shape, 2);
    let view = rollup.view();
    assert_eq!(view.total().total(), 10);
    let all = [(".x.example", 7), ("a.x.example", 4), ("y.example", 3), ("b.x.example", 2)];
    for (top, left) in [(0, 10), (1, 3), (2, 3), (3, 0), (4, 0), (5, 0)] {
        let mut expected = vec![("TOTAL", 10)];
        expected.extend(all.iter().chain(&[("b.b.x.example", 1)]).take(top));
        expected.extend((left > 0).then_some(("other", left)));
        assert_eq!(rows(&view.table().top(top).to_string()), named(&expected), "{top}");
        assert_eq!(rows(&shape.table().parents(2).top(top).to_string()), named(&expected), "{top}");
    }
    // Without its parent a row is what is left of it: here the parent is hidden.
    let rollup = Rollup::new(&shape, 4);
    let expected = named(&[("TOTAL", 10), ("a.x.example", 4), ("other", 6)]);
    assert_eq!(rows(&rollup.view().table().top(1).to_string()), expected);
}

#[test]
#[cfg(feature = "std")]
fn a_row_at_a_time_is_the_same_table() {
    let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::default());
    for name in [
        &b"a.example"[..],
        b"\xff\x1b.example",
        b".hidden",
        b"a.name.that.is.too.long.for.its.column.x",
    ] {
        shape.add_ref(name, minutes(7));
    }
    for table in [shape.table(), shape.table().exact(), shape.table().parents(1).top(2)] {
        let mut out = Vec::new();
        table.write_to(&mut out).unwrap();
        assert_eq!(out, table.to_bytes());
        assert!(out.len() > 80);
    }
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(shape.table().write_to(&mut Full).is_err());
}

#[test]
fn of_a_name_without_bounds_the_end_is_shown() {
    for (unit, shown) in
        [("\u{1d11e}", "\u{1d11e}"), ("\u{fc}", "\u{fc}"), ("a", "a"), ("\x1b", "\\x1b")]
    {
        for count in 17..60 {
            let name = unit.repeat(count);
            let mut shape: Shape<&str> = Shape::new(Buckets::linear(minutes(5), 20).unwrap());
            shape.add(&name, minutes(1));
            let text = shape.table().width(40).to_string();
            let cell: String = text.lines().last().unwrap().chars().take(18).collect();
            let all: String = shown.repeat(count);
            let expected = match all.chars().count() {
                long @ 19.. => "+".chars().chain(all.chars().skip(long - 17)).collect(),
                _ => format!("{all:>18}"),
            };
            assert_eq!(cell, expected, "{count}");
        }
    }
}

/// The rows of the exact form, without spaces at their beginning.
fn exact(shape: &Shape<&str>, rows: usize) -> Vec<String> {
    let bytes = shape.table().exact().top(rows).to_bytes();
    let lines = core::str::from_utf8(&bytes).unwrap().lines().skip(1);
    lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn the_total_of_the_exact_form_is_one_of_the_rows() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a", minutes(1)), ("a", minutes(1))]);
    // Of equal totals the shortest name comes first.
    let all = ["a", "TOTAL"];
    for rows in 0..4 {
        assert_eq!(exact(&shape, rows), all[..rows.min(2)], "{rows}");
    }
    shape.add("longer", minutes(1));
    let all = ["TOTAL", "a", "longer"];
    for rows in 0..5 {
        assert_eq!(exact(&shape, rows), all[..rows.min(3)], "{rows}");
    }
    // And of equal names' lengths the bytes decide.
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.add("TOTAK", minutes(1));
    assert_eq!(exact(&shape, 9), ["TOTAK", "TOTAL"]);
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.add("TOTAM", minutes(1));
    assert_eq!(exact(&shape, 9), ["TOTAL", "TOTAM"]);
}

#[test]
fn only_a_dot_at_the_beginning_hides_a_name() {
    let mut shape: Shape<&str> = Shape::new(Buckets::default());
    shape.extend([("a.", minutes(1)), (".b", minutes(1)), ("c.d", minutes(1))]);
    assert_eq!(exact(&shape, 9), ["TOTAL", "a.", "c.d"]);
}

#[test]
fn each_column_is_as_wide_as_its_total() {
    let mut shape: Shape<&str> = Shape::new(Buckets::linear(minutes(1), 2).unwrap());
    shape.extend([("a", minutes(0), 7), ("a", minutes(1), 12_345)]);
    let text = shape.table().width(30).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], format!("{:>24}{:>3}{:>6}", "T", "1", "1+"));
    assert_eq!(lines[2], format!("{:>18}{:>6}{:>3}{:>6}", "a", 12_352, 7, 12_345));
}

#[test]
fn a_name_that_just_fits_is_whole() {
    for (name, shown) in [
        ("exactly.18.letters", "exactly.18.letters"),
        ("nineteen..letters.x", "+neteen..letters.x"),
        (".ineteen..letters.x", ".+eteen..letters.x"),
    ] {
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        shape.add(name, minutes(1));
        let line = |text: &str| text.lines().nth(2).unwrap()[..18].to_owned();
        assert_eq!(line(&shape.table().width(1).to_string()), shown);
        if !name.starts_with('.') {
            let exact = shape.table().width(1).exact().to_bytes();
            assert_eq!(line(core::str::from_utf8(&exact).unwrap()), shown);
        }
    }
}

/// With parents as well, the total is that of everything that was counted.
#[test]
fn a_bounded_shape_with_parents_has_its_exact_total() {
    let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 2).unwrap();
    let names = ["a.x.d", "a.x.d", "b.x.d", "b.x.d", "c.x.d", "d.x.d", "e.x.d"];
    top.extend(names.map(|name| (name, minutes(1))));
    assert_eq!((top.len(), top.total().total(), top.other().total()), (2, 7, 3));
    let text = top.table().parents(2).to_string();
    let rows: Vec<Vec<&str>> =
        text.lines().skip(1).map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(
        rows,
        [["TOTAL", "7"], [".x.d", "4"], ["a.x.d", "2"], ["b.x.d", "2"], ["other", "3"]]
    );
    let exact = top.table().parents(2).exact().to_bytes();
    let exact = core::str::from_utf8(&exact).unwrap();
    assert_eq!(
        exact.lines().nth(1).unwrap().split_whitespace().take(2).collect::<Vec<_>>(),
        ["TOTAL", "7"]
    );
    assert_eq!(exact.lines().count(), 5, "no row for others");
}
