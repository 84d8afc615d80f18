//! The ambient interfaces over values. Only a pause waits.

use std::time::Duration;

use flux_host::Function;
use flux_host::bindings::flux::host::{clock, config, log, random};
use futures_util::FutureExt as _;

use crate::View;

type Pairs = Vec<(String, String)>;

pub(crate) fn all() -> Vec<Function> {
    vec![
        Function::now("now", |it, ()| async move { clock::Host::now(&mut View(it)).await }.boxed()),
        Function::now("monotonic", |it, ()| {
            async move { clock::Host::monotonic(&mut View(it)).await }.boxed()
        }),
        Function::pause("sleep", |it, (ms,): (u32,)| {
            it.count_call()?;
            Ok(Duration::from_millis(ms.into()))
        }),
        Function::now("bytes", |it, (length,)| {
            async move { random::Host::bytes(&mut View(it), length).await }.boxed()
        }),
        Function::now("get", |it, (key,)| async move { config::Host::get(&mut View(it), key).await }.boxed()),
        Function::now("secret", |it, (name,)| {
            async move { config::Host::secret(&mut View(it), name).await }.boxed()
        }),
        Function::now("write", |it, (level, message, fields): (log::Level, String, Pairs)| {
            async move { log::Host::write(&mut View(it), level, message, fields).await }.boxed()
        }),
    ]
}
