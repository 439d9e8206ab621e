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
    // A few hundred cells are enough to print. More buckets leave room for fewer rows.
    items.truncate((600 / (classes.edges.len() + 1)).clamp(4, 20));
    items.iter_mut().for_each(|item| item.amount %= 1 << 40);
    let shape = fill(&classes, &items);
    let forms: [&dyn Fn(); 6] = [
        &|| tables(&shape, &classes, width, top, data.len() / 6),
        &|| heatmap(&shape, top.into()),
        &|| metrics(&shape, &items, top.into()),
        &|| csv(&shape, &classes, top.into()),
        &|| json(&shape, top.into()),
        &|| bounded(&items, &classes),
    ];
    // Reading all forms takes much longer than printing them.
    for (part, form) in forms.into_iter().enumerate() {
        if tried(data.len(), part, 6) {
            form();
        }
    }
}

fn tables(shape: &Shape<Name>, classes: &Classes, width: u8, top: u8, number: usize) {
    let tables = [
        shape.table(),
        shape.table().width(width.into()),
        shape.table().top(top.into()),
        shape.table().parents(u64::from(top) % 4).width(width.into()),
    ];
    for (part, table) in tables.into_iter().enumerate() {
        if !tried(number, part, 4) {
            continue;
        }
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

fn heatmap(shape: &Shape<Name>, top: usize) {
    let heatmap = shape.view().heatmap("Recipients <by> \"age\" & domain").top(top).to_string();
    text::markup(&heatmap);
}

fn metrics(shape: &Shape<Name>, items: &[Item], top: usize) {
    let names: Vec<&[u8]> = items.iter().take(3).map(|item| item.key.as_slice()).collect();
    let view = shape.view();
    let metrics = view.metrics("queue_recipients", "domain").top(top).always(&names);
    text::open_metrics(&metrics.help("By \"age\"\n\\").to_string());
}

fn csv(shape: &Shape<Name>, classes: &Classes, top: usize) {
    text::csv(&shape.view().csv().top(top).to_string(), classes.edges.len() + 3);
}

fn json(shape: &Shape<Name>, top: usize) {
    let json = shape.view().json().top(top).to_string();
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
