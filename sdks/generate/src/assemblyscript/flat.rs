//! Values as core arguments and results.

use anyhow::Context as _;
use wit_parser::Type;
use wit_parser::abi::{FlatTypes, WasmType};

use super::file::File;
use super::shape::{Shape, Sum};

/// More than any function passes flat.
const MOST: usize = 64;

/// A core type; addresses and lengths are 32 bits here.
pub fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

/// A value's bits in the type that it shares with those of other cases, or back.
fn cast(value: &str, from: &str, to: &str) -> String {
    match (from, to) {
        ("i32", "i64") => format!("<i64><u32>({value})"),
        ("f32", "i64") => format!("<i64>reinterpret<u32>({value})"),
        ("f32", "i32") | ("f64", "i64") | ("i32", "f32") | ("i64", "f64") => {
            format!("reinterpret<{to}>({value})")
        }
        ("i64", "i32") => format!("<i32>({value})"),
        ("i64", "f32") => format!("reinterpret<f32>(<i32>({value}))"),
        _ => value.to_owned(),
    }
}

impl File<'_> {
    /// The core types of a type.
    pub fn flat(&self, ty: &Type) -> anyhow::Result<Vec<&'static str>> {
        let mut array = [WasmType::I32; MOST];
        let mut flat = FlatTypes::new(&mut array);
        let fits = self.resolve.push_flat(ty, &mut flat);
        anyhow::ensure!(fits, "{ty:?} has more than {MOST} core values");
        Ok(flat.to_vec().into_iter().map(core).collect())
    }

    /// The code of each core value of a value; `lines` get what must happen before.
    pub fn lower(&mut self, ty: &Type, value: &str, lines: &mut Vec<String>) -> anyhow::Result<Vec<String>> {
        Ok(match self.shape(ty)? {
            Shape::Scalar { core, .. } => vec![format!("<{core}>{value}")],
            Shape::Text => vec![format!("abi.lowerText({value})"), format!("{value}.length")],
            Shape::Own(_) => vec![format!("{value}.give()")],
            Shape::Borrow(_) => vec![format!("{value}.lend()")],
            Shape::Numbers { .. } => vec![format!("<i32>{value}.dataStart"), format!("{value}.length")],
            Shape::List(element) => {
                let lower = self.list_lowering(ty, &element)?;
                vec![format!("<i32>{lower}({value})"), format!("{value}.length")]
            }
            Shape::Product { fields, .. } => {
                let mut flat = Vec::new();
                for (field, ty) in fields {
                    flat.extend(self.lower(&ty, &format!("{value}.{field}"), lines)?);
                }
                flat
            }
            Shape::Sum(sum) => self.lower_sum(ty, &sum, value, lines)?,
        })
    }

    fn lower_sum(
        &mut self,
        ty: &Type,
        sum: &Sum,
        value: &str,
        lines: &mut Vec<String>,
    ) -> anyhow::Result<Vec<String>> {
        let flat = self.flat(ty)?;
        let names: Vec<_> = flat.iter().map(|_| self.fresh()).collect();
        let kind = &names[0];
        lines.push(format!("const {kind}: i32 = {};", sum.kind.replace("{}", value)));
        for (name, core) in names.iter().zip(&flat).skip(1) {
            lines.push(format!("let {name}: {core} = 0;"));
        }
        lines.push(format!("switch ({kind}) {{"));
        for (number, case) in sum.cases.iter().enumerate() {
            let Some(payload) = &case.payload else { continue };
            lines.push(format!("case {number}: {{"));
            let own = self.flat(payload)?;
            let values = self.lower(payload, &case.get.replace("{}", value), lines)?;
            for (at, (value, from)) in values.iter().zip(own).enumerate() {
                lines.push(format!("{} = {};", names[at + 1], cast(value, from, flat[at + 1])));
            }
            lines.extend(["break;".to_owned(), "}".to_owned()]);
        }
        lines.push("}".to_owned());
        Ok(names)
    }

    /// The code of a value made of core values, taken from `flat` in their order.
    pub fn lift(&mut self, ty: &Type, flat: &mut dyn Iterator<Item = String>) -> anyhow::Result<String> {
        let mut next = || flat.next().context("a type has more core values than its function");
        Ok(match self.shape(ty)? {
            Shape::Scalar { name, .. } => format!("<{name}>{}", next()?),
            Shape::Text => format!("abi.liftText({}, {})", next()?, next()?),
            Shape::Own(class) | Shape::Borrow(class) => format!("new {class}({})", next()?),
            Shape::Numbers { .. } | Shape::List(_) => {
                let lift = self.list_lifting(ty)?;
                format!("{lift}({}, {})", next()?, next()?)
            }
            Shape::Product { class, fields } => {
                let mut values = Vec::new();
                for (_, ty) in &fields {
                    values.push(self.lift(ty, flat)?);
                }
                format!("new {class}({})", values.join(", "))
            }
            Shape::Sum(sum) => {
                let types = self.flat(ty)?;
                let arguments: Vec<_> = flat.take(types.len()).collect();
                let helper = self.helper("lift", ty, |file, name| file.lift_sum(name, ty, &sum, &types))?;
                format!("{helper}({})", arguments.join(", "))
            }
        })
    }

    fn lift_sum(&mut self, name: &str, ty: &Type, sum: &Sum, flat: &[&str]) -> anyhow::Result<Vec<String>> {
        let parameters: Vec<_> = flat.iter().enumerate().map(|(at, core)| format!("_{at}: {core}")).collect();
        let class = self.type_name(ty)?;
        let mut lines = vec![format!("function {name}({}): {class} {{", parameters.join(", "))];
        let cases = self.made_by_case(sum, "_0", |file, ty| {
            let own = file.flat(ty)?;
            let values =
                own.iter().enumerate().map(|(at, to)| cast(&format!("_{}", at + 1), flat[at + 1], to));
            file.lift(ty, &mut values.collect::<Vec<_>>().into_iter())
        })?;
        lines.extend(cases);
        lines.push("}".to_owned());
        Ok(lines)
    }
}
