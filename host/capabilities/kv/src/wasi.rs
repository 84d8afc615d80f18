//! `wasi:keyvalue` draft 2 over the same buckets: each of its functions is one of [`View`]'s, so the journal has
//! `kv.bucket.get` and the like, whichever interface a guest was built with, and one replays against the other.

use flux_host::Execution;
use flux_host::bindings::flux::host::kv::{self, Bucket, Condition, Entry, HostBucket as _, SetOptions};
use flux_host::wasm::State;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

use crate::{MAX_PAGE, View};
use bindings::wasi::keyvalue::{atomics, batch, store};
use store::{Error, KeyResponse};

mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "wasi:keyvalue/imports",
        imports: { default: async | trappable },
        with: {
            "wasi:keyvalue/store.bucket": flux_host::bindings::flux::host::kv::Bucket,
            "wasi:keyvalue/atomics.cas": super::Swap,
        },
    });
}

/// What [`link`] adds.
pub(crate) const INTERFACES: &[&str] = &[
    "wasi:keyvalue/store@0.2.0-draft2",
    "wasi:keyvalue/atomics@0.2.0-draft2",
    "wasi:keyvalue/batch@0.2.0-draft2",
];

/// The label that an empty identifier opens.
const DEFAULT: &str = "default";

/// A compare-and-swap that has begun: the bucket's label, and the entry that was there.
pub struct Swap {
    label: std::sync::Arc<str>,
    key: String,
    seen: Option<Entry>,
}

/// Borrows the execution that calls, and the resources that it holds.
pub(crate) struct WasiView<'a> {
    execution: &'a mut Execution,
    table: &'a mut ResourceTable,
}

/// What the interfaces' functions borrow.
struct KeyValue;

impl HasData for KeyValue {
    type Data<'a> = WasiView<'a>;
}

pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    fn view(state: &mut State) -> WasiView<'_> {
        let (execution, table) = state.execution_and_table();
        WasiView { execution, table }
    }
    store::add_to_linker::<State, KeyValue>(linker, view)?;
    atomics::add_to_linker::<State, KeyValue>(linker, view)?;
    batch::add_to_linker::<State, KeyValue>(linker, view)
}

/// The errors of `kv` in the words of `wasi:keyvalue`. A bucket's name is checked where it is opened, so what is
/// denied later is a matter of a policy.
fn error(error: kv::Error) -> Error {
    match error {
        kv::Error::Denied(_) => Error::AccessDenied,
        kv::Error::TooLarge => Error::Other("the key or the value is over its limit".to_owned()),
        kv::Error::Unavailable(why) => Error::Other(why),
    }
}

const PLAIN: SetOptions = SetOptions { ttl_ms: None, only_if: None };

impl WasiView<'_> {
    fn kv(&mut self) -> View<'_> {
        View(self.execution)
    }

    async fn entry(
        &mut self,
        bucket: &Resource<Bucket>,
        key: String,
    ) -> Result<Result<Option<Entry>, Error>> {
        Ok(self.kv().get(Resource::new_borrow(bucket.rep()), key).await?.map_err(error))
    }

    async fn put(
        &mut self,
        bucket: &Resource<Bucket>,
        key: String,
        value: Vec<u8>,
        options: SetOptions,
    ) -> Result<Result<bool, Error>> {
        let bucket = Resource::new_borrow(bucket.rep());
        Ok(self.kv().set(bucket, key, value, options).await?.map_err(error))
    }

    async fn remove(&mut self, bucket: &Resource<Bucket>, key: String) -> Result<Result<(), Error>> {
        let removed = self.kv().delete(Resource::new_borrow(bucket.rep()), key).await?;
        Ok(removed.map(drop).map_err(error))
    }

    fn begin_swap(
        &mut self,
        label: std::sync::Arc<str>,
        key: String,
        seen: Option<Entry>,
    ) -> Result<Resource<Swap>> {
        Ok(self.table.push(Swap { label, key, seen })?)
    }
}

impl store::Host for WasiView<'_> {
    async fn open(&mut self, identifier: String) -> Result<Result<Resource<Bucket>, Error>> {
        let label = if identifier.is_empty() { DEFAULT.to_owned() } else { identifier };
        let opened = self.kv().open(label).await?;
        Ok(opened.map_err(|denied| match denied {
            kv::Error::Denied(why) => {
                // The guest is told no more than that there is no such store.
                tracing::warn!("{why}");
                Error::NoSuchStore
            }
            denied => error(denied),
        }))
    }
}

impl store::HostBucket for WasiView<'_> {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Option<Vec<u8>>, Error>> {
        Ok(self.entry(&bucket, key).await?.map(|entry| entry.map(|entry| entry.value)))
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        Ok(self.put(&bucket, key, value, PLAIN).await?.map(drop))
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<(), Error>> {
        self.remove(&bucket, key).await
    }

    async fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<bool, Error>> {
        Ok(self.entry(&bucket, key).await?.map(|entry| entry.is_some()))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> Result<Result<KeyResponse, Error>> {
        let page = self.kv().keys(bucket, String::new(), cursor, MAX_PAGE).await?;
        Ok(page.map(|page| KeyResponse { keys: page.keys, cursor: page.next }).map_err(error))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        kv::HostBucket::drop(&mut self.kv(), bucket).await
    }
}

impl atomics::Host for WasiView<'_> {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> Result<Result<i64, Error>> {
        Ok(self.kv().increment(bucket, key, delta).await?.map_err(error))
    }

    async fn swap(&mut self, swap: Resource<Swap>, value: Vec<u8>) -> Result<Result<(), atomics::CasError>> {
        let Swap { label, key, seen } = self.table.delete(swap)?;
        let only_if = Some(seen.map_or(Condition::Absent, |entry| Condition::Version(entry.version)));
        // The bucket's own handle may be closed by now.
        let bucket = Resource::<Bucket>::new_own(self.execution.handles().add(&label));
        let options = SetOptions { ttl_ms: None, only_if };
        let swapped = match self.put(&bucket, key.clone(), value, options).await? {
            Ok(true) => Ok(()),
            Err(error) => Err(atomics::CasError::StoreError(error)),
            Ok(false) => Err(match self.entry(&bucket, key.clone()).await? {
                Ok(seen) => atomics::CasError::CasFailed(self.begin_swap(label, key, seen)?),
                Err(error) => atomics::CasError::StoreError(error),
            }),
        };
        self.execution.handles().close(bucket.rep());
        Ok(swapped)
    }
}

impl atomics::HostCas for WasiView<'_> {
    async fn new(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Resource<Swap>, Error>> {
        let label = self.execution.handles().label(bucket.rep())?;
        match self.entry(&bucket, key.clone()).await? {
            Ok(seen) => Ok(Ok(self.begin_swap(label, key, seen)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn current(&mut self, swap: Resource<Swap>) -> Result<Result<Option<Vec<u8>>, Error>> {
        self.execution.count_call()?;
        Ok(Ok(self.table.get(&swap)?.seen.as_ref().map(|entry| entry.value.clone())))
    }

    async fn drop(&mut self, swap: Resource<Swap>) -> Result<()> {
        self.table.delete(swap)?;
        Ok(())
    }
}

/// One effect a key, in the order given: what fails half-way has happened as far as it came.
impl batch::Host for WasiView<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Result<Result<Vec<(String, Option<Vec<u8>>)>, Error>> {
        let mut values = Vec::new();
        for key in keys {
            match self.entry(&bucket, key.clone()).await? {
                Ok(entry) => values.push((key, entry.map(|entry| entry.value))),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(values))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> Result<Result<(), Error>> {
        for (key, value) in pairs {
            if let Err(error) = self.put(&bucket, key, value, PLAIN).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Result<Result<(), Error>> {
        for key in keys {
            if let Err(error) = self.remove(&bucket, key).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
