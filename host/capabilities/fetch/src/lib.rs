//! The `fetch` capability: outgoing HTTP/1.1 and HTTP/2, to the hosts that flux.toml allows.
//!
//! A host that flux.toml does not name is denied, with the entry that would allow it, at the first
//! request as at every redirect; and so is a name that leads to an address outside the public internet.
//! Nothing is added to what the guest asks: no cookies, no decompression, no proxy of the environment,
//! no Referer; only `accept: */*` where it names no other, and secrets by placeholder. Requests of
//! `wasi:http` are sent exactly as they are: no `accept`, and no redirect is followed.
//!
//! docs/fetch.md is the page for those who use it.

mod address;
mod client;
mod connection;
mod description;
mod error;
mod exchange;
mod failure;
mod fetch;
mod functions;
mod host;
mod judged;
mod options;
mod placeholder;
mod private;
mod redirect;
mod request;
mod resolver;
mod section;
mod view;

use flux_host::wasm::State;
use flux_host::{Capability, Description, Function};
use wasmtime::component::Linker;

pub use address::AddressKind;
pub use error::FetchError;
pub use fetch::Fetch;
pub use host::{HostPattern, HostPatternError};
pub use options::{FetchOptions, Redirect};
pub use private::{PrivatePattern, PrivatePatternError};
pub use resolver::Resolver;
pub use section::{FetchSection, FetchTable, RedirectConfig};
pub use view::View;

impl Capability for Fetch {
    type Section = FetchSection;
    const NAME: &'static str = "fetch";
    const WIT: &'static str = include_str!("../../../../wit/fetch.wit");
    const DESCRIPTIONS: &'static [Description] = description::DESCRIPTIONS;

    fn functions() -> Vec<Function> {
        functions::all()
    }

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        view::link(linker)
    }
}
