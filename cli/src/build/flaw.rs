//! What is wrong with a build that is there, against what flux.toml calls.

use flux_host::Hint;
use flux_runtime::LoadedBuild;

use super::{Need, Order};

/// One thing that is wrong with a build.
#[derive(Debug)]
pub struct Flaw {
    /// The guest.
    pub guest: String,
    /// Whether the build is the guest's source. Otherwise a newer source may make another one.
    pub is_source: bool,
    /// Where flux.toml names the guest there: table, key and so on.
    pub place: Vec<String>,
    /// What the build does, as a sentence without its subject.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Flaw {
    /// All that is wrong with the builds of these orders: one cannot run here, or lacks handlers.
    pub fn all(builds: &[LoadedBuild], orders: &[Order]) -> Vec<Self> {
        let order = |build: &LoadedBuild| orders.iter().find(|order| order.name == build.guest);
        builds.iter().filter_map(|build| Some(Self::of(build, order(build)?))).flatten().collect()
    }

    fn of(build: &LoadedBuild, order: &Order) -> Vec<Self> {
        let flaw = |place, what, hint| Self {
            guest: build.guest.clone(),
            is_source: build.is_source,
            place,
            what,
            hint,
        };
        match &build.handlers {
            Err(error) => {
                let place = ["guests", &build.guest, "source"].map(str::to_owned).to_vec();
                let code = error.code().map(|code| format!(" ({code})")).unwrap_or_default();
                let hint = error.hint().filter(|_| build.is_source);
                let hint = hint.unwrap_or_else(|| "build it again: flux build".to_owned());
                vec![flaw(place, format!("cannot run here: {error}{code}"), hint)]
            }
            Ok(handlers) => {
                let missing = Need::missing(&order.needs, handlers).into_iter();
                let hint = |need: &Need| need.hint(order.language());
                missing.map(|need| flaw(need.place.clone(), need.lacking(), hint(need))).collect()
            }
        }
    }
}
