//! One host interface, configured once per app.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use wasmtime::component::Linker;

use crate::bindings::flux::host::fetch::{Error, Request, Response};
use crate::response::OF_THE_CONNECTION;
use crate::section::Section;
use crate::wasm::State;

/// One host interface and its back ends. It does not know whether it is recorded.
pub trait Capability: Send + Sync + Sized + 'static {
    /// What one execution holds of it, such as open transactions. Dropped with the execution, which
    /// gives everything back.
    type Held: Default + Send + 'static;
    /// What flux.toml says of it.
    type Section: Section + DeserializeOwned + JsonSchema + Default;

    /// Its name in wit/, without package: `kv`.
    const INTERFACE: &'static str;
    /// Interfaces of others that it has too, by their full names: `wasi:config/store@0.2.0-rc.1`.
    const ALSO: &'static [&'static str] = &[];

    /// Adds its functions to a linker. They find the capability through the execution, and in a
    /// replay there is none.
    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()>;
}

/// Of an outgoing request these concern the connection too: a proxy is the host's, and nobody waits for a 100.
const OF_OUTGOING: [&str; 3] = ["expect", "proxy-authenticate", "proxy-authorization"];

/// Whether a header, by its name in lower case, means something on one connection only.
pub fn is_of_the_connection(name: &str) -> bool {
    OF_THE_CONNECTION.iter().any(|it| it == name) || OF_OUTGOING.contains(&name)
}

/// Those that tell the server something about the message: `wasi:http` may send them.
const PASSED_ON: [&str; 3] = ["expect", "te", "trailer"];

/// Whether a header of the connection is sent where a guest says exactly what is sent.
pub fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name)
}

/// The methods for which a request without content says so (RFC 9110, 8.6): many servers answer one
/// without a length with 411. Those of WebDAV and QUERY are what they ask in their content.
const WITH_CONTENT: [&str; 10] =
    ["POST", "PUT", "PATCH", "QUERY", "LOCK", "MKCOL", "PROPFIND", "PROPPATCH", "REPORT", "SEARCH"];

/// Whether requests of this method are expected to have content.
pub fn anticipates_content(method: &str) -> bool {
    WITH_CONTENT.contains(&method)
}

/// Sends outgoing requests: what `wasi:http` needs of the fetch capability, which core does not know.
pub trait Outgoing: Send + Sync {
    /// The names and values of the secrets that a request has by placeholder.
    fn secrets(&self, request: &Request) -> Vec<(String, String)>;

    /// Sends one request exactly as it says, but for its secrets, which are filled in: nothing is added, no
    /// redirect is followed, and values of headers are bytes in both directions (`header_text`).
    fn send_exactly(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>>;
}

/// The capabilities of an app. A replay has none, and so nothing to act with.
#[derive(Default, Clone)]
pub struct Capabilities {
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    outgoing: Option<Arc<dyn Outgoing>>,
}

impl Capabilities {
    /// Adds a configured capability.
    pub fn add<C: Capability>(&mut self, capability: C) {
        self.by_type.insert(TypeId::of::<C>(), Arc::new(capability));
    }

    /// The capability of this type.
    pub fn get<C: Capability>(&self) -> Option<Arc<C>> {
        self.by_type.get(&TypeId::of::<C>()).cloned()?.downcast().ok()
    }

    /// Sets what sends the requests of `wasi:http`.
    pub fn set_outgoing(&mut self, outgoing: Arc<dyn Outgoing>) {
        self.outgoing = Some(outgoing);
    }

    /// What sends the requests of `wasi:http`.
    pub fn outgoing(&self) -> Option<&Arc<dyn Outgoing>> {
        self.outgoing.as_ref()
    }
}

impl std::fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} capabilities", self.by_type.len())
    }
}
