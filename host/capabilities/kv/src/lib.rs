//! The `kv` capability: buckets by label, on SQLite, on Redis or in memory.
//!
//! | in `[kv.<label>]` | back end | for |
//! |---|---|---|
//! | `sqlite = "kv.db"` | [`Sqlite`] | one node: a file in the data folder |
//! | `redis = "redis://..."` | [`Redis`] | several nodes that share their buckets |
//! | `memory = true` | [`Memory`] | tests and trying things out: gone with the process |
//!
//! To a guest they are the same, and one suite of tests says so. A bucket that flux.toml does not name is
//! denied, with the line that would allow it. Back ends implement [`Backend`]; the guest's side is
//! [`View`], two lines a function, and `wasi:keyvalue` in `wasi.rs`, which calls the same.

mod backend;
mod buckets;
mod description;
mod functions;
mod memory;
mod redis;
mod section;
mod sqlite;
mod sweeper;
mod view;
mod wasi;

use flux_host::wasm::State;
use flux_host::{Capability, Description, Function};
use wasmtime::component::Linker;

pub use backend::{Backend, KvFuture, MAX_KEY, MAX_PAGE, MAX_VALUE, SWEEP};
pub use buckets::Kv;
pub use memory::Memory;
pub use redis::{Failure, OpenError, Redis};
pub use section::{KvSection, KvTable};
pub use sqlite::Sqlite;
pub use view::View;

impl Capability for Kv {
    type Section = KvSection;
    const NAME: &'static str = "kv";
    const WIT: &'static str = include_str!("../../../../wit/kv.wit");
    const DESCRIPTIONS: &'static [Description] = description::DESCRIPTIONS;
    const ALSO: &'static [&'static str] = wasi::INTERFACES;

    fn functions() -> Vec<Function> {
        functions::all()
    }

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)?;
        wasi::link(linker)
    }
}
