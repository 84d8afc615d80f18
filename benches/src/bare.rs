//! The engine without a host: what `orders` costs on wasmtime alone.
//!
//! A new store, a fresh instance on the pooling allocator, one call of the handler; the guest's calls
//! are answered with constants by the generated traits, and nothing is counted, limited or recorded.
//! It is meant to be hard to beat: no epochs, no limiter, WASI's context made only if it is asked for.

use anyhow::Result;
use flux_host::bindings::exports::flux::host::http_handler::{GuestIndices, Request, Response};
use flux_host::bindings::flux::host::{clock, config, db, fetch, kv, log, queue, random};
use wasmtime::component::{Component, HasSelf, InstancePre, Linker, Resource, ResourceTable};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// A loaded component.
pub struct Bare {
    pre: InstancePre<Constants>,
    handler: GuestIndices,
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").finish_non_exhaustive()
    }
}

impl Bare {
    /// Compiles a component.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        // As Flux has it, or the bare engine would be the slower one: fewer page faults at the next
        // instance, and only pages that were written are cleared.
        pool.linear_memory_keep_resident(5 << 19).table_keep_resident(64 << 10).pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        link(&mut linker)?;
        let pre = linker.instantiate_pre(&Component::from_binary(&engine, bytes)?)?;
        let handler = GuestIndices::new(&pre).map_err(anyhow::Error::from)?;
        Ok(Self { pre, handler })
    }

    /// One call in a fresh instance.
    pub async fn call(&self, request: &Request) -> Result<Response> {
        let mut store = Store::new(self.pre.engine(), Constants::default());
        let instance = self.pre.instantiate_async(&mut store).await?;
        let handler = self.handler.load(&mut store, &instance)?;
        Ok(handler.call_handle(&mut store, request).await?)
    }
}

fn link(linker: &mut Linker<Constants>) -> wasmtime::Result<()> {
    kv::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    db::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    queue::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    fetch::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    clock::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    random::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    config::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)?;
    log::add_to_linker::<_, HasSelf<Constants>>(linker, |it| it)
}

/// Answers what `orders` asks for, and fails at everything else.
#[derive(Default)]
struct Constants {
    table: ResourceTable,
    wasi: Option<WasiCtx>,
}

impl WasiView for Constants {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| WasiCtx::builder().build());
        WasiCtxView { ctx, table: &mut self.table }
    }
}

/// `orders` does not call it.
fn unused<T>() -> wasmtime::Result<T> {
    Err(wasmtime::format_err!("there is no constant for this call"))
}

impl kv::Host for Constants {}
impl kv::HostBucket for Constants {
    async fn open(&mut self, _: String) -> wasmtime::Result<Result<Resource<kv::Bucket>, kv::Error>> {
        Ok(Ok(Resource::new_own(0)))
    }
    async fn get(
        &mut self,
        _: Resource<kv::Bucket>,
        _: String,
    ) -> wasmtime::Result<Result<Option<kv::Entry>, kv::Error>> {
        Ok(Ok(Some(kv::Entry { value: b"1999".to_vec(), version: "1".to_owned() })))
    }
    async fn set(
        &mut self,
        _: Resource<kv::Bucket>,
        _: String,
        _: Vec<u8>,
        _: kv::SetOptions,
    ) -> wasmtime::Result<Result<bool, kv::Error>> {
        Ok(Ok(true))
    }
    async fn delete(
        &mut self,
        _: Resource<kv::Bucket>,
        _: String,
    ) -> wasmtime::Result<Result<bool, kv::Error>> {
        unused()
    }
    async fn increment(
        &mut self,
        _: Resource<kv::Bucket>,
        _: String,
        _: i64,
    ) -> wasmtime::Result<Result<i64, kv::Error>> {
        unused()
    }
    async fn keys(
        &mut self,
        _: Resource<kv::Bucket>,
        _: String,
        _: Option<String>,
        _: u32,
    ) -> wasmtime::Result<Result<kv::Page, kv::Error>> {
        unused()
    }
    async fn drop(&mut self, _: Resource<kv::Bucket>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl db::Host for Constants {}
impl db::HostConnection for Constants {
    async fn open(&mut self, _: String) -> wasmtime::Result<Result<Resource<db::Connection>, db::Error>> {
        Ok(Ok(Resource::new_own(0)))
    }
    async fn query(
        &mut self,
        _: Resource<db::Connection>,
        _: String,
        _: Vec<db::Value>,
    ) -> wasmtime::Result<Result<db::Rows, db::Error>> {
        unused()
    }
    async fn execute(
        &mut self,
        _: Resource<db::Connection>,
        _: String,
        _: Vec<db::Value>,
    ) -> wasmtime::Result<Result<u64, db::Error>> {
        unused()
    }
    async fn begin(
        &mut self,
        _: Resource<db::Connection>,
    ) -> wasmtime::Result<Result<Resource<db::Transaction>, db::Error>> {
        Ok(Ok(Resource::new_own(0)))
    }
    async fn drop(&mut self, _: Resource<db::Connection>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl db::HostTransaction for Constants {
    async fn query(
        &mut self,
        _: Resource<db::Transaction>,
        _: String,
        _: Vec<db::Value>,
    ) -> wasmtime::Result<Result<db::Rows, db::Error>> {
        unused()
    }
    async fn execute(
        &mut self,
        _: Resource<db::Transaction>,
        _: String,
        _: Vec<db::Value>,
    ) -> wasmtime::Result<Result<u64, db::Error>> {
        Ok(Ok(1))
    }
    async fn commit(&mut self, _: Resource<db::Transaction>) -> wasmtime::Result<Result<(), db::Error>> {
        Ok(Ok(()))
    }
    async fn rollback(&mut self, _: Resource<db::Transaction>) -> wasmtime::Result<Result<(), db::Error>> {
        Ok(Ok(()))
    }
    async fn drop(&mut self, _: Resource<db::Transaction>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl queue::Host for Constants {
    async fn send(
        &mut self,
        _: String,
        _: Vec<u8>,
        _: queue::Options,
    ) -> wasmtime::Result<Result<String, queue::Error>> {
        Ok(Ok("01900000-0000-7000-8000-000000000000".to_owned()))
    }
}

impl fetch::Host for Constants {
    async fn send(&mut self, _: fetch::Request) -> wasmtime::Result<Result<fetch::Response, fetch::Error>> {
        Ok(Ok(fetch::Response { status: 200, headers: Vec::new(), body: Vec::new() }))
    }
    async fn send_all(
        &mut self,
        _: Vec<fetch::Request>,
    ) -> wasmtime::Result<Vec<Result<fetch::Response, fetch::Error>>> {
        unused()
    }
}

impl clock::Host for Constants {
    async fn now(&mut self) -> wasmtime::Result<clock::Datetime> {
        Ok(clock::Datetime { seconds: 1_780_000_000, nanoseconds: 0 })
    }
    async fn monotonic(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }
    async fn sleep(&mut self, _: u32) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl random::Host for Constants {
    async fn bytes(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(vec![7; len as usize])
    }
}

impl config::Host for Constants {
    async fn get(&mut self, _: String) -> wasmtime::Result<Option<String>> {
        Ok(Some("http://127.0.0.1:9099".to_owned()))
    }
    async fn secret(&mut self, _: String) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

impl log::Host for Constants {
    async fn write(&mut self, _: log::Level, _: String, _: Vec<(String, String)>) -> wasmtime::Result<()> {
        Ok(())
    }
}
