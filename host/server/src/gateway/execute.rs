//! The last layer: the guest by its name, its execution, and the line about it in the log.

use std::sync::Arc;

use flux_host::{Guest, Input};
use flux_runtime::{App, Finished, NotRun};

use super::line::Line;
use super::underway::{Entered, Kind, Underway};

/// The way to the guests of an app. All triggers share one; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    app: Arc<App>,
    underway: Underway,
}

/// Why there was no execution, or none that may be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotExecuted {
    #[error("the guest '{0}' is not loaded")]
    NotLoaded(String),
    #[error(transparent)]
    NotRun(#[from] NotRun),
}

impl Gateway {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app, underway: Underway::default() }
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    pub(crate) fn underway(&self) -> &Underway {
        &self.underway
    }

    /// Something begins that a shutdown waits for, until what is returned is dropped.
    pub(crate) fn enter(&self, kind: Kind) -> Entered {
        self.underway.enter(kind)
    }

    /// The guest with this name, as it is now.
    pub(crate) fn guest(&self, name: &str) -> Result<Arc<dyn Guest>, NotExecuted> {
        self.app.guest(name).ok_or_else(|| NotExecuted::NotLoaded(name.to_owned()))
    }

    /// Runs one execution until its answer is there. `name` is the route, the queue or the schedule.
    pub(crate) async fn execute(
        &self,
        guest: Arc<dyn Guest>,
        name: &str,
        input: Input,
    ) -> Result<Finished, NotExecuted> {
        let line = Line::of(name, &input);
        let executed = self.app.execute(guest, name, input).await;
        match &executed {
            Ok(finished) => line.ended(finished),
            Err(error) => line.not_run(error),
        }
        Ok(executed?)
    }
}
