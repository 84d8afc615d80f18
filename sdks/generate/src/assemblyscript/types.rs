//! Types as AssemblyScript writes them, and the classes of named ones.

use std::collections::BTreeSet;

use anyhow::bail;
use wit_parser::{Docs, Handle, Type, TypeDefKind, TypeId};

use super::file::{File, HEAD, indented};
use super::names;
use super::shape::Shape;

impl File<'_> {
    /// The type in AssemblyScript.
    pub fn type_name(&mut self, ty: &Type) -> anyhow::Result<String> {
        Ok(match self.shape(ty)? {
            Shape::Scalar { name, .. } => name,
            Shape::Text => "string".to_owned(),
            Shape::Own(class) | Shape::Borrow(class) => class,
            Shape::Numbers { array, .. } => array.to_owned(),
            Shape::List(element) => format!("Array<{}>", self.type_name(&element)?),
            Shape::Product { .. } | Shape::Sum(_) => return self.compound_name(ty),
        })
    }

    fn compound_name(&mut self, ty: &Type) -> anyhow::Result<String> {
        let Type::Id(id) = ty else { bail!("{ty:?} has no parts") };
        Ok(match &self.resolve.types[*id].kind {
            TypeDefKind::Type(inner) => return self.compound_name(inner),
            TypeDefKind::Option(inner) => match self.is_nullable_class(inner)? {
                true => format!("{} | null", self.type_name(inner)?),
                false => {
                    self.uses("../result", "Some");
                    format!("Some<{}> | null", self.type_name(inner)?)
                }
            },
            TypeDefKind::Result(result) => {
                self.uses("../result", "Result");
                format!("Result<{}, {}>", self.or_done(result.ok)?, self.or_done(result.err)?)
            }
            TypeDefKind::Tuple(tuple) => return self.tuple(&tuple.types),
            _ => return self.class(*id),
        })
    }

    /// A tuple's class, of which there is one for each number of items.
    pub fn tuple(&mut self, types: &[Type]) -> anyhow::Result<String> {
        let names: Vec<_> = types.iter().map(|ty| self.type_name(ty)).collect::<Result<_, _>>()?;
        let class = format!("Tuple{}", types.len());
        self.uses("./tuples", &class);
        self.tuples.insert(types.len());
        Ok(format!("{class}<{}>", names.join(", ")))
    }

    /// The type, or the one that stands for nothing.
    pub fn or_done(&mut self, ty: Option<Type>) -> anyhow::Result<String> {
        match ty {
            Some(ty) => self.type_name(&ty),
            None => {
                self.uses("../result", "Done");
                Ok("Done".to_owned())
            }
        }
    }

    /// Whether null can stand for its absence: it is a class, and null is not one of its values.
    pub fn is_nullable_class(&mut self, ty: &Type) -> anyhow::Result<bool> {
        if let Type::Id(id) = ty {
            match &self.resolve.types[*id].kind {
                TypeDefKind::Type(inner) => return self.is_nullable_class(inner),
                TypeDefKind::Option(_) => return Ok(false),
                _ => {}
            }
        }
        Ok(!matches!(self.shape(ty)?, Shape::Scalar { .. }))
    }

    /// A type as part of a helper's name. Each part has a fixed number of parts: no two types share one.
    pub fn suffix(&mut self, ty: &Type) -> anyhow::Result<String> {
        let Type::Id(id) = ty else { return Ok(names::class(&self.type_name(ty)?)) };
        let suffixes = |file: &mut Self, types: &[Type]| -> anyhow::Result<String> {
            types.iter().map(|ty| file.suffix(ty)).collect()
        };
        Ok(match &self.resolve.types[*id].kind {
            TypeDefKind::Type(inner) => return self.suffix(inner),
            TypeDefKind::List(element) => format!("List{}", self.suffix(element)?),
            TypeDefKind::Option(inner) => format!("Option{}", self.suffix(inner)?),
            TypeDefKind::Tuple(tuple) => {
                format!("Tuple{}{}", tuple.types.len(), suffixes(self, &tuple.types)?)
            }
            TypeDefKind::Result(result) => {
                let mut side = |ty: Option<Type>| ty.map_or(Ok("Done".to_owned()), |ty| self.suffix(&ty));
                format!("Result{}{}", side(result.ok)?, side(result.err)?)
            }
            TypeDefKind::Handle(Handle::Own(id)) => format!("Own{}", self.class(*id)?),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("Borrow{}", self.class(*id)?),
            _ => self.class(*id)?,
        })
    }

    /// The classes of the interface's own types, but for resources and those written by hand.
    pub fn classes(&mut self) -> anyhow::Result<()> {
        let types: Vec<_> = self.resolve.interfaces[self.interface].types.iter().collect();
        for (name, id) in types {
            if self.by_hand(self.interface, name)?.is_none() {
                self.definition(name, *id)?;
            }
        }
        Ok(())
    }

    fn definition(&mut self, name: &str, id: TypeId) -> anyhow::Result<()> {
        let definition = &self.resolve.types[id];
        let class = names::class(name);
        match &definition.kind {
            TypeDefKind::Record(record) => {
                self.head(&definition.docs, &format!("class {class}"));
                self.line("constructor(");
                for field in &record.fields {
                    self.docs(&field.docs);
                    let ty = self.type_name(&field.ty)?;
                    self.line(format!("  public {}: {ty},", names::variable(&field.name)));
                }
                self.line(") {}");
            }
            TypeDefKind::Variant(variant) => {
                self.kinds(&class, &variant.cases);
                self.head(&definition.docs, &format!("class {class}"));
                self.variant(&class, variant)?;
            }
            TypeDefKind::Enum(cases) => {
                self.head(&definition.docs, &format!("enum {class}"));
                for case in &cases.cases {
                    self.docs(&case.docs);
                    self.line(format!("{},", names::class(&case.name)));
                }
            }
            TypeDefKind::Flags(flags) => {
                self.head(&definition.docs, &format!("enum {class}"));
                for (bit, flag) in flags.flags.iter().enumerate() {
                    self.docs(&flag.docs);
                    self.line(format!("{} = 1 << {bit},", names::class(&flag.name)));
                }
            }
            // Resources are made with their functions; all others have no class of their own.
            _ => return Ok(()),
        }
        self.line("}");
        Ok(())
    }

    fn kinds(&mut self, class: &str, cases: &[wit_parser::Case]) {
        self.line("");
        self.line(format!("/** The cases of {class}. */"));
        self.line(format!("export enum {class}Kind {{"));
        for case in cases {
            self.docs(&case.docs);
            self.line(format!("{},", names::class(&case.name)));
        }
        self.line("}");
    }

    /// One field for each payload; only that of the case is set.
    fn variant(&mut self, class: &str, variant: &wit_parser::Variant) -> anyhow::Result<()> {
        self.line(format!("private constructor(readonly kind: {class}Kind) {{}}"));
        for case in &variant.cases {
            let (name, kind) = (names::member(&case.name), names::class(&case.name));
            let Some(payload) = case.ty else {
                self.line(format!("static {name}(): {class} {{"));
                self.line(format!("return new {class}({class}Kind.{kind});"));
                self.line("}");
                continue;
            };
            let ty = self.type_name(&payload)?;
            let none = if ty == "bool" { "false" } else { "0" };
            let field = match self.shape(&payload)? {
                Shape::Scalar { .. } => format!("private _{name}: {ty} = {none};"),
                _ => format!("private _{name}: {ty} = changetype<{ty}>(0);"),
            };
            self.line(field);
            self.line(format!("get {name}(): {ty} {{"));
            self.line(format!("assert(this.kind == {class}Kind.{kind}, \"{class} is not {name}\");"));
            self.line(format!("return this._{name};"));
            self.line("}");
            self.line(format!("static {name}({name}_: {ty}): {class} {{"));
            self.line(format!("const value = new {class}({class}Kind.{kind});"));
            self.line(format!("value._{name} = {name}_;"));
            self.line("return value;");
            self.line("}");
        }
        Ok(())
    }

    fn head(&mut self, docs: &Docs, what: &str) {
        self.line("");
        self.docs(docs);
        self.line(format!("export {what} {{"));
    }

    /// The contract's own words.
    pub fn docs(&mut self, docs: &Docs) {
        let Some(text) = docs.contents.as_deref().map(str::trim) else { return };
        match text.contains('\n') {
            false => self.line(format!("/** {text} */")),
            true => {
                self.line("/**");
                for line in text.lines() {
                    self.line(format!(" * {}", line.trim()));
                }
                self.line(" */");
            }
        }
    }
}

/// The classes of tuples with these numbers of items.
pub fn tuples(lengths: &BTreeSet<usize>) -> String {
    let mut lines = vec![HEAD.to_owned()];
    for length in lengths {
        let all = |each: fn(usize) -> String| (0..*length).map(each).collect::<Vec<_>>().join(", ");
        let (types, fields) = (all(|at| format!("T{at}")), all(|at| format!("public item{at}: T{at}")));
        lines.push(String::new());
        lines.push(format!("/** {length} values. */"));
        lines.push(format!("export class Tuple{length}<{types}> {{"));
        lines.push(format!("constructor({fields}) {{}}"));
        lines.push("}".to_owned());
    }
    indented(lines.iter())
}
