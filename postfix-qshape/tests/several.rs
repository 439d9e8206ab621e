//! Several counters side by side, and rows that contain others, in everything that is made of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use core::time::Duration;

use postfix_qshape::{Buckets, Measure, Rollup, Shape, TopShape};

const NOW: Duration = Duration::ZERO;

fn minute() -> Buckets {
    Buckets::linear(Duration::from_secs(60), 2).unwrap()
}

/// Two counters that nobody may ask for a third.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Two(u64, u64);

impl Measure for Two {
    const LANES: usize = 2;

    fn lane(&self, index: usize) -> u64 {
        match index {
            0 => self.0,
            1 => self.1,
            _ => panic!("there is no counter {index}"),
        }
    }

    fn from_lanes(mut lane: impl FnMut(usize) -> u64) -> Self {
        Self(lane(0), lane(1))
    }
}

/// The second counters are in the opposite order of the first ones.
const ROWS: [(&str, u64, Two); 4] =
    [("a", 0, Two(3, 1)), ("b", 90, Two(2, 500)), ("c", 0, Two(1, 70_000)), ("d", 0, Two(0, 1))];

fn items() -> impl Iterator<Item = (&'static str, Duration, Two)> {
    ROWS.into_iter().map(|(key, age, two)| (key, Duration::from_secs(age), two))
}

fn shape() -> Shape<&'static str, Two> {
    let mut shape = Shape::new(minute());
    shape.extend(items());
    shape.extend([("e", NOW, Two(0, 0))]);
    shape
}

#[test]
fn a_measure_is_asked_for_its_counters_only() {
    let shape = shape();
    assert_eq!((shape.len(), shape.total().total()), (4, Two(6, 70_502)));
    let mut top: TopShape<String, Two> = TopShape::new(minute(), 1).unwrap();
    top.extend_ref(items());
    top.extend_ref([("zero", NOW, Two(0, 0))]);
    top.extend([("zero".to_owned(), NOW, Two(0, 0))]);
    assert!(top.get("zero").is_none());
    assert_eq!(top.total().total(), Two(6, 70_502));
    let mut nothing: TopShape<String, Two> = TopShape::new(minute(), 9).unwrap();
    nothing.extend_ref([("zero", NOW, Two(0, 0))]);
    nothing.extend([("zero".to_owned(), NOW, Two(0, 0))]);
    assert!(nothing.is_empty() && nothing.rows().len() == 0);
    let empty = Shape::new(minute());
    assert_eq!(shape.diff(&empty, NOW).unwrap().total().drained, 6);
    let view = shape.view();
    assert_eq!(view.csv().to_string().lines().nth(1), Some("\"a\",3,1,3,1,0,0"));
    assert_eq!(view.json().to_string().matches("70000").count(), 2, "a row's total and its bucket");
    assert_eq!(view.table().to_string().lines().count(), 6);
}

#[test]
fn the_first_counter_decides_the_order_and_is_shown() {
    let shape = shape();
    let order: Vec<&str> = shape.rows().map(|row| *row.key()).collect();
    assert_eq!(order, ["a", "b", "c", "d"]);
    assert_eq!(shape.view().rows().map(|row| *row.key()).collect::<Vec<_>>(), order);
    let table = shape.table().width(1).to_string();
    let row = |name: &str, a: u64, b: u64, c: u64| format!("{name:>18}{a:>3}{b:>3}{c:>3}");
    let lines: Vec<&str> = table.lines().collect();
    // The large second counters make no column wider.
    assert_eq!(lines.first(), Some(&&*format!("{:>18}{:>3}{:>3}{:>3}", "", "T", "1", "1+")));
    assert_eq!(lines.get(1), Some(&&*row("TOTAL", 6, 4, 2)));
    assert_eq!(lines.get(2), Some(&&*row("a", 3, 3, 0)));
    assert_eq!(lines.get(3), Some(&&*row("b", 2, 0, 2)));
    let exact = shape.table().width(1).exact().to_bytes();
    assert_eq!(String::from_utf8(exact).unwrap(), table);
    // All of the second counter is in the row of the shorter name, and the total still comes first.
    let mut one: Shape<&str, Two> = Shape::new(minute());
    one.extend([("b", NOW, Two(5, 7)), ("c", NOW, Two(1, 0))]);
    let exact = String::from_utf8(one.table().exact().to_bytes()).unwrap();
    let names: Vec<_> = exact.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, ["T", "TOTAL", "b", "c"]);
    // Of a row that may have missed something, the largest possible total counts.
    let mut top: TopShape<&str, Two> = TopShape::new(minute(), 2).unwrap();
    top.extend(["a", "a", "a", "b", "b", "c", "d", "e"].map(|key| (key, NOW, Two(1, 9))));
    top.extend([("f", NOW, Two(1, 0)), ("b", NOW, Two(0, 900))]);
    let rows: Vec<_> = top.rows().map(|row| (*row.key(), row.total(), row.missed())).collect();
    assert_eq!(rows, [("a", Two(3, 27), 0), ("b", Two(2, 918), 0), ("f", Two(1, 0), 1)]);
}

#[cfg(feature = "render")]
#[test]
fn pictures_and_metrics_show_the_first_counter() {
    let shape = shape();
    let svg = shape.view().heatmap("t").to_string();
    assert!(!svg.contains("500") && !svg.contains("70k"), "{svg}");
    for (bucket, count) in [("0\u{2013}1 min", 1), ("over 1 min", 0)] {
        assert!(svg.contains(&format!("<title>c, {bucket}: {count}</title>")), "{svg}");
    }
    assert!(svg.contains("<desc>6 in all. a: 3. b: 2. c: 1. d: 0. Columns"), "{svg}");
    // The rest is drawn if its first counter is not zero.
    let others: Vec<bool> = [3, 2]
        .iter()
        .map(|top| shape.view().heatmap("t").top(*top).to_string().contains("<title>other"))
        .collect();
    assert_eq!(others, [false, true]);
    let mut first: Shape<&str, Two> = Shape::new(minute());
    first.extend([("a", NOW, Two(1, 0))]);
    assert!(
        first.view().heatmap("t").top(0).to_string().contains("<title>other, 0\u{2013}1 min: 1<")
    );
    let metrics = shape.view().metrics("q", "k").top(2).to_string();
    let values: Vec<&str> =
        metrics.lines().filter_map(|line| line.rsplit_once("} ")).map(|(_, value)| value).collect();
    assert_eq!(values, ["3", "3", "0", "2", "1", "1"]);
}

/// A row whose first counter is zero is a row like any other.
#[test]
fn as_many_rows_are_shown_as_there_are() {
    let mut shape: Shape<&str, Two> = Shape::new(minute());
    shape.extend([("zero", NOW, Two(0, 7))]);
    for top in [1, 2] {
        let csv = shape.view().csv().top(top).to_string();
        assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), ["\"zero\",0,7,0,7,0,0"]);
    }
    let csv = shape.view().csv().top(0).to_string();
    assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), ["other,0,7,0,7,0,0"]);
}

#[test]
fn exact_rows_have_missed_nothing() {
    let mut shape: Shape<&str> = Shape::new(minute());
    shape.extend(["a.x.d", "b.x.d"].map(|key| (key, NOW)));
    let rollup = Rollup::new(&shape, 1);
    assert!(shape.iter().chain(shape.rows()).all(|row| row.missed() == 0));
    assert!(shape.view().rows().all(|row| row.missed() == 0));
    assert!(rollup.rows().chain(rollup.view().rows()).all(|row| row.missed() == 0));
    assert_eq!(
        format!("{:?}", shape.view()),
        "View { rows: {\"a.x.d\": [1, 0], \"b.x.d\": [1, 0]}, total: [2, 0], .. }"
    );
}

fn nested() -> Shape<&'static str> {
    let mut shape = Shape::new(minute());
    shape.extend([
        ("a.b.c.d", NOW, 1),
        ("e.b.c.d", NOW, 2),
        ("f.c.d", NOW, 4),
        ("g.c.d", NOW, 8),
        ("other.d", NOW, 16),
    ]);
    shape
}

/// What is within a row that is shown is not subtracted from the rest a second time, at whatever
/// distance; what is within rows that are left out is.
#[cfg(feature = "render")]
#[test]
fn the_rest_is_what_no_row_covers_whichever_rows_are_shown() {
    let shape = nested();
    let rollup = Rollup::new(&shape, 2);
    for (always, rest) in [
        ("", 31),
        ("a.b.c.d", 30),
        ("a.b.c.d e.b.c.d", 28),
        (".b.c.d", 28),
        ("a.b.c.d .b.c.d", 28),
        (".c.d", 16),
        ("a.b.c.d .c.d", 16),
        ("a.b.c.d f.c.d g.c.d", 18),
        ("a.b.c.d .b.c.d .c.d f.c.d other.d", 0),
        (".d .other.d none", 31),
    ] {
        let always: Vec<&[u8]> = always.split_whitespace().map(str::as_bytes).collect();
        let text = rollup.view().metrics("q", "k").top(0).always(&always).to_string();
        assert_eq!(
            text.lines().last(),
            Some(&*format!("q_bucket{{k=\"(other)\",le=\"+Inf\"}} {rest}")),
            "{always:?}"
        );
    }
}

/// A parent that is hidden, between a name and a parent that is shown.
#[test]
fn a_hidden_parent_hides_no_parent_above_it() {
    let mut shape: Shape<&str> = Shape::new(minute());
    shape.extend([("a.b.c.d", NOW, 8), ("e.c.d", NOW, 4), ("f.d", NOW, 1)]);
    let rollup = Rollup::new(&shape, 2);
    let csv = |top: usize| rollup.view().csv().top(top).to_string();
    let names = |csv: &str| -> Vec<String> {
        csv.lines().skip(1).map(|line| line.split(",0").next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&csv(1)), ["\".c.d\",12,12", "other,1,1"]);
    assert_eq!(names(&csv(2)), ["\".c.d\",12,12", "\"a.b.c.d\",8,8", "other,1,1"]);
    assert_eq!(names(&csv(9)).len(), 4, "nothing is left for others");
}

/// The largest rows with their parents among them, and the rest once.
#[test]
fn parents_are_rows_like_others_when_rows_are_left_out() {
    let shape = nested();
    let rollup = Rollup::new(&shape, 2);
    for (top, expected) in [
        (0, vec![("other", 31)]),
        (1, vec![("\"other.d\"", 16), ("other", 15)]),
        (2, vec![("\"other.d\"", 16), ("\".c.d\"", 15)]),
        (3, vec![("\"other.d\"", 16), ("\".c.d\"", 15), ("\"g.c.d\"", 8)]),
        (
            5,
            vec![
                ("\"other.d\"", 16),
                ("\".c.d\"", 15),
                ("\"g.c.d\"", 8),
                ("\"f.c.d\"", 4),
                ("\".b.c.d\"", 3),
            ],
        ),
    ] {
        let csv = rollup.view().csv().top(top).to_string();
        let rows: Vec<(&str, u64)> = csv
            .lines()
            .skip(1)
            .map(|line| line.split_once(',').unwrap())
            .map(|(name, cells)| (name, cells.split(',').next().unwrap().parse().unwrap()))
            .collect();
        assert_eq!(rows, expected, "{top}");
    }
    // As `qshape -p -m 2 -n`: the total is one of the rows, and there is none for the others.
    let table = |rows: usize| {
        let bytes = shape.table().parents(2).exact().top(rows).to_bytes();
        let text = String::from_utf8(bytes).unwrap();
        let name = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        text.lines().skip(1).map(name).collect::<Vec<_>>()
    };
    let all = [
        "TOTAL 31",
        "other.d 16",
        ".c.d 15",
        "g.c.d 8",
        "f.c.d 4",
        ".b.c.d 3",
        "e.b.c.d 2",
        "a.b.c.d 1",
    ];
    for rows in 0..=all.len() + 1 {
        assert_eq!(table(rows), all.get(..rows).unwrap_or(&all), "{rows}");
    }
}
