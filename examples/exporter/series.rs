//! Numbers by labels, in bounded memory.

use std::collections::BTreeMap;

/// Sets of labels that a family of counters tells apart; what comes later is counted as `(other)`.
pub(crate) const MAX_SERIES: usize = 1_000;

/// As [`MAX_SERIES`] for histograms, each of which is exposed as a dozen series.
pub(crate) const MAX_HISTOGRAMS: usize = 100;

/// Bytes of a label's value.
const MAX_VALUE: usize = 128;

/// The label value of what is not told apart.
pub(crate) const OTHER: &[u8] = b"(other)";

/// The values of labels, in the order of the family's names.
pub(crate) type Labels = Vec<Vec<u8>>;

/// The numbers of a family by labels.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Series<V>(BTreeMap<Labels, V>);

impl<V: Default> Series<V> {
    /// The number with these labels, of `most` that are told apart.
    pub(crate) fn at(&mut self, values: &[&[u8]], most: usize) -> &mut V {
        let mut labels: Labels = values.iter().map(|value| cut(value).to_vec()).collect();
        if self.0.len() >= most && !self.0.contains_key(&labels) {
            labels = vec![OTHER.to_vec(); values.len()];
        }
        self.0.entry(labels).or_default()
    }

    /// The number without labels.
    pub(crate) fn only(&self) -> Option<&V> {
        self.0.get(&Labels::new())
    }

    /// Labels and numbers, in the order of the labels.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Labels, &V)> {
        self.0.iter()
    }
}

/// From saved numbers.
impl<V> FromIterator<(Labels, V)> for Series<V> {
    fn from_iter<I: IntoIterator<Item = (Labels, V)>>(saved: I) -> Self {
        Self(saved.into_iter().take(MAX_SERIES + 1).collect())
    }
}

/// What is kept of a text that strangers chose.
pub(crate) fn cut(value: &[u8]) -> &[u8] {
    value.get(..MAX_VALUE).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut series = Series::<u64>::default();
        for n in 0..5_000 {
            *series.at(&[format!("{n:0200}").as_bytes(), format!("{n}").as_bytes()], MAX_SERIES) +=
                1;
        }
        assert_eq!(series.iter().count(), MAX_SERIES + 1);
        assert_eq!(series.iter().map(|(_, count)| count).sum::<u64>(), 5_000);
        assert_eq!(*series.at(&[OTHER, OTHER], MAX_SERIES), 5_000 - MAX_SERIES as u64);
        assert!(series.iter().flat_map(|(labels, _)| labels).all(|value| value.len() <= MAX_VALUE));
    }
}
