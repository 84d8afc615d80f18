//! The `db` capability: SQL databases by label, on SQLite or Postgres.
//!
//! A database that flux.toml does not name is denied, with the lines that would allow it. A back end is a
//! [`Database`]; the guest's side is [`View`], two lines a function. A statement is looked at before a
//! database sees it: one statement, no way out of its own database. What the two kinds of database have in
//! common is written once, over the pool of `flux-sql`; what differs is their `Dialect`. docs/db.md says what a
//! guest sees of either.

mod database;
mod description;
mod dialect;
mod errors;
mod functions;
mod migrate;
mod migration_names;
mod migrations;
mod options;
mod pooled;
mod postgres;
mod section;
mod session;
mod sql;
mod sqlite;
mod syntax;
mod transaction;
mod view;

use flux_host::wasm::State;
use flux_host::{Capability, Description, Function};
use wasmtime::component::Linker;

pub use database::{Database, Db};
pub(crate) use errors::{failure, invalid};
pub use options::{DbOptions, MigrationError, OpenError};
pub use pooled::Pooled;
pub use postgres::Postgres;
pub use section::{DbSection, DbTable};
pub use sqlite::Sqlite;
pub use view::View;

impl Capability for Db {
    type Section = DbSection;
    const NAME: &'static str = "db";
    const WIT: &'static str = include_str!("../../../../wit/db.wit");
    const DESCRIPTIONS: &'static [Description] = description::DESCRIPTIONS;

    fn functions() -> Vec<Function> {
        functions::all()
    }

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}
