//! From a request to the response that answers it.

use std::sync::Arc;
use std::time::Duration;

use flux_runtime::NotRun;
use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::body::Whole;
use super::response::{Asked, from_finished, options, problem, ready, refusal};
use crate::ServerError;
use crate::connection::{Activity, Bounds, serve};
use crate::gateway::{Admitted, Gateway, Kind, NotExecuted, Requests};
use crate::triggers::trigger::{Running, Trigger, Triggers};

/// Serves the routes of flux.toml on a listener.
struct HttpTrigger {
    listener: TcpListener,
    requests: Arc<Requests>,
}

pub(in crate::triggers) fn register(
    triggers: &mut Triggers,
    gateway: &Gateway,
    listener: TcpListener,
) -> Result<(), ServerError> {
    let requests = Arc::new(Requests::new(gateway.clone())?);
    triggers.add(HttpTrigger { listener, requests });
    Ok(())
}

impl Trigger for HttpTrigger {
    fn run(self: Box<Self>, stop: CancellationToken) -> Running {
        Box::pin(async move {
            let Self { listener, requests } = *self;
            let http = &requests.gateway().app().project().config.http;
            let (bounds, wait) = (Bounds::new(http), Duration::from_millis(http.shutdown_ms));
            let answer = move |request, activity| answer(requests.clone(), request, activity);
            let bounded = async {
                stop.cancelled().await;
                tokio::time::sleep(wait).await;
            };
            tokio::select! {
                () = serve(listener, bounds, answer, stop.clone()) => {}
                () = bounded => tracing::warn!(?wait, "the shutdown's time is over, and some requests still run"),
            }
            Ok(())
        })
    }
}

async fn answer(
    requests: Arc<Requests>,
    request: Request<Incoming>,
    activity: Arc<Activity>,
) -> Response<Whole> {
    let _underway = requests.gateway().enter(Kind::Request);
    let (mut head, mut body) = request.into_parts();
    let asked = Asked { is_head: head.method == Method::HEAD, is_http2: head.version == Version::HTTP_2 };
    let response = match requests.admit(&mut head, &mut body).await {
        Ok(None) => options(&requests.methods()),
        // On a task of its own: an execution ends even if its client has gone.
        Ok(Some(admitted)) => {
            tokio::spawn(async move { execute(&requests, admitted).await }).await.unwrap_or_else(|_| {
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

async fn execute(requests: &Requests, admitted: Admitted) -> Response<Whole> {
    let Admitted { route, guest, input, held } = admitted;
    let executed = requests.gateway().execute(guest, &route, input).await;
    drop(held);
    let title = match executed {
        Ok(finished) => return from_finished(finished),
        // Nothing began, so the client may ask again.
        Err(NotExecuted::NotRun(NotRun::Overloaded(_))) => "the host has no place for it now",
        Err(NotExecuted::NotRun(NotRun::NotRecorded(_))) => "the execution cannot be recorded",
        Err(NotExecuted::NotLoaded(_)) => "the guest is not loaded",
    };
    problem(StatusCode::SERVICE_UNAVAILABLE, title, None)
}
