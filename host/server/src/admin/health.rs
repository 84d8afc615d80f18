//! /healthz and /readyz, on an address of their own.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use flux_host::Guest;
use flux_runtime::{App, Problem};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::{Map, Value, json};
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

/// Ready while guests are loaded, their executions can be recorded, jobs can be sent, and no shutdown has begun.
async fn ready(State(admin): State<Admin>) -> (StatusCode, String) {
    let mut problems = admin.app.problems().await;
    if admin.stop.is_cancelled() {
        let (what, why) = ("server".to_owned(), "it shuts down".to_owned());
        problems.push(Problem { what, why, blocks: true });
    }
    let ready = !problems.iter().any(|problem| problem.blocks);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let shown = |blocks: bool| -> Vec<Value> {
        let those = problems.iter().filter(|problem| problem.blocks == blocks);
        those.map(|problem| json!({ "what": problem.what, "why": problem.why })).collect()
    };
    let body = json!({
        "ready": ready,
        "reasons": shown(true),
        "warnings": shown(false),
        "guests": guests(&admin.app),
        "spool": spool(&admin.app),
    });
    (status, body.to_string() + "\n")
}

fn guests(app: &App) -> Map<String, Value> {
    let digest = |guest: &Arc<dyn Guest>| json!(guest.digest().to_string());
    app.guests().iter().map(|(name, guest)| (name.clone(), digest(guest))).collect()
}

fn spool(app: &App) -> Option<Value> {
    let spool = app.spool()?;
    Some(json!({
        "bytes": spool.bytes, "waiting": spool.waiting, "dropped": spool.dropped, "refused": spool.refused,
        "full": spool.full, "poisoned": spool.poisoned, "failing": spool.failing,
    }))
}
