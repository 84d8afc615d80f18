//! The guest `orders` on Flux's engine: run with in-memory back ends, recorded, replayed.
//!
//! `POST /orders` makes six calls: a kv.get, an HTTP request, a transaction of three, a queue's send;
//! besides, it reads clock, random and configuration and logs a line. SQLite and a payment service on
//! loopback answer it once, to have a recording. `PUT /prices/{sku}` makes one kv.set, in memory.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use flux_cap_ambient::{Ambient, Settings};
use flux_cap_db::{Database, Db, DbOptions, Sqlite};
use flux_cap_fetch::{Fetch, FetchOptions};
use flux_cap_kv::{Backend, Kv, Memory};
use flux_cap_queue::{QueueConfig, Queues};
use flux_host::bindings::exports::flux::host::http_handler::Request;
use flux_host::bindings::flux::host::kv::SetOptions;
use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Ended, Environment, Execution, Guest, Input, Limits, Secrets, System};
use flux_recorder::{Begin, Journal, KeepAll, MemoryJournal, Recording, Session};
use flux_replay::Replay;
use flux_runtime::Engines;
use tempfile::TempDir;

/// The guest, and what it calls.
pub struct Orders {
    guest: Arc<dyn Guest>,
    environment: Arc<dyn Environment>,
    capabilities: Arc<Capabilities>,
    _folder: TempDir,
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders").field("guest", &self.guest.digest()).finish_non_exhaustive()
    }
}

/// Places an order.
pub fn post_order() -> Request {
    request("POST", "/orders", r#"{"sku":"book-1","quantity":2,"email":"ada@example.org"}"#, &[])
}

/// Sets a price.
pub fn put_price() -> Request {
    request("PUT", "/prices/book-1", r#"{"cents":1999}"#, &[("sku", "book-1")])
}

fn request(method: &str, path: &str, body: &str, params: &[(&str, &str)]) -> Request {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: vec![owned(&("content-type", "application/json"))],
        body: body.as_bytes().to_vec(),
        params: params.iter().map(owned).collect(),
    }
}

impl Orders {
    /// Loads the component and opens its back ends.
    pub async fn load(bytes: &[u8]) -> Result<Self> {
        let environment: Arc<dyn Environment> = Arc::new(System::new());
        let folder = tempfile::tempdir()?;
        let engines = Engines::new(
            &EngineOptions::default(),
            Limits::default().memory,
            &flux_runtime::Catalog::builtin().declarations()?,
        )?;
        let mut capabilities = Capabilities::default();
        capabilities.add(Ambient::new(settings(payments()?)));
        capabilities.add(prices(&environment).await?);
        capabilities.add(database(&folder).await?);
        let receipts = QueueConfig::new(Arc::new(flux_cap_queue::Memory::default()));
        let queues = HashMap::from([("receipts".to_owned(), receipts)]);
        capabilities.add(Queues::new(queues, environment.clone()));
        let allow = vec!["127.0.0.1:*".parse()?];
        capabilities.add(Fetch::new(FetchOptions { allow, ..FetchOptions::default() }, Arc::default())?);
        let guest = engines.load(bytes)?;
        Ok(Self { guest, environment, capabilities: Arc::new(capabilities), _folder: folder })
    }

    /// Runs a request with nothing recorded.
    pub async fn live(&self, request: Request) -> Result<()> {
        self.run(request, Session::live([0; 32]), self.capabilities.clone()).await.map(drop)
    }

    /// The linear memory that a request has at its end, in bytes.
    pub async fn memory(&self, request: Request) -> Result<u64> {
        let ended = self.run(request, Session::live([0; 32]), self.capabilities.clone()).await?;
        Ok(ended.end.peak_memory)
    }

    /// Runs a request and records it, from trigger to outcome.
    pub async fn recorded(&self, request: Request, id: uuid::Uuid, journal: Box<dyn Journal>) -> Result<()> {
        let mut seed = [0; 32];
        self.environment.fill(&mut seed);
        let input = Input::Http(request.clone());
        let begin = Begin {
            id,
            parent: None,
            guest: self.guest.digest(),
            engine: self.guest.engine().to_owned(),
            seed,
            started_ns: self.environment.now_ns(),
            trigger: input.trigger("route"),
        };
        let session = Session::record(begin, journal, Arc::new(KeepAll))?;
        let ended = self.run(request, session, self.capabilities.clone()).await?;
        ensure!(ended.recorded, "the end is not in the journal");
        Ok(())
    }

    /// Runs a request once, for its recording.
    pub async fn recording(&self, request: Request) -> Result<Vec<u8>> {
        let journal = MemoryJournal::default();
        self.recorded(request, uuid::Uuid::nil(), Box::new(journal.clone())).await?;
        Ok(journal.bytes())
    }

    /// Replays a recording, with nothing to act with. One that diverges is an error.
    pub async fn replayed(&self, recording: Arc<Recording>) -> Result<()> {
        let Input::Http(request) = Input::from_recording(&recording)? else {
            anyhow::bail!("the recording is no request's");
        };
        let effects = recording.effects.len();
        let mut replay = Replay::by_the_same(recording);
        self.run(request, replay.session(), Arc::default()).await?;
        let report = replay.report()?.context("the guest would have to run again")?;
        ensure!(report.divergences.is_empty() && report.answered == effects, "the replay diverged");
        Ok(())
    }

    async fn run(&self, request: Request, session: Session, act: Arc<Capabilities>) -> Result<Ended> {
        let execution = Execution::new(session, self.environment.clone(), act, Limits::default());
        let ended = self.guest.call(Input::Http(request), execution).await;
        match &ended.output {
            Some(flux_host::Output::Http(response)) if response.status < 300 => Ok(ended),
            other => anyhow::bail!("the guest answered {other:?}: {:?}", ended.end.outcome),
        }
    }
}

fn settings(payments: SocketAddr) -> Settings {
    let config = BTreeMap::from([("payments_url".to_owned(), format!("http://{payments}"))]);
    Settings::new(config, Secrets::default())
}

async fn prices(environment: &Arc<dyn Environment>) -> Result<Kv> {
    let memory = Memory::default();
    memory.set("prices", "book-1", b"1999", &SetOptions { ttl_ms: None, only_if: None }, 0).await?;
    let prices: Arc<dyn Backend> = Arc::new(memory);
    Ok(Kv::new(HashMap::from([("prices".to_owned(), prices)]), environment.clone()))
}

async fn database(folder: &TempDir) -> Result<Db> {
    let sqlite = Sqlite::open(&folder.path().join("orders.db"), DbOptions::default()).await?;
    sqlite.execute(include_str!("../../guests/orders_rust/migrations/0001_orders.sql"), &[]).await?;
    let main: Arc<dyn Database> = Arc::new(sqlite);
    Ok(Db::new(HashMap::from([("main".to_owned(), main)])))
}

/// Answers 200 to everything, on a thread that ends with the process. Only recording asks it.
fn payments() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The few bytes of a charge arrive at once; what does not is a failed request.
            let answered = stream.read(&mut [0; 4096]).and_then(|_| {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            });
            if answered.is_err() {
                return;
            }
        }
    });
    Ok(address)
}
