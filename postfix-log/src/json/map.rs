//! Members as a serde map.

use serde::ser::{SerializeMap as _, Serializer};

use super::Member;
use super::key::Key;

/// The maximum number of lossy members of one line. No event has as many texts.
const MAX_LOSSY: usize = 32;

/// Serializes members as a map, with the list of those that are lossy at its end.
pub(super) fn map<'a, S: Serializer>(
    serializer: S,
    members: impl FnOnce(&mut dyn FnMut(Key, Member<'a>)),
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    let mut result = Ok(());
    let mut lossy: [&'static str; MAX_LOSSY] = [""; MAX_LOSSY];
    let mut count = 0_usize;
    members(&mut |key, member| {
        if result.is_ok() {
            result = map.serialize_entry(key.name(), &member);
        }
        if member.is_lossy() {
            if let Some(slot) = lossy.get_mut(count) {
                *slot = key.name();
                count = count.saturating_add(1);
            }
        }
    });
    result?;
    if count > 0 {
        map.serialize_entry("lossy", lossy.get(..count).unwrap_or_default())?;
    }
    map.end()
}
