//! What all triggers are.

use std::pin::Pin;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ServerError;

/// A trigger that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), ServerError>> + Send>>;

/// Starts executions until it is told to stop, and then lets end what runs.
pub(crate) trait Trigger: Send + 'static {
    /// Runs until `stop`, then until everything that it began has ended.
    fn run(self: Box<Self>, stop: CancellationToken) -> Running;
}

/// The triggers of an app, ready to run.
#[derive(Default)]
pub(crate) struct Triggers(Vec<Box<dyn Trigger>>);

impl Triggers {
    /// A trigger registers itself.
    pub(crate) fn add(&mut self, trigger: impl Trigger) {
        self.0.push(Box::new(trigger));
    }

    /// Starts all of them.
    pub(crate) fn start(self, running: &mut JoinSet<Result<(), ServerError>>, stop: &CancellationToken) {
        for trigger in self.0 {
            running.spawn(trigger.run(stop.clone()));
        }
    }
}
