//! What a type is to the canonical ABI: many types of WIT, few shapes.

use anyhow::bail;
use wit_parser::{FlagsRepr, Handle, Int, Type, TypeDefKind, TypeId};

use super::file::File;
use super::names;

/// A type as the glue sees it.
#[derive(Debug, Clone)]
pub enum Shape {
    /// One core value. `stored` is its type in memory, `core` that on the stack.
    Scalar { name: String, stored: &'static str, core: &'static str },
    /// A string.
    Text,
    /// A handle that is given away.
    Own(String),
    /// A handle that is lent.
    Borrow(String),
    /// A list of numbers, in memory as AssemblyScript has them: `element` is their type.
    Numbers { array: &'static str, element: &'static str },
    /// Any other list.
    List(Type),
    /// A record or a tuple.
    Product { class: String, fields: Vec<(String, Type)> },
    /// A variant, an option or a result.
    Sum(Sum),
}

/// One of several cases.
#[derive(Debug, Clone)]
pub struct Sum {
    pub tag: Int,
    pub cases: Vec<Case>,
    /// The code of a value's case number; `{}` is the value.
    pub kind: String,
}

/// One case: how its payload is taken out of a value (`{}`), and how a value is made of it.
#[derive(Debug, Clone)]
pub struct Case {
    pub payload: Option<Type>,
    pub get: String,
    pub make: String,
}

/// A type of whole numbers with this discriminant.
pub fn unsigned(tag: Int) -> &'static str {
    match tag {
        Int::U8 => "u8",
        Int::U16 => "u16",
        Int::U32 => "u32",
        Int::U64 => "u64",
    }
}

impl File<'_> {
    /// The shape of a type, or an error that names what has none here.
    pub fn shape(&mut self, ty: &Type) -> anyhow::Result<Shape> {
        let number = |name: &'static str, core| Shape::Scalar { name: name.to_owned(), stored: name, core };
        Ok(match ty {
            Type::Bool => Shape::Scalar { name: "bool".to_owned(), stored: "u8", core: "i32" },
            Type::Char => number("u32", "i32"),
            Type::U8 => number("u8", "i32"),
            Type::S8 => number("i8", "i32"),
            Type::U16 => number("u16", "i32"),
            Type::S16 => number("i16", "i32"),
            Type::U32 => number("u32", "i32"),
            Type::S32 => number("i32", "i32"),
            Type::U64 => number("u64", "i64"),
            Type::S64 => number("i64", "i64"),
            Type::F32 => number("f32", "f32"),
            Type::F64 => number("f64", "f64"),
            Type::String => Shape::Text,
            Type::ErrorContext => bail!("error-context has no form in the AssemblyScript glue"),
            Type::Id(id) => return self.shape_of(*id),
        })
    }

    fn shape_of(&mut self, id: TypeId) -> anyhow::Result<Shape> {
        let definition = &self.resolve.types[id];
        let scalar = |name, stored| Shape::Scalar { name, stored, core: "i32" };
        Ok(match &definition.kind {
            TypeDefKind::Type(ty) => return self.shape(ty),
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().map(|field| (names::variable(&field.name), field.ty));
                Shape::Product { fields: fields.collect(), class: self.class(id)? }
            }
            TypeDefKind::Tuple(tuple) => {
                let fields = tuple.types.iter().enumerate();
                let fields = fields.map(|(index, ty)| (format!("item{index}"), *ty)).collect();
                Shape::Product { fields, class: self.tuple(&tuple.types)? }
            }
            TypeDefKind::Enum(cases) => scalar(self.class(id)?, unsigned(cases.tag())),
            TypeDefKind::Flags(flags) => match flags.repr() {
                FlagsRepr::U8 => scalar(self.class(id)?, "u8"),
                FlagsRepr::U16 => scalar(self.class(id)?, "u16"),
                FlagsRepr::U32(1) => scalar(self.class(id)?, "u32"),
                FlagsRepr::U32(_) => bail!("{} has not 1 to 32 flags", self.title(id)),
            },
            TypeDefKind::Handle(Handle::Own(resource)) => Shape::Own(self.class(*resource)?),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Shape::Borrow(self.class(*resource)?),
            TypeDefKind::List(element) => self.list(element)?,
            TypeDefKind::Variant(_) | TypeDefKind::Option(_) | TypeDefKind::Result(_) => {
                Shape::Sum(self.sum(id)?)
            }
            other => {
                bail!(
                    "{} is a {}, which has no form in the AssemblyScript glue",
                    self.title(id),
                    other.as_str()
                )
            }
        })
    }

    /// Numbers lie in an AssemblyScript array as they lie in a list of the canonical ABI.
    fn list(&mut self, element: &Type) -> anyhow::Result<Shape> {
        let numbers = |array, element| Shape::Numbers { array, element };
        let mut element = *element;
        while let Type::Id(id) = element
            && let TypeDefKind::Type(inner) = &self.resolve.types[id].kind
        {
            element = *inner;
        }
        Ok(match element {
            Type::U8 => numbers("Uint8Array", "u8"),
            Type::S8 => numbers("Int8Array", "i8"),
            Type::U16 => numbers("Uint16Array", "u16"),
            Type::S16 => numbers("Int16Array", "i16"),
            Type::U32 => numbers("Uint32Array", "u32"),
            Type::S32 => numbers("Int32Array", "i32"),
            Type::U64 => numbers("Uint64Array", "u64"),
            Type::S64 => numbers("Int64Array", "i64"),
            Type::F32 => numbers("Float32Array", "f32"),
            Type::F64 => numbers("Float64Array", "f64"),
            element => Shape::List(element),
        })
    }

    fn sum(&mut self, id: TypeId) -> anyhow::Result<Sum> {
        match &self.resolve.types[id].kind {
            TypeDefKind::Variant(variant) => {
                let class = self.class(id)?;
                let case = |case: &wit_parser::Case| {
                    let name = names::member(&case.name);
                    let make = match case.ty {
                        Some(_) => format!("{class}.{name}({{}})"),
                        None => format!("{class}.{name}()"),
                    };
                    Case { payload: case.ty, get: format!("{{}}.{name}"), make }
                };
                let cases = variant.cases.iter().map(case).collect();
                Ok(Sum { tag: variant.tag(), cases, kind: "<i32>{}.kind".to_owned() })
            }
            TypeDefKind::Option(inner) => {
                let (get, make) = match self.is_nullable_class(inner)? {
                    true => ("{}!".to_owned(), "{}".to_owned()),
                    false => ("{}!.value".to_owned(), format!("new Some<{}>({{}})", self.type_name(inner)?)),
                };
                let none = Case { payload: None, get: String::new(), make: "null".to_owned() };
                let some = Case { payload: Some(*inner), get, make };
                Ok(Sum { tag: Int::U8, cases: vec![none, some], kind: "<i32>({} !== null)".to_owned() })
            }
            TypeDefKind::Result(result) => {
                let types = format!("{}, {}", self.or_done(result.ok)?, self.or_done(result.err)?);
                let case = |payload: Option<Type>, get: &str, make: &str| {
                    let argument = if payload.is_some() { "{}" } else { "Done.it" };
                    let make = format!("Result.{make}<{types}>({argument})");
                    Case { payload, get: format!("{{}}.{get}"), make }
                };
                let cases = vec![case(result.ok, "value", "ok"), case(result.err, "error", "err")];
                Ok(Sum { tag: Int::U8, cases, kind: "<i32>{}.failed".to_owned() })
            }
            _ => bail!("{} has no cases", self.title(id)),
        }
    }
}
