//! What the capabilities say of themselves: all that crosses the boundary is described, engines have all functions, and
//! nothing but the boundary begins or finishes a call.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_host::interface::Interface;
use flux_host::{Action, Declaration};
use flux_runtime::Catalog;

use crate::contract::{files, read};
use crate::support::root;

/// Functions of wit/ that are no effects: what they give is an input, or written as output. `send-all` is an effect
/// for each of its requests.
const NO_EFFECTS: [&str; 10] = [
    "clock.monotonic",
    "clock.now",
    "clock.sleep",
    "config.get",
    "config.secret",
    "db.connection.open",
    "fetch.send-all",
    "kv.bucket.open",
    "log.write",
    "random.bytes",
];

fn declarations() -> Vec<Declaration> {
    Catalog::builtin().declarations().expect("WIT")
}

/// The sources of the host, without its tests.
fn sources() -> Vec<(PathBuf, String)> {
    let folders =
        ["core", "v8", "redaction", "runtime", "server", "store"].map(|name| format!("host/{name}"));
    let capabilities =
        ["ambient", "db", "fetch", "kv", "queue"].map(|name| format!("host/capabilities/{name}"));
    let folders = folders.iter().chain(&capabilities).map(|folder| root().join(folder).join("src"));
    let paths = folders.flat_map(|folder| files(&folder, ".rs"));
    let is_test = |path: &Path| path.to_string_lossy().contains("tests") || path.ends_with("fuzz.rs");
    paths.filter(|path| !is_test(path)).map(|path| (path.clone(), read(&path))).collect()
}

/// As it stands in journals: `[method]bucket.get` of `kv` is `kv.bucket.get`.
fn recorded(interface: &Interface, function: &str) -> String {
    format!("{}.{}", interface.name, function.rsplit(']').next().unwrap_or_default())
}

#[test]
fn every_effect_of_the_contract_is_described_with_all_of_its_types() {
    let declarations = declarations();
    let described: BTreeSet<_> =
        declarations.iter().flat_map(Declaration::described).map(|(it, _)| it.function.to_owned()).collect();
    let interfaces = declarations.iter().flat_map(|it| &it.interfaces);
    let functions: BTreeSet<_> = interfaces
        .flat_map(|it| it.functions.iter().map(|function| recorded(it, &function.name)))
        .filter(|function| !NO_EFFECTS.contains(&function.as_str()))
        .collect();
    assert_eq!(functions, described, "left: the effects of wit/; right: what is described");
    for (description, whole) in declarations.iter().flat_map(Declaration::described) {
        assert!(whole, "{} has texts that its description does not know", description.function);
    }
}

/// The names of calls that begin in a source: `effect("kv.bucket.get", …)`.
fn begun(source: &str) -> impl Iterator<Item = &str> {
    let begins = ["effect(", "start(", "begin("];
    let after = begins.into_iter().flat_map(|begin| source.split(begin).skip(1));
    after.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

/// WASI's calls are those of the contract: `wasi:http` sends `fetch.send`, `wasi:keyvalue` calls `kv.bucket.get`.
#[test]
fn whatever_crosses_the_boundary_is_described() {
    let described: BTreeSet<_> =
        declarations().iter().flat_map(|it| it.descriptions).map(|it| it.function).collect();
    let sources = sources();
    let begun: BTreeSet<_> = sources.iter().flat_map(|(_, source)| begun(source)).collect();
    assert!(begun.len() > 10, "{begun:?}");
    let unknown: Vec<_> = begun.difference(&described).collect();
    assert!(unknown.is_empty(), "hidden as a whole, since nobody described it: {unknown:?}");
}

#[test]
fn every_interface_of_wit_is_a_capability_s_and_engines_have_all_of_its_functions() {
    let declarations = declarations();
    let ids = declarations.iter().flat_map(|it| &it.interfaces).map(|it| it.id.clone());
    let ids: BTreeSet<_> = ids.collect();
    let world = read(&root().join("wit/worlds.wit"));
    let imports = world.lines().filter_map(|line| line.trim().strip_prefix("import ")?.strip_suffix(';'));
    let imports: BTreeSet<_> = imports.map(|name| format!("flux:host/{name}@0.1.0")).collect();
    assert_eq!(ids, imports);
    for declaration in &declarations {
        let functions: BTreeSet<_> = declaration.functions.iter().map(|it| it.name).collect();
        assert_eq!(functions.len(), declaration.functions.len(), "{} has a name twice", declaration.name);
        for signature in declaration.interfaces.iter().flat_map(|it| &it.functions) {
            assert!(functions.contains(signature.name.as_str()), "{}: {}", declaration.name, signature.name);
        }
    }
}

#[test]
fn an_effect_waits_and_what_answers_at_once_is_none() {
    for declaration in declarations() {
        for interface in &declaration.interfaces {
            for function in &declaration.functions {
                let name = recorded(interface, function.name);
                let is_effect = declaration.descriptions.iter().any(|it| it.function == name);
                let waits = !matches!(function.action, Action::Now(_));
                assert!(waits || !is_effect, "{name}");
            }
        }
    }
}

#[test]
fn nothing_but_the_boundary_begins_or_finishes_a_call() {
    let has = |line: &str| {
        ["begin", "finish", "abandon"].iter().any(|it| line.contains(&format!("session().{it}")))
    };
    let found: Vec<_> = sources().into_iter().filter(|(_, source)| source.lines().any(has)).collect();
    let found: Vec<_> =
        found.iter().map(|(path, _)| path.strip_prefix(root()).expect("in the root")).collect();
    assert_eq!(found, [Path::new("host/core/src/calls.rs")], "these begin or finish calls by themselves");
    // Outside of core there is no session to begin one with.
    let execution = read(&root().join("host/core/src/execution.rs"));
    assert!(execution.contains("pub(crate) fn session(") && !execution.contains("pub fn session("));
}

/// The names of the interfaces, and of what the journal has of them. The tables of flux.toml have the same names, and
/// `config/` checks that what `[record.redact]` names is in one.
#[test]
fn only_capabilities_know_interfaces() {
    let names: BTreeSet<_> =
        declarations().iter().flat_map(|it| &it.interfaces).map(|it| it.name.clone()).collect();
    for (path, source) in sources() {
        let path = path.strip_prefix(root()).expect("in the root").to_owned();
        let concerns = ["v8", "redaction", "runtime", "server"];
        let concerns = concerns.iter().any(|it| path.starts_with(format!("host/{it}")));
        // A line of output is called by its kind, as the journal has it: `log`.
        let is_output = path.ends_with("execution_log.rs");
        if !concerns || is_output || path.starts_with("host/runtime/src/config") {
            continue;
        }
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (number, line) in code.enumerate() {
            // What has a space is a sentence.
            let texts = line.split('"').skip(1).step_by(2).filter(|text| !text.contains(' '));
            for text in texts.map(|text| text.split('.').next().unwrap_or_default()) {
                let file = line.contains(&format!("\"{text}.db\""));
                assert!(
                    !names.contains(text) || file,
                    "{}: line of code {}: {line}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}
