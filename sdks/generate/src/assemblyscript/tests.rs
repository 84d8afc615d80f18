//! The glue of every type is compiled by asc, is what wit-component takes for it, and carries values both
//! ways unchanged.

mod host;
mod values;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;
use tempfile::TempDir;
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Func, Instance, Resource, Val};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use host::Things;

/// Types that a function takes and returns alike.
const ECHOES: [&str; 51] = [
    "bool",
    "char",
    "u8",
    "s8",
    "u16",
    "s16",
    "u32",
    "s32",
    "u64",
    "s64",
    "f32",
    "f64",
    "string",
    "list<u8>",
    "list<s8>",
    "list<u16>",
    "list<s16>",
    "list<u32>",
    "list<s32>",
    "list<u64>",
    "list<s64>",
    "list<f32>",
    "list<f64>",
    "list<bool>",
    "list<char>",
    "list<string>",
    "list<point>",
    "list<list<u8>>",
    "list<option<u8>>",
    "list<joined>",
    "list<access>",
    "option<u8>",
    "option<string>",
    "option<list<u8>>",
    "option<option<string>>",
    "option<option<u64>>",
    "option<wide>",
    "result",
    "result<u8>",
    "result<_, string>",
    "result<list<string>, f32>",
    "result<option<s64>, colour>",
    "tuple<u8, string, f64>",
    "tuple<tuple<u8>, list<tuple<s64, bool>>>",
    "place",
    "wide",
    "array",
    "joined",
    "narrow",
    "long",
    "tuple<colour, access, nine, most>",
];
/// Functions of no or of several parameters, flat and not, with names that AssemblyScript has taken.
const OTHERS: &str = "
    nothing: func();
    delete: func(new: string, of: list<u8>, value: option<s64>) -> tuple<string, list<u8>, option<s64>>;
    load: func(store: wide, abi: option<joined>) -> tuple<wide, option<joined>>;
    keep: func(thing: thing) -> thing;
    keep-all: func(things: list<thing>) -> list<thing>;
    keep-some: func(thing: result<thing, option<thing>>) -> result<thing, option<thing>>;
";
const INSIDE: &str = "test:shapes/inside@1.0.0";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The world with every shape.
fn world() -> (Resolve, WorldId) {
    let mut echoes = OTHERS.to_owned();
    for (number, ty) in ECHOES.iter().enumerate() {
        writeln!(echoes, "    echo{number}: func(value: {ty}) -> {ty};").expect("it is written");
    }
    parsed(&include_str!("tests/shapes.wit").replace("{{echoes}}", &echoes), "all")
}

fn parsed(wit: &str, world: &str) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).expect("the WIT is valid");
    let world = resolve.select_world(&[package], Some(world)).expect("the world is there");
    (resolve, world)
}

/// One entry of `exports.json`.
#[derive(Deserialize)]
struct Export {
    function: String,
    params: Vec<String>,
    result: String,
    export: String,
    afterwards: Option<String>,
}

/// A module of the glue, in which the guest's functions are the host's, or those of guest.ts. With it, the
/// names of its exports and what they are to be.
fn entry(exports: &[Export]) -> (String, Vec<(String, String)>) {
    let mut text = "export { cabi_realloc } from \"./abi\";\nimport { release } from \"./abi\";\n\
                    import { useThings } from \"./guest\";\nimport * as inside from \"./generated/inside\";\n\
                    import * as outside from \"./generated/outside\";\n"
        .to_owned();
    let mut names = Vec::new();
    for (number, export) in exports.iter().enumerate() {
        let name = &export.function;
        let of = if name == "useThings" { "" } else { "outside." };
        let typed = export.params.iter().enumerate().map(|(at, ty)| format!("p{at}: {ty}"));
        let typed = typed.collect::<Vec<_>>().join(", ");
        let passed: String = (0..export.params.len()).map(|at| format!(", p{at}")).collect();
        let call = format!("inside.{name}({of}{name}{passed});");
        let returning = if export.result == "void" { "" } else { "return " };
        let result = &export.result;
        writeln!(text, "export function run{number}({typed}): {result} {{ {returning}{call} }}")
            .expect("it is written");
        names.push((format!("run{number}"), export.export.clone()));
        if let Some(afterwards) = &export.afterwards {
            writeln!(text, "export function after{number}(_: i32): void {{ release(); }}")
                .expect("it is written");
            names.push((format!("after{number}"), afterwards.clone()));
        }
    }
    (text, names)
}

/// The module of a world's glue, as asc makes it.
fn module(resolve: &Resolve, world: WorldId) -> Vec<u8> {
    let folder = TempDir::with_prefix("glue-").expect("a temporary folder");
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(folder.path().join("generated")).expect("a folder");
        std::fs::write(folder.path().join(name), text).expect("it is written");
    };
    let mut exports = Vec::new();
    for (name, text) in super::world::files(resolve, world, &[]).expect("there is glue for every shape") {
        match name.as_str() {
            "exports.json" => exports = serde_json::from_str(&text).expect("it is JSON"),
            _ => write(&format!("generated/{name}"), &text),
        }
    }
    for name in ["abi.ts", "result.ts"] {
        std::fs::copy(root().join("sdks/assemblyscript/assembly").join(name), folder.path().join(name))
            .expect("it is copied");
    }
    write("guest.ts", include_str!("tests/guest.ts"));
    let (text, names) = entry(&exports);
    write("index.ts", &text);
    let mut asc = Command::new("node");
    // A failed assertion is a trap, and imports nothing.
    asc.arg(compiler()).args(["index.ts", "-O3", "--use", "abort=", "--textFile", "index.wat"]);
    run(asc.current_dir(folder.path()));
    let text = std::fs::read_to_string(folder.path().join("index.wat")).expect("it is there");
    let named = names.iter().fold(text, |text, (from, to)| {
        text.replace(&format!("(export \"{from}\" "), &format!("(export \"{to}\" "))
    });
    wat::parse_str(named).expect("it is WebAssembly")
}

/// The SDK's own compiler, which is installed here if it is not there yet.
fn compiler() -> PathBuf {
    let sdk = root().join("sdks/assemblyscript");
    let asc = sdk.join("node_modules/assemblyscript/bin/asc.js");
    if !asc.is_file() {
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund"]).current_dir(sdk));
    }
    asc
}

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// The component of the glue, made once for all tests.
static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (resolve, world) = world();
    let mut module = module(&resolve, world);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF16).expect("it is embedded");
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.expect("the module fits").encode().expect("wit-component agrees with every signature")
});

/// Whether Node.js is here; a run that has to have everything fails without.
fn has_node() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there =
        ["node", "npm"].iter().all(|tool| std::env::split_paths(&path).any(|it| it.join(tool).is_file()));
    assert!(is_there || std::env::var_os("FLUX_REQUIRE_SERVICES").is_none(), "node or npm is not on PATH");
    if !is_there {
        eprintln!("SKIPPED: node or npm is not on PATH");
    }
    is_there
}

/// The guest's functions.
struct Guest {
    store: Store<Things>,
    instance: Instance,
    inside: ComponentExportIndex,
}

impl Guest {
    fn start() -> Self {
        let (mut store, instance) = host::start(&COMPONENT, &echoes());
        let inside = instance.get_export_index(&mut store, None, INSIDE).expect("the interface");
        Self { store, instance, inside }
    }

    fn function(&mut self, name: &str) -> Func {
        let index = self.instance.get_export_index(&mut self.store, Some(&self.inside), name);
        self.instance.get_func(&mut self.store, index.expect("it is exported")).expect("it is a function")
    }

    fn call(&mut self, name: &str, given: &[Val]) -> Vec<Val> {
        let function = self.function(name);
        let mut returned = vec![Val::Bool(false); function.ty(&self.store).results().len()];
        let called = function.call(&mut self.store, given, &mut returned);
        called.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        returned
    }

    /// A new thing of the host.
    fn thing(&mut self, name: &str) -> Val {
        let thing = self.store.data_mut().add(name.to_owned());
        Val::Resource(thing.try_into_resource_any(&mut self.store).expect("a handle"))
    }

    /// The name of a thing.
    fn name(&mut self, thing: &Val) -> String {
        let Val::Resource(thing) = thing else { panic!("{thing:?} is no thing") };
        let thing = Resource::try_from_resource_any(*thing, &mut self.store).expect("a thing");
        self.store.data().name(&thing)
    }
}

/// The functions that the host has too.
fn echoes() -> Vec<String> {
    let others = OTHERS.lines().filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned()));
    others.chain((0..ECHOES.len()).map(|number| format!("echo{number}"))).collect()
}

#[test]
fn values_of_every_shape_go_both_ways_unchanged() {
    if !has_node() {
        return;
    }
    let mut guest = Guest::start();
    for name in echoes().iter().filter(|name| !name.starts_with("keep")) {
        let types: Vec<_> = guest.function(name).ty(&guest.store).params().map(|(_, ty)| ty).collect();
        for given in values::products(&types) {
            let returned = guest.call(name, &given);
            let expected = match given.len() {
                0 => Vec::new(),
                1 => given,
                _ => vec![Val::Tuple(given)],
            };
            assert!(returned == expected, "{name} of {types:?}: {returned:?} is not {expected:?}");
        }
    }
}

#[test]
fn handles_are_made_lent_given_away_and_dropped() {
    if !has_node() {
        return;
    }
    let mut guest = Guest::start();
    let told = guest.call("use-things", &[Val::String("a".to_owned())]);
    let expected = ["a", "true", "false", "a+a2", "false"].map(|it| Val::String(it.to_owned()));
    assert_eq!(told, [Val::List(expected.to_vec())]);
    assert_eq!(guest.store.data().dropped, 1);

    let thing = guest.thing("b");
    let returned = guest.call("keep", &[thing]);
    assert_eq!(guest.name(&returned[0]), "b");
    let things = ["c", "d"].map(|name| guest.thing(name)).to_vec();
    let Val::List(returned) = &guest.call("keep-all", &[Val::List(things)])[0] else { panic!("no list") };
    assert_eq!([guest.name(&returned[0]), guest.name(&returned[1])], ["c", "d"]);
    let some = Val::Option(Some(Box::new(guest.thing("e"))));
    let returned = guest.call("keep-some", &[Val::Result(Err(Some(Box::new(some))))]).remove(0);
    let Val::Result(Err(Some(some))) = returned else { panic!("no error") };
    let Val::Option(Some(thing)) = *some else { panic!("no thing") };
    assert_eq!(guest.name(&thing), "e");
}

#[test]
fn what_it_cannot_do_is_an_error_that_names_it() {
    let flags: String = (0..33).map(|number| format!("flag{number}, ")).collect();
    let cases = [
        (&*format!("flags many {{ {flags} }} f: func(it: many);"), "`many` has not 1 to 32 flags"),
        ("f: func(it: stream<u8>);", "an unnamed stream is a stream, which has no form"),
        ("f: async func();", "f is async"),
        ("resource it { m: async func(); }", "it.m is async"),
    ];
    for (items, expected) in cases {
        let (resolve, world) =
            parsed(&format!("package a:b; interface i {{ {items} }} world w {{ import i; }}"), "w");
        let error = super::world::files(&resolve, world, &[]).expect_err(items).to_string();
        assert!(error.contains(expected), "{items}: {error}");
    }
    let cases = [
        ("interface i { resource r; } world w { export i; }", "resource `r` is exported"),
        (
            "interface t { resource r; } interface i { use t.{r}; f: func(it: list<borrow<r>>); } \
             world w { export i; }",
            "f borrows a handle of its caller",
        ),
        ("world w { import f: func(); }", "functions of a world itself: f"),
        ("interface i { f: func(); } world w { import i; export i; }", "i.ts is imported and exported"),
    ];
    for (items, expected) in cases {
        let (resolve, world) = parsed(&format!("package a:b; {items}"), "w");
        let error = super::world::files(&resolve, world, &[]).expect_err(items).to_string();
        assert!(error.contains(expected), "{items}: {error}");
    }
}

#[test]
fn the_glue_of_the_sdk_is_that_of_wit() -> anyhow::Result<()> {
    let folder = root().join("sdks/assemblyscript/assembly/generated");
    let files = super::contract::files(root())?;
    for (name, text) in &files {
        let there = std::fs::read_to_string(folder.join(name))?;
        assert_eq!(there, *text, "{name} is stale: cargo run -p flux-sdk-generate");
    }
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        assert!(files.contains_key(&name), "{name} is no longer made of wit/");
    }
    Ok(())
}
