//! Functions that the guest calls, and those that the host calls.

use anyhow::bail;
use wit_parser::abi::{AbiVariant, WasmSignature};
use wit_parser::{
    Function, FunctionKind, Handle, LiftLowerAbi, ManglingAndAbi, ResourceIntrinsic, Type, TypeDefKind,
    TypeId, WasmExport, WasmExportKind, WasmImport, WorldKey,
};

use super::file::File;
use super::memory::Address;
use super::{flat, names};

const MANGLING: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

impl File<'_> {
    /// All of an interface that the guest calls.
    pub fn imports(&mut self, key: &WorldKey) -> anyhow::Result<()> {
        self.classes()?;
        let interface = &self.resolve.interfaces[self.interface];
        for (name, id) in &interface.types {
            if let TypeDefKind::Resource = self.resolve.types[*id].kind {
                self.resource(key, name, *id)?;
            }
        }
        for function in interface.functions.values() {
            if function.kind == FunctionKind::Freestanding {
                self.line("");
                self.docs(&function.docs);
                let name = names::variable(&function.name);
                self.call(function, &format!("export function {name}"), None)?;
            } else if function.kind.resource().is_none() {
                bail!("{} is async, which the AssemblyScript glue is not", function.name);
            }
            self.core_import(key, function)?;
        }
        Ok(())
    }

    fn resource(&mut self, key: &WorldKey, name: &str, id: TypeId) -> anyhow::Result<()> {
        let class = names::class(name);
        let drop = format!("_{}", names::member(&format!("drop-{name}")));
        self.uses("../abi", "Handle");
        self.line("");
        match self.resolve.types[id].docs.is_empty() {
            true => self.line(format!("/** A `{name}` of the host. */")),
            false => self.docs(&self.resolve.types[id].docs),
        }
        self.line(format!("export class {class} extends Handle {{"));
        self.line("/** Gives it back to the host. A handle that was given away already is left alone. */");
        self.line("drop(): void {");
        self.line(format!("if (this.isHeld) {drop}(this.give());"));
        self.line("}");
        for function in self.resolve.interfaces[self.interface].functions.values() {
            if function.kind.resource() != Some(id) {
                continue;
            }
            let name = names::member(names::last(&function.name));
            let (keyword, this) = match function.kind {
                FunctionKind::Method(_) => ("", Some("this")),
                FunctionKind::Static(_) | FunctionKind::Constructor(_) => ("static ", None),
                _ => bail!("{} is async, which the AssemblyScript glue is not", function.name),
            };
            self.line("");
            self.docs(&function.docs);
            self.call(function, &format!("{keyword}{name}"), this)?;
        }
        self.line("}");
        let intrinsic = ResourceIntrinsic::ImportedDrop;
        let import = WasmImport::ResourceIntrinsic { interface: Some(key), resource: id, intrinsic };
        self.external(import, &format!("{drop}(_: i32): void"));
        Ok(())
    }

    fn external(&mut self, import: WasmImport<'_>, signature: &str) {
        let (module, name) = self.resolve.wasm_import_name(MANGLING, import);
        self.line("");
        self.line("// @ts-ignore: decorator");
        self.line(format!("@external(\"{module}\", \"{name}\")"));
        self.line(format!("declare function {signature};"));
    }

    fn core_import(&mut self, key: &WorldKey, function: &Function) -> anyhow::Result<()> {
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, function);
        let signature = format!("{}{}", names::core(&function.name), core_signature(&signature, ""));
        self.external(WasmImport::Func { interface: Some(key), func: function }, &signature);
        Ok(())
    }

    /// A function that lowers its arguments, calls the host and lifts the result.
    fn call(&mut self, function: &Function, head: &str, this: Option<&str>) -> anyhow::Result<()> {
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, function);
        let skipped = usize::from(this.is_some());
        let mut values: Vec<String> = this.iter().map(|this| (*this).to_owned()).collect();
        let mut parameters = Vec::new();
        for parameter in &function.params[skipped..] {
            let name = names::variable(&parameter.name);
            parameters.push(format!("{name}: {}", self.type_name(&parameter.ty)?));
            values.push(name);
        }
        let returned = function.result.map_or(Ok("void".to_owned()), |ty| self.type_name(&ty))?;
        self.line(format!("{head}({}): {returned} {{", parameters.join(", ")));
        let mut lines = Vec::new();
        let mut arguments = self.arguments(function, &values, &signature, &mut lines)?;
        if let (true, Some(ty)) = (signature.retptr, function.result) {
            let (size, align) = self.layout(&ty);
            lines.push(format!("const _area = abi.allocate({size}, {align});"));
            arguments.push("<i32>_area".to_owned());
        }
        let call = format!("{}({})", names::core(&function.name), arguments.join(", "));
        match function.result {
            None => lines.extend([format!("{call};"), "abi.release();".to_owned()]),
            Some(ty) => {
                let result = match signature.retptr {
                    true => {
                        lines.push(format!("{call};"));
                        self.load(&ty, Address::of("_area"))?
                    }
                    false => {
                        lines.push(format!("const _core = {call};"));
                        self.lift(&ty, &mut std::iter::once("_core".to_owned()))?
                    }
                };
                let returning = ["abi.release();".to_owned(), "return _result;".to_owned()];
                lines.push(format!("const _result = {result};"));
                lines.extend(returning);
            }
        }
        self.lines(lines);
        self.line("}");
        Ok(())
    }

    fn arguments(
        &mut self,
        function: &Function,
        values: &[String],
        signature: &WasmSignature,
        lines: &mut Vec<String>,
    ) -> anyhow::Result<Vec<String>> {
        let parameters = function.params.iter().map(|parameter| parameter.ty).zip(values);
        if !signature.indirect_params {
            let mut flat = Vec::new();
            for (ty, value) in parameters {
                flat.extend(self.lower(&ty, value, lines)?);
            }
            return Ok(flat);
        }
        let types: Vec<_> = function.params.iter().map(|parameter| &parameter.ty).collect();
        let record = self.sizes.record(types.iter().copied());
        let (size, align) = (record.size.size_wasm32(), record.align.align_wasm32());
        lines.push(format!("const _arguments = abi.allocate({size}, {align});"));
        let offsets: Vec<_> =
            self.sizes.field_offsets(types).into_iter().map(|(at, _)| at.size_wasm32()).collect();
        for ((ty, value), offset) in parameters.zip(offsets) {
            lines.extend(self.store(&ty, value, Address { base: "_arguments", offset })?);
        }
        Ok(vec!["<i32>_arguments".to_owned()])
    }

    /// All of an interface that the host calls. Returns an entry of `exports.json` for each function.
    pub fn exports(&mut self, key: &WorldKey) -> anyhow::Result<Vec<String>> {
        self.classes()?;
        let interface = &self.resolve.interfaces[self.interface];
        for (name, id) in &interface.types {
            if let TypeDefKind::Resource = self.resolve.types[*id].kind {
                bail!("resource `{name}` is exported: the AssemblyScript glue has only imported ones");
            }
        }
        interface.functions.values().map(|function| self.export(key, function)).collect()
    }

    /// A function that takes the guest's function and the core arguments, and returns what the host gets.
    fn export(&mut self, key: &WorldKey, function: &Function) -> anyhow::Result<String> {
        if function.kind != FunctionKind::Freestanding {
            bail!("{} is async, which the AssemblyScript glue is not", function.name);
        }
        let signature = self.resolve.wasm_signature(AbiVariant::GuestExport, function);
        let (mut types, mut values, mut offset) = (Vec::new(), Vec::new(), 0);
        let mut flat = (0..signature.params.len()).map(|at| format!("_{at}"));
        let places = self.sizes.field_offsets(function.params.iter().map(|parameter| &parameter.ty));
        let places: Vec<_> = places.into_iter().map(|(at, _)| at.size_wasm32()).collect();
        for parameter in &function.params {
            let ty = &parameter.ty;
            self.refuse_borrow(function, ty)?;
            types.push(format!("{}: {}", names::variable(&parameter.name), self.type_name(ty)?));
            values.push(match signature.indirect_params {
                true => self.load(ty, Address { base: "<usize>_0", offset: places[offset] })?,
                false => self.lift(ty, &mut flat)?,
            });
            offset += 1;
        }
        let returned = function.result.map_or(Ok("void".to_owned()), |ty| self.type_name(&ty))?;
        let name = names::variable(&function.name);
        let run = format!("_run: ({}) => {returned}", types.join(", "));
        self.line("");
        self.docs(&function.docs);
        self.line(format!("export function {name}{} {{", core_signature(&signature, &run)));
        let arguments: Vec<_> = values.iter().enumerate().map(|(at, _)| format!("_argument{at}")).collect();
        for (argument, value) in arguments.iter().zip(&values) {
            self.line(format!("const {argument} = {value};"));
        }
        self.line("abi.release();");
        let call = format!("_run({})", arguments.join(", "));
        let lines = self.returning(function, &signature, call)?;
        self.lines(lines);
        self.line("}");
        Ok(self.entry(key, function, &signature))
    }

    fn returning(
        &mut self,
        function: &Function,
        signature: &WasmSignature,
        call: String,
    ) -> anyhow::Result<Vec<String>> {
        let Some(ty) = function.result else { return Ok(vec![format!("{call};")]) };
        let mut lines = vec![format!("const _result = {call};")];
        if signature.retptr {
            let (size, align) = self.layout(&ty);
            lines.push(format!("const _area = abi.allocate({size}, {align});"));
            lines.extend(self.store(&ty, "_result", Address::of("_area"))?);
            lines.push("return <i32>_area;".to_owned());
        } else {
            let values = self.lower(&ty, "_result", &mut lines)?;
            lines.push(format!("return {};", values.join(", ")));
        }
        Ok(lines)
    }

    /// A borrowed handle must be given back before the export returns, and nothing here does.
    fn refuse_borrow(&self, function: &Function, ty: &Type) -> anyhow::Result<()> {
        let Type::Id(id) = ty else { return Ok(()) };
        let refuse = |ty: &Type| self.refuse_borrow(function, ty);
        match &self.resolve.types[*id].kind {
            TypeDefKind::Handle(Handle::Borrow(_)) => {
                bail!(
                    "{} borrows a handle of its caller, which the AssemblyScript glue cannot",
                    function.name
                )
            }
            TypeDefKind::Type(ty) | TypeDefKind::Option(ty) | TypeDefKind::List(ty) => refuse(ty),
            TypeDefKind::Record(record) => record.fields.iter().try_for_each(|field| refuse(&field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().try_for_each(refuse),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty.as_ref()).try_for_each(refuse)
            }
            TypeDefKind::Result(result) => result.ok.iter().chain(&result.err).try_for_each(refuse),
            _ => Ok(()),
        }
    }

    /// What the SDK's transform must know to export the function.
    fn entry(&self, key: &WorldKey, function: &Function, signature: &WasmSignature) -> String {
        let name = |kind| {
            let export = WasmExport::Func { interface: Some(key), func: function, kind };
            self.resolve.wasm_export_name(MANGLING, export)
        };
        let file = self.resolve.interfaces[self.interface].name.as_deref().unwrap_or_default();
        let params: Vec<_> = signature.params.iter().map(|ty| format!("\"{}\"", flat::core(*ty))).collect();
        let result = signature.results.first().map_or("void", |ty| flat::core(*ty));
        let after = match signature.retptr {
            true => format!("\"{}\"", name(WasmExportKind::PostReturn)),
            false => "null".to_owned(),
        };
        format!(
            "  {{\n    \"file\": \"{file}\",\n    \"function\": \"{}\",\n    \"params\": [{}],\n    \
             \"result\": \"{result}\",\n    \"export\": \"{}\",\n    \"afterwards\": {after}\n  }}",
            names::variable(&function.name),
            params.join(", "),
            name(WasmExportKind::Normal),
        )
    }
}

/// Parameters and result of a core function, after another parameter.
fn core_signature(signature: &WasmSignature, first: &str) -> String {
    let core = signature.params.iter().enumerate().map(|(at, ty)| format!("_{at}: {}", flat::core(*ty)));
    let first = (!first.is_empty()).then(|| first.to_owned());
    let parameters: Vec<_> = first.into_iter().chain(core).collect();
    let result = signature.results.first().map_or("void", |ty| flat::core(*ty));
    format!("({}): {result}", parameters.join(", "))
}
