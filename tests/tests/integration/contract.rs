//! What the repository promises about itself: frozen contract, error pages, direction of dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flux_tests::LANGUAGES;

use crate::support::root;

/// All files under a folder whose name ends so, build output left out.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, ending));
        } else if path.is_file() && path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_contract_is_its_frozen_copy_byte_for_byte() {
    let of = |folder: &str| -> BTreeMap<_, _> {
        let entries = std::fs::read_dir(root().join(folder)).expect("it is there");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let paths = paths.filter(|path| path.is_file());
        paths.map(|path| (path.file_name().map(ToOwned::to_owned), read(&path))).collect()
    };
    let now = of("wit");
    assert!(now.len() >= 7, "{:?}", now.keys());
    assert_eq!(now, of("wit/frozen/0.1.0"));
}

/// The version that an SDK says it has, in the file where its language looks for it. A Go module's is its
/// tag: what it can say itself is the contract that its bindings were made of.
fn sdk_version(language: &str) -> Option<String> {
    let of = |file: &str| read(&root().join(file));
    let in_table = |file: &str, keys: &[&str]| {
        let parsed: toml::Value = toml::from_str(&of(file)).expect("TOML");
        let found = keys.iter().try_fold(&parsed, |table, key| table.get(key));
        found.and_then(toml::Value::as_str).map(str::to_owned)
    };
    let in_package = |file: &str| {
        let parsed: serde_json::Value = serde_json::from_str(&of(file)).expect("JSON");
        parsed["version"].as_str().map(str::to_owned)
    };
    match language {
        "rust" => in_table("Cargo.toml", &["workspace", "package", "version"]),
        "go" => {
            contract_version(&of("sdks/go/internal/imports/flux_host_kv/host_wasip1.go"), "flux:host/kv@")
        }
        "python" => in_table("sdks/python/pyproject.toml", &["project", "version"]),
        npm => in_package(&format!("sdks/{npm}/package.json")),
    }
}

/// The version that follows a name in a text.
fn contract_version(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(name)?;
    Some(rest.split(|letter: char| !letter.is_ascii_digit() && letter != '.').next()?.to_owned())
}

#[test]
fn every_language_has_an_sdk_of_the_contract_s_version() {
    let version = contract_version(&read(&root().join("wit/kv.wit")), "flux:host@").expect("a package");
    for language in LANGUAGES {
        assert_eq!(sdk_version(language).as_ref(), Some(&version), "{language}");
    }
    let entries = std::fs::read_dir(root().join("sdks")).expect("the SDKs are there");
    let folders: BTreeSet<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
    let expected = LANGUAGES.iter().chain(&["generate"]).map(std::ffi::OsString::from);
    assert_eq!(folders, expected.collect(), "sdks/ has one folder a language, and what makes bindings");
}

/// The codes in a text: FLX and four digits.
fn codes(text: &str) -> BTreeSet<String> {
    let after = text.split("FLX").skip(1);
    let digits = after.filter_map(|rest| rest.get(..4));
    let codes = digits.filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    codes.map(|code| format!("FLX{code}")).collect()
}

#[test]
fn every_error_code_has_a_page_and_every_page_a_code() {
    let sources = ["host", "cli", "recorder"].map(|folder| files(&root().join(folder), ".rs"));
    let used: BTreeSet<_> = sources.iter().flatten().flat_map(|path| codes(&read(path))).collect();
    let pages = files(&root().join("docs/errors"), ".md");
    let pages = pages.iter().filter_map(|path| path.file_stem()?.to_str());
    let pages: BTreeSet<_> = pages.filter(|name| *name != "README").map(str::to_owned).collect();
    assert_eq!(used, pages, "left: in the sources; right: under docs/errors/");
    assert_eq!(codes(&read(&root().join("docs/errors/README.md"))), pages, "the list of the pages");
}

#[test]
fn every_error_page_says_its_code_why_and_what_to_do() {
    for page in files(&root().join("docs/errors"), ".md") {
        let name = page.file_stem().unwrap_or_default().to_string_lossy();
        if name == "README" {
            continue;
        }
        let text = read(&page);
        assert!(text.starts_with(&format!("# {name}: ")), "{name}");
        assert!(text.contains("**Why.**") && text.contains("**What to do.**"), "{name}");
    }
}

/// What a crate depends on, development left out.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let parsed: toml::Table = read(&root().join(manifest)).parse().expect("a manifest");
    let tables = ["dependencies", "build-dependencies"].map(|key| parsed.get(key));
    let tables = tables.into_iter().flatten().filter_map(toml::Value::as_table);
    tables.flat_map(|table| table.keys().cloned()).collect()
}

/// What each crate of the repository may depend on.
fn allowed() -> Vec<(&'static str, &'static [&'static str])> {
    let capability: &[&str] = &["flux-host", "flux-recorder", "flux-sql"];
    let runtime: &[&str] = &[
        "flux-api",
        "flux-host",
        "flux-recorder",
        "flux-redaction",
        "flux-replay",
        "flux-store",
        "flux-cap-ambient",
        "flux-cap-db",
        "flux-cap-kv",
        "flux-cap-queue",
        "flux-cap-fetch",
        "flux-v8",
    ];
    let v8: &[&str] = &["flux-host", "flux-recorder"];
    let above: &[&str] = &["flux-host", "flux-recorder", "flux-store", "flux-runtime", "flux-cap-queue"];
    let cli: &[&str] = &[
        "flux-api",
        "flux-host",
        "flux-recorder",
        "flux-replay",
        "flux-store",
        "flux-runtime",
        "flux-cap-queue",
        "flux-server",
    ];
    vec![
        ("recorder/derive", &[]),
        ("recorder", &["flux-recorder-derive"]),
        ("recorder/replay", &["flux-recorder"]),
        ("host/api", &[]),
        ("host/core", &["flux-recorder"]),
        ("host/sql", &[]),
        ("host/capabilities/ambient", capability),
        ("host/capabilities/db", capability),
        ("host/capabilities/kv", capability),
        ("host/capabilities/queue", capability),
        ("host/capabilities/fetch", capability),
        ("host/redaction", &["flux-host", "flux-recorder", "flux-replay", "flux-sql"]),
        ("host/store", &["flux-recorder", "flux-sql"]),
        ("host/v8", v8),
        ("host/runtime", runtime),
        ("host/server", above),
        ("cli", cli),
        ("sdks/rust/macros", &[]),
        ("sdks/rust", &["flux-sdk-macros"]),
    ]
}

#[test]
fn no_crate_depends_against_the_arrows() {
    for (folder, allowed) in allowed() {
        let ours = dependencies(&format!("{folder}/Cargo.toml"));
        let ours: Vec<_> = ours.iter().filter(|name| name.starts_with("flux-")).collect();
        let wrong: Vec<_> = ours.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(wrong.is_empty(), "{folder} must not depend on {wrong:?}");
    }
}

#[test]
fn every_crate_of_the_product_is_under_the_rule() {
    let known: BTreeSet<_> = allowed().iter().map(|(folder, _)| root().join(folder)).collect();
    for folder in ["recorder", "host", "cli", "sdks/rust"] {
        for manifest in files(&root().join(folder), "Cargo.toml") {
            let folder = manifest.parent().expect("a folder").to_owned();
            let is_fuzz = folder.ends_with("fuzz");
            assert!(is_fuzz || known.contains(&folder), "{} has no rule", folder.display());
        }
    }
}

#[test]
fn the_recorder_does_no_io_and_reads_no_time() {
    for folder in ["recorder", "recorder/replay"] {
        has_no_world(folder);
    }
}

fn has_no_world(folder: &str) {
    let used = dependencies(&format!("{folder}/Cargo.toml"));
    for crate_name in ["tokio", "wasmtime", "sqlx", "reqwest", "rustix", "getrandom"] {
        assert!(!used.contains(crate_name), "{folder} depends on {crate_name}");
    }
    let sources = files(&root().join(folder).join("src"), ".rs");
    assert!(sources.len() > 5);
    for path in sources {
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for module in ["std::fs", "std::net", "std::time", "std::env", "std::process"] {
                assert!(!code.contains(module), "{}:{}: {module}", path.display(), number + 1);
            }
        }
    }
}
