//! What the scheduler, the executors and the client have to agree about.

use std::sync::Arc;

use ballista::prelude::SessionConfigExt as _;
use datafusion::error::Result;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;

use crate::merge;

/// The settings of a session.
///
/// Adaptive planning is off. A task gets one file, since else the first one takes all.
pub fn config() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .set_bool("ballista.planner.adaptive.enabled", false)
        .set_usize("ballista.scheduler.max_partitions_per_task", 1)
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
}

/// A session with the aggregate function of states.
///
/// # Errors
///
/// None: the scheduler asks for this type.
pub fn state(config: SessionConfig) -> Result<SessionState> {
    let mut state = SessionStateBuilder::new().with_config(config).with_default_features().build();
    datafusion::execution::FunctionRegistry::register_udaf(
        &mut state,
        Arc::new(merge::function()),
    )?;
    Ok(state)
}
