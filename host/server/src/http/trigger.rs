//! From a request to the execution that answers it.

use std::sync::Arc;
use std::time::Duration;

use flux_host::{Guest, Input, Stack, printable};
use flux_recorder::Outcome;
use flux_runtime::{App, Finished, NotRun};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use super::body::{Budget, Held, Reader, Whole};
use super::connection::{Bounds, serve};
use super::request::{Refusal, checked, text_only, to_guest};
use super::response::{Asked, from_finished, options, problem, ready, refusal};
use super::router::Routes;
use crate::{ServerError, Trigger};

/// Serves the routes of flux.toml on a listener.
#[derive(Debug)]
pub struct HttpTrigger {
    listener: TcpListener,
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
        let http = &app.project().config.http;
        let (bounds, wait) = (Bounds::new(http), Duration::from_millis(http.shutdown_ms));
        let gate = Arc::new(Gate::new(&app)?);
        let answer = move |request, activity| answer(gate.clone(), request, activity);
        let bounded = async {
            stop.cancelled().await;
            tokio::time::sleep(wait).await;
        };
        tokio::select! {
            () = serve(self.listener, bounds, answer, stop.clone()) => {}
            () = bounded => tracing::warn!(?wait, "requests still ran when the shutdown's time was over"),
        }
        Ok(())
    }
}

/// What a request needs on its way to a guest.
struct Gate {
    app: Arc<App>,
    routes: Routes,
    reader: Reader,
    max_headers: usize,
}

/// A request that a guest is to answer.
struct Admitted {
    route: String,
    guest: Arc<dyn Guest>,
    input: Input,
    // Until the guest has answered, its request is in memory.
    held: Held,
}

impl Gate {
    fn new(app: &Arc<App>) -> Result<Self, ServerError> {
        let http = &app.project().config.http;
        // One body of the longest kind has to fit.
        let budget = Arc::new(Budget::new(http.max_bodies.max(http.max_body)));
        let reader = Reader { most: http.max_body, time: Duration::from_millis(http.body_ms), budget };
        let routes = Routes::new(&http.routes)?;
        Ok(Self { app: app.clone(), routes, reader, max_headers: http.max_headers })
    }

    /// Judges the head before the body is read, so that what is refused costs nothing.
    async fn admit(&self, head: &mut Parts, body: &mut Incoming) -> Result<Admitted, Refusal> {
        let found = self.routes.find(&head.method, head.uri.path())?;
        let route = &self.app.project().config.http.routes[found.route];
        let guest = self
            .app
            .guest(&route.guest)
            .ok_or_else(|| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the guest is not loaded"))?;
        if !guest.takes_bytes() {
            text_only(&head.headers)?;
        }
        let params = found.params(guest.takes_bytes())?;
        let (bytes, held) = self.reader.read(body).await?;
        let input = Input::Http(to_guest(head, params, bytes));
        Ok(Admitted { route: route.route.clone(), guest, input, held })
    }

    async fn execute(&self, admitted: Admitted) -> Response<Whole> {
        let Admitted { route, guest, input, held } = admitted;
        let executed = self.app.execute(guest, &route, input).await;
        drop(held);
        match executed {
            Ok(finished) => {
                report(&route, &finished);
                from_finished(finished)
            }
            Err(error @ NotRun::Overloaded(_)) => {
                tracing::warn!(route, "503: {error}");
                // Nothing began, so the client may ask again.
                problem(StatusCode::SERVICE_UNAVAILABLE, "the host has no place for it now", None)
            }
            Err(error @ NotRun::NotRecorded(_)) => {
                tracing::error!(route, "{error}");
                problem(StatusCode::SERVICE_UNAVAILABLE, "the execution cannot be recorded", None)
            }
        }
    }
}

async fn answer(gate: Arc<Gate>, request: Request<Incoming>, activity: Arc<Activity>) -> Response<Whole> {
    let (mut head, mut body) = request.into_parts();
    let asked = Asked { is_head: head.method == Method::HEAD, is_http2: head.version == Version::HTTP_2 };
    let admitted = match checked(&mut head, gate.max_headers) {
        Ok(()) if head.uri.path() == "*" => return ready(options(&gate.routes.methods()), asked, activity),
        Ok(()) => gate.admit(&mut head, &mut body).await,
        Err(refused) => Err(refused),
    };
    let response = match admitted {
        // On a task of its own: an execution ends even if its client has gone.
        Ok(admitted) => {
            tokio::spawn(async move { gate.execute(admitted).await }).await.unwrap_or_else(|_| {
                let title = "the host failed; this is a bug of Flux";
                problem(StatusCode::INTERNAL_SERVER_ERROR, title, None)
            })
        }
        Err(refused) => {
            let is_unread = !body.is_end_stream();
            if is_unread {
                activity.leave_unread();
            }
            refusal(refused, asked, is_unread)
        }
    };
    ready(response, asked, activity)
}

/// What `flux run` prints: failures always, everything with --verbose.
pub(crate) fn report(name: &str, finished: &Finished) {
    let Finished { id, ended } = finished;
    match &ended.end.outcome {
        Outcome::Failed { kind, message, backtrace } => {
            // The log sets further lines in. Those of a guest are none.
            let frames: String =
                Stack::of(backtrace).own.iter().map(|frame| format!("\nat {}", printable(frame))).collect();
            let (kind, message) = (kind.name(), printable(message));
            tracing::error!("{name} failed ({kind}): {message}{frames}\nflux trace {id}");
        }
        Outcome::Returned(_) => {
            let status = match &ended.output {
                Some(flux_host::Output::Http(response)) => response.status.to_string(),
                Some(flux_host::Output::Job(done)) => format!("{done:?}"),
                Some(flux_host::Output::Refused(_)) | None => String::new(),
            };
            tracing::info!("{name} {status} {} us {id}", ended.end.elapsed_ns / 1000);
        }
    }
}
