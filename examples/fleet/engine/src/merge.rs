//! `merge_state(name, version, state)`: the states of hosts as one.

use std::sync::Arc;

use crate::state::{State, VERSION};
use datafusion::arrow::array::{Array, ArrayRef, BinaryArray, StringArray, UInt64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::{as_binary_array, as_string_array, as_uint64_array};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Accumulator, AggregateUDF, Volatility, create_udaf};
use datafusion::scalar::ScalarValue;

/// The function.
pub fn function() -> AggregateUDF {
    create_udaf(
        "merge_state",
        vec![DataType::Utf8, DataType::UInt64, DataType::Binary],
        Arc::new(DataType::Binary),
        Volatility::Immutable,
        Arc::new(|_| Ok(Box::new(Merger::default()))),
        Arc::new(vec![DataType::Utf8, DataType::Binary]),
    )
}

/// What was merged so far, of one name.
#[derive(Debug, Default)]
struct Merger {
    merged: Option<(String, State)>,
}

impl Merger {
    fn add(&mut self, name: &str, version: u64, bytes: &[u8]) -> anyhow::Result<()> {
        let (own, state) = match &mut self.merged {
            Some(merged) => merged,
            none => none.insert((name.to_owned(), State::new(name)?)),
        };
        anyhow::ensure!(own == name, "states of {own} and of {name} do not add up");
        state.merge(version, bytes)
    }

    fn add_all(
        &mut self,
        names: &StringArray,
        versions: &UInt64Array,
        states: &BinaryArray,
    ) -> Result<()> {
        for ((name, version), state) in names.iter().zip(versions).zip(states) {
            if let (Some(name), Some(version), Some(state)) = (name, version, state) {
                self.add(name, version, state)
                    .map_err(|error| DataFusionError::Execution(format!("{error:#}")))?;
            }
        }
        Ok(())
    }

    fn bytes(&self) -> ScalarValue {
        ScalarValue::Binary(self.merged.as_ref().map(|(_, state)| state.to_bytes()))
    }
}

impl Accumulator for Merger {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [names, versions, states] = values else {
            return Err(DataFusionError::Internal("merge_state has three arguments".to_owned()));
        };
        let names = cast(names, &DataType::Utf8)?;
        self.add_all(as_string_array(&names)?, as_uint64_array(versions)?, as_binary_array(states)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.bytes())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.merged.as_ref().map_or(0, |(_, state)| state.size().0 * 256)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let name = self.merged.as_ref().map(|(name, _)| name.clone());
        Ok(vec![ScalarValue::Utf8(name), self.bytes()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [names, states] = states else {
            return Err(DataFusionError::Internal("merge_state has two parts".to_owned()));
        };
        let versions = UInt64Array::from(vec![VERSION; names.len()]);
        self.add_all(as_string_array(names)?, &versions, as_binary_array(states)?)
    }
}
