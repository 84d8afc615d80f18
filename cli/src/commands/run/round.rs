//! One app, from its first request to its last.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use flux_host::System;
use flux_runtime::App;
use flux_server::{Listeners, Server, Underway};
use tokio_util::sync::CancellationToken;

use super::builds;
use super::setup::{Mode, Prepared, Setup};
use super::signals::Signals;
use super::sources::Sources;
use super::start;
use super::watch::{self, Change, Changes};
use crate::{errors, printer};

/// How often, and how long each time, it is waited for the last share of the app.
const LAST_HOLDS: u32 = 500;
const HOLD: Duration = Duration::from_millis(10);

/// An app that is ready, and what serves it.
pub struct Round {
    app: Arc<App>,
    server: Server,
}

/// What comes after a round.
pub enum Next {
    /// Nothing: all that ran has ended.
    Over,
    /// Nothing: what still runs is given up.
    Now,
    /// Another one, with another flux.toml or what it names.
    Restart(Box<Change>, Listeners),
}

impl Round {
    /// Opens all that flux.toml names, and loads the guests.
    pub async fn open(prepared: &Prepared, listeners: &Listeners, mode: Mode) -> anyhow::Result<Self> {
        let app = App::open(prepared.project.clone(), Arc::new(System::new()), mode.record).await?;
        let app = Arc::new(app);
        match Self::ready(&app, listeners).await {
            Ok(server) => Ok(Self { app, server }),
            Err(error) => {
                close(app).await?;
                Err(error)
            }
        }
    }

    async fn ready(app: &Arc<App>, listeners: &Listeners) -> anyhow::Result<Server> {
        app.load_guests().await?;
        builds::check_handlers(app)?;
        Ok(Server::new(app.clone(), listeners)?)
    }

    /// Says that it serves, and what.
    pub fn announce(&self, prepared: &Prepared, listeners: &Listeners, as_json: bool) -> anyhow::Result<()> {
        let addresses = listeners.addresses()?;
        if let Err(error) = start::print(&self.app, addresses, &prepared.builds, as_json) {
            // Whoever read stdout may be gone: that is no reason to serve nobody.
            tracing::debug!("cannot print where the app listens: {error}");
        }
        Ok(())
    }

    /// Serves until it is told to stop or flux.toml changes, and then until what runs has ended.
    pub async fn run(
        self,
        setup: &Setup,
        sources: Option<Sources>,
        listeners: Listeners,
        signals: &Signals,
    ) -> anyhow::Result<Next> {
        let Self { app, server } = self;
        let (stop, underway) = (CancellationToken::new(), server.underway());
        let watching = sources.map(|sources| watch::start(&app, setup, sources, stop.clone()));
        let changes = watching.transpose()?;
        let mut served = tokio::spawn(server.run(stop.clone()));
        let (next, ended) = tokio::select! {
            ended = &mut served => (Next::Over, Some(ended)),
            () = signals.stop.cancelled() => (Next::Over, None),
            (changed, opened) = restart(changes, &listeners, setup) => (Next::Restart(changed, opened), None),
        };
        // Where it ends for good, whoever comes now is refused by the system, not left waiting.
        drop(listeners);
        stop.cancel();
        if matches!(next, Next::Over) {
            say_what_is_waited_for(&underway, &app);
        }
        let over = async {
            let ended = match ended {
                Some(ended) => ended,
                None => served.await,
            };
            // Every execution has ended, and gives its share of the app back.
            close(app).await?;
            anyhow::Ok(ended.context("the server broke off; this is a bug of Flux")??)
        };
        tokio::select! {
            over = over => over.map(|()| next),
            () = signals.now.cancelled() => Ok(Next::Now),
        }
    }
}

/// The next flux.toml that can be served, with its sockets. Never, where nobody watches.
async fn restart(changes: Option<Changes>, listeners: &Listeners, setup: &Setup) -> (Box<Change>, Listeners) {
    let Some(mut changes) = changes else {
        return std::future::pending().await;
    };
    while let Some(change) = changes.recv().await {
        let what = &change.what;
        match listeners.reopen(&change.prepared.project.config).await {
            Ok(opened) => {
                printer::note(&format!(
                    "{what} changed: restarting; new requests wait until the restart is done"
                ));
                return (Box::new(change), opened);
            }
            Err(error) => {
                errors::print(&error.into(), setup.json);
                watch::say_not_used(what);
            }
        }
    }
    std::future::pending().await
}

fn say_what_is_waited_for(underway: &Underway, app: &App) {
    let counts = underway.counts();
    let what = match app.tail_count() {
        _ if !counts.is_empty() => counts.to_string(),
        0 => return,
        tails => format!("the work after {}", flux_host::count(tails, "response")),
    };
    tracing::warn!("finishing {what}; Ctrl-C again to stop now");
}

/// Closes the app, once nobody else has it: what served the last request may hold it a moment longer.
async fn close(mut app: Arc<App>) -> anyhow::Result<()> {
    for _ in 0..LAST_HOLDS {
        app = match Arc::try_unwrap(app) {
            Ok(app) => return Ok(app.close().await?),
            Err(shared) => shared,
        };
        tokio::time::sleep(HOLD).await;
    }
    tracing::warn!(
        "some executions are still running; unshipped recordings wait in the spool for the next start"
    );
    Ok(())
}
