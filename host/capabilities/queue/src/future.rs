//! What the functions of a back end return.

use flux_host::bindings::flux::host::queue::Error;
use futures_util::future::BoxFuture;

/// What a back end gives.
pub type QueueFuture<'a, T> = BoxFuture<'a, Result<T, Error>>;
