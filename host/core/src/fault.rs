//! Faults of the host that end a guest. The record says that they are the host's: a trap is always the guest's.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// The host could not go on with a guest that did nothing wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HostFault(pub String);

/// Runs a guest. Where the host's own code panics under it, the guest ends with a fault of the host, and its
/// journal still gets an end.
pub async fn caught<T>(run: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    match AssertUnwindSafe(run).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(HostFault(format!("the host's own code panicked: {}", words(&*panic))).into()),
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

/// What the host lacked, if that is what ended a guest: a place in the pool, memory, an operating system that says
/// yes.
pub(crate) fn of_host(error: &wasmtime::Error) -> Option<String> {
    if let Some(HostFault(message)) = error.downcast_ref() {
        return Some(message.clone());
    }
    let pool = error.downcast_ref::<wasmtime::PoolConcurrencyLimitError>().map(ToString::to_string);
    let memory = || error.downcast_ref::<wasmtime::OutOfMemory>().map(ToString::to_string);
    let system = || {
        let refused = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<std::io::Error>() || cause.is::<rustix::io::Errno>()
        };
        error.chain().find(|cause| refused(*cause)).map(ToString::to_string)
    };
    let lacked = pool.or_else(memory).or_else(system)?;
    Some(format!("the host could not run the guest: {lacked}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::outcome_of;
    use flux_recorder::FailureKind;

    #[test]
    fn what_the_host_lacks_is_no_fault_of_the_guest() {
        let system = std::io::Error::from_raw_os_error(12);
        for error in [
            HostFault("no isolate can be made".to_owned()).into(),
            wasmtime::Error::from(system).context("failed to map memory"),
        ] {
            let kind = outcome_of(&error).map(|(kind, _)| kind);
            assert_eq!(kind, Some(FailureKind::Host), "{error:?}");
        }
        assert_eq!(outcome_of(&wasmtime::format_err!("the guest set no response")), None);
    }

    #[tokio::test]
    async fn a_panic_below_a_guest_is_the_hosts_fault() {
        let ended = caught(async { if true { panic!("the pool is gone") } else { Ok(()) } }).await;
        let error = ended.expect_err("it panicked");
        let said = "the host's own code panicked: the pool is gone".to_owned();
        assert_eq!(outcome_of(&error), Some((FailureKind::Host, said)));
    }
}
