//! Calls of the guest that wait, as the ops begin them. They run at the same boundary as those of a component, by the
//! same functions of the capabilities.

use std::sync::Arc;
use std::time::Duration;

use flux_host::function::{Beside, InTurn};
use flux_recorder::Value;

/// A call that waits.
pub enum Call {
    /// One after the other, in the order they were made.
    InTurn(Arc<InTurn>, Value),
    /// Overlaps with all others.
    Beside(Arc<Beside>, Value),
    /// A pause. Overlaps with all others.
    Pause(Duration),
}

impl Call {
    /// Whether it does something. A pause does not.
    pub fn is_effect(&self) -> bool {
        !matches!(self, Self::Pause(_))
    }
}
