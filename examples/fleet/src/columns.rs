//! Typed columns, in which any row may leave out its value.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// A name and a type.
pub type Column = (&'static str, Kind);

/// The type of a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// One of a few words: a dictionary of UTF-8 strings.
    Word,
    /// An integer, 0 or more.
    Number,
    /// An integer.
    Signed,
    /// True or false.
    Flag,
    /// A point in time in microseconds, UTC.
    Time,
    /// What the clock of the log's zone showed, in microseconds.
    Wall,
    /// Bytes.
    Binary,
    /// A list of values of one type.
    Values(&'static Self),
    /// A list of structures with these members.
    Structures(&'static [Column]),
}

impl Kind {
    /// The type in Arrow.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Word => DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
            Self::Number => DataType::UInt64,
            Self::Signed => DataType::Int64,
            Self::Flag => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Self::Wall => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Binary => DataType::Binary,
            Self::Values(_) | Self::Structures(_) => DataType::List(self.item()),
        }
    }

    /// The items of a list.
    pub fn item(self) -> Arc<Field> {
        let item = match self {
            Self::Values(kind) => kind.data_type(),
            Self::Structures(members) => DataType::Struct(fields(members)),
            _ => DataType::Null,
        };
        Arc::new(Field::new_list_field(item, true))
    }
}

/// The name of the zone of all times.
pub const UTC: &str = "UTC";

/// The columns as fields of a structure.
pub fn fields(columns: &[Column]) -> Fields {
    columns.iter().map(|(name, kind)| Field::new(*name, kind.data_type(), true)).collect()
}

/// The columns as a schema.
pub fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(fields(columns)))
}
