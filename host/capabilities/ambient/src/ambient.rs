//! What is the app's own of the ambient interfaces.

use crate::settings::Settings;

/// The ambient interfaces of an app.
#[derive(Debug, Default)]
pub struct Ambient {
    pub(crate) settings: Settings,
}

impl Ambient {
    /// Clock, random and log are the execution's own; configuration is the app's.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}
