//! The wire form of quantiles.

use alloc::vec::Vec;
use core::hash::Hash;
use core::time::Duration;

use super::{DecodeError, DecodeErrorKind, QUANTILES, Reader, WireKey, Writer, wide};
use crate::quantile::Quantiles;
use crate::quantile::scale::{Range, Scale};
use crate::quantile::values::{EXACT, Values};

impl<K: WireKey + Hash + Eq> Quantiles<K> {
    /// Writes the [wire form](crate::wire). Equal quantiles give equal bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Quantiles;
    ///
    /// let mut monday: Quantiles<String> = Quantiles::new(0.01);
    /// monday.add_ref("mx.example", Duration::from_millis(1_200));
    /// let mut week: Quantiles<String> = Quantiles::new(0.01);
    /// week.merge(&Quantiles::from_bytes(&monday.to_bytes())?)?;
    /// assert_eq!(week, monday);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(QUANTILES);
        writer.number(self.scale.millionths().into());
        writer.rows(self.store.keys(), |index, row| {
            if let Some(values) = self.rows.get(index) {
                write(row, values);
            }
        });
        writer.finish()
    }

    /// Reads the [wire form](crate::wire).
    ///
    /// The memory that this takes is proportional to the length of `bytes`, whatever they contain.
    ///
    /// # Errors
    /// Fails for anything that [`to_bytes`](Self::to_bytes) would not have written, and for states
    /// of a newer version or of another kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::open(bytes, QUANTILES)?;
        let scale = u32::try_from(reader.number()?).ok().and_then(Scale::checked);
        let scale = scale.ok_or_else(|| reader.error(DecodeErrorKind::Precision))?;
        let mut quantiles = Self::with_scale(scale);
        let rows = reader.length()?;
        reader.rows(rows, |reader, key| {
            let index = quantiles.store.insert_new(key);
            index.ok_or_else(|| reader.error(DecodeErrorKind::Order))?;
            quantiles.rows.push(read(reader, &quantiles.scale)?);
            Ok(())
        })?;
        reader.finish()?;
        Ok(quantiles)
    }
}

fn write(row: &mut Writer, values: &Values) {
    let duration = |row: &mut Writer, value: Duration| {
        row.number(value.as_secs());
        row.number(value.subsec_nanos().into());
    };
    let Some(many) = values.counted() else {
        row.number(wide(values.few().len()));
        values.few().iter().for_each(|&value| duration(row, value));
        return;
    };
    row.number(0);
    duration(row, many.least);
    duration(row, many.most);
    row.number(wide(many.counts.len()));
    let mut before = 0;
    for (&range, &count) in &many.counts {
        let place = place(range);
        row.number(place.saturating_sub(before));
        row.number(count);
        before = place;
    }
}

fn read(reader: &mut Reader<'_>, scale: &Scale) -> Result<Values, DecodeError> {
    let duration = |reader: &mut Reader<'_>| Ok(Duration::new(reader.number()?, reader.nanos()?));
    let values = match reader.length()? {
        0 => {
            let (least, most) = (duration(reader)?, duration(reader)?);
            let mut counts = Vec::new();
            let mut at = 0_u64;
            for _ in 0..reader.length()? {
                at = at.saturating_add(reader.number()?);
                let range = range(at).ok_or_else(|| reader.error(DecodeErrorKind::Durations))?;
                counts.push((range, reader.number()?));
            }
            Values::from_counts(least, most, &counts, scale)
        }
        few @ ..=EXACT => {
            let few = (0..few).map(|_| duration(reader)).collect::<Result<_, DecodeError>>()?;
            Values::from_few(few)
        }
        _ => None,
    };
    values.ok_or_else(|| reader.error(DecodeErrorKind::Durations))
}

/// Zero for durations of zero; then the indices of DDSketch from the lowest on.
fn place(range: Range) -> u64 {
    range.map_or(0, |index| u64::from(index.abs_diff(i32::MIN)).saturating_add(1))
}

fn range(place: u64) -> Option<Range> {
    match place.checked_sub(1) {
        None => Some(None),
        Some(index) => i32::MIN.checked_add_unsigned(u32::try_from(index).ok()?).map(Some),
    }
}
