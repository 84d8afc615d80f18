//! One host interface, configured once per app.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use wasmtime::component::Linker;

use crate::description::Description;
use crate::function::Function;
use crate::interface::{Interface, InterfaceError};
use crate::section::Section;
use crate::wasm::{State, link_functions};

/// One host interface and its back ends. It describes itself, and does not know whether it is recorded.
///
/// The functions that guests call find the capability through the execution; in a replay there is none.
pub trait Capability: Send + Sync + Sized + 'static {
    /// What flux.toml says of it.
    type Section: Section + DeserializeOwned + JsonSchema + Default;

    /// Its name in messages: `kv`.
    const NAME: &'static str;
    /// Its interfaces, as a package of WIT.
    const WIT: &'static str;
    /// Interfaces of others that it has too, by their full names: `wasi:config/store@0.2.0-rc.1`.
    const ALSO: &'static [&'static str] = &[];
    /// What its effects hold. An effect that is not here is hidden as a whole in journals.
    const DESCRIPTIONS: &'static [Description] = &[];

    /// Its functions, for engines that have no bindings of its interfaces.
    fn functions() -> Vec<Function>;

    /// Adds its functions to a linker of wasmtime: those of [`functions`](Self::functions), where it has no bindings.
    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        link_functions(linker, &Interface::parse(Self::WIT)?, Self::functions())
    }
}

/// What a capability says of itself: all that engines and redaction know of it.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Its name in messages.
    pub name: &'static str,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
    /// Interfaces of others that it has too.
    pub also: &'static [&'static str],
    /// What its effects hold.
    pub descriptions: &'static [Description],
    /// Its functions, in no order.
    pub functions: Vec<Function>,
    pub(crate) link: fn(&mut Linker<State>) -> wasmtime::Result<()>,
}

/// A capability whose WIT is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the interfaces of {capability} cannot be read")]
pub struct DeclarationError {
    /// Its name.
    pub capability: &'static str,
    /// Why not.
    pub source: InterfaceError,
}

impl Declaration {
    /// That of a capability. Errs where its WIT is none.
    pub fn of<C: Capability>() -> Result<Self, DeclarationError> {
        let failed = |source| DeclarationError { capability: C::NAME, source };
        Ok(Self {
            name: C::NAME,
            interfaces: Interface::parse(C::WIT).map_err(failed)?,
            also: C::ALSO,
            descriptions: C::DESCRIPTIONS,
            functions: C::functions(),
            link: C::link,
        })
    }

    /// Its descriptions, each with whether it covers all of its function's types.
    pub fn described(&self) -> impl Iterator<Item = (Description, bool)> {
        self.descriptions.iter().map(|description| {
            let signature = self.interfaces.iter().find_map(|it| it.recorded(description.function));
            (*description, signature.is_some_and(|signature| description.covers(signature)))
        })
    }
}
