//! Removes the values whose time is over, beside the requests and never on their path.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flux_host::Environment;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::backend::Backend;

/// How long values stay after their time, about.
const LOOK: Duration = Duration::from_secs(2);

type Buckets = HashMap<String, Arc<dyn Backend>>;

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct Sweeper(AbortHandle);

impl Sweeper {
    /// None outside of a runtime, where nobody serves requests.
    pub(crate) fn start(buckets: &Buckets, environment: &Arc<dyn Environment>) -> Option<Self> {
        let runtime = Handle::try_current().ok().filter(|_| !buckets.is_empty())?;
        let (buckets, environment) = (buckets.clone(), Arc::clone(environment));
        Some(Self(runtime.spawn(run(buckets, environment)).abort_handle()))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(buckets: Buckets, environment: Arc<dyn Environment>) {
    loop {
        tokio::time::sleep(LOOK).await;
        for (label, backend) in &buckets {
            let now_ms = environment.now_ns() / 1_000_000;
            // Each step is short; guests come in between.
            while backend.sweep(label, now_ms).await.is_ok_and(|more| more) {
                tokio::task::yield_now().await;
            }
        }
    }
}
