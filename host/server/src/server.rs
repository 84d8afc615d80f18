//! All triggers of an app, from the first listener to the last execution.

use std::sync::Arc;
use std::time::Duration;

use flux_runtime::App;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::gateway::{Gateway, Underway};
use crate::listeners::Listeners;
use crate::triggers::{Triggers, register_all};
use crate::{ServerError, admin};

/// Triggers that are ready, and what they run.
pub struct Server {
    app: Arc<App>,
    triggers: Triggers,
    admin: TcpListener,
    underway: Underway,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("app", &self.app).finish_non_exhaustive()
    }
}

impl Server {
    /// Makes everything ready that flux.toml starts executions with. Nothing runs yet.
    pub fn new(app: Arc<App>, listeners: &Listeners) -> Result<Self, ServerError> {
        let (http, admin) = listeners.share()?;
        let gateway = Gateway::new(app.clone());
        let triggers = register_all(&gateway, http)?;
        Ok(Self { app, triggers, admin, underway: gateway.underway().clone() })
    }

    /// What a shutdown has to wait for, at any time.
    pub fn underway(&self) -> Underway {
        self.underway.clone()
    }

    /// Serves until `stop`, then lets end what runs.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ServerError> {
        let Self { app, triggers, admin, .. } = self;
        let wait = Duration::from_millis(app.project().config.http.shutdown_ms);
        let stopped = stop.clone();
        // One time for all that still runs: requests, and what goes on after an answer.
        let over = tokio::spawn(async move {
            stopped.cancelled().await;
            tokio::time::sleep(wait).await;
        });
        let mut running = JoinSet::new();
        triggers.start(&mut running, &stop);
        running.spawn(admin::run(admin, app.clone(), stop.clone()));
        let mut first_error = Ok(());
        while let Some(ended) = running.join_next().await {
            // One that fails ends all: half a server is worse than none.
            let ended = ended.unwrap_or_else(|error| Err(ServerError::Serve(std::io::Error::other(error))));
            if ended.is_err() {
                stop.cancel();
            }
            first_error = first_error.and(ended);
        }
        tokio::select! {
            () = app.tails() => {}
            _ = over => tracing::warn!("the shutdown's time is over, and some executions still run after their response"),
        }
        first_error
    }
}
