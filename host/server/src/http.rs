//! The HTTP trigger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, any, on};
use axum::serve::ListenerExt;
use flux_host::{Input, printable};
use flux_recorder::Outcome;
use flux_runtime::{App, Finished};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::message::{from_finished, head_size, problem, to_guest};
use crate::{ServerError, Trigger};

/// Serves the routes of flux.toml on a listener.
#[derive(Debug)]
pub struct HttpTrigger {
    listener: TcpListener,
}

/// What a route's handler needs.
struct Served {
    app: Arc<App>,
    route: String,
    guest: String,
    max_body: usize,
    max_headers: usize,
}

impl HttpTrigger {
    /// Serves on a listener that is open already.
    pub fn new(listener: TcpListener) -> Self {
        Self { listener }
    }
}

impl Trigger for HttpTrigger {
    const TYPE: &'static str = "http";

    async fn run(self, app: Arc<App>, stop: CancellationToken) -> Result<(), ServerError> {
        let router = router(&app)?;
        let wait = Duration::from_millis(app.project().config.http.shutdown_ms);
        let listener = self.listener.tap_io(|stream| {
            // An answer is one small write: it must not wait for the next.
            let _ = stream.set_nodelay(true);
        });
        let stopped = stop.clone();
        let serve =
            axum::serve(listener, router).with_graceful_shutdown(async move { stopped.cancelled().await });
        let bounded = async {
            stop.cancelled().await;
            tokio::time::sleep(wait).await;
        };
        tokio::select! {
            served = serve => served.map_err(ServerError::Serve),
            () = bounded => {
                tracing::warn!(?wait, "requests still ran when the shutdown's time was over");
                Ok(())
            }
        }
    }
}

fn router(app: &Arc<App>) -> Result<Router, ServerError> {
    let http = &app.project().config.http;
    let mut paths: BTreeMap<&str, MethodRouter> = BTreeMap::new();
    for route in &http.routes {
        let text = route.route.get_ref();
        let invalid = |why: &str| ServerError::Route { route: text.clone(), why: why.to_owned() };
        let (method, path) = route.parts().ok_or_else(|| invalid("it has no method and path"))?;
        let served = Arc::new(Served {
            app: app.clone(),
            route: text.clone(),
            guest: route.guest.get_ref().clone(),
            max_body: http.max_body,
            max_headers: http.max_headers,
        });
        let methods = match method {
            None => any(serve).with_state(served),
            Some(method) => {
                let method = Method::from_bytes(method.as_bytes()).ok();
                let filter = method.and_then(|method| MethodFilter::try_from(method).ok());
                on(filter.ok_or_else(|| invalid("its method is unknown"))?, serve).with_state(served)
            }
        };
        let before = paths.remove(path).unwrap_or_default();
        paths.insert(path, before.merge(methods));
    }
    // axum panics at a path that it cannot take; flux.toml is input, and input never panics.
    let build =
        || paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(build));
    built.map(|router| router.fallback(no_route)).map_err(|_| ServerError::Route {
        route: http.routes.iter().map(|route| route.route.get_ref().as_str()).collect::<Vec<_>>().join(", "),
        why: "two paths overlap, or one has a parameter that is not a whole segment".to_owned(),
    })
}

async fn no_route() -> Response<Body> {
    problem(StatusCode::NOT_FOUND, "no route of flux.toml fits", None)
}

async fn serve(State(served): State<Arc<Served>>, params: RawPathParams, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    if head_size(&head) > served.max_headers {
        return problem(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the request's head is over its limit",
            None,
        );
    }
    let body = match Limited::new(body, served.max_body).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => {
            return problem(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is over its limit", None);
        }
        Err(_) => return problem(StatusCode::BAD_REQUEST, "the request's body broke off", None),
    };
    let input = Input::Http(to_guest(&head, &params, body));
    // On a task of its own: an execution ends even if its client has gone.
    let execution = tokio::spawn(async move { execute(&served, input).await });
    execution.await.unwrap_or_else(|_| {
        problem(StatusCode::INTERNAL_SERVER_ERROR, "the host failed; this is a bug of Flux", None)
    })
}

async fn execute(served: &Served, input: Input) -> Response<Body> {
    let Some(guest) = served.app.guest(&served.guest) else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "the guest is not loaded", None);
    };
    match served.app.execute(&*guest, &served.route, input).await {
        Ok(finished) => {
            report(&served.route, &finished);
            from_finished(finished)
        }
        Err(error) => {
            tracing::error!(route = served.route, "{error}");
            problem(StatusCode::SERVICE_UNAVAILABLE, "the execution cannot be recorded", None)
        }
    }
}

/// What `flux run` prints: failures always, everything with --verbose.
pub(crate) fn report(name: &str, finished: &Finished) {
    let Finished { id, ended } = finished;
    match &ended.end.outcome {
        Outcome::Failed { kind, message, backtrace } => {
            // The log sets further lines in. Those of a guest are none.
            let frames: String = backtrace.iter().map(|frame| format!("\nat {}", printable(frame))).collect();
            let (kind, message) = (kind.name(), printable(message));
            tracing::error!("{name} failed ({kind}): {message}{frames}\nflux trace {id}");
        }
        Outcome::Returned(_) => {
            let status = match &ended.output {
                Some(flux_host::Output::Http(response)) => response.status.to_string(),
                Some(flux_host::Output::Job(done)) => format!("{done:?}"),
                None => String::new(),
            };
            tracing::info!("{name} {status} {} us {id}", ended.end.elapsed_ns / 1000);
        }
    }
}
