//! SQLite and PostgreSQL, as the host uses them: for guests' databases, queues, buckets and the record store.
//!
//! ```
//! # async fn example(path: &std::path::Path) -> Result<(), flux_sql::Error> {
//! use flux_sql::{Database, File, FileOptions, PoolOptions, Statement};
//!
//! let file = File::new(path, &FileOptions::default());
//! let database = Database::sqlite(file, PoolOptions::default());
//! database.execute(Statement::of("CREATE TABLE IF NOT EXISTS t (id INTEGER)")).await?;
//! let rows = database.fetch(Statement::of("SELECT count(*) FROM t")).await?;
//! let count: i64 = rows[0].get(0)?;
//! # let _ = count;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Pool`] lends connections. One that failed in a way that leaves its state unknown is closed, never lent again. A
//!   file that was removed or replaced is noticed before the next use, and a database that may be another one than
//!   before is prepared again.
//! - [`File`] and [`Server`] know how a connection to either database is made, reset and judged.
//! - [`Database`] runs the host's own statements on either database; [`Schema`] makes the host's own tables.
//! - [`tokens`] cuts a statement where its database would cut it.
//!
//! Neighbours: the capabilities `db`, `kv` and `queue`, and `flux-store`. This crate depends on no other crate of Flux.

mod address;
mod connector;
mod database;
mod dialect;
mod error;
mod hint;
mod lexer;
mod on_disk;
mod pool;
mod postgres;
pub mod result_code;
mod row;
mod schema;
mod sqlite;
mod statement;
mod strict;
mod token;

pub use address::Address;
pub use connector::{Change, Connector, PoolOptions};
pub use database::{Database, Transaction};
pub use dialect::Dialect;
pub use error::{Error, Fate, said};
pub use hint::hint;
pub use lexer::{replace, tokens};
pub use pool::{Lease, Pool, Prepare, Prepared};
pub use postgres::Server;
pub use row::Row;
pub use schema::{Schema, Step};
pub use sqlite::{Connection, File, FileOptions};
pub use statement::{Builder, Statement, Value};
pub use token::{Kind, Lexis, Token};
