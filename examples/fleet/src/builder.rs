//! Collects the values of columns, row by row.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::bail;
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Int64Builder, ListArray, RecordBatch, StringBuilder,
    StringDictionaryBuilder, StructArray, TimestampMicrosecondBuilder, UInt64Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Int32Type, SchemaRef};

use crate::columns::{Column, Kind, UTC, fields, schema};

/// A value of a column.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Signed(i64),
    Flag(bool),
    /// Microseconds.
    Time(i64),
    Binary(&'a [u8]),
    /// The items of a list, each with its members.
    Items(Vec<Row<'a>>),
}

/// The values of a row, in the order of the columns.
pub type Row<'a> = Vec<Option<Value<'a>>>;

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Value<'_> {
    /// About how many bytes it takes until it is written.
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Items(items) => {
                items.iter().flatten().map(|value| value.as_ref().map_or(1, Self::bytes)).sum()
            }
            _ => 8,
        }
    }
}

/// Rows that are not written yet.
pub struct Rows {
    schema: SchemaRef,
    columns: Vec<Builder>,
    rows: usize,
    bytes: usize,
}

impl Rows {
    pub fn new(columns: &[Column]) -> Self {
        let builders = columns.iter().map(|(_, kind)| Builder::new(*kind)).collect();
        Self { schema: schema(columns), columns: builders, rows: 0, bytes: 0 }
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// If a value does not fit its column.
    pub fn push(&mut self, row: &Row<'_>) -> anyhow::Result<()> {
        if row.len() != self.columns.len() {
            bail!("a row of {} values for {} columns", row.len(), self.columns.len());
        }
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value.as_ref())?;
            self.bytes += value.as_ref().map_or(1, Value::bytes);
        }
        self.rows += 1;
        Ok(())
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// About how many bytes the rows take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the rows.
    pub fn finish(&mut self) -> anyhow::Result<RecordBatch> {
        let arrays = self.columns.iter_mut().map(Builder::finish).collect::<anyhow::Result<_>>()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(RecordBatch::try_new(self.schema.clone(), arrays)?)
    }
}

enum Builder {
    Text(StringBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Number(UInt64Builder),
    Signed(Int64Builder),
    Flag(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Binary(BinaryBuilder),
    List(List),
}

/// Lists, whose items are collected as columns.
struct List {
    kind: Kind,
    members: Vec<Builder>,
    /// How many items each list has; `None` where there is no list.
    lengths: Vec<Option<usize>>,
}

impl Builder {
    fn new(kind: Kind) -> Self {
        let list = |members| Self::List(List { kind, members, lengths: Vec::new() });
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Word => Self::Word(StringDictionaryBuilder::new()),
            Kind::Number => Self::Number(UInt64Builder::new()),
            Kind::Signed => Self::Signed(Int64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone(UTC)),
            Kind::Wall => Self::Time(TimestampMicrosecondBuilder::new()),
            Kind::Binary => Self::Binary(BinaryBuilder::new()),
            Kind::Values(kind) => list(vec![Self::new(*kind)]),
            Kind::Structures(of) => list(of.iter().map(|(_, kind)| Self::new(*kind)).collect()),
        }
    }

    fn push(&mut self, value: Option<&Value<'_>>) -> anyhow::Result<()> {
        match (self, value) {
            (Self::Text(to), Some(Value::Text(text))) => to.append_value(text),
            (Self::Text(to), None) => to.append_null(),
            (Self::Word(to), Some(Value::Text(text))) => to.append(text).map(drop)?,
            (Self::Word(to), None) => to.append_null(),
            (Self::Number(to), Some(Value::Number(number))) => to.append_value(*number),
            (Self::Number(to), None) => to.append_null(),
            (Self::Signed(to), Some(Value::Signed(number))) => to.append_value(*number),
            (Self::Signed(to), None) => to.append_null(),
            (Self::Flag(to), Some(Value::Flag(flag))) => to.append_value(*flag),
            (Self::Flag(to), None) => to.append_null(),
            (Self::Time(to), Some(Value::Time(micros))) => to.append_value(*micros),
            (Self::Time(to), None) => to.append_null(),
            (Self::Binary(to), Some(Value::Binary(bytes))) => to.append_value(bytes),
            (Self::Binary(to), None) => to.append_null(),
            (Self::List(to), Some(Value::Items(items))) => {
                to.lengths.push(Some(items.len()));
                for item in items {
                    for (member, value) in to.members.iter_mut().zip(item) {
                        member.push(value.as_ref())?;
                    }
                }
            }
            (Self::List(to), None) => to.lengths.push(None),
            (_, Some(value)) => bail!("{value:?} does not fit its column"),
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<ArrayRef> {
        Ok(match self {
            Self::Text(from) => Arc::new(from.finish()),
            Self::Word(from) => Arc::new(from.finish()),
            Self::Number(from) => Arc::new(from.finish()),
            Self::Signed(from) => Arc::new(from.finish()),
            Self::Flag(from) => Arc::new(from.finish()),
            Self::Time(from) => Arc::new(from.finish()),
            Self::Binary(from) => Arc::new(from.finish()),
            Self::List(from) => Arc::new(from.finish()?),
        })
    }
}

impl List {
    fn finish(&mut self) -> anyhow::Result<ListArray> {
        let lengths = std::mem::take(&mut self.lengths);
        let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|length| length.unwrap_or(0)));
        let nulls = NullBuffer::from_iter(lengths.iter().map(Option::is_some));
        let mut arrays = Vec::new();
        for member in &mut self.members {
            arrays.push(member.finish()?);
        }
        let items: ArrayRef = match (self.kind, arrays.pop()) {
            (Kind::Structures(members), Some(last)) => {
                arrays.push(last);
                Arc::new(StructArray::try_new(fields(members), arrays, None)?)
            }
            (_, Some(items)) => items,
            (_, None) => bail!("a list without a type"),
        };
        Ok(ListArray::try_new(self.kind.item(), offsets, items, Some(nulls))?)
    }
}
