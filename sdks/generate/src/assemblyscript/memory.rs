//! Values in linear memory.

use wit_parser::Type;

use super::file::File;
use super::shape::{Shape, Sum, unsigned};

/// An address: a variable, and what is added to it.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    pub base: &'a str,
    pub offset: usize,
}

impl<'a> Address<'a> {
    pub fn of(base: &'a str) -> Self {
        Self { base, offset: 0 }
    }

    fn plus(self, offset: usize) -> Self {
        Self { offset: self.offset + offset, ..self }
    }

    fn code(self) -> String {
        if self.offset == 0 { self.base.to_owned() } else { format!("{} + {}", self.base, self.offset) }
    }

    /// The last argument of a load or a store.
    fn immediate(self) -> String {
        if self.offset == 0 { String::new() } else { format!(", {}", self.offset) }
    }
}

impl File<'_> {
    /// Lines that write a value to an address.
    pub fn store(&mut self, ty: &Type, value: &str, address: Address<'_>) -> anyhow::Result<Vec<String>> {
        let (base, immediate) = (address.base, address.immediate());
        Ok(match self.shape(ty)? {
            Shape::Scalar { stored, .. } => {
                vec![format!("store<{stored}>({base}, <{stored}>{value}{immediate});")]
            }
            Shape::Text => vec![format!("abi.storeText({value}, {});", address.code())],
            Shape::Own(_) => vec![format!("store<i32>({base}, {value}.give(){immediate});")],
            Shape::Borrow(_) => vec![format!("store<i32>({base}, {value}.lend(){immediate});")],
            Shape::Numbers { .. } => vec![
                format!("store<usize>({base}, {value}.dataStart{immediate});"),
                format!("store<i32>({base}, {value}.length{});", address.plus(4).immediate()),
            ],
            Shape::List(element) => {
                let lower = self.list_lowering(ty, &element)?;
                vec![
                    format!("store<usize>({base}, {lower}({value}){immediate});"),
                    format!("store<i32>({base}, {value}.length{});", address.plus(4).immediate()),
                ]
            }
            Shape::Product { fields, .. } => {
                let helper = self.helper("store", ty, |file, name| {
                    let mut lines = vec![file.storing(name, ty)?];
                    for ((field, ty), offset) in fields.iter().zip(file.offsets(&fields)) {
                        let address = Address::of("_at").plus(offset);
                        lines.extend(file.store(ty, &format!("_value.{field}"), address)?);
                    }
                    lines.push("}".to_owned());
                    Ok(lines)
                })?;
                vec![format!("{helper}({value}, {});", address.code())]
            }
            Shape::Sum(sum) => {
                let helper = self.helper("store", ty, |file, name| file.store_sum(name, ty, &sum))?;
                vec![format!("{helper}({value}, {});", address.code())]
            }
        })
    }

    fn storing(&mut self, name: &str, ty: &Type) -> anyhow::Result<String> {
        Ok(format!("function {name}(_value: {}, _at: usize): void {{", self.type_name(ty)?))
    }

    fn store_sum(&mut self, name: &str, ty: &Type, sum: &Sum) -> anyhow::Result<Vec<String>> {
        let tag = unsigned(sum.tag);
        let address = Address::of("_at").plus(self.payload_offset(sum));
        let kind = sum.kind.replace("{}", "_value");
        let mut lines = vec![
            self.storing(name, ty)?,
            format!("const _kind = {kind};"),
            format!("store<{tag}>(_at, <{tag}>_kind);"),
        ];
        lines.push("switch (_kind) {".to_owned());
        for (number, case) in sum.cases.iter().enumerate() {
            let Some(payload) = case.payload else { continue };
            lines.push(format!("case {number}: {{"));
            lines.extend(self.store(&payload, &case.get.replace("{}", "_value"), address)?);
            lines.extend(["break;".to_owned(), "}".to_owned()]);
        }
        lines.extend(["}".to_owned(), "}".to_owned()]);
        Ok(lines)
    }

    /// The function that writes a list's elements and returns where they are.
    pub fn list_lowering(&mut self, ty: &Type, element: &Type) -> anyhow::Result<String> {
        let (size, align) = self.layout(element);
        let element = *element;
        self.helper("lower", ty, |file, name| {
            let mut lines = vec![
                format!("function {name}(_list: {}): usize {{", file.type_name(ty)?),
                "const _length = _list.length;".to_owned(),
                format!("const _data = abi.allocate(<usize>_length * {size}, {align});"),
                "for (let _index = 0; _index < _length; ++_index) {".to_owned(),
                format!("const _at = _data + <usize>_index * {size};"),
            ];
            lines.extend(file.store(&element, "_list[_index]", Address::of("_at"))?);
            lines.extend(["}", "return _data;", "}"].map(str::to_owned));
            Ok(lines)
        })
    }

    /// The code of the value at an address.
    pub fn load(&mut self, ty: &Type, address: Address<'_>) -> anyhow::Result<String> {
        let (base, immediate) = (address.base, address.immediate());
        Ok(match self.shape(ty)? {
            Shape::Scalar { name, stored, .. } if name == stored => {
                format!("load<{stored}>({base}{immediate})")
            }
            Shape::Scalar { name, stored, .. } => format!("<{name}>load<{stored}>({base}{immediate})"),
            Shape::Text => format!("abi.loadText({})", address.code()),
            Shape::Own(class) | Shape::Borrow(class) => format!("new {class}(load<i32>({base}{immediate}))"),
            Shape::Numbers { .. } | Shape::List(_) => {
                let lift = self.list_lifting(ty)?;
                format!(
                    "{lift}(load<usize>({base}{immediate}), load<i32>({base}{}))",
                    address.plus(4).immediate()
                )
            }
            Shape::Product { class, fields } => {
                let helper = self.helper("load", ty, |file, name| {
                    let mut lines = vec![file.loading(name, ty)?, format!("return new {class}(")];
                    for ((_, ty), offset) in fields.iter().zip(file.offsets(&fields)) {
                        let field = file.load(ty, Address::of("_at").plus(offset))?;
                        lines.push(format!("  {field},"));
                    }
                    lines.extend([");".to_owned(), "}".to_owned()]);
                    Ok(lines)
                })?;
                format!("{helper}({})", address.code())
            }
            Shape::Sum(sum) => {
                let helper = self.helper("load", ty, |file, name| {
                    let address = Address::of("_at").plus(file.payload_offset(&sum));
                    let mut lines = vec![file.loading(name, ty)?];
                    let tag = format!("load<{}>(_at)", unsigned(sum.tag));
                    lines.extend(file.made_by_case(&sum, &tag, |file, ty| file.load(ty, address))?);
                    lines.push("}".to_owned());
                    Ok(lines)
                })?;
                format!("{helper}({})", address.code())
            }
        })
    }

    fn loading(&mut self, name: &str, ty: &Type) -> anyhow::Result<String> {
        Ok(format!("function {name}(_at: usize): {} {{", self.type_name(ty)?))
    }

    /// A switch that returns the value of each case. The canonical ABI lets no other number in, so the
    /// last case needs none.
    pub fn made_by_case(
        &mut self,
        sum: &Sum,
        tag: &str,
        mut payload: impl FnMut(&mut Self, &Type) -> anyhow::Result<String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut lines = vec![format!("switch ({tag}) {{")];
        for (number, case) in sum.cases.iter().enumerate() {
            let value = match &case.payload {
                Some(ty) => case.make.replace("{}", &payload(self, ty)?),
                None => case.make.clone(),
            };
            let label = match number + 1 == sum.cases.len() {
                true => "default".to_owned(),
                false => format!("case {number}"),
            };
            lines.push(format!("{label}: return {value};"));
        }
        lines.push("}".to_owned());
        Ok(lines)
    }

    /// The function that makes a list of what is at an address.
    pub fn list_lifting(&mut self, ty: &Type) -> anyhow::Result<String> {
        let element = match self.shape(ty)? {
            Shape::Numbers { array, element } => {
                return Ok(format!("abi.loadNumbers<{array}, {element}>"));
            }
            Shape::List(element) => element,
            _ => anyhow::bail!("{ty:?} is no list"),
        };
        let (size, _) = self.layout(&element);
        self.helper("lift", ty, |file, name| {
            let class = file.type_name(ty)?;
            let value = file.load(&element, Address::of("_at"))?;
            Ok([
                format!("function {name}(_data: usize, _length: i32): {class} {{"),
                format!("const _list = new {class}(_length);"),
                "for (let _index = 0; _index < _length; ++_index) {".to_owned(),
                format!("const _at = _data + <usize>_index * {size};"),
                format!("_list[_index] = {value};"),
                "}".to_owned(),
                "return _list;".to_owned(),
                "}".to_owned(),
            ]
            .to_vec())
        })
    }

    /// Size and alignment.
    pub fn layout(&self, ty: &Type) -> (usize, usize) {
        (self.sizes.size(ty).size_wasm32(), self.sizes.align(ty).align_wasm32())
    }

    pub fn offsets(&self, fields: &[(String, Type)]) -> Vec<usize> {
        let offsets = self.sizes.field_offsets(fields.iter().map(|(_, ty)| ty));
        offsets.into_iter().map(|(offset, _)| offset.size_wasm32()).collect()
    }

    fn payload_offset(&self, sum: &Sum) -> usize {
        let cases = sum.cases.iter().map(|case| case.payload.as_ref());
        self.sizes.payload_offset(sum.tag, cases).size_wasm32()
    }
}
