//! The functions of `kv` over values. Handles are numbers.

use flux_host::Function;
use flux_host::bindings::flux::host::kv::{HostBucket, SetOptions};
use futures_util::FutureExt as _;
use wasmtime::component::Resource;

use crate::View;

pub(crate) fn all() -> Vec<Function> {
    vec![
        Function::now("[static]bucket.open", |it, (name,)| {
            async move { Ok(View(it).open(name).await?.map(|opened| opened.rep())) }.boxed()
        }),
        Function::in_turn("[method]bucket.get", |it, (bucket, key)| {
            async move { View(it).get(Resource::new_borrow(bucket), key).await }.boxed()
        }),
        Function::in_turn("[method]bucket.set", |it, set: (u32, String, Vec<u8>, SetOptions)| {
            let (bucket, key, value, options) = set;
            async move { View(it).set(Resource::new_borrow(bucket), key, value, options).await }.boxed()
        }),
        Function::in_turn("[method]bucket.delete", |it, (bucket, key)| {
            async move { View(it).delete(Resource::new_borrow(bucket), key).await }.boxed()
        }),
        Function::in_turn("[method]bucket.increment", |it, (bucket, key, by)| {
            async move { View(it).increment(Resource::new_borrow(bucket), key, by).await }.boxed()
        }),
        Function::in_turn("[method]bucket.keys", |it, page: (u32, String, Option<String>, u32)| {
            let (bucket, prefix, cursor, limit) = page;
            async move { View(it).keys(Resource::new_borrow(bucket), prefix, cursor, limit).await }.boxed()
        }),
    ]
}
