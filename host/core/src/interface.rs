//! Interfaces as WIT has them: which functions there are, and of which types. For engines that have no bindings, and
//! for redaction, which has to know whether all of a function is described.

use wit_parser::{Handle, InterfaceId, Resolve, TypeDefKind};

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its full name, such as `flux:host/kv@0.1.0`.
    pub id: String,
    /// Its own name: `kv`.
    pub name: String,
    /// Its resources.
    pub resources: Vec<String>,
    /// Its functions, in the order of the text.
    pub functions: Vec<Signature>,
}

/// One function of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// As WIT spells it: `send`, `[method]bucket.get`, `[static]bucket.open`.
    pub name: String,
    /// Names and types. That of a method begins with the handle of its resource.
    pub parameters: Vec<(String, Type)>,
    /// None: it gives nothing back.
    pub result: Option<Type>,
}

/// A type, with the names that it has in WIT.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the cases are the component model's own")]
pub enum Type {
    Bool,
    /// An unsigned integer of so many bits.
    Unsigned(u8),
    /// A signed integer of so many bits.
    Signed(u8),
    F32,
    F64,
    Char,
    String,
    /// `list<u8>`.
    Bytes,
    List(Box<Type>),
    Option(Box<Type>),
    Result(Box<(Option<Type>, Option<Type>)>),
    Tuple(Vec<Type>),
    Record(Vec<(String, Type)>),
    Variant(Vec<(String, Option<Type>)>),
    Enum(Vec<String>),
    /// The handle of a resource, owned or borrowed.
    Handle(String),
}

/// A text that is no WIT, or an interface with what no journal can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InterfaceError(String);

impl Interface {
    /// The interfaces of a package, in the order of its text.
    pub fn parse(wit: &str) -> Result<Vec<Self>, InterfaceError> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("capability.wit", wit);
        let package = package.map_err(|error| InterfaceError(format!("{error:#}")))?;
        let interfaces = resolve.packages[package].interfaces.values();
        interfaces.map(|id| Self::of(&resolve, *id)).collect()
    }

    fn of(resolve: &Resolve, id: InterfaceId) -> Result<Self, InterfaceError> {
        let interface = &resolve.interfaces[id];
        let signature = |function: &wit_parser::Function| {
            let parameters = function.params.iter().map(|it| Ok((it.name.clone(), typed(resolve, &it.ty)?)));
            Ok(Signature {
                name: function.name.clone(),
                parameters: parameters.collect::<Result<_, _>>()?,
                result: function.result.as_ref().map(|it| typed(resolve, it)).transpose()?,
            })
        };
        let is_resource = |id: &wit_parser::TypeId| matches!(resolve.types[*id].kind, TypeDefKind::Resource);
        let resources = interface.types.iter().filter(|(_, id)| is_resource(id));
        Ok(Self {
            id: resolve.id_of(id).unwrap_or_default(),
            name: interface.name.clone().unwrap_or_default(),
            resources: resources.map(|(name, _)| name.clone()).collect(),
            functions: interface.functions.values().map(signature).collect::<Result<_, _>>()?,
        })
    }

    /// The function that a journal names so: `kv.bucket.get` is `[method]bucket.get` of `kv`.
    pub fn recorded(&self, function: &str) -> Option<&Signature> {
        let name = function.strip_prefix(&self.name)?.strip_prefix('.')?;
        self.functions.iter().find(|it| it.name.rsplit(']').next() == Some(name))
    }
}

impl Type {
    /// `list<tuple<string, string>>`.
    pub fn pairs() -> Self {
        Self::List(Box::new(Self::Tuple(vec![Self::String, Self::String])))
    }

    /// Whether a value of it can have a text or bytes. A handle stands in journals as its label.
    pub fn has_text(&self) -> bool {
        match self {
            Self::Bool | Self::Unsigned(_) | Self::Signed(_) | Self::F32 | Self::F64 | Self::Enum(_) => false,
            Self::Char | Self::String | Self::Bytes | Self::Handle(_) => true,
            Self::List(item) | Self::Option(item) => item.has_text(),
            Self::Result(parts) => [&parts.0, &parts.1].into_iter().flatten().any(Self::has_text),
            Self::Tuple(items) => items.iter().any(Self::has_text),
            Self::Record(fields) => fields.iter().any(|(_, field)| field.has_text()),
            Self::Variant(cases) => {
                cases.iter().any(|(_, payload)| payload.as_ref().is_some_and(Self::has_text))
            }
        }
    }
}

fn typed(resolve: &Resolve, found: &wit_parser::Type) -> Result<Type, InterfaceError> {
    use wit_parser::Type as Wit;
    Ok(match found {
        Wit::Bool => Type::Bool,
        Wit::U8 => Type::Unsigned(8),
        Wit::U16 => Type::Unsigned(16),
        Wit::U32 => Type::Unsigned(32),
        Wit::U64 => Type::Unsigned(64),
        Wit::S8 => Type::Signed(8),
        Wit::S16 => Type::Signed(16),
        Wit::S32 => Type::Signed(32),
        Wit::S64 => Type::Signed(64),
        Wit::F32 => Type::F32,
        Wit::F64 => Type::F64,
        Wit::Char => Type::Char,
        Wit::String => Type::String,
        Wit::Id(id) => return compound(resolve, *id),
        Wit::ErrorContext => return Err(not_recorded("error-context")),
    })
}

fn compound(resolve: &Resolve, id: wit_parser::TypeId) -> Result<Type, InterfaceError> {
    let boxed = |found: &wit_parser::Type| typed(resolve, found).map(Box::new);
    let optional = |found: &Option<wit_parser::Type>| found.as_ref().map(|it| typed(resolve, it)).transpose();
    Ok(match &resolve.types[id].kind {
        TypeDefKind::Type(alias) => typed(resolve, alias)?,
        TypeDefKind::List(wit_parser::Type::U8) => Type::Bytes,
        TypeDefKind::List(item) => Type::List(boxed(item)?),
        TypeDefKind::Option(inner) => Type::Option(boxed(inner)?),
        TypeDefKind::Result(found) => Type::Result(Box::new((optional(&found.ok)?, optional(&found.err)?))),
        TypeDefKind::Tuple(found) => {
            Type::Tuple(found.types.iter().map(|it| typed(resolve, it)).collect::<Result<_, _>>()?)
        }
        TypeDefKind::Record(found) => {
            let field = |it: &wit_parser::Field| Ok((it.name.clone(), typed(resolve, &it.ty)?));
            Type::Record(found.fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        TypeDefKind::Variant(found) => {
            let case = |it: &wit_parser::Case| Ok((it.name.clone(), optional(&it.ty)?));
            Type::Variant(found.cases.iter().map(case).collect::<Result<_, _>>()?)
        }
        TypeDefKind::Enum(found) => Type::Enum(found.cases.iter().map(|it| it.name.clone()).collect()),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            Type::Handle(resolve.types[*id].name.clone().unwrap_or_default())
        }
        other => return Err(not_recorded(other.as_str())),
    })
}

fn not_recorded(kind: &str) -> InterfaceError {
    InterfaceError(format!("a journal has no form for '{kind}'; hint: use a record, a list or an enum"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "package a:b@1.0.0;
        interface shop {
            record item { name: string, price: option<u64> }
            variant failure { gone, other(string) }
            enum size { small, large }
            resource cart {
                open: static func(label: string) -> result<cart, failure>;
                add: func(items: list<item>, note: list<u8>) -> size;
            }
            empty: func();
        }";

    #[test]
    fn an_interface_is_what_its_text_says() {
        let interfaces = Interface::parse(WIT).expect("WIT");
        let [shop] = interfaces.as_slice() else { panic!("{interfaces:?}") };
        assert_eq!((shop.id.as_str(), shop.name.as_str()), ("a:b/shop@1.0.0", "shop"));
        assert_eq!(shop.resources, ["cart"]);
        let add = shop.recorded("shop.cart.add").expect("it is there");
        let item = Type::Record(vec![
            ("name".to_owned(), Type::String),
            ("price".to_owned(), Type::Option(Box::new(Type::Unsigned(64)))),
        ]);
        let expected = [Type::Handle("cart".to_owned()), Type::List(Box::new(item)), Type::Bytes];
        assert_eq!(add.parameters.iter().map(|(_, it)| it.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(add.result, Some(Type::Enum(vec!["small".to_owned(), "large".to_owned()])));
        assert_eq!(shop.recorded("shop.empty").map(|it| it.parameters.len()), Some(0));
        assert_eq!(shop.recorded("shops.empty"), None);
    }

    #[test]
    fn what_no_journal_can_hold_is_refused() {
        let error =
            Interface::parse("package a:b; interface c { d: func(x: stream<u8>); }").expect_err("refused");
        assert!(error.to_string().contains("stream"), "{error}");
        assert!(Interface::parse("package a:b; interface").is_err());
    }
}
