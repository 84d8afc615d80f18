//! The host's functions by number, as the capabilities declare them: what js/host.js makes the guest's interfaces of.

use std::sync::Arc;

use flux_host::interface::{Interface, InterfaceError, Signature, Type};
use flux_host::{Action, Declaration};
use serde::Serialize;

/// The package whose interfaces the SDK calls by their short names.
const OWN: &str = "flux:host/";

/// All that a guest can call, and what its handlers are given and give back.
#[derive(Debug)]
pub struct Table {
    functions: Vec<Entry>,
    /// For js/host.js.
    pub interfaces: Vec<Listed>,
    pub handlers: Handlers,
}

/// One function.
pub struct Entry {
    /// The full name of its interface.
    pub interface: Arc<str>,
    pub signature: Signature,
    pub action: Action,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.interface, self.signature.name)
    }
}

/// The types of the handlers.
#[derive(Debug)]
pub struct Handlers {
    pub request: Type,
    pub response: Type,
    pub job: Type,
    pub failure: Type,
}

/// An interface, as js/host.js has it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The name that guests find it by.
    key: String,
    id: String,
    resources: Vec<Named>,
    functions: Vec<Callable>,
}

/// A resource: a class.
#[derive(Debug, Clone, Serialize)]
struct Named {
    name: String,
    class: String,
}

/// A function, or a member of a class.
#[derive(Debug, Clone, Serialize)]
struct Callable {
    number: usize,
    /// `method`, `static`, `constructor`, `resource-drop`; none for a function of the interface itself.
    kind: Option<String>,
    resource: Option<String>,
    name: String,
    /// Whether the guest gets a promise.
    waits: bool,
}

impl Table {
    /// Of the capabilities of an app.
    pub fn new(capabilities: &[Declaration]) -> Result<Self, InterfaceError> {
        let mut table = Self { functions: Vec::new(), interfaces: Vec::new(), handlers: Handlers::new()? };
        for capability in capabilities {
            for interface in &capability.interfaces {
                table.add(capability, interface);
            }
        }
        Ok(table)
    }

    /// The function of this number.
    pub fn get(&self, number: u32) -> Option<&Entry> {
        self.functions.get(number as usize)
    }

    fn add(&mut self, capability: &Declaration, interface: &Interface) {
        let drops = interface.resources.iter().map(|resource| Signature {
            name: format!("[resource-drop]{resource}"),
            parameters: vec![("self".to_owned(), Type::Handle(resource.clone()))],
            result: None,
        });
        let id: Arc<str> = Arc::from(&*interface.id);
        let mut functions = Vec::new();
        for signature in interface.functions.iter().cloned().chain(drops) {
            let Some(function) = capability.functions.iter().find(|it| it.name == signature.name) else {
                continue;
            };
            functions.push(Callable::new(self.functions.len(), &signature.name, &function.action));
            self.functions.push(Entry { interface: id.clone(), signature, action: function.action.clone() });
        }
        let resource = |name: &String| Named { name: name.clone(), class: upper_camel(name) };
        let key = if interface.id.starts_with(OWN) { &interface.name } else { &interface.id };
        self.interfaces.push(Listed {
            key: key.clone(),
            id: interface.id.clone(),
            resources: interface.resources.iter().map(resource).collect(),
            functions,
        });
    }
}

impl Callable {
    fn new(number: usize, name: &str, action: &Action) -> Self {
        let (kind, path) = match name.strip_prefix('[').and_then(|name| name.split_once(']')) {
            Some((kind, path)) => (Some(kind.to_owned()), path),
            None => (None, name),
        };
        let (resource, name) = match (&kind, path.split_once('.')) {
            (Some(_), Some((resource, name))) => (Some(resource.to_owned()), camel(name)),
            (Some(_), None) => (Some(path.to_owned()), String::new()),
            (None, _) => (None, camel(path)),
        };
        Self { number, kind, resource, name, waits: !matches!(action, Action::Now(_)) }
    }
}

impl Handlers {
    fn new() -> Result<Self, InterfaceError> {
        let handlers = Interface::parse(flux_host::HANDLERS)?;
        let mut handlers = handlers.into_iter().flat_map(|it| it.functions);
        let mut types = || {
            let handler = handlers.next()?;
            Some((handler.parameters.into_iter().next()?.1, handler.result?))
        };
        // The file is the contract's own, and the one on which core's bindings are made.
        let nothing = || (Type::Tuple(Vec::new()), Type::Tuple(Vec::new()));
        let (request, response) = types().unwrap_or_else(nothing);
        let (job, done) = types().unwrap_or_else(nothing);
        let failure = match done {
            Type::Result(parts) => parts.1,
            _ => None,
        };
        Ok(Self { request, response, job, failure: failure.unwrap_or(Type::String) })
    }
}

/// A name of WIT as JavaScript spells it: `send-all` is `sendAll`.
pub fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &upper(word))
}

fn upper_camel(name: &str) -> String {
    name.split('-').map(upper).collect()
}

fn upper(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_in_the_bindings_of_a_component() {
        assert_eq!(camel("send-all"), "sendAll");
        assert_eq!(upper_camel("set-options"), "SetOptions");
        let method = Callable::new(3, "[method]bucket.get-all", &Action::Now(Arc::new(|_, it| Ok(it))));
        assert_eq!((method.kind.as_deref(), method.resource.as_deref()), (Some("method"), Some("bucket")));
        assert_eq!((method.name.as_str(), method.waits), ("getAll", false));
    }

    #[test]
    fn the_handlers_types_are_those_of_the_contract() {
        let handlers = Handlers::new().expect("WIT");
        let has = |found: &Type, name: &str| matches!(found, Type::Record(fields) if fields.iter().any(|(field, _)| field == name));
        assert!(has(&handlers.request, "params") && has(&handlers.response, "status"));
        assert!(has(&handlers.job, "payload") && matches!(handlers.failure, Type::Variant(_)));
    }
}
