//! Keeps what executions leave: the spool, the record store and guests, in one data folder.
//!
//! ```text
//! <data>/spool/       journals, safe before anybody sees a response   spool
//! <data>/records.db   finished executions, to be queried              records
//! <data>/guests/      guests' bytes, by digest                        guests
//! ```
//!
//! Nodes that share a record store have it in PostgreSQL, with the guests' bytes beside the
//! executions that name them.
//!
//! An execution writes its journal into the spool; when it is finished, the shipper brings it to the
//! record store and the spool forgets it. A record store that is down slows nothing: the spool waits.
//!
//! ```
//! # async fn example(data: &std::path::Path, begin: flux_recorder::Begin, end: flux_recorder::End)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use flux_recorder::{KeepAll, Session};
//! use flux_store::{Selection, Store, StoreOptions};
//!
//! let store = Store::open(data, StoreOptions::default()).await?;
//! let (journal, handle) = store.execution(begin.id);
//! let mut session = Session::record(begin, journal, Arc::new(KeepAll))?;
//! session.end(end)?;
//! handle.durable().await?; // From here on the client may see the response.
//! handle.finish();
//!
//! store.flush().await?;
//! let newest = store.records().list(&Selection { last: Some(1), ..Selection::default() }).await?;
//! # let _ = newest;
//! # Ok(())
//! # }
//! ```
//!
//! Neighbours: `flux-recorder` makes the bytes; `flux-runtime` opens the store. This crate reads no
//! clock and makes no ids: times and ids come with what it is given.

mod error;
mod follow;
mod guests;
pub mod private;
mod pruning;
mod records;
mod shipper;
mod spool;
mod store;
mod summary;

pub use error::StoreError;
pub use follow::Follower;
pub use guests::Guests;
pub use pruning::{Clock, Pruning};
pub use records::{
    Access, Arrivals, InvalidStatus, Journals, Pruned, Records, RecordsOptions, Retention, SCHEMA,
    SHORTEST_ID, Selection, StatusRange, Target, Timeouts,
};
pub use spool::{
    Durability, ExecutionHandle, Full, Peeked, Recovered, Spool, SpoolOptions, SpoolStats, SpoolWatch, peek,
};
pub use store::{GUESTS, RECORDS, SPOOL, Store, StoreOptions};
pub use summary::{GuestVersion, Shipment, Summary};
