//! One generated file: what it imports, its classes and its functions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use wit_parser::{InterfaceId, Resolve, SizeAlign, Type, TypeDefKind, TypeId, TypeOwner};

use super::by_hand::ByHand;
use super::names;

/// The first line of every file.
pub const HEAD: &str = "// Made from wit/ by flux-sdk-generate. Do not edit.";

/// A file in the making.
pub struct File<'a> {
    pub resolve: &'a Resolve,
    pub interface: InterfaceId,
    pub sizes: SizeAlign,
    by_hand: &'static [ByHand],
    /// Names to import, by module.
    imported: BTreeMap<String, BTreeSet<String>>,
    /// The lines of classes and functions, in the order they were asked for.
    body: Vec<String>,
    /// Functions for one type each: their lines by their name, with the type they are for.
    helpers: BTreeMap<String, (String, Vec<String>)>,
    /// How many items its tuples have.
    pub tuples: BTreeSet<usize>,
    counter: usize,
}

impl<'a> File<'a> {
    pub fn new(resolve: &'a Resolve, interface: InterfaceId, by_hand: &'static [ByHand]) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(resolve);
        let (imported, body, helpers, tuples) = Default::default();
        Self { resolve, interface, sizes, by_hand, imported, body, helpers, tuples, counter: 0 }
    }

    /// The file's name.
    pub fn name(&self) -> anyhow::Result<String> {
        Ok(format!("{}.ts", self.interface_name(self.interface)?))
    }

    fn interface_name(&self, id: InterfaceId) -> anyhow::Result<&'a str> {
        self.resolve.interfaces[id].name.as_deref().context("an interface without a name")
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}\n\nimport * as abi from \"../abi\";\n");
        for (module, names) in &self.imported {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            text.push_str(&format!("import {{ {} }} from \"{module}\";\n", names.join(", ")));
        }
        let helpers = self.helpers.values().flat_map(|(_, lines)| lines);
        text + &indented(self.body.iter().chain(helpers))
    }

    pub fn line(&mut self, line: impl Into<String>) {
        self.body.push(line.into());
    }

    pub fn lines(&mut self, lines: Vec<String>) {
        self.body.extend(lines);
    }

    /// A name that nothing else in the file has.
    pub fn fresh(&mut self) -> String {
        self.counter += 1;
        format!("_{}", self.counter)
    }

    /// Comes from the SDK.
    pub fn uses(&mut self, module: &str, name: &str) {
        self.imported.entry(module.to_owned()).or_default().insert(name.to_owned());
    }

    /// A function that does one thing to values of one type: made once.
    pub fn helper(
        &mut self,
        verb: &str,
        ty: &Type,
        make: impl FnOnce(&mut Self, &str) -> anyhow::Result<Vec<String>>,
    ) -> anyhow::Result<String> {
        let name = format!("_{verb}{}", self.suffix(ty)?);
        let of = self.type_name(ty)?;
        match self.helpers.get(&name) {
            Some((other, _)) if *other != of => {
                bail!("{of} and {other} are both called {name} in the AssemblyScript glue")
            }
            Some(_) => {}
            None => {
                // First its name, then its lines: no type contains itself, but a helper may be asked for twice.
                self.helpers.insert(name.clone(), (of.clone(), Vec::new()));
                let mut lines = vec![String::new()];
                lines.extend(make(self, &name)?);
                self.helpers.insert(name.clone(), (of, lines));
            }
        }
        Ok(name)
    }

    /// A type in words, for errors.
    pub fn title(&self, id: TypeId) -> String {
        let definition = &self.resolve.types[id];
        match &definition.name {
            Some(name) => format!("`{name}`"),
            None => format!("an unnamed {}", definition.kind.as_str()),
        }
    }

    /// The class of a named type, imported if it is of another file.
    pub fn class(&mut self, id: TypeId) -> anyhow::Result<String> {
        let definition = &self.resolve.types[id];
        if let TypeDefKind::Type(Type::Id(inner)) = definition.kind {
            return self.class(inner);
        }
        let name = definition.name.as_deref().context("a class without a name")?;
        let TypeOwner::Interface(owner) = definition.owner else {
            bail!("`{name}` is of no interface: the AssemblyScript glue has none such");
        };
        let class = names::class(name);
        let own = owner == self.interface;
        let module = match self.by_hand(owner, name)? {
            Some(by_hand) => by_hand.module.to_owned(),
            None if own => return Ok(class),
            None => format!("./{}", self.interface_name(owner)?),
        };
        if own {
            self.uses(&module, &class);
            return Ok(class);
        }
        // Two interfaces may have types of the same name.
        let alias = format!("{}{class}", names::class(self.interface_name(owner)?));
        self.uses(&module, &format!("{class} as {alias}"));
        Ok(alias)
    }

    /// The entry of a type that the SDK writes by hand.
    pub fn by_hand(&self, owner: InterfaceId, name: &str) -> anyhow::Result<Option<&'static ByHand>> {
        let wit = format!("{}.{name}", self.interface_name(owner)?);
        Ok(self.by_hand.iter().find(|by_hand| by_hand.wit == wit))
    }
}

/// Lines, each as deep as its braces.
pub fn indented<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    let (mut text, mut depth) = (String::new(), 0);
    for line in lines {
        depth -= usize::from(line.starts_with('}'));
        text.push_str(&"  ".repeat(if line.is_empty() { 0 } else { depth }));
        text.push_str(line);
        text.push('\n');
        depth += usize::from(line.ends_with('{'));
    }
    text
}
