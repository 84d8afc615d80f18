//! /healthz and /readyz, on an address of their own.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use flux_runtime::App;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::ServerError;
use crate::connection::{Bounds, serve};

#[derive(Clone)]
struct Admin {
    app: Arc<App>,
    stop: CancellationToken,
}

/// Serves until it is told to stop.
pub(crate) async fn run(
    listener: TcpListener,
    app: Arc<App>,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let stopped = stop.clone();
    let bounds = Bounds::new(&app.project().config.http);
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Admin { app, stop });
    let router = TowerToHyperService::new(router);
    serve(
        listener,
        bounds,
        move |request, _| {
            let answer = router.call(request);
            async move { answer.await.unwrap_or_else(|never| match never {}) }
        },
        stopped,
    )
    .await;
    Ok(())
}

/// Ready while guests are loaded, their executions can be recorded, and no shutdown has begun.
async fn ready(State(admin): State<Admin>) -> (StatusCode, String) {
    let ready = admin.app.is_ready() && !admin.stop.is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let guests: Vec<_> =
        admin.app.guests().iter().map(|(name, guest)| (name.clone(), guest.digest().to_string())).collect();
    let spool = admin.app.spool().map(|spool| {
        json!({ "bytes": spool.bytes, "waiting": spool.waiting, "dropped": spool.dropped, "refused": spool.refused,
                "full": spool.full, "poisoned": spool.poisoned, "failing": spool.failing })
    });
    let guests: serde_json::Map<_, _> =
        guests.into_iter().map(|(name, digest)| (name, json!(digest))).collect();
    (status, json!({ "ready": ready, "guests": guests, "spool": spool }).to_string() + "\n")
}
