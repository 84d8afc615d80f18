//! Places for executions: `[limits] concurrency` of them. An execution has its place before it begins, so the
//! engines always have room for what runs, and a host that is busy is never a fault of a guest.

use std::sync::Arc;
use std::time::Duration;

use flux_host::Input;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of an app.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    // How long a client waits. Jobs wait as long as it takes: nobody holds a connection for them.
    patience: Duration,
}

/// The right to run one execution. Dropped, it is the next one's: hold it until the guest's instance is gone.
#[derive(Debug)]
pub(crate) struct Permit {
    _permit: OwnedSemaphorePermit,
}

/// All places were taken for as long as a client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no place was free within {0} ms: as many executions ran as [limits] concurrency allows")]
pub struct Overloaded(pub u64);

impl Admission {
    pub fn new(concurrency: u32, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(concurrency.max(1) as usize)), patience }
    }

    /// A place for one execution, in the order in which they were asked for.
    pub async fn enter(&self, input: &Input) -> Result<Permit, Overloaded> {
        let place = self.places.clone().acquire_owned();
        let overloaded = Overloaded(self.patience.as_millis() as u64);
        let permit = match input {
            Input::Http(_) => tokio::time::timeout(self.patience, place).await.map_err(|_| overloaded)?,
            Input::Job(_) | Input::Cron(_) => place.await,
        };
        // Nobody closes the semaphore; if it were closed, nothing could be admitted.
        permit.map(|_permit| Permit { _permit }).map_err(|_| overloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flux_host::bindings::exports::flux::host::{http_handler::Request, job_handler::Job};
    use futures_util::FutureExt;

    fn request() -> Input {
        let (method, path) = ("GET".to_owned(), "/".to_owned());
        Input::Http(Request { method, path, query: None, headers: vec![], body: vec![], params: vec![] })
    }

    fn job() -> Input {
        let (id, queue) = ("1".to_owned(), "jobs".to_owned());
        Input::Job(Job { id, queue, payload: vec![], attempt: 1 })
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_a_place_for_a_while_and_a_job_for_as_long_as_it_takes() {
        let admission = Admission::new(1, Duration::from_millis(500));
        let place = admission.enter(&request()).await.expect("the first has a place");
        let input = job();
        let mut job = Box::pin(admission.enter(&input));
        assert!((&mut job).now_or_never().is_none(), "there is no second place");
        assert_eq!(admission.enter(&request()).await.map(drop), Err(Overloaded(500)));
        assert!((&mut job).now_or_never().is_none(), "the job still waits");
        drop(place);
        assert!(job.await.is_ok());
    }
}
