//! What starts executions: HTTP requests, jobs and schedules. And the admin address beside them.
//!
//! ```text
//! request  -> route -> Input::Http -> App::execute -> response with x-flux-execution (http/)
//! queue    -> claim -> Input::Job  -> App::execute -> settle
//! schedule -> tick  -> a job of its hidden queue, whose worker makes it Input::Cron
//! ```

mod admin;
mod cron;
mod error;
mod http;
mod jobs;
mod missed;
mod server;

use std::future::Future;
use std::sync::Arc;

use flux_runtime::App;
use tokio_util::sync::CancellationToken;

pub use cron::CronTrigger;
pub use error::ServerError;
pub use http::HttpTrigger;
pub use jobs::JobTrigger;
pub use server::{Addresses, Server};

/// Starts executions until it is told to stop, and then lets end what runs.
pub trait Trigger: Send + 'static {
    /// Its name in journals.
    const TYPE: &'static str;

    /// Runs until `stop`, then until everything it began has ended.
    fn run(
        self,
        app: Arc<App>,
        stop: CancellationToken,
    ) -> impl Future<Output = Result<(), ServerError>> + Send;
}
