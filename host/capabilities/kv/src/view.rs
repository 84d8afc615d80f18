//! The guest's side of `kv`: each function names its call and its live action.

use flux_host::Execution;
use flux_host::bindings::flux::host::kv::{self, Bucket, Entry, Error, Page, SetOptions};
use flux_host::wasm::State;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker, Resource};

use crate::Kv;

/// Borrows the execution that calls.
#[derive(Debug)]
pub struct View<'a>(pub &'a mut Execution);

impl HasData for Kv {
    type Data<'a> = View<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    kv::add_to_linker::<State, Kv>(linker, |state| View(state.execution()))
}

impl kv::Host for View<'_> {}

impl kv::HostBucket for View<'_> {
    async fn open(&mut self, name: String) -> Result<Result<Resource<Bucket>, Error>> {
        let opened = self.0.open("kv", &name, |capabilities| match capabilities.get::<Kv>() {
            Some(kv) => kv.bucket(&name).map(drop),
            None => Err(Error::Unavailable("no kv here".to_owned())),
        })?;
        Ok(opened.map(Resource::new_own))
    }

    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Option<Entry>, Error>> {
        let label = self.0.handles().label(bucket.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Kv>()?.get(&label, &key).await);
        self.0.effect("kv.bucket.get", (&*label, &key), live).await
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
        options: SetOptions,
    ) -> Result<Result<bool, Error>> {
        let label = self.0.handles().label(bucket.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Kv>()?.set(&label, &key, &value, &options).await);
        self.0.effect("kv.bucket.set", (&*label, &key, &value, &options), live).await
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<bool, Error>> {
        let label = self.0.handles().label(bucket.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Kv>()?.delete(&label, &key).await);
        self.0.effect("kv.bucket.delete", (&*label, &key), live).await
    }

    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        by: i64,
    ) -> Result<Result<i64, Error>> {
        let label = self.0.handles().label(bucket.rep())?;
        let live = async |it: &mut Execution| Ok(it.live::<Kv>()?.increment(&label, &key, by).await);
        self.0.effect("kv.bucket.increment", (&*label, &key, by), live).await
    }

    async fn keys(
        &mut self,
        bucket: Resource<Bucket>,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<Result<Page, Error>> {
        let label = self.0.handles().label(bucket.rep())?;
        let live = async |it: &mut Execution| {
            Ok(it.live::<Kv>()?.keys(&label, &prefix, cursor.as_deref(), limit).await)
        };
        self.0.effect("kv.bucket.keys", (&*label, &prefix, &cursor, limit), live).await
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.0.handles().close(bucket.rep());
        Ok(())
    }
}
