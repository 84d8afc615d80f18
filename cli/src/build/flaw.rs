//! What is wrong with a build that is there, against what flux.toml calls.

use flux_host::Hint;
use flux_runtime::LoadedBuild;

use super::{Need, Order};

/// One thing that is wrong with a build.
#[derive(Debug)]
pub struct Flaw {
    /// Where flux.toml names the guest there: table, key and so on.
    pub place: Vec<String>,
    /// What the build does, as a sentence without its subject.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Flaw {
    /// All that is wrong with the build of an order: it cannot run here, or lacks handlers.
    pub fn all(build: &LoadedBuild, order: &Order) -> Vec<Self> {
        match &build.handlers {
            Err(error) => {
                let place = ["guests", &build.guest, "source"].map(str::to_owned).to_vec();
                let code = error.code().map(|code| format!(" ({code})")).unwrap_or_default();
                let hint = error.hint().filter(|_| build.is_source);
                let hint = hint.unwrap_or_else(|| "build it again: flux build".to_owned());
                vec![Self { place, what: format!("cannot run here: {error}{code}"), hint }]
            }
            Ok(handlers) => {
                let missing = Need::missing(&order.needs, handlers).into_iter();
                let flaw = |need: &Need| Self {
                    place: need.place.clone(),
                    what: need.lacking(),
                    hint: need.hint(order.language()),
                };
                missing.map(flaw).collect()
            }
        }
    }
}
