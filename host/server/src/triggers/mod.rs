//! What starts executions: each trigger is a file or a folder, and registers itself. A new one is a line in
//! [`register_all`].

mod cron;
mod http;
mod jobs;
mod missed;
mod trigger;

use tokio::net::TcpListener;

pub(crate) use trigger::Triggers;

use crate::ServerError;
use crate::gateway::Gateway;

/// Makes every trigger ready. A mistake in flux.toml is reported here, before anything runs.
pub(crate) fn register_all(gateway: &Gateway, http: TcpListener) -> Result<Triggers, ServerError> {
    let mut triggers = Triggers::default();
    http::register(&mut triggers, gateway, http)?;
    jobs::register(&mut triggers, gateway);
    cron::register(&mut triggers, gateway)?;
    Ok(triggers)
}
