//! The law of everything that is printed.

use arbitrary::{Arbitrary, Unstructured};

use super::shape::fill;
use super::stream::{self, Classes};
use crate::text;

/// Whatever the keys are: no control byte but the line feeds of the table, one line per row, and numbers that add up.
pub fn render(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(classes) = Classes::arbitrary(&mut u) else { return };
    let Ok((width, top)) = u.arbitrary::<(u8, u8)>() else { return };
    let Ok(mut items) = stream::items(&mut u, &classes) else { return };
    items.truncate(60);
    items.iter_mut().for_each(|item| item.amount %= 1 << 40);
    let shape = fill(&classes, &items);
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
    assert_eq!(shape.table().top(0).to_string().lines().count(), 1);
    let limit = usize::from(top).min(shape.len() + 1);
    assert_eq!(shape.table().top(top.into()).to_string().lines().count(), limit + 1);
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
