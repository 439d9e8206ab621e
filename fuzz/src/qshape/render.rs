//! The law of everything that is printed.

use arbitrary::{Arbitrary, Unstructured};

use postfix_qshape::{Name, Shape, TopShape};

use super::shape::fill;
use super::stream::{self, Classes, Item};
use crate::{text, tried};

/// For any keys there is no control byte except the line feeds of the table, one line per row, and numbers add up.
pub fn render(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok((width, top)) = u.arbitrary::<(u8, u8)>() else { return };
    let Ok(mut items) = stream::items(&mut u, &classes) else { return };
    // A few thousand cells are enough to print. More buckets leave room for fewer rows.
    items.truncate((2_000 / (classes.edges.len() + 1)).clamp(2, 20));
    items.iter_mut().for_each(|item| item.amount %= 1 << 40);
    let shape = fill(&classes, &items);
    // Reading all forms takes much longer than printing them.
    let tried = |form| tried(data.len(), form, 4);
    if tried(0) {
        tables(&shape, &classes, width, top);
    }
    if tried(1) {
        markup(&shape, &items, top.into());
    }
    if tried(2) {
        data_forms(&shape, &classes, top.into());
    }
    if tried(3) {
        bounded(&items, &classes);
    }
}

fn tables(shape: &Shape<Name>, classes: &Classes, width: u8, top: u8) {
    for table in [
        shape.table(),
        shape.table().width(width.into()),
        shape.table().top(top.into()),
        shape.table().parents(u64::from(top) % 4).width(width.into()),
    ] {
        let printed = table.to_string();
        text::harmless(&printed);
        assert_eq!(printed.as_bytes(), table.to_bytes());
        numbers_add_up(&printed, classes.edges.len() + 1);
    }
    assert_eq!(shape.table().to_string().lines().count(), shape.len() + 2);
    let (shown, others) = (usize::from(top).min(shape.len()), usize::from(top) < shape.len());
    let lines = shape.table().top(top.into()).to_string().lines().count();
    assert_eq!(lines, 2 + shown + usize::from(others));
}

fn markup(shape: &Shape<Name>, items: &[Item], top: usize) {
    let names: Vec<&[u8]> = items.iter().take(3).map(|item| item.key.as_slice()).collect();
    let view = shape.view();
    text::markup(&view.heatmap("Recipients <by> \"age\" & domain").top(top).to_string());
    let metrics = view
        .metrics("queue_recipients", "domain")
        .top(top)
        .always(&names)
        .help("By \"age\"\n\\")
        .to_string();
    text::open_metrics(&metrics);
}

fn data_forms(shape: &Shape<Name>, classes: &Classes, top: usize) {
    let view = shape.view();
    text::csv(&view.csv().top(top).to_string(), classes.edges.len() + 3);
    let json = view.json().top(top).to_string();
    text::harmless(&json);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["total"].as_u64(), Some(shape.total().total()));
    assert_eq!(value["rows"].as_array().map(Vec::len), Some(top.min(shape.len())));
}

fn bounded(items: &[Item], classes: &Classes) {
    let mut bounded: TopShape<Name> =
        TopShape::new(classes.buckets.clone(), 3).expect("a capacity");
    bounded.extend_ref(items.iter().map(|item| (item.key.as_slice(), item.age, item.amount)));
    let view = bounded.view();
    text::markup(&view.heatmap("x").to_string());
    text::open_metrics(&view.metrics("9 lives", "").to_string());
    text::csv(&view.csv().to_string(), classes.edges.len() + 3);
    text::harmless(&view.json().to_string());
    text::harmless(&bounded.table().to_string());
}

fn numbers_add_up(table: &str, classes: usize) {
    for line in table.lines().skip(1) {
        let mut cells: Vec<u64> = line
            .rsplit(' ')
            .filter(|word| !word.is_empty())
            .take(classes + 1)
            .map(|w| w.parse().expect("a number"))
            .collect();
        let total = cells.pop().expect("a total");
        assert_eq!(cells.iter().sum::<u64>(), total, "{line}");
    }
}
