//! All triggers of an app, from the first listener to the last execution.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use flux_runtime::App;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cron::CronTrigger;
use crate::http::HttpTrigger;
use crate::jobs::JobTrigger;
use crate::{ServerError, Trigger, admin};

/// Listeners that are open, and an app that is ready.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    http: TcpListener,
    admin: TcpListener,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// The routes.
    pub http: SocketAddr,
    /// /healthz and /readyz.
    pub admin: SocketAddr,
}

impl Server {
    /// Opens the listeners: an address that is taken is reported before anything runs.
    pub async fn bind(app: Arc<App>) -> Result<Self, ServerError> {
        let config = &app.project().config;
        let http = listen(&config.http.listen, "[http] listen").await?;
        let admin = listen(&config.admin.listen, "[admin] listen").await?;
        Ok(Self { app, http, admin })
    }

    /// Where it listens; a port that was 0 is known now.
    pub fn addresses(&self) -> Result<Addresses, ServerError> {
        let http = self.http.local_addr().map_err(ServerError::Serve)?;
        let admin = self.admin.local_addr().map_err(ServerError::Serve)?;
        Ok(Addresses { http, admin })
    }

    /// Serves until `stop`, then lets end what runs.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ServerError> {
        let Self { app, http, admin } = self;
        let wait = Duration::from_millis(app.project().config.http.shutdown_ms);
        let stopped = stop.clone();
        // One time for all that still runs: requests, and what goes on after an answer.
        let over = tokio::spawn(async move {
            stopped.cancelled().await;
            tokio::time::sleep(wait).await;
        });
        let mut running = JoinSet::new();
        running.spawn(HttpTrigger::new(http).run(app.clone(), stop.clone()));
        running.spawn(JobTrigger.run(app.clone(), stop.clone()));
        running.spawn(CronTrigger.run(app.clone(), stop.clone()));
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
            _ = over => tracing::warn!("what ran on after its answer was not over when the shutdown's time was"),
        }
        first_error
    }
}

async fn listen(address: &str, key: &'static str) -> Result<TcpListener, ServerError> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|source| ServerError::Listen { address: address.to_owned(), key, source })
}
